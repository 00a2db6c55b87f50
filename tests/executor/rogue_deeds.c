/* SPDX-License-Identifier: MIT */
/* tests/executor/rogue_deeds.c -- what the activities of rogue.h do. */
#include "tests/executor/rogue.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "executor/context.h"
#include "shm/slot_process.h"

typedef temporal_error *deed_fn(temporal_activity *activity, temporal_string *out);

/* --- crashes ---------------------------------------------------------------------------------- */

static temporal_error *do_segv(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    raise(SIGSEGV); /* as the sanitizers would rather report a real one */
    return TEMPORAL_OK;
}

static temporal_error *do_wild_write(temporal_activity *activity, temporal_string *out)
{
    int *volatile nowhere = (int *)8;

    (void)activity, (void)out;
    *nowhere = 1;
    return TEMPORAL_OK;
}

static temporal_error *do_abort(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    abort();
}

static temporal_error *do_exit3(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    exit(3);
}

static temporal_error *do_exit0(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    _exit(0);
}

static temporal_error *do_kill(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    kill(getpid(), SIGKILL);
    return TEMPORAL_OK;
}

static temporal_error *do_bus(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    raise(SIGBUS);
    return TEMPORAL_OK;
}

static temporal_error *do_beat_and_segv(temporal_activity *activity, temporal_string *out)
{
    temporal_int offset = 4711;

    TEMPORAL_TRY(temporal_heartbeat(activity, temporal_int, offset));
    return do_segv(activity, out);
}

static temporal_error *do_eat(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    for (;;)
        memset(temporal_activity_alloc(activity, 1 << 20), 1, 1 << 20);
    return TEMPORAL_OK;
}

static temporal_error *do_starve(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    _exit(TP_EXIT_NO_MEMORY); /* as base/alloc does */
}

/* How many more bytes it may allocate than it begins with, as far as its limit says. */
static temporal_error *do_limit(temporal_activity *activity, temporal_string *out)
{
    struct rlimit limit;

    getrlimit(RLIMIT_DATA, &limit);
    *out = limit.rlim_cur == RLIM_INFINITY
               ? "no limit"
               : temporal_activity_format(activity, "%llu", (unsigned long long)limit.rlim_cur);
    return TEMPORAL_OK;
}

/* --- waiting ---------------------------------------------------------------------------------- */

static temporal_error *do_wait(temporal_activity *activity, temporal_string *out)
{
    temporal_activity_wait_for_cancelled(activity, 0);
    *out = temporal_cancel_reason_name(temporal_activity_cancel_reason(activity));
    return TEMPORAL_OK;
}

static temporal_error *do_flood(temporal_activity *activity, temporal_string *out)
{
    temporal_int number = 0;

    (void)out;
    while (!temporal_activity_is_cancelled(activity)) {
        TEMPORAL_TRY(temporal_heartbeat(activity, temporal_int, number));
        number++;
    }
    return temporal_activity_cancelled(activity);
}

static temporal_error *do_ignore(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    for (;;)
        pause();
    return TEMPORAL_OK;
}

static temporal_error *do_ignore_everything(temporal_activity *activity, temporal_string *out)
{
    signal(SIGTERM, SIG_IGN);
    return do_ignore(activity, out);
}

/* Gets on, without a heartbeat, until it is cancelled. */
static temporal_error *do_get_on(temporal_activity *activity, temporal_string *out)
{
    while (!temporal_activity_wait_for_cancelled(activity, 0.001))
        temporal_activity_progress(activity);
    *out = temporal_cancel_reason_name(temporal_activity_cancel_reason(activity));
    return TEMPORAL_OK;
}

static volatile sig_atomic_t terminated;

static void on_terminate(int number)
{
    terminated = number;
}

/* Deaf to cancellation, but SIGTERM it obeys. */
static temporal_error *do_obey_signal(temporal_activity *activity, temporal_string *out)
{
    const struct timespec moment = { .tv_nsec = 1000000 };

    (void)activity;
    signal(SIGTERM, on_terminate);
    while (!terminated)
        nanosleep(&moment, NULL);
    *out = "obeyed";
    return TEMPORAL_OK;
}

/* --- limits ----------------------------------------------------------------------------------- */

static temporal_error *do_spin(temporal_activity *activity, temporal_string *out)
{
    (void)activity, (void)out;
    for (volatile unsigned turns = 0;; turns++)
        continue;
    return TEMPORAL_OK;
}

static temporal_error *do_nice(temporal_activity *activity, temporal_string *out)
{
    *out = temporal_activity_format(activity, "%d", getpriority(PRIO_PROCESS, 0));
    return TEMPORAL_OK;
}

/* How many it may run on, and the first of them. */
static temporal_error *do_processors(temporal_activity *activity, temporal_string *out)
{
    cpu_set_t processors;
    int first = 0;

    CPU_ZERO(&processors);
    (void)sched_getaffinity(0, sizeof processors, &processors);
    while (first < CPU_SETSIZE && !CPU_ISSET((size_t)first, &processors))
        first++;
    *out = temporal_activity_format(activity, "%d from %d", CPU_COUNT(&processors), first);
    return TEMPORAL_OK;
}

