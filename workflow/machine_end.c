/* SPDX-License-Identifier: MIT */
/* workflow/machine_end.c -- CompleteWorkflowExecution, FailWorkflowExecution,
 * CancelWorkflowExecution, ContinueAsNewWorkflowExecution. */
#include "workflow/machine_end.h"

#include "base/clock.h"
#include "base/error.h"
#include "converter/entries.h"
#include "converter/failure.h"
#include "converter/message.h"
#include "converter/payload.h"
#include "converter/text.h"
#include "workflow/run.h"

typedef Tp__Command__ContinueAsNewWorkflowExecutionCommandAttributes continue_attributes;

bool tp_end_classify(const temporal_error *error, bool cancel_requested, tp_end_kind *kind)
{
    temporal_error_code code = temporal_error_get_code(error);
    const temporal_error *cause = temporal_error_cause(error);

    if ((code == TEMPORAL_ERROR_ACTIVITY || code == TEMPORAL_ERROR_CHILD_WORKFLOW) &&
        temporal_error_get_code(cause) == TEMPORAL_ERROR_CANCELLED && cancel_requested)
        code = TEMPORAL_ERROR_CANCELLED;
    *kind = TP_END_FAIL;
    if (!error)
        *kind = TP_END_COMPLETE;
    else if (code == TEMPORAL_ERROR_CONTINUE_AS_NEW)
        *kind = TP_END_CONTINUE_AS_NEW;
    else if (code == TEMPORAL_ERROR_CANCELLED && cancel_requested)
        *kind = TP_END_CANCEL;
    else
        return code == TEMPORAL_ERROR_APPLICATION || code == TEMPORAL_ERROR_ACTIVITY ||
               code == TEMPORAL_ERROR_CHILD_WORKFLOW || code == TEMPORAL_ERROR_CANCELLED ||
               code == TEMPORAL_ERROR_TIMEOUT || code == TEMPORAL_ERROR_TERMINATED ||
               code == TEMPORAL_ERROR_SERVER || code == TEMPORAL_ERROR_WORKFLOW ||
               code == TEMPORAL_ERROR_ALREADY_STARTED || code == TEMPORAL_ERROR_NOT_FOUND;
    return true;
}

static void build_complete(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const tp_end *end = tp_list_entry(command, tp_end, command);
    Tp__Command__CompleteWorkflowExecutionCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    tp__command__complete_workflow_execution_command_attributes__init(attributes);
    attributes->result = end->result;
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_COMPLETE_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    message->complete_workflow_execution_command_attributes = attributes;
}

static void build_fail(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const tp_end *end = tp_list_entry(command, tp_end, command);
    Tp__Command__FailWorkflowExecutionCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));
    tp_arena *owner = tp_error_set_owner(arena); /* the failure may borrow from the error */

    tp__command__fail_workflow_execution_command_attributes__init(attributes);
    attributes->failure = tp_failure_from_error(arena, tp_error_copy(end->error));
    tp_error_set_owner(owner);
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_FAIL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    message->fail_workflow_execution_command_attributes = attributes;
}

static void build_cancel(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    Tp__Command__CancelWorkflowExecutionCommandAttributes *attributes =
        tp_arena_alloc(arena, sizeof(*attributes));

    (void)command;
    tp__command__cancel_workflow_execution_command_attributes__init(attributes);
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_CANCEL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    message->cancel_workflow_execution_command_attributes = attributes;
}

static void build_continue(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const tp_end *end = tp_list_entry(command, tp_end, command);
    const tp_run_inheritance *inherited = &end->run->inherited;
    continue_attributes *attributes = tp_message_unpack(
        arena, &tp__command__continue_as_new_workflow_execution_command_attributes__descriptor,
        end->error->payload);

    if (!attributes) /* an error of that code which did not come from tp_end_continue */
        attributes = tp_arena_alloc(arena, sizeof(*attributes));
    if (!attributes->base.descriptor)
        tp__command__continue_as_new_workflow_execution_command_attributes__init(attributes);
    attributes->initiator =
        TP__ENUMS__CONTINUE_AS_NEW_INITIATOR__CONTINUE_AS_NEW_INITIATOR_WORKFLOW;
    /* The server passes none of these on by itself. */
    if (!attributes->retry_policy && inherited->retry_policy)
        attributes->retry_policy = tp_message_copy(arena, &inherited->retry_policy->base);
    if (!attributes->memo)
        attributes->memo = tp_store_memo(&inherited->memo, arena);
    if (!attributes->search_attributes)
        attributes->search_attributes = tp_store_attributes(&inherited->search_attributes, arena);
    message->attributes_case =
        TP__COMMAND__COMMAND__ATTRIBUTES_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    message->continue_as_new_workflow_execution_command_attributes = attributes;
}

/* Ends are compared by their kind only: what a run returns may change with a new version of its
 * code. */
static const char *meet(tp_command *command, const tp_event *event)
{
    (void)command;
    (void)event;
    return NULL;
}

#define DESCRIBE(kind, text)                                           \
    static char *describe_##kind(tp_command *command, tp_arena *arena) \
    {                                                                  \
        (void)command;                                                 \
        return tp_arena_strdup(arena, text);                           \
    }
