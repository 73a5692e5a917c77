/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The policy in force, wherever it comes from: the rule of the environment where CAPKEEP_AMBIENT or CAPKEEP_IAB is
 * set, and the file of CAPKEEP_POLICY where that is set; with neither, the installed files.
 */
#include "policy_file.h"

/* The variables that are no directive of a rule. */
#define CK_VARIABLE_POLICY "CAPKEEP_POLICY"
#define CK_VARIABLE_LOG "CAPKEEP_LOG"
#define CK_VARIABLE_LOG_LEVEL "CAPKEEP_LOG_LEVEL"
#define CK_VARIABLE_DISABLE "CAPKEEP_DISABLE"
#define CK_VARIABLE_METHOD "CAPKEEP_METHOD"

/* capkeep.conf in the first, then the *.conf in the second, in the order of their names. */
#define CK_CONF_FILE CK_CONF_DIR "/capkeep.conf"
#define CK_CONF_DROP_INS CK_CONF_DIR "/capkeep.conf.d"

struct ck_load {
    /* Of this process, asked for when a rule has a Launcher=. NULL where that is not to be judged. */
    const char *(*find_executable)(void *context);
    void *context;
    bool is_own;              /* that stays so: what other launchers' rules are for need not be looked up */
    bool ignores_environment; /* which may be somebody else's */
    struct ck_policy *policy; /* all zero */
    struct ck_log log;
    const char *supervisor; /* the command that supervises what is out of reach; NULL where that is not to be done */
    bool is_installed;      /* what was read are the installed files */
    struct ck_report *report;
    const struct ck_resolver *resolver; /* while loading */
};

/*
 * Whether CAPKEEP_DISABLE has everything switched off. Returns 0, or -EINVAL with the sentence where it says neither yes nor
 * no; then nothing is switched off, and the policy has a mistake.
 */
int ck_load_is_disabled(char *const *envp, bool *ret_is_disabled, struct ck_parse_error *ret_error);

/*
 * Fills load->policy, load->log, load->supervisor and load->is_installed. Returns the number of rules, 0 where there is no policy at all, or
 * -EINVAL with each mistake reported: then nothing at all is to be kept.
 */
int ck_load_policy(struct ck_load *load);
