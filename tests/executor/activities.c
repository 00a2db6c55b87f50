/* SPDX-License-Identifier: MIT */
/* tests/executor/activities.c -- activities that behave in every way an activity may. */
#include "tests/executor/activities.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"

/* --- results and failures ------------------------------------------------------------------- */

TEMPORAL_ACTIVITY_DEFINE(behave_total)
temporal_error *behave_total(temporal_activity *activity, behave_order order,
                             temporal_double *total)
{
    (void)activity;
    *total = 0;
    for (size_t i = 0; i < order.lines.count; i++)
        *total += order.lines.items[i].price;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_square)
temporal_error *behave_square(temporal_activity *activity, temporal_int number,
                              temporal_int *square)
{
    (void)activity;
    *square = number * number;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_nothing)
temporal_error *behave_nothing(temporal_activity *activity, temporal_none none,
                               temporal_none *nothing)
{
    (void)activity, (void)none, (void)nothing;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_fail)
temporal_error *behave_fail(temporal_activity *activity, temporal_none none, temporal_none *nothing)
{
    temporal_int missing = 42;

    (void)activity, (void)none, (void)nothing;
    return temporal_error_application_with(
        &(temporal_application_error){
            .struct_size = sizeof(temporal_application_error),
            .type = "OutOfStock",
            .non_retryable = true,
            .next_retry_delay = 7,
            .cause = temporal_error_application("Shelf", "the shelf is empty"),
            .detail_type = temporal_int_type(),
            .detail = &missing,
        },
        "no more %s", "apples");
}

TEMPORAL_ACTIVITY_DEFINE(behave_bad_result)
temporal_error *behave_bad_result(temporal_activity *activity, temporal_none none,
                                  temporal_double *number)
{
    (void)activity, (void)none;
    *number = (double)NAN;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_later)
temporal_error *behave_later(temporal_activity *activity, temporal_none none,
                             temporal_none *nothing)
{
    (void)none, (void)nothing;
    return temporal_activity_complete_async(activity);
}

static temporal_error *sum(temporal_activity *activity, const temporal_value *inputs, size_t count,
                           temporal_value *output)
{
    temporal_int total = 0, next;

    for (size_t i = 0; i < count; i++) {
        TEMPORAL_TRY(temporal_value_get(&inputs[i], temporal_int, &next));
        total += next;
    }
    return temporal_activity_write(activity, output, temporal_int_type(), &total);
}
static const temporal_activity_def any = { .struct_size = sizeof(any), .invoke_values = sum };
const temporal_activity_def *const behave_any = &any;

/* --- what it is and has --------------------------------------------------------------------- */

TEMPORAL_ACTIVITY_DEFINE(behave_info)
temporal_error *behave_info(temporal_activity *activity, temporal_none none, temporal_string *out)
{
    const temporal_activity_info *info = temporal_activity_get_info(activity);

    (void)none;
    if (temporal_activity_current() != activity)
        return temporal_error_new(TEMPORAL_ERROR_APPLICATION, "it is not the current one");
    *out = temporal_activity_format(
        activity, "%s %s %s %s %s %s %s %d %lld %lld %lld %g %g %g %.*s %d", info->activity_id,
        info->activity_type, info->task_queue, info->workflow_id, info->workflow_run_id,
        info->workflow_type, info->workflow_namespace, (int)info->attempt,
        (long long)info->scheduled_at, (long long)info->started_at,
        (long long)info->current_attempt_scheduled_at, info->heartbeat_timeout,
        info->schedule_to_close_timeout, info->start_to_close_timeout, (int)info->task_token.size,
        (const char *)info->task_token.data, info->is_local);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_memory)
temporal_error *behave_memory(temporal_activity *activity, temporal_int size, temporal_string *out)
{
    char *text = temporal_activity_alloc(activity, (size_t)size + 1);

    for (temporal_int i = 0; i < size; i++) {
        if (text[i])
            return temporal_error_new(TEMPORAL_ERROR_APPLICATION, "memory is not zeroed");
    }
    memset(text, 'x', (size_t)size);
    *out = text;
    return TEMPORAL_OK;
}

