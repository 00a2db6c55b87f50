/* SPDX-License-Identifier: MIT */
/* fiber/fiber: coroutines that are resumed, suspended and dropped. */
#include "fiber/fiber.h"

#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sanitizer.h"
#include "tests/support/support.h"

#ifdef TP_SANITIZE_ADDRESS
#include <sanitizer/lsan_interface.h>
#endif
#ifdef TP_SANITIZE_THREAD
#include <sanitizer/tsan_interface.h>
#endif

#define STACK_SIZE ((size_t)256 * 1024)

static tp_stack_pool *pool; /* of the main thread; each test begins with a new one */

static int make_pool(void **state)
{
    (void)state;
    pool = tp_stack_pool_new(STACK_SIZE, 4);
    return 0;
}

static int free_pool(void **state)
{
    (void)state;
    tp_stack_pool_free(pool);
    return 0;
}

static tp_fiber *start(tp_fiber_fn body, void *data)
{
    tp_fiber *fiber = NULL;

    assert_ok(tp_fiber_new(&fiber, pool, body, data));
    return fiber;
}

/* --- to and fro --------------------------------------------------------------------------------
 */

static void count_to_three(void *data)
{
    for (int i = 1; i <= 3; i++) {
        *(int *)data = i;
        tp_fiber_yield();
    }
    *(int *)data = 4;
}

static void a_fiber_runs_from_yield_to_yield_until_it_returns(void **state)
{
    int count = 0;
    tp_fiber *fiber = start(count_to_three, &count);

    (void)state;
    assert_int_equal(count, 0);
    for (int i = 1; i <= 3; i++) {
        assert_true(tp_fiber_resume(fiber));
        assert_int_equal(count, i);
    }
    assert_false(tp_fiber_resume(fiber));
    assert_int_equal(count, 4);
    assert_false(tp_fiber_resume(fiber));
    assert_int_equal(count, 4);
    tp_fiber_free(fiber);
}

/* Each says its letter: inner, outer, main. */
struct nest {
    tp_fiber *inner, *outer;
    char said[16];
    size_t count;
};

static void say(struct nest *nest, char letter, const tp_fiber *expected)
{
    assert_true(nest->count < sizeof(nest->said) - 1);
    nest->said[nest->count++] = tp_fiber_current() == expected ? letter : '?';
}

static void be_inner(void *data)
{
    struct nest *nest = data;

    for (int i = 0; i < 2; i++) {
        say(nest, 'i', nest->inner);
        tp_fiber_yield();
    }
}

static void be_outer(void *data)
{
    struct nest *nest = data;

    nest->inner = start(be_inner, nest);
    while (tp_fiber_resume(nest->inner)) {
        say(nest, 'o', nest->outer);
        tp_fiber_yield();
    }
    tp_fiber_free(nest->inner);
}

static void a_fiber_may_resume_another_and_yield_past_it(void **state)
{
    struct nest nest = { .said = "" };

    (void)state;
    assert_null(tp_fiber_current());
    nest.outer = start(be_outer, &nest);
    while (tp_fiber_resume(nest.outer))
        say(&nest, 'm', NULL);
    assert_string_equal(nest.said, "iomiom");
    tp_fiber_free(nest.outer);
}

struct worker {
    tp_fiber *fiber;
    unsigned seed, sum, expected;
};

static unsigned next(unsigned *seed)
{
    return *seed = *seed * 1103515245u + 12345u;
}

static void add_up(void *data)
{
    struct worker *worker = data;
    unsigned seed = worker->seed, numbers[64];

    for (int i = 0; i < 64; i++) {
        numbers[i] = next(&seed);
        tp_fiber_yield();
    }
    for (int i = 0; i < 64; i++)
        worker->sum += numbers[i];
}

static void many_fibers_take_turns_without_mixing_what_is_theirs(void **state)
{
    enum {
        COUNT = 500
    };
    static struct worker workers[COUNT];
    size_t alive = COUNT;

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned seed = i;

        workers[i] = (struct worker){ .seed = i };
        for (int j = 0; j < 64; j++)
            workers[i].expected += next(&seed);
        workers[i].fiber = start(add_up, &workers[i]);
    }
    while (alive) {
        alive = 0;
        for (int i = 0; i < COUNT; i++)
            alive += tp_fiber_resume(workers[i].fiber);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(workers[i].sum, workers[i].expected);
        tp_fiber_free(workers[i].fiber);
    }
}

