/* SPDX-License-Identifier: MIT */
/* outside.c -- see outside.h. How each ends is drawn from its ids, not from what it was given. */
#include "outside.h"

#include <temporal/dynamic.h>

#include "program_life.h"

static unsigned draw(const char *id, int attempt, unsigned most)
{
    uint64_t seed = (uint64_t)attempt;
    sim_random random;

    for (const char *at = id; *at; at++)
        seed = (seed ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    random = (sim_random){ seed };
    return sim_below(&random, most);
}

static temporal_error *simulated(const char *type, bool final)
{
    const temporal_application_error options = { .struct_size = sizeof(options),
                                                 .type = type,
                                                 .non_retryable = final };

    return temporal_error_application_with(&options, "it failed");
}

/* --- activities ---------------------------------------------------------------------------- */

static unsigned draw_for(temporal_activity *attempt, unsigned most)
{
    const temporal_activity_info *info = temporal_activity_get_info(attempt);

    return draw(
        temporal_activity_format(attempt, "%s of %s", info->activity_id, info->workflow_run_id),
        info->attempt, most);
}

static temporal_error *done(temporal_activity *attempt, temporal_value *output)
{
    const char *text = temporal_activity_format(attempt, "done %s",
                                                temporal_activity_get_info(attempt)->activity_id);

    return temporal_activity_write(attempt, output, temporal_string_type(), &text);
}

/* Cancellation comes to those who beat. */
static temporal_error *wait_beating(temporal_activity *attempt, int64_t units)
{
    for (temporal_int i = 0; i < units; i++) {
        (void)temporal_heartbeat(attempt, temporal_int, i);
        if (temporal_activity_wait_for_cancelled(attempt, program_time(1)))
            return temporal_activity_cancelled(attempt);
    }
    return TEMPORAL_OK;
}

static temporal_error *act(temporal_activity *attempt, const temporal_value *inputs,
                           size_t input_count, temporal_value *output)
{
    (void)inputs;
    (void)input_count;
    switch (draw_for(attempt, 16)) {
    case 0:
    case 1:
        return simulated("Simulated", false);
    case 2:
        return simulated("Grave", false); /* which some policies do not retry */
    case 3:
        return simulated("Simulated", true);
    case 4:
        TEMPORAL_TRY(wait_beating(attempt, 20)); /* longer than its timeout */
        break;
    case 5:
        TEMPORAL_TRY(wait_beating(attempt, 3));
        break;
    case 6:
        (void)wait_beating(attempt, 3); /* it does not care */
        break;
    case 7:
        TEMPORAL_TRY(temporal_activity_sleep(attempt, program_time(4))); /* without a beat */
        break;
    default:
        break;
    }
    return done(attempt, output);
}

TEMPORAL_DYNAMIC_ACTIVITY_DEFINE(act, "act")

/* Local ones do not beat. */
static temporal_error *local(temporal_activity *attempt, const temporal_value *inputs,
                             size_t input_count, temporal_value *output)
{
    (void)inputs;
    (void)input_count;
    switch (draw_for(attempt, 8)) {
    case 0:
        return simulated("Simulated", false);
    case 1:
        return simulated("Simulated", true);
    case 2:
        TEMPORAL_TRY(temporal_activity_sleep(attempt, program_time(20)));
        break;
    case 3:
        TEMPORAL_TRY(temporal_activity_sleep(attempt, program_time(2)));
        break;
    default:
        break;
    }
    return done(attempt, output);
}

TEMPORAL_DYNAMIC_ACTIVITY_DEFINE(local, "local")

const temporal_activity_def *const outside_activities[] = { &act_activity, &local_activity, NULL };

/* --- workflows ----------------------------------------------------------------------------- */

typedef struct life {
    unsigned signals;
} life;

static temporal_error *on_signal(temporal_workflow *run, void *data, const char *name,
                                 const temporal_value *inputs, size_t input_count,
                                 temporal_value *output)
{
    life *self = data;

    (void)run;
    (void)name;
    (void)inputs;
    (void)input_count;
    (void)output;
    self->signals++;
    return TEMPORAL_OK;
}

TEMPORAL_DYNAMIC_SIGNAL_DEFINE(on_signal, NULL)

static bool is_signalled(const void *data)
{
    const life *self = data;

    return self->signals > 0;
}

static temporal_error *sleep_shielded(temporal_workflow *run)
{
    temporal_scope *scope = temporal_scope_enter_shielded(run);
    temporal_error *error = temporal_workflow_sleep(run, program_time(10));

    temporal_scope_leave(run, scope);
    return error;
}

static temporal_error *live(temporal_workflow *run, const life *self)
{
    const temporal_workflow_info *info = temporal_workflow_get_info(run);
    const temporal_activity_options options = {
        .struct_size = sizeof(options),
        .start_to_close_timeout = program_time(5),
    };

    switch (draw(info->run_id, info->attempt, 9)) {
    case 0:
        return simulated("Simulated", info->attempt % 2 == 0);
    case 1:
        return temporal_workflow_sleep(run, program_time(5));
    case 2:
        return temporal_workflow_wait_condition(run, is_signalled, self, program_time(20));
    case 3:
        return temporal_workflow_sleep(run, program_time(40));
    case 4:
        return sleep_shielded(run);
    case 5:
        return temporal_workflow_execute_activity(run, "act", NULL, 0, NULL, NULL, &options);
    case 6:
        if (!*info->continued_run_id)
            return temporal_workflow_continue_as_new(run, NULL, 0, NULL);
        return TEMPORAL_OK;
    default:
        return TEMPORAL_OK;
    }
}

static temporal_error *kid(temporal_workflow *run, void *data, const temporal_value *inputs,
                           size_t input_count, temporal_value *output)
{
    const char *text;

    (void)inputs;
    (void)input_count;
    TEMPORAL_TRY(live(run, data));
    text = temporal_workflow_format(run, "done %s", temporal_workflow_get_info(run)->workflow_id);
    return temporal_workflow_write(run, output, temporal_string_type(), &text);
}

/* Until it is cancelled. */
static temporal_error *other(temporal_workflow *run, void *data, const temporal_value *inputs,
                             size_t input_count, temporal_value *output)
{
    (void)data;
    (void)inputs;
    (void)input_count;
    (void)output;
    TEMPORAL_WAIT_UNTIL(run, false);
    return TEMPORAL_OK;
}

TEMPORAL_DYNAMIC_WORKFLOW_DEFINE(kid, "kid", life, &on_signal_handler)
TEMPORAL_DYNAMIC_WORKFLOW_DEFINE(other, "other", life, &on_signal_handler)

const temporal_workflow_def *const outside_workflows[] = { &program_workflow, &kid_workflow,
                                                           &other_workflow, NULL };
