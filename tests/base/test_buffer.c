/* SPDX-License-Identifier: MIT */
/* base/buffer: bytes that grow at the end. */
#include "base/buffer.h"

#include <string.h>

#include "tests/support/support.h"

static void an_empty_buffer_is_just_zero(void **state)
{
    tp_buffer buffer = { 0 };

    (void)state;
    assert_int_equal(tp_buffer_bytes(&buffer).size, 0);
    tp_buffer_append(&buffer, NULL, 0);
    assert_null(buffer.data);
    tp_buffer_clear(&buffer);
    tp_buffer_done(&buffer);
}

static void bytes_are_kept_in_order_while_it_grows(void **state)
{
    tp_buffer buffer = { 0 };

    (void)state;
    for (uint32_t i = 0; i < 20000; i++)
        tp_buffer_append(&buffer, &i, sizeof(i));
    assert_int_equal(buffer.size, 80000);
    for (uint32_t i = 0; i < 20000; i++)
        assert_memory_equal(buffer.data + i * sizeof(i), &i, sizeof(i));
    tp_buffer_done(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.size, 0);
}

static void clearing_keeps_its_memory(void **state)
{
    tp_buffer buffer = { 0 };
    const uint8_t *data;

    (void)state;
    tp_buffer_append_text(&buffer, "first");
    data = buffer.data;
    tp_buffer_clear(&buffer);
    assert_int_equal(buffer.size, 0);
    tp_buffer_append_text(&buffer, "next");
    assert_ptr_equal(buffer.data, data);
    assert_int_equal(buffer.size, 4);
    tp_buffer_done(&buffer);
}

static void formatted_text_of_any_length_comes_whole(void **state)
{
    char expected[600];
    tp_buffer buffer = { 0 };

    (void)state;
    memset(expected, ' ', sizeof(expected));
    for (int length = 1; length < 600; length++) {
        tp_buffer_clear(&buffer);
        tp_buffer_append_text(&buffer, "<");
        tp_buffer_format(&buffer, "%*d", length, 7);
        assert_int_equal(buffer.size, length + 1);
        assert_memory_equal(buffer.data + 1, expected, (size_t)length - 1);
        assert_int_equal(buffer.data[length], '7');
    }
    tp_buffer_done(&buffer);
}

static void reserved_room_does_not_count_before_it_is_used(void **state)
{
    tp_buffer buffer = { 0 };
    uint8_t *room;

    (void)state;
    tp_buffer_append_text(&buffer, "ab");
    room = tp_buffer_reserve(&buffer, 1000);
    assert_int_equal(buffer.size, 2);
    assert_true(buffer.capacity >= 1002);
    memset(room, 'c', 1000);
    buffer.size += 1000;
    assert_memory_equal(tp_buffer_bytes(&buffer).data, "abcc", 4);
    tp_buffer_done(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_is_just_zero),
        cmocka_unit_test(bytes_are_kept_in_order_while_it_grows),
        cmocka_unit_test(clearing_keeps_its_memory),
        cmocka_unit_test(formatted_text_of_any_length_comes_whole),
        cmocka_unit_test(reserved_room_does_not_count_before_it_is_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
