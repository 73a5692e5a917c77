/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conversion.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "../../shim/cold/policy_file.h"
#include "../common/exit.h"

void ck_conversion_start(struct ck_conversion *conversion, const char *file)
{
    *conversion = (struct ck_conversion){.file = file};
    conversion->out = ck_memory(open_memstream(&conversion->text, &conversion->size));
}

void ck_conversion_fail(struct ck_conversion *conversion, unsigned line, const char *format, ...)
{
    va_list values;

    fprintf(stderr, "%s:", conversion->file);
    if (line != 0)
        fprintf(stderr, "%u:", line);
    fputs(" error: ", stderr);
    va_start(values, format);
    (void)vfprintf(stderr, format, values); /* standard error has no other place to tell it to */
    va_end(values);
    fputc('\n', stderr);
    conversion->failures++;
}

/* --- whether what was made is a policy */

/* Whom a name stands for is told on the machine where the policy will be, by `capkeep check`. */
static int accept_user(void *context, const char *name, uid_t *ret_uid)
{
    (void)context;
    (void)name;
    *ret_uid = 1;
    return 0;
}

static void find_no_user(const char *name, char *ret_name, size_t size)
{
    (void)name;
    (void)size;
    ret_name[0] = '\0';
}

static int find_no_path(void *context, const char *path, char ret_resolved[PATH_MAX], dev_t *ret_dev, ino_t *ret_ino)
{
    (void)context;
    (void)path;
    ret_resolved[0] = '\0';
    *ret_dev = 0;
    *ret_ino = 0;
    return -ENOENT;
}

struct judgement {
    struct ck_report report;
    struct ck_conversion *conversion;
};

static void say(struct ck_report *report, const char *file, unsigned line, const char *text)
{
    struct judgement *judgement = (struct judgement *)report; /* its first member */

    (void)file;
    (void)line; /* of what is not printed */
    ck_conversion_fail(judgement->conversion, 0, "no policy can say this: %s", text);
}

static void judge(struct ck_conversion *conversion)
{
    static struct ck_policy policy;
    static struct ck_log log;
    const struct ck_resolver resolver = {.user = accept_user, .nearest_user = find_no_user, .path = find_no_path};
    struct judgement judgement = {.report = {.say = say}, .conversion = conversion};

    ck_policy_file_parse(conversion->file, conversion->text, conversion->size, &resolver, &policy, &log,
                         &judgement.report);
}

int ck_conversion_end(struct ck_conversion *conversion)
{
    if (fclose(conversion->out) != 0)
        (void)ck_memory(NULL);
    if (conversion->failures == 0)
        judge(conversion);
    if (conversion->failures == 0)
        fputs(conversion->text, stdout);
    free(conversion->text);
    return conversion->failures == 0 ? 0 : 1;
}
