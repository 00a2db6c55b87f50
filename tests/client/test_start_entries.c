/* SPDX-License-Identifier: MIT */
/* test_start_entries.c -- memos and search attributes of a started workflow. */
#include <string.h>

#include "converter/payload.h"
#include "tests/client/connected.h"
#include "tests/client/tiny_worker.h"

static const Tp__Common__Payload *find_memo(const Tp__Common__Memo *memo, const char *name)
{
    for (size_t i = 0; memo && i < memo->n_fields; i++) {
        if (strcmp(memo->fields[i]->key, name) == 0)
            return memo->fields[i]->value;
    }
    return NULL;
}

static void a_memo_is_kept(void **state)
{
    const temporal_string text = "for the record";
    const temporal_int number = 7;
    const temporal_entry memo[] = { { "text", temporal_string_type(), &text },
                                    { "number", temporal_int_type(), &number },
                                    { 0 } };
    const Tp__History__WorkflowExecutionStartedEventAttributes *started;
    temporal_string read = NULL;
    temporal_handle *handle = NULL;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    assert_ok(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = "queue",
                         .memo = memo));
    started = tiny_started(handle, &arena);
    assert_int_equal(started->memo->n_fields, 2);
    assert_ok(
        tp_payload_read(&arena, find_memo(started->memo, "text"), temporal_string_type(), &read));
    assert_string_equal(read, text);
    assert_non_null(find_memo(started->memo, "number"));
    tp_arena_done(&arena);
    temporal_handle_free(handle);
}

/* --- search attributes ------------------------------------------------------------------------ */

static bool has_type(const Tp__Common__SearchAttributes *attributes, const char *name,
                     const char *type)
{
    for (size_t i = 0; i < attributes->n_indexed_fields; i++) {
        const Tp__Common__Payload *payload = attributes->indexed_fields[i]->value;

        if (strcmp(attributes->indexed_fields[i]->key, name) != 0)
            continue;
        for (size_t j = 0; j < payload->n_metadata; j++) {
            const ProtobufCBinaryData *value = &payload->metadata[j]->value;

            if (strcmp(payload->metadata[j]->key, "type") == 0)
                return value->len == strlen(type) && memcmp(value->data, type, value->len) == 0;
        }
    }
    return false;
}

/* Adds them to the namespace of the client. The messages of that service are not among ours: it is
 * two fields of an empty one. */
static void add_search_attributes(temporal_client *own)
{
    static const char names[][10] = { "OurText", "OurWord", "OurInt", "OurDouble",
                                      "OurBool", "OurDate", "OurList" };
    enum {
        COUNT = sizeof names / sizeof names[0]
    }; /* in the order of their types, from 1 */
    ProtobufCMessageUnknownField fields[COUNT + 1];
    Tp__Ws__GetSystemInfoRequest request;
    uint8_t entries[COUNT][16];
    tp_arena arena;

    tp_arena_init(&arena);
    tp__ws__get_system_info_request__init(&request);
    request.base.n_unknown_fields = COUNT + 1;
    request.base.unknown_fields = fields;
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = strlen(names[i]);
        uint8_t *entry = entries[i]; /* a map entry, behind its length: name = 1, type = 2 */

        entry[0] = (uint8_t)(size + 4);
        entry[1] = 0x0a;
        entry[2] = (uint8_t)size;
        memcpy(entry + 3, names[i], size);
        entry[size + 3] = 0x10;
        entry[size + 4] = (uint8_t)(i + 1);
        fields[i] = (ProtobufCMessageUnknownField){ 1, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
                                                    size + 5, entry };
    }
    fields[COUNT] = (ProtobufCMessageUnknownField){
        2, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, 1 + strlen(own->namespace_name),
        (uint8_t *)tp_arena_format(&arena, "%c%s", (int)strlen(own->namespace_name),
                                   own->namespace_name)
    };
    assert_ok(tp_client_call(own,
                             &(const tp_call_options){
                                 .service = "temporal.api.operatorservice.v1.OperatorService",
                                 .method = "AddSearchAttributes",
                                 .request = &request.base,
                                 .response = &tp__ws__get_system_info_response__descriptor,
                             },
                             &arena, NULL));
    tp_arena_done(&arena);
}

