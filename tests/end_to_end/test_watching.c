/* SPDX-License-Identifier: MIT */
/* test_watching.c -- temporal-top and real workers: what it shows, and what it is told to do. */
#include <stdio.h>
#include <string.h>

#include "tests/end_to_end/relay.h"
#include "tests/end_to_end/watching.h"

static pid_t idle_pid(const watched_worker *watched)
{
    json_t *worker, *process;
    pid_t pid = 0;
    size_t i;

    test_wait_for(watching_count_in(watched, "idle") > 0);
    worker = watching_read(watched);
    json_array_foreach(json_object_get(worker, "processes"), i, process)
    {
        if (strcmp(watching_text(process, "state"), "idle") == 0)
            pid = (pid_t)watching_integer(process, "pid");
    }
    json_decref(worker);
    return pid;
}

static bool has_pid(const watched_worker *watched, pid_t pid)
{
    json_t *worker = watching_read(watched);
    bool has = watching_process(worker, pid) != NULL;

    json_decref(worker);
    return has;
}

static const char *digits(pid_t pid)
{
    static char text[16];

    snprintf(text, sizeof text, "%d", (int)pid);
    return text;
}

/* --- what it shows ---------------------------------------------------------------------------- */

static void json_tells_what_a_worker_does(void **state)
{
    watched_worker watched = watching_start("seen");
    json_t *worker, *process, *attempt;
    temporal_handle *handle;
    pid_t pid = watching_begin_to_hold(&watched, &handle);

    (void)state;
    worker = watching_read(&watched);
    assert_string_equal(watching_text(worker, "task_queue"), watched.queue);
    assert_string_equal(watching_text(worker, "namespace"), "default");
    assert_true(json_is_null(json_object_get(worker, "problem")));
    assert_true(watching_integer(worker, "rss") > 0);
    assert_int_equal(watching_integer(worker, "pool_wanted"), WATCHING_PROCESSES);
    assert_int_equal(json_array_size(json_object_get(worker, "processes")), WATCHING_PROCESSES);
    assert_int_equal(json_array_size(json_object_get(worker, "executors")), 2);
    process = watching_process(worker, pid);
    assert_string_equal(watching_text(process, "state"), "busy");
    assert_true(watching_integer(process, "rss") > 0);
    assert_true(json_is_real(json_object_get(process, "cpu_seconds")));
    attempt = json_object_get(process, "attempt");
    assert_string_equal(watching_text(attempt, "activity_type"), "watched_hold");
    assert_string_equal(watching_text(attempt, "workflow_id"), temporal_handle_id(handle));
    assert_int_equal(watching_integer(attempt, "number"), 1);
    assert_int_equal(watching_integer(attempt, "heartbeats"), 2);
    assert_int_equal(watching_integer(attempt, "progress"), 2);
    assert_true(json_is_real(json_object_get(attempt, "heartbeat_age")));
    json_decref(worker);
    temporal_handle_free(handle);
    watching_stop(&watched);
}

static void once_prints_it_as_text(void **state)
{
    watched_worker watched = watching_start("seen");
    temporal_handle *handle;
    char row[64];
    pid_t pid = watching_begin_to_hold(&watched, &handle);
    const char *text = TOP("--once");

    (void)state;
    snprintf(row, sizeof row, "%d busy      watched_hold  ", (int)pid);
    assert_contains(text, watched.queue);
    assert_contains(text, row);
    assert_contains(text, temporal_handle_id(handle));
    assert_contains(text, "1 of 2 running");
    assert_contains(text, " idle ");
    temporal_handle_free(handle);
    watching_stop(&watched);
}

static void counts_are_those_of_the_executors(void **state)
{
    watched_worker watched = watching_start("seen");
    json_t *worker, *async;

    (void)state;
    assert_string_equal(relay_run(.activity = "watched_nod", .input = "yes"), "yes");
    worker = watching_read(&watched);
    async = json_array_get(json_object_get(worker, "executors"), 0);
    assert_string_equal(watching_text(async, "name"), "async");
    assert_int_equal(watching_integer(async, "done"), 1);
    assert_int_equal(watching_integer(async, "running"), 0);
    json_decref(worker);
    watching_stop(&watched);
}

