/* SPDX-License-Identifier: MIT */
/* tests/executor/test_context.c -- the public calls of an activity, outside one and over operations
 * of the test's own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "converter/payload.h"
#include "executor/context.h"
#include "tests/support/support.h"

/* --- an executor of one attempt that does as it is told -------------------------------------- */

struct fake {
    temporal_cancel_reason reason;
    bool shutdown;
    int beats;
    tp_buffer beat;
    int waits;
    int cancel_at_wait; /* the wait in which the cancellation comes; 0: none */
    int64_t deadline;   /* of the last wait */
};

static void heartbeat(temporal_activity *activity, tp_bytes details)
{
    struct fake *fake = activity->executor;

    fake->beats++;
    tp_buffer_clear(&fake->beat);
    tp_buffer_append(&fake->beat, details.data, details.size);
}

static temporal_cancel_reason cancel_reason(const temporal_activity *activity)
{
    const struct fake *fake = activity->executor;

    return fake->reason;
}

static bool is_worker_shutdown(const temporal_activity *activity)
{
    const struct fake *fake = activity->executor;

    return fake->shutdown;
}

static void wait_a_bit(temporal_activity *activity, int64_t deadline)
{
    struct fake *fake = activity->executor;

    fake->deadline = deadline;
    if (++fake->waits == fake->cancel_at_wait)
        fake->reason = TEMPORAL_CANCEL_PAUSED;
}

static const tp_context_ops ops = { .heartbeat = heartbeat,
                                    .cancel_reason = cancel_reason,
                                    .is_worker_shutdown = is_worker_shutdown,
                                    .wait = wait_a_bit };

static const temporal_activity_def definition = { .struct_size = sizeof(definition),
                                                  .name = "fly" };
static const tp_task task = { .def = &definition,
                              .activity_id = "7",
                              .activity_type = "fly",
                              .task_queue = "sky",
                              .workflow_id = "trip",
                              .workflow_run_id = "run",
                              .workflow_type = "travel",
                              .workflow_namespace = "default",
                              .attempt = 2 };

struct flight {
    struct fake fake;
    temporal_activity activity;
};

static int set_up(void **state)
{
    struct flight *flight = calloc(1, sizeof(*flight));

    tp_context_init(&flight->activity, &ops, &task, NULL, &flight->fake);
    assert_null(tp_context_enter(&flight->activity));
    *state = flight;
    return 0;
}

static int tear_down(void **state)
{
    struct flight *flight = *state;

    assert_ptr_equal(tp_context_enter(NULL), &flight->activity);
    tp_context_done(&flight->activity);
    tp_buffer_done(&flight->fake.beat);
    free(flight);
    return 0;
}

/* --- outside -------------------------------------------------------------------------------- */

static void outside_an_activity_there_is_none(void **state)
{
    (void)state;
    assert_null(temporal_activity_current());
}

static void outside_an_activity_calls_are_errors_and_not_crashes(void **state)
{
    temporal_int number = 1;
    temporal_value value;

    (void)state;
    assert_fails(temporal_heartbeat(NULL, temporal_int, number), INVALID_ARGUMENT,
                 "not in an activity");
    assert_fails(temporal_activity_heartbeat(NULL, NULL, 0), INVALID_ARGUMENT, "heartbeat");
    assert_fails(temporal_activity_sleep(NULL, 1), INVALID_ARGUMENT, "temporal_activity_sleep");
    assert_fails(temporal_activity_cancelled(NULL), INVALID_ARGUMENT, "not in an activity");
    assert_fails(temporal_activity_complete_async(NULL), INVALID_ARGUMENT, "not in an activity");
    assert_fails(temporal_activity_write(NULL, &value, temporal_int_type(), &number),
                 INVALID_ARGUMENT, "not in an activity");
}

static void outside_an_activity_questions_have_harmless_answers(void **state)
{
    (void)state;
    assert_false(temporal_activity_is_cancelled(NULL));
    assert_int_equal(temporal_activity_cancel_reason(NULL), TEMPORAL_CANCEL_NONE);
    assert_false(temporal_activity_is_worker_shutdown(NULL));
    assert_false(temporal_activity_wait_for_cancelled(NULL, 0));
    assert_false(temporal_activity_wait_for_worker_shutdown(NULL, 0));
    assert_null(temporal_activity_alloc(NULL, 10));
    assert_string_equal(temporal_activity_format(NULL, "%d", 1), "");
    assert_null(temporal_activity_state(NULL));
    assert_null(temporal_activity_loop(NULL));
    assert_false(temporal_activity_suspend(NULL));
    temporal_activity_resume(NULL);
    assert_string_equal(temporal_activity_get_info(NULL)->activity_id, "");
    assert_int_equal(temporal_activity_get_info(NULL)->attempt, 0);
}

