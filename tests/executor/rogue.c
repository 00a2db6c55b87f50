/* SPDX-License-Identifier: MIT */
/* tests/executor/rogue.c -- pools and attempts of rogue.h. */
#include "tests/executor/rogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "converter/payload.h"

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

/* Begins with a deed that beats so many numbers, and takes them. */
static void begin(struct subject *subject, struct harness *harness, const char *deed,
                  temporal_int *numbers, size_t count)
{
    tp_buffer details = { 0 };
    tp_arena arena;

    rogue_init(subject, harness, deed);
    subject_submit(subject);
    subject_wait_beats(subject, 1);
    assert_true(subject_take(subject, &details));
    tp_arena_init(&arena);
    for (size_t i = 0; i < count; i++)
        assert_ok(tp_payloads_decode(&arena, tp_buffer_bytes(&details), i, temporal_int_type(),
                                     &numbers[i]));
    tp_arena_done(&arena);
    tp_buffer_done(&details);
}

pid_t rogue_begin(struct subject *subject, struct harness *harness, const char *deed)
{
    temporal_int pid = 0;
    char text[64];

    snprintf(text, sizeof text, "tell, %s", deed);
    begin(subject, harness, text, &pid, 1);
    return (pid_t)pid;
}

pid_t rogue_spawn(struct subject *subject, struct harness *harness, const char *deed,
                  pid_t *started)
{
    temporal_int pids[2] = { 0 };

    begin(subject, harness, deed, pids, 2);
    *started = (pid_t)pids[1];
    return (pid_t)pids[0];
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

/* "state parent ..." of /proc/pid/stat, where the name before it may hold anything. */
static bool read_process(pid_t pid, char *process_state, int *parent)
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
    return end && sscanf(end + 1, " %c %d", process_state, parent) == 2;
}

bool rogue_is_alive(pid_t pid)
{
    char process_state = 'X';
    int parent;

    return read_process(pid, &process_state, &parent) && process_state != 'Z' &&
           process_state != 'X';
}

pid_t rogue_parent(pid_t pid)
{
    char process_state;
    int parent;

    return read_process(pid, &process_state, &parent) ? parent : 0;
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
