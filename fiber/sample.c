/* SPDX-License-Identifier: MIT */
/* fiber/sample.c -- the signal and its handler. */
#include "fiber/sample.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>
#include <unwind.h>

#include "base/alloc.h"

#define HANDLER_STACK ((size_t)64 * 1024)

typedef struct walk {
    tp_sample *sample;
    bool interrupted; /* the frames from here on are those of the thread's own work */
    bool skip;        /* the next one: the handler itself */
} walk;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int number; /* 0: the program uses them all */

static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *data)
{
    walk *self = data;
    tp_sample *sample = self->sample;
    int before = 0;
    uintptr_t address = _Unwind_GetIPInfo(context, &before);

    if (!address || sample->count == TP_SAMPLE_FRAMES)
        return _URC_END_OF_STACK;
    if (before && !self->interrupted) { /* where the signal came: no return address yet */
        self->interrupted = true;
        address++;
    }
    if (self->skip)
        self->skip = false;
    else if (self->interrupted)
        sample->frames[sample->count++] = (void *)address;
    return _URC_NO_REASON;
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
    int error = errno;
    walk self = { .sample = info->si_value.sival_ptr };

    (void)signal;
    (void)context;
    if (info->si_code != SI_QUEUE || info->si_pid != getpid() || !self.sample)
        return; /* somebody else's */
    if (atomic_load_explicit(&self.sample->taken, memory_order_acquire))
        return; /* an earlier question, answered late, was answer enough */
    self.sample->count = 0;
    _Unwind_Backtrace(on_frame, &self);
    if (!self.interrupted) { /* a sanitizer held the signal back, and calls this when it suits it */
        self.interrupted = self.skip = true;
        _Unwind_Backtrace(on_frame, &self);
    }
    atomic_store_explicit(&self.sample->taken, true, memory_order_release);
    errno = error;
}

/* The highest one that nobody handles: programs count from the lowest. */
static void choose(void)
{
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
    struct sigaction before;

    sigfillset(&action.sa_mask);
    for (int candidate = SIGRTMAX; candidate >= SIGRTMIN; candidate--) {
        if (sigaction(candidate, NULL, &before) != 0 || (before.sa_flags & SA_SIGINFO) != 0 ||
            before.sa_handler != SIG_DFL)
            continue;
        if (sigaction(candidate, &action, NULL) == 0) {
            number = candidate;
            return;
        }
    }
}

void *tp_sample_enter(void)
{
    stack_t own = { .ss_size = HANDLER_STACK }, before;
    sigset_t set;

    pthread_once(&once, choose);
    if (number == 0)
        return NULL;
    if (sigaltstack(NULL, &before) == 0 && (before.ss_flags & SS_DISABLE) != 0) {
        own.ss_sp = tp_alloc(HANDLER_STACK);
        (void)sigaltstack(&own, NULL);
    }
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return own.ss_sp;
}

void tp_sample_leave(void *entered)
{
    const stack_t none = { .ss_flags = SS_DISABLE };
    sigset_t set;

    if (number == 0)
        return;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (!entered)
        return;
    (void)sigaltstack(&none, NULL);
    tp_free(entered);
}

void tp_sample_ask(tp_sample *sample, pthread_t thread)
{
    atomic_store_explicit(&sample->taken, false, memory_order_release);
    if (number != 0)
        (void)pthread_sigqueue(thread, number, (union sigval){ .sival_ptr = sample });
}

bool tp_sample_taken(tp_sample *sample)
{
    return atomic_load_explicit(&sample->taken, memory_order_acquire);
}
