/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "invariants_case.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>

#include "dice.h"

static const char *const kind_names[KIND_COUNT] = {
    [KIND_SETUID] = "setuid",
    [KIND_SETEUID] = "seteuid",
    [KIND_SETREUID] = "setreuid",
    [KIND_SETRESUID] = "setresuid",
    [KIND_SETFSUID] = "setfsuid",
    [KIND_SYS_SETUID] = "syscall-setuid",
    [KIND_SYS_SETREUID] = "syscall-setreuid",
    [KIND_SYS_SETRESUID] = "syscall-setresuid",
    [KIND_CAPSET] = "capset",
    [KIND_SYS_CAPSET] = "syscall-capset",
    [KIND_PRCTL] = "prctl",
    [KIND_SYS_PRCTL] = "syscall-prctl",
    [KIND_DLOPEN] = "dlopen",
    [KIND_EXECVE] = "execve",
    [KIND_EXECV] = "execv",
    [KIND_EXECVP] = "execvp",
    [KIND_EXECVPE] = "execvpe",
    [KIND_EXECL] = "execl",
    [KIND_EXECLP] = "execlp",
    [KIND_EXECLE] = "execle",
    [KIND_FEXECVE] = "fexecve",
    [KIND_EXECVEAT] = "execveat",
    [KIND_SYS_EXECVE] = "syscall-execve",
    [KIND_SYS_EXECVEAT] = "syscall-execveat",
    [KIND_POSIX_SPAWN] = "posix_spawn",
    [KIND_POSIX_SPAWNP] = "posix_spawnp",
    [KIND_SYSTEM] = "system",
    [KIND_POPEN] = "popen",
};

bool invariants_starts_program(uint64_t kind)
{
    return kind >= KIND_EXECVE;
}

const char *invariants_kind_name(uint64_t kind)
{
    return kind_names[kind];
}

const char *invariants_program_name(uint64_t program)
{
    return program == PROGRAM_A ? "a" : "b";
}

/* --- one line */

struct field {
    const char *name;
    size_t offset;
    size_t count;
};

#define FIELD(name, member, count) {name, offsetof(struct invariants_case, member), count}
static const struct field state_fields[] = {
    FIELD("uids", uids, 3),
    FIELD("permitted", permitted, 1),
    FIELD("effective", effective, 1),
    FIELD("inheritable", inheritable, 1),
    FIELD("ambient", ambient, 1),
    FIELD("bounding", bounding, 1),
    FIELD("securebits", securebits, 1),
    FIELD("no_new_privs", no_new_privs, 1),
};
#undef FIELD

/* A rule is its members as numbers, in their order, without the uids that it does not have. */
#define RULE_WORDS (sizeof(struct invariants_rule) / sizeof(uint64_t))
#define RULE_FIXED_WORDS (RULE_WORDS - INVARIANTS_UIDS_MAX)

static size_t add_words(char *line, size_t length, const char *name, const uint64_t *words, size_t count)
{
    length += (size_t)snprintf(line + length, INVARIANTS_LINE_MAX - length, "%s%s=", length > 0 ? " " : "", name);
    for (size_t i = 0; i < count; i++)
        length +=
            (size_t)snprintf(line + length, INVARIANTS_LINE_MAX - length, i > 0 ? ",%#" PRIx64 : "%#" PRIx64, words[i]);
    return length;
}

static uint64_t *words_at(const struct field *field, struct invariants_case *the_case)
{
    return (uint64_t *)(void *)((char *)the_case + field->offset);
}

void invariants_print(const struct invariants_case *the_case, char line[INVARIANTS_LINE_MAX])
{
    struct invariants_case copy = *the_case;
    size_t length = 0;

    for (uint64_t i = 0; i < copy.rule_count; i++)
        length = add_words(line, length, "rule", (const uint64_t *)&copy.rules[i],
                           RULE_FIXED_WORDS + (size_t)copy.rules[i].uid_count);
    for (size_t i = 0; i < sizeof(state_fields) / sizeof(state_fields[0]); i++)
        length =
            add_words(line, length, state_fields[i].name, words_at(&state_fields[i], &copy), state_fields[i].count);
    for (uint64_t i = 0; i < copy.call_count; i++)
        length = add_words(line, length, kind_names[copy.calls[i].kind], copy.calls[i].args, 3);
    if (copy.fault[0] != '\0')
        (void)snprintf(line + length, INVARIANTS_LINE_MAX - length, " fault=%s", copy.fault);
}

