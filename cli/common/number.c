/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "number.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

int ck_number_pid(const char *text, pid_t *ret_pid)
{
    size_t length = strspn(text, "0123456789");

    /* Ten digits have no number that a long could not hold. */
    if (length == 0 || length > 10 || text[length] != '\0')
        return -EINVAL;
    long long number = strtoll(text, NULL, 10);
    if (number < 1 || number > INT_MAX)
        return -EINVAL;
    *ret_pid = (pid_t)number;
    return 0;
}

int ck_number_take_pid(const char *verb, const struct ck_given *given, pid_t *ret_pid)
{
    return ck_number_pid(given->value, ret_pid) == 0 ? 0 : ck_fail(verb, "not a process ID: --pid=%s", given->value);
}

int ck_number_take_duration(const char *verb, const struct ck_given *given, int64_t *ret_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"", 1000}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    const char *text = given->value;
    size_t digits = strspn(text, "0123456789");

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && digits > 0 && digits < 10; i++) {
        int64_t number = strtoll(text, NULL, 10);

        if (strcmp(text + digits, units[i].unit) != 0 || number == 0 || number > DAY_MS / units[i].ms)
            continue;
        *ret_ms = number * units[i].ms;
        return 0;
    }
    return ck_fail(verb, "%s: not a duration up to a day: \"%s\"; 500ms, 5, 5s, 2m are some", given->name, text);
}
