/* SPDX-License-Identifier: MIT */
/* test_waiting.c -- timers, conditions, signals, queries and several coroutines: F2, F3, F8-F10. */
#include <string.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(echo, temporal_int, temporal_int)
TEMPORAL_ACTIVITY_DEFINE(echo)
temporal_error *echo(temporal_activity *attempt, temporal_int number, temporal_int *same)
{
    (void)attempt;
    *same = number;
    return TEMPORAL_OK;
}

/* --- timers and conditions ---------------------------------------------------------------- */

TEMPORAL_WORKFLOW(nap, temporal_double, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(nap)
temporal_error *nap(temporal_workflow *run, temporal_double seconds, temporal_int *milliseconds)
{
    const int64_t start = temporal_workflow_now(run);

    TEMPORAL_TRY(temporal_workflow_sleep(run, seconds));
    *milliseconds = (temporal_workflow_now(run) - start) / 1000000;
    return TEMPORAL_OK;
}

static bool never(const void *data)
{
    (void)data;
    return false;
}

TEMPORAL_WORKFLOW(wait_in_vain, temporal_double, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(wait_in_vain)
temporal_error *wait_in_vain(temporal_workflow *run, temporal_double seconds, temporal_string *text)
{
    temporal_error *error = temporal_workflow_wait_condition(run, never, NULL, seconds);

    *text = temporal_error_get_code(error) == TEMPORAL_ERROR_TIMEOUT ? "timed out" : "?";
    return TEMPORAL_OK;
}

/* --- a list that signals add to ----------------------------------------------------------- */

typedef struct list_state {
    temporal_int numbers[64];
    size_t count;
    bool closed;
} list_state;

TEMPORAL_WORKFLOW(list, temporal_int, temporal_int_list)
TEMPORAL_SIGNAL(list, add, temporal_int)
TEMPORAL_SIGNAL_NAMED(list, close, "Close.It", temporal_none)
TEMPORAL_QUERY(list, item, temporal_int, temporal_int)
TEMPORAL_QUERY(list, count, temporal_none, temporal_int)
TEMPORAL_QUERY(list, misbehave, temporal_none, temporal_none)

TEMPORAL_SIGNAL_DEFINE(list, list_state, add)
temporal_error *list_add(temporal_workflow *run, list_state *self, temporal_int number)
{
    (void)run;
    if (self->count < 64)
        self->numbers[self->count++] = number;
    return TEMPORAL_OK;
}

TEMPORAL_SIGNAL_DEFINE(list, list_state, close)
temporal_error *list_close(temporal_workflow *run, list_state *self, temporal_none none)
{
    (void)run, (void)none;
    self->closed = true;
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(list, list_state, item)
temporal_error *list_item(temporal_workflow *run, const list_state *self, temporal_int index,
                          temporal_int *number)
{
    (void)run;
    if (index < 0 || (size_t)index >= self->count)
        return temporal_error_application("OutOfRange", "there is no item %d", (int)index);
    *number = self->numbers[index];
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(list, list_state, count)
temporal_error *list_count(temporal_workflow *run, const list_state *self, temporal_none none,
                           temporal_int *count)
{
    (void)run, (void)none;
    *count = (temporal_int)self->count;
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(list, list_state, misbehave)
temporal_error *list_misbehave(temporal_workflow *run, const list_state *self, temporal_none none,
                               temporal_none *out)
{
    (void)self, (void)none, (void)out;
    return temporal_workflow_sleep(run, 1); /* a query may not wait */
}

/* A signal of any other name is counted as its length. */
static temporal_error *other(temporal_workflow *run, void *self, const char *name,
                             const temporal_value *inputs, size_t count, temporal_value *output)
{
    (void)inputs, (void)count, (void)output;
    return list_add(run, self, (temporal_int)strlen(name));
}
TEMPORAL_DYNAMIC_SIGNAL_DEFINE(other, NULL)

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(list, list_state, &list_add_handler, &list_close_handler,
                                  &list_item_handler, &list_count_handler, &list_misbehave_handler,
                                  &other_handler)
temporal_error *list(temporal_workflow *run, list_state *self, temporal_int wanted,
                     temporal_int_list *numbers)
{
    TEMPORAL_WAIT_UNTIL(run, self->closed || (temporal_int)self->count >= wanted);
    *numbers = (temporal_int_list){ self->numbers, self->count };
    return TEMPORAL_OK;
}

/* --- several coroutines ------------------------------------------------------------------- */

typedef struct worker_state {
    temporal_int next, sum;
} worker_state;

static temporal_error *add_up(temporal_workflow *run, void *data)
{
    worker_state *self = data;

    while (self->next <= 10) {
        const temporal_int number = self->next++;
        temporal_int same = 0;

        TEMPORAL_TRY(
            temporal_execute_activity(run, echo, number, &same, .start_to_close_timeout = 10));
        self->sum += same;
    }
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(sum_in_parallel, temporal_none, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(sum_in_parallel)
temporal_error *sum_in_parallel(temporal_workflow *run, temporal_none none, temporal_int *sum)
{
    worker_state *self = temporal_workflow_alloc(run, sizeof *self);
    temporal_future *futures[3];

    (void)none;
    self->next = 1;
    for (size_t i = 0; i < 3; i++)
        futures[i] = temporal_workflow_spawn(run, add_up, self);
    TEMPORAL_TRY(temporal_workflow_await_all(run, futures, 3));
    for (size_t i = 0; i < 3; i++)
        TEMPORAL_TRY(temporal_workflow_await(run, futures[i], temporal_none_type(), NULL));
    *sum = self->sum;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(race, temporal_none, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(race)
temporal_error *race(temporal_workflow *run, temporal_none none, temporal_int *first)
{
    temporal_future *runners[] = { temporal_workflow_start_timer(run, TEMPORAL_HOUR),
                                   temporal_workflow_start_timer(run, 0.01),
                                   temporal_workflow_start_timer(run, TEMPORAL_HOUR) };
    size_t index = 99;

    (void)none;
    TEMPORAL_TRY(temporal_workflow_await_any(run, runners, 3, &index));
    if (!temporal_future_is_done(runners[1]) || temporal_future_is_done(runners[0]))
        return temporal_error_application("Wrong", "another runner is done");
    temporal_future_cancel(runners[0]);
    temporal_future_cancel(runners[2]);
    *first = (temporal_int)index;
    return TEMPORAL_OK;
}

/* --- the tests ---------------------------------------------------------------------------- */

static const char *queue;
static temporal_worker *worker;

static int set_up(void **state)
{
    fixture_connect(state);
    queue = test_unique("waiting");
    worker = test_worker_start(
        client, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&nap_workflow, &wait_in_vain_workflow, &list_workflow,
                                        &sum_in_parallel_workflow, &race_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&echo_activity));
    return 0;
}

static int tear_down(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

static temporal_handle *start_list(temporal_int wanted)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, list, wanted, &handle, .id = test_unique("list"),
                                      .task_queue = queue));
    return handle;
}

static void F8_a_timer_fires_after_its_time(void **state)
{
    temporal_handle *handle = NULL;
    temporal_int milliseconds = 0;

    (void)state;
    assert_ok(temporal_execute_workflow(client, nap, 0.2, &handle, &milliseconds,
                                        .id = test_unique("nap"), .task_queue = queue));
    assert_true(milliseconds >= 200);
    assert_int_equal(fixture_count_events(handle, EVENT_TIMER_FIRED), 1);
    temporal_handle_free(handle);
}

static void F9_a_condition_that_never_comes_true_times_out(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, wait_in_vain, 0.05, &handle, &text,
                                        .id = test_unique("vain"), .task_queue = queue));
    assert_string_equal(text, "timed out");
    temporal_handle_free(handle);
}

static void F2_signals_arrive_in_order_and_are_seen_by_queries(void **state)
{
    temporal_handle *handle = start_list(100);
    temporal_int_list numbers;
    temporal_int number = 0;

    (void)state;
    for (temporal_int i = 0; i < 10; i++)
        assert_ok(temporal_signal(handle, list, add, i * i));
    assert_ok(temporal_query(handle, list, item, 3, &number));
    assert_int_equal(number, 9);
    assert_ok(temporal_query(handle, list, count, TEMPORAL_NONE, &number));
    assert_int_equal(number, 10);
    assert_ok(temporal_signal(handle, list, close, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, list, &numbers));
    assert_int_equal(numbers.count, 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(numbers.items[i], i * i);
    /* A workflow that has ended still answers. */
    assert_ok(temporal_query(handle, list, item, 2, &number));
    assert_int_equal(number, 4);
    temporal_handle_free(handle);
}

static void F2_signals_that_come_before_the_worker_are_kept(void **state)
{
    const char *other_queue = test_unique("waiting-later");
    temporal_handle *handle = NULL;
    temporal_worker *later;
    temporal_int_list numbers;

    (void)state;
    assert_ok(temporal_signal_with_start(client, list, add, 11, 2, &handle,
                                         .id = test_unique("list"), .task_queue = other_queue));
    assert_ok(temporal_signal(handle, list, add, 22));
    later = test_worker_start(client, .task_queue = other_queue,
                              .workflows = TEMPORAL_WORKFLOWS(&list_workflow));
    assert_ok(temporal_get_result(handle, list, &numbers));
    assert_int_equal(numbers.count, 2);
    assert_int_equal(numbers.items[0], 11);
    assert_int_equal(numbers.items[1], 22);
    temporal_handle_free(handle);
    test_worker_stop(later);
}

static void F2_a_signal_of_any_other_name_goes_to_the_dynamic_handler(void **state)
{
    temporal_handle *handle = start_list(1);
    temporal_int_list numbers;

    (void)state;
    assert_ok(temporal_handle_signal(handle, "unforeseen", NULL, 0));
    assert_ok(temporal_get_result(handle, list, &numbers));
    assert_int_equal(numbers.items[0], strlen("unforeseen"));
    temporal_handle_free(handle);
}

static void F3_a_query_that_fails_tells_its_message(void **state)
{
    temporal_handle *handle = start_list(1);
    temporal_int number;

    (void)state;
    assert_fails(temporal_query(handle, list, item, 5, &number), QUERY_REJECTED,
                 "there is no item 5");
    assert_fails(temporal_query(handle, list, misbehave, TEMPORAL_NONE, NULL), QUERY_REJECTED,
                 "query");
    assert_fails(temporal_handle_query(handle, "unknown", NULL, 0, temporal_int_type(), &number),
                 QUERY_REJECTED, "misbehave"); /* names those that there are */
    /* None of it has harmed the run. */
    assert_ok(temporal_signal(handle, list, add, 1));
    assert_ok(temporal_get_result(handle, list, NULL));
    temporal_handle_free(handle);
}

static void F10_coroutines_share_their_work(void **state)
{
    temporal_handle *handle = NULL;
    temporal_int sum = 0;

    (void)state;
    assert_ok(temporal_execute_workflow(client, sum_in_parallel, TEMPORAL_NONE, &handle, &sum,
                                        .id = test_unique("sum"), .task_queue = queue));
    assert_int_equal(sum, 55);
    assert_int_equal(fixture_count_events(handle, EVENT_ACTIVITY_COMPLETED), 10);
    temporal_handle_free(handle);
}

static void F10_the_first_of_several_is_awaited_and_the_rest_cancelled(void **state)
{
    temporal_handle *handle = NULL;
    temporal_int first = 99;

    (void)state;
    assert_ok(temporal_execute_workflow(client, race, TEMPORAL_NONE, &handle, &first,
                                        .id = test_unique("race"), .task_queue = queue));
    assert_int_equal(first, 1);
    assert_int_equal(fixture_count_events(handle, EVENT_TIMER_CANCELED), 2);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F8_a_timer_fires_after_its_time),
        cmocka_unit_test(F9_a_condition_that_never_comes_true_times_out),
        cmocka_unit_test(F2_signals_arrive_in_order_and_are_seen_by_queries),
        cmocka_unit_test(F2_signals_that_come_before_the_worker_are_kept),
        cmocka_unit_test(F2_a_signal_of_any_other_name_goes_to_the_dynamic_handler),
        cmocka_unit_test(F3_a_query_that_fails_tells_its_message),
        cmocka_unit_test(F10_coroutines_share_their_work),
        cmocka_unit_test(F10_the_first_of_several_is_awaited_and_the_rest_cancelled),
    };

    return fixture_run(tests, set_up, tear_down);
}
