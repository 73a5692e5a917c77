/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the constructor does: all that may allocate, lock or look names up happens here, once, before main. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../hot/creds_read.h"
#include "../hot/program.h"
#include "../hot/transaction.h"
#include "../hot/sys.h"
#include "kernel.h"
#include "load.h"
#include "state.h"

struct ck_sealed ck_sealed;
/* Not .bss, where what is zero goes by itself. */
struct ck_progress ck_progress __attribute__((section(".data")));

/* Room for a text of `size` bytes at the most, which begins at the returned place; NULL where there is none. */
static char *find_room(struct ck_state *state, size_t size)
{
    return size <= sizeof(state->text) - state->text_size ? state->text + state->text_size : NULL;
}

/* Keeps the text that was written there. */
static const char *keep(struct ck_state *state, const char *room)
{
    state->text_size += strlen(room) + 1;
    return room;
}

static const char *keep_copy(struct ck_state *state, const char *text)
{
    char *room = find_room(state, strlen(text) + 1);

    return room != NULL ? keep(state, strcpy(room, text)) : NULL;
}

/* Without /proc: what the kernel was asked to execute or, if that is a script, its interpreter. */
static void find_executable_by_name(const char *name, char executable[PATH_MAX])
{
    static const struct ck_executor executor; /* only the name is asked for */
    const struct ck_target target = {AT_FDCWD, name, 0};
    struct ck_program_texts texts;
    struct ck_program program;
    struct ck_file_facts facts;

    if (ck_program_look(&executor, &target, &texts, &program, &facts) && program.names[program.count - 1].text != NULL)
        name = program.names[program.count - 1].text;
    /* A name that cannot be followed any more is at least one for the log. */
    if (realpath(name, executable) == NULL && strlen(name) < PATH_MAX)
        strcpy(executable, name);
}

/* It takes longer than all else where there are no files to read, so it is only done for a rule with a Launcher=. */
static const char *find_executable(void *context)
{
    struct ck_state *state = context;
    char *room = find_room(state, PATH_MAX);
    if (room == NULL)
        return "";
    ssize_t length = ck_sys_readlink("/proc/self/exe", room, PATH_MAX - 1);
    const char *name = (const char *)getauxval(AT_EXECFN);

    room[length > 0 ? length : 0] = '\0';
    if (length <= 0 && name != NULL)
        find_executable_by_name(name, room);
    state->executable = keep(state, room);
    state->is_executable_known = true;
    return state->executable;
}

static void name_executable(struct ck_state *state)
{
    const char *name = (const char *)getauxval(AT_EXECFN);

    state->executable = name != NULL && strlen(name) < PATH_MAX ? keep_copy(state, name) : "";
}

/* Neither the program nor its children are to see it. */
static void take_put_back(struct ck_state *state)
{
    const char *value = ck_environ_find(environ, CK_VARIABLE_PUT_BACK);
    char **to = environ;

    if (value == NULL)
        return;
    if (!ck_put_back_parse(value, &state->put_back) || state->put_back.pid != ck_sys_getpid())
        state->put_back = (struct ck_put_back){0};
    for (char **from = environ; *from != NULL; from++) {
        if (!ck_environ_is_put_back(*from))
            *to++ = *from;
    }
    *to = NULL;
}

/*
 * A launcher may later write over its environment (a title in ps), so what goes along is copied. All of it or nothing:
 * a rule that lost its User= on the way would be another, wider one. Returns false where it is too much.
 */
static bool find_carry(struct ck_state *state)
{
    const char *list = ck_environ_find(environ, "LD_PRELOAD");
    const char *entry = NULL;
    size_t length = list != NULL ? ck_preload_find(list, &entry) : 0;
    size_t carried = 0;

    if (length > 0 && length < PATH_MAX) {
        char given[PATH_MAX];
        char *room = find_room(state, PATH_MAX);
        if (room == NULL)
            return false;
        memcpy(given, entry, length);
        given[length] = '\0';
        /* A relative path would be looked for in the working directory of the program. */
        if (given[0] == '/' || strchr(given, '/') == NULL || realpath(given, room) == NULL)
            memmove(room, given, length + 1);
        state->carry.preload = keep(state, room);
    }
    for (char **var = environ; var != NULL && *var != NULL; var++) {
        if (!ck_environ_is_ours(*var))
            continue;
        carried += strlen(*var) + 1;
        bool fits = state->carry.count < CK_CARRY_MAX && carried <= CK_CARRY_BYTES;
        const char *copy = fits ? keep_copy(state, *var) : NULL;
        if (copy == NULL) {
            state->carry = (struct ck_carry){0};
            return false;
        }
        state->carried[state->carry.count++] = copy;
        state->carry.vars = state->carried;
    }
    return true;
}

/*
 * A program that was started without a uid 0 by a road that passes no wrapper of ours (the shell of system(3), a
 * static launcher) still carries our variables: it is to see the environment that it would have seen. In a secure
 * process they are a user's: what it starts as root must not take them for root's, as ld.so sees to for LD_PRELOAD.
 */
