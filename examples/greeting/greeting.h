/* SPDX-License-Identifier: MIT */
/* greeting.h -- the contracts of the greeting workflow, shared by its worker and its clients. */
#ifndef GREETING_H
#define GREETING_H

#include <temporal/temporal.h>

/* clang-format off */
#define GREETING_INFO(FIELD)           \
    FIELD(temporal_string, salutation) \
    FIELD(temporal_string, name)
/* clang-format on */
TEMPORAL_RECORD(greeting_info, GREETING_INFO)

TEMPORAL_ACTIVITY(create_greeting, greeting_info, temporal_string)

TEMPORAL_WORKFLOW(greeting, temporal_string, temporal_string)
TEMPORAL_SIGNAL(greeting, update_salutation, temporal_string)
TEMPORAL_SIGNAL(greeting, complete_with_greeting, temporal_none)
TEMPORAL_QUERY(greeting, current_greeting, temporal_none, temporal_string)

#endif
