#include "nearest.h"

#include <string.h>

static unsigned min2(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

bool ck_is_word(const char *text, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++) {
        if (ck_lower(text[i]) != word[i])
            return false;
    }
    return word[length] == '\0';
}

/* The usual table of prefixes (Wagner and Fischer), one row at a time. */
unsigned ck_edit_distance(const char *a, size_t length, const char *b)
{
    unsigned row[CK_NEAREST_MAX + 1];
    size_t width = strlen(b);

    if (length > CK_NEAREST_MAX || width > CK_NEAREST_MAX)
        return 2 * CK_NEAREST_MAX;
    for (unsigned j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; i <= length; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= width; j++) {
            unsigned change = diagonal + (ck_lower(a[i - 1]) != ck_lower(b[j - 1]));

            diagonal = row[j];
            row[j] = min2(change, min2(row[j], row[j - 1]) + 1);
        }
    }
    return row[width];
}
