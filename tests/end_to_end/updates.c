/* SPDX-License-Identifier: MIT */
/* updates.c -- see updates.h. */
#include "tests/end_to_end/updates.h"

#include <string.h>

#include "base/uuid.h"
#include "client/handle.h"
#include "temporal/api/workflowservice/v1/request_response.pb-c.h"

#define STAGE(name) \
    TP__ENUMS__UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE__UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_##name
#define OPERATION(name) TP__WS__EXECUTE_MULTI_OPERATION_REQUEST__OPERATION__OPERATION_##name

static char told[1024];

static void tell(const Tp__Update__Outcome *outcome)
{
    const Tp__Failure__Failure *failure;

    assert_non_null(outcome);
    if (outcome->value_case == TP__UPDATE__OUTCOME__VALUE_SUCCESS) {
        const Tp__Common__Payloads *payloads = outcome->success;
        bool empty = !payloads || payloads->n_payloads == 0;

        (void)snprintf(told, sizeof told, "ok%s%.*s", empty ? "" : " ",
                       empty ? 0 : (int)payloads->payloads[0]->data.len,
                       empty ? "" : (const char *)payloads->payloads[0]->data.data);
        return;
    }
    failure = outcome->failure;
    while (failure->cause)
        failure = failure->cause;
    (void)snprintf(told, sizeof told, "failed %s: %s",
                   failure->failure_info_case ==
                           TP__FAILURE__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO
                       ? failure->application_failure_info->type
                       : "(other)",
                   failure->message);
}

static Tp__Common__Payloads *make_input(tp_arena *arena, const char *json)
{
    Tp__Common__Payloads *payloads;
    Tp__Common__Payload *payload;
    Tp__Common__Payload__MetadataEntry *entry;

    if (!json)
        return NULL;
    payloads = tp_arena_alloc(arena, sizeof *payloads);
    payload = tp_arena_alloc(arena, sizeof *payload);
    entry = tp_arena_alloc(arena, sizeof *entry);
    tp__common__payloads__init(payloads);
    tp__common__payload__init(payload);
    tp__common__payload__metadata_entry__init(entry);
    entry->key = tp_arena_strdup(arena, "encoding");
    entry->value.data = (uint8_t *)tp_arena_strdup(arena, "json/plain");
    entry->value.len = strlen("json/plain");
    payload->metadata = tp_arena_memdup(arena, &entry, sizeof(entry));
    payload->n_metadata = 1;
    payload->data.data = (uint8_t *)tp_arena_strdup(arena, json);
    payload->data.len = strlen(json);
    payloads->payloads = tp_arena_memdup(arena, &payload, sizeof(payload));
    payloads->n_payloads = 1;
    return payloads;
}

static Tp__Ws__UpdateWorkflowExecutionRequest *
make_request(tp_arena *arena, const Tp__Common__WorkflowExecution *execution, const char *id,
             const char *name, const char *json,
             Tp__Enums__UpdateWorkflowExecutionLifecycleStage stage)
{
    Tp__Ws__UpdateWorkflowExecutionRequest *request = tp_arena_alloc(arena, sizeof *request);

    tp__ws__update_workflow_execution_request__init(request);
    request->namespace_ = client->namespace_name;
    request->workflow_execution = tp_arena_memdup(arena, execution, sizeof *execution);
    request->wait_policy = tp_arena_alloc(arena, sizeof *request->wait_policy);
    tp__update__wait_policy__init(request->wait_policy);
    request->wait_policy->lifecycle_stage = stage;
    request->request = tp_arena_alloc(arena, sizeof *request->request);
    tp__update__request__init(request->request);
    request->request->meta = tp_arena_alloc(arena, sizeof *request->request->meta);
    tp__update__meta__init(request->request->meta);
    request->request->meta->update_id = tp_arena_strdup(arena, id);
    request->request->meta->identity = client->identity;
    request->request->input = tp_arena_alloc(arena, sizeof *request->request->input);
    tp__update__input__init(request->request->input);
    request->request->input->name = tp_arena_strdup(arena, name);
    request->request->input->args = make_input(arena, json);
    return request;
}

