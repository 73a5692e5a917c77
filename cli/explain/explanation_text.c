/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "../../model/file_caps.h"
#include "../common/describe.h"
#include "explanation.h"

/* The column of the values. */
#define KEY_WIDTH 13

/* Long enough for all names; what is longer is cut. */
#define LINE_SIZE 4096

struct line {
    char buffer[LINE_SIZE];
    struct ck_text text;
};

static struct ck_text *start(struct line *line)
{
    line->text = ck_text_start(line->buffer, sizeof(line->buffer));
    return &line->text;
}

static void print_line(FILE *stream, const char *key, const struct line *line)
{
    fprintf(stream, "  %-*s %s\n", KEY_WIDTH, key, line->buffer);
}

static void print_string(FILE *stream, const char *key, const char *value)
{
    struct line line;

    ck_text_printable(start(&line), value);
    print_line(stream, key, &line);
}

static void print_caps(FILE *stream, const char *key, uint64_t mask, const struct ck_kernel *kernel)
{
    struct line line;

    ck_describe_caps(start(&line), mask, ck_kernel_caps(kernel));
    print_line(stream, key, &line);
}

static void print_ids(FILE *stream, const char *key, uint32_t real, uint32_t effective, uint32_t saved)
{
    struct line line;
    struct ck_text *text = start(&line);

    ck_text_id(text, real);
    ck_text_char(text, ' ');
    ck_text_id(text, effective);
    ck_text_char(text, ' ');
    ck_text_id(text, saved);
    print_line(stream, key, &line);
}

static void print_thread(FILE *stream, const struct ck_thread *thread, const struct ck_kernel *kernel,
                         bool has_securebits)
{
    struct line line;

    print_ids(stream, "uid", thread->uids.real, thread->uids.effective, thread->uids.saved);
    print_ids(stream, "gid", thread->gids.real, thread->gids.effective, thread->gids.saved);
    print_caps(stream, "permitted", thread->caps.permitted, kernel);
    print_caps(stream, "effective", thread->caps.effective, kernel);
    print_caps(stream, "inheritable", thread->caps.inheritable, kernel);
    print_caps(stream, "ambient", thread->caps.ambient, kernel);
    print_caps(stream, "bounding", thread->caps.bounding, kernel);
    if (has_securebits) {
        ck_describe_securebits(start(&line), thread->securebits);
        print_line(stream, "securebits", &line);
    }
    print_string(stream, "no_new_privs", thread->no_new_privs ? "yes" : "no");
}

/* --- what is missing */

static void add_word(struct ck_text *text, const char *word)
{
    if (text->length > 0)
        ck_text_string(text, ", ");
    ck_text_string(text, word);
}

static void add_set(struct ck_text *text, const char *name, uint64_t mask)
{
    if (mask != 0)
        add_word(text, name);
}

/* The sets that one of these lacks. */
static void print_why(FILE *stream, unsigned why, const struct ck_capset *lost, const struct ck_why_case *the_case,
                      const struct ck_kernel *kernel, bool of_launch)
{
    uint64_t mask = the_case->caps_mask;
    struct ck_why description;
    struct line names;
    struct line sets;

    ck_why_describe(why, the_case, &description);
    ck_describe_caps(start(&names), mask, ck_kernel_caps(kernel));
    struct ck_text *text = start(&sets);
    add_set(text, "permitted", lost->permitted & mask);
    add_set(text, "effective", lost->effective & mask);
    add_set(text, "inheritable", lost->inheritable & mask);
    add_set(text, "ambient", lost->ambient & mask);
    fprintf(stream, "  %s: not in %s\n", names.buffer, sets.buffer);
    fputs("      ", stream);
    if (of_launch && description.call != NULL)
        fprintf(stream, "lost at %s, ", description.call);
    fprintf(stream, "%s: %s\n", description.code, description.text);
    if (description.section[0] != '\0')
        fprintf(stream, "      see %s\n", description.section);
    if (description.remedy[0] != '\0')
        fprintf(stream, "      remedy: %s\n", description.remedy);
}

/* --- the launcher */

