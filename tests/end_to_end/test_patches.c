/* SPDX-License-Identifier: MIT */
/* test_patches.c -- code that is deployed over running workflows, and meets them well: F17. */
#include <string.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(by_phone, temporal_int, temporal_int)
TEMPORAL_ACTIVITY(by_mail, temporal_int, temporal_int)

/* Three versions of one workflow type. */
TEMPORAL_WORKFLOW_NAMED(first, "thanks", temporal_int, temporal_int)
TEMPORAL_SIGNAL_NAMED(first, finish, "finish", temporal_none)
TEMPORAL_QUERY_NAMED(first, by_what, "by_what", temporal_none, temporal_bool)
TEMPORAL_WORKFLOW_NAMED(second, "thanks", temporal_int, temporal_int)
TEMPORAL_WORKFLOW_NAMED(third, "thanks", temporal_int, temporal_int)
TEMPORAL_WORKFLOW_NAMED(fourth, "thanks", temporal_int, temporal_int)

#define PATCH "thank-by-mail"

typedef struct progress {
    temporal_int finished;
} progress;

TEMPORAL_ACTIVITY_DEFINE(by_phone)
temporal_error *by_phone(temporal_activity *attempt, temporal_int in, temporal_int *out)
{
    (void)attempt;
    *out = in + 1;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(by_mail)
temporal_error *by_mail(temporal_activity *attempt, temporal_int in, temporal_int *out)
{
    (void)attempt;
    *out = in + 100;
    return TEMPORAL_OK;
}

TEMPORAL_SIGNAL_DEFINE(first, progress, finish)
temporal_error *first_finish(temporal_workflow *run, progress *self, temporal_none none)
{
    (void)run, (void)none;
    self->finished++;
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(first, progress, by_what)
temporal_error *first_by_what(temporal_workflow *run, const progress *self, temporal_none none,
                              temporal_bool *by_mail)
{
    (void)self, (void)none;
    *by_mail = temporal_workflow_patched(run, PATCH);
    return TEMPORAL_OK;
}

#define DEFINE(version)                                                         \
    TEMPORAL_STATEFUL_WORKFLOW_DEFINE(version, progress, &first_finish_handler, \
                                      &first_by_what_handler)
DEFINE(first)
DEFINE(second)
DEFINE(third)
DEFINE(fourth)

#define THANK(how) temporal_execute_activity(run, how, in, out, .start_to_close_timeout = 100)

temporal_error *first(temporal_workflow *run, progress *self, temporal_int in, temporal_int *out)
{
    TEMPORAL_TRY(THANK(by_phone));
    TEMPORAL_WAIT_UNTIL(run, self->finished >= 1);
    return TEMPORAL_OK;
}

temporal_error *second(temporal_workflow *run, progress *self, temporal_int in, temporal_int *out)
{
    if (temporal_workflow_patched(run, PATCH))
        TEMPORAL_TRY(THANK(by_mail));
    else
        TEMPORAL_TRY(THANK(by_phone));
    TEMPORAL_WAIT_UNTIL(run, self->finished >= 1);
    if (temporal_workflow_patched(run, PATCH))
        *out += 1000;
    return TEMPORAL_OK;
}

temporal_error *third(temporal_workflow *run, progress *self, temporal_int in, temporal_int *out)
{
    temporal_workflow_deprecate_patch(run, PATCH);
    TEMPORAL_TRY(THANK(by_mail));
    TEMPORAL_WAIT_UNTIL(run, self->finished >= 1);
    return TEMPORAL_OK;
}

temporal_error *fourth(temporal_workflow *run, progress *self, temporal_int in, temporal_int *out)
{
    TEMPORAL_TRY(THANK(by_mail));
    TEMPORAL_WAIT_UNTIL(run, self->finished >= 1);
    return TEMPORAL_OK;
}

static temporal_worker *deploy(const char *queue, const temporal_workflow_def *version)
{
    const temporal_workflow_def *const versions[] = { version, NULL };

    return test_worker_start(client, .task_queue = queue, .workflows = versions,
                             .async.activities =
                                 TEMPORAL_ACTIVITIES(&by_phone_activity, &by_mail_activity));
}

/* A run that one version began, and waits for its signal. */
static temporal_handle *leave_waiting(const char *queue, const temporal_workflow_def *version)
{
    temporal_worker *worker = deploy(queue, version);
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, first, 1, &handle, .id = test_unique("thanks"),
                                      .task_queue = queue, .task_timeout = 2));
    test_wait_for(fixture_count_events(handle, EVENT_TASK_COMPLETED) == 2);
    test_worker_stop(worker);
    return handle;
}

