/* SPDX-License-Identifier: MIT */
/* top/main.c -- temporal-top: the workers of this user, watched live, and told what to do. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top/json.h"
#include "top/screen.h"
#include "top/text.h"

#define INTERVAL 1.0 /* seconds */
#define PATIENCE 2.0 /* of --once and --json with workers that do not answer */

static const char usage[] =
    "usage: temporal-top [--delay SECONDS]      the workers of this user, live\n"
    "       temporal-top --once | --json        once, as text or as JSON\n"
    "       temporal-top recycle WORKER PID     replaces a process when its attempt has ended\n"
    "       temporal-top kill WORKER PID        kills it: its attempt fails, and may be retried\n"
    "       temporal-top resize WORKER NUMBER   how many processes there may be, up to "
    ".concurrency\n"
    "       temporal-top drain WORKER           shuts the worker down when its activities have "
    "ended\n"
    "WORKER is its process id, or its name when a program has several.\n"
    "--folder FOLDER: where workers are looked for, instead of $XDG_RUNTIME_DIR/temporal and\n"
    "/tmp/temporal-UID.\n";

typedef struct options {
    bool once, json;
    double delay;
    const char *folder;
} options;

typedef struct verb {
    const char *name;
    tp_meeting_kind kind;
    int arguments; /* besides the worker */
} verb;

static int misused(void)
{
    (void)fputs(usage, stderr);
    return 2;
}

/* --- views ------------------------------------------------------------------------------------ */

static temporal_error *print(tp_top_gather *gather, bool json)
{
    const tp_top_snapshot *snapshot = tp_top_gather_take(gather, PATIENCE);
    tp_top_text text = { 0 };
    tp_buffer out = { 0 };

    if (json) {
        tp_top_json_write(&out, snapshot);
        (void)fwrite(out.data, 1, out.size, stdout);
    } else {
        tp_top_text_make(&text, snapshot);
        (void)fwrite(text.text.data, 1, text.text.size, stdout);
    }
    tp_buffer_done(&out);
    tp_top_text_done(&text);
    if (fflush(stdout) != 0)
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM, "cannot write to the standard output");
    return TEMPORAL_OK;
}

/* --- commands --------------------------------------------------------------------------------- */

static bool read_number(const char *text, int64_t *number)
{
    char *end;

    *number = strtoll(text, &end, 10);
    return end != text && *end == '\0' && *number >= 0;
}

/* 2 when it is no command of ours. */
static int command(tp_top_gather *gather, char **words, int count)
{
    static const verb verbs[] = { { "recycle", TP_MEETING_RECYCLE, 1 },
                                  { "kill", TP_MEETING_KILL, 1 },
                                  { "resize", TP_MEETING_RESIZE, 1 },
                                  { "drain", TP_MEETING_DRAIN, 0 } };
    int64_t number = 0;

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        temporal_error *error;

        if (strcmp(words[0], verbs[i].name) != 0)
            continue;
        if (count != 2 + verbs[i].arguments ||
            (verbs[i].arguments > 0 && !read_number(words[2], &number)))
            return misused();
        error = tp_top_gather_command(gather, words[1], verbs[i].kind, number);
        return error ? temporal_error_report(error) : 0;
    }
    return misused();
}

/* --- options ---------------------------------------------------------------------------------- */

static bool read_delay(const char *text, double *delay)
{
    char *end;

    *delay = strtod(text, &end);
    return end != text && *end == '\0' && *delay >= 0.1 && *delay <= 3600;
}

/* False: they make no sense. */
static bool read_options(options *out, int argc, char **argv)
{
    static const struct option known[] = {
        { "once", no_argument, NULL, 'o' },        { "json", no_argument, NULL, 'j' },
        { "delay", required_argument, NULL, 'd' }, { "folder", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 }
    };
    int option;

    *out = (options){ .delay = INTERVAL };
    while ((option = getopt_long(argc, argv, "+d:h", known, NULL)) != -1) {
        switch (option) {
        case 'o':
            out->once = true;
            break;
        case 'j':
            out->json = true;
            break;
        case 'f':
            out->folder = optarg;
            break;
        case 'd':
            if (read_delay(optarg, &out->delay))
                break;
            return false;
        case 'h':
            (void)fputs(usage, stdout);
            exit(0);
        default:
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    temporal_error *error;
    tp_top_gather *gather;
    options given;
    int status = 0;

    if (!read_options(&given, argc, argv))
        return misused();
    if (given.folder && strlen(given.folder) >= TP_MEETING_PATH)
        return misused();
    gather = tp_top_gather_new(given.folder);
    error = tp_top_gather_check(gather);
    if (error)
        status = temporal_error_report(error);
    else if (optind < argc)
        status = command(gather, argv + optind, argc - optind);
    else {
        error = given.once || given.json ? print(gather, given.json)
                                         : tp_top_screen_run(gather, given.delay);
        status = error ? temporal_error_report(error) : 0;
    }
    tp_top_gather_free(gather);
    return status;
}
