/* SPDX-License-Identifier: MIT */
/* test_updates_tasks.c -- updates and the tasks that bring them: tasks that the server forgets,
 * messages that make no sense, histories that the code does not match. */
#include "life.h"

#include <string.h>

static temporal_error *add(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    *(int64_t *)output = *(int64_t *)data += *(const int64_t *)input;
    return TEMPORAL_OK;
}

static temporal_error *check_add(temporal_workflow *run, const void *data, const void *input)
{
    (void)run;
    (void)data;
    return *(const int64_t *)input > 0 ? NULL : temporal_error_application("Amount", "too little");
}
static const temporal_handler_def add_def = { sizeof(temporal_handler_def),
                                              TEMPORAL_HANDLER_UPDATE,
                                              "add",
                                              temporal_int_type,
                                              temporal_int_type,
                                              add,
                                              NULL,
                                              check_add,
                                              NULL,
                                              NULL };

static temporal_error *look(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    (void)input;
    *(int64_t *)output = *(const int64_t *)data;
    return TEMPORAL_OK;
}
HANDLER(look, "look", QUERY, temporal_none, temporal_int)

static temporal_error *put(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    (void)output;
    *(int64_t *)data += *(const int64_t *)input;
    return TEMPORAL_OK;
}
HANDLER(put, "put", SIGNAL, temporal_int, temporal_none)

static int64_t asked; /* how often the condition was */

static bool is_late(const void *run)
{
    asked++;
    return temporal_workflow_now(run) > (BUILDER_START + 100000) * INT64_C(1000000000);
}

static temporal_error *sum(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)data;
    (void)input;
    (void)output;
    note("begins");
    (void)temporal_workflow_start_timer(run, 3600);
    return temporal_workflow_wait_condition(run, is_late, run, 0);
}
WORKFLOW(sum, int64_t, temporal_none, temporal_none, &add_def, &look_def, &put_def, NULL)

/* The same workflow after an unlucky change. */
static const temporal_handler_def *const changed_handlers[] = { &look_def, NULL };
static const temporal_workflow_def changed_def = { sizeof(temporal_workflow_def),
                                                   "sum",
                                                   sizeof(int64_t),
                                                   temporal_none_type,
                                                   temporal_none_type,
                                                   sum,
                                                   NULL,
                                                   changed_handlers };

typedef struct fixture {
    life life;
    bool evicting; /* the run is lost after each task */
    int64_t next_event;
} fixture;

static int set_up(void **state)
{
    fixture *self = test_calloc(1, sizeof(*self));

    life_begin(&self->life, &sum_def, 4, NULL);
    self->next_event = 1;
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    fixture *self = *state;

    life_end(&self->life);
    test_free(self);
    return 0;
}

/* One task; kept: the server writes it down, else it forgets it. */
static const char *work(fixture *self, bool kept)
{
    int64_t first;
    const char *commands;
    tp_answer answer;

    history_task(&self->life.history);
    first = self->evicting ? 1 : self->next_event;
    tp_engine_activate(self->life.engine, history_poll(&self->life.history, first), &answer);
    commands = tell_commands(&self->life.arena, &answer);
    if (kept) {
        self->next_event = (int64_t)self->life.history.count + 1;
        history_take_answer(&self->life.history, &answer);
    } else {
        assert_int_equal(answer.completed.n_commands, 0);
        assert_true(answer.completed.capabilities->discard_speculative_workflow_task_with_events);
        history_forget_task(&self->life.history);
    }
    tp_answer_done(&answer);
    if (self->evicting)
        tp_engine_evict(self->life.engine, RUN_ID);
    return commands;
}

static const char *ask(fixture *self)
{
    const char *text;
    tp_answer answer;

    tp_engine_activate(
        self->life.engine,
        history_query(&self->life.history, (int64_t)self->life.history.count + 1, "look", NULL),
        &answer);
    text = tell_query(&self->life.arena, &answer);
    tp_answer_done(&answer);
    return text;
}

/* --- tasks that are forgotten --------------------------------------------------------------- */

