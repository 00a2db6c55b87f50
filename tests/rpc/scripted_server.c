/* SPDX-License-Identifier: MIT */
/* scripted_server.c -- a gRPC server that answers each call as the call itself tells it to. */
#include "tests/rpc/scripted_server.h"

#include <grpc/support/alloc.h>
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
#include "tests/support/grpc_server.h"

#define DETAILS "temporal.api.errordetails.v1."

struct scripted_server {
    test_grpc_server *grpc;

    pthread_mutex_t mutex; /* of what follows */
    tp_map attempts;       /* by key: the number as a pointer */
    unsigned hanging;
};

/* --- what a call says ------------------------------------------------------------------------- */

/* NULL when it is not there; to be freed. */
static char *find_metadata(const test_call *call, const char *name)
{
    const grpc_metadata_array *all = test_call_metadata(call);

    for (size_t i = 0; i < all->count; i++) {
        const grpc_metadata *item = &all->metadata[i];

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

static void count_hanging(scripted_server *server, int more)
{
    pthread_mutex_lock(&server->mutex);
    server->hanging += (unsigned)more;
    pthread_mutex_unlock(&server->mutex);
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

static void answer_text(test_call *call, char *text)
{
    Tp__Ws__GetSystemInfoResponse response;
    tp_buffer packed = { 0 };

    tp__ws__get_system_info_response__init(&response);
    response.server_version = text;
    tp_message_pack(&packed, &response.base);
    test_call_answer(call, &(test_answer){ .message = packed.data, .size = packed.size });
    tp_buffer_done(&packed);
}

static void answer_metadata(test_call *call)
{
    const grpc_metadata_array *all = test_call_metadata(call);
    tp_buffer text = { 0 };

    for (size_t i = 0; i < all->count; i++) {
        char *name = grpc_slice_to_c_string(all->metadata[i].key);
        char *value = grpc_slice_to_c_string(all->metadata[i].value);

        tp_buffer_format(&text, "%s=%s\n", name, value);
        gpr_free(name);
        gpr_free(value);
    }
    tp_buffer_append(&text, "", 1);
    answer_text(call, (char *)text.data);
    tp_buffer_done(&text);
}

static void answer_size(test_call *call, size_t size)
{
    char *text = tp_alloc(size + 1);

    memset(text, 'x', size);
    answer_text(call, text);
    tp_free(text);
}

static void answer_status(test_call *call, int code, const char *text)
{
    test_call_answer(call, &(test_answer){ .status = code, .text = text });
}

static void answer_detail(test_call *call, int code, const char *text, const char *name,
                          const ProtobufCMessage *detail)
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
    test_call_answer(call, &(test_answer){ .status = code,
                                           .text = text,
                                           .details = packed.data,
                                           .details_size = packed.size });
    tp_buffer_done(&value);
    tp_buffer_done(&packed);
}

static void answer_started(test_call *call, char *run_id)
{
    Tp__Errordetails__WorkflowExecutionAlreadyStartedFailure detail;

    tp__errordetails__workflow_execution_already_started_failure__init(&detail);
    detail.run_id = run_id;
    answer_detail(call, TP_STATUS_ALREADY_EXISTS, "workflow is running",
                  DETAILS "WorkflowExecutionAlreadyStartedFailure", &detail.base);
}

static void answer_query(test_call *call, const char *text)
{
    Tp__Errordetails__QueryFailedFailure detail;

    tp__errordetails__query_failed_failure__init(&detail);
    answer_detail(call, TP_STATUS_INVALID_ARGUMENT, text, DETAILS "QueryFailedFailure",
                  &detail.base);
}

/* It has no answer: its data says whose number it is in. */
static void hang(scripted_server *server, test_call *call)
{
    test_call_set_data(call, server);
    count_hanging(server, 1);
}

/* What follows the word that the step begins with; NULL when it begins otherwise. */
static char *after(const char *step, const char *word)
{
    size_t size = strlen(word);

    if (strncmp(step, word, size) != 0 || (step[size] && step[size] != ' '))
        return NULL;
    return (char *)(uintptr_t)step + size + (step[size] == ' ');
}

static void play(scripted_server *server, test_call *call, const char *step, unsigned attempt)
{
    char text[32], *rest;

    if (after(step, "ok")) {
        snprintf(text, sizeof text, "attempt %u", attempt);
        answer_text(call, text);
    } else if (after(step, "metadata")) {
        answer_metadata(call);
    } else if ((rest = after(step, "size"))) {
        answer_size(call, strtoul(rest, NULL, 10));
    } else if (after(step, "garbage")) {
        test_call_answer(call, &(test_answer){ .message = "\xff\xff\xff\xff", .size = 4 });
    } else if (after(step, "hang")) {
        hang(server, call);
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

static void serve(void *data, test_call *call)
{
    scripted_server *server = data;
    char *script = find_metadata(call, "x-script");
    char *key = find_metadata(call, "x-key");
    unsigned attempt = count_attempt(server, key ? key : "");

    play(server, call, script ? find_step(script, attempt) : "ok", attempt);
    gpr_free(script);
    gpr_free(key);
}

static void end(void *data, test_call *call)
{
    if (test_call_data(call))
        count_hanging(data, -1);
}

/* --- the server ------------------------------------------------------------------------------- */

scripted_server *scripted_server_start(int port)
{
    scripted_server *server = tp_alloc(sizeof *server);
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

    pthread_mutex_init(&server->mutex, NULL);
    server->grpc = test_grpc_start(&(test_grpc_service){ serve, end, server }, port, &args);
    return server;
}

const char *scripted_server_target(const scripted_server *server)
{
    return test_grpc_target(server->grpc);
}

int scripted_server_port(const scripted_server *server)
{
    return test_grpc_port(server->grpc);
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
    test_grpc_stop(server->grpc);
    tp_map_done(&server->attempts);
    pthread_mutex_destroy(&server->mutex);
    tp_free(server);
}
