/* SPDX-License-Identifier: MIT */
/* executor/child_start.c -- parent, signals, descriptors, memory, limits: in this order. */
#include "executor/child_start.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/waiter.h"
#include "executor/cgroup.h"
#include "executor/orphans.h"

#define BELL_FD 3

#define EXIT_ORPHAN 119 /* its parent was gone before it could begin */

static pid_t fork_server;

/* SIGTERM from the fork server is the pool's, and ends the process. From anybody else it is meant
 * for the whole program (systemd sends it to every process): the worker decides what becomes of its
 * activities. A handler and not SIG_IGN, which programs that an activity runs would inherit. */
static void on_terminate(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_pid != fork_server)
        return;
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void set_signals(const tp_child_start *start)
{
    static const int ignored[] = { SIGINT, SIGHUP };
    struct sigaction terminate = { .sa_sigaction = on_terminate,
                                   .sa_flags = SA_SIGINFO | SA_RESTART };
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        (void)signal(number, sigismember(start->ignored, number) == 1 ? SIG_IGN : SIG_DFL);
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        (void)signal(ignored[i], SIG_IGN);
    fork_server = start->server;
    sigemptyset(&terminate.sa_mask);
    (void)sigaction(SIGTERM, &terminate, NULL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

void tp_child_close_from(int first)
{
    long last;

    if (close_range((unsigned)first, ~0U, 0) == 0)
        return;
    last = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < (last > 0 ? last : 1024); fd++)
        close(fd);
}

static void *map(const tp_child_start *start, size_t offset, size_t size, int protection)
{
    void *base = mmap(NULL, size, protection, MAP_SHARED, start->memory, (off_t)offset);

    if (base == MAP_FAILED)
        _exit(TP_CHILD_EXIT_NO_START);
    return base;
}

/* Its own slot and nothing else, what the worker writes read-only. */
static void map_slot(const tp_child_start *start, tp_slot_view *view)
{
    const tp_slot_geometry *slot = &start->layout->slot;
    size_t offset = tp_pool_slot_offset(start->layout, start->process);

    *view = tp_slot_view_of(
        slot, map(start, offset, slot->orders_size, PROT_READ),
        map(start, offset + slot->orders_size, slot->report_size, PROT_READ | PROT_WRITE));
}

static void set_processors(const tp_settings *settings, uint32_t process)
{
    cpu_set_t one;
    uint32_t turn;

    if (!settings->has_processors || CPU_COUNT(&settings->processors) == 0)
        return;
    if (!settings->one_processor_each) {
        (void)sched_setaffinity(0, sizeof settings->processors, &settings->processors);
        return;
    }
    turn = process % (uint32_t)CPU_COUNT(&settings->processors);
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &settings->processors) && turn-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            (void)sched_setaffinity(0, sizeof one, &one);
            return;
        }
}

static void set_limits(const tp_child_start *start)
{
    const struct rlimit no_core = { 0, 0 };
    int fd;

    if (*start->settings->cgroup && !tp_cgroup_enter(start->settings->cgroup, start->process))
        _exit(TP_CHILD_EXIT_NO_START);
    /* When memory runs out, a process that can be replaced goes before the worker. */
    fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, "500", 3);
        close(fd);
    }
    if (start->settings->nice > 0)
        (void)!nice(start->settings->nice);
    set_processors(start->settings, start->process);
    if (start->settings->core_dumps)
        return;
    /* Writing a core takes its time, during which nobody learns of the crash. Where cores go to a
     * program, only the process that is not dumpable writes none. */
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

/* A client lives on threads, and none of the worker's has come along. */
static void forbid_clients(void)
{
    static const tp_waiter_hooks none = {
        .forbidden = "in an activity process there is no client: run the activity on threads or as "
                     "a coroutine"
    };

    tp_waiter_set_hooks(&none);
}

void tp_child_start_up(const tp_child_start *start, tp_slot_process *slot)
{
    tp_slot_view view;
    int bell = start->bell;

    /* Its parent has one thread and lasts, so this is reliable here. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start->server)
        _exit(EXIT_ORPHAN);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_NAME, "activity");
    tp_orphans_adopt();
    set_signals(start);
    map_slot(start, &view);
    if (bell != BELL_FD) {
        if (dup3(bell, BELL_FD, O_CLOEXEC) < 0)
            _exit(TP_CHILD_EXIT_NO_START);
        bell = BELL_FD;
    }
    tp_child_close_from(BELL_FD + 1);
    set_limits(start);
    forbid_clients();
    tp_slot_process_init(slot, &view, bell);
}
