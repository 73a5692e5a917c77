/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One run, for what cannot be repeated: the program has what may be given to it as permitted, and nothing of that as
 * effective. A call that fails after it was denied something is made again with that effective (attempt.h), and what comes
 * of it is what the program sees. Between its calls it never has more than it would have had by itself.
 */
#include "../tell/session.h"

struct ck_once;

/* `weakest` is that of ck_attempt. Returns NULL with errno set. */
struct ck_once *ck_once_new(struct ck_tracer *tracer, uint64_t from_mask, unsigned (*weakest)(uint64_t mask));
void ck_once_free(struct ck_once *once);

/* Whether what a program has got effective with its start could not be lowered: it has a seccomp filter, or another word size. */
bool ck_once_was_hindered(const struct ck_once *once);

/* What was made of a call. */
enum ck_once_word {
    CK_ONCE_PLAIN,    /* nothing: it was made as it is */
    CK_ONCE_AGAIN,    /* it is about to be made again, and the thread stands at its entry */
    CK_ONCE_HELPED,   /* made again it had another result */
    CK_ONCE_WHOLE,    /* it was made with everything at once, as a refusal would not have been its result */
    CK_ONCE_VAIN,     /* made again, with all that it was denied, it had the same */
    CK_ONCE_HINDERED, /* it could not be made again */
    CK_ONCE_LACKING,  /* nothing of what it was denied is permitted to it */
    CK_ONCE_SURE,     /* not made again: it proves that something is gone for good */
    CK_ONCE_GREAT,    /* not made again: it would be done to the whole machine */
};

/* For a listener to pass on what it hears. `arrive` comes ahead of the session's, the others behind it. */
void ck_once_start(struct ck_once *once, struct ck_tracee *tracee, const struct ck_tracee *creator);
void ck_once_arrive(struct ck_once *once, struct ck_tracee *tracee);
void ck_once_exec(struct ck_once *once, struct ck_tracee *tracee);
void ck_once_end(struct ck_once *once, struct ck_tracee *tracee);

/*
 * `checks` are the session's. Where the call was made again they become those of the whole: what it was granted of what
 * helped it; and its first result, as that is what it has without.
 */
enum ck_once_word ck_once_leave(struct ck_once *once, struct ck_tracee *tracee, struct ck_checks *checks);

/* Of one that was made again: what it came to, which is what the program sees; -errno where it has failed. */
int64_t ck_once_result(const struct ck_tracee *tracee);
