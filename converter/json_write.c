/* SPDX-License-Identifier: MIT */
/* converter/json_write.c -- text in quotes. */
#include "converter/json.h"
#include "converter/utf8.h"

static void write_escape(tp_buffer *out, uint8_t byte)
{
    /* In pairs: what it is, how it is written. */
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; short_forms[i]; i += 2)
        if ((uint8_t)short_forms[i] == byte) {
            tp_buffer_format(out, "\\%c", short_forms[i + 1]);
            return;
        }
    tp_buffer_format(out, "\\u%04x", byte);
}

void tp_json_write_text(tp_buffer *out, tp_bytes text)
{
    size_t written = 0, at = 0;

    tp_buffer_append(out, "\"", 1);
    while (at < text.size) {
        uint8_t byte;

        at += tp_utf8_plain(text.data + at, text.size - at);
        if (at == text.size)
            break;
        byte = text.data[at++];
        if (byte >= 0x80) /* goes as it is, too */
            continue;
        tp_buffer_append(out, text.data + written, at - 1 - written);
        write_escape(out, byte);
        written = at;
    }
    if (at > written)
        tp_buffer_append(out, text.data + written, at - written);
    tp_buffer_append(out, "\"", 1);
}
