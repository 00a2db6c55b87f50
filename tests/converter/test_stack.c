/* SPDX-License-Identifier: MIT */
/* How much stack the converter takes where types and JSON nest as deep as they may: at most 64 KiB
 * of a coroutine's stack. Sanitizers make frames larger, so under them this proves only that it
 * works. */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/sanitizer.h"
#include "converter/failure.h"
#include "converter/json.h"
#include "converter/payload.h"
#include "converter/proto_json.h"
#include "google/protobuf/struct.pb-c.h"
#include "tests/support/support.h"

#define STACK_SIZE  ((size_t)1 << 20)
#define STACK_LIMIT ((size_t)64 << 10)
#define PAINT       0xa5

/* Records within lists, maps and sets of themselves: the deepest that 64 levels of JSON allow. */
struct knot {
    struct {
        const struct knot *items;
        size_t count;
    } list;
    struct {
        const struct knot_entry *entries;
        size_t count;
    } map;
    struct {
        const struct knot *items;
        size_t count;
    } set;
};

struct knot_entry {
    const char *key;
    struct knot value;
};

static const temporal_type *knot_type(void);

static const temporal_type *knot_list_type(void)
{
    static const temporal_type type = { .kind = TEMPORAL_KIND_LIST,
                                        .name = "knot_list",
                                        .size = 2 * sizeof(void *),
                                        .element = knot_type };

    return &type;
}

static const temporal_type *knot_set_type(void)
{
    static const temporal_type type = { .kind = TEMPORAL_KIND_SET,
                                        .name = "knot_set",
                                        .size = 2 * sizeof(void *),
                                        .element = knot_type };

    return &type;
}

static const temporal_type *knot_map_type(void)
{
    static const temporal_type type = { .kind = TEMPORAL_KIND_MAP,
                                        .name = "knot_map",
                                        .size = 2 * sizeof(void *),
                                        .element = knot_type,
                                        .entry_size = sizeof(struct knot_entry),
                                        .value_offset = offsetof(struct knot_entry, value) };

    return &type;
}

static const temporal_type *knot_type(void)
{
    static const temporal_field fields[] = {
        { "list", offsetof(struct knot, list), knot_list_type },
        { "map", offsetof(struct knot, map), knot_map_type },
        { "set", offsetof(struct knot, set), knot_set_type },
    };
    static const temporal_type type = { .kind = TEMPORAL_KIND_RECORD,
                                        .name = "knot",
                                        .size = sizeof(struct knot),
                                        .fields = fields,
                                        .field_count = 3 };

    return &type;
}

/* {"<field>":<open>{"<field>": ... so many knots in each other, and in the innermost one's place...
 */
static void tie(tp_buffer *text, int knots, const char *field, const char *open, const char *close,
                const char *innermost)
{
    for (int i = 0; i < knots; i++)
        tp_buffer_format(text, "{\"%s\":%s", field, open);
    tp_buffer_append_text(text, innermost);
    for (int i = 0; i < knots; i++)
        tp_buffer_format(text, "%s}", close);
}

static void read_knot(const char *field, const char *open, const char *close)
{
    tp_arena arena;
    struct knot knot;
    tp_buffer text = { 0 }, wrong = { 0 }, out = { 0 };
    Tp__Common__Payload *payload;
    temporal_value value = { .encoding = "json/plain" };

    tp_arena_init(&arena);
    /* Each knot is two levels. The zero one, which null is read as, is written as two more. */
    tie(&text, TP_JSON_DEPTH / 2 - 1, field, open, close, "null");
    tie(&wrong, TP_JSON_DEPTH / 2, field, open, close, "5");
    value.data = text.data;
    value.size = text.size;
    value.memory = &arena;
    assert_ok(temporal_value_read(&value, knot_type(), &knot));
    assert_ok(tp_payload_make(&arena, knot_type(), &knot, &payload));
    assert_ok(tp_payloads_encode(&out, &(temporal_argument){ knot_type(), &knot }, 1));
    value.data = wrong.data;
    value.size = wrong.size;
    assert_fails(temporal_value_read(&value, knot_type(), &knot), CONVERSION, "expected an object");
    tp_buffer_done(&text);
    tp_buffer_done(&wrong);
    tp_buffer_done(&out);
    tp_arena_done(&arena);
}

