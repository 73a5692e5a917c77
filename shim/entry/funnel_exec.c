/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "funnel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../hot/apply.h"
#include "../hot/creds_read.h"
#include "../hot/needed.h"
#include "../hot/readable.h"
#include "../hot/scratch.h"
#include "../hot/sys.h"
#include "../hot/tell.h"
#include "carry.h"

/* All that is found out before an exec. */
struct look {
    struct ck_program_texts *texts; /* NULL where there is no memory for them: then nothing is known of the file */
    struct ck_program program;
    struct ck_file_facts facts;
    enum ck_reach reach;
    struct ck_executor executor;
    bool leaves_root; /* the change of uid that drops is made in the child, past the library */
    struct ck_rule_set running;
    struct ck_keep keep;
    struct ck_verdict verdict;
    struct ck_miss miss;
    struct ck_record record;
    bool is_told;
};

/*
 * A path names one file, of one architecture. A bare name is looked for in each one's directories, and ld.so(8) replaces
 * $LIB and its like by each one's own. What /etc/ld.so.preload says is not known here.
 */
static bool names_one_file(const char *preload)
{
    return preload != NULL && strchr(preload, '/') != NULL && strchr(preload, '$') == NULL;
}

/* Returns false where there is no such file: a candidate of the PATH search, as a rule. */
static bool look_at(const struct ck_exec *exec, const struct ck_target *target, struct look *look)
{
    const char *preload = exec->state->carry.preload;

    if ((exec->how & CK_EXEC_UNKNOWN) != 0 || look->texts == NULL) {
        look->facts.is_unseen = true;
        return true;
    }
    if (!ck_program_look(&look->executor, target, look->texts, &look->program, &look->facts))
        return false;
    look->reach = ck_reach_of(&look->facts, preload == NULL, false);
    if (look->reach == CK_REACH_FOREIGN && !names_one_file(preload) && ck_program_has_foreign_library())
        look->reach = CK_REACH_YES;
    return true;
}

/*
 * Whether the command can find the same file, and the same policy. /proc/self/exe would be the command itself, and
 * /proc/self/fd/N may be closed by then. Where the real uid is not 0 it is AT_SECURE, and does not believe the environment.
 */
static bool can_be_supervised(const struct ck_exec *exec, const struct ck_target *target)
{
    return exec->state->supervisor != NULL && !exec->state->secure &&
           (exec->how & (CK_EXEC_AS_IT_IS | CK_EXEC_SHELL)) == 0 && target->dirfd == AT_FDCWD && target->flags == 0 &&
           strchr(target->path, '/') != NULL && exec->uids.effective == 0 &&
           (exec->uids.real == 0 || exec->state->is_installed) && !ck_sys_has_magic_link(target->path);
}

static void note_reach(const struct ck_exec *exec, struct look *look)
{
    look->is_told = true;
    look->record.event = CK_EVENT_REACH;
    look->record.reach = look->reach;
    look->record.is_supervised = exec->is_supervised;
}

/* A launcher in which there will be no library, and which the policy may be for: executed under a supervisor, or told. */
static void judge_launcher(struct ck_exec *exec, const struct ck_target *target, char *const *argv, struct look *look)
{
    if (look->reach == CK_REACH_YES || !look->facts.is_executable ||
        !ck_match_launcher(exec->state->policy, &look->program))
        return;
    exec->is_supervised = can_be_supervised(exec, target) && ck_readable_list(argv);
    note_reach(exec, look);
}

/* Contract C4: what goes along while there is a uid 0, unless the program has decided against it. */
static void carry_on(struct ck_exec *exec, const struct ck_target *target, char *const *argv, char *const *envp,
                     struct look *look)
{
    const struct ck_program_name *file = &look->program.names[0];

    switch (ck_carry_for_exec(exec->state, file, argv, envp, &exec->own_carry, exec->own_variable)) {
    case CK_CARRY_AS_EVER:
        break;
    case CK_CARRY_NOTED:
        exec->carry = &exec->own_carry;
        break;
    case CK_CARRY_DECLINED:
        /* Supervised, it sees the environment that it wants: the command takes the policy out of it. */
        exec->is_supervised = can_be_supervised(exec, target) && ck_match_launcher(exec->state->policy, &look->program);
        if (!exec->is_supervised)
            exec->mode = CK_ENVIRON_STRIP;
        look->reach = CK_REACH_DECLINED;
        note_reach(exec, look);
    }
}

