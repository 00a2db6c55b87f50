/* SPDX-License-Identifier: MIT */
/* top/gather.c -- finds the workers of this user, looks at them again and again, and brings them
 * commands. */
#include "top/gather.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "top/usage.h"

#define COMMAND_PATIENCE 10.0 /* seconds */

/* A worker that was found. Its place in the list moves, it does not. */
typedef struct contact {
    tp_top_worker worker;
    const char *folder;
    int fd;     /* -1: it is gone */
    bool asked; /* and has not answered */
    bool seen;  /* in this round */
    tp_board_view view;
    tp_top_sample sample, *samples; /* one for each process */
} contact;

struct tp_top_gather {
    char folders[TP_MEETING_FOLDERS][TP_MEETING_PATH];
    size_t folder_count;
    contact **contacts;
    size_t count;
    tp_top_worker *workers; /* copies, in order */
    tp_top_snapshot snapshot;
};

/* --- who is there ----------------------------------------------------------------------------- */

tp_top_gather *tp_top_gather_new(const char *folder)
{
    tp_top_gather *gather = tp_alloc(sizeof *gather);

    if (!folder) {
        gather->folder_count = tp_meeting_folders(gather->folders);
        return gather;
    }
    gather->folder_count = 1;
    (void)snprintf(gather->folders[0], TP_MEETING_PATH, "%s", folder);
    return gather;
}

static void free_contact(contact *one)
{
    if (one->fd >= 0)
        close(one->fd);
    tp_board_close(&one->view);
    tp_free(one->samples);
    tp_free(one->worker.processes);
    tp_free(one);
}

void tp_top_gather_free(tp_top_gather *gather)
{
    if (!gather)
        return;
    for (size_t i = 0; i < gather->count; i++)
        free_contact(gather->contacts[i]);
    tp_free(gather->contacts);
    tp_free(gather->workers);
    tp_free(gather);
}

temporal_error *tp_top_gather_check(const tp_top_gather *gather)
{
    for (size_t i = 0; i < gather->folder_count; i++)
        if (access(gather->folders[i], F_OK) == 0)
            TEMPORAL_TRY(tp_meeting_check_folder(gather->folders[i]));
    return TEMPORAL_OK;
}

static contact *find_contact(const tp_top_gather *gather, const char *folder, const char *name)
{
    for (size_t i = 0; i < gather->count; i++)
        if (gather->contacts[i]->folder == folder &&
            strcmp(gather->contacts[i]->worker.name, name) == 0)
            return gather->contacts[i];
    return NULL;
}

static void meet(tp_top_gather *gather, const char *folder, const char *name, pid_t pid)
{
    contact *one = find_contact(gather, folder, name);
    int fd;

    if (one && one->fd >= 0) {
        one->seen = true;
        return;
    }
    fd = tp_meeting_connect(folder, name);
    if (fd < 0)
        return;
    if (!tp_meeting_may_talk(fd, geteuid())) {
        close(fd);
        return;
    }
    one = tp_alloc(sizeof *one);
    *one = (contact){ .folder = folder, .fd = fd, .seen = true };
    one->worker.pid = pid;
    memcpy(one->worker.name, name, strnlen(name, sizeof one->worker.name - 1));
    gather->contacts =
        tp_realloc(gather->contacts, (gather->count + 1) * sizeof(gather->contacts[0]));
    gather->contacts[gather->count++] = one;
}

/* Calls found for each socket. */
static void list_folder(tp_top_gather *gather, const char *folder,
                        void (*found)(tp_top_gather *gather, const char *folder, const char *name,
                                      pid_t pid))
{
    temporal_error *error = tp_meeting_check_folder(folder);
    DIR *listing = error ? NULL : opendir(folder);
    const struct dirent *entry;
    pid_t pid;

    temporal_error_free(error);
    if (!listing)
        return;
    tp_meeting_tidy(folder);
    while ((entry = readdir(listing)) != NULL)
        if (tp_meeting_read_name(entry->d_name, &pid))
            found(gather, folder, entry->d_name, pid);
    closedir(listing);
}

