/* SPDX-License-Identifier: MIT */
/* tests/shm/test_meeting.c -- where a worker and those who watch it meet, and what they say. */
#include "shm/meeting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/support.h"

static char runtime[64];

static int make_runtime(void **state)
{
    (void)state;
    snprintf(runtime, sizeof runtime, "/tmp/temporal-meeting-XXXXXX");
    if (!mkdtemp(runtime))
        return -1;
    return setenv("XDG_RUNTIME_DIR", runtime, 1);
}

static int remove_runtime(void **state)
{
    char folder[96];

    (void)state;
    snprintf(folder, sizeof folder, "%s/temporal", runtime);
    rmdir(folder);
    return rmdir(runtime);
}

/* --- the folder ------------------------------------------------------------------------------- */

static void the_folder_is_made_for_its_user_alone(void **state)
{
    char folder[TP_MEETING_PATH], expected[96];
    struct stat status;

    (void)state;
    snprintf(expected, sizeof expected, "%s/temporal", runtime);
    assert_ok(tp_meeting_make_folder(folder));
    assert_string_equal(folder, expected);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(status.st_uid, geteuid());
    assert_ok(tp_meeting_make_folder(folder)); /* it is there */
}

static void without_a_runtime_folder_it_is_in_tmp(void **state)
{
    char folders[TP_MEETING_FOLDERS][TP_MEETING_PATH], expected[64];

    (void)state;
    snprintf(expected, sizeof expected, "/tmp/temporal-%u", (unsigned)geteuid());
    unsetenv("XDG_RUNTIME_DIR");
    assert_int_equal(tp_meeting_folders(folders), 1);
    assert_string_equal(folders[0], expected);
    setenv("XDG_RUNTIME_DIR", "relative", 1);
    assert_int_equal(tp_meeting_folders(folders), 1);
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    assert_int_equal(tp_meeting_folders(folders), 2); /* who looks, looks in both */
    assert_string_equal(folders[1], expected);
}

static void a_folder_that_others_may_enter_is_refused(void **state)
{
    char folder[TP_MEETING_PATH], other[96];

    (void)state;
    assert_ok(tp_meeting_make_folder(folder));
    assert_int_equal(chmod(folder, 0711), 0);
    assert_fails(tp_meeting_check_folder(folder), SYSTEM, "this user alone");
    assert_int_equal(chmod(folder, 0700), 0);
    assert_ok(tp_meeting_check_folder(folder));
    snprintf(other, sizeof other, "%s/link", runtime);
    assert_int_equal(symlink(folder, other), 0);
    assert_fails(tp_meeting_check_folder(other), SYSTEM, "this user alone");
    assert_int_equal(unlink(other), 0);
    assert_fails(tp_meeting_check_folder(other), SYSTEM, "No such file");
}

static void only_names_of_sockets_are_names(void **state)
{
    static const char *const wrong[] = { "",
                                         "-1",
                                         "12",
                                         "12-",
                                         "a-1",
                                         ".12-ab",
                                         "12-xy",
                                         "1234567890-1",
                                         "0-1",
                                         "12-ab ",
                                         "1-0000000000000000000000000000000000" };
    pid_t pid = 0;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(tp_meeting_read_name(wrong[i], &pid));
    assert_true(tp_meeting_read_name("4711-1a2b", &pid));
    assert_int_equal(pid, 4711);
}

/* --- sockets ---------------------------------------------------------------------------------- */

struct talk {
    char folder[TP_MEETING_PATH], name[TP_MEETING_NAME];
    int listener, worker, watcher;
};

