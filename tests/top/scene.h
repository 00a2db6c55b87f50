/* SPDX-License-Identifier: MIT */
/* tests/top/scene.h -- a snapshot as a test wants it, and a worker that is none. */
#ifndef TP_TESTS_TOP_SCENE_H
#define TP_TESTS_TOP_SCENE_H

#include "tests/support/support.h"
#include "top/snapshot.h"

#define SCENE_PID  4711 /* of the first process; the next ones count on */
#define SCENE_PAST INT64_C(1000000000)

/* Two workers: "100-a" has two processes, of which the first is busy, "200-b" threads only. */
struct scene {
    tp_top_snapshot snapshot;
    tp_top_worker workers[2];
    tp_top_process processes[2];
};

void scene_set(struct scene *scene);

/** A child that listens like a worker, shows the scene's first one, and writes "kind argument" to
 * told for each command. A process that is to be recycled is leaving from then on. */
struct impostor {
    pid_t pid;
    int told;
    char line[64];
};

typedef enum impostor_kind {
    IMPOSTOR_PLAIN,
    IMPOSTOR_SILENT,   /* never answers */
    IMPOSTOR_GARBLED,  /* its board is noise, but for its header */
    IMPOSTOR_UNSEALED, /* its board may be cut short under the reader's feet */
    IMPOSTOR_BABBLING, /* answers with nonsense */
    IMPOSTOR_FLEEING   /* hangs up when it is asked */
} impostor_kind;

/** In $XDG_RUNTIME_DIR, which must be the test's own; returns when it listens. */
struct impostor impostor_start(impostor_kind kind);
/** The next command that it was told: "1 4711". */
const char *impostor_told(struct impostor *impostor);
void impostor_stop(struct impostor *impostor);

/** A group's set-up and tear-down: $XDG_RUNTIME_DIR is a new folder. */
int scene_make_runtime(void **state);
/** Where its workers are: others of this user, in /tmp, are none of the tests'. */
const char *scene_folder(void);
int scene_remove_runtime(void **state);

#endif