static void clean_environment(void)
{
    char **to = environ;

    for (char **from = environ; from != NULL && *from != NULL; from++) {
        const char *entry;
        bool preload = strncmp(*from, "LD_PRELOAD=", 11) == 0 && ck_preload_find(*from + 11, &entry) > 0;

        if (ck_environ_is_ours(*from))
            continue;
        /* In its place: a heap that nobody has used yet would cost more than all the rest. */
        if (preload && !ck_preload_strip(*from, *from))
            continue;
        *to++ = *from;
    }
    if (to != NULL)
        *to = NULL;
}

static bool is_preloaded_by_environment(void)
{
    const char *list = ck_environ_find(environ, "LD_PRELOAD");
    const char *entry;

    return list != NULL && ck_preload_find(list, &entry) > 0;
}

/* The first mistake is the one that is told, and the first warning; `capkeep check` tells them all. */
struct first_mistake {
    struct ck_report report;
    char line[512];
    char warning[512];
};

static void write_line(char line[512], const char *event, const char *file, unsigned number, const char *sentence)
{
    struct ck_text text = ck_text_start(line, 512);

    ck_text_string(&text, event);
    if (file != NULL) {
        ck_text_printable(&text, file);
        ck_text_char(&text, ':');
        ck_text_number(&text, number);
        ck_text_string(&text, ": ");
    }
    ck_text_string(&text, sentence);
}

static void say_first(struct ck_report *report, const char *file, unsigned line, const char *sentence)
{
    struct first_mistake *first = (struct first_mistake *)report;

    if (report->count == 1)
        write_line(first->line, "event=policy-error keeping=nothing ", file, line, sentence);
}

static void warn_first(struct ck_report *report, const char *file, unsigned line, const char *sentence)
{
    struct first_mistake *first = (struct first_mistake *)report;

    if (first->warning[0] == '\0')
        write_line(first->warning, "event=policy-warning ", file, line, sentence);
}

static void tell(const struct first_mistake *first)
{
    struct ck_log log = {.kind = CK_LOG_STDERR};

    if (ck_emit_has_stderr())
        ck_emit_line(&log, CK_LEVEL_WARNING, first->line);
    log.kind = CK_LOG_SYSLOG;
    ck_emit_line(&log, CK_LEVEL_WARNING, first->line);
}

static void tell_only(const char *sentence)
{
    struct first_mistake first = {.report.count = 1};

    say_first(&first.report, NULL, 0, sentence);
    tell(&first);
}

/* `whole`: what goes along to the next program is all that there is. */
static void load_policy(struct ck_state *state, bool is_ours, bool whole)
{
    struct first_mistake first = {.report = {.say = say_first, .warn = warn_first}};
    struct ck_policy *policy =
        mmap(NULL, sizeof(*policy), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (policy == MAP_FAILED) {
        tell_only("no memory for the policy");
        return;
    }
    policy->rule_count = 0; /* a page that is read before it is written is one that is faulted in twice */
    struct ck_load load = {.find_executable = find_executable,
                           .context = state,
                           .is_own = true,
                           .ignores_environment = !is_ours,
                           .policy = policy,
                           .report = &first.report};
    int count = ck_load_policy(&load);
    state->log.kind = load.log.kind;
    state->log.scope = load.log.scope;
    if (load.log.kind == CK_LOG_FILE)
        strcpy(state->log.path, load.log.path);
    /* One that is not there supervises nothing, and the log is not to say that it does. */
    if (load.supervisor != NULL && access(load.supervisor, X_OK) == 0)
        state->supervisor = keep_copy(state, load.supervisor);
    if (count >= 0 && !whole) {
        count = -E2BIG;
        ck_report_error(&first.report, NULL, 0, "more CAPKEEP_ variables, or longer ones, than can be passed on");
    }
    if (count < 0)
        tell(&first);
    else if (first.warning[0] != '\0' && load.log.scope != CK_LOG_FAILURES)
        ck_emit_line(&state->log, CK_LEVEL_WARNING, first.warning);
    if (count > 0 && ck_sys_mprotect(policy, sizeof(*policy), PROT_READ) == 0) {
        state->policy = policy;
        state->is_installed = load.is_installed;
        state->is_foreign = ck_match_is_foreign(policy);
        return;
    }
    if (count > 0)
        tell_only("the policy cannot be sealed");
    (void)ck_sys_munmap(policy, sizeof(*policy)); /* nothing refers to it */
}

/* Where the library's own data begins (ld.so's part of it comes first), and where what comes from the file ends. */
extern const char data_start[] __asm__("_DYNAMIC") __attribute__((visibility("hidden")));
extern const char data_end[] __asm__("_edata") __attribute__((visibility("hidden")));

/* In whole pages. */
static int seal_range(uintptr_t start, uintptr_t end)
{
    uintptr_t page_mask = getauxval(AT_PAGESZ) - 1;

    start &= ~page_mask;
    return ck_sys_mprotect((void *)start, ((end + page_mask) & ~page_mask) - start, PROT_READ);
}

/*
 * From here on a write from anywhere crashes, also into the table through which the functions that only the constructor
 * calls are bound when it calls them. A kernel that refuses mprotect is no reason to break the launcher, but what could be
 * written over is no policy.
 */
static void seal(struct ck_state *state)
{
    if (seal_range((uintptr_t)data_start, (uintptr_t)data_end) == 0 &&
        seal_range((uintptr_t)&ck_sealed, (uintptr_t)(&ck_sealed + 1)) == 0)
        return;
    if (state->policy != NULL)
        tell_only("the library's state cannot be sealed");
    state->policy = NULL;
    state->armed = false;
}

static bool read_hex(const char *text, uint64_t *ret_mask)
{
    uint64_t mask = 0;

    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    for (; *text != '\0'; text++)
        mask = mask << 4 | (uint64_t)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
    *ret_mask = mask;
    return true;
}

/* Ambient alone, one by one: what an exec passes on. Returns what the kernel refuses to lower. */
static uint64_t lower_ambient(uint64_t mask)
{
    uint64_t refused_mask = 0;

    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        if (ck_sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, cap) < 0)
            refused_mask |= ck_cap_bit(cap);
    }
    return refused_mask;
}