static temporal_error *do_limits(temporal_activity *activity, temporal_string *out)
{
    struct rlimit files, core;

    (void)getrlimit(RLIMIT_NOFILE, &files);
    (void)getrlimit(RLIMIT_CORE, &core);
    *out = temporal_activity_format(activity, "files %llu, core %llu",
                                    (unsigned long long)files.rlim_cur,
                                    (unsigned long long)core.rlim_max);
    return TEMPORAL_OK;
}

static temporal_error *do_cgroup(temporal_activity *activity, temporal_string *out)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[512];

    *out = "none";
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "0::", 3) == 0)
            *out =
                temporal_activity_format(activity, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    if (file)
        fclose(file);
    return TEMPORAL_OK;
}

/* --- processes of its own --------------------------------------------------------------------- */

static temporal_error *beat_pid(temporal_activity *activity, pid_t pid)
{
    temporal_int number = pid;

    return temporal_heartbeat(activity, temporal_int, number);
}

/* Beats its pid and that of a program that it started, and waits. */
static temporal_error *do_spawn(temporal_activity *activity, temporal_string *out)
{
    pid_t pid = fork();
    temporal_int pids[2] = { getpid(), pid };

    if (pid == 0) {
        execlp("sleep", "sleep", "1000", (char *)NULL);
        _exit(1);
    }
    TEMPORAL_TRY(temporal_activity_heartbeat(activity,
                                             (const temporal_argument[]){
                                                 { temporal_int_type(), &pids[0] },
                                                 { temporal_int_type(), &pids[1] },
                                             },
                                             2));
    return do_wait(activity, out);
}

/* The same, with a program that leaves the process group, and whose parent has ended. */
static temporal_error *do_daemon(temporal_activity *activity, temporal_string *out)
{
    temporal_int pids[2] = { getpid(), 0 };
    int ends[2];
    pid_t pid;

    if (pipe(ends) != 0 || fork() == 0) {
        setsid();
        pid = fork();
        if (pid == 0) {
            execlp("sleep", "sleep", "1000", (char *)NULL);
            _exit(1);
        }
        _exit(write(ends[1], &pid, sizeof pid) == (ssize_t)sizeof pid ? 0 : 1);
    }
    if (read(ends[0], &pid, sizeof pid) != (ssize_t)sizeof pid)
        return temporal_error_application("NoPid", "the daemon's parent has not told its pid");
    pids[1] = pid;
    TEMPORAL_TRY(temporal_activity_heartbeat(activity,
                                             (const temporal_argument[]){
                                                 { temporal_int_type(), &pids[0] },
                                                 { temporal_int_type(), &pids[1] },
                                             },
                                             2));
    return do_wait(activity, out);
}

static temporal_error *do_pid(temporal_activity *activity, temporal_string *out)
{
    *out = temporal_activity_format(activity, "%d", (int)getpid());
    return TEMPORAL_OK;
}

