/* SPDX-License-Identifier: MIT */
/* base/log.h -- how the library itself says something: through the one sink of <temporal/log.h>. */
#ifndef TP_BASE_LOG_H
#define TP_BASE_LOG_H

#include <temporal/log.h>

bool tp_log_enabled(temporal_log_level level);
void tp_log(temporal_log_level level, const char *target, const char *format, ...)
    TEMPORAL_PRINTF(3, 4);
/** With fields, which end with a NULL name. */
void tp_log_with(temporal_log_level level, const char *target, const temporal_log_field *fields,
                 const char *format, ...) TEMPORAL_PRINTF(4, 5);

#endif
