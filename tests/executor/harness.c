/* SPDX-License-Identifier: MIT */
/* tests/executor/harness.c -- an executor on a loop, and attempts that remember what happened to
 * them. */
#include "tests/executor/harness.h"

#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "converter/failure.h"
#include "converter/payload.h"

/* --- the executor --------------------------------------------------------------------------- */

static void start(void *data)
{
    struct harness *harness = data;

    assert_ok(tp_executor_start(harness->executor, harness->loop));
}

void harness_open(struct harness *harness, harness_make make,
                  const temporal_activity_def *const *activities, uint32_t concurrency)
{
    memset(harness, 0, sizeof(*harness));
    pthread_mutex_init(&harness->mutex, NULL);
    pthread_cond_init(&harness->changed, NULL);
    assert_ok(make(&harness->executor, activities, concurrency));
    assert_ok(tp_loop_new(&harness->loop, "owner"));
    tp_loop_call(harness->loop, start, harness);
}

static void on_stopped(void *data)
{
    struct harness *harness = data;

    pthread_mutex_lock(&harness->mutex);
    harness->stopped = true;
    pthread_cond_broadcast(&harness->changed);
    pthread_mutex_unlock(&harness->mutex);
}

static void stop(void *data)
{
    struct harness *harness = data;

    tp_executor_stop(harness->executor, on_stopped, harness);
}

void harness_stop(struct harness *harness)
{
    harness->stopping = true;
    tp_loop_call(harness->loop, stop, harness);
}

static void abandon(void *data)
{
    tp_executor_abandon(data);
}

void harness_abandon(struct harness *harness)
{
    tp_loop_call(harness->loop, abandon, harness->executor);
}

static void notify_shutdown(void *data)
{
    tp_executor_notify_shutdown(data);
}

void harness_notify_shutdown(struct harness *harness)
{
    tp_loop_call(harness->loop, notify_shutdown, harness->executor);
}

struct count {
    const tp_executor *executor;
    size_t running;
};

static void count_running(void *data)
{
    struct count *count = data;

    count->running = count->executor->running;
}

size_t harness_running(struct harness *harness)
{
    struct count count = { harness->executor, 0 };

    tp_loop_call(harness->loop, count_running, &count);
    return count.running;
}

void harness_close(struct harness *harness)
{
    if (!harness->stopping)
        harness_stop(harness);
    pthread_mutex_lock(&harness->mutex);
    while (!harness->stopped)
        pthread_cond_wait(&harness->changed, &harness->mutex);
    pthread_mutex_unlock(&harness->mutex);
    tp_executor_free(harness->executor);
    tp_loop_free(harness->loop);
    pthread_cond_destroy(&harness->changed);
    pthread_mutex_destroy(&harness->mutex);
}

/* --- an attempt ----------------------------------------------------------------------------- */

static void on_beat(tp_attempt *attempt)
{
    struct subject *subject = tp_list_entry(attempt, struct subject, attempt);

    pthread_mutex_lock(&subject->harness->mutex);
    subject->beats++;
    subject->beats_after_end += subject->ends;
    pthread_cond_broadcast(&subject->harness->changed);
    pthread_mutex_unlock(&subject->harness->mutex);
    if (subject->on_beat)
        subject->on_beat(subject);
}

static void on_done(tp_attempt *attempt, const tp_outcome *outcome)
{
    struct subject *subject = tp_list_entry(attempt, struct subject, attempt);
    bool had_last = tp_attempt_take_heartbeat(attempt, &subject->last);

    pthread_mutex_lock(&subject->harness->mutex);
    subject->ends++;
    subject->kind = outcome->kind;
    tp_buffer_clear(&subject->body);
    tp_buffer_append(&subject->body, outcome->body.data, outcome->body.size);
    subject->had_last = had_last;
    if (subject->on_end)
        subject->on_end(subject);
    pthread_cond_broadcast(&subject->harness->changed);
    pthread_mutex_unlock(&subject->harness->mutex);
}

static const tp_attempt_events events = { .beat = on_beat, .done = on_done };

void subject_init(struct subject *subject, struct harness *harness,
                  const temporal_activity_def *def)
{
    const temporal_activity_def *const *definitions = harness->executor->definitions;
    tp_task *task = &subject->attempt.task;
    size_t index = 0;

    while (definitions[index] && definitions[index] != def)
        index++;
    assert_non_null(definitions[index]);
    memset(subject, 0, sizeof(*subject));
    subject->harness = harness;
    subject->attempt.events = &events;
    *task = (tp_task){
        .def = def,
        .def_index = index,
        .activity_id = "activity-1",
        .activity_type = def->name ? def->name : "whatever",
        .task_queue = "queue-1",
        .workflow_id = "workflow-1",
        .workflow_run_id = "run-1",
        .workflow_type = "workflow-type-1",
        .workflow_namespace = "namespace-1",
        .attempt = 3,
        .scheduled_at = 1000,
        .started_at = 2000,
        .current_attempt_scheduled_at = 1500,
        .heartbeat_timeout = 1.5,
        .schedule_to_close_timeout = 60,
        .start_to_close_timeout = 30,
        .task_token = { (const uint8_t *)"token", 5 },
    };
}

