/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../model/prctl.h"
#include "../../shim/core/policy_parse.h"
#include "../common/exit.h"
#include "../../trace/proc/execfn.h"
#include "explain_policy.h"
#include "explanation.h"

static int fail(pid_t pid, int result)
{
    return ck_fail("explain", "process %ld: %s", (long)pid, result == -ENOENT ? "no such process" : strerror(-result));
}

/* The threads whose credentials are not those of the main thread, in memory of malloc. Returns their number or -errno. */
static int find_others(const struct ck_proc *main, struct ck_proc **ret_others)
{
    pid_t *tids;
    unsigned found = 0;
    int count = ck_proc_list(main->pid, &tids);

    if (count < 0)
        return count;
    struct ck_proc *others = ck_memory(calloc((size_t)count + 1, sizeof(*others)));
    for (int i = 0; i < count; i++) {
        /* One that has ended meanwhile is none. */
        if (ck_proc_read(tids[i], &others[found]) == 0 && !ck_proc_same(main, &others[found]))
            found++;
    }
    free(tids);
    *ret_others = others;
    return (int)found;
}

/* What the process executes; without it there is nothing to say of its file. */
static bool look_at_file(pid_t pid, struct ck_executable *executable)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%ld/exe", (long)pid); /* it fits */
    return ck_executable_look(path, executable) == 0;
}

/*
 * The script that a process was executed as. Only a whole path is sure to name now what it named then, and only where
 * the script has the interpreter that runs.
 */
static bool look_at_script(pid_t pid, const struct ck_executable *executable, struct ck_executable *script)
{
    const struct ck_program_name *running = &executable->program.names[0];
    char path[PATH_MAX];

    ck_execfn_find(pid, executable->facts.elf.is_64, path, sizeof(path));
    if (path[0] != '/' || ck_executable_look(path, script) < 0)
        return false;
    const struct ck_program_name *interpreter = &script->program.names[script->program.count - 1];
    return script->program.count > 1 && interpreter->ino == running->ino && interpreter->dev == running->dev;
}

/*
 * What is permitted and not ambient, and so not passed on to what it executes; with a uid 0 an exec asks for no ambient
 * set. Securebits are not known, so none is taken to be set.
 */
static void explain_ambient(struct ck_process_explanation *explanation)
{
    const struct ck_thread *thread = &explanation->main->thread;
    uint64_t mask = explanation->want_mask & thread->caps.permitted & ~thread->caps.ambient;
    enum ck_kernel_rule rule;

    while (mask != 0 && !explanation->is_launcher) {
        unsigned cap = ck_cap_take_lowest(&mask);
        if (ck_prctl_refuses_raise(thread, cap, &rule))
            explanation->lost[ck_why_rule(rule)].ambient |= ck_cap_bit(cap);
    }
}

static struct ck_capset missing_sets(uint64_t mask)
{
    return (struct ck_capset){.permitted = mask, .effective = mask, .ambient = mask};
}

/*
 * What is not permitted: what can be seen of the process and its file that would be in the way if it executed that once
 * more. For the rest there is no more to say than that it is not there: /proc has no history.
 */
static void explain_permitted(struct ck_process_explanation *explanation)
{
    static const struct ck_file plain;
    const struct ck_thread *thread = &explanation->main->thread;
    const struct ck_file *file = explanation->has_file ? ck_executable_file(explanation->executable) : &plain;
    uint64_t missing_mask = explanation->want_mask & ~thread->caps.permitted;
    uint64_t unbound_mask = missing_mask & ~(thread->caps.bounding | thread->caps.inheritable);
    uint64_t open_mask = missing_mask & ~unbound_mask;
    struct ck_losses losses = {0};

    explanation->lost[ck_why_reason(CK_LOST_NOT_BOUNDING)] = missing_sets(unbound_mask);
    (void)ck_exec_explain(explanation->kernel, thread, file, open_mask,
                          &losses); /* of a file that is no file to the kernel nothing is explained */
    losses.by_rule[CK_RULE_NEVER_HELD].permitted = 0;
    for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
        uint64_t mask = losses.by_rule[rule].permitted;
        explanation->lost[ck_why_rule((enum ck_kernel_rule)rule)] = missing_sets(mask);
        open_mask &= ~mask;
    }
    explanation->lost[CK_WHY_NOT_HELD] = missing_sets(open_mask);
    explanation->missing_mask = missing_mask;
}

