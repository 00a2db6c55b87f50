/* SPDX-License-Identifier: MIT */
/* tests/executor/test_torture_mutants.c -- the torture finds what is wrong: the slot's code with a
 * bug planted in it, one after the other, does not pass.
 *
 * Both sides of the slot, and the end of processes, are compiled into this program, with a few of
 * the operations that they are made of replaced by ones that a word of shared memory can make
 * wrong. */
#include "tests/executor/torture.h"

#include <sched.h>
#include <string.h>
#include <sys/mman.h>

typedef enum mutant {
    NO_MUTANT,
    CLAIM_BY_STORE,     /* the process does not ask whether the task is still there */
    REVOKE_BY_STORE,    /* the worker does not ask whether the process has begun */
    BEAT_IN_PLACE,      /* heartbeats go into the buffer that was published */
    BEAT_UNPUBLISHED,   /* they are not exchanged at all */
    DONE_TOO_EARLY,     /* the worker is told before the outcome is written */
    RESET_BEFORE_DRAIN, /* what a dead process has reported is thrown away */
} mutant;
static _Atomic int *planted; /* shared with every process */

/* --- operations, right and wrong -------------------------------------------------------------- */

static void give_way(void)
{
    for (int i = 0; i < 20; i++)
        sched_yield();
}

static bool exchange_word(_Atomic uint64_t *word, uint64_t *expected, uint64_t desired)
{
    mutant wrong = (desired & 0xff) == 2 ? CLAIM_BY_STORE : REVOKE_BY_STORE; /* 2: RUNNING */

    if (*planted != (int)wrong)
        return atomic_compare_exchange_strong(word, expected, desired);
    give_way();
    atomic_store(word, desired);
    return true;
}

static uint32_t exchange_rightly(_Atomic uint32_t *middle, uint32_t buffer)
{
    return atomic_exchange(middle, buffer);
}

static uint32_t exchange_buffer(_Atomic uint32_t *middle, uint32_t buffer)
{
    if (*planted == BEAT_IN_PLACE)
        atomic_store(middle, buffer);
    else if (*planted != BEAT_UNPUBLISHED)
        return exchange_rightly(middle, buffer);
    return buffer;
}

#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(word, expected, desired, success, failure) \
    exchange_word(word, expected, desired)
#undef atomic_exchange_explicit
#define atomic_exchange_explicit(middle, buffer, order) exchange_buffer(middle, buffer)

/* --- the process's side ----------------------------------------------------------------------- */

static void at(torture_moment moment);
#define TP_SLOT_MOMENT(moment)                                             \
    do {                                                                   \
        if (*planted == DONE_TOO_EARLY && MOMENT_##moment)                 \
            atomic_store(&slot->view.report->entries[slot->entry].state,   \
                         TP_SLOT_WORD(slot->sequence, TP_SLOT_DONE)),      \
                (void)!write(slot->bell, &(uint64_t){ 1 }, 8), give_way(); \
        at(TORTURE_##moment);                                              \
    } while (0)
#define MOMENT_BEFORE_READY   0
#define MOMENT_BEFORE_CLAIM   0
#define MOMENT_AFTER_CLAIM    0
#define MOMENT_BEFORE_BEAT    0
#define MOMENT_WHILE_BEATING  0
#define MOMENT_BEFORE_PUBLISH 0
#define MOMENT_AFTER_PUBLISH  0
#define MOMENT_BEFORE_OUTCOME 1
#define MOMENT_BEFORE_DONE    0
#define MOMENT_AFTER_DONE     0
#include "shm/slot_process.c"

static void at(torture_moment moment)
{
    torture_at(moment);
}

/* --- the worker's side ------------------------------------------------------------------------ */

/* Its own exchange is right: only the process's is not. */
#undef atomic_exchange_explicit
#define atomic_exchange_explicit(middle, buffer, order) exchange_rightly(middle, buffer)
#include "executor/processes_failure.h"
#include "shm/slot_worker.c"

static void resolve(tp_process *process, const tp_process_end *end)
{
    if (*planted == RESET_BEFORE_DRAIN) {
        uint64_t sequence[TP_SLOT_ENTRIES];

        memcpy(sequence, process->slot.sequence, sizeof sequence);
        (void)tp_slot_worker_reset(&process->slot);
        memcpy(process->slot.sequence, sequence, sizeof sequence);
    }
    tp_processes_resolve(process, end);
}
#define tp_processes_resolve(process, end) resolve(process, end)
#include "executor/processes_lives.c"

/* --- whether they are found ------------------------------------------------------------------- */

/* Gives the bug so many chances, which are more than it needs. */
static int count_problems(mutant bug)
{
    torture_result result = { 0 };

    *planted = (int)bug;
    for (unsigned seed = 1; seed <= 20 && result.problems == 0; seed++)
        result = torture_run(&(torture_plan){ .seed = seed,
                                              .tasks = 200,
                                              .die = 100,
                                              .cancel = 1,
                                              .take = 1,
                                              .dawdle = 3,
                                              .recycle = 10,
                                              .hurry = true });
    *planted = NO_MUTANT;
    print_message("    %s\n", result.problems ? result.first : "nothing found");
    return result.problems;
}

static void nothing_is_found_without_a_bug(void **state)
{
    (void)state;
    assert_int_equal(count_problems(NO_MUTANT), 0);
}

static void a_claim_without_a_comparison_is_found(void **state)
{
    (void)state;
    assert_true(count_problems(CLAIM_BY_STORE) > 0);
}

static void a_revocation_without_a_comparison_is_found(void **state)
{
    (void)state;
    assert_true(count_problems(REVOKE_BY_STORE) > 0);
}

static void heartbeats_in_one_buffer_are_found(void **state)
{
    (void)state;
    assert_true(count_problems(BEAT_IN_PLACE) > 0);
}

static void heartbeats_that_are_not_published_are_found(void **state)
{
    (void)state;
    assert_true(count_problems(BEAT_UNPUBLISHED) > 0);
}

static void an_end_that_is_told_before_its_outcome_is_found(void **state)
{
    (void)state;
    assert_true(count_problems(DONE_TOO_EARLY) > 0);
}

static void a_slot_that_is_reset_before_it_is_drained_is_found(void **state)
{
    (void)state;
    assert_true(count_problems(RESET_BEFORE_DRAIN) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_found_without_a_bug),
        cmocka_unit_test(a_claim_without_a_comparison_is_found),
        cmocka_unit_test(a_revocation_without_a_comparison_is_found),
        cmocka_unit_test(heartbeats_in_one_buffer_are_found),
        cmocka_unit_test(heartbeats_that_are_not_published_are_found),
        cmocka_unit_test(an_end_that_is_told_before_its_outcome_is_found),
        cmocka_unit_test(a_slot_that_is_reset_before_it_is_drained_is_found),
    };
    temporal_error *error;

    planted =
        mmap(NULL, sizeof *planted, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (planted == MAP_FAILED)
        return 1;
    torture_init();
    error = temporal_fork_server_start();
    if (error)
        return temporal_error_report(error);
    temporal_log_set(TEMPORAL_LOG_OFF, NULL, NULL);
    return cmocka_run_group_tests_name("process executor: planted bugs", tests, NULL, NULL);
}
