/* SPDX-License-Identifier: MIT */
/* test_local.c -- local activities: orders, outcomes, markers, and their replay. */
#include "drive.h"

#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "converter/failure.h"
#include "converter/payload.h"

#define LOCAL(...)                    \
    (&(const temporal_local_options){ \
        .struct_size = sizeof(temporal_local_options), .start_to_close_timeout = 5, __VA_ARGS__ })

static const temporal_string hi = "hi";

static temporal_future *begin(temporal_workflow *run, const char *type,
                              const temporal_local_options *options)
{
    return temporal_workflow_start_local_activity(run, type, ARGUMENT(temporal_string, &hi), 1,
                                                  options);
}

/* One local activity; its result is the run's. */
static temporal_error *one(temporal_workflow *run, void *self, const void *input, void *output)
{
    int64_t before = temporal_workflow_now(run);
    temporal_error *error;

    (void)self, (void)input;
    error = temporal_workflow_execute_local_activity(run, "say", ARGUMENT(temporal_string, &hi), 1,
                                                     temporal_string_type(), output, LOCAL(0));
    note("%g s later: %s", (double)(temporal_workflow_now(run) - before) / 1e9,
         error ? temporal_error_message(error) : *(temporal_string *)output);
    return error;
}

static temporal_error *peek(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)run, (void)self, (void)input;
    *(temporal_string *)output = "peeked";
    return TEMPORAL_OK;
}
HANDLER(peek, "peek", QUERY, temporal_none, temporal_string)
WORKFLOW(one, char, temporal_none, temporal_string, &peek_def, NULL)

typedef struct fixture {
    tp_engine *engine;
    history_builder history;
    tp_arena arena;
    Tp__Ws__PollWorkflowTaskQueueResponse *task;
    tp_answer answer;
    bool open; /* answer is to be done */
    int64_t next_event;
} fixture;

static void begin_with(fixture *self, const temporal_workflow_def *def)
{
    self->engine = make_engine(def, 1);
    history_init(&self->history, def->name, NULL);
    self->next_event = 1;
    notes_clear();
}

static int set_up(void **state)
{
    fixture *self = test_calloc(1, sizeof(*self));

    tp_arena_init(&self->arena);
    *state = self;
    return 0;
}

static void close_answer(fixture *self)
{
    if (self->open)
        tp_answer_done(&self->answer);
    self->open = false;
}

static int tear_down(void **state)
{
    fixture *self = *state;

    close_answer(self);
    tp_engine_free(self->engine);
    history_done(&self->history);
    tp_arena_done(&self->arena);
    notes_clear();
    test_free(self);
    return 0;
}

/* "start 1 say 1 "hi" #1, cancel 1, stop 1, forget 1" */
static const char *tell_orders(fixture *self)
{
    static const char *const verbs[] = { "start", "cancel", "stop", "forget" };
    const char *text = "";

    for (size_t i = 0; i < self->answer.order_count; i++) {
        const tp_local_order *order = &self->answer.orders[i];

        text = tp_arena_format(&self->arena, "%s%s%s %u", text, i > 0 ? ", " : "",
                               verbs[order->verb], (unsigned)order->seq);
        if (order->verb == TP_LOCAL_START) {
            Tp__Common__Payloads *input = NULL;

            assert_null(tp_payloads_unpack(&self->arena, order->input, &input));
            text = tp_arena_format(&self->arena, "%s %s %s %s #%d", text, order->activity_type,
                                   order->activity_id, tell_payloads(&self->arena, input),
                                   (int)order->attempt);
        }
    }
    return text;
}

static void activate(fixture *self)
{
    close_answer(self);
    history_task(&self->history);
    self->task = history_poll(&self->history, self->next_event);
    tp_engine_activate(self->engine, self->task, &self->answer);
    self->open = true;
}

/* The server takes the answer. */
static void take(fixture *self)
{
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    self->next_event = (int64_t)self->history.count + 1;
    history_take_answer(&self->history, &self->answer);
}

static void resume(fixture *self, const tp_local_outcome *outcome, bool overdue)
{
    tp_engine_resume(self->engine, self->task, outcome, outcome ? 1 : 0, overdue, &self->answer);
}

