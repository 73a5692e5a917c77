/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints names_table.h. Runs at build time only, with the libcap that the capkeep command uses as well. An array of
 * arrays, not of pointers: it needs no relocation.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

int main(void)
{
    size_t longest = 0;
    unsigned count = 0;

    for (; count < 64; count++) {
        char *name = cap_to_name((cap_value_t)count);
        if (name == NULL)
            return 1;
        int is_number = isdigit((unsigned char)name[0]);
        if (!is_number && strlen(name) > longest)
            longest = strlen(name);
        cap_free(name);
        if (is_number)
            break;
    }
    printf("static const char cap_names[%u][%zu] = {\n", count, longest + 1);
    for (unsigned cap = 0; cap < count; cap++) {
        char *name = cap_to_name((cap_value_t)cap);
        if (name == NULL)
            return 1;
        printf("    \"%s\",\n", name);
        cap_free(name);
    }
    puts("};");
    return 0;
}
