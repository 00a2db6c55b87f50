/* SPDX-License-Identifier: MIT */
/* replay.c -- does today's code still do what the histories of its workflows hold?
 *
 *     replay HISTORY...      JSON, from the web UI or `temporal workflow show --output json`
 *
 * Without a server: for the tests of a program whose workflows live on. */
#include <stdlib.h>

#include <temporal/replayer.h>
#include <temporal/temporal.h>

TEMPORAL_ACTIVITY(say_hello, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(greet, temporal_string, temporal_string)

TEMPORAL_WORKFLOW_DEFINE(greet)
temporal_error *greet(temporal_workflow *run, temporal_string name, temporal_string *greeting)
{
    return temporal_execute_activity(run, say_hello, name, greeting,
                                     .schedule_to_close_timeout = 5 * TEMPORAL_SECOND);
}

static void tell(const temporal_replay_result *result, void *data)
{
    (void)data;
    printf("%s: %s\n", result->file, result->error ? temporal_error_message(result->error) : "ok");
}

int main(int argc, char **argv)
{
    temporal_error *error;

    if (argc < 2) {
        printf("usage: replay HISTORY...\n");
        return EXIT_FAILURE;
    }
    error = temporal_replay(.workflows = TEMPORAL_WORKFLOWS(&greet_workflow),
                            .files = (const char *const *)argv + 1, .on_result = tell);
    return temporal_error_report(error);
}
