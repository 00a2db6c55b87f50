/* SPDX-License-Identifier: MIT */
/* executor/child_task.c -- writes and reads the record with msgpack. */
#include "executor/child_task.h"

#include <assert.h>
#include <msgpack.h>
#include <string.h>

#include "shm/pool.h"

#define VERSION 1
/* What the fixed-size fields take at most, and the head of each text. */
#define FIXED_SIZE ((size_t)512)

enum {
    FIELD_VERSION,
    FIELD_INDEX,
    FIELD_NAME,
    FIELD_ACTIVITY_ID,
    FIELD_ACTIVITY_TYPE,
    FIELD_TASK_QUEUE,
    FIELD_WORKFLOW_ID,
    FIELD_RUN_ID,
    FIELD_WORKFLOW_TYPE,
    FIELD_NAMESPACE,
    FIELD_ATTEMPT,
    FIELD_SCHEDULED_AT,
    FIELD_STARTED_AT,
    FIELD_ATTEMPT_SCHEDULED_AT,
    FIELD_HEARTBEAT_TIMEOUT,
    FIELD_SCHEDULE_TO_CLOSE,
    FIELD_START_TO_CLOSE,
    FIELD_IS_LOCAL,
    FIELD_TOKEN,
    FIELD_INPUT_SIZE,
    FIELD_DETAILS_SIZE,
    FIELD_HEADER_SIZE,
    FIELD_COUNT
};

static size_t length_of(const char *text)
{
    return text ? strlen(text) : 0;
}

static temporal_error *refuse(const tp_task *task, const char *what, size_t size, size_t limit,
                              const char *option)
{
    return temporal_error_application_with(
        TEMPORAL_OPTIONS(temporal_application_error, .type = "ActivityPayloadTooLarge",
                         .non_retryable = true),
        "activity %.200s: %s of %zu bytes, more than the %zu that its process takes%s",
        task->activity_type ? task->activity_type : "(unnamed)", what, size, limit, option);
}

static temporal_error *refuse_size(const tp_task *task, const char *what, size_t size, size_t limit)
{
    return refuse(task, what, size, limit, " (processes.payload_limit)");
}

temporal_error *tp_child_task_check(const tp_task *task, size_t payload_limit)
{
    size_t texts = length_of(task->def->name) + length_of(task->activity_id) +
                   length_of(task->activity_type) + length_of(task->task_queue) +
                   length_of(task->workflow_id) + length_of(task->workflow_run_id) +
                   length_of(task->workflow_type) + length_of(task->workflow_namespace) +
                   task->task_token.size;

    if (task->input.size > payload_limit)
        return refuse_size(task, "input", task->input.size, payload_limit);
    if (task->input.size + task->header.size > payload_limit)
        return refuse_size(task, "input and header", task->input.size + task->header.size,
                           payload_limit);
    if (task->heartbeat_details.size > payload_limit)
        return refuse_size(task, "heartbeat details", task->heartbeat_details.size, payload_limit);
    if (texts > TP_POOL_RECORD_MAX - FIXED_SIZE)
        return refuse(task, "ids and names", texts, TP_POOL_RECORD_MAX - FIXED_SIZE, "");
    return NULL;
}

/* --- writing -------------------------------------------------------------------------------- */

typedef struct cursor {
    uint8_t *at, *end;
} cursor;

static int put(void *data, const char *bytes, size_t size)
{
    cursor *out = data;

    assert((size_t)(out->end - out->at) >= size); /* tp_child_task_check came before */
    memcpy(out->at, bytes, size);
    out->at += size;
    return 0;
}

static void put_text(msgpack_packer *packer, const char *text)
{
    if (text)
        msgpack_pack_str_with_body(packer, text, strlen(text));
    else
        msgpack_pack_nil(packer);
}

static void put_payloads(cursor *out, tp_bytes bytes)
{
    if (bytes.size > 0)
        put(out, (const char *)bytes.data, bytes.size);
}

