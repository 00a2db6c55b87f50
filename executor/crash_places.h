/* SPDX-License-Identifier: MIT */
/* executor/crash_places.h -- the names of places where processes crash.
 *
 * To find a name takes a tenth of a millisecond, and a crash has a dozen of them; but code that
 * crashes does so at the same places again and again. So names are kept. */
#ifndef TP_EXECUTOR_CRASH_PLACES_H
#define TP_EXECUTOR_CRASH_PLACES_H

#include "base/map.h"
#include "fiber/symbols.h"

/* Zeroed: empty. */
typedef struct tp_crash_places {
    tp_symbols *symbols; /* NULL: nothing has crashed yet */
    tp_map names;        /* by return address */
} tp_crash_places;

/** Appends "encode at encoder.c:120" for that return address. */
void tp_crash_places_describe(tp_crash_places *places, uint64_t address, tp_buffer *out);
void tp_crash_places_done(tp_crash_places *places);

#endif
