/* SPDX-License-Identifier: MIT */
/* converter/json_number.c -- JSON's numbers and C's, both ways, exactly and in every locale. */
#include "converter/json.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define DOUBLE_ROOM   64         /* for any double in 17 digits, and for most numbers to be read */
#define EXPONENT_MOST 1000000000 /* beyond any text's length: what is larger is as good */
#define DIGITS_EXACT  15         /* every decimal of so many digits has a double of its own */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The program may have set a locale that writes 1,5: JSON does not follow. Only for this thread,
 * and until the caller sets the old one again. */
static locale_t use_c_locale(void)
{
    pthread_once(&once, make_locale);
    return uselocale(c_locale);
}

/* A number as digits * 10^exponent. */
struct decimal {
    const uint8_t *digits, *end; /* with one point in between, perhaps */
    int64_t exponent;
    bool negative;
};

static struct decimal split(tp_bytes token)
{
    const uint8_t *end = token.data + token.size;
    struct decimal number = { .digits = token.data, .end = end };
    bool fraction = false, minus = false;

    number.negative = *number.digits == '-';
    number.digits += number.negative;
    for (const uint8_t *at = number.digits; at < number.end; at++)
        if ((*at | 0x20) == 'e')
            number.end = at;
    for (const uint8_t *at = number.end; at < end; at++) {
        minus = minus || *at == '-';
        if (*at >= '0' && *at <= '9' && number.exponent < EXPONENT_MOST)
            number.exponent = number.exponent * 10 + (*at - '0');
    }
    if (minus)
        number.exponent = -number.exponent;
    for (const uint8_t *at = number.digits; at < number.end; at++) {
        number.exponent -= fraction;
        fraction = fraction || *at == '.';
    }
    /* Zeros at the end are a matter of the exponent; a bare 0 stays. */
    while (number.end - number.digits > 1 && (number.end[-1] == '0' || number.end[-1] == '.')) {
        number.exponent += number.end[-1] == '0';
        number.end--;
    }
    return number;
}

/* The whole number without its sign; NULL on success. */
static const char *read_magnitude(const struct decimal *number, uint64_t *out)
{
    static const char too_large[] = "the number is too large for its type";
    uint64_t value = 0;

    for (const uint8_t *at = number->digits; at < number->end; at++)
        if (*at != '.' && (__builtin_mul_overflow(value, 10, &value) ||
                           __builtin_add_overflow(value, *at - (uint64_t)'0', &value)))
            return number->exponent < 0 ? "expected a whole number" : too_large;
    if (value && number->exponent < 0)
        return "expected a whole number";
    for (int64_t i = 0; value && i < number->exponent; i++)
        if (__builtin_mul_overflow(value, 10, &value))
            return too_large;
    *out = value;
    return NULL;
}

const char *tp_json_read_uint(tp_bytes token, uint64_t *out)
{
    struct decimal number = split(token);
    uint64_t magnitude;
    const char *problem = read_magnitude(&number, &magnitude);

    if (problem)
        return problem;
    if (number.negative && magnitude)
        return "expected a number that is not negative";
    *out = magnitude;
    return NULL;
}

const char *tp_json_read_int(tp_bytes token, int64_t *out)
{
    struct decimal number = split(token);
    uint64_t magnitude;
    const char *problem = read_magnitude(&number, &magnitude);

    if (problem)
        return problem;
    if (magnitude > (uint64_t)INT64_MAX + number.negative)
        return "the number is too large for its type";
    if (number.negative && magnitude)
        *out = -(int64_t)(magnitude - 1) - 1;
    else
        *out = (int64_t)magnitude;
    return NULL;
}

const char *tp_json_read_double(tp_bytes token, double *out)
{
    char small[DOUBLE_ROOM], *text = small;
    locale_t before;

    if (token.size >= sizeof(small) && !(text = tp_alloc_large(token.size + 1)))
        return "the number has too many digits for the memory there is";
    memcpy(text, token.data, token.size);
    text[token.size] = '\0';
    before = use_c_locale();
    *out = strtod(text, NULL);
    uselocale(before);
    if (text != small)
        tp_free(text);
    return isinf(*out) ? "the number is too large for a double" : NULL;
}

void tp_json_write_double(tp_buffer *out, double number)
{
    /* Subnormal numbers have fewer digits than others, down to one. */
    int digits = fabs(number) < DBL_MIN ? 1 : DIGITS_EXACT;
    char text[DOUBLE_ROOM];
    locale_t before = use_c_locale();

    do
        snprintf(text, sizeof(text), "%.*g", digits, number);
    while (digits++ < DBL_DECIMAL_DIG && strtod(text, NULL) != number);
    uselocale(before);
    tp_buffer_append_text(out, text);
    if (!strpbrk(text, ".e")) /* whole, but no integer: readers without a type keep it a double */
        tp_buffer_append_text(out, ".0");
}
