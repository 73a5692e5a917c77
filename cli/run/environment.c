/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "environment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../shim/core/environ_rewrite.h"

/* The memory is not freed: it is the environment from now on. */
static int rewrite(enum ck_environ_mode mode, const struct ck_carry *carry)
{
    struct ck_environ_need need;

    ck_environ_measure(mode, carry, environ, &need);
    if (need.same)
        return 0;
    char **pointers = calloc(need.pointers + 1, sizeof(*pointers));
    char *bytes = malloc(need.bytes + 1);
    if (pointers == NULL || bytes == NULL) {
        perror("capkeep: the environment");
        free(pointers);
        free(bytes);
        return -1;
    }
    (void)ck_environ_write(mode, carry, environ, &need, pointers, bytes); /* there is no other thread: it fits */
    environ = pointers;
    return 0;
}

int ck_environment_strip(void)
{
    static const struct ck_carry nothing;

    return rewrite(CK_ENVIRON_STRIP, &nothing);
}

int ck_environment_preload(const char *library)
{
    const struct ck_carry carry = {.preload = library};

    return rewrite(CK_ENVIRON_CARRY, &carry);
}

int ck_environment_lower(const char *library, uint64_t lower_mask)
{
    static char variable[sizeof(CK_VARIABLE_LOWER) + 17];
    const char *const variables[] = {variable};
    const struct ck_carry carry = {.preload = library, .count = 1, .vars = variables};

    (void)snprintf(variable, sizeof(variable), CK_VARIABLE_LOWER "=%016" PRIx64, lower_mask); /* it fits */
    return rewrite(CK_ENVIRON_LOWER, &carry);
}
