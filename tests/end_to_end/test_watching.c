/* SPDX-License-Identifier: MIT */
/* test_watching.c -- temporal-top and real workers, which run in programs of their own: what it
 * shows, what it is told to do, and what happens when either of them misbehaves. */
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/board.h"
#include "shm/meeting.h"
#include "tests/end_to_end/relay.h"

#define PROCESSES 2

static char runtime[64];

/* --- the worker's program --------------------------------------------------------------------- */

/* Beats, says so, and waits for its cancellation. */
TEMPORAL_ACTIVITY(hold, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(hold)
temporal_error *hold(temporal_activity *attempt, temporal_string input, temporal_string *text)
{
    TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, input));
    TEMPORAL_TRY(temporal_heartbeat(attempt, temporal_string, input));
    printf("holds %d\n", (int)getpid());
    fflush(stdout);
    temporal_activity_wait_for_cancelled(attempt, 0);
    *text = "let go";
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY(nod, temporal_string, temporal_string)
TEMPORAL_ACTIVITY_DEFINE(nod)
temporal_error *nod(temporal_activity *attempt, temporal_string input, temporal_string *text)
{
    (void)attempt;
    *text = input;
    return TEMPORAL_OK;
}

static int worker_program(const char *address, const char *queue, const char *how)
{
    temporal_worker *worker = NULL;
    temporal_client *own = NULL;
    temporal_error *error;

    error = temporal_worker_new(&worker, .task_queue = queue,
                                .workflows = TEMPORAL_WORKFLOWS(&relay_workflow),
                                .async.activities = TEMPORAL_ACTIVITIES(&nod_activity),
                                .processes = { .activities = TEMPORAL_ACTIVITIES(&hold_activity),
                                               .concurrency = PROCESSES },
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

struct watched {
    test_process *program;
    const char *queue;
    char pid[16];
};

static struct watched start_program(const char *how)
{
    struct watched watched = { .queue = test_unique("watched") };

    watched.program =
        test_process_run(test_program_path(), "worker", test_server_address(), watched.queue, how);
    relay_queues[0] = watched.queue;
    test_process_expect(watched.program, "works");
    snprintf(watched.pid, sizeof watched.pid, "%d", (int)test_process_pid(watched.program));
    return watched;
}

static void stop_program(struct watched *watched)
{
    test_process_signal(watched->program, SIGKILL);
    assert_int_equal(test_process_wait(watched->program), 128 + SIGKILL);
    test_process_free(watched->program);
}

/* Begins with an activity that holds, and answers with the pid of its process. */
static pid_t begin_to_hold(struct watched *watched, temporal_handle **handle)
{
    *handle = relay_start(.activity = "hold", .input = "tight", .attempts = 1, .heartbeat = 60);
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
    snprintf(folder, sizeof folder, "%s/temporal", runtime); /* others are none of the test's */
    program = test_process_start(argv);
    text[0] = '\0';
    while ((line = test_process_line(program)) != NULL)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s\n", line);
    *status = test_process_wait(program);
    test_process_free(program);
    return text;
}

#define TOP(...) top_expect(0, (const char *const[]){ __VA_ARGS__, NULL })
#define TOP_FAILS(status, text, ...) \
    assert_contains(top_expect((status), (const char *const[]){ __VA_ARGS__, NULL }), (text))

static const char *top_expect(int expected, const char *const *words)
{
    int status;
    const char *text = top_output(&status, words);

    if (status != expected)
        fail_msg("temporal-top %s ended with %d: %s", words[0], status, text);
    return text;
}

/* What --json says of that worker; json_decref it. NULL: it is not there. */
static json_t *read_worker(const struct watched *watched)
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
static json_t *process_of(json_t *worker, pid_t pid)
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

static json_int_t integer_of(json_t *object, const char *name)
{
    assert_true(json_is_integer(json_object_get(object, name)));
    return json_integer_value(json_object_get(object, name));
}

static const char *text_of(json_t *object, const char *name)
{
    assert_true(json_is_string(json_object_get(object, name)));
    return json_string_value(json_object_get(object, name));
}

static json_int_t sum_of(const struct watched *watched, const char *name)
{
    json_t *worker = read_worker(watched), *process;
    json_int_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(worker, "processes"), i, process) sum +=
        integer_of(process, name);
    json_decref(worker);
    return sum;
}

static size_t count_in(const struct watched *watched, const char *state)
{
    json_t *worker = read_worker(watched), *process;
    size_t count = 0, i;

    json_array_foreach(json_object_get(worker, "processes"), i, process) count +=
        strcmp(text_of(process, "state"), state) == 0;
    json_decref(worker);
    return count;
}

static pid_t idle_pid(const struct watched *watched)
{
    json_t *worker, *process;
    pid_t pid = 0;
    size_t i;

    test_wait_for(count_in(watched, "idle") > 0);
    worker = read_worker(watched);
    json_array_foreach(json_object_get(worker, "processes"), i, process)
    {
        if (strcmp(text_of(process, "state"), "idle") == 0)
            pid = (pid_t)integer_of(process, "pid");
    }
    json_decref(worker);
    return pid;
}

static bool has_pid(const struct watched *watched, pid_t pid)
{
    json_t *worker = read_worker(watched);
    bool has = process_of(worker, pid) != NULL;

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
    struct watched watched = start_program("seen");
    json_t *worker, *process, *attempt;
    temporal_handle *handle;
    pid_t pid = begin_to_hold(&watched, &handle);

    (void)state;
    worker = read_worker(&watched);
    assert_string_equal(text_of(worker, "task_queue"), watched.queue);
    assert_string_equal(text_of(worker, "namespace"), "default");
    assert_true(json_is_null(json_object_get(worker, "problem")));
    assert_true(integer_of(worker, "rss") > 0);
    assert_int_equal(integer_of(worker, "pool_wanted"), PROCESSES);
    assert_int_equal(json_array_size(json_object_get(worker, "processes")), PROCESSES);
    assert_int_equal(json_array_size(json_object_get(worker, "executors")), 2);
    process = process_of(worker, pid);
    assert_string_equal(text_of(process, "state"), "busy");
    assert_true(integer_of(process, "rss") > 0);
    assert_true(json_is_real(json_object_get(process, "cpu_seconds")));
    attempt = json_object_get(process, "attempt");
    assert_string_equal(text_of(attempt, "activity_type"), "hold");
    assert_string_equal(text_of(attempt, "workflow_id"), temporal_handle_id(handle));
    assert_int_equal(integer_of(attempt, "number"), 1);
    assert_int_equal(integer_of(attempt, "progress"), 2);
    assert_true(json_is_real(json_object_get(attempt, "heartbeat_age")));
    json_decref(worker);
    temporal_handle_free(handle);
    stop_program(&watched);
}

static void once_prints_it_as_text(void **state)
{
    struct watched watched = start_program("seen");
    temporal_handle *handle;
    char row[64];
    pid_t pid = begin_to_hold(&watched, &handle);
    const char *text = TOP("--once");

    (void)state;
    snprintf(row, sizeof row, "%d busy      hold  ", (int)pid);
    assert_contains(text, watched.queue);
    assert_contains(text, row);
    assert_contains(text, temporal_handle_id(handle));
    assert_contains(text, "1 of 2 running");
    assert_contains(text, " idle ");
    temporal_handle_free(handle);
    stop_program(&watched);
}

static void counts_are_those_of_the_executors(void **state)
{
    struct watched watched = start_program("seen");
    json_t *worker, *async;

    (void)state;
    assert_string_equal(relay_run(.activity = "nod", .input = "yes"), "yes");
    worker = read_worker(&watched);
    async = json_array_get(json_object_get(worker, "executors"), 0);
    assert_string_equal(text_of(async, "name"), "async");
    assert_int_equal(integer_of(async, "done"), 1);
    assert_int_equal(integer_of(async, "running"), 0);
    json_decref(worker);
    stop_program(&watched);
}

/* --- what it is told to do -------------------------------------------------------------------- */

static void an_idle_process_is_recycled(void **state)
{
    struct watched watched = start_program("seen");
    pid_t pid = idle_pid(&watched);

    (void)state;
    TOP("recycle", watched.pid, digits(pid));
    test_wait_for(!has_pid(&watched, pid));
    assert_int_equal(sum_of(&watched, "recycled"), 1);
    test_wait_for(count_in(&watched, "idle") == PROCESSES);
    stop_program(&watched);
}

static void a_process_is_killed_and_the_server_hears_why(void **state)
{
    struct watched watched = start_program("seen");
    const temporal_error *cause;
    temporal_handle *handle;
    temporal_error *error;
    pid_t pid = begin_to_hold(&watched, &handle);

    (void)state;
    TOP("kill", watched.pid, digits(pid));
    error = relay_failure(handle);
    cause = assert_has(error, APPLICATION);
    assert_string_equal(temporal_error_type(cause), "ActivityProcessKilled");
    assert_contains(temporal_error_message(cause), "by a command");
    temporal_error_free(error);
    assert_int_equal(sum_of(&watched, "killed"), 1);
    assert_int_equal(sum_of(&watched, "failed"), 1);
    assert_int_equal(sum_of(&watched, "crashed"), 0);
    test_wait_for(count_in(&watched, "idle") == PROCESSES);
    stop_program(&watched);
}

static void a_pool_is_resized_and_works_on(void **state)
{
    struct watched watched = start_program("seen");
    temporal_handle *first, *second;

    (void)state;
    begin_to_hold(&watched, &first);
    TOP("resize", watched.pid, "1");
    test_wait_for(count_in(&watched, "none") == 1);
    TOP("resize", watched.pid, "2");
    begin_to_hold(&watched, &second); /* polled for again */
    assert_int_equal(count_in(&watched, "busy"), 2);
    TOP_FAILS(1, "give 1 to 2", "resize", watched.pid, "3");
    temporal_handle_free(first);
    temporal_handle_free(second);
    stop_program(&watched);
}

static size_t count_sockets(void)
{
    char folder[96];
    const struct dirent *entry;
    size_t count = 0;
    DIR *listing;

    snprintf(folder, sizeof folder, "%s/temporal", runtime);
    listing = opendir(folder);
    assert_non_null(listing);
    while ((entry = readdir(listing)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return count;
}

static void a_drained_worker_ends_and_leaves_no_socket(void **state)
{
    struct watched watched = start_program("seen");

    (void)state;
    assert_int_equal(count_sockets(), 1);
    TOP("drain", watched.pid);
    assert_int_equal(test_process_wait(watched.program), 0);
    assert_int_equal(count_sockets(), 0);
    TOP_FAILS(1, "no worker", "drain", watched.pid);
    test_process_free(watched.program);
}

static void what_it_cannot_do_is_said(void **state)
{
    struct watched watched = start_program("seen");

    (void)state;
    TOP_FAILS(1, "has no activity process 1", "kill", watched.pid, "1");
    TOP_FAILS(1, "there is no worker 1", "drain", "1");
    TOP_FAILS(2, "usage", "kill", watched.pid);
    TOP_FAILS(2, "usage", "kill", watched.pid, "all");
    TOP_FAILS(2, "usage", "drain", watched.pid, "1");
    TOP_FAILS(2, "usage", "explode", watched.pid);
    TOP_FAILS(2, "usage", "--delay", "never");
    stop_program(&watched);
}

/* --- costs ------------------------------------------------------------------------------------ */

/* Boards that the worker holds. */
static size_t count_boards(const struct watched *watched)
{
    char folder[64], target[128];
    const struct dirent *entry;
    size_t count = 0;
    DIR *listing;

    snprintf(folder, sizeof folder, "/proc/%s/fd", watched->pid);
    listing = opendir(folder);
    assert_non_null(listing);
    while ((entry = readdir(listing)) != NULL) {
        ssize_t size = readlinkat(dirfd(listing), entry->d_name, target, sizeof target - 1);

        target[size > 0 ? size : 0] = '\0';
        count += strstr(target, "temporal-board") != NULL;
    }
    closedir(listing);
    return count;
}

/* A watcher by hand: connects to the one worker that is there. */
static int watch_by_hand(void)
{
    char folder[TP_MEETING_PATH];
    const struct dirent *entry;
    DIR *listing;
    pid_t pid;
    int fd = -1;

    assert_ok(tp_meeting_make_folder(folder));
    listing = opendir(folder);
    assert_non_null(listing);
    while (fd < 0 && (entry = readdir(listing)) != NULL)
        if (tp_meeting_read_name(entry->d_name, &pid))
            fd = tp_meeting_connect(folder, entry->d_name);
    closedir(listing);
    assert_true(fd >= 0);
    return fd;
}

static tp_meeting_result receive(int fd, tp_meeting_reply *reply, int *carried)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    assert_true(poll(&wait, 1, (int)(TEST_PATIENCE * 1000)) == 1);
    return tp_meeting_receive(fd, reply, carried);
}

static void a_worker_that_nobody_looks_at_has_no_board(void **state)
{
    struct watched watched = start_program("seen");
    tp_meeting_reply reply;
    int first = watch_by_hand(), second = watch_by_hand(), board, again;

    (void)state;
    assert_int_equal(count_boards(&watched), 0);
    tp_meeting_ask(first, TP_MEETING_LOOK, 0);
    assert_int_equal(receive(first, &reply, &board), TP_MEETING_DONE);
    assert_true(board >= 0);
    assert_int_equal(count_boards(&watched), 1);
    tp_meeting_ask(first, TP_MEETING_LOOK, 0);
    assert_int_equal(receive(first, &reply, &again), TP_MEETING_DONE);
    assert_int_equal(again, -1); /* it has it */
    tp_meeting_ask(second, TP_MEETING_LOOK, 0);
    assert_int_equal(receive(second, &reply, &again), TP_MEETING_DONE);
    assert_true(again >= 0);
    assert_int_equal(count_boards(&watched), 1); /* the same for all */
    close(again);
    close(first);
    close(second);
    test_wait_for(count_boards(&watched) == 0);
    close(board);
    stop_program(&watched);
}

/* Between two looks nothing is written, whatever happens: beats go on, the board stands still. */
static void nothing_is_written_between_two_looks(void **state)
{
    struct watched watched = start_program("seen");
    tp_board_worker before, after;
    tp_meeting_reply reply;
    tp_board_view view;
    int fd = watch_by_hand(), board;

    (void)state;
    tp_meeting_ask(fd, TP_MEETING_LOOK, 0);
    assert_int_equal(receive(fd, &reply, &board), TP_MEETING_DONE);
    assert_ok(tp_board_open(&view, board));
    assert_true(tp_board_read_worker(&view, &before));
    relay_run(.activity = "nod", .input = "yes");
    assert_true(tp_board_read_worker(&view, &after));
    assert_memory_equal(&before, &after, sizeof before);
    tp_meeting_ask(fd, TP_MEETING_LOOK, 0);
    assert_int_equal(receive(fd, &reply, &board), TP_MEETING_DONE);
    assert_true(tp_board_read_worker(&view, &after));
    assert_int_equal(after.executors[0].done, before.executors[0].done + 1);
    tp_board_close(&view);
    close(fd);
    stop_program(&watched);
}

/* --- those who misbehave ---------------------------------------------------------------------- */

static void nonsense_ends_a_connection_and_nothing_else(void **state)
{
    struct watched watched = start_program("seen");
    const char *const nonsense = "GET / HTTP/1.1\r\nHost: worker\r\n\r\n";
    tp_meeting_reply reply;
    int fd, carried;

    (void)state;
    for (size_t size = 1; size <= strlen(nonsense); size++) {
        fd = watch_by_hand();
        assert_int_equal(send(fd, nonsense, size, 0), size);
        assert_int_equal(receive(fd, &reply, &carried), TP_MEETING_OVER);
        close(fd);
    }
    fd = watch_by_hand();
    for (int kind = TP_MEETING_KINDS; kind < 1000; kind += 333) {
        assert_int_equal(tp_meeting_ask(fd, (tp_meeting_kind)kind, INT64_MIN), TP_MEETING_DONE);
        assert_int_equal(receive(fd, &reply, &carried), TP_MEETING_DONE);
        assert_true(reply.refused);
        assert_contains(reply.text, "does not know");
    }
    close(fd);
    assert_int_equal(count_in(&watched, "busy"), 0);
    stop_program(&watched);
}

static void one_that_never_reads_is_left_alone(void **state)
{
    struct watched watched = start_program("seen");
    int fd = watch_by_hand();
    tp_meeting_result result = TP_MEETING_DONE;

    (void)state;
    while (result != TP_MEETING_OVER) /* it answers until there is no room, and hangs up */
        result = tp_meeting_ask(fd, TP_MEETING_LOOK, 0);
    close(fd);
    test_wait_for(count_boards(&watched) == 0);
    assert_int_equal(count_in(&watched, "busy"), 0);
    stop_program(&watched);
}

static void more_watchers_than_a_worker_bears_are_refused(void **state)
{
    struct watched watched = start_program("seen");
    tp_meeting_reply reply;
    int fds[17], carried;

    (void)state;
    for (size_t i = 0; i < 17; i++) {
        fds[i] = watch_by_hand();
        tp_meeting_ask(fds[i], TP_MEETING_LOOK, 0); /* served in turn: so they are there */
        assert_int_equal(receive(fds[i], &reply, &carried), TP_MEETING_DONE);
        if (carried >= 0)
            close(carried);
        assert_int_equal(reply.refused, i == 16);
    }
    assert_contains(reply.text, "too many");
    for (size_t i = 0; i < 17; i++)
        close(fds[i]);
    stop_program(&watched);
}

/* As somebody else, with the folder open to him. */
static int foreign_program(const char *path)
{
    char folder[TP_MEETING_PATH];
    const char *name = strrchr(path, '/') + 1;
    tp_meeting_reply reply;
    int fd, carried;

    snprintf(folder, sizeof folder, "%.*s", (int)(name - 1 - path), path);
    if (setgid(65534) != 0 || setuid(65534) != 0)
        return 3;
    fd = tp_meeting_connect(folder, name);
    if (fd < 0)
        return 4;
    tp_meeting_ask(fd, TP_MEETING_DRAIN, 0);
    if (receive(fd, &reply, &carried) != TP_MEETING_DONE || !reply.refused || carried >= 0)
        return 5;
    printf("%s\n", reply.text);
    return 0;
}

static void another_user_is_refused(void **state)
{
    struct watched watched = start_program("seen");
    char folder[TP_MEETING_PATH], path[160] = "";
    const struct dirent *entry;
    test_process *foreign;
    DIR *listing;
    pid_t pid;

    (void)state;
    if (geteuid() != 0) {
        stop_program(&watched);
        skip(); /* nobody but root can become somebody else */
    }
    assert_ok(tp_meeting_make_folder(folder));
    listing = opendir(folder);
    while ((entry = readdir(listing)) != NULL)
        if (tp_meeting_read_name(entry->d_name, &pid))
            snprintf(path, sizeof path, "%s/%.32s", folder, entry->d_name);
    closedir(listing);
    assert_int_equal(chmod(runtime, 0755), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(path, 0777), 0);
    foreign = test_process_run(test_program_path(), "foreign", path);
    test_process_expect(foreign, "the worker belongs to another user");
    assert_int_equal(test_process_wait(foreign), 0);
    test_process_free(foreign);
    TOP_FAILS(1, "this user alone", "--once"); /* nor is such a folder looked into */
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(chmod(runtime, 0700), 0);
    assert_int_equal(count_in(&watched, "busy"), 0); /* it was not drained */
    stop_program(&watched);
}

static void a_worker_that_was_killed_is_not_seen_and_leaves_nothing(void **state)
{
    struct watched watched = start_program("seen");
    const char *text;

    (void)state;
    stop_program(&watched);
    assert_int_equal(count_sockets(), 1);
    text = TOP("--once");
    assert_contains(text, "no worker of this user");
    assert_int_equal(count_sockets(), 0);
}

static void a_worker_that_is_stopped_hides_no_other(void **state)
{
    struct watched stopped = start_program("seen"), other = start_program("seen");
    json_t *worker;

    (void)state;
    test_process_signal(stopped.program, SIGSTOP);
    worker = read_worker(&stopped);
    assert_string_equal(text_of(worker, "problem"), "it does not answer");
    json_decref(worker);
    worker = read_worker(&other);
    assert_string_equal(text_of(worker, "task_queue"), other.queue);
    json_decref(worker);
    test_process_signal(stopped.program, SIGCONT);
    worker = read_worker(&stopped);
    assert_string_equal(text_of(worker, "task_queue"), stopped.queue);
    json_decref(worker);
    stop_program(&stopped);
    stop_program(&other);
    TOP("--once");
}

static void a_worker_that_does_not_want_to_be_watched_is_not_found(void **state)
{
    struct watched watched = start_program("unseen");

    (void)state;
    assert_int_equal(count_sockets(), 0);
    assert_null(read_worker(&watched));
    stop_program(&watched);
}

/* Both folders cannot be had: one cannot be made, one is somebody's. */
static void a_worker_without_a_folder_works_unwatched(void **state)
{
    char folder[96];

    (void)state;
    snprintf(folder, sizeof folder, "/tmp/temporal-%u", (unsigned)geteuid());
    if (mkdir(folder, 0755) != 0)
        skip(); /* a worker that is none of this test's uses it */
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/proc/no/such/folder", 1), 0);
    {
        struct watched watched = start_program("seen");

        assert_string_equal(relay_run(.activity = "nod", .input = "yes"), "yes");
        stop_program(&watched);
    }
    assert_int_equal(rmdir(folder), 0); /* and nothing was put there */
    assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime, 1), 0);
}

