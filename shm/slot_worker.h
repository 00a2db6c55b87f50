/* SPDX-License-Identifier: MIT */
/* shm/slot_worker.h -- the worker's side of a slot: gives orders, and reads reports with suspicion.
 *
 * One thread. An entry is in use from tp_slot_worker_queue until it was revoked, released or reset.
 */
#ifndef TP_SHM_SLOT_WORKER_H
#define TP_SHM_SLOT_WORKER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "shm/slot.h"

/* How much of each input, heartbeat and output keeps its memory when its attempt has ended. */
typedef struct tp_slot_kept {
    size_t input, heartbeat, output;
} tp_slot_kept;

/* What the worker knows by itself. */
typedef struct tp_slot_worker {
    tp_slot_view view;
    tp_slot_kept kept;
    uint32_t generation;
    uint32_t flags;
    uint64_t sequence[TP_SLOT_ENTRIES];    /* 0: not in use */
    size_t input_size[TP_SLOT_ENTRIES];    /* of the attempt there, ... */
    size_t output_size[TP_SLOT_ENTRIES];   /* ... and of what it reported */
    uint32_t front[TP_SLOT_ENTRIES];       /* the heartbeat buffer that is the worker's */
    size_t front_size[TP_SLOT_ENTRIES];    /* of the heartbeat taken last, ... */
    bool has_front[TP_SLOT_ENTRIES];       /* ... if there was one */
    uint32_t beat_wanted[TP_SLOT_ENTRIES]; /* as it stands in the orders */
    const char *violation; /* what the process did that cannot be; NULL: nothing so far */
} tp_slot_worker;

void tp_slot_worker_init(tp_slot_worker *slot, const tp_slot_view *view);
/** Of a sparse segment: from now on gives the rest back. Without it everything is kept. */
void tp_slot_worker_keep(tp_slot_worker *slot, const tp_slot_kept *kept);
/** Makes everything new for the next process, whose generation it returns. No process may be there.
 */
uint32_t tp_slot_worker_reset(tp_slot_worker *slot);
bool tp_slot_worker_is_ready(const tp_slot_worker *slot);
void tp_slot_worker_set_flags(tp_slot_worker *slot, uint32_t flags);

/** Hands over an input that the caller has written to the view; its first heartbeat is wanted. */
void tp_slot_worker_queue(tp_slot_worker *slot, size_t entry, uint64_t sequence, size_t input_size);
/** Takes it back; false when the process has begun with it. */
bool tp_slot_worker_revoke(tp_slot_worker *slot, size_t entry);
void tp_slot_worker_cancel(tp_slot_worker *slot, size_t entry, unsigned reason);

typedef enum tp_slot_look {
    TP_SLOT_LOOK_QUEUED,
    TP_SLOT_LOOK_RUNNING,
    TP_SLOT_LOOK_DONE,
    TP_SLOT_LOOK_WRONG /* a violation */
} tp_slot_look;

tp_slot_look tp_slot_worker_look(tp_slot_worker *slot, size_t entry);
/** Of an entry that is DONE: copies the output out. False: a violation. */
bool tp_slot_worker_take_output(tp_slot_worker *slot, size_t entry, tp_buffer *output,
                                uint32_t *outcome);
/** Of an entry that is DONE, or whose process has ended: FREE. */
void tp_slot_worker_release(tp_slot_worker *slot, size_t entry);

/** Of one that crashed: how many frames it has noted. frames: room for TP_SLOT_FRAMES. */
size_t tp_slot_worker_crash(const tp_slot_worker *slot, uint64_t *frames);
/** Asks the process to ring for its next heartbeat. Look once more after it. */
void tp_slot_worker_want_beat(tp_slot_worker *slot, size_t entry);
bool tp_slot_worker_has_beat(const tp_slot_worker *slot, size_t entry);
/** Numbers that change with each heartbeat, and when the attempt gets on, by a heartbeat or
 * otherwise. */
uint64_t tp_slot_worker_beats(const tp_slot_worker *slot, size_t entry);
uint64_t tp_slot_worker_progress(const tp_slot_worker *slot, size_t entry);
/** Copies the newest heartbeat, if it was not taken yet. False: there is none, or a violation. */
bool tp_slot_worker_take_beat(tp_slot_worker *slot, size_t entry, tp_buffer *details);
/** Copies the heartbeat that was taken last once more; false when none ever was. */
bool tp_slot_worker_last_beat(const tp_slot_worker *slot, size_t entry, tp_buffer *details);

#endif
