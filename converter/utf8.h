/* SPDX-License-Identifier: MIT */
/* converter/utf8.h -- strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef TP_CONVERTER_UTF8_H
#define TP_CONVERTER_UTF8_H

#include "base/arena.h"
#include "base/buffer.h"

/** Bytes of the character that starts at text (1 to 4); 0 when none does. Size is not 0. */
size_t tp_utf8_character(const uint8_t *text, size_t size);
/** How many bytes from the start are whole characters: text.size when all of it is UTF-8. */
size_t tp_utf8_prefix(tp_bytes text);
/** How many bytes from the start are ASCII that JSON writes as it is: no control character, no
 * quote, no backslash. Most of most texts. */
size_t tp_utf8_plain(const uint8_t *text, size_t size);
/** Writes a code point that is no surrogate and returns its bytes. */
size_t tp_utf8_write(uint32_t code, uint8_t out[4]);
/** The text itself when it is UTF-8, otherwise a copy with U+FFFD for each byte that is not. NULL
 * for NULL. The server refuses a whole message for one wrong byte in a text. */
char *tp_utf8_clean(tp_arena *arena, char *text);

#endif