/* --- what it is told to do -------------------------------------------------------------------- */

static void an_idle_process_is_recycled(void **state)
{
    watched_worker watched = watching_start("seen");
    pid_t pid = idle_pid(&watched);

    (void)state;
    TOP("recycle", watched.pid, digits(pid));
    test_wait_for(!has_pid(&watched, pid));
    assert_int_equal(watching_sum(&watched, "recycled"), 1);
    test_wait_for(watching_count_in(&watched, "idle") == WATCHING_PROCESSES);
    watching_stop(&watched);
}

static void a_process_is_killed_and_the_server_hears_why(void **state)
{
    watched_worker watched = watching_start("seen");
    const temporal_error *cause;
    temporal_handle *handle;
    temporal_error *error;
    pid_t pid = watching_begin_to_hold(&watched, &handle);

    (void)state;
    TOP("kill", watched.pid, digits(pid));
    error = relay_failure(handle);
    cause = assert_has(error, APPLICATION);
    assert_string_equal(temporal_error_type(cause), "ActivityProcessKilled");
    assert_contains(temporal_error_message(cause), "by a command");
    temporal_error_free(error);
    assert_int_equal(watching_sum(&watched, "killed"), 1);
    assert_int_equal(watching_sum(&watched, "failed"), 1);
    assert_int_equal(watching_sum(&watched, "crashed"), 0);
    test_wait_for(watching_count_in(&watched, "idle") == WATCHING_PROCESSES);
    watching_stop(&watched);
}

static void a_pool_is_resized_and_works_on(void **state)
{
    watched_worker watched = watching_start("seen");
    temporal_handle *first, *second;

    (void)state;
    watching_begin_to_hold(&watched, &first);
    TOP("resize", watched.pid, "1");
    test_wait_for(watching_count_in(&watched, "none") == 1);
    TOP("resize", watched.pid, "2");
    watching_begin_to_hold(&watched, &second); /* polled for again */
    assert_int_equal(watching_count_in(&watched, "busy"), 2);
    TOP_FAILS(1, "give 1 to 2", "resize", watched.pid, "3");
    temporal_handle_free(first);
    temporal_handle_free(second);
    watching_stop(&watched);
}

static void a_drained_worker_ends_and_leaves_no_socket(void **state)
{
    watched_worker watched = watching_start("seen");

    (void)state;
    assert_int_equal(watching_count_sockets(), 1);
    TOP("drain", watched.pid);
    assert_int_equal(test_process_wait(watched.program), 0);
    assert_int_equal(watching_count_sockets(), 0);
    TOP_FAILS(1, "no worker", "drain", watched.pid);
    test_process_free(watched.program);
}

static void what_it_cannot_do_is_said(void **state)
{
    watched_worker watched = watching_start("seen");

    (void)state;
    TOP_FAILS(1, "has no activity process 1", "kill", watched.pid, "1");
    TOP_FAILS(1, "there is no worker 1", "drain", "1");
    TOP_FAILS(2, "usage", "kill", watched.pid);
    TOP_FAILS(2, "usage", "kill", watched.pid, "all");
    TOP_FAILS(2, "usage", "drain", watched.pid, "1");
    TOP_FAILS(2, "usage", "explode", watched.pid);
    TOP_FAILS(2, "usage", "--delay", "never");
    watching_stop(&watched);
}

#define TEST(name) cmocka_unit_test_setup(name, watching_tidy)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(json_tells_what_a_worker_does),
        TEST(once_prints_it_as_text),
        TEST(counts_are_those_of_the_executors),
        TEST(an_idle_process_is_recycled),
        TEST(a_process_is_killed_and_the_server_hears_why),
        TEST(a_pool_is_resized_and_works_on),
        TEST(a_drained_worker_ends_and_leaves_no_socket),
        TEST(what_it_cannot_do_is_said),
    };

    if (argc == 5 && strcmp(argv[1], "worker") == 0)
        return watching_program(argv[2], argv[3], argv[4]);
    return fixture_run(tests, watching_set_up, watching_tear_down);
}
