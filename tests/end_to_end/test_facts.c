/* SPDX-License-Identifier: MIT */
/* test_facts.c -- memo, search attributes, continue-as-new with other options, and what the run
 * before has left, on the real server: F18, F12. */
#include <stdio.h>
#include <string.h>

#include "tests/end_to_end/fixture.h"

#define END_OF_LIST      \
    {                    \
        NULL, NULL, NULL \
    }

/* --- memo and search attributes ----------------------------------------------------------- */

typedef struct painter_state {
    temporal_int steps;
} painter_state;

TEMPORAL_WORKFLOW(painter, temporal_none, temporal_string)
TEMPORAL_SIGNAL(painter, step, temporal_none)
TEMPORAL_QUERY(painter, look, temporal_none, temporal_string)

TEMPORAL_SIGNAL_DEFINE(painter, painter_state, step)
temporal_error *painter_step(temporal_workflow *run, painter_state *self, temporal_none none)
{
    (void)run, (void)none;
    self->steps++;
    return TEMPORAL_OK;
}

/* "memo colour, memo size, keyword, number, flag, list"; "-" where there is none. */
static temporal_string facts_of(temporal_workflow *run)
{
    temporal_string colour = "-", keyword = "-";
    temporal_int size = -1, number = -1;
    temporal_bool flag = false;
    temporal_string_list list = { 0 };

    temporal_error_free(temporal_workflow_get_memo(run, "colour", temporal_string_type(), &colour));
    temporal_error_free(temporal_workflow_get_memo(run, "size", temporal_int_type(), &size));
    temporal_error_free(temporal_workflow_get_search_attribute(run, "TestKeyword",
                                                               temporal_string_type(), &keyword));
    temporal_error_free(
        temporal_workflow_get_search_attribute(run, "TestInt", temporal_int_type(), &number));
    temporal_error_free(
        temporal_workflow_get_search_attribute(run, "TestBool", temporal_bool_type(), &flag));
    temporal_error_free(temporal_workflow_get_search_attribute(run, "TestList",
                                                               temporal_string_list_type(), &list));
    return temporal_workflow_format(run, "%s %d %s %d %s %zu", colour, (int)size, keyword,
                                    (int)number, flag ? "yes" : "no", list.count);
}

TEMPORAL_QUERY_DEFINE(painter, painter_state, look)
temporal_error *painter_look(temporal_workflow *run, const painter_state *self, temporal_none none,
                             temporal_string *text)
{
    (void)self, (void)none;
    *text = facts_of(run);
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(painter, painter_state, &painter_step_handler,
                                  &painter_look_handler)

static temporal_error *paint(temporal_workflow *run)
{
    const temporal_string blue = "blue", other = "other", tags[] = { "x", "y", "z" };
    const temporal_int number = 8;
    const temporal_bool flag = true;
    const temporal_string_list list = { tags, 3 };
    const temporal_entry memo[] = { { "colour", temporal_string_type(), &blue }, END_OF_LIST };
    const temporal_entry attributes[] = { { "TestKeyword", temporal_string_type(), &other },
                                          { "TestInt", temporal_int_type(), &number },
                                          { "TestBool", temporal_bool_type(), &flag },
                                          { "TestList", temporal_string_list_type(), &list },
                                          END_OF_LIST };

    TEMPORAL_TRY(temporal_workflow_upsert_memo(run, memo));
    return temporal_workflow_upsert_search_attributes(run, attributes);
}

static temporal_error *strip(temporal_workflow *run)
{
    const temporal_entry memo[] = { { "colour", NULL, NULL }, END_OF_LIST };
    const temporal_entry attributes[] = { { "TestInt", temporal_int_type(), NULL },
                                          { "TestList", NULL, NULL },
                                          END_OF_LIST };

    TEMPORAL_TRY(temporal_workflow_upsert_memo(run, memo));
    return temporal_workflow_upsert_search_attributes(run, attributes);
}

/* Paints, strips, and goes on as a new run, which tells what it has got. */
temporal_error *painter(temporal_workflow *run, painter_state *self, temporal_none none,
                        temporal_string *text)
{
    *text = facts_of(run);
    if (*temporal_workflow_get_info(run)->continued_run_id)
        return TEMPORAL_OK;
    TEMPORAL_TRY(paint(run));
    TEMPORAL_WAIT_UNTIL(run, self->steps >= 1);
    TEMPORAL_TRY(strip(run));
    TEMPORAL_WAIT_UNTIL(run, self->steps >= 2);
    return temporal_continue_as_new(run, painter, none);
}

static temporal_worker *worker;
static const char *queue;

static int start_worker(void **state);

static temporal_handle *start_painter(void)
{
    const temporal_string red = "red", keyword = "some";
    const temporal_int size = 4, number = 7;
    const temporal_entry memo[] = { { "colour", temporal_string_type(), &red },
                                    { "size", temporal_int_type(), &size },
                                    END_OF_LIST };
    const temporal_entry attributes[] = { { "TestKeyword", temporal_string_type(), &keyword },
                                          { "TestInt", temporal_int_type(), &number },
                                          END_OF_LIST };
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, painter, TEMPORAL_NONE, &handle,
                                      .id = test_unique("painter"), .task_queue = queue,
                                      .memo = memo, .search_attributes = attributes));
    return handle;
}

