/* SPDX-License-Identifier: MIT */
/* executor/child_task.c -- writes and reads the record of a task. */
#include "executor/child_task.h"

#include <assert.h>
#include <msgpack.h>
#include <string.h>

#include "shm/pool.h"

#define VERSION 1
/* What the fixed-size fields take at most, and the head of each text. */
#define FIXED_SIZE ((size_t)512)

#define FIELD_COUNT                                                              \
    22 /* as the list in the header has; more than 15, so its head is of 3 bytes \
        */

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
    return refuse(task, what, size, limit, " (processes.payload_max)");
}

temporal_error *tp_child_task_check(const tp_task *task, size_t payload_max)
{
    size_t texts = length_of(task->def->name) + length_of(task->activity_id) +
                   length_of(task->activity_type) + length_of(task->task_queue) +
                   length_of(task->workflow_id) + length_of(task->workflow_run_id) +
                   length_of(task->workflow_type) + length_of(task->workflow_namespace) +
                   task->task_token.size;

    if (task->input.size > payload_max)
        return refuse_size(task, "input", task->input.size, payload_max);
    if (task->input.size + task->header.size > payload_max)
        return refuse_size(task, "input and header", task->input.size + task->header.size,
                           payload_max);
    if (task->heartbeat_details.size > payload_max)
        return refuse_size(task, "heartbeat details", task->heartbeat_details.size, payload_max);
    if (texts > TP_POOL_RECORD_MAX - FIXED_SIZE)
        return refuse(task, "ids and names", texts, TP_POOL_RECORD_MAX - FIXED_SIZE, "");
    return NULL;
}

/* --- writing ---------------------------------------------------------------------------------- */

typedef struct cursor {
    uint8_t *at, *end;
} cursor;

