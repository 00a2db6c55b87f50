/* SPDX-License-Identifier: MIT */
/* test_context.c -- what a run knows about itself, its log, its memory, and workflows known by name
 * only. */
#include "drive.h"

#include <string.h>
#include <temporal/log.h>

#include "base/error.h"
#include "base/waiter.h"

typedef struct fixture {
    tp_engine *engine;
    history_builder history;
    tp_arena arena;
} fixture;

static int set_up(void **state)
{
    fixture *self = test_calloc(1, sizeof(*self));

    tp_arena_init(&self->arena);
    notes_clear();
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    fixture *self = *state;

    tp_engine_free(self->engine);
    history_done(&self->history);
    tp_arena_done(&self->arena);
    notes_clear();
    test_free(self);
    return 0;
}

static const char *answer_task(fixture *self, int64_t first_event, bool take)
{
    const char *text;
    tp_answer answer;

    tp_engine_activate(self->engine, history_poll(&self->history, first_event), &answer);
    text = tell_commands(&self->arena, &answer);
    if (take)
        history_take_answer(&self->history, &answer);
    tp_answer_done(&answer);
    return text;
}

/* --- info --------------------------------------------------------------------------------- */

static temporal_error *introduce(temporal_workflow *run, void *self, const void *input,
                                 void *output)
{
    const temporal_workflow_info *info = temporal_workflow_get_info(run);

    (void)self;
    (void)input;
    (void)output;
    note("%s %s %s %s %s", info->workflow_id, info->run_id, info->workflow_type, info->task_queue,
         info->namespace_name);
    note("%s [%s] %s %s [%s]", info->first_run_id, info->continued_run_id, info->parent_id,
         info->parent_run_id, info->cron);
    note("%d %lld %g %g %g", (int)info->attempt,
         (long long)(info->start_time / 1000000000 - BUILDER_START), info->execution_timeout,
         info->run_timeout, info->task_timeout);
    return TEMPORAL_OK;
}
WORKFLOW(introduce, char, temporal_none, temporal_none, NULL)

static Tp__Pb__Duration *seconds(tp_arena *arena, int64_t count)
{
    Tp__Pb__Duration *duration = tp_arena_alloc(arena, sizeof(*duration));

    tp__pb__duration__init(duration);
    duration->seconds = count;
    return duration;
}

static void a_run_knows_who_it_is(void **state)
{
    fixture *self = *state;
    Tp__History__WorkflowExecutionStartedEventAttributes *start;
    Tp__Common__WorkflowExecution parent;
    Tp__Taskqueue__TaskQueue queue;
    char id[] = "parent-1", run_id[] = "parent-run", name[] = "its-queue", cron[] = "@daily";

    self->engine = make_engine(&introduce_def, 1);
    history_init(&self->history, "introduce", NULL);
    start = self->history.events[0]->workflow_execution_started_event_attributes;
    tp__common__workflow_execution__init(&parent);
    parent.workflow_id = id;
    parent.run_id = run_id;
    tp__taskqueue__task_queue__init(&queue);
    queue.name = name;
    start->parent_workflow_execution = &parent;
    start->task_queue = &queue;
    start->cron_schedule = cron;
    start->attempt = 3;
    start->workflow_execution_timeout = seconds(&self->arena, 100);
    start->workflow_run_timeout = seconds(&self->arena, 50);
    start->workflow_task_timeout = seconds(&self->arena, 10);
    history_task(&self->history);
    assert_string_equal(answer_task(self, 1, false), "complete -");
    assert_string_equal(notes(), "wf-1 " RUN_ID " introduce its-queue default; " RUN_ID
                                 " [] parent-1 parent-run [@daily]; 3 0 100 50 10");
}

static void what_the_start_does_not_say_has_its_default(void **state)
{
    fixture *self = *state;

    self->engine = make_engine(&introduce_def, 1);
    history_init(&self->history, "introduce", NULL);
    history_task(&self->history);
    assert_string_equal(answer_task(self, 1, false), "complete -");
    assert_string_equal(notes(), "wf-1 " RUN_ID " introduce queue default; " RUN_ID
                                 " [] (null) (null) []; 1 0 0 0 0");
}

/* --- the log ------------------------------------------------------------------------------ */

static char logged[256];

static void sink(const temporal_log_record *record, void *data)
{
    (void)data;
    (void)snprintf(logged + strlen(logged), sizeof(logged) - strlen(logged), "%s/%s=%s;",
                   record->message, record->fields[0].name, record->fields[0].value);
}

static temporal_error *chat(temporal_workflow *run, void *self, const void *input, void *output)
{
    (void)self;
    (void)input;
    (void)output;
    temporal_workflow_log(run, "step %d", 1);
    note("%d", temporal_workflow_is_replaying(run));
    TEMPORAL_TRY(temporal_workflow_sleep(run, 1));
    temporal_workflow_log(run, "step %d", 2);
    note("%d", temporal_workflow_is_replaying(run));
    return TEMPORAL_OK;
}
WORKFLOW(chat, char, temporal_none, temporal_none, NULL)

static void the_log_is_silent_on_replay(void **state)
{
    fixture *self = *state;

    self->engine = make_engine(&chat_def, 1);
    history_init(&self->history, "chat", NULL);
    temporal_log_set(TEMPORAL_LOG_INFO, sink, NULL);
    logged[0] = 0;
    history_task(&self->history);
    assert_string_equal(answer_task(self, 1, true), "timer 1 1s");
    assert_string_equal(logged, "step 1/workflow_id=wf-1;");
    history_timer_fired(&self->history, "1");
    history_task(&self->history);
    tp_engine_evict(self->engine, RUN_ID);
    assert_string_equal(answer_task(self, 1, true), "complete -");
    assert_string_equal(logged, "step 1/workflow_id=wf-1;step 2/workflow_id=wf-1;");
    assert_string_equal(notes(), "0; 1; 0");
    temporal_log_set(TEMPORAL_LOG_WARN, NULL, NULL);
}

