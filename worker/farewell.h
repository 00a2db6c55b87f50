/* SPDX-License-Identifier: MIT */
/* worker/farewell.h -- ends the polls of a worker that shuts down, with as few tasks lost as can
 * be.
 *
 * A poll that is cancelled on this side may have been answered on the other: its task is lost until
 * it times out. So, where each step is left out when no poll is under way any more:
 *
 *     sticky    the server is told that the sticky queue is gone, and ends its polls itself: each
 *               one is answered, with a task or without
 *     linger    while tasks come in, the polls that are under way are left to take theirs
 *     farewell  a server that can do it is told to end the other polls, too; it is told again while
 *               some are left, since one that was just arriving may have been overlooked
 *     cancel    what is left
 *
 * Without lingering the server could be told at once, but it answers well only the polls that wait
 * in the root partition of a queue: one that another partition has passed on to the root is dropped
 * on its way back, with the task that it has just been given (Server 1.32). */
#ifndef TP_WORKER_FAREWELL_H
#define TP_WORKER_FAREWELL_H

#include "worker/service.h"

typedef struct tp_farewell tp_farewell;

typedef struct tp_farewell_options {
    tp_service *service;
    bool activities;          /* does it poll for them? */
    const char *sticky_queue; /* NULL: no workflows */
    /** The polls that are left are cancelled on this side: those of the sticky queue, or the
     * others. Only after tp_farewell_say. */
    void (*cancel_polls)(void *data, bool sticky);
    tp_loop_fn ended; /* after tp_farewell_say: no poll and no call is under way any more. Once */
    void *data;
} tp_farewell_options;

/** All calls on the loop. Asks what the server can do. */
tp_farewell *tp_farewell_new(const tp_farewell_options *options);
/** When no more polls are begun; lingers for so long at most, 0: not at all. */
void tp_farewell_say(tp_farewell *farewell, temporal_seconds limit);
/** By force, after it was said: nothing is waited for. */
void tp_farewell_give_up(tp_farewell *farewell);
void tp_farewell_free(tp_farewell *farewell); /* after ended; NULL is accepted */

#endif
