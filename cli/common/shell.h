#pragma once
/* Shells: what they are given to do is done by what they execute, and so is a change of user. */
#include <stdbool.h>

/* Whether the file at this path, without links, is a shell: by its name, as shells(5) has them. */
bool ck_shell_is_one(const char *path);
