/* SPDX-License-Identifier: MIT */
/* test_hello.c -- workflows and activities, typed and by name: F1, F2, F3, F4, C3. */
#include <string.h>

#include "tests/end_to_end/fixture.h"

/* clang-format off */
#define PERSON(FIELD)                     \
    FIELD(temporal_string, name)          \
    FIELD(temporal_int, age)              \
    FIELD(temporal_string_list, languages)
/* clang-format on */
TEMPORAL_RECORD(person, PERSON)

TEMPORAL_ACTIVITY(say_hello, temporal_string, temporal_string)
TEMPORAL_ACTIVITY(grow_older, person, person)
TEMPORAL_ACTIVITY_NAMED(shout, "Shout", temporal_string, temporal_string)
TEMPORAL_ACTIVITY(do_nothing, temporal_none, temporal_none)

TEMPORAL_WORKFLOW(hello, temporal_string, temporal_string)
TEMPORAL_WORKFLOW(birthday, person, person)
TEMPORAL_WORKFLOW_NAMED(loud, "Loud.Workflow", temporal_string, temporal_string)
TEMPORAL_WORKFLOW(silence, temporal_none, temporal_none)
TEMPORAL_WORKFLOW(by_name, temporal_none, temporal_string)

TEMPORAL_ACTIVITY_DEFINE(say_hello)
temporal_error *say_hello(temporal_activity *attempt, temporal_string name, temporal_string *text)
{
    *text = temporal_activity_format(attempt, "Hello, %s!", name);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(grow_older)
temporal_error *grow_older(temporal_activity *attempt, person before, person *after)
{
    (void)attempt;
    *after = before;
    after->age++;
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(shout)
temporal_error *shout(temporal_activity *attempt, temporal_string text, temporal_string *louder)
{
    assert_string_equal(temporal_activity_get_info(attempt)->activity_type, "Shout");
    *louder = temporal_activity_format(attempt, "%s!!", text);
    return TEMPORAL_OK;
}

TEMPORAL_ACTIVITY_DEFINE(do_nothing)
temporal_error *do_nothing(temporal_activity *attempt, temporal_none in, temporal_none *out)
{
    (void)attempt, (void)in, (void)out;
    return TEMPORAL_OK;
}

static temporal_error *join(temporal_activity *attempt, const temporal_value *inputs, size_t count,
                            temporal_value *output)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        temporal_string part;

        TEMPORAL_TRY(temporal_value_get(&inputs[i], temporal_string, &part));
        text = temporal_activity_format(attempt, "%s%s", text, part);
    }
    return temporal_activity_write(attempt, output, temporal_string_type(), &text);
}
TEMPORAL_DYNAMIC_ACTIVITY_DEFINE(join, "join")

static temporal_error *whatever(temporal_activity *attempt, const temporal_value *inputs,
                                size_t count, temporal_value *output)
{
    const char *name = temporal_activity_get_info(attempt)->activity_type;

    (void)inputs, (void)count;
    return temporal_activity_write(attempt, output, temporal_string_type(), &name);
}
TEMPORAL_DYNAMIC_ACTIVITY_DEFINE(whatever, NULL)

TEMPORAL_WORKFLOW_DEFINE(hello)
temporal_error *hello(temporal_workflow *run, temporal_string name, temporal_string *text)
{
    return temporal_execute_activity(run, say_hello, name, text, .start_to_close_timeout = 10);
}

TEMPORAL_WORKFLOW_DEFINE(birthday)
temporal_error *birthday(temporal_workflow *run, person before, person *after)
{
    temporal_future *future =
        temporal_start_activity(run, grow_older, before, .start_to_close_timeout = 10);

    return temporal_await_activity(run, grow_older, future, after);
}

TEMPORAL_WORKFLOW_DEFINE(loud)
temporal_error *loud(temporal_workflow *run, temporal_string text, temporal_string *louder)
{
    return temporal_execute_activity(run, shout, text, louder, .start_to_close_timeout = 10);
}

TEMPORAL_WORKFLOW_DEFINE(silence)
temporal_error *silence(temporal_workflow *run, temporal_none in, temporal_none *out)
{
    (void)in, (void)out;
    return temporal_execute_activity(run, do_nothing, TEMPORAL_NONE, NULL,
                                     .start_to_close_timeout = 10);
}

TEMPORAL_WORKFLOW_DEFINE(by_name)
temporal_error *by_name(temporal_workflow *run, temporal_none in, temporal_string *text)
{
    const temporal_string parts[] = { "one ", "two ", "three" };
    const temporal_argument inputs[] = { { temporal_string_type(), &parts[0] },
                                         { temporal_string_type(), &parts[1] },
                                         { temporal_string_type(), &parts[2] } };
    const temporal_activity_options options = { .struct_size = sizeof options,
                                                .start_to_close_timeout = 10 };
    temporal_string joined, unknown;

    (void)in;
    TEMPORAL_TRY(temporal_workflow_execute_activity(run, "join", inputs, 3, temporal_string_type(),
                                                    &joined, &options));
    TEMPORAL_TRY(temporal_workflow_execute_activity(run, "nobody knows me", NULL, 0,
                                                    temporal_string_type(), &unknown, &options));
    *text = temporal_workflow_format(run, "%s; %s", joined, unknown);
    return TEMPORAL_OK;
}

