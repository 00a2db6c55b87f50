/* SPDX-License-Identifier: MIT */
/* test_on_server.c -- random programs on a real server, many at once, while workers with small
 * caches come and go: each history is one that the model's rules allow, is replayed without a
 * difference, and ends with the trace of what the program saw.
 *
 *     test_on_server                what belongs to the tests
 *     test_on_server FIRST COUNT    these seeds only
 *     test_on_server FIRST 1 trace  ... and tells what the program sees */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <temporal/log.h>
#include <temporal/replayer.h>

#include "base/alloc.h"
#include "legal.h"
#include "outside.h"
#include "program.h"
#include "temporal/api/history/v1/message.pb-c.h"
#include "tests/support/live.h"
#include "workflow/event.h"

#define WORKERS  2
#define PATIENCE (3 * TEST_PATIENCE) /* for all programs together */
#define ACTIONS  40                  /* of each program, before it only gets signals */

typedef struct life {
    program made;
    uint64_t seed;
    sim_random random;
    char id[64];
    temporal_handle *first, *current; /* the run that it was started as; the id's newest */
    unsigned actions;
    int64_t length;  /* of its history, at the last look */
    unsigned rested; /* for so many looks */
    bool closed;
} life;

static struct {
    uint64_t first;
    size_t count;
    life *lives;
    const char *queue, *prefix;
    temporal_client *client;
    temporal_worker *workers[WORKERS];
    size_t runs, events, replacements;
} all;

/* --- the world that they live in ----------------------------------------------------------- */

static const program *find(const char *workflow_id)
{
    const char *number = strrchr(workflow_id, '-');

    return &all.lives[strtoull(number + 1, NULL, 10) - all.first].made;
}

/* Caches that hold nearly nothing: most tasks begin with a replay. */
static void start_worker(size_t number)
{
    all.workers[number] = test_worker_start(
        all.client, .task_queue = all.queue, .workflows = outside_workflows,
        .async = { .activities = outside_activities, .concurrency = 50 }, .max_cached_workflows = 4,
        .workflow_threads = 2, .deadlock_timeout = TEST_PATIENCE);
}

static void replace_worker(void)
{
    const size_t number = all.replacements++ % WORKERS;

    test_worker_stop(all.workers[number]);
    start_worker(number);
}

/* Of those that programs call (program_facts.c): they are there until one of them cancels it. */
static const char *const others[] = { "other-0", "other-1", "other-2" };

static void start_others(void)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const temporal_start_options options = { .struct_size = sizeof(options),
                                                 .id = others[i],
                                                 .task_queue = all.queue,
                                                 .id_conflict =
                                                     TEMPORAL_ID_CONFLICT_TERMINATE_EXISTING };
        temporal_handle *handle;

        assert_ok(temporal_client_start_workflow(all.client, "other", NULL, 0, &handle, &options));
        temporal_handle_free(handle);
    }
}

static void end_others(void)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        temporal_handle *handle;

        assert_ok(temporal_client_get_handle(all.client, others[i], NULL, &handle));
        temporal_error_free(temporal_handle_terminate(handle, "the test is over", NULL, 0));
        temporal_handle_free(handle);
    }
}

static void begin(life *self, uint64_t seed)
{
    temporal_start_options options = { .struct_size = sizeof(options),
                                       .task_queue = all.queue,
                                       .task_timeout = 5 };

    self->seed = seed;
    self->random = (sim_random){ seed };
    program_init(&self->made, seed, false);
    (void)snprintf(self->id, sizeof(self->id), "%s-%" PRIu64, all.prefix, seed);
    options.id = self->id;
    assert_ok(
        temporal_client_start_workflow(all.client, "program", NULL, 0, &self->first, &options));
    assert_ok(temporal_client_get_handle(all.client, self->id, NULL, &self->current));
}

/* --- what happens to them ------------------------------------------------------------------ */

/* It may have ended by now: no harm. Anything else is. */
static void may_have_ended(const life *self, temporal_error *error)
{
    if (error && !temporal_error_find(error, TEMPORAL_ERROR_NOT_FOUND))
        fail_msg("seed %" PRIu64 ": %s", self->seed, temporal_error_message(error));
    temporal_error_free(error);
}

static void send_signal(life *self)
{
    const char *text = "outside";
    const temporal_argument input = { temporal_string_type(), &text };

    may_have_ended(self, temporal_handle_signal(self->current, "go", &input, 1));
}

