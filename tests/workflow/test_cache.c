/* SPDX-License-Identifier: MIT */
/* test_cache.c -- runs that are kept, dropped, and found to be out of date. */
#include "life.h"

#include <string.h>

#include "base/error.h"
#include "workflow/run.h"

typedef struct counter {
    int64_t count;
} counter;

static temporal_error *add(temporal_workflow *run, void *data, const void *input, void *output)
{
    (void)run;
    (void)input;
    (void)output;
    ((counter *)data)->count++;
    return TEMPORAL_OK;
}
HANDLER(add, "add", SIGNAL, temporal_none, temporal_none)

static temporal_error *count_to_3(temporal_workflow *run, void *data, const void *input,
                                  void *output)
{
    counter *self = data;

    (void)input;
    note("begins");
    TEMPORAL_WAIT_UNTIL(run, self->count >= 3);
    *(int64_t *)output = self->count;
    return TEMPORAL_OK;
}
WORKFLOW(count_to_3, counter, temporal_none, temporal_int, &add_def, NULL)

static int set_up(void **state)
{
    return life_set_up(state, &count_to_3_def, 2, NULL);
}

/* Answers the task; take: the server takes the answer. */
static const char *answer_task(life *self, const Tp__Ws__PollWorkflowTaskQueueResponse *task,
                               bool take)
{
    const char *text;
    tp_answer answer;

    tp_engine_activate(self->engine, task, &answer);
    text = answer.kind == TP_ANSWER_NEEDS_HISTORY ? "needs history"
                                                  : tell_commands(&self->arena, &answer);
    if (take)
        history_take_answer(&self->history, &answer);
    tp_answer_done(&answer);
    return text;
}

static void begin(life *self)
{
    history_task(&self->history);
    assert_string_equal(answer_task(self, history_poll(&self->history, 1), true), "");
}

static void a_kept_run_is_not_begun_again(void **state)
{
    life *self = *state;

    begin(self);
    for (int i = 0; i < 2; i++) {
        int64_t next = self->history.task_started + 1;

        history_signal(&self->history, "add", NULL);
        history_task(&self->history);
        assert_string_equal(answer_task(self, history_poll(&self->history, next), true), "");
    }
    history_signal(&self->history, "add", NULL);
    history_task(&self->history);
    /* The whole history again, as after a sticky timeout: what was seen is skipped. */
    assert_string_equal(answer_task(self, history_poll(&self->history, 1), true), "complete 3");
    assert_string_equal(notes(), "begins");
    assert_int_equal(tp_engine_cached(self->engine), 0);
}

static void a_part_of_history_for_a_run_that_is_not_kept_asks_for_the_whole(void **state)
{
    life *self = *state;

    begin(self);
    tp_engine_evict(self->engine, RUN_ID);
    tp_engine_evict(self->engine, "nobody knows this one");
    history_signal(&self->history, "add", NULL);
    history_task(&self->history);
    assert_string_equal(answer_task(self, history_poll(&self->history, 4), false), "needs history");
    assert_string_equal(answer_task(self, history_poll(&self->history, 1), true), "");
}

static void a_gap_behind_what_is_kept_asks_for_the_whole(void **state)
{
    life *self = *state;

    begin(self);
    history_signal(&self->history, "add", NULL);
    history_task(&self->history);
    assert_string_equal(answer_task(self, history_poll(&self->history, 5), false), "needs history");
    assert_int_equal(tp_engine_cached(self->engine), 0);
    assert_string_equal(answer_task(self, history_poll(&self->history, 1), true), "");
}

static void an_answer_that_the_server_did_not_take_makes_what_is_kept_out_of_date(void **state)
{
    life *self = *state;

    begin(self);
    history_signal(&self->history, "add", NULL);
    history_task(&self->history);
    (void)answer_task(self, history_poll(&self->history, 4), false);
    /* It timed out instead, and comes again with a part, and then with all, of its history. */
    history_task_timed_out(&self->history);
    history_task(&self->history);
    assert_string_equal(answer_task(self, history_poll(&self->history, 8), false), "needs history");
    assert_string_equal(answer_task(self, history_poll(&self->history, 1), true), "");
    assert_string_equal(notes(), "begins; begins");
}

