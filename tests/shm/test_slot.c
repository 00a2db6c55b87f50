/* SPDX-License-Identifier: MIT */
/* tests/shm/test_slot.c -- the protocol of a slot, step by step, and a process that does not keep
 * to it. */
#include <string.h>
#include <unistd.h>

#include "tests/shm/slot_pair.h"

static slot_pair pair;

static int open_pair(void **state)
{
    (void)state;
    slot_pair_open(&pair);
    return 0;
}

static int close_pair(void **state)
{
    (void)state;
    slot_pair_close(&pair);
    return 0;
}

/* --- tasks ------------------------------------------------------------------------------------ */

static void a_task_goes_there_and_its_result_back(void **state)
{
    (void)state;
    slot_pair_queue(&pair, 0, "input");
    assert_int_equal(tp_slot_worker_look(&pair.worker, 0), TP_SLOT_LOOK_QUEUED);
    slot_pair_claim(&pair, "input");
    assert_int_equal(tp_slot_worker_look(&pair.worker, 0), TP_SLOT_LOOK_RUNNING);
    slot_pair_finish(&pair, "output");
    assert_int_equal(slot_pair_rings(&pair), 1);
    slot_pair_expect_output(&pair, 0, "output");
    slot_pair_queue(&pair, 0, "again");
    slot_pair_claim(&pair, "again");
    slot_pair_finish(&pair, "");
    slot_pair_expect_output(&pair, 0, "");
}

static void the_older_task_is_claimed_first(void **state)
{
    tp_bytes input;

    (void)state;
    slot_pair_queue(&pair, 1, "first");
    slot_pair_queue(&pair, 0, "second");
    slot_pair_claim(&pair, "first");
    slot_pair_finish(&pair, "1");
    slot_pair_claim(&pair, "second");
    assert_int_equal(pair.process.entry, 0);
    slot_pair_finish(&pair, "2");
    assert_false(tp_slot_process_claim(&pair.process, &input));
    slot_pair_expect_output(&pair, 0, "2");
    slot_pair_expect_output(&pair, 1, "1");
}

static void a_task_can_be_taken_back_until_it_is_claimed(void **state)
{
    tp_bytes input;

    (void)state;
    slot_pair_queue(&pair, 0, "stays");
    slot_pair_queue(&pair, 1, "goes");
    assert_true(tp_slot_worker_revoke(&pair.worker, 1));
    slot_pair_claim(&pair, "stays");
    assert_false(tp_slot_worker_revoke(&pair.worker, 0));
    assert_false(tp_slot_process_claim(&pair.process, &input));
    slot_pair_queue(&pair, 1, "comes");
    slot_pair_finish(&pair, "");
    assert_false(tp_slot_worker_revoke(&pair.worker, 0));
    slot_pair_claim(&pair, "comes");
}

static void a_cancellation_is_for_one_attempt(void **state)
{
    (void)state;
    slot_pair_queue(&pair, 0, "a");
    slot_pair_queue(&pair, 1, "b");
    slot_pair_claim(&pair, "a");
    assert_int_equal(tp_slot_process_cancel_reason(&pair.process), 0);
    tp_slot_worker_cancel(&pair.worker, 0, 3);
    assert_int_equal(tp_slot_process_cancel_reason(&pair.process), 3);
    slot_pair_finish(&pair, "");
    slot_pair_claim(&pair, "b");
    assert_int_equal(tp_slot_process_cancel_reason(&pair.process), 0);
    slot_pair_finish(&pair, "");
    slot_pair_expect_output(&pair, 0, "");
    slot_pair_queue(&pair, 0, "c"); /* in the same entry */
    slot_pair_claim(&pair, "c");
    assert_int_equal(tp_slot_process_cancel_reason(&pair.process), 0);
}

static void each_order_posts_the_latch(void **state)
{
    tp_latch *latch = &pair.process.view.report->latch;

    (void)state;
    tp_latch_reset(latch);
    slot_pair_queue(&pair, 0, "a");
    assert_true(tp_latch_wait(latch, 1));
    slot_pair_claim(&pair, "a");
    tp_slot_worker_cancel(&pair.worker, 0, 1);
    assert_true(tp_latch_wait(latch, 1));
    tp_slot_worker_set_flags(&pair.worker, TP_SLOT_SHUTDOWN);
    assert_true(tp_latch_wait(latch, 1));
    assert_int_equal(tp_slot_process_flags(&pair.process), TP_SLOT_SHUTDOWN);
    assert_false(tp_latch_wait(latch, 1));
}

