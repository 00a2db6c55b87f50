/* SPDX-License-Identifier: MIT */
/* workflow/activation.c -- step by step through history. */
#include "workflow/activation.h"

#include <string.h>

#include "base/error.h"
#include "base/version.h"
#include "converter/message.h"
#include "workflow/handlers.h"
#include "workflow/handling.h"
#include "workflow/machine.h"
#include "workflow/machine_local.h"
#include "workflow/report.h"
#include "workflow/update.h"
#include "workflow/update_requests.h"

#define RESET TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW

bool tp_activation_fits(temporal_workflow *run, const tp_history *history, bool query)
{
    const tp_event *next;

    if (history->count == 0)
        return query;
    /* Whether the server forgot the task or kept it: it did nothing, and may do it again. */
    if (run->undo_to > 0 && history->events[0]->event_id <= run->undo_to + 1) {
        run->last_event = run->undo_to;
        run->answered = false;
        run->undo_to = 0;
    }
    if (history->events[0]->event_id > run->last_event + 1)
        return false;
    next = tp_history_find(history, run->last_event + 1);
    if (!next)
        return query && history->events[history->count - 1]->event_id == run->last_event;
    return !run->answered || next->event_type == TP_EVENT(WORKFLOW_TASK_COMPLETED);
}

/* A reset run lives on under a new id, from where its task failed: its random numbers are new. */
static void take_failed_task(temporal_workflow *run, const tp_event *event)
{
    const Tp__History__WorkflowTaskFailedEventAttributes *attributes =
        tp_event_attributes(event, WORKFLOW_TASK_FAILED, workflow_task_failed);

    if (attributes && attributes->cause == RESET && attributes->new_run_id &&
        *attributes->new_run_id)
        tp_prng_seed(&run->prng, attributes->new_run_id);
}

static temporal_error *take_outcome(temporal_workflow *run, const tp_event *event)
{
    tp_machine *machine = tp_machine_find(run, tp_event_origin(event));
    const char *found;

    if (machine && machine->type->take(machine, event))
        return NULL;
    found = tp_arena_format(&run->arena, "%s of event %lld", tp_event_name(&run->arena, event),
                            (long long)tp_event_origin(event));
    run->mismatch = (tp_mismatch){ .event_id = event->event_id, .expected = found };
    return temporal_error_new(TEMPORAL_ERROR_NONDETERMINISM, "event %lld: history holds %s, %s",
                              (long long)event->event_id, found,
                              machine ? "which is another kind of thing in the code"
                                      : "but the code began nothing there");
}

/* Which SDK made the run what it is: only what is new to history is sent again. Its flags, and
 * those of others, change nothing here: this library has none. */
static void take_completed_task(temporal_workflow *run, const tp_event *event)
{
    const Tp__History__WorkflowTaskCompletedEventAttributes *attributes =
        tp_event_attributes(event, WORKFLOW_TASK_COMPLETED, workflow_task_completed);
    const Tp__Sdk__WorkflowTaskCompletedMetadata *metadata =
        attributes ? attributes->sdk_metadata : NULL;

    if (metadata && metadata->sdk_name && *metadata->sdk_name)
        run->sdk_known = strcmp(metadata->sdk_name, TP_SDK_NAME) == 0 && metadata->sdk_version &&
                         strcmp(metadata->sdk_version, TP_SDK_VERSION) == 0;
}

/* What the server said of history when that task started. */
static void take_started_task(temporal_workflow *run, const tp_event *event)
{
    const Tp__History__WorkflowTaskStartedEventAttributes *attributes =
        tp_event_attributes(event, WORKFLOW_TASK_STARTED, workflow_task_started);

    run->history_length = event->event_id;
    run->history_size = attributes ? attributes->history_size_bytes : 0;
    run->continue_suggested = attributes && attributes->suggest_continue_as_new;
}

