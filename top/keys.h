/* SPDX-License-Identifier: MIT */
/* top/keys.h -- what the screen's keys do: which line is chosen, what is asked before it is done.
 * No terminal is needed for this. */
#ifndef TP_TOP_KEYS_H
#define TP_TOP_KEYS_H

#include "top/text.h"

#define TP_TOP_HELP \
    "j k choose   r recycle   K kill   + - resize   D drain   space look now   q quit"

/* The others are the characters themselves. */
enum {
    TP_TOP_KEY_UP = 'k',
    TP_TOP_KEY_DOWN = 'j'
};

typedef struct tp_top_command {
    tp_meeting_kind kind;
    char worker[TP_MEETING_NAME];
    int64_t argument;
} tp_top_command;

typedef struct tp_top_keys {
    char worker[TP_MEETING_NAME]; /* whose line, or whose process's line, is chosen; "": none */
    bool on_process;
    size_t process;
    bool asks; /* whether the command that follows is meant */
    tp_top_command command;
    char message[160]; /* the last line of the screen; "": TP_TOP_HELP */
} tp_top_keys;

typedef enum tp_top_deed {
    TP_TOP_NOTHING,
    TP_TOP_LOOK, /* look again now */
    TP_TOP_OBEY, /* send keys->command */
    TP_TOP_LEAVE
} tp_top_deed;

/** The chosen line; the first one that can be when the old one is gone. SIZE_MAX: there is none. */
size_t tp_top_keys_line(tp_top_keys *keys, const tp_top_snapshot *snapshot,
                        const tp_top_text *text);
tp_top_deed tp_top_keys_press(tp_top_keys *keys, const tp_top_snapshot *snapshot,
                              const tp_top_text *text, int key);

#endif
