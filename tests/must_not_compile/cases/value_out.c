/* SPDX-License-Identifier: MIT */
/* value_out.c -- reads a value as a number into a string. */
#include "../case.h"

temporal_error *get(const temporal_value *value);

temporal_error *get(const temporal_value *value)
{
    temporal_int number = 0;
    temporal_string text = "";

    (void)number, (void)text;
    return temporal_value_get(value, temporal_int, CHOOSE(&number, &text));
}
