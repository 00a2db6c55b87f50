/* SPDX-License-Identifier: MIT */
/* executor/orphans.c -- ends what an activity process has left behind. */
#include "executor/orphans.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

void tp_orphans_adopt(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void tp_orphans_kill(bool (*known)(const void *data, pid_t pid), const void *data)
{
    char path[64];
    FILE *children;
    int pid;

    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    children = fopen(path, "re");
    if (!children)
        return;
    while (fscanf(children, "%d", &pid) == 1)
        if (!known(data, (pid_t)pid))
            (void)kill((pid_t)pid, SIGKILL);
    fclose(children);
}
