/* SPDX-License-Identifier: MIT */
/* converter/json_check.c -- is this text JSON? One pass, no recursion, no allocation. */
#include "converter/json.h"

#include <string.h>

#include "converter/utf8.h"

/* Which of the open levels are objects: a bit for each. */
struct levels {
    uint64_t objects[TP_JSON_DEPTH_MOST / 64];
    unsigned open;
};

_Static_assert(TP_JSON_DEPTH_MOST % 64 == 0, "levels are the bits of whole words");

static bool in_object(const struct levels *levels)
{
    unsigned last = levels->open - 1;

    return levels->open > 0 && (levels->objects[last / 64] >> last % 64 & 1);
}

static void open_level(struct levels *levels, bool object)
{
    uint64_t bit = UINT64_C(1) << levels->open % 64, *word = &levels->objects[levels->open / 64];

    *word = object ? *word | bit : *word & ~bit;
    levels->open++;
}

struct scan {
    const uint8_t *at, *end;
};

/* NUL is no part of JSON, so it may stand for the end. */
static uint8_t peek(const struct scan *scan)
{
    return scan->at < scan->end ? *scan->at : 0;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static const char *scan_digits(struct scan *scan)
{
    if (!is_digit(peek(scan)))
        return "expected a digit";
    while (is_digit(peek(scan)))
        scan->at++;
    return NULL;
}

static const char *scan_number(struct scan *scan)
{
    const char *problem = NULL;

    if (peek(scan) == '-')
        scan->at++;
    if (peek(scan) == '0')
        scan->at++;
    else
        problem = scan_digits(scan);
    if (!problem && peek(scan) == '.') {
        scan->at++;
        problem = scan_digits(scan);
    }
    if (!problem && (peek(scan) == 'e' || peek(scan) == 'E')) {
        scan->at++;
        if (peek(scan) == '+' || peek(scan) == '-')
            scan->at++;
        problem = scan_digits(scan);
    }
    return problem;
}

static const char *scan_word(struct scan *scan, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(scan->end - scan->at) < size || memcmp(scan->at, word, size) != 0)
        return "expected a value";
    scan->at += size;
    return NULL;
}

/* The four digits after \u; -1 when they are not. */
static int32_t scan_hex(struct scan *scan)
{
    int32_t code = 0;

    if (scan->end - scan->at < 4)
        return -1;
    for (int i = 0; i < 4; i++, scan->at++) {
        uint8_t byte = *scan->at;

        if (is_digit(byte))
            code = code * 16 + (byte - '0');
        else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
            code = code * 16 + ((byte | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return code;
}

static const char *scan_escape(struct scan *scan)
{
    const uint8_t *start = scan->at++;
    uint8_t byte = peek(scan);
    int32_t code, low = 0;

    scan->at += byte != 0;
    if (byte && strchr("\"\\/bfnrt", byte))
        return NULL;
    if (byte == 'u' && (code = scan_hex(scan)) >= 0) {
        if (code < 0xd800 || code > 0xdfff)
            return NULL;
        if (code < 0xdc00 && scan->end - scan->at >= 2 && scan->at[0] == '\\' &&
            scan->at[1] == 'u') {
            scan->at += 2;
            low = scan_hex(scan);
        }
        if (low >= 0xdc00 && low <= 0xdfff)
            return NULL;
        scan->at = start;
        return "half of a surrogate pair in a text";
    }
    scan->at = start;
    return "an unknown escape in a text";
}

static const char *scan_text(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->end) {
        uint8_t byte = *scan->at;
        const char *problem;
        size_t length;

        if (byte == '"') {
            scan->at++;
            return NULL;
        } else if (byte == '\\') {
            if ((problem = scan_escape(scan)))
                return problem;
        } else if (byte < ' ') {
            return "a control character in a text";
        } else if (byte < 0x80) {
            scan->at += tp_utf8_plain(scan->at, (size_t)(scan->end - scan->at));
        } else {
            length = tp_utf8_character(scan->at, (size_t)(scan->end - scan->at));
            if (length == 0)
                return "invalid UTF-8 in a text";
            scan->at += length;
        }
    }
    return "a text without its closing quote";
}

static const char *scan_scalar(struct scan *scan)
{
    switch (peek(scan)) {
    case '"':
        return scan_text(scan);
    case 't':
        return scan_word(scan, "true");
    case 'f':
        return scan_word(scan, "false");
    case 'n':
        return scan_word(scan, "null");
    case 'N':
    case 'I':
        return "NaN and infinity are no JSON";
    case '\0':
        return scan->at == scan->end ? "the text ends where a value is expected" : "a NUL byte";
    default:
        return peek(scan) == '-' || is_digit(peek(scan)) ? scan_number(scan) : "expected a value";
    }
}

/* "name": */
static const char *scan_name(struct scan *scan)
{
    const char *problem;

    skip_space(scan);
    if (peek(scan) != '"')
        return "expected a name in quotes";
    if ((problem = scan_text(scan)))
        return problem;
    skip_space(scan);
    if (peek(scan) != ':')
        return "expected ':'";
    scan->at++;
    return NULL;
}

static const char *scan_value(struct scan *scan, unsigned depth)
{
    enum {
        VALUE,
        FIRST,
        NEXT
    } expected = VALUE; /* FIRST: behind the bracket that opens */
    struct levels levels = { .open = 0 };
    const char *problem = NULL;

    for (;;) {
        bool object = in_object(&levels);
        uint8_t byte;

        skip_space(scan);
        byte = peek(scan);
        if (expected == VALUE && (byte == '{' || byte == '[')) {
            if (levels.open == depth)
                return "nests too deeply";
            scan->at++;
            open_level(&levels, byte == '{');
            expected = FIRST;
        } else if (expected == VALUE) {
            problem = scan_scalar(scan);
            expected = NEXT;
        } else if (expected == NEXT && levels.open == 0) {
            return scan->at == scan->end ? NULL : "more text behind the value";
        } else if (byte == (object ? '}' : ']')) {
            scan->at++;
            levels.open--;
            expected = NEXT;
        } else if (expected == NEXT && byte != ',') {
            return object ? "expected ',' or '}'" : "expected ',' or ']'";
        } else {
            scan->at += expected == NEXT;
            problem = object ? scan_name(scan) : NULL;
            expected = VALUE;
        }
        if (problem)
            return problem;
    }
}

const char *tp_json_check(tp_bytes text, unsigned depth, size_t *at)
{
    const uint8_t *start = text.size ? text.data : (const uint8_t *)"";
    struct scan scan = { start, start + text.size };
    const char *problem =
        scan_value(&scan, depth < TP_JSON_DEPTH_MOST ? depth : TP_JSON_DEPTH_MOST);

    *at = (size_t)(scan.at - start);
    return problem;
}
