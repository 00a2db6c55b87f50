/* SPDX-License-Identifier: MIT */
/* executor/fork_server.c -- starts the fork server in time, opens pools with it, ends it at exit.
 */
#include "executor/fork_server.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/sanitizer.h"
#include "executor/control.h"
#include "executor/fork_server_guard.h"

#define ANSWER_TIMEOUT_MS 10000
#define END_TIMEOUT_MS    2000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of everything below */
static pid_t owner;                                      /* who started it; 0: nobody */
static pid_t guard;  /* this program's child, see fork_server_guard.h; it ends as its server did */
static pid_t server; /* the guard's */
static int server_pidfd = -1; /* -1: the system has none */
static int server_socket = -1;
static bool reaped;
static int wait_status; /* the guard's */

/* 0 where there is no /proc to ask. */
static int thread_count(void)
{
    struct stat tasks;
    int count = 0;

    if (stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 2)
        count = (int)tasks.st_nlink - 2;
#ifdef TP_SANITIZE_THREAD
    count--; /* the sanitizer's own */
#endif
    return count;
}

static void wait_for_guard(void)
{
    pid_t ended;

    do {
        ended = waitpid(guard, &wait_status, 0);
    } while (ended < 0 && errno == EINTR);
    if (ended < 0)
        wait_status = 0; /* somebody else's wait() had it */
}

/* With the lock: waits for its end, which is near. */
static void reap(void)
{
    struct pollfd end = { .fd = pidfd_open(guard, 0), .events = POLLIN };

    if (end.fd >= 0) {
        if (poll(&end, 1, END_TIMEOUT_MS) == 0) {
            (void)pidfd_send_signal(server_pidfd, SIGKILL, NULL, 0); /* it is stopped, or stuck */
            if (poll(&end, 1, END_TIMEOUT_MS) == 0)
                (void)kill(guard, SIGKILL); /* that, or something cannot be killed */
        }
        close(end.fd);
    }
    wait_for_guard();
    if (server_pidfd >= 0)
        close(server_pidfd);
    server_pidfd = -1;
    reaped = true;
}

/* The processes of a program that ends normally are gone when its exit status is known. */
static void end_at_exit(void)
{
    pthread_mutex_lock(&lock);
    if (owner == getpid() && !reaped) {
        close(server_socket);
        reap();
        owner = 0;
    }
    pthread_mutex_unlock(&lock);
}

static temporal_error *await_hello(int program)
{
    struct pollfd hello = { .fd = program, .events = POLLIN };
    int fds[TP_CONTROL_FDS], ready;
    tp_control message;

    do {
        ready = poll(&hello, 1, ANSWER_TIMEOUT_MS);
    } while (ready < 0 && errno == EINTR);
    if (tp_control_receive(program, &message, fds) != TP_CONTROL_RECEIVED)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "cannot start the fork server: it %s: are there too many "
                                  "processes (RLIMIT_NPROC)?",
                                  ready == 0 ? "does not answer" : "has ended at once");
    server = message.pid;
    server_pidfd = fds[0];
    return TEMPORAL_OK;
}

/* What a fork of the program that started it has inherited. */
static void forget_another(void)
{
    if (owner == 0)
        return;
    close(server_socket);
    if (server_pidfd >= 0)
        close(server_pidfd);
    server_pidfd = -1;
    owner = 0;
}

static temporal_error *start(void)
{
    static bool registered;
    int threads = thread_count(), sockets[2];
    temporal_error *error;
    pid_t pid;

    if (threads > 1)
        return temporal_error_new(
            TEMPORAL_ERROR_SYSTEM,
            "cannot start the fork server: the program has %d threads already, and a process that "
            "is forked now could inherit a locked lock: make the worker before connecting a client "
            "or starting threads, or call temporal_fork_server_start() at the top of main",
            threads);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return tp_error_system(errno, "cannot start the fork server: cannot make its socket");
    (void)fflush(NULL); /* what is not written yet would be written by every process */
    pid = fork();
    if (pid < 0) {
        int reason = errno;

        close(sockets[0]);
        close(sockets[1]);
        return tp_error_system(reason, "cannot start the fork server: cannot fork");
    }
    if (pid == 0)
        tp_fork_server_guard(sockets[1]);
    close(sockets[1]);
    forget_another();
    guard = pid;
    error = await_hello(sockets[0]);
    if (error) {
        close(sockets[0]);
        (void)kill(guard, SIGKILL);
        wait_for_guard();
        return error;
    }
    owner = getpid();
    server_socket = sockets[0];
    reaped = false;
    if (!registered)
        (void)atexit(end_at_exit);
    registered = true;
    return NULL;
}

temporal_error *temporal_fork_server_start(void)
{
    temporal_error *error = NULL;

    pthread_mutex_lock(&lock);
    if (owner != getpid())
        error = start();
    pthread_mutex_unlock(&lock);
    return error;
}

static temporal_error *refuse_dead(void)
{
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                              "the fork server is gone, and another one cannot be forked safely: "
                              "start the program again");
}

/* It closes what it cannot take. */
static temporal_error *refuse_channel(void)
{
    struct pollfd peer = { .fd = server_socket };

    if (poll(&peer, 1, 0) != 0) /* nobody is at its other end */
        return refuse_dead();
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                              "the fork server (pid %d) did not take the pool: it has no "
                              "descriptors left (RLIMIT_NOFILE)",
                              (int)server);
}

/* Its answer is what comes first on the new channel. */
static temporal_error *await_answer(int channel)
{
    struct pollfd answer = { .fd = channel, .events = POLLIN };
    int fds[TP_CONTROL_FDS], ready;
    tp_control message;

    do {
        ready = poll(&answer, 1, ANSWER_TIMEOUT_MS);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the fork server (pid %d) does not answer: is it stopped?",
                                  (int)server);
    if (tp_control_receive(channel, &message, fds) != TP_CONTROL_RECEIVED)
        return refuse_channel();
    if (message.kind != TP_CONTROL_OPENED)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM, "%s", message.text);
    return NULL;
}

temporal_error *tp_fork_server_open(const tp_segment *memory, int *channel)
{
    tp_control message = { .kind = TP_CONTROL_OPEN, .size = memory->size };
    temporal_error *error;
    int sockets[2], fds[TP_CONTROL_FDS], reason;

    TEMPORAL_TRY(temporal_fork_server_start());
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return tp_error_system(errno, "cannot make a channel to the fork server");
    fds[0] = sockets[1];
    fds[1] = memory->fd;
    pthread_mutex_lock(&lock);
    reason = tp_control_send(server_socket, &message, fds, 2, true);
    pthread_mutex_unlock(&lock);
    close(sockets[1]);
    error = reason ? refuse_dead() : await_answer(sockets[0]);
    if (error)
        close(sockets[0]);
    else
        *channel = sockets[0];
    return error;
}

void tp_fork_server_describe_end(char *text, size_t size)
{
    pthread_mutex_lock(&lock);
    if (!reaped)
        reap();
    if (WIFSIGNALED(wait_status)) {
        const char *name = sigabbrev_np(WTERMSIG(wait_status));

        (void)snprintf(text, size, "was killed by SIG%s", name ? name : "?");
    } else {
        (void)snprintf(text, size, "exited with status %d", WEXITSTATUS(wait_status));
    }
    pthread_mutex_unlock(&lock);
}
