/* SPDX-License-Identifier: MIT */
/* client/search_attributes.h -- typed search attributes on the wire. */
#ifndef TP_CLIENT_SEARCH_ATTRIBUTES_H
#define TP_CLIENT_SEARCH_ATTRIBUTES_H

#include <temporal/client.h>

#include "base/arena.h"
#include "temporal/api/common/v1/message.pb-c.h"

/** NULL in *attributes when there are none. INVALID_ARGUMENT for a type that none can have. */
temporal_error *tp_search_attributes_make(tp_arena *arena, const temporal_entry *entries,
                                          Tp__Common__SearchAttributes **attributes);

#endif
