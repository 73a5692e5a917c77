/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which calls are not made again where they are denied, and which are made with everything at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "../../trace/once/hazard.h"

#define NOBODY UINT32_MAX /* as a call sees -1: the upper half may be anything */

static const struct {
    const char *call;
    uint64_t args[6];
    enum ck_hazard hazard;
} calls[] = {
    {"setuid", {0}, CK_HAZARD_SURE},
    {"setuid", {UINT64_C(1) << 32}, CK_HAZARD_SURE},
    {"setuid", {5, 0}, CK_HAZARD_NONE},
    {"setreuid", {NOBODY, 0}, CK_HAZARD_SURE},
    {"setreuid", {NOBODY, 5, 0}, CK_HAZARD_NONE},
    {"setresuid", {5, 5, 0}, CK_HAZARD_SURE},
    {"setresuid32", {5, 5, 5}, CK_HAZARD_NONE},
    {"setfsuid", {0}, CK_HAZARD_SURE},
    {"setgid", {0}, CK_HAZARD_NONE},
    {"capset", {1, 1}, CK_HAZARD_SURE},
    {"prctl", {PR_CAP_AMBIENT}, CK_HAZARD_SURE},
    {"prctl", {PR_CAPBSET_DROP}, CK_HAZARD_NONE},
    {"prctl", {PR_SET_SECCOMP}, CK_HAZARD_FILTER},
    {"kill", {(uint32_t)-1}, CK_HAZARD_GREAT},
    {"kill", {(uint64_t)-1}, CK_HAZARD_GREAT},
    {"kill", {1}, CK_HAZARD_NONE},
    {"reboot", {0}, CK_HAZARD_GREAT},
    {"finit_module", {0}, CK_HAZARD_GREAT},
    {"swapoff", {0}, CK_HAZARD_GREAT},
    {"socket", {AF_NETLINK}, CK_HAZARD_QUIET},
    {"socket", {AF_INET}, CK_HAZARD_NONE},
    {"io_uring_enter", {3}, CK_HAZARD_QUIET},
    {"sendmsg", {3}, CK_HAZARD_SOCKET},
    {"chown", {0}, CK_HAZARD_NONE},
};

static void test_calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (ck_hazard_of(calls[i].call, calls[i].args) != calls[i].hazard)
            fail_msg("row %zu, %s: %d", i, calls[i].call, (int)ck_hazard_of(calls[i].call, calls[i].args));
    }
}

static void test_results(void **state)
{
    (void)state;
    assert_true(ck_hazard_is_failure("mlock", -ENOMEM));
    assert_true(ck_hazard_is_failure("bind", -EACCES));
    assert_true(ck_hazard_is_failure("clone", -EAGAIN));
    assert_false(ck_hazard_is_failure("read", -EAGAIN));
    assert_false(ck_hazard_is_failure("connect", -EINPROGRESS));
    assert_false(ck_hazard_is_failure("open", -EINTR));
    assert_false(ck_hazard_is_failure("open", -512));
    assert_false(ck_hazard_is_failure("open", 3));
    assert_false(ck_hazard_is_failure("mmap", -4096)); /* an address */
    assert_true(ck_hazard_is_restart(-512) && ck_hazard_is_restart(-516));
    assert_false(ck_hazard_is_restart(-EINTR) || ck_hazard_is_restart(-517));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_calls), cmocka_unit_test(test_results)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
