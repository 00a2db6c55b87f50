/* SPDX-License-Identifier: MIT */
/* recorder.c -- see recorder.h. */
#include "tests/histories/recorder.h"

#include <stdlib.h>
#include <string.h>

#include <temporal/replayer.h>

#include "converter/proto_json.h"
#include "tests/histories/corpus.h"
#include "tests/histories/workflows.h"
#include "tests/support/live.h"

temporal_client *recorder_client;
const char *recorder_queue;
static temporal_worker *worker;

/* --- writing a history ----------------------------------------------------------------------- */

/* Texts that name the machine or the process. */
static void scrub(const ProtobufCFieldDescriptor *field, void *value, void *data)
{
    static char worker_name[] = "worker@machine", sticky[] = "sticky-queue";
    char **text = value;

    (void)data;
    if (field->type != PROTOBUF_C_TYPE_STRING || !*text)
        return;
    if (strcmp(field->name, "identity") == 0 && **text)
        *text = worker_name;
    if (strcmp(field->name, "name") == 0 && strchr(*text, '@'))
        *text = sticky;
}

/* JSON with a line for each member, as people and git read it. */
static void indent(tp_buffer *out, const char *text, size_t size)
{
    unsigned level = 0;
    bool quoted = false;

    for (size_t i = 0; i < size; i++) {
        bool opens = !quoted && strchr("{[", text[i]), closes = !quoted && strchr("}]", text[i]);

        if (text[i] == '"')
            quoted = !quoted || text[i - 1] == '\\';
        level += opens;
        level -= closes;
        if (closes && !strchr("{[", text[i - 1]))
            tp_buffer_format(out, "\n%*s", (int)level, "");
        tp_buffer_append(out, &text[i], 1);
        if ((opens && !strchr("}]", text[i + 1])) || (!quoted && text[i] == ','))
            tp_buffer_format(out, "\n%*s", (int)level, "");
    }
    tp_buffer_append_text(out, "\n");
}

static void record(const char *name, temporal_bytes encoded)
{
    tp_buffer text = { 0 }, pretty = { 0 };
    char path[256];
    tp_arena arena;
    ProtobufCMessage *message;
    FILE *file;

    tp_arena_init(&arena);
    message = tp_message_unpack(&arena, &tp__history__history__descriptor,
                                (tp_bytes){ encoded.data, encoded.size });
    assert_non_null(message);
    corpus_walk(message, scrub, NULL);
    assert_ok(tp_proto_json_write(&text, message, TP_MESSAGE_DEPTH));
    tp_buffer_append(&text, "", 1);
    indent(&pretty, (const char *)text.data, text.size - 1);
    snprintf(path, sizeof(path), "tests/histories/%s.json", name);
    file = fopen(test_source_path(path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(pretty.data, 1, pretty.size, file), pretty.size);
    assert_int_equal(fclose(file), 0);
    tp_buffer_done(&text);
    tp_buffer_done(&pretty);
    tp_arena_done(&arena);
}

/* --- running --------------------------------------------------------------------------------- */

temporal_handle *recorder_begin(const char *workflow, const char *text)
{
    const temporal_argument input = { temporal_string_type(), &text };
    temporal_handle *handle = NULL;

    assert_ok(temporal_client_start_workflow(
        recorder_client, workflow, &input, 1, &handle,
        &(const temporal_start_options){ .struct_size = sizeof(temporal_start_options),
                                         .id = test_unique(workflow),
                                         .task_queue = recorder_queue }));
    return handle;
}

void recorder_keep(const char *name, temporal_handle *handle)
{
    temporal_handle *run = NULL;
    temporal_bytes encoded;
    temporal_replay_history_source source;

    assert_ok(temporal_client_get_handle(recorder_client, temporal_handle_id(handle),
                                         temporal_handle_run_id(handle), &run));
    assert_ok(temporal_handle_fetch_history(run, &encoded));
    source = (temporal_replay_history_source){ .encoded = encoded };
    assert_ok(
        temporal_replay(.workflows = history_workflows, .histories = &source, .history_count = 1));
    if (getenv("TEMPORAL_TEST_RECORD"))
        record(name, encoded);
    temporal_handle_free(run);
    temporal_handle_free(handle);
}

void recorder_run_to_its_end(const char *workflow, const char *input, const char *expected)
{
    temporal_handle *handle = recorder_begin(workflow, input);
    temporal_string output = NULL;

    assert_ok(temporal_handle_result(handle, temporal_string_type(), &output));
    if (expected)
        assert_string_equal(output, expected);
    recorder_keep(workflow, handle);
}

int recorder_set_up(void **state)
{
    (void)state;
    recorder_client = test_connect();
    recorder_queue = test_unique("histories");
    worker = test_worker_start(recorder_client, .task_queue = recorder_queue,
                               .workflows = history_workflows,
                               .threads = { .activities = history_activities, .concurrency = 4 });
    return 0;
}

int recorder_tear_down(void **state)
{
    (void)state;
    test_worker_stop(worker);
    temporal_client_free(recorder_client);
    return 0;
}