static void send_update(life *self)
{
    const char *text = "outside";
    const temporal_argument input = { temporal_string_type(), &text };
    const temporal_update_options options = { .struct_size = sizeof(options), .timeout = 1 };
    temporal_update *update = NULL;
    temporal_error *error = temporal_handle_start_update(
        self->current, sim_one_in(&self->random, 2) ? "plain" : "checked", &input, 1, &update,
        &options);

    /* A run that ends takes along what it has not answered; the server has many words for that. */
    if (temporal_error_find(error, TEMPORAL_ERROR_TIMEOUT) ||
        temporal_error_find(error, TEMPORAL_ERROR_UPDATE) ||
        temporal_error_find(error, TEMPORAL_ERROR_RPC) ||
        temporal_error_find(error, TEMPORAL_ERROR_UNAVAILABLE)) {
        temporal_error_free(error);
        return;
    }
    may_have_ended(self, error);
    temporal_update_free(update);
}

static void look(life *self)
{
    const temporal_workflow_description *now = test_describe(self->current);

    self->closed = now->status != TEMPORAL_STATUS_RUNNING;
    self->rested = now->history_length == self->length ? self->rested + 1 : 0;
    self->length = now->history_length;
}

/* At last only what it may wait for, ever more slowly: what comes while a task takes its time (for
 * local activities) forbids the run to end. */
static void act(life *self)
{
    const unsigned what = sim_below(&self->random, 40);

    self->actions += self->actions < ACTIONS;
    if (self->actions >= ACTIONS) {
        if (self->rested > self->actions - ACTIONS) {
            self->actions++;
            send_signal(self);
        }
    } else if (what >= 12) {
        send_signal(self);
    } else if (what == 0) {
        may_have_ended(self, temporal_handle_cancel(self->current));
    } else if (what == 1 && sim_one_in(&self->random, 8)) {
        may_have_ended(self, temporal_handle_terminate(self->current, "simulated", NULL, 0));
    } else if (what < 8) {
        send_update(self);
    }
    look(self);
}

/* True: some are open still. */
static bool act_on_each(void)
{
    bool open = false;

    for (size_t i = 0; i < all.count; i++) {
        if (!all.lives[i].closed)
            act(&all.lives[i]);
        open = open || !all.lives[i].closed;
    }
    return open;
}

static Tp__History__History *fetch(temporal_handle *run, temporal_bytes *bytes)
{
    ProtobufCMessage *history;

    assert_ok(temporal_handle_fetch_history(run, bytes));
    history = protobuf_c_message_unpack(&tp__history__history__descriptor, NULL, bytes->size,
                                        bytes->data);
    assert_non_null(history);
    return (Tp__History__History *)history;
}

/* A task may fail for what a server and its users do, not for what the worker did. */
static void check_tasks(const life *self, const Tp__History__History *history)
{
    for (size_t i = 0; i < history->n_events; i++) {
        const Tp__History__WorkflowTaskFailedEventAttributes *failed;

        if (history->events[i]->event_type != TP_EVENT(WORKFLOW_TASK_FAILED))
            continue;
        failed = history->events[i]->workflow_task_failed_event_attributes;
        if (failed->cause !=
                TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND &&
            failed->cause !=
                TP__ENUMS__WORKFLOW_TASK_FAILED_CAUSE__WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND)
            fail_msg("seed %" PRIu64 ": event %zu: cause %d: %s", self->seed, i + 1,
                     (int)failed->cause, failed->failure ? failed->failure->message : "");
    }
}

static void fail_open(const life *self)
{
    const char *stack = "";
    temporal_bytes bytes;
    temporal_error *error;

    check_tasks(self, fetch(self->current, &bytes));
    error = temporal_handle_query(self->current, "__stack_trace", NULL, 0, temporal_string_type(),
                                  &stack);

    fail_msg("seed %" PRIu64 " (%s) does not end: %s", self->seed, self->id,
             error ? temporal_error_message(error) : stack);
}

static void live(void)
{
    const double deadline = test_clock() + PATIENCE;

    for (unsigned round = 1; act_on_each(); round++) {
        test_pause();
        if (round >= 4 && (round & (round - 1)) == 0) /* ever more seldom: local activities */
            replace_worker();                         /* need a worker that stays */
        if (test_clock() > deadline)
            for (size_t i = 0; i < all.count; i++)
                if (!all.lives[i].closed)
                    fail_open(&all.lives[i]);
    }
}

