/* SPDX-License-Identifier: MIT */
/* test_updates.c -- updates: decided, handled, answered, and the same again when replayed. */
#include "drive.h"

#include <string.h>

#include <temporal/log.h>

typedef struct account {
    int64_t balance, wanted;
    bool closed;
} account;

/* --- handlers ----------------------------------------------------------------------------- */

static temporal_error *deposit(temporal_workflow *run, void *data, const void *input, void *output)
{
    account *self = data;
    const temporal_update_info *info = temporal_workflow_current_update(run);

    note("%s %s", info->name, info->id);
    self->balance += *(const int64_t *)input;
    *(int64_t *)output = self->balance;
    return TEMPORAL_OK;
}

static temporal_error *check_deposit(temporal_workflow *run, const void *data, const void *input)
{
    const account *self = data;
    int64_t amount = *(const int64_t *)input;

    if (amount == 13)
        return temporal_workflow_sleep(run, 1);
    if (amount == 14) {
        (void)temporal_workflow_start_timer(run, 1);
        return TEMPORAL_OK;
    }
    if (amount == 15) { /* what const forbids */
        ((account *)(uintptr_t)self)->balance = 0;
        return TEMPORAL_OK;
    }
    if (amount <= 0)
        return temporal_error_application(
            "Amount", "%lld is no deposit for %s, which has %lld", (long long)amount,
            temporal_workflow_current_update(run)->id, (long long)self->balance);
    return TEMPORAL_OK;
}
static const temporal_handler_def deposit_def = { sizeof(temporal_handler_def),
                                                  TEMPORAL_HANDLER_UPDATE,
                                                  "deposit",
                                                  temporal_int_type,
                                                  temporal_int_type,
                                                  deposit,
                                                  NULL,
                                                  check_deposit,
                                                  NULL,
                                                  NULL };

/* Asks an activity, fails with what it fails with. */
static temporal_error *ask_bank(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data;
    return temporal_workflow_execute_activity(
        run, "bank", ARGUMENT(temporal_string, input), 1, temporal_string_type(), output,
        TEMPORAL_OPTIONS(temporal_activity_options, .start_to_close_timeout = 10));
}
HANDLER(ask_bank, "ask", UPDATE, temporal_string, temporal_string)

/* Waits for a balance; what it spawned knows whose it is. */
static temporal_error *whose(temporal_workflow *run, void *data)
{
    (void)data;
    note("spawned by %s", temporal_workflow_current_update(run)->id);
    return TEMPORAL_OK;
}

static temporal_error *await_balance(temporal_workflow *run, void *data, const void *input,
                                     void *output)
{
    account *self = data;
    temporal_future *spawned = temporal_workflow_spawn(run, whose, NULL);

    self->wanted = *(const int64_t *)input;
    if (self->wanted == 77)
        temporal_workflow_set_unfinished_policy(run, TEMPORAL_UNFINISHED_ABANDON);
    TEMPORAL_TRY(temporal_workflow_await(run, spawned, NULL, NULL));
    TEMPORAL_WAIT_UNTIL(run, self->balance >= self->wanted);
    *(int64_t *)output = self->balance;
    return TEMPORAL_OK;
}
HANDLER(await_balance, "await", UPDATE, temporal_int, temporal_int)

static temporal_error *break_it(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data;
    (void)output;
    switch (*(const int64_t *)input) {
    case 0:
        return temporal_error_application("Broken", "by hand");
    case 1:
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "a bug");
    default:
        return temporal_workflow_continue_as_new(run, NULL, 0, NULL);
    }
}
HANDLER(break_it, "break", UPDATE, temporal_int, temporal_none)

static temporal_error *close_it(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    (void)input;
    (void)output;
    ((account *)data)->closed = true;
    return TEMPORAL_OK;
}
HANDLER(close_it, "close", SIGNAL, temporal_none, temporal_none)

