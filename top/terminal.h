/* SPDX-License-Identifier: MIT */
/* top/terminal.h -- whether the terminal is one that can be drawn on. */
#ifndef TP_TOP_TERMINAL_H
#define TP_TOP_TERMINAL_H

#include <stdbool.h>

/** Is the type of the terminal that stdout goes to known here? */
bool tp_top_terminal_is_known(void);

#endif
