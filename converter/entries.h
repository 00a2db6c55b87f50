/* SPDX-License-Identifier: MIT */
/* converter/entries.h -- memos and typed search attributes on the wire.
 *
 * Errors begin with what the entries are for ("start workflow"): INVALID_ARGUMENT for a name or a
 * type that none can have, CONVERSION for a value. */
#ifndef TP_CONVERTER_ENTRIES_H
#define TP_CONVERTER_ENTRIES_H

#include <temporal/value.h>

#include "base/arena.h"
#include "temporal/api/common/v1/message.pb-c.h"

/** NULL in *memo when there are no entries. */
temporal_error *tp_entries_memo(tp_arena *arena, const temporal_entry *entries, const char *what,
                                Tp__Common__Memo **memo);
/** NULL in *attributes when there are no entries. */
temporal_error *tp_entries_search_attributes(tp_arena *arena, const temporal_entry *entries,
                                             const char *what,
                                             Tp__Common__SearchAttributes **attributes);

/* The same for a change of what there is: an entry without a value becomes a null payload, which
 * takes the name out. */
temporal_error *tp_entries_memo_change(tp_arena *arena, const temporal_entry *entries,
                                       const char *what, Tp__Common__Memo **memo);
temporal_error *tp_entries_search_attributes_change(tp_arena *arena, const temporal_entry *entries,
                                                    const char *what,
                                                    Tp__Common__SearchAttributes **attributes);

#endif
