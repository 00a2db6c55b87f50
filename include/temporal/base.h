/* SPDX-License-Identifier: MIT */
/* base.h -- the few words that every other public header speaks: export, duration, options. */
#ifndef TEMPORAL_BASE_H
#define TEMPORAL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TEMPORAL_API                __attribute__((visibility("default")))
#define TEMPORAL_CHECKED            __attribute__((warn_unused_result))
#define TEMPORAL_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define TEMPORAL_UNUSED             __attribute__((unused))
#else
#define TEMPORAL_API
#define TEMPORAL_CHECKED
#define TEMPORAL_PRINTF(fmt, first)
#define TEMPORAL_UNUSED
#endif

#ifdef __cplusplus
#define TEMPORAL_BEGIN extern "C" {
#define TEMPORAL_END   }
#else
#define TEMPORAL_BEGIN
#define TEMPORAL_END
#endif

/** A length of time in seconds: 0.25, 5, 24 * TEMPORAL_HOUR. Zero means "not set". Negative values,
 * NaN and infinity are refused with INVALID_ARGUMENT wherever they are given. */
typedef double temporal_seconds;

#define TEMPORAL_MILLISECOND 0.001
#define TEMPORAL_SECOND      1.0
#define TEMPORAL_MINUTE      60.0
#define TEMPORAL_HOUR        3600.0
#define TEMPORAL_DAY         86400.0
#define TEMPORAL_FOREVER     1e9 /* 31 years */

#define TEMPORAL_KIB (UINT64_C(1) << 10)
#define TEMPORAL_MIB (UINT64_C(1) << 20)
#define TEMPORAL_GIB (UINT64_C(1) << 30)

/* Options by name at the call: what is not named is zero, and zero is the default. */
#ifdef __cplusplus
#define TEMPORAL_OPTIONS(T, ...) \
    (&static_cast<const T &>(T{ .struct_size = sizeof(T), __VA_ARGS__ }))
#else
#define TEMPORAL_OPTIONS(T, ...) (&(const T){ .struct_size = sizeof(T), __VA_ARGS__ })
#endif

/* The address of a value of type T, and a pointer to a T: another type does not compile. */
#ifdef __cplusplus
#define TEMPORAL_IN_(T, value) (static_cast<const T *>(&(value)))
#define TEMPORAL_OUT_(T, out)  (static_cast<T *>(out))
#else
#define TEMPORAL_IN_(T, value) _Generic(&(value), T * : &(value), const T * : &(value))
#define TEMPORAL_OUT_(T, out)  _Generic((out), T * : (out))
#endif

/** How often, and after which pauses, the server tries again. All zero: the server's default, which
 * tries for ever (1 s, doubled each time, at most 100 s). */
typedef struct temporal_retry_policy {
    temporal_seconds initial_interval;
    double backoff_coefficient; /* 0: 2.0; otherwise at least 1 */
    temporal_seconds maximum_interval;
    int32_t maximum_attempts;               /* 0: no limit; 1: no retry */
    const char *const *non_retryable_types; /* error types that end it; NULL-terminated */
} temporal_retry_policy;

/** What happens when the id was used before, by a workflow that has ended. */
typedef enum temporal_id_reuse {
    TEMPORAL_ID_REUSE_ALLOW = 0,
    TEMPORAL_ID_REUSE_ALLOW_FAILED_ONLY,
    TEMPORAL_ID_REUSE_REJECT
} temporal_id_reuse;

#endif
