/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The decisions: policy × event × credentials → what the thread is to have, which is a value. hot/apply brings a thread
 * there and knows no policy; the tests compare values, and the command runs the very decisions of the library.
 */
#include <linux/securebits.h>

#include "capset.h"
#include "policy_match.h"
#include "reach.h"

/* Securebits with which a launcher keeps permitted through the change by itself (setpriv, capsh). */
#define CK_LAUNCHER_KEEPS_BITS (SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP)

/* What a thread is to have. Of `caps` the bounding set is of no meaning: it can only shrink, by drop_mask. */
struct ck_goal {
    struct ck_capset caps;
    uint64_t drop_mask; /* to leave the bounding set, for good */
    bool no_new_privs;  /* to be set, for good */
};

/* Why a capability that a rule asks for does not arrive. */
enum ck_reason {
    CK_LOST_NOT_PERMITTED,    /* it was not in permitted just before, nor when the launcher started */
    CK_LOST_DROPPED,          /* the launcher dropped it by its own capset or prctl */
    CK_LOST_GONE,             /* gone at an exec: dropped since, or at a change of uid that was not seen */
    CK_LOST_NOT_BOUNDING,     /* neither in bounding nor in inheritable, so it cannot become inheritable */
    CK_LOST_NO_AMBIENT_RAISE, /* SECBIT_NO_CAP_AMBIENT_RAISE */
    CK_LOST_KEEP_CAPS,        /* PR_SET_KEEPCAPS was refused (SECBIT_KEEP_CAPS_LOCKED, a seccomp filter) */
    CK_LOST_CAPSET,           /* capset was refused */
    CK_LOST_RAISE,            /* PR_CAP_AMBIENT_RAISE was refused */
    CK_LOST_HARDENING,        /* the hardening of the rule could not be had, and it says OnFailure=refuse */
    CK_LOST_FILE_CAPS,        /* the program has file capabilities: the kernel clears ambient */
    CK_LOST_SET_ID,           /* the program is set-user-ID or set-group-ID: the kernel clears ambient */
    CK_LOST_IDS_DIFFER,       /* real and effective ids differ: the kernel clears ambient, before Linux 6.17 */
    CK_LOST_RESET_IDS,        /* the child of posix_spawn itself leaves the last uid 0: the kernel clears ambient */
    CK_LOST_UNREADABLE,       /* the thread's own credentials could not be read */
    CK_LOST_THREADS,          /* the other threads could not be reached, and one thread alone keeps nothing */
    CK_LOST_UNSEEN,           /* kept for a Program=, and what is executed could not be looked at */
    CK_REASON_COUNT,
};

struct ck_verdict {
    uint64_t kept_mask;    /* effective and ambient now */
    uint64_t waiting_mask; /* kept in permitted for a Program= */
    uint64_t other_mask;   /* the same, and lost by this exec: it is of another program */
    uint64_t lower_mask;   /* of kept_mask, what the program's constructor is to lower (Descendants=no) */
    uint64_t lost[CK_REASON_COUNT];
    bool unhardened;    /* the bounding set, no_new_privs or Descendants=no was asked for and could not be had */
    bool needs_setpcap; /* unhardened because it is not permitted: the bounding set takes it */
    bool unnarrowed;    /* the kernel refused to lower something, or to put it back as it was */
};

/*
 * After the real call, in a thread that was `before` and is `now` (uids and sets read afresh, or as the kernel's rules
 * leave them; ambient is empty unless SECBIT_NO_SETUID_FIXUP kept it). Both must satisfy ck_uids_left_root. `last_cap` is
 * the kernel's highest capability.
 */
void ck_decide_change(const struct ck_keep *keep, const struct ck_creds *before, const struct ck_creds *now,
                      unsigned last_cap, struct ck_goal *ret_goal, struct ck_verdict *ret_verdict);

