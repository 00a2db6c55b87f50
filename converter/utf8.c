/* SPDX-License-Identifier: MIT */
/* converter/utf8.c -- strict UTF-8. */
#include "converter/utf8.h"

#include <string.h>

#define EACH(byte)  (UINT64_C(0x0101010101010101) * (byte)) /* the byte in each of eight */
#define HIGH        EACH(0x80)
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

/* Eight bytes at once; in which of them does not matter. */
static uint64_t load(const uint8_t *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    return word;
}

/* Not zero when a byte of word is less than limit (at most 0x80), and perhaps when a byte is high.
 */
static uint64_t has_less(uint64_t word, uint8_t limit)
{
    return (word - EACH(limit)) & ~word & HIGH;
}

size_t tp_utf8_plain(const uint8_t *text, size_t size)
{
    size_t at = 0;

    for (; size - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word = load(text + at);

        if ((word & HIGH) | has_less(word, ' ') | has_less(word ^ EACH('"'), 1) |
            has_less(word ^ EACH('\\'), 1))
            break;
    }
    while (at < size && text[at] >= ' ' && text[at] < 0x80 && text[at] != '"' && text[at] != '\\')
        at++;
    return at;
}

size_t tp_utf8_prefix(tp_bytes text)
{
    size_t at = 0;

    while (at < text.size) {
        size_t length = 1;

        if (text.size - at >= sizeof(uint64_t) && !(load(text.data + at) & HIGH))
            length = sizeof(uint64_t);
        else if (text.data[at] >= 0x80)
            length = tp_utf8_character(text.data + at, text.size - at);
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
