/* SPDX-License-Identifier: MIT */
/* worker/registry.c -- which activity runs on which executor; what a worker was given, checked. */
#include "worker/registry.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"

static const char *const executor_names[TP_EXECUTOR_COUNT] = { "async", "threads", "processes" };

static size_t count_activities(const temporal_activity_def *const *list)
{
    size_t count = 0;

    while (list && list[count])
        count++;
    return count;
}

static temporal_error *check_activity(const temporal_activity_def *def, const char *list)
{
    if (def->struct_size < sizeof *def)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "worker: %s.activities: %s is not a definition made by "
                                  "TEMPORAL_ACTIVITY_DEFINE (struct_size is %zu)",
                                  list, def->name ? def->name : "an entry", def->struct_size);
    if (!def->invoke == !def->invoke_values)
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "worker: %s.activities: activity %s needs exactly one of invoke "
                                  "and invoke_values",
                                  list, def->name ? def->name : "(any)");
    return TEMPORAL_OK;
}

static temporal_error *add_activity(tp_registry *registry, const temporal_activity_def *def,
                                    size_t index, int executor)
{
    tp_registered *entry = &registry->activities[registry->activity_count++];
    const tp_registered *twin =
        def->name ? tp_map_get(&registry->by_name, def->name) : registry->fallback;

    *entry = (tp_registered){ .def = def, .index = index, .executor = executor };
    if (twin)
        return temporal_error_new(
            TEMPORAL_ERROR_INVALID_ARGUMENT,
            "worker: activity %s stands twice (%s.activities, %s.activities): "
            "an activity runs on one executor",
            def->name ? def->name : "(any)", executor_names[twin->executor],
            executor_names[executor]);
    if (def->name)
        tp_map_put(&registry->by_name, def->name, entry);
    else
        registry->fallback = entry;
    return TEMPORAL_OK;
}

static temporal_error *check_workflows(const temporal_workflow_def *const *workflows)
{
    tp_map names = { 0 };
    bool any = false;
    temporal_error *error = TEMPORAL_OK;

    for (size_t i = 0; !error && workflows && workflows[i]; i++) {
        const temporal_workflow_def *def = workflows[i];
        const char *name = def->name ? def->name : "(any)";

        if (def->struct_size < sizeof *def || !def->invoke == !def->invoke_values)
            error = temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                       "worker: workflows: %s is not a definition made by "
                                       "TEMPORAL_WORKFLOW_DEFINE",
                                       name);
        else if (def->name ? tp_map_put(&names, def->name, (void *)(uintptr_t)def) != NULL : any)
            error = temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                       "worker: workflow %s stands twice in workflows", name);
        any = any || !def->name;
    }
    tp_map_done(&names);
    return error;
}

static char *join_names(const tp_registry *registry)
{
    tp_buffer text = { 0 };

    for (size_t i = 0; i < registry->activity_count; i++)
        tp_buffer_format(&text, "%s%s", i ? ", " : "",
                         registry->activities[i].def->name ? registry->activities[i].def->name
                                                           : "(any)");
    tp_buffer_append(&text, "", 1);
    return (char *)text.data;
}

temporal_error *tp_registry_init(tp_registry *registry, const temporal_worker_options *options)
{
    const temporal_activity_def *const *lists[TP_EXECUTOR_COUNT] = {
        [TP_ASYNC] = options->async.activities,
        [TP_THREADS] = options->threads.activities,
        [TP_PROCESSES] = options->processes.activities,
    };
    size_t total = 0;

    *registry = (tp_registry){ 0 };
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++)
        total += count_activities(lists[i]);
    if (total == 0 && !(options->workflows && options->workflows[0]))
        return temporal_error_new(TEMPORAL_ERROR_INVALID_ARGUMENT,
                                  "worker: nothing to do: name at least one of .workflows, "
                                  ".async.activities, .threads.activities, .processes.activities");

    registry->activities = tp_alloc_array(total ? total : 1, sizeof *registry->activities);
    for (int i = 0; i < TP_EXECUTOR_COUNT; i++) {
        for (size_t j = 0; lists[i] && lists[i][j]; j++) {
            TEMPORAL_TRY(check_activity(lists[i][j], executor_names[i]));
            TEMPORAL_TRY(add_activity(registry, lists[i][j], j, i));
        }
    }
    registry->names = join_names(registry);
    return check_workflows(options->workflows);
}

void tp_registry_done(tp_registry *registry)
{
    tp_map_done(&registry->by_name);
    tp_free(registry->activities);
    tp_free(registry->names);
}

const tp_registered *tp_registry_find(const tp_registry *registry, const char *activity_type)
{
    const tp_registered *found = tp_map_get(&registry->by_name, activity_type);

    return found ? found : registry->fallback;
}
