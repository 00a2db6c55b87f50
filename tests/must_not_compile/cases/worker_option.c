/* SPDX-License-Identifier: MIT */
/* worker_option.c -- names an option of a worker that there is not. */
#include "../case.h"

temporal_error *make(temporal_worker **worker);

temporal_error *make(temporal_worker **worker)
{
    return temporal_worker_new(worker, CHOOSE(.task_queue, .queue) = "queue");
}
