/* SPDX-License-Identifier: MIT */
/* converter/json_read.c -- walking JSON that tp_json_check has passed. */
#include "converter/json.h"

#include <string.h>

#include "converter/utf8.h"

tp_json_reader tp_json_reader_make(tp_bytes checked)
{
    return (tp_json_reader){ checked.data, checked.data + checked.size };
}

static void skip_space(tp_json_reader *reader)
{
    while (reader->at < reader->end && *reader->at <= ' ')
        reader->at++;
}

tp_json_kind tp_json_peek(tp_json_reader *reader)
{
    skip_space(reader);
    switch (*reader->at) {
    case 'n':
        return TP_JSON_NULL;
    case 't':
    case 'f':
        return TP_JSON_BOOL;
    case '"':
        return TP_JSON_TEXT;
    case '[':
        return TP_JSON_ARRAY;
    case '{':
        return TP_JSON_OBJECT;
    default:
        return TP_JSON_NUMBER;
    }
}

const char *tp_json_kind_name(tp_json_kind kind)
{
    static const char *const names[] = {
        [TP_JSON_NULL] = "null",     [TP_JSON_BOOL] = "a bool",  [TP_JSON_NUMBER] = "a number",
        [TP_JSON_TEXT] = "a string", [TP_JSON_ARRAY] = "a list", [TP_JSON_OBJECT] = "an object",
    };

    return names[kind];
}

/* Behind the closing quote of the text that starts here. */
static const uint8_t *text_end(const uint8_t *at, const uint8_t *end)
{
    for (at++; *at != '"'; at++) {
        at += tp_utf8_plain(at, (size_t)(end - at));
        if (*at == '"')
            break;
        at += *at == '\\';
    }
    return at + 1;
}

/* Behind the bracket that closes the array or object that starts here; counts its members. */
static const uint8_t *brackets_end(const uint8_t *at, const uint8_t *end, size_t *members)
{
    size_t level = 0, commas = 0;
    bool empty = true;

    for (;;) {
        uint8_t byte = *at;

        if (byte == '"') {
            at = text_end(at, end);
            empty = false;
            continue;
        }
        at++;
        if (byte == '[' || byte == '{') {
            empty = empty && level == 0;
            level++;
        } else if (byte == ']' || byte == '}') {
            if (--level == 0)
                break;
        } else if (byte > ' ') {
            empty = false;
            commas += byte == ',' && level == 1;
        }
    }
    *members = empty ? 0 : commas + 1;
    return at;
}

tp_bytes tp_json_token(tp_json_reader *reader)
{
    tp_json_kind kind = tp_json_peek(reader);
    const uint8_t *start = reader->at;
    size_t members;

    if (kind == TP_JSON_TEXT)
        reader->at = text_end(start, reader->end);
    else if (kind == TP_JSON_ARRAY || kind == TP_JSON_OBJECT)
        reader->at = brackets_end(start, reader->end, &members);
    else
        while (reader->at<reader->end && * reader->at> ' ' && !strchr(",]}", *reader->at))
            reader->at++;
    return (tp_bytes){ start, (size_t)(reader->at - start) };
}

size_t tp_json_count(const tp_json_reader *reader)
{
    tp_json_reader here = *reader;
    size_t members;

    skip_space(&here);
    brackets_end(here.at, here.end, &members);
    return members;
}

void tp_json_open(tp_json_reader *reader)
{
    skip_space(reader);
    reader->at++;
}

bool tp_json_more(tp_json_reader *reader)
{
    bool closes;

    skip_space(reader);
    closes = *reader->at == ']' || *reader->at == '}';
    if (closes || *reader->at == ',')
        reader->at++;
    return !closes;
}

tp_bytes tp_json_name(tp_json_reader *reader)
{
    tp_bytes name = tp_json_token(reader);

    skip_space(reader);
    reader->at++; /* the colon */
    return name;
}

bool tp_json_true(tp_bytes token)
{
    return token.data[0] == 't';
}

static uint32_t read_hex(const uint8_t *digits)
{
    uint32_t code = 0;

    for (int i = 0; i < 4; i++)
        code = code << 4 |
               (uint32_t)(digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 0x20) - 'a' + 10);
    return code;
}

/* The character of the escape at *at, which moves behind it. */
static size_t unescape(const uint8_t **at, uint8_t out[4])
{
    static const char escapes[] = "bfnrt", controls[] = "\b\f\n\r\t";
    uint8_t byte = (*at)[1];
    const char *escape = strchr(escapes, byte);
    uint32_t code;

    *at += 2;
    if (byte != 'u') {
        out[0] = escape ? (uint8_t)controls[escape - escapes] : byte;
        return 1;
    }
    code = read_hex(*at);
    *at += 4;
    if (code >= 0xd800 && code <= 0xdbff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (read_hex(*at + 2) - 0xdc00);
        *at += 6;
    }
    return tp_utf8_write(code, out);
}

void tp_json_unescape(tp_bytes token, uint8_t *out, size_t *size)
{
    const uint8_t *at = token.data + 1, *end = token.data + token.size - 1;
    uint8_t *start = out;

    while (at < end) {
        const uint8_t *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape ? escape : end) - at);
        uint8_t character[4];

        memcpy(out, at, plain);
        out += plain;
        at += plain;
        if (escape) {
            size_t length = unescape(&at, character);

            memcpy(out, character, length);
            out += length;
        }
    }
    *size = (size_t)(out - start);
}

bool tp_json_equals(tp_bytes token, const char *text)
{
    const uint8_t *at = token.data + 1, *end = token.data + token.size - 1;

    while (at < end) {
        uint8_t character[4] = { *at };
        size_t length = 1;

        if (*at == '\\')
            length = unescape(&at, character);
        else
            at++;
        /* Stops at the text's own NUL at the latest: a NUL that was escaped is no end. */
        for (size_t i = 0; i < length; i++, text++)
            if (!*text || (uint8_t)*text != character[i])
                return false;
    }
    return !*text;
}
