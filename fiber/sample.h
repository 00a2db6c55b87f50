/* SPDX-License-Identifier: MIT */
/* fiber/sample.h -- the calls of a thread as it runs, looked at by another one.
 *
 * The thread is sent a real-time signal (the highest that the program leaves to the system); its
 * handler writes the return addresses down and goes on. It stands on a stack of its own, takes no
 * lock and no memory. A thread that does not take signals gives no sample: nobody waits for one. */
#ifndef TP_FIBER_SAMPLE_H
#define TP_FIBER_SAMPLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define TP_SAMPLE_FRAMES 64

typedef struct tp_sample {
    atomic_bool taken;
    size_t count;                   /* once it is taken: ... */
    void *frames[TP_SAMPLE_FRAMES]; /* return addresses, innermost first */
} tp_sample;

/** From the thread, at its start and at its end: it can be sampled in between. */
void *tp_sample_enter(void);
void tp_sample_leave(void *entered);
/** The sample must live until it is taken or the thread has left; one at a time. */
void tp_sample_ask(tp_sample *sample, pthread_t thread);
bool tp_sample_taken(tp_sample *sample);

#endif
