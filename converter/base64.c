/* SPDX-License-Identifier: MIT */
/* converter/base64.c -- bytes as text. */
#include "converter/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void tp_base64_write(tp_buffer *out, tp_bytes bytes)
{
    uint8_t *to = tp_buffer_reserve(out, bytes.size / 3 * 4 + 4);
    const uint8_t *from = bytes.data;

    for (size_t left = bytes.size; left > 0;) {
        size_t taken = left < 3 ? left : 3;
        uint32_t group = (uint32_t)from[0] << 16;

        group |= taken > 1 ? (uint32_t)from[1] << 8 : 0;
        group |= taken > 2 ? (uint32_t)from[2] : 0;
        to[0] = (uint8_t)digits[group >> 18];
        to[1] = (uint8_t)digits[group >> 12 & 63];
        to[2] = taken > 1 ? (uint8_t)digits[group >> 6 & 63] : '=';
        to[3] = taken > 2 ? (uint8_t)digits[group & 63] : '=';
        to += 4;
        from += taken;
        left -= taken;
    }
    out->size += (bytes.size + 2) / 3 * 4;
}

/* -1 for what is no digit. */
static int32_t value_of(uint8_t digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

bool tp_base64_read(tp_bytes text, uint8_t *out, size_t *size)
{
    uint8_t *to = out;
    size_t padding = 0;

    if (text.size % 4 != 0)
        return false;
    while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
        padding++;
    for (size_t at = 0; at < text.size; at += 4) {
        size_t used = at + 4 < text.size ? 4 : 4 - padding; /* digits of this group */
        uint32_t group = 0;

        for (size_t i = 0; i < 4; i++) {
            int32_t value = i < used ? value_of(text.data[at + i]) : 0;

            if (value < 0)
                return false;
            group = group << 6 | (uint32_t)value;
        }
        /* Bits that no byte takes up must be zero: one text for each sequence of bytes. */
        if ((used == 2 && (group & 0xffff)) || (used == 3 && (group & 0xff)))
            return false;
        *to++ = (uint8_t)(group >> 16);
        if (used > 2)
            *to++ = (uint8_t)(group >> 8);
        if (used > 3)
            *to++ = (uint8_t)group;
    }
    *size = (size_t)(to - out);
    return true;
}
