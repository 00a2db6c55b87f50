/* SPDX-License-Identifier: MIT */
/* base/waiter.h -- one wait for one event, which blocks a plain thread and yields on a coroutine.
 *
 *     tp_waiter waiter;
 *     tp_waiter_init(&waiter);
 *     start_something(..., &waiter);      its completion, on any thread, calls
 * tp_waiter_wake(&waiter) tp_waiter_wait(&waiter); tp_waiter_done(&waiter);
 *
 * Whoever runs coroutines sets the thread's hooks while one is on it. */
#ifndef TP_BASE_WAITER_H
#define TP_BASE_WAITER_H

#include <pthread.h>
#include <stdbool.h>

#include <temporal/error.h>

typedef struct tp_waiter_hooks {
    /** Why this thread or coroutine may not block on a call now, or NULL when it may. */
    const char *forbidden;
    /** Suspends the calling coroutine until unpark(what park_token gave) was called, before or
     * after. */
    void *(*park_token)(void *data);
    void (*park)(void *data);
    /** From any thread. */
    void (*unpark)(void *token);
    void *data;
} tp_waiter_hooks;

typedef struct tp_waiter {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool woken;
    const tp_waiter_hooks *hooks; /* of the coroutine that waits; NULL: a thread */
    void *token;
} tp_waiter;

/** Sets this thread's hooks (NULL: plain blocking) and returns the ones before. */
const tp_waiter_hooks *tp_waiter_set_hooks(const tp_waiter_hooks *hooks);
/** INVALID_ARGUMENT with the reason when this thread may not block now. */
temporal_error *tp_waiter_check(const char *what);

void tp_waiter_init(tp_waiter *waiter);
void tp_waiter_wait(tp_waiter *waiter);
void tp_waiter_wake(tp_waiter *waiter); /* once; the waiter may be gone when this returns */
void tp_waiter_done(tp_waiter *waiter);

#endif
