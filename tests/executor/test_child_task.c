/* SPDX-License-Identifier: MIT */
/* tests/executor/test_child_task.c -- a task as it lies in a slot: there and back, and nonsense. */
#include "executor/child_task.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/support/support.h"

static temporal_error *nothing(temporal_activity *activity, const void *in, void *out)
{
    (void)activity, (void)in, (void)out;
    return TEMPORAL_OK;
}

static const temporal_activity_def named = { .name = "named", .invoke = nothing };
static const temporal_activity_def dynamic = { .invoke = nothing };
static const temporal_activity_def *const definitions[] = { &named, &dynamic, NULL };

static const tp_task full = {
    .def = &named,
    .def_index = 0,
    .activity_id = "id",
    .activity_type = "named",
    .task_queue = "queue",
    .workflow_id = "w\303\274",
    .workflow_run_id = "run",
    .workflow_type = "type",
    .workflow_namespace = "namespace",
    .attempt = 7,
    .scheduled_at = INT64_C(1700000000123456789),
    .started_at = -1,
    .current_attempt_scheduled_at = INT64_MAX,
    .heartbeat_timeout = 0.1,
    .schedule_to_close_timeout = 1e9,
    .start_to_close_timeout = 3,
    .is_local = true,
    .task_token = { (const uint8_t *)"to\0ken", 6 },
    .input = { (const uint8_t *)"in\0put", 6 },
    .heartbeat_details = { (const uint8_t *)"details", 7 },
    .header = { (const uint8_t *)"header", 6 },
};

static uint8_t slot[4096];

static bool are_equal(tp_bytes one, tp_bytes other)
{
    return one.size == other.size && (!one.size || memcmp(one.data, other.data, one.size) == 0);
}

static bool is_same_text(const char *one, const char *other)
{
    return one == other || (one && other && strcmp(one, other) == 0);
}

static void check_round_trip(const tp_task *task)
{
    tp_arena arena;
    tp_task read;
    size_t size = tp_child_task_write(slot, sizeof slot, task);

    tp_arena_init(&arena);
    assert_ok(tp_child_task_read(&read, &arena, (tp_bytes){ slot, size }, definitions));
    assert_ptr_equal(read.def, task->def);
    assert_int_equal(read.def_index, task->def_index);
    assert_true(is_same_text(read.activity_id, task->activity_id));
    assert_true(is_same_text(read.activity_type, task->activity_type));
    assert_true(is_same_text(read.task_queue, task->task_queue));
    assert_true(is_same_text(read.workflow_id, task->workflow_id));
    assert_true(is_same_text(read.workflow_run_id, task->workflow_run_id));
    assert_true(is_same_text(read.workflow_type, task->workflow_type));
    assert_true(is_same_text(read.workflow_namespace, task->workflow_namespace));
    assert_int_equal(read.attempt, task->attempt);
    assert_int_equal(read.scheduled_at, task->scheduled_at);
    assert_int_equal(read.started_at, task->started_at);
    assert_int_equal(read.current_attempt_scheduled_at, task->current_attempt_scheduled_at);
    assert_true(read.heartbeat_timeout == task->heartbeat_timeout);
    assert_true(read.schedule_to_close_timeout == task->schedule_to_close_timeout);
    assert_true(read.start_to_close_timeout == task->start_to_close_timeout);
    assert_int_equal(read.is_local, task->is_local);
    assert_true(are_equal(read.task_token, task->task_token));
    assert_true(are_equal(read.input, task->input));
    assert_true(are_equal(read.heartbeat_details, task->heartbeat_details));
    assert_true(are_equal(read.header, task->header));
    tp_arena_done(&arena);
}

static void a_task_goes_there_and_back(void **state)
{
    const tp_task empty = { .def = &dynamic, .def_index = 1, .attempt = INT32_MIN };

    (void)state;
    check_round_trip(&full);
    check_round_trip(&empty);
}

