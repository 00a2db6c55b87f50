/* SPDX-License-Identifier: MIT */
/* child.c -- something that ends its process, or writes to its stderr, tried in a forked one. */
#include "tests/base/child.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/support.h"

int child_run(void (*body)(void *data), void *data, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;
    int ends[2], status;
    char extra[64];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        body(data);
        fflush(NULL);
        _exit(0);
    }
    close(ends[1]);
    while (length < size - 1 && (got = read(ends[0], text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    while (read(ends[0], extra, sizeof(extra)) > 0)
        ;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
