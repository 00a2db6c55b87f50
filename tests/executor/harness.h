/* SPDX-License-Identifier: MIT */
/* tests/executor/harness.h -- an executor on a loop, and attempts that remember what happened to
 * them.
 *
 * The test's own thread calls these; what they do happens on the loop. */
#ifndef TP_TESTS_EXECUTOR_HARNESS_H
#define TP_TESTS_EXECUTOR_HARNESS_H

#include "executor/executors.h"
#include "tests/support/support.h"

typedef temporal_error *(*harness_make)(tp_executor **executor,
                                        const temporal_activity_def *const *activities,
                                        uint32_t concurrency);

struct harness {
    tp_loop *loop;
    tp_executor *executor;
    pthread_mutex_t mutex; /* of what subjects remember */
    pthread_cond_t changed;
    bool stopping, stopped;
};

/* An attempt. */
struct subject {
    tp_attempt attempt;
    struct harness *harness;
    void (*on_beat)(struct subject *subject); /* on the loop; may be NULL */
    void (*on_end)(struct subject *subject);
    void *data; /* the test's */
    tp_buffer input, details_before;

    int beats;
    int ends;
    int beats_after_end;
    tp_outcome_kind kind;
    tp_buffer body;
    bool had_last; /* a heartbeat was there to be taken when it ended */
    tp_buffer last;
};

void harness_open(struct harness *harness, harness_make make,
                  const temporal_activity_def *const *activities, uint32_t concurrency);
/** Begins to stop the executor; harness_close waits for it. */
void harness_stop(struct harness *harness);
void harness_abandon(struct harness *harness);
void harness_notify_shutdown(struct harness *harness);
size_t harness_running(struct harness *harness);
void harness_close(struct harness *harness);

/** An attempt of that activity, with an info of "activity-1", "workflow-1" and so on. */
void subject_init(struct subject *subject, struct harness *harness,
                  const temporal_activity_def *def);
void subject_set_input(struct subject *subject, const temporal_type *type, const void *value);
#define subject_give(subject, T, value) subject_set_input((subject), T##_type(), &(T){ value })
void subject_submit(struct subject *subject);
void subject_cancel(struct subject *subject, temporal_cancel_reason reason);
/** True when there was one; details gets it. */
bool subject_take(struct subject *subject, tp_buffer *details);
void subject_wait_beats(struct subject *subject, int count);
void subject_wait_end(struct subject *subject);
/** Submits and waits. */
void subject_run(struct subject *subject);
void subject_done(struct subject *subject);

/** The result of an attempt that completed; what it points to lives until subject_done. */
void subject_result(struct subject *subject, const temporal_type *type, void *out);
/** The text that it completed with. */
void subject_assert_text(struct subject *subject, const char *text);
/** What it failed, or was cancelled, with; temporal_error_free it. */
temporal_error *subject_failure(struct subject *subject);
/** The detail at index of encoded heartbeat details is that text, that number. */
void details_assert_text(const tp_buffer *details, size_t index, const char *text);
void details_assert_int(const tp_buffer *details, size_t index, int64_t number);

#endif