static void print_file(FILE *stream, const struct ck_executable *executable)
{
    const struct ck_file *file = ck_executable_file(executable);
    const struct ck_file_facts *facts = &executable->facts;
    struct ck_file_caps caps = {0};
    struct line line;
    struct ck_text *text = start(&line);

    if (!facts->has_elf)
        add_word(text, "no ELF file: the kernel executes it only if binfmt_misc knows it");
    else
        add_word(text, facts->elf.is_dynamic ? "dynamic" : "static");
    if (facts->has_elf && facts->elf.is_go)
        add_word(text, "Go");
    if ((file->mode & S_ISUID) != 0) {
        add_word(text, "set-user-ID ");
        ck_describe_user(text, file->uid);
    }
    if ((file->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)) {
        add_word(text, "set-group-ID ");
        ck_text_id(text, file->gid);
    }
    if (file->caps != NULL && ck_file_caps_parse(file->caps, file->caps_length, &caps) == 0) {
        add_word(text, "file capabilities ");
        ck_text_caps(text, caps.permitted | caps.inheritable);
    }
    if (file->nosuid)
        add_word(text, "on a nosuid mount");
    print_line(stream, "file", &line);
}

static void print_imports(FILE *stream, const struct ck_imports *imports)
{
    struct line line;
    struct ck_text *text = start(&line);

    if (!imports->is_known)
        return;
    for (unsigned i = 0; i < ck_imports_count(); i++) {
        if ((imports->mask >> i & 1) != 0)
            add_word(text, ck_imports_name(i));
    }
    print_string(stream, "calls", text->length > 0 ? line.buffer : "none of those that the library wraps");
    if (imports->needed_count == 0 || imports->is_libc_alone)
        return;
    text = start(&line);
    for (unsigned i = 0; i < imports->needed_count; i++) {
        add_word(text, "");
        ck_text_printable(text, imports->needed[i]);
    }
    ck_text_string(text, " (their calls are seen, too)");
    print_line(stream, "libraries", &line);
}

static void print_methods(FILE *stream, const struct ck_service *service)
{
    struct line line;
    struct ck_text *text = start(&line);

    if ((service->methods & CK_SERVICE_PRELOAD) != 0)
        add_word(text, "capkeep run (--method=auto, which is preload)");
    if ((service->methods & CK_SERVICE_PTRACE) != 0)
        add_word(text, "capkeep run --method=ptrace");
    if ((service->methods & CK_SERVICE_USER) != 0)
        add_word(text, "capkeep run -u USER in its place");
    if ((service->methods & CK_SERVICE_SECUREBITS) != 0)
        add_word(text, "--method=securebits if it does nothing but drop and execute");
    print_line(stream, "method", &line);
}

static void print_launcher(FILE *stream, const struct ck_service *service)
{
    const struct ck_executable *executable = service->executable;
    struct line line;

    ck_text_printable(start(&line), executable->path);
    fprintf(stream, "%s as a launcher\n", line.buffer);
    if (service->is_script)
        print_string(stream, "script of", ck_executable_name(executable));
    print_file(stream, executable);
    print_imports(stream, &service->imports);
    print_string(stream, "reach", ck_service_text(service));
    if (service->is_secure_for_users && service->reach != CK_REACH_SECURE)
        print_string(stream, "", "started by another user, it is AT_SECURE: LD_PRELOAD is ignored");
    if (service->is_watched)
        print_string(stream, "",
                     "fapolicyd runs here: where its rules deny pattern=ld_preload, it does not start so (EPERM)");
    if (service->is_unseen)
        print_string(stream, "", "a launcher that it executes in turn is another matter: explain that one");
    print_methods(stream, service);
}

/* --- the launch */

static void print_heading(FILE *stream, const struct ck_explanation *explanation)
{
    const struct ck_account_entry *account = explanation->account;
    struct line line;
    struct ck_text *text = start(&line);

    ck_text_printable(text, explanation->program->path);
    ck_text_string(text, ", started as ");
    ck_text_printable(text, account->name[0] != '\0' ? account->name : "uid");
    ck_text_string(text, account->name[0] != '\0' ? " (uid " : " ");
    ck_text_id(text, account->account.uid);
    ck_text_string(text, account->name[0] != '\0' ? ") by " : " by ");
    ck_text_printable(text, explanation->is_launcher_given ? explanation->launcher->executable->path : "a launcher");
    if (explanation->policy->rule_count == 0)
        ck_text_string(text, ", without capkeep: there is no policy");
    else if (explanation->is_launcher_given && !ck_service_is_served(explanation->launcher))
        ck_text_string(text, ", which is out of the library's reach");
    else
        ck_text_string(text, " with libcapkeep.so");
    fprintf(stream, "%s\n", line.buffer);
    if (ck_explanation_has_shell(explanation)) {
        print_string(stream, "but",
                     "this launcher executes a shell for whatever it starts, and the shell the program. Explain the");
        print_string(stream, "",
                     "shell (/bin/sh), from which the program inherits: what follows is only where there is none");
    }
    text = start(&line);
    ck_text_string(text, explanation->is_root_assumed ? "root as it would be here, uid " : "this process, uid ");
    ck_text_id(text, explanation->from->uids.effective);
    ck_text_string(text, ", permitted ");
    ck_describe_caps(text, explanation->from->caps.permitted, ck_kernel_caps(explanation->kernel));
    print_line(stream, "from", &line);
    if (!account->account.has_groups) {
        text = start(&line);
        ck_text_string(text, "left as they are; `capkeep run -u` takes group ");
        ck_text_id(text, account->account.uid);
        print_line(stream, "groups", &line);
    }
    if (explanation->version != NULL) {
        ck_text_printable(start(&line), explanation->version);
        print_line(stream, "kernel", &line);
    }
}

