/* SPDX-License-Identifier: MIT */
/* tests/top/scene.c -- a snapshot as a test wants it, and a worker that is none. */
#include "tests/top/scene.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* --- a snapshot ------------------------------------------------------------------------------- */

static void set_processes(struct scene *scene)
{
    tp_board_process *busy = &scene->processes[0].shown, *idle = &scene->processes[1].shown;

    *busy = (tp_board_process){ .state = TP_BOARD_BUSY,
                                .pid = SCENE_PID,
                                .started_at = SCENE_PAST,
                                .done = 12,
                                .failed = 3,
                                .crashed = 1,
                                .killed = 2,
                                .attempt = 4,
                                .began_at = SCENE_PAST + 90 * TP_NANOSECONDS,
                                .beat_at = SCENE_PAST + 97 * TP_NANOSECONDS,
                                .beats = 40,
                                .progress_at = SCENE_PAST + 99 * TP_NANOSECONDS,
                                .progress = 55 };
    tp_board_set_text(busy->activity_type, "render");
    tp_board_set_text(busy->activity_id, "7");
    tp_board_set_text(busy->workflow_id, "film-1");
    *idle = (tp_board_process){ .state = TP_BOARD_IDLE, .pid = SCENE_PID + 1, .done = 1 };
    scene->processes[0].usage = (tp_top_usage){
        .is_known = true, .cpu_seconds = 8.5, .cpu_percent = 98.25, .resident = 12 << 20
    };
}

void scene_set(struct scene *scene)
{
    tp_board_worker *first = &scene->workers[0].shown, *second = &scene->workers[1].shown;

    memset(scene, 0, sizeof *scene);
    set_processes(scene);
    scene->workers[0] = (tp_top_worker){
        .name = "100-a", .pid = 100, .has_board = true, .processes = scene->processes, .count = 2
    };
    scene->workers[1] = (tp_top_worker){ .name = "200-b", .pid = 200, .has_board = true };
    first->pid = 100;
    first->started_at = SCENE_PAST;
    first->limit = 4;
    first->wanted = 2;
    first->executors[2] =
        (tp_board_executor){ .capacity = 2, .running = 1, .done = 13, .failed = 3 };
    tp_board_set_text(first->task_queue, "media");
    tp_board_set_text(first->namespace_name, "default");
    tp_board_set_text(first->identity, "100@host");
    second->pid = 200;
    second->started_at = SCENE_PAST + 50 * TP_NANOSECONDS;
    second->executors[1] = (tp_board_executor){ .capacity = 8, .running = 5, .cancelled = 2 };
    tp_board_set_text(second->task_queue, "mail");
    tp_board_set_text(second->namespace_name, "default");
    scene->snapshot = (tp_top_snapshot){ .at = SCENE_PAST + 100 * TP_NANOSECONDS,
                                         .wall = INT64_C(1700000000) * TP_NANOSECONDS,
                                         .workers = scene->workers,
                                         .count = 2 };
}

/* --- an impostor ------------------------------------------------------------------------------ */

struct stage {
    impostor_kind kind;
    struct scene scene;
    tp_board board;
    int told, board_fd;
    bool gave_board;
};

