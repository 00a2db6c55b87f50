/* SPDX-License-Identifier: MIT */
/* base/waiter.c -- one wait for one event. */
#include "base/waiter.h"

static _Thread_local const tp_waiter_hooks *thread_hooks;

const tp_waiter_hooks *tp_waiter_set_hooks(const tp_waiter_hooks *hooks)
{
    const tp_waiter_hooks *before = thread_hooks;

    thread_hooks = hooks;
    return before;
}

temporal_error *tp_waiter_check(const char *what)
{
    if (!thread_hooks || !thread_hooks->forbidden)
        return NULL;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "%s: %s", what,
                              thread_hooks->forbidden);
}

void tp_waiter_init(tp_waiter *waiter)
{
    *waiter = (tp_waiter){ .woken = false };
    pthread_mutex_init(&waiter->mutex, NULL);
    pthread_cond_init(&waiter->changed, NULL);
    if (thread_hooks && thread_hooks->park) {
        waiter->hooks = thread_hooks;
        waiter->token = thread_hooks->park_token(thread_hooks->data);
    }
}

void tp_waiter_wait(tp_waiter *waiter)
{
    if (waiter->hooks) {
        /* Not a loop over woken: only unpark may end the wait, or it would come to a token that
         * its coroutine has left behind. */
        waiter->hooks->park(waiter->hooks->data);
        return;
    }
    pthread_mutex_lock(&waiter->mutex);
    while (!waiter->woken)
        pthread_cond_wait(&waiter->changed, &waiter->mutex);
    pthread_mutex_unlock(&waiter->mutex);
}

void tp_waiter_wake(tp_waiter *waiter)
{
    if (waiter->hooks) { /* neither changes after init; the coroutine sleeps until unpark */
        waiter->hooks->unpark(waiter->token);
        return;
    }
    /* Signalled under the mutex: whoever waits cannot return, and destroy both, before the unlock.
     */
    pthread_mutex_lock(&waiter->mutex);
    waiter->woken = true;
    pthread_cond_signal(&waiter->changed);
    pthread_mutex_unlock(&waiter->mutex);
}

void tp_waiter_done(tp_waiter *waiter)
{
    pthread_cond_destroy(&waiter->changed);
    pthread_mutex_destroy(&waiter->mutex);
}
