/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "carry.h"

#include "../hot/readable.h"
#include "../hot/sys.h"

enum ck_carry_way ck_carry_for_exec(const struct ck_state *state, const struct ck_program_name *file, char *const *argv,
                                    char *const *envp, struct ck_carry *ret_carry, char *text)
{
    const struct ck_put_back *before = &state->put_back;
    struct ck_put_back noted = *before;
    struct ck_text room = ck_text_start(text, CK_PUT_BACK_SIZE);

    if (state->carry.preload == NULL)
        return CK_CARRY_AS_EVER;
    if (!ck_environ_has_library(envp)) {
        if (!ck_readable_list(argv))
            return CK_CARRY_AS_EVER;
        noted = (struct ck_put_back){ck_sys_getpid(), file->dev, file->ino, ck_put_back_hash(argv)};
        if (ck_put_back_is_again(before, &noted))
            return CK_CARRY_DECLINED;
    } else if (before->pid == 0 || before->pid != ck_sys_getpid()) {
        return CK_CARRY_AS_EVER;
    }
    /* By way of env -i, say, it is still the same process. */
    ck_put_back_format(&noted, &room);
    *ret_carry = state->carry;
    ret_carry->put_back = text;
    return CK_CARRY_NOTED;
}
