/* SPDX-License-Identifier: MIT */
/* executor/rules.c -- by which rules the attempts of each activity of a pool are ended. */
#include "executor/rules.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"

#define CANCEL_GRACE    30.0
#define TERMINATE_GRACE 5.0
#define OPEN_FILES_MIN  8 /* input, outputs, its bell, and some */
#define ALL_CAUSES                                                                   \
    (TEMPORAL_CAUSE_CRASHED | TEMPORAL_CAUSE_OUT_OF_MEMORY | TEMPORAL_CAUSE_KILLED | \
     TEMPORAL_CAUSE_STALLED | TEMPORAL_CAUSE_CPU_LIMIT | TEMPORAL_CAUSE_TIME_LIMIT)

static const char *name_of(const temporal_activity_def *def)
{
    return def->name ? def->name : "(dynamic)";
}

/* whose: "processes.rules". */
static temporal_error *check(const temporal_process_rules *rules, const char *whose)
{
    const tp_named_time times[] = { { "cancel_grace", rules->cancel_grace },
                                    { "terminate_grace", rules->terminate_grace },
                                    { "stall_timeout", rules->stall_timeout },
                                    { "wall_time", rules->wall_time },
                                    { "cpu_time", rules->cpu_time } };
    char what[256];

    (void)snprintf(what, sizeof what, "%s.", whose);
    TEMPORAL_TRY(tp_clock_check_all(what, times, sizeof times / sizeof times[0]));
    if (rules->open_files > 0 && rules->open_files < OPEN_FILES_MIN)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s.open_files: %u; give at least %d", whose, rules->open_files,
                                  OPEN_FILES_MIN);
    if (rules->final_causes & ~(uint32_t)ALL_CAUSES)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "%s.final_causes: 0x%x holds what is no temporal_process_cause",
                                  whose, rules->final_causes);
    return NULL;
}

static temporal_seconds either(temporal_seconds first, temporal_seconds second)
{
    return first > 0 ? first : second;
}

static temporal_process_rules complete(const temporal_process_rules *rules,
                                       const temporal_process_rules *otherwise)
{
    return (temporal_process_rules){
        .cancel_grace = either(rules->cancel_grace, otherwise->cancel_grace),
        .terminate_grace = either(rules->terminate_grace, otherwise->terminate_grace),
        .stall_timeout = either(rules->stall_timeout, otherwise->stall_timeout),
        .wall_time = either(rules->wall_time, otherwise->wall_time),
        .cpu_time = either(rules->cpu_time, otherwise->cpu_time),
        .memory_limit = rules->memory_limit ? rules->memory_limit : otherwise->memory_limit,
        .open_files = rules->open_files ? rules->open_files : otherwise->open_files,
        .keep_alive = rules->keep_alive || otherwise->keep_alive,
        .final_causes = rules->final_causes ? rules->final_causes : otherwise->final_causes,
    };
}

static temporal_error *apply(temporal_process_rules *each, const temporal_process_executor *options,
                             const temporal_activity_rules *exception)
{
    size_t index = 0;
    char whose[200];

    while (options->activities[index] && options->activities[index] != exception->activity)
        index++;
    if (!options->activities[index])
        return temporal_error_new(
            TEMPORAL_ERROR_INVALID_ARGUMENT,
            "processes.exceptions: activity %s is not one of the pool's: list it in "
            "processes.activities",
            name_of(exception->activity));
    for (const temporal_activity_rules *other = options->exceptions; other != exception; other++)
        if (other->activity == exception->activity)
            return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                      "processes.exceptions: activity %s stands there twice",
                                      name_of(exception->activity));
    (void)snprintf(whose, sizeof whose, "processes.exceptions of activity %.100s",
                   name_of(exception->activity));
    TEMPORAL_TRY(check(&exception->rules, whose));
    each[index] = complete(&exception->rules, &each[index]);
    return NULL;
}

temporal_error *tp_rules_make(temporal_process_rules **rules,
                              const temporal_process_executor *options)
{
    static const temporal_process_rules defaults = { .cancel_grace = CANCEL_GRACE,
                                                     .terminate_grace = TERMINATE_GRACE };
    const temporal_activity_rules *exception = options->exceptions;
    temporal_process_rules common, *each;
    temporal_error *error = NULL;
    size_t count = 0;

    TEMPORAL_TRY(check(&options->rules, "processes.rules"));
    common = complete(&options->rules, &defaults);
    while (options->activities[count])
        count++;
    each = tp_alloc_array(count, sizeof *each);
    for (size_t i = 0; i < count; i++)
        each[i] = common;
    for (; !error && exception && exception->activity; exception++)
        error = apply(each, options, exception);
    if (error)
        tp_free(each);
    else
        *rules = each;
    return error;
}
