#include "names.h"

#include <stdbool.h>
#include <string.h>

#include "capset.h"
#include "names_table.h"
#include "nearest.h"

#define NAME_COUNT (sizeof(cap_names) / sizeof(cap_names[0]))
#define PREFIX_LENGTH 4 /* "cap_" */

const char *ck_cap_name(unsigned cap)
{
    return cap < NAME_COUNT ? cap_names[cap] : NULL;
}

static int from_digits(const char *text, size_t length)
{
    int number = 0;

    if (length == 0 || length > 2)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number < (int)CK_CAPS_MAX ? number : -1;
}

/* Whether `text` begins with "cap_", in any case. */
static bool has_prefix(const char *text, size_t length)
{
    return length > PREFIX_LENGTH && ck_is_word(text, PREFIX_LENGTH, "cap_");
}

int ck_cap_from_text(const char *text, size_t length)
{
    const char *bare = has_prefix(text, length) ? text + PREFIX_LENGTH : text;
    size_t bare_length = length - (size_t)(bare - text);

    for (unsigned cap = 0; cap < NAME_COUNT; cap++) {
        if (bare_length > 0 && ck_is_word(bare, bare_length, cap_names[cap] + PREFIX_LENGTH))
            return (int)cap;
    }
    return from_digits(text, length);
}

const char *ck_cap_nearest(const char *text, size_t length)
{
    unsigned best = 0;
    unsigned best_distance = ~0U;

    for (unsigned cap = 0; cap < NAME_COUNT; cap++) {
        unsigned whole = ck_edit_distance(text, length, cap_names[cap]);
        unsigned bare = ck_edit_distance(text, length, cap_names[cap] + PREFIX_LENGTH);
        unsigned distance = whole < bare ? whole : bare;

        if (distance < best_distance) {
            best_distance = distance;
            best = cap;
        }
    }
    return cap_names[best];
}
