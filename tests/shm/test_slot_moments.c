/* SPDX-License-Identifier: MIT */
/* tests/shm/test_slot_moments.c -- the two sides of a slot meet at every moment at which they can.
 *
 * The process's side is compiled into this program with a call at each of its moments, where the
 * test lets the worker's side act. What is checked is checked of wrong variants as well (mutants),
 * which must be caught: else the checks would be worth nothing. */
#include <string.h>

static void at(int moment);
enum {
    BEFORE_READY,
    BEFORE_CLAIM,
    AFTER_CLAIM,
    BEFORE_BEAT,
    WHILE_BEATING,
    BEFORE_PUBLISH,
    AFTER_PUBLISH,
    BEFORE_OUTCOME,
    BEFORE_DONE,
    AFTER_DONE,
    MOMENTS
};
#define TP_SLOT_MOMENT(moment) at(moment)
#include "shm/slot_process.c"
#include "tests/shm/slot_pair.h"

static slot_pair pair;
static void (*act)(int moment); /* what the worker does then; NULL: nothing */

static void at(int moment)
{
    if (act)
        act(moment);
}

static int open_pair(void **state)
{
    (void)state;
    slot_pair_open(&pair);
    return 0;
}

static int close_pair(void **state)
{
    (void)state;
    act = NULL;
    slot_pair_close(&pair);
    return 0;
}

/* --- heartbeats: whole at every moment -------------------------------------------------------- */

typedef void beat_fn(tp_slot_process *slot, const void *details, size_t size);

#define BEATS   4
#define PER     4 /* moments of one heartbeat */
#define CHOICES (1u << (BEATS * PER))

static unsigned choice, passed;
static size_t torn, taken;
static unsigned newest_seen;

/* Heartbeat number n is n * 10 bytes of the value n. */
static void take_and_check(void)
{
    tp_buffer details = { 0 };
    bool whole = true;

    if (tp_slot_worker_take_beat(&pair.worker, 0, &details)) {
        unsigned number = details.size ? details.data[0] : 0;

        taken++;
        for (size_t i = 0; i < details.size; i++)
            whole = whole && details.data[i] == number;
        if (!whole || details.size != 10u * number || number <= newest_seen)
            torn++;
        newest_seen = number;
    } else if (pair.worker.violation) {
        torn++;
        pair.worker.violation = NULL;
    }
    tp_buffer_done(&details);
}

static void take_if_chosen(int moment)
{
    if (moment < BEFORE_BEAT || moment > AFTER_PUBLISH)
        return;
    if (choice >> passed++ & 1)
        take_and_check();
}

/* Four heartbeats, and the worker takes at every subset of their sixteen moments. */
static void take_at_all_moments(beat_fn *beat)
{
    uint8_t details[10 * BEATS];

    torn = taken = 0;
    for (choice = 0; choice < CHOICES; choice++) {
        slot_pair_queue(&pair, 0, "a");
        slot_pair_claim(&pair, "a");
        passed = newest_seen = 0;
        act = take_if_chosen;
        for (unsigned number = 1; number <= BEATS; number++) {
            memset(details, (int)number, sizeof details);
            beat(&pair.process, details, 10u * number);
        }
        act = NULL;
        take_and_check();
        if (newest_seen != BEATS)
            torn++; /* the last one is lost */
        slot_pair_finish(&pair, "");
        tp_slot_worker_release(&pair.worker, 0);
    }
}

/* Forgets which buffer it got back. */
static void beat_into_the_published_buffer(tp_slot_process *slot, const void *details, size_t size)
{
    uint32_t back = slot->back;

    tp_slot_process_beat(slot, details, size);
    slot->back = back;
}

/* Publishes before it has said how long it is. */
static void beat_without_its_length(tp_slot_process *slot, const void *details, size_t size)
{
    tp_slot_reply *reply = &slot->view.report->entries[slot->entry];
    uint32_t back = slot->back;

    TP_SLOT_MOMENT(BEFORE_BEAT);
    memcpy(slot->view.heartbeats[slot->entry][back], details, size);
    TP_SLOT_MOMENT(WHILE_BEATING);
    slot->back = atomic_exchange(&reply->middle, back | TP_SLOT_NEW) & 3;
    TP_SLOT_MOMENT(BEFORE_PUBLISH);
    reply->beats[back].size = size;
    reply->beats[back].sequence = slot->sequence;
    TP_SLOT_MOMENT(AFTER_PUBLISH);
}

static void a_heartbeat_is_whole_at_every_moment(void **state)
{
    (void)state;
    take_at_all_moments(tp_slot_process_beat);
    assert_int_equal(torn, 0);
    assert_true(taken > CHOICES);
    take_at_all_moments(beat_into_the_published_buffer);
    assert_true(torn > 0);
    take_at_all_moments(beat_without_its_length);
    assert_true(torn > 0);
}

/* --- heartbeats: announced -------------------------------------------------------------------- */

static int chosen_moment;
static bool worker_has_it;

static void want_beat(int moment)
{
    tp_buffer details = { 0 };

    if (moment != chosen_moment)
        return;
    tp_slot_worker_want_beat(&pair.worker, 0);
    worker_has_it = tp_slot_worker_take_beat(&pair.worker, 0, &details);
    tp_buffer_done(&details);
}