static int compare_contacts(const void *a, const void *b)
{
    const contact *one = *(contact *const *)a, *other = *(contact *const *)b;

    if (one->worker.pid != other->worker.pid)
        return one->worker.pid < other->worker.pid ? -1 : 1;
    return strcmp(one->worker.name, other->worker.name);
}

static void find_workers(tp_top_gather *gather)
{
    size_t kept = 0;

    for (size_t i = 0; i < gather->count; i++)
        gather->contacts[i]->seen = false;
    for (size_t i = 0; i < gather->folder_count; i++)
        list_folder(gather, gather->folders[i], meet);
    for (size_t i = 0; i < gather->count; i++) {
        if (gather->contacts[i]->seen)
            gather->contacts[kept++] = gather->contacts[i];
        else
            free_contact(gather->contacts[i]);
    }
    gather->count = kept;
    if (kept > 0)
        qsort(gather->contacts, kept, sizeof(gather->contacts[0]), compare_contacts);
}

/* --- what they answer ------------------------------------------------------------------------- */

static void set_problem(contact *one, const char *problem)
{
    (void)snprintf(one->worker.problem, sizeof one->worker.problem, "%s", problem);
    tp_top_make_printable(one->worker.problem);
}

static void hang_up(contact *one, const char *problem)
{
    set_problem(one, problem);
    close(one->fd);
    one->fd = -1;
    one->asked = false;
}

static void open_board(contact *one, int fd)
{
    temporal_error *error;
    tp_board_view view;

    error = tp_board_open(&view, fd);
    if (error) {
        hang_up(one, temporal_error_message(error));
        temporal_error_free(error);
        return;
    }
    tp_board_close(&one->view);
    tp_free(one->samples);
    tp_free(one->worker.processes);
    one->view = view;
    one->samples = tp_alloc_array(view.count + 1, sizeof *one->samples);
    one->worker.processes = tp_alloc_array(view.count + 1, sizeof *one->worker.processes);
    one->worker.count = view.count;
}

static void take_answer(contact *one)
{
    tp_meeting_reply reply;
    int fd;

    switch (tp_meeting_receive(one->fd, &reply, &fd)) {
    case TP_MEETING_LATER:
        return;
    case TP_MEETING_OVER:
        hang_up(one, "it has ended");
        return;
    case TP_MEETING_DONE:
        break;
    }
    one->asked = false;
    set_problem(one, reply.refused ? reply.text : "");
    if (fd >= 0) {
        open_board(one, fd);
        close(fd);
    }
}

static void ask(contact *one)
{
    if (one->fd < 0 || one->asked)
        return;
    if (tp_meeting_ask(one->fd, TP_MEETING_LOOK, 0) == TP_MEETING_OVER)
        hang_up(one, "it has ended");
    else
        one->asked = true;
}

/* Until all have answered, or patience is over: a worker that is stopped delays nobody twice. */
static void await_answers(tp_top_gather *gather, double patience)
{
    const int64_t deadline = tp_clock_monotonic() + tp_clock_nanoseconds(patience);
    struct pollfd *waits = tp_alloc_array(gather->count + 1, sizeof *waits);

    for (;;) {
        int64_t left = (deadline - tp_clock_monotonic()) / 1000000;
        bool any = false;

        for (size_t i = 0; i < gather->count; i++) {
            const contact *one = gather->contacts[i];

            waits[i] = (struct pollfd){ .fd = one->asked ? one->fd : -1, .events = POLLIN };
            any = any || one->asked;
        }
        if (!any || poll(waits, gather->count, left > 0 ? (int)left : 0) <= 0)
            break;
        for (size_t i = 0; i < gather->count; i++)
            if (waits[i].revents)
                take_answer(gather->contacts[i]);
    }
    tp_free(waits);
    for (size_t i = 0; i < gather->count; i++)
        if (gather->contacts[i]->asked)
            set_problem(gather->contacts[i], "it does not answer");
}