static const char *const mismatch_sentences[] = {
    [CK_MISMATCH_NONE] = "",
    [CK_MISMATCH_LAUNCHER] = ": does not count, Launcher= is another",
    [CK_MISMATCH_USER] = ": does not count, User= is another",
    [CK_MISMATCH_PROGRAM] = ": does not count, Program= is another",
};

/* "NAME (FILE:LINE)" */
static void add_rule(struct ck_text *text, const struct ck_policy *policy, const struct ck_rule *rule)
{
    ck_text_printable(text, ck_policy_text(policy, rule->name));
    if (rule->line == 0)
        return;
    ck_text_string(text, " (");
    ck_text_printable(text, ck_policy_text(policy, rule->file));
    ck_text_char(text, ':');
    ck_text_number(text, rule->line);
    ck_text_char(text, ')');
}

/* The rules that count; where none does, why each does not. */
static void print_rules(FILE *stream, const struct ck_explanation *explanation)
{
    const struct ck_policy *policy = explanation->policy;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];
        enum ck_mismatch mismatch =
            ck_explanation_mismatch(policy, rule, explanation->account->account.uid, &explanation->program->program);
        struct line line;
        struct ck_text *text = start(&line);

        if (mismatch != CK_MISMATCH_NONE && explanation->prediction->is_matched)
            continue;
        add_rule(text, policy, rule);
        ck_text_string(text, mismatch_sentences[mismatch]);
        print_line(stream, "rule", &line);
    }
}

static void add_caps(struct ck_text *text, const char *word, uint64_t mask, const struct ck_kernel *kernel)
{
    ck_text_string(text, word);
    ck_describe_caps(text, mask, ck_kernel_caps(kernel));
}

/* Calls of one kind that follow each other are one line. */
static uint64_t collect(const struct ck_made_calls *made, unsigned *at)
{
    enum ck_made_kind kind = made->calls[*at].kind;
    uint64_t mask = 0;

    while (*at < made->count && made->calls[*at].kind == kind)
        mask |= ck_cap_bit(made->calls[(*at)++].arg);
    return mask;
}

static void print_made(FILE *stream, const char *name, const struct ck_launch_act *act, const struct ck_kernel *kernel)
{
    const struct ck_made_calls *made = &act->made;

    if (!act->is_done)
        return;
    fprintf(stream, "at %s the library does\n", name);
    if (made->count == 0)
        fputs("  nothing\n", stream);
    for (unsigned i = 0; i < made->count;) {
        const struct ck_made_call *call = &made->calls[i];
        struct line line;
        struct ck_text *text = start(&line);

        switch (call->kind) {
        case CK_MADE_CAPSET:
            add_caps(text, "capset: permitted ", call->caps.permitted, kernel);
            add_caps(text, "; effective ", call->caps.effective, kernel);
            add_caps(text, "; inheritable ", call->caps.inheritable, kernel);
            i++;
            break;
        case CK_MADE_AMBIENT_RAISE:
            add_caps(text, "raise in ambient: ", collect(made, &i), kernel);
            break;
        case CK_MADE_AMBIENT_LOWER:
            add_caps(text, "lower in ambient: ", collect(made, &i), kernel);
            break;
        case CK_MADE_BOUNDING_DROP:
            add_caps(text, "drop from bounding: ", collect(made, &i), kernel);
            break;
        case CK_MADE_NO_NEW_PRIVS:
            ck_text_string(text, "set no_new_privs");
            i++;
            break;
        case CK_MADE_KEEP_CAPS:
            ck_text_string(text, call->arg != 0 ? "set keep_caps, for the call itself" : "clear keep_caps");
            i++;
            break;
        }
        fprintf(stream, "  %s\n", line.buffer);
    }
}

