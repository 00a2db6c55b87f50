/* SPDX-License-Identifier: MIT */
/* scripted_server.c -- a gRPC server that answers each call as the call itself tells it to. */
#include "tests/rpc/scripted_server.h"

#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/message.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/status.h"
#include "temporal/api/errordetails/v1/message.pb-c.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"
#include "tests/support/support.h"

#define CALLS_AWAITED 32
#define DETAILS       "temporal.api.errordetails.v1."

struct scripted_server {
    grpc_server *grpc;
    grpc_completion_queue *queue;
    pthread_t thread;
    int port;
    char target[32];

    pthread_mutex_t mutex; /* of what follows */
    tp_map attempts;       /* by key: the number as a pointer */
    unsigned hanging;
};

typedef enum stage {
    STAGE_AWAITED,
    STAGE_READING,
    STAGE_ANSWERING
} stage;

typedef struct served {
    scripted_server *server;
    stage stage;
    bool hangs;
    grpc_call *grpc;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request, *response;
    int cancelled;

    grpc_status_code status;
    grpc_slice status_text;
    grpc_metadata trailing;
    size_t trailing_count;
} served;

/* --- what a call says ------------------------------------------------------------------------- */

/* NULL when it is not there; to be freed. */
static char *find_metadata(const served *call, const char *name)
{
    for (size_t i = 0; i < call->metadata.count; i++) {
        const grpc_metadata *item = &call->metadata.metadata[i];

        if (grpc_slice_str_cmp(item->key, name) == 0)
            return grpc_slice_to_c_string(item->value);
    }
    return NULL;
}

static unsigned count_attempt(scripted_server *server, const char *key)
{
    uintptr_t count;

    pthread_mutex_lock(&server->mutex);
    count = (uintptr_t)tp_map_get(&server->attempts, key) + 1;
    tp_map_put(&server->attempts, key, (void *)count);
    pthread_mutex_unlock(&server->mutex);
    return (unsigned)count;
}

/* The step of that attempt, within script, which is cut up. */
static const char *find_step(char *script, unsigned attempt)
{
    char *rest = script, *step = strsep(&rest, ";");

    while (--attempt > 0 && rest)
        step = strsep(&rest, ";");
    return step;
}

/* --- what it is answered ---------------------------------------------------------------------- */

static void set_response(served *call, const void *data, size_t size)
{
    grpc_slice slice = grpc_slice_from_copied_buffer(data, size);

    call->response = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
}

static void answer_text(served *call, char *text)
{
    Tp__Ws__GetSystemInfoResponse response;
    tp_buffer packed = { 0 };

    tp__ws__get_system_info_response__init(&response);
    response.server_version = text;
    tp_message_pack(&packed, &response.base);
    set_response(call, packed.data, packed.size);
    tp_buffer_done(&packed);
}

static void answer_metadata(served *call)
{
    tp_buffer text = { 0 };

    for (size_t i = 0; i < call->metadata.count; i++) {
        char *name = grpc_slice_to_c_string(call->metadata.metadata[i].key);
        char *value = grpc_slice_to_c_string(call->metadata.metadata[i].value);

        tp_buffer_format(&text, "%s=%s\n", name, value);
        gpr_free(name);
        gpr_free(value);
    }
    tp_buffer_append(&text, "", 1);
    answer_text(call, (char *)text.data);
    tp_buffer_done(&text);
}

static void answer_size(served *call, size_t size)
{
    char *text = tp_alloc(size + 1);

    memset(text, 'x', size);
    answer_text(call, text);
    tp_free(text);
}

static void answer_status(served *call, int code, const char *text)
{
    call->status = (grpc_status_code)code;
    call->status_text = grpc_slice_from_copied_string(text);
}

static void add_detail(served *call, const char *name, const ProtobufCMessage *detail)
{
    char url[128];
    Tp__Pb__Any any, *anys[] = { &any };
    Tp__Rpc__Status status;
    tp_buffer value = { 0 }, packed = { 0 };

    snprintf(url, sizeof url, "type.googleapis.com/%s", name);
    tp_message_pack(&value, detail);
    tp__pb__any__init(&any);
    any.type_url = url;
    any.value.data = value.data;
    any.value.len = value.size;
    tp__rpc__status__init(&status);
    status.n_details = 1;
    status.details = anys;
    tp_message_pack(&packed, &status.base);
    call->trailing.key = grpc_slice_from_static_string("grpc-status-details-bin");
    call->trailing.value = grpc_slice_from_copied_buffer((char *)packed.data, packed.size);
    call->trailing_count = 1;
    tp_buffer_done(&value);
    tp_buffer_done(&packed);
}

