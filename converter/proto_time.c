/* SPDX-License-Identifier: MIT */
/* converter/proto_time.c -- points in time and durations as the texts of proto3 JSON. */
#include "converter/proto_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND        1000000000            /* in nanoseconds */
#define DAY           INT64_C(86400)        /* in seconds */
#define FIRST_SECOND  INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_SECOND   INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define DURATION_MOST INT64_C(315576000000) /* 10000 years of 365.25 days */
#define ERA_DAYS      INT64_C(146097)       /* 400 years */
#define EPOCH_DAYS    INT64_C(719468)       /* from 0000-03-01 to 1970-01-01 */

/* --- the calendar: years begin in March, so that the leap day is a year's last -----------------
 */

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t era, of_era;

    year -= month <= 2;
    era = year / 400; /* years are not negative here */
    of_era = year - era * 400;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 +
           (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 - EPOCH_DAYS;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
    int64_t era, of_era, year_of_era, of_year, march;

    days += EPOCH_DAYS;
    era = days / ERA_DAYS;
    of_era = days - era * ERA_DAYS;
    year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * march + 2) / 5 + 1);
    *month = (int)(march < 10 ? march + 3 : march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static int days_in(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* --- reading --------------------------------------------------------------------------------- */

/* So many digits; -1 when they are not there. */
static int take_digits(const char **at, int count)
{
    int number = 0;

    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return -1;
        number = number * 10 + (**at - '0');
    }
    return number;
}

static bool take(const char **at, char character)
{
    if (**at != character)
        return false;
    (*at)++;
    return true;
}

/* ".021", if it is there: 1 to 9 digits. */
static bool take_fraction(const char **at, int32_t *nanoseconds)
{
    int32_t digit = SECOND / 10;

    *nanoseconds = 0;
    if (!take(at, '.'))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; (*at)++, digit /= 10) {
        if (digit == 0)
            return false;
        *nanoseconds += (**at - '0') * digit;
    }
    return true;
}

static bool take_offset(const char **at, int64_t *offset)
{
    bool minus = **at == '-';
    int hours, minutes;

    *offset = 0;
    if (take(at, 'Z'))
        return true;
    if (!take(at, '+') && !take(at, '-'))
        return false;
    hours = take_digits(at, 2);
    if (hours < 0 || hours > 23 || !take(at, ':'))
        return false;
    minutes = take_digits(at, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *offset = (hours * 60 + minutes) * (minus ? -60 : 60);
    return true;
}

const char *tp_proto_read_timestamp(const char *text, int64_t *seconds, int32_t *nanoseconds)
{
    static const char shape[] = "expected a time such as \"2026-11-23T10:00:00.021Z\"";
    int year, month, day, hour, minute, second;
    int64_t offset;

    year = take_digits(&text, 4);
    if (year < 1 || !take(&text, '-'))
        return shape;
    month = take_digits(&text, 2);
    if (month < 1 || month > 12 || !take(&text, '-'))
        return shape;
    day = take_digits(&text, 2);
    if (day < 1 || day > days_in(year, month) || !take(&text, 'T'))
        return shape;
    hour = take_digits(&text, 2);
    if (hour < 0 || hour > 23 || !take(&text, ':'))
        return shape;
    minute = take_digits(&text, 2);
    if (minute < 0 || minute > 59 || !take(&text, ':'))
        return shape;
    second = take_digits(&text, 2);
    if (second < 0 || second > 59 || !take_fraction(&text, nanoseconds) ||
        !take_offset(&text, &offset) || *text)
        return shape;
    *seconds = days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    return *seconds < FIRST_SECOND || *seconds > LAST_SECOND
               ? "the time is outside of the years 1 to 9999"
               : NULL;
}

const char *tp_proto_read_duration(const char *text, int64_t *seconds, int32_t *nanoseconds)
{
    static const char shape[] = "expected a duration such as \"3.5s\"";
    bool minus = take(&text, '-');
    int64_t whole = 0;

    if (*text < '0' || *text > '9')
        return shape;
    for (; *text >= '0' && *text <= '9'; text++) {
        whole = whole * 10 + (*text - '0');
        if (whole > DURATION_MOST)
            return "the duration is longer than 10000 years";
    }
    if (!take_fraction(&text, nanoseconds) || !take(&text, 's') || *text)
        return shape;
    *seconds = minus ? -whole : whole;
    *nanoseconds = minus ? -*nanoseconds : *nanoseconds;
    return NULL;
}

/* --- writing --------------------------------------------------------------------------------- */

/* In 0, 3, 6 or 9 digits. */
static void append_fraction(char text[TP_PROTO_TIME_ROOM], int32_t nanoseconds)
{
    size_t size = strlen(text);
    char *at = text + size;

    if (nanoseconds == 0)
        return;
    if (nanoseconds % 1000000 == 0)
        snprintf(at, TP_PROTO_TIME_ROOM - size, ".%03" PRId32, nanoseconds / 1000000);
    else if (nanoseconds % 1000 == 0)
        snprintf(at, TP_PROTO_TIME_ROOM - size, ".%06" PRId32, nanoseconds / 1000);
    else
        snprintf(at, TP_PROTO_TIME_ROOM - size, ".%09" PRId32, nanoseconds);
}

static void append_letter(char text[TP_PROTO_TIME_ROOM], char letter)
{
    size_t size = strlen(text);

    text[size] = letter;
    text[size + 1] = '\0';
}

bool tp_proto_write_timestamp(char text[TP_PROTO_TIME_ROOM], int64_t seconds, int32_t nanoseconds)
{
    int year, month, day, second;
    int64_t since_first;

    if (seconds < FIRST_SECOND || seconds > LAST_SECOND || nanoseconds < 0 || nanoseconds >= SECOND)
        return false;
    since_first = seconds - FIRST_SECOND;
    date_of(since_first / DAY + FIRST_SECOND / DAY, &year, &month, &day);
    second = (int)(since_first % DAY);
    snprintf(text, TP_PROTO_TIME_ROOM, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
             second / 3600, second / 60 % 60, second % 60);
    append_fraction(text, nanoseconds);
    append_letter(text, 'Z');
    return true;
}

bool tp_proto_write_duration(char text[TP_PROTO_TIME_ROOM], int64_t seconds, int32_t nanoseconds)
{
    bool minus = seconds < 0 || nanoseconds < 0;

    if (seconds < -DURATION_MOST || seconds > DURATION_MOST || nanoseconds <= -SECOND ||
        nanoseconds >= SECOND || (minus && (seconds > 0 || nanoseconds > 0)))
        return false;
    snprintf(text, TP_PROTO_TIME_ROOM, "%s%" PRId64, minus ? "-" : "", minus ? -seconds : seconds);
    append_fraction(text, minus ? -nanoseconds : nanoseconds);
    append_letter(text, 's');
    return true;
}
