/* SPDX-License-Identifier: MIT */
/* converter/typed.h -- C values to and from JSON text, led by the tables of their types.
 *
 * Read liberally: unknown fields are skipped, missing ones and nulls are zero (as Go reads them;
 * Python refuses a null it does not expect), of a name that stands twice the last one counts, 3.0
 * is an integer, an enum may be a name or a number, bytes may be base64 or a list of numbers (as
 * Python writes them within JSON). Everything else that does not fit is an error with its path. */
#ifndef TP_CONVERTER_TYPED_H
#define TP_CONVERTER_TYPED_H

#include <temporal/value.h>

#include "base/arena.h"
#include "base/buffer.h"

/** Appends; on an error, what it appended is of no use. CONVERSION, "lines[3].name: ...". */
temporal_error *tp_typed_write(tp_buffer *out, const temporal_type *type, const void *value);
/** Fills type->size bytes at out, which points into the arena only. */
temporal_error *tp_typed_read(tp_arena *arena, tp_bytes text, const temporal_type *type, void *out);

/** What stands behind optional types; *value then points to it, or is NULL for null. Value itself
 * may be NULL when only the type is asked for. */
const temporal_type *tp_typed_unwrap(const temporal_type *type, const void **value);
/** The other way round: makes room for what stands behind optional types, and points *out at it. */
const temporal_type *tp_typed_make_room(tp_arena *arena, const temporal_type *type, void **out);

#endif