/* Until it has come to that stage: a call ends early when that takes long. */
static temporal_error *ask(tp_arena *arena, temporal_handle *handle, const char *id,
                           const char *name, const char *json,
                           Tp__Enums__UpdateWorkflowExecutionLifecycleStage stage,
                           const Tp__Update__Outcome **outcome)
{
    Tp__Common__WorkflowExecution execution = tp_handle_execution(handle);
    void *response = NULL;

    do {
        TEMPORAL_TRY(tp_client_call(
            client,
            &(const tp_call_options){
                .method = "UpdateWorkflowExecution",
                .request = &make_request(arena, &execution, id, name, json, stage)->base,
                .response = &tp__ws__update_workflow_execution_response__descriptor,
                .timeout = 60 },
            arena, &response));
    } while (((const Tp__Ws__UpdateWorkflowExecutionResponse *)response)->stage < stage);
    *outcome = ((const Tp__Ws__UpdateWorkflowExecutionResponse *)response)->outcome;
    return TEMPORAL_OK;
}

const char *updates_execute(temporal_handle *handle, const char *id, const char *name,
                            const char *json)
{
    const Tp__Update__Outcome *outcome = NULL;
    temporal_error *error;
    tp_arena arena;

    tp_arena_init(&arena);
    error = ask(&arena, handle, id, name, json, STAGE(COMPLETED), &outcome);
    if (error)
        (void)snprintf(told, sizeof told, "refused %s", temporal_error_message(error));
    else
        tell(outcome);
    temporal_error_free(error);
    tp_arena_done(&arena);
    return told;
}

void updates_start(temporal_handle *handle, const char *id, const char *name, const char *json)
{
    const Tp__Update__Outcome *outcome = NULL;
    tp_arena arena;

    tp_arena_init(&arena);
    assert_ok(ask(&arena, handle, id, name, json, STAGE(ACCEPTED), &outcome));
    tp_arena_done(&arena);
}

const char *updates_execute_with_start(const char *workflow, const char *workflow_id,
                                       const char *queue, const char *input, const char *name,
                                       const char *json, temporal_handle **handle)
{
    Tp__Ws__ExecuteMultiOperationRequest request;
    Tp__Ws__ExecuteMultiOperationRequest__Operation start, update, *operations[2];
    Tp__Ws__StartWorkflowExecutionRequest begin;
    Tp__Common__WorkflowExecution execution;
    Tp__Common__WorkflowType type;
    Tp__Taskqueue__TaskQueue task_queue;
    char request_id[TP_UUID_SIZE];
    void *response = NULL;
    tp_arena arena;

    tp_arena_init(&arena);
    tp_uuid_make(request_id);
    tp__common__workflow_type__init(&type);
    type.name = tp_arena_strdup(&arena, workflow);
    tp__taskqueue__task_queue__init(&task_queue);
    task_queue.name = tp_arena_strdup(&arena, queue);
    tp__ws__start_workflow_execution_request__init(&begin);
    begin.namespace_ = client->namespace_name;
    begin.workflow_id = tp_arena_strdup(&arena, workflow_id);
    begin.workflow_type = &type;
    begin.task_queue = &task_queue;
    begin.input = make_input(&arena, input);
    begin.request_id = request_id;
    begin.workflow_id_conflict_policy =
        TP__ENUMS__WORKFLOW_ID_CONFLICT_POLICY__WORKFLOW_ID_CONFLICT_POLICY_FAIL;
    tp__common__workflow_execution__init(&execution);
    execution.workflow_id = begin.workflow_id;
    tp__ws__execute_multi_operation_request__operation__init(&start);
    start.operation_case = OPERATION(START_WORKFLOW);
    start.start_workflow = &begin;
    tp__ws__execute_multi_operation_request__operation__init(&update);
    update.operation_case = OPERATION(UPDATE_WORKFLOW);
    update.update_workflow =
        make_request(&arena, &execution, "first", name, json, STAGE(COMPLETED));
    tp__ws__execute_multi_operation_request__init(&request);
    request.namespace_ = client->namespace_name;
    operations[0] = &start;
    operations[1] = &update;
    request.operations = operations;
    request.n_operations = 2;
    assert_ok(tp_client_call(
        client,
        &(const tp_call_options){ .method = "ExecuteMultiOperation",
                                  .request = &request.base,
                                  .response = &tp__ws__execute_multi_operation_response__descriptor,
                                  .timeout = 60 },
        &arena, &response));
    tp_arena_done(&arena);
    assert_ok(temporal_client_get_handle(client, workflow_id, NULL, handle));
    return updates_execute(*handle, "first", name, json); /* the same one, which has ended */
}