static void the_next_process_finds_nothing_of_the_last_one(void **state)
{
    tp_bytes input;

    (void)state;
    slot_pair_queue(&pair, 0, "a");
    slot_pair_queue(&pair, 1, "b");
    slot_pair_claim(&pair, "a");
    slot_pair_beat(&pair, "beat");
    assert_int_equal(tp_slot_worker_reset(&pair.worker), 2);
    assert_false(tp_slot_worker_is_ready(&pair.worker));
    assert_false(tp_slot_process_claim(&pair.process, &input));
    assert_false(tp_latch_wait(&pair.process.view.report->latch, 1));
    slot_pair_queue(&pair, 0, "c");
    slot_pair_claim(&pair, "c");
    slot_pair_expect_beat(&pair, 0, NULL);
}

/* --- heartbeats ------------------------------------------------------------------------------- */

static void the_newest_heartbeat_wins_and_is_taken_once(void **state)
{
    tp_buffer details = { 0 };

    (void)state;
    slot_pair_queue(&pair, 0, "a");
    slot_pair_claim(&pair, "a");
    slot_pair_expect_beat(&pair, 0, NULL);
    assert_false(tp_slot_worker_last_beat(&pair.worker, 0, &details));
    slot_pair_beat(&pair, "one");
    slot_pair_expect_beat(&pair, 0, "one");
    slot_pair_expect_beat(&pair, 0, NULL);
    slot_pair_beat(&pair, "two");
    slot_pair_beat(&pair, "three");
    slot_pair_beat(&pair, "");
    slot_pair_expect_beat(&pair, 0, "");
    slot_pair_beat(&pair, "four");
    slot_pair_expect_beat(&pair, 0, "four");
    slot_pair_expect_beat(&pair, 0, NULL);
    assert_true(tp_slot_worker_last_beat(&pair.worker, 0, &details));
    assert_memory_equal(details.data, "four", 4);
    tp_buffer_done(&details);
}

static void the_last_heartbeat_outlives_the_next_attempt(void **state)
{
    (void)state;
    slot_pair_queue(&pair, 0, "a");
    slot_pair_queue(&pair, 1, "b");
    slot_pair_claim(&pair, "a");
    slot_pair_beat(&pair, "last of a");
    slot_pair_finish(&pair, "");
    slot_pair_claim(&pair, "b");
    for (int i = 0; i < 5; i++)
        slot_pair_beat(&pair, "of b");
    slot_pair_expect_beat(&pair, 0, "last of a");
    slot_pair_expect_beat(&pair, 1, "of b");
    slot_pair_expect_output(&pair, 0, "");
    slot_pair_queue(&pair, 0, "c");
    slot_pair_expect_beat(&pair, 0, NULL);
}

static void only_a_heartbeat_that_is_wanted_rings(void **state)
{
    (void)state;
    slot_pair_queue(&pair, 0, "a");
    slot_pair_claim(&pair, "a");
    slot_pair_beat(&pair, "first");
    assert_int_equal(slot_pair_rings(&pair), 1);
    for (int i = 0; i < 10; i++)
        slot_pair_beat(&pair, "more");
    assert_int_equal(slot_pair_rings(&pair), 0);
    slot_pair_expect_beat(&pair, 0, "more");
    tp_slot_worker_want_beat(&pair.worker, 0);
    slot_pair_expect_beat(&pair, 0, NULL);
    slot_pair_beat(&pair, "wanted");
    slot_pair_beat(&pair, "not wanted");
    assert_int_equal(slot_pair_rings(&pair), 1);
    slot_pair_finish(&pair, "");
    assert_int_equal(slot_pair_rings(&pair), 1);
    slot_pair_expect_output(&pair, 0, "");
    slot_pair_queue(&pair, 0, "b");
    slot_pair_claim(&pair, "b");
    slot_pair_beat(&pair, "first again");
    assert_int_equal(slot_pair_rings(&pair), 1);
}

/* --- a process that does not keep to it ------------------------------------------------------- */

static void begin(void)
{
    slot_pair_queue(&pair, 0, "a");
    slot_pair_claim(&pair, "a");
    slot_pair_beat(&pair, "beat");
}

