/* SPDX-License-Identifier: MIT */
/* tests/executor/torture.c -- see torture.h. */
#include "tests/executor/torture.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "converter/payload.h"

#define SEED      20261123u
#define HOLD      ((temporal_int)1 << 40) /* tasks from here on beat once, and wait */
#define WAITS     16                      /* one of so many waits for its cancellation */
#define BYTES_MAX 6000

/* --- the ledger ------------------------------------------------------------------------------- */

static struct ledger {
    _Atomic unsigned draws, die, dawdle, seed;
    _Atomic bool hurry;
    struct entry {
        _Atomic int began, published, done;
    } entries[TORTURE_TASKS_MAX];
} * ledger;

static temporal_int current = -1; /* in a process: the task that it is about */

void torture_init(void)
{
    ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(ledger != MAP_FAILED);
}

static unsigned mix(unsigned number)
{
    number = (number ^ number >> 16) * 0x7feb352du;
    number = (number ^ number >> 15) * 0x846ca68bu;
    return number ^ number >> 16;
}

static bool draw_one_of(unsigned count)
{
    return count > 0 &&
           mix(atomic_fetch_add(&ledger->draws, 1) * 2654435761u + ledger->seed) % count == 0;
}

void torture_at(torture_moment moment)
{
    struct entry *entry = current >= 0 && current < HOLD ? &ledger->entries[current] : NULL;

    if (moment == TORTURE_AFTER_PUBLISH && entry)
        entry->published++;
    if (moment == TORTURE_AFTER_DONE) {
        if (entry)
            entry->done++;
        current = -1;
    }
    if (draw_one_of(ledger->dawdle))
        sched_yield();
    if (draw_one_of(ledger->die))
        kill(getpid(), SIGKILL);
}

/* --- the activity ----------------------------------------------------------------------------- */

/* So many bytes, that belong to that number. */
static size_t size_of(temporal_int task, temporal_int number)
{
    return mix((unsigned)(task * 31 + number)) % BYTES_MAX;
}

static uint8_t byte_of(temporal_int task, temporal_int number)
{
    return (uint8_t)mix((unsigned)(task * 17 + number + 1));
}

static bool waits(temporal_int task)
{
    return task % WAITS == 5 && !ledger->hurry;
}

static temporal_int beats_of(temporal_int task)
{
    return mix((unsigned)task) % 4;
}

static temporal_error *beat(temporal_activity *activity, temporal_int task, temporal_int number)
{
    size_t size = size_of(task, number);
    uint8_t *data = temporal_activity_alloc(activity, size + 1);
    temporal_bytes bytes = { data, size };

    memset(data, byte_of(task, number), size);
    return temporal_activity_heartbeat(activity,
                                       (const temporal_argument[]){
                                           { temporal_int_type(), &number },
                                           { temporal_bytes_type(), &bytes },
                                       },
                                       2);
}

/* Beats now and then, and answers with bytes that only this task has. */
static temporal_error *work(temporal_activity *activity, const void *in, void *out)
{
    temporal_int task = *(const temporal_int *)in;
    temporal_bytes *result = out;
    size_t size = size_of(task, 0);
    uint8_t *data = temporal_activity_alloc(activity, size + 1);

    current = task;
    if (task < HOLD)
        ledger->entries[task].began++;
    if (task >= HOLD)
        TEMPORAL_TRY(beat(activity, task, 1));
    for (temporal_int number = 1; number <= beats_of(task) && task < HOLD; number++)
        TEMPORAL_TRY(beat(activity, task, number));
    if (waits(task) || task >= HOLD) {
        temporal_activity_wait_for_cancelled(activity, 0);
        return temporal_activity_cancelled(activity);
    }
    memset(data, byte_of(task, 0), size);
    *result = (temporal_bytes){ data, size };
    return TEMPORAL_OK;
}

static const temporal_activity_def work_def = { .struct_size = sizeof work_def,
                                                .name = "work",
                                                .input = temporal_int_type,
                                                .output = temporal_bytes_type,
                                                .invoke = work };
static const temporal_activity_def *const activities[] = { &work_def, NULL };

/* --- an attempt ------------------------------------------------------------------------------- */

struct victim {
    struct subject subject;
    bool used, cancelled;
    temporal_int task, newest; /* the heartbeat that was seen last */
};