/* Reads numbers that commas separate; returns how many, or 0 where there is something else, or too much. */
static size_t read_words(const char *text, uint64_t *words, size_t max)
{
    size_t count = 0;

    for (;;) {
        char *end;
        if (count == max)
            return 0;
        words[count++] = strtoull(text, &end, 0);
        if (end == text || (*end != ',' && *end != '\0'))
            return 0;
        if (*end == '\0')
            return count;
        text = end + 1;
    }
}

static bool parse_word(const char *name, const char *value, struct invariants_case *the_case)
{
    if (strcmp(name, "fault") == 0)
        return snprintf(the_case->fault, sizeof(the_case->fault), "%s", value) < (int)sizeof(the_case->fault);
    if (strcmp(name, "rule") == 0) {
        struct invariants_rule *rule = &the_case->rules[the_case->rule_count];
        return the_case->rule_count++ < INVARIANTS_RULES_MAX &&
               read_words(value, (uint64_t *)rule, RULE_WORDS) == RULE_FIXED_WORDS + rule->uid_count;
    }
    for (size_t i = 0; i < sizeof(state_fields) / sizeof(state_fields[0]); i++) {
        if (strcmp(name, state_fields[i].name) == 0)
            return read_words(value, words_at(&state_fields[i], the_case), state_fields[i].count) ==
                   state_fields[i].count;
    }
    for (uint64_t kind = 0; kind < KIND_COUNT; kind++) {
        if (strcmp(name, kind_names[kind]) != 0)
            continue;
        struct invariants_call *call = &the_case->calls[the_case->call_count];
        call->kind = kind;
        return the_case->call_count++ < INVARIANTS_CALLS_MAX && read_words(value, call->args, 3) == 3;
    }
    return false;
}

bool invariants_parse(const char *line, struct invariants_case *ret_case)
{
    char copy[INVARIANTS_LINE_MAX];
    char *rest = copy;
    char *word;

    *ret_case = (struct invariants_case){0};
    if (snprintf(copy, sizeof(copy), "%s", line) >= (int)sizeof(copy))
        return false;
    while ((word = strsep(&rest, " \n")) != NULL) {
        char *value = strchr(word, '=');
        if (*word == '\0')
            continue;
        if (value == NULL)
            return false;
        *value = '\0';
        if (!parse_word(word, value + 1, ret_case))
            return false;
    }
    return ret_case->call_count > 0;
}

/* --- drawing */

/* From none to all of `whole`. */
static uint64_t part_of(struct dice *dice, uint64_t whole)
{
    switch (below(dice, 6)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return whole;
    case 3:
        return whole & roll(dice) & roll(dice) & roll(dice);
    default:
        return whole & roll(dice);
    }
}

/* Two users, as the calls have them, root, and one that nobody becomes. */
static const uint64_t rule_uids[] = {1001, 1001, 1002, 0, 1003};
static const uint64_t state_uids[] = {0, 0, 1001, 1002};
static const uint64_t uid_arguments[] = {0, 1001, 1001, 1001, 1002, 1002, UINT32_MAX, UINT32_MAX, 77};

static void draw_rule(struct dice *dice, const struct invariants_limits *limits, struct invariants_rule *rule)
{
    /* Also what is not held, and what the kernel has never heard of. */
    uint64_t whole = percent(dice, 10) ? UINT64_MAX >> (63 - limits->last_cap) : limits->held;

    *rule = (struct invariants_rule){.ambient = whole & roll(dice) & roll(dice) & roll(dice)};
    if (percent(dice, 15))
        rule->ambient |= UINT64_C(1) << below(dice, 64);
    if (rule->ambient == 0)
        rule->ambient = UINT64_C(1) << CAP_NET_RAW;
    rule->program = percent(dice, 60) ? PROGRAM_NONE : 1 + below(dice, 2);
    rule->launcher = percent(dice, 80) ? LAUNCHER_ANY : 1 + below(dice, 2);
    rule->no_new_privs = percent(dice, 10);
    rule->refuse = percent(dice, 30);
    rule->guard = percent(dice, 15);
    if (percent(dice, 20))
        rule->bounding = rule->ambient | part_of(dice, limits->held);
    rule->uid_count = percent(dice, 40) ? 0 : 1 + below(dice, INVARIANTS_UIDS_MAX);
    for (uint64_t i = 0; i < rule->uid_count; i++)
        rule->uids[i] = PICK(dice, rule_uids);
}