static void every_impossible_state_is_a_violation(void **state)
{
    (void)state;
    slot_pair_queue(&pair, 0, "a");
    slot_pair_claim(&pair, "a");
    for (uint64_t low = 0; low < 256; low++) {
        uint64_t sequences[] = { 0, pair.sequence - 1, pair.sequence, pair.sequence + 1,
                                 (UINT64_C(1) << 56) - 1 };

        for (size_t i = 0; i < 5; i++) {
            bool possible =
                sequences[i] == pair.sequence &&
                (low == TP_SLOT_QUEUED || low == TP_SLOT_RUNNING || low == TP_SLOT_DONE);

            pair.worker.violation = NULL;
            pair.process.view.report->entries[0].state = TP_SLOT_WORD(sequences[i], low);
            assert_int_equal(tp_slot_worker_look(&pair.worker, 0) == TP_SLOT_LOOK_WRONG, !possible);
            assert_int_equal(pair.worker.violation != NULL, !possible);
        }
    }
}

static void an_impossible_length_of_the_output_is_a_violation(void **state)
{
    uint64_t capacity = pair.worker.view.output_capacity;
    uint64_t sizes[] = { capacity + 1, UINT32_MAX, UINT64_MAX };
    tp_buffer output = { 0 };
    uint32_t outcome;

    (void)state;
    begin();
    slot_pair_finish(&pair, "");
    for (size_t i = 0; i < 3; i++) {
        pair.worker.violation = NULL;
        pair.process.view.report->entries[0].output_size = sizes[i];
        assert_false(tp_slot_worker_take_output(&pair.worker, 0, &output, &outcome));
        assert_non_null(pair.worker.violation);
    }
    pair.process.view.report->entries[0].output_size = capacity;
    assert_true(tp_slot_worker_take_output(&pair.worker, 0, &output, &outcome));
    assert_int_equal(output.size, capacity);
    tp_buffer_done(&output);
}

static void every_impossible_buffer_is_a_violation(void **state)
{
    tp_buffer details = { 0 };

    (void)state;
    begin();
    for (uint32_t word = 0; word < 300; word++) {
        uint32_t front = pair.worker.front[0];
        /* 0 or 2, whichever is not the worker's, and new */
        bool possible = (word & TP_SLOT_NEW) && (word & ~TP_SLOT_NEW) < TP_SLOT_BUFFERS &&
                        (word & ~TP_SLOT_NEW) != front;

        if (!(word & TP_SLOT_NEW) || possible)
            continue; /* as if there were none; or fine */
        pair.worker.violation = NULL;
        pair.process.view.report->entries[0].middle = word;
        assert_false(tp_slot_worker_take_beat(&pair.worker, 0, &details));
        assert_non_null(pair.worker.violation);
        assert_int_equal(pair.worker.front[0], front);
    }
}

static void an_impossible_heartbeat_is_a_violation(void **state)
{
    tp_slot_reply *reply = &pair.process.view.report->entries[0];
    tp_buffer details = { 0 };

    (void)state;
    begin();
    reply->beats[0].size = pair.worker.view.heartbeat_capacity + 1;
    assert_false(tp_slot_worker_take_beat(&pair.worker, 0, &details));
    assert_non_null(pair.worker.violation);
    assert_false(tp_slot_worker_last_beat(&pair.worker, 0, &details));
    pair.worker.violation = NULL;
    slot_pair_beat(&pair, "of another attempt");
    reply->beats[2].sequence = pair.sequence + 1;
    assert_false(tp_slot_worker_take_beat(&pair.worker, 0, &details));
    assert_non_null(pair.worker.violation);
    tp_buffer_done(&details);
}

static void a_closed_bell_is_noticed(void **state)
{
    (void)state;
    begin();
    close(pair.process.bell);
    assert_false(tp_slot_process_finish(&pair.process, 7, 0));
    assert_int_equal(tp_slot_worker_look(&pair.worker, 0), TP_SLOT_LOOK_DONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)
    const struct CMUnitTest tests[] = {
        TEST(a_task_goes_there_and_its_result_back),
        TEST(the_older_task_is_claimed_first),
        TEST(a_task_can_be_taken_back_until_it_is_claimed),
        TEST(a_cancellation_is_for_one_attempt),
        TEST(each_order_posts_the_latch),
        TEST(the_next_process_finds_nothing_of_the_last_one),
        TEST(the_newest_heartbeat_wins_and_is_taken_once),
        TEST(the_last_heartbeat_outlives_the_next_attempt),
        TEST(only_a_heartbeat_that_is_wanted_rings),
        TEST(every_impossible_state_is_a_violation),
        TEST(an_impossible_length_of_the_output_is_a_violation),
        TEST(every_impossible_buffer_is_a_violation),
        TEST(an_impossible_heartbeat_is_a_violation),
        TEST(a_closed_bell_is_noticed),
    };

    return cmocka_run_group_tests_name("shm: slot", tests, NULL, NULL);
}