/* First pass: everything but outcomes and cancellation. */
static temporal_error *take(temporal_workflow *run, const tp_event *event)
{
    tp_event_class class = tp_event_classify(event);

    if (class == TP_EVENT_START)
        return tp_run_start(run, event);
    if (!run->started && class != TP_EVENT_UNKNOWN && class != TP_EVENT_IGNORED)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "history: event %lld, %s, stands before the run's start",
                                  (long long)event->event_id, tp_event_name(&run->arena, event));
    if (class == TP_EVENT_COMMAND) {
        bool skip;

        TEMPORAL_TRY(tp_patches_skip(run, event, &skip));
        return skip || tp_commands_meet(run, event) ? NULL : tp_mismatch_error(&run->mismatch);
    }
    if (class == TP_EVENT_SIGNAL)
        return tp_handlers_signal(run, event);
    if (event->event_type == TP_EVENT(WORKFLOW_TASK_FAILED))
        take_failed_task(run, event);
    if (event->event_type == TP_EVENT(WORKFLOW_TASK_COMPLETED))
        take_completed_task(run, event);
    return NULL;
}

/* First pass, with the updates at their places between the events. */
static temporal_error *take_in_order(temporal_workflow *run, const tp_history *history,
                                     const tp_chunk *chunk)
{
    tp_update_requests updates;
    const tp_update_request *update;

    TEMPORAL_TRY(tp_update_requests_of(&updates, run->scratch, history, chunk));
    for (size_t i = history->next; i <= chunk->started; i++) {
        const tp_event *event = history->events[i];

        while (run->started && (update = tp_update_requests_next(&updates, event->event_id)))
            TEMPORAL_TRY(tp_update_receive(run, update));
        TEMPORAL_TRY(take(run, event));
    }
    while ((update = tp_update_requests_next(&updates, INT64_MAX)))
        TEMPORAL_TRY(tp_update_receive(run, update));
    return NULL;
}

/* Second pass. What was done counts, whether it came before or after the request to cancel; but a
 * timer that fires behind it finds itself cancelled, for it has no outcome to lose. */
static temporal_error *take_outcomes(temporal_workflow *run, const tp_history *history,
                                     size_t started)
{
    size_t cancelled = started + 1; /* where the request stands */

    for (size_t i = history->next; i <= started; i++) {
        const tp_event *event = history->events[i];
        tp_event_class class = tp_event_classify(event);

        if (class == TP_EVENT_CANCEL && cancelled > started)
            cancelled = i;
        if (class == TP_EVENT_OUTCOME &&
            (cancelled > started || event->event_type != TP_EVENT(TIMER_FIRED)))
            TEMPORAL_TRY(take_outcome(run, event));
    }
    if (cancelled > started)
        return NULL;
    run->cancel_requested = true;
    tp_scope_cancel(&run->scope);
    for (size_t i = cancelled; i <= started; i++)
        if (history->events[i]->event_type == TP_EVENT(TIMER_FIRED))
            TEMPORAL_TRY(take_outcome(run, history->events[i]));
    return NULL;
}

/* Takes in what that task saw. */
static temporal_error *take_all(temporal_workflow *run, const tp_history *history,
                                const tp_chunk *chunk)
{
    TEMPORAL_TRY(take_in_order(run, history, chunk));
    if (!tp_commands_all_met(run, history->events[chunk->started]->event_id))
        return tp_mismatch_error(&run->mismatch);
    return take_outcomes(run, history, chunk->started);
}

/* The server forgets a task that was made for updates alone when all of them were rejected, and
 * gives its events' ids to others: then the run stands where it stood before. That event, or 0 when
 * the task cannot be undone: something else came in, or the code did something. */
static int64_t find_undo(const temporal_workflow *run, const tp_history *history, size_t started)
{
    if (run->ended || !tp_list_is_empty(&run->commands) || tp_locals_outstanding(run) > 0 ||
        started < history->next + 1 ||
        history->events[started - 1]->event_type != TP_EVENT(WORKFLOW_TASK_SCHEDULED))
        return 0;
    for (size_t i = history->next; i <= started; i++) {
        tp_event_class class = tp_event_classify(history->events[i]);

        if (class != TP_EVENT_TASK && class != TP_EVENT_COMMAND)
            return 0;
    }
    return history->events[started]->event_id - 2;
}

static void run_code(temporal_workflow *run)
{
    if (run->problem || run->ended)
        return;
    tp_scheduler_run(run);
    if (run->ended && !run->problem) {
        tp_handlings_warn(run);
        tp_run_conclude(run);
    }
}