static temporal_error *bank(temporal_workflow *run, void *data, const void *input, void *output)
{
    account *self = data;

    self->balance = *(const int64_t *)input;
    note("open");
    TEMPORAL_WAIT_UNTIL(run, self->closed);
    *(int64_t *)output = self->balance;
    return TEMPORAL_OK;
}
WORKFLOW(bank, account, temporal_int, temporal_int, &deposit_def, &ask_bank_def, &await_balance_def,
         &break_it_def, &close_it_def, NULL)

/* Leaves nobody behind. */
static temporal_error *patient_bank(temporal_workflow *run, void *data, const void *input,
                                    void *output)
{
    TEMPORAL_TRY(bank(run, data, input, output));
    TEMPORAL_WAIT_UNTIL(run, temporal_workflow_all_handlers_finished(run));
    *(int64_t *)output = ((account *)data)->balance;
    return TEMPORAL_OK;
}
WORKFLOW(patient_bank, account, temporal_int, temporal_int, &deposit_def, &ask_bank_def,
         &close_it_def, NULL)

/* Ends at once. */
static temporal_error *closed_bank(temporal_workflow *run, void *data, const void *input,
                                   void *output)
{
    (void)run;
    ((account *)data)->balance = *(const int64_t *)input;
    *(int64_t *)output = ((account *)data)->balance;
    return TEMPORAL_OK;
}
WORKFLOW(closed_bank, account, temporal_int, temporal_int, &deposit_def, &ask_bank_def, NULL)

/* --- deciding ----------------------------------------------------------------------------- */

static bool deposit_twice(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "deposit", "5");
    if (n == 2) {
        (void)history_update(history, "u2", "deposit", "6");
        history_signal(history, "close", NULL);
    }
    return n < 3;
}

static void an_update_is_accepted_handled_and_answered_in_one_task(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &bank_def,
        .input = "10",
        .script = deposit_twice,
        .commands = " | accept u1, update u1 ok 15 | accept u2, update u2 ok 21, complete 21",
        .notes = "open; deposit u1; deposit u2" });
}

static bool deposit_at_once(history_builder *history, size_t n)
{
    if (n == 0) {
        (void)history_update(history, "u1", "deposit", "5");
        (void)history_update(history, "u2", "deposit", "-5");
        (void)history_update(history, "u3", "deposit", "6");
    }
    return n < 1;
}

static void updates_of_the_first_task_come_after_the_function_began(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = deposit_at_once,
                       .commands = "accept u1, update u1 ok 15, accept u3, update u3 ok 21, "
                                   "reject u2 Amount: -5 is no deposit for u2, which has 15",
                       .notes = "open; deposit u1; deposit u3" });
}

static bool rejected_in_a_row(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "deposit", "0");
    if (n == 2)
        (void)history_update(history, "u2", "rob", "0");
    if (n == 3)
        (void)history_update(history, "u3", "deposit", "\"much\"");
    if (n == 4)
        (void)history_update(history, "u4", "deposit", "1");
    return n < 5;
}

static void what_is_wrong_with_an_update_rejects_it_with_the_reason(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &bank_def,
        .input = "10",
        .script = rejected_in_a_row,
        .commands =
            " | reject u1 Amount: 0 is no deposit for u1, which has 10"
            " | reject u2 NOT_FOUND: workflow bank has no update rob; it has: deposit, "
            "ask, await, break"
            " | reject u3 CONVERSION: input of update deposit: expected a number, not a string"
            " | accept u4, update u4 ok 11",
        .notes = "open; deposit u4" });
}

/* Signals and updates in the order in which they came. */
static bool signal_between(history_builder *history, size_t n)
{
    if (n == 1) {
        (void)history_update(history, "u1", "deposit", "5");
        history_signal(history, "close", NULL);
        (void)history_update(history, "u2", "deposit", "6");
    }
    return n < 2;
}

static void an_update_that_comes_with_the_end_is_still_answered(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = signal_between,
                       .commands = " | accept u1, update u1 ok 15, accept u2, update u2 ok 21, "
                                   "complete 21",
                       .notes = "open; deposit u1; deposit u2" });
}

static bool with_the_start(history_builder *history, size_t n)
{
    if (n == 0) {
        (void)history_update(history, "u1", "deposit", "5");
        (void)history_update(history, "u2", "ask", "\"x\"");
    }
    return n < 1;
}

