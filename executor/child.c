/* SPDX-License-Identifier: MIT */
/* executor/child.c -- the life of an activity process: claim, decode, call, encode, finish. */
#include "executor/child.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "converter/failure.h"
#include "executor/child_crash.h"
#include "executor/child_limits.h"
#include "executor/child_start.h"
#include "executor/child_task.h"
#include "executor/context.h"
#include "executor/invoke.h"
#include "executor/states.h"

/* Of the buffer for results: what is larger goes back after the attempt. */
#define BODY_KEPT ((size_t)4 << 20)
/* Memory of up to the one size is taken from the heap, of which up to the other is kept: what tasks
 * with large payloads free, and need again at once, else goes to the system and back each time. */
#define HEAP_PIECE (4 << 20)
#define HEAP_KEPT  (16 << 20)

struct child {
    tp_slot_process slot;
    const temporal_activity_def *const *definitions;
    size_t payload_max;
    const tp_attempt_limits *limits; /* of each definition */
    tp_child_limits used;
    tp_states states;
    tp_buffer body;
    size_t refused_beat; /* size of a heartbeat that was too large; 0: none */
};

/* --- what an activity asks -------------------------------------------------------------------- */

static void beat(temporal_activity *activity, tp_bytes details)
{
    struct child *child = activity->executor;

    if (details.size > child->payload_max) {
        /* The attempt fails for it, as it would if the server had refused it. */
        if (child->refused_beat == 0)
            tp_log(
                TEMPORAL_LOG_ERROR, "activity",
                "activity %s: heartbeats of %zu bytes are more than the %zu that its process takes "
                "(processes.payload_max): its attempt will fail",
                activity->info.activity_type, details.size, child->payload_max);
        child->refused_beat = details.size;
        return;
    }
    tp_slot_process_beat(&child->slot, details.data, details.size);
}

static void progress(temporal_activity *activity)
{
    struct child *child = activity->executor;

    tp_slot_process_progress(&child->slot);
}

static temporal_cancel_reason cancel_reason(const temporal_activity *activity)
{
    const struct child *child = activity->executor;

    return (temporal_cancel_reason)tp_slot_process_cancel_reason(&child->slot);
}

static bool is_worker_shutdown(const temporal_activity *activity)
{
    const struct child *child = activity->executor;

    return (tp_slot_process_flags(&child->slot) & TP_SLOT_SHUTDOWN) != 0;
}

/* A token that is taken here needs no reset: the caller looks again after each. */
static void wait(temporal_activity *activity, int64_t deadline)
{
    struct child *child = activity->executor;

    (void)tp_latch_wait(&child->slot.view.report->latch, deadline);
}

static const tp_context_ops operations = {
    .heartbeat = beat,
    .progress = progress,
    .cancel_reason = cancel_reason,
    .is_worker_shutdown = is_worker_shutdown,
    .wait = wait,
};

/* --- attempts --------------------------------------------------------------------------------- */

static tp_outcome_kind fail(struct child *child, temporal_error *error)
{
    tp_buffer_clear(&child->body);
    tp_failure_encode(&child->body, error);
    temporal_error_free(error);
    return TP_OUTCOME_FAILED;
}

static tp_outcome_kind fail_size(struct child *child, const char *type, const char *what,
                                 size_t size)
{
    return fail(child,
                temporal_error_application_with(
                    TEMPORAL_OPTIONS(temporal_application_error, .type = "ActivityPayloadTooLarge",
                                     .non_retryable = true),
                    "activity %.200s: %s of %zu bytes, more than the %zu that its process takes "
                    "(processes.payload_max)",
                    type ? type : "", what, size, child->payload_max));
}

static tp_outcome_kind run(struct child *child, tp_task *task)
{
    temporal_activity activity, *before;
    tp_outcome_kind kind;
    temporal_error *error;
    void *state = NULL;

    error = tp_states_get(&child->states, task->def_index, &state);
    if (error)
        return fail(child, error);
    child->refused_beat = 0;
    tp_context_init(&activity, &operations, task, state, child);
    before = tp_context_enter(&activity);
    tp_child_limits_set(&child->used, &child->limits[task->def_index]);
    kind = tp_invoke(&activity, task->input, &child->body);
    tp_child_limits_take_back(&child->used, &child->limits[task->def_index]);
    tp_context_enter(before);
    tp_context_done(&activity);
    if (child->refused_beat > 0)
        return fail_size(child, task->activity_type, "a heartbeat", child->refused_beat);
    return kind;
}

/* A failure may need more room than the smallest payload limit leaves. */
static tp_outcome_kind check_size(struct child *child, const tp_task *task, tp_outcome_kind kind)
{
    size_t limit =
        kind == TP_OUTCOME_COMPLETED ? child->payload_max : child->slot.view.output_capacity;

    if (child->body.size <= limit)
        return kind;
    return fail_size(child, task->activity_type,
                     kind == TP_OUTCOME_COMPLETED ? "a result" : "a failure", child->body.size);
}

/* False when the worker cannot be told any more. */
static bool attempt(struct child *child, tp_bytes input)
{
    tp_outcome_kind kind;
    temporal_error *error;
    tp_arena texts;
    tp_task task;
    bool told;

    tp_arena_init(&texts);
    error = tp_child_task_read(&task, &texts, input, child->definitions);
    kind = error ? fail(child, error) : run(child, &task);
    kind = check_size(child, &task, kind);
    if (child->body.size > 0)
        memcpy(child->slot.view.outputs[child->slot.entry], child->body.data, child->body.size);
    (void)fflush(stdout); /* what it printed is seen now, and is not lost in the next one's crash */
    told = tp_slot_process_finish(&child->slot, (uint32_t)kind, child->body.size);
    tp_arena_done(&texts);
    if (child->body.capacity > BODY_KEPT)
        tp_buffer_done(&child->body);
    return told;
}

static void serve(struct child *child)
{
    tp_latch *latch = &child->slot.view.report->latch;
    tp_bytes input;

    for (;;) {
        tp_latch_reset(latch);
        if (tp_slot_process_claim(&child->slot, &input)) {
            if (!attempt(child, input))
                return;
            continue;
        }
        if (tp_slot_process_flags(&child->slot) & TP_SLOT_LEAVE)
            return;
        (void)tp_latch_wait(latch, INT64_MAX);
    }
}

/* Its error is the fork server's to tell, by the exit status, and the log's. */
static void begin(const tp_settings *settings)
{
    temporal_error *error = settings->on_start ? settings->on_start() : NULL;

    if (!error)
        return;
    tp_log(TEMPORAL_LOG_ERROR, "processes", "processes.on_start failed: %s",
           temporal_error_message(error));
    temporal_error_free(error);
    (void)fflush(NULL);
    _exit(TP_CHILD_EXIT_NO_START);
}

_Noreturn void tp_child_run(const tp_child_start *start)
{
    struct child child = { .definitions = start->definitions,
                           .payload_max = start->layout->payload_max,
                           .limits = start->limits };

    tp_child_start_up(start, &child.slot);
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_PIECE);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
    tp_states_init(&child.states, child.definitions);
    if (!start->settings->no_backtrace)
        tp_child_crash_watch(&child.slot);
    begin(start->settings);
    tp_child_limits_init(&child.used, child.limits, start->settings->count);
    tp_slot_process_ready(&child.slot);
    serve(&child);
    tp_states_done(&child.states);
    if (start->settings->on_end)
        start->settings->on_end();
    (void)fflush(NULL);
    _exit(0);
}
