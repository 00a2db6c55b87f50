/* SPDX-License-Identifier: MIT */
/* converter/place.c -- the path of a value in words. */
#include "converter/place.h"

#include <stdarg.h>

#include "base/arena.h"
#include "converter/utf8.h"

#define LINKS_MOST 256 /* more than can nest */
#define KEY_SHOWN  64  /* bytes of a key, which may be as long as its sender liked */

/* The key as it may stand in a message: UTF-8, without control characters, not too long. */
static void append_key(tp_buffer *path, tp_bytes key)
{
    tp_bytes shown = { key.data, key.size < KEY_SHOWN ? key.size : KEY_SHOWN };

    shown.size = tp_utf8_prefix(shown);
    tp_buffer_append_text(path, "[\"");
    for (size_t i = 0; i < shown.size; i++)
        tp_buffer_append(path, shown.data[i] < ' ' ? "?" : (const char *)&shown.data[i], 1);
    tp_buffer_append_text(path, shown.size < key.size ? "...\"]" : "\"]");
}

static void append_path(tp_buffer *path, const tp_place *place)
{
    const tp_place *links[LINKS_MOST];
    size_t count = 0;

    for (; place && place->up && count < LINKS_MOST; place = place->up)
        links[count++] = place;
    while (count > 0) {
        const tp_place *link = links[--count];

        if (link->field)
            tp_buffer_format(path, "%s%s", path->size ? "." : "", link->field);
        else if (link->key.data)
            append_key(path, link->key);
        else
            tp_buffer_format(path, "[%zu]", link->index);
    }
    if (path->size)
        tp_buffer_append_text(path, ": ");
    tp_buffer_append(path, "", 1); /* its NUL */
}

temporal_error *tp_place_error(const tp_place *place, const char *format, ...)
{
    tp_buffer path = { 0 };
    tp_arena scratch;
    temporal_error *error;
    va_list arguments;

    tp_arena_init(&scratch);
    append_path(&path, place);
    va_start(arguments, format);
    error = temporal_error_new(TEMPORAL_ERROR_CONVERSION, "%s%s", (const char *)path.data,
                               tp_arena_vformat(&scratch, format, arguments));
    va_end(arguments);
    tp_buffer_done(&path);
    tp_arena_done(&scratch);
    return error;
}
