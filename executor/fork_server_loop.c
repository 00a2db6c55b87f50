/* SPDX-License-Identifier: MIT */
/* executor/fork_server_loop.c -- see control.h for what it is told and tells.
 *
 * It never waits for a reader: what a pool has to be told stands with the process that it is about,
 * and goes out when there is room. So a program that sends and a server that sends cannot wait for
 * each other. */
#include "executor/fork_server_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "executor/cgroup.h"
#include "executor/child.h"
#include "executor/control.h"
#include "executor/orphans.h"
#include "executor/registry.h"
#include "shm/pool.h"

#define PROGRAM_FD 3
/* What is always watched; pools come after it. */
#define WATCHED_PROGRAM   0
#define WATCHED_SIGNALS   1
#define WATCHED_OWNER     2
#define WATCHED_GUARD     3
#define WATCHED_POOLS     4
#define BLIND_NANOSECONDS 10000000
#define HURRY_MS          10
#define CGROUP_LOOKS      500

struct child {
    pid_t pid; /* 0: none */
    uint32_t generation;
    /* to be told, in this order */
    bool spawned, unborn, exited;
    int pidfd;
    tp_control end; /* UNBORN or EXITED */
};

struct pool {
    struct pool *next;
    int channel; /* -1: its worker is gone; kept until its processes are */
    bool stuck;  /* its socket is full: the rest when there is room */
    int memory;
    uint8_t *map; /* header and registry */
    tp_pool_layout layout;
    const temporal_activity_def **definitions;
    tp_settings settings;
    tp_attempt_limits *limits;
    struct child *children;
    unsigned looks; /* that were taken whether its cgroup is empty */
};

struct fork_server {
    int program;                  /* the socket */
    int owner_pidfd, guard_pidfd; /* of the program, and of the parent; -1: the system has none */
    int signals;
    pid_t pid, guard;
    sigset_t ignored; /* what the program ignored when it started this */
    struct pool *pools;
    bool hurried; /* one of them is to be looked at again soon */
};

/* --- pools ------------------------------------------------------------------------------------ */

static void pool_free(struct pool *pool)
{
    if (pool->channel >= 0)
        close(pool->channel);
    if (pool->memory >= 0)
        close(pool->memory);
    if (pool->map)
        munmap(pool->map, pool->layout.slots_offset);
    tp_free(pool->definitions);
    tp_free(pool->limits);
    tp_free(pool->children);
    tp_free(pool);
}

static temporal_error *read_registry(struct pool *pool, const uint8_t *in, size_t size)
{
    size_t used, count = 0;

    TEMPORAL_TRY(tp_settings_read(in, size, &pool->settings, &pool->limits));
    used = tp_settings_size(pool->settings.count);
    TEMPORAL_TRY(tp_registry_read(in + used, size - used, &pool->definitions));
    while (pool->definitions[count])
        count++;
    if (count != pool->settings.count)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the pool's memory has settings for %zu activities, not for %zu",
                                  (size_t)pool->settings.count, count);
    return NULL;
}

/* Maps what stands before the slots, and finds the activities in it. */
static temporal_error *pool_read(struct pool *pool, size_t size)
{
    void *start = mmap(NULL, size, PROT_READ, MAP_SHARED, pool->memory, 0);
    temporal_error *error;

    if (start == MAP_FAILED)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the fork server cannot map the pool's memory: %s",
                                  strerror(errno));
    error = tp_pool_header_read(&pool->layout, start, size);
    if (error) {
        munmap(start, size);
        return error;
    }
    munmap((uint8_t *)start + pool->layout.slots_offset, size - pool->layout.slots_offset);
    pool->map = start;
    return read_registry(pool, pool->map + pool->layout.registry_offset,
                         pool->layout.registry_size);
}

static void pool_open(struct fork_server *server, const tp_control *request,
                      const int fds[TP_CONTROL_FDS])
{
    tp_control answer = { .kind = TP_CONTROL_OPENED };
    struct pool *opened = tp_alloc(sizeof *opened);
    temporal_error *error;

    *opened = (struct pool){ .channel = fds[0], .memory = fds[1] };
    error = pool_read(opened, request->size);
    if (error) {
        answer.kind = TP_CONTROL_REFUSED;
        (void)snprintf(answer.text, sizeof answer.text, "%s", temporal_error_message(error));
        temporal_error_free(error);
    }
    (void)tp_control_send(opened->channel, &answer, NULL, 0, false);
    if (answer.kind == TP_CONTROL_REFUSED) {
        pool_free(opened);
        return;
    }
    opened->children = tp_alloc_array(opened->layout.process_count, sizeof(struct child));
    opened->next = server->pools;
    server->pools = opened;
}

