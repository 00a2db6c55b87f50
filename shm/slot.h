/* SPDX-License-Identifier: MIT */
/* shm/slot.h -- what the worker and one activity process share.
 *
 * A slot has two parts. Orders, and the inputs after them, are written by the worker; the process
 * maps them read-only. The report, and the heartbeats and outputs after it, are written by the
 * process; of them the worker writes the state words, the latch (both below) and, while no process
 * is there, everything.
 *
 * A slot has two entries, so that the next task lies ready while one runs. An entry carries one
 * attempt at a time. Its state word holds (sequence << 8 | state), and a sequence number is never
 * used again, so that an old hand can do nothing to a new attempt:
 *
 *     from      to        by       how
 *     FREE      QUEUED    worker   store, release: input and orders are written before
 *     QUEUED    RUNNING   process  compare and swap
 *     QUEUED    REVOKED   worker   compare and swap: taken back; as good as FREE
 *     RUNNING   DONE      process  store, release: outcome and output are written before
 *     DONE      FREE      worker   store: output and last heartbeat were copied before
 *     any       FREE      worker   tp_slot_worker_reset, after the process has ended
 *
 * When a process has ended, QUEUED says that the attempt never began, RUNNING that it died with it,
 * and DONE counts.
 *
 * Heartbeats go through three buffers for each entry. The process fills its back buffer and
 * exchanges it for the one in the middle; the worker exchanges its front buffer for the middle one
 * when that is new. Nobody ever waits, the newest complete heartbeat wins, and one that was being
 * written when its process died was never published. An entry has heartbeats of its own, so that
 * the next attempt cannot overwrite the last one of the attempt before.
 *
 * The process rings the worker (an eventfd) when it is ready, when an attempt is done, and for the
 * first heartbeat after the worker has changed beat_wanted. The worker posts the latch after each
 * order.
 *
 * Inputs, heartbeats and outputs have room for the largest payload that there may be. Only the
 * beginning of each lies ready, though: what an attempt needs beyond that is memory of its own,
 * which the worker gives back to the system when the attempt has ended, and with all that was never
 * told of when the process has. So a large payload needs no other way than a small one, no
 * descriptor and no size that anybody could change, and costs nothing once it is gone.
 *
 * tests/model/slot.pml is this protocol for SPIN, which tries every order of steps.
 *
 * The worker trusts nothing here: which attempt is where, and who owns which buffer, it keeps for
 * itself, reads every word once, and treats a value that cannot be as the end of the process. That
 * contains crashes and stray writes. It is no security boundary against a process of the same user.
 */
#ifndef TP_SHM_SLOT_H
#define TP_SHM_SLOT_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/latch.h"

#define TP_SLOT_ENTRIES    2
#define TP_SLOT_BUFFERS    3
#define TP_SLOT_CACHE_LINE 64
#define TP_SLOT_FRAMES     32

typedef enum tp_slot_state {
    TP_SLOT_FREE = 0,
    TP_SLOT_QUEUED,
    TP_SLOT_RUNNING,
    TP_SLOT_DONE,
    TP_SLOT_REVOKED
} tp_slot_state;

/* Flags of the orders. */
#define TP_SLOT_SHUTDOWN UINT32_C(1) /* the worker is shutting down: activities are told */
#define TP_SLOT_LEAVE    UINT32_C(2) /* end when nothing is queued */

#define TP_SLOT_WORD(sequence, low) ((sequence) << 8 | (uint64_t)(low))
#define TP_SLOT_NEW                 UINT32_C(4) /* of a middle word: nobody has taken it yet */

typedef struct tp_slot_order {
    alignas(
        TP_SLOT_CACHE_LINE) _Atomic uint64_t cancel; /* sequence << 8 | reason; reason 0: none */
    _Atomic uint32_t beat_wanted; /* changes when the next heartbeat is to be announced */
    uint64_t input_size;
} tp_slot_order;

typedef struct tp_slot_orders {
    alignas(TP_SLOT_CACHE_LINE) _Atomic uint32_t flags;
    uint32_t generation; /* of the process that this is for */
    tp_slot_order entries[TP_SLOT_ENTRIES];
} tp_slot_orders;

typedef struct tp_slot_beat {
    _Atomic uint64_t sequence;
    _Atomic uint64_t size;
} tp_slot_beat;

typedef struct tp_slot_reply {
    alignas(TP_SLOT_CACHE_LINE) _Atomic uint64_t state; /* sequence << 8 | tp_slot_state */
    _Atomic uint32_t outcome;                           /* the executor's word */
    _Atomic uint64_t output_size;
    alignas(TP_SLOT_CACHE_LINE) _Atomic uint32_t middle; /* index of a buffer, | TP_SLOT_NEW */
    tp_slot_beat beats[TP_SLOT_BUFFERS];                 /* what lies in the buffers */
    _Atomic uint64_t beat_count;                         /* heartbeats, ... */
    _Atomic uint64_t progress; /* ... and what else tells that it gets on; both only ever grow */
} tp_slot_reply;

/* Where the process crashed: return addresses, the innermost first. */
typedef struct tp_slot_crash {
    _Atomic uint32_t count;
    _Atomic uint64_t frames[TP_SLOT_FRAMES];
} tp_slot_crash;

typedef struct tp_slot_report {
    alignas(TP_SLOT_CACHE_LINE) tp_latch latch;
    alignas(TP_SLOT_CACHE_LINE) _Atomic uint32_t ready; /* the generation, once it takes tasks */
    tp_slot_reply entries[TP_SLOT_ENTRIES];
    alignas(TP_SLOT_CACHE_LINE) tp_slot_crash crash;
} tp_slot_report;

/* Sizes and places; the same in every process that has the same capacities. Each part begins on a
 * page of its own, and pages that nobody touches cost nothing. */
typedef struct tp_slot_geometry {
    size_t input_capacity, heartbeat_capacity, output_capacity;
    size_t orders_size; /* orders and inputs: read-only for the process */
    size_t report_size; /* report, heartbeats and outputs: writable for it */
    size_t size;        /* the whole slot: first one, then the other */
} tp_slot_geometry;

/* The same slot as pointers into one process's own memory. */
typedef struct tp_slot_view {
    tp_slot_orders *orders;
    tp_slot_report *report;
    uint8_t *inputs[TP_SLOT_ENTRIES];
    uint8_t *heartbeats[TP_SLOT_ENTRIES][TP_SLOT_BUFFERS];
    uint8_t *outputs[TP_SLOT_ENTRIES];
    size_t input_capacity, heartbeat_capacity, output_capacity;
} tp_slot_view;

tp_slot_geometry tp_slot_geometry_of(size_t input_capacity, size_t heartbeat_capacity,
                                     size_t output_capacity);
tp_slot_view tp_slot_view_of(const tp_slot_geometry *geometry, uint8_t *orders, uint8_t *report);

#endif
