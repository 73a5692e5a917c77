/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../cli/common/exit.h"
#include "../../shim/cold/policy_file.h"
#include "convert.h"
#include "fuzz.h"

/* In the place of convert/conversion.c, which tells on standard error what is wrong. */
void ck_conversion_fail(struct ck_conversion *conversion, unsigned line, const char *format, ...)
{
    char text[1024];
    va_list values;

    va_start(values, format);
    FUZZ_REQUIRE(vsnprintf(text, sizeof(text), format, values) > 0);
    va_end(values);
    FUZZ_REQUIRE(line <= 4097); /* scripts/fuzz makes no longer input */
    conversion->failures++;
}

/* What is no text never gets as far as a parser (convert/input.c). */
static char *text_of(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            text[i] = '\n';
    }
    return text;
}

static void check(const struct ck_conversion *conversion, bool names_programs, bool may_be_anybodys)
{
    struct ck_policy *policy = fuzz_empty_policy();
    struct ck_report report = fuzz_report();
    struct ck_log log = {.kind = CK_LOG_SYSLOG};

    FUZZ_REQUIRE(strlen(conversion->text) == conversion->size);
    ck_policy_file_parse("converted", conversion->text, conversion->size, &fuzz_resolver, policy, &log, &report);
    /* A policy may have no word for it, and the fuzzer's accounts are not all there; `capkeep convert` says so then. */
    if (report.count > 0)
        return;
    fuzz_check_policy(policy);
    FUZZ_REQUIRE(log.kind == CK_LOG_SYSLOG);
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        FUZZ_REQUIRE(may_be_anybodys || policy->rules[i].users.count > 0);
        FUZZ_REQUIRE(!names_programs || policy->rules[i].programs.count > 0);
    }
}

int fuzz_convert(void (*from)(struct ck_conversion *conversion, const char *file, char *text), bool names_programs,
                 const uint8_t *data, size_t size)
{
    struct ck_conversion conversion = {.file = "input"};
    char *text = text_of(data, size);

    conversion.out = ck_memory(open_memstream(&conversion.text, &conversion.size));
    from(&conversion, NULL, text);
    FUZZ_REQUIRE(fclose(conversion.out) == 0);
    if (conversion.failures == 0)
        check(&conversion, names_programs, !names_programs && memchr(data, '*', size) != NULL); /* pam_cap's "*" */
    free(conversion.text);
    free(text);
    return 0;
}
