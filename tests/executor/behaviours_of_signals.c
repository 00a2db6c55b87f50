/* SPDX-License-Identifier: MIT */
/* tests/executor/behaviours_of_signals.c -- what passes to and fro while an attempt runs:
 * heartbeats, cancellation, the worker's shutdown, the end of the executor. */
#include "converter/payload.h"
#include "tests/executor/activities.h"
#include "tests/executor/behaviours.h"

static void open_one(struct harness *harness, struct subject *subject,
                     const temporal_activity_def *def)
{
    harness_open(harness, behaviours_make, behave_all, 2);
    subject_init(subject, harness, def);
}

static void close_one(struct harness *harness, struct subject *subject)
{
    harness_close(harness);
    subject_done(subject);
}

static void assert_cancelled(struct subject *subject, const char *reason)
{
    temporal_error *error;

    assert_int_equal(subject->kind, TP_OUTCOME_CANCELLED);
    error = subject_failure(subject);
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_CANCELLED);
    assert_contains(temporal_error_message(error), reason);
    temporal_error_free(error);
}

/* --- cancellation --------------------------------------------------------------------------- */

static void a_cancellation_arrives_with_each_reason(void **state)
{
    static const temporal_cancel_reason reasons[] = {
        TEMPORAL_CANCEL_REQUESTED, TEMPORAL_CANCEL_TIMED_OUT, TEMPORAL_CANCEL_WORKER_SHUTDOWN,
        TEMPORAL_CANCEL_PAUSED,    TEMPORAL_CANCEL_RESET,     TEMPORAL_CANCEL_NOT_FOUND,
    };
    struct harness harness;

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, 2);
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        const char *name = temporal_cancel_reason_name(reasons[i]);
        struct subject subject;

        subject_init(&subject, &harness, &behave_until_cancelled_activity);
        subject_submit(&subject);
        subject_wait_beats(&subject, 1);
        subject_cancel(&subject, reasons[i]);
        subject_wait_end(&subject);
        assert_cancelled(&subject, name);
        assert_true(subject.had_last);
        details_assert_text(&subject.last, 0, name);
        subject_done(&subject);
    }
    harness_close(&harness);
}

static void the_first_reason_stays(void **state)
{
    struct harness harness;
    struct subject before, subject;

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, 1);
    subject_init(&before, &harness, &behave_until_cancelled_activity);
    subject_init(&subject, &harness, &behave_until_cancelled_activity);
    subject_submit(&before);
    subject_submit(&subject); /* its turn comes when both reasons were given */
    subject_cancel(&subject, TEMPORAL_CANCEL_PAUSED);
    subject_cancel(&subject, TEMPORAL_CANCEL_RESET);
    subject_cancel(&before, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&before);
    subject_wait_end(&subject);
    assert_cancelled(&subject, "paused");
    subject_done(&before);
    close_one(&harness, &subject);
}

static void an_attempt_may_be_cancelled_before_its_turn(void **state)
{
    enum {
        COUNT = 6
    };
    struct harness harness;
    struct subject subjects[COUNT];

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, 1);
    for (size_t i = 0; i < COUNT; i++) {
        subject_init(&subjects[i], &harness, &behave_until_cancelled_activity);
        subject_submit(&subjects[i]);
    }
    for (size_t i = COUNT; i-- > 0;)
        subject_cancel(&subjects[i], TEMPORAL_CANCEL_REQUESTED);
    for (size_t i = 0; i < COUNT; i++) {
        subject_wait_end(&subjects[i]);
        assert_cancelled(&subjects[i], "requested");
    }
    harness_close(&harness);
    for (size_t i = 0; i < COUNT; i++)
        subject_done(&subjects[i]);
}

static void a_cancellation_after_the_end_is_nothing(void **state)
{
    struct harness harness;
    struct subject subject;
    tp_buffer details = { 0 };

    (void)state;
    open_one(&harness, &subject, &behave_nothing_activity);
    subject_run(&subject);
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
    assert_false(subject_take(&subject, &details));
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    close_one(&harness, &subject);
}

static void only_who_was_cancelled_ends_as_cancelled(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_error *error;

    (void)state;
    open_one(&harness, &subject, &behave_pretend_cancelled_activity);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&subject);
    assert_contains(temporal_error_message(error), "nothing had cancelled it");
    temporal_error_free(error);
    close_one(&harness, &subject);
}

