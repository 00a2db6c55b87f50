/* SPDX-License-Identifier: MIT */
/* executor/registry.c -- a count, a row for each definition, then the names. */
#include "executor/registry.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define COUNT_MAX 65536

typedef struct registry_row {
    uint64_t address;
    uint64_t name_offset; /* from the start of the registry; 0: a definition without a name */
    uint64_t name_size;
} registry_row;

static size_t count_of(const temporal_activity_def *const *definitions)
{
    size_t count = 0;

    while (definitions[count])
        count++;
    return count;
}

size_t tp_registry_size(const temporal_activity_def *const *definitions)
{
    size_t count = count_of(definitions);
    size_t size = sizeof(uint64_t) + count * sizeof(registry_row);

    for (size_t i = 0; i < count; i++)
        if (definitions[i]->name)
            size += strlen(definitions[i]->name);
    return size;
}

void tp_registry_write(uint8_t *out, const temporal_activity_def *const *definitions)
{
    uint64_t count = count_of(definitions);
    size_t rows = sizeof count, names = rows + count * sizeof(registry_row);

    memcpy(out, &count, sizeof count);
    for (size_t i = 0; i < count; i++) {
        const char *name = definitions[i]->name;
        registry_row row = { .address = (uintptr_t)definitions[i] };

        if (name) {
            row.name_offset = names;
            row.name_size = strlen(name);
            memcpy(out + names, name, row.name_size);
            names += row.name_size;
        }
        memcpy(out + rows + i * sizeof row, &row, sizeof row);
    }
}

/* --- what is mapped in this process ----------------------------------------------------------- */

struct mapping {
    uintptr_t begin, end;
    bool readable, executable;
};

struct mappings {
    struct mapping *items;
    size_t count, capacity;
};

/* False where there is no /proc: then nothing can be checked. */
static bool mappings_read(struct mappings *maps)
{
    FILE *file = fopen("/proc/self/maps", "re");
    char line[512];
    bool at_start = true;

    *maps = (struct mappings){ 0 };
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        uint64_t begin, end;
        char mode[5];
        bool whole = strchr(line, '\n') != NULL;

        if (at_start && sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &begin, &end, mode) == 3) {
            if (maps->count == maps->capacity) {
                maps->capacity = maps->capacity ? 2 * maps->capacity : 128;
                maps->items = tp_realloc(maps->items, maps->capacity * sizeof(struct mapping));
            }
            maps->items[maps->count++] = (struct mapping){ .begin = (uintptr_t)begin,
                                                           .end = (uintptr_t)end,
                                                           .readable = mode[0] == 'r',
                                                           .executable = mode[2] == 'x' };
        }
        at_start = whole;
    }
    fclose(file);
    return maps->count > 0;
}

/* Are size bytes there, to be read (or run)? They may lie across neighbouring mappings. */
static bool mappings_have(const struct mappings *maps, uintptr_t begin, size_t size,
                          bool executable)
{
    uintptr_t at = begin, end = begin + size;

    if (begin == 0 || end < begin)
        return false;
    for (size_t i = 0; i < maps->count && at < end; i++) {
        const struct mapping *map = &maps->items[i];

        if (at >= map->begin && at < map->end && (executable ? map->executable : map->readable))
            at = map->end;
    }
    return at >= end;
}

/* Not every pointer to a function may be turned into a number in C, but all of ours are addresses.
 */
static bool is_code(const struct mappings *maps, const void *function_pointer, bool required)
{
    uintptr_t address;

    memcpy(&address, function_pointer, sizeof address);
    if (address == 0)
        return !required;
    return mappings_have(maps, address, 1, true);
}

static bool is_here(const struct mappings *maps, uintptr_t address, const char *name,
                    size_t name_size)
{
    const temporal_activity_def *def;

    if (address % alignof(temporal_activity_def) != 0 ||
        !mappings_have(maps, address, sizeof *def, false))
        return false;
    def = (const temporal_activity_def *)address;
    if (!name != !def->name)
        return false;
    if (name && (!mappings_have(maps, (uintptr_t)def->name, name_size + 1, false) ||
                 memcmp(def->name, name, name_size) != 0 || def->name[name_size] != '\0'))
        return false;
    return is_code(maps, &def->invoke, !def->invoke_values) &&
           is_code(maps, &def->invoke_values, !def->invoke) && is_code(maps, &def->input, false) &&
           is_code(maps, &def->output, false) && is_code(maps, &def->state_init, false) &&
           is_code(maps, &def->state_done, false);
}

/* --- reading ---------------------------------------------------------------------------------- */

static temporal_error *refuse_nonsense(void)
{
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                              "the table of activities in the pool's memory makes no sense");
}

static temporal_error *read_rows(const uint8_t *in, size_t size, const struct mappings *maps,
                                 const temporal_activity_def **definitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = NULL;
        registry_row row;

        memcpy(&row, in + sizeof(uint64_t) + i * sizeof row, sizeof row);
        if (row.name_offset > size || row.name_size > size - row.name_offset)
            return refuse_nonsense();
        if (row.name_offset)
            name = (const char *)in + row.name_offset;
        if (maps && !is_here(maps, (uintptr_t)row.address, name, row.name_size))
            return temporal_error_new(
                TEMPORAL_ERROR_SYSTEM,
                "the fork server does not know activity %.*s: it stands in a library that was "
                "loaded after the fork server had started: load it before, or start the fork "
                "server (temporal_fork_server_start) later",
                name ? (int)(row.name_size > 100 ? 100 : row.name_size) : 9,
                name ? name : "(dynamic)");
        definitions[i] = (const temporal_activity_def *)(uintptr_t)row.address;
    }
    return NULL;
}

temporal_error *tp_registry_read(const uint8_t *in, size_t size,
                                 const temporal_activity_def ***definitions)
{
    const temporal_activity_def **read;
    temporal_error *error;
    struct mappings maps;
    uint64_t count;
    bool known;

    if (size < sizeof count)
        return refuse_nonsense();
    memcpy(&count, in, sizeof count);
    if (count > COUNT_MAX || count > (size - sizeof count) / sizeof(registry_row))
        return refuse_nonsense();
    known = mappings_read(&maps);
    read = tp_alloc_array(count + 1, sizeof *read);
    error = read_rows(in, size, known ? &maps : NULL, read, count);
    tp_free(maps.items);
    if (error)
        tp_free(read);
    else
        *definitions = read;
    return error;
}
