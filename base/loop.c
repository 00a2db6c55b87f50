/* SPDX-License-Identifier: MIT */
/* base/loop.c -- a thread that runs a libuv loop, and its mailbox.
 *
 * The mailbox is a list under a mutex and an eventfd, its bell. What is posted while a round of it
 * runs goes into the next round, after libuv has looked at its descriptors and timers: posts that
 * post do not starve them.
 *
 * A post must be cheap, also where the loop's thread runs at once and on the processor of the one
 * that posted. So the bell is rung once for all that waits, and after the mutex is free; a
 * uv_async_t would let the loop spin until its sender is back. */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/waiter.h"

#define NAME_SIZE 16 /* of a thread, with its NUL: the kernel's limit */

struct post {
    struct post *next;
    tp_loop_fn fn;
    void *data;
};

struct tp_loop {
    uv_loop_t uv;
    uv_poll_t door; /* of the bell */
    int bell;
    pthread_t thread;
    char name[NAME_SIZE];
    struct post *round; /* what is left of the round that its thread runs */

    pthread_mutex_t mutex; /* of what follows */
    struct post *first, **end;

    atomic_uint ringing; /* threads that have posted and not rung yet */
};

static _Thread_local const tp_loop *current;

/* Runs one round of the mailbox; false when it was empty. */
static bool run_posts(tp_loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    loop->round = loop->first;
    loop->first = NULL;
    loop->end = &loop->first;
    pthread_mutex_unlock(&loop->mutex);
    if (!loop->round)
        return false;
    while (loop->round) {
        const struct post post = *loop->round;

        tp_free(loop->round);
        loop->round = post.next;
        post.fn(post.data);
    }
    return true;
}

static void on_bell(uv_poll_t *door, int status, int events)
{
    tp_loop *loop = door->data;
    eventfd_t rings;

    (void)status;
    (void)events;
    (void)eventfd_read(loop->bell, &rings);
    run_posts(loop);
}

static void *run(void *data)
{
    tp_loop *loop = data;

    current = loop;
    pthread_setname_np(pthread_self(), loop->name);
    /* The bell keeps the first run going until tp_loop_free lets go of it. Later runs wait for what
     * is left: handles that close, and what their callbacks post. */
    do
        uv_run(&loop->uv, UV_RUN_DEFAULT);
    while (run_posts(loop));
    uv_close((uv_handle_t *)&loop->door, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    return NULL;
}

/* Signals are for the program's own threads; those of a fault stay, for debuggers and sanitizers.
 */
static int start_thread(tp_loop *loop)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT };
    sigset_t blocked, before;
    int failed;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    failed = pthread_create(&loop->thread, NULL, run, loop);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

/* Zero, or the system's number; then nothing is left of it. */
static int hang_bell(tp_loop *loop)
{
    int failed;

    loop->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->bell < 0)
        return errno;
    failed = -uv_poll_init(&loop->uv, &loop->door, loop->bell);
    if (failed) {
        close(loop->bell);
        return failed;
    }
    loop->door.data = loop;
    uv_poll_start(&loop->door, UV_READABLE, on_bell);
    return 0;
}

static void free_loop(tp_loop *loop)
{
    int failed = uv_loop_close(&loop->uv);

    assert(!failed);
    (void)failed;
    pthread_mutex_destroy(&loop->mutex);
    tp_free(loop);
}

temporal_error *tp_loop_new(tp_loop **out, const char *name)
{
    tp_loop *loop = tp_alloc(sizeof(*loop));
    int failed = uv_loop_init(&loop->uv);

    if (failed) {
        tp_free(loop);
        return tp_error_system(-failed, "loop %s: cannot make its event queue", name);
    }
    loop->end = &loop->first;
    snprintf(loop->name, sizeof(loop->name), "%s", name);
    pthread_mutex_init(&loop->mutex, NULL);
    failed = hang_bell(loop);
    if (failed) {
        free_loop(loop);
        return tp_error_system(failed, "loop %s: cannot make the eventfd of its mailbox", name);
    }
    failed = start_thread(loop);
    if (failed) {
        uv_close((uv_handle_t *)&loop->door, NULL);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
        close(loop->bell);
        free_loop(loop);
        return tp_error_system(failed, "loop %s: cannot start its thread", name);
    }
    *out = loop;
    return NULL;
}

uv_loop_t *tp_loop_uv(tp_loop *loop)
{
    return &loop->uv;
}

bool tp_loop_is_current(const tp_loop *loop)
{
    return current == loop;
}

void tp_loop_post(tp_loop *loop, tp_loop_fn fn, void *data)
{
    struct post *post = tp_alloc(sizeof(*post));
    bool is_first;

    *post = (struct post){ .fn = fn, .data = data };
    pthread_mutex_lock(&loop->mutex);
    is_first = !loop->first;
    *loop->end = post;
    loop->end = &post->next;
    /* Once the mutex is free the post may run, and let another thread free the loop. */
    if (is_first)
        atomic_fetch_add_explicit(&loop->ringing, 1, memory_order_relaxed);
    pthread_mutex_unlock(&loop->mutex);
    if (is_first) {
        (void)eventfd_write(loop->bell, 1);
        atomic_fetch_sub_explicit(&loop->ringing, 1, memory_order_release);
    }
}

struct call {
    tp_loop_fn fn;
    void *data;
    tp_waiter waiter;
};

static void run_call(void *data)
{
    struct call *call = data;

    call->fn(call->data);
    tp_waiter_wake(&call->waiter);
}

void tp_loop_call(tp_loop *loop, tp_loop_fn fn, void *data)
{
    struct call call = { .fn = fn, .data = data };

    if (tp_loop_is_current(loop)) {
        fn(data);
        return;
    }
    tp_waiter_init(&call.waiter);
    tp_loop_post(loop, run_call, &call);
    tp_waiter_wait(&call.waiter);
    tp_waiter_done(&call.waiter);
}

static void let_go(void *data)
{
    tp_loop *loop = data;

    uv_unref((uv_handle_t *)&loop->door);
}

void tp_loop_free(tp_loop *loop)
{
    if (!loop)
        return;
    assert(!tp_loop_is_current(loop));
    tp_loop_post(loop, let_go, loop);
    pthread_join(loop->thread, NULL);
    while (atomic_load_explicit(&loop->ringing, memory_order_acquire))
        sched_yield();
    close(loop->bell);
    free_loop(loop);
}
