/* SPDX-License-Identifier: MIT */
/* fiber/sample: where another thread stands. */
#include "fiber/sample.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>

#include "fiber/fiber.h"
#include "fiber/symbols.h"
#include "tests/support/support.h"

typedef struct sleeper {
    pthread_t thread;
    sem_t begun, go_on;
    bool on_fiber;
    int steps;
} sleeper;

static __attribute__((noinline)) void sleep_here(sleeper *self)
{
    sem_post(&self->begun);
    while (sem_wait(&self->go_on) != 0)
        assert_int_equal(errno, EINTR);
    self->steps++;
}

static __attribute__((noinline)) void body(void *data)
{
    sleeper *self = data;

    sleep_here(self);
    self->steps++;
}

static void *run(void *data)
{
    sleeper *self = data;
    tp_stack_pool *pool = tp_stack_pool_new((size_t)64 * 1024, 1);
    void *entered = tp_sample_enter();
    tp_fiber *fiber = NULL;

    if (self->on_fiber) {
        assert_ok(tp_fiber_new(&fiber, pool, body, self));
        assert_false(tp_fiber_resume(fiber));
        tp_fiber_free(fiber);
    } else {
        body(self);
    }
    tp_sample_leave(entered);
    tp_stack_pool_free(pool);
    return NULL;
}

static void start(sleeper *self, bool on_fiber)
{
    sigset_t all, before;

    *self = (sleeper){ .on_fiber = on_fiber };
    sem_init(&self->begun, 0, 0);
    sem_init(&self->go_on, 0, 0);
    sigfillset(&all); /* as the library's threads are */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    assert_int_equal(pthread_create(&self->thread, NULL, run, self), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    while (sem_wait(&self->begun) != 0)
        assert_int_equal(errno, EINTR);
}

static void end(sleeper *self)
{
    sem_post(&self->go_on);
    pthread_join(self->thread, NULL);
    sem_destroy(&self->begun);
    sem_destroy(&self->go_on);
}

static void expect_frames(sleeper *self)
{
    tp_symbols *symbols = tp_symbols_open();
    tp_sample sample = { .count = 0 };
    tp_buffer text = { 0 };

    tp_sample_ask(&sample, self->thread);
    test_wait_for(tp_sample_taken(&sample));
    for (size_t i = 0; i < sample.count; i++) {
        tp_symbols_describe(symbols, sample.frames[i], &text);
        tp_buffer_append_text(&text, "\n");
    }
    tp_buffer_append(&text, "", 1);
    assert_contains((const char *)text.data, "\nsleep_here at tests/fiber/test_sample.c:");
    assert_contains((const char *)text.data, "\nbody at tests/fiber/test_sample.c:");
    assert_null(strstr((const char *)text.data, "on_signal"));
    tp_buffer_done(&text);
    tp_symbols_close(symbols);
}

static void a_thread_that_sleeps_is_seen_and_sleeps_on(void **state)
{
    sleeper self;

    (void)state;
    start(&self, false);
    for (int i = 0; i < 3; i++)
        expect_frames(&self);
    assert_int_equal(self.steps, 0);
    end(&self);
    assert_int_equal(self.steps, 2);
}

static void a_fiber_that_does_not_come_back_is_seen(void **state)
{
    sleeper self;

    (void)state;
    start(&self, true);
    expect_frames(&self);
    end(&self);
    assert_int_equal(self.steps, 2);
}

static void signals_of_others_do_nothing(void **state)
{
    sleeper self;
    sigset_t set;

    (void)state;
    start(&self, false);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
        struct sigaction action;

        assert_int_equal(sigaction(number, NULL, &action), 0);
        if ((action.sa_flags & SA_SIGINFO) != 0)
            pthread_kill(self.thread, number); /* without a sample */
    }
    expect_frames(&self);
    end(&self);
    sigemptyset(&set);
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    assert_false(sigismember(&set, SIGRTMAX)); /* only its own threads are touched */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_sleeps_is_seen_and_sleeps_on),
        cmocka_unit_test(a_fiber_that_does_not_come_back_is_seen),
        cmocka_unit_test(signals_of_others_do_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
