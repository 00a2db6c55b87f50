/* SPDX-License-Identifier: MIT */
/* test_local_markers.c -- markers of local activities that others wrote, or that are broken. */
#include "local_fixture.h"

#include <string.h>

#define DATA(id, type)                                                              \
    "{\"seq\":1,\"attempt\":1,\"activity_id\":\"" id "\",\"activity_type\":\"" type \
    "\",\"complete_time\":{\"seconds\":1700000009,\"nanos\":7},\"backoff\":null,"   \
    "\"original_schedule_time\":{\"seconds\":1700000001,\"nanos\":5}}"

/* A history whose first task left that marker. */
static void begin_marked(local_fixture *self, const char *name, const char *data,
                         const char *result)
{
    local_begin(self, local_one);
    history_task(&self->history);
    history_task_completed(&self->history);
    history_marker(&self->history, name, data, result, NULL);
    history_add(&self->history, TP__ENUMS__EVENT_TYPE__EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED);
}

static void expect_replay(local_fixture *self, const char *text)
{
    const char *told;

    tp_engine_activate(self->engine, history_query(&self->history, 1, "peek", NULL), &self->answer);
    self->open = true;
    told = tell_query(&self->arena, &self->answer);
    if (!strstr(told, text))
        fail_msg("\"%s\" does not say \"%s\"", told, text);
}

/* As the core of the other SDKs writes them. */
static void a_marker_that_another_sdk_wrote_is_read(void **state)
{
    begin_marked(*state, "core_local_activity", DATA("1", "say"), "\"ho\"");
    expect_replay(*state, "ok \"peeked\"");
    assert_non_null(strstr(notes(), ": ho"));
}

static void a_marker_of_another_type_names_both(void **state)
{
    begin_marked(*state, "core_local_activity", DATA("1", "shout"), "\"ho\"");
    expect_replay(*state, "event 5: history holds MarkerRecorded (local activity shout, id 1), but "
                          "the code did RecordMarker (local activity say, id 1): the activity type "
                          "differs");
}

static void a_marker_of_another_id_is_named(void **state)
{
    begin_marked(*state, "core_local_activity", DATA("7", "say"), "\"ho\"");
    expect_replay(*state, "activity id differs");
}

static void a_marker_of_another_name_is_no_local_activity(void **state)
{
    begin_marked(*state, "mystery", DATA("1", "say"), "\"ho\"");
    expect_replay(*state, "MarkerRecorded (mystery)");
}

static void a_marker_whose_data_is_broken_fails_the_task(void **state)
{
    static const char *const broken[] = {
        NULL,
        "{\"seq\":",
        "[]",
        "{}",
        "{\"seq\":\"1\"}",
        "{\"seq\":-1}",
        "{\"seq\":4294967296,\"activity_id\":\"1\",\"activity_type\":\"say\"}",
        "{\"seq\":1,\"activity_id\":1,\"activity_type\":\"say\"}",
        "{\"seq\":1,\"complete_time\":{\"seconds\":9223372036854775807}}",
        "{\"seq\":1,\"complete_time\":\"now\"}",
        "{\"seq\":1,\"backoff\":{\"nanos\":1000000000}}",
    };
    local_fixture *self = *state;

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        if (i > 0) {
            local_close(self);
            tp_engine_free(self->engine);
            history_done(&self->history);
        }
        begin_marked(self, "core_local_activity", broken[i], NULL);
        expect_replay(self, "event 5, the marker of a local activity: its data cannot be read");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, local_set_up, local_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_marker_that_another_sdk_wrote_is_read),
        TEST(a_marker_of_another_type_names_both),
        TEST(a_marker_of_another_id_is_named),
        TEST(a_marker_of_another_name_is_no_local_activity),
        TEST(a_marker_whose_data_is_broken_fails_the_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
