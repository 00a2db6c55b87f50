/* SPDX-License-Identifier: MIT */
/* drive.c -- see drive.h. */
#include "drive.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/message.h"
#include "converter/failure.h"

/* --- notes -------------------------------------------------------------------------------- */

static tp_buffer noted;

void note(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    if (noted.size > 0)
        tp_buffer_append_text(&noted, "; ");
    tp_buffer_append_text(&noted, text);
    free(text);
}

const char *notes(void)
{
    *tp_buffer_reserve(&noted, 1) = 0;
    return (const char *)noted.data;
}

void notes_clear(void)
{
    tp_buffer_done(&noted);
}

/* --- telling ------------------------------------------------------------------------------ */

const char *tell_payloads(tp_arena *arena, const Tp__Common__Payloads *payloads)
{
    if (!payloads || payloads->n_payloads == 0)
        return "-";
    return tp_arena_strndup(arena, (const char *)payloads->payloads[0]->data.data,
                            payloads->payloads[0]->data.len);
}

static char *tell_failure(tp_arena *arena, const Tp__Failure__Failure *failure)
{
    const char *type =
        failure->failure_info_case == TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO
            ? failure->application_failure_info->type
        : failure->failure_info_case == TP__FAILURE__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO
            ? "(canceled)"
        : failure->failure_info_case == TP__FAILURE__FAILURE__FAILURE_INFO_ACTIVITY_FAILURE_INFO
            ? "(activity)"
        : failure->failure_info_case ==
                TP__FAILURE__FAILURE__FAILURE_INFO_CHILD_WORKFLOW_EXECUTION_FAILURE_INFO
            ? "(child)"
            : "(other)";
    char *text = tp_arena_format(arena, "%s: %s", type, failure->message);

    return failure->cause
               ? tp_arena_format(arena, "%s <- %s", text, tell_failure(arena, failure->cause))
               : text;
}

#define COMMAND(name) TP__COMMAND__COMMAND__ATTRIBUTES_##name##_COMMAND_ATTRIBUTES

static bool brief_markers; /* by scenario.local */

static char *tell_marker(tp_arena *arena, const Tp__Command__RecordMarkerCommandAttributes *marker)
{
    if (brief_markers)
        return tp_arena_format(arena, "marker %s",
                               !marker->failure ? "ok"
                               : marker->failure->failure_info_case ==
                                       TP__FAILURE__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO
                                   ? "cancelled"
                                   : "failed");
    return tp_arena_format(
        arena, "marker %s %s %s%s%s", marker->marker_name,
        marker->n_details > 0 ? tell_payloads(arena, marker->details[0]->value) : "-",
        marker->n_details > 1 ? tell_payloads(arena, marker->details[1]->value) : "-",
        marker->failure ? " " : "", marker->failure ? tell_failure(arena, marker->failure) : "");
}

/* Of commands about other workflows. */
static char *tell_other(tp_arena *arena, const Tp__Command__Command *command)
{
    switch ((int)command->attributes_case) {
    case COMMAND(START_CHILD_WORKFLOW_EXECUTION): {
        const Tp__Command__StartChildWorkflowExecutionCommandAttributes *child =
            command->start_child_workflow_execution_command_attributes;

        return tp_arena_format(arena, "child %s %s %s", child->workflow_type->name,
                               child->workflow_id, tell_payloads(arena, child->input));
    }
    case COMMAND(SIGNAL_EXTERNAL_WORKFLOW_EXECUTION): {
        const Tp__Command__SignalExternalWorkflowExecutionCommandAttributes *sent =
            command->signal_external_workflow_execution_command_attributes;

        return tp_arena_format(arena, "signal %s%s%s %s %s", sent->execution->workflow_id,
                               *sent->execution->run_id ? "/" : "", sent->execution->run_id,
                               sent->signal_name, tell_payloads(arena, sent->input));
    }
    case COMMAND(REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION): {
        const Tp__Command__RequestCancelExternalWorkflowExecutionCommandAttributes *request =
            command->request_cancel_external_workflow_execution_command_attributes;

        return tp_arena_format(arena, "cancel %s%s%s", request->workflow_id,
                               *request->run_id ? "/" : "", request->run_id);
    }
    case COMMAND(RECORD_MARKER):
        return tell_marker(arena, command->record_marker_command_attributes);
    default:
        return tell_record(arena, command);
    }
}

