/* SPDX-License-Identifier: MIT */
/* error_detail_out.c -- reads an error's detail as a string into a number. */
#include "../case.h"

temporal_error *get(const temporal_error *error);

temporal_error *get(const temporal_error *error)
{
    temporal_int number = 0;
    temporal_string text = "";

    (void)number, (void)text;
    return temporal_error_detail(error, 0, temporal_string, CHOOSE(&text, &number));
}
