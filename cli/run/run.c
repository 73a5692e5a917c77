/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/core/environ_rewrite.h"
#include "../../shim/core/policy_match.h"
#include "../../shim/hot/creds_read.h"
#include "../../shim/hot/needed.h"
#include "../../shim/hot/program.h"
#include "../../shim/hot/sys.h"
#include "../../shim/hot/tell.h"
#include "become.h"
#include "environment.h"
#include "../common/exit.h"
#include "../common/imports.h"
#include "../common/library.h"
#include "../common/policy.h"
#include "redirect.h"
#include "run_options.h"
#include "../common/search.h"
#include "../common/shell.h"
#include "securebits.h"
#include "supervise.h"
#include "../verbs.h"

#define REMEDY_WITHOUT_PTRACE "capkeep run -u USER in its place, or --method=securebits"

/* A library that keeps nothing lets the launcher run on; the front door does not. */
static int check_policy(const struct ck_run_options *options, const struct ck_policy *policy)
{
    struct ck_capset caps;
    uint64_t wanted_mask = 0;

    /* A launcher that is to get nothing is none that cannot be given something. */
    if (policy->rule_count == 0 && options->user == NULL)
        return 0;
    if (policy->rule_count == 0)
        return ck_fail("run", "nothing to keep: give -a CAPS or --policy FILE, or write " CK_CONF_FILE);

    for (uint32_t i = 0; i < policy->rule_count; i++)
        wanted_mask |= policy->rules[i].ambient_mask | policy->rules[i].inheritable_mask;
    int result = ck_sys_capget(&caps);
    if (result == 0 && (caps.permitted & wanted_mask) != 0)
        return 0;
    if (result == 0 && caps.permitted == 0)
        return ck_fail("run", "there are no capabilities here that could be kept; run this as root");
    return ck_fail("run", "none of the capabilities to keep is permitted here, so none could be kept");
}

/* Launchers that make sure of their drop see that it can be undone, and refuse to go on. */
static void warn_of_probes(const struct ck_policy *policy)
{
    const uint64_t mask = UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if ((policy->rules[i].ambient_mask & mask) == 0)
            continue;
        fputs("capkeep: run: warning: cap_setuid and cap_setgid amount to root, and launchers that probe their drop, "
              "such as sshd, refuse to go on with them\n",
              stderr);
        return;
    }
}

/* Containers often lack it. The library tells it at the change of user, in the log. */
static void warn_of_bounding(const struct ck_policy *policy)
{
    struct ck_capset caps;
    unsigned last_cap = ck_creds_last_cap();

    if (ck_sys_capget(&caps) < 0 || (caps.permitted & ck_cap_bit(CAP_SETPCAP)) != 0)
        return;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];

        if (ck_creds_is_bound(CK_SELF, ck_rule_bounding(rule), last_cap))
            continue;
        fprintf(stderr,
                "capkeep: run: warning: cap_setpcap is not permitted, without which the bounding set stays as it is%s: "
                "--cap-add=SETPCAP of docker and podman\n",
                rule->refuse ? ", and a rule with OnFailure=refuse starts nothing" : "");
        return;
    }
}

static int execute(const struct ck_run_options *options, const char *path)
{
    if (options->argv0 != NULL)
        options->command[0] = (char *)options->argv0;
    return ck_search_execute(path, options->command);
}

static bool may_refuse(const struct ck_policy *policy)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].refuse)
            return true;
    }
    return false;
}

/* As the library says it of what a launcher executes. */
static void tell_method(const struct ck_log *log, const char *path, enum ck_reach reach)
{
    struct ck_uids uids;

    ck_creds_read_uids(CK_SELF, &uids);
    struct ck_record record = {
        .event = CK_EVENT_REACH,
        .launcher = path,
        .call = "run",
        .program = path,
        .before = &uids,
        .after = &uids,
        .reach = reach,
        .is_supervised = true,
    };
    ck_tell(log, -1, &record);
}

/* `reach`: why, where that was not asked for. */
static int launch_by_ptrace(const struct ck_run_options *options, enum ck_reach reach, struct ck_policy *policy,
                            const struct ck_log *log, const char *path)
{
    char why[CK_SUPERVISE_WHY_SIZE];

    /* It speaks for each launcher that is started further down, and so for the one that the rule is for. */
    if (ck_match_is_broken(policy, NULL))
        return ck_fail("run", "%s is to be supervised, and with it what it starts: no rule may have a mistake", path);
    if (ck_supervise(policy, log, why) < 0) {
        return ck_fail("run", "%s %s%scannot be supervised: %s; use %s", path,
                       reach != CK_REACH_YES ? ck_reach_text(reach) : "", reach != CK_REACH_YES ? ", and " : "", why,
                       REMEDY_WITHOUT_PTRACE);
    }
    if (reach != CK_REACH_YES)
        tell_method(log, path, reach);
    return ck_environment_strip() < 0 ? CK_EXIT_FAILED : execute(options, path);
}

