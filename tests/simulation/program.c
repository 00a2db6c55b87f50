/* SPDX-License-Identifier: MIT */
/* program.c -- makes a program from a seed. See program.h. */
#include "program.h"

#include <string.h>

#define DEPTH 5

typedef struct program_maker {
    program *made;
    sim_random random;
    unsigned left;           /* operations that may still be made */
    int first_slot;          /* of the tree that is being made */
    int open[PROGRAM_SLOTS]; /* slots of the coroutines around */
    size_t open_count;
    bool in_main; /* and in no coroutine of its own */
    unsigned loops;
} program_maker;

static op *make(program_maker *maker, unsigned depth);

static bool encloses(const program_maker *maker, int slot)
{
    for (size_t i = 0; i < maker->open_count; i++)
        if (maker->open[i] == slot)
            return true;
    return false;
}

/* Slots to wait for: made before, by nothing that encloses us. */
static void aim(program_maker *maker, op *self, size_t most)
{
    int count = maker->made->slots - maker->first_slot;

    for (size_t i = 0; count > 0 && i < most; i++) {
        int slot = maker->first_slot + (int)sim_below(&maker->random, (unsigned)count);

        if (!encloses(maker, slot))
            self->targets[self->target_count++] = slot;
    }
}

static void take_slot(program_maker *maker, op *self, bool has_output)
{
    self->slot = -1;
    if (maker->made->slots == PROGRAM_SLOTS)
        return;
    self->slot = maker->made->slots++;
    maker->made->has_output[self->slot] = has_output;
}

static void fill(program_maker *maker, op *self, unsigned depth, unsigned most)
{
    size_t count = 1 + sim_below(&maker->random, most);

    self->body = tp_arena_alloc(&maker->made->arena, count * sizeof(op *));
    for (size_t i = 0; i < count && maker->left > 0; i++)
        self->body[self->body_count++] = make(maker, depth + 1);
}

static void make_spawn(program_maker *maker, op *self, unsigned depth)
{
    bool in_main = maker->in_main;

    take_slot(maker, self, false);
    if (self->slot < 0)
        return;
    maker->open[maker->open_count++] = self->slot;
    maker->in_main = false;
    fill(maker, self, depth, 4);
    maker->in_main = in_main;
    maker->open_count--;
}

static void make_cancel(program_maker *maker, op *self)
{
    if (maker->made->slots > 0)
        self->targets[self->target_count++] =
            (int)sim_below(&maker->random, (unsigned)maker->made->slots);
}

static void make_parts(program_maker *maker, op *self, unsigned depth)
{
    switch (self->kind) {
    case OP_BEGIN_ACTIVITY:
    case OP_BEGIN_LOCAL:
    case OP_BEGIN_CHILD:
    case OP_START_CHILD:
        take_slot(maker, self, true);
        break;
    case OP_BEGIN_TIMER:
    case OP_BEGIN_EXTERNAL:
        take_slot(maker, self, false);
        break;
    case OP_SCOPE:
        if (maker->made->scopes < PROGRAM_SCOPES)
            self->slot = maker->made->scopes++;
        fill(maker, self, depth, 4);
        break;
    case OP_LOOP:
        maker->loops++;
        fill(maker, self, depth, 3);
        maker->loops--;
        break;
    case OP_SHIELD:
    case OP_EITHER:
    case OP_SEQUENCE:
        fill(maker, self, depth, 4);
        break;
    case OP_SPAWN:
        make_spawn(maker, self, depth);
        break;
    case OP_CANCEL:
        make_cancel(maker, self);
        break;
    case OP_AWAIT:
    case OP_SIGNAL_CHILD:
        aim(maker, self, 1);
        break;
    case OP_ANY:
    case OP_ALL:
        aim(maker, self, PROGRAM_TARGETS);
        break;
    default:
        break;
    }
}

static op_kind choose(program_maker *maker, unsigned depth)
{
    static const op_kind flat[] = {
        OP_ACTIVITY,    OP_ACTIVITY,     OP_BEGIN_ACTIVITY, OP_BEGIN_ACTIVITY, OP_SLEEP,
        OP_SLEEP,       OP_BEGIN_TIMER,  OP_BEGIN_TIMER,    OP_CHILD,          OP_BEGIN_CHILD,
        OP_BEGIN_CHILD, OP_START_CHILD,  OP_SIGNAL_CHILD,   OP_SIGNAL_CHILD,   OP_CONDITION,
        OP_UNTIL,       OP_CANCEL_SCOPE, OP_CANCEL_SCOPE,   OP_CANCEL,         OP_CANCEL,
        OP_CANCEL,      OP_AWAIT,        OP_AWAIT,          OP_AWAIT,          OP_ANY,
        OP_ANY,         OP_ALL,          OP_LOOK,           OP_LOOK,           OP_LOCAL,
        OP_LOCAL,       OP_BEGIN_LOCAL,  OP_BEGIN_LOCAL,    OP_PATCH,          OP_PATCH,
        OP_RECORD,      OP_RECORD,       OP_EXTERNAL,       OP_BEGIN_EXTERNAL,
    };
    static const op_kind nested[] = { OP_SCOPE, OP_SCOPE, OP_SHIELD, OP_SPAWN,
                                      OP_SPAWN, OP_SPAWN, OP_EITHER };

    if (maker->in_main && sim_one_in(&maker->random, 60))
        return OP_CONTINUE;
    if (depth >= DEPTH || !sim_one_in(&maker->random, 3))
        return flat[sim_below(&maker->random, sizeof(flat) / sizeof(flat[0]))];
    if (maker->loops == 0 && sim_one_in(&maker->random, 8))
        return OP_LOOP;
    return nested[sim_below(&maker->random, sizeof(nested) / sizeof(nested[0]))];
}

static op *make(program_maker *maker, unsigned depth)
{
    op *self = tp_arena_alloc(&maker->made->arena, sizeof(*self));

    if (maker->left > 0)
        maker->left--;
    self->kind = choose(maker, depth);
    self->passes_on = sim_one_in(&maker->random, 4);
    self->choice = sim_below(&maker->random, 1000);
    self->slot = -1;
    make_parts(maker, self, depth);
    return self;
}

/* A whole function; at least one operation. */
static op *make_root(program_maker *maker, unsigned size, const op *first)
{
    op *root = tp_arena_alloc(&maker->made->arena, sizeof(*root));

    maker->left = size;
    maker->first_slot = maker->made->slots;
    root->kind = OP_SEQUENCE;
    root->slot = -1;
    root->body = tp_arena_alloc(&maker->made->arena, (size + 1) * sizeof(op *));
    if (first)
        root->body[root->body_count++] =
            tp_arena_memdup(&maker->made->arena, first, sizeof(*first));
    while (maker->left > 0)
        root->body[root->body_count++] = make(maker, 1);
    return root;
}

void program_init(program *made, uint64_t seed, bool planted)
{
    static const op counter = { .kind = OP_COUNTER, .slot = -1 };
    program_maker maker = { .made = made, .random = { seed }, .in_main = true };

    memset(made, 0, sizeof(*made));
    tp_arena_init(&made->arena);
    made->main = make_root(&maker, 3 + sim_below(&maker.random, 28), planted ? &counter : NULL);
    made->waits_for_handlers = sim_one_in(&maker.random, 3);
    maker.in_main = false;
    for (size_t i = 0; i < PROGRAM_HANDLERS; i++)
        made->handlers[i] = make_root(&maker, 1 + sim_below(&maker.random, 4), NULL);
}

void program_done(program *made)
{
    tp_arena_done(&made->arena);
}
