/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/cold/kernel.h"
#include "../../shim/core/names.h"
#include "../../shim/core/text.h"
#include "../../shim/hot/creds_read.h"
#include "../../shim/hot/sys.h"
#include "../../trace/proc/proc.h"
#include "../common/account.h"
#include "../common/exit.h"
#include "../common/number.h"

static int refuse_name(const char *option, const char *name, size_t length)
{
    const char *nearest = ck_cap_nearest(name, length);

    return ck_fail("learn", "%s: unknown capability \"%.*s\"%s%s%s", option, (int)length, name,
                   nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "?" : "");
}

/* As `run -a` reads them. */
static int add_caps(const struct ck_given *given, uint64_t *mask)
{
    static const char separators[] = ", \t";
    const char *at = given->value + strspn(given->value, separators);

    if (*at == '\0')
        return ck_fail("learn", "%s: no capability in \"%s\"", given->name, given->value);
    for (size_t length; *at != '\0'; at += length + strspn(at + length, separators)) {
        length = strcspn(at, separators);
        int cap = ck_cap_from_text(at, length);
        if (cap < 0)
            return refuse_name(given->name, at, length);
        *mask |= ck_cap_bit((unsigned)cap);
    }
    return 0;
}

static int set_confirm(struct ck_learn_options *options, const char *text)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 3 || text[digits] != '\0' || strtoul(text, NULL, 10) == 0)
        return ck_fail("learn", "--confirm: a number from 1 to 999, not \"%s\"", text);
    options->confirm = (unsigned)strtoul(text, NULL, 10);
    return 0;
}

/* An option's bit in a mask of those that were given. */
static uint64_t bit_of(int id)
{
    return UINT64_C(1) << id;
}

struct reading {
    struct ck_learn_options *options;
    uint64_t given_mask;
};

static int take_value(struct ck_learn_options *options, const struct ck_given *given)
{
    switch ((enum ck_learn_option)given->id) {
    case CK_LEARN_USER:
        options->user = given->value;
        return 0;
    case CK_LEARN_CHECK:
        options->check = given->value;
        return 0;
    case CK_LEARN_UNTIL:
        options->until = given->value;
        return 0;
    case CK_LEARN_BEFORE:
        options->before = given->value;
        return 0;
    case CK_LEARN_AFTER:
        options->after = given->value;
        return 0;
    case CK_LEARN_TIMEOUT:
        return ck_number_take_duration("learn", given, &options->timeout);
    case CK_LEARN_FROM:
        return add_caps(given, &options->from_mask);
    case CK_LEARN_CONFIRM:
        return set_confirm(options, given->value);
    case CK_LEARN_ALL:
        options->all = true;
        return 0;
    case CK_LEARN_RUNS:
        options->runs = true;
        return 0;
    case CK_LEARN_MERGE:
        options->mode = CK_LEARN_FILES;
        return 0;
    case CK_LEARN_ONCE:
        options->mode = CK_LEARN_SINGLE;
        return 0;
    case CK_LEARN_PID:
        options->mode = CK_LEARN_WATCH;
        return ck_number_take_pid("learn", given, &options->pid);
    case CK_LEARN_STOP_AFTER:
        return ck_number_take_duration("learn", given, &options->stop_after);
    case CK_LEARN_FORMAT:
        options->json = given->word == 1;
        return 0;
    case CK_LEARN_OUTPUT:
        options->output = given->value;
        return 0;
    }
    return CK_EXIT_FAILED;
}

static int take(void *context, const struct ck_given *given)
{
    struct reading *reading = context;

    reading->given_mask |= bit_of(given->id);
    return take_value(reading->options, given);
}

/* --- what goes together */

static const char *name_option(int id)
{
    const struct ck_option *row = ck_learn_table.options;

    while (row->id != id)
        row++;
    return row->name;
}

/* An option that another one leaves without a meaning is a mistake: whoever gives it expects something of it. */
static int check_together(const struct ck_learn_options *options, uint64_t given_mask)
{
    enum {
        run_mask = 1 << CK_LEARN_USER | 1 << CK_LEARN_CHECK | 1 << CK_LEARN_UNTIL | 1 << CK_LEARN_BEFORE |
                   1 << CK_LEARN_AFTER | 1 << CK_LEARN_TIMEOUT | 1 << CK_LEARN_FROM
    };
    static const struct {
        int id; /* with which there are only */
        uint64_t also_mask;
    } rows[] = {
        [CK_LEARN_FILES] = {CK_LEARN_MERGE, 0},
        [CK_LEARN_WATCH] = {CK_LEARN_PID, UINT64_C(1) << CK_LEARN_STOP_AFTER},
        [CK_LEARN_SINGLE] = {CK_LEARN_ONCE, run_mask | UINT64_C(1) << CK_LEARN_RUNS},
    };
    uint64_t both_mask = bit_of(CK_LEARN_FORMAT) | bit_of(CK_LEARN_OUTPUT);
    uint64_t rest_mask = given_mask & bit_of(CK_LEARN_STOP_AFTER);

    if (options->mode != CK_LEARN_SEARCH)
        rest_mask = given_mask & ~(both_mask | bit_of(rows[options->mode].id) | rows[options->mode].also_mask);
    if (rest_mask == 0)
        return 0;
    const char *name = name_option((int)ck_cap_take_lowest(&rest_mask));
    if (options->mode == CK_LEARN_SEARCH)
        return ck_fail("learn", "--%s is for -p PID", name);
    return ck_fail("learn", "--%s and --%s do not go together", name, name_option(rows[options->mode].id));
}

