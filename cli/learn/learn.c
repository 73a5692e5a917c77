/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/describe.h"
#include "../common/exit.h"
#include "../common/output.h"
#include "../common/suggestion.h"
#include "../verbs.h"
#include "learn_merge.h"
#include "learn_once.h"
#include "learn_print.h"
#include "learn_program.h"
#include "learn_result.h"
#include "learn_terminal.h"
#include "learn_watch.h"

enum { EXIT_UNPROVEN = 1, EXIT_NOT_ENOUGH = 3, EXIT_UNSTEADY = 4 };

struct learner {
    const struct ck_learn_options *options;
    struct ck_learn_result result;
    char directory[PATH_MAX]; /* for what the runs write */
    bool has_progress;
    bool has_rival;                 /* it is a tracer itself */
    struct ck_learn_report *unseen; /* of runs that are judged alone */
    int status;                     /* an exit status, where a run could not be made */
};

/* --- progress */

static void show_progress(const struct learner *learner, const struct ck_learn_trial *trial)
{
    const struct ck_learn_result *result = &learner->result;
    bool is_less = result->has_passed && (trial->set & ~result->smallest) == 0 && trial->set != result->smallest;
    uint64_t mask = is_less ? result->smallest & ~trial->set : trial->set;
    char names[128];
    struct ck_text text = ck_text_start(names, sizeof(names));

    if (!learner->has_progress)
        return;
    ck_describe_caps(&text, mask, learner->options->known_mask);
    fprintf(stderr, "\r\033[Kcapkeep: learn: run %u of at most %u, %s %s", trial->number, trial->at_most,
            is_less ? "without" : "with", names);
}

static void end_progress(const struct learner *learner)
{
    if (learner->has_progress)
        fputs("\r\033[K", stderr);
}

/* --- a run */

/* Confirming the set of all, or the empty one, is observed again. */
static struct ck_learn_report *report_for(struct ck_learn_result *result, uint64_t set)
{
    if (set == 0)
        return result->nothing;
    return set == result->options->from_mask ? result->everything : result->other;
}

static struct ck_learn_past *add_past(struct ck_learn_result *result)
{
    result->runs = ck_memory(realloc(result->runs, (result->run_count + 1) * sizeof(*result->runs)));
    return &result->runs[result->run_count++];
}

static const char *name_output(const struct learner *learner)
{
    char *name;

    int length = asprintf(&name, "%s/run-%u", learner->directory, learner->result.run_count);
    return ck_memory(length >= 0 ? name : NULL); /* as long as the process */
}

static void note_outcome(struct ck_learn_result *result, const struct ck_learn_past *past,
                         const struct ck_learn_report *report)
{
    if (past->outcome.has_passed &&
        (!result->has_passed || __builtin_popcountll(past->run.set) <= __builtin_popcountll(result->smallest))) {
        result->has_passed = true;
        result->smallest = past->run.set;
    }
    if (past->run.is_observed)
        result->last = report;
    if (report->left > result->left)
        result->left = report->left;
    result->is_left |= report->is_left;
}

/*
 * A command that is a tracer itself, a debugger, fails where we trace it. Then the run is made again unseen; what was seen
 * until then is all that there is to go by.
 */
static int run_once(struct learner *learner, struct ck_learn_past *past, struct ck_learn_report *report)
{
    if (past->run.is_observed) {
        int status = ck_learn_run(learner->options, &past->run, report, &past->outcome);
        if (status != 0 || !report->has_rival || ck_learn_run_signal() != 0)
            return status;
        learner->has_rival = true;
        report->obstacle = (struct ck_learn_obstacle){.is_failure = false}; /* ours: it is what the run was ended at */
        (void)snprintf(report->hindrance, sizeof(report->hindrance), "it traces by itself"); /* it fits */
        learner->result.last = report;
    }
    past->run.is_observed = false;
    return ck_learn_run(learner->options, &past->run, learner->unseen, &past->outcome);
}