static char *tell_command(tp_arena *arena, const Tp__Command__Command *command)
{
    switch ((int)command->attributes_case) {
    case COMMAND(SCHEDULE_ACTIVITY_TASK): {
        const Tp__Command__ScheduleActivityTaskCommandAttributes *activity =
            command->schedule_activity_task_command_attributes;

        return tp_arena_format(arena, "activity %s %s %s", activity->activity_type->name,
                               activity->activity_id, tell_payloads(arena, activity->input));
    }
    case COMMAND(REQUEST_CANCEL_ACTIVITY_TASK):
        return tp_arena_format(arena, "request-cancel %lld",
                               (long long)command->request_cancel_activity_task_command_attributes
                                   ->scheduled_event_id);
    case COMMAND(START_TIMER): {
        const Tp__Pb__Duration *time =
            command->start_timer_command_attributes->start_to_fire_timeout;

        return tp_arena_format(arena, "timer %s %gs",
                               command->start_timer_command_attributes->timer_id,
                               (double)time->seconds + (double)time->nanos / 1e9);
    }
    case COMMAND(CANCEL_TIMER):
        return tp_arena_format(arena, "cancel-timer %s",
                               command->cancel_timer_command_attributes->timer_id);
    case COMMAND(COMPLETE_WORKFLOW_EXECUTION):
        return tp_arena_format(
            arena, "complete %s",
            tell_payloads(arena, command->complete_workflow_execution_command_attributes->result));
    case COMMAND(FAIL_WORKFLOW_EXECUTION):
        return tp_arena_format(
            arena, "fail %s",
            tell_failure(arena, command->fail_workflow_execution_command_attributes->failure));
    case COMMAND(CANCEL_WORKFLOW_EXECUTION):
        return tp_arena_strdup(arena, "cancel");
    case COMMAND(CONTINUE_AS_NEW_WORKFLOW_EXECUTION): {
        const Tp__Command__ContinueAsNewWorkflowExecutionCommandAttributes *next =
            command->continue_as_new_workflow_execution_command_attributes;

        return tp_arena_format(arena, "continue %s %s", next->workflow_type->name,
                               tell_payloads(arena, next->input));
    }
    default:
        return tell_other(arena, command);
    }
}

static void *unpack(tp_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                    const Tp__Protocol__Message *message)
{
    void *unpacked = tp_message_unpack(
        arena, descriptor, (tp_bytes){ message->body->value.data, message->body->value.len });

    assert_non_null(unpacked);
    return unpacked;
}

/* What was said about an update. */
static char *tell_message(tp_arena *arena, const Tp__Protocol__Message *message)
{
    const char *kind = strrchr(message->body->type_url, '.') + 1;
    const Tp__Update__Rejection *rejection;
    const Tp__Update__Response *response;

    if (strcmp(kind, "Acceptance") == 0)
        return tp_arena_format(arena, "accept %s", message->protocol_instance_id);
    if (strcmp(kind, "Rejection") == 0) {
        rejection = unpack(arena, &tp__update__rejection__descriptor, message);
        return tp_arena_format(arena, "reject %s %s", message->protocol_instance_id,
                               tell_failure(arena, rejection->failure));
    }
    response = unpack(arena, &tp__update__response__descriptor, message);
    assert_string_equal(response->meta->update_id, message->protocol_instance_id);
    if (response->outcome->value_case == TP__UPDATE__OUTCOME__VALUE_FAILURE)
        return tp_arena_format(arena, "update %s failed %s", message->protocol_instance_id,
                               tell_failure(arena, response->outcome->failure));
    return tp_arena_format(arena, "update %s ok %s", message->protocol_instance_id,
                           tell_payloads(arena, response->outcome->success));
}

/* Rejections are messages that no command stands for. */
static char *tell_rejections(tp_arena *arena, const tp_answer *answer, char *text)
{
    for (size_t i = 0; i < answer->completed.n_messages; i++) {
        const Tp__Protocol__Message *message = answer->completed.messages[i];

        if (strstr(message->body->type_url, "Rejection"))
            text = tp_arena_format(arena, "%s%s%s", text, *text ? ", " : "",
                                   tell_message(arena, message));
    }
    return text;
}

char *tell_commands(tp_arena *arena, const tp_answer *answer)
{
    char *text = tp_arena_strdup(arena, "");

    if (answer->kind == TP_ANSWER_FAILED)
        return tp_arena_format(arena, "TASK FAILED: %s", answer->failed.failure->message);
    if (answer->kind != TP_ANSWER_COMPLETED)
        return tp_arena_format(arena, "answer of kind %d", (int)answer->kind);
    for (size_t i = 0; i < answer->completed.n_commands; i++) {
        const Tp__Protocol__Message *message =
            history_message_of(answer, answer->completed.commands[i]);

        text = tp_arena_format(arena, "%s%s%s", text, i > 0 ? ", " : "",
                               message ? tell_message(arena, message)
                                       : tell_command(arena, answer->completed.commands[i]));
    }
    return tell_rejections(arena, answer, text);
}