static void reject_and_accept(fixture *self)
{
    assert_string_equal(work(self, true), "timer 1 3600s");
    for (int i = 0; i < 3; i++) {
        (void)history_update(&self->life.history, "u1", "add", "0");
        assert_string_equal(work(self, false), "reject u1 Amount: too little");
    }
    (void)history_update(&self->life.history, "u2", "add", "5");
    assert_string_equal(work(self, true), "accept u2, update u2 ok 5");
    (void)history_update(&self->life.history, "u3", "add", "0");
    assert_string_equal(work(self, false), "reject u3 Amount: too little");
    (void)history_update(&self->life.history, "u4", "add", "0"); /* this one is written down */
    assert_string_equal(work(self, true), "reject u4 Amount: too little");
    (void)history_update(&self->life.history, "u5", "add", "0");
    assert_string_equal(work(self, false), "reject u5 Amount: too little");
    history_signal(&self->life.history, "put", "100");
    (void)history_update(&self->life.history, "u6", "add", "6");
    assert_string_equal(work(self, true), "accept u6, update u6 ok 111");
}

static void a_cached_run_goes_on_from_before_a_task_that_was_forgotten(void **state)
{
    fixture *self = *state;

    reject_and_accept(self);
    assert_string_equal(notes(), "begins"); /* it was never lost */
    assert_string_equal(ask(self), "ok 111");
}

static void an_evicted_run_does_the_same(void **state)
{
    fixture *self = *state;

    self->evicting = true;
    reject_and_accept(self);
}

static void a_query_after_a_forgotten_task_finds_the_run_as_it_was(void **state)
{
    fixture *self = *state;

    (void)work(self, true);
    (void)history_update(&self->life.history, "u1", "add", "0");
    (void)work(self, false);
    assert_string_equal(ask(self), "ok 0");
    assert_string_equal(notes(), "begins");
}

static void another_task_with_the_ids_of_a_forgotten_one_is_not_mistaken_for_it(void **state)
{
    fixture *self = *state;
    tp_engine *other = make_engine(&sum_def, 4);
    tp_answer answer;

    (void)work(self, true);
    (void)history_update(&self->life.history, "u1", "add", "0");
    (void)work(self, false);
    /* Another worker gets the next one, and then the run comes back. */
    (void)history_update(&self->life.history, "u2", "add", "5");
    history_task(&self->life.history);
    tp_engine_activate(other, history_poll(&self->life.history, 1), &answer);
    history_take_answer(&self->life.history, &answer);
    tp_answer_done(&answer);
    tp_engine_free(other);
    (void)history_update(&self->life.history, "u3", "add", "6");
    self->next_event = 1;
    assert_string_equal(work(self, true), "accept u3, update u3 ok 11");
}

static void nobody_is_asked_for_a_condition_because_of_a_rejected_update(void **state)
{
    fixture *self = *state;
    int64_t before;

    (void)work(self, true);
    self->life.history.now += 200000;
    before = asked;
    (void)history_update(&self->life.history, "u1", "add", "0");
    (void)work(self, false);
    assert_int_equal(asked, before);
    history_signal(&self->life.history, "put", "1");
    assert_string_equal(work(self, true), "complete -");
    assert_true(asked > before);
}

/* --- messages that make no sense -------------------------------------------------------------- */

static void expect_malformed(fixture *self, const char *text)
{
    tp_answer answer;

    history_task(&self->life.history);
    tp_engine_activate(self->life.engine, history_poll(&self->life.history, self->next_event),
                       &answer);
    assert_int_equal(answer.kind, TP_ANSWER_FAILED);
    assert_string_equal(answer.failed.failure->message, text);
    tp_answer_done(&answer);
    history_task_failed(&self->life.history);
    self->life.history.message_count = 0;
}

