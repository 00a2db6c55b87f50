/* SPDX-License-Identifier: MIT */
/* executor/states.h -- the state objects of stateful activities: each made before the first attempt
 * that needs it, kept until all attempts are over. */
#ifndef TP_EXECUTOR_STATES_H
#define TP_EXECUTOR_STATES_H

#include <pthread.h>

#include <temporal/activity.h>

typedef struct tp_state tp_state;

typedef struct tp_states {
    pthread_mutex_t mutex;
    pthread_cond_t made;
    const temporal_activity_def *const *definitions;
    size_t count;
    tp_state *states; /* one for each definition */
} tp_states;

void tp_states_init(tp_states *states, const temporal_activity_def *const *definitions);
/** The state object of the definition at that index, NULL for one without state. Made on the
 * calling thread when nobody has yet; who comes meanwhile waits. When making fails, its error (of
 * this thread's error owner), and the next attempt tries again. */
temporal_error *tp_states_get(tp_states *states, size_t index, void **object);
/** Runs state_done of those that were made, on the calling thread: user code, so not on a loop. */
void tp_states_unmake(tp_states *states);
/** The same, and frees everything. */
void tp_states_done(tp_states *states);

#endif
