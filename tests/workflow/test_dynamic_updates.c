/* SPDX-License-Identifier: MIT */
/* test_dynamic_updates.c -- updates of any name, beside those that have a handler of their own. */
#include "drive.h"

#include <string.h>

#include <temporal/dynamic.h>

TEMPORAL_DYNAMIC_UPDATE_VALIDATED_DEFINE(anything, check_anything, NULL)
static temporal_error *anything(temporal_workflow *run, void *data, const char *name,
                                const temporal_value *inputs, size_t input_count,
                                temporal_value *output)
{
    const char *text = "-";

    (void)data;
    if (input_count > 0)
        TEMPORAL_TRY(temporal_value_read(&inputs[0], temporal_string_type(), &text));
    text = temporal_workflow_format(run, "%s of %zu: %s", name, input_count, text);
    return temporal_workflow_write(run, output, temporal_string_type(), &text);
}

static temporal_error *check_anything(temporal_workflow *run, const void *data, const char *name,
                                      const temporal_value *inputs, size_t input_count)
{
    (void)run;
    (void)data;
    (void)inputs;
    return strcmp(name, "bad") == 0 ? temporal_error_application("Bad", "%zu times", input_count)
                                    : NULL;
}

static temporal_error *deposit(temporal_workflow *run, void *data, const void *input, void *output)
{
    int64_t *balance = data;

    (void)run;
    *balance += *(const int64_t *)input;
    *(int64_t *)output = *balance;
    return TEMPORAL_OK;
}
HANDLER(deposit, "deposit", UPDATE, temporal_int, temporal_int)

static temporal_error *open_bank(temporal_workflow *run, void *data, const void *input,
                                 void *output)
{
    (void)data, (void)input, (void)output;
    return temporal_workflow_sleep(run, TEMPORAL_DAY);
}
WORKFLOW(open_bank, int64_t, temporal_none, temporal_none, &deposit_def, &anything_handler, NULL)

static bool any_names(history_builder *history, size_t n)
{
    if (n == 0) {
        (void)history_update(history, "u1", "deposit", "1");
        (void)history_update(history, "u2", "what", "\"ever\"");
        (void)history_update(history, "u3", "bad", NULL);
    }
    return n < 1;
}

static void a_dynamic_handler_takes_what_has_no_other(void **state)
{
    (void)state;
    drive(&(scenario){
        .def = &open_bank_def,
        .script = any_names,
        .commands = "timer 1 86400s, accept u1, update u1 ok 1, accept u2, update u2 ok \"what of "
                    "1: ever\", reject u3 Bad: 0 times" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dynamic_handler_takes_what_has_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
