#include "shell.h"

#include <string.h>

bool ck_shell_is_one(const char *path)
{
    static const char *const names[] = {"sh",   "dash", "bash", "rbash", "ash", "busybox", "ksh", "ksh93",
                                        "mksh", "lksh", "yash", "posh",  "zsh", "tcsh",    "csh", "fish"};
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}
