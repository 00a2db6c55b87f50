/* SPDX-License-Identifier: MIT */
/* test_waiting.c -- conditions, several futures, several coroutines, and whose turn it is. */
#include "drive.h"

#include <string.h>

#define SECONDS(n) TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = (n))

typedef struct state_t {
    int64_t count;
    bool done;
} state_t;

static bool is_done(const void *data)
{
    return ((const state_t *)data)->done;
}

static temporal_error *add_one(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)run;
    (void)input;
    (void)output;
    ((state_t *)self)->count++;
    return TEMPORAL_OK;
}

static temporal_error *set_done(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)run;
    (void)input;
    (void)output;
    ((state_t *)self)->done = true;
    return TEMPORAL_OK;
}

HANDLER(add_one, "add", SIGNAL, temporal_none, temporal_none)
HANDLER(set_done, "done", SIGNAL, temporal_none, temporal_none)

/* --- conditions --------------------------------------------------------------------------- */

static temporal_error *wait_done(temporal_workflow *run, void *self, const void *input,
                                 void *output)
{
    const double *timeout = input;
    temporal_error *error = temporal_workflow_wait_condition(run, is_done, self, *timeout);

    (void)output;
    note("%s", error ? temporal_error_message(error) : "done");
    return TEMPORAL_OK;
}
WORKFLOW(wait_done, state_t, temporal_double, temporal_none, &add_one_def, &set_done_def, NULL)

static bool add_then_done(history_builder *history, size_t n)
{
    if (n == 1)
        history_signal(history, "add", NULL);
    if (n == 2)
        history_signal(history, "done", NULL);
    return n < 3;
}

static bool fire_1(history_builder *history, size_t n)
{
    if (n == 1)
        history_timer_fired(history, "1");
    return n < 2;
}

static bool done_and_fire_1(history_builder *history, size_t n)
{
    if (n == 1) {
        history_timer_fired(history, "1");
        history_signal(history, "done", NULL);
    }
    return n < 2;
}

static void a_condition_is_waited_for_across_tasks(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &wait_done_def,
                       .input = "0",
                       .script = add_then_done,
                       .commands = " |  | complete -",
                       .notes = "done" });
}

static void a_condition_that_comes_true_in_time_cancels_its_timer(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &wait_done_def,
                       .input = "60",
                       .script = add_then_done,
                       .commands = "timer 1 60s |  | cancel-timer 1, complete -",
                       .notes = "done" });
}

static void a_condition_that_does_not_come_true_in_time_times_out(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &wait_done_def,
                       .input = "60",
                       .script = fire_1,
                       .commands = "timer 1 60s | complete -",
                       .notes = "the condition did not come true within 60 s" });
}

static void a_condition_that_comes_true_in_the_task_of_its_timeout_has_come_true(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &wait_done_def,
                       .input = "60",
                       .script = done_and_fire_1,
                       .commands = "timer 1 60s | complete -",
                       .notes = "done" });
}

/* --- parking ------------------------------------------------------------------------------ */

/* Two that hand a ball to and fro: each step of one must wake the other, and when both only look,
 * the task must end. */
typedef struct table {
    bool left;
    int64_t hits;
    state_t state;
} table;

static temporal_error *right_player(temporal_workflow *run, void *data)
{
    table *self = data;

    for (;;) {
        TEMPORAL_WAIT_UNTIL(run, self->left);
        self->left = false;
        self->hits++;
    }
}

static temporal_error *pingpong(temporal_workflow *run, void *data, const void *input, void *output)
{
    table *self = data;

    (void)input;
    (void)temporal_workflow_spawn(run, right_player, self);
    for (int i = 0; i < 100; i++) {
        self->left = true;
        TEMPORAL_WAIT_UNTIL(run, !self->left);
    }
    TEMPORAL_WAIT_UNTIL(run, self->state.done);
    *(int64_t *)output = self->hits;
    return TEMPORAL_OK;
}

static temporal_error *table_done(temporal_workflow *run, void *self, const void *input,
                                  void *output)
{
    return set_done(run, &((table *)self)->state, input, output);
}
HANDLER(table_done, "done", SIGNAL, temporal_none, temporal_none)
WORKFLOW(pingpong, table, temporal_none, temporal_int, &table_done_def, NULL)