struct torture {
    const torture_plan *plan;
    torture_result result;
    struct harness harness;
    struct victim victims[TORTURE_WIDTH];
    unsigned random;
    temporal_int next;
    int ended, in_flight;
    bool unstarted[TORTURE_TASKS_MAX]; /* ended before it began, as the pool says */
    pid_t server, stopped[TORTURE_PROCESSES + 1];
    size_t stopped_count;
    bool server_killed;
};

static bool is_turn(struct torture *self, int one_of)
{
    return one_of > 0 && rand_r(&self->random) % one_of == 0;
}

static void complain(struct torture *self, temporal_int task, const char *what, const char *more)
{
    if (self->result.problems++ == 0)
        snprintf(self->result.first, sizeof self->result.first, "task %lld: %s %s", (long long)task,
                 what, more);
}

static bool are_bytes_of(temporal_bytes bytes, temporal_int task, temporal_int number)
{
    const uint8_t *data = bytes.data;
    bool right = bytes.size == size_of(task, number);

    for (size_t i = 0; i < bytes.size; i++)
        right = right && data[i] == byte_of(task, number);
    return right;
}

/* False for what is no such value at all. */
static bool decode(tp_arena *arena, const tp_buffer *encoded, size_t index,
                   const temporal_type *type, void *out)
{
    temporal_error *error = tp_payloads_decode(arena, tp_buffer_bytes(encoded), index, type, out);

    temporal_error_free(error);
    return error == NULL;
}

static void check_beat(struct torture *self, struct victim *victim, const tp_buffer *details)
{
    temporal_int number = 0;
    temporal_bytes bytes = { 0 };
    tp_arena arena;

    tp_arena_init(&arena);
    if (!decode(&arena, details, 0, temporal_int_type(), &number) ||
        !decode(&arena, details, 1, temporal_bytes_type(), &bytes) || number <= victim->newest ||
        !are_bytes_of(bytes, victim->task, number))
        complain(self, victim->task, "a heartbeat that is torn, or old", "");
    victim->newest = number;
    tp_arena_done(&arena);
}

static void take(struct torture *self, struct victim *victim)
{
    tp_buffer details = { 0 };

    if (subject_take(&victim->subject, &details))
        check_beat(self, victim, &details);
    tp_buffer_done(&details);
}

static void check_completed(struct torture *self, struct victim *victim)
{
    temporal_bytes result = { 0 };
    tp_arena arena;

    self->result.completed++;
    tp_arena_init(&arena);
    if (!decode(&arena, &victim->subject.body, 0, temporal_bytes_type(), &result) ||
        !are_bytes_of(result, victim->task, 0))
        complain(self, victim->task, "a wrong result", "");
    tp_arena_done(&arena);
    if (ledger->entries[victim->task].began != 1 || victim->newest != beats_of(victim->task))
        complain(self, victim->task, "completed, and ran otherwise", "");
}

static void check_cancelled(struct torture *self, struct victim *victim, const char *message)
{
    self->result.cancelled++;
    if (!victim->cancelled)
        complain(self, victim->task, "cancelled by nobody:", message);
    self->unstarted[victim->task] = strstr(message, "before it began") != NULL;
}

static void check_failed(struct torture *self, struct victim *victim, const temporal_error *error)
{
    const char *type = temporal_error_type(error), *message = temporal_error_message(error);
    bool crashed = strcmp(type, "ActivityProcessCrashed") == 0;
    bool lost = strcmp(type, "ActivityProcessLost") == 0;

    self->result.failed++;
    self->unstarted[victim->task] = strcmp(type, "ActivityProcessNotStarted") == 0;
    if (!temporal_error_is_retryable(error))
        complain(self, victim->task, "not retryable:", message);
    if (crashed ? !strstr(message, "was killed by SIGKILL") || strstr(message, "reported")
                : !(lost && self->server_killed) && !self->unstarted[victim->task])
        complain(self, victim->task, "failed for no reason:", message);
    if (ledger->entries[victim->task].done > 0)
        complain(self, victim->task, "was done, and failed:", message);
    if (ledger->entries[victim->task].began > 1)
        complain(self, victim->task, "began twice, and failed:", message);
}

