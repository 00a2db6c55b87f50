/* SPDX-License-Identifier: MIT */
/* top/keys.c -- what the screen's keys do. */
#include "top/keys.h"

#include <stdio.h>
#include <string.h>

/* --- the chosen line -------------------------------------------------------------------------- */

static bool can_be_chosen(const tp_top_line *line)
{
    return line->kind == TP_TOP_LINE_WORKER || line->kind == TP_TOP_LINE_PROCESS;
}

static void choose(tp_top_keys *keys, const tp_top_snapshot *snapshot, const tp_top_line *line)
{
    memcpy(keys->worker, snapshot->workers[line->worker].name, sizeof keys->worker);
    keys->on_process = line->kind == TP_TOP_LINE_PROCESS;
    keys->process = line->process;
}

static bool is_chosen(const tp_top_keys *keys, const tp_top_snapshot *snapshot,
                      const tp_top_line *line)
{
    return can_be_chosen(line) && (line->kind == TP_TOP_LINE_PROCESS) == keys->on_process &&
           (!keys->on_process || line->process == keys->process) &&
           strcmp(snapshot->workers[line->worker].name, keys->worker) == 0;
}

size_t tp_top_keys_line(tp_top_keys *keys, const tp_top_snapshot *snapshot, const tp_top_text *text)
{
    for (size_t i = 0; i < text->count; i++)
        if (is_chosen(keys, snapshot, &text->lines[i]))
            return i;
    for (size_t i = 0; i < text->count; i++)
        if (can_be_chosen(&text->lines[i])) {
            choose(keys, snapshot, &text->lines[i]);
            return i;
        }
    return SIZE_MAX;
}

static void move(tp_top_keys *keys, const tp_top_snapshot *snapshot, const tp_top_text *text,
                 bool down)
{
    size_t at = tp_top_keys_line(keys, snapshot, text);

    if (at == SIZE_MAX)
        return;
    do
        at += down ? 1 : SIZE_MAX; /* one up */
    while (at < text->count && !can_be_chosen(&text->lines[at]));
    if (at < text->count)
        choose(keys, snapshot, &text->lines[at]);
}

/* --- commands --------------------------------------------------------------------------------- */

static tp_top_deed say(tp_top_keys *keys, const char *message)
{
    (void)snprintf(keys->message, sizeof keys->message, "%s", message);
    return TP_TOP_NOTHING;
}

static void set_command(tp_top_keys *keys, tp_meeting_kind kind, int64_t argument)
{
    keys->command = (tp_top_command){ .kind = kind, .argument = argument };
    memcpy(keys->command.worker, keys->worker, sizeof keys->command.worker);
}

static tp_top_deed ask(tp_top_keys *keys)
{
    keys->asks = true;
    return TP_TOP_NOTHING;
}

static tp_top_deed on_process(tp_top_keys *keys, const tp_top_snapshot *snapshot,
                              const tp_top_line *line, bool by_force)
{
    const tp_board_process *shown = &snapshot->workers[line->worker].processes[line->process].shown;

    if (line->kind != TP_TOP_LINE_PROCESS || shown->pid <= 0)
        return say(keys, "choose a process first");
    set_command(keys, by_force ? TP_MEETING_KILL : TP_MEETING_RECYCLE, shown->pid);
    if (!by_force)
        return TP_TOP_OBEY;
    (void)snprintf(keys->message, sizeof keys->message, "kill process %d (%s)? y or n",
                   (int)shown->pid, shown->attempt > 0 ? shown->activity_type : "idle");
    return ask(keys);
}

static tp_top_deed resize(tp_top_keys *keys, const tp_top_worker *worker, bool more)
{
    uint64_t now = worker->shown.executors[TP_BOARD_EXECUTORS - 1].capacity;

    if (worker->shown.limit == 0)
        return say(keys, "this worker has no processes");
    if (more ? now >= worker->shown.limit : now <= 1)
        return say(keys, more ? "more processes than its .concurrency are not possible"
                              : "one process at least");
    set_command(keys, TP_MEETING_RESIZE, (int64_t)(more ? now + 1 : now - 1));
    return TP_TOP_OBEY;
}

static tp_top_deed answer(tp_top_keys *keys, int key)
{
    keys->asks = false;
    if (key != 'y')
        return say(keys, "not done");
    keys->message[0] = '\0';
    return TP_TOP_OBEY;
}

static tp_top_deed press_on(tp_top_keys *keys, const tp_top_snapshot *snapshot,
                            const tp_top_line *line, int key)
{
    const tp_top_worker *worker = &snapshot->workers[line->worker];

    switch (key) {
    case 'r':
    case 'K':
        return on_process(keys, snapshot, line, key == 'K');
    case '+':
    case '-':
        return resize(keys, worker, key == '+');
    case 'D':
        set_command(keys, TP_MEETING_DRAIN, 0);
        (void)snprintf(keys->message, sizeof keys->message,
                       "shut worker %s down when its activities have ended? y or n", worker->name);
        return ask(keys);
    default:
        return TP_TOP_NOTHING;
    }
}

tp_top_deed tp_top_keys_press(tp_top_keys *keys, const tp_top_snapshot *snapshot,
                              const tp_top_text *text, int key)
{
    size_t line = tp_top_keys_line(keys, snapshot, text);

    if (keys->asks)
        return answer(keys, key);
    keys->message[0] = '\0';
    switch (key) {
    case 'q':
        return TP_TOP_LEAVE;
    case ' ':
        return TP_TOP_LOOK;
    case TP_TOP_KEY_UP:
    case TP_TOP_KEY_DOWN:
        move(keys, snapshot, text, key == TP_TOP_KEY_DOWN);
        return TP_TOP_NOTHING;
    default:
        return line == SIZE_MAX ? TP_TOP_NOTHING
                                : press_on(keys, snapshot, &text->lines[line], key);
    }
}