static bool has_started(temporal_client *own, temporal_handle **handle,
                        const temporal_entry *attributes)
{
    temporal_error *error = tiny_start(own, handle, .id = "attributed", .task_queue = "queue",
                                       .search_attributes = attributes);
    bool known = !error || !strstr(temporal_error_message(error), "no mapping defined");

    if (known)
        assert_ok(error);
    temporal_error_free(error);
    return known;
}

static void search_attributes_of_every_type_are_accepted(void **state)
{
    static const char *const tags[] = { "a", "b" };
    const temporal_string keyword = "a-1";
    const temporal_text text = "three short words";
    const temporal_datetime when = "2026-11-23T10:00:00Z";
    const temporal_int number = 5;
    const temporal_double real = 0.5;
    const temporal_bool yes = true;
    const temporal_string_list list = { tags, 2 };
    const temporal_entry attributes[] = {
        { "OurWord", temporal_string_type(), &keyword },
        { "OurText", temporal_text_type(), &text },
        { "OurDate", temporal_datetime_type(), &when },
        { "OurInt", temporal_int_type(), &number },
        { "OurDouble", temporal_double_type(), &real },
        { "OurBool", temporal_bool_type(), &yes },
        { "OurList", temporal_string_list_type(), &list },
        { 0 },
    };
    const Tp__History__WorkflowExecutionStartedEventAttributes *started;
    const char *name = test_unique("namespace");
    temporal_client *own = NULL;
    temporal_handle *handle = NULL;
    tp_arena arena;

    (void)state;
    tp_arena_init(&arena);
    tiny_register_namespace(client, name);
    assert_ok(temporal_client_copy(&own, client, .namespace_name = name));
    add_search_attributes(own);
    test_wait_for(has_started(own, &handle, attributes));
    started = tiny_started(handle, &arena);
    assert_true(has_type(started->search_attributes, "OurWord", "Keyword"));
    assert_true(has_type(started->search_attributes, "OurText", "Text"));
    assert_true(has_type(started->search_attributes, "OurDate", "Datetime"));
    assert_true(has_type(started->search_attributes, "OurInt", "Int"));
    assert_true(has_type(started->search_attributes, "OurDouble", "Double"));
    assert_true(has_type(started->search_attributes, "OurBool", "Bool"));
    assert_true(has_type(started->search_attributes, "OurList", "KeywordList"));
    tp_arena_done(&arena);
    temporal_handle_free(handle);
    temporal_client_free(own);
}

static void search_attributes_that_cannot_be_are_refused(void **state)
{
    const temporal_bytes bytes = { "x", 1 };
    const temporal_string text = "x";
    const temporal_entry wrong_type[] = { { "CustomKeywordField", temporal_bytes_type(), &bytes },
                                          { 0 } };
    const temporal_entry unknown[] = { { "NoSuchField", temporal_string_type(), &text }, { 0 } };
    const temporal_entry unnamed[] = { { "", temporal_string_type(), &text }, { 0 } };
    temporal_handle *handle = NULL;

    (void)state;
    assert_fails(tiny_start(client, &handle, .id = "x", .task_queue = "queue",
                            .search_attributes = wrong_type),
                 INVALID_ARGUMENT, "CustomKeywordField: a temporal_bytes cannot be one");
    assert_fails(tiny_start(client, &handle, .id = test_unique("workflow"), .task_queue = "queue",
                            .search_attributes = unknown),
                 INVALID_ARGUMENT, "NoSuchField");
    assert_fails(
        tiny_start(client, &handle, .id = "x", .task_queue = "queue", .search_attributes = unnamed),
        INVALID_ARGUMENT, "name of a search attribute");
    assert_null(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_memo_is_kept),
        cmocka_unit_test(search_attributes_of_every_type_are_accepted),
        cmocka_unit_test(search_attributes_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, open_client, close_client);
}
