/* SPDX-License-Identifier: MIT */
/* test_executors.c -- every behaviour of activities, on each executor, through the server: A1-A6,
 * F6. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/end_to_end/relay.h"

static pid_t program;

/* --- the activities ----------------------------------------------------------------------- */

TEMPORAL_ACTIVITY(tell_about_itself, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(tell_about_itself)
temporal_error *tell_about_itself(temporal_activity *attempt, temporal_string input,
                                  temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);

    if (temporal_activity_current() != attempt)
        return temporal_error_application("Wrong", "another attempt is current");
    if (info->scheduled_at <= 0 || info->started_at < info->scheduled_at || info->is_local ||
        info->task_token.size == 0)
        return temporal_error_application("Wrong", "the info is not filled in");
    *text = temporal_activity_format(attempt, "%s %s %d %s %s %g %g %zu %s", input,
                                     info->activity_type, (int)info->attempt, info->workflow_type,
                                     info->workflow_namespace, info->heartbeat_timeout,
                                     info->start_to_close_timeout, info->heartbeat_details_count,
                                     getpid() == program ? "here" : "elsewhere");
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(fail_once_after_heartbeats, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(fail_once_after_heartbeats)
temporal_error *fail_once_after_heartbeats(temporal_activity *attempt, temporal_string input,
                                           temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    temporal_string name = "?";
    temporal_int offset;

    (void)input;
    if (info->attempt == 1) {
        for (offset = 1; offset <= 5; offset++) {
            const temporal_string step = "step";
            const temporal_argument details[] = { { temporal_int_type(), &offset },
                                                  { temporal_string_type(), &step } };

            TEMPORAL_TRY(temporal_activity_heartbeat(attempt, details, 2));
        }
        return temporal_error_application("Again", "the first attempt fails");
    }
    if (info->heartbeat_details_count != 2)
        return temporal_error_application("Wrong", "%zu details", info->heartbeat_details_count);
    TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[0], temporal_int, &offset));
    TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[1], temporal_string, &name));
    *text = temporal_activity_format(attempt, "%s %d", name, (int)offset);
    return TEMPORAL_OK;
}

