/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of capabilities, IAB text, booleans and uids. libcap, whose format IAB is, judges what both understand. */
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "../../shim/core/capset.h"
#include "../../shim/core/policy_parse.h"
#include "fuzz.h"

static void check_error(const struct ck_parse_error *error)
{
    size_t length = strnlen(error->text, sizeof(error->text));

    FUZZ_REQUIRE(length > 0 && length < sizeof(error->text));
    for (size_t i = 0; i < length; i++)
        FUZZ_REQUIRE(error->text[i] >= ' ' && error->text[i] <= '~');
}

static uint64_t vector(cap_iab_t iab, cap_iab_vector_t which)
{
    uint64_t mask = 0;

    for (cap_value_t cap = 0; cap < cap_max_bits(); cap++) {
        if (cap_iab_get_vector(iab, which, cap) == CAP_SET)
            mask |= ck_cap_bit((unsigned)cap);
    }
    return mask;
}

/* Blanks are ours alone, and so are capabilities that the kernel does not have. */
static void compare_with_libcap(const char *text, const struct ck_iab *ours)
{
    uint64_t known_mask = ck_cap_bit((unsigned)cap_max_bits()) - 1;
    cap_iab_t theirs = strpbrk(text, " \t") == NULL ? cap_iab_from_text(text) : NULL;

    if (theirs == NULL)
        return;
    FUZZ_REQUIRE(vector(theirs, CAP_IAB_AMB) == (ours->ambient_mask & known_mask));
    FUZZ_REQUIRE(vector(theirs, CAP_IAB_BOUND) == (ours->unbound_mask & known_mask));
    FUZZ_REQUIRE(vector(theirs, CAP_IAB_INH) == ((ours->inheritable_mask | ours->ambient_mask) & known_mask));
    cap_free(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct ck_parse_error error;
    struct ck_iab iab = {1, 2, 4};
    uint64_t mask = 3;
    bool yes;
    uid_t uid;

    if (ck_parse_caps(text, &mask, &error) < 0) {
        check_error(&error);
        FUZZ_REQUIRE(mask == 3);
    }
    if (ck_parse_iab(text, &iab, &error) < 0) {
        check_error(&error);
        FUZZ_REQUIRE(iab.inheritable_mask == 1 && iab.ambient_mask == 2 && iab.unbound_mask == 4);
    } else {
        FUZZ_REQUIRE((iab.inheritable_mask & iab.ambient_mask) == 0);
        compare_with_libcap(text, &iab);
    }
    if (ck_parse_bool(text, &yes, &error) < 0)
        check_error(&error);
    if (ck_parse_uid(text, strlen(text), &uid) == 0)
        FUZZ_REQUIRE(uid != (uid_t)-1 && strtoull(text, NULL, 10) == uid);
    free(text);
    return 0;
}
