/* SPDX-License-Identifier: MIT */
/* executor/registry.c -- a count, a row for each definition, then the names. */
#include "executor/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"

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

/* --- what is there in this process ------------------------------------------------------------ */

struct mapping {
    uintptr_t begin, end;
};

struct view {
    struct mapping *code; /* what may be run */
    size_t count, capacity;
    int pipe[2]; /* through which memory is read that may not be there */
};

static void view_done(struct view *view)
{
    tp_free(view->code);
    close(view->pipe[0]);
    close(view->pipe[1]);
}

static temporal_error *view_init(struct view *view)
{
    FILE *file = fopen("/proc/self/maps", "re");
    char line[512];
    bool at_start = true;

    *view = (struct view){ 0 };
    if (pipe2(view->pipe, O_CLOEXEC) != 0) {
        int reason = errno;

        if (file)
            fclose(file);
        return tp_error_system(reason, "cannot look for the activities of the pool");
    }
    while (file && fgets(line, sizeof line, file)) {
        uint64_t begin, end;
        char mode[5];
        bool whole = strchr(line, '\n') != NULL;

        if (at_start && sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &begin, &end, mode) == 3 &&
            mode[2] == 'x') {
            if (view->count == view->capacity) {
                view->capacity = view->capacity ? 2 * view->capacity : 32;
                view->code = tp_realloc(view->code, view->capacity * sizeof *view->code);
            }
            view->code[view->count++] = (struct mapping){ (uintptr_t)begin, (uintptr_t)end };
        }
        at_start = whole;
    }
    if (file)
        fclose(file);
    return NULL;
}

/* False when it is not there. The kernel reads it for us, and answers where we would crash. */
static bool view_read(const struct view *view, uintptr_t address, void *out, size_t size)
{
    uint8_t *to = out;

    while (size > 0) {
        size_t part = size < PIPE_BUF ? size : PIPE_BUF;

        if (syscall(SYS_write, view->pipe[1], address, part) != (long)part ||
            read(view->pipe[0], to, part) != (ssize_t)part)
            return false;
        address += part;
        to += part;
        size -= part;
    }
    return true;
}

/* Not every pointer to a function may be turned into a number in C, but all of ours are addresses.
 */
static bool view_has_code(const struct view *view, const void *function_pointer, bool required)
{
    uintptr_t address;

    memcpy(&address, function_pointer, sizeof address);
    if (address == 0)
        return !required;
    for (size_t i = 0; i < view->count; i++)
        if (address >= view->code[i].begin && address < view->code[i].end)
            return true;
    return view->count == 0; /* without /proc nobody can tell */
}

static bool view_has_text(const struct view *view, const char *there, const char *text, size_t size)
{
    char *copy = tp_alloc(size + 1);
    bool has = view_read(view, (uintptr_t)there, copy, size + 1) && memcmp(copy, text, size) == 0 &&
               copy[size] == '\0';

    tp_free(copy);
    return has;
}

static bool is_here(const struct view *view, uintptr_t address, const char *name, size_t name_size)
{
    temporal_activity_def def;

    if (address % alignof(temporal_activity_def) != 0 ||
        !view_read(view, address, &def, sizeof def))
        return false;
    if (!name != !def.name || (name && !view_has_text(view, def.name, name, name_size)))
        return false;
    return view_has_code(view, &def.invoke, !def.invoke_values) &&
           view_has_code(view, &def.invoke_values, !def.invoke) &&
           view_has_code(view, &def.input, false) && view_has_code(view, &def.output, false) &&
           view_has_code(view, &def.state_init, false) &&
           view_has_code(view, &def.state_done, false);
}

bool tp_registry_has_code(const void *function_pointer)
{
    struct view view;
    temporal_error *error = view_init(&view);
    bool has;

    if (error) {
        temporal_error_free(error);
        return false;
    }
    has = view_has_code(&view, function_pointer, false);
    view_done(&view);
    return has;
}

/* --- reading ---------------------------------------------------------------------------------- */

static temporal_error *refuse_nonsense(void)
{
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                              "the table of activities in the pool's memory makes no sense");
}

static temporal_error *read_rows(const uint8_t *in, size_t size, const struct view *view,
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
        if (!is_here(view, (uintptr_t)row.address, name, row.name_size))
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
    const temporal_activity_def **found;
    temporal_error *error;
    struct view view;
    uint64_t count;

    if (size < sizeof count)
        return refuse_nonsense();
    memcpy(&count, in, sizeof count);
    if (count > COUNT_MAX || count > (size - sizeof count) / sizeof(registry_row))
        return refuse_nonsense();
    TEMPORAL_TRY(view_init(&view));
    found = tp_alloc_array(count + 1, sizeof *found);
    error = read_rows(in, size, &view, found, count);
    view_done(&view);
    if (error)
        tp_free(found);
    else
        *definitions = found;
    return error;
}
