/* SPDX-License-Identifier: MIT */
/* converter/utf8.c -- strict UTF-8. */
#include "converter/utf8.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static bool continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t tp_utf8_character(const uint8_t *text, size_t size)
{
    uint8_t lead = text[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if (length <= 1)
        return length;
    if (lead > 0xf4 || size < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (!continues(text[i]))
            return 0;
    /* The second byte tells overlong forms, surrogates and what lies above U+10FFFF. */
    if ((lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] > 0x9f) ||
        (lead == 0xf0 && text[1] < 0x90) || (lead == 0xf4 && text[1] > 0x8f))
        return 0;
    return length;
}

size_t tp_utf8_prefix(tp_bytes text)
{
    size_t at = 0;

    while (at < text.size) {
        size_t length =
            text.data[at] < 0x80 ? 1 : tp_utf8_character(text.data + at, text.size - at);

        if (length == 0)
            break;
        at += length;
    }
    return at;
}

size_t tp_utf8_write(uint32_t code, uint8_t out[4])
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (code & 0x3f));
    return 4;
}

char *tp_utf8_clean(tp_arena *arena, char *text)
{
    tp_bytes rest = { (const uint8_t *)text, text ? strlen(text) : 0 };
    tp_buffer clean = { 0 };
    char *copy;

    if (tp_utf8_prefix(rest) == rest.size)
        return text;
    while (rest.size) {
        size_t good = tp_utf8_prefix(rest);

        tp_buffer_append(&clean, rest.data, good);
        if (good < rest.size) {
            tp_buffer_append_text(&clean, REPLACEMENT);
            good++;
        }
        rest = (tp_bytes){ rest.data + good, rest.size - good };
    }
    copy = tp_arena_strndup(arena, (const char *)clean.data, clean.size);
    tp_buffer_done(&clean);
    return copy;
}
