/* SPDX-License-Identifier: MIT */
/* top/terminal.c -- whether the terminal is one that can be drawn on.
 *
 * A file of its own, as <term.h> makes macros of common words. */
#include "top/terminal.h"

#include <curses.h>
#include <term.h>
#include <unistd.h>

bool tp_top_terminal_is_known(void)
{
    int found;

    if (setupterm(NULL, STDOUT_FILENO, &found) != OK)
        return false;
    (void)del_curterm(cur_term);
    return true;
}