/* --- what they leave behind ---------------------------------------------------------------- */

static void check_replay(const life *self, const temporal_bytes *encoded, const char *run_id)
{
    const temporal_replay_history_source source = { .encoded = *encoded,
                                                    .workflow_id = self->id,
                                                    .run_id = run_id };
    temporal_error *error =
        temporal_replay(.workflows = outside_workflows, .histories = &source, .history_count = 1);

    if (error)
        fail_msg("seed %" PRIu64 ", run %s: %s", self->seed, run_id, temporal_error_message(error));
}

/* A worker that has to replay it all is where the run said that it was when it ended. */
static void check_trace(const life *self, temporal_handle *run, const tp_event *last)
{
    const char *answer = NULL;
    const Tp__Common__Payloads *result;
    char trace[20];

    if (last->event_type != TP_EVENT(WORKFLOW_EXECUTION_COMPLETED))
        return;
    result = last->workflow_execution_completed_event_attributes->result;
    assert_true(result && result->n_payloads == 1 && result->payloads[0]->data.len == 18);
    memcpy(trace, result->payloads[0]->data.data + 1, 16); /* without its quotes */
    trace[16] = '\0';
    assert_ok(temporal_handle_query(run, "state", NULL, 0, temporal_string_type(), &answer));
    if (!strstr(answer, trace))
        fail_msg("seed %" PRIu64 ": it ended at %s, but a replay is at %s", self->seed, trace,
                 answer);
}

/* The run that follows it; "": none. */
static void check_run(const life *self, const char *run_id, char next[64])
{
    temporal_handle *run;
    temporal_bytes bytes;
    Tp__History__History *history;
    const tp_event *last;
    char problem[256];

    assert_ok(temporal_client_get_handle(all.client, self->id, run_id, &run));
    history = fetch(run, &bytes);
    all.runs++;
    all.events += history->n_events;
    if (!legal_history(history->events, history->n_events, problem, sizeof(problem)))
        fail_msg("seed %" PRIu64 ", run %s: %s", self->seed, run_id, problem);
    check_tasks(self, history);
    check_replay(self, &bytes, run_id);
    last = history->events[history->n_events - 1];
    check_trace(self, run, last);
    next[0] = '\0';
    if (last->event_type == TP_EVENT(WORKFLOW_EXECUTION_CONTINUED_AS_NEW))
        (void)snprintf(
            next, 64, "%s",
            last->workflow_execution_continued_as_new_event_attributes->new_execution_run_id);
    protobuf_c_message_free_unpacked(&history->base, NULL);
    temporal_handle_free(run);
}

static void check(const life *self)
{
    char run_id[64], next[64];

    (void)snprintf(run_id, sizeof(run_id), "%s", temporal_handle_run_id(self->first));
    for (;;) {
        check_run(self, run_id, next);
        if (!*next)
            return;
        memcpy(run_id, next, sizeof(run_id));
    }
}

/* --- all of it ----------------------------------------------------------------------------- */

static void programs_live_through_workers_that_come_and_go(void **state)
{
    (void)state;
    all.client = test_connect();
    all.queue = test_unique("programs");
    all.prefix = test_unique("program");
    all.lives = tp_alloc_array(all.count, sizeof(*all.lives));
    program_set_each(find, 0.02);
    for (size_t i = 0; i < WORKERS; i++)
        start_worker(i);
    start_others();
    for (size_t i = 0; i < all.count; i++)
        begin(&all.lives[i], all.first + i);
    live();
    for (size_t i = 0; i < all.count; i++)
        check(&all.lives[i]);
    end_others();
    for (size_t i = 0; i < WORKERS; i++)
        test_worker_stop(all.workers[i]);
    (void)printf("%zu programs: %zu runs, %zu events, %zu workers replaced\n", all.count, all.runs,
                 all.events, all.replacements);
    for (size_t i = 0; i < all.count; i++) {
        temporal_handle_free(all.lives[i].first);
        temporal_handle_free(all.lives[i].current);
        program_done(&all.lives[i].made);
    }
    tp_free(all.lives);
    temporal_client_free(all.client);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_live_through_workers_that_come_and_go),
    };

    temporal_log_set(TEMPORAL_LOG_ERROR, NULL, NULL); /* programs leave their handlers behind */
    all.first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    all.count = argc > 2 ? strtoull(argv[2], NULL, 10) : 40;
    program_set(NULL, argc > 3 ? stderr : NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