/* --- inside --------------------------------------------------------------------------------- */

static void inside_an_activity_it_is_the_current_one(void **state)
{
    struct flight *flight = *state;

    assert_ptr_equal(temporal_activity_current(), &flight->activity);
    assert_string_equal(temporal_activity_get_info(&flight->activity)->workflow_id, "trip");
    assert_int_equal(temporal_activity_get_info(&flight->activity)->attempt, 2);
}

static void errors_inside_belong_to_the_attempt(void **state)
{
    temporal_error *error;

    (void)state;
    error = temporal_error_new(TEMPORAL_ERROR_SYSTEM, "nobody frees me");
    assert_true(error->in_arena);
    temporal_error_free(error); /* harmless */
    assert_string_equal(temporal_error_message(error), "nobody frees me");
}

static void a_heartbeat_hands_over_encoded_details(void **state)
{
    struct flight *flight = *state;
    temporal_int offset = 300, found = 0;

    assert_ok(temporal_heartbeat(&flight->activity, temporal_int, offset));
    assert_int_equal(flight->fake.beats, 1);
    assert_ok(tp_payloads_decode(&flight->activity.arena, tp_buffer_bytes(&flight->fake.beat), 0,
                                 temporal_int_type(), &found));
    assert_int_equal(found, 300);
}

static void a_heartbeat_that_does_not_encode_is_not_handed_over(void **state)
{
    struct flight *flight = *state;
    temporal_double number = (double)INFINITY;

    assert_fails(temporal_heartbeat(&flight->activity, temporal_double, number), CONVERSION,
                 "activity fly: heartbeat");
    assert_fails(temporal_activity_heartbeat(&flight->activity, NULL, 1), INVALID_ARGUMENT,
                 "detail 1");
    assert_int_equal(flight->fake.beats, 0);
}

static void heartbeats_take_no_memory_of_the_attempt(void **state)
{
    struct flight *flight = *state;
    temporal_int offset = 0;
    size_t before;

    assert_ok(temporal_heartbeat(&flight->activity, temporal_int, offset));
    before = flight->activity.arena.allocated;
    for (offset = 1; offset < 10000; offset++)
        assert_ok(temporal_heartbeat(&flight->activity, temporal_int, offset));
    assert_int_equal(flight->activity.arena.allocated, before);
    assert_int_equal(flight->activity.shared.allocated, 0);
}

static void a_wait_goes_on_until_what_it_waits_for(void **state)
{
    struct flight *flight = *state;

    flight->fake.cancel_at_wait = 3; /* the first two come back for nothing */
    assert_true(temporal_activity_wait_for_cancelled(&flight->activity, 0));
    assert_int_equal(flight->fake.waits, 3);
    assert_true(flight->fake.deadline == INT64_MAX);
    assert_true(temporal_activity_wait_for_cancelled(&flight->activity, 3600));
    assert_int_equal(flight->fake.waits, 3);
}

static void a_wait_without_end_has_no_deadline(void **state)
{
    struct flight *flight = *state;

    flight->fake.cancel_at_wait = 1;
    assert_true(temporal_activity_wait_for_cancelled(&flight->activity, (double)INFINITY));
    assert_true(flight->fake.deadline == INT64_MAX);
}

static void a_wait_of_no_length_just_looks(void **state)
{
    struct flight *flight = *state;

    assert_false(temporal_activity_wait_for_cancelled(&flight->activity, -1));
    assert_false(temporal_activity_wait_for_cancelled(&flight->activity, (double)NAN));
    flight->fake.shutdown = true;
    assert_true(temporal_activity_wait_for_worker_shutdown(&flight->activity, -1));
    assert_int_equal(flight->fake.waits, 0);
}

static void a_sleep_says_why_it_ended_early(void **state)
{
    struct flight *flight = *state;

    flight->fake.cancel_at_wait = 2;
    assert_fails(temporal_activity_sleep(&flight->activity, 3600), CANCELLED,
                 "activity fly was cancelled: paused");
    assert_true(flight->fake.deadline < INT64_MAX);
}

static void a_sleep_of_no_length_is_refused(void **state)
{
    struct flight *flight = *state;

    assert_fails(temporal_activity_sleep(&flight->activity, -1), INVALID_ARGUMENT,
                 "temporal_activity_sleep");
    assert_fails(temporal_activity_sleep(&flight->activity, (double)NAN), INVALID_ARGUMENT,
                 "temporal_activity_sleep");
    assert_ok(temporal_activity_sleep(&flight->activity, 0));
}

static void what_an_executor_lacks_is_refused_quietly(void **state)
{
    struct flight *flight = *state;

    assert_null(temporal_activity_loop(&flight->activity));
    assert_false(temporal_activity_suspend(&flight->activity));
    temporal_activity_resume(&flight->activity);
}