/* Descendants=no: the library goes along once more, with what it has to lower and nothing else of ours. */
static void carry_lower(uint64_t lower_mask, struct ck_exec *exec)
{
    struct ck_text text = ck_text_start(exec->own_variable, sizeof(exec->own_variable));

    ck_text_string(&text, CK_VARIABLE_LOWER "=");
    ck_text_hex(&text, lower_mask);
    exec->own_variables[0] = exec->own_variable;
    exec->own_carry = (struct ck_carry){.preload = exec->state->carry.preload, .count = 1, .vars = exec->own_variables};
    exec->carry = &exec->own_carry;
    exec->mode = CK_ENVIRON_LOWER;
}

/* Whether that is refused to the effective ids. Without faccessat2(2), before Linux 5.8, it is taken not to be. */
static bool may(const struct ck_target *target, int mode)
{
    int result = ck_sys_access(target->dirfd, target->path, mode, target->flags);

    return result == 0 || result == -ENOSYS;
}

/* The program's own loader opens the library with the ids, and below the root directory, that this thread has now. */
static bool takes_library(const struct ck_exec *exec, const struct look *look)
{
    const char *preload = exec->state->carry.preload;
    const char *path = preload != NULL && strchr(preload, '/') != NULL ? preload : exec->state->library;
    bool is_one_file = path != NULL && strchr(path, '$') == NULL;

    return look->reach == CK_REACH_YES && (exec->how & CK_EXEC_AS_IT_IS) == 0 &&
           (!is_one_file || may(&(struct ck_target){AT_FDCWD, path, 0}, R_OK));
}

/*
 * Whether nothing stands in the way that can be known before: of the file and its arguments the kernel says so, where it can
 * be asked; of what a script is for, and of a file that is no program, it would say so only when all is done.
 */
static bool may_start(const struct ck_target *target, char *const *argv, char *const *envp, const struct look *look)
{
    const struct ck_program *program = &look->program;
    int result;

    if (!look->facts.has_elf || !look->facts.elf.is_program || !look->facts.is_executable)
        return false;
    for (unsigned i = 1; i < program->count; i++) {
        if (program->names[i].text != NULL && !may(&(struct ck_target){AT_FDCWD, program->names[i].text, 0}, X_OK))
            return false;
    }
    const char *loader = look->texts->head + look->facts.elf.loader;
    if (look->facts.elf.loader != 0 && !may(&(struct ck_target){AT_FDCWD, loader, 0}, X_OK))
        return false;
    result = ck_sys_execve_check(target->dirfd, target->path, argv, envp, target->flags);
    return result == 0 || ((result == -EINVAL || result == -ENOSYS) && may(target, X_OK));
}

/* No rule is for it. Where the last uid 0 has gone before, the change of uid was told. */
static void note_no_match(const struct ck_exec *exec, struct look *look)
{
    if (!ck_log_wants_all(&exec->state->log) || (exec->uids.saved != 0 && !look->leaves_root))
        return;
    ck_match_nearest(exec->state->policy, exec->uids.effective, &look->miss);
    look->is_told = true;
    look->record.event = CK_EVENT_NO_MATCH;
    look->record.miss = &look->miss;
}

/* Contract C2: what the rules give this program. The uids are neither real nor effective 0 (as they will be at the exec). */
static int judge_program(struct ck_exec *exec, const struct ck_target *target, char *const *argv, char *const *envp,
                         struct look *look)
{
    const struct ck_state *state = exec->state;
    bool once = (exec->how & CK_EXEC_SPAWNS) == 0 && exec->uids.saved == 0;

    ck_match(state->policy, exec->uids.effective, &look->running, &look->keep);
    if (look->keep.rule == CK_NO_RULE) {
        note_no_match(exec, look);
        return 0;
    }
    const struct ck_exec_facts facts = {
        .file = &look->facts,
        .once = once,
        .may_start = once && may_start(target, argv, envp, look),
        .takes_library = look->keep.inherited_mask == look->keep.ambient_mask || takes_library(exec, look),
        .leaves_root = look->leaves_root,
        .last_cap = state->kernel.last_cap,
    };
    int result = ck_exec_prepare(CK_SELF, &look->keep, &facts, &exec->undo, &look->verdict);
    bool is_seen = once || ck_words.is_changed;
    ck_verdict_blame(&look->verdict, state->held_mask, is_seen ? CK_LOST_DROPPED : CK_LOST_GONE);
    if (look->verdict.lower_mask != 0)
        carry_lower(look->verdict.lower_mask, exec);
    look->is_told = result < 0 || ck_verdict_leave_news(&look->verdict, once, ck_words.kept_mask);
    look->record.rule = ck_funnel_rule_name(state, &look->keep);
    if (look->verdict.other_mask != 0)
        look->record.awaited = ck_match_awaited(state->policy, exec->uids.effective, &look->running);
    look->record.verdict = &look->verdict;
    look->record.refused = result < 0;
    return result;
}