static void a_cancelled_attempt_may_fail_for_another_reason(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_error *error;

    (void)state;
    open_one(&harness, &subject, &behave_fail_when_cancelled_activity);
    subject_submit(&subject);
    subject_wait_beats(&subject, 1);
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&subject);
    assert_contains(temporal_error_message(error), "broke while it was being cancelled");
    assert_has(error, CANCELLED);
    temporal_error_free(error);
    close_one(&harness, &subject);
}

static void a_cancelled_attempt_may_complete_all_the_same(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_ignore_cancellation_activity);
    subject_submit(&subject);
    subject_wait_beats(&subject, 1);
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&subject);
    subject_assert_text(&subject, "done all the same");
    close_one(&harness, &subject);
}

/* --- waits ---------------------------------------------------------------------------------- */

static void waits_end_when_their_time_is_over(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_brief_waits_activity);
    subject_run(&subject);
    subject_assert_text(&subject, "nothing happened");
    close_one(&harness, &subject);
}

static void a_sleep_takes_its_time(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_sleep_activity);
    subject_give(&subject, temporal_double, 0.01);
    subject_run(&subject);
    subject_assert_text(&subject, "slept");
    close_one(&harness, &subject);
}

static void a_sleep_ends_when_it_is_cancelled_and_says_why(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_sleep_activity);
    subject_give(&subject, temporal_double, 24 * TEMPORAL_HOUR);
    subject_submit(&subject);
    subject_wait_beats(&subject, 1);
    harness_notify_shutdown(&harness); /* does not end it */
    subject_cancel(&subject, TEMPORAL_CANCEL_RESET);
    subject_wait_end(&subject);
    assert_cancelled(&subject, "reset");
    close_one(&harness, &subject);
}

static void a_sleep_of_a_negative_time_is_refused(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_error *error;

    (void)state;
    open_one(&harness, &subject, &behave_sleep_activity);
    subject_give(&subject, temporal_double, -1);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&subject);
    assert_string_equal(temporal_error_type(error), "INVALID_ARGUMENT");
    temporal_error_free(error);
    close_one(&harness, &subject);
}

static void the_worker_s_shutdown_is_seen_and_waited_for(void **state)
{
    struct harness harness;
    struct subject early, late;

    (void)state;
    open_one(&harness, &early, &behave_until_shutdown_activity);
    subject_submit(&early);
    subject_wait_beats(&early, 1);
    harness_notify_shutdown(&harness);
    subject_wait_end(&early);
    subject_assert_text(&early, "shutdown");
    subject_done(&early);

    subject_init(&late, &harness, &behave_until_shutdown_activity);
    subject_run(&late); /* who comes later sees it as well */
    subject_assert_text(&late, "shutdown");
    close_one(&harness, &late);
}

static void shutdown_and_cancellation_come_in_either_order(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_cancel_then_shutdown_activity);
    subject_submit(&subject);
    subject_wait_beats(&subject, 1);
    harness_notify_shutdown(&harness); /* is not what it waits for */
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&subject);
    details_assert_int(&subject.last, 0, 3);
    close_one(&harness, &subject);
}

/* --- heartbeats ----------------------------------------------------------------------------- */

static void the_newest_heartbeat_wins_and_outlives_a_return(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_beat_activity);
    subject_give(&subject, temporal_int, 1000);
    subject_run(&subject);
    assert_in_range(subject.beats, 0, 1); /* nobody took it; it may have come with the end */
    assert_true(subject.had_last);
    details_assert_int(&subject.last, 0, 1000);
    close_one(&harness, &subject);
}

static void the_last_heartbeat_outlives_a_failure(void **state)
{
    struct harness harness;
    struct subject subject;
    temporal_error *error;

    (void)state;
    open_one(&harness, &subject, &behave_beat_then_fail_activity);
    subject_give(&subject, temporal_int, 7);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&subject);
    assert_string_equal(temporal_error_message(error), "after 7 beats");
    temporal_error_free(error);
    assert_true(subject.had_last);
    details_assert_int(&subject.last, 0, 7);
    close_one(&harness, &subject);
}

static void a_heartbeat_is_announced_only_to_who_found_none(void **state)
{
    struct harness harness;
    struct subject subject;
    tp_buffer details = { 0 };

    (void)state;
    open_one(&harness, &subject, &behave_shutdown_then_cancel_activity);
    subject_submit(&subject);
    subject_wait_beats(&subject, 1);
    assert_true(subject_take(&subject, &details));
    details_assert_int(&details, 0, 1);
    assert_false(subject_take(&subject, &details)); /* so the next is announced */
    harness_notify_shutdown(&harness);
    subject_wait_beats(&subject, 2);
    assert_true(subject_take(&subject, &details));
    details_assert_int(&details, 0, 2);
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED); /* the third is not */
    subject_wait_end(&subject);
    assert_int_equal(subject.beats, 2);
    assert_true(subject.had_last);
    details_assert_int(&subject.last, 0, 3);
    tp_buffer_done(&details);
    close_one(&harness, &subject);
}

