/* SPDX-License-Identifier: MIT */
/* test_record.c -- runs each workflow of workflows.h on the real server, and replays what the
 * server then holds.
 *
 * With TEMPORAL_TEST_RECORD=1 in the environment, each history is also written into this folder, as
 * <workflow>.json, without the names of machines. Do so when a workflow here has changed, or a new
 * one has come, and look at what git says has changed. */
#include <stdlib.h>
#include <string.h>

#include <temporal/replayer.h>

#include "converter/proto_json.h"
#include "tests/histories/corpus.h"
#include "tests/histories/workflows.h"
#include "tests/support/live.h"

static temporal_client *client;
static temporal_worker *worker;
static const char *queue;

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

static temporal_handle *begin(const char *workflow, const char *text)
{
    const temporal_argument input = { temporal_string_type(), &text };
    temporal_handle *handle = NULL;

    assert_ok(temporal_client_start_workflow(
        client, workflow, &input, 1, &handle,
        &(const temporal_start_options){ .struct_size = sizeof(temporal_start_options),
                                         .id = test_unique(workflow),
                                         .task_queue = queue }));
    return handle;
}

/* Its first run is what is kept. */
static void keep(const char *name, temporal_handle *handle)
{
    temporal_handle *run = NULL;
    temporal_bytes encoded;
    temporal_replay_history_source source;

    assert_ok(temporal_client_get_handle(client, temporal_handle_id(handle),
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

static void run_to_its_end(const char *workflow, const char *input, const char *expected)
{
    temporal_handle *handle = begin(workflow, input);
    temporal_string output = NULL;

    assert_ok(temporal_handle_result(handle, temporal_string_type(), &output));
    if (expected)
        assert_string_equal(output, expected);
    keep(workflow, handle);
}

static void activities_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_activities", "one", "one! left! right! Mute");
}

static void timers_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_timers", "time", NULL); /* with a random number in it */
}

static temporal_int count_signals(temporal_handle *handle)
{
    temporal_int count = 0;

    assert_ok(temporal_query(handle, with_signals, count, TEMPORAL_NONE, &count));
    return count;
}

static void signals_are_replayed(void **state)
{
    temporal_handle *handle = begin("with_signals", "got");
    temporal_string output = NULL;

    (void)state;
    assert_ok(temporal_signal(handle, with_signals, add, "a"));
    test_wait_for(count_signals(handle) == 1);
    assert_ok(temporal_signal(handle, with_signals, add, "b"));
    test_wait_for(count_signals(handle) == 2);
    assert_ok(temporal_signal(handle, with_signals, add, "c"));
    assert_ok(temporal_get_result(handle, with_signals, &output));
    assert_string_equal(output, "got a!b!c!");
    keep("with_signals", handle);
}

/* By the command line; its exit status. */
static int update(temporal_handle *handle, const char *input)
{
    const char *cli = getenv("TEMPORAL_TEST_CLI");
    test_process *program = test_process_run(
        cli ? cli : "temporal", "workflow", "update", "execute", "--address", test_server_address(),
        "--workflow-id", temporal_handle_id(handle), "--name", "change", "--input", input);
    int status = test_process_wait(program);

    test_process_free(program);
    return status;
}

static void updates_are_replayed(void **state)
{
    temporal_handle *handle = begin("with_updates", "now");
    temporal_string output = NULL;

    (void)state;
    assert_int_equal(update(handle, "\"one\""), 0);
    assert_int_equal(update(handle, "\"\""), 1); /* rejected */
    assert_int_equal(update(handle, "\"two\""), 0);
    assert_ok(temporal_get_result(handle, with_updates, &output));
    assert_string_equal(output, "now two!");
    keep("with_updates", handle);
}

static void scopes_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_scopes", "on", "done!");
}