size_t tp_child_task_write(uint8_t *out, size_t capacity, const tp_task *task)
{
    cursor position = { out, out + capacity };
    msgpack_packer packer;

    msgpack_packer_init(&packer, &position, put);
    msgpack_pack_array(&packer, FIELD_COUNT);
    msgpack_pack_uint64(&packer, VERSION);
    msgpack_pack_uint64(&packer, task->def_index);
    put_text(&packer, task->def->name);
    put_text(&packer, task->activity_id);
    put_text(&packer, task->activity_type);
    put_text(&packer, task->task_queue);
    put_text(&packer, task->workflow_id);
    put_text(&packer, task->workflow_run_id);
    put_text(&packer, task->workflow_type);
    put_text(&packer, task->workflow_namespace);
    msgpack_pack_int64(&packer, task->attempt);
    msgpack_pack_int64(&packer, task->scheduled_at);
    msgpack_pack_int64(&packer, task->started_at);
    msgpack_pack_int64(&packer, task->current_attempt_scheduled_at);
    msgpack_pack_double(&packer, task->heartbeat_timeout);
    msgpack_pack_double(&packer, task->schedule_to_close_timeout);
    msgpack_pack_double(&packer, task->start_to_close_timeout);
    if (task->is_local)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
    msgpack_pack_bin_with_body(&packer, task->task_token.data, task->task_token.size);
    msgpack_pack_uint64(&packer, task->input.size);
    msgpack_pack_uint64(&packer, task->heartbeat_details.size);
    msgpack_pack_uint64(&packer, task->header.size);
    put_payloads(&position, task->input);
    put_payloads(&position, task->heartbeat_details);
    put_payloads(&position, task->header);
    return (size_t)(position.at - out);
}

/* --- reading -------------------------------------------------------------------------------- */

typedef struct reader {
    const msgpack_object *fields;
    tp_arena *arena;
    const char *wrong; /* the first thing that was not as it must be; NULL: nothing */
} reader;

static void complain(reader *in, const char *what)
{
    if (!in->wrong)
        in->wrong = what;
}

static const char *get_text(reader *in, size_t field, const char *what)
{
    const msgpack_object *object = &in->fields[field];

    if (object->type == MSGPACK_OBJECT_NIL)
        return NULL;
    if (object->type != MSGPACK_OBJECT_STR) {
        complain(in, what);
        return NULL;
    }
    return tp_arena_strndup(in->arena, object->via.str.ptr, object->via.str.size);
}

static int64_t get_int(reader *in, size_t field, int64_t min, int64_t max, const char *what)
{
    const msgpack_object *object = &in->fields[field];
    int64_t number = 0;

    if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER && object->via.u64 <= INT64_MAX)
        number = (int64_t)object->via.u64;
    else if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        number = object->via.i64;
    else
        complain(in, what);
    if (number < min || number > max) {
        complain(in, what);
        return min;
    }
    return number;
}

static double get_seconds(reader *in, size_t field, const char *what)
{
    const msgpack_object *object = &in->fields[field];

    if (object->type != MSGPACK_OBJECT_FLOAT64 || !(object->via.f64 >= 0)) {
        complain(in, what);
        return 0;
    }
    return object->via.f64;
}

