/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A module, such as PHP's posix extension, that changes the uid by its own import of setuid: by a call, or by a pointer
 * in a table; or through a library of its own, which has a function that the program has under the same name as well.
 */
#include <unistd.h>

#include "leave_root.h"

#if defined(LEAVE_ROOT_BY_TABLE)
static int (*const table[])(uid_t) = {setuid};

int leave_root(void)
{
    return table[0](65534);
}
#elif defined(LEAVE_ROOT_BY_LIBRARY)
int leave_root(void)
{
    return leave_root_by_library();
}

const char *module_says(void)
{
    return who_am_i();
}
#else
int leave_root(void)
{
    return setuid(65534);
}
#endif
