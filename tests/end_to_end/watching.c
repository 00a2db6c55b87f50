/* SPDX-License-Identifier: MIT */
/* watching.c -- a worker in a program of its own, and temporal-top, which looks at it. */
#include "tests/end_to_end/watching.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shm/meeting.h"
#include "tests/end_to_end/relay.h"

char watching_runtime[64];

/* --- the worker's program --------------------------------------------------------------------- */

/* Beats, says so, and waits for its cancellation. */
TEMPORAL_ACTIVITY(watched_hold, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(watched_hold)
temporal_error *watched_hold(temporal_activity *attempt, temporal_string input,
                             temporal_string *text)
{
    TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, input));
    TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, input));
    printf("holds %d\n", (int)getpid());
    fflush(stdout);
    temporal_activity_wait_for_cancelled(attempt, 0);
    *text = "let go";
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(watched_nod, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(watched_nod)
temporal_error *watched_nod(temporal_activity *attempt, temporal_string input,
                            temporal_string *text)
{
    (void)attempt;
    *text = input;
    return TEMPORAL_OK;
}

int watching_program(const char *address, const char *queue, const char *how)
{
    temporal_worker *worker = NULL;
    temporal_client *own = NULL;
    long user = strtol(how, NULL, 10);
    temporal_error *error;

    if (user && (setgid((gid_t)user) != 0 || setuid((uid_t)user) != 0))
        return 3;
    error = temporal_worker_new(
        &worker, .task_queue = queue, .workflows = TEMPORAL_WORKFLOWS(&relay_workflow),
        .async.activities = TEMPORAL_ACTIVITIES(&watched_nod_activity),
        .processes = { .activities = TEMPORAL_ACTIVITIES(&watched_hold_activity),
                       .concurrency = WATCHING_PROCESSES },
        .no_watching = strcmp(how, "unseen") == 0);
    if (!error)
        error = temporal_client_connect(&own, address);
    if (!error)
        error = temporal_worker_start(worker, own);
    if (!error) {
        printf("works\n");
        fflush(stdout);
        error = temporal_worker_wait(worker);
    }
    temporal_worker_free(worker);
    temporal_client_free(own);
    return error ? temporal_error_report(error) : 0;
}

watched_worker watching_start(const char *how)
{
    watched_worker watched = { .queue = test_unique("watched") };

    watched.program =
        test_process_run(test_program_path(), "worker", test_server_address(), watched.queue, how);
    relay_queues[0] = watched.queue;
    test_process_expect(watched.program, "works");
    snprintf(watched.pid, sizeof watched.pid, "%d", (int)test_process_pid(watched.program));
    return watched;
}

void watching_stop(watched_worker *watched)
{
    test_process_signal(watched->program, SIGKILL);
    assert_int_equal(test_process_wait(watched->program), 128 + SIGKILL);
    test_process_free(watched->program);
}

/* Begins with an activity that holds, and answers with the pid of its process. */
pid_t watching_begin_to_hold(watched_worker *watched, temporal_handle **handle)
{
    *handle =
        relay_start(.activity = "watched_hold", .input = "tight", .attempts = 1, .heartbeat = 60);
    return (pid_t)strtol(test_process_expect(watched->program, "holds "), NULL, 10);
}

/* --- temporal-top ----------------------------------------------------------------------------- */

/* All that it prints; its exit status. The text lives until the next call. */
static const char *top_output(int *status, const char *const *words)
{
    static char text[1 << 16];
    char folder[96];
    const char *argv[10] = {
        "sh", "-c", "exec \"$0\" \"$@\" 2>&1", test_build_path("temporal-top"), "--folder", folder
    };
    test_process *program;
    const char *line;
    size_t size = 0;

    for (size_t i = 0; words[i]; i++)
        argv[6 + i] = words[i];
    snprintf(folder, sizeof folder, "%s/temporal",
             watching_runtime); /* others are none of the test's */
    program = test_process_start(argv);
    text[0] = '\0';
    while ((line = test_process_line(program)) != NULL)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s\n", line);
    *status = test_process_wait(program);
    test_process_free(program);
    return text;
}

const char *watching_top(int expected, const char *const *words)
{
    int status;
    const char *text = top_output(&status, words);

    if (status != expected)
        fail_msg("temporal-top %s ended with %d: %s", words[0], status, text);
    return text;
}

/* What --json says of that worker; json_decref it. NULL: it is not there. */
json_t *watching_read(const watched_worker *watched)
{
    json_error_t error;
    json_t *all = json_loads(TOP("--json"), 0, &error), *worker, *found = NULL;
    size_t i;

    if (!all) {
        fail_msg("--json is none: %s", error.text);
        return NULL;
    }
    json_array_foreach(json_object_get(all, "workers"), i, worker)
    {
        if (json_integer_value(json_object_get(worker, "pid")) ==
            test_process_pid(watched->program))
            found = json_incref(worker);
    }
    json_decref(all);
    return found;
}

/* NULL: it has no such process. */
json_t *watching_process(json_t *worker, pid_t pid)
{
    json_t *process;
    size_t i;

    json_array_foreach(json_object_get(worker, "processes"), i, process)
    {
        if (json_integer_value(json_object_get(process, "pid")) == pid)
            return process;
    }
    return NULL;
}

json_int_t watching_integer(json_t *object, const char *name)
{
    assert_true(json_is_integer(json_object_get(object, name)));
    return json_integer_value(json_object_get(object, name));
}

const char *watching_text(json_t *object, const char *name)
{
    assert_true(json_is_string(json_object_get(object, name)));
    return json_string_value(json_object_get(object, name));
}

json_int_t watching_sum(const watched_worker *watched, const char *name)
{
    json_t *worker = watching_read(watched), *process;
    json_int_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(worker, "processes"), i, process) sum +=
        watching_integer(process, name);
    json_decref(worker);
    return sum;
}

size_t watching_count_in(const watched_worker *watched, const char *state)
{
    json_t *worker = watching_read(watched), *process;
    size_t count = 0, i;

    json_array_foreach(json_object_get(worker, "processes"), i, process) count +=
        strcmp(watching_text(process, "state"), state) == 0;
    json_decref(worker);
    return count;
}

size_t watching_count_sockets(void)
{
    char folder[96];
    const struct dirent *entry;
    size_t count = 0;
    DIR *listing;

    snprintf(folder, sizeof folder, "%s/temporal", watching_runtime);
    listing = opendir(folder);
    assert_non_null(listing);
    while ((entry = readdir(listing)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return count;
}

int watching_set_up(void **state)
{
    snprintf(watching_runtime, sizeof watching_runtime, "/tmp/temporal-watching-XXXXXX");
    if (!mkdtemp(watching_runtime) || setenv("XDG_RUNTIME_DIR", watching_runtime, 1) != 0)
        return -1;
    return fixture_connect(state);
}

int watching_tear_down(void **state)
{
    char folder[96];

    snprintf(folder, sizeof folder, "%s/temporal", watching_runtime);
    (void)rmdir(folder);
    (void)rmdir(watching_runtime);
    return fixture_close(state);
}

/* A program that was killed leaves its socket to the next test. */
int watching_tidy(void **state)
{
    char folder[TP_MEETING_PATH];

    (void)state;
    assert_ok(tp_meeting_make_folder(folder));
    tp_meeting_tidy(folder);
    return 0;
}
