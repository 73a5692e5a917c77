/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the ids make of ambient capabilities at an exec, and of AT_SECURE: over all combinations, for kernels before 6.17 and
 * since, the library's look at the file and its decision, the model, and the kernel's rule as it is written here say the
 * same.
 */
#include "../../model/exec.h"
#include "model_rows.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../../shim/core/decide.h"
#include "../../shim/hot/program.h"

/* The file's owner, and one that it is not. Neither is root. */
static struct stat file;
static const char file_name[] = "test_exec_ids.file";

static const mode_t modes[] = {0755, 04755, 02755, 06755, 02745, 06745};

struct combination {
    bool by_effective;
    struct ck_uids uids;
    struct ck_gids gids;
    mode_t mode;
    bool is_in_group;
    bool no_new_privs;
};

/* --- a thread with these ids, as the library asks for them */

struct answering {
    struct ck_caller caller;
    const struct combination *combination;
};

static const struct combination *asked(const struct ck_caller *caller)
{
    return ((const struct answering *)(const void *)caller)->combination;
}

static int answer_prctl(const struct ck_caller *caller, int option, unsigned long arg2, unsigned long arg3)
{
    (void)arg2; /* of no meaning here */
    (void)arg3;
    return option == PR_GET_NO_NEW_PRIVS ? asked(caller)->no_new_privs : -EINVAL;
}

static int answer_getresuid(const struct ck_caller *caller, struct ck_uids *ret_uids)
{
    *ret_uids = asked(caller)->uids;
    return 0;
}

static int answer_getresgid(const struct ck_caller *caller, struct ck_gids *ret_gids)
{
    *ret_gids = asked(caller)->gids;
    return 0;
}

static bool answer_is_in_group(const struct ck_caller *caller, gid_t gid)
{
    return asked(caller)->is_in_group && gid == file.st_gid;
}

/* --- the three */

struct answer {
    bool is_ambient;
    bool is_secure;
};