static void reap(struct torture *self, struct victim *victim)
{
    const struct entry *entry = &ledger->entries[victim->task];

    if (victim->subject.had_last)
        check_beat(self, victim, &victim->subject.last);
    if (victim->newest < entry->published)
        complain(self, victim->task, "its last heartbeat is lost", "");
    if (victim->subject.kind == TP_OUTCOME_COMPLETED) {
        check_completed(self, victim);
    } else {
        temporal_error *error = subject_failure(&victim->subject);

        if (victim->subject.kind == TP_OUTCOME_CANCELLED)
            check_cancelled(self, victim, temporal_error_message(error));
        else
            check_failed(self, victim, error);
        temporal_error_free(error);
    }
    subject_done(&victim->subject);
    victim->used = false;
    self->in_flight--;
    self->ended++;
}

/* --- what is done to them --------------------------------------------------------------------- */

static void fill(struct torture *self)
{
    for (size_t i = 0; i < TORTURE_WIDTH && self->next < self->plan->tasks; i++) {
        struct victim *victim = &self->victims[i];

        if (victim->used)
            continue;
        *victim = (struct victim){ .used = true, .task = self->next++ };
        subject_init(&victim->subject, &self->harness, &work_def);
        subject_give(&victim->subject, temporal_int, victim->task);
        subject_submit(&victim->subject);
        self->in_flight++;
    }
}

static struct victim *pick(struct torture *self)
{
    struct victim *victim = &self->victims[(size_t)rand_r(&self->random) % TORTURE_WIDTH];

    return victim->used ? victim : NULL;
}

static void cancel(struct victim *victim)
{
    if (victim && !victim->cancelled) {
        victim->cancelled = true;
        subject_cancel(&victim->subject, TEMPORAL_CANCEL_REQUESTED);
    }
}

static void stop(struct torture *self, pid_t pid)
{
    if (self->stopped_count < TORTURE_PROCESSES + 1 && kill(pid, SIGSTOP) == 0) {
        self->stopped[self->stopped_count++] = pid;
        self->result.stops++;
    }
}

static void go_on(struct torture *self)
{
    while (self->stopped_count > 0)
        kill(self->stopped[--self->stopped_count], SIGCONT);
}

static void assault(struct torture *self)
{
    const torture_plan *plan = self->plan;
    temporal_process_status status[TORTURE_PROCESSES];
    size_t count = rogue_status(&self->harness, status, TORTURE_PROCESSES);
    struct victim *victim;

    if (is_turn(self, plan->stop_server))
        stop(self, self->server);
    for (size_t i = 0; i < count; i++) {
        if (status[i].pid > 0 && is_turn(self, plan->stop))
            stop(self, status[i].pid);
        if (status[i].pid > 0 && is_turn(self, plan->kill))
            self->result.kills += kill(status[i].pid, SIGKILL) == 0;
    }
    if (is_turn(self, plan->cancel))
        cancel(pick(self));
    if (is_turn(self, plan->take) && (victim = pick(self)) != NULL)
        take(self, victim);
    if (plan->kill_server > 0 && self->ended >= plan->kill_server && !self->server_killed) {
        self->server_killed = true;
        kill(self->server, SIGKILL);
    }
}

/* The oldest of those that wait for it, so that one of all always comes to its end. */
static void cancel_one_that_waits(struct torture *self)
{
    struct victim *oldest = NULL;

    for (size_t i = 0; i < TORTURE_WIDTH; i++) {
        struct victim *victim = &self->victims[i];

        if (victim->used && waits(victim->task) && (!oldest || victim->task < oldest->task))
            oldest = victim;
    }
    cancel(oldest);
}

static void wait_for_an_end(struct torture *self)
{
    struct timespec patience;
    struct victim *ended[TORTURE_WIDTH];
    size_t count = 0;

    clock_gettime(CLOCK_REALTIME, &patience);
    patience.tv_sec += (time_t)TEST_PATIENCE;
    pthread_mutex_lock(&self->harness.mutex);
    for (;;) {
        for (size_t i = 0; i < TORTURE_WIDTH; i++)
            if (self->victims[i].used && self->victims[i].subject.ends > 0)
                ended[count++] = &self->victims[i];
        if (count > 0)
            break;
        if (pthread_cond_timedwait(&self->harness.changed, &self->harness.mutex, &patience) != 0)
            fail_msg("%d attempts do not end, %d did", self->in_flight, self->ended);
    }
    pthread_mutex_unlock(&self->harness.mutex);
    for (size_t i = 0; i < count; i++)
        reap(self, ended[i]);
}

