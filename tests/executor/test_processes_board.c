/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_board.c -- what an onlooker sees of a pool, and may ask of it. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/executor/rogue.h"

static const temporal_process_executor no_options;

static int open_nothing(void **state)
{
    (void)state;
    rogue_options = no_options;
    return 0;
}

/* --- an onlooker ------------------------------------------------------------------------------ */

struct look {
    tp_executor *executor;
    size_t index;
    tp_board_worker worker;
    tp_board_process process;
};

static void look_on_loop(void *data)
{
    struct look *look = data;
    const tp_executor_watch_ops *ops = look->executor->ops->watch;

    ops->show_worker(look->executor, &look->worker);
    if (look->index < ops->count(look->executor))
        ops->show(look->executor, look->index, &look->process);
}

static struct look look_at(struct harness *harness, size_t index)
{
    struct look look = { .executor = harness->executor, .index = index };

    tp_loop_call(harness->loop, look_on_loop, &look);
    return look;
}

#define SEEN(field) (look_at(&harness, 0).process.field)

struct command {
    tp_executor *executor;
    temporal_error *(*give)(tp_executor *executor, int64_t argument);
    int64_t argument;
    temporal_error *error;
};

static void command_on_loop(void *data)
{
    struct command *command = data;

    command->error = command->give(command->executor, command->argument);
}

#define tell(command_, argument_) \
    tell_with(&harness, harness.executor->ops->watch->command_, (argument_))

static temporal_error *tell_with(struct harness *harness,
                                 temporal_error *(*give)(tp_executor *executor, int64_t argument),
                                 int64_t argument)
{
    struct command command = { harness->executor, give, argument, NULL };

    tp_loop_call(harness->loop, command_on_loop, &command);
    return command.error;
}

static size_t count_in(struct harness *harness, tp_board_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < look_at(harness, 0).worker.limit; i++)
        count += look_at(harness, i).process.state == state;
    return count;
}

/* --- what is seen ----------------------------------------------------------------------------- */

static void a_busy_process_shows_its_attempt(void **state)
{
    struct harness harness;
    struct subject subject;
    tp_board_process seen;
    int64_t before = tp_clock_monotonic();
    pid_t pid;

    (void)state;
    rogue_open(&harness, 1);
    pid = rogue_begin(&subject, &harness, "wait");
    seen = look_at(&harness, 0).process;
    assert_int_equal(seen.state, TP_BOARD_BUSY);
    assert_int_equal(seen.pid, pid);
    assert_string_equal(seen.activity_type, "rogue");
    assert_string_equal(seen.activity_id, subject.attempt.task.activity_id);
    assert_string_equal(seen.workflow_id, subject.attempt.task.workflow_id);
    assert_int_equal(seen.attempt, subject.attempt.task.attempt);
    assert_int_equal(seen.beats, 1);
    assert_int_equal(seen.progress, 1);
    assert_in_range(seen.started_at, before, tp_clock_monotonic());
    /* The loop's own clock is coarse, and may be a little late. */
    assert_in_range(seen.began_at, before - TP_NANOSECONDS, tp_clock_monotonic());
    assert_in_range(seen.progress_at, before, tp_clock_monotonic());
    assert_false(seen.is_cancelled);
    rogue_end(&subject);
    harness_close(&harness);
}

static bool gets_on(struct harness *harness, tp_board_process *seen)
{
    *seen = look_at(harness, 0).process;
    return seen->progress >= 3;
}

/* The rogue beats once, and then only says that it gets on. */
static void progress_is_no_heartbeat(void **state)
{
    struct harness harness;
    struct subject subject;
    tp_board_process seen;

    (void)state;
    rogue_open(&harness, 1);
    rogue_begin(&subject, &harness, "get on");
    test_wait_for(gets_on(&harness, &seen));
    assert_int_equal(seen.beats, 1);
    assert_true(seen.beat_at < seen.progress_at);
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
    subject_wait_end(&subject);
    subject_done(&subject);
    harness_close(&harness);
}