/* The worker begins to want the heartbeat while it is being made: how often nobody learns of it. */
static size_t count_unannounced(beat_fn *beat)
{
    size_t unannounced = 0;

    slot_pair_queue(&pair, 0, "a");
    slot_pair_claim(&pair, "a");
    beat(&pair.process, "first", 5);
    slot_pair_expect_beat(&pair, 0, "first");
    for (chosen_moment = BEFORE_BEAT; chosen_moment <= AFTER_PUBLISH; chosen_moment++) {
        (void)slot_pair_rings(&pair);
        worker_has_it = false;
        act = want_beat;
        beat(&pair.process, "second", 6);
        act = NULL;
        if (!worker_has_it) {
            unannounced += slot_pair_rings(&pair) == 0;
            slot_pair_expect_beat(&pair, 0, "second");
        }
    }
    slot_pair_finish(&pair, "");
    tp_slot_worker_release(&pair.worker, 0);
    (void)slot_pair_rings(&pair);
    return unannounced;
}

/* Asks whether it is wanted before it is there. */
static void beat_and_ask_too_early(tp_slot_process *slot, const void *details, size_t size)
{
    uint32_t wanted = slot->view.orders->entries[slot->entry].beat_wanted, rung = slot->rung;

    slot->rung = UINT32_MAX; /* to ring is left to this */
    tp_slot_process_beat(slot, details, size);
    (void)slot_pair_rings(&pair);
    slot->rung = rung;
    if (wanted != rung) {
        slot->rung = wanted;
        (void)ring(slot);
    }
}

static void a_wanted_heartbeat_is_announced_at_every_moment(void **state)
{
    (void)state;
    assert_int_equal(count_unannounced(tp_slot_process_beat), 0);
    assert_true(count_unannounced(beat_and_ask_too_early) > 0);
}

/* --- waking up -------------------------------------------------------------------------------- */

static int step, chosen_step;

static void queue_at_chosen_step(void)
{
    if (step++ == chosen_step)
        slot_pair_queue(&pair, 0, "a");
}

static bool serve_once(void)
{
    tp_latch *latch = &pair.process.view.report->latch;
    tp_bytes input;

    queue_at_chosen_step();
    tp_latch_reset(latch);
    queue_at_chosen_step();
    if (tp_slot_process_claim(&pair.process, &input))
        return true;
    queue_at_chosen_step();
    return tp_latch_wait(latch, 1); /* false: it would sleep on */
}

static bool serve_once_and_reset_too_late(void)
{
    tp_latch *latch = &pair.process.view.report->latch;
    tp_bytes input;

    queue_at_chosen_step();
    if (tp_slot_process_claim(&pair.process, &input))
        return true;
    queue_at_chosen_step();
    tp_latch_reset(latch);
    queue_at_chosen_step();
    return tp_latch_wait(latch, 1);
}

static size_t count_lost_wakes(bool (*serve)(void))
{
    size_t lost = 0;

    for (chosen_step = 0; chosen_step < 3; chosen_step++) {
        step = 0;
        lost += !serve();
        (void)tp_slot_worker_reset(&pair.worker);
    }
    return lost;
}

static void no_wake_up_is_lost_at_any_moment(void **state)
{
    (void)state;
    assert_int_equal(count_lost_wakes(serve_once), 0);
    assert_true(count_lost_wakes(serve_once_and_reset_too_late) > 0);
}

/* --- taking back ------------------------------------------------------------------------------ */

static bool taken_back;

static void take_back(int moment)
{
    if (moment == chosen_moment)
        taken_back = tp_slot_worker_revoke(&pair.worker, 0);
}

/* Runs the oldest without asking whether it is still there. */
static bool claim_by_force(tp_slot_process *slot, tp_bytes *input)
{
    *input = (tp_bytes){ slot->view.inputs[0], 1 };
    at(BEFORE_CLAIM);
    slot->view.report->entries[0].state = TP_SLOT_WORD(pair.sequence, TP_SLOT_RUNNING);
    at(AFTER_CLAIM);
    return true;
}

/* How often a task has two owners, or none. */
static size_t count_disputes(bool (*claim)(tp_slot_process *slot, tp_bytes *input))
{
    size_t disputes = 0;

    for (chosen_moment = BEFORE_CLAIM; chosen_moment <= AFTER_CLAIM; chosen_moment++) {
        tp_bytes input;

        slot_pair_queue(&pair, 0, "a");
        taken_back = false;
        act = take_back;
        disputes += claim(&pair.process, &input) == taken_back;
        act = NULL;
        (void)tp_slot_worker_reset(&pair.worker);
    }
    return disputes;
}

static void a_task_has_one_owner_at_every_moment(void **state)
{
    (void)state;
    assert_int_equal(count_disputes(tp_slot_process_claim), 0);
    assert_true(count_disputes(claim_by_force) > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)
    const struct CMUnitTest tests[] = {
        TEST(a_heartbeat_is_whole_at_every_moment),
        TEST(a_wanted_heartbeat_is_announced_at_every_moment),
        TEST(no_wake_up_is_lost_at_any_moment),
        TEST(a_task_has_one_owner_at_every_moment),
    };

    return cmocka_run_group_tests_name("shm: slot, moment by moment", tests, NULL, NULL);
}