static __attribute__((noinline)) unsigned descend(unsigned depth)
{
    volatile char frame[256];

    frame[0] = (char)depth;
    if (depth == 0)
        tp_fiber_yield();
    else
        depth = descend(depth - 1);
    return depth + (unsigned char)frame[0] % 7u;
}

static void go_deep(void *data)
{
    *(unsigned *)data = descend(300);
}

static void a_deep_call_on_a_fiber_may_yield_and_return(void **state)
{
    unsigned result = 0, expected = 0;
    tp_fiber *fiber = start(go_deep, &result);

    (void)state;
    for (unsigned depth = 0; depth <= 300; depth++)
        expected += (unsigned char)depth % 7u;
    assert_true(tp_fiber_resume(fiber));
    assert_int_equal(result, 0);
    assert_false(tp_fiber_resume(fiber));
    assert_int_equal(result, expected);
    tp_fiber_free(fiber);
}

/* --- floats -------------------------------------------------------------------------------------
 */

static double third(void)
{
    volatile double one = 1, three = 3;

    return one / three;
}

static void round_up(void *data)
{
    double *results = data;

    results[0] = third();
    fesetround(FE_UPWARD);
    results[1] = third();
    tp_fiber_yield();
    results[2] = third();
}

static void rounding_belongs_to_the_fiber(void **state)
{
    double results[3], nearest = third();
    tp_fiber *fiber = start(round_up, results);

    (void)state;
    assert_true(tp_fiber_resume(fiber));
    assert_int_equal(fegetround(), FE_TONEAREST);
    assert_true(third() == nearest);
    fesetround(FE_DOWNWARD);
    assert_false(tp_fiber_resume(fiber));
    assert_int_equal(fegetround(), FE_DOWNWARD);
    fesetround(FE_TONEAREST);
    assert_true(results[0] == nearest);
    assert_true(results[1] > nearest);
    assert_true(results[2] > nearest);
    tp_fiber_free(fiber);
}

static void sum_halves(void *data)
{
    double a = 0, b = 1, c = 2, d = 3;

    for (int i = 0; i < 10; i++) {
        a += 0.5;
        b += a;
        c += b;
        d += c;
        tp_fiber_yield();
    }
    *(double *)data = a + b + c + d;
}

static void doubles_live_through_a_yield(void **state)
{
    double sum = 0, a = 0, b = 1, c = 2, d = 3;
    tp_fiber *fiber = start(sum_halves, &sum);

    (void)state;
    while (tp_fiber_resume(fiber)) {
        a += 0.5;
        b += a;
        c += b;
        d += c;
    }
    assert_true(sum == a + b + c + d);
    tp_fiber_free(fiber);
}

/* --- dropped ------------------------------------------------------------------------------------
 */

static __attribute__((noinline)) void fill_and_yield(int depth)
{
    volatile char frame[512];

    memset((void *)(uintptr_t)frame, depth, sizeof(frame));
    if (depth)
        fill_and_yield(depth - 1);
    else
        tp_fiber_yield();
    frame[1] = frame[0];
}

static void fill_stack(void *data)
{
    (void)data;
    fill_and_yield(100);
}

/* One frame over what many small ones left: their poison, if it is still there, lies in its middle.
 */
static void fill_at_once(void *data)
{
    volatile char frame[128 * 1024];

    memset((void *)(uintptr_t)frame, 'x', sizeof(frame));
    tp_fiber_yield();
    *(char *)data = frame[sizeof(frame) / 2];
}

static void a_suspended_fiber_may_be_freed_and_its_stack_used_again(void **state)
{
    char read = 0;

    (void)state;
    for (int i = 0; i < 50; i++) {
        tp_fiber *fiber = start(fill_stack, NULL);

        assert_true(tp_fiber_resume(fiber));
        tp_fiber_free(fiber);
        fiber = start(fill_at_once, &read);
        assert_true(tp_fiber_resume(fiber));
        assert_false(tp_fiber_resume(fiber));
        assert_int_equal(read, 'x');
        tp_fiber_free(fiber);
    }
}

static void one_that_never_ran_may_be_freed(void **state)
{
    (void)state;
    tp_fiber_free(start(fill_stack, NULL));
    tp_fiber_free(NULL);
}

static void note_place(void *data)
{
    *(uintptr_t *)data = (uintptr_t)__builtin_frame_address(0);
    tp_fiber_yield();
}

