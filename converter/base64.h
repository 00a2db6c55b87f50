/* SPDX-License-Identifier: MIT */
/* converter/base64.h -- bytes as text: RFC 4648, section 4, with its padding. */
#ifndef TP_CONVERTER_BASE64_H
#define TP_CONVERTER_BASE64_H

#include "base/buffer.h"

void tp_base64_write(tp_buffer *out, tp_bytes bytes);
/** Writes at most text.size / 4 * 3 bytes to out (which may be text itself) and how many to *size;
 * false when text is no base64. */
bool tp_base64_read(tp_bytes text, uint8_t *out, size_t *size);

#endif