static size_t count_processes(struct torture *self)
{
    temporal_process_status status[TORTURE_PROCESSES];
    size_t count = rogue_status(&self->harness, status, TORTURE_PROCESSES), alive = 0;

    for (size_t i = 0; i < count; i++)
        alive += status[i].pid > 0;
    return alive;
}

static void let_it_shrink(struct torture *self)
{
    while (self->in_flight > 0) {
        cancel_one_that_waits(self);
        wait_for_an_end(self);
    }
    test_wait_for(count_processes(self) <= 1);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* All at the same time, each in a process of its own: no slot was lost. */
static void check_that_each_process_serves(struct torture *self)
{
    static struct subject subjects[TORTURE_PROCESSES];
    temporal_process_status status[TORTURE_PROCESSES];

    for (size_t i = 0; i < TORTURE_PROCESSES; i++) {
        subject_init(&subjects[i], &self->harness, &work_def);
        subject_give(&subjects[i], temporal_int, HOLD + (temporal_int)i);
        subject_submit(&subjects[i]);
    }
    for (size_t i = 0; i < TORTURE_PROCESSES; i++)
        subject_wait_beats(&subjects[i], 1);
    rogue_status(&self->harness, status, TORTURE_PROCESSES);
    for (size_t i = 0; i < TORTURE_PROCESSES; i++)
        if (status[i].pid == 0 || !status[i].busy)
            complain(self, -1, "a process does not serve", "");
    for (size_t i = 0; i < TORTURE_PROCESSES; i++) {
        subject_cancel(&subjects[i], TEMPORAL_CANCEL_REQUESTED);
        subject_wait_end(&subjects[i]);
        subject_done(&subjects[i]);
    }
}

/* By now nothing runs any more, and what never began never will. */
static void check_unstarted(struct torture *self)
{
    for (int i = 0; i < self->plan->tasks; i++)
        if (self->unstarted[i] && ledger->entries[i].began > 0)
            complain(self, i, "began, after it had ended as one that did not", "");
}

static void set_up(struct torture *self, const torture_plan *plan)
{
    const char *seed = getenv("TORTURE_SEED");
    temporal_process_status first;

    assert_true(plan->tasks <= TORTURE_TASKS_MAX);
    memset(self, 0, sizeof *self);
    memset((void *)ledger, 0, sizeof *ledger);
    self->plan = plan;
    self->random = plan->seed ? plan->seed : seed ? (unsigned)strtoul(seed, NULL, 10) : SEED;
    rogue_options = (temporal_process_executor){ .min_processes = 1,
                                                 .idle_timeout = 0.02,
                                                 .recycle.tasks = plan->recycle };
    harness_open(&self->harness, rogue_make, activities, TORTURE_PROCESSES);
    test_wait_for(count_processes(self) >= 1);
    rogue_status(&self->harness, &first, 1);
    self->server = rogue_parent((pid_t)first.pid);
    assert_true(self->server > 1 && self->server != getpid());
    ledger->seed = self->random;
    ledger->dawdle = (unsigned)plan->dawdle;
    ledger->die = (unsigned)plan->die;
    ledger->hurry = plan->hurry;
}

torture_result torture_run(const torture_plan *plan)
{
    static struct torture self;

    set_up(&self, plan);
    while (self.ended < plan->tasks) {
        fill(&self);
        assault(&self);
        cancel_one_that_waits(&self);
        sched_yield();
        go_on(&self);
        wait_for_an_end(&self);
        if (plan->idle > 0 && self.ended / plan->idle > (self.ended - 1) / plan->idle)
            let_it_shrink(&self);
    }
    ledger->die = 0;
    if (!self.server_killed && self.result.problems == 0)
        check_that_each_process_serves(&self);
    assert_int_equal(harness_running(&self.harness), 0);
    harness_close(&self.harness);
    check_unstarted(&self);
    return self.result;
}

torture_result torture_expect_none(const torture_plan *plan)
{
    const char *seed = getenv("TORTURE_SEED");
    torture_result result = torture_run(plan);

    print_message("    %d completed, %d cancelled, %d failed; %d kills from outside, %d stops\n",
                  result.completed, result.cancelled, result.failed, result.kills, result.stops);
    if (result.problems > 0)
        fail_msg("%d problems; the first: %s (TORTURE_SEED=%s)", result.problems, result.first,
                 seed ? seed : "20261123");
    return result;
}
