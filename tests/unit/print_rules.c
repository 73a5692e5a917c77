/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* print_rules FILE: what a policy file means, with the accounts and files of the fixture: a rule a line, then the log. */
#include <stdio.h>
#include <stdlib.h>

#include "../../shim/cold/policy_file.h"
#include "policy_fixture.h"

static struct ck_policy policy;

static void say(struct ck_report *report, const char *file, unsigned line, const char *sentence)
{
    (void)report; /* it counts by itself */
    printf("%s:%u: %s\n", file, line, sentence);
}

static void print_log(const struct ck_log *log)
{
    static const char *const scopes[] = {
        [CK_LOG_FAILURES] = "failures", [CK_LOG_CHANGES] = "changes", [CK_LOG_ALL] = "all"};
    static const char *const kinds[] = {[CK_LOG_NONE] = "none", [CK_LOG_STDERR] = "stderr", [CK_LOG_SYSLOG] = "syslog"};

    printf("log=%s level=%s\n", log->kind == CK_LOG_FILE ? log->path : kinds[log->kind], scopes[log->scope]);
}

int main(int argc, char *argv[])
{
    static char text[65536];
    struct ck_report report = {.say = say};
    struct ck_log log = {.kind = CK_LOG_SYSLOG};
    FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;

    if (file == NULL)
        return EXIT_FAILURE;
    size_t length = fread(text, 1, sizeof(text), file);
    (void)fclose(file); /* read only: nothing is lost with it */
    ck_policy_file_parse("policy", text, length, &fixture_resolver, &policy, &log, &report);
    for (uint32_t i = 0; i < policy.rule_count; i++) {
        char buffer[4096];
        struct ck_text line = ck_text_start(buffer, sizeof(buffer));

        fixture_add_rule(&line, &policy, &policy.rules[i]);
        puts(buffer);
    }
    print_log(&log);
    return 0;
}