static void kill_all(const struct pool *pool)
{
    for (uint32_t i = 0; i < pool->layout.process_count; i++)
        if (pool->children[i].pid > 0)
            (void)kill(-pool->children[i].pid, SIGKILL);
}

/* Its worker is gone: nobody wants its processes any more. */
static void pool_close(struct pool *pool)
{
    close(pool->channel);
    pool->channel = -1;
    kill_all(pool);
}

static bool pool_is_over(const struct pool *pool)
{
    if (pool->channel >= 0)
        return false;
    for (uint32_t i = 0; i < pool->layout.process_count; i++)
        if (pool->children[i].pid > 0)
            return false;
    return true;
}

/* What was killed in it may take a moment to die. */
static bool has_left_cgroup(struct pool *pool)
{
    return !*pool->settings.cgroup ||
           tp_cgroup_remove(pool->settings.cgroup, pool->layout.process_count) ||
           ++pool->looks > CGROUP_LOOKS;
}

static void free_pools_that_are_over(struct fork_server *server)
{
    server->hurried = false;
    for (struct pool **at = &server->pools; *at;) {
        struct pool *pool = *at;

        if (pool_is_over(pool) && has_left_cgroup(pool)) {
            *at = pool->next;
            pool_free(pool);
        } else {
            server->hurried = server->hurried || pool->looks > 0;
            at = &pool->next;
        }
    }
}

/* --- telling ---------------------------------------------------------------------------------- */

/* False when there is no room now. */
static bool tell(struct pool *pool, const tp_control *message, int fd)
{
    return tp_control_send(pool->channel, message, &fd, fd >= 0 ? 1 : 0, false) != EAGAIN;
}

static bool tell_of(struct pool *pool, uint32_t process)
{
    struct child *child = &pool->children[process];

    if (child->spawned) {
        tp_control message = { .kind = TP_CONTROL_SPAWNED,
                               .process = process,
                               .generation = child->generation,
                               .pid = child->pid };

        if (child->exited)
            message.pid = child->end.pid;
        if (!tell(pool, &message, child->pidfd))
            return false;
        child->spawned = false;
        if (child->pidfd >= 0)
            close(child->pidfd);
        child->pidfd = -1;
    }
    if (child->unborn || child->exited) {
        if (!tell(pool, &child->end, -1))
            return false;
        child->unborn = child->exited = false;
    }
    return true;
}

static void pool_tell(struct pool *pool)
{
    pool->stuck = false;
    for (uint32_t i = 0; i < pool->layout.process_count && !pool->stuck; i++)
        if (pool->channel >= 0)
            pool->stuck = !tell_of(pool, i);
}

/* --- processes -------------------------------------------------------------------------------- */

static void spawn(struct fork_server *server, struct pool *pool, const tp_control *order, int bell)
{
    struct child *child = &pool->children[order->process];
    pid_t pid;

    errno = EMFILE; /* why its bell would not have come */
    pid = bell >= 0 ? fork() : -1;
    if (pid == 0)
        tp_child_run(&(tp_child_start){ .server = server->pid,
                                        .bell = bell,
                                        .memory = pool->memory,
                                        .layout = &pool->layout,
                                        .process = order->process,
                                        .definitions = pool->definitions,
                                        .settings = &pool->settings,
                                        .limits = pool->limits,
                                        .ignored = &server->ignored });
    child->generation = order->generation;
    if (pid < 0) {
        child->unborn = true;
        child->end = (tp_control){ .kind = TP_CONTROL_UNBORN,
                                   .process = order->process,
                                   .generation = order->generation,
                                   .status = errno };
        return;
    }
    (void)setpgid(pid, pid); /* the child does it as well: whoever comes first */
    child->pid = pid;
    child->pidfd = pidfd_open(pid, 0);
    child->spawned = true;
}

