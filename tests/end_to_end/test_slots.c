/* SPDX-License-Identifier: MIT */
/* test_slots.c -- how many activities a worker takes, how fast, and which start at once: W2. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/end_to_end/relay.h"
#include "worker/worker.h"

/* --- activities and workflows --------------------------------------------------------------- */

TEMPORAL_ACTIVITY(say_when, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(say_when)
temporal_error *say_when(temporal_activity *attempt, temporal_string input, temporal_string *text)
{
    (void)input;
    *text = temporal_activity_format(attempt, "%lld",
                                     (long long)temporal_activity_get_info(attempt)->started_at);
    return TEMPORAL_OK;
}

static size_t count_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count < 2 ? 0 : count - 2;
}

/* Input: a folder. Answers how many are in it at once, this one too, when its gate is open. */
TEMPORAL_ACTIVITY(crowd, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(crowd)
temporal_error *crowd(temporal_activity *attempt, temporal_string folder, temporal_string *text)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);
    const char *own = temporal_activity_format(attempt, "%s/%s", folder, info->workflow_id);
    const char *gate = temporal_activity_format(attempt, "%s.open", folder);
    FILE *file = fopen(own, "w");

    if (!file)
        return temporal_error_application("Wrong", "cannot write %s", own);
    fclose(file);
    while (access(gate, F_OK) != 0)
        TEMPORAL_TRY(temporal_activity_sleep(attempt, 0.01));
    *text = temporal_activity_format(attempt, "%zu", count_entries(folder));
    unlink(own);
    return TEMPORAL_OK;
}

/* clang-format off */
#define CHAIN_ORDER(FIELD)                                                   \
    FIELD(temporal_string, queue)                                            \
    FIELD(temporal_int, steps)                                               \
    FIELD(temporal_int, at_once)       /* 0 and 1: in sequence */            \
    FIELD(temporal_bool, not_eager)                                          \
    FIELD(temporal_bool, leave)        /* ends with its activities begun */
/* clang-format on */
TEMPORAL_RECORD(chain_order, CHAIN_ORDER)

TEMPORAL_WORKFLOW(chain, chain_order, temporal_int)
TEMPORAL_WORKFLOW_DEFINE(chain)
temporal_error *chain(temporal_workflow *run, chain_order order, temporal_int *done)
{
    const temporal_string nothing = "";
    const temporal_argument input = { temporal_string_type(), &nothing };
    const temporal_activity_options options = {
        .struct_size = sizeof options,
        .start_to_close_timeout = TEMPORAL_MINUTE,
        .task_queue = order.queue,
        .disable_eager_execution = order.not_eager,
    };

    *done = 0;
    for (temporal_int step = 0; step < order.steps; step++) {
        temporal_future *begun[8] = { NULL };
        temporal_int width = order.at_once > 1 ? order.at_once : 1;

        for (temporal_int i = 0; i < width; i++)
            begun[i] = temporal_workflow_start_activity(run, "say_when", &input, 1, &options);
        if (order.leave)
            return TEMPORAL_OK;
        for (temporal_int i = 0; i < width; i++) {
            temporal_string when = NULL;

            TEMPORAL_TRY(temporal_workflow_await(run, begun[i], temporal_string_type(), &when));
            ++*done;
        }
    }
    return TEMPORAL_OK;
}

/* --- helpers -------------------------------------------------------------------------------- */

static const temporal_activity_def *const all[] = { &say_when_activity, &crowd_activity, NULL };
static const temporal_workflow_def *const workflows[] = { &relay_workflow, &chain_workflow, NULL };

typedef struct counting {
    temporal_worker *worker;
    tp_activity_counts counts;
} counting;

static void count_on_loop(void *data)
{
    counting *self = data;

    self->counts = tp_activity_tasks_count(self->worker->activity_tasks);
}

static tp_activity_counts count_tasks(temporal_worker *worker)
{
    counting self = { .worker = worker };

    tp_loop_call(worker->service.loop, count_on_loop, &self);
    return self.counts;
}

static void set_executor(temporal_worker_options *options, void **state, uint32_t concurrency)
{
    int executor = *(const int *)*state;

    options->struct_size = sizeof *options;
    options->workflows = workflows;
    if (executor == ON_COROUTINES) {
        options->async.activities = all;
        options->async.concurrency = concurrency;
    } else if (executor == ON_THREADS) {
        options->threads.activities = all;
        options->threads.concurrency = concurrency;
    } else {
        options->processes.activities = all;
        options->processes.concurrency = concurrency;
    }
}