static void expect_look(temporal_handle *handle, const char *expected)
{
    temporal_string text = NULL;

    assert_ok(temporal_query(handle, painter, look, TEMPORAL_NONE, &text));
    assert_string_equal(text, expected);
}

/* As the server shows the current run, and finds it. */
static void expect_shown(temporal_handle *handle, size_t memo, size_t attributes)
{
    const temporal_workflow_description *shown = test_describe(handle);
    size_t ours = 0;

    for (size_t i = 0; i < shown->search_attribute_count; i++)
        ours += strncmp(shown->search_attributes[i].name, "Test", 4) == 0;
    assert_int_equal(shown->memo_count, memo);
    assert_int_equal(ours, attributes);
}

static int64_t found(temporal_handle *handle, const char *what)
{
    int64_t count = -1;
    char query[256];

    (void)snprintf(query, sizeof(query), "WorkflowId = '%s' AND %s", temporal_handle_id(handle),
                   what);
    assert_ok(temporal_client_count_workflows(client, query, &count));
    return count;
}

static void F18_changes_are_seen_replayed_shown_and_carried_on(void **state)
{
    temporal_handle *handle = start_painter();
    temporal_string text = NULL;

    (void)state;
    expect_look(handle, "blue 4 other 8 yes 3");
    expect_shown(handle, 2, 4);
    test_wait_for(found(handle, "TestInt = 8 AND TestList = 'y'") == 1);
    (void)start_worker(NULL); /* another one, which has to replay */
    expect_look(handle, "blue 4 other 8 yes 3");
    assert_ok(temporal_signal(handle, painter, step, TEMPORAL_NONE));
    test_wait_for(fixture_count_events(handle, EVENT_ATTRIBUTES_UPSERTED) == 2);
    expect_look(handle, "- 4 other -1 yes 0");
    expect_shown(handle, 1, 2);
    assert_ok(temporal_signal(handle, painter, step, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, painter, &text));
    assert_string_equal(text, "- 4 other -1 yes 0");
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    temporal_handle_free(handle);
}

TEMPORAL_WORKFLOW(stranger, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(stranger)
temporal_error *stranger(temporal_workflow *run, temporal_none none, temporal_none *out)
{
    const temporal_int number = 1;
    const temporal_entry attributes[] = { { "NoSuchThing", temporal_int_type(), &number },
                                          END_OF_LIST };

    (void)none, (void)out;
    return temporal_workflow_upsert_search_attributes(run, attributes);
}

static void F18_a_search_attribute_that_the_server_does_not_know_fails_the_task(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, stranger, TEMPORAL_NONE, &handle,
                                      .id = test_unique("stranger"), .task_queue = queue));
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    assert_non_null(strstr(fixture_task_failure(handle), "NoSuchThing"));
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_RUNNING);
    assert_ok(temporal_handle_terminate(handle, "the test is over", NULL, 0));
    temporal_handle_free(handle);
}

/* --- the next run, by other options -------------------------------------------------------- */