static void obey(struct fork_server *server, struct pool *pool, const tp_control *order, int bell)
{
    struct child *child;

    if (order->process >= pool->layout.process_count)
        return;
    child = &pool->children[order->process];
    if (order->kind == TP_CONTROL_SPAWN && child->pid == 0)
        spawn(server, pool, order, bell);
    else if (order->kind == TP_CONTROL_SIGNAL && child->pid > 0 &&
             child->generation == order->generation)
        (void)kill(-child->pid, order->signal);
}

static void read_channel(struct fork_server *server, struct pool *pool)
{
    for (;;) {
        int fds[TP_CONTROL_FDS];
        tp_control order;

        switch (tp_control_receive(pool->channel, &order, fds)) {
        case TP_CONTROL_EMPTY:
            pool_tell(pool);
            return;
        case TP_CONTROL_ENDED:
            pool_close(pool);
            return;
        case TP_CONTROL_RECEIVED:
            obey(server, pool, &order, fds[0]);
            for (size_t i = 0; i < TP_CONTROL_FDS; i++)
                if (fds[i] >= 0)
                    close(fds[i]);
            break;
        }
    }
}

static int64_t nanoseconds(const struct timeval *time)
{
    return time->tv_sec * TP_NANOSECONDS + time->tv_usec * 1000;
}

static void bury(struct fork_server *server, pid_t pid, int status, const struct rusage *usage)
{
    for (struct pool *pool = server->pools; pool; pool = pool->next)
        for (uint32_t i = 0; i < pool->layout.process_count; i++) {
            struct child *child = &pool->children[i];

            if (child->pid != pid)
                continue;
            child->pid = 0;
            child->exited = true;
            child->end = (tp_control){ .kind = TP_CONTROL_EXITED,
                                       .process = i,
                                       .generation = child->generation,
                                       .pid = pid,
                                       .status = status,
                                       .user_time = nanoseconds(&usage->ru_utime),
                                       .system_time = nanoseconds(&usage->ru_stime),
                                       .peak_memory = usage->ru_maxrss * 1024,
                                       .major_faults = usage->ru_majflt };
            pool_tell(pool);
            return;
        }
}

static bool is_activity_process(const void *data, pid_t pid)
{
    const struct fork_server *server = data;

    for (const struct pool *pool = server->pools; pool; pool = pool->next)
        for (uint32_t i = 0; i < pool->layout.process_count; i++)
            if (pool->children[i].pid == pid)
                return true;
    return false;
}

/* Reaps what has ended. While its leader is a zombie, a process group keeps its number: what is
 * left in it is killed before the leader is reaped. */
static void reap(struct fork_server *server)
{
    for (;;) {
        siginfo_t ended = { 0 };
        struct rusage usage;
        int status;

        if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0)
            break;
        (void)kill(-ended.si_pid, SIGKILL);
        if (wait4(ended.si_pid, &status, 0, &usage) == ended.si_pid)
            bury(server, ended.si_pid, status, &usage);
    }
    tp_orphans_kill(is_activity_process, server);
}

/* --- the server ------------------------------------------------------------------------------- */

/* The program is gone, or wants no more of it. */
static _Noreturn void leave(struct fork_server *server)
{
    for (struct pool *pool = server->pools; pool; pool = pool->next)
        kill_all(pool);
    do {
        tp_orphans_kill(is_activity_process, server);
    } while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
    for (struct pool *pool = server->pools; pool; pool = pool->next)
        while (!has_left_cgroup(pool))
            (void)poll(NULL, 0, HURRY_MS);
    _exit(0);
}

/* Handlers are the program's and mean nothing here. What would end a process by mistake is ignored:
 * to end it is the program's business, and Ctrl-C and systemd's SIGTERM are for the program to
 * judge. */
static void set_signals(struct fork_server *server)
{
    static const int ignored[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                   SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE };
    sigset_t blocked;

    sigemptyset(&server->ignored);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;

        if (sigaction(number, NULL, &action) != 0)
            continue;
        if (action.sa_handler == SIG_IGN)
            sigaddset(&server->ignored, number);
        else if (action.sa_handler != SIG_DFL)
            (void)signal(number, SIG_DFL);
    }
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        (void)signal(ignored[i], SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would reap by itself */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &blocked, NULL);
    server->signals = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Nothing of the program's stays open but its output: no file, no lock, no connection. */