static void a_heartbeat_may_carry_several_details(void **state)
{
    struct harness harness;
    struct subject subject;
    tp_arena arena;
    behave_line line;

    (void)state;
    open_one(&harness, &subject, &behave_beat_several_activity);
    subject_run(&subject);
    assert_true(subject.had_last);
    details_assert_int(&subject.last, 0, 4096);
    details_assert_text(&subject.last, 1, "a.txt");
    tp_arena_init(&arena);
    assert_ok(
        tp_payloads_decode(&arena, tp_buffer_bytes(&subject.last), 2, behave_line_type(), &line));
    assert_string_equal(line.item, "apple");
    tp_arena_done(&arena);
    close_one(&harness, &subject);
}

static void a_heartbeat_without_details_is_one_too(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_beat_nothing_activity);
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    assert_true(subject.had_last);
    assert_int_equal(subject.last.size, 0);
    close_one(&harness, &subject);
}

static void a_heartbeat_that_does_not_encode_loses_nothing(void **state)
{
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_beat_badly_activity);
    subject_run(&subject);
    subject_assert_text(&subject,
                        "activity behave_beat_badly: heartbeat: detail 1 has no type or no value");
    details_assert_int(&subject.last, 0, 5);
    close_one(&harness, &subject);
}

static void the_details_of_the_attempt_before_can_be_read(void **state)
{
    const temporal_int offset = 512;
    const temporal_string name = "b.txt";
    struct harness harness;
    struct subject subject;

    (void)state;
    open_one(&harness, &subject, &behave_before_activity);
    assert_ok(tp_payloads_encode(&subject.details_before,
                                 (const temporal_argument[]){ { temporal_int_type(), &offset },
                                                              { temporal_string_type(), &name } },
                                 2));
    subject.attempt.task.heartbeat_details = tp_buffer_bytes(&subject.details_before);
    subject_run(&subject);
    subject_assert_text(&subject, "2: 512 b.txt");
    subject_done(&subject);

    subject_init(&subject, &harness, &behave_before_activity);
    subject_run(&subject); /* there were none */
    subject_assert_text(&subject, "0: 0 ");
    close_one(&harness, &subject);
}

/* --- concurrency ---------------------------------------------------------------------------- */

enum {
    PLACES = 2,
    CROWD = 8
};

/* Attempts that wait to be cancelled; of the loop, but for the beginning and the end. */
struct crowd {
    size_t begun, ended;
    struct subject subjects[CROWD];
};

/* The oldest goes when all places are taken; everybody goes when the last has come. */
static void on_begin(struct subject *subject)
{
    struct crowd *crowd = subject->data;
    size_t running = ++crowd->begun - crowd->ended;

    for (size_t i = 0; i < CROWD; i++) {
        if (running < PLACES && crowd->begun < CROWD)
            break;
        if (crowd->subjects[i].beats && !crowd->subjects[i].ends) {
            tp_attempt_cancel(&crowd->subjects[i].attempt, TEMPORAL_CANCEL_REQUESTED);
            running--;
        }
    }
}

static void on_end(struct subject *subject)
{
    struct crowd *crowd = subject->data;

    crowd->ended++;
}

/* How many of them ran when this one began. Asked of the attempts' own clocks: the ends and
 * beginnings of different attempts may be told in any order. */
static size_t count_running_at(const behave_span *spans, int64_t time)
{
    size_t running = 0;

    for (size_t i = 0; i < CROWD; i++)
        running += spans[i].begin <= time && time < spans[i].end;
    return running;
}

static void no_more_run_at_once_than_there_are_places(void **state)
{
    struct harness harness;
    struct crowd crowd = { .begun = 0 };
    behave_span spans[CROWD];
    size_t most = 0;

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, PLACES);
    for (size_t i = 0; i < CROWD; i++) {
        subject_init(&crowd.subjects[i], &harness, &behave_tell_span_activity);
        crowd.subjects[i].data = &crowd;
        crowd.subjects[i].on_beat = on_begin;
        crowd.subjects[i].on_end = on_end;
    }
    for (size_t i = 0; i < CROWD; i++)
        subject_submit(&crowd.subjects[i]);
    for (size_t i = 0; i < CROWD; i++) {
        subject_wait_end(&crowd.subjects[i]);
        subject_result(&crowd.subjects[i], behave_span_type(), &spans[i]);
    }
    harness_close(&harness);
    for (size_t i = 0; i < CROWD; i++) {
        size_t running = count_running_at(spans, spans[i].begin);

        most = running > most ? running : most;
        subject_done(&crowd.subjects[i]);
    }
    assert_int_equal(most, PLACES);
}