static int put(void *data, const char *bytes, size_t size)
{
    cursor *out = data;

    if (size == 0)
        return 0;
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

/* --- reading ---------------------------------------------------------------------------------- */

/* By hand and field by field: msgpack's own reader believes the lengths that it finds, and
 * allocates for them. */
typedef struct reader {
    tp_bytes rest;
    tp_arena *arena;
    const char *wrong; /* the first thing that was not as it must be; NULL: nothing */
} reader;

static void complain(reader *in, const char *what)
{
    if (!in->wrong)
        in->wrong = what;
}

/* The next so many bytes; NULL when there are not. */
static const uint8_t *take(reader *in, size_t size, const char *what)
{
    const uint8_t *bytes = in->rest.data;

    if (in->wrong || size > in->rest.size) {
        complain(in, what);
        return NULL;
    }
    in->rest.data += size;
    in->rest.size -= size;
    return bytes;
}

static uint8_t take_head(reader *in, const char *what)
{
    const uint8_t *head = take(in, 1, what);

    return head ? *head : 0xc1; /* which msgpack never uses */
}

/* A number of 1, 2, 4 or 8 bytes, the largest first. */
static uint64_t take_number(reader *in, size_t width, const char *what)
{
    const uint8_t *bytes = take(in, width, what);
    uint64_t number = 0;

    for (size_t i = 0; bytes && i < width; i++)
        number = number << 8 | bytes[i];
    return number;
}

static const char *get_text(reader *in, const char *what)
{
    uint8_t head = take_head(in, what);
    const uint8_t *text;
    size_t size = 0;

    if (head == 0xc0)
        return NULL;
    if (head >= 0xa0 && head <= 0xbf)
        size = head & 0x1f;
    else if (head >= 0xd9 && head <= 0xdb)
        size = take_number(in, (size_t)1 << (head - 0xd9), what);
    else
        complain(in, what);
    text = take(in, size, what);
    return text ? tp_arena_strndup(in->arena, (const char *)text, size) : NULL;
}

static tp_bytes get_bytes(reader *in, const char *what)
{
    uint8_t head = take_head(in, what);
    size_t size = 0;

    if (head >= 0xc4 && head <= 0xc6)
        size = take_number(in, (size_t)1 << (head - 0xc4), what);
    else
        complain(in, what);
    return (tp_bytes){ take(in, size, what), in->wrong ? 0 : size };
}

static int64_t get_int(reader *in, int64_t min, int64_t max, const char *what)
{
    uint8_t head = take_head(in, what);
    int64_t number = 0;

    if (head <= 0x7f) {
        number = head;
    } else if (head >= 0xe0) {
        number = (int64_t)head - 256;
    } else if (head >= 0xcc && head <= 0xcf) {
        uint64_t large = take_number(in, (size_t)1 << (head - 0xcc), what);

        number = (int64_t)large;
        if (large > INT64_MAX)
            complain(in, what);
    } else if (head >= 0xd0 && head <= 0xd3) {
        unsigned unused = 64 - (8U << (head - 0xd0));

        /* Its sign is the first of its bits. */
        number = (int64_t)(take_number(in, (size_t)1 << (head - 0xd0), what) << unused) >> unused;
    } else {
        complain(in, what);
    }
    if (number < min || number > max)
        complain(in, what);
    return in->wrong ? min : number;
}

static double get_seconds(reader *in, const char *what)
{
    double seconds;
    uint64_t bits;

    if (take_head(in, what) != 0xcb)
        complain(in, what);
    bits = take_number(in, sizeof bits, what);
    memcpy(&seconds, &bits, sizeof seconds);
    if (!(seconds >= 0))
        complain(in, what);
    return in->wrong ? 0 : seconds;
}

static bool get_bool(reader *in, const char *what)
{
    uint8_t head = take_head(in, what);

    if (head != 0xc2 && head != 0xc3)
        complain(in, what);
    return head == 0xc3;
}

static void read_definition(reader *in, tp_task *task,
                            const temporal_activity_def *const *definitions)
{
    int64_t count = 0;
    const char *name;

    while (definitions[count])
        count++;
    task->def_index = (size_t)get_int(in, 0, count ? count - 1 : 0, "index of the activity");
    name = get_text(in, "name of the definition");
    if (in->wrong)
        return;
    task->def = definitions[task->def_index];
    if (!name != !task->def->name || (name && strcmp(name, task->def->name) != 0))
        complain(in, "name of the definition");
}

static void read_fields(reader *in, tp_task *task)
{
    task->activity_id = get_text(in, "activity id");
    task->activity_type = get_text(in, "activity type");
    task->task_queue = get_text(in, "task queue");
    task->workflow_id = get_text(in, "workflow id");
    task->workflow_run_id = get_text(in, "run id");
    task->workflow_type = get_text(in, "workflow type");
    task->workflow_namespace = get_text(in, "namespace");
    task->attempt = (int32_t)get_int(in, INT32_MIN, INT32_MAX, "attempt");
    task->scheduled_at = get_int(in, INT64_MIN, INT64_MAX, "scheduled at");
    task->started_at = get_int(in, INT64_MIN, INT64_MAX, "started at");
    task->current_attempt_scheduled_at = get_int(in, INT64_MIN, INT64_MAX, "attempt scheduled at");
    task->heartbeat_timeout = get_seconds(in, "heartbeat timeout");
    task->schedule_to_close_timeout = get_seconds(in, "schedule-to-close timeout");
    task->start_to_close_timeout = get_seconds(in, "start-to-close timeout");
    task->is_local = get_bool(in, "is local");
    task->task_token = get_bytes(in, "task token");
}

static void read_payloads(reader *in, tp_task *task)
{
    tp_bytes *parts[] = { &task->input, &task->heartbeat_details, &task->header };
    const char *what = "size of a payload";

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        parts[i]->size = (size_t)get_int(in, 0, INT64_MAX, what);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        parts[i]->data = take(in, parts[i]->size, what);
    if (in->rest.size > 0)
        complain(in, "end");
}

temporal_error *tp_child_task_read(tp_task *task, tp_arena *arena, tp_bytes in,
                                   const temporal_activity_def *const *definitions)
{
    static const uint8_t head[] = { 0xdc, FIELD_COUNT >> 8, FIELD_COUNT & 0xff };
    reader fields = { .rest = in, .arena = arena };
    const uint8_t *found = take(&fields, sizeof head, "head");

    *task = (tp_task){ 0 };
    if (found && memcmp(found, head, sizeof head) != 0)
        complain(&fields, "head");
    (void)get_int(&fields, VERSION, VERSION, "version");
    read_definition(&fields, task, definitions);
    read_fields(&fields, task);
    read_payloads(&fields, task);
    if (fields.wrong)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "the task in the slot makes no sense: its %s is wrong",
                                  fields.wrong);
    return NULL;
}