static void set_files(struct fork_server *server, int program)
{
    /* Out of the way first: in a program without stdin it may be number 0. */
    int moved = fcntl(program, F_DUPFD_CLOEXEC, PROGRAM_FD + 1);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null >= 0)
        (void)dup2(null, STDIN_FILENO);
    if (moved < 0 || dup3(moved, PROGRAM_FD, O_CLOEXEC) < 0)
        _exit(1);
    server->program = PROGRAM_FD;
    tp_child_close_from(PROGRAM_FD + 1);
}

/* Poll wants its list to be no longer than the limit of descriptors, and somebody has lowered that:
 * looks everywhere now and then instead. */
static void look_everywhere(const struct fork_server *server, struct pollfd *polled, size_t count)
{
    const struct timespec moment = { .tv_nsec = BLIND_NANOSECONDS };

    (void)nanosleep(&moment, NULL);
    for (size_t i = 0; i < count; i++)
        polled[i].revents = polled[i].events;
    polled[WATCHED_OWNER].revents =
        pidfd_send_signal(server->owner_pidfd, 0, NULL, 0) != 0 && errno == ESRCH ? POLLIN : 0;
    polled[WATCHED_GUARD].revents = getppid() != server->guard ? POLLIN : 0;
}

static void serve(struct fork_server *server, struct pollfd *polled, size_t count)
{
    size_t at = WATCHED_POOLS;

    if (poll(polled, (nfds_t)count, server->hurried ? HURRY_MS : -1) < 0) {
        if (errno == EINTR)
            return;
        look_everywhere(server, polled, count);
    }
    if (polled[WATCHED_SIGNALS].revents) {
        struct signalfd_siginfo signals[16];

        while (read(server->signals, signals, sizeof signals) > 0) {
        }
        reap(server);
    }
    for (struct pool *pool = server->pools; pool; pool = pool->next, at++) {
        if (polled[at].revents & POLLOUT)
            pool_tell(pool);
        if (polled[at].revents & ~POLLOUT)
            read_channel(server, pool);
    }
    if (polled[WATCHED_OWNER].revents || polled[WATCHED_GUARD].revents)
        leave(server);
    if (polled[WATCHED_PROGRAM].revents) {
        int fds[TP_CONTROL_FDS];
        tp_control request;

        switch (tp_control_receive(server->program, &request, fds)) {
        case TP_CONTROL_EMPTY:
            break;
        case TP_CONTROL_ENDED:
            leave(server);
        case TP_CONTROL_RECEIVED:
            pool_open(server, &request, fds);
            break;
        }
    }
}

static void say_hello(const struct fork_server *server)
{
    const tp_control hello = { .kind = TP_CONTROL_SERVING, .pid = server->pid };
    int pidfd = pidfd_open(server->pid, 0);

    (void)tp_control_send(server->program, &hello, &pidfd, pidfd >= 0 ? 1 : 0, false);
    if (pidfd >= 0)
        close(pidfd);
}

_Noreturn void tp_fork_server_run(int program, pid_t owner)
{
    struct fork_server server = { .pid = getpid(), .guard = getppid() };
    struct pollfd *polled = NULL;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_NAME, "fork-server");
    set_files(&server, program);
    set_signals(&server);
    tp_orphans_adopt();
    /* Watched beside the socket, of which a careless fork of the program may hold a copy. */
    server.owner_pidfd = pidfd_open(owner, 0);
    server.guard_pidfd = pidfd_open(server.guard, 0);
    if (getppid() != server.guard)
        _exit(0);
    say_hello(&server);
    for (;;) {
        size_t count = WATCHED_POOLS;

        free_pools_that_are_over(&server);
        for (const struct pool *pool = server.pools; pool; pool = pool->next)
            count++;
        polled = tp_realloc(polled, count * sizeof *polled);
        polled[WATCHED_PROGRAM] = (struct pollfd){ .fd = server.program, .events = POLLIN };
        polled[WATCHED_SIGNALS] = (struct pollfd){ .fd = server.signals, .events = POLLIN };
        polled[WATCHED_OWNER] = (struct pollfd){ .fd = server.owner_pidfd, .events = POLLIN };
        polled[WATCHED_GUARD] = (struct pollfd){ .fd = server.guard_pidfd, .events = POLLIN };
        count = WATCHED_POOLS;
        for (const struct pool *pool = server.pools; pool; pool = pool->next)
            polled[count++] =
                (struct pollfd){ .fd = pool->channel,
                                 .events = (short)(POLLIN | (pool->stuck ? POLLOUT : 0)) };
        serve(&server, polled, count);
    }
}
