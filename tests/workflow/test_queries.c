/* SPDX-License-Identifier: MIT */
/* test_queries.c -- questions to a run: with a task, as a task, and what they may not do. */
#include "life.h"

#include <string.h>

typedef struct account {
    int64_t balance;
    bool closed;
    temporal_future *timer;
    temporal_scope *scope;
} account;

static temporal_error *deposit(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    (void)output;
    ((account *)data)->balance += *(const int64_t *)input;
    return TEMPORAL_OK;
}
HANDLER(deposit, "deposit", SIGNAL, temporal_int, temporal_none)

static temporal_error *close_it(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    (void)input;
    (void)output;
    ((account *)data)->closed = true;
    return TEMPORAL_OK;
}
HANDLER(close_it, "close", SIGNAL, temporal_none, temporal_none)

static temporal_error *balance(temporal_workflow *run, void *data, const void *input, void *output)
{
    const account *self = data;

    (void)input;
    if (temporal_workflow_is_replaying(run))
        note("asked");
    *(int64_t *)output = self->balance;
    return TEMPORAL_OK;
}
HANDLER(balance, "balance", QUERY, temporal_none, temporal_int)

static temporal_error *scaled(temporal_workflow *run, void *data, const void *input, void *output)
{
    const account *self = data;
    int64_t factor = *(const int64_t *)input;

    if (factor == 0)
        return temporal_error_application("Zero", "nothing times %lld", (long long)self->balance);
    *(const char **)output =
        temporal_workflow_format(run, "%lld", (long long)(factor * self->balance));
    return TEMPORAL_OK;
}
HANDLER(scaled, "scaled", QUERY, temporal_int, temporal_string)

/* Tries what queries may not do, one thing for each input. */
static temporal_error *naughty(temporal_workflow *run, void *data, const void *input, void *output)
{
    const account *self = data;
    temporal_future *future;

    (void)output;
    switch (*(const int64_t *)input) {
    case 0:
        return temporal_workflow_sleep(run, 1);
    case 1:
        future = temporal_workflow_start_activity(run, "say", NULL, 0, NULL);
        return temporal_workflow_await(run, future, NULL, NULL);
    case 2:
        (void)temporal_workflow_start_timer(run, 1);
        return TEMPORAL_OK; /* hidden, and told all the same */
    case 3:
        (void)temporal_workflow_random(run);
        return TEMPORAL_OK;
    case 4:
        temporal_future_cancel(self->timer);
        return TEMPORAL_OK;
    case 5:
        temporal_scope_cancel(self->scope);
        return TEMPORAL_OK;
    case 6:
        return temporal_workflow_park(run, false);
    case 7:
        (void)temporal_workflow_uuid(run);
        return TEMPORAL_OK;
    case 8:
        temporal_scope_leave(run, temporal_scope_enter(run));
        return TEMPORAL_OK;
    default:
        return temporal_workflow_continue_as_new(run, NULL, 0, NULL);
    }
}
HANDLER(naughty, "naughty", QUERY, temporal_int, temporal_none)

/* What const forbids. */
static temporal_error *spoil(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run, (void)input;
    ((account *)data)->balance = -1;
    *(int64_t *)output = ((account *)data)->balance;
    return TEMPORAL_OK;
}
HANDLER(spoil, "spoil", QUERY, temporal_none, temporal_int)

static temporal_error *bank(temporal_workflow *run, void *data, const void *input, void *output)
{
    account *self = data;

    self->balance = *(const int64_t *)input;
    self->scope = temporal_scope_enter(run);
    self->timer = temporal_workflow_start_timer(run, 3600);
    temporal_scope_leave(run, self->scope);
    TEMPORAL_WAIT_UNTIL(run, self->closed);
    *(int64_t *)output = self->balance;
    return TEMPORAL_OK;
}
WORKFLOW(bank, account, temporal_int, temporal_int, &deposit_def, &close_it_def, &balance_def,
         &scaled_def, &naughty_def, &spoil_def, NULL)

static int set_up(void **state)
{
    return life_set_up(state, &bank_def, 4, "100");
}