static void print_failure(FILE *stream, const struct ck_prediction *prediction)
{
    static const char *const sentences[] = {
        [CK_LAUNCH_STARTED] = "",
        [CK_LAUNCH_NO_LAUNCHER] = "the kernel does not execute the launcher",
        [CK_LAUNCH_NO_CHANGE] = "the launcher may not change its user: cap_setuid is not effective",
        [CK_LAUNCH_REFUSED] = "OnFailure=refuse",
        [CK_LAUNCH_NO_EXEC] = "the kernel does not execute the program",
    };

    fprintf(stream, "it does not start: %s fails with %s: %s\n", ck_explanation_failed_call(prediction),
            strerrorname_np(prediction->error), sentences[prediction->end]);
}

static void print_missing(FILE *stream, const struct ck_explanation *explanation)
{
    const struct ck_prediction *prediction = explanation->prediction;
    uint64_t missing_mask = prediction->missing_mask | prediction->missing_inheritable_mask;
    uint64_t bound_mask = prediction->launcher.caps.bounding | prediction->launcher.caps.inheritable;
    struct line line;

    if (missing_mask == 0) {
        ck_describe_caps(start(&line), prediction->want_mask | prediction->want_inheritable_mask,
                         ck_kernel_caps(explanation->kernel));
        fprintf(stream, "arriving: %s\n", line.buffer);
        return;
    }
    fputs("not arriving:\n", stream);
    for (unsigned why = 0; why < CK_WHY_COUNT; why++) {
        const struct ck_capset *lost = &prediction->lost[why];
        uint64_t mask = ck_capset_any(lost);
        const uint64_t parts[] = {mask & bound_mask, mask & ~bound_mask};

        /* What is not in bounding has another remedy. */
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            struct ck_why_case the_case = ck_explanation_case(explanation, parts[i]);
            if (parts[i] != 0)
                print_why(stream, why, lost, &the_case, explanation->kernel, true);
        }
    }
}

static void print_launch(FILE *stream, const struct ck_explanation *explanation)
{
    const struct ck_prediction *prediction = explanation->prediction;

    print_heading(stream, explanation);
    print_rules(stream, explanation);
    print_made(stream, "setresuid", &prediction->change, explanation->kernel);
    print_made(stream, "execve", &prediction->exec, explanation->kernel);
    if (prediction->end == CK_LAUNCH_STARTED) {
        fputs("it starts with\n", stream);
        print_thread(stream, &prediction->after, explanation->kernel, true);
        print_string(stream, "AT_SECURE", prediction->is_secure ? "yes" : "no");
    } else {
        print_failure(stream, prediction);
    }
    print_missing(stream, explanation);
    if (prediction->is_unhardened)
        fprintf(stream, "not to be had: the hardening of the rule (bounding set, no_new_privs, Descendants=)%s\n",
                prediction->needs_setpcap ? ": start the launcher with cap_setpcap permitted" : "");
    fputc('\n', stream);
}

void ck_explanation_print_text(const struct ck_explanation *explanation, FILE *stream)
{
    if (explanation->prediction != NULL)
        print_launch(stream, explanation);
    /* A program that was explained is not the one that needs a method. */
    if (explanation->prediction == NULL || explanation->is_launcher_given)
        print_launcher(stream, explanation->launcher);
}

/* --- a process */

static void print_threads(FILE *stream, const struct ck_process_explanation *explanation)
{
    for (unsigned i = 0; i < explanation->other_count; i++) {
        const struct ck_proc *thread = &explanation->others[i];
        struct line line;

        ck_text_printable(start(&line), thread->comm);
        fprintf(stream, "thread %ld, %s, differs\n", (long)thread->tid, line.buffer);
        print_thread(stream, &thread->thread, explanation->kernel, false);
    }
}

static void print_process_heading(FILE *stream, const struct ck_process_explanation *explanation)
{
    struct line line;
    struct ck_text *text = start(&line);

    ck_text_printable(text, explanation->main->comm);
    ck_text_string(text, ", ");
    ck_text_printable(text, explanation->exe);
    fprintf(stream, "process %ld, %s\n", (long)explanation->main->pid, line.buffer);
    if (explanation->is_elsewhere)
        fputs("  in another user namespace: its capabilities count there, its ids are told as they are here\n", stream);
    if (explanation->has_file)
        print_file(stream, explanation->executable);
    if (explanation->is_script)
        print_string(stream, "script", explanation->script->path);
    print_string(stream, "libcapkeep.so",
                 explanation->has_library < 0 ? "not to be known: the process is another user's"
                 : explanation->has_library   ? "is in it"
                                              : "is not in it");
}

