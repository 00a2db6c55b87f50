/* SPDX-License-Identifier: MIT */
/* worker/signals.c -- SIGINT and SIGTERM for as long as a worker runs: each signal is told to every
 * worker that listens, through an eventfd, which is all that a handler may do. */
#include "worker/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/error.h"

#define LISTENERS 64 /* workers of one program that run at once */

/* A place holds the descriptor plus one; zero is free. */
static atomic_int listeners[LISTENERS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static int listening;
static struct sigaction old_interrupt, old_terminate;

static void on_signal(int number)
{
    const uint64_t unit = TP_SIGNAL_UNIT;
    int error = errno;

    (void)number;
    for (int i = 0; i < LISTENERS; i++) {
        int place = atomic_load(&listeners[i]);

        /* A full counter means that the worker was told often enough. */
        if (place != 0 && write(place - 1, &unit, sizeof unit) < 0)
            continue;
    }
    errno = error;
}

static void install(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_interrupt);
    sigaction(SIGTERM, &action, &old_terminate);
}

temporal_error *tp_signals_listen(int event_fd)
{
    bool found = false;

    pthread_mutex_lock(&mutex);
    for (int i = 0; i < LISTENERS && !found; i++) {
        if (atomic_load(&listeners[i]) != 0)
            continue;
        found = true;
        atomic_store(&listeners[i], event_fd + 1);
        if (listening++ == 0)
            install();
    }
    pthread_mutex_unlock(&mutex);
    if (found)
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "worker: at most %d workers of a program listen to signals at once: "
                              "set .no_signal_handlers for the others",
                              LISTENERS);
}

void tp_signals_leave(int event_fd)
{
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < LISTENERS; i++) {
        if (atomic_load(&listeners[i]) != event_fd + 1)
            continue;
        if (--listening == 0) {
            sigaction(SIGINT, &old_interrupt, NULL);
            sigaction(SIGTERM, &old_terminate, NULL);
        }
        atomic_store(&listeners[i], 0);
        break;
    }
    pthread_mutex_unlock(&mutex);
}