/* The file that will be the launcher: of a script the last interpreter. */
static bool find_launcher(const char *path, char ret_launcher[PATH_MAX])
{
    static struct ck_program_texts texts;
    const struct ck_target target = {AT_FDCWD, path, 0};
    struct ck_executor executor;
    struct ck_program program;
    struct ck_file_facts facts;

    ck_executor_read(CK_SELF, false, &executor);
    if (!ck_program_look(&executor, &target, &texts, &program, &facts))
        return false;
    const struct ck_program_name *name = &program.names[program.count - 1];
    return realpath(name->resolved != NULL ? name->resolved : name->text, ret_launcher) != NULL;
}

static bool is_raw(const struct ck_program *program, const struct ck_program_texts *texts,
                   const struct ck_elf_head *elf)
{
    const struct ck_program_name *name = &program->names[program->count - 1];
    const char *path = name->resolved != NULL ? name->resolved : name->text;
    struct ck_imports imports;

    return ck_imports_may_be_raw(path, ck_elf_code(texts->head, sizeof(texts->head), elf), elf->is_64) &&
           ck_imports_read(path, &imports) == 0 && ck_imports_is_raw(&imports);
}

/* What is out of a library's reach would keep nothing, in silence. */
static enum ck_reach find_reach(const char *library, const char *path)
{
    static struct ck_program_texts texts;
    const struct ck_target target = {AT_FDCWD, path, 0};
    struct ck_executor executor;
    struct ck_program program;
    struct ck_file_facts facts;

    ck_executor_read(CK_SELF, false, &executor);                         /* of the kernel only ambient depends */
    (void)ck_program_look(&executor, &target, &texts, &program, &facts); /* it was found a moment ago */
    bool has_foreign = strchr(library, '/') == NULL && ck_program_has_foreign_library();
    enum ck_reach reach = ck_reach_of(&facts, ck_library_is_everywhere(), has_foreign);
    if (reach != CK_REACH_YES || !facts.has_elf)
        return reach;
    if (!ck_environ_suits_runtime(environ) && ck_needed_is_first(&program, &texts, &facts))
        return CK_REACH_SANITIZED;
    return is_raw(&program, &texts, &facts.elf) ? CK_REACH_RAW : reach;
}

/* One that LD_PRELOAD names already is used, if it can be found from everywhere. */
static int preload(const char *library)
{
    const char *list = getenv("LD_PRELOAD");
    const char *entry;
    char own[PATH_MAX];
    size_t length = list != NULL ? ck_preload_find(list, &entry) : 0;

    if (length > 0 && length < sizeof(own) && (entry[0] == '/' || memchr(entry, '/', length) == NULL)) {
        memcpy(own, entry, length);
        own[length] = '\0';
        library = own;
    }
    return ck_library_check(library) < 0 ? -1 : ck_environment_preload(library);
}

/* COMMAND is a launcher: it goes on as root, with the library in it, or under a supervisor. */
static int launch(const struct ck_run_options *options, struct ck_policy *policy, const struct ck_log *log,
                  const char *path)
{
    const char *library = ck_library_find();
    enum ck_reach reach = find_reach(library, path);

    if (reach != CK_REACH_YES && options->method == CK_METHOD_AUTO)
        return launch_by_ptrace(options, reach, policy, log, path);
    if (reach != CK_REACH_YES)
        fprintf(stderr, "capkeep: run: warning: %s %s; use %s\n", path, ck_reach_text(reach), ck_reach_remedy(reach));
    if (reach == CK_REACH_SANITIZED) /* with the library in it, it would not start */
        return ck_environment_strip() < 0 ? CK_EXIT_FAILED : execute(options, path);
    if (preload(library) < 0)
        return CK_EXIT_FAILED;
    return execute(options, path);
}

static int launch_by_securebits(const struct ck_run_options *options, const struct ck_policy *policy, const char *path,
                                bool *ret_is_begun)
{
    int status = ck_securebits_prepare(policy, options->allow_new_privs, ret_is_begun);

    if (status != 0)
        return status;
    return ck_environment_strip() < 0 ? CK_EXIT_FAILED : execute(options, path);
}

