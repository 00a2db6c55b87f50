/* SPDX-License-Identifier: MIT */
/* local_activity_option.c -- names an option that activities have and local ones have not. */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_int words = 0;

    (void)client, (void)handle;
    return temporal_execute_local_activity(run, count_words, "one two", &words,
                                           CHOOSE(.schedule_to_close_timeout, .heartbeat_timeout) =
                                               5);
}