static void a_run_that_ends_in_its_first_task_answers_who_need_not_wait(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &closed_bank_def,
                       .input = "10",
                       .script = with_the_start,
                       .commands = "accept u1, update u1 ok 15, accept u2, activity bank 1 \"x\", "
                                   "complete 10" });
}

/* --- handling ----------------------------------------------------------------------------- */

static bool ask_twice(history_builder *history, size_t n)
{
    if (n == 1) {
        (void)history_update(history, "u1", "ask", "\"a\"");
        (void)history_update(history, "u2", "ask", "\"b\"");
    }
    if (n == 2)
        history_activity_completed(history, "2", "\"B\"");
    if (n == 3)
        history_activity_failed(history, "1", "Away", "nobody there");
    return n < 4;
}

static void handlers_wait_side_by_side_and_fail_alone(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = ask_twice,
                       .commands =
                           " | accept u1, activity bank 1 \"a\", accept u2, activity bank 2 "
                           "\"b\" | update u2 ok \"B\" | "
                           "update u1 failed (activity): activity bank (id 1) failed <- Away: "
                           "nobody there" });
}

static bool await_deposit(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "await", "20");
    if (n == 2)
        (void)history_update(history, "u2", "deposit", "-1"); /* nobody sees anything of it */
    if (n == 3)
        (void)history_update(history, "u3", "deposit", "10");
    return n < 4;
}

static void a_handler_waits_for_what_another_one_does(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = await_deposit,
                       .commands = " | accept u1 | reject u2 Amount: -1 is no deposit for u2, "
                                   "which has 10 | accept u3, update u3 ok 20, update u1 ok 20",
                       .notes = "open; spawned by u1; deposit u3" });
}

static bool break_0(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "break", "0");
    return n < 2;
}
static bool break_1(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "break", "1");
    return n < 2;
}
static bool break_2(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "break", "2");
    return n < 2;
}

static void a_failure_fails_the_update_and_a_bug_the_task(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = break_0,
                       .commands = " | accept u1, update u1 failed Broken: by hand" });
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = break_1,
                       .commands = " | TASK FAILED: update break: a bug" });
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = break_2,
                       .commands = " | TASK FAILED: update break: its caller waits for an answer, "
                                   "so it cannot continue as new: let the workflow do that" });
}

static bool validator_sleeps(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "deposit", "13");
    return n < 2;
}
static bool validator_begins(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "deposit", "14");
    return n < 2;
}
static bool validator_changes(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "deposit", "15");
    return n < 2;
}

static void a_validator_that_does_more_than_look_fails_the_task(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = validator_sleeps,
                       .commands = " | TASK FAILED: validator of update deposit: a validator only "
                                   "looks, it may not call temporal_workflow_sleep" });
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = validator_begins,
                       .commands = " | TASK FAILED: validator of update deposit: a validator only "
                                   "looks, it may not call temporal_workflow_start_timer" });
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = validator_changes,
                       .commands = " | TASK FAILED: validator of update deposit: a validator only "
                                   "looks, it may not change the state of the workflow (what it "
                                   "changed is undone)" });
}

static bool cancel_while_asking(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "ask", "\"a\"");
    if (n == 2)
        history_cancel_requested(history);
    return n < 3;
}

static void a_waiting_handler_is_cancelled_with_the_run_and_its_caller_told(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = cancel_while_asking,
                       .commands =
                           " | accept u1, activity bank 1 \"a\" | request-cancel 9, "
                           "update u1 failed (activity): activity bank (id 1) was cancelled <- "
                           "(canceled): cancelled, cancel" });
}

/* --- what came in other ways ---------------------------------------------------------------- */

static bool admitted(history_builder *history, size_t n)
{
    if (n == 1) {
        history_update_admitted(history, "u1", "deposit", "5");
        history_update_admitted(history, "u2", "deposit", "0");
        (void)history_update(history, "u1", "deposit", "5"); /* the same once more */
        (void)history_update(history, "u3", "deposit", "7");
    }
    return n < 2;
}