static void read_fields(reader *in, tp_task *task)
{
    const msgpack_object *local = &in->fields[FIELD_IS_LOCAL], *token = &in->fields[FIELD_TOKEN];

    task->activity_id = get_text(in, FIELD_ACTIVITY_ID, "activity id");
    task->activity_type = get_text(in, FIELD_ACTIVITY_TYPE, "activity type");
    task->task_queue = get_text(in, FIELD_TASK_QUEUE, "task queue");
    task->workflow_id = get_text(in, FIELD_WORKFLOW_ID, "workflow id");
    task->workflow_run_id = get_text(in, FIELD_RUN_ID, "run id");
    task->workflow_type = get_text(in, FIELD_WORKFLOW_TYPE, "workflow type");
    task->workflow_namespace = get_text(in, FIELD_NAMESPACE, "namespace");
    task->attempt = (int32_t)get_int(in, FIELD_ATTEMPT, INT32_MIN, INT32_MAX, "attempt");
    task->scheduled_at = get_int(in, FIELD_SCHEDULED_AT, INT64_MIN, INT64_MAX, "scheduled at");
    task->started_at = get_int(in, FIELD_STARTED_AT, INT64_MIN, INT64_MAX, "started at");
    task->current_attempt_scheduled_at =
        get_int(in, FIELD_ATTEMPT_SCHEDULED_AT, INT64_MIN, INT64_MAX, "attempt scheduled at");
    task->heartbeat_timeout = get_seconds(in, FIELD_HEARTBEAT_TIMEOUT, "heartbeat timeout");
    task->schedule_to_close_timeout =
        get_seconds(in, FIELD_SCHEDULE_TO_CLOSE, "schedule-to-close timeout");
    task->start_to_close_timeout = get_seconds(in, FIELD_START_TO_CLOSE, "start-to-close timeout");
    if (local->type == MSGPACK_OBJECT_BOOLEAN)
        task->is_local = local->via.boolean;
    else
        complain(in, "is local");
    if (token->type == MSGPACK_OBJECT_BIN)
        task->task_token = (tp_bytes){ (const uint8_t *)token->via.bin.ptr, token->via.bin.size };
    else
        complain(in, "task token");
}

static void read_definition(reader *in, tp_task *task,
                            const temporal_activity_def *const *definitions)
{
    const char *name = get_text(in, FIELD_NAME, "name of the definition");
    size_t count = 0;

    while (definitions[count])
        count++;
    task->def_index = (size_t)get_int(in, FIELD_INDEX, 0, count ? (int64_t)count - 1 : 0,
                                      "index of the activity");
    if (in->wrong)
        return;
    task->def = definitions[task->def_index];
    if (!name != !task->def->name || (name && strcmp(name, task->def->name) != 0))
        complain(in, "name of the definition");
}

static void read_payloads(reader *in, tp_task *task, tp_bytes rest)
{
    tp_bytes *parts[] = { &task->input, &task->heartbeat_details, &task->header };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t size = (size_t)get_int(in, FIELD_INPUT_SIZE + i, 0, INT64_MAX, "size of a payload");

        if (size > rest.size) {
            complain(in, "size of a payload");
            return;
        }
        *parts[i] = (tp_bytes){ rest.data, size };
        rest.data += size;
        rest.size -= size;
    }
    if (rest.size > 0)
        complain(in, "end");
}

temporal_error *tp_child_task_read(tp_task *task, tp_arena *arena, tp_bytes in,
                                   const temporal_activity_def *const *definitions)
{
    msgpack_unpacked unpacked;
    reader fields = { .arena = arena };
    size_t used = 0;

    *task = (tp_task){ 0 };
    msgpack_unpacked_init(&unpacked);
    if (msgpack_unpack_next(&unpacked, (const char *)in.data, in.size, &used) !=
            MSGPACK_UNPACK_SUCCESS ||
        unpacked.data.type != MSGPACK_OBJECT_ARRAY || unpacked.data.via.array.size != FIELD_COUNT) {
        fields.wrong = "record";
    } else {
        fields.fields = unpacked.data.via.array.ptr;
        (void)get_int(&fields, FIELD_VERSION, VERSION, VERSION, "version");
        read_fields(&fields, task);
        read_definition(&fields, task, definitions);
        read_payloads(&fields, task, (tp_bytes){ in.data + used, in.size - used });
    }
    msgpack_unpacked_destroy(&unpacked);
    if (fields.wrong)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the task in the slot makes no sense: its %s is wrong",
                                  fields.wrong);
    return NULL;
}