/* An exec, as far as it decides on what a rule gives. */
struct ck_exec_facts {
    const struct ck_file_facts *file;
    bool once;          /* the drop is completed only by this exec: what cannot be undone is done with it */
    bool may_start;     /* nothing that can be looked at stands in the way of the exec */
    bool takes_library; /* the program is in reach, and its environment can be rewritten */
    bool leaves_root;   /* the change of uid that drops is made in the child, past the library */
    unsigned last_cap;  /* the kernel's highest capability */
};

/* Whether the kernel will clear ambient, whatever is raised before. */
static inline bool ck_exec_clears_ambient(const struct ck_exec_facts *exec)
{
    return exec->file->has_file_caps || exec->file->is_set_id || exec->file->ids_differ || exec->leaves_root;
}

/* Before an exec by a thread that is `now` and has neither real nor effective uid 0. */
void ck_decide_exec(const struct ck_keep *keep, const struct ck_creds *now, const struct ck_exec_facts *exec,
                    struct ck_goal *ret_goal, struct ck_verdict *ret_verdict);

/*
 * The same where the credentials cannot be read or capset(2) is refused, for `reason`: what is ambient stays, as far as
 * the rules give it to this program; what is ambient for other programs is lowered in ambient alone. `ambient_mask` is
 * what of both is known to be ambient, and so permitted and inheritable; that is all that the goal speaks of.
 */
void ck_decide_exec_as_is(const struct ck_keep *keep, uint64_t ambient_mask, const struct ck_exec_facts *exec,
                          enum ck_reason reason, struct ck_goal *ret_goal, struct ck_verdict *ret_verdict);

/*
 * An exec has failed that made `prepared` of a thread that had `before`: what it is to have now that it has `now`, which
 * somebody else may have changed since. Only what the preparation added goes again, and what it took comes back. Returns
 * false where some of that cannot: it has left permitted or the bounding set, or SECBIT_NO_CAP_AMBIENT_RAISE is set.
 */
bool ck_decide_undo(const struct ck_capset *before, const struct ck_capset *prepared, const struct ck_creds *now,
                    struct ck_goal *ret_goal);

/*
 * What cannot be done at all, for `reason`: everything that `keep` keeps is lost, and what it hardens is not hardened.
 */
void ck_decide_nothing(const struct ck_keep *keep, enum ck_reason reason, struct ck_verdict *ret_verdict);

/*
 * Of what was found not to be permitted, moves `mask` to another reason: the caller knows what the launcher once held.
 */
void ck_verdict_blame(struct ck_verdict *verdict, uint64_t mask, enum ck_reason reason);

/* What the kernel has refused of a goal. */
enum ck_part {
    CK_PART_SETS,      /* capset(2) */
    CK_PART_RAISE,     /* PR_CAP_AMBIENT_RAISE of `cap` */
    CK_PART_LOWER,     /* PR_CAP_AMBIENT_LOWER of `cap` */
    CK_PART_HARDENING, /* PR_CAPBSET_DROP or PR_SET_NO_NEW_PRIVS */
};

struct ck_refused {
    enum ck_part part;
    unsigned cap;
};

/*
 * Takes what depends on it out of `*keep` and notes why, so that the next goal does without. Returns false where there is
 * nothing left to do without.
 */
bool ck_decide_without(const struct ck_refused *refused, struct ck_keep *keep, struct ck_verdict *noted);

/* Adds what `noted` has lost and could not have to the verdict. */
void ck_verdict_merge(struct ck_verdict *verdict, const struct ck_verdict *noted);

/* Everything in the verdict that was asked for and does not arrive. */
uint64_t ck_verdict_lost(const struct ck_verdict *verdict);

/*
 * Leaves in the verdict on an exec what the change of uid has not told before; returns whether there is anything. `once`:
 * this exec is the change. `kept_mask`: what was told as kept, so that its loss is news.
 */
bool ck_verdict_leave_news(struct ck_verdict *verdict, bool once, uint64_t kept_mask);

/* Short stable word for a reason, as it stands in the log: "not-permitted", "not-bounding", … */
const char *ck_reason_word(enum ck_reason reason);

/* The same for a person, to follow "cap_x cannot be kept: ". */
const char *ck_reason_text(enum ck_reason reason);
