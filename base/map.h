/* SPDX-License-Identifier: MIT */
/* base/map.h -- from a text (copied) or a number to a pointer. { 0 } is empty and needs no init. */
#ifndef TP_BASE_MAP_H
#define TP_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tp_map {
    struct tp_map_entry *entries;
    size_t count, capacity, used;
} tp_map;

void *tp_map_get(const tp_map *map, const char *key); /* NULL: not there */
/** Returns the value that stood there before, NULL for none. Value must not be NULL. */
void *tp_map_put(tp_map *map, const char *key, void *value);
void *tp_map_remove(tp_map *map, const char *key);

void *tp_map_get_number(const tp_map *map, int64_t key);
void *tp_map_put_number(tp_map *map, int64_t key, void *value);
void *tp_map_remove_number(tp_map *map, int64_t key);

/** Walks in no order: start with *at = 0; false at the end. Nothing may be put meanwhile; what was
 * just met may be removed. */
bool tp_map_next(const tp_map *map, size_t *at, void **value);
void tp_map_done(tp_map *map);

#endif