static bool done_at_1(history_builder *history, size_t n)
{
    if (n == 1)
        history_signal(history, "done", NULL);
    return n < 2;
}

static void those_who_park_wake_each_other_until_nothing_moves(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &pingpong_def, .script = done_at_1, .commands = " | complete 100" });
}

/* --- several futures ---------------------------------------------------------------------- */

static temporal_error *race(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_future *futures[3];
    size_t first = 99;

    (void)self;
    (void)input;
    for (int64_t i = 0; i < 3; i++)
        futures[i] =
            temporal_workflow_start_activity(run, "run", ARGUMENT(temporal_int, &i), 1, SECONDS(5));
    TEMPORAL_TRY(temporal_workflow_await_any(run, futures, 3, &first));
    note("first %zu", first);
    TEMPORAL_TRY(temporal_workflow_await_all(run, futures, 3));
    for (int i = 0; i < 3; i++) {
        int64_t place = -1;
        temporal_error *error =
            temporal_workflow_await(run, futures[i], temporal_int_type(), &place);

        note("%d: %s %lld", i, error ? temporal_error_message(error) : "ok", (long long)place);
    }
    *(bool *)output = temporal_future_is_done(futures[2]);
    return TEMPORAL_OK;
}
WORKFLOW(race, char, temporal_none, temporal_bool, NULL)

static bool second_then_others(history_builder *history, size_t n)
{
    if (n == 1)
        history_activity_completed(history, "2", "20");
    if (n == 2)
        history_activity_failed(history, "3", "Fell", "over");
    if (n == 3)
        history_activity_completed(history, "1", "10");
    return n < 4;
}

static void any_and_all_wait_for_as_much_as_they_say(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &race_def,
        .script = second_then_others,
        .commands = "activity run 1 0, activity run 2 1, activity run 3 2 |  |  | complete true",
        .notes = "first 1; 0: ok 10; 1: ok 20; 2: activity run (id 3) failed -1" });
}

static bool last_two_at_once(history_builder *history, size_t n)
{
    if (n == 1) {
        history_activity_completed(history, "3", "30");
        history_activity_completed(history, "2", "20");
    }
    if (n == 2)
        history_activity_completed(history, "1", "10");
    return n < 3;
}

static void of_several_that_are_done_the_lowest_is_first(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &race_def,
        .script = last_two_at_once,
        .commands = "activity run 1 0, activity run 2 1, activity run 3 2 |  | complete true",
        .notes = "first 1; 0: ok 10; 1: ok 20; 2: ok 30" });
}

static temporal_error *misuse(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_future *none = NULL;

    (void)self;
    (void)input;
    (void)output;
    note("%s", temporal_error_message(temporal_workflow_await_any(run, NULL, 0, NULL)));
    note("%s", temporal_error_message(temporal_workflow_await_all(run, NULL, 0)));
    note("%s", temporal_error_message(temporal_workflow_await(run, none, NULL, NULL)));
    note("%s", temporal_error_message(temporal_workflow_wait_condition(run, NULL, NULL, 0)));
    note("%s", temporal_error_message(temporal_workflow_await(
                   run, temporal_workflow_spawn(run, NULL, NULL), NULL, NULL)));
    return TEMPORAL_OK;
}
WORKFLOW(misuse, char, temporal_none, temporal_none, NULL)

static void waiting_for_nothing_is_refused_by_name(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &misuse_def,
                       .commands = "complete -",
                       .notes = "temporal_workflow_await_any: none of no futures is ever done; ok; "
                                "temporal_workflow_await: future 1 of 1 is NULL; "
                                "temporal_workflow_wait_condition: a condition is required; "
                                "temporal_workflow_spawn: a body is required" });
}

/* --- coroutines --------------------------------------------------------------------------- */

static temporal_error *worker(temporal_workflow *run, void *data)
{
    const char *name = data;

    note("%s begins", name);
    TEMPORAL_TRY(temporal_workflow_sleep(run, 1));
    note("%s ends", name);
    return strcmp(name, "b") == 0 ? temporal_error_application("Bad", "b is bad") : TEMPORAL_OK;
}

