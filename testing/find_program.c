/* SPDX-License-Identifier: MIT */
/* testing/find_program.c -- where the program of a server is. */
#include "testing/find_program.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_program(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

/* NULL where there is none. An empty folder is the current one. */
static const char *in_path(tp_arena *arena, const char *name)
{
    const char *folder = getenv("PATH");

    while (folder) {
        const char *end = strchrnul(folder, ':');
        const int size = (int)(end - folder);
        const char *path =
            tp_arena_format(arena, "%.*s/%s", size ? size : 1, size ? folder : ".", name);

        if (is_program(path))
            return path;
        folder = *end ? end + 1 : NULL;
    }
    return NULL;
}

static const char *in_virtual_environment(tp_arena *arena, const char *name)
{
    const char *folder = getenv("VIRTUAL_ENV");
    const char *path;

    if (!folder || !*folder)
        return NULL;
    path = tp_arena_format(arena, "%s/bin/%s", folder, name);
    return is_program(path) ? path : NULL;
}

/* What somebody asked for is taken, or refused: never replaced by another. */
static temporal_error *take(tp_arena *arena, const char **path, const char *asked, const char *by)
{
    const bool is_path = strchr(asked, '/') != NULL;

    *path = is_path ? tp_arena_strdup(arena, asked) : in_path(arena, asked);
    if (*path && is_program(*path))
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                              "test environment: %s names \"%s\", which is no program%s", by, asked,
                              is_path ? "" : " in $PATH");
}

temporal_error *tp_find_program(tp_arena *arena, const char **path, const char *given,
                                const char *variable, const char *name)
{
    const char *asked = getenv(variable);

    if (given)
        return take(arena, path, given, ".executable");
    if (asked && *asked)
        return take(arena, path, asked, tp_arena_format(arena, "$%s", variable));
    *path = in_path(arena, name);
    if (!*path)
        *path = in_virtual_environment(arena, name);
    if (*path)
        return TEMPORAL_OK;
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                              "test environment: there is no %s in $PATH, nor in the bin folder of "
                              "$VIRTUAL_ENV: install it, or name it in .executable or in $%s",
                              name, variable);
}
