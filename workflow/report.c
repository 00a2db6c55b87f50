/* SPDX-License-Identifier: MIT */
/* workflow/report.c -- gathers what a report says; all of it after the fact, from what is there. */
#include "workflow/report.h"

#include "base/error.h"
#include "converter/payload.h"

#define LAST_COMMANDS 8

/* Commands that agreed have become events: they are read from history instead of being written
 * down while it is replayed. */
static void gather_commands(temporal_workflow *run, const tp_history *history, int64_t before,
                            temporal_string_list *commands)
{
    const char **texts = tp_arena_alloc(&run->arena, LAST_COMMANDS * sizeof(*texts));
    size_t first = LAST_COMMANDS;

    for (int64_t id = before - 1; first > 0; id--) {
        const tp_event *event = tp_history_find(history, id);

        if (!event)
            break;
        if (tp_event_classify(event) == TP_EVENT_COMMAND)
            texts[--first] = tp_arena_format(&run->arena, "event %lld: %s", (long long)id,
                                             tp_event_describe(&run->arena, event));
    }
    commands->items = texts + first;
    commands->count = LAST_COMMANDS - first;
}

static void gather_differences(temporal_workflow *run, temporal_nondeterminism *report)
{
    const tp_mismatch *mismatch = &run->mismatch;
    temporal_difference *whole;

    if (mismatch->difference_count > 0) {
        report->differences.items = mismatch->differences;
        report->differences.count = mismatch->difference_count;
        return;
    }
    whole = tp_arena_alloc(&run->arena, sizeof(*whole));
    *whole = (temporal_difference){ "command", report->expected, report->actual };
    report->differences.items = whole;
    report->differences.count = 1;
}

static const char *tell_commands(tp_arena *arena, const temporal_string_list *commands)
{
    const char *text = "; the last commands that agreed: ";

    for (size_t i = 0; i < commands->count; i++)
        text = tp_arena_format(arena, "%s%s%s", text, i > 0 ? ", " : "", commands->items[i]);
    return commands->count > 0 ? text : "";
}

static void attach(temporal_error *error, const temporal_nondeterminism *report)
{
    tp_buffer encoded = { 0 };
    temporal_error *problem = tp_payloads_encode(
        &encoded, &(const temporal_argument){ temporal_nondeterminism_type(), report }, 1);

    if (!problem)
        tp_error_set_details(error, encoded.data, encoded.size);
    temporal_error_free(problem); /* a name that is no UTF-8: the message has to do */
    tp_buffer_done(&encoded);
}

temporal_error *tp_report_error(temporal_workflow *run, const tp_history *history,
                                temporal_error *error)
{
    const tp_mismatch *mismatch = &run->mismatch;
    temporal_nondeterminism report = { .event_id = mismatch->event_id };
    const tp_event *event = tp_history_find(history, mismatch->event_id);
    temporal_error *reported;

    if (temporal_error_get_code(error) != TEMPORAL_ERROR_NONDETERMINISM || mismatch->event_id == 0)
        return error;
    report.event_type = event ? tp_event_name(&run->arena, event) : "";
    report.expected = mismatch->expected ? mismatch->expected : "";
    report.actual = mismatch->actual ? mismatch->actual : "";
    gather_differences(run, &report);
    gather_commands(run, history, mismatch->event_id, &report.last_commands);
    reported =
        temporal_error_new(TEMPORAL_ERROR_NONDETERMINISM, "%s%s", temporal_error_message(error),
                           tell_commands(&run->arena, &report.last_commands));
    attach(reported, &report);
    return reported;
}
