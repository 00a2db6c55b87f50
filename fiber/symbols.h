/* SPDX-License-Identifier: MIT */
/* fiber/symbols.h -- names of places in code, for reports: function, file and line.
 *
 * What is known depends on how a program was built: with -g all of it, stripped only what it
 * exports. Nothing is asked of a network or of other files than those that are mapped. */
#ifndef TP_FIBER_SYMBOLS_H
#define TP_FIBER_SYMBOLS_H

#include "base/buffer.h"

typedef struct tp_symbols tp_symbols;

/** Of this process, as its files are mapped now. Takes milliseconds: for one report. Any thread. */
tp_symbols *tp_symbols_open(void);
void tp_symbols_close(tp_symbols *symbols);
/** The function that the return address leads back to; NULL: nobody knows. Lives until close. */
const char *tp_symbols_function(tp_symbols *symbols, const void *address);
/** Appends "greet at examples/hello.c:22", "greet+0x1f (hello)" or "0x55e0c01f (hello)". */
void tp_symbols_describe(tp_symbols *symbols, const void *address, tp_buffer *out);

#endif
