/* SPDX-License-Identifier: MIT */
/* workflow/machine.c -- lives of machines. */
#include "workflow/machine.h"

#include "base/alloc.h"
#include "workflow/run.h"

void *tp_machine_new(temporal_workflow *run, const tp_machine_type *type, size_t size,
                     temporal_scope *scope, void (*on_cancel)(temporal_future *future))
{
    tp_machine *machine = tp_alloc(size);

    machine->type = type;
    tp_list_append(&run->machines, &machine->link);
    tp_future_init(&machine->future, run, scope, on_cancel);
    return machine;
}

static void free_machine(tp_machine *machine)
{
    tp_list_remove(&machine->link);
    if (machine->type->done)
        machine->type->done(machine);
    tp_future_release(&machine->future);
    tp_free(machine);
}

void tp_machine_began(tp_machine *machine, int64_t event_id)
{
    machine->event_id = event_id;
    if (!machine->closed)
        (void)tp_map_put_number(&machine->future.run->by_event, event_id, machine);
}

void tp_machine_close(tp_machine *machine)
{
    if (machine->event_id != 0)
        (void)tp_map_remove_number(&machine->future.run->by_event, machine->event_id);
    machine->closed = true;
    if (machine->released)
        free_machine(machine);
}

void tp_machine_release(tp_machine *machine)
{
    machine->released = true;
    if (machine->closed)
        free_machine(machine);
}

void tp_machines_done(temporal_workflow *run)
{
    while (!tp_list_is_empty(&run->machines))
        free_machine(tp_list_entry(run->machines.next, tp_machine, link));
    tp_map_done(&run->by_event);
}

tp_machine *tp_machine_find(const temporal_workflow *run, int64_t event_id)
{
    return event_id > 0 ? tp_map_get_number(&run->by_event, event_id) : NULL;
}
