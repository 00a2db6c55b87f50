/* SPDX-License-Identifier: MIT */
/* shm/board.h -- what a worker shows of itself to whoever watches it, in memory of its own that
 * watchers can only read.
 *
 * It is a copy for onlookers, made when one asks; the worker reads nothing of it. One cell for the
 * worker, then one for each process of its pool. Each cell has a sequence lock: its number is odd
 * while the worker writes, and a reader that saw it odd, or saw it change, reads again. Cells that
 * have not changed since they were written are not written.
 *
 * A watcher trusts nothing here either: sizes are checked against the descriptor, which must be
 * sealed against changes of its size; texts are cut off, states are checked by those who use them.
 */
#ifndef TP_SHM_BOARD_H
#define TP_SHM_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <temporal/error.h>

#define TP_BOARD_VERSION       UINT32_C(2)
#define TP_BOARD_PROCESSES_MAX 1024
#define TP_BOARD_EXECUTORS     3
#define TP_BOARD_TEXT          96 /* bytes of a name, its end included; longer ones are cut off */

typedef enum tp_board_state {
    TP_BOARD_NONE,     /* no process */
    TP_BOARD_STARTING, /* forked, or about to be */
    TP_BOARD_IDLE,
    TP_BOARD_BUSY,
    TP_BOARD_LEAVING, /* asked to leave */
    TP_BOARD_ENDING,  /* got SIGTERM or SIGKILL */
    TP_BOARD_HELD,    /* ended again and again: the next is started later */
    TP_BOARD_STATES
} tp_board_state;

/* Times are nanoseconds of CLOCK_MONOTONIC; 0: not yet. */
typedef struct tp_board_process {
    uint32_t state; /* tp_board_state */
    int32_t pid;    /* 0: none */
    int64_t started_at;
    uint64_t done, failed; /* attempts, in this slot of the pool */
    uint64_t crashed;      /* processes, the same: by themselves, ... */
    uint64_t terminated;   /* ... with SIGTERM, by their activity's rules, ... */
    uint64_t killed;       /* ... with SIGKILL, for ignoring that, or by a command ... */
    uint64_t recycled;     /* ... or replaced between attempts */
    /* the attempt that it runs; the rest is zero when there is none */
    int32_t attempt;
    uint32_t waiting;      /* lie behind it in the same process */
    uint32_t is_cancelled; /* it was asked to end */
    uint32_t padding;
    int64_t began_at;
    int64_t beat_at;     /* its last heartbeat, as far as it was seen; 0: none */
    uint64_t beats;      /* how many */
    int64_t progress_at; /* the same, of heartbeats and of what else tells that it gets on */
    uint64_t progress;
    char activity_type[TP_BOARD_TEXT], activity_id[TP_BOARD_TEXT], workflow_id[TP_BOARD_TEXT];
} tp_board_process;

typedef struct tp_board_executor {
    uint64_t capacity, running; /* attempts; capacity 0: the worker has no such executor */
    uint64_t done, failed, cancelled;
} tp_board_executor;

typedef struct tp_board_worker {
    int32_t pid;
    uint32_t is_draining;
    int64_t started_at;
    char task_queue[TP_BOARD_TEXT], namespace_name[TP_BOARD_TEXT], identity[TP_BOARD_TEXT];
    tp_board_executor executors[TP_BOARD_EXECUTORS]; /* async, threads, processes */
    uint64_t waiting;                                /* attempts that no process has */
    uint32_t wanted, limit;                          /* processes: now, and at most */
} tp_board_worker;

/* The worker's side. */
typedef struct tp_board {
    uint8_t *base;
    size_t size, count;
    int fd;                  /* read-only; -1: there is no board */
    tp_board_process *shown; /* what stands in the cells, ... */
    tp_board_worker shown_worker;
    uint64_t writes; /* ... and how many were written */
} tp_board;

/** SYSTEM when there is no memory, or none that can be sealed. count: of processes. */
temporal_error *tp_board_new(tp_board *board, size_t count);
void tp_board_done(tp_board *board); /* { .fd = -1 } is accepted */
void tp_board_show_worker(tp_board *board, const tp_board_worker *worker);
void tp_board_show_process(tp_board *board, size_t index, const tp_board_process *process);
/** Cuts off what does not fit, not within a character. NULL is "". */
void tp_board_set_text(char text[TP_BOARD_TEXT], const char *from);

/* A watcher's side. */
typedef struct tp_board_view {
    const uint8_t *base; /* NULL: none */
    size_t size, count;
} tp_board_view;

/** Maps it. SYSTEM when it cannot be a board of this version. The descriptor stays the caller's. */
temporal_error *tp_board_open(tp_board_view *view, int fd);
void tp_board_close(tp_board_view *view); /* { 0 } is accepted */
/** False when it is being written for too long: whoever did died over it. Texts end. */
bool tp_board_read_worker(const tp_board_view *view, tp_board_worker *worker);
bool tp_board_read_process(const tp_board_view *view, size_t index, tp_board_process *process);

#endif
