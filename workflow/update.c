/* SPDX-License-Identifier: MIT */
/* workflow/update.c -- from a request to its answer. */
#include "workflow/update.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "workflow/guard.h"
#include "workflow/handlers.h"
#include "workflow/handling.h"
#include "workflow/registry.h"
#include "workflow/update_commands.h"

/* --- receiving ----------------------------------------------------------------------------- */

static tp_update *find(const temporal_workflow *run, const char *instance)
{
    for (tp_list *at = run->updates.open.next; at != &run->updates.open; at = at->next) {
        tp_update *self = tp_list_entry(at, tp_update, link);

        if (strcmp(self->instance, instance) == 0)
            return self;
    }
    return NULL;
}

static bool has_validator(const temporal_handler_def *handler)
{
    return handler->validate || handler->validate_values;
}

static void reject(tp_update *self, temporal_error *error)
{
    self->rejected = true;
    self->failure = error;
}

/* Texts and input from that memory. */
static temporal_error *prepare(tp_update *self, tp_arena *memory)
{
    const Tp__Update__Request *request = self->request;
    temporal_update_info *info = tp_arena_alloc(memory, sizeof(*info));
    temporal_error *error;

    info->id = tp_arena_strdup(memory, request->meta->update_id);
    self->message_id = tp_arena_strdup(memory, self->message_id);
    self->instance = tp_arena_strdup(memory, self->instance);
    self->identity = tp_arena_strdup(memory, request->meta->identity);
    error = tp_handler_prepare(&self->call, self->handler, request->input->name,
                               request->input->args, memory);
    info->name = self->call.name;
    self->info = info;
    return error ? temporal_error_new(TEMPORAL_ERROR_CONVERSION, "input of update %s: %s",
                                      info->name, temporal_error_message(error))
                 : NULL;
}

/* Who handles it, with what. */
static temporal_error *look_up(tp_update *self)
{
    temporal_workflow *run = self->run;
    const Tp__Update__Request *request = self->request;

    if (!request->meta || !request->meta->update_id || !*request->meta->update_id)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "an update without an id");
    if (!request->input || !request->input->name || !*request->input->name)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT, "update %s has no name",
                                  request->meta->update_id);
    self->handler = tp_registry_handler(run->def, TEMPORAL_HANDLER_UPDATE, request->input->name);
    if (!self->handler)
        return temporal_error_new(
            TEMPORAL_ERROR_NOT_FOUND, "workflow %s has no update %s; it has: %s",
            run->info.workflow_type, request->input->name,
            tp_registry_handler_names(run->scratch, run->def, TEMPORAL_HANDLER_UPDATE));
    self->validating = self->accepted_event == 0 && has_validator(self->handler);
    /* What is rejected leaves nothing behind in the run's memory. */
    return prepare(self, self->validating ? run->scratch : &run->arena);
}

static void body(temporal_workflow *run, void *data);

temporal_error *tp_update_receive(temporal_workflow *run, const tp_update_request *request)
{
    tp_coroutine *coroutine;
    temporal_error *error;
    tp_arena *owner;
    tp_update *self;

    if (find(run, request->instance))
        return NULL;
    self = tp_update_new(run, request);
    owner = tp_error_set_owner(run->scratch);
    error = look_up(self);
    tp_error_set_owner(owner);
    if (error && self->accepted_event == 0) {
        reject(self, error);
        return NULL;
    }
    if (error)
        return temporal_error_new(TEMPORAL_ERROR_NONDETERMINISM,
                                  "event %lld: the update was accepted, but now: %s",
                                  (long long)self->accepted_event, temporal_error_message(error));
    coroutine = tp_scheduler_spawn(run, &run->scope, false, body, self);
    if (coroutine)
        coroutine->update = self->info;
    return NULL;
}

/* --- deciding, on the update's coroutine ---------------------------------------------------- */

static temporal_error *call_validator(tp_update *self)
{
    const temporal_handler_def *handler = self->handler;
    const tp_handler_call *call = &self->call;
    temporal_workflow *run = self->run;

    return handler->validate ? handler->validate(run, run->self, call->input)
                             : handler->validate_values(run, run->self, call->name, call->inputs,
                                                        call->input_count);
}

/* A validator that does more than look is a bug: the task fails, until the code is mended. */
static temporal_error *validate(tp_update *self)
{
    temporal_workflow *run = self->run;
    tp_query_guard guard = { .kind = "validator",
                             .name =
                                 tp_arena_format(run->scratch, "of update %s", self->call.name) };
    tp_arena *owner = tp_error_set_owner(run->scratch);
    temporal_error *error;

    tp_guard_enter(run, &guard, run->scratch);
    error = call_validator(self);
    tp_guard_leave(run);
    tp_error_set_owner(owner);
    if (guard.violation)
        tp_run_fail_task(run, tp_error_copy(guard.violation));
    return error;
}

static void prepare_to_stay(void *data)
{
    tp_update *self = data;
    temporal_error *error = prepare(self, &self->run->arena);

    if (error)
        tp_run_fail_task(self->run, error);
}

/* False: it is rejected, or the task has failed. */
static bool accept(tp_update *self)
{
    temporal_workflow *run = self->run;
    tp_coroutine *coroutine = run->scheduler.current;

    if (self->validating) {
        temporal_error *error = validate(self);

        if (run->problem)
            return false;
        if (error) {
            reject(self, error);
            coroutine->left_no_trace = true;
            return false;
        }
        self->validating = false;
        tp_scheduler_outside(run, prepare_to_stay, self);
        if (run->problem)
            return false;
    }
    coroutine->update = self->info;
    coroutine->handling = tp_handling_begin(run, &self->handling, self->info->name, self->info->id);
    tp_command_issue(run, &self->accept);
    return true;
}

/* --- the answer ---------------------------------------------------------------------------- */

static void encode(void *data)
{
    tp_update *self = data;
    temporal_error *error = tp_handler_encode(&self->call, self->run->scratch, &self->result);

    if (error)
        tp_run_fail_task(self->run, temporal_error_wrap(error, TEMPORAL_ERROR_CONVERSION,
                                                        "output of update %s: %s", self->info->name,
                                                        temporal_error_message(error)));
}

static void fail_task(const tp_update *self, temporal_error *error)
{
    temporal_error_code code = temporal_error_get_code(error);

    tp_run_fail_task(self->run,
                     code == TEMPORAL_ERROR_CONTINUE_AS_NEW
                         ? temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                              "update %s: its caller waits for an answer, so it "
                                              "cannot continue as new: let the workflow do that",
                                              self->info->name)
                         : temporal_error_wrap(error, code, "update %s: %s", self->info->name,
                                               temporal_error_message(error)));
}

static void body(temporal_workflow *run, void *data)
{
    tp_update *self = data;
    temporal_error *error;
    tp_end_kind kind;

    if (!accept(self))
        return;
    error = tp_handler_invoke(run, &self->call);
    tp_handling_end(&self->handling);
    if (run->problem)
        return;
    if (!error)
        tp_scheduler_outside(run, encode, self);
    else if (tp_end_classify(error, run->cancel_requested, &kind) && kind != TP_END_CONTINUE_AS_NEW)
        self->failure = error;
    else
        fail_task(self, error);
    if (!run->problem)
        tp_command_issue(run, &self->complete);
}