static void a_written_value_can_be_read_again(void **state)
{
    struct flight *flight = *state;
    temporal_int number = 12, found = 0;
    temporal_value value = { 0 };

    assert_ok(temporal_activity_write(&flight->activity, &value, temporal_int_type(), &number));
    assert_string_equal(value.encoding, "json/plain");
    assert_ok(temporal_value_get(&value, temporal_int, &found));
    assert_int_equal(found, 12);
    assert_ok(temporal_activity_write(&flight->activity, &value, temporal_none_type(), &number));
    assert_null(value.encoding);
    assert_fails(temporal_activity_write(&flight->activity, NULL, temporal_int_type(), &number),
                 INVALID_ARGUMENT, "required");
}

static void every_reason_has_a_name(void **state)
{
    (void)state;
    for (int reason = TEMPORAL_CANCEL_NONE; reason <= TEMPORAL_CANCEL_NOT_FOUND; reason++)
        assert_string_not_equal(temporal_cancel_reason_name((temporal_cancel_reason)reason),
                                "unknown");
    assert_string_equal(temporal_cancel_reason_name((temporal_cancel_reason)99), "unknown");
}

struct heard {
    char message[100];
    char fields[400];
};

static void hear(const temporal_log_record *record, void *data)
{
    struct heard *heard = data;

    snprintf(heard->message, sizeof(heard->message), "%s: %s", record->target, record->message);
    heard->fields[0] = '\0';
    for (size_t i = 0; i < record->field_count; i++) {
        size_t length = strlen(heard->fields);

        snprintf(heard->fields + length, sizeof(heard->fields) - length, "%s=%s ",
                 record->fields[i].name, record->fields[i].value);
    }
}

static void a_log_line_carries_the_attempt_s_ids(void **state)
{
    struct flight *flight = *state;
    struct heard heard = { .message = "" };

    temporal_log_set(TEMPORAL_LOG_INFO, hear, &heard);
    temporal_activity_log(&flight->activity, "at %d feet", 3000);
    assert_string_equal(heard.message, "activity: at 3000 feet");
    assert_contains(heard.fields, "activity_type=fly activity_id=7 attempt=2 ");
    assert_contains(heard.fields, "workflow_id=trip run_id=run ");
    temporal_activity_log(NULL, "nowhere");
    assert_string_equal(heard.message, "activity: nowhere");
    assert_string_equal(heard.fields, "");
    temporal_log_set(TEMPORAL_LOG_WARN, hear, &heard);
    temporal_activity_log(&flight->activity, "unheard");
    assert_string_equal(heard.message, "activity: nowhere");
    temporal_log_set(TEMPORAL_LOG_WARN, NULL, NULL);
}

static void details_that_are_no_message_are_left_out(void **state)
{
    tp_task broken = task;
    temporal_activity activity;
    struct fake fake = { .beats = 0 };
    struct heard heard = { .message = "" };

    (void)state;
    broken.heartbeat_details = (tp_bytes){ (const uint8_t *)"\x0a\xff\x01", 3 };
    temporal_log_set(TEMPORAL_LOG_WARN, hear, &heard);
    tp_context_init(&activity, &ops, &broken, NULL, &fake);
    temporal_log_set(TEMPORAL_LOG_WARN, NULL, NULL);
    assert_int_equal(temporal_activity_get_info(&activity)->heartbeat_details_count, 0);
    assert_contains(heard.message, "activity fly: the heartbeat details of the attempt before");
    tp_context_done(&activity);
}

#define inside(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside_an_activity_there_is_none),
        cmocka_unit_test(outside_an_activity_calls_are_errors_and_not_crashes),
        cmocka_unit_test(outside_an_activity_questions_have_harmless_answers),
        inside(inside_an_activity_it_is_the_current_one),
        inside(errors_inside_belong_to_the_attempt),
        inside(a_heartbeat_hands_over_encoded_details),
        inside(a_heartbeat_that_does_not_encode_is_not_handed_over),
        inside(heartbeats_take_no_memory_of_the_attempt),
        inside(a_wait_goes_on_until_what_it_waits_for),
        inside(a_wait_without_end_has_no_deadline),
        inside(a_wait_of_no_length_just_looks),
        inside(a_sleep_says_why_it_ended_early),
        inside(a_sleep_of_no_length_is_refused),
        inside(what_an_executor_lacks_is_refused_quietly),
        inside(a_written_value_can_be_read_again),
        cmocka_unit_test(every_reason_has_a_name),
        inside(a_log_line_carries_the_attempt_s_ids),
        cmocka_unit_test(details_that_are_no_message_are_left_out),
    };

    return cmocka_run_group_tests_name("activity context", tests, NULL, NULL);
}
