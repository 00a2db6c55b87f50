/* SPDX-License-Identifier: MIT */
/* executor/fork_server_guard.c -- waits for the fork server's end, and sweeps what it leaves. */
#include "executor/fork_server_guard.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/child.h"
#include "executor/fork_server_loop.h"
#include "executor/orphans.h"

/* What stops the fork server is the guard's business, and nothing else is: signals that were meant
 * for the program least of all, whose handlers are inherited. */
static void be_deaf(void)
{
    sigset_t all;

    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would reap by itself */
}

static pid_t await(pid_t pid, int *status)
{
    pid_t ended;

    do {
        ended = waitpid(pid, status, 0);
    } while (ended < 0 && errno == EINTR);
    return ended;
}

static bool is_nobody(const void *data, pid_t pid)
{
    (void)data;
    (void)pid;
    return false;
}

/* Children of those that end come one generation after the other. */
static void sweep(void)
{
    int status;

    do {
        tp_orphans_kill(is_nobody, NULL);
    } while (await(-1, &status) > 0);
}

static _Noreturn void end_as(int status)
{
    static const struct rlimit none = { 0 };
    sigset_t number;

    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    (void)setrlimit(RLIMIT_CORE, &none); /* the fork server has had its own */
    (void)signal(WTERMSIG(status), SIG_DFL);
    sigemptyset(&number);
    sigaddset(&number, WTERMSIG(status));
    (void)kill(getpid(), WTERMSIG(status));
    (void)sigprocmask(SIG_UNBLOCK, &number, NULL);
    _exit(1);
}

_Noreturn void tp_fork_server_guard(int program)
{
    pid_t owner = getppid(), server;
    int status = 0;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_NAME, "fork-guard");
    tp_orphans_adopt(); /* before there is anybody who could be orphaned */
    server = fork();
    if (server == 0)
        tp_fork_server_run(program, owner);
    be_deaf();
    tp_child_close_from(0); /* the socket above all: it is to end with the fork server */
    if (server < 0)
        _exit(1);
    (void)await(server, &status);
    sweep();
    end_as(status);
}