static void cancellation_is_replayed(void **state)
{
    temporal_handle *handle = begin("with_cancellation", "bye");
    temporal_string output = NULL;

    (void)state;
    test_wait_for(test_describe(handle)->history_length >= 5); /* it sleeps */
    assert_ok(temporal_handle_cancel(handle));
    assert_fails(temporal_get_result(handle, with_cancellation, &output), WORKFLOW, "");
    keep("with_cancellation", handle);
}

static void failures_are_replayed(void **state)
{
    temporal_handle *handle = begin("with_failure", "all");
    temporal_string output = NULL;

    (void)state;
    assert_fails(temporal_get_result(handle, with_failure, &output), WORKFLOW, "");
    keep("with_failure", handle);
}

static void coroutines_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_coroutines", "x", "x0!x1!x2!");
}

static void children_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_children", "kid", "kid well Tantrum");
    run_to_its_end("with_cancelled_child", "", "cancelled");
}

static void the_end_by_a_new_run_is_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_new_run", "first", "second");
}

static void local_activities_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_local_activities", "one", "one! other!! Mute");
}

static void patches_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_patches", "new", "new!!");
}

static void upserts_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_upserts", "remember", "remember 7");
}

static void other_workflows_are_replayed(void **state)
{
    (void)state;
    run_to_its_end("with_others", "gone", "gone nobody nobody");
}

static void reset_to_the_first_task(temporal_handle *handle)
{
    const char *cli = getenv("TEMPORAL_TEST_CLI");
    test_process *program =
        test_process_run(cli ? cli : "temporal", "workflow", "reset", "--address",
                         test_server_address(), "--workflow-id", temporal_handle_id(handle),
                         "--type", "FirstWorkflowTask", "--reason", "to have it again");

    assert_int_equal(test_process_wait(program), 0);
    test_process_free(program);
}

/* The server brings an update that was accepted, and not completed, into the new run as an event.
 */
static void an_update_that_a_reset_brings_again_is_replayed(void **state)
{
    temporal_handle *first = begin("with_reset", "in"), *current = NULL, *again = NULL;
    temporal_update *update = NULL;
    temporal_string output = NULL;

    (void)state;
    assert_ok(temporal_start_update(first, with_reset, enter, "ann", &update));
    reset_to_the_first_task(first);
    assert_ok(temporal_client_get_handle(client, temporal_handle_id(first), NULL, &current));
    assert_ok(temporal_client_get_handle(client, temporal_handle_id(first),
                                         test_describe(current)->run_id, &again));
    assert_ok(temporal_signal(again, with_reset, unlock, TEMPORAL_NONE));
    assert_ok(temporal_get_result(again, with_reset, &output));
    assert_string_equal(output, "in ann!!");
    keep("with_reset", again);
    temporal_update_free(update);
    temporal_handle_free(current);
    temporal_handle_free(first);
}

static int set_up(void **state)
{
    (void)state;
    client = test_connect();
    queue = test_unique("histories");
    worker = test_worker_start(client, .task_queue = queue, .workflows = history_workflows,
                               .threads = { .activities = history_activities, .concurrency = 4 });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_worker_stop(worker);
    temporal_client_free(client);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activities_are_replayed),
        cmocka_unit_test(timers_are_replayed),
        cmocka_unit_test(signals_are_replayed),
        cmocka_unit_test(scopes_are_replayed),
        cmocka_unit_test(cancellation_is_replayed),
        cmocka_unit_test(failures_are_replayed),
        cmocka_unit_test(coroutines_are_replayed),
        cmocka_unit_test(children_are_replayed),
        cmocka_unit_test(updates_are_replayed),
        cmocka_unit_test(the_end_by_a_new_run_is_replayed),
        cmocka_unit_test(local_activities_are_replayed),
        cmocka_unit_test(patches_are_replayed),
        cmocka_unit_test(upserts_are_replayed),
        cmocka_unit_test(other_workflows_are_replayed),
        cmocka_unit_test(an_update_that_a_reset_brings_again_is_replayed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