static int try_set(void *context, const struct ck_learn_trial *trial, struct ck_learn_seen *ret_seen)
{
    struct learner *learner = context;
    struct ck_learn_result *result = &learner->result;
    struct ck_learn_report *report = report_for(result, trial->set);

    if (ck_learn_run_signal() != 0)
        return -EINTR;
    struct ck_learn_past *past = add_past(result);
    past->run =
        (struct ck_learn_run){.set = trial->set, .is_observed = trial->is_observed, .output = name_output(learner)};
    show_progress(learner, trial);
    learner->status = run_once(learner, past, report);
    end_progress(learner);
    if (learner->status != 0)
        return -EIO;
    if (ck_learn_run_signal() != 0)
        return -EINTR;
    note_outcome(result, past, past->run.is_observed ? report : learner->unseen);
    if (trial->is_observed)
        *ret_seen = report->seen;
    return past->outcome.has_passed;
}

/*
 * Whether its uid is why it fails with all. Shells ask for theirs as they start, and fail for something else; others look,
 * and take a hundred calls to say so. So once more, and told that it is root: if it passes, that is why; if nothing changes,
 * it is not. In between, it is if it was the last thing that it asked for.
 */
static void look_at_uid(struct learner *learner)
{
    struct ck_learn_result *result = &learner->result;
    const struct ck_learn_report *report = result->everything;
    const struct ck_learn_past *found = ck_learn_find_past(result, learner->options->from_mask, false);

    if (learner->has_rival || !report->has_asked_uid || found == NULL || ck_learn_run_signal() != 0)
        return;
    const struct ck_learn_past all = *found; /* the list may move */
    struct ck_learn_past *past = add_past(result);
    past->run = (struct ck_learn_run){
        .set = all.run.set, .is_observed = true, .is_told_root = true, .output = name_output(learner)};
    result->is_uid_reason = report->asks_uid && report->seen.denied_mask == 0;
    if (ck_learn_run(learner->options, &past->run, result->other, &past->outcome) != 0)
        return;
    result->passes_as_root = past->outcome.has_passed;
    if (past->outcome.status == all.outcome.status && !ck_learn_differs(all.run.output, past->run.output))
        result->is_uid_reason = false;
    result->is_uid_reason |= result->passes_as_root;
}

/* --- around it */

/* Before the first run, as afterwards it is too late. */
static void tell_hazards(const struct ck_learn_options *options)
{
    fprintf(stderr,
            "capkeep: learn: the command is run several times as %s, and whatever it does is done as often; at least "
            "once with %s "
            "(--from narrows that, --runs runs nothing); only what it does meanwhile is learned\n",
            ck_suggestion_user(options->account.uid), ck_learn_name_all(options));
}

static void tell_hazards_of_once(const struct ck_learn_options *options)
{
    fprintf(
        stderr,
        "capkeep: learn: the command is run once as %s, and each call that it is denied is made again with %s, and so "
        "done (--from narrows that); nothing is proven by that\n",
        ck_suggestion_user(options->account.uid), ck_learn_name_all(options));
}

static void print_command(const struct ck_learn_options *options)
{
    for (char *const *word = options->command; *word != NULL; word++)
        ck_suggestion_print_word(stdout, *word);
    putchar('\n');
}

/* --runs */
static int tell_runs(const struct ck_learn_options *options)
{
    const struct ck_learn_problem problem = {options->from_mask, options->confirm, options->all, NULL, NULL};
    const struct {
        const char *name;
        const char *value;
    } commands[] = {
        {"before", options->before}, {"until", options->until}, {"check", options->check}, {"after", options->after}};
    const char *names = ck_learn_name_all(options);

    if (options->mode == CK_LEARN_SINGLE)
        printf("as %s, once, with what it is denied of %s:", ck_suggestion_user(options->account.uid), names);
    else
        printf("as %s, at most %u times, and as a rule less than ten:", ck_suggestion_user(options->account.uid),
               ck_learn_at_most(&problem));
    print_command(options);
    if (options->mode != CK_LEARN_SINGLE)
        printf("once with none, once with %s, and then with fewer and fewer of those that it was found to ask for\n",
               names);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].value == NULL)
            continue;
        printf("as the caller, with each, --%s:", commands[i].name);
        ck_suggestion_print_word(stdout, commands[i].value);
        putchar('\n');
    }
    return 0;
}