static void updates_of_a_run_that_was_reset_come_as_events(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = admitted,
                       .commands = " | accept u1, update u1 ok 15, accept u3, update u3 ok 22, "
                                   "reject u2 Amount: 0 is no deposit for u2, which has 15",
                       .notes = "open; deposit u1; deposit u3" });
}

static bool twice(history_builder *history, size_t n)
{
    if (n == 1) {
        (void)history_update(history, "u1", "ask", "\"a\"");
        (void)history_update(history, "u1", "ask", "\"a\"");
    }
    if (n == 2)
        (void)history_update(history, "u1", "ask", "\"a\"");
    return n < 3;
}

static void an_update_that_is_under_way_is_not_begun_again(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = twice,
                       .commands = " | accept u1, activity bank 1 \"a\" | " });
}

/* --- waiting for handlers ------------------------------------------------------------------- */

static bool close_while_asking(history_builder *history, size_t n)
{
    if (n == 1) {
        (void)history_update(history, "u1", "ask", "\"a\"");
        history_signal(history, "close", NULL);
    }
    if (n == 2)
        history_activity_completed(history, "1", "\"A\"");
    return n < 3;
}

static void a_run_can_wait_until_all_handlers_have_finished(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &patient_bank_def,
                       .input = "10",
                       .script = close_while_asking,
                       .commands = " | accept u1, activity bank 1 \"a\" | update u1 ok \"A\", "
                                   "complete 10" });
}

static char logged[1024];

static void sink(const temporal_log_record *record, void *data)
{
    (void)data;
    (void)snprintf(logged, sizeof(logged), "%s", record->message);
}

static void handlers_that_a_run_leaves_behind_are_named_in_the_log(void **state)
{
    (void)state;
    logged[0] = 0;
    temporal_log_set(TEMPORAL_LOG_WARN, sink, NULL);
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = close_while_asking,
                       .commands = " | accept u1, activity bank 1 \"a\", complete 10" });
    temporal_log_set(TEMPORAL_LOG_WARN, NULL, NULL);
    assert_non_null(strstr(logged, "ends before its handlers do: update ask (u1); wait until "));
}

static bool close_while_awaiting(history_builder *history, size_t n)
{
    if (n == 1)
        (void)history_update(history, "u1", "await", "77");
    if (n == 2)
        history_signal(history, "close", NULL);
    return n < 3;
}

static void handlers_that_may_be_abandoned_are_not(void **state)
{
    (void)state;
    logged[0] = 0;
    temporal_log_set(TEMPORAL_LOG_WARN, sink, NULL);
    drive(&(scenario){ .def = &bank_def,
                       .input = "10",
                       .script = close_while_awaiting,
                       .commands = " | accept u1 | complete 10" });
    temporal_log_set(TEMPORAL_LOG_WARN, NULL, NULL);
    assert_string_equal(logged, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_is_accepted_handled_and_answered_in_one_task),
        cmocka_unit_test(updates_of_the_first_task_come_after_the_function_began),
        cmocka_unit_test(what_is_wrong_with_an_update_rejects_it_with_the_reason),
        cmocka_unit_test(an_update_that_comes_with_the_end_is_still_answered),
        cmocka_unit_test(a_run_that_ends_in_its_first_task_answers_who_need_not_wait),
        cmocka_unit_test(handlers_wait_side_by_side_and_fail_alone),
        cmocka_unit_test(a_handler_waits_for_what_another_one_does),
        cmocka_unit_test(a_failure_fails_the_update_and_a_bug_the_task),
        cmocka_unit_test(a_validator_that_does_more_than_look_fails_the_task),
        cmocka_unit_test(a_waiting_handler_is_cancelled_with_the_run_and_its_caller_told),
        cmocka_unit_test(updates_of_a_run_that_was_reset_come_as_events),
        cmocka_unit_test(an_update_that_is_under_way_is_not_begun_again),
        cmocka_unit_test(a_run_can_wait_until_all_handlers_have_finished),
        cmocka_unit_test(handlers_that_a_run_leaves_behind_are_named_in_the_log),
        cmocka_unit_test(handlers_that_may_be_abandoned_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
