/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../shim/cold/kernel.h"
#include "../common/exit.h"
#include "explain_options.h"
#include "explain_policy.h"
#include "explain_process.h"
#include "explanation.h"
#include "../common/search.h"
#include "../verbs.h"

/* --- who starts the launcher */

/* Root as it would be if somebody became root here: with all that the bounding set allows. */
static struct ck_thread make_root(const struct ck_thread *current)
{
    uint64_t mask = current->caps.bounding;

    return (struct ck_thread){.caps = {.permitted = mask, .effective = mask, .bounding = mask},
                              .no_new_privs = current->no_new_privs,
                              .userns = &ck_userns_initial};
}

/* On a kernel that has fewer capabilities than the one that runs. */
static void cut_to_kernel(const struct ck_kernel *kernel, struct ck_capset *caps)
{
    uint64_t mask = ck_kernel_caps(kernel);

    caps->permitted &= mask;
    caps->effective &= mask;
    caps->inheritable &= mask;
    caps->ambient &= mask;
    caps->bounding &= mask;
}

static int find_from(enum ck_explain_from from, const struct ck_kernel *kernel, struct ck_proc *current,
                     struct ck_thread *ret_from, bool *ret_is_root)
{
    int result = ck_proc_read(getpid(), current);

    if (result < 0)
        return ck_fail("explain", "%s: %s", "/proc/self/status", strerror(-result));
    int securebits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
    current->thread.securebits = securebits > 0 ? (uint32_t)securebits : 0;
    *ret_is_root = from == CK_FROM_ROOT || (from == CK_FROM_ANY && !ck_uids_any_root(&current->thread.uids));
    *ret_from = *ret_is_root ? make_root(&current->thread) : current->thread;
    cut_to_kernel(kernel, &ret_from->caps);
    return 0;
}

/* --- files */

static int find_file(const char *name, struct ck_executable *ret_executable)
{
    char path[PATH_MAX];

    if (ck_search_find(name, path) != 0)
        return CK_EXIT_FAILED; /* it has said why */
    int result = ck_executable_look(path, ret_executable);
    if (result == -ENOENT && ck_executable_missing(ret_executable) != NULL)
        return ck_fail("explain", "%s: %s", ck_executable_missing(ret_executable), "no such interpreter");
    return result < 0 ? ck_fail("explain", "%s: %s", path, strerror(-result)) : 0;
}

/* --- whom the launcher becomes */

/* The one user whom all rules with User= are for. */
static int find_user_of_rules(const struct ck_policy *policy, char ret_user[16])
{
    for (uint32_t i = 1; i < policy->uid_count; i++) {
        if (policy->uids[i] != policy->uids[0])
            return ck_fail("explain", "%s: %s", "-u", "no user given, and the rules are for several");
    }
    if (policy->uid_count == 0)
        return ck_fail("explain", "%s: %s", "-u",
                       policy->rule_count == 0 ? "no user given, and there is no policy"
                                               : "no user given, and the rules are for any user");
    (void)snprintf(ret_user, 16, "%lu", (unsigned long)policy->uids[0]); /* it fits */
    return 0;
}

static int find_account(const struct ck_explain_options *options, const struct ck_policy *policy,
                        struct ck_account_entry *ret_account)
{
    char user[16];

    if (options->user == NULL && find_user_of_rules(policy, user) != 0)
        return CK_EXIT_FAILED;
    return ck_account_find("explain", options->user != NULL ? options->user : user, ret_account);
}

/* --- the two uses */

static void print(const struct ck_explanation *explanation, bool json)
{
    if (json)
        ck_explanation_print_json(explanation, stdout);
    else
        ck_explanation_print_text(explanation, stdout);
}

static int explain_launch(const struct ck_explain_options *options, struct ck_explanation *explanation,
                          const struct ck_executable *launcher)
{
    static struct ck_policy policy;
    static struct ck_prediction prediction;
    static struct ck_account_entry account;

    const char *executable = launcher != NULL ? ck_executable_name(launcher) : NULL;
    if (ck_explain_policy_load(options->policy, options->ambient, executable, &policy) != 0 ||
        find_account(options, &policy, &account) != 0)
        return CK_EXIT_FAILED;
    const struct ck_launch launch = {
        .kernel = explanation->kernel,
        .from = explanation->from,
        .launcher = launcher != NULL ? launcher->files : NULL,
        .is_served = launcher == NULL || ck_service_is_served(explanation->launcher),
        .account = &account.account,
        .policy = &policy,
        .program = &explanation->program->program,
        .file = explanation->program->files,
        .facts = &explanation->program->facts,
    };
    ck_launch_predict(&launch, &prediction);
    explanation->prediction = &prediction;
    explanation->policy = &policy;
    explanation->account = &account;
    print(explanation, options->json);
    return prediction.end == CK_LAUNCH_STARTED && prediction.missing_mask == 0 &&
                   prediction.missing_inheritable_mask == 0 && !prediction.is_unhardened
               ? 0
               : 1;
}

static int explain_file(const struct ck_explain_options *options, const struct ck_kernel *kernel)
{
    static struct ck_proc current;
    static struct ck_executable program;
    static struct ck_executable launcher;
    struct ck_thread from;
    struct ck_service service;
    struct ck_explanation explanation = {
        .kernel = kernel,
        .launcher = &service,
        .from = &from,
        .program = &program,
        .is_launcher_given = options->launcher != NULL,
        .version = options->version,
    };

    if (find_from(options->from, kernel, &current, &from, &explanation.is_root_assumed) != 0 ||
        find_file(options->program, &program) != 0 ||
        (options->launcher != NULL && find_file(options->launcher, &launcher) != 0))
        return CK_EXIT_FAILED;
    ck_service_look(options->launcher != NULL ? &launcher : &program, &from, kernel, &service);
    if (ck_explain_options_has_launch(options))
        return explain_launch(options, &explanation, options->launcher != NULL ? &launcher : NULL);
    print(&explanation, options->json);
    return 0;
}

/* --- the kernel */

static int find_kernel(const char *version, struct ck_kernel *ret_kernel)
{
    if (version == NULL) {
        ck_kernel_read(ret_kernel);
        return 0;
    }
    int result = ck_kernel_from_version(version, ret_kernel);
    if (result == -ERANGE)
        return ck_fail("explain", "--kernel=%s: what Linux did before 5.8 is not known", version);
    return result < 0 ? ck_fail("explain", "not a version of Linux, as in 6.1: --kernel=%s", version) : 0;
}

int ck_verb_explain(int argc, char *argv[])
{
    struct ck_explain_options options;
    struct ck_kernel kernel;
    int status;

    if (!ck_explain_options_read(argc, argv, &options, &status))
        return status;
    if (find_kernel(options.version, &kernel) != 0)
        return CK_EXIT_FAILED;
    if (options.pid != 0)
        return ck_explain_process(&options, &kernel);
    return explain_file(&options, &kernel);
}