/* Whether a rule is for the process. */
static bool has_rule(const struct ck_process_explanation *explanation)
{
    const struct ck_policy *policy = explanation->policy;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (ck_process_explanation_mismatch(explanation, &policy->rules[i]) == CK_MISMATCH_NONE)
            return true;
    }
    return false;
}

/* What a rule is for, where that is not what is looked at here. */
static void add_rule_condition(struct ck_text *text, const struct ck_process_explanation *explanation,
                               const struct ck_rule *rule)
{
    const struct ck_policy *policy = explanation->policy;

    if (!explanation->is_launcher) {
        ck_text_string(text, rule->launchers.count > 0 ? ", started by its Launcher=" : "");
        return;
    }
    ck_text_string(text, " for what it starts as ");
    if (rule->users.count == 0)
        ck_text_string(text, rule->for_nobody ? "nobody that there is" : "any user");
    else
        ck_describe_user(text, policy->uids[rule->users.first]);
    ck_text_string(text, rule->users.count > 1 ? " and others" : "");
}

/* The rules that are for it, and what they keep; where none is, why each is not. */
static void print_process_rules(FILE *stream, const struct ck_process_explanation *explanation)
{
    const struct ck_policy *policy = explanation->policy;
    bool is_any = has_rule(explanation);

    if (policy->rule_count == 0)
        print_string(stream, "rule", "none: there is no policy");
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];
        enum ck_mismatch mismatch = ck_process_explanation_mismatch(explanation, rule);
        struct line line;
        struct ck_text *text = start(&line);

        if (mismatch != CK_MISMATCH_NONE && is_any)
            continue;
        add_rule(text, policy, rule);
        ck_text_string(text, mismatch_sentences[mismatch]);
        if (mismatch == CK_MISMATCH_NONE) {
            add_caps(text, ": keeps ", rule->ambient_mask, explanation->kernel);
            add_rule_condition(text, explanation, rule);
        }
        print_line(stream, "rule", &line);
    }
}

/* Of what is asked for, or of what the rules keep. */
static void print_held(FILE *stream, const struct ck_process_explanation *explanation)
{
    const struct ck_capset *caps = &explanation->main->thread.caps;
    uint64_t want_mask = explanation->want_mask;
    uint64_t held_mask = want_mask & caps->permitted & ~caps->effective;

    if (want_mask == 0)
        return;
    fputs(explanation->is_asked ? "of what is asked for\n" : "of these\n", stream);
    print_caps(stream, "it has", want_mask & caps->effective, explanation->kernel);
    if (held_mask != 0)
        print_caps(stream, "it can raise", held_mask, explanation->kernel);
}

/* What is not there, or what is there and not ambient. */
static void print_losses(FILE *stream, const struct ck_process_explanation *explanation, bool is_there,
                         const char *heading)
{
    bool is_begun = false;

    for (unsigned why = 0; why < CK_WHY_COUNT; why++) {
        const struct ck_capset *lost = &explanation->lost[why];
        uint64_t mask = (lost->permitted == 0) == is_there ? ck_capset_any(lost) : 0;
        /* What a rule would give it has another remedy. */
        const uint64_t parts[] = {mask & explanation->gives_mask, mask & ~explanation->gives_mask};

        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            struct ck_why_case the_case = ck_process_explanation_case(explanation, parts[i]);
            if (parts[i] == 0)
                continue;
            fputs(is_begun ? "" : heading, stream);
            is_begun = true;
            print_why(stream, why, lost, &the_case, explanation->kernel, false);
        }
    }
}

void ck_process_explanation_print_text(const struct ck_process_explanation *explanation, FILE *stream)
{
    const struct ck_thread *thread = &explanation->main->thread;

    print_process_heading(stream, explanation);
    print_thread(stream, thread, explanation->kernel, false);
    print_string(stream, "securebits", "not to be known from /proc");
    print_threads(stream, explanation);
    if (thread->no_new_privs)
        fputs("no_new_privs: no program that it executes can gain anything\n", stream);
    fputs("what the policy has for it\n", stream);
    print_process_rules(stream, explanation);
    print_held(stream, explanation);
    print_losses(stream, explanation, false, "it does not have\n");
    print_losses(stream, explanation, true, "it does not pass on to what it executes\n");
    if (explanation->missing_mask != 0)
        fputs("what it had before, and where that was lost: run its launcher under `capkeep trace`\n", stream);
}
