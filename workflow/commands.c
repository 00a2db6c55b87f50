/* SPDX-License-Identifier: MIT */
/* workflow/commands.c -- the list of commands, and how history meets it. */
#include "workflow/commands.h"

#include <stdio.h>
#include <string.h>

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

void tp_compare(tp_comparison *comparison, const char *name, const char *expected,
                const char *actual)
{
    expected = expected ? expected : "";
    actual = actual ? actual : "";
    if (strcmp(expected, actual) != 0 && comparison->count < TP_DIFFERENCES)
        comparison->items[comparison->count++] = (temporal_difference){ name, expected, actual };
}

void tp_compare_number(tp_comparison *comparison, const char *name, int64_t expected,
                       int64_t actual)
{
    if (expected == actual)
        return;
    (void)snprintf(comparison->numbers[0], sizeof(comparison->numbers[0]), "%lld",
                   (long long)expected);
    (void)snprintf(comparison->numbers[1], sizeof(comparison->numbers[1]), "%lld",
                   (long long)actual);
    tp_compare(comparison, name, comparison->numbers[0], comparison->numbers[1]);
}

/* True: it did, and there is nothing in comparison. */
static bool meet(tp_command *command, const tp_event *event, tp_comparison *comparison)
{
    const tp_command_type *type = command->type;
    const char *difference;

    if (type->compare)
        type->compare(command, event, comparison);
    if (comparison->count > 0)
        return false;
    difference = type->meet(command, event);
    if (difference)
        comparison->items[comparison->count++] = (temporal_difference){ .name = difference };
    return !difference;
}

/* What is compared lives as long as the command and the event. */
static void keep(temporal_workflow *run, const tp_comparison *comparison)
{
    tp_mismatch *mismatch = &run->mismatch;

    if (comparison->count == 0)
        return;
    mismatch->difference_count = comparison->count;
    mismatch->differences =
        tp_arena_alloc(&run->arena, comparison->count * sizeof(*mismatch->differences));
    for (size_t i = 0; i < comparison->count; i++) {
        const temporal_difference *item = &comparison->items[i];

        mismatch->differences[i] = (temporal_difference){
            .name = item->name,
            .expected =
                item->expected ? tp_arena_strdup(&run->arena, item->expected) : mismatch->expected,
            .actual = item->actual ? tp_arena_strdup(&run->arena, item->actual) : mismatch->actual,
        };
    }
}

bool tp_commands_meet(temporal_workflow *run, const tp_event *event)
{
    tp_mismatch *mismatch = &run->mismatch;
    tp_list *link = tp_list_pop(&run->commands);
    tp_comparison comparison = { .count = 0 };
    tp_command *command;

    if (!link) {
        *mismatch = (tp_mismatch){ .event_id = event->event_id,
                                   .expected = tp_event_describe(&run->arena, event) };
        return false;
    }
    command = tp_list_entry(link, tp_command, link);
    if (command->type->event == event->event_type && meet(command, event, &comparison))
        return true;
    mismatch->event_id = event->event_id;
    mismatch->expected = tp_event_describe(&run->arena, event);
    mismatch->actual = command->type->describe(command, &run->arena);
    keep(run, &comparison);
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

/* "activity type differs", "activity type and the activity id differ" */
static const char *tell_differences(tp_arena *arena, const tp_mismatch *mismatch)
{
    const char *text = mismatch->differences[0].name;

    for (size_t i = 1; i < mismatch->difference_count; i++)
        text = tp_arena_format(arena, "%s%s%s", text,
                               i + 1 == mismatch->difference_count ? " and the " : ", the ",
                               mismatch->differences[i].name);
    return tp_arena_format(arena, "%s differ%s", text, mismatch->difference_count == 1 ? "s" : "");
}

temporal_error *tp_mismatch_error(const tp_mismatch *mismatch)
{
    long long event_id = (long long)mismatch->event_id;
    temporal_error *error;
    tp_arena scratch;

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
    if (mismatch->difference_count == 0)
        return temporal_error_new(TEMPORAL_ERROR_NONDETERMINISM,
                                  "event %lld: history holds %s, but the code did %s", event_id,
                                  mismatch->expected, mismatch->actual);
    tp_arena_init(&scratch);
    error = temporal_error_new(
        TEMPORAL_ERROR_NONDETERMINISM, "event %lld: history holds %s, but the code did %s: the %s",
        event_id, mismatch->expected, mismatch->actual, tell_differences(&scratch, mismatch));
    tp_arena_done(&scratch);
    return error;
}