/* What that version makes of it. */
static temporal_int end_with(temporal_handle *handle, const char *queue,
                             const temporal_workflow_def *version)
{
    temporal_worker *worker = deploy(queue, version);
    temporal_int result = 0;

    assert_ok(temporal_signal(handle, first, finish, TEMPORAL_NONE));
    assert_ok(temporal_get_result(handle, first, &result));
    assert_int_equal(fixture_count_events(handle, EVENT_TASK_FAILED), 0);
    test_worker_stop(worker);
    return result;
}

static void F17_a_run_from_before_the_patch_goes_on_in_the_old_way(void **state)
{
    const char *queue = test_unique("patches");
    temporal_handle *handle = leave_waiting(queue, &first_workflow);

    (void)state;
    assert_int_equal(end_with(handle, queue, &second_workflow), 2);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 0);
    temporal_handle_free(handle);
}

/* The names of the search attribute's ids, as the server shows the run. */
static bool lists_patch(temporal_handle *handle)
{
    Tp__History__History *history = fixture_fetch_history(handle);
    bool found = false;

    for (size_t i = 0; i < history->n_events; i++) {
        const Tp__Common__SearchAttributes *fields;

        if ((int)history->events[i]->event_type != EVENT_ATTRIBUTES_UPSERTED)
            continue;
        fields = history->events[i]
                     ->upsert_workflow_search_attributes_event_attributes->search_attributes;
        assert_int_equal(fields->n_indexed_fields, 1);
        assert_string_equal(fields->indexed_fields[0]->key, "TemporalChangeVersion");
        assert_int_equal(fields->indexed_fields[0]->value->data.len, strlen("[\"" PATCH "\"]"));
        assert_memory_equal(fields->indexed_fields[0]->value->data.data, "[\"" PATCH "\"]",
                            strlen("[\"" PATCH "\"]"));
        found = true;
    }
    protobuf_c_message_free_unpacked(&history->base, NULL);
    return found;
}

static void F17_a_new_run_takes_the_new_way_and_is_replayed_on_it(void **state)
{
    const char *queue = test_unique("patches");
    temporal_handle *handle = leave_waiting(queue, &second_workflow);
    temporal_worker *worker;
    temporal_bool by_mail = false;

    (void)state;
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    assert_true(lists_patch(handle));
    worker = deploy(queue, &second_workflow);
    assert_ok(temporal_query(handle, first, by_what, TEMPORAL_NONE, &by_mail));
    assert_true(by_mail);
    test_worker_stop(worker);
    assert_int_equal(end_with(handle, queue, &second_workflow), 1101);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    temporal_handle_free(handle);
}

static void F17_a_patch_is_deprecated_and_then_goes(void **state)
{
    const char *queue = test_unique("patches");
    temporal_handle *handle = leave_waiting(queue, &second_workflow);

    (void)state;
    assert_int_equal(end_with(handle, queue, &third_workflow), 101);
    temporal_handle_free(handle);

    handle = leave_waiting(queue, &third_workflow);
    assert_int_equal(fixture_count_events(handle, EVENT_MARKER), 1);
    assert_int_equal(end_with(handle, queue, &fourth_workflow), 101);
    temporal_handle_free(handle);
}

static void F17_code_that_dropped_its_patch_too_early_is_told_which(void **state)
{
    const char *queue = test_unique("patches");
    temporal_handle *handle = leave_waiting(queue, &second_workflow);
    temporal_worker *worker = deploy(queue, &fourth_workflow);
    temporal_int result = 0;

    (void)state;
    assert_ok(temporal_signal(handle, first, finish, TEMPORAL_NONE));
    fixture_wait_for_event(handle, EVENT_TASK_FAILED);
    assert_non_null(strstr(fixture_task_failure(handle),
                           "history holds MarkerRecorded (core_patch, id " PATCH ")"));
    test_worker_stop(worker);
    worker = deploy(queue, &second_workflow);
    assert_ok(temporal_get_result(handle, first, &result));
    assert_int_equal(result, 1101);
    test_worker_stop(worker);
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F17_a_run_from_before_the_patch_goes_on_in_the_old_way),
        cmocka_unit_test(F17_a_new_run_takes_the_new_way_and_is_replayed_on_it),
        cmocka_unit_test(F17_a_patch_is_deprecated_and_then_goes),
        cmocka_unit_test(F17_code_that_dropped_its_patch_too_early_is_told_which),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