static temporal_error *team(temporal_workflow *run, void *self, const void *input, void *output)
{
    static char names[3][2] = { "a", "b", "c" };
    temporal_future *futures[3];

    (void)self;
    (void)input;
    (void)output;
    for (int i = 0; i < 3; i++)
        futures[i] = temporal_workflow_spawn(run, worker, names[i]);
    note("main waits");
    TEMPORAL_TRY(temporal_workflow_await_all(run, futures, 3));
    note("main goes on");
    return temporal_workflow_await(run, futures[1], NULL, NULL);
}
WORKFLOW(team, char, temporal_none, temporal_none, NULL)

static bool fire_in_reverse(history_builder *history, size_t n)
{
    if (n == 1) {
        history_timer_fired(history, "3");
        history_timer_fired(history, "1");
    }
    if (n == 2)
        history_timer_fired(history, "2");
    return n < 3;
}

static void coroutines_begin_in_order_and_go_on_in_the_order_of_events(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &team_def,
                       .script = fire_in_reverse,
                       .commands = "timer 1 1s, timer 2 1s, timer 3 1s |  | fail Bad: b is bad",
                       .notes = "main waits; a begins; b begins; c begins; c ends; a ends; b ends; "
                                "main goes on" });
}

static temporal_error *yielder(temporal_workflow *run, void *data)
{
    for (int i = 0; i < 3; i++) {
        note("%s%d", (const char *)data, i);
        TEMPORAL_TRY(temporal_workflow_sleep(run, 0));
    }
    return TEMPORAL_OK;
}

static temporal_error *turns(temporal_workflow *run, void *self, const void *input, void *output)
{
    static char a[] = "a", b[] = "b";
    temporal_future *futures[] = { temporal_workflow_spawn(run, yielder, a),
                                   temporal_workflow_spawn(run, yielder, b) };

    (void)self;
    (void)input;
    (void)output;
    return temporal_workflow_await_all(run, futures, 2);
}
WORKFLOW(turns, char, temporal_none, temporal_none, NULL)

static void a_sleep_of_nothing_passes_the_turn(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &turns_def, .commands = "complete -", .notes = "a0; b0; a1; b1; a2; b2" });
}

/* --- from the wrong place ----------------------------------------------------------------- */

static temporal_workflow *looked_at;
static temporal_error *condition_error;

static bool waits_in_condition(const void *data)
{
    if (!condition_error)
        condition_error = temporal_workflow_sleep(looked_at, 1);
    return ((const state_t *)data)->done;
}

static temporal_error *nosy(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)input;
    (void)output;
    looked_at = run;
    TEMPORAL_TRY(temporal_workflow_sleep(run, 0));
    TEMPORAL_TRY(temporal_workflow_wait_condition(run, is_done, self, 0));
    return TEMPORAL_OK;
}
WORKFLOW(nosy, state_t, temporal_none, temporal_none, &set_done_def, NULL)

static void a_call_from_outside_of_the_run_is_refused(void **state)
{
    tp_engine *engine = make_engine(&nosy_def, 1);
    history_builder history;
    tp_answer answer;
    state_t nothing = { 0 };

    (void)state;
    history_init(&history, "nosy", NULL);
    history_task(&history);
    tp_engine_activate(engine, history_poll(&history, 1), &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    condition_error = NULL;
    assert_false(waits_in_condition(&nothing));
    assert_int_equal(temporal_error_get_code(condition_error), TEMPORAL_ERROR_INVALID_ARGUMENT);
    assert_non_null(
        strstr(temporal_error_message(condition_error), "temporal_workflow_sleep: only"));
    temporal_error_free(condition_error);
    tp_answer_done(&answer);
    history_done(&history);
    tp_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_condition_is_waited_for_across_tasks),
        cmocka_unit_test(a_condition_that_comes_true_in_time_cancels_its_timer),
        cmocka_unit_test(a_condition_that_does_not_come_true_in_time_times_out),
        cmocka_unit_test(a_condition_that_comes_true_in_the_task_of_its_timeout_has_come_true),
        cmocka_unit_test(those_who_park_wake_each_other_until_nothing_moves),
        cmocka_unit_test(any_and_all_wait_for_as_much_as_they_say),
        cmocka_unit_test(of_several_that_are_done_the_lowest_is_first),
        cmocka_unit_test(waiting_for_nothing_is_refused_by_name),
        cmocka_unit_test(coroutines_begin_in_order_and_go_on_in_the_order_of_events),
        cmocka_unit_test(a_sleep_of_nothing_passes_the_turn),
        cmocka_unit_test(a_call_from_outside_of_the_run_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