/* As the kernel will see the thread; posix_spawn's child sets its effective ids to the real ones first. */
static void read_executor(struct ck_exec *exec, struct look *look)
{
    struct ck_exec_ids *ids = &look->executor.ids;

    ck_executor_read(CK_SELF, exec->state->kernel.exec_by_effective, &look->executor);
    if ((exec->how & CK_EXEC_RESETS_IDS) != 0) {
        look->leaves_root = ids->uids.effective == 0 && ids->uids.real != 0 && ids->uids.saved != 0;
        ids->uids.effective = ids->uids.real;
        ids->gids.effective = ids->gids.real;
    }
    exec->uids = ids->uids;
}

/* Contract C4: where our entry would stop the program it goes, unless the environment provides for that. */
static void give_way(struct ck_exec *exec, char *const *envp, struct look *look)
{
    if (look->facts.is_unseen || look->reach != CK_REACH_YES || exec->mode != CK_ENVIRON_CARRY ||
        exec->state->carry.preload == NULL || ck_environ_suits_runtime(envp) ||
        !ck_needed_is_first(&look->program, look->texts, &look->facts))
        return;
    look->reach = CK_REACH_SANITIZED;
    exec->mode = CK_ENVIRON_STRIP;
    note_reach(exec, look);
}

static int judge(struct ck_exec *exec, const struct ck_target *target, char *const *argv, char *const *envp,
                 struct look *look)
{
    const struct ck_state *state = exec->state;

    read_executor(exec, look);
    /* The saved uid does not count: exec copies the effective uid into it (execve(2)). */
    bool is_dropped = exec->uids.real != 0 && exec->uids.effective != 0;
    if (is_dropped)
        exec->mode = CK_ENVIRON_STRIP;
    if (!look_at(exec, target, look))
        return 0;
    look->record = ck_funnel_record(state, exec->call);
    look->record.program = target->path;
    look->record.before = look->record.after = &exec->uids;
    ck_match_program(state->policy, &look->program, &look->running);
    /* Nothing comes in between from here to the end of the transaction; before it, it does not matter. */
    exec->is_executing = (exec->how & CK_EXEC_HOLDS) == 0;
    if (exec->is_executing)
        ck_executing_begin(&exec->transaction, &look->running);
    exec->takes_library = (exec->how & CK_EXEC_SPAWNS) != 0 && takes_library(exec, look);
    if (is_dropped) {
        int result = judge_program(exec, target, argv, envp, look);
        /* To be served, a user's set-user-ID launcher needs a supervisor from before: that of `run --method=ptrace`. */
        if (!look->is_told && look->facts.is_set_id)
            judge_launcher(exec, target, argv, look);
        return result;
    }
    judge_launcher(exec, target, argv, look);
    give_way(exec, envp, look);
    return 0;
}

bool ck_funnel_exec_matters(const struct ck_state *state, const char *name, char *const *envp)
{
    struct ck_environ_need need;

    if (!state->armed || !state->is_foreign || state->put_back.pid != 0 || ck_log_wants_all(&state->log))
        return state->armed;
    if (name != NULL && ck_match_may_name_launcher(state->policy, name))
        return true;
    ck_environ_measure(state->secure ? CK_ENVIRON_STRIP : CK_ENVIRON_CARRY, &state->carry, envp, &need);
    return !need.same;
}

/* With all that was found out: what is decided, done and told, in the transaction. */
static int prepare(struct ck_exec *exec, const struct ck_target *target, char *const *argv, char *const *envp,
                   struct look *look)
{
    int result = judge(exec, target, argv, envp, look);

    if (exec->mode == CK_ENVIRON_CARRY && (exec->how & (CK_EXEC_SPAWNS | CK_EXEC_HOLDS)) == 0)
        carry_on(exec, target, argv, envp, look);
    if ((exec->how & CK_EXEC_HOLDS) == 0 || result < 0)
        ck_transaction_unlock(&exec->transaction);
    if (look->is_told)
        ck_tell(&exec->state->log, -1, &look->record);
    return result;
}