static void *read_and_write_knots(void *data)
{
    read_knot("list", "[", "]");
    read_knot("map", "{\"key\":", "}");
    read_knot("set", "[", "]");
    return data;
}

static void *write_failures(void *data)
{
    temporal_error *error = temporal_error_application("T", "innermost"), *back;
    Tp__Failure__Failure *failure;
    tp_buffer out = { 0 };
    tp_arena arena;

    tp_arena_init(&arena);
    for (int i = 0; i < TP_FAILURE_DEPTH; i++)
        error = temporal_error_wrap(error, TEMPORAL_ERROR_ACTIVITY, "link %d", i);
    tp_failure_encode(&out, error);
    failure = tp_failure_from_error(&arena, error);
    back = tp_failure_to_error(failure);
    assert_non_null(back);
    temporal_error_free(back);
    temporal_error_free(error);
    tp_buffer_done(&out);
    tp_arena_done(&arena);
    return data;
}

/* Lists of JSON within each other as a protobuf message: as JSON both ways, and from bytes. */
static void *read_and_write_messages(void *data)
{
    tp_buffer text = { 0 }, out = { 0 }, packed = { 0 };
    ProtobufCMessage *message;
    tp_arena arena;

    tp_arena_init(&arena);
    for (int i = 0; i < TP_PROTO_PAYLOAD_DEPTH / 2 - 1; i++)
        tp_buffer_append_text(&text, "[");
    tp_buffer_append_text(&text, "5.0");
    for (int i = 0; i < TP_PROTO_PAYLOAD_DEPTH / 2 - 1; i++)
        tp_buffer_append_text(&text, "]");
    assert_ok(tp_proto_json_read(&arena, &tp__pb__value__descriptor, tp_buffer_bytes(&text),
                                 TP_PROTO_JSON_PAYLOAD, &message));
    assert_ok(tp_proto_json_write(&out, message, TP_PROTO_PAYLOAD_DEPTH));
    assert_int_equal(out.size, text.size);
    tp_message_pack(&packed, message);
    assert_non_null(tp_message_unpack_within(&arena, &tp__pb__value__descriptor,
                                             tp_buffer_bytes(&packed), TP_PROTO_PAYLOAD_DEPTH));
    tp_buffer_done(&text);
    tp_buffer_done(&out);
    tp_buffer_done(&packed);
    tp_arena_done(&arena);
    return data;
}

/* Bytes of its stack that a thread running body touches. */
static size_t stack_used(void *(*body)(void *))
{
    uint8_t *stack =
        mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t untouched = 0;
    pthread_attr_t attributes;
    pthread_t thread;

    assert_ptr_not_equal(stack, MAP_FAILED);
    memset(stack, PAINT, STACK_SIZE);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_SIZE), 0);
    assert_int_equal(pthread_create(&thread, &attributes, body, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    while (untouched < STACK_SIZE && stack[untouched] == PAINT)
        untouched++;
    pthread_attr_destroy(&attributes);
    munmap(stack, STACK_SIZE);
    return STACK_SIZE - untouched;
}

static void *do_nothing(void *data)
{
    return data;
}

static void assert_modest(void *(*body)(void *), const char *what)
{
    size_t used = stack_used(body), empty = stack_used(do_nothing);

    print_message("%s: %zu bytes of stack\n", what, used - empty);
#if !defined(TP_SANITIZE_ADDRESS) && !defined(TP_SANITIZE_THREAD)
    assert_true(used - empty <= STACK_LIMIT);
#endif
}

static void the_deepest_values_take_little_stack(void **state)
{
    (void)state;
    assert_modest(read_and_write_knots, "values of 64 levels");
}

static void the_deepest_messages_take_little_stack(void **state)
{
    (void)state;
    assert_modest(read_and_write_messages, "messages of TP_PROTO_PAYLOAD_DEPTH levels");
}

static void the_longest_chains_of_causes_take_little_stack(void **state)
{
    (void)state;
    assert_modest(write_failures, "failures of 100 links");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deepest_values_take_little_stack),
        cmocka_unit_test(the_deepest_messages_take_little_stack),
        cmocka_unit_test(the_longest_chains_of_causes_take_little_stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
