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
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "executor/child.h"
#include "executor/fork_server_pool.h"
#include "executor/orphans.h"

#define PROGRAM_FD 3
/* What is always watched; pools come after it. */
#define WATCHED_PROGRAM   0
#define WATCHED_SIGNALS   1
#define WATCHED_OWNER     2
#define WATCHED_GUARD     3
#define WATCHED_POOLS     4
#define BLIND_NANOSECONDS 10000000
#define HURRY_MS          10

struct fork_server {
    int program;                  /* the socket */
    int owner_pidfd, guard_pidfd; /* of the program, and of the parent; -1: the system has none */
    int signals;
    pid_t pid, guard;
    sigset_t ignored; /* what the program ignored when it started this */
    tp_fork_server_pool *pools;
    bool hurried; /* one of them is to be looked at again soon */
};

/* --- pools ------------------------------------------------------------------------------------ */

static void open_pool(struct fork_server *server, const tp_control *request,
                      const int fds[TP_CONTROL_FDS])
{
    tp_fork_server_pool *pool = tp_fork_server_pool_open(request, fds);

    if (!pool)
        return;
    pool->next = server->pools;
    server->pools = pool;
}

static void free_pools_that_are_over(struct fork_server *server)
{
    server->hurried = false;
    for (tp_fork_server_pool **at = &server->pools; *at;) {
        tp_fork_server_pool *pool = *at;

        if (tp_fork_server_pool_is_over(pool) && tp_fork_server_pool_has_left_cgroup(pool)) {
            *at = pool->next;
            tp_fork_server_pool_free(pool);
        } else {
            server->hurried = server->hurried || pool->looks > 0;
            at = &pool->next;
        }
    }
}

/* --- processes -------------------------------------------------------------------------------- */

static void spawn(struct fork_server *server, tp_fork_server_pool *pool, const tp_control *order,
                  int bell)
{
    tp_fork_server_child *child = &pool->children[order->process];
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

static void obey(struct fork_server *server, tp_fork_server_pool *pool, const tp_control *order,
                 int bell)
{
    tp_fork_server_child *child;

    if (order->process >= pool->layout.process_count)
        return;
    child = &pool->children[order->process];
    if (order->kind == TP_CONTROL_SPAWN && child->pid == 0)
        spawn(server, pool, order, bell);
    else if (order->kind == TP_CONTROL_SIGNAL && child->pid > 0 &&
             child->generation == order->generation)
        (void)kill(-child->pid, order->signal);
}

static void read_channel(struct fork_server *server, tp_fork_server_pool *pool)
{
    for (;;) {
        int fds[TP_CONTROL_FDS];
        tp_control order;

        switch (tp_control_receive(pool->channel, &order, fds)) {
        case TP_CONTROL_EMPTY:
            tp_fork_server_pool_tell(pool);
            return;
        case TP_CONTROL_ENDED:
            tp_fork_server_pool_close(pool);
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
    for (tp_fork_server_pool *pool = server->pools; pool; pool = pool->next)
        for (uint32_t i = 0; i < pool->layout.process_count; i++) {
            tp_fork_server_child *child = &pool->children[i];

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
            tp_fork_server_pool_tell(pool);
            return;
        }
}

static bool is_activity_process(const void *data, pid_t pid)
{
    const struct fork_server *server = data;

    for (const tp_fork_server_pool *pool = server->pools; pool; pool = pool->next)
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
    for (tp_fork_server_pool *pool = server->pools; pool; pool = pool->next)
        tp_fork_server_pool_kill(pool);
    do {
        tp_orphans_kill(is_activity_process, server);
    } while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
    for (tp_fork_server_pool *pool = server->pools; pool; pool = pool->next)
        while (!tp_fork_server_pool_has_left_cgroup(pool))
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
    for (tp_fork_server_pool *pool = server->pools; pool; pool = pool->next, at++) {
        if (polled[at].revents & POLLOUT)
            tp_fork_server_pool_tell(pool);
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
            open_pool(server, &request, fds);
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
        for (const tp_fork_server_pool *pool = server.pools; pool; pool = pool->next)
            count++;
        polled = tp_realloc(polled, count * sizeof *polled);
        polled[WATCHED_PROGRAM] = (struct pollfd){ .fd = server.program, .events = POLLIN };
        polled[WATCHED_SIGNALS] = (struct pollfd){ .fd = server.signals, .events = POLLIN };
        polled[WATCHED_OWNER] = (struct pollfd){ .fd = server.owner_pidfd, .events = POLLIN };
        polled[WATCHED_GUARD] = (struct pollfd){ .fd = server.guard_pidfd, .events = POLLIN };
        count = WATCHED_POOLS;
        for (const tp_fork_server_pool *pool = server.pools; pool; pool = pool->next)
            polled[count++] =
                (struct pollfd){ .fd = pool->channel,
                                 .events = (short)(POLLIN | (pool->stuck ? POLLOUT : 0)) };
        serve(&server, polled, count);
    }
}
