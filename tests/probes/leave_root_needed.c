/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The module's own library. */
#include <unistd.h>

#include "leave_root.h"

int leave_root_by_library(void)
{
    return setuid(65534);
}

const char *who_am_i(void)
{
    return "the module's own library";
}
