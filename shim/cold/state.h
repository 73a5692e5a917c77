#pragma once
/* All that the wrappers read: filled once by the constructor, then sealed read-only. */
#include <limits.h>

#include "../core/environ_rewrite.h"
#include "../core/policy.h"
#include "../core/policy_match.h"
#include "../hot/emit.h"

struct ck_state {
    bool started; /* the constructor runs, or has run */
    bool ready;
    bool secure; /* AT_SECURE: the environment is a user's */
    bool armed;  /* something is permitted here and capkeep is not disabled; else every wrapper is a plain tail call */
    bool glibc;  /* signal 33 is glibc's setxid signal; musl uses that number for something else */
    unsigned last_cap;
    uint64_t held_mask; /* what was permitted when the process started */
    struct ck_log log;
    const struct ck_policy *policy; /* NULL where there is no rule */
    struct ck_carry carry;
    char executable[PATH_MAX]; /* of this process; for a script its interpreter */
    char preload[PATH_MAX];
    char supervisor[PATH_MAX]; /* the capkeep command through which what is out of reach is executed; "" for none */
    char carried[16 * 1024];   /* the strings behind carry.vars */
};

/* Read only after ck_init(): a write from anywhere crashes. */
extern union ck_sealed {
    struct ck_state state;
    char room[128 * 1024]; /* whole pages of the largest page size, so that sealing seals nothing else */
} ck_sealed;

/*
 * Loads and seals, once. What is looked up meanwhile may call the wrapped functions (libnss_systemd calls prctl): until
 * all is ready they find a state that is not armed. `glibc`: the C library of this process is glibc.
 */
void ck_init(bool glibc);