void invariants_draw_policy(const struct invariants_limits *limits, uint64_t seed, uint64_t batch,
                            struct invariants_case *ret_case)
{
    struct dice dice = {seed ^ (batch << 32 | UINT64_C(0x706f6c69))};

    *ret_case = (struct invariants_case){.rule_count = 1 + below(&dice, INVARIANTS_RULES_MAX)};
    for (uint64_t i = 0; i < ret_case->rule_count; i++)
        draw_rule(&dice, limits, &ret_case->rules[i]);
}

static uint64_t draw_securebits(struct dice *dice)
{
    const uint64_t alone[] = {
        SECBIT_KEEP_CAPS,        SECBIT_NO_SETUID_FIXUP,
        SECBIT_NOROOT,           SECBIT_NO_CAP_AMBIENT_RAISE,
        SECBIT_KEEP_CAPS_LOCKED, SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED};

    if (percent(dice, 60))
        return 0;
    return percent(dice, 70) ? PICK(dice, alone) : roll(dice) & 0xff;
}

static void draw_state(struct dice *dice, const struct invariants_limits *limits, struct invariants_case *the_case)
{
    uint64_t first = PICK(dice, state_uids);

    for (int i = 0; i < 3; i++)
        the_case->uids[i] = percent(dice, 70) ? first : PICK(dice, state_uids);
    the_case->permitted = part_of(dice, limits->held);
    if (percent(dice, 70))
        the_case->permitted |= limits->held & (UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETPCAP);
    the_case->effective = percent(dice, 70) ? the_case->permitted : part_of(dice, the_case->permitted);
    the_case->inheritable = percent(dice, 50) ? 0 : part_of(dice, limits->held);
    the_case->ambient = percent(dice, 50) ? 0 : part_of(dice, the_case->permitted & the_case->inheritable);
    the_case->bounding = percent(dice, 60) ? limits->held : part_of(dice, limits->held);
    the_case->securebits = draw_securebits(dice);
    the_case->no_new_privs = percent(dice, 15);
}

static void draw_prctl(struct dice *dice, struct invariants_call *call)
{
    const uint64_t options[] = {PR_SET_KEEPCAPS, PR_SET_KEEPCAPS, PR_CAPBSET_DROP,     PR_SET_SECUREBITS,
                                PR_CAP_AMBIENT,  PR_CAP_AMBIENT,  PR_SET_NO_NEW_PRIVS, PR_GET_KEEPCAPS};

    call->args[0] = PICK(dice, options);
    switch (call->args[0]) {
    case PR_CAP_AMBIENT:
        call->args[1] = PR_CAP_AMBIENT_RAISE + below(dice, 3);
        call->args[2] = call->args[1] == PR_CAP_AMBIENT_CLEAR_ALL ? 0 : below(dice, 42);
        break;
    case PR_CAPBSET_DROP:
        call->args[1] = below(dice, 42);
        break;
    case PR_SET_SECUREBITS:
        call->args[1] = draw_securebits(dice);
        break;
    default:
        call->args[1] = below(dice, 2);
    }
}

static void draw_call(struct dice *dice, const struct invariants_limits *limits, struct invariants_call *call)
{
    *call = (struct invariants_call){.kind = percent(dice, 65) ? below(dice, KIND_SYS_SETRESUID + 1)
                                                               : KIND_CAPSET + below(dice, KIND_EXECVE - KIND_CAPSET)};
    switch (call->kind) {
    case KIND_CAPSET:
    case KIND_SYS_CAPSET:
        call->args[0] = part_of(dice, limits->held);
        call->args[1] = part_of(dice, call->args[0]);
        call->args[2] = part_of(dice, limits->held);
        break;
    case KIND_PRCTL:
    case KIND_SYS_PRCTL:
        draw_prctl(dice, call);
        break;
    case KIND_DLOPEN:
        break;
    default: {
        /* Mostly a change as launchers make it. */
        uint64_t uid = PICK(dice, uid_arguments);
        for (int i = 0; i < 3; i++)
            call->args[i] = percent(dice, 70) ? uid : PICK(dice, uid_arguments);
    }
    }
}