static void begin_talk(struct talk *talk)
{
    assert_ok(tp_meeting_make_folder(talk->folder));
    talk->listener = tp_meeting_listen(talk->folder, talk->name);
    assert_true(talk->listener >= 0);
    talk->watcher = tp_meeting_connect(talk->folder, talk->name);
    assert_true(talk->watcher >= 0);
    talk->worker = accept4(talk->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(talk->worker >= 0);
}

static void end_talk(struct talk *talk)
{
    tp_meeting_leave(talk->folder, talk->name);
    close(talk->watcher);
    close(talk->worker);
    close(talk->listener);
}

static size_t count_names(const char *folder)
{
    char command[160];
    unsigned count = 0;
    FILE *listing;

    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    listing = popen(command, "re");
    assert_non_null(listing);
    assert_int_equal(fscanf(listing, "%u", &count), 1);
    pclose(listing);
    return count;
}

static void a_socket_on_which_nobody_listens_is_removed(void **state)
{
    char folder[TP_MEETING_PATH], name[TP_MEETING_NAME];
    int listener, fd;

    (void)state;
    assert_ok(tp_meeting_make_folder(folder));
    listener = tp_meeting_listen(folder, name);
    assert_true(listener >= 0);
    tp_meeting_tidy(folder);
    fd = tp_meeting_connect(folder, name);
    assert_true(fd >= 0); /* it lives */
    close(fd);
    close(listener); /* as the kernel does for a worker that is killed */
    assert_int_equal(count_names(folder), 1);
    assert_int_equal(tp_meeting_connect(folder, name), -1);
    assert_int_equal(errno, ECONNREFUSED);
    assert_int_equal(count_names(folder), 0);
}

static void what_dead_workers_left_is_tidied_away(void **state)
{
    char folder[TP_MEETING_PATH], name[TP_MEETING_NAME], path[160];
    pid_t child;

    (void)state;
    assert_ok(tp_meeting_make_folder(folder));
    child = fork();
    if (child == 0)
        _exit(tp_meeting_listen(folder, name) < 0);
    assert_int_equal(test_reap(child), 0);
    snprintf(path, sizeof path, "%s/notes", folder); /* what is none of ours stays */
    fclose(fopen(path, "we"));
    assert_int_equal(count_names(folder), 2);
    tp_meeting_tidy(folder);
    assert_int_equal(count_names(folder), 1);
    assert_int_equal(unlink(path), 0);
}

static void a_foreign_user_is_not_talked_to(void **state)
{
    struct talk talk;

    (void)state;
    begin_talk(&talk);
    assert_true(tp_meeting_may_talk(talk.worker, geteuid()));
    assert_true(tp_meeting_may_talk(talk.watcher, geteuid()));
    /* Whoever runs this is foreign to another user, but for root, who may do it all. */
    assert_int_equal(tp_meeting_may_talk(talk.worker, geteuid() + 1), geteuid() == 0);
    end_talk(&talk);
}

/* --- packets ---------------------------------------------------------------------------------- */

static void requests_and_replies_arrive_as_they_were_sent(void **state)
{
    size_t files = test_count_files();
    tp_meeting_request request;
    tp_meeting_reply reply;
    struct talk talk;
    struct stat sent, got;
    int fd;

    (void)state;
    begin_talk(&talk);
    assert_int_equal(tp_meeting_hear(talk.worker, &request), TP_MEETING_LATER);
    assert_int_equal(tp_meeting_ask(talk.watcher, TP_MEETING_RESIZE, 7), TP_MEETING_DONE);
    assert_int_equal(tp_meeting_hear(talk.worker, &request), TP_MEETING_DONE);
    assert_int_equal(request.kind, TP_MEETING_RESIZE);
    assert_int_equal(request.argument, 7);
    assert_int_equal(tp_meeting_receive(talk.watcher, &reply, &fd), TP_MEETING_LATER);
    assert_int_equal(tp_meeting_answer(talk.worker, "no", -1), TP_MEETING_DONE);
    assert_int_equal(tp_meeting_receive(talk.watcher, &reply, &fd), TP_MEETING_DONE);
    assert_true(reply.refused);
    assert_string_equal(reply.text, "no");
    assert_int_equal(fd, -1);
    assert_int_equal(tp_meeting_answer(talk.worker, NULL, talk.listener), TP_MEETING_DONE);
    assert_int_equal(tp_meeting_receive(talk.watcher, &reply, &fd), TP_MEETING_DONE);
    assert_false(reply.refused);
    assert_int_equal(fstat(talk.listener, &sent), 0);
    assert_int_equal(fstat(fd, &got), 0);
    assert_int_equal(sent.st_ino, got.st_ino);
    close(fd);
    close(talk.worker);
    assert_int_equal(tp_meeting_receive(talk.watcher, &reply, &fd), TP_MEETING_OVER);
    assert_int_equal(tp_meeting_ask(talk.watcher, TP_MEETING_LOOK, 0), TP_MEETING_OVER);
    talk.worker = dup(talk.watcher);
    end_talk(&talk);
    assert_int_equal(test_count_files(), files);
}

/* Such a close resets the connection, and that would be told before what was said. */
static void a_refusal_arrives_though_a_question_was_left_unread(void **state)
{
    tp_meeting_reply reply;
    struct talk talk;
    int fd;

    (void)state;
    begin_talk(&talk);
    assert_int_equal(tp_meeting_ask(talk.watcher, TP_MEETING_LOOK, 0), TP_MEETING_DONE);
    assert_int_equal(tp_meeting_answer(talk.worker, "too many", -1), TP_MEETING_DONE);
    close(talk.worker);
    talk.worker = -1;
    assert_int_equal(tp_meeting_receive(talk.watcher, &reply, &fd), TP_MEETING_DONE);
    assert_string_equal(reply.text, "too many");
    end_talk(&talk);
}

static void packets_of_other_sizes_and_words_are_nonsense(void **state)
{
    uint8_t bytes[1024] = { 0 };
    tp_meeting_request request, good;
    tp_meeting_reply reply;
    struct talk talk;
    int fd;

    (void)state;
    begin_talk(&talk);
    tp_meeting_ask(talk.watcher, TP_MEETING_LOOK, 0);
    assert_int_equal(recv(talk.worker, &good, sizeof good, 0), sizeof good);
    memcpy(bytes, &good, sizeof good);
    for (size_t size = 1; size < 40; size++) {
        tp_meeting_result expected = size == sizeof good ? TP_MEETING_DONE : TP_MEETING_OVER;

        assert_int_equal(send(talk.watcher, bytes, size, 0), size);
        assert_int_equal(tp_meeting_hear(talk.worker, &request), expected);
        assert_int_equal(send(talk.worker, bytes, size, 0), size);
        assert_int_equal(tp_meeting_receive(talk.watcher, &reply, &fd), TP_MEETING_OVER);
    }
    bytes[0]++;
    assert_false(tp_meeting_read_request(bytes, sizeof request, &request));
    assert_false(tp_meeting_read_reply(bytes, sizeof reply, &reply));
    bytes[0]--;
    memset(bytes + 8, 'x', sizeof bytes - 8); /* a text without an end */
    assert_true(tp_meeting_read_reply(bytes, sizeof reply, &reply));
    assert_int_equal(strlen(reply.text), sizeof reply.text - 1);
    end_talk(&talk);
}

static void descriptors_that_nobody_asked_for_are_closed(void **state)
{
    size_t files = test_count_files();
    uint8_t bytes[8] = { 0 };
    struct iovec part = { .iov_base = bytes, .iov_len = sizeof bytes };
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(3 * sizeof(int))];
    } control = { .header = { .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS,
                              .cmsg_len = CMSG_LEN(3 * sizeof(int)) } };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen = sizeof control.room };
    tp_meeting_request request;
    tp_meeting_reply reply;
    struct talk talk;
    int fds[3], fd;

    (void)state;
    begin_talk(&talk);
    for (int i = 0; i < 3; i++)
        fds[i] = talk.listener;
    memcpy(CMSG_DATA(&control.header), fds, sizeof fds);
    assert_int_equal(sendmsg(talk.worker, &message, 0), sizeof bytes);
    assert_int_equal(tp_meeting_receive(talk.watcher, &reply, &fd), TP_MEETING_OVER);
    assert_int_equal(fd, -1);
    assert_int_equal(sendmsg(talk.watcher, &message, 0), sizeof bytes);
    assert_int_equal(tp_meeting_hear(talk.worker, &request), TP_MEETING_OVER);
    end_talk(&talk);
    assert_int_equal(test_count_files(), files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folder_is_made_for_its_user_alone),
        cmocka_unit_test(without_a_runtime_folder_it_is_in_tmp),
        cmocka_unit_test(a_folder_that_others_may_enter_is_refused),
        cmocka_unit_test(only_names_of_sockets_are_names),
        cmocka_unit_test(a_socket_on_which_nobody_listens_is_removed),
        cmocka_unit_test(what_dead_workers_left_is_tidied_away),
        cmocka_unit_test(a_foreign_user_is_not_talked_to),
        cmocka_unit_test(requests_and_replies_arrive_as_they_were_sent),
        cmocka_unit_test(a_refusal_arrives_though_a_question_was_left_unread),
        cmocka_unit_test(packets_of_other_sizes_and_words_are_nonsense),
        cmocka_unit_test(descriptors_that_nobody_asked_for_are_closed),
    };

    return cmocka_run_group_tests(tests, make_runtime, remove_runtime);
}