#define THREAD_ROUNDS 50

static void *use_from_thread(void *data)
{
    temporal_activity *activity = data;
    bool fine = true;

    for (temporal_int i = 0; i < THREAD_ROUNDS; i++) {
        const char *text = temporal_activity_format(activity, "%d", (int)i);
        char *memory = temporal_activity_alloc(activity, 10);
        temporal_error *error = temporal_heartbeat(activity, temporal_int, i);

        fine = fine && !error && memory && text[0] && !memory[9];
        fine = fine && !temporal_activity_is_cancelled(activity);
        fine = fine && !temporal_activity_is_worker_shutdown(activity);
        /* Waits belong to the attempt's own thread: here they answer at once. */
        fine = fine && !temporal_activity_wait_for_cancelled(activity, 0);
        error = temporal_activity_sleep(activity, 1);
        fine = fine && temporal_error_get_code(error) == TEMPORAL_ERROR_INVALID_ARGUMENT;
        fine = fine && !temporal_activity_suspend(activity) && !temporal_activity_current();
    }
    return fine ? activity : NULL;
}

TEMPORAL_ACTIVITY_DEFINE(behave_threads)
temporal_error *behave_threads(temporal_activity *activity, temporal_int count, temporal_int *fine)
{
    pthread_t threads[8];

    for (temporal_int i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, use_from_thread, activity))
            return temporal_error_new(TEMPORAL_ERROR_APPLICATION, "no thread");
    }
    use_from_thread(NULL); /* outside: nothing happens */
    for (temporal_int i = 0; i < count; i++) {
        void *result;

        pthread_join(threads[i], &result);
        *fine += result != NULL;
    }
    return TEMPORAL_OK;
}

/* --- cancellation and shutdown -------------------------------------------------------------- */

static temporal_error *beat_text(temporal_activity *activity, temporal_string text)
{
    return temporal_heartbeat(activity, temporal_string, text);
}

TEMPORAL_ACTIVITY_DEFINE(behave_until_cancelled)
temporal_error *behave_until_cancelled(temporal_activity *activity, temporal_none none,
                                       temporal_none *nothing)
{
    (void)none, (void)nothing;
    TEMPORAL_TRY(beat_text(activity, "ready"));
    while (!temporal_activity_wait_for_cancelled(activity, 0))
        ;
    TEMPORAL_TRY(beat_text(activity,
                           temporal_cancel_reason_name(temporal_activity_cancel_reason(activity))));
    return temporal_activity_cancelled(activity);
}

TEMPORAL_ACTIVITY_DEFINE(behave_fail_when_cancelled)
temporal_error *behave_fail_when_cancelled(temporal_activity *activity, temporal_none none,
                                           temporal_none *nothing)
{
    (void)none, (void)nothing;
    TEMPORAL_TRY(beat_text(activity, "ready"));
    temporal_activity_wait_for_cancelled(activity, 0);
    return temporal_error_wrap(temporal_activity_cancelled(activity), TEMPORAL_ERROR_APPLICATION,
                               "broke while it was being cancelled");
}

TEMPORAL_ACTIVITY_DEFINE(behave_ignore_cancellation)
temporal_error *behave_ignore_cancellation(temporal_activity *activity, temporal_none none,
                                           temporal_string *out)
{
    (void)none;
    TEMPORAL_TRY(beat_text(activity, "ready"));
    temporal_activity_wait_for_cancelled(activity, 0);
    *out = "done all the same";
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_tell_span)
temporal_error *behave_tell_span(temporal_activity *activity, temporal_none none, behave_span *span)
{
    (void)none;
    span->begin = tp_clock_monotonic();
    TEMPORAL_TRY(beat_text(activity, "ready"));
    temporal_activity_wait_for_cancelled(activity, 0);
    span->end = tp_clock_monotonic();
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_pretend_cancelled)
temporal_error *behave_pretend_cancelled(temporal_activity *activity, temporal_none none,
                                         temporal_none *nothing)
{
    (void)none, (void)nothing;
    return temporal_activity_cancelled(activity);
}