/* What local activities came to in a task that is replayed: its markers stand behind its completed
 * event, among what else its commands became. */
static temporal_error *take_markers(temporal_workflow *run, const tp_history *history,
                                    size_t started)
{
    for (size_t i = started + 1; i < history->count && !run->problem && !run->ended; i++) {
        const tp_event *event = history->events[i];
        tp_event_class class = tp_event_classify(event);
        bool taken;

        if (event->event_type == TP_EVENT(WORKFLOW_TASK_COMPLETED) && i == started + 1)
            continue;
        if (class != TP_EVENT_COMMAND && class != TP_EVENT_IGNORED)
            break;
        TEMPORAL_TRY(tp_machine_local_take_marker(run, event, &taken));
        if (taken)
            run_code(run);
    }
    return NULL;
}

static temporal_error *step(temporal_workflow *run, tp_history *history, const tp_chunk *chunk)
{
    const tp_event *started = history->events[chunk->started];
    int64_t now = tp_message_nanoseconds(started->event_time);

    run->replaying = !chunk->open;
    TEMPORAL_TRY(take_all(run, history, chunk));
    if (run->replaying)
        TEMPORAL_TRY(tp_patches_look_ahead(run, history, chunk->started));
    if (now > run->now) /* the clocks of two servers may disagree */
        run->now = now;
    take_started_task(run, started);
    run_code(run);
    if (!chunk->open)
        TEMPORAL_TRY(take_markers(run, history, chunk->started));
    run->undo_to = chunk->open ? find_undo(run, history, chunk->started) : 0;
    run->last_event = started->event_id;
    run->answered = chunk->open;
    history->next = chunk->started + 1;
    return run->problem;
}

/* What the last task of a history did: its completed event and its commands. What came later is for
 * a task that is still to come. */
static temporal_error *settle(temporal_workflow *run, tp_history *history)
{
    bool settled = false;

    for (; history->next < history->count; history->next++) {
        const tp_event *event = history->events[history->next];

        if (event->event_type == TP_EVENT(WORKFLOW_TASK_COMPLETED))
            settled = true;
        else if (!settled || (tp_event_classify(event) != TP_EVENT_COMMAND &&
                              tp_event_classify(event) != TP_EVENT_IGNORED))
            break;
        TEMPORAL_TRY(take(run, event));
        run->last_event = event->event_id;
        run->answered = false;
    }
    if (settled && !tp_commands_all_met(run, run->last_event))
        return tp_mismatch_error(&run->mismatch);
    return NULL;
}

static temporal_error *play(temporal_workflow *run, tp_history *history, bool may_run,
                            tp_arena *scratch, tp_arena *memory, bool *ran)
{
    tp_chunk chunk;

    while (tp_history_next(history, &chunk) && (may_run || !chunk.open)) {
        temporal_error *error;

        run->scratch = chunk.open ? memory : scratch;
        error = step(run, history, &chunk);
        tp_arena_done(scratch);
        if (error)
            return error;
        if (chunk.open) {
            *ran = true;
            return NULL;
        }
    }
    return settle(run, history);
}

temporal_error *tp_activation_run(temporal_workflow *run, tp_history *history, bool may_run,
                                  tp_arena *scratch, tp_arena *memory, bool *ran)
{
    tp_arena *owner = tp_error_set_owner(&run->arena);
    temporal_error *error;

    *ran = false;
    tp_history_skip(history, run->last_event);
    error = play(run, history, may_run, scratch, memory, ran);
    run->scratch = NULL;
    if (error)
        error = tp_report_error(run, history, error);
    tp_error_set_owner(owner);
    return error;
}

temporal_error *tp_activation_resume(temporal_workflow *run, const tp_local_outcome *outcomes,
                                     size_t count, tp_arena *memory)
{
    tp_arena *owner = tp_error_set_owner(&run->arena);

    run->scratch = memory;
    for (size_t i = 0; i < count && !run->problem && !run->ended; i++)
        if (tp_locals_take_outcome(run, &outcomes[i]))
            run_code(run);
    run->scratch = NULL;
    tp_error_set_owner(owner);
    return run->problem;
}
