/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What differs between kernels. The model describes Linux 5.8 and later, where exec takes its facts from one file
 * (bprm_creds_from_file).
 *
 * The release tells what the kernel of that number does as it was published. A distribution may have taken a change
 * back into an older one; then only the kernel itself knows, and a caller that has to be sure asks it, in a child:
 *   exec_by_effective    setresuid(1, 2, 2) with an ambient capability, then exec: is it still ambient?
 *   setresuid_may_rest   setfsuid(1), setresuid(-1, -1, -1): does setfsuid(-1) still tell 1?
 *   exec_securebits      PR_SET_SECUREBITS of 1 << 8, without CAP_SETPCAP: is it accepted?
 * tests/probes/kernel_compare holds the model, set by the release, against the running kernel.
 */
#include <stdbool.h>
#include <stdint.h>

struct ck_kernel {
    unsigned last_cap; /* /proc/sys/kernel/cap_last_cap */
    /* Linux 6.17: exec clears ambient where the ids change, no longer where real and effective differ. */
    bool exec_by_effective;
    /* Linux 6.3: a setresuid that asks for no change leaves fsuid alone; before, fsuid followed the effective uid. */
    bool setresuid_may_rest;
    /* Linux 6.14: SECBIT_EXEC_RESTRICT_FILE and SECBIT_EXEC_DENY_INTERACTIVE, which take no privilege. */
    bool exec_securebits;
};

/* From the release that uname(2) tells ("6.1.0-37-amd64"). Returns 0, or -EINVAL where it does not begin with a version. */
int ck_kernel_from_release(const char *release, unsigned last_cap, struct ck_kernel *ret_kernel);

/*
 * A kernel that is not the one that runs, by its version as it was published ("6.1"). Returns 0, -EINVAL where it does not
 * begin with a version, or -ERANGE for one that is older than the model.
 */
int ck_kernel_from_version(const char *version, struct ck_kernel *ret_kernel);

/* The capabilities that this kernel has: it cuts every set that it reads down to them (CAP_VALID_MASK). */
uint64_t ck_kernel_caps(const struct ck_kernel *kernel);