/* Returns only where LAUNCHER has not started; *ret_is_begun: nor may it any more, as this process is half prepared. */
static int launch_with(const struct ck_run_options *options, struct ck_policy *policy, const struct ck_log *log,
                       const char *path, bool *ret_is_begun)
{
    *ret_is_begun = false;
    switch (options->method) {
    case CK_METHOD_SECUREBITS:
        return launch_by_securebits(options, policy, path, ret_is_begun);
    case CK_METHOD_PTRACE:
        return launch_by_ptrace(options, CK_REACH_YES, policy, log, path);
    case CK_METHOD_AUTO:
    case CK_METHOD_PRELOAD:
        break;
    }
    return launch(options, policy, log, path);
}

/*
 * As if capkeep had not been asked. What has the library in it already, as where the library itself has asked for a
 * supervisor, goes on with it; but what is not possible for this launcher is not for the next.
 */
static int launch_without(const struct ck_run_options *options, const char *path)
{
    bool is_ready = ck_environ_has_library(environ) ? unsetenv(CK_VARIABLE_METHOD) == 0 : ck_environment_strip() == 0;

    return is_ready ? execute(options, path) : CK_EXIT_FAILED;
}

/* CAPKEEP_DISABLE stays in the environment: it is meant for all that is started from here. */
static int run_disabled(const struct ck_run_options *options)
{
    char path[PATH_MAX];

    fprintf(stderr, "capkeep: run: " CK_VARIABLE_DISABLE " is set: %s starts without capkeep\n", options->command[0]);
    if (options->user != NULL)
        return ck_become(options, NULL, NULL);
    int status = ck_search_find(options->command[0], path);
    return status != 0 ? status : execute(options, path);
}

/*
 * For a rule with a Launcher=: which one it is held against, and whose mistakes count. `context` is the path of the command, or
 * NULL with -u: then this command is the launcher. Where it is not to be known, a mistake in any rule counts.
 */
static const char *launcher_of_rules(void *context)
{
    static char launcher[PATH_MAX];

    if (context != NULL)
        return find_launcher(context, launcher) && !ck_shell_is_one(launcher) ? launcher : NULL;
    ssize_t length = readlink("/proc/self/exe", launcher, PATH_MAX - 1);
    launcher[length > 0 ? length : 0] = '\0'; /* without /proc no Launcher= is this command */
    return launcher;
}

static int run_launcher(const struct ck_run_options *options, bool can_keep, struct ck_policy *policy,
                        const struct ck_log *log, const char *path)
{
    bool is_begun = false;

    if (can_keep && policy->rule_count == 0) {
        fprintf(stderr,
                "capkeep: run: nothing to keep: there is no rule (-a CAPS, --policy FILE, " CK_CONF_FILE
                "); %s starts without\n",
                path);
        return launch_without(options, path);
    }
    if (can_keep && !options->if_possible) { /* else it was warned of, by the command that this one is started for */
        warn_of_probes(policy);
        warn_of_bounding(policy);
    }
    if (can_keep)
        ck_redirect_warn(path, options->command);
    int status = can_keep ? launch_with(options, policy, log, path, &is_begun) : CK_EXIT_FAILED;
    if (status != CK_EXIT_FAILED || !options->if_possible || is_begun || may_refuse(policy))
        return status;
    fprintf(stderr, "capkeep: run: %s starts without it\n", path);
    return launch_without(options, path);
}

int ck_verb_run(int argc, char *argv[])
{
    static struct ck_policy policy;
    struct ck_run_options options;
    struct ck_parse_error error;
    struct ck_log log;
    char path[PATH_MAX];
    bool is_disabled;
    int status;

    if (!ck_run_options_read(argc, argv, &options, &status))
        return status;
    if (ck_load_is_disabled(environ, &is_disabled, &error) == 0 &&
        is_disabled) /* a mistake is told with the policy's */
        return run_disabled(&options);
    if (ck_run_options_export(&options) != 0)
        return CK_EXIT_FAILED;
    status = options.user == NULL ? ck_search_find(options.command[0], path) : 0;
    if (status != 0)
        return status;
    bool is_valid = ck_policy_load(launcher_of_rules, options.user == NULL ? path : NULL, &policy, &log) >= 0;
    bool can_keep = is_valid && check_policy(&options, &policy) == 0;
    if (!can_keep && !options.if_possible)
        return CK_EXIT_FAILED;
    /* One that was broken after the library had read it refuses nothing (contract C8). */
    if (!is_valid)
        policy.rule_count = 0;
    if (options.user != NULL)
        return ck_become(&options, can_keep || may_refuse(&policy) ? &policy : NULL, &log);
    return run_launcher(&options, can_keep, &policy, &log, path);
}