static void an_idle_process_shows_none_and_what_it_did(void **state)
{
    struct harness harness;
    struct subject subject;
    tp_board_process seen;

    (void)state;
    rogue_open(&harness, 1);
    test_wait_for(SEEN(state) == TP_BOARD_IDLE);
    rogue_pid(&harness);
    rogue_pid(&harness);
    rogue_init(&subject, &harness, "no such deed");
    subject_run(&subject);
    assert_int_equal(subject.kind, TP_OUTCOME_FAILED);
    subject_done(&subject);
    seen = look_at(&harness, 0).process;
    assert_int_equal(seen.done, 2);
    assert_int_equal(seen.failed, 1);
    assert_int_equal(seen.attempt, 0);
    assert_int_equal(seen.progress, 0);
    assert_string_equal(seen.activity_type, "");
    harness_close(&harness);
}

static void what_waits_is_seen(void **state)
{
    struct subject subjects[4];
    struct harness harness;
    struct look look;

    (void)state;
    rogue_open(&harness, 1);
    rogue_begin(&subjects[0], &harness, "wait");
    for (size_t i = 1; i < 4; i++) {
        rogue_init(&subjects[i], &harness, "wait");
        subject_submit(&subjects[i]);
    }
    look = look_at(&harness, 0);
    assert_int_equal(look.process.waiting, 1); /* in the process's own slot */
    assert_int_equal(look.worker.waiting, 2);
    assert_int_equal(look.worker.wanted, 1);
    for (size_t i = 0; i < 4; i++)
        rogue_end(&subjects[i]);
    harness_close(&harness);
}

static void a_cancelled_attempt_is_seen_as_such(void **state)
{
    struct harness harness;
    struct subject subject;
    pid_t pid;

    (void)state;
    rogue_open(&harness, 1);
    pid = rogue_begin(&subject, &harness, "ignore everything");
    subject_cancel(&subject, TEMPORAL_CANCEL_REQUESTED);
    assert_true(SEEN(is_cancelled));
    assert_int_equal(SEEN(state), TP_BOARD_BUSY);
    assert_ok(tell(kill, pid));
    subject_wait_end(&subject);
    subject_done(&subject);
    harness_close(&harness);
}

/* --- what is asked ---------------------------------------------------------------------------- */

static void a_killed_process_fails_its_attempt_and_nobody_elses(void **state)
{
    struct subject subject, behind;
    struct harness harness;
    pid_t pid;

    (void)state;
    rogue_open(&harness, 1);
    pid = rogue_begin(&subject, &harness, "wait");
    rogue_init(&behind, &harness, "pid");
    subject_submit(&behind);
    assert_int_equal(SEEN(waiting), 1);
    assert_ok(tell(kill, pid));
    rogue_failed(&subject, "ActivityProcessKilled", "killed by a command");
    subject_wait_end(&behind);
    assert_int_equal(behind.kind, TP_OUTCOME_COMPLETED);
    subject_done(&behind);
    assert_int_equal(SEEN(killed), 1);
    assert_int_equal(SEEN(crashed), 0);
    assert_int_not_equal(SEEN(pid), pid);
    harness_close(&harness);
}

static void a_recycled_process_ends_its_attempt_first(void **state)
{
    struct harness harness;
    struct subject subject;
    pid_t pid, next;

    (void)state;
    rogue_open(&harness, 1);
    pid = rogue_begin(&subject, &harness, "wait");
    assert_ok(tell(recycle, pid));
    assert_ok(tell(recycle, pid)); /* once is enough */
    assert_int_equal(SEEN(recycled), 1);
    assert_int_equal(SEEN(state), TP_BOARD_BUSY);
    rogue_end(&subject);
    next = rogue_pid(&harness);
    assert_int_not_equal(next, pid);
    assert_ok(tell(recycle, next)); /* an idle one at once */
    assert_int_not_equal(rogue_pid(&harness), next);
    assert_int_equal(SEEN(recycled), 2);
    assert_int_equal(SEEN(crashed), 0);
    harness_close(&harness);
}

