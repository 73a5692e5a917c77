#pragma once
/*
 * The decisions: policy × event × credentials → a plan, which is data. hot/apply runs a plan and knows no policy; the
 * tests compare plans, and the command prints the very plan that the shim would run.
 */
#include <linux/securebits.h>

#include "capset.h"
#include "policy_match.h"
#include "reach.h"

/* Securebits with which a launcher keeps permitted through the change by itself (setpriv, capsh). */
#define CK_LAUNCHER_KEEPS_BITS (SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP)

enum ck_step_kind {
    CK_STEP_CAPSET,        /* capset(2): permitted, effective and inheritable of capsets[arg] */
    CK_STEP_AMBIENT_RAISE, /* prctl(PR_CAP_AMBIENT_RAISE, arg) */
    CK_STEP_AMBIENT_LOWER, /* prctl(PR_CAP_AMBIENT_LOWER, arg) */
    CK_STEP_BOUNDING_DROP, /* prctl(PR_CAPBSET_DROP, arg); cannot be undone */
    CK_STEP_NO_NEW_PRIVS,  /* prctl(PR_SET_NO_NEW_PRIVS, 1); cannot be undone */
    CK_STEP_KEEP_CAPS,     /* prctl(PR_SET_KEEPCAPS, arg) */
};

struct ck_step {
    uint8_t kind;
    uint8_t arg;
};

/* Each capability is raised once and dropped from the bounding set once at most; then a capset before and after. */
#define CK_STEPS_MAX (2 * CK_CAPS_MAX + 8)
#define CK_CAPSETS_MAX 4

struct ck_plan {
    unsigned count;
    unsigned capset_count;
    struct ck_step steps[CK_STEPS_MAX];
    struct ck_capset capsets[CK_CAPSETS_MAX];
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
    CK_LOST_RESET_IDS,        /* the child of posix_spawn itself leaves the last uid 0: the kernel clears ambient */
    CK_LOST_UNREADABLE,       /* the thread's own credentials could not be read */
    CK_LOST_THREADS,          /* the other threads could not be reached, and one thread alone keeps nothing */
    CK_LOST_UNSEEN,           /* kept for a Program=, and what is executed could not be looked at */
    CK_REASON_COUNT,
};

struct ck_verdict {
    uint64_t kept_mask;    /* effective and ambient now */
    uint64_t waiting_mask; /* kept in permitted for a Program= */
    uint64_t lower_mask;   /* of kept_mask, what the program's constructor is to lower (Descendants=no) */
    uint64_t lost[CK_REASON_COUNT];
    bool unhardened; /* the bounding set, no_new_privs or Descendants=no was asked for and could not be had */
    bool unnarrowed; /* the kernel refused to lower something, or to put it back as it was */
};

/*
 * After the real call, in a thread that was `before` and is `now` (uids and sets read afresh, or as the kernel's rules leave
 * them; ambient is empty unless SECBIT_NO_SETUID_FIXUP kept it). Both must satisfy ck_uids_left_root. `last_cap` is the kernel's highest capability.
 * The plan ends with PR_SET_KEEPCAPS as the launcher had it.
 */
void ck_decide_change(const struct ck_keep *keep, const struct ck_creds *before, const struct ck_creds *now,
                      unsigned last_cap, struct ck_plan *ret_plan, struct ck_verdict *ret_verdict);

/*
 * Before an exec by a thread that is `now` and has neither real nor effective uid 0. `once` allows the steps that
 * cannot be undone (for a thread whose drop is completed only by this exec). The undo plan puts sets back as they are.
 */
void ck_decide_exec(const struct ck_keep *keep, const struct ck_creds *now, const struct ck_file_facts *facts,
                    bool once, unsigned last_cap, struct ck_plan *ret_plan, struct ck_plan *ret_undo,
                    struct ck_verdict *ret_verdict);

/*
 * The same where the credentials cannot be read or capset(2) is refused, for `reason`: what is ambient stays, as far as
 * the rules give it to this program; what is ambient for other programs is lowered in ambient alone. `ambient_mask` is
 * what of both is known to be ambient.
 */
void ck_decide_exec_as_is(const struct ck_keep *keep, uint64_t ambient_mask, const struct ck_file_facts *facts,
                          bool once, unsigned last_cap, enum ck_reason reason, struct ck_plan *ret_plan,
                          struct ck_plan *ret_undo, struct ck_verdict *ret_verdict);

/*
 * What cannot be done at all, for `reason`: everything that `keep` keeps is lost, and what it hardens is not hardened.
 */
void ck_decide_nothing(const struct ck_keep *keep, enum ck_reason reason, struct ck_verdict *ret_verdict);

/*
 * Of what was found not to be permitted, moves `mask` to another reason: the caller knows what the launcher once held.
 */
void ck_verdict_blame(struct ck_verdict *verdict, uint64_t mask, enum ck_reason reason);

/* Everything in the verdict that was asked for and does not arrive. */
uint64_t ck_verdict_lost(const struct ck_verdict *verdict);

/*
 * Whether the verdict on an exec tells anything that the change of uid has not told before. `once`: this exec is the
 * change.
 */
bool ck_verdict_is_news(const struct ck_verdict *verdict, bool once);

/* Short stable word for a reason, as it stands in the log: "not-permitted", "not-bounding", … */
const char *ck_reason_word(enum ck_reason reason);

/* The same for a person, to follow "cap_x cannot be kept: ". */
const char *ck_reason_text(enum ck_reason reason);
