/* SPDX-License-Identifier: MIT */
/* base/buffer.c -- bytes that grow at the end. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define CAPACITY_FIRST 64

void tp_buffer_done(tp_buffer *buffer)
{
    tp_free(buffer->data);
    *buffer = (tp_buffer){ 0 };
}

void tp_buffer_clear(tp_buffer *buffer)
{
    buffer->size = 0;
}

uint8_t *tp_buffer_reserve(tp_buffer *buffer, size_t size)
{
    size_t capacity = buffer->capacity ? buffer->capacity : CAPACITY_FIRST;

    if (buffer->capacity - buffer->size >= size && buffer->data)
        return buffer->data + buffer->size;
    if (size > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4)
        capacity = SIZE_MAX; /* is refused, and says so */
    while (capacity - buffer->size < size)
        capacity *= 2;
    buffer->data = tp_realloc(buffer->data, capacity);
    buffer->capacity = capacity;
    return buffer->data + buffer->size;
}

void tp_buffer_append(tp_buffer *buffer, const void *data, size_t size)
{
    if (!size)
        return;
    memcpy(tp_buffer_reserve(buffer, size), data, size);
    buffer->size += size;
}

void tp_buffer_append_text(tp_buffer *buffer, const char *text)
{
    tp_buffer_append(buffer, text, strlen(text));
}

void tp_buffer_format(tp_buffer *buffer, const char *format, ...)
{
    char small[256];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(small, sizeof(small), format, arguments);
    va_end(arguments);
    if (length < 0) { /* an invalid wide character: better the bare format than nothing */
        tp_buffer_append_text(buffer, format);
    } else if ((size_t)length < sizeof(small)) {
        tp_buffer_append(buffer, small, (size_t)length);
    } else { /* vsnprintf writes a NUL as well, which does not count */
        va_start(arguments, format);
        vsnprintf((char *)tp_buffer_reserve(buffer, (size_t)length + 1), (size_t)length + 1, format,
                  arguments);
        va_end(arguments);
        buffer->size += (size_t)length;
    }
}

tp_bytes tp_buffer_bytes(const tp_buffer *buffer)
{
    return (tp_bytes){ buffer->data, buffer->size };
}
