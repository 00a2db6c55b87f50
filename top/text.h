/* SPDX-License-Identifier: MIT */
/* top/text.h -- a snapshot as lines of text: what --once prints, and the screen shows. */
#ifndef TP_TOP_TEXT_H
#define TP_TOP_TEXT_H

#include "base/buffer.h"
#include "top/snapshot.h"

typedef enum tp_top_line_kind {
    TP_TOP_LINE_PLAIN,
    TP_TOP_LINE_WORKER,  /* a worker's first line */
    TP_TOP_LINE_HEADING, /* of the table of its processes */
    TP_TOP_LINE_PROCESS,
    TP_TOP_LINE_PROBLEM
} tp_top_line_kind;

typedef struct tp_top_line {
    tp_top_line_kind kind;
    size_t worker, process; /* where in the snapshot, of the kinds that say so */
    size_t start, size;     /* in the text, without the newline */
} tp_top_line;

typedef struct tp_top_text {
    tp_buffer text; /* lines, each with its newline */
    tp_top_line *lines;
    size_t count;
} tp_top_text;

/** { 0 } needs no init; what it held is replaced. */
void tp_top_text_make(tp_top_text *text, const tp_top_snapshot *snapshot);
void tp_top_text_done(tp_top_text *text);

#endif