TEMPORAL_ACTIVITY_DEFINE(behave_sleep)
temporal_error *behave_sleep(temporal_activity *activity, temporal_double time,
                             temporal_string *out)
{
    int64_t begin = tp_clock_monotonic();

    TEMPORAL_TRY(beat_text(activity, "ready"));
    TEMPORAL_TRY(temporal_activity_sleep(activity, time));
    *out = tp_clock_monotonic() - begin < tp_clock_nanoseconds(time) ? "woke early" : "slept";
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_brief_waits)
temporal_error *behave_brief_waits(temporal_activity *activity, temporal_none none,
                                   temporal_string *out)
{
    int64_t begin = tp_clock_monotonic();
    bool happened = temporal_activity_wait_for_cancelled(activity, 0.005) ||
                    temporal_activity_wait_for_worker_shutdown(activity, 0.005);
    bool early = tp_clock_monotonic() - begin < tp_clock_nanoseconds(0.01);

    (void)none;
    happened = happened || temporal_activity_wait_for_cancelled(activity, -1) ||
               temporal_activity_wait_for_worker_shutdown(activity, (double)NAN);
    *out = happened ? "something happened" : early ? "came back early" : "nothing happened";
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_until_shutdown)
temporal_error *behave_until_shutdown(temporal_activity *activity, temporal_none none,
                                      temporal_string *out)
{
    (void)none;
    TEMPORAL_TRY(beat_text(activity, "ready"));
    while (!temporal_activity_wait_for_worker_shutdown(activity, 3600))
        ;
    *out = temporal_activity_is_cancelled(activity) ? "shutdown and cancelled" : "shutdown";
    return TEMPORAL_OK;
}

static temporal_error *beat_number(temporal_activity *activity, temporal_int number)
{
    return temporal_heartbeat(activity, temporal_int, number);
}

TEMPORAL_ACTIVITY_DEFINE(behave_shutdown_then_cancel)
temporal_error *behave_shutdown_then_cancel(temporal_activity *activity, temporal_none none,
                                            temporal_none *nothing)
{
    (void)none, (void)nothing;
    TEMPORAL_TRY(beat_number(activity, 1));
    temporal_activity_wait_for_worker_shutdown(activity, 0);
    TEMPORAL_TRY(beat_number(activity, 2));
    temporal_activity_wait_for_cancelled(activity, 0);
    return beat_number(activity, 3);
}

TEMPORAL_ACTIVITY_DEFINE(behave_cancel_then_shutdown)
temporal_error *behave_cancel_then_shutdown(temporal_activity *activity, temporal_none none,
                                            temporal_none *nothing)
{
    (void)none, (void)nothing;
    TEMPORAL_TRY(beat_number(activity, 1));
    temporal_activity_wait_for_cancelled(activity, 0);
    TEMPORAL_TRY(beat_number(activity, 2));
    temporal_activity_wait_for_worker_shutdown(activity, 0);
    return beat_number(activity, 3);
}

/* --- heartbeats ----------------------------------------------------------------------------- */

TEMPORAL_ACTIVITY_DEFINE(behave_beat)
temporal_error *behave_beat(temporal_activity *activity, temporal_int count, temporal_none *nothing)
{
    (void)nothing;
    for (temporal_int i = 1; i <= count; i++)
        TEMPORAL_TRY(beat_number(activity, i));
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_beat_then_fail)
temporal_error *behave_beat_then_fail(temporal_activity *activity, temporal_int count,
                                      temporal_none *nothing)
{
    TEMPORAL_TRY(behave_beat(activity, count, nothing));
    return temporal_error_application("Broken", "after %d beats", (int)count);
}

TEMPORAL_ACTIVITY_DEFINE(behave_beat_several)
temporal_error *behave_beat_several(temporal_activity *activity, temporal_none none,
                                    temporal_none *nothing)
{
    temporal_int offset = 4096;
    temporal_string name = "a.txt";
    behave_line line = { "apple", 0.5 };

    (void)none, (void)nothing;
    return temporal_activity_heartbeat(activity,
                                       (const temporal_argument[]){
                                           { temporal_int_type(), &offset },
                                           { temporal_string_type(), &name },
                                           { behave_line_type(), &line },
                                       },
                                       3);
}

