/* SPDX-License-Identifier: MIT */
/* converter/types.c -- the descriptions of the built-in types. */
#include <temporal/value.h>

#define BUILT_IN(T, type_kind)                                                                    \
    const temporal_type *T##_type(void)                                                           \
    {                                                                                             \
        static const temporal_type type = { .kind = (type_kind), .name = #T, .size = sizeof(T) }; \
                                                                                                  \
        return &type;                                                                             \
    }

BUILT_IN(temporal_none, TEMPORAL_KIND_NONE)
BUILT_IN(temporal_bool, TEMPORAL_KIND_BOOL)
BUILT_IN(temporal_int, TEMPORAL_KIND_INT)
BUILT_IN(temporal_int32, TEMPORAL_KIND_INT32)
BUILT_IN(temporal_uint, TEMPORAL_KIND_UINT)
BUILT_IN(temporal_double, TEMPORAL_KIND_DOUBLE)
BUILT_IN(temporal_string, TEMPORAL_KIND_STRING)
BUILT_IN(temporal_bytes, TEMPORAL_KIND_BYTES)
BUILT_IN(temporal_json, TEMPORAL_KIND_JSON)
BUILT_IN(temporal_value, TEMPORAL_KIND_VALUE)