/*
 * Descendants=no: this is the program, and it has started. What leaves inheritable leaves ambient as well (cap_capset);
 * permitted and effective stay, and no exec passes them on.
 */
static void lower_inherited(void)
{
    const struct ck_log log = {.kind = CK_LOG_SYSLOG};
    const char *value = ck_environ_find(environ, CK_VARIABLE_LOWER);
    struct ck_capset caps;
    uint64_t mask;
    char line[1024];

    if (value == NULL || !read_hex(value, &mask))
        return;
    if (ck_sys_capget(&caps) == 0) {
        caps.inheritable &= ~mask;
        if (ck_sys_capset(&caps) == 0)
            return;
    }
    mask = lower_ambient(mask);
    if (mask == 0)
        return;
    struct ck_text text = ck_text_start(line, sizeof(line));
    ck_text_string(&text, "event=not-narrowed descendants-inherit=");
    ck_text_caps(&text, mask);
    ck_emit_line(&log, CK_LEVEL_WARNING, line);
}

void ck_init(const struct ck_start *start)
{
    struct ck_state *state = &ck_sealed.state;
    struct ck_capset caps = {0};
    bool secure = getauxval(AT_SECURE) != 0;
    bool dropped = getauxval(AT_UID) != 0 && getauxval(AT_EUID) != 0;
    bool is_preloaded = is_preloaded_by_environment();
    /*
     * Our variables are worth what LD_PRELOAD is worth, which ld.so takes out of the environment of a set-user-ID program,
     * and so are believed only where it has brought us here. By /etc/ld.so.preload we may be in a program of root's that
     * another one has started with a user's variables, in which we were not: a static one, or one of another word size.
     */
    bool is_ours = !secure && is_preloaded;
    struct ck_parse_error error; /* is told with the policy's */
    bool disabled = false;
    /*
     * A program that starts without a uid 0 is past the drop: what it was given it has, and its children are its own
     * affair, as if our library had not come along (only system(3) and launchers out of reach bring it here). Where
     * /etc/ld.so.preload names us, we are meant to be everywhere; there too what is to be lowered is, which gives nothing.
     */
    bool past = dropped && !secure && (is_preloaded || ck_environ_find(environ, CK_VARIABLE_LOWER) != NULL);

    if (ck_progress.started)
        return;
    ck_progress.started = true;
    if (is_ours)
        (void)ck_load_is_disabled(environ, &disabled, &error);
    if (start->is_wanted) {
        state->glibc = start->glibc;
        state->library = start->library != NULL && start->library[0] != '\0' ? start->library : NULL;
        state->secure = secure;
    }
    /*
     * Nothing is to be done where nothing can call a wrapper, which is true of most of what a script starts as root. Where
     * it cannot be known whether there is something to keep, the change will tell what came of it.
     */
    if (start->is_wanted && !start->is_command && !disabled && !past &&
        (ck_sys_capget(&caps) < 0 || caps.permitted != 0)) {
        state->held_mask = caps.permitted;
        ck_kernel_read(&state->kernel);
        name_executable(state);
        if (is_ours)
            take_put_back(state);
        bool whole = !is_ours || find_carry(state);
        load_policy(state, is_ours, whole);
        state->armed = state->policy != NULL;
    }
    if (past)
        lower_inherited();
    if (secure || (dropped && !disabled && !start->is_command))
        clean_environment();
    if (!start->is_wanted)
        return;
    state->ready = true;
    /* Where nothing can be kept there is nothing that would have to be safe, and sealing is what would cost most. */
    if (state->armed) {
        ck_transaction_prepare();
        seal(state);
    }
}
