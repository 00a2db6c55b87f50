/* SPDX-License-Identifier: MIT */
/* converter/place.h -- where in a value we are: "lines[3].price". A chain of links on the stack of
 * those who walk, which costs nothing until an error needs it in words. */
#ifndef TP_CONVERTER_PLACE_H
#define TP_CONVERTER_PLACE_H

#include <temporal/error.h>

#include "base/buffer.h"

typedef struct tp_place {
    const struct tp_place *up; /* NULL: the whole value */
    const char *field;         /* of a record, or ... */
    tp_bytes key;              /* ... of a map, or ... */
    size_t index;              /* ... of a list, when neither is set */
} tp_place;

/** CONVERSION, "<path>: <problem>"; without a path for the whole value. */
temporal_error *tp_place_error(const tp_place *place, const char *format, ...)
    TEMPORAL_PRINTF(2, 3);

#endif
