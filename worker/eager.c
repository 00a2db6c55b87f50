/* SPDX-License-Identifier: MIT */
/* worker/eager.c -- activities that start at once. */
#include "worker/eager.h"

#include <string.h>

/* For one answer: the others are for whoever polls first, which spreads the activities of a wide
 * workflow over the workers. */
#define MAX_OFFERS 3

/* The executor, or -1: the activity is for another queue or not ours. */
static int offer_place(tp_activity_tasks *activities,
                       const Tp__Command__ScheduleActivityTaskCommandAttributes *attributes)
{
    if (!activities || !attributes->activity_type || !attributes->task_queue)
        return -1;
    return tp_activity_tasks_promise(activities, attributes->activity_type->name,
                                     attributes->task_queue->name);
}

void tp_eager_offer(tp_eager *eager, Tp__Ws__RespondWorkflowTaskCompletedRequest *request)
{
    size_t offers = 0;

    memset(eager->offered, 0, sizeof eager->offered);
    for (size_t i = 0; i < request->n_commands; i++) {
        Tp__Command__Command *command = request->commands[i];
        Tp__Command__ScheduleActivityTaskCommandAttributes *attributes =
            command->attributes_case ==
                    TP__COMMAND__COMMAND__ATTRIBUTES_SCHEDULE_ACTIVITY_TASK_COMMAND_ATTRIBUTES
                ? command->schedule_activity_task_command_attributes
                : NULL;
        int executor;

        if (!attributes || !attributes->request_eager_execution)
            continue;
        executor = offers < MAX_OFFERS ? offer_place(eager->activities, attributes) : -1;
        attributes->request_eager_execution = executor >= 0;
        if (executor < 0)
            continue;
        eager->offered[executor]++;
        offers++;
    }
}

void tp_eager_settle(tp_eager *eager, const Tp__Ws__RespondWorkflowTaskCompletedResponse *response)
{
    if (!eager->activities)
        return;
    tp_activity_tasks_settle(eager->activities, eager->offered,
                             response ? response->activity_tasks : NULL,
                             response ? response->n_activity_tasks : 0);
    memset(eager->offered, 0, sizeof eager->offered);
}
