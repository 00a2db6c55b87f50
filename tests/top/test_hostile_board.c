/* SPDX-License-Identifier: MIT */
/* test_hostile_board.c -- the fuzz target of boards on inputs that are the same in every run. */
#include "tests/support/support.h"

#define LLVMFuzzerTestOneInput fuzz_board_one
#include "tests/fuzz/fuzz_board.c"
#undef LLVMFuzzerTestOneInput

#define ROUNDS 1500
#define ROOM   200

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state >> 11;
}

static void whatever_stands_on_a_board_is_shown_as_text(void **state)
{
    uint8_t bytes[ROOM];

    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t size = (size_t)next_random() % ROOM;

        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)next_random();
        if (size > 3) { /* most of the board is empty: where something stands */
            bytes[0] = (uint8_t)(next_random() % 8);
            bytes[2] = (uint8_t)(next_random() % 100);
        }
        fuzz_board_one(bytes, size);
    }
}

/* Texts alone, which most random bytes never get to. */
static void whatever_stands_in_its_texts_is_printable(void **state)
{
    const size_t first = 64 + 8 + sizeof(tp_board_worker) + 8; /* the first process's */
    const size_t text = first + offsetof(tp_board_process, activity_type);
    uint8_t bytes[3 + TP_BOARD_TEXT];

    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        bytes[0] = (uint8_t)(text >> 8);
        bytes[1] = (uint8_t)text;
        bytes[2] = TP_BOARD_TEXT;
        for (size_t i = 3; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)next_random();
        fuzz_board_one(bytes, sizeof bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_stands_on_a_board_is_shown_as_text),
        cmocka_unit_test(whatever_stands_in_its_texts_is_printable),
    };

    return cmocka_run_group_tests_name("hostile boards", tests, NULL, NULL);
}
