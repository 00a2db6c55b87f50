/* SPDX-License-Identifier: MIT */
/* activity_input_fraction.c -- gives a fraction to an activity that takes whole numbers. */
/* Flags: -Werror=float-conversion */
#include "../case.h"

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    temporal_double fraction = 2.5;
    temporal_int whole = 2, twice = 0;

    (void)client, (void)handle, (void)fraction, (void)whole;
    return temporal_execute_activity(run, double_it, CHOOSE(whole, fraction), &twice,
                                     .start_to_close_timeout = 5);
}