DESCRIBE(complete, "CompleteWorkflowExecution")
DESCRIBE(fail, "FailWorkflowExecution")
DESCRIBE(cancel, "CancelWorkflowExecution")
DESCRIBE(continue, "ContinueAsNewWorkflowExecution")

static const tp_command_type types[] = {
    [TP_END_COMPLETE] = { .wire = TP_COMMAND(COMPLETE_WORKFLOW_EXECUTION),
                          .event = TP_EVENT(WORKFLOW_EXECUTION_COMPLETED),
                          .build = build_complete,
                          .meet = meet,
                          .describe = describe_complete },
    [TP_END_FAIL] = { .wire = TP_COMMAND(FAIL_WORKFLOW_EXECUTION),
                      .event = TP_EVENT(WORKFLOW_EXECUTION_FAILED),
                      .build = build_fail,
                      .meet = meet,
                      .describe = describe_fail },
    [TP_END_CANCEL] = { .wire = TP_COMMAND(CANCEL_WORKFLOW_EXECUTION),
                        .event = TP_EVENT(WORKFLOW_EXECUTION_CANCELED),
                        .build = build_cancel,
                        .meet = meet,
                        .describe = describe_cancel },
    [TP_END_CONTINUE_AS_NEW] = { .wire = TP_COMMAND(CONTINUE_AS_NEW_WORKFLOW_EXECUTION),
                                 .event = TP_EVENT(WORKFLOW_EXECUTION_CONTINUED_AS_NEW),
                                 .build = build_continue,
                                 .meet = meet,
                                 .describe = describe_continue },
};

void tp_end_issue(temporal_workflow *run, tp_end_kind kind, Tp__Common__Payloads *result,
                  const temporal_error *error)
{
    run->end.run = run;
    run->end.result = result;
    run->end.error = error;
    tp_command_init(&run->end.command, &types[kind]);
    tp_command_issue(run, &run->end.command);
}

static temporal_error *check(const temporal_continue_options *options)
{
    TEMPORAL_TRY(tp_text_check_optional(options->workflow, "continue as new", "workflow"));
    TEMPORAL_TRY(tp_text_check_optional(options->task_queue, "continue as new", "task_queue"));
    TEMPORAL_TRY(tp_clock_check(options->run_timeout, "continue as new: run_timeout"));
    TEMPORAL_TRY(tp_clock_check(options->task_timeout, "continue as new: task_timeout"));
    return options->retry ? tp_message_check_retry(options->retry, "continue as new: retry") : NULL;
}

/* A list that is empty is not the same as none: the next run gets nothing. */
static temporal_error *make_entries(tp_arena *arena, const temporal_continue_options *options,
                                    continue_attributes *attributes)
{
    TEMPORAL_TRY(tp_entries_memo(arena, options->memo, "continue as new", &attributes->memo));
    TEMPORAL_TRY(tp_entries_search_attributes(arena, options->search_attributes, "continue as new",
                                              &attributes->search_attributes));
    if (options->memo && !attributes->memo) {
        attributes->memo = tp_arena_alloc(arena, sizeof(*attributes->memo));
        tp__common__memo__init(attributes->memo);
    }
    if (options->search_attributes && !attributes->search_attributes) {
        attributes->search_attributes =
            tp_arena_alloc(arena, sizeof(*attributes->search_attributes));
        tp__common__search_attributes__init(attributes->search_attributes);
    }
    return NULL;
}

temporal_error *tp_end_continue(temporal_workflow *run, const temporal_argument *inputs,
                                size_t input_count, const temporal_continue_options *options)
{
    tp_arena *arena = &run->arena;
    continue_attributes *attributes = tp_arena_alloc(arena, sizeof(*attributes));
    Tp__Common__WorkflowType *type = tp_arena_alloc(arena, sizeof(*type));
    Tp__Taskqueue__TaskQueue *queue = tp_arena_alloc(arena, sizeof(*queue));
    tp_buffer packed = { 0 };
    temporal_error *error;

    TEMPORAL_TRY(check(options));
    tp__common__workflow_type__init(type);
    tp__taskqueue__task_queue__init(queue);
    tp__command__continue_as_new_workflow_execution_command_attributes__init(attributes);
    type->name =
        tp_arena_strdup(arena, options->workflow ? options->workflow : run->info.workflow_type);
    queue->name =
        tp_arena_strdup(arena, options->task_queue ? options->task_queue : run->info.task_queue);
    attributes->workflow_type = type;
    attributes->task_queue = queue;
    attributes->workflow_run_timeout = tp_message_duration(arena, options->run_timeout);
    attributes->workflow_task_timeout = tp_message_duration(arena, options->task_timeout);
    attributes->retry_policy = tp_message_retry(arena, options->retry);
    TEMPORAL_TRY(tp_payloads_make(arena, inputs, input_count, &attributes->input));
    TEMPORAL_TRY(make_entries(arena, options, attributes));

    tp_message_pack(&packed, &attributes->base);
    error = temporal_error_new(TEMPORAL_ERROR_CONTINUE_AS_NEW, "continue as new: %s", type->name);
    error->payload = (tp_bytes){ tp_arena_memdup(arena, packed.data, packed.size), packed.size };
    tp_buffer_done(&packed);
    return error;
}
