/* SPDX-License-Identifier: MIT */
/* tests/executor/rogue.c -- see rogue.h. */
#include "tests/executor/rogue.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "converter/payload.h"
#include "executor/context.h"
#include "shm/slot_process.h"

typedef temporal_error *deed_fn(temporal_activity *activity, temporal_string *out);

/* --- crashes -------------------------------------------------------------------------------- */

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

/* --- waiting -------------------------------------------------------------------------------- */

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

/* --- processes of its own --------------------------------------------------------------------- */

static temporal_error *beat_pid(temporal_activity *activity, pid_t pid)
{
    temporal_int number = pid;

    return temporal_heartbeat(activity, temporal_int, number);
}

/* Beats the pid of a program that it started, and waits. */
static temporal_error *do_spawn(temporal_activity *activity, temporal_string *out)
{
    pid_t pid = fork();

    if (pid == 0) {
        execlp("sleep", "sleep", "1000", (char *)NULL);
        _exit(1);
    }
    TEMPORAL_TRY(beat_pid(activity, pid));
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

/* --- nonsense in the slot ----------------------------------------------------------------------
 */

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

/* --- the activities -----------------------------------------------------------------------------
 */

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
    { "spawn", do_spawn },
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

TEMPORAL_ACTIVITY_DEFINE(echo)
temporal_error *echo(temporal_activity *activity, temporal_bytes in, temporal_bytes *out)
{
    (void)activity;
    *out = in;
    return TEMPORAL_OK;
}

const temporal_activity_def *const rogue_activities[] = { &rogue_activity, &counting_activity,
                                                          &echo_activity, NULL };

/* --- for tests ----------------------------------------------------------------------------------
 */

temporal_process_executor rogue_options;

temporal_error *rogue_make(tp_executor **executor, const temporal_activity_def *const *activities,
                           uint32_t concurrency)
{
    temporal_process_executor options = rogue_options;

    options.activities = activities;
    options.concurrency = concurrency;
    return tp_process_executor_new(executor, &options);
}

void rogue_open(struct harness *harness, uint32_t concurrency)
{
    harness_open(harness, rogue_make, rogue_activities, concurrency);
}

void rogue_init(struct subject *subject, struct harness *harness, const char *deed)
{
    subject_init(subject, harness, &rogue_activity);
    subject_give(subject, temporal_string, deed);
}

void rogue_expect(struct harness *harness, const char *deed, const char *text)
{
    struct subject subject;

    rogue_init(&subject, harness, deed);
    subject_run(&subject);
    subject_assert_text(&subject, text);
    subject_done(&subject);
}

void rogue_decode(tp_arena *arena, const tp_buffer *encoded, const temporal_type *type, void *out)
{
    assert_ok(tp_payloads_decode(arena, tp_buffer_bytes(encoded), 0, type, out));
}

pid_t rogue_pid(struct harness *harness)
{
    struct subject subject;
    tp_arena arena;
    temporal_string text = NULL;
    pid_t pid;

    rogue_init(&subject, harness, "pid");
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_COMPLETED);
    tp_arena_init(&arena);
    rogue_decode(&arena, &subject.body, temporal_string_type(), &text);
    pid = (pid_t)strtol(text, NULL, 10);
    tp_arena_done(&arena);
    subject_done(&subject);
    return pid;
}

pid_t rogue_begin(struct subject *subject, struct harness *harness, const char *deed)
{
    tp_buffer details = { 0 };
    char text[64];
    tp_arena arena;
    temporal_int pid = 0;

    snprintf(text, sizeof text, "tell, %s", deed);
    rogue_init(subject, harness, text);
    subject_submit(subject);
    subject_wait_beats(subject, 1);
    assert_true(subject_take(subject, &details));
    tp_arena_init(&arena);
    rogue_decode(&arena, &details, temporal_int_type(), &pid);
    tp_arena_done(&arena);
    tp_buffer_done(&details);
    return (pid_t)pid;
}

void rogue_end(struct subject *subject)
{
    subject_cancel(subject, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(subject);
    subject_done(subject);
}

void rogue_failed(struct subject *subject, const char *type, const char *text)
{
    temporal_error *error;

    subject_wait_end(subject);
    assert_int_equal(subject->kind, TP_OUTCOME_FAILED);
    error = subject_failure(subject);
    assert_string_equal(temporal_error_type(error), type);
    assert_contains(temporal_error_message(error), text);
    temporal_error_free(error);
    subject_done(subject);
}

bool rogue_is_alive(pid_t pid)
{
    char path[64], text[512] = "";
    const char *end;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    (void)!fread(text, 1, sizeof text - 1, file);
    fclose(file);
    end = strrchr(text, ')');
    return end && end[1] && end[2] != 'Z' && end[2] != 'X';
}

struct question {
    struct harness *harness;
    temporal_process_status *status;
    size_t capacity, count;
};

static void ask_status(void *data)
{
    struct question *question = data;
    tp_executor *executor = question->harness->executor;

    question->count = executor->ops->status(executor, question->status, question->capacity);
}

size_t rogue_status(struct harness *harness, temporal_process_status *status, size_t capacity)
{
    struct question question = { harness, status, capacity, 0 };

    tp_loop_call(harness->loop, ask_status, &question);
    return question.count;
}
