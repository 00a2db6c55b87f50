/* SPDX-License-Identifier: MIT */
/* case.h -- what each case of tests/must_not_compile shares: its contracts, and
 * the choice.
 *
 * A case is compiled twice: as it stands, which must succeed, and with -DWRONG,
 * which must fail at the line where CHOOSE stands. So a case cannot pass
 * because it was broken in some other way. */
#ifndef CASE_H
#define CASE_H

#include <temporal/temporal.h>

#ifdef WRONG
#define CHOOSE(right, wrong) wrong
#else
#define CHOOSE(right, wrong) right
#endif

/* clang-format off */
#define GREETING_INFO(FIELD)           \
    FIELD(temporal_string, salutation) \
    FIELD(temporal_string, name)
/* clang-format on */
TEMPORAL_RECORD(greeting_info, GREETING_INFO)

TEMPORAL_ACTIVITY(create_greeting, greeting_info, temporal_string)
TEMPORAL_ACTIVITY(count_words, temporal_string, temporal_int)
TEMPORAL_ACTIVITY(double_it, temporal_int, temporal_int)

TEMPORAL_WORKFLOW(greeting, temporal_string, greeting_info)
TEMPORAL_SIGNAL(greeting, update, greeting_info)
TEMPORAL_SIGNAL(greeting, finish, temporal_none)
TEMPORAL_QUERY(greeting, current, temporal_int, temporal_string)
TEMPORAL_UPDATE(greeting, rename, temporal_string, temporal_string)

typedef struct greeting_state {
    int count;
} greeting_state;
typedef struct other_state {
    int count;
} other_state;

TEMPORAL_BEGIN
temporal_error *attempt(temporal_client *client, temporal_workflow *run, temporal_handle *handle);
TEMPORAL_END

#endif
