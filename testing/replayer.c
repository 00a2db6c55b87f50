/* SPDX-License-Identifier: MIT */
/* testing/replayer.c -- histories through today's code, without a server. */
#include <temporal/replayer.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "converter/proto_json.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "workflow/engine.h"

#define READ_AT_ONCE 65536

typedef Tp__History__WorkflowExecutionStartedEventAttributes started_attributes;

/* One history, from its text to its result. */
struct replay {
    const temporal_replay_options *options;
    tp_arena arena;
    Tp__History__History *history;
    temporal_replay_result result;
};

/* --- reading --------------------------------------------------------------------------------- */

static temporal_error *read_file(const char *name, tp_buffer *text)
{
    FILE *file = fopen(name, "rb");
    size_t count;
    int failed;

    if (!file)
        return tp_error_system(errno, "cannot open the history %s", name);
    do {
        count = fread(tp_buffer_reserve(text, READ_AT_ONCE), 1, READ_AT_ONCE, file);
        text->size += count;
    } while (count > 0);
    failed = ferror(file) ? errno : 0;
    fclose(file);
    return failed ? tp_error_system(failed, "cannot read the history %s", name) : NULL;
}

/* Older tools write the events alone, as a list. */
static temporal_error *read_events(struct replay *replay, tp_bytes text, ProtobufCMessage **message)
{
    tp_buffer whole = { 0 };
    temporal_error *error;

    tp_buffer_append_text(&whole, "{\"events\":");
    tp_buffer_append(&whole, text.data, text.size);
    tp_buffer_append_text(&whole, "}");
    error = tp_proto_json_read(&replay->arena, &tp__history__history__descriptor,
                               tp_buffer_bytes(&whole), TP_PROTO_JSON_HISTORY, message);
    tp_buffer_done(&whole);
    return error;
}

static temporal_error *read_json(struct replay *replay, tp_bytes text)
{
    ProtobufCMessage *message;
    size_t at = 0;

    while (at < text.size && text.data[at] <= ' ')
        at++;
    if (at < text.size && text.data[at] == '[')
        TEMPORAL_TRY(read_events(replay, text, &message));
    else
        TEMPORAL_TRY(tp_proto_json_read(&replay->arena, &tp__history__history__descriptor, text,
                                        TP_PROTO_JSON_HISTORY, &message));
    replay->history = (Tp__History__History *)message;
    return NULL;
}

static temporal_error *read_encoded(struct replay *replay, temporal_bytes encoded)
{
    replay->history = tp_message_unpack(&replay->arena, &tp__history__history__descriptor,
                                        (tp_bytes){ encoded.data, encoded.size });
    if (replay->history)
        return NULL;
    return temporal_error_new(TEMPORAL_ERROR_CONVERSION,
                              "the bytes are no temporal.api.history.v1.History");
}

static temporal_error *read_source(struct replay *replay,
                                   const temporal_replay_history_source *source)
{
    const char *json = source->json;

    if (json)
        return read_json(replay, (tp_bytes){ (const uint8_t *)json, strlen(json) });
    if (source->encoded.data)
        return read_encoded(replay, source->encoded);
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "replay: a history needs .json or .encoded");
}

/* --- replaying ------------------------------------------------------------------------------- */

static temporal_error *find_start(const struct replay *replay, const started_attributes **started)
{
    const Tp__History__HistoryEvent *first =
        replay->history->n_events > 0 ? replay->history->events[0] : NULL;

    *started =
        first &&
                first->attributes_case ==
                    TP__HISTORY__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_STARTED_EVENT_ATTRIBUTES
            ? first->workflow_execution_started_event_attributes
            : NULL;
    if (*started && (*started)->workflow_type && *(*started)->workflow_type->name)
        return NULL;
    return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                              "replay: the history does not begin with WorkflowExecutionStarted of "
                              "a workflow type");
}

static const char *first_of(const char *one, const char *other, const char *last)
{
    return one && *one ? one : other && *other ? other : last;
}

static temporal_error *run_engine(struct replay *replay, const started_attributes *started)
{
    const temporal_replay_options *options = replay->options;
    const tp_engine_options settings = {
        .definitions = options->workflows,
        .namespace_name = first_of(options->namespace_name, "default", ""),
        .task_queue = started->task_queue ? started->task_queue->name : "",
        .max_cached = 1,
    };
    Tp__Common__WorkflowExecution execution;
    Tp__Ws__PollWorkflowTaskQueueResponse task;
    tp_engine *engine;
    temporal_error *error;

    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = tp_arena_strdup(&replay->arena, replay->result.workflow_id);
    execution.run_id = tp_arena_strdup(&replay->arena, replay->result.run_id);
    tp__ws__poll_workflow_task_queue_response__init(&task);
    task.workflow_execution = &execution;
    task.workflow_type = started->workflow_type;
    task.history = replay->history;
    TEMPORAL_TRY(tp_engine_new(&engine, &settings));
    error = tp_engine_replay(engine, &task);
    tp_engine_free(engine);
    return error;
}

/* A reset run was another one before; its random numbers are that one's until the reset, and the
 * history says from where on they are new. */