void subject_set_input(struct subject *subject, const temporal_type *type, const void *value)
{
    tp_buffer_clear(&subject->input);
    assert_ok(tp_payloads_encode(&subject->input, &(const temporal_argument){ type, value }, 1));
    subject->attempt.task.input = tp_buffer_bytes(&subject->input);
}

static void submit(void *data)
{
    struct subject *subject = data;

    tp_executor_submit(subject->harness->executor, &subject->attempt);
}

void subject_submit(struct subject *subject)
{
    tp_loop_call(subject->harness->loop, submit, subject);
}

struct cancel {
    struct subject *subject;
    temporal_cancel_reason reason;
};

static void cancel(void *data)
{
    struct cancel *cancel = data;

    tp_attempt_cancel(&cancel->subject->attempt, cancel->reason);
}

void subject_cancel(struct subject *subject, temporal_cancel_reason reason)
{
    tp_loop_call(subject->harness->loop, cancel, &(struct cancel){ subject, reason });
}

struct take {
    struct subject *subject;
    tp_buffer *details;
    bool taken;
};

static void take(void *data)
{
    struct take *take = data;

    take->taken = tp_attempt_take_heartbeat(&take->subject->attempt, take->details);
}

bool subject_take(struct subject *subject, tp_buffer *details)
{
    struct take question = { subject, details, false };

    tp_loop_call(subject->harness->loop, take, &question);
    return question.taken;
}

void subject_wait_beats(struct subject *subject, int count)
{
    pthread_mutex_lock(&subject->harness->mutex);
    while (subject->beats < count && !subject->ends)
        pthread_cond_wait(&subject->harness->changed, &subject->harness->mutex);
    assert_int_equal(subject->beats, count);
    pthread_mutex_unlock(&subject->harness->mutex);
}

void subject_wait_end(struct subject *subject)
{
    pthread_mutex_lock(&subject->harness->mutex);
    while (!subject->ends)
        pthread_cond_wait(&subject->harness->changed, &subject->harness->mutex);
    assert_int_equal(subject->ends, 1);
    pthread_mutex_unlock(&subject->harness->mutex);
}

void subject_run(struct subject *subject)
{
    subject_submit(subject);
    subject_wait_end(subject);
}

void subject_done(struct subject *subject)
{
    assert_int_equal(subject->ends, 1);
    assert_int_equal(subject->beats_after_end, 0);
    tp_buffer_done(&subject->input);
    tp_buffer_done(&subject->details_before);
    tp_buffer_done(&subject->body);
    tp_buffer_done(&subject->last);
}

/* --- what came of it ------------------------------------------------------------------------ */

void subject_result(struct subject *subject, const temporal_type *type, void *out)
{
    tp_arena arena;

    if (subject->kind != TP_OUTCOME_COMPLETED)
        fail_msg("%s", temporal_error_message(subject_failure(subject)));
    tp_arena_init(&arena);
    assert_ok(tp_payloads_decode(&arena, tp_buffer_bytes(&subject->body), 0, type, out));
    tp_arena_done(&arena);
}

static void assert_text(tp_bytes encoded, size_t index, const char *text)
{
    tp_arena arena;
    temporal_string found = NULL;

    tp_arena_init(&arena);
    assert_ok(tp_payloads_decode(&arena, encoded, index, temporal_string_type(), &found));
    assert_non_null(found);
    assert_string_equal(found, text);
    tp_arena_done(&arena);
}

void subject_assert_text(struct subject *subject, const char *text)
{
    if (subject->kind != TP_OUTCOME_COMPLETED)
        fail_msg("%s", temporal_error_message(subject_failure(subject)));
    assert_text(tp_buffer_bytes(&subject->body), 0, text);
}

temporal_error *subject_failure(struct subject *subject)
{
    temporal_error *error;

    assert_true(subject->kind == TP_OUTCOME_FAILED || subject->kind == TP_OUTCOME_CANCELLED);
    error = tp_failure_decode(tp_buffer_bytes(&subject->body));
    assert_non_null(error);
    return error;
}

void details_assert_text(const tp_buffer *details, size_t index, const char *text)
{
    assert_text(tp_buffer_bytes(details), index, text);
}

void details_assert_int(const tp_buffer *details, size_t index, int64_t number)
{
    tp_arena arena;
    temporal_int found = 0;

    tp_arena_init(&arena);
    assert_ok(
        tp_payloads_decode(&arena, tp_buffer_bytes(details), index, temporal_int_type(), &found));
    assert_int_equal(found, number);
    tp_arena_done(&arena);
}
