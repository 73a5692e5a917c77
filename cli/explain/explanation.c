/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explanation.h"

#include "../common/shell.h"

enum ck_mismatch ck_explanation_mismatch(const struct ck_policy *policy, const struct ck_rule *rule, uid_t uid,
                                         const struct ck_program *program)
{
    if (rule->foreign)
        return CK_MISMATCH_LAUNCHER;
    if (!ck_rule_has_user(policy, rule, uid))
        return CK_MISMATCH_USER;
    return ck_range_has_program(policy, &rule->programs, program) ? CK_MISMATCH_NONE : CK_MISMATCH_PROGRAM;
}

bool ck_explanation_has_shell(const struct ck_explanation *explanation)
{
    const struct ck_program_name *program = &explanation->program->program.names[0];

    return explanation->is_launcher_given &&
           ck_shell_is_between(ck_executable_name(explanation->launcher->executable)) &&
           !ck_shell_is_one(program->resolved != NULL ? program->resolved : program->text);
}

const char *ck_mismatch_word(enum ck_mismatch mismatch)
{
    static const char *const words[] = {NULL, "launcher", "user", "program"};

    return words[mismatch];
}

static enum ck_why_state state_of(const struct ck_explanation *explanation)
{
    if (explanation->policy->rule_count == 0)
        return CK_WHY_NO_POLICY;
    if (explanation->is_launcher_given && !ck_service_is_served(explanation->launcher))
        return CK_WHY_OUT_OF_REACH;
    /* One that keeps it for another program has kept it, and has to name this one. */
    return explanation->prediction->is_matched || explanation->prediction->change.is_done ? CK_WHY_RULE
                                                                                          : CK_WHY_NO_RULE;
}

struct ck_why_case ck_explanation_case(const struct ck_explanation *explanation, uint64_t caps_mask)
{
    const struct ck_capset *caps = &explanation->prediction->launcher.caps;

    return (struct ck_why_case){
        .caps_mask = caps_mask,
        .file = ck_executable_name(explanation->program),
        .is_bounding = (caps_mask & ~(caps->bounding | caps->inheritable)) == 0,
        .state = state_of(explanation),
    };
}

struct ck_why_case ck_process_explanation_case(const struct ck_process_explanation *explanation, uint64_t caps_mask)
{
    struct ck_why_case the_case = {
        .caps_mask = caps_mask,
        .file = explanation->exe,
        .is_bounding = true, /* what is not has a reason of its own */
        .state = CK_WHY_NO_RULE,
    };

    if (explanation->is_launcher)
        the_case.state = CK_WHY_LAUNCHER;
    else if (explanation->policy->rule_count == 0)
        the_case.state = CK_WHY_NO_POLICY;
    else if ((caps_mask & ~explanation->gives_mask) == 0)
        the_case.state = CK_WHY_RULE;
    return the_case;
}

enum ck_mismatch ck_process_explanation_mismatch(const struct ck_process_explanation *explanation,
                                                 const struct ck_rule *rule)
{
    const struct ck_program exe = {.count = 1, .names = {{.text = explanation->exe, .resolved = explanation->exe}}};
    const struct ck_program *program = explanation->is_script ? &explanation->script->program : &exe;

    if (explanation->is_launcher)
        return rule->foreign ? CK_MISMATCH_LAUNCHER : CK_MISMATCH_NONE;
    return ck_explanation_mismatch(explanation->policy, rule, explanation->main->thread.uids.effective, program);
}

const char *ck_explanation_failed_call(const struct ck_prediction *prediction)
{
    switch (prediction->end) {
    case CK_LAUNCH_STARTED:
        return NULL;
    case CK_LAUNCH_NO_CHANGE:
        return "setresuid";
    case CK_LAUNCH_NO_LAUNCHER:
    case CK_LAUNCH_REFUSED:
    case CK_LAUNCH_NO_EXEC:
        break;
    }
    return "execve";
}