static temporal_int run_chain_on(const char *queue, chain_order order)
{
    temporal_int done = -1;
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, chain, order, &handle, .id = test_unique("chain"),
                                      .task_queue = queue));
    assert_ok(temporal_get_result(handle, chain, &done));
    temporal_handle_free(handle);
    return done;
}

static temporal_handle *start_relay(const char *queue, const char *activity, const char *input)
{
    const relay_task task = { .activity = activity, .input = input, .queue = queue };
    temporal_handle *handle = NULL;

    assert_ok(temporal_start_workflow(client, relay, task, &handle, .id = test_unique("relay"),
                                      .task_queue = queue));
    return handle;
}

static bool is_started(temporal_handle *handle)
{
    const temporal_workflow_description *description = test_describe(handle);

    return description->pending_activity_count == 1 && description->pending_activities[0].started;
}

static const char *make_folder(void)
{
    static char folder[128];

    snprintf(folder, sizeof folder, "/tmp/%s", test_unique("temporal-crowd"));
    assert_int_equal(mkdir(folder, 0700), 0);
    return folder;
}

static void open_gate(const char *folder)
{
    char gate[160];
    FILE *file;

    snprintf(gate, sizeof gate, "%s.open", folder);
    file = fopen(gate, "w");
    assert_non_null(file);
    fclose(file);
}

static void drop_folder(const char *folder)
{
    char gate[160];

    snprintf(gate, sizeof gate, "%s.open", folder);
    unlink(gate);
    assert_int_equal(rmdir(folder), 0);
}

/* --- slots ---------------------------------------------------------------------------------- */

static void so_many_attempts_run_at_once_and_no_more_are_taken(void **state)
{
    const char *queue = test_unique("slots"), *folder = make_folder();
    temporal_worker_options options = { .task_queue = queue };
    temporal_handle *handles[7];
    temporal_worker *worker;
    size_t most = 0;

    set_executor(&options, state, 2);
    worker = test_worker_start_with(client, &options);
    for (size_t i = 0; i < 7; i++)
        handles[i] = start_relay(queue, "crowd", folder);
    test_wait_for(count_entries(folder) == 2);
    for (size_t i = 0, started = 0; i < 7; i++) {
        started += is_started(handles[i]);
        assert_true(started <= 2);
    }
    open_gate(folder);
    for (size_t i = 0; i < 7; i++) {
        size_t seen = strtoul(relay_result(handles[i]), NULL, 10);

        most = seen > most ? seen : most;
    }
    assert_int_equal(most, 2);
    test_worker_stop(worker);
    drop_folder(folder);
}

static void a_full_executor_holds_up_the_others_until_it_has_a_place(void **state)
{
    const char *queue = test_unique("slots"), *folder = make_folder();
    temporal_worker *worker = test_worker_start(
        client, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&relay_workflow),
        .threads = { .activities = TEMPORAL_ACTIVITIES(&crowd_activity), .concurrency = 1 },
        .async.activities = TEMPORAL_ACTIVITIES(&say_when_activity),
        .disable_eager_activities = true);
    temporal_handle *slow = start_relay(queue, "crowd", folder), *quick;

    (void)state;
    test_wait_for(count_entries(folder) == 1);
    quick = start_relay(queue, "say_when", "");
    fixture_wait_for_event(quick, EVENT_ACTIVITY_SCHEDULED);
    assert_false(is_started(quick));
    open_gate(folder);
    assert_string_equal(relay_result(slow), "1");
    assert_true(strtoll(relay_result(quick), NULL, 10) > 0);
    test_worker_stop(worker);
    drop_folder(folder);
}

static void tasks_for_a_full_executor_are_held_where_that_is_allowed(void **state)
{
    const char *queue = test_unique("slots"), *folder = make_folder();
    temporal_worker *worker = test_worker_start(
        client, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&relay_workflow),
        .threads = { .activities = TEMPORAL_ACTIVITIES(&crowd_activity), .concurrency = 1 },
        .async.activities = TEMPORAL_ACTIVITIES(&say_when_activity),
        .disable_eager_activities = true, .max_held_activities = 2);
    temporal_handle *slow = start_relay(queue, "crowd", folder), *held;

    (void)state;
    test_wait_for(count_entries(folder) == 1);
    held = start_relay(queue, "crowd", folder);
    test_wait_for(is_started(held));
    for (int i = 0; i < 5; i++)
        assert_true(strtoll(relay_result(start_relay(queue, "say_when", "")), NULL, 10) > 0);
    assert_int_equal(count_entries(folder), 1);
    open_gate(folder);
    assert_string_equal(relay_result(slow), "1");
    assert_string_equal(relay_result(held), "1");
    test_worker_stop(worker);
    drop_folder(folder);
}