static void draw_start(struct dice *dice, struct invariants_call *call)
{
    /* A shell takes its time. */
    uint64_t kinds = percent(dice, 15) ? KIND_COUNT : KIND_SYSTEM;

    call->kind = KIND_EXECVE + below(dice, kinds - KIND_EXECVE);
    call->args[0] = PROGRAM_A + below(dice, 2);
    call->args[1] = below(dice, 2);
    call->args[2] = 0;
}

static void draw_fault(struct dice *dice, char *fault, size_t size)
{
    static const char *const calls[] = {"any", "any", "any", "capget", "capset", "prctl", "prctl:47", "getresuid"};
    static const char *const errors[] = {"EPERM", "ENOSYS", "EINTR", "ENOMEM"};
    const char *call = PICK(dice, calls);
    /* Where every call fails from some time on, the log does, too; and without uids nobody knows what was left. */
    const char *onwards = call[0] != 'a' && call[0] != 'g' && percent(dice, 40) ? "+" : "";

    (void)snprintf(fault, size, "%s,%s,%d%s", call, PICK(dice, errors), 1 + (int)below(dice, 25), onwards);
}

void invariants_draw(const struct invariants_limits *limits, uint64_t seed, uint64_t number,
                     struct invariants_case *the_case)
{
    struct dice dice = {seed * 0x2545f4914f6cdd1d + number};

    draw_state(&dice, limits, the_case);
    the_case->call_count = 1 + below(&dice, INVARIANTS_CALLS_MAX);
    for (uint64_t i = 0; i < the_case->call_count; i++)
        draw_call(&dice, limits, &the_case->calls[i]);
    if (percent(&dice, 60))
        draw_start(&dice, &the_case->calls[the_case->call_count - 1]);
    the_case->fault[0] = '\0';
    if (percent(&dice, 25))
        draw_fault(&dice, the_case->fault, sizeof(the_case->fault));
}

/* --- the policy as a file */

static void write_caps(FILE *file, const char *key, uint64_t mask)
{
    fprintf(file, "%s=", key);
    for (unsigned cap = 0; cap < 64; cap++) {
        if ((mask >> cap & 1) != 0)
            fprintf(file, " %u", cap);
    }
    fputc('\n', file);
}

static void write_rule(FILE *file, const struct invariants_rule *rule, uint64_t number, const char *directory,
                       const char *launcher)
{
    fprintf(file, "[Keep r%" PRIu64 "]\n", number);
    write_caps(file, "AmbientCapabilities", rule->ambient);
    if (rule->bounding != 0)
        write_caps(file, "CapabilityBoundingSet", rule->bounding);
    for (uint64_t i = 0; i < rule->uid_count; i++)
        fprintf(file, "User=%" PRIu64 "\n", rule->uids[i]);
    if (rule->program != PROGRAM_NONE)
        fprintf(file, "Program=%s/%s\n", directory, invariants_program_name(rule->program));
    if (rule->launcher != LAUNCHER_ANY)
        fprintf(file, "Launcher=%s\n", rule->launcher == LAUNCHER_THIS ? launcher : "/nonexistent/launcher");
    fprintf(file, "NoNewPrivileges=%d\nOnFailure=%s\nGuard=%d\n", rule->no_new_privs != 0,
            rule->refuse ? "refuse" : "continue", rule->guard != 0);
}

int invariants_write_policy(const struct invariants_case *the_case, const char *path, const char *directory,
                            const char *launcher)
{
    FILE *file = fopen(path, "we");

    if (file == NULL)
        return -1;
    fputs("[Policy]\nLog=stderr\n", file);
    for (uint64_t i = 0; i < the_case->rule_count; i++)
        write_rule(file, &the_case->rules[i], i, directory, launcher);
    return fclose(file);
}
