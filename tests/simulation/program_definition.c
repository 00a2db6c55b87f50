/* SPDX-License-Identifier: MIT */
/* program_definition.c -- the workflow whose functions do what a program says. See program.h. */
#include <inttypes.h>

#include "program_life.h"

#define HALF (PROGRAM_HANDLERS / 2)

static bool all_finished(const void *run)
{
    return temporal_workflow_all_handlers_finished(run);
}

static temporal_error *body(temporal_workflow *run, void *data, const temporal_value *inputs,
                            size_t input_count, temporal_value *output)
{
    program_life *self = program_live(run, data);
    const char *text;

    (void)inputs;
    (void)input_count;
    TEMPORAL_TRY(program_perform(run, self, self->running->main));
    if (self->running->waits_for_handlers) {
        /* Each may wait for one more signal: not for ever. */
        temporal_error *error =
            temporal_workflow_wait_condition(run, all_finished, run, program_time(20));

        program_trace(run, self, "handlers %s", error ? temporal_error_message(error) : "finished");
    }
    self->ended = true;
    text = temporal_workflow_format(run, "%016" PRIx64, self->trace);
    return temporal_workflow_write(run, output, temporal_string_type(), &text);
}

static temporal_error *on_signal(temporal_workflow *run, void *data, const char *name,
                                 const temporal_value *inputs, size_t input_count,
                                 temporal_value *output)
{
    program_life *self = program_live(run, data);
    const unsigned number = self->signals++;
    temporal_error *error;

    (void)inputs;
    (void)output;
    program_trace(run, self, "signal %s (%u) with %zu", name, number, input_count);
    error = program_perform(run, self, self->running->handlers[number % HALF]);
    program_trace(run, self, "signal %u: %s", number, error ? temporal_error_message(error) : "ok");
    return number % 5 == 4 ? error : NULL;
}

static temporal_error *on_update(temporal_workflow *run, void *data, const char *name,
                                 const temporal_value *inputs, size_t input_count,
                                 temporal_value *output)
{
    program_life *self = program_live(run, data);
    const unsigned number = self->updates++;
    const temporal_update_info *info = temporal_workflow_current_update(run);
    temporal_error *error;
    const char *text;

    (void)inputs;
    program_trace(run, self, "update %s %s (%u) with %zu", name, info ? info->id : "-", number,
                  input_count);
    if (number % 4 == 3)
        temporal_workflow_set_unfinished_policy(run, TEMPORAL_UNFINISHED_ABANDON);
    error = program_perform(run, self, self->running->handlers[HALF + number % HALF]);
    info = temporal_workflow_current_update(run);
    program_trace(run, self, "update %s: %s", info ? info->id : "-",
                  error ? temporal_error_message(error) : "ok");
    if (error && number % 3 == 2)
        return error;
    text = temporal_workflow_format(run, "%016" PRIx64, self->trace);
    return temporal_workflow_write(run, output, temporal_string_type(), &text);
}

/* By what the program is at. */
static temporal_error *check_update(temporal_workflow *run, const void *data, const char *name,
                                    const temporal_value *inputs, size_t input_count)
{
    const program_life *self = data;

    (void)run;
    (void)inputs;
    (void)input_count;
    if ((self->trace + self->updates) % 2 == 0)
        return TEMPORAL_OK;
    return temporal_error_application("Refused", "not %s at %016" PRIx64, name, self->trace);
}

static temporal_error *on_query(temporal_workflow *run, void *data, const char *name,
                                const temporal_value *inputs, size_t input_count,
                                temporal_value *output)
{
    const program_life *self = data;
    const char *text = temporal_workflow_format(run, "%u signals, %u updates, %016" PRIx64,
                                                self->signals, self->updates, self->trace);

    (void)name;
    (void)inputs;
    (void)input_count;
    return temporal_workflow_write(run, output, temporal_string_type(), &text);
}

static const temporal_handler_def signal_handler = { .struct_size = sizeof(temporal_handler_def),
                                                     .kind = TEMPORAL_HANDLER_SIGNAL,
                                                     .invoke_values = on_signal };
static const temporal_handler_def plain_handler = { .struct_size = sizeof(temporal_handler_def),
                                                    .kind = TEMPORAL_HANDLER_UPDATE,
                                                    .name = "plain",
                                                    .invoke_values = on_update };
static const temporal_handler_def checked_handler = { .struct_size = sizeof(temporal_handler_def),
                                                      .kind = TEMPORAL_HANDLER_UPDATE,
                                                      .name = "checked",
                                                      .invoke_values = on_update,
                                                      .validate_values = check_update };
static const temporal_handler_def query_handler = { .struct_size = sizeof(temporal_handler_def),
                                                    .kind = TEMPORAL_HANDLER_QUERY,
                                                    .invoke_values = on_query };
static const temporal_handler_def *const handlers[] = { &signal_handler, &plain_handler,
                                                        &checked_handler, &query_handler, NULL };

const temporal_workflow_def program_workflow = { .struct_size = sizeof(temporal_workflow_def),
                                                 .name = "program",
                                                 .self_size = sizeof(program_life),
                                                 .invoke_values = body,
                                                 .handlers = handlers };
