/* SPDX-License-Identifier: MIT */
/* test_hostile_slot.c -- the fuzz target of slots on inputs that are the same in every run. */
#include "tests/support/support.h"

#define LLVMFuzzerTestOneInput fuzz_slot_one
#include "tests/fuzz/fuzz_slot.c"
#undef LLVMFuzzerTestOneInput

#define ROUNDS 30000
#define ROOM   256

static void a_worker_survives_whatever_stands_in_a_slot(void **state)
{
    uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
    uint8_t *bytes = tp_alloc(ROOM);

    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < ROOM; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[i] = (uint8_t)(random >> 32);
        }
        fuzz_slot_one(bytes, 1 + round % ROOM);
    }
    tp_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_survives_whatever_stands_in_a_slot),
    };

    return cmocka_run_group_tests_name("hostile slots", tests, NULL, NULL);
}
