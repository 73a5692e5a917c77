#include "explain_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../model/prctl.h"
#include "../../shim/core/policy_parse.h"
#include "../common/exit.h"
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
    struct ck_proc *others = calloc((size_t)count + 1, sizeof(*others));
    for (int i = 0; others != NULL && i < count; i++) {
        /* One that has ended meanwhile is none. */
        if (ck_proc_read(tids[i], &others[found]) == 0 && !ck_proc_same(main, &others[found]))
            found++;
    }
    free(tids);
    if (others == NULL)
        return -ENOMEM;
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

/* What is permitted and not ambient, and cannot be made so. Securebits are not known, so none is taken to be set. */
static void explain_ambient(struct ck_process_explanation *explanation)
{
    const struct ck_thread *thread = &explanation->main->thread;
    uint64_t mask = explanation->want_mask & thread->caps.permitted & ~thread->caps.ambient;
    enum ck_kernel_rule rule;

    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        if (ck_prctl_refuses_raise(thread, cap, &rule))
            explanation->lost[ck_why_rule(rule)].ambient |= ck_cap_bit(cap);
    }
}

/* What is not permitted: what would come of it if the process executed its own file once more. */
static void explain_permitted(struct ck_process_explanation *explanation)
{
    static const struct ck_file plain;
    const struct ck_thread *thread = &explanation->main->thread;
    const struct ck_file *file = explanation->has_file ? ck_executable_file(explanation->executable) : &plain;
    uint64_t missing_mask = explanation->want_mask & ~thread->caps.permitted;
    uint64_t unbound_mask = missing_mask & ~(thread->caps.bounding | thread->caps.inheritable);
    struct ck_losses losses = {0};

    explanation->lost[ck_why_reason(CK_LOST_NOT_BOUNDING)] =
        (struct ck_capset){.permitted = unbound_mask, .effective = unbound_mask, .ambient = unbound_mask};
    (void)ck_exec_explain(explanation->kernel, thread, file, missing_mask & ~unbound_mask,
                          &losses); /* of a file that is no file to the kernel nothing is explained */
    for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
        uint64_t mask = losses.by_rule[rule].permitted;
        explanation->lost[ck_why_rule((enum ck_kernel_rule)rule)] =
            (struct ck_capset){.permitted = mask, .effective = mask, .ambient = mask};
    }
    explanation->missing_mask = missing_mask;
}

static int find_wanted(const char *wanted, const struct ck_kernel *kernel, uint64_t *ret_mask)
{
    struct ck_parse_error error;

    *ret_mask = ck_kernel_caps(kernel);
    if (wanted == NULL || ck_parse_caps(wanted, ret_mask, &error) == 0)
        return 0;
    fprintf(stderr, "capkeep: explain: -a: %s\n", error.text);
    return CK_EXIT_FAILED;
}

int ck_explain_process(pid_t pid, const char *wanted, const struct ck_kernel *kernel, bool json)
{
    static struct ck_proc main;
    static struct ck_proc_userns userns;
    static struct ck_executable executable;
    struct ck_process_explanation explanation = {.kernel = kernel, .main = &main, .executable = &executable};
    struct ck_proc *others;
    char exe[PATH_MAX];

    if (find_wanted(wanted, kernel, &explanation.want_mask) != 0)
        return CK_EXIT_FAILED;
    int result = ck_proc_read(pid, &main);
    int count = result < 0 ? result : find_others(&main, &others);
    if (count < 0)
        return fail(pid, count);
    if (!ck_proc_is_here(main.pid) && ck_proc_read_userns(main.pid, &userns) == 0) {
        explanation.is_elsewhere = true;
        main.thread.userns = &userns.userns;
    }
    ck_proc_read_exe(main.pid, exe, sizeof(exe));
    explanation.others = others;
    explanation.other_count = (unsigned)count;
    explanation.exe = exe;
    explanation.has_file = look_at_file(main.pid, &executable);
    explanation.has_library = ck_proc_has_library(main.pid);
    explain_permitted(&explanation);
    explain_ambient(&explanation);
    if (json)
        ck_process_explanation_print_json(&explanation, stdout);
    else
        ck_process_explanation_print_text(&explanation, stdout);
    free(others);
    return wanted == NULL || (explanation.want_mask & ~main.thread.caps.effective) == 0 ? 0 : 1;
}