static void so_many_polls_are_under_way(void **state)
{
    temporal_worker_options options = { .task_queue = test_unique("slots"),
                                        .activity_pollers = 3,
                                        .disable_eager_activities = true };
    temporal_worker *worker;

    set_executor(&options, state, 7);
    worker = test_worker_start_with(client, &options);
    test_wait_for(count_tasks(worker).polls == 3);
    test_worker_stop(worker);
    options.task_queue = test_unique("slots");
    options.activity_pollers = 0;
    set_executor(&options, state, 2);
    worker = test_worker_start_with(client, &options);
    test_wait_for(count_tasks(worker).polls == 2); /* five, but for the places */
    test_worker_stop(worker);
}

/* --- eager ---------------------------------------------------------------------------------- */

#define STEPS 10

/* With two places, of which a poll holds one. */
static void activities_of_the_own_workflows_start_at_once(void **state)
{
    const char *queue = test_unique("eager");
    temporal_worker_options options = { .task_queue = queue };
    temporal_worker *worker;

    set_executor(&options, state, 2);
    worker = test_worker_start_with(client, &options);
    assert_int_equal(run_chain_on(queue, (chain_order){ .steps = STEPS }), STEPS);
    assert_int_equal(count_tasks(worker).eager, STEPS);
    assert_int_equal(count_tasks(worker).polled, 0);
    test_worker_stop(worker);
}

static void those_without_a_place_come_by_the_queue(void **state)
{
    const char *queue = test_unique("eager");
    temporal_worker_options options = { .task_queue = queue };
    temporal_worker *worker;
    tp_activity_counts counts;

    set_executor(&options, state, 2);
    worker = test_worker_start_with(client, &options);
    assert_int_equal(run_chain_on(queue, (chain_order){ .steps = 5, .at_once = 8 }), 40);
    counts = count_tasks(worker);
    assert_int_equal(counts.eager + counts.polled, 40);
    assert_true(counts.eager > 0);
    assert_true(counts.polled > 0);
    test_worker_stop(worker);
}

static void at_most_three_of_a_workflow_task_start_at_once(void **state)
{
    const char *queue = test_unique("eager");
    temporal_worker_options options = { .task_queue = queue };
    temporal_worker *worker;

    set_executor(&options, state, 20);
    worker = test_worker_start_with(client, &options);
    assert_int_equal(run_chain_on(queue, (chain_order){ .steps = 1, .at_once = 8 }), 8);
    assert_int_equal(count_tasks(worker).eager, 3);
    assert_int_equal(count_tasks(worker).polled, 5);
    test_worker_stop(worker);
}

static void places_that_were_offered_in_vain_come_back(void **state)
{
    const char *queue = test_unique("eager");
    temporal_worker_options options = { .task_queue = queue };
    temporal_worker *worker;

    set_executor(&options, state, 2);
    worker = test_worker_start_with(client, &options);
    for (int i = 0; i < 5; i++) /* the server begins no activity of a run that ends */
        assert_int_equal(run_chain_on(queue, (chain_order){ .steps = 1, .leave = true }), 0);
    assert_int_equal(count_tasks(worker).eager, 0);
    assert_int_equal(run_chain_on(queue, (chain_order){ .steps = STEPS }), STEPS);
    assert_int_equal(count_tasks(worker).eager, STEPS);
    test_worker_stop(worker);
}

static void expect_none_at_once(temporal_worker_options options, chain_order order)
{
    const int number = ON_COROUTINES;
    void *row = (void *)(uintptr_t)&number;
    temporal_worker *worker;

    options.task_queue = test_unique("eager");
    set_executor(&options, &row, 10);
    worker = test_worker_start_with(client, &options);
    assert_int_equal(run_chain_on(options.task_queue, order), order.steps);
    assert_int_equal(count_tasks(worker).eager, 0);
    assert_int_equal(count_tasks(worker).polled, order.steps);
    test_worker_stop(worker);
}