/* Any workflow: answers with its type and how many arguments it was given. */
static temporal_error *any(temporal_workflow *run, void *self, const temporal_value *inputs,
                           size_t count, temporal_value *output)
{
    const char *text = temporal_workflow_format(
        run, "%s(%zu)", temporal_workflow_get_info(run)->workflow_type, count);

    (void)self, (void)inputs;
    return temporal_workflow_write(run, output, temporal_string_type(), &text);
}
TEMPORAL_DYNAMIC_WORKFLOW_DEFINE(any, NULL, int, NULL)

static const char *queue;
static temporal_worker *worker;

static int set_up(void **state)
{
    fixture_connect(state);
    queue = test_unique("hello");
    worker = test_worker_start(
        client, .task_queue = queue,
        .workflows = TEMPORAL_WORKFLOWS(&hello_workflow, &birthday_workflow, &loud_workflow,
                                        &silence_workflow, &by_name_workflow, &any_workflow),
        .async.activities =
            TEMPORAL_ACTIVITIES(&say_hello_activity, &grow_older_activity, &shout_activity,
                                &do_nothing_activity, &join_activity, &whatever_activity));
    return 0;
}

static int tear_down(void **state)
{
    test_worker_stop(worker);
    return fixture_close(state);
}

static void F1_a_workflow_calls_an_activity_and_returns_its_result(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, hello, "Wörld", &handle, &text,
                                        .id = test_unique("hello"), .task_queue = queue));
    assert_string_equal(text, "Hello, Wörld!");
    temporal_handle_free(handle);
}

static void F1_records_with_lists_cross_every_border(void **state)
{
    const temporal_string languages[] = { "C", "Python" };
    const person before = { "Ada", 36, { languages, 2 } };
    temporal_handle *handle = NULL;
    person after;

    (void)state;
    assert_ok(temporal_execute_workflow(client, birthday, before, &handle, &after,
                                        .id = test_unique("birthday"), .task_queue = queue));
    assert_string_equal(after.name, "Ada");
    assert_int_equal(after.age, 37);
    assert_int_equal(after.languages.count, 2);
    assert_string_equal(after.languages.items[1], "Python");
    temporal_handle_free(handle);
}

static void F1_a_name_on_the_wire_may_differ_from_the_c_name(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, loud, "hey", &handle, &text,
                                        .id = test_unique("loud"), .task_queue = queue));
    assert_string_equal(text, "hey!!");
    assert_string_equal(test_describe(handle)->workflow_type, "Loud.Workflow");
    temporal_handle_free(handle);
}

static void F1_none_goes_in_and_none_comes_out(void **state)
{
    temporal_handle *handle = NULL;

    (void)state;
    assert_ok(temporal_execute_workflow(client, silence, TEMPORAL_NONE, &handle, NULL,
                                        .id = test_unique("silence"), .task_queue = queue));
    temporal_handle_free(handle);
}

static void F4_activities_are_called_by_name_with_several_arguments(void **state)
{
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    assert_ok(temporal_execute_workflow(client, by_name, TEMPORAL_NONE, &handle, &text,
                                        .id = test_unique("by-name"), .task_queue = queue));
    assert_string_equal(text, "one two three; nobody knows me");
    temporal_handle_free(handle);
}

static void F1_a_dynamic_workflow_takes_every_other_type_and_any_arguments(void **state)
{
    const temporal_int number = 5;
    const temporal_argument inputs[] = { { temporal_int_type(), &number },
                                         { temporal_int_type(), &number } };
    temporal_start_options options = { .struct_size = sizeof options, .task_queue = queue };
    temporal_handle *handle = NULL;
    temporal_string text;

    (void)state;
    options.id = test_unique("any");
    assert_ok(temporal_client_start_workflow(client, "Unheard.Of", inputs, 2, &handle, &options));
    assert_ok(temporal_handle_result(handle, temporal_string_type(), &text));
    assert_string_equal(text, "Unheard.Of(2)");
    temporal_handle_free(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F1_a_workflow_calls_an_activity_and_returns_its_result),
        cmocka_unit_test(F1_records_with_lists_cross_every_border),
        cmocka_unit_test(F1_a_name_on_the_wire_may_differ_from_the_c_name),
        cmocka_unit_test(F1_none_goes_in_and_none_comes_out),
        cmocka_unit_test(F4_activities_are_called_by_name_with_several_arguments),
        cmocka_unit_test(F1_a_dynamic_workflow_takes_every_other_type_and_any_arguments),
    };

    return fixture_run(tests, set_up, tear_down);
}
