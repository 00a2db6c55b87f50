/* SPDX-License-Identifier: MIT */
/* tests/shm/test_latch.c -- waking another process over shared memory. */
#include "shm/latch.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/support.h"

#define PAST ((int64_t)1) /* a deadline that is over: asks for a token without waiting */

static void a_post_before_the_wait_is_not_lost(void **state)
{
    tp_latch latch;

    (void)state;
    tp_latch_init(&latch);
    assert_false(tp_latch_wait(&latch, PAST));
    tp_latch_post(&latch);
    assert_true(tp_latch_wait(&latch, INT64_MAX));
    assert_false(tp_latch_wait(&latch, PAST));
}

static void a_reset_forgets_every_post_before_it(void **state)
{
    tp_latch latch;

    (void)state;
    tp_latch_init(&latch);
    for (int i = 0; i < 10; i++)
        tp_latch_post(&latch);
    tp_latch_reset(&latch);
    assert_false(tp_latch_wait(&latch, PAST));
    tp_latch_post(&latch);
    assert_true(tp_latch_wait(&latch, PAST));
}

static void a_wait_ends_at_its_deadline(void **state)
{
    int64_t deadline = tp_clock_monotonic() + TP_NANOSECONDS / 100;
    tp_latch latch;

    (void)state;
    tp_latch_init(&latch);
    assert_false(tp_latch_wait(&latch, deadline));
    assert_true(tp_clock_monotonic() >= deadline);
}

/* Two processes hand a number to and fro, each by news and post; one lost wake-up would end it. */
static void processes_wake_each_other(void **state)
{
    enum {
        ROUNDS = 2000
    };
    struct shared {
        tp_latch here, there;
        _Atomic int number;
    } *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child;

    (void)state;
    assert_ptr_not_equal(shared, MAP_FAILED);
    tp_latch_init(&shared->here);
    tp_latch_init(&shared->there);
    child = fork();
    for (int round = 0; round < ROUNDS; round++) {
        tp_latch *mine = child ? &shared->here : &shared->there;
        tp_latch *other = child ? &shared->there : &shared->here;

        if (child) {
            shared->number = 2 * round + 1;
            tp_latch_post(other);
        }
        for (;;) {
            tp_latch_reset(mine);
            if (shared->number >= 2 * round + (child ? 2 : 1))
                break;
            (void)tp_latch_wait(mine, INT64_MAX);
        }
        if (!child) {
            shared->number = 2 * round + 2;
            tp_latch_post(other);
        }
    }
    if (child == 0)
        _exit(0);
    assert_int_equal(test_reap(child), 0);
    assert_int_equal(shared->number, 2 * ROUNDS);
    munmap(shared, sizeof *shared);
}

static void a_latch_full_of_nonsense_can_be_posted(void **state)
{
    tp_latch latch;

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        memset(&latch, byte, sizeof latch);
        tp_latch_post(&latch);
    }
    tp_latch_init(&latch);
    assert_false(tp_latch_wait(&latch, PAST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_before_the_wait_is_not_lost),
        cmocka_unit_test(a_reset_forgets_every_post_before_it),
        cmocka_unit_test(a_wait_ends_at_its_deadline),
        cmocka_unit_test(processes_wake_each_other),
        cmocka_unit_test(a_latch_full_of_nonsense_can_be_posted),
    };

    return cmocka_run_group_tests_name("shm: latch", tests, NULL, NULL);
}