static void complete(fixture *self, uint32_t seq, const char *result)
{
    tp_buffer body = { 0 };
    tp_local_outcome outcome = {
        .seq = seq, .attempt = 1, .end = TP_LOCAL_COMPLETED, .runtime = INT64_C(1500000000)
    };

    tp_payloads_pack(&body, history_payloads(&self->arena, result));
    outcome.body = tp_buffer_bytes(&body);
    resume(self, &outcome, false);
    tp_buffer_done(&body);
}

static void fail_it(fixture *self, uint32_t seq, tp_local_end end, temporal_error *error,
                    temporal_seconds backoff)
{
    tp_buffer body = { 0 };
    tp_local_outcome outcome = { .seq = seq, .attempt = 3, .end = end, .backoff = backoff };

    tp_failure_encode(&body, error);
    outcome.body = tp_buffer_bytes(&body);
    resume(self, &outcome, false);
    tp_buffer_done(&body);
    temporal_error_free(error);
}

static const char *commands(fixture *self)
{
    return tell_commands(&self->arena, &self->answer);
}

/* Another engine reads the history: the notes are the same, and it has nothing to run. */
static void replay(fixture *self, const temporal_workflow_def *def)
{
    const char *before = tp_arena_strdup(&self->arena, notes());
    tp_engine *other = make_engine(def, 1);
    tp_answer answer;

    notes_clear();
    tp_engine_activate(other, history_query(&self->history, 1, "no such query", NULL), &answer);
    assert_non_null(strstr(tell_query(&self->arena, &answer), "has no query"));
    assert_string_equal(notes(), before);
    tp_answer_done(&answer);
    tp_engine_free(other);
}

/* --- one ---------------------------------------------------------------------------------- */

static void its_outcome_is_a_marker_and_takes_its_time(void **state)
{
    fixture *self = *state;

    begin_with(self, &one_def);
    activate(self);
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_string_equal(tell_orders(self), "start 1 say 1 \"hi\" #1");
    complete(self, 1, "\"ho\"");
    assert_string_equal(
        commands(self),
        "marker core_local_activity {\"seq\":1,\"attempt\":1,\"activity_id\":\"1\","
        "\"activity_type\":\"say\",\"complete_time\":{\"seconds\":1700000003,\"nanos\":500000000},"
        "\"backoff\":null,\"original_schedule_time\":{\"seconds\":1700000002,\"nanos\":0}} "
        "\"ho\", complete \"ho\"");
    assert_string_equal(notes(), "1.5 s later: ho");
    assert_false(self->answer.completed.force_create_new_workflow_task);
    take(self);
    replay(self, &one_def);
}

static void its_failure_stands_in_the_marker_and_comes_as_an_activity_error(void **state)
{
    fixture *self = *state;

    begin_with(self, &one_def);
    activate(self);
    fail_it(self, 1, TP_LOCAL_FAILED, temporal_error_application("Broken", "no"), 0);
    assert_non_null(strstr(commands(self), "- Broken: no, fail (activity): local activity say "
                                           "(id 1) failed"));
    assert_non_null(strstr(commands(self), "\"attempt\":3"));
    take(self);
    replay(self, &one_def);
}

static void a_long_pause_is_a_timer_and_then_it_is_begun_again(void **state)
{
    fixture *self = *state;

    begin_with(self, &one_def);
    activate(self);
    fail_it(self, 1, TP_LOCAL_FAILED, temporal_error_application("Broken", "no"), 90);
    assert_non_null(strstr(commands(self), "\"backoff\":{\"seconds\":90,\"nanos\":0}"));
    assert_non_null(strstr(commands(self), ", timer 1 90s"));
    assert_false(self->answer.locals_left);
    take(self);
    history_timer_fired(&self->history, "1");
    activate(self);
    assert_string_equal(tell_orders(self), "start 2 say 1 \"hi\" #4");
    assert_true(self->answer.orders[0].passed > 0);
    complete(self, 2, "\"ho\"");
    take(self);
    assert_true(self->answer.run_ended);
    replay(self, &one_def);
}