static void none_starts_at_once_where_it_is_switched_off(void **state)
{
    (void)state;
    expect_none_at_once((temporal_worker_options){ 0 },
                        (chain_order){ .steps = 3, .not_eager = true });
    expect_none_at_once((temporal_worker_options){ .disable_eager_activities = true },
                        (chain_order){ .steps = 3 });
}

static void none_starts_at_once_where_a_rate_is_limited(void **state)
{
    (void)state;
    expect_none_at_once((temporal_worker_options){ .max_activities_per_second = 1000 },
                        (chain_order){ .steps = 3 });
    expect_none_at_once((temporal_worker_options){ .max_task_queue_activities_per_second = 1000 },
                        (chain_order){ .steps = 3 });
}

static void activities_of_another_queue_do_not_start_here(void **state)
{
    const char *queue = test_unique("eager"), *other = test_unique("other");
    temporal_worker *worker = test_worker_start(client, .task_queue = queue,
                                                .workflows = TEMPORAL_WORKFLOWS(&chain_workflow),
                                                .async.activities = all);
    temporal_worker *elsewhere =
        test_worker_start(client, .task_queue = other, .async.activities = all);

    (void)state;
    assert_int_equal(run_chain_on(queue, (chain_order){ .queue = other, .steps = 3 }), 3);
    assert_int_equal(count_tasks(worker).eager + count_tasks(worker).polled, 0);
    assert_int_equal(count_tasks(elsewhere).polled, 3);
    test_worker_stop(worker);
    test_worker_stop(elsewhere);
}

/* --- rates ---------------------------------------------------------------------------------- */

#define RATE_RUNS 12

/* Seconds between the first and the last start, by the server's clock. */
static double measure_starts(temporal_worker_options options)
{
    const int number = ON_COROUTINES;
    void *row = (void *)(uintptr_t)&number;
    temporal_handle *handles[RATE_RUNS];
    long long first = INT64_MAX, last = 0;
    temporal_worker *worker;

    options.task_queue = test_unique("rate");
    set_executor(&options, &row, 100);
    worker = test_worker_start_with(client, &options);
    for (size_t i = 0; i < RATE_RUNS; i++)
        handles[i] = start_relay(options.task_queue, "say_when", "");
    for (size_t i = 0; i < RATE_RUNS; i++) {
        long long at = strtoll(relay_result(handles[i]), NULL, 10);

        first = at < first ? at : first;
        last = at > last ? at : last;
    }
    test_worker_stop(worker);
    return (double)(last - first) / 1e9;
}

/* That they are not faster than they may be; how slow they are is the machine's affair. */
static void a_worker_begins_so_many_a_second(void **state)
{
    (void)state;
    assert_true(measure_starts((temporal_worker_options){ .max_activities_per_second = 10 }) >=
                0.9 * (RATE_RUNS - 2) / 10);
}

/* The server lets a second's worth pass at once. */
static void a_task_queue_gives_out_so_many_a_second(void **state)
{
    (void)state;
    assert_true(measure_starts((temporal_worker_options){ .max_task_queue_activities_per_second =
                                                              5 }) >= 0.9 * (RATE_RUNS - 6) / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH_EXECUTOR(so_many_attempts_run_at_once_and_no_more_are_taken),
        cmocka_unit_test(a_full_executor_holds_up_the_others_until_it_has_a_place),
        cmocka_unit_test(tasks_for_a_full_executor_are_held_where_that_is_allowed),
        ON_EACH_EXECUTOR(so_many_polls_are_under_way),
        ON_EACH_EXECUTOR(activities_of_the_own_workflows_start_at_once),
        ON_EACH_EXECUTOR(those_without_a_place_come_by_the_queue),
        ON_EACH_EXECUTOR(at_most_three_of_a_workflow_task_start_at_once),
        ON_EACH_EXECUTOR(places_that_were_offered_in_vain_come_back),
        cmocka_unit_test(none_starts_at_once_where_it_is_switched_off),
        cmocka_unit_test(none_starts_at_once_where_a_rate_is_limited),
        cmocka_unit_test(activities_of_another_queue_do_not_start_here),
        cmocka_unit_test(a_worker_begins_so_many_a_second),
        cmocka_unit_test(a_task_queue_gives_out_so_many_a_second),
    };

    return fixture_run(tests, fixture_connect, fixture_close);
}
