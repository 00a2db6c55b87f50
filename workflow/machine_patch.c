/* SPDX-License-Identifier: MIT */
/* workflow/machine_patch.c -- RecordMarker, of a patch.
 *
 *     issued --MarkerRecorded--> closed
 */
#include "workflow/machine_patch.h"

#include <string.h>

#include "workflow/machine.h"
#include "workflow/patch_marker.h"
#include "workflow/run.h"

typedef struct patch_record {
    tp_machine machine;
    tp_command command;
    bool deprecated;
    char id[];
} patch_record;

static patch_record *self_of(tp_command *command)
{
    return tp_list_entry(command, patch_record, command);
}

static void build(tp_command *command, tp_arena *arena, Tp__Command__Command *message)
{
    const patch_record *self = self_of(command);
    const tp_patch_marker marker = { .id = self->id, .deprecated = self->deprecated };

    message->attributes_case = TP__COMMAND__COMMAND__ATTRIBUTES_RECORD_MARKER_COMMAND_ATTRIBUTES;
    message->record_marker_command_attributes = tp_patch_marker_write(arena, &marker);
}

/* That a patch is deprecated by now is no difference. */
static const char *meet(tp_command *command, const tp_event *event)
{
    patch_record *self = self_of(command);
    temporal_workflow *run = self->machine.future.run;
    tp_patch_marker marker;

    if (!tp_patch_marker_is(event) || tp_patch_marker_read(&run->arena, event, &marker))
        return "kind of marker";
    if (strcmp(marker.id, self->id) != 0)
        return "patch id";
    tp_machine_close(&self->machine);
    return NULL;
}

static char *describe(tp_command *command, tp_arena *arena)
{
    return tp_arena_format(arena, "RecordMarker (%s, id %s)", TP_PATCH_MARKER,
                           self_of(command)->id);
}

static const tp_command_type record_type = { .wire = TP_COMMAND(RECORD_MARKER),
                                             .event = TP_EVENT(MARKER_RECORDED),
                                             .build = build,
                                             .meet = meet,
                                             .describe = describe };

/* No event ever refers to a marker. */
static bool take(tp_machine *machine, const tp_event *event)
{
    (void)machine;
    (void)event;
    return false;
}

static const tp_machine_type machine_type = { .take = take };

void tp_machine_patch_record(temporal_workflow *run, const char *id, bool deprecated)
{
    patch_record *self =
        tp_machine_new(run, &machine_type, sizeof(*self) + strlen(id) + 1, NULL, NULL);

    self->deprecated = deprecated;
    memcpy(self->id, id, strlen(id) + 1);
    tp_machine_release(&self->machine);
    tp_command_init(&self->command, &record_type);
    tp_command_issue(run, &self->command);
}

bool tp_machine_patch_is(tp_command *command, const char *id)
{
    const patch_record *self;

    if (command->type != &record_type)
        return false;
    self = tp_list_entry(command, patch_record, command);
    return strcmp(self->id, id) == 0;
}
