/* SPDX-License-Identifier: MIT */
/* workflow/commands.c -- the list of commands, and how history meets it. */
#include "workflow/commands.h"

#include "base/error.h"
#include "workflow/run.h"

void tp_command_init(tp_command *command, const tp_command_type *type)
{
    tp_list_init(&command->link);
    command->type = type;
}

void tp_command_issue(temporal_workflow *run, tp_command *command)
{
    tp_list_append(&run->commands, &command->link);
}

bool tp_command_is_pending(const tp_command *command)
{
    return !tp_list_is_empty(&command->link);
}

void tp_command_withdraw(tp_command *command)
{
    tp_list_remove(&command->link);
}

bool tp_commands_meet(temporal_workflow *run, const tp_event *event)
{
    tp_mismatch *mismatch = &run->mismatch;
    tp_list *link = tp_list_pop(&run->commands);
    tp_command *command;

    if (!link) {
        *mismatch = (tp_mismatch){ .event_id = event->event_id,
                                   .expected = tp_event_describe(&run->arena, event) };
        return false;
    }
    command = tp_list_entry(link, tp_command, link);
    if (command->type->event == event->event_type) {
        const char *difference = command->type->meet(command, event);

        if (!difference)
            return true;
        mismatch->difference = difference;
    }
    mismatch->event_id = event->event_id;
    mismatch->expected = tp_event_describe(&run->arena, event);
    mismatch->actual = command->type->describe(command, &run->arena);
    return false;
}

bool tp_commands_all_met(temporal_workflow *run, int64_t event_id)
{
    tp_command *command;

    if (tp_list_is_empty(&run->commands))
        return true;
    command = tp_list_entry(run->commands.next, tp_command, link);
    run->mismatch = (tp_mismatch){ .event_id = event_id,
                                   .actual = command->type->describe(command, &run->arena) };
    return false;
}

void tp_commands_build(temporal_workflow *run, tp_arena *arena, Tp__Command__Command ***messages,
                       size_t *count)
{
    size_t n = 0;

    for (tp_list *at = run->commands.next; at != &run->commands; at = at->next)
        n++;
    *messages = tp_arena_alloc(arena, (n + 1) * sizeof(**messages));
    *count = n;
    n = 0;
    for (tp_list *at = run->commands.next; at != &run->commands; at = at->next) {
        tp_command *command = tp_list_entry(at, tp_command, link);
        Tp__Command__Command *message = tp_arena_alloc(arena, sizeof(*message));

        tp__command__command__init(message);
        message->command_type = command->type->wire;
        command->type->build(command, arena, message);
        (*messages)[n++] = message;
    }
}

temporal_error *tp_mismatch_error(const tp_mismatch *mismatch)
{
    long long event_id = (long long)mismatch->event_id;

    if (!mismatch->actual)
        return temporal_error_new(
            TEMPORAL_ERROR_NONDETERMINISM,
            "event %lld: history holds %s, but the code did nothing more in that task", event_id,
            mismatch->expected);
    if (!mismatch->expected)
        return temporal_error_new(
            TEMPORAL_ERROR_NONDETERMINISM,
            "event %lld: the code did %s in the task before it, which history does not hold",
            event_id, mismatch->actual);
    if (!mismatch->difference)
        return temporal_error_new(TEMPORAL_ERROR_NONDETERMINISM,
                                  "event %lld: history holds %s, but the code did %s", event_id,
                                  mismatch->expected, mismatch->actual);
    return temporal_error_new(TEMPORAL_ERROR_NONDETERMINISM,
                              "event %lld: history holds %s, but the code did %s: the %s differs",
                              event_id, mismatch->expected, mismatch->actual, mismatch->difference);
}
