/* SPDX-License-Identifier: MIT */
/* activity_complete_result.c -- completes an activity from outside with a result of another type.
 */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_activity_target target = { { NULL, 0 }, "workflow", NULL, "1" };

    (void)run, (void)handle;
    return temporal_complete_activity(client, count_words, &target, CHOOSE(2, "two"));
}