static void an_overdue_task_is_completed_and_the_next_one_goes_on(void **state)
{
    fixture *self = *state;

    begin_with(self, &one_def);
    activate(self);
    resume(self, NULL, true);
    assert_string_equal(commands(self), "");
    assert_true(self->answer.completed.force_create_new_workflow_task);
    assert_true(self->answer.completed.return_new_workflow_task);
    take(self);
    activate(self);
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_string_equal(tell_orders(self), ""); /* it is under way already */
    complete(self, 1, "\"ho\"");
    take(self);
    replay(self, &one_def);
}

static void a_run_that_was_lost_between_the_tasks_runs_it_again(void **state)
{
    fixture *self = *state;

    begin_with(self, &one_def);
    activate(self);
    resume(self, NULL, true);
    take(self);
    tp_engine_evict(self->engine, RUN_ID);
    self->next_event = 1;
    activate(self);
    assert_string_equal(tell_orders(self), "start 1 say 1 \"hi\" #1");
    complete(self, 1, "\"ho\"");
    take(self);
    replay(self, &one_def);
}

static void a_task_with_a_query_is_answered_at_once(void **state)
{
    fixture *self = *state;

    begin_with(self, &one_def);
    history_task(&self->history);
    self->task = history_poll(&self->history, 1);
    history_ask(&self->history, self->task, "q", "peek", NULL);
    tp_engine_activate(self->engine, self->task, &self->answer);
    self->open = true;
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_int_equal(self->answer.completed.n_query_results, 1);
    assert_true(self->answer.completed.force_create_new_workflow_task);
    assert_string_equal(tell_orders(self), "start 1 say 1 \"hi\" #1");
}

static void a_legacy_query_is_answered_while_the_task_is_open(void **state)
{
    fixture *self = *state;
    tp_answer answer;

    begin_with(self, &one_def);
    activate(self);
    tp_engine_activate(self->engine, history_query(&self->history, 4, "peek", NULL), &answer);
    assert_string_equal(tell_query(&self->arena, &answer), "ok \"peeked\"");
    tp_answer_done(&answer);
    complete(self, 1, "\"ho\"");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
}