static void answer_started(served *call, char *run_id)
{
    Tp__Errordetails__WorkflowExecutionAlreadyStartedFailure detail;

    tp__errordetails__workflow_execution_already_started_failure__init(&detail);
    detail.run_id = run_id;
    answer_status(call, TP_STATUS_ALREADY_EXISTS, "workflow is running");
    add_detail(call, DETAILS "WorkflowExecutionAlreadyStartedFailure", &detail.base);
}

static void answer_query(served *call, const char *text)
{
    Tp__Errordetails__QueryFailedFailure detail;

    tp__errordetails__query_failed_failure__init(&detail);
    answer_status(call, TP_STATUS_INVALID_ARGUMENT, text);
    add_detail(call, DETAILS "QueryFailedFailure", &detail.base);
}

/* What follows the word that the step begins with; NULL when it begins otherwise. */
static char *after(const char *step, const char *word)
{
    size_t size = strlen(word);

    if (strncmp(step, word, size) != 0 || (step[size] && step[size] != ' '))
        return NULL;
    return (char *)(uintptr_t)step + size + (step[size] == ' ');
}

static void play(served *call, const char *step, unsigned attempt)
{
    char text[32], *rest;

    call->status_text = grpc_empty_slice();
    if (after(step, "ok")) {
        snprintf(text, sizeof text, "attempt %u", attempt);
        answer_text(call, text);
    } else if (after(step, "metadata")) {
        answer_metadata(call);
    } else if ((rest = after(step, "size"))) {
        answer_size(call, strtoul(rest, NULL, 10));
    } else if (after(step, "garbage")) {
        set_response(call, "\xff\xff\xff\xff", 4);
    } else if (after(step, "hang")) {
        call->hangs = true;
    } else if ((rest = after(step, "fail"))) {
        int code = (int)strtol(rest, &rest, 10);

        answer_status(call, code, *rest ? rest + 1 : "");
    } else if ((rest = after(step, "started"))) {
        answer_started(call, rest);
    } else if ((rest = after(step, "query"))) {
        answer_query(call, rest);
    } else {
        answer_status(call, TP_STATUS_UNIMPLEMENTED, step);
    }
}

static void follow_script(served *call)
{
    char *script = find_metadata(call, "x-script");
    char *key = find_metadata(call, "x-key");
    unsigned attempt = count_attempt(call->server, key ? key : "");

    play(call, script ? find_step(script, attempt) : "ok", attempt);
    gpr_free(script);
    gpr_free(key);
}

/* --- the way of a call ------------------------------------------------------------------------ */

static void await_call(scripted_server *server)
{
    served *call = tp_alloc(sizeof *call);

    call->server = server;
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    grpc_server_request_call(server->grpc, &call->grpc, &call->details, &call->metadata,
                             server->queue, server->queue, call);
}

static void read_request(served *call)
{
    grpc_op op = { .op = GRPC_OP_RECV_MESSAGE };

    op.data.recv_message.recv_message = &call->request;
    call->stage = STAGE_READING;
    grpc_call_start_batch(call->grpc, &op, 1, call, NULL);
}

static void count_hanging(scripted_server *server, int more)
{
    pthread_mutex_lock(&server->mutex);
    server->hanging += (unsigned)more;
    pthread_mutex_unlock(&server->mutex);
}

static void answer(served *call)
{
    grpc_op ops[4];
    size_t count = 0;

    call->stage = STAGE_ANSWERING;
    memset(ops, 0, sizeof ops);
    ops[count].op = GRPC_OP_RECV_CLOSE_ON_SERVER;
    ops[count++].data.recv_close_on_server.cancelled = &call->cancelled;
    if (call->hangs) {
        count_hanging(call->server, 1);
    } else {
        ops[count++].op = GRPC_OP_SEND_INITIAL_METADATA;
        if (call->response) {
            ops[count].op = GRPC_OP_SEND_MESSAGE;
            ops[count++].data.send_message.send_message = call->response;
        }
        ops[count].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
        ops[count].data.send_status_from_server.status = call->status;
        ops[count].data.send_status_from_server.status_details = &call->status_text;
        ops[count].data.send_status_from_server.trailing_metadata = &call->trailing;
        ops[count++].data.send_status_from_server.trailing_metadata_count = call->trailing_count;
    }
    grpc_call_start_batch(call->grpc, ops, count, call, NULL);
}

