/* SPDX-License-Identifier: MIT */
/* test_lives.c -- how runs end and begin again: cancellation, scopes, continue-as-new, info,
 * failures: F11-F13. */
#include <stdio.h>
#include <string.h>

#include "tests/end_to_end/fixture.h"

TEMPORAL_ACTIVITY(put_away, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(put_away)
temporal_error *put_away(temporal_activity *attempt, temporal_string what, temporal_string *text)
{
    *text = temporal_activity_format(attempt, "%s is put away", what);
    return TEMPORAL_OK;
}

/* --- cancellation ------------------------------------------------------------------------- */

TEMPORAL_WORKFLOW(clean_up, temporal_bool, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(clean_up)
temporal_error *clean_up(temporal_workflow *run, temporal_bool swallow, temporal_string *text)
{
    temporal_error *error = temporal_workflow_sleep(run, TEMPORAL_HOUR);
    temporal_scope *shield;

    if (temporal_error_get_code(error) != TEMPORAL_ERROR_CANCELLED ||
        !temporal_workflow_is_cancelled(run))
        return temporal_error_application("Wrong", "not cancelled");
    /* It is a state: every other wait ends, too. */
    if (!temporal_workflow_sleep(run, TEMPORAL_HOUR))
        return temporal_error_application("Wrong", "slept after the cancellation");

    shield = temporal_scope_enter_shielded(run);
    TEMPORAL_TRY(
        temporal_execute_activity(run, put_away, "the mess", text, .start_to_close_timeout = 10));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    temporal_scope_leave(run, shield);
    return swallow ? TEMPORAL_OK : error;
}

TEMPORAL_WORKFLOW(cancel_a_part, temporal_none, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(cancel_a_part)
temporal_error *cancel_a_part(temporal_workflow *run, temporal_none none, temporal_string *text)
{
    temporal_scope *scope = temporal_scope_enter(run);
    temporal_future *timer = temporal_workflow_start_timer(run, TEMPORAL_HOUR);
    temporal_error *error;

    (void)none;
    temporal_scope_cancel(scope);
    temporal_scope_cancel(scope);
    error = temporal_workflow_await(run, timer, temporal_none_type(), NULL);
    temporal_scope_leave(run, scope);
    if (temporal_error_get_code(error) != TEMPORAL_ERROR_CANCELLED ||
        !temporal_scope_is_cancelled(scope) || temporal_workflow_is_cancelled(run))
        return temporal_error_application("Wrong", "the scope is not cancelled, or the run is");
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01)); /* the run goes on */
    *text = "went on";
    return TEMPORAL_OK;
}

/* --- continue-as-new ---------------------------------------------------------------------- */

/* clang-format off */
#define LAP(FIELD)                        \
    FIELD(temporal_int, left)             \
    FIELD(temporal_string, track)         \
    FIELD(temporal_string, first_run_id)
/* clang-format on */
TEMPORAL_RECORD(lap, LAP)

TEMPORAL_WORKFLOW(laps, lap, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(laps)
temporal_error *laps(temporal_workflow *run, lap at, temporal_string *text)
{
    const temporal_workflow_info *info = temporal_workflow_get_info(run);
    const lap next = { at.left - 1, temporal_workflow_format(run, "%s.", at.track),
                       at.first_run_id ? at.first_run_id : info->run_id };

    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    if (at.left > 0)
        return temporal_continue_as_new(run, laps, next, .task_timeout = 7);
    if (strcmp(info->first_run_id, next.first_run_id) != 0 || info->continued_run_id[0] == '\0' ||
        info->task_timeout != 7)
        return temporal_error_application("Wrong", "the info does not tell of the runs before");
    *text = at.track;
    return TEMPORAL_OK;
}

/* --- what a run knows --------------------------------------------------------------------- */

TEMPORAL_WORKFLOW(introspect, temporal_string, temporal_string)
TEMPORAL_WORKFLOW_DEFINE(introspect)
temporal_error *introspect(temporal_workflow *run, temporal_string queue, temporal_string *text)
{
    const temporal_workflow_info *info = temporal_workflow_get_info(run);
    const uint64_t random = temporal_workflow_random(run);
    const char *uuid = temporal_workflow_uuid(run);
    const int64_t now = temporal_workflow_now(run);

    TEMPORAL_TRY(temporal_workflow_sleep(run, 0.01));
    if (strcmp(info->task_queue, queue) != 0 || strcmp(info->namespace_name, "default") != 0 ||
        info->attempt != 1 || info->parent_id || info->start_time <= 0 || info->start_time > now ||
        info->run_timeout != 100 || temporal_workflow_history_length(run) < 5)
        return temporal_error_application("Wrong", "the info is not right");
    if (temporal_workflow_now(run) <= now || random == temporal_workflow_random(run) ||
        strlen(uuid) != 36 || strcmp(uuid, temporal_workflow_uuid(run)) == 0)
        return temporal_error_application("Wrong", "time stands still, or chance is none");
    *text = info->workflow_id;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW(fail_by_luck, temporal_int, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(fail_by_luck)
temporal_error *fail_by_luck(temporal_workflow *run, temporal_int number, temporal_none *none)
{
    const temporal_application_error options = {
        .struct_size = sizeof options,
        .type = "Unlucky",
        .non_retryable = number == 13,
        .detail_type = temporal_int_type(),
        .detail = &number,
    };

    (void)none;
    if (temporal_workflow_get_info(run)->attempt == 3)
        return TEMPORAL_OK;
    return temporal_error_application_with(&options, "%d is not lucky", (int)number);
}

/* --- the tests ---------------------------------------------------------------------------- */

static const char *queue;
static temporal_worker *worker;

static int set_up(void **state)
{
    fixture_connect(state);
    queue = test_unique("lives");
    worker = test_worker_start(
        client, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&clean_up_workflow, &cancel_a_part_workflow, &laps_workflow,
                                        &introspect_workflow, &fail_by_luck_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&put_away_activity));
    return 0;
}

static int tear_down(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

static temporal_handle *start_clean_up(bool swallow)
{
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, clean_up, swallow, &handle,
                                      .id = test_unique("clean-up"), .task_queue = queue));
    fixture_wait_for_event(handle, EVENT_TIMER_STARTED);
    assert_ok(temporal_handle_cancel(handle));
    return handle;
}

static void F11_a_cancelled_workflow_cleans_up_in_a_shielded_scope(void **state)
{
    temporal_handle *handle = start_clean_up(false);
    temporal_error *error = temporal_get_result(handle, clean_up, NULL);

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_has(error, CANCELLED);
    temporal_error_free(error);
    assert_int_equal(test_describe(handle)->status, TEMPORAL_STATUS_CANCELLED);
    assert_int_equal(fixture_count_events(handle, EVENT_ACTIVITY_COMPLETED), 1);
    temporal_handle_free(handle);
}

static void F11_a_workflow_may_end_well_though_it_was_cancelled(void **state)
{
    temporal_handle *handle = start_clean_up(true);
    temporal_string text;

    (void)state;
    assert_ok(temporal_get_result(handle, clean_up, &text));
    assert_string_equal(text, "the mess is put away");
    temporal_handle_free(handle);
}

static void F11_cancelling_a_scope_leaves_the_run_alone(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, cancel_a_part, TEMPORAL_NONE, &handle, &text,
                                        .id = test_unique("part"), .task_queue = queue));
    assert_string_equal(text, "went on");
    temporal_handle_free(handle);
}

