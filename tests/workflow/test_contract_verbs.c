/* SPDX-License-Identifier: MIT */
/* test_contract_verbs.c -- the typed calls about other workflows: names, inputs and options of a
 * contract reach the command, and results come back as its types. */
#include "drive.h"

#include <temporal/contract.h>

/* clang-format off */
#define POINT(FIELD)             \
    FIELD(temporal_int, x)       \
    FIELD(temporal_int, y)
/* clang-format on */
TEMPORAL_RECORD(point, POINT)

TEMPORAL_WORKFLOW_NAMED(keeper, "Keeper", point, temporal_int)
TEMPORAL_SIGNAL_NAMED(keeper, put, "Put", point)
TEMPORAL_SIGNAL(keeper, drop, temporal_none)

/* --- children ----------------------------------------------------------------------------- */

TEMPORAL_WORKFLOW(execute, temporal_none, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(execute)
temporal_error *execute(temporal_workflow *run, temporal_none none, temporal_int *out)
{
    (void)none;
    return temporal_execute_child(run, keeper, ((point){ 1, 2 }), out, .id = "k");
}

TEMPORAL_WORKFLOW(start, temporal_none, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(start)
temporal_error *start(temporal_workflow *run, temporal_none none, temporal_int *out)
{
    temporal_child *child = NULL;

    (void)none;
    TEMPORAL_TRY(temporal_start_child(run, keeper, ((point){ 1, 2 }), &child, .id = "k"));
    note("%s", temporal_child_run_id(child));
    return temporal_await_child(run, keeper, child, out);
}

TEMPORAL_WORKFLOW(begin, temporal_none, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(begin)
temporal_error *begin(temporal_workflow *run, temporal_none none, temporal_int *out)
{
    temporal_child *child = temporal_begin_child(run, keeper, ((point){ 1, 2 }), .id = "k");

    TEMPORAL_TRY(temporal_signal_child(child, keeper, put, ((point){ 3, 4 })));
    TEMPORAL_TRY(temporal_signal_child(child, keeper, drop, none));
    return temporal_await_child(run, keeper, child, out);
}

static bool child_lives(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "k");
    if (n == 2)
        history_child_completed(history, "k", "42");
    return n < 3;
}

static bool child_is_signalled(history_builder *history, size_t n)
{
    if (n == 1)
        history_child_started(history, "k");
    if (n == 2 || n == 3)
        history_signal_delivered(history, "k", 0);
    if (n == 4)
        history_child_completed(history, "k", "42");
    return n < 5;
}

#define CHILD "child Keeper k {\"x\":1,\"y\":2}"

static void a_child_is_executed_by_its_contract(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &execute_workflow, .script = child_lives, .commands = CHILD " |  | complete 42" });
}

static void a_child_is_started_and_awaited_by_its_contract(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &start_workflow,
                       .script = child_lives,
                       .commands = CHILD " |  | complete 42",
                       .notes = "run of the child" });
}

static void a_child_is_begun_and_signalled_by_its_contract(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &begin_workflow,
                       .script = child_is_signalled,
                       .commands = CHILD " | signal k Put {\"x\":3,\"y\":4} | signal k drop - |  | "
                                         "complete 42" });
}

/* --- others ------------------------------------------------------------------------------- */

TEMPORAL_WORKFLOW(speak, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(speak)
temporal_error *speak(temporal_workflow *run, temporal_none none, temporal_none *out)
{
    temporal_external *other = temporal_workflow_external(run, "other", NULL);
    temporal_future *future = temporal_begin_signal_external(other, keeper, put, ((point){ 5, 6 }));

    (void)out;
    TEMPORAL_TRY(temporal_workflow_await(run, future, NULL, NULL));
    return temporal_signal_external(other, keeper, drop, none);
}

static bool signals_arrive(history_builder *history, size_t n)
{
    if (n > 0)
        history_signal_delivered(history, "other", 0);
    return n < 3;
}

static void any_workflow_is_signalled_by_its_contract(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &speak_workflow,
        .script = signals_arrive,
        .commands = "signal other Put {\"x\":5,\"y\":6} | signal other drop - | complete -" });
}

/* --- the next run ------------------------------------------------------------------------- */

TEMPORAL_WORKFLOW(go_on, temporal_none, temporal_none)
TEMPORAL_WORKFLOW_DEFINE(go_on)
temporal_error *go_on(temporal_workflow *run, temporal_none none, temporal_none *out)
{
    (void)none, (void)out;
    return temporal_continue_as_new(run, keeper, { 7, 8 }, .run_timeout = 60);
}

static bool once(history_builder *history, size_t n)
{
    (void)history;
    return n < 1;
}

static void a_run_goes_on_as_another_contract(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &go_on_workflow, .script = once, .commands = "continue Keeper {\"x\":7,\"y\":8}" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_executed_by_its_contract),
        cmocka_unit_test(a_child_is_started_and_awaited_by_its_contract),
        cmocka_unit_test(a_child_is_begun_and_signalled_by_its_contract),
        cmocka_unit_test(any_workflow_is_signalled_by_its_contract),
        cmocka_unit_test(a_run_goes_on_as_another_contract),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