/* One task, answered and taken. */
static const char *work(life *self, int64_t first_event)
{
    const char *commands;
    tp_answer answer;

    history_task(&self->history);
    tp_engine_activate(self->engine, history_poll(&self->history, first_event), &answer);
    commands = tell_commands(&self->arena, &answer);
    if (answer.kind == TP_ANSWER_COMPLETED)
        history_take_answer(&self->history, &answer);
    tp_answer_done(&answer);
    return commands;
}

static const char *ask(life *self, int64_t first_event, const char *query, const char *input)
{
    const char *text;
    tp_answer answer;

    tp_engine_activate(self->engine, history_query(&self->history, first_event, query, input),
                       &answer);
    text = answer.kind == TP_ANSWER_NEEDS_HISTORY ? "needs history"
                                                  : tell_query(&self->arena, &answer);
    tp_answer_done(&answer);
    return text;
}

static int64_t after(const life *self)
{
    return (int64_t)self->history.count + 1;
}

static void a_cached_run_answers_without_history(void **state)
{
    life *self = *state;

    assert_string_equal(work(self, 1), "timer 1 3600s");
    assert_string_equal(ask(self, after(self), "balance", NULL), "ok 100");
    assert_string_equal(ask(self, after(self), "scaled", "3"), "ok \"300\"");
    assert_string_equal(notes(), "asked");
}

static void a_run_that_is_not_cached_asks_for_history_and_answers_from_it(void **state)
{
    life *self = *state;

    (void)work(self, 1);
    history_signal(&self->history, "deposit", "11");
    (void)work(self, 4);
    tp_engine_evict(self->engine, RUN_ID);
    assert_string_equal(ask(self, after(self), "balance", NULL), "needs history");
    assert_string_equal(ask(self, 1, "balance", NULL), "ok 111");
    assert_int_equal(tp_engine_cached(self->engine), 1);
    assert_string_equal(ask(self, after(self), "balance", NULL), "ok 111");
}

static void a_query_task_does_not_run_the_open_task_of_its_history(void **state)
{
    life *self = *state;

    (void)work(self, 1);
    tp_engine_evict(self->engine, RUN_ID);
    history_signal(&self->history, "deposit", "11");
    history_task(&self->history);
    assert_string_equal(ask(self, 1, "balance", NULL), "ok 100");
    /* And when that task comes, it is done as if nobody had asked. */
    {
        tp_answer answer;

        tp_engine_activate(self->engine, history_poll(&self->history, 4), &answer);
        assert_string_equal(tell_commands(&self->arena, &answer), "");
        history_take_answer(&self->history, &answer);
        tp_answer_done(&answer);
    }
    assert_string_equal(ask(self, after(self), "balance", NULL), "ok 111");
}

