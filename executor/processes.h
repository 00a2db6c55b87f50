/* SPDX-License-Identifier: MIT */
/* executor/processes.h -- a pool of activity processes as its worker knows it, for processes*.c.
 *
 * All of it belongs to the loop. What stands here is the truth; what a process writes to its slot
 * is a report (see shm/slot.h).
 *
 *     processes.c           the executor: new, start, stop, free, status
 *     processes_dispatch.c  which attempt goes where: queue, prefetch
 *     processes_tasks.c     what becomes of it: results, heartbeats, cancellation
 *     processes_lives.c     processes come and go: spawn, exit, the fork server's death
 *     processes_size.c      how many there are, and when one is replaced or no longer needed
 *     processes_force.c     processes are ended: by their rules, or at once
 *     processes_watch.c     what the loop watches for all this
 *     processes_board.c     what an onlooker sees of it, and may ask of it
 *     processes_failure.c   what is said of an attempt that did not end by itself
 */
#ifndef TP_EXECUTOR_PROCESSES_H
#define TP_EXECUTOR_PROCESSES_H

#include <sys/types.h>

#include <temporal/worker.h>

#include "base/timer.h"
#include "executor/control.h"
#include "executor/crash_places.h"
#include "executor/executor.h"
#include "executor/settings.h"
#include "shm/pool.h"
#include "shm/segment.h"
#include "shm/slot_worker.h"

struct tp_process_end;
typedef struct tp_processes tp_processes;
typedef struct tp_process tp_process;

/* What a slot counts. */
typedef struct tp_place_count {
    uint64_t seen;   /* last */
    int64_t at;      /* when it was seen to have moved; 0: the attempt has not begun */
    uint64_t before; /* the attempt was put there */
} tp_place_count;

/* Where an attempt is: an entry of a slot. attempt->state points to it; NULL: it waits in the
 * queue. */
typedef struct tp_place {
    tp_process *process;
    size_t entry;
    tp_attempt *attempt; /* NULL: free */
    bool ending;         /* its done is being called */
    bool announce;       /* the next heartbeat is to be announced */
    bool was_cancelled;
    temporal_cancel_reason cancelled; /* the first reason */
    tp_place_count beats, progress;   /* progress: of heartbeats, too */
    int64_t began_at;                 /* as the first look at it saw */
    uint64_t free_at;    /* when it had nothing before it any more: the loop's milliseconds */
    tp_buffer last_beat; /* of a process that has ended, ... */
    bool has_last_beat;  /* ... and not taken yet */
} tp_place;

typedef enum tp_process_state {
    TP_PROCESS_NONE,     /* no process */
    TP_PROCESS_STARTING, /* asked for */
    TP_PROCESS_READY,    /* takes tasks */
    TP_PROCESS_LEAVING,  /* asked to leave; has no task */
    TP_PROCESS_DOOMED    /* killed, or about to be; gets no more tasks */
} tp_process_state;

/* Why a process got SIGTERM for what its attempt did. */
typedef enum tp_process_force {
    TP_FORCE_NONE,
    TP_FORCE_CANCELLED, /* it ignored its cancellation */
    TP_FORCE_STALLED,   /* it did not get on */
    TP_FORCE_TIME,      /* it took too long */
    TP_FORCE_COMMAND    /* somebody who watched wanted it */
} tp_process_force;

struct tp_process {
    tp_processes *pool;
    uint32_t index;
    tp_process_state state;
    pid_t pid; /* 0: not told yet */
    int pidfd; /* -1: none */
    int bell;
    uv_poll_t bell_poll;
    tp_slot_worker slot;
    tp_place places[TP_SLOT_ENTRIES];
    uint32_t dispatched; /* tasks given to this generation */
    int64_t spawned_at;
    int64_t idle_since;  /* 0: it has attempts */
    uint32_t task_limit; /* of this generation, ... */
    int64_t age_limit;   /* ... nanoseconds; 0: none */
    uint64_t memory_limit;
    bool worn;            /* to be replaced when its attempts have ended */
    bool held;            /* respawn runs */
    uint64_t oom_kills;   /* that its cgroup told of so far */
    unsigned short_lives; /* how many in a row died young and without a result */
    bool watched;         /* bell_poll is open */
    tp_process_force forced;
    tp_timer *respawn, *force;
    uint64_t tasks, crashes, terminated, killed, recycled;
    uint64_t failed; /* of the tasks */
};

struct tp_processes {
    tp_executor executor;
    tp_loop *loop;
    const temporal_activity_def **definitions;
    temporal_process_executor options;
    temporal_process_rules *rules; /* of each activity */
    tp_settings settings;
    tp_crash_places crash_places;
    tp_segment segment;
    tp_pool_layout layout;
    tp_process *processes;
    int channel;
    uv_poll_t channel_poll;
    tp_timer *tick;
    tp_list waiting;   /* of attempts */
    uint64_t sequence; /* the last that was given out */
    tp_buffer output;  /* of the attempt that is being ended */
    bool looking;      /* results are being taken: to dispatch comes after */
    bool shutting_down;
    bool abandoned;
    temporal_error *lost; /* the fork server is gone; NULL: it is there */
    bool watched;         /* channel_poll is open */
    /* stop */
    bool stopping; /* no attempt is left, processes are asked to leave */
    tp_loop_fn stopped;
    void *stopped_data;
    tp_timer *stop_timer;
    size_t closing; /* handles of libuv */
    size_t limit;   /* of processes: layout.process_count, or what a resize has said */
};

