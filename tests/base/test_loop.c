/* SPDX-License-Identifier: MIT */
/* base/loop: the mailbox, its order, its end. */
#include "base/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "tests/support/support.h"

#define THREADS 4
#define POSTS   5000

static tp_loop *start(void)
{
    tp_loop *loop = NULL;

    assert_ok(tp_loop_new(&loop, "test"));
    return loop;
}

struct box {
    tp_loop *loop;
    int last[THREADS], count, wrong; /* of the loop's thread */
};

struct letter {
    struct box *box;
    int thread, number;
};

static void receive(void *data)
{
    struct letter *letter = data;
    struct box *box = letter->box;

    box->wrong += letter->number != box->last[letter->thread] + 1;
    box->wrong += !tp_loop_is_current(box->loop);
    box->last[letter->thread] = letter->number;
    box->count++;
    tp_free(letter);
}

struct sender {
    pthread_t thread;
    struct box *box;
    int number;
};

static void *send_letters(void *data)
{
    const struct sender *sender = data;

    for (int i = 1; i <= POSTS; i++) {
        struct letter letter = { sender->box, sender->number, i };

        tp_loop_post(sender->box->loop, receive, tp_memdup(&letter, sizeof(letter)));
    }
    return NULL;
}

static void posts_of_each_thread_run_on_the_loop_in_order_and_none_is_lost(void **state)
{
    struct sender senders[THREADS];
    struct box box = { .loop = start() };

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){ .box = &box, .number = i };
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_letters, &senders[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(senders[i].thread, NULL);
    tp_loop_free(box.loop); /* runs what is posted still */
    assert_int_equal(box.count, THREADS * POSTS);
    assert_int_equal(box.wrong, 0);
}

static void increment(void *data)
{
    ++*(int *)data;
}

static void a_call_has_run_when_it_returns(void **state)
{
    tp_loop *loop = start();
    int count = 0;

    (void)state;
    for (int i = 1; i <= 5000; i++) {
        tp_loop_call(loop, increment, &count);
        assert_int_equal(count, i);
    }
    tp_loop_free(loop);
}

static void call_self(void *data)
{
    struct box *box = data;

    tp_loop_call(box->loop, increment, &box->count);
    box->wrong = box->count != 1;
}

static void a_call_from_the_loop_runs_at_once(void **state)
{
    struct box box = { .loop = start() };

    (void)state;
    tp_loop_call(box.loop, call_self, &box);
    assert_int_equal(box.count, 1);
    assert_int_equal(box.wrong, 0);
    tp_loop_free(box.loop);
}

static void a_call_runs_after_what_was_posted_before(void **state)
{
    tp_loop *loop = start();
    int count = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        tp_loop_post(loop, increment, &count);
    tp_loop_call(loop, increment, &count);
    assert_int_equal(count, 1001);
    tp_loop_free(loop);
}

static void post_again(void *data)
{
    struct box *box = data;

    if (++box->count < 1000)
        tp_loop_post(box->loop, post_again, box);
}

static void what_posts_itself_again_runs_to_its_end_before_the_loop_is_gone(void **state)
{
    struct box box = { .loop = start() };

    (void)state;
    tp_loop_post(box.loop, post_again, &box);
    tp_loop_free(box.loop);
    assert_int_equal(box.count, 1000);
}

/* A post that comes again for ever, until a timer has fired beside it. */
struct spin {
    tp_loop *loop;
    uv_timer_t timer;
    bool fired;
};

static void on_timer(uv_timer_t *timer)
{
    ((struct spin *)timer->data)->fired = true;
    uv_close((uv_handle_t *)timer, NULL);
}

static void spin(void *data)
{
    struct spin *spin_data = data;

    if (!spin_data->fired)
        tp_loop_post(spin_data->loop, spin, spin_data);
}

static void start_spin(void *data)
{
    struct spin *spin_data = data;

    uv_timer_init(tp_loop_uv(spin_data->loop), &spin_data->timer);
    spin_data->timer.data = spin_data;
    uv_timer_start(&spin_data->timer, on_timer, 1, 0);
    spin(data);
}

static void posts_that_post_do_not_starve_timers(void **state)
{
    struct spin data = { .loop = start() };

    (void)state;
    tp_loop_call(data.loop, start_spin, &data);
    tp_loop_free(data.loop);
    assert_true(data.fired);
}

