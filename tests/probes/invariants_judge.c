/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "invariants_judge.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>

#define SETPCAP (UINT64_C(1) << CAP_SETPCAP)

/* --- the policy */

struct keep {
    bool any;         /* some rule matches */
    bool guarded;     /* and may stay the launcher's own hand */
    uint64_t all;     /* K */
    uint64_t given;   /* of K, what goes to this program, or to the launcher itself */
    uint64_t refused; /* of given, what a rule does not do without */
    uint64_t bounding;
    bool bounds;
    bool no_new_privs;
};

static bool is_for_user(const struct invariants_rule *rule, uint64_t uid)
{
    for (uint64_t i = 0; i < rule->uid_count; i++) {
        if (rule->uids[i] == uid)
            return true;
    }
    return rule->uid_count == 0 && uid != 0;
}

/* For an effective uid and a program; PROGRAM_NONE is the launcher itself, which goes on. */
static struct keep keep_of(const struct invariants_case *the_case, uint64_t uid, uint64_t program)
{
    struct keep keep = {0};
    uint64_t silent = 0;

    for (uint64_t i = 0; i < the_case->rule_count; i++) {
        const struct invariants_rule *rule = &the_case->rules[i];
        bool given = rule->program == PROGRAM_NONE || rule->program == program;

        if (rule->launcher == LAUNCHER_OTHER || !is_for_user(rule, uid))
            continue;
        keep.any = true;
        keep.all |= rule->ambient;
        keep.given |= given ? rule->ambient : 0;
        keep.refused |= given && rule->refuse ? rule->ambient : 0;
        keep.no_new_privs |= rule->no_new_privs != 0;
        keep.bounds |= rule->bounding != 0;
        keep.bounding |= rule->bounding;
        silent |= rule->bounding == 0 ? rule->ambient : 0;
    }
    keep.bounding |= silent;
    return keep;
}

static bool has_guard(const struct invariants_case *the_case)
{
    for (uint64_t i = 0; i < the_case->rule_count; i++) {
        if (the_case->rules[i].guard && the_case->rules[i].launcher != LAUNCHER_OTHER)
            return true;
    }
    return false;
}

/* --- states */

static bool has_root(const struct compare_state *state)
{
    return state->uids[0] == 0 || state->uids[1] == 0 || state->uids[2] == 0;
}

static bool same(const struct compare_state *one, const struct compare_state *other)
{
    return memcmp(one, other, sizeof(*one)) == 0;
}

/* As `other`, but perhaps with more in the sets that K goes to. */
static bool contains(const struct compare_state *one, const struct compare_state *other)
{
    struct compare_state merged = *one;

    merged.permitted |= other->permitted;
    merged.effective |= other->effective;
    merged.inheritable |= other->inheritable;
    merged.ambient |= other->ambient;
    merged.bounding = other->bounding & one->bounding;
    return same(&merged, one) && one->no_new_privs == other->no_new_privs;
}