static uint64_t find_given(const struct ck_process_explanation *explanation)
{
    const struct ck_policy *policy = explanation->policy;
    uint64_t mask = 0;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (ck_process_explanation_mismatch(explanation, &policy->rules[i]) == CK_MISMATCH_NONE)
            mask |= policy->rules[i].ambient_mask;
    }
    return mask;
}

static int find_wanted(const char *wanted, struct ck_process_explanation *explanation)
{
    struct ck_parse_error error;

    explanation->is_asked = wanted != NULL;
    explanation->want_mask = explanation->gives_mask;
    if (wanted == NULL || ck_parse_caps(wanted, &explanation->want_mask, &error) == 0)
        return 0;
    return ck_fail("explain", "-a: %s", error.text);
}

/* The rules, for this process: as a launcher it is one that Launcher= may mean. */
static int apply_policy(const struct ck_explain_options *options, struct ck_policy *policy,
                        struct ck_process_explanation *explanation)
{
    const char *launcher = explanation->is_launcher ? explanation->exe : NULL;

    if (ck_explain_policy_load(options->policy, NULL, launcher, policy) != 0)
        return CK_EXIT_FAILED;
    explanation->policy = policy;
    explanation->gives_mask = find_given(explanation);
    return find_wanted(options->ambient, explanation);
}

/* What is of the main thread and its file; the other threads come in memory of malloc. */
static int look_at_process(pid_t pid, struct ck_proc *main, struct ck_proc **ret_others,
                           struct ck_process_explanation *explanation)
{
    static struct ck_proc_userns userns;
    static char exe[PATH_MAX];
    int result = ck_proc_read(pid, main);
    int count = result < 0 ? result : find_others(main, ret_others);

    if (count < 0)
        return fail(pid, count);
    explanation->others = *ret_others;
    explanation->other_count = (unsigned)count;
    if (!ck_proc_is_here(main->pid) && ck_proc_read_userns(main->pid, &userns) == 0) {
        explanation->is_elsewhere = true;
        main->thread.userns = &userns.userns;
    }
    ck_proc_read_exe(main->pid, exe, sizeof(exe));
    explanation->exe = exe;
    explanation->has_library = ck_proc_has_library(main->pid);
    explanation->is_launcher = ck_uids_any_root(&main->thread.uids);
    return 0;
}

int ck_explain_process(const struct ck_explain_options *options, const struct ck_kernel *kernel)
{
    static struct ck_policy policy;
    static struct ck_proc main;
    static struct ck_executable executable;
    static struct ck_executable script;
    struct ck_process_explanation explanation = {
        .kernel = kernel, .main = &main, .executable = &executable, .script = &script};
    struct ck_proc *others = NULL;
    int status = look_at_process(options->pid, &main, &others, &explanation);

    explanation.has_file = status == 0 && look_at_file(main.pid, &executable);
    explanation.is_script = explanation.has_file && look_at_script(main.pid, &executable, &script);
    if (status == 0)
        status = apply_policy(options, &policy, &explanation);
    if (status == 0) {
        explain_permitted(&explanation);
        explain_ambient(&explanation);
        if (options->json)
            ck_process_explanation_print_json(&explanation, stdout);
        else
            ck_process_explanation_print_text(&explanation, stdout);
        status = (explanation.want_mask & ~main.thread.caps.effective) == 0 ? 0 : 1;
    }
    free(others);
    return status;
}
