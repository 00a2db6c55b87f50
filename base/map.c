/* SPDX-License-Identifier: MIT */
/* base/map.c -- open addressing with linear probing.
 *
 * An entry with a value is live; one without is free (hash 0) or a tombstone (hash 1), over which a
 * search goes on. Removing moves nothing, so that a walk may remove what it meets. Keys come from
 * the network: the hash is SipHash-1-3 under a key of this process, so that nobody can choose keys
 * that collide. */
#include "base/map.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/uuid.h"

#define HASH_FREE      0
#define HASH_TOMBSTONE 1
#define HASH_FIRST     2 /* of a live entry at least */
#define CAPACITY_FIRST 8

struct tp_map_entry {
    uint64_t hash;
    char *text; /* NULL: the key is the number */
    int64_t number;
    void *value;
};

static pthread_once_t seeded = PTHREAD_ONCE_INIT;
static uint64_t seed[2];

static void make_seed(void)
{
    seed[0] = tp_random();
    seed[1] = tp_random();
}

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t hash_bytes(const void *data, size_t size)
{
    uint64_t v[4] = { seed[0] ^ UINT64_C(0x736f6d6570736575),
                      seed[1] ^ UINT64_C(0x646f72616e646f6d),
                      seed[0] ^ UINT64_C(0x6c7967656e657261),
                      seed[1] ^ UINT64_C(0x7465646279746573) };
    const unsigned char *at = data;
    uint64_t word, last = (uint64_t)size << 56;
    size_t left = size;

    for (; left >= sizeof(word); left -= sizeof(word), at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    memcpy(&word, at, left);
    last |= word;
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    word = v[0] ^ v[1] ^ v[2] ^ v[3];
    return word < HASH_FIRST ? word + HASH_FIRST : word;
}

static struct tp_map_entry key_of(const char *text, int64_t number)
{
    struct tp_map_entry key = { .number = number };

    pthread_once(&seeded, make_seed);
    key.hash = text ? hash_bytes(text, strlen(text)) : hash_bytes(&number, sizeof(number));
    return key;
}

static bool matches(const struct tp_map_entry *entry, const struct tp_map_entry *key,
                    const char *text)
{
    if (!entry->value || entry->hash != key->hash || !entry->text != !text)
        return false;
    return text ? strcmp(entry->text, text) == 0 : entry->number == key->number;
}

/* The live entry of that key, or NULL. */
static struct tp_map_entry *find(const tp_map *map, const struct tp_map_entry *key,
                                 const char *text)
{
    size_t mask = map->capacity - 1;

    if (!map->capacity)
        return NULL;
    for (size_t i = (size_t)key->hash & mask;; i = (i + 1) & mask) {
        struct tp_map_entry *entry = &map->entries[i];

        if (matches(entry, key, text))
            return entry;
        if (!entry->value && entry->hash == HASH_FREE)
            return NULL;
    }
}

/* Where a key that is not there yet goes: the first entry without a value. */
static struct tp_map_entry *vacancy(const tp_map *map, uint64_t hash)
{
    size_t mask = map->capacity - 1;
    size_t i = (size_t)hash & mask;

    while (map->entries[i].value)
        i = (i + 1) & mask;
    return &map->entries[i];
}

/* Keeps at least a quarter of the entries free, which also ends every search. What is live decides
 * the new size, so a map that is only full of tombstones does not grow. */
static void make_room(tp_map *map)
{
    tp_map old = *map;

    if ((map->used + 1) * 4 <= map->capacity * 3)
        return;
    map->capacity = CAPACITY_FIRST;
    while ((map->count + 1) * 2 > map->capacity)
        map->capacity *= 2;
    map->entries = tp_alloc_array(map->capacity, sizeof(*map->entries));
    map->used = map->count;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.entries[i].value)
            *vacancy(map, old.entries[i].hash) = old.entries[i];
    tp_free(old.entries);
}

static void *put(tp_map *map, const char *text, int64_t number, void *value)
{
    struct tp_map_entry key = key_of(text, number);
    struct tp_map_entry *entry = find(map, &key, text);
    void *before;

    assert(value);
    if (entry) {
        before = entry->value;
        entry->value = value;
        return before;
    }
    make_room(map);
    entry = vacancy(map, key.hash);
    if (entry->hash == HASH_FREE)
        map->used++;
    map->count++;
    *entry = key;
    entry->text = tp_strdup(text);
    entry->value = value;
    return NULL;
}

static void *take(tp_map *map, const char *text, int64_t number)
{
    struct tp_map_entry key = key_of(text, number);
    struct tp_map_entry *entry = find(map, &key, text);
    void *value;

    if (!entry)
        return NULL;
    value = entry->value;
    tp_free(entry->text);
    *entry = (struct tp_map_entry){ .hash = HASH_TOMBSTONE };
    map->count--;
    return value;
}

static void *get(const tp_map *map, const char *text, int64_t number)
{
    struct tp_map_entry key;
    const struct tp_map_entry *entry;

    if (!map->count)
        return NULL;
    key = key_of(text, number);
    entry = find(map, &key, text);
    return entry ? entry->value : NULL;
}

void *tp_map_get(const tp_map *map, const char *key)
{
    return get(map, key, 0);
}

void *tp_map_put(tp_map *map, const char *key, void *value)
{
    return put(map, key, 0, value);
}

void *tp_map_remove(tp_map *map, const char *key)
{
    return take(map, key, 0);
}

void *tp_map_get_number(const tp_map *map, int64_t key)
{
    return get(map, NULL, key);
}

void *tp_map_put_number(tp_map *map, int64_t key, void *value)
{
    return put(map, NULL, key, value);
}

void *tp_map_remove_number(tp_map *map, int64_t key)
{
    return take(map, NULL, key);
}

bool tp_map_next(const tp_map *map, size_t *at, void **value)
{
    while (*at < map->capacity) {
        const struct tp_map_entry *entry = &map->entries[(*at)++];

        if (entry->value) {
            *value = entry->value;
            return true;
        }
    }
    return false;
}

void tp_map_done(tp_map *map)
{
    for (size_t i = 0; i < map->capacity; i++)
        tp_free(map->entries[i].text);
    tp_free(map->entries);
    *map = (tp_map){ 0 };
}
