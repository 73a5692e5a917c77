/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run_options.h"

#include "../../shim/cold/load.h"

static const char *const failures[] = {"continue", "refuse", NULL};
static const char *const no[] = {"no", NULL};
static const char *const levels[] = {"failures", "changes", "all", NULL};
static const char *const destinations[] = {"none", "stderr", "syslog", NULL};
const char *const ck_run_methods[] = {
    [CK_METHOD_AUTO] = "auto",
    [CK_METHOD_PRELOAD] = "preload",
    [CK_METHOD_PTRACE] = "ptrace",
    [CK_METHOD_SECUREBITS] = "securebits",
    NULL,
};

/* Options that are directives of a rule have the directive's number, counted from 1. */
static const struct ck_option options[] = {
    {.id = CK_RUN_DIRECTIVE(CK_AMBIENT),
     .letter = 'a',
     .name = "ambient",
     .kind = CK_CAPS,
     .value = "CAPS",
     .repeats = true,
     .help = "keep these: names with or without cap_, or numbers, separated by commas"},
    {.id = CK_RUN_DIRECTIVE(CK_BOUNDING),
     .letter = 'b',
     .name = "bounding",
     .kind = CK_CAPS,
     .value = "CAPS",
     .repeats = true,
     .help = "cut the bounding set down to these, for good"},
    {.id = CK_RUN_DIRECTIVE(CK_IAB),
     .name = "iab",
     .kind = CK_IAB_TEXT,
     .value = "TEXT",
     .help = "both, as libcap writes it: ^cap_net_raw,!cap_chown"},
    {.id = CK_RUN_DIRECTIVE(CK_NO_NEW_PRIVS), .name = "no-new-privs", .help = "set no_new_privs, for good"},
    {.id = CK_RUN_POLICY, .name = "policy", .kind = CK_FILE, .value = "FILE", .help = "the rules of this file"},
    {.id = CK_RUN_USER,
     .letter = 'u',
     .name = "user",
     .kind = CK_ACCOUNT,
     .value = "USER[:GROUP]",
     .help = "become USER, with its groups or with GROUP alone, and execute PROGRAM;\n"
             "names, or numbers that need no account"},
    {.id = CK_RUN_GROUPS,
     .name = "groups",
     .kind = CK_GROUPS,
     .value = "GROUPS",
     .excludes = "keep-groups",
     .help = "with -u: these supplementary groups, separated by commas, and no others"},
    {.id = CK_RUN_KEEP_GROUPS,
     .name = "keep-groups",
     .excludes = "groups",
     .help = "with -u: the supplementary groups stay as they are"},
    {.id = CK_RUN_DIRECTIVE(CK_USER),
     .name = "for-user",
     .kind = CK_ACCOUNT,
     .value = "USER",
     .repeats = true,
     .help = "only for changes to USER"},
    {.id = CK_RUN_DIRECTIVE(CK_PROGRAM),
     .name = "for-program",
     .kind = CK_FILE,
     .value = "PATH",
     .help = "only for this program; DIR/* for those in DIR"},
    {.id = CK_RUN_DIRECTIVE(CK_LAUNCHER),
     .name = "for-launcher",
     .kind = CK_FILE,
     .value = "PATH",
     .help = "only in this launcher"},
    {.id = CK_RUN_DIRECTIVE(CK_GUARD),
     .name = "guard",
     .help = "the launcher's own capset and prctl do not take away what is kept"},
    {.id = CK_RUN_DIRECTIVE(CK_DESCENDANTS),
     .name = "descendants",
     .kind = CK_HINT,
     .value = "no",
     .words = no,
     .help = "the program's own children do not inherit what is kept"},
    {.id = CK_RUN_DIRECTIVE(CK_ON_FAILURE),
     .name = "on-failure",
     .kind = CK_HINT,
     .value = "WHAT",
     .words = failures,
     .help = "continue with what can be kept, or refuse to execute (the default with -u)"},
    {.id = CK_RUN_LOG,
     .name = "log",
     .kind = CK_DESTINATION,
     .value = "DEST",
     .words = destinations,
     .help = "none, stderr, syslog or an absolute file name"},
    {.id = CK_RUN_LOG_LEVEL,
     .name = "log-level",
     .kind = CK_HINT,
     .value = "LEVEL",
     .words = levels,
     .help = "failures alone, changes (the default), or all: what no rule is for, too"},
    {.id = CK_RUN_METHOD,
     .name = "method",
     .kind = CK_WORD,
     .value = "METHOD",
     .words = ck_run_methods,
     .help = "auto, preload, ptrace or securebits; see below"},
    {.id = CK_RUN_IF_POSSIBLE,
     .name = "if-possible",
     .help = "where nothing can be kept, say why and start LAUNCHER all the same"},
    {.id = CK_RUN_ALLOW_NEW_PRIVS,
     .name = "allow-new-privs",
     .help = "with --method=securebits: do not set no_new_privs"},
    {.id = CK_RUN_ARGV0, .name = "argv0", .kind = CK_TEXT, .value = "NAME", .help = "the argv[0] of LAUNCHER"},
    {.name = NULL},
};

const struct ck_verb ck_run_table = {
    .name = "run",
    .purpose = "start a launcher, or a program as another user, with capabilities that are kept",
    .usage = "run [OPTION...] [--] LAUNCHER [ARG...]\n"
             "       capkeep run -u USER[:GROUP] [OPTION...] [--] PROGRAM [ARG...]",
    .about =
        "Starts LAUNCHER so that the program which it starts as another user has the capabilities of the policy, and "
        "no\n"
        "more. With -u, capkeep is the launcher itself. Without -a, --iab and --policy, the policy is that of the\n"
        "environment, or else that of " CK_CONF_FILE ".\n",
    .options = options,
    .operand = CK_COMMAND_LINE,
    .end =
        "By default a library is preloaded into LAUNCHER. One that it cannot be loaded into, or in which it would see\n"
        "nothing (static, Go, set-ID), is supervised instead, and so is one that LAUNCHER, as root, starts itself.\n"
        "--method=preload never supervises.\n"
        "\n"
        "--method=ptrace supervises: until PROGRAM is executed LAUNCHER is traced by a process of capkeep's, which "
        "makes\n"
        "the system calls in its name that the library would make. It serves every launcher exactly, and nothing "
        "stays\n"
        "behind in PROGRAM. It needs CAP_SYS_PTRACE, and a launcher that lives on stays traced, and slower, as long as "
        "it\n"
        "lives; it is killed if its supervisor is.\n"
        "\n"
        "--method=securebits needs no library: it raises CAPS beforehand and forbids the kernel to clear anything at "
        "a\n"
        "change of user (SECBIT_NO_SETUID_FIXUP). What it costs: until PROGRAM is executed the launcher keeps ALL of\n"
        "root's capabilities, also as the other user, so one that does more than drop and execute is a hole. One that\n"
        "probes its drop refuses to go on. And the bit stays for ever, so set-user-ID programs further down keep "
        "their\n"
        "capabilities when they drop; no_new_privs is set for that reason. It is for launchers such as gosu, and only\n"
        "where nothing else serves.\n"
        "\n"
        "Exit status: that of LAUNCHER; 125 capkeep itself failed; 126 found but not executable; 127 not found.\n",
};
