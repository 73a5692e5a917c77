/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy_parse.h"

#include <errno.h>
#include <string.h>

#include "capset.h"
#include "names.h"
#include "nearest.h"
#include "text.h"

int ck_policy_add_text(struct ck_policy *policy, const char *text, size_t length, uint32_t *ret_offset)
{
    if (length >= CK_TEXT_MAX - policy->text_size)
        return -ENOSPC;
    char *place = policy->text + policy->text_size;
    memcpy(place, text, length);
    place[length] = '\0';
    *ret_offset = policy->text_size;
    policy->text_size += (uint32_t)length + 1;
    return 0;
}

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

int ck_parse_fail(struct ck_parse_error *ret_error, const char *what, const char *value)
{
    struct ck_text text = ck_text_start(ret_error->text, sizeof(ret_error->text));

    ck_text_string(&text, what);
    if (value == NULL)
        return -EINVAL;
    ck_text_string(&text, " \"");
    ck_text_printable(&text, value);
    ck_text_char(&text, '"');
    return -EINVAL;
}

int ck_parse_fail_caps(struct ck_parse_error *ret_error, const char *what, uint64_t mask)
{
    struct ck_text text = ck_text_start(ret_error->text, sizeof(ret_error->text));

    ck_text_string(&text, what);
    ck_text_char(&text, ' ');
    ck_text_caps(&text, mask);
    return -EINVAL;
}

void ck_parse_suggest(struct ck_parse_error *error, const char *name)
{
    struct ck_text text = {error->text, sizeof(error->text), strlen(error->text)};

    if (name == NULL)
        return;
    ck_text_string(&text, "; did you mean ");
    ck_text_string(&text, name);
    ck_text_char(&text, '?');
}

static int unknown_capability(const char *word, size_t length, struct ck_parse_error *ret_error)
{
    char shown[CK_NEAREST_MAX + 1] = "";

    memcpy(shown, word, length < CK_NEAREST_MAX ? length : CK_NEAREST_MAX);
    (void)ck_parse_fail(ret_error, "unknown capability", shown); /* as below */
    ck_parse_suggest(ret_error, ck_cap_nearest(word, length));
    return -EINVAL;
}

int ck_parse_caps(const char *text, uint64_t *ret_mask, struct ck_parse_error *ret_error)
{
    uint64_t mask = 0;

    while (*text != '\0') {
        size_t length = 0;

        if (is_separator(*text)) {
            text++;
            continue;
        }
        while (text[length] != '\0' && !is_separator(text[length]))
            length++;
        int cap = ck_cap_from_text(text, length);
        if (cap < 0)
            return unknown_capability(text, length, ret_error);
        mask |= ck_cap_bit((unsigned)cap);
        text += length;
    }
    *ret_mask = mask;
    return 0;
}

/* The marks in front of a name; returns how many there are. */
static size_t read_marks(const char *text, bool *ret_ambient, bool *ret_inheritable, bool *ret_unbound)
{
    size_t count = 0;

    *ret_ambient = *ret_inheritable = *ret_unbound = false;
    for (;; count++) {
        if (text[count] == '^')
            *ret_ambient = true;
        else if (text[count] == '%')
            *ret_inheritable = true;
        else if (text[count] == '!')
            *ret_unbound = true;
        else
            return count;
    }
}

static int add_iab(const char *word, size_t length, struct ck_iab *iab, struct ck_parse_error *ret_error)
{
    bool ambient;
    bool inheritable;
    bool unbound;
    size_t marks = read_marks(word, &ambient, &inheritable, &unbound);
    int cap = ck_cap_from_text(word + marks, length - marks);

    if (cap < 0)
        return unknown_capability(word + marks, length - marks, ret_error);
    uint64_t bit = ck_cap_bit((unsigned)cap);
    if (ambient)
        iab->ambient_mask |= bit;
    if (inheritable || (!ambient && !unbound))
        iab->inheritable_mask |= bit;
    if (unbound)
        iab->unbound_mask |= bit;
    return 0;
}

int ck_parse_iab(const char *text, struct ck_iab *ret_iab, struct ck_parse_error *ret_error)
{
    struct ck_iab iab = {0};

    while (*text != '\0') {
        size_t length = 0;

        if (is_separator(*text)) {
            text++;
            continue;
        }
        while (text[length] != '\0' && !is_separator(text[length]))
            length++;
        int result = add_iab(text, length, &iab, ret_error);
        if (result < 0)
            return result;
        text += length;
    }
    iab.inheritable_mask &= ~iab.ambient_mask;
    *ret_iab = iab;
    return 0;
}

static bool is_one_of(const char *text, const char words[4][8])
{
    for (int i = 0; i < 4; i++) {
        if (ck_is_word(text, strlen(text), words[i]))
            return true;
    }
    return false;
}

int ck_parse_bool(const char *text, bool *ret_value, struct ck_parse_error *ret_error)
{
    static const char yes[][8] = {"yes", "true", "on", "1"};
    static const char no[][8] = {"no", "false", "off", "0"};

    if (is_one_of(text, yes)) {
        *ret_value = true;
        return 0;
    }
    if (is_one_of(text, no)) {
        *ret_value = false;
        return 0;
    }
    return ck_parse_fail(ret_error, "neither yes nor no:", text);
}

int ck_parse_uid(const char *text, size_t length, uid_t *ret_uid)
{
    uint64_t value = 0;

    if (length == 0 || length > 10)
        return -EINVAL;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -EINVAL;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    if (value >= UINT32_MAX)
        return -EINVAL;
    *ret_uid = (uid_t)value;
    return 0;
}
