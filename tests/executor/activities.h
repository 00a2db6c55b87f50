/* SPDX-License-Identifier: MIT */
/* tests/executor/activities.h -- activities that behave in every way an activity may, to be run on
 * each executor. They speak to the test through their results and heartbeats alone, since they may
 * run in a process of their own. */
#ifndef TP_TESTS_EXECUTOR_ACTIVITIES_H
#define TP_TESTS_EXECUTOR_ACTIVITIES_H

#include <temporal/temporal.h>

#define BEHAVE_LINE(FIELD)       \
    FIELD(temporal_string, item) \
    FIELD(temporal_double, price)
TEMPORAL_RECORD(behave_line, BEHAVE_LINE)

#define BEHAVE_ORDER(FIELD)          \
    FIELD(temporal_string, customer) \
    FIELD(behave_line_list, lines)
TEMPORAL_RECORD(behave_order, BEHAVE_ORDER)

TEMPORAL_ACTIVITY(behave_total, behave_order, temporal_double)
TEMPORAL_ACTIVITY(behave_square, temporal_int, temporal_int)
TEMPORAL_ACTIVITY(behave_nothing, temporal_none, temporal_none)
TEMPORAL_ACTIVITY(behave_fail, temporal_none, temporal_none)
TEMPORAL_ACTIVITY(behave_bad_result, temporal_none, temporal_double)
TEMPORAL_ACTIVITY(behave_later, temporal_none, temporal_none)
TEMPORAL_ACTIVITY(behave_info, temporal_none, temporal_string)
TEMPORAL_ACTIVITY(behave_memory, temporal_int, temporal_string)
TEMPORAL_ACTIVITY(behave_threads, temporal_int, temporal_int)

/* Beats "ready", waits to be cancelled, beats the reason's name, and ends as cancelled. */
TEMPORAL_ACTIVITY(behave_until_cancelled, temporal_none, temporal_none)
/* Beats "ready", waits to be cancelled, and fails for a reason of its own. */
TEMPORAL_ACTIVITY(behave_fail_when_cancelled, temporal_none, temporal_none)
/* Beats "ready", waits to be cancelled, and completes all the same. */
TEMPORAL_ACTIVITY(behave_ignore_cancellation, temporal_none, temporal_string)
/* Beats "ready", waits to be cancelled, and tells when it began and ended. */
#define BEHAVE_SPAN(FIELD)     \
    FIELD(temporal_int, begin) \
    FIELD(temporal_int, end)
TEMPORAL_RECORD(behave_span, BEHAVE_SPAN)
TEMPORAL_ACTIVITY(behave_tell_span, temporal_none, behave_span)
/* Ends as cancelled although nobody asked. */
TEMPORAL_ACTIVITY(behave_pretend_cancelled, temporal_none, temporal_none)
/* Beats "ready" and sleeps. */
TEMPORAL_ACTIVITY(behave_sleep, temporal_double, temporal_string)
TEMPORAL_ACTIVITY(behave_brief_waits, temporal_none, temporal_string)
/* Beats "ready" and waits for the worker's shutdown. */
TEMPORAL_ACTIVITY(behave_until_shutdown, temporal_none, temporal_string)
/* Beats 1, waits for one, beats 2, waits for the other, beats 3. */
TEMPORAL_ACTIVITY(behave_shutdown_then_cancel, temporal_none, temporal_none)
TEMPORAL_ACTIVITY(behave_cancel_then_shutdown, temporal_none, temporal_none)

/* Beats 1 to n. */
TEMPORAL_ACTIVITY(behave_beat, temporal_int, temporal_none)
TEMPORAL_ACTIVITY(behave_beat_then_fail, temporal_int, temporal_none)
TEMPORAL_ACTIVITY(behave_beat_several, temporal_none, temporal_none)
TEMPORAL_ACTIVITY(behave_beat_badly, temporal_none, temporal_string)
TEMPORAL_ACTIVITY(behave_beat_nothing, temporal_none, temporal_none)
/* What the attempt before had beaten: a number and a text. */
TEMPORAL_ACTIVITY(behave_before, temporal_none, temporal_string)

/* With a state: how often it was called, from 101. */
TEMPORAL_ACTIVITY(behave_count, temporal_none, temporal_int)
/* With a state that cannot be made. */
TEMPORAL_ACTIVITY(behave_no_state, temporal_none, temporal_none)

extern const temporal_activity_def *const behave_any; /* every other type: sums its arguments */
extern const temporal_activity_def *const *const behave_all;

#endif
