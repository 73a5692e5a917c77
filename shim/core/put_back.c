/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "put_back.h"

#include <stddef.h>

/* FNV-1a, over each argument with the NUL at its end. */
uint64_t ck_put_back_hash(char *const *argv)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; argv != NULL && *argv != NULL; argv++) {
        const char *byte = *argv;
        do
            hash = (hash ^ (unsigned char)*byte) * UINT64_C(0x100000001b3);
        while (*byte++ != '\0');
    }
    return hash;
}

bool ck_put_back_is_again(const struct ck_put_back *before, const struct ck_put_back *now)
{
    return before->pid != 0 && before->ino != 0 && before->pid == now->pid && before->dev == now->dev &&
           before->ino == now->ino && before->arguments == now->arguments;
}

void ck_put_back_format(const struct ck_put_back *put_back, struct ck_text *text)
{
    ck_text_string(text, CK_VARIABLE_PUT_BACK "=");
    ck_text_number(text, (uint64_t)put_back->pid);
    ck_text_char(text, ':');
    ck_text_number(text, put_back->dev);
    ck_text_char(text, ':');
    ck_text_number(text, put_back->ino);
    ck_text_char(text, ':');
    ck_text_number(text, put_back->arguments);
}

/* A decimal number and what ends it; moves *at behind that. */
static bool take_number(const char **at, char end, uint64_t max, uint64_t *ret_number)
{
    const char *digit = *at;
    uint64_t number = 0;

    for (; *digit >= '0' && *digit <= '9'; digit++) {
        uint64_t value = (uint64_t)(*digit - '0');
        if (number > (max - value) / 10)
            return false;
        number = number * 10 + value;
    }
    if (digit == *at || *digit != end)
        return false;
    *at = digit + 1;
    *ret_number = number;
    return true;
}

bool ck_put_back_parse(const char *value, struct ck_put_back *ret_put_back)
{
    uint64_t pid, dev, ino, arguments;

    *ret_put_back = (struct ck_put_back){0};
    if (!take_number(&value, ':', INT32_MAX, &pid) || !take_number(&value, ':', (dev_t)-1, &dev) ||
        !take_number(&value, ':', (ino_t)-1, &ino) || !take_number(&value, '\0', UINT64_MAX, &arguments))
        return false;
    *ret_put_back = (struct ck_put_back){(pid_t)pid, (dev_t)dev, (ino_t)ino, arguments};
    return true;
}