TEMPORAL_WORKFLOW(last_leg, temporal_int, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(last_leg)
temporal_error *last_leg(temporal_workflow *run, temporal_int in, temporal_int *out)
{
    temporal_int size = 0;

    TEMPORAL_TRY(temporal_workflow_get_memo(run, "size", temporal_int_type(), &size));
    *out = in + size;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(first_leg, temporal_string, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(first_leg)
temporal_error *first_leg(temporal_workflow *run, temporal_string next_queue, temporal_int *out)
{
    const temporal_int size = 9;
    const temporal_string keyword = "leg";
    const temporal_retry_policy retry = { .maximum_attempts = 3 };
    const temporal_entry memo[] = { { "size", temporal_int_type(), &size }, END_OF_LIST };
    const temporal_entry attributes[] = { { "TestKeyword", temporal_string_type(), &keyword },
                                          END_OF_LIST };

    (void)out;
    if (temporal_workflow_history_size(run) <= 0 || temporal_workflow_continue_suggested(run))
        return temporal_error_application("Wrong", "a new history has a size, and is not long");
    return temporal_continue_as_new(run, last_leg, 33, .task_queue = next_queue, .run_timeout = 40,
                                    .task_timeout = 7, .retry = &retry, .memo = memo,
                                    .search_attributes = attributes);
}

static void F12_the_next_run_has_another_type_queue_timeouts_memo_and_attributes(void **state)
{
    const char *other = test_unique("other");
    temporal_worker *second = test_worker_start(
        client, .task_queue = other, .workflows = TEMPORAL_WORKFLOWS(&last_leg_workflow));
    const Tp__History__WorkflowExecutionStartedEventAttributes *started;
    temporal_handle *handle = NULL, *next = NULL;
    const char *id = test_unique("legs");
    Tp__History__History *history;
    temporal_int result = 0;

    (void)state;
    assert_ok(temporal_start_workflow(client, first_leg, other, &handle, .id = id,
                                      .task_queue = queue, .run_timeout = 90));
    assert_ok(temporal_get_result(handle, first_leg, &result));
    assert_int_equal(result, 42);
    assert_ok(temporal_client_get_handle(client, id, NULL, &next));
    history = fixture_fetch_history(next);
    started = history->events[0]->workflow_execution_started_event_attributes;
    assert_string_equal(started->workflow_type->name, "last_leg");
    assert_string_equal(started->task_queue->name, other);
    assert_int_equal(started->workflow_run_timeout->seconds, 40);
    assert_int_equal(started->workflow_task_timeout->seconds, 7);
    assert_int_equal(started->retry_policy->maximum_attempts, 3);
    assert_int_equal(started->memo->n_fields, 1);
    assert_string_equal(started->memo->fields[0]->key, "size");
    assert_string_equal(started->search_attributes->indexed_fields[0]->key, "TestKeyword");
    protobuf_c_message_free_unpacked(&history->base, NULL);
    test_worker_stop(second);
    temporal_handle_free(next);
    temporal_handle_free(handle);
}

/* --- the run before ----------------------------------------------------------------------- */

/* The first attempt fails; the second tells with what. */
TEMPORAL_WORKFLOW(retried, temporal_none, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(retried)
temporal_error *retried(temporal_workflow *run, temporal_none none, temporal_string *text)
{
    const temporal_error *failure = temporal_workflow_last_failure(run);

    (void)none;
    if (!failure)
        return temporal_error_application("Broken", "it fell");
    *text = temporal_workflow_format(run, "%s: %s", temporal_error_type(failure),
                                     temporal_error_message(failure));
    return TEMPORAL_OK;
}

static void F12_an_attempt_knows_the_failure_of_the_one_before(void **state)
{
    const temporal_retry_policy retry = { .initial_interval = 0.01, .maximum_attempts = 2 };
    temporal_handle *handle = NULL;
    temporal_string text = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, retried, TEMPORAL_NONE, &handle,
                                      .id = test_unique("retried"), .task_queue = queue,
                                      .retry = &retry));
    assert_ok(temporal_get_result(handle, retried, &text));
    assert_string_equal(text, "Broken: it fell");
    temporal_handle_free(handle);
}

typedef struct clock_state {
    temporal_int last;
} clock_state;

/* The first run returns a number; the next one holds it. */
TEMPORAL_WORKFLOW(clockwork, temporal_none, temporal_int)
TEMPORAL_QUERY(clockwork, last, temporal_none, temporal_int)
TEMPORAL_QUERY_DEFINE(clockwork, clock_state, last)
temporal_error *clockwork_last(temporal_workflow *run, const clock_state *self, temporal_none none,
                               temporal_int *last)
{
    (void)run, (void)none;
    *last = self->last;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(clockwork, clock_state, &clockwork_last_handler)
temporal_error *clockwork(temporal_workflow *run, clock_state *self, temporal_none none,
                          temporal_int *out)
{
    temporal_error *error = temporal_workflow_last_result(run, temporal_int_type(), &self->last);

    (void)none;
    *out = 41;
    if (temporal_error_get_code(error) == TEMPORAL_ERROR_NOT_FOUND)
        return TEMPORAL_OK;
    return error ? error : temporal_workflow_sleep(run, 1000);
}

static temporal_int last_of(temporal_handle *handle)
{
    temporal_int last = 0;

    temporal_handle_release_results(handle);
    assert_ok(temporal_query(handle, clockwork, last, TEMPORAL_NONE, &last));
    return last;
}

static void F12_a_cron_run_knows_the_result_of_the_one_before(void **state)
{
    temporal_handle *handle = NULL, *current = NULL;
    const char *id = test_unique("clockwork");

    (void)state;
    assert_ok(temporal_start_workflow(client, clockwork, TEMPORAL_NONE, &handle, .id = id,
                                      .task_queue = queue, .cron = "@every 1s"));
    assert_ok(temporal_client_get_handle(client, id, NULL, &current));
    test_wait_for(last_of(current) == 41);
    assert_ok(temporal_handle_terminate(current, "the test is over", NULL, 0));
    temporal_handle_free(current);
    temporal_handle_free(handle);
}

/* --- who completed the tasks ---------------------------------------------------------------- */

static void F12_history_says_once_which_sdk_completed_its_tasks(void **state)
{
    temporal_handle *handle = start_painter();
    size_t completed = 0, named = 0;
    Tp__History__History *history;

    (void)state;
    /* Else the signal may come with the first task. */
    test_wait_for(fixture_count_events(handle, EVENT_TASK_COMPLETED) == 1);
    assert_ok(temporal_signal(handle, painter, step, TEMPORAL_NONE));
    test_wait_for(fixture_count_events(handle, EVENT_TASK_COMPLETED) >= 2);
    history = fixture_fetch_history(handle);
    for (size_t i = 0; i < history->n_events; i++) {
        const Tp__Sdk__WorkflowTaskCompletedMetadata *metadata;

        if ((int)history->events[i]->event_type != EVENT_TASK_COMPLETED)
            continue;
        metadata = history->events[i]->workflow_task_completed_event_attributes->sdk_metadata;
        if (completed++ == 0) {
            assert_string_equal(metadata->sdk_name, "temporal-c");
            assert_true(strlen(metadata->sdk_version) > 0);
        }
        named += metadata && *metadata->sdk_name;
    }
    assert_true(completed >= 2);
    assert_int_equal(named, 1);
    protobuf_c_message_free_unpacked(&history->base, NULL);
    assert_ok(temporal_handle_terminate(handle, "the test is over", NULL, 0));
    temporal_handle_free(handle);
}

/* --- fixture ------------------------------------------------------------------------------ */

/* Takes the place of the one that there is. */
static int start_worker(void **state)
{
    (void)state;
    if (worker)
        test_worker_stop(worker);
    worker = test_worker_start(
        client, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&painter_workflow, &stranger_workflow, &first_leg_workflow,
                                        &retried_workflow, &clockwork_workflow));
    return 0;
}

static int open_all(void **state)
{
    (void)fixture_connect(state);
    queue = test_unique("facts");
    return start_worker(state);
}

static int close_all(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F18_changes_are_seen_replayed_shown_and_carried_on),
        cmocka_unit_test(F18_a_search_attribute_that_the_server_does_not_know_fails_the_task),
        cmocka_unit_test(F12_the_next_run_has_another_type_queue_timeouts_memo_and_attributes),
        cmocka_unit_test(F12_an_attempt_knows_the_failure_of_the_one_before),
        cmocka_unit_test(F12_a_cron_run_knows_the_result_of_the_one_before),
        cmocka_unit_test(F12_history_says_once_which_sdk_completed_its_tasks),
    };

    return fixture_run(tests, open_all, close_all);
}