static void the_same_task_again_is_done_again(void **state)
{
    life *self = *state;
    const Tp__Ws__PollWorkflowTaskQueueResponse *task;

    history_task(&self->history);
    task = history_poll(&self->history, 1);
    assert_string_equal(answer_task(self, task, false), "");
    assert_string_equal(answer_task(self, task, false), "");
    assert_string_equal(notes(), "begins; begins");
    assert_int_equal(tp_engine_cached(self->engine), 1);
}

static void commands_that_were_not_taken_are_issued_again_when_evicted(void **state)
{
    life *self = *state;

    begin(self);
    for (int i = 0; i < 3; i++)
        history_signal(&self->history, "add", NULL);
    history_task(&self->history);
    assert_string_equal(answer_task(self, history_poll(&self->history, 4), false), "complete 3");
    /* UnhandledCommand: a signal came meanwhile. */
    tp_engine_evict(self->engine, RUN_ID);
    history_task_failed(&self->history);
    history_signal(&self->history, "add", NULL);
    history_task(&self->history);
    assert_string_equal(answer_task(self, history_poll(&self->history, 4), false), "needs history");
    assert_string_equal(answer_task(self, history_poll(&self->history, 1), true), "complete 4");
}

static void the_least_recently_used_run_goes_first(void **state)
{
    life *self = *state;
    static char ids[3][8] = { "run-a", "run-b", "run-c" };
    const int order[] = { 0, 1, 0, 2 };

    history_task(&self->history);
    for (size_t i = 0; i < 4; i++) {
        Tp__Ws__PollWorkflowTaskQueueResponse *task = history_poll(&self->history, 1);

        task->workflow_execution->run_id = ids[order[i]];
        assert_string_equal(answer_task(self, task, false), "");
    }
    assert_int_equal(tp_engine_cached(self->engine), 2);
    for (int i = 0; i < 3; i++) {
        Tp__Ws__PollWorkflowTaskQueueResponse *task =
            history_query(&self->history, (int64_t)self->history.count + 1, "x", NULL);

        task->workflow_execution->run_id = ids[i];
        if (i == 1)
            assert_string_equal(answer_task(self, task, false), "needs history");
        else
            assert_string_not_equal(answer_task(self, task, false), "needs history");
    }
}

static void many_kept_runs_are_freed_with_their_engine(void **state)
{
    tp_engine *engine = make_engine(&count_to_3_def, 500);
    life *self = *state;
    char id[16];

    history_task(&self->history);
    for (int i = 0; i < 500; i++) {
        Tp__Ws__PollWorkflowTaskQueueResponse *task = history_poll(&self->history, 1);
        tp_answer answer;

        (void)snprintf(id, sizeof(id), "run-%d", i);
        task->workflow_execution->run_id = id;
        tp_engine_activate(engine, task, &answer);
        assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
        tp_answer_done(&answer);
    }
    assert_int_equal(tp_engine_cached(engine), 500);
    tp_engine_free(engine);
}

/* --- counted in bytes ------------------------------------------------------------------------- */

static temporal_error *hold(temporal_workflow *run, void *data, const void *input, void *output)
{
    counter *self = data;

    (void)output;
    (void)temporal_workflow_alloc(run, (size_t) * (const int64_t *)input);
    TEMPORAL_WAIT_UNTIL(run, self->count > 0);
    return TEMPORAL_OK;
}
WORKFLOW(hold, counter, temporal_int, temporal_none, &add_def, NULL)

#define HELD ((size_t)1 << 20)

static tp_engine *make_byte_engine(size_t bytes)
{
    static const temporal_workflow_def *const definitions[] = { &hold_def, NULL };
    tp_engine *engine;

    assert_null(tp_engine_new(&engine, &(tp_engine_options){ .definitions = definitions,
                                                             .namespace_name = "default",
                                                             .task_queue = "queue",
                                                             .max_cached = 100,
                                                             .max_cached_bytes = bytes }));
    return engine;
}

