/* SPDX-License-Identifier: MIT */
/* top/screen.c -- the live view in a terminal: draws lines, reads keys. */
#include "top/screen.h"

#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/clock.h"
#include "top/keys.h"
#include "top/terminal.h"

#define PATIENCE 0.5 /* seconds, with workers that do not answer */

typedef struct screen {
    tp_top_gather *gather;
    const tp_top_snapshot *snapshot;
    tp_top_text text;
    tp_top_keys keys;
    size_t first; /* line that is at the top */
} screen;

/* --- drawing ---------------------------------------------------------------------------------- */

/* How many bytes of the line fit in so many columns. */
static size_t fit(const char *text, size_t size, int columns)
{
    mbstate_t state = { 0 };
    size_t at = 0;

    while (at < size) {
        wchar_t character;
        size_t length = mbrtowc(&character, text + at, size - at, &state);
        int width = 1;

        if (length == 0 || length > size - at) { /* no character of the terminal's */
            length = 1;
            state = (mbstate_t){ 0 };
        } else {
            width = wcwidth(character);
        }
        columns -= width > 0 ? width : 0;
        if (columns < 0)
            break;
        at += length;
    }
    return at;
}

static void draw_text(int row, const char *text, size_t size, attr_t look)
{
    size = fit(text, size, COLS);
    attrset((int)look);
    mvaddnstr(row, 0, text, (int)size);
    if ((look & A_REVERSE) != 0)
        hline(' ', COLS);
    attrset((int)A_NORMAL);
}

static attr_t look_of(tp_top_line_kind kind)
{
    switch (kind) {
    case TP_TOP_LINE_WORKER:
        return A_BOLD;
    case TP_TOP_LINE_HEADING:
        return A_UNDERLINE;
    case TP_TOP_LINE_PROBLEM:
        return A_STANDOUT;
    case TP_TOP_LINE_PLAIN:
    case TP_TOP_LINE_PROCESS:
        break;
    }
    return A_NORMAL;
}

/* So that the chosen line is on the screen. */
static void scroll_to(screen *self, size_t chosen, size_t rows)
{
    if (self->first >= self->text.count)
        self->first = 0;
    if (chosen == SIZE_MAX)
        return;
    if (chosen < self->first || self->text.count <= rows)
        self->first = self->text.count <= rows ? 0 : chosen;
    if (chosen >= self->first + rows)
        self->first = chosen - rows + 1;
}

static void draw(screen *self)
{
    const char *last = *self->keys.message ? self->keys.message : TP_TOP_HELP;
    size_t rows = LINES > 1 ? (size_t)LINES - 1 : 1;
    size_t chosen;

    chosen = tp_top_keys_line(&self->keys, self->snapshot, &self->text);
    scroll_to(self, chosen, rows);
    erase();
    for (size_t i = 0; i < rows && self->first + i < self->text.count; i++) {
        const tp_top_line *line = &self->text.lines[self->first + i];
        attr_t look = self->first + i == chosen ? A_REVERSE : look_of(line->kind);

        draw_text((int)i, (const char *)self->text.text.data + line->start, line->size, look);
    }
    draw_text(LINES - 1, last, strlen(last), A_DIM);
    refresh();
}

/* --- the loop --------------------------------------------------------------------------------- */

static void look(screen *self)
{
    self->snapshot = tp_top_gather_take(self->gather, PATIENCE);
    tp_top_text_make(&self->text, self->snapshot);
}

static void obey(screen *self)
{
    const tp_top_command *command = &self->keys.command;
    temporal_error *error =
        tp_top_gather_command(self->gather, command->worker, command->kind, command->argument);

    (void)snprintf(self->keys.message, sizeof self->keys.message, "%s",
                   error ? temporal_error_message(error) : "done");
    temporal_error_free(error);
    look(self);
}

static int read_key(int64_t until)
{
    int64_t left = (until - tp_clock_monotonic()) / 1000000;
    int key;

    timeout(left > 0 ? (int)left : 0);
    key = getch();
    if (key == KEY_UP)
        return TP_TOP_KEY_UP;
    return key == KEY_DOWN ? TP_TOP_KEY_DOWN : key;
}

static void run(screen *self, double interval)
{
    int64_t next = 0;

    for (;;) {
        int key;

        if (tp_clock_monotonic() >= next) {
            look(self);
            next = tp_clock_monotonic() + tp_clock_nanoseconds(interval);
        }
        draw(self);
        key = read_key(next);
        if (key == ERR || key == KEY_RESIZE)
            continue;
        switch (tp_top_keys_press(&self->keys, self->snapshot, &self->text, key)) {
        case TP_TOP_LEAVE:
            return;
        case TP_TOP_LOOK:
            next = 0;
            break;
        case TP_TOP_OBEY:
            obey(self);
            break;
        case TP_TOP_NOTHING:
            break;
        }
    }
}

temporal_error *tp_top_screen_run(tp_top_gather *gather, double interval)
{
    screen self = { .gather = gather };
    SCREEN *terminal = NULL;

    (void)setlocale(LC_CTYPE, "");
    /* Asked first: newterm does not give back what it took when it fails. */
    if (tp_top_terminal_is_known())
        terminal = newterm(NULL, stdout, stdin);
    if (!terminal)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "cannot draw on a terminal of type \"%s\": try --once",
                                  getenv("TERM") ? getenv("TERM") : "");
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    (void)curs_set(0);
    run(&self, interval);
    endwin();
    delscreen(terminal);
    tp_top_text_done(&self.text);
    return TEMPORAL_OK;
}
