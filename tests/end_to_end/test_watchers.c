/* SPDX-License-Identifier: MIT */
/* test_watchers.c -- what it costs a worker to be looked at, and what happens when it, or who looks
 * at it, misbehaves. */
#include <dirent.h>
#include <errno.h>
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
#include "tests/end_to_end/watching.h"

/* --- costs ------------------------------------------------------------------------------------ */

/* Boards that the worker holds. */
static size_t count_boards(const watched_worker *watched)
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
    watched_worker watched = watching_start("seen");
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
    watching_stop(&watched);
}

/* Between two looks nothing is written, whatever happens: beats go on, the board stands still. */
static void nothing_is_written_between_two_looks(void **state)
{
    watched_worker watched = watching_start("seen");
    tp_board_worker before, after;
    tp_meeting_reply reply;
    tp_board_view view;
    int fd = watch_by_hand(), board;

    (void)state;
    tp_meeting_ask(fd, TP_MEETING_LOOK, 0);
    assert_int_equal(receive(fd, &reply, &board), TP_MEETING_DONE);
    assert_ok(tp_board_open(&view, board));
    assert_true(tp_board_read_worker(&view, &before));
    relay_run(.activity = "watched_nod", .input = "yes");
    assert_true(tp_board_read_worker(&view, &after));
    assert_memory_equal(&before, &after, sizeof before);
    tp_meeting_ask(fd, TP_MEETING_LOOK, 0);
    assert_int_equal(receive(fd, &reply, &board), TP_MEETING_DONE);
    assert_true(tp_board_read_worker(&view, &after));
    assert_int_equal(after.executors[0].done, before.executors[0].done + 1);
    tp_board_close(&view);
    close(fd);
    watching_stop(&watched);
}

/* --- those who misbehave ---------------------------------------------------------------------- */

static void nonsense_ends_a_connection_and_nothing_else(void **state)
{
    watched_worker watched = watching_start("seen");
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
    assert_int_equal(watching_count_in(&watched, "busy"), 0);
    watching_stop(&watched);
}

static void one_that_never_reads_is_left_alone(void **state)
{
    watched_worker watched = watching_start("seen");
    int fd = watch_by_hand();
    tp_meeting_result result = TP_MEETING_DONE;

    (void)state;
    while (result != TP_MEETING_OVER) /* it answers until there is no room, and hangs up */
        result = tp_meeting_ask(fd, TP_MEETING_LOOK, 0);
    close(fd);
    test_wait_for(count_boards(&watched) == 0);
    assert_int_equal(watching_count_in(&watched, "busy"), 0);
    watching_stop(&watched);
}

static void more_watchers_than_a_worker_bears_are_refused(void **state)
{
    watched_worker watched = watching_start("seen");
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
    watching_stop(&watched);
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
    watched_worker watched = watching_start("seen");
    char folder[TP_MEETING_PATH], path[160] = "";
    const struct dirent *entry;
    test_process *foreign;
    DIR *listing;
    pid_t pid;

    (void)state;
    if (geteuid() != 0) {
        watching_stop(&watched);
        skip(); /* nobody but root can become somebody else */
    }
    assert_ok(tp_meeting_make_folder(folder));
    listing = opendir(folder);
    while ((entry = readdir(listing)) != NULL)
        if (tp_meeting_read_name(entry->d_name, &pid))
            snprintf(path, sizeof path, "%s/%.32s", folder, entry->d_name);
    closedir(listing);
    assert_int_equal(chmod(watching_runtime, 0755), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(path, 0777), 0);
    foreign = test_process_run(test_program_path(), "foreign", path);
    test_process_expect(foreign, "the worker belongs to another user");
    assert_int_equal(test_process_wait(foreign), 0);
    test_process_free(foreign);
    TOP_FAILS(1, "this user alone", "--once"); /* nor is such a folder looked into */
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(chmod(watching_runtime, 0700), 0);
    assert_int_equal(watching_count_in(&watched, "busy"), 0); /* it was not drained */
    watching_stop(&watched);
}

static void a_worker_that_was_killed_is_not_seen_and_leaves_nothing(void **state)
{
    watched_worker watched = watching_start("seen");
    const char *text;

    (void)state;
    watching_stop(&watched);
    assert_int_equal(watching_count_sockets(), 1);
    text = TOP("--once");
    assert_contains(text, "no worker of this user");
    assert_int_equal(watching_count_sockets(), 0);
}

static void a_worker_that_is_stopped_hides_no_other(void **state)
{
    watched_worker stopped = watching_start("seen"), other = watching_start("seen");
    json_t *worker;

    (void)state;
    test_process_signal(stopped.program, SIGSTOP);
    worker = watching_read(&stopped);
    assert_string_equal(watching_text(worker, "problem"), "it does not answer");
    json_decref(worker);
    worker = watching_read(&other);
    assert_string_equal(watching_text(worker, "task_queue"), other.queue);
    json_decref(worker);
    test_process_signal(stopped.program, SIGCONT);
    worker = watching_read(&stopped);
    assert_string_equal(watching_text(worker, "task_queue"), stopped.queue);
    json_decref(worker);
    watching_stop(&stopped);
    watching_stop(&other);
    TOP("--once");
}

static void a_worker_that_does_not_want_to_be_watched_is_not_found(void **state)
{
    watched_worker watched = watching_start("unseen");

    (void)state;
    assert_int_equal(watching_count_sockets(), 0);
    assert_null(watching_read(&watched));
    watching_stop(&watched);
}

/* A user whose folder nobody has made; root may become him. */
static uid_t homeless_user(char *folder, size_t size)
{
    uid_t user = 61000;

    snprintf(folder, size, "/tmp/temporal-%u", (unsigned)user);
    while (mkdir(folder, 0755) != 0) {
        assert_int_equal(errno, EEXIST);
        snprintf(folder, size, "/tmp/temporal-%u", (unsigned)++user);
    }
    return user;
}

/* Both folders cannot be had: one cannot be made, one is somebody else's. */
static void a_worker_without_a_folder_works_unwatched(void **state)
{
    char folder[96], user[16];

    (void)state;
    if (geteuid() != 0)
        skip(); /* nobody but root can become somebody else */
    snprintf(user, sizeof user, "%u", (unsigned)homeless_user(folder, sizeof folder));
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/proc/no/such/folder", 1), 0);
    {
        watched_worker watched = watching_start(user);

        assert_string_equal(relay_run(.activity = "watched_nod", .input = "yes"), "yes");
        watching_stop(&watched);
    }
    assert_int_equal(rmdir(folder), 0); /* and nothing was put there */
    assert_int_equal(setenv("XDG_RUNTIME_DIR", watching_runtime, 1), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, watching_tidy)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
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
        return watching_program(argv[2], argv[3], argv[4]);
    if (argc == 3 && strcmp(argv[1], "foreign") == 0)
        return foreign_program(argv[2]);
    return fixture_run(tests, watching_set_up, watching_tear_down);
}