static void a_run_that_is_begun_anew_drops_what_it_ran(void **state)
{
    fixture *self = *state;
    tp_answer answer;

    begin_with(self, &one_def);
    activate(self);
    tp_engine_activate(self->engine, history_poll(&self->history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_LOCAL);
    assert_int_equal(answer.dropped_count, 1);
    assert_string_equal(answer.dropped[0], RUN_ID);
    complete(self, 1, "\"ho\""); /* of the task that the server gave up */
    assert_int_equal(self->answer.kind, TP_ANSWER_GONE);
    tp_answer_done(&answer);
}

/* Both leave a command that history has not met. */
static temporal_error *both(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_future *slow = temporal_workflow_start_activity(
        run, "say", ARGUMENT(temporal_string, &hi), 1,
        &(temporal_activity_options){ .struct_size = sizeof(temporal_activity_options),
                                      .start_to_close_timeout = 5 });

    (void)self, (void)input, (void)output;
    TEMPORAL_TRY(temporal_workflow_await(run, begin(run, "say", LOCAL(0)), NULL, NULL));
    return temporal_workflow_await(run, slow, NULL, NULL);
}
WORKFLOW(both, char, temporal_none, temporal_none, NULL)

/* A sanitizer sees whether what is freed later still writes to what was freed before. */
static void a_run_that_is_dropped_after_its_answer_takes_all_of_it_along(void **state)
{
    fixture *self = *state;

    begin_with(self, &both_def);
    activate(self);
    complete(self, 2, "\"ho\"");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_int_equal(self->answer.completed.n_commands, 2);
    tp_engine_evict(self->engine, RUN_ID);
    assert_int_equal(tp_engine_cached(self->engine), 0);
}

static void an_outcome_that_nobody_waits_for_changes_nothing(void **state)
{
    fixture *self = *state;

    begin_with(self, &one_def);
    activate(self);
    complete(self, 7, "\"ho\"");
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_string_equal(notes(), "");
}

/* --- several ------------------------------------------------------------------------------ */

static temporal_error *tell_end(temporal_workflow *run, void *data)
{
    temporal_string text = "?";
    temporal_error *error =
        temporal_workflow_await(run, data, temporal_string_type(), (void *)&text);

    note("%s", error ? temporal_error_message(error) : text);
    return TEMPORAL_OK;
}

static temporal_error *three(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_future *futures[3];

    (void)self, (void)input, (void)output;
    for (size_t i = 0; i < 3; i++) {
        futures[i] = temporal_workflow_spawn(run, tell_end, begin(run, "say", LOCAL(0)));
    }
    return temporal_workflow_await_all(run, futures, 3);
}
WORKFLOW(three, char, temporal_none, temporal_none, NULL)

static void replay_sees_their_outcomes_in_the_order_in_which_they_came(void **state)
{
    fixture *self = *state;

    begin_with(self, &three_def);
    activate(self);
    complete(self, 2, "\"second\"");
    complete(self, 3, "\"third\"");
    resume(self, NULL, true);
    take(self);
    activate(self);
    complete(self, 1, "\"first\"");
    assert_string_equal(notes(), "second; third; first");
    take(self);
    replay(self, &three_def);
}

/* The server gave its tasks to another worker in between, and that one ran them, too. */
static void what_another_worker_has_ended_is_stopped_here(void **state)
{
    fixture *self = *state;
    tp_engine *first;

    begin_with(self, &three_def);
    activate(self);
    resume(self, NULL, true);
    take(self);

    first = self->engine;
    self->engine = make_engine(&three_def, 1);
    self->next_event = 1;
    activate(self);
    assert_int_equal(self->answer.order_count, 3);
    complete(self, 2, "\"second\"");
    resume(self, NULL, true);
    take(self);
    tp_engine_free(self->engine);

    self->engine = first;
    self->next_event = 1;
    notes_clear();
    activate(self);
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_int_equal(self->answer.order_count, 1);
    assert_int_equal(self->answer.orders[0].verb, TP_LOCAL_STOP);
    assert_int_equal(self->answer.orders[0].seq, 2);
    complete(self, 3, "\"third\"");
    complete(self, 1, "\"first\"");
    assert_string_equal(notes(), "second; third; first");
    take(self);
    replay(self, &three_def);
}

/* --- cancelling --------------------------------------------------------------------------- */

static temporal_error *cancels(temporal_workflow *run, temporal_cancellation_type type)
{
    temporal_future *slow = begin(run, "slow", LOCAL(.cancellation = type));
    temporal_future *quick = begin(run, "quick", LOCAL(.id = "q"));
    temporal_error *error;

    TEMPORAL_TRY(temporal_workflow_await(run, quick, NULL, NULL));
    temporal_future_cancel(slow);
    error = temporal_workflow_await(run, slow, NULL, NULL);
    note("%s%s", error ? temporal_error_message(error) : "well",
         temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? " (cancelled)" : "");
    return TEMPORAL_OK;
}

#define CANCELS(name, type)                                                                    \
    static temporal_error *name(temporal_workflow *run, void *self, const void *in, void *out) \
    {                                                                                          \
        (void)self, (void)in, (void)out;                                                       \
        return cancels(run, type);                                                             \
    }                                                                                          \
    WORKFLOW(name, char, temporal_none, temporal_none, NULL)
CANCELS(tries, TEMPORAL_CANCELLATION_TRY)
CANCELS(waits, TEMPORAL_CANCELLATION_WAIT)
CANCELS(abandons, TEMPORAL_CANCELLATION_ABANDON)

#define CANCELLED_NOTE "local activity slow (id 1) was cancelled (cancelled)"

static void trying_to_cancel_ends_the_future_and_stops_the_activity(void **state)
{
    fixture *self = *state;

    begin_with(self, &tries_def);
    activate(self);
    complete(self, 2, "1");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_string_equal(notes(), CANCELLED_NOTE);
    assert_int_equal(self->answer.dropped_count, 1); /* with its run, which ended */
    take(self);
    replay(self, &tries_def);
}

static void waiting_for_the_cancellation_asks_and_waits(void **state)
{
    fixture *self = *state;

    begin_with(self, &waits_def);
    activate(self);
    complete(self, 2, "1");
    assert_int_equal(self->answer.kind, TP_ANSWER_LOCAL);
    assert_string_equal(tell_orders(self), "cancel 1");
    assert_string_equal(notes(), "");
    fail_it(self, 1, TP_LOCAL_CANCELLED, tp_error_fixed(TEMPORAL_ERROR_CANCELLED), 0);
    assert_string_equal(notes(), CANCELLED_NOTE);
    take(self);
    replay(self, &waits_def);
}

static void waiting_for_the_cancellation_may_see_it_end_well(void **state)
{
    fixture *self = *state;

    begin_with(self, &waits_def);
    activate(self);
    complete(self, 2, "1");
    complete(self, 1, "1");
    assert_string_equal(notes(), "well");
    take(self);
    replay(self, &waits_def);
}

static void abandoning_ends_the_future_alone(void **state)
{
    fixture *self = *state;

    begin_with(self, &abandons_def);
    activate(self);
    complete(self, 2, "1");
    assert_string_equal(notes(), CANCELLED_NOTE);
    take(self);
    replay(self, &abandons_def);
}

/* Cancels one and goes on, so that the worker is told of it. */
static temporal_error *goes_on(temporal_workflow *run, void *self, const void *in, void *out)
{
    temporal_future *slow = begin(run, "slow", LOCAL(0));
    temporal_future *left =
        begin(run, "left", LOCAL(.cancellation = TEMPORAL_CANCELLATION_ABANDON));

    (void)self, (void)in, (void)out;
    TEMPORAL_TRY(temporal_workflow_await(run, begin(run, "quick", LOCAL(0)), NULL, NULL));
    temporal_future_cancel(slow);
    temporal_future_cancel(left);
    return temporal_workflow_sleep(run, 60);
}
WORKFLOW(goes_on, char, temporal_none, temporal_none, NULL)

static void the_worker_is_told_what_nobody_waits_for_any_more(void **state)
{
    fixture *self = *state;

    begin_with(self, &goes_on_def);
    activate(self);
    complete(self, 3, "1");
    assert_int_equal(self->answer.kind, TP_ANSWER_COMPLETED);
    assert_false(self->answer.locals_left);
    assert_string_equal(tell_orders(self), "stop 1, forget 2");
    take(self);
    replay(self, &goes_on_def);
}

/* --- what is wrong ------------------------------------------------------------------------ */

static temporal_error *careless(temporal_workflow *run, void *self, const void *input, void *output)
{
    const temporal_local_options options = { .struct_size = sizeof(options) };
    temporal_error *error = temporal_workflow_await(run, begin(run, "say", &options), NULL, NULL);

    (void)self, (void)input, (void)output;
    note("%s", temporal_error_message(error));
    error = temporal_workflow_execute_local_activity(run, "", NULL, 0, NULL, NULL, LOCAL(0));
    note("%s", temporal_error_message(error));
    error = temporal_workflow_execute_local_activity(run, "say", NULL, 0, NULL, NULL,
                                                     LOCAL(.local_retry_threshold = -1));
    note("%d", error != NULL);
    return TEMPORAL_OK;
}
WORKFLOW(careless, char, temporal_none, temporal_none, NULL)

static void wrong_options_leave_no_trace_in_history(void **state)
{
    (void)state;
    drive(&(const scenario){
        .def = &careless_def,
        .commands = "complete -",
        .notes = "local activity say: one of start_to_close_timeout and schedule_to_close_timeout "
                 "is required; local activity: the name of its type is required; 1" });
    begin_with(*state, &careless_def); /* for the tear-down */
}

#define DATA(id, type)                                                              \
    "{\"seq\":1,\"attempt\":1,\"activity_id\":\"" id "\",\"activity_type\":\"" type \
    "\",\"complete_time\":{\"seconds\":1700000009,\"nanos\":7},\"backoff\":null,"   \
    "\"original_schedule_time\":{\"seconds\":1700000001,\"nanos\":5}}"

/* A history whose first task left that marker. */
static void begin_marked(fixture *self, const char *name, const char *data, const char *result)
{
    begin_with(self, &one_def);
    history_task(&self->history);
    history_task_completed(&self->history);
    history_marker(&self->history, name, data, result, NULL);
    history_add(&self->history, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED);
}

static void expect_replay(fixture *self, const char *text)
{
    const char *told;

    tp_engine_activate(self->engine, history_query(&self->history, 1, "peek", NULL), &self->answer);
    self->open = true;
    told = tell_query(&self->arena, &self->answer);
    if (!strstr(told, text))
        fail_msg("\"%s\" does not say \"%s\"", told, text);
}

/* As the core of the other SDKs writes them. */
static void a_marker_that_another_sdk_wrote_is_read(void **state)
{
    begin_marked(*state, "core_local_activity", DATA("1", "say"), "\"ho\"");
    expect_replay(*state, "ok \"peeked\"");
    assert_non_null(strstr(notes(), ": ho"));
}

static void a_marker_of_another_type_names_both(void **state)
{
    begin_marked(*state, "core_local_activity", DATA("1", "shout"), "\"ho\"");
    expect_replay(*state, "RecordMarker (local activity say, id 1): the activity type differs");
}

static void a_marker_of_another_id_is_named(void **state)
{
    begin_marked(*state, "core_local_activity", DATA("7", "say"), "\"ho\"");
    expect_replay(*state, "activity id differs");
}

static void a_marker_of_another_name_is_no_local_activity(void **state)
{
    begin_marked(*state, "mystery", DATA("1", "say"), "\"ho\"");
    expect_replay(*state, "MarkerRecorded (mystery)");
}

static void a_marker_whose_data_is_broken_fails_the_task(void **state)
{
    static const char *const broken[] = {
        NULL,
        "{\"seq\":",
        "[]",
        "{}",
        "{\"seq\":\"1\"}",
        "{\"seq\":-1}",
        "{\"seq\":4294967296,\"activity_id\":\"1\",\"activity_type\":\"say\"}",
        "{\"seq\":1,\"activity_id\":1,\"activity_type\":\"say\"}",
        "{\"seq\":1,\"complete_time\":{\"seconds\":9223372036854775807}}",
        "{\"seq\":1,\"complete_time\":\"now\"}",
        "{\"seq\":1,\"backoff\":{\"nanos\":1000000000}}",
    };
    fixture *self = *state;

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        if (i > 0) {
            close_answer(self);
            tp_engine_free(self->engine);
            history_done(&self->history);
        }
        begin_marked(self, "core_local_activity", broken[i], NULL);
        expect_replay(self, "event 5, the marker of a local activity: its data cannot be read");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(its_outcome_is_a_marker_and_takes_its_time),
        TEST(its_failure_stands_in_the_marker_and_comes_as_an_activity_error),
        TEST(a_long_pause_is_a_timer_and_then_it_is_begun_again),
        TEST(an_overdue_task_is_completed_and_the_next_one_goes_on),
        TEST(a_run_that_was_lost_between_the_tasks_runs_it_again),
        TEST(a_task_with_a_query_is_answered_at_once),
        TEST(a_legacy_query_is_answered_while_the_task_is_open),
        TEST(a_run_that_is_begun_anew_drops_what_it_ran),
        TEST(a_run_that_is_dropped_after_its_answer_takes_all_of_it_along),
        TEST(what_another_worker_has_ended_is_stopped_here),
        TEST(an_outcome_that_nobody_waits_for_changes_nothing),
        TEST(replay_sees_their_outcomes_in_the_order_in_which_they_came),
        TEST(trying_to_cancel_ends_the_future_and_stops_the_activity),
        TEST(waiting_for_the_cancellation_asks_and_waits),
        TEST(waiting_for_the_cancellation_may_see_it_end_well),
        TEST(abandoning_ends_the_future_alone),
        TEST(the_worker_is_told_what_nobody_waits_for_any_more),
        TEST(wrong_options_leave_no_trace_in_history),
        TEST(a_marker_that_another_sdk_wrote_is_read),
        TEST(a_marker_of_another_type_names_both),
        TEST(a_marker_of_another_id_is_named),
        TEST(a_marker_of_another_name_is_no_local_activity),
        TEST(a_marker_whose_data_is_broken_fails_the_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