static void queries_of_a_task_see_the_state_after_it(void **state)
{
    life *self = *state;
    Tp__Ws__PollWorkflowTaskQueueResponse *task;
    const Tp__Query__WorkflowQueryResult *result;
    tp_answer answer;

    (void)work(self, 1);
    history_signal(&self->history, "deposit", "1");
    history_task(&self->history);
    task = history_poll(&self->history, 4);
    history_ask(&self->history, task, "q1", "balance", NULL);
    history_ask(&self->history, task, "q2", "nonsense", NULL);
    history_ask(&self->history, task, "q3", "scaled", "0");
    tp_engine_activate(self->engine, task, &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    assert_int_equal(answer.completed.n_query_results, 3);
    assert_string_equal(answer.completed.query_results[0]->key, "q1");
    result = answer.completed.query_results[0]->value;
    assert_string_equal(tell_payloads(&self->arena, result->answer), "101");
    result = answer.completed.query_results[1]->value;
    assert_string_equal(
        result->error_message,
        "workflow bank has no query nonsense; it has: balance, scaled, naughty, spoil, "
        "__stack_trace, __temporal_workflow_metadata");
    result = answer.completed.query_results[2]->value;
    assert_int_equal(result->result_type, TP__ENUMS__QUERY_RESULT_TYPE__QUERY_RESULT_TYPE_FAILED);
    assert_string_equal(result->error_message, "nothing times 101");
    assert_string_equal(result->failure->application_failure_info->type, "Zero");
    tp_answer_done(&answer);
}

static void a_query_that_does_more_than_look_is_refused_and_harms_nothing(void **state)
{
    life *self = *state;

    (void)work(self, 1);
    for (int64_t what = 0; what <= 9; what++) {
        char number[8];
        const char *answer;

        (void)snprintf(number, sizeof(number), "%lld", (long long)what);
        answer = ask(self, after(self), "naughty", number);
        if (!strstr(answer, "failed query naughty: a query only looks, it may not call temporal_"))
            fail_msg("case %s: %s", number, answer);
    }
    history_signal(&self->history, "close", NULL);
    assert_string_equal(work(self, 4), "complete 100");
    assert_string_equal(ask(self, 1, "balance", NULL), "ok 100");
}

static void a_query_that_changes_the_state_fails_and_changes_nothing(void **state)
{
    life *self = *state;

    (void)work(self, 1);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(ask(self, after(self), "spoil", NULL),
                            "failed query spoil: a query only looks, it may not change the state "
                            "of the workflow (what it changed is undone)");
        assert_string_equal(ask(self, after(self), "balance", NULL), "ok 100");
    }
    history_signal(&self->history, "close", NULL);
    assert_string_equal(work(self, 4), "complete 100");
}

static void a_query_with_an_input_that_does_not_decode_fails_alone(void **state)
{
    life *self = *state;

    (void)work(self, 1);
    assert_non_null(strstr(ask(self, after(self), "scaled", "\"x\""), "failed "));
    assert_string_equal(ask(self, after(self), "balance", NULL), "ok 100");
}

static void a_closed_run_answers_from_its_last_state(void **state)
{
    life *self = *state;

    (void)work(self, 1);
    history_signal(&self->history, "deposit", "23");
    history_signal(&self->history, "close", NULL);
    assert_string_equal(work(self, 4), "complete 123");
    assert_int_equal(tp_engine_cached(self->engine), 0);
    assert_string_equal(ask(self, 1, "balance", NULL), "ok 123");
    assert_string_equal(ask(self, 1, "balance", NULL), "ok 123");
    assert_int_equal(tp_engine_cached(self->engine), 0);
}

static void a_terminated_run_answers_from_its_last_state(void **state)
{
    life *self = *state;

    (void)work(self, 1);
    history_signal(&self->history, "deposit", "23");
    history_task(&self->history);
    history_terminated(&self->history);
    assert_string_equal(ask(self, 1, "balance", NULL), "ok 100");
    assert_int_equal(tp_engine_cached(self->engine), 0);
}

static void a_run_that_has_not_begun_says_so(void **state)
{
    life *self = *state;

    history_task(&self->history);
    assert_string_equal(ask(self, 1, "balance", NULL),
                        "failed query balance: the workflow has not run yet");
    (void)ask(self, 1, "balance", NULL);
}

static void a_query_of_an_unknown_type_of_workflow_names_the_known(void **state)
{
    life *self = *state;

    self->history.workflow_type = "bunk";
    history_task(&self->history);
    assert_string_equal(
        ask(self, 1, "balance", NULL),
        "failed workflow type bunk is not registered on this worker, which has: bank");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, life_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_cached_run_answers_without_history),
        TEST(a_run_that_is_not_cached_asks_for_history_and_answers_from_it),
        TEST(a_query_task_does_not_run_the_open_task_of_its_history),
        TEST(queries_of_a_task_see_the_state_after_it),
        TEST(a_query_that_does_more_than_look_is_refused_and_harms_nothing),
        TEST(a_query_that_changes_the_state_fails_and_changes_nothing),
        TEST(a_query_with_an_input_that_does_not_decode_fails_alone),
        TEST(a_closed_run_answers_from_its_last_state),
        TEST(a_terminated_run_answers_from_its_last_state),
        TEST(a_run_that_has_not_begun_says_so),
        TEST(a_query_of_an_unknown_type_of_workflow_names_the_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
