/* SPDX-License-Identifier: MIT */
/* testing/server_process.c -- a server that runs as a child of this program and dies with it.
 *
 * The system kills a child when the thread dies that forked it (PR_SET_PDEATHSIG), not when the
 * program does. So each server has a keeper: a thread that forks it, waits for its end, and lives
 * as long as the server or the program. */
#include "testing/server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "testing/listening_port.h"

#define LOOK_AGAIN (5 * TP_NANOSECONDS / 1000) /* for its port: nobody tells when it listens */
#define LOG_TAIL   4000

struct tp_server_process {
    const char *const *argv;
    int log;
    pthread_t keeper;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    pid_t pid;   /* 0: not forked yet, or not at all */
    int failure; /* errno of a start that failed */
    bool started, ended;
    int status; /* of its end, as waitpid tells it; -1: somebody else's wait had it */
};

/* --- the child, before it is the server: only what a signal handler may call -------------------
 */

static void become(const tp_server_process *self, pid_t parent, int failure)
{
    sigset_t none;
    int null, reason;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before that */
        _exit(127);
    setpgid(0, 0); /* an interrupt from the terminal is for the program, which then stops it */
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0 && dup2(null, 0) >= 0 && dup2(self->log, 1) >= 0 && dup2(self->log, 2) >= 0) {
        close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC); /* what the program did not mark so itself */
        execv(self->argv[0], (char *const *)(uintptr_t)self->argv);
    }
    reason = errno;
    (void)!write(failure, &reason, sizeof reason);
    _exit(127);
}

/* --- the keeper ------------------------------------------------------------------------------- */

/* 0, or the reason. */
static int fork_server(tp_server_process *self, pid_t *pid)
{
    const pid_t parent = getpid();
    int failure[2], reason = 0;
    ssize_t size;

    if (pipe2(failure, O_CLOEXEC) != 0)
        return errno;
    *pid = fork();
    if (*pid == 0)
        become(self, parent, failure[1]);
    if (*pid < 0)
        reason = errno;
    close(failure[1]);
    do {
        size = *pid > 0 ? read(failure[0], &reason, sizeof reason) : 0; /* its end: it is running */
    } while (size < 0 && errno == EINTR);
    close(failure[0]);
    if (reason && *pid > 0) {
        while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    return reason;
}

/* Leaves it a zombie: until it is reaped, under the mutex, nobody else has its number. */
static void await_end(pid_t pid)
{
    siginfo_t end;

    while (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        continue;
}

static void *keep(void *data)
{
    tp_server_process *self = data;
    pid_t pid = 0;
    const int reason = fork_server(self, &pid);

    pthread_mutex_lock(&self->mutex);
    self->started = true;
    self->failure = reason;
    self->pid = reason ? 0 : pid;
    self->ended = reason != 0;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->mutex);
    if (reason)
        return NULL;
    await_end(pid);
    pthread_mutex_lock(&self->mutex);
    if (waitpid(pid, &self->status, 0) != pid)
        self->status = -1;
    self->ended = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->mutex);
    return NULL;
}

static int start_keeper(tp_server_process *self)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for the program's own threads */
    failed = pthread_create(&self->keeper, NULL, keep, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        pthread_setname_np(self->keeper, "tp-server");
    return failed;
}

/* --- what it prints --------------------------------------------------------------------------- */

