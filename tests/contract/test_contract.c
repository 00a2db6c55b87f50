/* SPDX-License-Identifier: MIT */
/* test_contract.c -- what the contract macros make: names, types, and calls that reach the body. */
#include <string.h>

#include <temporal/dynamic.h>

#include "tests/support/support.h"

/* Globals with the names of the macros' own parameters: they must not get in each other's way. */
int client, run, handle, input, output, options, attempt, self;

/* clang-format off */
#define POINT(FIELD)             \
    FIELD(temporal_int, x)       \
    FIELD(temporal_int, y)
/* clang-format on */
TEMPORAL_RECORD(point, POINT)

TEMPORAL_ACTIVITY(mirror, point, point)
TEMPORAL_ACTIVITY_NAMED(renamed, "Another.Name", temporal_none, temporal_none)
TEMPORAL_ACTIVITY(counting, temporal_int, temporal_int)
TEMPORAL_WORKFLOW(plain, point, temporal_int)
TEMPORAL_WORKFLOW_NAMED(keeper, "Keeper", temporal_int, temporal_int)
TEMPORAL_SIGNAL(keeper, put, temporal_int)
TEMPORAL_SIGNAL_NAMED(keeper, drop, "Drop", temporal_none)
TEMPORAL_QUERY(keeper, kept, temporal_none, temporal_int)
TEMPORAL_QUERY_NAMED(keeper, sum, "Sum", temporal_int, temporal_int)
TEMPORAL_UPDATE(keeper, swap, temporal_int, temporal_int)
TEMPORAL_UPDATE_NAMED(keeper, raise_to, "Raise", temporal_int, temporal_none)