static temporal_error *play(struct replay *replay, const char *workflow_id, const char *run_id)
{
    const started_attributes *started;

    TEMPORAL_TRY(find_start(replay, &started));
    replay->result.workflow_id = first_of(workflow_id, started->workflow_id, "unknown");
    replay->result.run_id = first_of(run_id, started->original_execution_run_id, "unknown");
    replay->result.workflow_type = started->workflow_type->name;
    return run_engine(replay, started);
}

static void begin(struct replay *replay, const temporal_replay_options *options)
{
    *replay = (struct replay){
        .options = options,
        .result = { .workflow_id = "", .run_id = "", .workflow_type = "" },
    };
    tp_arena_init(&replay->arena);
}

/* Tells what became of it; the first failure is kept. False: enough. */
static bool end(struct replay *replay, temporal_error *error, temporal_error **first)
{
    const temporal_replay_options *options = replay->options;

    replay->result.error = error;
    if (options->on_result)
        options->on_result(&replay->result, options->data);
    tp_arena_done(&replay->arena);
    if (!*first)
        *first = error;
    else
        temporal_error_free(error);
    return !*first || !options->stop_at_first_failure;
}

static bool replay_file(const temporal_replay_options *options, const char *name,
                        temporal_error **first)
{
    struct replay replay;
    tp_buffer text = { 0 };
    temporal_error *error;

    begin(&replay, options);
    replay.result.file = name;
    error = read_file(name, &text);
    if (!error)
        error = read_json(&replay, tp_buffer_bytes(&text));
    tp_buffer_done(&text);
    if (!error)
        error = play(&replay, NULL, NULL);
    return end(&replay, error, first);
}

static bool replay_source(const temporal_replay_options *options,
                          const temporal_replay_history_source *source, temporal_error **first)
{
    struct replay replay;
    temporal_error *error;

    begin(&replay, options);
    error = read_source(&replay, source);
    if (!error)
        error = play(&replay, source->workflow_id, source->run_id);
    return end(&replay, error, first);
}

/* --- from a server --------------------------------------------------------------------------- */

static temporal_error *fetch(const temporal_replay_options *options,
                             const temporal_workflow_description *run, temporal_handle **handle,
                             temporal_replay_history_source *source)
{
    source->workflow_id = run->id;
    source->run_id = run->run_id;
    TEMPORAL_TRY(temporal_client_get_handle(options->client, run->id, run->run_id, handle));
    return temporal_handle_fetch_history(*handle, &source->encoded);
}

/* The run's type is known even where its history is not. */
static bool replay_run(const temporal_replay_options *options,
                       const temporal_workflow_description *run, temporal_error **first)
{
    temporal_replay_history_source source = { 0 };
    temporal_handle *handle = NULL;
    temporal_error *error = fetch(options, run, &handle, &source);
    struct replay replay;
    bool more;

    if (!error) {
        more = replay_source(options, &source, first);
    } else {
        begin(&replay, options);
        replay.result.workflow_id = run->id;
        replay.result.run_id = run->run_id;
        replay.result.workflow_type = run->workflow_type;
        more = end(&replay, error, first);
    }
    temporal_handle_free(handle);
    return more;
}

/* An error of the list itself is no result of any run. */
static temporal_error *replay_query(const temporal_replay_options *options, temporal_error **first)
{
    const temporal_workflow_description *run = NULL;
    temporal_workflow_list *list = NULL;
    temporal_error *error;

    TEMPORAL_TRY(temporal_client_list_workflows(options->client, options->query, &list, NULL));
    do {
        error = temporal_workflow_list_next(list, &run);
    } while (!error && run && replay_run(options, run, first));
    temporal_workflow_list_free(list);
    return error;
}

/* --- the calls ------------------------------------------------------------------------------- */

temporal_error *temporal_replay_with(const temporal_replay_options *options)
{
    temporal_replay_options own = { 0 };
    temporal_error *first = NULL;
    bool more = true;

    if (!options)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "replay: options are required");
    memcpy(&own, options, options->struct_size < sizeof(own) ? options->struct_size : sizeof(own));
    if (!own.workflows || !own.workflows[0])
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "replay: .workflows is required");
    if (own.query && !own.client)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "replay: .query needs .client, whose server is asked");
    if ((!own.files || !own.files[0]) && own.history_count == 0 && !own.client)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "replay: one of .files, .histories and .client is required");
    for (const char *const *file = own.files; more && file && *file; file++)
        more = replay_file(&own, *file, &first);
    for (size_t i = 0; more && i < own.history_count; i++)
        more = replay_source(&own, &own.histories[i], &first);
    if (more && own.client) {
        temporal_error *error = replay_query(&own, &first);

        if (error && first)
            temporal_error_free(error);
        else if (error)
            first = error;
    }
    return first;
}

temporal_error *temporal_replay_history(const temporal_workflow_def *workflow,
                                        const char *history_json)
{
    const temporal_workflow_def *const workflows[] = { workflow, NULL };
    const temporal_replay_history_source source = { .json = history_json };
    const temporal_replay_options options = { .struct_size = sizeof(options),
                                              .workflows = workflows,
                                              .histories = &source,
                                              .history_count = 1 };

    return temporal_replay_with(&options);
}