static int set_up(void **state)
{
    snprintf(runtime, sizeof runtime, "/tmp/temporal-watching-XXXXXX");
    if (!mkdtemp(runtime) || setenv("XDG_RUNTIME_DIR", runtime, 1) != 0)
        return -1;
    return fixture_connect(state);
}

static int tear_down(void **state)
{
    char folder[96];

    snprintf(folder, sizeof folder, "%s/temporal", runtime);
    (void)rmdir(folder);
    (void)rmdir(runtime);
    return fixture_close(state);
}

/* A program that was killed leaves its socket to the next test. */
static int tidy(void **state)
{
    char folder[TP_MEETING_PATH];

    (void)state;
    assert_ok(tp_meeting_make_folder(folder));
    tp_meeting_tidy(folder);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, tidy)

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
        TEST(a_worker_that_nobody_looks_at_has_no_board),
        TEST(nothing_is_written_between_two_looks),
        TEST(nonsense_ends_a_connection_and_nothing_else),
        TEST(one_that_never_reads_is_left_alone),
        TEST(more_watchers_than_a_worker_bears_are_refused),
        TEST(another_user_is_refused),
        TEST(a_worker_that_was_killed_is_not_seen_and_leaves_nothing),
        TEST(a_worker_that_is_stopped_hides_no_other),
        TEST(a_worker_that_does_not_want_to_be_watched_is_not_found),
        TEST(a_worker_without_a_folder_works_unwatched),
    };

    if (argc == 5 && strcmp(argv[1], "worker") == 0)
        return worker_program(argv[2], argv[3], argv[4]);
    if (argc == 3 && strcmp(argv[1], "foreign") == 0)
        return foreign_program(argv[2]);
    return fixture_run(tests, set_up, tear_down);
}
