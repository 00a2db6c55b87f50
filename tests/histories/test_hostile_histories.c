/* SPDX-License-Identifier: MIT */
/* test_hostile_histories.c -- the fuzz target of histories on inputs that are the same in every
 * run: the histories of this folder with events taken out, doubled, exchanged and mixed with those
 * of others, and with bytes changed. */
#include <string.h>

#include "tests/histories/corpus.h"
#include "tests/support/support.h"

#define LLVMFuzzerTestOneInput fuzz_history_one
#include "tests/fuzz/fuzz_history.c"
#undef LLVMFuzzerTestOneInput

#define ROUNDS      20000
#define EVENTS_MOST 256
#define FILES_MOST  64

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 11) % limit;
}

static Tp__History__History *histories[FILES_MOST];
static size_t history_count;

static void give(const Tp__History__History *history, size_t wrong_bytes)
{
    tp_buffer encoded = { 0 };

    tp_message_pack(&encoded, &history->base);
    for (; wrong_bytes > 0 && encoded.size > 0; wrong_bytes--)
        encoded.data[random_below(encoded.size)] = (uint8_t)random_below(256);
    fuzz_history_one(encoded.data, encoded.size);
    tp_buffer_done(&encoded);
}

/* Lists only: the events themselves belong to their history, and stay as they are. */
static void change(tp_event **events, size_t *count, const Tp__History__History *other)
{
    size_t at = random_below(*count), with = random_below(*count);
    tp_event *event = events[at];

    switch (random_below(4)) {
    case 0:
        memmove(events + at, events + at + 1, (*count - at - 1) * sizeof(*events));
        *count -= *count > 1;
        break;
    case 1:
        if (*count == EVENTS_MOST)
            break;
        memmove(events + at + 1, events + at, (*count - at) * sizeof(*events));
        ++*count;
        break;
    case 2:
        events[at] = events[with];
        events[with] = event;
        break;
    default:
        events[at] = other->events[random_below(other->n_events)];
    }
}

/* With ids that count up, so that it is looked at further than its first gap. */
static void give_numbered(Tp__History__History *history, size_t wrong_bytes)
{
    tp_event copies[EVENTS_MOST], *numbered[EVENTS_MOST], **events = history->events;

    for (size_t i = 0; i < history->n_events; i++) {
        copies[i] = *events[i];
        copies[i].event_id = (int64_t)i + 1;
        numbered[i] = &copies[i];
    }
    history->events = numbered;
    give(history, wrong_bytes);
    history->events = events;
}

static void any_history_is_replayed_or_refused(void **state)
{
    tp_event *events[EVENTS_MOST];
    Tp__History__History history;

    (void)state;
    for (size_t i = 0; i < history_count; i++)
        give(histories[i], 0);
    for (size_t round = 0; round < ROUNDS; round++) {
        const Tp__History__History *seed = histories[round % history_count];

        tp__history__history__init(&history);
        history.events = events;
        history.n_events = seed->n_events;
        memcpy(events, seed->events, seed->n_events * sizeof(events[0]));
        for (size_t edits = random_below(4); edits > 0; edits--)
            change(events, &history.n_events, histories[random_below(history_count)]);
        if (random_below(4) > 0)
            give_numbered(&history, random_below(3));
        else
            give(&history, random_below(3));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_is_replayed_or_refused),
    };
    tp_arena arena;
    int failed;

    tp_arena_init(&arena);
    for (const char *const *file = corpus_files(); *file && history_count < FILES_MOST; file++)
        histories[history_count++] = corpus_read(&arena, *file);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    tp_arena_done(&arena);
    return failed;
}