/* --- what is seen ----------------------------------------------------------------------------- */

static void look_at(contact *one, int64_t at)
{
    tp_top_worker *worker = &one->worker;

    tp_top_read_usage(&worker->usage, worker->pid, at, &one->sample);
    if (!one->view.base)
        return;
    if (!tp_top_read_board(worker, &one->view))
        set_problem(one, "it writes, and does not end");
    for (size_t i = 0; i < worker->count; i++)
        tp_top_read_usage(&worker->processes[i].usage, worker->processes[i].shown.pid, at,
                          &one->samples[i]);
}

const tp_top_snapshot *tp_top_gather_take(tp_top_gather *gather, double patience)
{
    int64_t now;

    find_workers(gather);
    for (size_t i = 0; i < gather->count; i++)
        ask(gather->contacts[i]);
    await_answers(gather, patience);
    now = tp_clock_monotonic();
    tp_free(gather->workers);
    gather->workers = tp_alloc_array(gather->count + 1, sizeof *gather->workers);
    for (size_t i = 0; i < gather->count; i++) {
        look_at(gather->contacts[i], now);
        gather->workers[i] = gather->contacts[i]->worker;
    }
    gather->snapshot = (tp_top_snapshot){
        .at = now, .wall = tp_clock_wall(), .workers = gather->workers, .count = gather->count
    };
    return &gather->snapshot;
}

/* --- commands --------------------------------------------------------------------------------- */

static temporal_error *find_one(const tp_top_gather *gather, const char *worker, contact **found)
{
    char *end;
    long pid = strtol(worker, &end, 10);

    *found = NULL;
    for (size_t i = 0; i < gather->count; i++) {
        contact *one = gather->contacts[i];

        if (strcmp(one->worker.name, worker) == 0) {
            *found = one;
            return TEMPORAL_OK;
        }
        if (*end || one->worker.pid != (pid_t)pid)
            continue;
        if (*found)
            return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                      "process %s has several workers: name one (%s, %s ...)",
                                      worker, (*found)->worker.name, one->worker.name);
        *found = one;
    }
    if (*found)
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_NOT_FOUND,
                              "there is no worker %s: temporal-top --once lists those of this user",
                              worker);
}

static temporal_error *await_reply(const contact *one, tp_meeting_reply *reply)
{
    const int64_t deadline = tp_clock_monotonic() + tp_clock_nanoseconds(COMMAND_PATIENCE);
    struct pollfd wait = { .fd = one->fd, .events = POLLIN };
    tp_meeting_result result = TP_MEETING_LATER;
    int fd;

    while (result == TP_MEETING_LATER) {
        int64_t left = (deadline - tp_clock_monotonic()) / 1000000;

        if (left <= 0 || (poll(&wait, 1, (int)left) < 0 && errno != EINTR))
            return temporal_error_new(TEMPORAL_ERROR_TIMEOUT, "worker %s does not answer",
                                      one->worker.name);
        result = tp_meeting_receive(one->fd, reply, &fd);
        if (fd >= 0)
            close(fd);
    }
    if (result == TP_MEETING_OVER)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM, "worker %s has ended", one->worker.name);
    return TEMPORAL_OK;
}

temporal_error *tp_top_gather_command(tp_top_gather *gather, const char *worker,
                                      tp_meeting_kind kind, int64_t argument)
{
    tp_meeting_reply reply = { 0 };
    contact *one = NULL;

    find_workers(gather);
    TEMPORAL_TRY(find_one(gather, worker, &one));
    if (one->asked) /* the look before has to be answered first */
        await_answers(gather, COMMAND_PATIENCE);
    if (one->fd < 0 || one->asked || tp_meeting_ask(one->fd, kind, argument) != TP_MEETING_DONE)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM, "worker %s cannot be told",
                                  one->worker.name);
    TEMPORAL_TRY(await_reply(one, &reply));
    if (!reply.refused)
        return TEMPORAL_OK;
    tp_top_make_printable(reply.text);
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "worker %s: %s", one->worker.name,
                              reply.text);
}