/* processes_dispatch.c */
void tp_processes_submit(tp_executor *executor, tp_attempt *attempt);
/** Gives out what waits, as far as there is room. */
void tp_processes_dispatch(tp_processes *pool);
/** Takes the attempt out of its place; false when the process has begun with it. */
bool tp_processes_take_back(tp_place *place);
/** Puts what the process has not begun with back to the front of the queue. */
void tp_processes_reclaim(tp_process *process);
size_t tp_processes_used(const tp_process *process); /* how many of its places */
/** Has it an attempt that has not ended? */
bool tp_processes_is_busy(const tp_process *process);

/* processes_tasks.c */
void tp_processes_cancel(tp_executor *executor, tp_attempt *attempt, temporal_cancel_reason reason);
bool tp_processes_take_heartbeat(tp_executor *executor, tp_attempt *attempt, tp_buffer *details);
bool tp_processes_progress(const tp_attempt *attempt, uint64_t *count);
/** Takes what the process has to report; then gives out what waits. */
void tp_processes_look(tp_process *process);
/** Of a process that has ended: what is done counts, what had not begun goes back to the front of
 * the queue, what ran fails. */
void tp_processes_resolve(tp_process *process, const struct tp_process_end *end);
/** Ends every attempt, those that wait too, as failed with what make says. */
void tp_processes_fail_all(tp_processes *pool,
                           temporal_error *(*make)(const tp_attempt *attempt,
                                                   const temporal_error *reason),
                           const temporal_error *reason);
/** The same for those that wait. */
void tp_processes_fail_waiting(tp_processes *pool,
                               temporal_error *(*make)(const tp_attempt *attempt,
                                                       const temporal_error *reason),
                               const temporal_error *reason);
/** For an attempt that is neither in the queue nor in a slot: its owner is in the middle of a call,
 * and does not expect done within it. Takes error. */
void tp_processes_end_later(tp_processes *pool, tp_attempt *attempt, temporal_error *error);
void tp_processes_vacate(tp_place *place);

/* processes_size.c */
/** How many processes there should be now. */
size_t tp_processes_wanted(const tp_processes *pool);
/** Starts those that are missing. */
void tp_processes_grow(tp_processes *pool);
/** At its start: by how much it may wear. */
void tp_processes_draw_limits(tp_process *process);
/** After an attempt. */
void tp_processes_wear(tp_process *process);
/** Replaces it, after its attempt if it has one. why: "its age". */
void tp_processes_wear_out(tp_process *process, const char *why);
/** Ends, in between attempts, those that are too old or no longer needed. */
void tp_processes_watch_size(tp_process *process);
temporal_error *tp_processes_check_size(const temporal_process_executor *options);

/* processes_lives.c */
#define TP_PROCESSES_LEAVE_TIME 5.0 /* seconds, in which a process may unmake its states */
void tp_processes_spawn(tp_process *process);
/** To the fork server; fd: -1 for none. */
void tp_processes_order(tp_processes *pool, const tp_control *message, int fd);
/** Asks a process without tasks to leave. */
void tp_processes_release(tp_process *process);
/** What the fork server tells. */
void tp_processes_ended(tp_process *process, const struct tp_process_end *end);
void tp_processes_unborn(tp_process *process, int reason);
void tp_processes_lose_fork_server(tp_processes *pool);
/** There is no process any more. */
void tp_processes_forget(tp_process *process);
void tp_processes_respawn(void *process); /* what its timer calls */

/* processes_force.c */
/** To its whole group, if there is a process. */
void tp_processes_signal(tp_process *process, int number);
/** SIGKILL; it gets no more tasks, and those that it has are resolved when it has ended. */
void tp_processes_doom(tp_process *process);
/** Starts to count the time that a cancelled attempt still has. */
void tp_processes_force_later(tp_place *place);
void tp_processes_force(void *process); /* what its timer calls */
/** Ends attempts that do not get on. */
void tp_processes_watch_progress(tp_process *process);
/** Looks whether the attempt got on since the last time; now: monotonic. */
void tp_processes_sample(tp_place *place, int64_t now);
/** How often that has to be looked after. */
temporal_seconds tp_processes_tick(const tp_processes *pool);
const temporal_process_rules *tp_processes_rules(const tp_place *place);

/* processes_board.c */
extern const tp_executor_watch_ops tp_processes_watch_ops;

/* processes_watch.c */
/** Opens what the loop has to watch, and in the end closes it: stopped is called after that. */
temporal_error *tp_processes_watch(tp_processes *pool);
void tp_processes_unwatch(tp_processes *pool);

/* processes.c */
/** To be called when an attempt or a process has ended: perhaps stop can go on. */
void tp_processes_check_stop(tp_processes *pool);

#endif
