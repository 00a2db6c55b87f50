/* SPDX-License-Identifier: MIT */
/* converter/json.h -- JSON as text: checked once, then read in place, without a tree.
 *
 * tp_json_check proves the whole text to be JSON (RFC 8259, strict UTF-8, bounded depth) without
 * recursion. All that follows here walks checked text only, so it meets no surprise: no bounds, no
 * grammar errors. Numbers stay text until somebody says which type they are to be: nothing is lost
 * between 2^53 and 2^64.
 *
 *     tp_json_open(&reader);
 *     while (tp_json_more(&reader)) {
 *         tp_bytes name = tp_json_name(&reader);          in an object
 *         tp_bytes value = tp_json_token(&reader);        or open it in turn
 *     }
 */
#ifndef TP_CONVERTER_JSON_H
#define TP_CONVERTER_JSON_H

#include "base/arena.h"
#include "base/buffer.h"

#define TP_JSON_DEPTH      64  /* levels of arrays and objects in a value */
#define TP_JSON_DEPTH_MOST 320 /* ... and in a text that plain threads read, such as a history */

/** NULL when text is one JSON value of at most so many levels; otherwise what is wrong at byte *at.
 */
const char *tp_json_check(tp_bytes text, unsigned depth, size_t *at);

/* --- reading checked text ------------------------------------------------------------------ */

typedef enum tp_json_kind {
    TP_JSON_NULL,
    TP_JSON_BOOL,
    TP_JSON_NUMBER,
    TP_JSON_TEXT,
    TP_JSON_ARRAY,
    TP_JSON_OBJECT
} tp_json_kind;

typedef struct tp_json_reader {
    const uint8_t *at, *end;
} tp_json_reader;

tp_json_reader tp_json_reader_make(tp_bytes checked);
/** Of the value that comes next. */
tp_json_kind tp_json_peek(tp_json_reader *reader);
/** "a number", "an object", ...: for messages. */
const char *tp_json_kind_name(tp_json_kind kind);
/** The text of the value that comes next, without the space around it; moves behind it. */
tp_bytes tp_json_token(tp_json_reader *reader);
/** How many members the array or object that comes next has; does not move. */
size_t tp_json_count(const tp_json_reader *reader);
void tp_json_open(tp_json_reader *reader);
bool tp_json_more(tp_json_reader *reader);
tp_bytes tp_json_name(tp_json_reader *reader);

/* Scalars, from their tokens. Each returns NULL, or what is wrong: "expected ...". */
bool tp_json_equals(tp_bytes token, const char *text);
bool tp_json_true(tp_bytes token);
/** Any number that is a whole one is read, 3.0 and 3e2 as well. */
const char *tp_json_read_int(tp_bytes token, int64_t *out);
const char *tp_json_read_uint(tp_bytes token, uint64_t *out);
const char *tp_json_read_double(tp_bytes token, double *out);
/** Writes at most token.size bytes to out, and how many to *size; any code point, U+0000 too. */
void tp_json_unescape(tp_bytes token, uint8_t *out, size_t *size);

/* --- writing --------------------------------------------------------------------------------- */

/** Text in quotes, which the caller has proved to be UTF-8. */
void tp_json_write_text(tp_buffer *out, tp_bytes text);
/** Never NaN or infinity. With a point or an exponent, and as few digits as read back the same. */
void tp_json_write_double(tp_buffer *out, double number);

#endif