static int make_directory(struct learner *learner)
{
    const char *parent = getenv("TMPDIR");

    if (parent == NULL || parent[0] != '/')
        parent = "/tmp";
    (void)snprintf(learner->directory, sizeof(learner->directory), "%s/capkeep-learn.XXXXXX", parent); /* else EINVAL */
    if (mkdtemp(learner->directory) == NULL)
        return ck_fail("learn", "%s: %s", learner->directory, strerror(errno));
    return 0;
}

static void remove_directory(const struct learner *learner)
{
    for (unsigned i = 0; i < learner->result.run_count; i++)
        (void)unlink(learner->result.runs[i].run.output); /* one that was never made is not there */
    (void)rmdir(learner->directory);                      /* --check may have put something there, which is left */
}

static void warn_of_blindness(const struct ck_learn_result *result)
{
    const char *hindrance =
        result->nothing->hindrance[0] != '\0' ? result->nothing->hindrance : result->everything->hindrance;

    if (hindrance[0] != '\0')
        fprintf(
            stderr,
            "capkeep: learn: what it asks for cannot be seen (%s): it may take more runs, and the set is proven all "
            "the same\n",
            hindrance);
    else if (!result->nothing->seen.is_exact)
        fputs(
            "capkeep: learn: this kernel does not tell which capabilities it is asked for (Linux 6.14 does): it takes "
            "more runs, and the set is proven all the same\n",
            stderr);
}

static int exit_status(const struct learner *learner, int searched)
{
    if (ck_learn_run_signal() != 0)
        return 128 + ck_learn_run_signal();
    if (searched == -E2BIG)
        return ck_fail("learn", "--all: it asks for more than %u capabilities; --from can narrow that",
                       CK_LEARN_ALL_MAX);
    if (searched < 0)
        return learner->status;
    switch (learner->result.answer.verdict) {
    case CK_LEARN_PROVEN:
        return 0;
    case CK_LEARN_NOT_ENOUGH:
        return EXIT_NOT_ENOUGH;
    case CK_LEARN_UNSTEADY:
        return EXIT_UNSTEADY;
    }
    return CK_EXIT_FAILED;
}

/* That of standard output is looked at by whoever has called the verb. */
static int close_output(const char *path, FILE *out, int status)
{
    return path == NULL || ck_output_end("learn", path, out) ? status : CK_EXIT_FAILED;
}

static void tell(const struct learner *learner, FILE *out, int status)
{
    const struct ck_learn_result *result = &learner->result;
    bool has_answer = status == 0 || status == EXIT_NOT_ENOUGH || status == EXIT_UNSTEADY || status > 128;

    if (has_answer && result->run_count > 0) {
        warn_of_blindness(result);
        if (learner->options->json)
            ck_learn_json(out, result);
        else
            ck_learn_text(out, result, ck_learn_run_signal());
    }
}

static int learn(struct learner *learner, FILE *out)
{
    const struct ck_learn_options *options = learner->options;
    const struct ck_learn_problem problem = {options->from_mask, options->confirm, options->all, try_set, learner};
    struct ck_learn_result *result = &learner->result;

    result->options = options;
    result->nothing = ck_learn_report_new();
    result->everything = ck_learn_report_new();
    result->other = ck_learn_report_new();
    learner->unseen = ck_learn_report_new();
    result->last = result->nothing;
    learner->has_progress = isatty(STDERR_FILENO) != 0;
    tell_hazards(options);
    ck_learn_run_prepare();
    result->is_check_early = options->check != NULL && ck_learn_run_check(options, 0, "/dev/null");
    if (result->is_check_early)
        fputs("capkeep: learn: warning: --check succeeds before anything was run\n", stderr);
    int searched = ck_learn_search(&problem, &result->answer);
    if (searched == 0 && result->answer.verdict == CK_LEARN_NOT_ENOUGH)
        look_at_uid(learner);
    int status = exit_status(learner, searched);
    tell(learner, out, status);
    if (status != EXIT_UNSTEADY) /* its outputs are named */
        remove_directory(learner);
    return status;
}