static uintptr_t place_of(tp_fiber *fiber, const uintptr_t *place)
{
    tp_fiber_resume(fiber);
    return *place;
}

static void a_stack_is_free_for_others_as_soon_as_its_fiber_returned(void **state)
{
    uintptr_t place = 0, first;
    tp_fiber *done = start(note_place, &place), *other;

    (void)state;
    first = place_of(done, &place);
    tp_fiber_resume(done);
    other = start(note_place, &place);
    assert_int_equal(place_of(other, &place), first);
    tp_fiber_free(done);
    tp_fiber_free(other);
}

#ifdef TP_SANITIZE_ADDRESS
static void hold_memory(void *data)
{
    char *memory = malloc(100);

    (void)data;
    memory[0] = 'x';
    tp_fiber_yield();
    free(memory);
}

static void the_leak_sanitizer_sees_what_a_suspended_fiber_holds(void **state)
{
    tp_fiber *fiber = start(hold_memory, NULL);

    (void)state;
    assert_true(tp_fiber_resume(fiber));
    memset((char[4096]){ 1 }, 0, 4096); /* what the resume left on this stack */
    assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
    assert_false(tp_fiber_resume(fiber));
    tp_fiber_free(fiber);
}
#endif

#ifdef TP_SANITIZE_THREAD
static void note_tsan_fiber(void *data)
{
    *(void **)data = __tsan_get_current_fiber();
    tp_fiber_yield();
}

static void the_thread_sanitizer_knows_which_fiber_runs(void **state)
{
    void *here = __tsan_get_current_fiber(), *there = NULL;
    tp_fiber *fiber = start(note_tsan_fiber, &there);

    (void)state;
    assert_true(tp_fiber_resume(fiber));
    assert_ptr_equal(__tsan_get_current_fiber(), here);
    assert_non_null(there);
    assert_ptr_not_equal(there, here);
    tp_fiber_free(fiber);
    assert_ptr_equal(__tsan_get_current_fiber(), here);
}
#endif

static void overflow(void *data)
{
    (void)data;
    descend(1000000);
}

static void too_deep_a_stack_is_a_fault_at_once(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        tp_fiber *fiber;

        signal(SIGSEGV, SIG_DFL); /* a sanitizer would report it and exit */
        signal(SIGBUS, SIG_DFL);
        if (tp_fiber_new(&fiber, pool, overflow, NULL))
            _exit(2);
        tp_fiber_resume(fiber);
        _exit(3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

/* --- threads ------------------------------------------------------------------------------------
 */

static void *run_fibers(void *data)
{
    tp_stack_pool *mine = tp_stack_pool_new(STACK_SIZE, 2);
    struct worker worker;

    for (unsigned i = 0; i < 100; i++) {
        unsigned seed = i;

        worker = (struct worker){ .seed = i };
        for (int j = 0; j < 64; j++)
            worker.expected += next(&seed);
        if (tp_fiber_new(&worker.fiber, mine, add_up, &worker))
            break;
        while (tp_fiber_resume(worker.fiber))
            ;
        tp_fiber_free(worker.fiber);
        *(unsigned *)data += worker.sum == worker.expected;
    }
    tp_stack_pool_free(mine);
    return NULL;
}

static void threads_have_fibers_of_their_own(void **state)
{
    unsigned right[3] = { 0 };
    pthread_t threads[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_fibers, &right[i]), 0);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(right[i], 100);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_pool, free_pool)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_fiber_runs_from_yield_to_yield_until_it_returns),
        TEST(a_fiber_may_resume_another_and_yield_past_it),
        TEST(many_fibers_take_turns_without_mixing_what_is_theirs),
        TEST(a_deep_call_on_a_fiber_may_yield_and_return),
        TEST(rounding_belongs_to_the_fiber),
        TEST(doubles_live_through_a_yield),
        TEST(a_suspended_fiber_may_be_freed_and_its_stack_used_again),
        TEST(one_that_never_ran_may_be_freed),
        TEST(a_stack_is_free_for_others_as_soon_as_its_fiber_returned),
#ifdef TP_SANITIZE_ADDRESS
        TEST(the_leak_sanitizer_sees_what_a_suspended_fiber_holds),
#endif
#ifdef TP_SANITIZE_THREAD
        TEST(the_thread_sanitizer_knows_which_fiber_runs),
#endif
        TEST(too_deep_a_stack_is_a_fault_at_once),
        TEST(threads_have_fibers_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
