/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Whether the library goes along into the next program, while there is a uid 0 (contract C4). */
#include "../cold/state.h"

enum ck_carry_way {
    CK_CARRY_AS_EVER,  /* with state->carry */
    CK_CARRY_NOTED,    /* with what was filled: it is put back, or was, and that is to be known there */
    CK_CARRY_DECLINED, /* not any more: this very program has taken it out again */
};

/*
 * For an exec of this file by this process itself: a child that it starts otherwise has decided nothing. `text` has CK_PUT_BACK_SIZE
 * bytes, to which *ret_carry refers.
 */
enum ck_carry_way ck_carry_for_exec(const struct ck_state *state, const struct ck_program_name *file, char *const *argv,
                                    char *const *envp, struct ck_carry *ret_carry, char *text);
