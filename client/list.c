/* SPDX-License-Identifier: MIT */
/* client/list.c -- the runs of a namespace that a query finds: one by one, or counted. */
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "client/describe.h"
#include "converter/payload.h"
#include "converter/text.h"

static temporal_error *check(const temporal_client *client, const char *query, const char *what)
{
    TEMPORAL_TRY(tp_text_check_object(client, what, "client"));
    return tp_text_check_optional(query, what, "the query");
}

/* Takes error. */
static temporal_error *explain(temporal_error *error, const char *what, const char *query)
{
    if (!error)
        return TEMPORAL_OK;
    return query && *query
               ? temporal_error_wrap(error, error->code, "%s where %s: it failed", what, query)
               : temporal_error_wrap(error, error->code, "%s: it failed", what);
}

/* --- lists ------------------------------------------------------------------------------------ */

struct temporal_workflow_list {
    temporal_client *client; /* a reference */
    char *query;
    int32_t page_size;
    tp_buffer token;                                    /* of the next page */
    bool ended;                                         /* there is none */
    const Tp__Ws__ListWorkflowExecutionsResponse *page; /* NULL: none was asked for yet */
    size_t at;                                          /* in the page */
    temporal_workflow_description description;
    tp_arena response; /* of the page */
    tp_arena values;   /* of the description */
};

temporal_error *temporal_client_list_workflows(temporal_client *client, const char *query,
                                               temporal_workflow_list **list,
                                               const temporal_list_options *given)
{
    temporal_list_options options = { 0 };
    temporal_workflow_list *self;

    if (given)
        memcpy(&options, given,
               given->struct_size < sizeof options ? given->struct_size : sizeof options);
    TEMPORAL_TRY(check(client, query, "list workflows"));
    if (options.page_size < 0)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "list workflows: .page_size: %d is negative",
                                  (int)options.page_size);
    self = tp_alloc(sizeof *self);
    tp_arena_init(&self->response);
    tp_arena_init(&self->values);
    self->client = tp_client_ref(client);
    self->query = tp_strdup(query ? query : "");
    self->page_size = options.page_size;
    *list = self;
    return TEMPORAL_OK;
}

/* The page that was is kept until the next one has come, so that an error loses nothing. */
static temporal_error *turn_page(temporal_workflow_list *self)
{
    Tp__Ws__ListWorkflowExecutionsRequest request;
    void *message = NULL;
    temporal_error *error;
    tp_arena arena;

    tp__ws__list_workflow_executions_request__init(&request);
    request.namespace_ = self->client->namespace_name;
    request.page_size = self->page_size;
    request.query = self->query;
    request.next_page_token.data = self->token.data;
    request.next_page_token.len = self->token.size;
    tp_arena_init(&arena);
    error = tp_client_call(self->client,
                           &(const tp_call_options){
                               .method = "ListWorkflowExecutions",
                               .request = &request.base,
                               .response = &tp__ws__list_workflow_executions_response__descriptor,
                               .retry = TP_RETRY_DEADLINE,
                           },
                           &arena, &message);
    if (error) {
        tp_arena_done(&arena);
        return explain(error, "list workflows", self->query);
    }
    tp_arena_done(&self->response);
    self->response = arena;
    self->page = message;
    self->at = 0;
    tp_buffer_clear(&self->token);
    tp_buffer_append(&self->token, self->page->next_page_token.data,
                     self->page->next_page_token.len);
    self->ended = self->token.size == 0;
    return TEMPORAL_OK;
}

temporal_error *temporal_workflow_list_next(temporal_workflow_list *self,
                                            const temporal_workflow_description **description)
{
    TEMPORAL_TRY(tp_text_check_object(self, "next workflow", "list"));
    *description = NULL;
    /* A page may be empty and yet have one behind it. */
    while (!self->page || self->at == self->page->n_executions) {
        if (self->ended)
            return TEMPORAL_OK;
        TEMPORAL_TRY(turn_page(self));
    }
    tp_arena_done(&self->values);
    self->description = (temporal_workflow_description){ 0 };
    tp_describe_read(&self->values, self->page->executions[self->at++], &self->description);
    *description = &self->description;
    return TEMPORAL_OK;
}

void temporal_workflow_list_free(temporal_workflow_list *self)
{
    if (!self)
        return;
    tp_arena_done(&self->values);
    tp_arena_done(&self->response);
    tp_buffer_done(&self->token);
    tp_free(self->query);
    temporal_client_free(self->client);
    tp_free(self);
}

/* --- counts ----------------------------------------------------------------------------------- */

static temporal_error *count(temporal_client *client, const char *query, tp_arena *arena,
                             const Tp__Ws__CountWorkflowExecutionsResponse **response)
{
    Tp__Ws__CountWorkflowExecutionsRequest request;
    void *message = NULL;

    TEMPORAL_TRY(check(client, query, "count workflows"));
    tp__ws__count_workflow_executions_request__init(&request);
    request.namespace_ = client->namespace_name;
    request.query = tp_text_lend(query);
    TEMPORAL_TRY(explain(
        tp_client_call(client,
                       &(const tp_call_options){
                           .method = "CountWorkflowExecutions",
                           .request = &request.base,
                           .response = &tp__ws__count_workflow_executions_response__descriptor,
                           .retry = TP_RETRY_DEADLINE,
                       },
                       arena, &message),
        "count workflows", query));
    *response = message;
    return TEMPORAL_OK;
}

temporal_error *temporal_client_count_workflows(temporal_client *client, const char *query,
                                                int64_t *result)
{
    const Tp__Ws__CountWorkflowExecutionsResponse *response = NULL;
    temporal_error *error;
    tp_arena arena;

    tp_arena_init(&arena);
    error = count(client, query, &arena, &response);
    if (!error)
        *result = response->count;
    tp_arena_done(&arena);
    return error;
}

typedef struct groups {
    temporal_workflow_groups public; /* what the caller knows of it */
    tp_arena arena;
} groups;

static void read_group(tp_arena *arena,
                       const Tp__Ws__CountWorkflowExecutionsResponse__AggregationGroup *from,
                       temporal_workflow_group *to)
{
    Tp__Common__Payloads values;
    temporal_value *read = NULL;

    tp__common__payloads__init(&values);
    values.n_payloads = from->n_group_values;
    values.payloads = from->group_values;
    tp_payloads_values(arena, &values, &read, &to->value_count);
    to->values = read;
    to->count = from->count;
}

temporal_error *temporal_client_group_workflows(temporal_client *client, const char *query,
                                                temporal_workflow_groups **result)
{
    const Tp__Ws__CountWorkflowExecutionsResponse *response = NULL;
    groups *self = tp_alloc(sizeof *self);
    temporal_workflow_group *items;
    temporal_error *error;

    tp_arena_init(&self->arena);
    error = count(client, query, &self->arena, &response);
    if (error) {
        temporal_workflow_groups_free(&self->public);
        return error;
    }
    items = tp_arena_alloc(&self->arena, response->n_groups * sizeof *items);
    for (size_t i = 0; i < response->n_groups; i++)
        read_group(&self->arena, response->groups[i], &items[i]);
    self->public.count = response->count;
    self->public.items = items;
    self->public.item_count = response->n_groups;
    *result = &self->public;
    return TEMPORAL_OK;
}

void temporal_workflow_groups_free(temporal_workflow_groups *public)
{
    groups *self = (groups *)public; /* its first member */

    if (!self)
        return;
    tp_arena_done(&self->arena);
    tp_free(self);
}
