/* SPDX-License-Identifier: MIT */
/* tests/executor/test_processes_behaviour.c -- the process executor: every behaviour. */
#include "tests/executor/behaviours.h"

static temporal_error *make_processes(tp_executor **executor,
                                      const temporal_activity_def *const *activities,
                                      uint32_t concurrency)
{
    return tp_process_executor_new(
        executor,
        &(temporal_process_executor){ .activities = activities, .concurrency = concurrency });
}

int main(void)
{
    temporal_error *error = temporal_fork_server_start();

    if (error)
        return temporal_error_report(error);
    return behaviours_run("process executor: behaviours", make_processes);
}