TEMPORAL_ACTIVITY_DEFINE(behave_beat_badly)
temporal_error *behave_beat_badly(temporal_activity *activity, temporal_none none,
                                  temporal_string *out)
{
    temporal_double number = (double)NAN;
    temporal_error *error;

    (void)none;
    TEMPORAL_TRY(beat_number(activity, 5));
    error = temporal_heartbeat(activity, temporal_double, number);
    if (temporal_error_get_code(error) != TEMPORAL_ERROR_CONVERSION)
        return temporal_error_new(TEMPORAL_ERROR_APPLICATION, "it was taken");
    error = temporal_activity_heartbeat_value(activity, NULL, &number);
    *out = temporal_error_message(error);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(behave_beat_nothing)
temporal_error *behave_beat_nothing(temporal_activity *activity, temporal_none none,
                                    temporal_none *nothing)
{
    (void)none, (void)nothing;
    return temporal_activity_heartbeat(activity, NULL, 0);
}

TEMPORAL_ACTIVITY_DEFINE(behave_before)
temporal_error *behave_before(temporal_activity *activity, temporal_none none, temporal_string *out)
{
    const temporal_activity_info *info = temporal_activity_get_info(activity);
    temporal_int offset = 0;
    temporal_string name = "";

    (void)none;
    if (info->heartbeat_details_count > 0)
        TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[0], temporal_int, &offset));
    if (info->heartbeat_details_count > 1)
        TEMPORAL_TRY(temporal_value_get(&info->heartbeat_details[1], temporal_string, &name));
    *out = temporal_activity_format(activity, "%zu: %d %s", info->heartbeat_details_count,
                                    (int)offset, name);
    return TEMPORAL_OK;
}

/* --- state ---------------------------------------------------------------------------------- */

struct counter {
    atomic_int calls;
};

static temporal_error *make_counter(struct counter *counter)
{
    atomic_fetch_add(&counter->calls, 100);
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_ACTIVITY_DEFINE(behave_count, struct counter, make_counter, NULL)
temporal_error *behave_count(temporal_activity *activity, struct counter *counter,
                             temporal_none none, temporal_int *calls)
{
    (void)activity, (void)none;
    *calls = atomic_fetch_add(&counter->calls, 1) + 1;
    return TEMPORAL_OK;
}

static temporal_error *make_nothing(struct counter *counter)
{
    (void)counter;
    return temporal_error_application("Database", "it does not answer");
}

TEMPORAL_STATEFUL_ACTIVITY_DEFINE(behave_no_state, struct counter, make_nothing, NULL)
temporal_error *behave_no_state(temporal_activity *activity, struct counter *counter,
                                temporal_none none, temporal_none *nothing)
{
    (void)activity, (void)counter, (void)none, (void)nothing;
    return TEMPORAL_OK;
}

static const temporal_activity_def *const all[] = {
    &behave_total_activity,
    &behave_square_activity,
    &behave_nothing_activity,
    &behave_fail_activity,
    &behave_bad_result_activity,
    &behave_later_activity,
    &behave_info_activity,
    &behave_memory_activity,
    &behave_threads_activity,
    &behave_until_cancelled_activity,
    &behave_fail_when_cancelled_activity,
    &behave_ignore_cancellation_activity,
    &behave_tell_span_activity,
    &behave_pretend_cancelled_activity,
    &behave_sleep_activity,
    &behave_brief_waits_activity,
    &behave_until_shutdown_activity,
    &behave_shutdown_then_cancel_activity,
    &behave_cancel_then_shutdown_activity,
    &behave_beat_activity,
    &behave_beat_then_fail_activity,
    &behave_beat_several_activity,
    &behave_beat_badly_activity,
    &behave_beat_nothing_activity,
    &behave_before_activity,
    &behave_count_activity,
    &behave_no_state_activity,
    &any,
    NULL,
};
const temporal_activity_def *const *const behave_all = all;