static bool is_nosuid(void)
{
    struct statvfs mount;

    return statvfs(file_name, &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0;
}

static struct answer of_library(const struct combination *combination)
{
    static struct ck_program_texts texts;
    const struct answering answering = {
        {.prctl = answer_prctl,
         .getresuid = answer_getresuid,
         .getresgid = answer_getresgid,
         .is_in_group = answer_is_in_group},
        combination,
    };
    const struct ck_target target = {AT_FDCWD, file_name, 0};
    const struct ck_keep keep = {.keep_mask = TIME, .ambient_mask = TIME, .inherited_mask = TIME, .bounding_mask = ALL};
    const struct ck_creds now = {.uids = combination->uids, .caps = {TIME, TIME, TIME, TIME, ALL}};
    struct ck_executor executor;
    struct ck_program program;
    struct ck_file_facts facts;
    struct ck_verdict verdict;
    struct ck_goal goal;

    ck_executor_read(&answering.caller, combination->by_effective, &executor);
    assert_true(ck_program_look(&executor, &target, &texts, &program, &facts));
    ck_decide_exec(&keep, &now, &(struct ck_exec_facts){.file = &facts, .last_cap = 40}, &goal, &verdict);
    /* What is not kept has one reason, and the right one: the file's ids, or those of the process. */
    assert_true(verdict.kept_mask + verdict.lost[CK_LOST_SET_ID] + verdict.lost[CK_LOST_IDS_DIFFER] == TIME);
    if ((combination->mode & (S_ISUID | S_ISGID)) == 0 || combination->no_new_privs)
        assert_true(verdict.lost[CK_LOST_SET_ID] == 0);
    return (struct answer){verdict.kept_mask == TIME, facts.is_secure};
}

static struct answer of_model(const struct combination *combination)
{
    const struct ck_kernel kernel = {40, combination->by_effective, false, false};
    const struct ck_thread thread = {
        .uids = combination->uids,
        .fsuid = combination->uids.effective,
        .gids = combination->gids,
        .fsgid = combination->gids.effective,
        .groups = &file.st_gid,
        .group_count = combination->is_in_group,
        .caps = {TIME, TIME, TIME, TIME, ALL},
        .no_new_privs = combination->no_new_privs,
        .userns = &ck_userns_initial,
    };
    const struct ck_file of_file = {
        .mode = combination->mode, .uid = file.st_uid, .gid = file.st_gid, .nosuid = is_nosuid()};
    struct ck_outcome outcome;
    bool is_secure;

    assert_int_equal(ck_exec_call(&kernel, &thread, &of_file, &outcome, &is_secure), 0);
    return (struct answer){outcome.after.caps.ambient == TIME, is_secure};
}

/* bprm_fill_uid and cap_bprm_creds_from_file, for a program without file capabilities that is nobody's root. */
static struct answer of_kernel(const struct combination *combination)
{
    const struct ck_uids *uids = &combination->uids;
    const struct ck_gids *gids = &combination->gids;
    bool may_suid = !combination->no_new_privs && !is_nosuid();
    uid_t euid = may_suid && (combination->mode & S_ISUID) != 0 ? file.st_uid : uids->effective;
    bool is_setgid = (combination->mode & S_ISGID) != 0 && (combination->mode & S_IXGRP) != 0;
    gid_t egid = may_suid && is_setgid ? file.st_gid : gids->effective;
    bool in_group = egid == gids->effective || (combination->is_in_group && egid == file.st_gid);
    bool changed =
        combination->by_effective ? euid != uids->effective || !in_group : euid != uids->real || egid != gids->real;

    return (struct answer){!changed, changed || euid != uids->real || egid != gids->real};
}

static void check(const struct combination *combination)
{
    const struct answer library = of_library(combination);
    const struct answer model = of_model(combination);
    const struct answer kernel = of_kernel(combination);

    if (memcmp(&library, &kernel, sizeof(kernel)) == 0 && memcmp(&model, &kernel, sizeof(kernel)) == 0)
        return;
    print_error("%s, uids %u %u %u, gids %u %u %u, mode %o, %s the group, no_new_privs %d\n",
                combination->by_effective ? "6.17" : "before 6.17", combination->uids.real, combination->uids.effective,
                combination->uids.saved, combination->gids.real, combination->gids.effective, combination->gids.saved,
                combination->mode, combination->is_in_group ? "in" : "not in", combination->no_new_privs);
    print_error("ambient and secure: library %d %d, model %d %d, kernel %d %d\n", library.is_ambient, library.is_secure,
                model.is_ambient, model.is_secure, kernel.is_ambient, kernel.is_secure);
    fail();
}

/* Of each three bits one says which of both ids it is. */
static void set_ids(unsigned bits, struct combination *combination)
{
    const uid_t uid[] = {file.st_uid, file.st_uid + 1};
    const gid_t gid[] = {file.st_gid, file.st_gid + 1};

    combination->uids = (struct ck_uids){uid[bits & 1], uid[bits >> 1 & 1], uid[bits >> 2 & 1]};
    combination->gids = (struct ck_gids){gid[bits >> 3 & 1], gid[bits >> 4 & 1], gid[bits >> 5 & 1]};
}

static void check_mode(mode_t mode)
{
    assert_int_equal(chmod(file_name, mode), 0);
    for (unsigned bits = 0; bits < 1U << 9; bits++) {
        struct combination combination = {
            .by_effective = (bits & 64) != 0,
            .mode = mode,
            .is_in_group = (bits & 128) != 0,
            .no_new_privs = (bits & 256) != 0,
        };
        set_ids(bits, &combination);
        check(&combination);
    }
}

static void library_model_and_kernel_agree(void **state)
{
    (void)state; /* cmocka's signature */
    if (file.st_uid == 0)
        skip(); /* root's own rules would come in between */
    for (size_t i = 0; i < ROWS(modes); i++)
        check_mode(modes[i]);
}

static int make_file(void **state)
{
    int fd = open(file_name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);

    (void)state; /* as above */
    if (fd < 0)
        return -1;
    if (geteuid() == 0)
        (void)!fchown(fd, 7, 7); /* in a user namespace there may be no other id */
    if (fstat(fd, &file) < 0)
        return -1;
    return close(fd);
}

static int remove_file(void **state)
{
    (void)state; /* as above */
    return unlink(file_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(library_model_and_kernel_agree, make_file, remove_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
