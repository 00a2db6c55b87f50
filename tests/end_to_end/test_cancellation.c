/* SPDX-License-Identifier: MIT */
/* test_cancellation.c -- cells of the table in tests/workflow/cells.h as the real server plays
 * them.
 *
 * A worker begins all runs and goes away; what happens meanwhile is waiting in their next task when
 * another worker comes. Local activities and the types of cancelling a child are in
 * test_local_activities.c and test_children.c. */
#include <string.h>

#include "tests/end_to_end/fixture.h"

enum {
    EVENT_CANCEL_REQUESTED = 20,
    EVENT_CHILD_TERMINATED = 36
};

/* Its heartbeat says that it has begun; somebody else ends it. */
TEMPORAL_ACTIVITY(left_open, temporal_none, temporal_none)
TEMPORAL_ACTIVITY_DEFINE(left_open)
temporal_error *left_open(temporal_activity *attempt, temporal_none none, temporal_none *nothing)
{
    const temporal_bool begun = true;

    (void)none, (void)nothing;
    temporal_heartbeat(attempt, temporal_bool, begun);
    return temporal_activity_complete_async(attempt);
}

/* --- the workflow ------------------------------------------------------------------------- */

/* clang-format off */
#define PLAN(FIELD)                 \
    FIELD(temporal_string, what)    \
    FIELD(temporal_string, other)   \
    FIELD(temporal_double, seconds) \
    FIELD(temporal_bool, shielded)
/* clang-format on */
TEMPORAL_RECORD(plan, PLAN)

typedef struct waits_state {
    temporal_string got;
    bool never;
} waits_state;

static temporal_future *begin_activity(temporal_workflow *run, temporal_cancellation_type type)
{
    return temporal_start_activity(run, left_open, TEMPORAL_NONE, .start_to_close_timeout = 60,
                                   .heartbeat_timeout = 60, .cancellation = type);
}

static temporal_error *sleep_well(temporal_workflow *run, void *data)
{
    return temporal_workflow_sleep(run, *(const temporal_double *)data);
}

static bool is_true(const void *data)
{
    return *(const bool *)data;
}

static temporal_error *await_some(temporal_workflow *run, bool all, temporal_seconds seconds)
{
    temporal_future *futures[] = { begin_activity(run, TEMPORAL_CANCELLATION_ABANDON),
                                   temporal_workflow_start_timer(run, seconds) };

    if (all)
        TEMPORAL_TRY(temporal_workflow_await_all(run, futures, 2));
    else
        TEMPORAL_TRY(temporal_workflow_await_any(run, futures, 2, NULL));
    return temporal_workflow_await(run, futures[0], NULL, NULL);
}

/* Is told to cancel in the task that begins it. */
static temporal_error *cancel_other(temporal_workflow *run, const char *id)
{
    temporal_scope *scope = temporal_scope_enter(run);
    temporal_future *future =
        temporal_external_begin_cancel(temporal_workflow_external(run, id, NULL));

    temporal_scope_cancel(scope);
    temporal_scope_leave(run, scope);
    TEMPORAL_TRY(temporal_workflow_await(run, future, NULL, NULL));
    return temporal_workflow_sleep(run, TEMPORAL_HOUR);
}

static temporal_error *park(temporal_workflow *run, const waits_state *self)
{
    TEMPORAL_WAIT_UNTIL(run, self->never);
    return TEMPORAL_OK;
}

static temporal_error *await_it(temporal_workflow *run, waits_state *self, const plan *is)
{
    temporal_double seconds = is->seconds;

    if (strcmp(is->what, "try") == 0)
        return temporal_workflow_await(run, begin_activity(run, TEMPORAL_CANCELLATION_TRY), NULL,
                                       NULL);
    if (strcmp(is->what, "wait") == 0)
        return temporal_workflow_await(run, begin_activity(run, TEMPORAL_CANCELLATION_WAIT), NULL,
                                       NULL);
    if (strcmp(is->what, "abandon") == 0)
        return temporal_workflow_await(run, begin_activity(run, TEMPORAL_CANCELLATION_ABANDON),
                                       NULL, NULL);
    if (strcmp(is->what, "child") == 0)
        return temporal_workflow_execute_child(
            run, "nobody", NULL, 0, NULL, NULL,
            TEMPORAL_OPTIONS(temporal_child_options, .id = is->other, .task_queue = "nobody's"));
    if (strcmp(is->what, "timer") == 0)
        return temporal_workflow_await(run, temporal_workflow_start_timer(run, seconds), NULL,
                                       NULL);
    if (strcmp(is->what, "coroutine") == 0)
        return temporal_workflow_await(run, temporal_workflow_spawn(run, sleep_well, &seconds),
                                       NULL, NULL);
    if (strcmp(is->what, "condition") == 0)
        return temporal_workflow_wait_condition(run, is_true, &self->never, seconds);
    if (strcmp(is->what, "park") == 0)
        return park(run, self);
    if (strcmp(is->what, "other") == 0)
        return cancel_other(run, is->other);
    if (strcmp(is->what, "any") == 0 || strcmp(is->what, "all") == 0)
        return await_some(run, strcmp(is->what, "all") == 0, seconds);
    return temporal_workflow_sleep(run, seconds);
}