/* --- blocking ----------------------------------------------------------------------------- */

static temporal_error *blocker(temporal_workflow *run, void *self, const void *input, void *output)
{
    temporal_error *error = tp_waiter_check("a call of the client");

    (void)run;
    (void)self;
    (void)input;
    (void)output;
    note("%s", temporal_error_message(error));
    return TEMPORAL_OK;
}
WORKFLOW(blocker, char, temporal_none, temporal_none, NULL)

static void a_call_that_would_block_is_refused_while_workflow_code_runs(void **state)
{
    fixture *self = *state;

    self->engine = make_engine(&blocker_def, 1);
    history_init(&self->history, "blocker", NULL);
    history_task(&self->history);
    assert_string_equal(answer_task(self, 1, false), "complete -");
    assert_non_null(strstr(notes(), "make the call in an activity"));
    assert_null(tp_waiter_check("a call of the client"));
}

/* --- memory ------------------------------------------------------------------------------- */

static temporal_error *hoarder(temporal_workflow *run, void *self, const void *input, void *output)
{
    const char *const *text = input;
    char *zeroed = temporal_workflow_alloc(run, 100000);

    (void)self;
    for (size_t i = 0; i < 100000; i++)
        if (zeroed[i] != 0)
            return temporal_error_application("Dirty", "byte %zu", i);
    /* The input is the run's: it may be kept by pointer across tasks. */
    TEMPORAL_TRY(temporal_workflow_sleep(run, 1));
    *(const char **)output = temporal_workflow_format(run, "%s, still", *text);
    return TEMPORAL_OK;
}
WORKFLOW(hoarder, char, temporal_string, temporal_string, NULL)

static bool fire_1(history_builder *history, size_t n)
{
    if (n == 1)
        history_timer_fired(history, "1");
    return n < 2;
}

static void memory_of_a_run_is_zeroed_and_lives_as_long_as_it(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &hoarder_def,
                       .input = "\"here\"",
                       .script = fire_1,
                       .commands = "timer 1 1s | complete \"here, still\"" });
}

/* --- by name ------------------------------------------------------------------------------ */

static temporal_error *anything(temporal_workflow *run, void *self, const temporal_value *inputs,
                                size_t input_count, temporal_value *output)
{
    int64_t *sum = self, number = 0;

    for (size_t i = 0; i < input_count; i++) {
        TEMPORAL_TRY(temporal_value_read(&inputs[i], temporal_int_type(), &number));
        *sum += number;
    }
    TEMPORAL_TRY(temporal_workflow_sleep(run, 1));
    note("%s", temporal_workflow_get_info(run)->workflow_type);
    if (input_count == 0)
        return TEMPORAL_OK;
    return temporal_workflow_write(run, output, temporal_int_type(), sum);
}

static temporal_error *sum_so_far(temporal_workflow *run, void *self, const char *name,
                                  const temporal_value *inputs, size_t input_count,
                                  temporal_value *output)
{
    const char *text;

    (void)inputs;
    (void)input_count;
    text = temporal_workflow_format(run, "%s: %lld", name, (long long)*(const int64_t *)self);
    return temporal_workflow_write(run, output, temporal_string_type(), &text);
}
static const temporal_handler_def sum_so_far_def = { sizeof(temporal_handler_def),
                                                     TEMPORAL_HANDLER_QUERY,
                                                     NULL,
                                                     NULL,
                                                     NULL,
                                                     NULL,
                                                     sum_so_far,
                                                     NULL,
                                                     NULL,
                                                     NULL };
static const temporal_handler_def *const anything_handlers[] = { &sum_so_far_def, NULL };
static const temporal_workflow_def anything_def = { sizeof(temporal_workflow_def),
                                                    NULL,
                                                    sizeof(int64_t),
                                                    NULL,
                                                    NULL,
                                                    NULL,
                                                    anything,
                                                    anything_handlers };

static void a_dynamic_workflow_takes_every_type_with_its_arguments(void **state)
{
    (void)state;
    drive(&(scenario){ .def = &anything_def,
                       .input = "20",
                       .script = fire_1,
                       .commands = "timer 1 1s | complete 20",
                       .notes = "anything" });
    drive(&(scenario){
        .def = &anything_def, .script = fire_1, .commands = "timer 1 1s | complete -" });
}

static void a_dynamic_query_answers_to_every_name(void **state)
{
    fixture *self = *state;
    tp_answer answer;

    self->engine = make_engine(&anything_def, 1);
    history_init(&self->history, "whatever", "7");
    history_task(&self->history);
    assert_string_equal(answer_task(self, 1, true), "timer 1 1s");
    tp_engine_activate(self->engine, history_query(&self->history, 6, "the-sum", NULL), &answer);
    assert_string_equal(tell_query(&self->arena, &answer), "ok \"the-sum: 7\"");
    tp_answer_done(&answer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_run_knows_who_it_is),
        TEST(what_the_start_does_not_say_has_its_default),
        TEST(the_log_is_silent_on_replay),
        TEST(a_call_that_would_block_is_refused_while_workflow_code_runs),
        cmocka_unit_test(memory_of_a_run_is_zeroed_and_lives_as_long_as_it),
        cmocka_unit_test(a_dynamic_workflow_takes_every_type_with_its_arguments),
        TEST(a_dynamic_query_answers_to_every_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
