/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

#include <string.h>
#include <unistd.h>

#include "../../shim/core/reach.h"
#include "../../shim/hot/needed.h"
#include "launch.h"
#include "../common/library.h"

/* Whether it denies pattern=ld_preload is for its rules, which only it can read as it does. */
#define FAPOLICYD_PID "/run/fapolicyd.pid"

static bool is_unseen(const struct ck_service *service)
{
    const struct ck_imports *imports = &service->imports;
    const struct ck_file_facts *facts = &service->executable->facts;

    return service->reach == CK_REACH_YES && facts->has_elf && imports->is_known && imports->is_libc_alone &&
           !imports->looks_up && (imports->mask & ck_imports_uid_mask()) == 0;
}

static unsigned find_methods(const struct ck_service *service)
{
    if (service->reach == CK_REACH_SECURE)
        return CK_SERVICE_PTRACE | CK_SERVICE_USER;
    return ck_service_is_served(service) ? CK_SERVICE_PRELOAD
                                         : CK_SERVICE_PTRACE | CK_SERVICE_USER | CK_SERVICE_SECUREBITS;
}

/* Somebody who is not the file's owner, nor of its group, nor root. */
static bool is_secure_for_users(const struct ck_executable *executable, const struct ck_kernel *kernel)
{
    const struct ck_thread somebody = {.uids = {CK_ID_NONE, CK_ID_NONE, CK_ID_NONE},
                                       .gids = {CK_ID_NONE, CK_ID_NONE, CK_ID_NONE},
                                       .fsgid = CK_ID_NONE};
    struct ck_file_facts facts = executable->facts;

    ck_launch_see(kernel, &somebody, ck_executable_file(executable), &facts);
    return facts.is_secure;
}

void ck_service_look(const struct ck_executable *executable, const struct ck_thread *from,
                     const struct ck_kernel *kernel, struct ck_service *ret_service)
{
    const char *library = ck_library_find();
    struct ck_file_facts facts = executable->facts;
    bool is_everywhere = ck_library_is_everywhere();

    *ret_service = (struct ck_service){.executable = executable, .is_script = executable->program.count > 1};
    ck_launch_see(kernel, from, ck_executable_file(executable), &facts);
    ret_service->reach =
        ck_reach_of(&facts, is_everywhere, strchr(library, '/') == NULL && ck_program_has_foreign_library());
    if (ret_service->reach == CK_REACH_YES && ck_needed_is_first(&executable->program, &executable->texts, &facts))
        ret_service->reach = CK_REACH_SANITIZED;
    ret_service->is_secure_for_users = !is_everywhere && is_secure_for_users(executable, kernel);
    if (facts.has_elf)
        (void)ck_imports_read(ck_executable_name(executable), &ret_service->imports); /* else nothing is known */
    ret_service->is_unseen = is_unseen(ret_service);
    ret_service->methods = find_methods(ret_service);
    ret_service->is_watched = (ret_service->methods & CK_SERVICE_PRELOAD) != 0 && access(FAPOLICYD_PID, F_OK) == 0;
}

bool ck_service_is_served(const struct ck_service *service)
{
    return service->reach == CK_REACH_YES && !service->is_unseen;
}

const char *ck_service_word(const struct ck_service *service)
{
    return service->is_unseen ? "unseen" : ck_reach_word(service->reach);
}

const char *ck_service_text(const struct ck_service *service)
{
    return service->is_unseen ? "imports no call that changes the user: if it makes one, it is by itself, and not seen"
                              : ck_reach_text(service->reach);
}

const char *ck_service_method(unsigned method)
{
    switch (method) {
    case CK_SERVICE_PRELOAD:
        return "preload";
    case CK_SERVICE_PTRACE:
        return "ptrace";
    case CK_SERVICE_USER:
        return "-u";
    default:
        return "securebits";
    }
}