static void a_message_that_is_no_update_fails_the_task_and_says_what_it_is(void **state)
{
    fixture *self = *state;
    Tp__Protocol__Message *message;

    (void)work(self, true);
    message = history_update(&self->life.history, "u1", "add", "1");
    message->body->type_url = tp_arena_strdup(&self->life.history.arena, "x/temporal.api.Dance");
    expect_malformed(self,
                     "workflow task: message \"u1/request\" of protocol instance \"u1\" holds "
                     "\"x/temporal.api.Dance\", but this version of the library knows "
                     "temporal.api.update.v1.Request only");
    history_update(&self->life.history, "u1", "add", "1")->body = NULL;
    expect_malformed(self, "workflow task: message \"u1/request\" of protocol instance \"u1\" has "
                           "no body");
    history_update(&self->life.history, "", "add", "1");
    expect_malformed(self, "workflow task: message \"/request\" of protocol instance \"\" does not "
                           "say which update it is about");
    message = history_update(&self->life.history, "u1", "add", "1");
    message->body->value.len--;
    expect_malformed(self, "workflow task: message \"u1/request\" of protocol instance \"u1\" does "
                           "not decode as temporal.api.update.v1.Request");
    message = history_update(&self->life.history, "u1", "add", "1");
    message->sequencing_id_case = TP__PROTOCOL__MESSAGE__SEQUENCING_ID_COMMAND_INDEX;
    expect_malformed(self, "workflow task: message \"u1/request\" of protocol instance \"u1\" does "
                           "not say behind which event it came");
    (void)history_update(&self->life.history, "u2", "add", "1");
    assert_string_equal(work(self, true), "accept u2, update u2 ok 1");
    assert_string_equal(notes(), "begins"); /* and the run was never lost */
}

static void a_request_without_a_name_or_an_id_is_rejected(void **state)
{
    fixture *self = *state;

    (void)work(self, true);
    (void)history_update(&self->life.history, "u1", "", "1");
    assert_string_equal(work(self, false), "reject u1 INVALID_ARGUMENT: update u1 has no name");
    history_update(&self->life.history, "", "add", "1")->protocol_instance_id =
        tp_arena_strdup(&self->life.history.arena, "u2");
    assert_string_equal(work(self, false), "reject u2 INVALID_ARGUMENT: an update without an id");
}

/* --- code that changed ------------------------------------------------------------------------ */

static void an_accepted_update_that_nobody_handles_any_more_is_nondeterminism(void **state)
{
    fixture *self = *state;
    tp_engine *changed = make_engine(&changed_def, 4);

    (void)history_update(&self->life.history, "u1", "add", "5");
    (void)work(self, true);
    history_task(&self->life.history);
    expect_failure(changed, history_poll(&self->life.history, 1),
                   "event 6: the update was accepted, but now: workflow sum has no update add; it "
                   "has: none");
    tp_engine_free(changed);
}

static void an_accepted_event_without_its_request_is_named(void **state)
{
    fixture *self = *state;

    (void)history_update(&self->life.history, "u1", "add", "5");
    (void)work(self, true);
    self->life.history.events[5]
        ->workflow_execution_update_accepted_event_attributes->accepted_request = NULL;
    history_task(&self->life.history);
    tp_engine_evict(self->life.engine, RUN_ID);
    expect_failure(self->life.engine, history_poll(&self->life.history, 1),
                   "history: event 6, of an update that was accepted, does not hold what was asked "
                   "for");
}

static void another_update_in_history_than_in_the_code_is_nondeterminism(void **state)
{
    fixture *self = *state;

    (void)history_update(&self->life.history, "u1", "add", "5");
    (void)work(self, true);
    self->life.history.events[6]
        ->workflow_execution_update_completed_event_attributes->meta->update_id =
        tp_arena_strdup(&self->life.history.arena, "u9");
    history_task(&self->life.history);
    expect_failure(self->life.engine, history_poll(&self->life.history, 1),
                   "event 7: history holds WorkflowExecutionUpdateCompleted (id u9), but the code "
                   "did CompleteUpdate (update add, id u1): the update id differs");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_cached_run_goes_on_from_before_a_task_that_was_forgotten),
        TEST(an_evicted_run_does_the_same),
        TEST(a_query_after_a_forgotten_task_finds_the_run_as_it_was),
        TEST(another_task_with_the_ids_of_a_forgotten_one_is_not_mistaken_for_it),
        TEST(nobody_is_asked_for_a_condition_because_of_a_rejected_update),
        TEST(a_message_that_is_no_update_fails_the_task_and_says_what_it_is),
        TEST(a_request_without_a_name_or_an_id_is_rejected),
        TEST(an_accepted_update_that_nobody_handles_any_more_is_nondeterminism),
        TEST(an_accepted_event_without_its_request_is_named),
        TEST(another_update_in_history_than_in_the_code_is_nondeterminism),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