const char *tell_query(tp_arena *arena, const tp_answer *answer)
{
    if (answer->kind != TP_ANSWER_QUERY)
        return tell_commands(arena, answer);
    if (answer->query.completed_type == TP__ENUMS__QUERY_RESULT_TYPE__QUERY_RESULT_TYPE_ANSWERED)
        return tp_arena_format(arena, "ok %s", tell_payloads(arena, answer->query.query_result));
    return tp_arena_format(arena, "failed %s", answer->query.error_message);
}

/* --- driving ------------------------------------------------------------------------------ */

tp_engine *make_engine(const temporal_workflow_def *def, size_t max_cached)
{
    static const temporal_workflow_def *slots[16][2]; /* definitions live as long as the engine */
    static size_t used;
    const temporal_workflow_def **definitions = slots[used++ % 16];
    tp_engine *engine;

    definitions[0] = def;
    assert_null(tp_engine_new(&engine, &(tp_engine_options){ .definitions = definitions,
                                                             .namespace_name = "default",
                                                             .task_queue = "queue",
                                                             .max_cached = max_cached }));
    return engine;
}

static void assert_same(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    size_t size = protobuf_c_message_get_packed_size(a);
    uint8_t *packed = tp_alloc(2 * size + 1);

    assert_int_equal(size, protobuf_c_message_get_packed_size(b));
    protobuf_c_message_pack(a, packed);
    protobuf_c_message_pack(b, packed + size);
    assert_memory_equal(packed, packed + size, size);
    tp_free(packed);
}

static void assert_same_commands(const tp_answer *left, const tp_answer *right)
{
    assert_int_equal(left->kind, right->kind);
    assert_int_equal(left->completed.n_commands, right->completed.n_commands);
    for (size_t i = 0; i < left->completed.n_commands; i++)
        assert_same(&left->completed.commands[i]->base, &right->completed.commands[i]->base);
    assert_int_equal(left->completed.n_messages, right->completed.n_messages);
    for (size_t i = 0; i < left->completed.n_messages; i++)
        assert_same(&left->completed.messages[i]->base, &right->completed.messages[i]->base);
}

/* The local activity that an engine had begun last. */
typedef struct local_begun {
    uint32_t seq;
    int32_t attempt;
    int64_t scheduled;
} local_begun;

/* The three ways, task by task. */
typedef struct ways {
    const scenario *story;
    tp_engine *keeping, *losing, *last;
    local_begun kept_local, lost_local;
    tp_arena arena; /* of what is told */
    char *commands, *kept_notes;
} ways;

/* "start slow, cancel slow" behind what was ordered before; notes when one began. */
static char *tell_orders(tp_arena *arena, char *text, const tp_answer *answer, local_begun *begun)
{
    static const char *const verbs[] = { "start", "cancel", "stop", "forget" };

    for (size_t i = 0; i < answer->order_count; i++) {
        const tp_local_order *order = &answer->orders[i];

        if (order->verb == TP_LOCAL_START)
            *begun = (local_begun){ order->seq, order->attempt, order->scheduled };
        text = tp_arena_format(arena, "%s%s%s %u", text, *text ? ", " : "", verbs[order->verb],
                               (unsigned)order->seq);
    }
    return text;
}

/* The outcome comes now, whenever the engine had it begun. */
static void resume(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                   int64_t now, const local_begun *begun, local_step step, tp_answer *answer)
{
    tp_local_outcome outcome = { .seq = begun->seq,
                                 .attempt = begun->attempt,
                                 .runtime = now - begun->scheduled };
    temporal_error *error = step == LOCAL_CANCELLED ? tp_error_fixed(TEMPORAL_ERROR_CANCELLED)
                                                    : temporal_error_application("Fell", "over");
    tp_buffer body = { 0 };

    if (step == LOCAL_CANCELLED || step == LOCAL_BACKS_OFF) {
        outcome.end = step == LOCAL_CANCELLED ? TP_LOCAL_CANCELLED : TP_LOCAL_FAILED;
        outcome.backoff = step == LOCAL_BACKS_OFF ? 60 : 0;
        tp_failure_encode(&body, error);
    }
    outcome.body = tp_buffer_bytes(&body);
    tp_engine_resume(engine, task, &outcome, step == LOCAL_OVERDUE ? 0 : 1, step == LOCAL_OVERDUE,
                     answer);
    tp_buffer_done(&body);
    temporal_error_free(error);
}