/* Where there is no memory but the stack. */
static int __attribute__((noinline)) prepare_blind(struct ck_exec *exec, const struct ck_target *target,
                                                   char *const *argv, char *const *envp)
{
    struct look look = {.texts = NULL};

    return prepare(exec, target, argv, envp, &look);
}

/* Texts and all are too large for a stack. */
struct look_memory {
    struct look look;
    struct ck_program_texts texts;
};

int ck_funnel_exec_begin(const struct ck_state *state, const char *call, const struct ck_target *target,
                         char *const *argv, char *const *envp, unsigned how, struct ck_exec *ret_exec)
{
    int result;

    ret_exec->state = state;
    ret_exec->call = call;
    ret_exec->how = how;
    /* An environment that is no memory is the kernel's to refuse, and nothing begins. */
    ret_exec->is_begun = ck_funnel_exec_matters(state, target->path, envp) && ck_readable_list(envp);
    ret_exec->is_executing = ret_exec->is_supervised = ret_exec->takes_library = false;
    ret_exec->undo = (struct ck_exec_undo){0};
    ret_exec->mode = state->secure ? CK_ENVIRON_STRIP : CK_ENVIRON_CARRY;
    ret_exec->carry = &state->carry;
    ret_exec->need = (struct ck_environ_need){.same = true};
    if (!ret_exec->is_begun)
        return 0;
    ck_transaction_begin(state->glibc, &ret_exec->transaction);
    struct look_memory *memory = ck_scratch_take(sizeof(*memory));
    if (memory != NULL) {
        memory->look.texts = &memory->texts;
        result = prepare(ret_exec, target, argv, envp, &memory->look);
    } else {
        result = prepare_blind(ret_exec, target, argv, envp);
    }
    ck_scratch_give_back(memory, sizeof(*memory));
    if (result < 0)
        ck_transaction_end(&ret_exec->transaction);
    else
        ck_environ_measure(ret_exec->mode, ret_exec->carry, envp, &ret_exec->need);
    return result;
}

bool ck_funnel_exec_go(struct ck_exec *exec)
{
    if (!exec->is_begun || (exec->how & CK_EXEC_HOLDS) != 0)
        return true;
    ck_transaction_end(&exec->transaction);
    return !exec->is_executing || ck_executing_commit(&exec->transaction) || (exec->how & CK_EXEC_REGARDLESS) != 0;
}

/* A change that came right before the exec has raised what is kept for that program alone, and nothing is executed. */
static bool lower_overtaken(const struct ck_state *state)
{
    struct ck_creds now;
    struct ck_keep keep;
    struct ck_refused refused;

    ck_creds_read_uids(CK_SELF, &now.uids);
    if (ck_uids_any_root(&now.uids))
        return true;
    ck_match(state->policy, now.uids.effective, NULL, &keep);
    if (keep.other_mask == 0 || ck_creds_read(CK_SELF, keep.other_mask, &now) < 0)
        return keep.other_mask == 0;
    uint64_t lower_mask = now.caps.ambient & keep.other_mask;
    struct ck_goal goal = {.caps = now.caps};
    goal.caps.effective &= ~lower_mask;
    goal.caps.inheritable &= ~lower_mask;
    goal.caps.ambient &= ~lower_mask;
    return ck_apply(CK_SELF, &now.caps, &goal, &refused) == 0;
}

static bool take_back(struct ck_exec *exec)
{
    bool was_root = exec->uids.real == 0 || exec->uids.effective == 0;
    bool is_back = ck_exec_take_back(CK_SELF, &exec->undo);

    if (exec->is_executing)
        ck_executing_end(&exec->transaction);
    return !(exec->is_executing && was_root && !lower_overtaken(exec->state)) && is_back;
}

void ck_funnel_exec_end(struct ck_exec *exec)
{
    const struct ck_verdict verdict = {.unnarrowed = true};

    if (!exec->is_begun)
        return;
    if ((exec->how & CK_EXEC_HOLDS) == 0)
        ck_transaction_begin(exec->state->glibc, &exec->transaction);
    /*
     * Lowering needs nothing, and what was ambient may be raised again; so it takes a seccomp filter to refuse it, or a
     * bounding set or securebits that the launcher has changed since it became ambient.
     */
    bool is_back = take_back(exec);
    ck_transaction_unlock(&exec->transaction);
    if (!is_back) {
        struct ck_record record = ck_funnel_record(exec->state, exec->call);
        record.before = record.after = &exec->uids;
        record.verdict = &verdict;
        ck_tell(&exec->state->log, -1, &record);
    }
    ck_transaction_end(&exec->transaction);
}