static void F12_the_result_is_followed_through_continue_as_new(void **state)
{
    const lap start = { .left = 3, .track = "" };
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, laps, start, &handle, &text,
                                        .id = test_unique("laps"), .task_queue = queue));
    assert_string_equal(text, "...");
    temporal_handle_free(handle);
}

static void F12_a_run_knows_who_and_when_it_is(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, introspect, queue, &handle, &text,
                                        .id = test_unique("introspect"), .task_queue = queue,
                                        .run_timeout = 100));
    assert_string_equal(text, temporal_handle_id(handle));
    temporal_handle_free(handle);
}

static void F13_a_workflow_fails_with_type_message_and_details(void **state)
{
    temporal_handle *handle = NULL;
    temporal_int detail = 0;
    temporal_error *error = temporal_execute_workflow(
        client, fail_by_luck, 7, &handle, NULL, .id = test_unique("fail"), .task_queue = queue);
    const temporal_error *application = assert_has(error, APPLICATION);

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_string_equal(temporal_error_type(application), "Unlucky");
    assert_string_equal(temporal_error_message(application), "7 is not lucky");
    assert_ok(temporal_error_detail(application, 0, temporal_int, &detail));
    assert_int_equal(detail, 7);
    temporal_error_free(error);
    temporal_handle_free(handle);
}

static void F13_a_retry_policy_starts_a_failed_workflow_again(void **state)
{
    const temporal_retry_policy retry = { .initial_interval = 0.01, .maximum_attempts = 5 };
    temporal_handle *handle = NULL;
    temporal_error *error;

    (void)state;
    assert_ok(temporal_execute_workflow(client, fail_by_luck, 7, &handle, NULL,
                                        .id = test_unique("fail"), .task_queue = queue,
                                        .retry = &retry));
    temporal_handle_free(handle);
    handle = NULL;
    error =
        temporal_execute_workflow(client, fail_by_luck, 13, &handle, NULL,
                                  .id = test_unique("fail"), .task_queue = queue, .retry = &retry);
    assert_has(error, APPLICATION); /* at once, for it is not retryable */
    assert_non_null(strstr(temporal_error_message(assert_has(error, APPLICATION)), "13"));
    temporal_error_free(error);
    temporal_handle_free(handle);
}

static void a_workflow_that_overruns_its_time_has_timed_out(void **state)
{
    temporal_handle *handle = NULL;
    temporal_error *error =
        temporal_execute_workflow(client, clean_up, false, &handle, NULL, .id = test_unique("late"),
                                  .task_queue = queue, .run_timeout = 1);

    (void)state;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_has(error, TIMEOUT);
    temporal_error_free(error);
    temporal_handle_free(handle);
}

static void a_terminated_workflow_says_so_with_the_reason(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_start_workflow(client, clean_up, false, &handle,
                                      .id = test_unique("terminate"), .task_queue = queue));
    assert_ok(temporal_handle_terminate(handle, "enough of it", NULL, 0));
    assert_fails(temporal_get_result(handle, clean_up, NULL), TERMINATED, "enough of it");
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F11_a_cancelled_workflow_cleans_up_in_a_shielded_scope),
        cmocka_unit_test(F11_a_workflow_may_end_well_though_it_was_cancelled),
        cmocka_unit_test(F11_cancelling_a_scope_leaves_the_run_alone),
        cmocka_unit_test(F12_the_result_is_followed_through_continue_as_new),
        cmocka_unit_test(F12_a_run_knows_who_and_when_it_is),
        cmocka_unit_test(F13_a_workflow_fails_with_type_message_and_details),
        cmocka_unit_test(F13_a_retry_policy_starts_a_failed_workflow_again),
        cmocka_unit_test(a_workflow_that_overruns_its_time_has_timed_out),
        cmocka_unit_test(a_terminated_workflow_says_so_with_the_reason),
    };

    return fixture_run(tests, set_up, tear_down);
}
