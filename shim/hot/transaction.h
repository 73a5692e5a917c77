/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One transaction: what the library does around a call that concerns credentials happens as if nothing else did. Signals
 * are masked, so that no handler of the same thread changes its uid, executes, forks or jumps away in the middle of it;
 * and where there are threads, one word is the lock, so that no other thread's change overtakes it.
 *
 * glibc changes the uid of every other thread from the handler of its internal signal 33 (SIGSETXID, nptl/setxid). The
 * hook replaces that handler once, by one that acts before and after it in each thread. It never takes the lock, which
 * is its caller's.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../core/page.h"
#include "../core/policy_match.h"

/*
 * All that changes after load. First what a child inherits: it is made of the process as that was.
 */
extern struct ck_words {
    void (*handler)(int, void *, void *); /* the C library's; it only ever changes from NULL to one value */
    /* A change that has left uid 0 was seen, here or before a fork; and what was told as kept then, and is not known lost. */
    bool is_changed;
    uint64_t kept_mask;
} __attribute__((aligned(CK_PAGE_MAX))) ck_words;

/*
 * And what a child begins anew, for it speaks of threads that are not there (MADV_WIPEONFORK). Whatever names a thread
 * does it by pid and tid: what a vfork child has left behind is nobody's.
 */
extern struct ck_threads {
    uint64_t inside;         /* how many threads are in the hook, below the number of the change */
    uint64_t owner;          /* the thread whose transaction it is; 0 for none */
    uint64_t next;           /* the thread whose turn is after that, so that none waits for ever */
    uint64_t executing;      /* the thread that is about to execute, and has not been overtaken; 0 for none */
    bool is_committed;       /* it has seen that, and does nothing more before the exec; then the next two count */
    uint64_t executing_mask; /* its signal mask */
    struct ck_rule_set executing_rules;
} __attribute__((aligned(CK_PAGE_MAX))) ck_threads;

/* Once, at load. */
void ck_transaction_prepare(void);

struct ck_transaction {
    uint64_t mask;   /* the caller's signal mask, to be restored */
    uint64_t thread; /* this thread; 0 where it was not asked for, for there is no other */
    bool is_masked;
    bool is_owner;
};

/* Masks the signals and, in a process that has had threads, waits for the lock. `glibc`: which C library this is. */
void ck_transaction_begin(bool glibc, struct ck_transaction *ret_transaction);
/* Lets other threads go on; what is left to be done concerns nobody else. */
void ck_transaction_unlock(struct ck_transaction *transaction);
/* That, and restores the signal mask: a handler may run before this returns, and need not return itself. */
void ck_transaction_end(struct ck_transaction *transaction);

/*
 * Between the end of an exec's transaction and the exec itself a handler or another thread may change the uid of this
 * thread: then what was prepared is not what the program is to have. `begin` is called in the transaction, `overtake` by
 * each change of the thread, and `commit` right before the exec: it returns false where all has to begin anew (also where
 * another thread executes as well). A change that comes after that finds the rules for the program, by `overtake`, and
 * has to see to it itself; else that returns NULL. `end` is for an exec that has failed.
 */
void ck_executing_begin(struct ck_transaction *transaction, const struct ck_rule_set *rules);
bool ck_executing_commit(const struct ck_transaction *transaction);
void ck_executing_end(struct ck_transaction *transaction);
const struct ck_rule_set *ck_executing_overtake(struct ck_transaction *transaction, struct ck_rule_set *ret_rules);

/*
 * In a transaction before a change of the whole process: where the C library has its handler installed, puts `around` in
 * its place. Returns false where the kernel refuses it and there may be other threads.
 */
bool ck_hook_install(const struct ck_transaction *transaction, void (*around)(int, void *, void *));

/*
 * At the beginning of `around`: returns false where this thread's own transaction has been interrupted, which will settle
 * what the C library does now; then nothing but ck_hook_call is to be done. Else ck_hook_leave is called at its end with
 * what this has returned in *ret_change: the C library lets its caller go on as soon as its own handler has made the
 * system call in each thread; what `around` does after that, the caller has to wait for.
 */
bool ck_hook_enter(struct ck_transaction *ret_transaction, uint32_t *ret_change);
void ck_hook_leave(uint32_t change);
/* Calls the C library's own handler; only from within `around`. */
void ck_hook_call(int signal, void *info, void *context);
/* In the thread that has called the C library, after it: until each thread has left `around`. */
void ck_hook_wait(void);
