#pragma once
/* Runs plans. Knows no policy. */
#include "../core/decide.h"
#include "caller.h"

/*
 * Runs the steps in order and stops at the first that the kernel refuses. Returns 0, or -errno with the refused step
 * in *ret_failed.
 */
int ck_apply(const struct ck_caller *caller, const struct ck_plan *plan, struct ck_step *ret_failed);
