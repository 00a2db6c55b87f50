/* SPDX-License-Identifier: MIT */
/* program_facts.c -- patches, what a run writes down, and other workflows. See program.h. */
#include <inttypes.h>

#include "program_life.h"

void program_patch(temporal_workflow *run, program_life *self, const op *what)
{
    const char *id = temporal_workflow_format(run, "patch-%u", what->choice % 6);

    if (what->choice % 5 == 0) {
        temporal_workflow_deprecate_patch(run, id);
        program_trace(run, self, "%s is deprecated", id);
    } else {
        program_trace(run, self, "%s: %d", id, temporal_workflow_patched(run, id));
    }
}

/* What is written is read at once. */
temporal_error *program_record(temporal_workflow *run, program_life *self, const op *what)
{
    const char *name = what->choice % 2
                           ? temporal_workflow_format(run, "entry-%u", what->choice % 3)
                           : "TestKeyword"; /* which test servers know */
    const char *text = temporal_workflow_format(run, "%016" PRIx64, self->trace), *again = "";
    const temporal_entry entries[] = { { name, temporal_string_type(),
                                         what->choice % 7 == 0 ? NULL : (const void *)&text },
                                       { NULL, NULL, NULL } };
    temporal_error *error;

    if (what->choice % 2) {
        TEMPORAL_TRY(temporal_workflow_upsert_memo(run, entries));
        error = temporal_workflow_get_memo(run, name, temporal_string_type(), &again);
    } else {
        TEMPORAL_TRY(temporal_workflow_upsert_search_attributes(run, entries));
        error = temporal_workflow_get_search_attribute(run, name, temporal_string_type(), &again);
    }
    program_trace(run, self, "%s is %s", name, error ? temporal_error_message(error) : again);
    return NULL;
}

static temporal_external *other(temporal_workflow *run, const op *what)
{
    return temporal_workflow_external(
        run, temporal_workflow_format(run, "other-%u", what->choice % 4), NULL);
}

temporal_error *program_external(temporal_workflow *run, program_life *self, const op *what)
{
    const temporal_argument input = program_argument(run, self);

    return what->choice % 2 ? temporal_external_signal(other(run, what), "nudge", &input, 1)
                            : temporal_external_cancel(other(run, what));
}

temporal_future *program_begin_external(temporal_workflow *run, program_life *self, const op *what)
{
    const temporal_argument input = program_argument(run, self);

    return what->choice % 2 ? temporal_external_begin_signal(other(run, what), "nudge", &input, 1)
                            : temporal_external_begin_cancel(other(run, what));
}
