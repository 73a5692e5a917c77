/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a policy file, whatever it is. */
#include <stdlib.h>
#include <string.h>

#include "../../shim/cold/policy_file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ck_policy *policy = fuzz_empty_policy();
    struct ck_report report = fuzz_report();
    struct ck_log log = {.kind = CK_LOG_SYSLOG};
    /* No NUL is needed behind it, so there is none to run over into. */
    char *text = malloc(size);

    memcpy(text, data, size);
    ck_policy_file_parse("/etc/capkeep/capkeep.conf", text, size, &fuzz_resolver, policy, &log, &report);
    free(text);
    if (report.count == 0)
        fuzz_check_policy(policy);
    FUZZ_REQUIRE(log.kind != CK_LOG_FILE || log.path[0] == '/');
    return 0;
}