static bool is_refused(const uint8_t *data, size_t size)
{
    tp_arena arena;
    tp_task task;
    temporal_error *error;

    tp_arena_init(&arena);
    error = tp_child_task_read(&task, &arena, (tp_bytes){ data, size }, definitions);
    tp_arena_done(&arena);
    if (!error)
        return false;
    assert_int_equal(temporal_error_get_code(error), TEMPORAL_ERROR_SYSTEM);
    assert_contains(temporal_error_message(error), "makes no sense");
    temporal_error_free(error);
    return true;
}

static void every_part_of_a_task_is_refused(void **state)
{
    size_t size = tp_child_task_write(slot, sizeof slot, &full);

    (void)state;
    for (size_t length = 0; length < size; length++) {
        uint8_t *copy = tp_memdup(slot, length); /* of exactly that length */

        assert_true(is_refused(copy, length));
        tp_free(copy);
    }
    assert_false(is_refused(slot, size));
    slot[size] = 0;
    assert_true(is_refused(slot, size + 1)); /* one byte too many */
}

/* Every byte with every value: a task or an error, and no access beyond the bytes. */
static void no_byte_of_nonsense_does_harm(void **state)
{
    size_t size = tp_child_task_write(slot, sizeof slot, &full), refused = 0;
    uint8_t *copy = tp_memdup(slot, size);

    (void)state;
    for (size_t i = 0; i < size; i++)
        for (int value = 0; value < 256; value++) {
            copy[i] = (uint8_t)value;
            refused += is_refused(copy, size);
            copy[i] = slot[i];
        }
    assert_true(refused > 0);
    tp_free(copy);
}

/* A field of another kind, in each place. */
static void a_field_of_another_kind_is_refused(void **state)
{
    size_t size = tp_child_task_write(slot, sizeof slot, &full), used = 0;
    msgpack_unpacked whole;

    (void)state;
    msgpack_unpacked_init(&whole);
    assert_int_equal(msgpack_unpack_next(&whole, (const char *)slot, size, &used),
                     MSGPACK_UNPACK_SUCCESS);
    for (uint32_t wrong = 0; wrong < whole.data.via.array.size; wrong++) {
        msgpack_sbuffer buffer;
        msgpack_packer packer;

        msgpack_sbuffer_init(&buffer);
        msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
        msgpack_pack_array(&packer, whole.data.via.array.size);
        for (uint32_t i = 0; i < whole.data.via.array.size; i++)
            if (i == wrong)
                msgpack_pack_array(&packer, 0);
            else
                msgpack_pack_object(&packer, whole.data.via.array.ptr[i]);
        msgpack_sbuffer_write(&buffer, (const char *)slot + used, size - used);
        assert_true(is_refused((const uint8_t *)buffer.data, buffer.size));
        msgpack_sbuffer_destroy(&buffer);
    }
    msgpack_unpacked_destroy(&whole);
}

static void an_activity_of_another_name_is_refused(void **state)
{
    tp_task task = full;
    size_t size;

    (void)state;
    task.def_index = 1; /* has no name */
    size = tp_child_task_write(slot, sizeof slot, &task);
    assert_true(is_refused(slot, size));
    task.def_index = 2; /* is not there */
    size = tp_child_task_write(slot, sizeof slot, &task);
    assert_true(is_refused(slot, size));
    task.def = &dynamic;
    task.def_index = 0;
    size = tp_child_task_write(slot, sizeof slot, &task);
    assert_true(is_refused(slot, size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_goes_there_and_back),
        cmocka_unit_test(every_part_of_a_task_is_refused),
        cmocka_unit_test(no_byte_of_nonsense_does_harm),
        cmocka_unit_test(a_field_of_another_kind_is_refused),
        cmocka_unit_test(an_activity_of_another_name_is_refused),
    };

    return cmocka_run_group_tests_name("executor: a task in its slot", tests, NULL, NULL);
}
