/* SPDX-License-Identifier: MIT */
/* process.c -- programs that a test starts. */
#include "tests/support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/support.h"

enum {
    LINE_MAXIMUM = 1 << 20
};

struct test_process {
    pid_t pid;
    int status; /* once it has ended */
    bool ended;
    int in, out;
    char *buffer; /* LINE_MAXIMUM bytes: the line given out last, then what was read beyond it */
    size_t start, size;
};

/* In the child, between fork and exec: only what a signal handler may call. */
static void become(const char *const *argv, int in, int out, int err, pid_t parent)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(127);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

pid_t test_spawn(const char *const *argv, int in, int out, int err)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const pid_t parent = getpid();
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0)
        become(argv, in < 0 ? null : in, out < 0 ? null : out, err < 0 ? null : err, parent);
    close(null);
    assert_true(pid > 0);
    return pid;
}

int test_reap(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

test_process *test_process_start(const char *const *argv)
{
    test_process *process = calloc(1, sizeof *process);
    int in[2], out[2];

    assert_non_null(process);
    process->buffer = malloc(LINE_MAXIMUM);
    assert_non_null(process->buffer);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    process->pid = test_spawn(argv, in[0], out[1], 2);
    close(in[0]);
    close(out[1]);
    process->in = in[1];
    process->out = out[0];
    return process;
}

pid_t test_process_pid(const test_process *process)
{
    return process->pid;
}

/* False at the end of the output. */
static bool read_more(test_process *process)
{
    struct pollfd ready = { .fd = process->out, .events = POLLIN };
    const double deadline = test_clock() + TEST_PATIENCE;
    ssize_t got;

    if (process->start > 0) {
        process->size -= process->start;
        memmove(process->buffer, process->buffer + process->start, process->size);
        process->start = 0;
    }
    assert_true(process->size < LINE_MAXIMUM - 1);
    while (poll(&ready, 1, 1000) <= 0)
        if (test_clock() > deadline)
            test_fail(__FILE__, __LINE__, "a program that the test started says nothing");
    got = read(process->out, process->buffer + process->size, LINE_MAXIMUM - 1 - process->size);
    if (got > 0)
        process->size += (size_t)got;
    return got > 0;
}

const char *test_process_line(test_process *process)
{
    for (;;) {
        char *line = process->buffer + process->start;
        char *end = memchr(line, '\n', process->size - process->start);

        if (end) {
            *end = '\0';
            process->start = (size_t)(end + 1 - process->buffer);
            return line;
        }
        if (read_more(process))
            continue;
        if (process->start == process->size)
            return NULL;
        process->buffer[process->size++] = '\n'; /* a last line without one */
    }
}

const char *test_process_expect(test_process *process, const char *start)
{
    const char *line = test_process_line(process);

    while (line && strncmp(line, start, strlen(start)) != 0)
        line = test_process_line(process);
    if (!line)
        fail_msg("the output of process %d ended without a line \"%s\"", process->pid, start);
    return line ? line + strlen(start) : "";
}

void test_process_write(test_process *process, const char *line)
{
    assert_true(dprintf(process->in, "%s\n", line) > 0);
}

void test_process_signal(test_process *process, int number)
{
    siginfo_t info;

    if (process->ended)
        return;
    assert_int_equal(kill(process->pid, number), 0);
    /* Its threads go on until each has seen it. */
    if (number == SIGSTOP)
        assert_int_equal(waitid(P_PID, (id_t)process->pid, &info, WSTOPPED), 0);
}

int test_process_wait(test_process *process)
{
    if (process->ended)
        return process->status;
    while (test_process_line(process))
        continue;
    process->status = test_reap(process->pid);
    process->ended = true;
    return process->status;
}

void test_process_free(test_process *process)
{
    if (!process)
        return;
    if (!process->ended) {
        kill(process->pid, SIGKILL);
        test_reap(process->pid);
    }
    close(process->in);
    close(process->out);
    free(process->buffer);
    free(process);
}

const char *test_program_path(void)
{
    static char path[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);

    assert_true(size > 0);
    path[size] = '\0';
    return path;
}

/* Paths live until the program ends; a test asks for a few. */
static const char *keep_path(const char *folder, const char *name)
{
    static char paths[64][PATH_MAX];
    static size_t used;
    char *path = paths[used++ % 64];

    assert_true(snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX);
    return path;
}

const char *test_build_path(const char *name)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof folder, "%s", test_program_path()); /* .../tests/<folder>/test_x */
    for (int up = 0; up < 3; up++) {
        char *slash = strrchr(folder, '/');

        assert_non_null(slash);
        *slash = '\0';
    }
    return keep_path(folder, name);
}

static bool holds(const char *folder, const char *name)
{
    char path[PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

const char *test_source_path(const char *name)
{
    static char root[PATH_MAX];

    if (!root[0] && !realpath(__FILE__, root)) /* relative to the root, where tests are run */
        snprintf(root, sizeof root, "%s", test_program_path());
    while (!holds(root, "tests/support/process.c")) {
        char *end = strrchr(root, '/');

        if (!end)
            fail_msg("run the tests in the root of the source tree");
        else
            *end = '\0';
    }
    return keep_path(root, name);
}

const char *test_python(void)
{
    const char *given = getenv("TEMPORAL_TEST_PYTHON");
    const char *built = test_source_path("build/venv/bin/python3");

    if (given && *given)
        return given;
    return access(built, X_OK) == 0 ? built : "python3";
}