TEMPORAL_ACTIVITY_DEFINE(mirror)
temporal_error *mirror(temporal_activity *activity, point in, point *out)
{
    assert_null(activity);
    *out = (point){ in.y, in.x };
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(renamed)
temporal_error *renamed(temporal_activity *activity, temporal_none in, temporal_none *out)
{
    (void)activity, (void)in, (void)out;
    return TEMPORAL_OK;
}

typedef struct counter {
    temporal_int count;
} counter;

static temporal_error *make_counter(counter *state)
{
    state->count = 10;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_ACTIVITY_DEFINE(counting, counter, make_counter, NULL)
temporal_error *counting(temporal_activity *activity, counter *state, temporal_int in,
                         temporal_int *out)
{
    (void)activity;
    *out = state->count += in;
    return TEMPORAL_OK;
}

TEMPORAL_WORKFLOW_DEFINE(plain)
temporal_error *plain(temporal_workflow *workflow, point in, temporal_int *out)
{
    (void)workflow;
    *out = in.x * in.y;
    return TEMPORAL_OK;
}

typedef struct keeper_state {
    temporal_int value;
} keeper_state;

TEMPORAL_SIGNAL_DEFINE(keeper, keeper_state, put)
temporal_error *keeper_put(temporal_workflow *workflow, keeper_state *state, temporal_int in)
{
    (void)workflow;
    state->value = in;
    return TEMPORAL_OK;
}

TEMPORAL_SIGNAL_DEFINE(keeper, keeper_state, drop, "Forgets what is kept.")
temporal_error *keeper_drop(temporal_workflow *workflow, keeper_state *state, temporal_none in)
{
    (void)workflow, (void)in;
    state->value = 0;
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(keeper, keeper_state, kept)
temporal_error *keeper_kept(temporal_workflow *workflow, const keeper_state *state,
                            temporal_none in, temporal_int *out)
{
    (void)workflow, (void)in;
    *out = state->value;
    return TEMPORAL_OK;
}

TEMPORAL_QUERY_DEFINE(keeper, keeper_state, sum, "Adds to it, and keeps it as it is.")
temporal_error *keeper_sum(temporal_workflow *workflow, const keeper_state *state, temporal_int in,
                           temporal_int *out)
{
    (void)workflow;
    *out = state->value + in;
    return TEMPORAL_OK;
}

TEMPORAL_UPDATE_DEFINE(keeper, keeper_state, swap)
temporal_error *keeper_swap(temporal_workflow *workflow, keeper_state *state, temporal_int in,
                            temporal_int *out)
{
    (void)workflow;
    *out = state->value;
    state->value = in;
    return TEMPORAL_OK;
}

TEMPORAL_UPDATE_VALIDATED_DEFINE(keeper, keeper_state, raise_to, "Only up.")
temporal_error *keeper_raise_to_validate(temporal_workflow *workflow, const keeper_state *state,
                                         temporal_int in)
{
    (void)workflow;
    return in > state->value ? TEMPORAL_OK : temporal_error_application("Low", "not above");
}

temporal_error *keeper_raise_to(temporal_workflow *workflow, keeper_state *state, temporal_int in,
                                temporal_none *out)
{
    (void)workflow, (void)out;
    state->value = in;
    return TEMPORAL_OK;
}

/* Without a contract. */
#define BODY(body)                                                                               \
    static temporal_error *body(temporal_workflow *workflow, void *state, const char *name,      \
                                const temporal_value *inputs, size_t count, temporal_value *out) \
    {                                                                                            \
        (void)workflow, (void)state, (void)name, (void)inputs, (void)count, (void)out;           \
        return TEMPORAL_OK;                                                                      \
    }
TEMPORAL_DYNAMIC_QUERY_DEFINE(peep, NULL)
BODY(peep)
TEMPORAL_DYNAMIC_SIGNAL_DEFINE(shout, "shout", "Louder.")
BODY(shout)
TEMPORAL_DYNAMIC_UPDATE_VALIDATED_DEFINE(weigh, check_weight, "weigh", "Not too heavy.")
BODY(weigh)
static temporal_error *check_weight(temporal_workflow *workflow, const void *state,
                                    const char *name, const temporal_value *inputs, size_t count)
{
    (void)workflow, (void)state, (void)name, (void)inputs, (void)count;
    return TEMPORAL_OK;
}

TEMPORAL_STATEFUL_WORKFLOW_DEFINE(keeper, keeper_state, &keeper_put_handler, &keeper_drop_handler,
                                  &keeper_kept_handler, &keeper_sum_handler, &keeper_swap_handler,
                                  &keeper_raise_to_handler)
temporal_error *keeper(temporal_workflow *workflow, keeper_state *state, temporal_int in,
                       temporal_int *out)
{
    (void)workflow;
    state->value += in;
    *out = state->value;
    return TEMPORAL_OK;
}

static void an_activity_has_its_name_its_types_and_its_body(void **state)
{
    const point in = { 1, 2 };
    point out = { 0, 0 };

    (void)state;
    assert_int_equal(mirror_activity.struct_size, sizeof(temporal_activity_def));
    assert_string_equal(mirror_activity.name, "mirror");
    assert_ptr_equal(mirror_activity.input(), point_type());
    assert_ptr_equal(mirror_activity.output(), point_type());
    assert_null(mirror_activity.invoke_values);
    assert_ok(mirror_activity.invoke(NULL, &in, &out));
    assert_int_equal(out.x, 2);
    assert_int_equal(out.y, 1);
}

static void a_name_of_its_own_stands_in_the_definition(void **state)
{
    (void)state;
    assert_string_equal(renamed_activity.name, "Another.Name");
    assert_string_equal(keeper_workflow.name, "Keeper");
    assert_string_equal(keeper_drop_handler.name, "Drop");
    assert_string_equal(keeper_sum_handler.name, "Sum");
    assert_int_equal(renamed_activity.input()->kind, TEMPORAL_KIND_NONE);
}

static void an_activity_with_state_makes_it_and_puts_it_away(void **state)
{
    counter made = { 0 };

    (void)state;
    assert_int_equal(counting_activity.state_size, sizeof(counter));
    assert_ok(counting_activity.state_init(&made));
    assert_int_equal(made.count, 10);
    counting_activity.state_done(&made); /* there is nothing to put away */
    assert_int_equal(made.count, 10);
    assert_int_equal(mirror_activity.state_size, 0);
}

static void a_workflow_without_state_has_no_handlers(void **state)
{
    const point in = { 6, 7 };
    temporal_int out = 0;

    (void)state;
    assert_string_equal(plain_workflow.name, "plain");
    assert_int_equal(plain_workflow.self_size, 0);
    assert_null(plain_workflow.handlers);
    assert_ok(plain_workflow.invoke(NULL, NULL, &in, &out));
    assert_int_equal(out, 42);
}

static void handlers_share_the_state_of_their_workflow(void **state)
{
    keeper_state kept = { 0 };
    const temporal_none none = TEMPORAL_NONE;
    temporal_int in = 5, out = 0;

    (void)state;
    assert_int_equal(keeper_workflow.self_size, sizeof(keeper_state));
    assert_ok(keeper_put_handler.invoke(NULL, &kept, &in, NULL));
    assert_ok(keeper_kept_handler.invoke(NULL, &kept, &none, &out));
    assert_int_equal(out, 5);
    assert_ok(keeper_sum_handler.invoke(NULL, &kept, &in, &out));
    assert_int_equal(out, 10);
    assert_ok(keeper_workflow.invoke(NULL, &kept, &in, &out));
    assert_int_equal(kept.value, 10);
    assert_ok(keeper_drop_handler.invoke(NULL, &kept, &none, NULL));
    assert_int_equal(kept.value, 0);
}

static void handlers_are_listed_with_their_kind_and_end_with_null(void **state)
{
    const temporal_handler_def *const *handlers = keeper_workflow.handlers;

    (void)state;
    assert_ptr_equal(handlers[0], &keeper_put_handler);
    assert_ptr_equal(handlers[3], &keeper_sum_handler);
    assert_ptr_equal(handlers[5], &keeper_raise_to_handler);
    assert_null(handlers[6]);
    assert_int_equal(handlers[0]->kind, TEMPORAL_HANDLER_SIGNAL);
    assert_int_equal(handlers[1]->kind, TEMPORAL_HANDLER_SIGNAL);
    assert_int_equal(handlers[2]->kind, TEMPORAL_HANDLER_QUERY);
    assert_int_equal(handlers[3]->kind, TEMPORAL_HANDLER_QUERY);
    assert_ptr_equal(handlers[3]->output(), temporal_int_type());
}

static void a_handler_may_have_a_description(void **state)
{
    (void)state;
    assert_null(keeper_put_handler.description);
    assert_string_equal(keeper_drop_handler.description, "Forgets what is kept.");
    assert_null(keeper_kept_handler.description);
    assert_string_equal(keeper_sum_handler.description, "Adds to it, and keeps it as it is.");
    assert_null(keeper_swap_handler.description);
    assert_string_equal(keeper_raise_to_handler.description, "Only up.");
    assert_string_equal(keeper_raise_to_handler.name, "Raise");
    assert_null(peep_handler.description);
    assert_string_equal(shout_handler.description, "Louder.");
    assert_null(shout_handler.validate_values);
    assert_string_equal(weigh_handler.description, "Not too heavy.");
    assert_ptr_equal(weigh_handler.validate_values, check_weight);
}

static void an_update_has_its_body_and_may_have_a_validator(void **state)
{
    keeper_state kept = { .value = 3 };
    temporal_int in = 5, out = 0;
    temporal_error *error;

    (void)state;
    assert_int_equal(keeper_swap_handler.kind, TEMPORAL_HANDLER_UPDATE);
    assert_string_equal(keeper_swap_handler.name, "swap");
    assert_string_equal(keeper_raise_to_handler.name, "Raise");
    assert_ptr_equal(keeper_swap_handler.output(), temporal_int_type());
    assert_ok(keeper_swap_handler.invoke(NULL, &kept, &in, &out));
    assert_int_equal(out, 3);
    assert_null(keeper_swap_handler.validate);
    error = keeper_raise_to_handler.validate(NULL, &kept, &in);
    assert_string_equal(temporal_error_message(error), "not above");
    temporal_error_free(error);
    in = 6;
    assert_ok(keeper_raise_to_handler.validate(NULL, &kept, &in));
    assert_ok(keeper_raise_to_handler.invoke(NULL, &kept, &in, NULL));
    assert_int_equal(kept.value, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_activity_has_its_name_its_types_and_its_body),
        cmocka_unit_test(a_name_of_its_own_stands_in_the_definition),
        cmocka_unit_test(an_activity_with_state_makes_it_and_puts_it_away),
        cmocka_unit_test(a_workflow_without_state_has_no_handlers),
        cmocka_unit_test(handlers_share_the_state_of_their_workflow),
        cmocka_unit_test(handlers_are_listed_with_their_kind_and_end_with_null),
        cmocka_unit_test(a_handler_may_have_a_description),
        cmocka_unit_test(an_update_has_its_body_and_may_have_a_validator),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
