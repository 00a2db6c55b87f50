/* SPDX-License-Identifier: MIT */
/* tests/shm/test_segment.c -- memory that processes share. */
#include "shm/segment.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/pool.h"
#include "tests/support/support.h"

#define SIZE ((size_t)1 << 20)

static void memory_written_here_is_read_there(void **state)
{
    static const tp_segment_kind kinds[] = { TP_SEGMENT_ANY, TP_SEGMENT_NAMED };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        tp_segment segment;
        pid_t child;

        assert_ok(tp_segment_new(&segment, SIZE, kinds[i]));
        assert_int_equal(segment.base[0], 0);
        assert_int_equal(segment.base[SIZE - 1], 0);
        child = fork();
        if (child == 0) {
            segment.base[SIZE - 1] = 42;
            _exit(0);
        }
        assert_int_equal(test_reap(child), 0);
        assert_int_equal(segment.base[SIZE - 1], 42);
        tp_segment_close(&segment);
        assert_int_equal(segment.base[SIZE - 1], 42); /* the mapping outlives its descriptor */
        tp_segment_done(&segment);
    }
}

static void nobody_can_cut_a_sealed_segment_short(void **state)
{
    tp_segment segment;

    (void)state;
    assert_ok(tp_segment_new(&segment, SIZE, TP_SEGMENT_ANY));
    assert_int_equal(ftruncate(segment.fd, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(segment.fd, 2 * (off_t)SIZE), -1);
    tp_segment_done(&segment);
}

static void a_named_segment_has_no_name_left(void **state)
{
    size_t files = test_count_files();
    tp_segment segment;
    char path[64], target[256] = "";

    (void)state;
    assert_ok(tp_segment_new(&segment, SIZE, TP_SEGMENT_NAMED));
    snprintf(path, sizeof path, "/proc/self/fd/%d", segment.fd);
    assert_true(readlink(path, target, sizeof target - 1) > 0);
    assert_contains(target, "(deleted)");
    tp_segment_done(&segment);
    assert_int_equal(test_count_files(), files);
}

static void a_full_file_system_is_an_error_and_no_crash(void **state)
{
    size_t files = test_count_files();
    tp_segment segment = { 0 };

    (void)state;
    /* More than any machine has. */
    assert_fails(tp_segment_new(&segment, (size_t)1 << 45, TP_SEGMENT_NAMED), SYSTEM,
                 "lower processes.concurrency or .payload_max");
    assert_null(segment.base);
    assert_int_equal(test_count_files(), files);
}

static void what_cannot_be_mapped_is_an_error(void **state)
{
    size_t files = test_count_files();
    tp_segment segment = { 0 };

    (void)state;
    /* More than there are addresses. */
    assert_fails(tp_segment_new(&segment, (size_t)1 << 50, TP_SEGMENT_ANY), SYSTEM,
                 "lower processes.concurrency or .payload_max");
    assert_int_equal(test_count_files(), files);
    tp_segment_done(&segment);
}

static void a_pool_is_read_as_it_was_written(void **state)
{
    tp_pool_layout made, read;
    tp_segment segment;

    (void)state;
    assert_ok(tp_pool_layout_make(&made, 3, 10000, 5000));
    assert_ok(tp_segment_new(&segment, made.total, TP_SEGMENT_ANY));
    tp_pool_header_write(segment.base, &made);
    assert_ok(tp_pool_header_read(&read, segment.base, segment.size));
    assert_memory_equal(&made, &read, sizeof made);
    assert_true(tp_pool_slot_offset(&read, 2) + read.slot.size == read.total);
    assert_true(read.slot.input_capacity >= 2 * 10000);
    assert_true(read.slot.output_capacity >= 10000);
    tp_segment_done(&segment);
}

/* What a header must not say: each of its words, and the size of the memory. */
static void a_header_that_makes_no_sense_is_refused(void **state)
{
    tp_pool_layout made, read;
    tp_segment segment;

    (void)state;
    assert_ok(tp_pool_layout_make(&made, 3, 10000, 5000));
    assert_ok(tp_segment_new(&segment, made.total, TP_SEGMENT_ANY));
    for (size_t word = 0; word < 10; word++) {
        static const uint32_t values[] = { 0, 1, 0x7fffffff, UINT32_MAX };

        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            temporal_error *error;

            tp_pool_header_write(segment.base, &made);
            if (memcmp(segment.base + 4 * word, &values[i], 4) == 0)
                continue;
            memcpy(segment.base + 4 * word, &values[i], 4);
            error = tp_pool_header_read(&read, segment.base, segment.size);
            assert_non_null(error);
            temporal_error_free(error);
        }
    }
    tp_pool_header_write(segment.base, &made);
    assert_fails(tp_pool_header_read(&read, segment.base, 8), SYSTEM, "too few");
    assert_fails(tp_pool_header_read(&read, segment.base, segment.size - 4096), SYSTEM, "bytes");
    tp_segment_done(&segment);
}

static void a_pool_has_limits_that_are_named(void **state)
{
    tp_pool_layout layout;

    (void)state;
    assert_fails(tp_pool_layout_make(&layout, 0, 1000, 0), INVALID_ARGUMENT,
                 "processes.concurrency");
    assert_fails(tp_pool_layout_make(&layout, 1025, 1000, 0), INVALID_ARGUMENT, "1025");
    assert_fails(tp_pool_layout_make(&layout, 1, 0, 0), INVALID_ARGUMENT, "processes.payload_max");
    assert_fails(tp_pool_layout_make(&layout, 1, SIZE_MAX, 0), INVALID_ARGUMENT,
                 "processes.payload_max");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_written_here_is_read_there),
        cmocka_unit_test(nobody_can_cut_a_sealed_segment_short),
        cmocka_unit_test(a_named_segment_has_no_name_left),
        cmocka_unit_test(a_full_file_system_is_an_error_and_no_crash),
        cmocka_unit_test(what_cannot_be_mapped_is_an_error),
        cmocka_unit_test(a_pool_is_read_as_it_was_written),
        cmocka_unit_test(a_header_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_pool_has_limits_that_are_named),
    };

    return cmocka_run_group_tests_name("shm: segment and pool", tests, NULL, NULL);
}