/* --once */
static int learn_once(struct learner *learner, FILE *out)
{
    const struct ck_learn_options *options = learner->options;
    struct ck_learn_result *result = &learner->result;
    struct ck_learn_report *report = ck_learn_report_new();

    result->options = options;
    result->nothing = result->everything = result->other = report;
    result->last = report;
    tell_hazards_of_once(options);
    ck_learn_run_prepare();
    struct ck_learn_past *past = add_past(result);
    past->run = (struct ck_learn_run){
        .set = options->from_mask,
        .is_observed = true,
        .is_once = true,
        .has_terminal = ck_learn_terminal_is_ours(),
        .output = name_output(learner),
    };
    int status = ck_learn_run(options, &past->run, report, &past->outcome);
    if (status == 0)
        status = ck_learn_run_signal() != 0 ? 128 + ck_learn_run_signal() : EXIT_UNPROVEN;
    bool has_answer = status == EXIT_UNPROVEN || status > 128;
    if (has_answer && options->json)
        ck_learn_once_json(out, result);
    else if (has_answer)
        ck_learn_once_text(out, result, ck_learn_run_signal());
    if (status == EXIT_UNPROVEN && !past->outcome.has_passed)
        ck_learn_run_show(past->run.output);
    remove_directory(learner);
    return status;
}

/* --merge */
static int merge(const struct ck_learn_options *options)
{
    struct ck_learn_merger merger;
    const char *path = options->output;
    int status = ck_learn_merge_read(options, &merger);

    if (status != 0)
        return status;
    FILE *out = ck_output_open("learn", path, stdout); /* which may be one of the files */
    if (out == NULL)
        return CK_EXIT_FAILED;
    if (options->json)
        ck_learn_merge_json(out, &merger);
    else
        ck_learn_merge_text(out, &merger);
    return close_output(path, out, merger.is_proven ? 0 : EXIT_UNPROVEN);
}

/* -p */
static int watch(const struct ck_learn_options *options)
{
    static struct ck_learn_watched watched;
    const char *path = options->output;
    FILE *out = ck_output_open("learn", path, stdout);

    if (out == NULL)
        return CK_EXIT_FAILED;
    int status = ck_learn_watch(options, &watched);
    if (status == 0 && options->json)
        ck_learn_watch_json(out, &watched);
    else if (status == 0)
        ck_learn_watch_text(out, &watched);
    return close_output(path, out, status == 0 ? EXIT_UNPROVEN : status);
}

static int search(const struct ck_learn_options *options)
{
    static struct learner learner;
    const char *path = options->output;
    int status = ck_learn_program_find(options, learner.result.program);

    learner.options = options;
    if (status != 0)
        return status;
    if (options->runs)
        return tell_runs(options);
    FILE *out = ck_output_open("learn", path, stdout);
    if (out == NULL)
        return CK_EXIT_FAILED;
    status = make_directory(&learner);
    if (status == 0)
        status = options->mode == CK_LEARN_SINGLE ? learn_once(&learner, out) : learn(&learner, out);
    return close_output(path, out, status);
}

int ck_verb_learn(int argc, char *argv[])
{
    static struct ck_learn_options options;
    int status;

    if (!ck_learn_options_read(argc, argv, &options, &status))
        return status;
    switch (options.mode) {
    case CK_LEARN_SEARCH:
    case CK_LEARN_SINGLE:
        return search(&options);
    case CK_LEARN_FILES:
        return merge(&options);
    case CK_LEARN_WATCH:
        return watch(&options);
    }
    return CK_EXIT_FAILED;
}