static void a_pool_is_resized(void **state)
{
    struct harness harness;

    (void)state;
    rogue_open(&harness, 4);
    test_wait_for(count_in(&harness, TP_BOARD_IDLE) == 4);
    assert_ok(tell(resize, 1));
    test_wait_for(count_in(&harness, TP_BOARD_NONE) == 3);
    assert_int_equal(look_at(&harness, 0).worker.wanted, 1);
    assert_int_equal(look_at(&harness, 0).worker.limit, 4);
    assert_int_equal(harness.executor->capacity, 1);
    assert_true(rogue_pid(&harness) > 0);
    assert_ok(tell(resize, 3));
    test_wait_for(count_in(&harness, TP_BOARD_IDLE) == 3);
    assert_int_equal(harness.executor->capacity, 3);
    harness_close(&harness);
}

static void a_busy_process_that_is_too_many_ends_its_attempt_first(void **state)
{
    struct subject subjects[3];
    struct harness harness;

    (void)state;
    rogue_open(&harness, 3);
    for (size_t i = 0; i < 3; i++)
        rogue_begin(&subjects[i], &harness, "wait");
    assert_ok(tell(resize, 1));
    assert_int_equal(count_in(&harness, TP_BOARD_BUSY), 3);
    for (size_t i = 0; i < 3; i++) {
        subject_cancel(&subjects[i], TEMPORAL_CANCEL_REQUESTED);
        subject_wait_end(&subjects[i]);
        assert_int_equal(subjects[i].kind, TP_OUTCOME_COMPLETED);
        subject_done(&subjects[i]);
    }
    test_wait_for(count_in(&harness, TP_BOARD_NONE) == 2);
    assert_int_equal(look_at(&harness, 0).process.recycled + look_at(&harness, 1).process.recycled +
                         look_at(&harness, 2).process.recycled,
                     0);
    assert_true(rogue_pid(&harness) > 0);
    harness_close(&harness);
}

static void what_cannot_be_done_is_refused(void **state)
{
    static const int64_t nobody[] = { 0, -1, INT64_MIN, INT64_MAX, 1 };
    static const int64_t sizes[] = { 0, -1, 3, INT64_MIN, INT64_MAX };
    struct harness harness;

    (void)state;
    rogue_open(&harness, 2);
    for (size_t i = 0; i < 5; i++) {
        assert_fails(tell(kill, nobody[i]), INVALID_ARGUMENT, "no activity process");
        assert_fails(tell(recycle, nobody[i]), INVALID_ARGUMENT, "no activity process");
        assert_fails(tell(resize, sizes[i]), INVALID_ARGUMENT, "give 1 to 2");
    }
    assert_fails(tell(kill, getpid()), INVALID_ARGUMENT, "no activity process");
    /* The low half of it is a pid of the pool. */
    test_wait_for(SEEN(pid) > 0);
    assert_fails(tell(kill, SEEN(pid) + (INT64_C(1) << 32)), INVALID_ARGUMENT, "no activity");
    harness_close(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_busy_process_shows_its_attempt, open_nothing),
        cmocka_unit_test_setup(progress_is_no_heartbeat, open_nothing),
        cmocka_unit_test_setup(an_idle_process_shows_none_and_what_it_did, open_nothing),
        cmocka_unit_test_setup(what_waits_is_seen, open_nothing),
        cmocka_unit_test_setup(a_cancelled_attempt_is_seen_as_such, open_nothing),
        cmocka_unit_test_setup(a_killed_process_fails_its_attempt_and_nobody_elses, open_nothing),
        cmocka_unit_test_setup(a_recycled_process_ends_its_attempt_first, open_nothing),
        cmocka_unit_test_setup(a_pool_is_resized, open_nothing),
        cmocka_unit_test_setup(a_busy_process_that_is_too_many_ends_its_attempt_first,
                               open_nothing),
        cmocka_unit_test_setup(what_cannot_be_done_is_refused, open_nothing),
    };

    assert_ok(temporal_fork_server_start());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
