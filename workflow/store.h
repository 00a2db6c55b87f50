/* SPDX-License-Identifier: MIT */
/* workflow/store.h -- named payloads that a run has and may change: its memo, its search
 * attributes. Values are kept encoded, each in memory of its own, which goes when it is replaced.
 */
#ifndef TP_WORKFLOW_STORE_H
#define TP_WORKFLOW_STORE_H

#include "base/arena.h"
#include "base/list.h"
#include "base/map.h"
#include "temporal/api/common/v1/message.pb-c.h"

typedef struct tp_store {
    tp_list values; /* in the order in which their names came first */
    tp_map by_name;
    size_t size; /* bytes of all values */
} tp_store;

void tp_store_init(tp_store *store);
void tp_store_done(tp_store *store);

/** Each entry; one whose payload is null, or is none at all, takes its name out. NULL: nothing. */
void tp_store_put_memo(tp_store *store, const Tp__Common__Memo *memo);
void tp_store_put_attributes(tp_store *store, const Tp__Common__SearchAttributes *attributes);

/** NULL when there is none. Taken from the arena; not on a coroutine's stack. */
Tp__Common__Payload *tp_store_get(const tp_store *store, tp_arena *arena, const char *name);
/** All of them; NULL when there are none. */
Tp__Common__Memo *tp_store_memo(const tp_store *store, tp_arena *arena);
Tp__Common__SearchAttributes *tp_store_attributes(const tp_store *store, tp_arena *arena);

#endif
