/* SPDX-License-Identifier: MIT */
/* base/buffer.h -- bytes that grow at the end, and bytes that are only looked at. */
#ifndef TP_BASE_BUFFER_H
#define TP_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include <temporal/base.h>

/* Borrowed bytes. */
typedef struct tp_bytes {
    const uint8_t *data;
    size_t size;
} tp_bytes;

/* Owned bytes: { 0 } is empty and needs no init. */
typedef struct tp_buffer {
    uint8_t *data;
    size_t size, capacity;
} tp_buffer;

void tp_buffer_done(tp_buffer *buffer);
void tp_buffer_clear(tp_buffer *buffer); /* keeps its memory */
void tp_buffer_append(tp_buffer *buffer, const void *data, size_t size);
void tp_buffer_append_text(tp_buffer *buffer, const char *text);
void tp_buffer_format(tp_buffer *buffer, const char *format, ...) TEMPORAL_PRINTF(2, 3);
/** Makes room for so many bytes at the end and returns it; add what was written to size. */
uint8_t *tp_buffer_reserve(tp_buffer *buffer, size_t size);
tp_bytes tp_buffer_bytes(const tp_buffer *buffer);

#endif
