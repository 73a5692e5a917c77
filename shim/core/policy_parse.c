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

static int unknown_capability(const char *word, size_t length, struct ck_parse_error *ret_error)
{
    struct ck_text text = ck_text_start(ret_error->text, sizeof(ret_error->text));

    ck_text_string(&text, "unknown capability \"");
    for (size_t i = 0; i < length && i < CK_NEAREST_MAX; i++) {
        char letter[2] = {word[i], '\0'};
        ck_text_escaped(&text, letter);
    }
    ck_text_string(&text, "\"; did you mean ");
    ck_text_string(&text, ck_cap_nearest(word, length));
    ck_text_char(&text, '?');
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

static bool is_one_of(const char *text, const char *const words[4])
{
    for (int i = 0; i < 4; i++) {
        if (ck_edit_distance(text, strlen(text), words[i]) == 0)
            return true;
    }
    return false;
}

int ck_parse_bool(const char *text, bool *ret_value, struct ck_parse_error *ret_error)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};

    if (is_one_of(text, yes)) {
        *ret_value = true;
        return 0;
    }
    if (is_one_of(text, no)) {
        *ret_value = false;
        return 0;
    }
    struct ck_text message = ck_text_start(ret_error->text, sizeof(ret_error->text));
    ck_text_string(&message, "neither yes nor no: \"");
    ck_text_escaped(&message, text);
    ck_text_char(&message, '"');
    return -EINVAL;
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