/* --- the end of the executor ---------------------------------------------------------------- */

static void a_stop_waits_for_what_runs(void **state)
{
    struct harness harness;
    struct subject running, waiting;

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, 1);
    subject_init(&running, &harness, &behave_until_cancelled_activity);
    subject_init(&waiting, &harness, &behave_nothing_activity);
    subject_submit(&running);
    subject_submit(&waiting);
    subject_wait_beats(&running, 1);
    harness_stop(&harness);
    assert_int_equal(harness_running(&harness), 2);
    subject_cancel(&running, TEMPORAL_CANCEL_WORKER_SHUTDOWN);
    subject_wait_end(&running);
    subject_wait_end(&waiting);
    assert_int_equal(waiting.kind, TP_OUTCOME_COMPLETED);
    harness_close(&harness);
    subject_done(&running);
    subject_done(&waiting);
}

static void an_abandoned_executor_ends_every_attempt_at_once(void **state)
{
    struct harness harness;
    struct subject running, beating, waiting;
    temporal_error *error;

    (void)state;
    harness_open(&harness, behaviours_make, behave_all, 2);
    subject_init(&running, &harness, &behave_until_shutdown_activity);
    subject_init(&beating, &harness, &behave_until_shutdown_activity);
    subject_init(&waiting, &harness, &behave_until_shutdown_activity);
    subject_submit(&running);
    subject_submit(&beating);
    subject_submit(&waiting);
    subject_wait_beats(&running, 1);
    subject_wait_beats(&beating, 1);
    harness_abandon(&harness);
    subject_wait_end(&running);
    subject_wait_end(&beating);
    subject_wait_end(&waiting);
    assert_int_equal(harness_running(&harness), 0);
    assert_int_equal(running.kind, TP_OUTCOME_FAILED);
    assert_int_equal(waiting.kind, TP_OUTCOME_FAILED);
    error = subject_failure(&running);
    assert_true(temporal_error_is_retryable(error));
    temporal_error_free(error);
    assert_true(running.had_last); /* the last heartbeat is not lost */
    details_assert_text(&running.last, 0, "ready");
    harness_close(&harness);
    subject_done(&running);
    subject_done(&beating);
    subject_done(&waiting);
}

const struct CMUnitTest behaviours_of_signals[] = {
    cmocka_unit_test(a_cancellation_arrives_with_each_reason),
    cmocka_unit_test(the_first_reason_stays),
    cmocka_unit_test(an_attempt_may_be_cancelled_before_its_turn),
    cmocka_unit_test(a_cancellation_after_the_end_is_nothing),
    cmocka_unit_test(only_who_was_cancelled_ends_as_cancelled),
    cmocka_unit_test(a_cancelled_attempt_may_fail_for_another_reason),
    cmocka_unit_test(a_cancelled_attempt_may_complete_all_the_same),
    cmocka_unit_test(waits_end_when_their_time_is_over),
    cmocka_unit_test(a_sleep_takes_its_time),
    cmocka_unit_test(a_sleep_ends_when_it_is_cancelled_and_says_why),
    cmocka_unit_test(a_sleep_of_a_negative_time_is_refused),
    cmocka_unit_test(the_worker_s_shutdown_is_seen_and_waited_for),
    cmocka_unit_test(shutdown_and_cancellation_come_in_either_order),
    cmocka_unit_test(the_newest_heartbeat_wins_and_outlives_a_return),
    cmocka_unit_test(the_last_heartbeat_outlives_a_failure),
    cmocka_unit_test(a_heartbeat_is_announced_only_to_who_found_none),
    cmocka_unit_test(a_heartbeat_may_carry_several_details),
    cmocka_unit_test(a_heartbeat_without_details_is_one_too),
    cmocka_unit_test(a_heartbeat_that_does_not_encode_loses_nothing),
    cmocka_unit_test(the_details_of_the_attempt_before_can_be_read),
    cmocka_unit_test(no_more_run_at_once_than_there_are_places),
    cmocka_unit_test(a_stop_waits_for_what_runs),
    cmocka_unit_test(an_abandoned_executor_ends_every_attempt_at_once),
};
const size_t behaviours_of_signals_count =
    sizeof(behaviours_of_signals) / sizeof(behaviours_of_signals[0]);