/* What is open beside input, output and bell. */
static temporal_error *do_files(temporal_activity *activity, temporal_string *out)
{
    int count = 0;

    for (int fd = 4; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    *out = temporal_activity_format(activity, "%d", count);
    return TEMPORAL_OK;
}

static temporal_error *do_close_bell(temporal_activity *activity, temporal_string *out)
{
    (void)activity;
    close(3);
    *out = "closed";
    return TEMPORAL_OK;
}

static temporal_error *do_print(temporal_activity *activity, temporal_string *out)
{
    (void)activity;
    printf("printed by an activity\n");
    *out = "printed";
    return TEMPORAL_OK;
}

/* Both of a signal for the whole program: it is the worker's to judge. */
static temporal_error *do_take_signals(temporal_activity *activity, temporal_string *out)
{
    (void)activity;
    kill(getpid(), SIGINT);
    kill(getpid(), SIGTERM);
    kill(getpid(), SIGHUP);
    *out = "still here";
    return TEMPORAL_OK;
}

/* --- nonsense in the slot --------------------------------------------------------------------- */

/* The slot is what the child's state begins with. */
static tp_slot_process *slot_of(temporal_activity *activity)
{
    return activity->executor;
}

static tp_slot_reply *reply_of(temporal_activity *activity)
{
    tp_slot_process *slot = slot_of(activity);

    return &slot->view.report->entries[slot->entry];
}

static temporal_error *ring_and_wait(temporal_activity *activity)
{
    uint64_t one = 1;

    (void)!write(slot_of(activity)->bell, &one, sizeof one);
    return do_ignore(activity, NULL);
}

static temporal_error *do_state(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    reply_of(activity)->state = UINT64_C(0x123456789abcdef);
    return ring_and_wait(activity);
}

static temporal_error *do_sequence(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    reply_of(activity)->state = TP_SLOT_WORD(slot_of(activity)->sequence + 1, TP_SLOT_DONE);
    return ring_and_wait(activity);
}

static temporal_error *do_length(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    reply_of(activity)->output_size = UINT64_MAX;
    reply_of(activity)->state = TP_SLOT_WORD(slot_of(activity)->sequence, TP_SLOT_DONE);
    return ring_and_wait(activity);
}

static temporal_error *do_outcome(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    reply_of(activity)->output_size = 0;
    reply_of(activity)->outcome = 99;
    reply_of(activity)->state = TP_SLOT_WORD(slot_of(activity)->sequence, TP_SLOT_DONE);
    return ring_and_wait(activity);
}

static temporal_error *do_buffer(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    reply_of(activity)->middle = 0xff;
    return ring_and_wait(activity);
}

static temporal_error *do_beat_length(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    for (size_t i = 0; i < TP_SLOT_BUFFERS; i++) {
        reply_of(activity)->beats[i].sequence = slot_of(activity)->sequence;
        reply_of(activity)->beats[i].size = 0xffffff;
    }
    reply_of(activity)->middle = TP_SLOT_NEW;
    return ring_and_wait(activity);
}

/* A heartbeat that is no message, then a crash: its details are left out of the failure. */
static temporal_error *do_beat_nonsense(temporal_activity *activity, temporal_string *out)
{
    tp_slot_process_beat(slot_of(activity), "\xff\xff\xff", 3);
    return do_segv(activity, out);
}

static temporal_error *do_latch(temporal_activity *activity, temporal_string *out)
{
    memset(&slot_of(activity)->view.report->latch, 0xab, sizeof(tp_latch));
    return do_wait(activity, out);
}

static temporal_error *do_orders(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    slot_of(activity)->view.orders->flags = 0; /* read-only */
    return TEMPORAL_OK;
}

static temporal_error *do_input(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    slot_of(activity)->view.inputs[0][0] = 0; /* read-only */
    return TEMPORAL_OK;
}

/* The whole of what it may write to. */
static temporal_error *do_scribble(temporal_activity *activity, temporal_string *out)
{
    (void)out;
    memset(slot_of(activity)->view.report, 0x5a, sizeof(tp_slot_report));
    return ring_and_wait(activity);
}

/* --- the activities --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    deed_fn *fn;
} deeds[] = {
    { "segv", do_segv },
    { "wild write", do_wild_write },
    { "abort", do_abort },
    { "exit 3", do_exit3 },
    { "exit 0", do_exit0 },
    { "kill", do_kill },
    { "bus", do_bus },
    { "beat and segv", do_beat_and_segv },
    { "eat", do_eat },
    { "starve", do_starve },
    { "limit", do_limit },
    { "wait", do_wait },
    { "flood", do_flood },
    { "ignore", do_ignore },
    { "ignore everything", do_ignore_everything },
    { "get on", do_get_on },
    { "spin", do_spin },
    { "nice", do_nice },
    { "processors", do_processors },
    { "limits", do_limits },
    { "cgroup", do_cgroup },
    { "obey the signal", do_obey_signal },
    { "spawn", do_spawn },
    { "daemon", do_daemon },
    { "pid", do_pid },
    { "files", do_files },
    { "close bell", do_close_bell },
    { "print", do_print },
    { "take signals", do_take_signals },
    { "state", do_state },
    { "sequence", do_sequence },
    { "length", do_length },
    { "outcome", do_outcome },
    { "buffer", do_buffer },
    { "beat length", do_beat_length },
    { "beat nonsense", do_beat_nonsense },
    { "latch", do_latch },
    { "orders", do_orders },
    { "input", do_input },
    { "scribble", do_scribble },
};

TEMPORAL_ACTIVITY_DEFINE(rogue)
temporal_error *rogue(temporal_activity *activity, temporal_string deed, temporal_string *out)
{
    /* "tell, wait": first it beats its pid. */
    if (strncmp(deed, "tell, ", 6) == 0) {
        TEMPORAL_TRY(beat_pid(activity, getpid()));
        deed += 6;
    }
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (strcmp(deeds[i].name, deed) == 0)
            return deeds[i].fn(activity, out);
    return temporal_error_application("NoSuchDeed", "%s", deed);
}

struct counter {
    int calls;
};

static temporal_error *make_counter(struct counter *counter)
{
    counter->calls = 0;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_ACTIVITY_DEFINE(counting, struct counter, make_counter, NULL)
temporal_error *counting(temporal_activity *activity, struct counter *counter, temporal_none none,
                         temporal_string *out)
{
    (void)none;
    *out = temporal_activity_format(activity, "%d %d", (int)getpid(), ++counter->calls);
    return TEMPORAL_OK;
}

static void hold_on(struct counter *counter)
{
    for (;;)
        counter->calls += pause();
}

TEMPORAL_STATEFUL_ACTIVITY_DEFINE(clinging, struct counter, make_counter, hold_on)
temporal_error *clinging(temporal_activity *activity, struct counter *counter, temporal_none none,
                         temporal_none *out)
{
    (void)activity, (void)counter, (void)none, (void)out;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(echo)
temporal_error *echo(temporal_activity *activity, temporal_bytes in, temporal_bytes *out)
{
    (void)activity;
    *out = in;
    return TEMPORAL_OK;
}

const temporal_activity_def *const rogue_activities[] = { &rogue_activity, &counting_activity,
                                                          &echo_activity, &clinging_activity,
                                                          NULL };