/* Beats until it is told to stop, and answers with the reason. */
TEMPORAL_ACTIVITY(beat_until_cancelled, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(beat_until_cancelled)
temporal_error *beat_until_cancelled(temporal_activity *attempt, temporal_string input,
                                     temporal_string *text)
{
    do
        temporal_heartbeat(attempt, temporal_string, input);
    while (!temporal_activity_wait_for_cancelled(attempt, 0.05));
    if (!temporal_activity_is_cancelled(attempt))
        return temporal_error_application("Wrong", "waited for cancellation, but is not cancelled");
    *text = temporal_cancel_reason_name(temporal_activity_cancel_reason(attempt));
    return TEMPORAL_OK;
}

/* The first attempt leaves the reason for which it was stopped in a file; the second ends well. */
TEMPORAL_ACTIVITY(note_why_stopped, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(note_why_stopped)
temporal_error *note_why_stopped(temporal_activity *attempt, temporal_string path,
                                 temporal_string *text)
{
    temporal_string reason = NULL;
    FILE *file;

    *text = "ended well";
    if (access(path, F_OK) == 0)
        return TEMPORAL_OK;
    TEMPORAL_TRY(beat_until_cancelled(attempt, "", &reason));
    file = fopen(path, "w");
    if (!file)
        return temporal_error_application("Wrong", "cannot write %s", path);
    fprintf(file, "%s\n", reason);
    fclose(file);
    return temporal_activity_cancelled(attempt);
}

/* The same without a heartbeat. */
TEMPORAL_ACTIVITY(note_in_silence, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(note_in_silence)
temporal_error *note_in_silence(temporal_activity *attempt, temporal_string path,
                                temporal_string *text)
{
    FILE *file;

    *text = "ended well";
    if (temporal_activity_get_info(attempt)->attempt > 1)
        return TEMPORAL_OK;
    temporal_activity_wait_for_cancelled(attempt, 0);
    file = fopen(path, "w");
    if (!file)
        return temporal_error_application("Wrong", "cannot write %s", path);
    fprintf(file, "%s\n", temporal_cancel_reason_name(temporal_activity_cancel_reason(attempt)));
    fclose(file);
    return temporal_activity_cancelled(attempt);
}

TEMPORAL_ACTIVITY(sleep_long, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(sleep_long)
temporal_error *sleep_long(temporal_activity *attempt, temporal_string input, temporal_string *text)
{
    for (int i = 0; i < 36000; i++) {
        temporal_heartbeat(attempt, temporal_string, input);
        TEMPORAL_TRY(temporal_activity_sleep(attempt, 0.1));
    }
    *text = "slept";
    return TEMPORAL_OK;
}

/* clang-format off */
#define SHORTAGE(FIELD)                \
    FIELD(temporal_string, what)       \
    FIELD(temporal_int, missing)
/* clang-format on */
TEMPORAL_RECORD(shortage, SHORTAGE)

TEMPORAL_ACTIVITY(fail_with_details, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(fail_with_details)
temporal_error *fail_with_details(temporal_activity *attempt, temporal_string input,
                                  temporal_string *text)
{
    const shortage details = { input, 7 };
    const temporal_application_error options = {
        .struct_size = sizeof options,
        .type = "Shortage",
        .non_retryable = true,
        .cause = temporal_error_application("Root", "the field was dry"),
        .detail_type = shortage_type(),
        .detail = &details,
    };

    (void)attempt, (void)text;
    return temporal_error_application_with(&options, "not enough %s", input);
}

TEMPORAL_ACTIVITY(give_up_unasked, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(give_up_unasked)
temporal_error *give_up_unasked(temporal_activity *attempt, temporal_string input,
                                temporal_string *text)
{
    (void)input, (void)text;
    return temporal_activity_cancelled(attempt);
}

typedef struct counter {
    pid_t made_in;
    int count;
} counter;

static temporal_error *make_counter(counter *self)
{
    self->made_in = getpid();
    self->count = 100;
    return TEMPORAL_OK;
}

static void drop_counter(counter *self)
{
    self->count = 0;
}

TEMPORAL_ACTIVITY(count_up, temporal_string, temporal_string)
TEMPORAL_STATEFUL_ACTIVITY_DEFINE(count_up, counter, make_counter, drop_counter)
temporal_error *count_up(temporal_activity *attempt, counter *self, temporal_string input,
                         temporal_string *text)
{
    (void)input;
    if (self->made_in != getpid())
        return temporal_error_application("Wrong", "the state was made in another process");
    *text = temporal_activity_format(attempt, "%d", ++self->count);
    return TEMPORAL_OK;
}

/* --- the tests ---------------------------------------------------------------------------- */

static void an_activity_knows_what_it_is_part_of(void **state)
{
    const bool here = QUEUE_OF(state) != relay_queues[ON_PROCESSES];
    char expected[128];

    snprintf(expected, sizeof expected, "in tell_about_itself 1 relay default 5 60 0 %s",
             here ? "here" : "elsewhere");
    assert_string_equal(relay_run(.activity = "tell_about_itself", .input = "in",
                                  .queue = QUEUE_OF(state), .heartbeat = 5),
                        expected);
}

static void the_next_attempt_reads_the_last_heartbeat(void **state)
{
    assert_string_equal(relay_run(.activity = "fail_once_after_heartbeats",
                                  .queue = QUEUE_OF(state), .heartbeat = 60),
                        "step 5");
}

static void a_cancellation_reaches_an_activity_that_beats(void **state)
{
    temporal_handle *handle =
        relay_start(.activity = "beat_until_cancelled", .input = "", .queue = QUEUE_OF(state),
                    .heartbeat = 10, .cancellation = TEMPORAL_CANCELLATION_WAIT);

    fixture_wait_for_event(handle, EVENT_ACTIVITY_SCHEDULED);
    test_wait_for(test_describe(handle)->pending_activity_count == 1 &&
                  test_describe(handle)->pending_activities[0].heartbeat_details_count == 1);
    assert_ok(temporal_handle_cancel(handle));
    assert_string_equal(relay_result(handle), "requested");
}

static void a_cancelled_activity_ends_its_sleep_and_the_workflow(void **state)
{
    temporal_handle *handle =
        relay_start(.activity = "sleep_long", .input = "", .queue = QUEUE_OF(state),
                    .heartbeat = 10, .cancellation = TEMPORAL_CANCELLATION_WAIT);
    temporal_error *error;

    fixture_wait_for_event(handle, EVENT_ACTIVITY_SCHEDULED);
    test_wait_for(test_describe(handle)->pending_activity_count == 1 &&
                  test_describe(handle)->pending_activities[0].started);
    assert_ok(temporal_handle_cancel(handle));
    error = relay_failure(handle);
    assert_has(error, CANCELLED);
    temporal_error_free(error);
}

static void wait_for_note(const char *path, const char *expected)
{
    char line[64] = "";
    FILE *file;

    test_wait_for(access(path, F_OK) == 0);
    file = fopen(path, "r");
    assert_non_null(file);
    test_wait_for(fgets(line, sizeof line, file) != NULL || (rewind(file), false));
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line, expected);
}

static const char *note_path(void)
{
    static char path[128];

    snprintf(path, sizeof path, "/tmp/%s", test_unique("temporal-note"));
    return path;
}

static void the_activity_of_a_workflow_that_is_gone_is_stopped(void **state)
{
    const char *path = note_path();
    temporal_handle *handle = relay_start(.activity = "note_why_stopped", .input = path,
                                          .queue = QUEUE_OF(state), .heartbeat = 10);

    test_wait_for(test_describe(handle)->pending_activity_count == 1 &&
                  test_describe(handle)->pending_activities[0].started);
    assert_ok(temporal_handle_terminate(handle, "no longer needed", NULL, 0));
    wait_for_note(path, "not found");
    unlink(path);
    temporal_handle_free(handle);
}

static void an_attempt_that_the_server_has_given_up_is_stopped(void **state)
{
    const char *path = note_path();
    temporal_handle *handle = relay_start(.activity = "note_in_silence", .input = path,
                                          .queue = QUEUE_OF(state), .start_to_close = 1);

    wait_for_note(path, "timed out");
    assert_string_equal(relay_result(handle), "ended well");
    unlink(path);
    handle = relay_start(.activity = "note_in_silence", .input = path, .queue = QUEUE_OF(state),
                         .heartbeat = 1);
    wait_for_note(path, "timed out");
    assert_string_equal(relay_result(handle), "ended well");
    unlink(path);
}

static temporal_handle *start_noted(void **state, const char *path)
{
    temporal_handle *handle = relay_start(.activity = "note_why_stopped", .input = path,
                                          .queue = QUEUE_OF(state), .heartbeat = 10);

    test_wait_for(test_describe(handle)->pending_activity_count == 1 &&
                  test_describe(handle)->pending_activities[0].started);
    return handle;
}

static void a_paused_activity_is_stopped_and_goes_on_later(void **state)
{
    const char *path = note_path();
    temporal_handle *handle = start_noted(state, path);

    assert_ok(temporal_activity_pause(handle, .id = "1", .reason = "the field is wet"));
    wait_for_note(path, "paused");
    test_wait_for(!test_describe(handle)->pending_activities[0].started);
    assert_true(test_describe(handle)->pending_activities[0].paused);
    assert_ok(temporal_activity_unpause(handle, .id = "1"));
    assert_string_equal(relay_result(handle), "ended well");
    unlink(path);
}

static void activities_are_paused_by_type_and_go_on_all_together(void **state)
{
    const char *path = note_path();
    temporal_handle *handle = start_noted(state, path);

    assert_ok(temporal_activity_pause(handle, .type = "note_why_stopped"));
    wait_for_note(path, "paused");
    assert_ok(temporal_activity_unpause(handle, .all = true, .reset_attempts = true,
                                        .reset_heartbeat = true));
    assert_string_equal(relay_result(handle), "ended well");
    unlink(path);
}

static void a_reset_activity_is_stopped_and_starts_again(void **state)
{
    const char *path = note_path();
    temporal_handle *handle = start_noted(state, path);

    assert_ok(temporal_activity_reset(handle, .type = "note_why_stopped", .reset_heartbeat = true));
    wait_for_note(path, "reset");
    assert_string_equal(relay_result(handle), "ended well");
    unlink(path);
}

static void a_paused_activity_may_be_reset_and_stay_paused(void **state)
{
    const char *path = note_path();
    temporal_handle *handle = start_noted(state, path);

    assert_ok(temporal_activity_pause(handle, .id = "1"));
    wait_for_note(path, "paused");
    test_wait_for(!test_describe(handle)->pending_activities[0].started);
    assert_ok(temporal_activity_reset(handle, .id = "1", .keep_paused = true));
    assert_true(test_describe(handle)->pending_activities[0].paused);
    assert_int_equal(test_describe(handle)->pending_activities[0].attempt, 1);
    assert_ok(temporal_activity_reset(handle, .all = true, .jitter = 0.001));
    assert_string_equal(relay_result(handle), "ended well");
    unlink(path);
}

static void what_cannot_be_paused_is_told(void **state)
{
    const char *path = note_path();
    temporal_handle *handle = start_noted(state, path);

    assert_fails(temporal_activity_pause(handle, .id = "none"), NOT_FOUND, "");
    assert_fails(temporal_activity_unpause(handle, .id = "none"), NOT_FOUND, "");
    assert_fails(temporal_activity_reset(handle, .id = "none"), NOT_FOUND, "");
    assert_fails(temporal_activity_pause(handle, .reason = "so"), INVALID_ARGUMENT,
                 "pause activity: set one of .id, .type, and not more");
    assert_fails(temporal_activity_reset(handle, .id = "1", .type = "t"), INVALID_ARGUMENT,
                 "reset activity: set one of .id, .type and .all");
    assert_fails(temporal_activity_pause(handle, .id = "1", .keep_paused = true), INVALID_ARGUMENT,
                 "pause activity: it has no .keep_paused");
    assert_fails(temporal_activity_unpause(handle, .id = "1", .reason = "so"), INVALID_ARGUMENT,
                 "unpause activity: it has no .reason");
    assert_fails(temporal_activity_reset(handle, .jitter = -1), INVALID_ARGUMENT, "reset activity");
    assert_fails(temporal_activity_pause(handle, .all = true), INVALID_ARGUMENT,
                 "pause activity: it has no .all");
    assert_fails(temporal_activity_pause(NULL, .id = "1"), INVALID_ARGUMENT, "handle");
    assert_ok(temporal_activity_reset(handle, .all = true));
    wait_for_note(path, "reset");
    test_wait_for(test_describe(handle)->status == TEMPORAL_STATUS_COMPLETED);
    assert_fails(temporal_activity_reset(handle, .id = "1"), NOT_FOUND, "");
    assert_string_equal(relay_result(handle), "ended well");
    unlink(path);
}

static void an_application_error_keeps_type_details_and_cause(void **state)
{
    temporal_error *error = relay_failure(
        relay_start(.activity = "fail_with_details", .input = "wheat", .queue = QUEUE_OF(state)));
    const temporal_error *activity = assert_has(error, ACTIVITY);
    const temporal_error *application = assert_has(error, APPLICATION);
    shortage details;

    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_WORKFLOW);
    assert_int_equal(temporal_error_retry_state(activity),
                     TEMPORAL_RETRY_STATE_NON_RETRYABLE_FAILURE);
    assert_string_equal(temporal_error_message(application), "not enough wheat");
    assert_string_equal(temporal_error_type(application), "Shortage");
    assert_false(temporal_error_is_retryable(application));
    assert_int_equal(temporal_error_detail_count(application), 1);
    assert_ok(temporal_error_detail(application, 0, shortage, &details));
    assert_string_equal(details.what, "wheat");
    assert_int_equal(details.missing, 7);
    assert_string_equal(temporal_error_type(temporal_error_cause(application)), "Root");
    temporal_error_free(error);
}

static void a_cancellation_that_nobody_asked_for_is_a_failure(void **state)
{
    temporal_error *error = relay_failure(relay_start(.activity = "give_up_unasked", .input = "",
                                                      .queue = QUEUE_OF(state), .attempts = 1));

    assert_int_equal(temporal_error_retry_state(assert_has(error, ACTIVITY)),
                     TEMPORAL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
    assert_has(error, APPLICATION);
    temporal_error_free(error);
}

static void F6_state_is_made_once_where_the_activity_runs(void **state)
{
    const char *queue = QUEUE_OF(state);

    assert_string_equal(relay_run(.activity = "count_up", .input = "", .queue = queue), "101");
    /* Two processes have a state each. */
    if (queue != relay_queues[ON_PROCESSES])
        assert_string_equal(relay_run(.activity = "count_up", .input = "", .queue = queue), "102");
}

static void outside_of_an_activity_its_calls_are_errors(void **state)
{
    temporal_int offset = 1;

    (void)state;
    assert_null(temporal_activity_current());
    assert_fails(temporal_heartbeat(NULL, temporal_int, offset), INVALID_ARGUMENT, "");
    assert_fails(temporal_activity_sleep(NULL, 1), INVALID_ARGUMENT, "");
    assert_false(temporal_activity_is_cancelled(NULL));
}

static int set_up(void **state)
{
    program = getpid();
    fixture_connect(state);
    relay_start_workers(TEMPORAL_ACTIVITIES(&tell_about_itself_activity,
                                            &fail_once_after_heartbeats_activity,
                                            &beat_until_cancelled_activity,
                                            &note_why_stopped_activity, &note_in_silence_activity,
                                            &sleep_long_activity, &fail_with_details_activity,
                                            &give_up_unasked_activity, &count_up_activity),
                        &(temporal_worker_options){ .struct_size = sizeof(temporal_worker_options),
                                                    .processes.concurrency = 2,
                                                    .max_heartbeat_throttle = 0.2 });
    return 0;
}

static int tear_down(void **state)
{
    relay_stop_workers();
    return fixture_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH_EXECUTOR(an_activity_knows_what_it_is_part_of),
        ON_EACH_EXECUTOR(the_next_attempt_reads_the_last_heartbeat),
        ON_EACH_EXECUTOR(a_cancellation_reaches_an_activity_that_beats),
        ON_EACH_EXECUTOR(a_cancelled_activity_ends_its_sleep_and_the_workflow),
        ON_EACH_EXECUTOR(the_activity_of_a_workflow_that_is_gone_is_stopped),
        ON_EACH_EXECUTOR(an_attempt_that_the_server_has_given_up_is_stopped),
        ON_EACH_EXECUTOR(a_paused_activity_is_stopped_and_goes_on_later),
        ON_EACH_EXECUTOR(activities_are_paused_by_type_and_go_on_all_together),
        ON_EACH_EXECUTOR(a_reset_activity_is_stopped_and_starts_again),
        ON_EACH_EXECUTOR(a_paused_activity_may_be_reset_and_stay_paused),
        { "what_cannot_be_paused_is_told", what_cannot_be_paused_is_told, NULL, NULL,
          &relay_numbers[ON_COROUTINES] },
        ON_EACH_EXECUTOR(an_application_error_keeps_type_details_and_cause),
        ON_EACH_EXECUTOR(a_cancellation_that_nobody_asked_for_is_a_failure),
        ON_EACH_EXECUTOR(F6_state_is_made_once_where_the_activity_runs),
        cmocka_unit_test(outside_of_an_activity_its_calls_are_errors),
    };

    return fixture_run(tests, set_up, tear_down);
}
