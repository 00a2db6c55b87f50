/* SPDX-License-Identifier: MIT */
/* converter/proto_time.h -- points in time and durations as the texts of proto3 JSON. */
#ifndef TP_CONVERTER_PROTO_TIME_H
#define TP_CONVERTER_PROTO_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define TP_PROTO_TIME_ROOM 48 /* for any of these texts, and its NUL */

/* Seconds since 1970, and nanoseconds from 0 to 999999999. "2026-11-23T10:00:00.021Z"; any offset
 * is read. The readers answer NULL, or what is wrong. */
const char *tp_proto_read_timestamp(const char *text, int64_t *seconds, int32_t *nanoseconds);
/** False outside of the years 1 to 9999. */
bool tp_proto_write_timestamp(char text[TP_PROTO_TIME_ROOM], int64_t seconds, int32_t nanoseconds);

/* Both of the same sign. "-3.5s" */
const char *tp_proto_read_duration(const char *text, int64_t *seconds, int32_t *nanoseconds);
/** False beyond 10000 years, or when the signs differ. */
bool tp_proto_write_duration(char text[TP_PROTO_TIME_ROOM], int64_t seconds, int32_t nanoseconds);

#endif
