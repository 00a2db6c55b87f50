/* SPDX-License-Identifier: MIT */
/* base/timer: timers that fire, are stopped, start anew, and go at any time. */
#include "base/timer.h"

#include <semaphore.h>

#include "base/clock.h"
#include "tests/support/support.h"

struct clock {
    tp_loop *loop;
    tp_timer *timer;
    sem_t rung;
    int count;
    int64_t started, fired;
};

static void on_time(void *data)
{
    struct clock *clock = data;

    clock->count++;
    clock->fired = tp_clock_monotonic();
    sem_post(&clock->rung);
}

static void make(void *data)
{
    struct clock *clock = data;

    clock->timer = tp_timer_new(clock->loop, on_time, clock);
}

static void start(void *data)
{
    struct clock *clock = data;

    clock->started = tp_clock_monotonic();
    tp_timer_start(clock->timer, 0.005);
}

static void start_far_away(void *data)
{
    struct clock *clock = data;

    tp_timer_start(clock->timer, TEMPORAL_DAY);
}

static void stop(void *data)
{
    tp_timer_stop(((struct clock *)data)->timer);
}

static void free_timer(void *data)
{
    struct clock *clock = data;

    tp_timer_free(clock->timer);
    clock->timer = NULL;
}

static void set_up(struct clock *clock)
{
    *clock = (struct clock){ .count = 0 };
    sem_init(&clock->rung, 0, 0);
    assert_ok(tp_loop_new(&clock->loop, "test"));
    tp_loop_call(clock->loop, make, clock);
}

static void put_away(struct clock *clock)
{
    tp_loop_call(clock->loop, free_timer, clock);
    tp_loop_free(clock->loop);
    sem_destroy(&clock->rung);
}

static void wait_for_ring(struct clock *clock)
{
    while (sem_wait(&clock->rung) != 0)
        ;
}

static void a_timer_fires_once_each_time_and_never_early(void **state)
{
    struct clock clock;

    (void)state;
    set_up(&clock);
    for (int i = 1; i <= 50; i++) {
        tp_loop_call(clock.loop, start, &clock);
        wait_for_ring(&clock);
        assert_true(clock.fired - clock.started >= 5000000);
        assert_int_equal(clock.count, i);
    }
    put_away(&clock);
    assert_int_equal(clock.count, 50);
}

static void starting_it_anew_replaces_the_time(void **state)
{
    struct clock clock;

    (void)state;
    set_up(&clock);
    tp_loop_call(clock.loop, start_far_away, &clock);
    tp_loop_call(clock.loop, start, &clock);
    wait_for_ring(&clock);
    put_away(&clock);
    assert_int_equal(clock.count, 1);
}

/* A pair on one loop: what was started first would have fired first. */
struct pair {
    struct clock first, second;
    void (*end)(void *data);
};

static void start_both(void *data)
{
    struct pair *pair = data;

    pair->second.loop = pair->first.loop;
    make(&pair->second);
    start(&pair->first);
    pair->end(&pair->first);
    start(&pair->second);
}

static void free_second(void *data)
{
    free_timer(&((struct pair *)data)->second);
}

static void assert_silent_after(void (*end)(void *data))
{
    struct pair pair = { .end = end };

    set_up(&pair.first);
    sem_init(&pair.second.rung, 0, 0);
    tp_loop_call(pair.first.loop, start_both, &pair);
    wait_for_ring(&pair.second);
    tp_loop_call(pair.first.loop, free_second, &pair);
    put_away(&pair.first);
    sem_destroy(&pair.second.rung);
    assert_int_equal(pair.second.count, 1);
    assert_int_equal(pair.first.count, 0);
}

static void one_that_was_stopped_or_freed_fires_no_more(void **state)
{
    (void)state;
    assert_silent_after(stop);
    assert_silent_after(free_timer);
}

static void free_itself(void *data)
{
    free_timer(data);
    on_time(data);
}

static void make_mortal(void *data)
{
    struct clock *clock = data;

    clock->timer = tp_timer_new(clock->loop, free_itself, clock);
    start(clock);
}

static void one_may_free_itself_when_it_fires(void **state)
{
    struct clock clock;

    (void)state;
    set_up(&clock);
    tp_loop_call(clock.loop, free_timer, &clock);
    tp_loop_call(clock.loop, make_mortal, &clock);
    wait_for_ring(&clock);
    put_away(&clock); /* frees NULL */
    assert_int_equal(clock.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_fires_once_each_time_and_never_early),
        cmocka_unit_test(starting_it_anew_replaces_the_time),
        cmocka_unit_test(one_that_was_stopped_or_freed_fires_no_more),
        cmocka_unit_test(one_may_free_itself_when_it_fires),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