/* The whole task, with what becomes of its local activities; the orders are told. */
static char *activate(ways *all, tp_engine *engine, local_begun *begun, history_builder *history,
                      size_t n, int64_t first_event, tp_answer *answer)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task = history_poll(history, first_event);
    char *orders;

    tp_engine_activate(engine, task, answer);
    orders = tell_orders(&all->arena, tp_arena_strdup(&all->arena, ""), answer, begun);
    for (size_t step = 0; answer->kind == TP_ANSWER_LOCAL && all->story->local; step++) {
        resume(engine, task, history->now * INT64_C(1000000000), begun, all->story->local(n, step),
               answer);
        orders = tell_orders(&all->arena, orders, answer, begun);
    }
    return orders;
}

/* The engine that loses everything sees all of history: its notes must be all notes so far. */
static void lose(ways *all, history_builder *history, size_t n, const tp_answer *kept)
{
    tp_answer answer;

    notes_clear();
    (void)activate(all, all->losing, &all->lost_local, history, n, 1, &answer);
    assert_same_commands(kept, &answer);
    assert_string_equal(notes(), all->kept_notes);
    tp_answer_done(&answer);
    tp_engine_evict(all->losing, RUN_ID);
    assert_int_equal(tp_engine_cached(all->losing), 0);
}

static bool one_task(ways *all, history_builder *history, size_t n, int64_t *next_event)
{
    tp_answer answer;
    const char *orders, *commands;
    bool over;

    history_task(history);
    notes_clear();
    if (*all->kept_notes)
        note("%s", all->kept_notes);
    orders = activate(all, all->keeping, &all->kept_local, history, n, *next_event, &answer);
    all->kept_notes = tp_arena_strdup(&all->arena, notes());
    commands = tell_commands(&all->arena, &answer);
    if (*orders)
        commands = tp_arena_format(&all->arena, "[%s]%s%s", orders, *commands ? " " : "", commands);
    all->commands =
        tp_arena_format(&all->arena, "%s%s%s", all->commands, n > 0 ? " | " : "", commands);
    over = answer.kind != TP_ANSWER_COMPLETED || answer.run_ended;
    if (answer.kind == TP_ANSWER_COMPLETED) {
        lose(all, history, n, &answer);
        assert_int_equal(tp_engine_cached(all->keeping), answer.run_ended ? 0 : 1);
        *next_event = (int64_t)history->count + 1;
        history_take_answer(history, &answer);
    }
    tp_answer_done(&answer);
    return !over;
}

static void replay(const ways *all, history_builder *history)
{
    tp_answer answer;

    tp_engine_activate(all->last, history_query(history, 1, "no such query", NULL), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_QUERY);
    if (answer.query.completed_type == TP__ENUMS__QUERY_RESULT_TYPE__QUERY_RESULT_TYPE_FAILED &&
        !strstr(answer.query.error_message, "has no query"))
        fail_msg("the replay of everything failed: %s", answer.query.error_message);
    tp_answer_done(&answer);
}

void drive_history(const scenario *story, history_builder *history)
{
    ways all = { .story = story,
                 .keeping = make_engine(story->def, 8),
                 .losing = make_engine(story->def, 8),
                 .last = make_engine(story->def, 8) };
    int64_t next_event = 1;
    bool failed;

    brief_markers = story->local != NULL;
    tp_arena_init(&all.arena);
    all.commands = all.kept_notes = tp_arena_strdup(&all.arena, "");
    history_init(history, story->def->name ? story->def->name : "anything", story->input);
    for (size_t n = 0; !story->script || story->script(history, n); n++) {
        if (!one_task(&all, history, n, &next_event))
            break;
        assert_true(n < 1000);
    }
    failed = strstr(all.commands, "TASK FAILED") != NULL;
    if (story->commands)
        assert_string_equal(all.commands, story->commands);
    if (story->notes)
        assert_string_equal(all.kept_notes, story->notes);
    if (!failed)
        replay(&all, history);
    tp_engine_free(all.keeping);
    tp_engine_free(all.losing);
    tp_engine_free(all.last);
    tp_arena_done(&all.arena);
    notes_clear();
}

void drive(const scenario *story)
{
    history_builder history;

    drive_history(story, &history);
    history_done(&history);
}

void expect_failure(tp_engine *engine, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                    const char *text)
{
    tp_answer answer;

    tp_engine_activate(engine, task, &answer);
    assert_int_equal(answer.kind, TP_ANSWER_FAILED);
    if (!strstr(answer.failed.failure->message, text))
        fail_msg("\"%s\" does not say \"%s\"", answer.failed.failure->message, text);
    assert_int_equal(tp_engine_cached(engine), 0);
    tp_answer_done(&answer);
}
