/* SPDX-License-Identifier: MIT */
/* converter/json_write.c -- text in quotes. */
#include "converter/json.h"

static void write_escape(tp_buffer *out, uint8_t byte)
{
    static const char short_forms[] =
        "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: what it is, how it is written */

    for (size_t i = 0; short_forms[i]; i += 2)
        if ((uint8_t)short_forms[i] == byte) {
            tp_buffer_format(out, "\\%c", short_forms[i + 1]);
            return;
        }
    tp_buffer_format(out, "\\u%04x", byte);
}

void tp_json_write_text(tp_buffer *out, tp_bytes text)
{
    size_t written = 0;

    tp_buffer_append(out, "\"", 1);
    for (size_t at = 0; at < text.size; at++) {
        uint8_t byte = text.data[at];

        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        tp_buffer_append(out, text.data + written, at - written);
        write_escape(out, byte);
        written = at + 1;
    }
    if (text.size > written)
        tp_buffer_append(out, text.data + written, text.size - written);
    tp_buffer_append(out, "\"", 1);
}
