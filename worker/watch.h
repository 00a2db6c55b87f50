/* SPDX-License-Identifier: MIT */
/* worker/watch.h -- lets other programs of the same user watch a worker, and ask it a few things.
 *
 * It listens where shm/meeting.h says, and that is all, until somebody connects. The first look
 * makes the board (shm/board.h), each look brings it up to date, and with the last watcher it goes.
 */
#ifndef TP_WORKER_WATCH_H
#define TP_WORKER_WATCH_H

#include "base/loop.h"
#include "shm/board.h"
#include "shm/meeting.h"

struct temporal_worker;
typedef struct tp_watch tp_watch;

/** On the worker's loop, like the rest. NULL when it cannot listen, which is logged: a worker works
 * unwatched as well. */
tp_watch *tp_watch_new(struct temporal_worker *worker);
/** Nobody watches any more; stopped(data) follows, and the watch is gone. NULL is accepted. */
void tp_watch_stop(tp_watch *watch, tp_loop_fn stopped, void *data);

#endif
