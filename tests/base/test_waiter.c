/* SPDX-License-Identifier: MIT */
/* base/waiter: a thread that waits, a coroutine that waits, and one that may not. */
#include "base/waiter.h"

#include <string.h>

#include "tests/support/support.h"

/* One waker for many short-lived waiters, handed over one at a time. */
struct bench {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    tp_waiter *next;
    bool end;
};

static void *wake_all(void *data)
{
    struct bench *bench = data;

    for (;;) {
        tp_waiter *waiter;

        pthread_mutex_lock(&bench->mutex);
        while (!bench->next && !bench->end)
            pthread_cond_wait(&bench->changed, &bench->mutex);
        waiter = bench->next;
        bench->next = NULL;
        pthread_mutex_unlock(&bench->mutex);
        if (!waiter)
            return NULL;
        tp_waiter_wake(waiter);
    }
}

static void ask_for_wake(struct bench *bench, tp_waiter *waiter)
{
    pthread_mutex_lock(&bench->mutex);
    bench->next = waiter;
    bench->end = !waiter;
    pthread_cond_signal(&bench->changed);
    pthread_mutex_unlock(&bench->mutex);
}

static __attribute__((noinline)) void wait_once(struct bench *bench)
{
    tp_waiter waiter;

    tp_waiter_init(&waiter);
    ask_for_wake(bench, &waiter);
    tp_waiter_wait(&waiter);
    tp_waiter_done(&waiter);
    memset(&waiter, 0xee, sizeof(waiter)); /* whoever still touches it stumbles */
}

static void a_waiter_may_go_as_soon_as_it_was_woken(void **state)
{
    struct bench bench = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, false };
    pthread_t waker;

    (void)state;
    assert_int_equal(pthread_create(&waker, NULL, wake_all, &bench), 0);
    for (int i = 0; i < 20000; i++)
        wait_once(&bench);
    ask_for_wake(&bench, NULL);
    pthread_join(waker, NULL);
}

static void a_wake_before_the_wait_is_not_lost(void **state)
{
    tp_waiter waiter;

    (void)state;
    tp_waiter_init(&waiter);
    tp_waiter_wake(&waiter);
    tp_waiter_wait(&waiter);
    tp_waiter_done(&waiter);
}

/* Hooks that note what they are asked, a letter for each: token, park, unpark. */
struct coroutine {
    char calls[8];
    size_t count;
    int token;
};

static struct coroutine *running;

static void note(struct coroutine *coroutine, char call)
{
    assert_true(coroutine->count < sizeof(coroutine->calls) - 1);
    coroutine->calls[coroutine->count++] = call;
}

static void *take_token(void *data)
{
    struct coroutine *coroutine = data;

    note(coroutine, 't');
    return &coroutine->token;
}

static void park(void *data)
{
    note(data, 'p');
}

static void unpark(void *token)
{
    assert_ptr_equal(token, &running->token);
    note(running, 'u');
}

static void on_a_coroutine_the_hooks_are_asked(void **state)
{
    struct coroutine coroutine = { .calls = "" };
    const tp_waiter_hooks hooks = {
        .park_token = take_token, .park = park, .unpark = unpark, .data = &coroutine
    };
    tp_waiter waiter;

    (void)state;
    running = &coroutine;
    assert_null(tp_waiter_set_hooks(&hooks));
    tp_waiter_init(&waiter);
    assert_ptr_equal(tp_waiter_set_hooks(NULL), &hooks); /* woken from a thread without hooks */
    tp_waiter_wake(&waiter);
    tp_waiter_set_hooks(&hooks);
    tp_waiter_wait(&waiter);
    tp_waiter_done(&waiter);
    assert_ptr_equal(tp_waiter_set_hooks(NULL), &hooks);
    assert_string_equal(coroutine.calls, "tup");
}

static void where_waiting_is_forbidden_the_reason_is_given(void **state)
{
    const tp_waiter_hooks hooks = { .forbidden = "workflow code does no I/O; use an activity" };

    (void)state;
    assert_ok(tp_waiter_check("connect"));
    tp_waiter_set_hooks(&hooks);
    assert_fails(tp_waiter_check("connect"), INVALID_ARGUMENT,
                 "connect: workflow code does no I/O; use an activity");
    tp_waiter_set_hooks(NULL);
    assert_ok(tp_waiter_check("connect"));
}

static void *check(void *data)
{
    *(temporal_error **)data = tp_waiter_check("x");
    return NULL;
}

static void hooks_belong_to_their_thread(void **state)
{
    const tp_waiter_hooks hooks = { .forbidden = "no" };
    temporal_error *error = NULL;
    pthread_t thread;

    (void)state;
    tp_waiter_set_hooks(&hooks);
    assert_int_equal(pthread_create(&thread, NULL, check, &error), 0);
    pthread_join(thread, NULL);
    assert_null(error);
    tp_waiter_set_hooks(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waiter_may_go_as_soon_as_it_was_woken),
        cmocka_unit_test(a_wake_before_the_wait_is_not_lost),
        cmocka_unit_test(on_a_coroutine_the_hooks_are_asked),
        cmocka_unit_test(where_waiting_is_forbidden_the_reason_is_given),
        cmocka_unit_test(hooks_belong_to_their_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