/* A handle that closes while the loop is being freed, and posts from its callback. */
struct closing {
    tp_loop *loop;
    uv_timer_t handle;
    int count;
};

static void on_closed(uv_handle_t *handle)
{
    struct closing *closing = handle->data;

    tp_loop_post(closing->loop, increment, &closing->count);
}

static void close_handle(void *data)
{
    struct closing *closing = data;

    uv_timer_init(tp_loop_uv(closing->loop), &closing->handle);
    closing->handle.data = closing;
    uv_close((uv_handle_t *)&closing->handle, on_closed);
}

static void freeing_waits_for_handles_on_their_way_and_for_what_they_post(void **state)
{
    struct closing closing = { .loop = start() };

    (void)state;
    tp_loop_post(closing.loop, close_handle, &closing);
    tp_loop_free(closing.loop);
    assert_int_equal(closing.count, 1);
}

static void note_thread(void *data)
{
    char name[16];
    sigset_t mask;

    pthread_getname_np(pthread_self(), name, sizeof(name));
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    snprintf(data, 64, "%s int=%d term=%d usr1=%d segv=%d", name, sigismember(&mask, SIGINT),
             sigismember(&mask, SIGTERM), sigismember(&mask, SIGUSR1), sigismember(&mask, SIGSEGV));
}

static void its_thread_has_a_name_and_takes_no_signals_but_faults(void **state)
{
    tp_loop *loop = NULL;
    char text[64];
    sigset_t mask;

    (void)state;
    assert_ok(tp_loop_new(&loop, "a name too long for it"));
    assert_false(tp_loop_is_current(loop));
    tp_loop_call(loop, note_thread, text);
    assert_string_equal(text, "a name too long int=1 term=1 usr1=1 segv=0");
    tp_loop_free(loop);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGINT), 0); /* the caller's own are as they were */
}

/* The last post frees the loop, on another thread, while the poster may be in tp_loop_post still.
 */
static void raise_flag(void *data)
{
    atomic_store((atomic_bool *)data, true);
}

struct last {
    tp_loop *loop;
    atomic_bool done;
};

static void *post_last(void *data)
{
    struct last *last = data;

    tp_loop_post(last->loop, raise_flag, &last->done);
    return NULL;
}

static void a_loop_may_be_freed_as_soon_as_the_last_post_has_run(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct last last = { .loop = start() };
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, post_last, &last), 0);
        while (!atomic_load(&last.done))
            ;
        tp_loop_free(last.loop);
        pthread_join(thread, NULL);
    }
}

static void nothing_is_left_of_a_loop(void **state)
{
    const size_t files = test_count_files(), threads = test_count_threads();

    (void)state;
    for (int i = 0; i < 20; i++)
        tp_loop_free(start());
    tp_loop_free(NULL);
    assert_int_equal(test_count_files(), files);
    assert_int_equal(test_count_threads(), threads);
}

static void without_file_descriptors_it_fails_with_the_reason(void **state)
{
    struct rlimit before, none;
    tp_loop *loop = NULL;
    temporal_error *error;

    (void)state;
    tp_loop_free(start()); /* what libuv opens once for a program is open */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){ 3, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    error = tp_loop_new(&loop, "test");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_null(loop);
    assert_fails(error, SYSTEM, "loop test: cannot make its event queue: Too many open files");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_of_each_thread_run_on_the_loop_in_order_and_none_is_lost),
        cmocka_unit_test(a_call_has_run_when_it_returns),
        cmocka_unit_test(a_call_from_the_loop_runs_at_once),
        cmocka_unit_test(a_call_runs_after_what_was_posted_before),
        cmocka_unit_test(what_posts_itself_again_runs_to_its_end_before_the_loop_is_gone),
        cmocka_unit_test(posts_that_post_do_not_starve_timers),
        cmocka_unit_test(freeing_waits_for_handles_on_their_way_and_for_what_they_post),
        cmocka_unit_test(its_thread_has_a_name_and_takes_no_signals_but_faults),
        cmocka_unit_test(a_loop_may_be_freed_as_soon_as_the_last_post_has_run),
        cmocka_unit_test(nothing_is_left_of_a_loop),
        cmocka_unit_test(without_file_descriptors_it_fails_with_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
