/* SPDX-License-Identifier: MIT */
/* test_places.c -- when a worker may poll, and when it may offer a place: executors that are
 * nothing but numbers. */
#include "tests/support/support.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/places.h"

static tp_loop *loop;
static tp_executor_ops ops[TP_EXECUTOR_COUNT] = { { .name = "async" },
                                                  { .name = "threads" },
                                                  { .name = "processes" } };
static tp_executor executors[TP_EXECUTOR_COUNT];
static tp_executor *present[TP_EXECUTOR_COUNT];
static tp_places places;

static void make_places(void *data)
{
    tp_places_init(&places, data);
}

static void end_places(void *data)
{
    tp_places_done(data);
}

/* Capacities; 0: there is no such executor. */
static void open_places(size_t async, size_t threads, size_t processes, tp_places_options options)
{
    const size_t capacities[TP_EXECUTOR_COUNT] = { async, threads, processes };

    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        executors[i] = (tp_executor){ .ops = &ops[i], .capacity = capacities[i] };
        present[i] = capacities[i] ? &executors[i] : NULL;
    }
    options.executors = present;
    options.loop = loop;
    options.task_queue = "q";
    if (options.starving == 0)
        options.starving = 3600;
    tp_loop_call(loop, make_places, &options);
}

static void close_places(void)
{
    tp_loop_call(loop, end_places, &places);
}

typedef struct poll_request {
    bool taken;
} poll_request;

static void take_poll_on_loop(void *data)
{
    poll_request *request = data;

    request->taken = tp_places_take_poll(&places);
}

static bool take_poll(void)
{
    poll_request request = { false };

    tp_loop_call(loop, take_poll_on_loop, &request);
    return request.taken;
}

static size_t take_polls(void)
{
    size_t count = 0;

    while (count < 1000 && take_poll())
        count++;
    return count;
}

static void a_poll_takes_a_place_on_every_executor(void **state)
{
    (void)state;
    open_places(100, 3, 0, (tp_places_options){ 0 });
    assert_int_equal(take_polls(), 3);
    tp_places_end_poll(&places);
    assert_true(take_poll());
    assert_false(take_poll());
    /* One of them brought a task for the coroutines. */
    tp_places_end_poll(&places);
    executors[TP_ASYNC].running++;
    assert_true(take_poll());
    /* And one for the threads. */
    tp_places_end_poll(&places);
    executors[TP_THREADS].running++;
    assert_false(take_poll());
    close_places();
}

static void nobody_polls_while_an_executor_is_full(void **state)
{
    (void)state;
    open_places(100, 0, 2, (tp_places_options){ 0 });
    executors[TP_PROCESSES].running = 2;
    assert_false(take_poll());
    executors[TP_PROCESSES].running = 1;
    assert_int_equal(take_polls(), 1);
    close_places();
}

static void so_many_are_held_as_may_be(void **state)
{
    (void)state;
    open_places(10, 0, 2, (tp_places_options){ .max_held = 3 });
    executors[TP_PROCESSES].running = 2;
    assert_int_equal(take_polls(), 3); /* all of them may be for the processes */
    tp_places_end_poll(&places);
    executors[TP_PROCESSES].running++; /* one is, and is held */
    assert_false(take_poll());
    tp_places_end_poll(&places);
    executors[TP_ASYNC].running++;
    assert_int_equal(take_polls(), 1); /* the other was not */
    close_places();
}

static void none_is_held_when_every_executor_is_full(void **state)
{
    (void)state;
    open_places(1, 1, 0, (tp_places_options){ .max_held = 10 });
    executors[TP_ASYNC].running = executors[TP_THREADS].running = 1;
    assert_false(take_poll());
    close_places();
}

static void the_last_place_is_kept_while_there_is_another_poll(void **state)
{
    (void)state;
    open_places(0, 0, 4, (tp_places_options){ .keep_for_promises = true });
    assert_int_equal(take_polls(), 3);
    assert_true(tp_places_promise(&places, TP_PROCESSES));
    assert_false(tp_places_promise(&places, TP_PROCESSES));
    assert_true(tp_places_has_promised(&places));
    tp_places_end_promise(&places, TP_PROCESSES);
    assert_false(tp_places_has_promised(&places));
    /* Three tasks came: what is there to poll for is the last place. */
    for (int i = 0; i < 3; i++)
        tp_places_end_poll(&places);
    executors[TP_PROCESSES].running = 3;
    assert_int_equal(take_polls(), 1);
    assert_false(tp_places_promise(&places, TP_PROCESSES));
    close_places();
}

static void the_only_place_is_polled_for(void **state)
{
    (void)state;
    open_places(0, 1, 0, (tp_places_options){ .keep_for_promises = true });
    assert_true(tp_places_promise(&places, TP_THREADS));
    assert_false(take_poll());
    tp_places_end_promise(&places, TP_THREADS);
    assert_int_equal(take_polls(), 1);
    assert_false(tp_places_promise(&places, TP_THREADS));
    close_places();
}

static void a_promise_takes_a_place_on_its_own_executor_only(void **state)
{
    (void)state;
    open_places(2, 2, 0, (tp_places_options){ .keep_for_promises = true });
    executors[TP_THREADS].running = 2;
    assert_true(tp_places_promise(&places, TP_ASYNC));
    assert_true(tp_places_promise(&places, TP_ASYNC));
    assert_false(tp_places_promise(&places, TP_ASYNC));
    assert_false(tp_places_promise(&places, TP_THREADS));
    tp_places_end_promise(&places, TP_ASYNC);
    tp_places_end_promise(&places, TP_ASYNC);
    close_places();
}

/* --- the warning ---------------------------------------------------------------------------- */

static char warning[1024];
static atomic_int warnings;

static void take_log(const temporal_log_record *record, void *data)
{
    (void)data;
    snprintf(warning, sizeof warning, "%s", record->message);
    atomic_fetch_add(&warnings, 1);
}

static void an_executor_that_holds_up_the_others_is_told(void **state)
{
    (void)state;
    open_places(100, 0, 2, (tp_places_options){ .starving = 0.001 });
    executors[TP_PROCESSES].running = 2;
    assert_false(take_poll());
    test_wait_for(atomic_load(&warnings) == 1);
    assert_contains(warning, "task queue q: executor processes has been full (2 of 2)");
    assert_contains(warning, ".max_held_activities");
    close_places();
}

static int make_loop(void **state)
{
    (void)state;
    temporal_log_set(TEMPORAL_LOG_WARN, take_log, NULL);
    assert_ok(tp_loop_new(&loop, "places"));
    return 0;
}

static int end_loop(void **state)
{
    (void)state;
    tp_loop_free(loop);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poll_takes_a_place_on_every_executor),
        cmocka_unit_test(nobody_polls_while_an_executor_is_full),
        cmocka_unit_test(so_many_are_held_as_may_be),
        cmocka_unit_test(none_is_held_when_every_executor_is_full),
        cmocka_unit_test(the_last_place_is_kept_while_there_is_another_poll),
        cmocka_unit_test(the_only_place_is_polled_for),
        cmocka_unit_test(a_promise_takes_a_place_on_its_own_executor_only),
        cmocka_unit_test(an_executor_that_holds_up_the_others_is_told),
    };

    return cmocka_run_group_tests(tests, make_loop, end_loop);
}
