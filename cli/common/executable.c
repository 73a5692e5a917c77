/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "executable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int ck_executable_look(const char *path, struct ck_executable *ret_executable)
{
    const struct ck_target target = {AT_FDCWD, ret_executable->path, 0};
    const struct ck_program *program = &ret_executable->program;
    struct ck_file *files = ret_executable->files;
    struct ck_executor executor;

    if (strlen(path) >= sizeof(ret_executable->path))
        return -ENAMETOOLONG;
    strcpy(ret_executable->path, path);
    ck_executor_read(CK_SELF, false, &executor); /* of the kernel only ambient depends, which is the model's to say */
    if (!ck_program_look(&executor, &target, &ret_executable->texts, &ret_executable->program, &ret_executable->facts))
        return -ENOENT;
    for (unsigned i = 0; i < program->count; i++) {
        int result = ck_file_read(program->names[i].text, ret_executable->caps[i], &files[i]);
        if (result < 0)
            return result;
        if (i > 0)
            files[i - 1].interpreter = &files[i];
    }
    return 0;
}

const char *ck_executable_missing(const struct ck_executable *executable)
{
    unsigned count = executable->program.count;

    return count > 0 ? executable->texts.interpreters[count - 1] : NULL;
}

static unsigned last(const struct ck_executable *executable)
{
    return executable->program.count - 1;
}

const struct ck_file *ck_executable_file(const struct ck_executable *executable)
{
    return &executable->files[last(executable)];
}

const char *ck_executable_name(const struct ck_executable *executable)
{
    const struct ck_program_name *name = &executable->program.names[last(executable)];

    return name->resolved != NULL ? name->resolved : name->text;
}