static int check_user(struct ck_learn_options *options)
{
    if (options->user == NULL)
        return ck_fail("learn", "-u USER is missing: as whom is COMMAND to run?");
    return ck_account_find_user("learn", options->user, &options->account);
}

/* What becoming somebody else takes, and ending what was started. */
static int check_caller(void)
{
    const uint64_t needed_mask =
        ck_cap_bit(CAP_SETUID) | ck_cap_bit(CAP_SETGID) | ck_cap_bit(CAP_SETPCAP) | ck_cap_bit(CAP_KILL);
    static struct ck_proc self;
    struct ck_capset caps;
    char names[256];
    struct ck_text text = ck_text_start(names, sizeof(names));

    if (geteuid() != 0)
        return ck_fail("learn", "only root can run COMMAND as somebody else");
    if (ck_sys_capget(&caps) < 0)
        return ck_fail("learn", "the capabilities of this process cannot be read");
    ck_text_caps(&text, needed_mask & ~caps.effective);
    if ((needed_mask & ~caps.effective) != 0)
        return ck_fail("learn", "without %s COMMAND cannot be run as somebody else, and ended", names);
    if (ck_proc_read(getpid(), &self) == 0 && self.tracer != 0)
        return ck_fail("learn", "traced by process %ld, and so not able to trace by itself", (long)self.tracer);
    return 0;
}

/* What is to be given has to be there: permitted, and in the bounding set, without which no exec passes it on. */
static int check_from(struct ck_learn_options *options)
{
    static struct ck_proc self;
    struct ck_kernel kernel;
    char names[2048];
    struct ck_text text = ck_text_start(names, sizeof(names));

    if (ck_proc_read(getpid(), &self) < 0)
        return ck_fail("learn", "/proc is not there");
    uint64_t held_mask = self.thread.caps.permitted & self.thread.caps.bounding;
    ck_kernel_read(&kernel);
    options->known_mask = ck_kernel_caps(&kernel);
    if (options->from_mask == 0)
        options->from_mask = held_mask;
    ck_text_caps(&text, options->from_mask & ~held_mask);
    if ((options->from_mask & ~held_mask) != 0)
        return ck_fail("learn", "--from: the caller does not have %s itself", names);
    return 0;
}

static int check_operands(const struct ck_learn_options *options)
{
    bool has_any = options->command[0] != NULL;

    switch (options->mode) {
    case CK_LEARN_SEARCH:
    case CK_LEARN_SINGLE:
        return has_any ? 0 : ck_fail("learn", "a COMMAND is missing; `capkeep learn --help` tells");
    case CK_LEARN_FILES:
        return has_any ? 0 : ck_fail("learn", "--merge: of which FILEs?");
    case CK_LEARN_WATCH:
        return has_any ? ck_fail("learn", "give either a COMMAND or -p PID") : 0;
    }
    return CK_EXIT_FAILED;
}

bool ck_learn_options_read(int argc, char *argv[], struct ck_learn_options *ret_options, int *ret_status)
{
    struct reading reading = {.options = ret_options};

    *ret_options = (struct ck_learn_options){.timeout = 30000, .confirm = 1};
    if (!ck_options_read(&ck_learn_table, argc, argv, take, &reading, ret_status))
        return false;
    ret_options->command = argv + optind;
    *ret_status = check_together(ret_options, reading.given_mask);
    if (*ret_status == 0)
        *ret_status = check_operands(ret_options);
    bool has_runs = ret_options->mode == CK_LEARN_SEARCH || ret_options->mode == CK_LEARN_SINGLE;
    if (*ret_status == 0 && has_runs)
        *ret_status = check_user(ret_options);
    if (*ret_status == 0 && has_runs)
        *ret_status = check_caller();
    if (*ret_status == 0 && has_runs)
        *ret_status = check_from(ret_options);
    return *ret_status == 0;
}
