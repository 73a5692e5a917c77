/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "become.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/hot/creds_read.h"
#include "../../shim/hot/program.h"
#include "../../shim/cold/kernel.h"
#include "../../shim/hot/change.h"
#include "../../shim/hot/exec.h"
#include "../../shim/hot/tell.h"
#include "environment.h"
#include "../common/account.h"
#include "../common/exit.h"
#include "../common/library.h"
#include "../common/search.h"

/* One line for each reason. Whether the rules let it go on without is for the caller to see. */
static void print_lost(const struct ck_verdict *verdict)
{
    for (int reason = 0; reason < CK_REASON_COUNT; reason++) {
        char names[1024];
        struct ck_text text = ck_text_start(names, sizeof(names));

        if (verdict->lost[reason] == 0)
            continue;
        ck_text_caps(&text, verdict->lost[reason]);
        fprintf(stderr, "capkeep: run: %s cannot be kept: %s\n", names, ck_reason_text((enum ck_reason)reason));
    }
    if (verdict->unhardened)
        fprintf(stderr,
                "capkeep: run: the hardening of the rule (bounding set, no_new_privs, Descendants=) cannot be had%s\n",
                verdict->needs_setpcap ? ": the bounding set takes cap_setpcap, which is not permitted" : "");
}

/* What is known of this launch, for the log and for the decisions. */
struct launch {
    const struct ck_policy *policy;
    const struct ck_log *log;
    struct ck_kernel kernel;
    struct ck_uids after;
    bool if_possible;
    uint64_t told_mask; /* what has already been said to be lost */
};

static void tell(const struct launch *launch, int fd, const char *call, const char *program,
                 const struct ck_uids *before, const struct ck_keep *keep, const struct ck_verdict *verdict,
                 bool refused)
{
    struct ck_record record = {
        .launcher = "capkeep",
        .call = call,
        .program = program,
        .rule = ck_policy_text(launch->policy, launch->policy->rules[keep->rule].name),
        .before = before,
        .after = &launch->after,
        .verdict = verdict,
        .refused = refused,
    };

    ck_tell(launch->log, fd, &record);
}

static int take_on_groups(const struct ck_run_options *options, const struct ck_account *account)
{
    if (!options->keep_groups && setgroups(account->group_count, account->groups) < 0)
        return ck_fail("run", "taking on the groups of %s: %s", options->user, strerror(errno));
    if (setresgid(account->gid, account->gid, account->gid) < 0)
        return ck_fail("run", "taking on the group of %s: %s", options->user, strerror(errno));
    return 0;
}

/* As any other launcher would. */
static int take_on_plainly(const struct ck_run_options *options, const struct ck_account *account)
{
    if (take_on_groups(options, account) != 0)
        return CK_EXIT_FAILED;
    if (setresuid(account->uid, account->uid, account->uid) < 0)
        return ck_fail("run", "becoming %s: %s", options->user, strerror(errno));
    return 0;
}

/* The groups, then the uid with the keep transaction around it, as the library does it in a launcher. */
static int take_on(struct launch *launch, const struct ck_run_options *options, const struct ck_account *account)
{
    struct ck_change change;
    struct ck_keep keep;
    struct ck_verdict verdict;
    int log_fd = ck_emit_open(launch->log);

    if (take_on_groups(options, account) != 0)
        return CK_EXIT_FAILED;
    ck_change_begin(CK_SELF, &change);
    if (!change.possible) {
        return ck_fail("run",
                       "-u works as root: without a uid 0 there is no change of the user to keep something over");
    }
    if (setresuid(account->uid, account->uid, account->uid) < 0)
        return ck_fail("run", "becoming %s: %s", options->user, strerror(errno));
    if (!ck_change_end(&change, launch->policy, NULL, launch->kernel.last_cap, &launch->after, &keep, &verdict)) {
        int status = ck_fail("run", "no rule of the policy is for user %s", options->user);
        launch->policy = NULL;
        return options->if_possible ? 0 : status;
    }
    bool refused = (keep.refuse_mask & ck_verdict_lost(&verdict)) != 0 || (verdict.unhardened && keep.refuse_mask != 0);
    tell(launch, log_fd, "setresuid", NULL, &change.before.uids, &keep, &verdict, refused);
    ck_emit_close(log_fd);
    print_lost(&verdict);
    launch->told_mask = ck_verdict_lost(&verdict);
    return refused ? CK_EXIT_FAILED : 0;
}

static int give_to_program(const struct launch *launch, const char *path, uint64_t *ret_lower_mask)
{
    static struct ck_program_texts texts;
    const struct ck_target target = {AT_FDCWD, path, 0};
    struct ck_program program;
    struct ck_file_facts facts;
    struct ck_exec_facts exec = {.file = &facts, .last_cap = launch->kernel.last_cap};
    struct ck_keep keep;
    struct ck_exec_undo undo;
    struct ck_executor executor;
    struct ck_verdict verdict;

    ck_executor_read(CK_SELF, launch->kernel.exec_by_effective, &executor);
    (void)ck_program_look(&executor, &target, &texts, &program, &facts); /* it was found a moment ago */
    exec.takes_library = ck_reach_of(&facts, false, false) == CK_REACH_YES;
    ck_match_exec(launch->policy, launch->after.effective, &program, &keep);
    if (keep.ambient_mask == 0 && keep.other_mask != 0) {
        int status = ck_fail("run", "%s: the policy keeps nothing for this program", path);
        if (!launch->if_possible)
            return status;
    }
    int result = ck_exec_prepare(CK_SELF, &keep, &exec, &undo, &verdict);
    *ret_lower_mask = verdict.lower_mask;
    /* What was lost at the change is lost still (contract C6: said once). */
    if (result < 0 || (ck_verdict_lost(&verdict) & ~launch->told_mask) != 0 || verdict.unhardened) {
        tell(launch, -1, "execve", path, &launch->after, &keep, &verdict, result < 0);
        print_lost(&verdict);
    }
    return result < 0 ? CK_EXIT_FAILED : 0;
}

int ck_become(const struct ck_run_options *options, const struct ck_policy *policy, const struct ck_log *log)
{
    struct launch launch = {.policy = policy, .log = log, .if_possible = options->if_possible};
    struct ck_account account;
    char path[PATH_MAX];
    uint64_t lower_mask = 0;
    int status = ck_account_find_user("run", options->user, &account);

    ck_kernel_read(&launch.kernel);
    if (status == 0 && options->groups != NULL)
        status = ck_account_set_groups("run", options->groups, &account);
    if (status == 0)
        status = policy != NULL ? take_on(&launch, options, &account) : take_on_plainly(options, &account);
    if (status == 0)
        status = ck_search_find(options->command[0], path);
    if (status == 0 && launch.policy != NULL)
        status = give_to_program(&launch, path, &lower_mask);
    if (status != 0)
        return status;
    /* The program has left root for good. Only for Descendants=no is a library needed in it. */
    if ((lower_mask != 0 ? ck_environment_lower(ck_library_find(), lower_mask) : ck_environment_strip()) < 0)
        return CK_EXIT_FAILED;
    return ck_search_execute(path, options->command);
}
