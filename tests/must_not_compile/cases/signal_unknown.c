/* SPDX-License-Identifier: MIT */
/* signal_unknown.c -- sends a signal that the workflow's contract does not have. */
/* Unknown name */
#include "../case.h"

#ifdef WRONG
#define SIGNAL stop
#else
#define SIGNAL finish
#endif
#define SEND(...) temporal_signal(__VA_ARGS__)

temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle)
{
    (void)client, (void)run;
    return SEND(handle, greeting, SIGNAL, TEMPORAL_NONE);
}