static void run_holder(tp_engine *engine, history_builder *history, char *id)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task = history_poll(history, 1);
    tp_answer answer;

    task->workflow_execution->run_id = id;
    tp_engine_activate(engine, task, &answer);
    assert_int_equal(answer.kind, TP_ANSWER_COMPLETED);
    tp_answer_done(&answer);
}

static bool is_cached(tp_engine *engine, history_builder *history, char *id)
{
    Tp__Ws__PollWorkflowTaskQueueResponse *task =
        history_query(history, (int64_t)history->count + 1, "x", NULL);
    tp_answer answer;
    bool cached;

    task->workflow_execution->run_id = id;
    tp_engine_activate(engine, task, &answer);
    cached = answer.kind == TP_ANSWER_QUERY;
    tp_answer_done(&answer);
    return cached;
}

static void runs_leave_when_their_bytes_pass_the_limit(void **state)
{
    tp_engine *engine = make_byte_engine(3 * HELD + HELD / 2);
    static char ids[4][8] = { "run-a", "run-b", "run-c", "run-d" };
    history_builder history;
    size_t one;

    (void)state;
    history_init(&history, "hold", "1048576");
    history_task(&history);
    run_holder(engine, &history, ids[0]);
    one = tp_engine_cached_bytes(engine);
    assert_in_range(one, HELD, HELD + HELD / 16);
    run_holder(engine, &history, ids[1]);
    run_holder(engine, &history, ids[2]);
    assert_int_equal(tp_engine_cached(engine), 3);
    assert_true(is_cached(engine, &history, ids[0])); /* and it is used so */
    run_holder(engine, &history, ids[3]);
    assert_int_equal(tp_engine_cached(engine), 3);
    assert_in_range(tp_engine_cached_bytes(engine), 3 * HELD, 3 * HELD + HELD / 2);
    assert_false(is_cached(engine, &history, ids[1]));
    assert_true(is_cached(engine, &history, ids[0]));
    tp_engine_evict(engine, ids[0]);
    tp_engine_evict(engine, ids[2]);
    tp_engine_evict(engine, ids[3]);
    assert_int_equal(tp_engine_cached_bytes(engine), 0);
    history_done(&history);
    tp_engine_free(engine);
}

static void a_run_larger_than_the_limit_stays_until_another_comes(void **state)
{
    tp_engine *engine = make_byte_engine(HELD / 2);
    static char ids[2][8] = { "run-a", "run-b" };
    history_builder history;

    (void)state;
    history_init(&history, "hold", "1048576");
    history_task(&history);
    run_holder(engine, &history, ids[0]);
    assert_int_equal(tp_engine_cached(engine), 1);
    run_holder(engine, &history, ids[1]);
    assert_int_equal(tp_engine_cached(engine), 1);
    assert_true(is_cached(engine, &history, ids[1]));
    history_done(&history);
    tp_engine_free(engine);
}

static void without_a_limit_bytes_are_not_counted(void **state)
{
    tp_engine *engine = make_byte_engine(0);
    static char id[] = "run-a";
    history_builder history;

    (void)state;
    history_init(&history, "hold", "1048576");
    history_task(&history);
    run_holder(engine, &history, id);
    assert_int_equal(tp_engine_cached_bytes(engine), 0);
    history_done(&history);
    tp_engine_free(engine);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, life_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_kept_run_is_not_begun_again),
        TEST(a_part_of_history_for_a_run_that_is_not_kept_asks_for_the_whole),
        TEST(a_gap_behind_what_is_kept_asks_for_the_whole),
        TEST(an_answer_that_the_server_did_not_take_makes_what_is_kept_out_of_date),
        TEST(the_same_task_again_is_done_again),
        TEST(commands_that_were_not_taken_are_issued_again_when_evicted),
        TEST(the_least_recently_used_run_goes_first),
        TEST(many_kept_runs_are_freed_with_their_engine),
        cmocka_unit_test(runs_leave_when_their_bytes_pass_the_limit),
        cmocka_unit_test(a_run_larger_than_the_limit_stays_until_another_comes),
        cmocka_unit_test(without_a_limit_bytes_are_not_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