static temporal_error *open_log(int *log, const char *log_file)
{
    const char *folder = getenv("TMPDIR");
    tp_arena arena;
    char *path;

    if (log_file) {
        *log = open(log_file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        return *log >= 0 ? TEMPORAL_OK
                         : tp_error_system(errno, "test environment: .log_file %s", log_file);
    }
    tp_arena_init(&arena);
    path =
        tp_arena_format(&arena, "%s/temporal-server-XXXXXX", folder && *folder ? folder : "/tmp");
    *log = mkostemp(path, O_APPEND | O_CLOEXEC);
    if (*log >= 0)
        unlink(path); /* it goes with the server */
    tp_arena_done(&arena);
    return *log >= 0 ? TEMPORAL_OK
                     : tp_error_system(errno, "test environment: a temporary file for what the "
                                              "server prints");
}

/* Appends the end of what it printed. */
static void read_log(const tp_server_process *self, tp_buffer *text)
{
    const off_t size = lseek(self->log, 0, SEEK_END);
    uint8_t *room = tp_buffer_reserve(text, LOG_TAIL);
    const ssize_t got = pread(self->log, room, LOG_TAIL, size > LOG_TAIL ? size - LOG_TAIL : 0);

    text->size += got > 0 ? (size_t)got : 0;
}

/* --- from outside ----------------------------------------------------------------------------- */

static tp_server_process *new_process(const char *const *argv, int log)
{
    tp_server_process *self = tp_alloc(sizeof *self);
    pthread_condattr_t monotonic;

    self->argv = argv;
    self->log = log;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_cond_init(&self->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return self;
}

static void free_process(tp_server_process *self)
{
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->mutex);
    close(self->log);
    tp_free(self);
}

temporal_error *tp_server_process_start(tp_server_process **process, const char *const *argv,
                                        const char *log_file)
{
    tp_server_process *self;
    int log = -1, failure;

    TEMPORAL_TRY(open_log(&log, log_file));
    self = new_process(argv, log);
    failure = start_keeper(self);
    if (failure) {
        free_process(self);
        return tp_error_system(failure, "test environment: cannot start a thread");
    }
    pthread_mutex_lock(&self->mutex);
    while (!self->started)
        pthread_cond_wait(&self->changed, &self->mutex);
    failure = self->failure;
    pthread_mutex_unlock(&self->mutex);
    if (failure) {
        tp_server_process_free(self);
        return tp_error_system(failure, "test environment: cannot run %s", argv[0]);
    }
    *process = self;
    return TEMPORAL_OK;
}

/* With the last that it printed, or for want of that the command that started it. */
static temporal_error *describe_failure(const tp_server_process *self, const char *what)
{
    tp_buffer text = { 0 };
    temporal_error *error;

    read_log(self, &text);
    error = temporal_error_new(TEMPORAL_ERROR_SYSTEM, "test environment: %s %s%s%.*s",
                               self->argv[0], what, text.size ? ":\n" : " and printed nothing",
                               (int)text.size, text.size ? (const char *)text.data : "");
    tp_buffer_done(&text);
    return error;
}

static temporal_error *describe_end(const tp_server_process *self)
{
    tp_buffer text = { 0 };
    temporal_error *error;

    if (self->status == -1)
        tp_buffer_format(&text, "ended while it was starting");
    else if (WIFSIGNALED(self->status))
        tp_buffer_format(&text, "was killed by signal %d while it was starting",
                         WTERMSIG(self->status));
    else
        tp_buffer_format(&text, "ended with status %d while it was starting",
                         WEXITSTATUS(self->status));
    tp_buffer_append(&text, "", 1);
    error = describe_failure(self, (const char *)text.data);
    tp_buffer_done(&text);
    return error;
}

/* True when it has ended. */
static bool pause_unless_ended(tp_server_process *self)
{
    const struct timespec until = tp_clock_timespec(tp_clock_monotonic() + LOOK_AGAIN);
    bool ended;

    pthread_mutex_lock(&self->mutex);
    if (!self->ended)
        (void)pthread_cond_timedwait(&self->changed, &self->mutex, &until);
    ended = self->ended;
    pthread_mutex_unlock(&self->mutex);
    return ended;
}

temporal_error *tp_server_process_await_port(tp_server_process *self, temporal_seconds time,
                                             int *port)
{
    const int64_t start = tp_clock_monotonic(), length = tp_clock_nanoseconds(time);
    int found;

    while ((found = tp_listening_port(self->pid, *port)) == 0) {
        if (pause_unless_ended(self))
            return describe_end(self);
        if (tp_clock_monotonic() - start >= length)
            return describe_failure(self, "does not listen in the time given");
    }
    *port = found;
    return TEMPORAL_OK;
}

void tp_server_process_free(tp_server_process *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->mutex);
    if (!self->ended)
        kill(self->pid, SIGKILL); /* what it knows is in memory: there is nothing to put in order */
    pthread_mutex_unlock(&self->mutex);
    pthread_join(self->keeper, NULL);
    free_process(self);
}
