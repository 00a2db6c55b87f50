/* SPDX-License-Identifier: MIT */
/* executor/crash_places.c -- the names of places where processes crash. */
#include "executor/crash_places.h"

#include "base/alloc.h"

/* A process may report whatever it likes: then it starts anew. */
#define NAMES_MAX 4096

static void forget(tp_crash_places *places)
{
    size_t at = 0;
    void *name;

    while (tp_map_next(&places->names, &at, &name))
        tp_free(name);
    tp_map_done(&places->names);
}

static const char *find(tp_crash_places *places, uint64_t address)
{
    char *name = tp_map_get_number(&places->names, (int64_t)address);
    tp_buffer text = { 0 };

    if (name)
        return name;
    if (places->names.count >= NAMES_MAX)
        forget(places);
    if (!places->symbols)
        places->symbols = tp_symbols_open();
    tp_symbols_describe(places->symbols, (const void *)(uintptr_t)address, &text);
    tp_buffer_append(&text, "", 1);
    name = tp_strdup((const char *)text.data);
    tp_buffer_done(&text);
    (void)tp_map_put_number(&places->names, (int64_t)address, name);
    return name;
}

void tp_crash_places_describe(tp_crash_places *places, uint64_t address, tp_buffer *out)
{
    tp_buffer_append_text(out, find(places, address));
}

void tp_crash_places_done(tp_crash_places *places)
{
    forget(places);
    tp_symbols_close(places->symbols);
}
