/* SPDX-License-Identifier: MIT */
/* diagnosis.h -- what a NONDETERMINISM error says beyond its message. */
#ifndef TEMPORAL_DIAGNOSIS_H
#define TEMPORAL_DIAGNOSIS_H

#include "base.h"
#include "error.h"
#include "value.h"

TEMPORAL_BEGIN

/* clang-format off */

/* One thing in which history and code disagree: "activity type", "one", "two". */
#define TEMPORAL_DIFFERENCE_FIELDS(FIELD)    \
    FIELD(temporal_string, name)             \
    FIELD(temporal_string, expected)         \
    FIELD(temporal_string, actual)
TEMPORAL_RECORD(temporal_difference, TEMPORAL_DIFFERENCE_FIELDS)

/* Where code left the path of its history. Expected is what history holds there and actual what the
 * code did; "" says that there was nothing more. The last commands are the eight that still
 * agreed before it, oldest first, of whatever task.
 *
 *     temporal_nondeterminism report;
 *     error = temporal_error_detail(failure, 0, temporal_nondeterminism, &report);
 *
 * It is the first detail of the error, and of the failure that the server keeps of the task. */
#define TEMPORAL_NONDETERMINISM_FIELDS(FIELD)             \
    FIELD(temporal_int, event_id)                         \
    FIELD(temporal_string, event_type)                    \
    FIELD(temporal_string, expected)                      \
    FIELD(temporal_string, actual)                        \
    FIELD(temporal_difference_list, differences)          \
    FIELD(temporal_string_list, last_commands)
TEMPORAL_RECORD(temporal_nondeterminism, TEMPORAL_NONDETERMINISM_FIELDS)

/* clang-format on */

TEMPORAL_END
#endif