TEMPORAL_WORKFLOW(waits, plan, temporal_none)
TEMPORAL_QUERY(waits, got, temporal_none, temporal_string)
TEMPORAL_QUERY_DEFINE(waits, waits_state, got)
temporal_error *waits_got(temporal_workflow *run, const waits_state *self, temporal_none none,
                          temporal_string *got)
{
    (void)run, (void)none;
    *got = self->got ? self->got : "nothing";
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(waits, waits_state, &waits_got_handler)
temporal_error *waits(temporal_workflow *run, waits_state *self, plan is, temporal_none *none)
{
    temporal_scope *scope =
        is.shielded ? temporal_scope_enter_shielded(run) : temporal_scope_enter(run);
    temporal_error *error = await_it(run, self, &is);

    (void)none;
    temporal_scope_leave(run, scope);
    self->got = temporal_error_find(error, TEMPORAL_ERROR_CANCELLED) ? "cancelled"
                : error                                              ? temporal_error_message(error)
                                                                     : "ok";
    return is.shielded ? temporal_workflow_sleep(run, 1) : error;
}

/* --- what happens ------------------------------------------------------------------------- */

typedef struct row {
    const char *name, *what, *happens, *got;
    temporal_workflow_status status;
    bool shielded;
    temporal_handle *handle, *other;
} row;

#define CANCELLED TEMPORAL_STATUS_CANCELLED
#define COMPLETED TEMPORAL_STATUS_COMPLETED
#define FAILED    TEMPORAL_STATUS_FAILED

/* By the run, all of them: after it was sent, or in the task of its completion. "Asked" happens
 * when the second worker is there. */
static row rows[] = {
    { "an activity (try) is cancelled", "try", "cancel", "cancelled", .status = CANCELLED },
    { "an activity (wait) is cancelled", "wait", "cancel, asked", "cancelled",
      .status = CANCELLED },
    { "an activity (abandon) is cancelled", "abandon", "cancel", "cancelled", .status = CANCELLED },
    { "an activity (try) that completed first has completed", "try", "complete, cancel", "ok",
      .status = COMPLETED },
    { "an activity (try) that completed behind the request has completed", "try",
      "cancel, complete", "ok", .status = COMPLETED },
    { "an activity (wait) that completed behind the request has completed", "wait",
      "cancel, complete", "ok", .status = COMPLETED },
    { "an activity in a shield completes", "try", "cancel, complete", "ok", .status = CANCELLED,
      .shielded = true },
    { "a child that ended first has ended", "child", "terminate, cancel", "was terminated",
      .status = FAILED },
    { "a child that ended behind the request has ended", "child", "cancel, terminate",
      "was terminated", .status = FAILED },
    { "a request to cancel another workflow goes out, though its scope is cancelled", "other",
      "cancel", "cancelled", .status = CANCELLED },
    { "a coroutine that sleeps is cancelled", "coroutine", "cancel", "cancelled",
      .status = CANCELLED },
    { "a condition with a timeout is cancelled", "condition", "cancel", "cancelled",
      .status = CANCELLED },
    { "a parked wait is cancelled", "park", "cancel", "cancelled", .status = CANCELLED },
    { "any of several is cancelled", "any", "cancel", "cancelled", .status = CANCELLED },
    { "all of several are cancelled", "all", "cancel", "cancelled", .status = CANCELLED },
    { "a sleep is cancelled", "sleep", "cancel", "cancelled", .status = CANCELLED },
    { "a timer is cancelled", "timer", "cancel", "cancelled", .status = CANCELLED },
    { "a timer that fired first has fired", "timer", "fire, cancel", "ok", .status = COMPLETED },
    { "a timer that fired behind the request was cancelled", "timer", "cancel, fire", "cancelled",
      .status = CANCELLED },
    { "a sleep that was over behind the request was cancelled", "sleep", "cancel, fire",
      "cancelled", .status = CANCELLED },
    { "a sleep in a shield is over", "sleep", "cancel, fire", "ok", .status = CANCELLED,
      .shielded = true },
    { "a condition whose time was over first is cancelled", "condition", "fire, cancel",
      "cancelled", .status = CANCELLED },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *queue;
static temporal_worker *worker;

static temporal_worker *start_worker(void)
{
    return test_worker_start(client, .task_queue = queue,
                             .workflows = TEMPORAL_WORKFLOWS(&waits_workflow),
                             .async.activities = TEMPORAL_ACTIVITIES(&left_open_activity));
}

static bool fires(const row *self)
{
    return strstr(self->happens, "fire") != NULL;
}

static bool has_activity(const row *self)
{
    return strcmp(self->what, "try") == 0 || strcmp(self->what, "wait") == 0 ||
           strcmp(self->what, "abandon") == 0;
}

static void begin(row *self, temporal_seconds seconds)
{
    const char *id = test_unique("waits");
    plan is = { .what = self->what,
                .other = "",
                .seconds = fires(self) ? seconds : TEMPORAL_HOUR,
                .shielded = self->shielded };

    if (strcmp(self->what, "child") == 0 || strcmp(self->what, "other") == 0) {
        is.other = test_unique("other");
        if (strcmp(self->what, "other") == 0)
            assert_ok(temporal_client_start_workflow(client, "nobody", NULL, 0, &self->other,
                                                     TEMPORAL_OPTIONS(temporal_start_options,
                                                                      .id = is.other,
                                                                      .task_queue = "nobody's")));
        else
            assert_ok(temporal_client_get_handle(client, is.other, NULL, &self->other));
    }
    assert_ok(
        temporal_start_workflow(client, waits, is, &self->handle, .id = id, .task_queue = queue));
}

/* Until it waits, and what it waits for has begun. */
static void wait_until_begun(const row *self)
{
    fixture_wait_for_event(self->handle, EVENT_TASK_COMPLETED);
    if (has_activity(self))
        test_wait_for(test_describe(self->handle)->pending_activity_count == 1 &&
                      test_describe(self->handle)->pending_activities[0].heartbeat_details_count ==
                          1);
    if (strcmp(self->what, "child") == 0)
        fixture_wait_for_event(self->handle, EVENT_CHILD_STARTED);
    if (strcmp(self->what, "other") == 0)
        fixture_wait_for_event(self->other, EVENT_CANCEL_REQUESTED);
}

static void happen(const row *self, const char *word, size_t size)
{
    const temporal_activity_target target = { .workflow_id = temporal_handle_id(self->handle),
                                              .activity_id = "1" };

    if (strncmp(word, "cancel", size) == 0) {
        assert_ok(temporal_handle_cancel(self->handle));
    } else if (strncmp(word, "complete", size) == 0) {
        assert_ok(temporal_complete_activity(client, left_open, &target, TEMPORAL_NONE));
    } else if (strncmp(word, "terminate", size) == 0) {
        assert_ok(temporal_handle_terminate(self->other, "it is over", NULL, 0));
        fixture_wait_for_event(self->handle, EVENT_CHILD_TERMINATED);
    } else if (strncmp(word, "fire", size) == 0) {
        fixture_wait_for_event(self->handle, EVENT_TIMER_FIRED);
    } else if (worker) { /* asked */
        test_wait_for(test_describe(self->handle)->pending_activities[0].cancel_requested);
        assert_ok(temporal_client_cancel_activity(client, &target, NULL, 0));
    }
}

/* Words number first to last, which is left out. */
static void play(const row *self, size_t first, size_t last)
{
    const char *word = self->happens;

    for (size_t i = 0; *word && i < last; i++) {
        size_t size = strcspn(word, ",");

        if (i >= first)
            happen(self, word, size);
        word += size;
        word += strspn(word, ", ");
    }
}

static bool cancel_is_first(const row *self)
{
    return strncmp(self->happens, "cancel", 6) == 0;
}

/* The timer fired when it should: when the worker was gone, and behind a request that is first. */
static bool is_in_order(const row *self)
{
    Tp__History__History *history = fixture_fetch_history(self->handle);
    int last = 0;

    for (size_t i = 0; i < history->n_events; i++) {
        int type = (int)history->events[i]->event_type;

        if (type == EVENT_TASK_COMPLETED || type == EVENT_TIMER_FIRED ||
            type == EVENT_CANCEL_REQUESTED)
            last = type;
    }
    protobuf_c_message_free_unpacked(&history->base, NULL);
    return last == (cancel_is_first(self) ? EVENT_TIMER_FIRED : EVENT_CANCEL_REQUESTED);
}

/* Begins them, with a worker that is gone before any of them fires; false: it was not. */
static bool begin_timers(temporal_seconds seconds)
{
    bool late = false;

    worker = start_worker();
    for (size_t i = 0; i < ROWS; i++)
        if (fires(&rows[i]))
            begin(&rows[i], seconds);
    for (size_t i = 0; i < ROWS; i++)
        if (fires(&rows[i]))
            fixture_wait_for_event(rows[i].handle, EVENT_TIMER_STARTED);
    test_worker_stop(worker);
    worker = NULL;
    for (size_t i = 0; i < ROWS; i++)
        late = late ||
               (fires(&rows[i]) && fixture_count_events(rows[i].handle, EVENT_TIMER_FIRED) > 0);
    return !late;
}

static bool play_timers(void)
{
    bool in_order = true;

    for (size_t i = 0; i < ROWS; i++)
        if (fires(&rows[i]) && cancel_is_first(&rows[i]))
            play(&rows[i], 0, 1);
    for (size_t i = 0; i < ROWS; i++)
        if (fires(&rows[i]))
            play(&rows[i], cancel_is_first(&rows[i]), 2);
    for (size_t i = 0; i < ROWS; i++)
        in_order = in_order && (!fires(&rows[i]) || is_in_order(&rows[i]));
    return in_order;
}

/* Where a timer is faster than this test, it begins again with more time. */
static void begin_and_play_timers(void)
{
    for (temporal_seconds seconds = 2; !begin_timers(seconds) || !play_timers(); seconds *= 2)
        for (size_t i = 0; i < ROWS; i++)
            if (fires(&rows[i]))
                temporal_handle_free(rows[i].handle);
}

static int set_up(void **state)
{
    (void)fixture_connect(state);
    queue = test_unique("cancellation");
    worker = start_worker();
    for (size_t i = 0; i < ROWS; i++)
        if (!fires(&rows[i]))
            begin(&rows[i], 0);
    for (size_t i = 0; i < ROWS; i++)
        if (!fires(&rows[i]))
            wait_until_begun(&rows[i]);
    test_worker_stop(worker);
    worker = NULL;
    for (size_t i = 0; i < ROWS; i++)
        if (!fires(&rows[i]))
            play(&rows[i], 0, 2);
    begin_and_play_timers();
    worker = start_worker();
    return 0;
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < ROWS; i++) {
        temporal_handle_free(rows[i].handle);
        if (rows[i].other && strcmp(rows[i].what, "other") == 0)
            assert_ok(temporal_handle_terminate(rows[i].other, "the test is over", NULL, 0));
        temporal_handle_free(rows[i].other);
    }
    test_worker_stop(worker);
    return fixture_close(state);
}

static void its_end_is(void **state)
{
    row *self = *state;
    temporal_string got = NULL;

    if (strstr(self->happens, "asked"))
        happen(self, "asked", 5);
    temporal_error_free(temporal_get_result(self->handle, waits, NULL));
    assert_int_equal(test_describe(self->handle)->status, self->status);
    assert_int_equal(fixture_count_events(self->handle, EVENT_TASK_FAILED), 0);
    assert_ok(temporal_query(self->handle, waits, got, TEMPORAL_NONE, &got));
    if (!strstr(got, self->got))
        fail_msg("\"%s\" does not say \"%s\"", got, self->got);
}

int main(void)
{
    struct CMUnitTest tests[ROWS];

    for (size_t i = 0; i < ROWS; i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = its_end_is,
                                        .initial_state = &rows[i] };
    return fixture_run(tests, set_up, tear_down);
}