static void free_call(served *call)
{
    if (call->hangs)
        count_hanging(call->server, -1);
    if (call->request)
        grpc_byte_buffer_destroy(call->request);
    if (call->response)
        grpc_byte_buffer_destroy(call->response);
    if (call->stage == STAGE_ANSWERING)
        grpc_slice_unref(call->status_text);
    if (call->trailing_count)
        grpc_slice_unref(call->trailing.value);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_call_details_destroy(&call->details);
    if (call->grpc)
        grpc_call_unref(call->grpc);
    tp_free(call);
}

static void go_on(served *call, bool success)
{
    switch (call->stage) {
    case STAGE_AWAITED:
        if (success) {
            await_call(call->server);
            read_request(call);
            return;
        }
        break;
    case STAGE_READING:
        follow_script(call); /* without a request, too: one that is too large ends here by itself */
        answer(call);
        return;
    case STAGE_ANSWERING:
        break;
    }
    free_call(call);
}

static void *serve(void *data)
{
    scripted_server *server = data;
    grpc_event event;

    for (;;) {
        event = grpc_completion_queue_next(server->queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        if (event.type == GRPC_QUEUE_SHUTDOWN)
            return NULL;
        if (event.tag == server) /* shut down: no call is left */
            grpc_completion_queue_shutdown(server->queue);
        else
            go_on(event.tag, event.success);
    }
}

/* --- the server ------------------------------------------------------------------------------- */

scripted_server *scripted_server_start(int port)
{
    scripted_server *server = tp_alloc(sizeof *server);
    grpc_server_credentials *credentials;
    /* Pings as often as a test of keepalive sends them. */
    grpc_arg list[] = {
        { .type = GRPC_ARG_INTEGER,
          .key = (char *)(uintptr_t)GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
          .value.integer = 50 },
        { .type = GRPC_ARG_INTEGER,
          .key = (char *)(uintptr_t)GRPC_ARG_HTTP2_MAX_PING_STRIKES,
          .value.integer = 0 },
    };
    const grpc_channel_args args = { sizeof list / sizeof list[0], list };
    char address[32];

    grpc_init();
    credentials = grpc_insecure_server_credentials_create();
    pthread_mutex_init(&server->mutex, NULL);
    server->queue = grpc_completion_queue_create_for_next(NULL);
    server->grpc = grpc_server_create(&args, NULL);
    grpc_server_register_completion_queue(server->grpc, server->queue, NULL);
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    server->port = grpc_server_add_http2_port(server->grpc, address, credentials);
    grpc_server_credentials_release(credentials);
    assert_true(server->port > 0);
    snprintf(server->target, sizeof server->target, "127.0.0.1:%d", server->port);
    grpc_server_start(server->grpc);
    for (int i = 0; i < CALLS_AWAITED; i++)
        await_call(server);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
    return server;
}

const char *scripted_server_target(const scripted_server *server)
{
    return server->target;
}

int scripted_server_port(const scripted_server *server)
{
    return server->port;
}

unsigned scripted_server_attempts(scripted_server *server, const char *key)
{
    uintptr_t count;

    pthread_mutex_lock(&server->mutex);
    count = (uintptr_t)tp_map_get(&server->attempts, key);
    pthread_mutex_unlock(&server->mutex);
    return (unsigned)count;
}

unsigned scripted_server_hanging(scripted_server *server)
{
    unsigned hanging;

    pthread_mutex_lock(&server->mutex);
    hanging = server->hanging;
    pthread_mutex_unlock(&server->mutex);
    return hanging;
}

void scripted_server_stop(scripted_server *server)
{
    grpc_server_shutdown_and_notify(server->grpc, server->queue, server);
    grpc_server_cancel_all_calls(server->grpc);
    pthread_join(server->thread, NULL);
    grpc_server_destroy(server->grpc);
    grpc_completion_queue_destroy(server->queue);
    grpc_shutdown();
    tp_map_done(&server->attempts);
    pthread_mutex_destroy(&server->mutex);
    tp_free(server);
}