/* Of a wish, what can become ambient in a thread (capabilities(7)). */
static uint64_t attainable(uint64_t wish, uint64_t permitted, const struct compare_state *state)
{
    wish &= permitted & (state->bounding | state->inheritable);
    return (state->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0 ? wish & state->ambient : wish;
}

/*
 * The bounding set can be cut down by who has CAP_SETPCAP, which it does not take where there is nothing to cut. A rule
 * that refuses to do without keeps nothing.
 */
static bool is_unhardened(const struct keep *keep, uint64_t bounding, uint64_t permitted)
{
    return keep->bounds && (bounding & ~keep->bounding) != 0 && (permitted & SETPCAP) == 0;
}

/* Past its change of user a thread has the hardening, or will not have it. */
static bool lacks_hardening(const struct keep *keep, const struct compare_state *state)
{
    return (keep->bounds && (state->bounding & ~keep->bounding) != 0) ||
           (keep->no_new_privs && state->no_new_privs == 0);
}

static void harden(const struct keep *keep, bool unhardened, struct compare_state *state)
{
    if (keep->bounds && !unhardened)
        state->bounding &= keep->bounding;
    state->no_new_privs |= keep->no_new_privs;
}

/* --- what was said */

struct said {
    unsigned kept;
    unsigned told; /* that something is missing, or stayed */
    unsigned refused;
    bool narrowing_failed;
    bool disturbed; /* the call that failed was one of the log itself */
};

static unsigned count(const char *text, const char *word)
{
    unsigned found = 0;

    for (text = strstr(text, word); text != NULL; text = strstr(text + 1, word))
        found++;
    return found;
}

static struct said said_in(const char *log, const struct invariants_step *step)
{
    static char part[16384];
    size_t length = (size_t)(step->log_end - step->log_start);

    if (length >= sizeof(part))
        length = sizeof(part) - 1;
    memcpy(part, log + step->log_start, length);
    part[length] = '\0';
    return (struct said){
        .kept = count(part, "event=kept "),
        .told = count(part, "event=not-kept ") + count(part, "event=not-narrowed ") + count(part, "event=refused "),
        .refused = count(part, "event=refused "),
        .narrowing_failed = strstr(part, "narrowing=failed") != NULL,
        .disturbed = count(part, "fault: ppoll ") + count(part, "fault: sendmsg ") + count(part, "fault: write ") +
                         count(part, "fault: mmap ") >
                     0,
    };
}

/* --- each kind of step */

struct judged {
    const struct invariants_limits *limits;
    const struct invariants_case *the_case;
    const struct invariants_call *call;
    const struct invariants_step *step;
    struct said said;
    bool faulty; /* a call of the library's may have been refused */
};

/* C1: what has to come of a change of user. */
static struct compare_state expect_change(const struct judged *judged, bool *ret_whole)
{
    const struct compare_state *before = &judged->step->before;
    struct compare_state after = judged->step->bare.after;
    struct keep keep = keep_of(judged->the_case, after.uids[1], PROGRAM_NONE);
    bool keeps_itself = (before->securebits & (SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP)) != 0;
    bool can_keep = keeps_itself || (before->securebits & SECBIT_KEEP_CAPS_LOCKED) == 0;

    *ret_whole = true;
    if (before->permitted == 0 || !keep.any)
        return after;
    uint64_t permitted = keeps_itself ? after.permitted : can_keep ? before->permitted : 0;
    bool unhardened = is_unhardened(&keep, before->bounding, permitted);
    struct compare_state state = after;
    state.ambient = keeps_itself ? after.ambient : 0;
    uint64_t kept = attainable(keep.all, before->permitted & permitted, &state);
    if (unhardened)
        kept &= ~keep.refused;
    *ret_whole = kept == keep.all && !unhardened;
    if (!keeps_itself) {
        state.permitted = kept;
        state.effective = 0;
    }
    /* What the launcher kept itself stays as it keeps it; the rest of K becomes effective with ambient. */
    state.effective |= keeps_itself ? 0 : kept & keep.given;
    state.ambient |= kept & keep.given;
    state.inheritable |= kept & keep.given;
    harden(&keep, unhardened, &state);
    return state;
}

static const char *judge_change(const struct judged *judged)
{
    const struct invariants_step *step = judged->step;
    const struct compare_state *after = &step->ours.after;
    bool left = has_root(&step->before) && !has_root(&step->bare.after);
    struct keep keep = keep_of(judged->the_case, step->bare.after.uids[1], PROGRAM_NONE);
    bool whole = true;

    /* Where the uids cannot be read after it, it counts as leaving root, and a line says what came of that. */
    if (!left && judged->faulty && judged->said.kept + judged->said.told > 0)
        return NULL;
    if (!left)
        return same(after, &step->bare.after) ? NULL : "C1 a change that does not leave root is as without the library";
    struct compare_state expected = expect_change(judged, &whole);
    if (judged->faulty) {
        if ((after->permitted & ~(keep.all | step->bare.after.permitted)) != 0 && !judged->said.narrowing_failed)
            return "C1 nothing else survives, or that is told";
        return contains(after, &expected) || judged->said.told > 0 ? NULL : "C6 what is not kept in whole is told";
    }
    if (!same(after, &expected))
        return keep.any ? "C1 after the change" : "C5 after a change for which there is no rule";
    if (!keep.any || step->before.permitted == 0)
        return judged->said.kept + judged->said.told == 0 ? NULL : "C5 nothing is said where no rule matches";
    return judged->said.kept == (whole ? 1 : 0) && judged->said.told == (whole ? 0 : 1)
               ? NULL
               : "C6 what came of it is told once";
}

/* C2: what a program has to start with; `clears` what is ambient by then. False where it has to be refused. */
static bool expect_program(const struct judged *judged, uint64_t uid, bool once, bool clears,
                           struct compare_state *ret_program)
{
    const struct compare_state *before = &judged->step->before;
    struct keep keep = keep_of(judged->the_case, uid, judged->call->args[0]);
    struct compare_state program = *before;
    bool unhardened = once ? is_unhardened(&keep, before->bounding, before->permitted) : lacks_hardening(&keep, before);

    if (!keep.any)
        return true;
    uint64_t given = attainable(keep.given, before->permitted, before);
    if (unhardened)
        given &= ~keep.refused;
    if (clears)
        given = 0;
    program.ambient = (before->ambient & ~(keep.all & ~keep.given)) | given;
    program.permitted = program.effective = program.ambient;
    program.inheritable = (before->inheritable & ~(before->ambient & keep.all & ~keep.given)) | given;
    if (once)
        harden(&keep, unhardened, &program);
    if (clears)
        program.ambient = program.permitted = program.effective = 0;
    *ret_program = program;
    return (keep.refused & ~given) == 0;
}

/* The ids of a program, and what an exec always clears, are the kernel's own affair: they come from the twin. */
static void take_ids(const struct compare_state *from, struct compare_state *program)
{
    memcpy(program->uids, from->uids, sizeof(program->uids));
    memcpy(program->gids, from->gids, sizeof(program->gids));
    program->securebits = from->securebits;
}

static const char *judge_program(const struct judged *judged, bool may_start)
{
    const struct invariants_step *step = judged->step;
    bool spawns = judged->call->kind >= KIND_POSIX_SPAWN;
    uint64_t refusal = judged->call->kind < KIND_POSIX_SPAWN || judged->call->kind >= KIND_SYSTEM ? UINT64_MAX : EPERM;

    if (step->ours.started && !may_start)
        return "C6 what must not start without a capability is refused";
    if (step->ours.started || !step->bare.started)
        return NULL;
    if (may_start && !judged->faulty)
        return "C5 the program is started";
    if ((uint64_t)step->ours.result != refusal || (!spawns && step->ours.error != EPERM))
        return "C6 a refused exec fails with EPERM";
    return judged->said.refused > 0 || judged->said.disturbed ? NULL : "C6 a refusal is told";
}

/* As before, but for some or all of the hardening. */
static bool is_between(const struct compare_state *after, const struct compare_state *before,
                       const struct compare_state *hardened)
{
    struct compare_state rest = *after;

    if ((after->bounding & ~before->bounding) != 0 || (hardened->bounding & ~after->bounding) != 0 ||
        after->no_new_privs > hardened->no_new_privs)
        return false;
    rest.bounding = before->bounding;
    rest.no_new_privs = before->no_new_privs;
    return same(&rest, before);
}

static const char *judge_start(const struct judged *judged)
{
    const struct invariants_step *step = judged->step;
    const struct compare_state *before = &step->before;
    bool shell = judged->call->kind >= KIND_SYSTEM;
    bool spawns = judged->call->kind >= KIND_POSIX_SPAWN;
    bool resets = spawns && !shell && judged->call->args[1] != 0;
    uint64_t uid = resets ? before->uids[0] : before->uids[1];
    bool dropped = before->uids[0] != 0 && uid != 0;
    struct compare_state expected = step->bare.program;
    struct keep keep = keep_of(judged->the_case, uid, judged->call->args[0]);
    bool may_start = true;

    struct compare_state hardened = *before;

    harden(&keep, false, &hardened);
    /*
     * The thread that lives on is as it was. Where the kernel refuses the library a call after the hardening, and the
     * exec is refused for that, no_new_privs and the bounding set stay: nothing takes them back.
     */
    if (step->ours.done && !same(&step->ours.after, before) && !judged->said.narrowing_failed &&
        !(judged->faulty && judged->said.refused > 0 && is_between(&step->ours.after, before, &hardened)))
        return "C2 the thread is as it was";
    /* A shell is a program of its own, and starts ours as it likes: with the uids that it wants. */
    if (shell)
        return NULL;
    if (dropped && keep.any) {
        /* The child of posix_spawn leaves root by itself there, which clears ambient. */
        bool leaves = resets && before->uids[1] == 0 && before->uids[2] != 0 &&
                      (before->securebits & SECBIT_NO_SETUID_FIXUP) == 0;
        /* Where the real and the effective uid differ, so may exec itself (cap_bprm_creds_from_file). */
        bool differs = before->uids[0] != uid && judged->limits->clears_where_ids_differ;
        may_start = expect_program(judged, uid, !spawns && before->uids[2] == 0, leaves || differs, &expected);
        take_ids(&step->bare.program, &expected);
        /* There exec takes the real one, too, where no_new_privs is set: it was for the rule's sake. */
        if (differs && expected.no_new_privs != step->bare.program.no_new_privs)
            expected.uids[1] = expected.uids[2] = expected.uids[3] = expected.uids[0];
    }
    const char *trouble = judge_program(judged, may_start);
    if (trouble != NULL || !step->ours.started)
        return trouble;
    if (judged->faulty) {
        if ((keep.refused & ~step->ours.program.ambient) != 0 && dropped)
            return "C6 nothing starts without what it must have";
        return same(&step->ours.program, &expected) || judged->said.told > 0 ? NULL
                                                                             : "C6 what is not given in whole is told";
    }
    if (same(&step->ours.program, &expected))
        return NULL;
    return keep.any && dropped ? "C2 what the program has" : "C5 the program of a launcher without a rule";
}

/* The launcher's own hand on its capabilities; what is guarded stays. */
static const char *judge_own(const struct judged *judged)
{
    const struct invariants_step *step = judged->step;

    if (has_guard(judged->the_case))
        return NULL;
    return same(&step->ours.after, &step->bare.after) ? NULL : "C5 the launcher's own change";
}

static const char *judge_step(const struct judged *judged)
{
    const struct invariants_step *step = judged->step;
    bool starts = invariants_starts_program(judged->call->kind);

    if (step->ours.done && (step->ours.after.permitted & ~step->before.permitted) != 0)
        return "C7 permitted only shrinks";
    if (step->ours.started && step->before.uids[0] != 0 && step->before.uids[1] != 0 &&
        judged->call->kind < KIND_SYSTEM && (step->ours.program.permitted & ~step->before.permitted) != 0)
        return "C7 a program has nothing that its launcher did not have";
    if (starts)
        return judge_start(judged);
    if (step->ours.result != step->bare.result || step->ours.error != step->bare.error)
        return "C5 the result and errno";
    if (judged->call->kind <= KIND_SYS_SETRESUID)
        return judge_change(judged);
    return judge_own(judged);
}

const char *invariants_judge(const struct invariants_limits *limits, const struct invariants_case *the_case,
                             const struct invariants_record *record, const char *log, uint64_t *ret_step)
{
    for (uint64_t i = 0; i < record->steps; i++) {
        struct judged judged = {
            .limits = limits,
            .the_case = the_case,
            .call = &the_case->calls[i],
            .step = &record->step[i],
            .said = said_in(log, &record->step[i]),
            .faulty = the_case->fault[0] != '\0',
        };
        const char *trouble = judge_step(&judged);

        *ret_step = i;
        if (trouble != NULL)
            return trouble;
    }
    return NULL;
}