static int copy_of_board(const tp_board *board, bool sealed)
{
    int fd = memfd_create("impostor", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0 || write(fd, board->base, board->size) != (ssize_t)board->size)
        _exit(3);
    if (sealed)
        (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
    return fd;
}

static void make_board(struct stage *stage)
{
    uint32_t noise = 7;

    scene_set(&stage->scene);
    if (tp_board_new(&stage->board, 2) != NULL)
        _exit(3);
    stage->board_fd = stage->board.fd;
    tp_board_show_worker(&stage->board, &stage->scene.workers[0].shown);
    for (size_t i = 0; i < 2; i++)
        tp_board_show_process(&stage->board, i, &stage->scene.processes[i].shown);
    if (stage->kind == IMPOSTOR_GARBLED) {
        for (size_t i = 64; i < stage->board.size; i++) {
            noise = noise * 1664525 + 1013904223;
            stage->board.base[i] =
                i % 8 == 0 ? (uint8_t)(noise >> 24) & 0xfe : (uint8_t)(noise >> 24);
        }
        stage->board_fd = copy_of_board(&stage->board, true);
    } else if (stage->kind == IMPOSTOR_UNSEALED) {
        stage->board_fd = copy_of_board(&stage->board, false);
    }
}

/* False: it hangs up. */
static bool serve(struct stage *stage, int fd)
{
    tp_meeting_request request;

    switch (tp_meeting_hear(fd, &request)) {
    case TP_MEETING_LATER:
        return true;
    case TP_MEETING_OVER:
        return false;
    case TP_MEETING_DONE:
        break;
    }
    if (stage->kind == IMPOSTOR_SILENT)
        return true;
    if (stage->kind == IMPOSTOR_FLEEING)
        return false;
    if (stage->kind == IMPOSTOR_BABBLING)
        return send(fd, "babble", 6, MSG_NOSIGNAL) == 6;
    if (request.kind == TP_MEETING_LOOK) {
        bool first = !stage->gave_board;

        stage->gave_board = true;
        return tp_meeting_answer(fd, NULL, first ? stage->board_fd : -1) == TP_MEETING_DONE;
    }
    dprintf(stage->told, "%u %lld\n", request.kind, (long long)request.argument);
    if (request.kind == TP_MEETING_RECYCLE) {
        stage->scene.processes[0].shown.state = TP_BOARD_LEAVING;
        tp_board_show_process(&stage->board, 0, &stage->scene.processes[0].shown);
    }
    return tp_meeting_answer(fd, request.kind == TP_MEETING_KILL ? "rather not" : NULL, -1) ==
           TP_MEETING_DONE;
}

static void act(impostor_kind kind, int told)
{
    struct stage stage = { .kind = kind, .told = told };
    char folder[TP_MEETING_PATH], name[TP_MEETING_NAME];
    int listener;

    make_board(&stage);
    if (tp_meeting_make_folder(folder) != NULL)
        _exit(3);
    listener = tp_meeting_listen(folder, name);
    dprintf(told, "listens\n");
    for (;;) {
        struct pollfd wait = { .fd = listener, .events = POLLIN };
        int fd;

        (void)poll(&wait, 1, -1);
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        wait.fd = fd;
        while (fd >= 0 && poll(&wait, 1, -1) == 1 && serve(&stage, fd))
            continue;
        stage.gave_board = false;
        if (fd >= 0)
            close(fd);
    }
}

struct impostor impostor_start(impostor_kind kind)
{
    struct impostor impostor = { 0 };
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    impostor.pid = fork();
    if (impostor.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        act(kind, ends[1]);
    }
    close(ends[1]);
    impostor.told = ends[0];
    assert_string_equal(impostor_told(&impostor), "listens");
    return impostor;
}

const char *impostor_told(struct impostor *impostor)
{
    struct pollfd wait = { .fd = impostor->told, .events = POLLIN };

    for (size_t size = 0; size < sizeof impostor->line; size++) {
        assert_int_equal(poll(&wait, 1, (int)(TEST_PATIENCE * 1000)), 1);
        assert_int_equal(read(impostor->told, &impostor->line[size], 1), 1);
        if (impostor->line[size] == '\n') {
            impostor->line[size] = '\0';
            break;
        }
    }
    return impostor->line;
}

void impostor_stop(struct impostor *impostor)
{
    assert_int_equal(kill(impostor->pid, SIGKILL), 0);
    assert_int_equal(test_reap(impostor->pid), 128 + SIGKILL);
    close(impostor->told);
}

/* --- where ------------------------------------------------------------------------------------ */

static char runtime[64];

int scene_make_runtime(void **state)
{
    (void)state;
    snprintf(runtime, sizeof runtime, "/tmp/temporal-top-XXXXXX");
    return mkdtemp(runtime) ? setenv("XDG_RUNTIME_DIR", runtime, 1) : -1;
}

const char *scene_folder(void)
{
    static char folder[96];

    snprintf(folder, sizeof folder, "%s/temporal", runtime);
    return folder;
}

int scene_remove_runtime(void **state)
{
    (void)state;
    tp_meeting_tidy(scene_folder());
    (void)rmdir(scene_folder());
    return rmdir(runtime);
}
