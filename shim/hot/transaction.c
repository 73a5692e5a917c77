/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transaction.h"

#include <signal.h>
#include <stddef.h>

#include "sys.h"

/* __SIGRTMIN + 1 of glibc (sysdeps/nptl/pthreadP.h); the C library's own sigaction refuses to speak of it. */
#define SIGSETXID 33
/* SIGSYNCCALL of musl (src/internal/pthread_impl.h), which is the program's own below glibc. */
#define SIGSYNCCALL 34

/* Common symbols come last in .bss (ld's own script), so that all in front of it can be sealed. */
struct ck_words ck_words __attribute__((common));
struct ck_threads ck_threads __attribute__((common));

void ck_transaction_prepare(void)
{
    (void)ck_sys_wipe_on_fork(&ck_threads, sizeof(ck_threads)); /* before Linux 4.14 the pids have to do */
}

static uint64_t bit_of(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

/*
 * All but what must not be blocked: the C library holds its own lock and waits for its signal in every thread, and a
 * fault, a trap and a seccomp filter force theirs (force_sig_info in kernel/signal.c kills where they are blocked).
 */
static uint64_t mask_of(bool glibc)
{
    return ~(bit_of(glibc ? SIGSETXID : SIGSYNCCALL) | bit_of(SIGSEGV) | bit_of(SIGBUS) | bit_of(SIGFPE) |
             bit_of(SIGILL) | bit_of(SIGTRAP) | bit_of(SIGSYS));
}

static uint64_t this_thread(void)
{
    return (uint64_t)ck_sys_getpid() << 32 | (uint32_t)ck_sys_gettid();
}

static uint32_t pid_of(uint64_t thread)
{
    return (uint32_t)(thread >> 32);
}

static uint64_t identify(struct ck_transaction *transaction)
{
    if (transaction->thread == 0)
        transaction->thread = this_thread();
    return transaction->thread;
}

/* glibc installs its handler with the first thread, and leaves it; of musl only /proc can tell. */
static bool has_had_threads(bool glibc)
{
    struct ck_kernel_sigaction action;

    if (!glibc || ck_sys_rt_sigaction(SIGSETXID, NULL, &action) < 0)
        return ck_sys_count_threads() != 1;
    /* SIG_IGN is what glibc's own posix_spawn leaves to the program (spawni.c). */
    return (uintptr_t)action.handler > (uintptr_t)SIG_IGN;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes to it */
static bool exchange(uint64_t *word, uint64_t old, uint64_t new)
{
    return __atomic_compare_exchange_n(word, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/*
 * A vfork child shares the word with its parent, whose threads it must not disturb and who do not disturb it; any other
 * process that the word names has left it behind. An owner that is this very thread was left by the handler of a fault.
 */
static bool is_free(uint64_t owner, uint64_t thread)
{
    return owner == 0 || owner == thread || pid_of(owner) != pid_of(thread);
}

static bool is_of_parent(uint64_t owner, uint64_t thread)
{
    return owner != 0 && pid_of(owner) != pid_of(thread) && pid_of(owner) == (uint32_t)ck_sys_getppid();
}

/* One that changes to and fro all the time must not keep the others out: the first that has to wait comes next. */
static bool try_lock(uint64_t owner, uint64_t thread)
{
    uint64_t next = __atomic_load_n(&ck_threads.next, __ATOMIC_ACQUIRE);

    if (!is_free(next, thread))
        return false;
    if (!is_free(owner, thread) || !exchange(&ck_threads.owner, owner, thread)) {
        (void)exchange(&ck_threads.next, next, thread); /* else somebody else comes next */
        return false;
    }
    (void)exchange(&ck_threads.next, thread, 0); /* where it was ours */
    return true;
}

/* Returns whether the lock is ours now. */
static bool lock(uint64_t thread)
{
    /* Ten seconds. A change of 10,000 threads takes less; whoever takes longer has jumped out of a fault and is gone. */
    const unsigned yields = 1000;
    const unsigned naps = 100000;

    for (unsigned i = 0; i < yields + naps; i++) {
        uint64_t owner = __atomic_load_n(&ck_threads.owner, __ATOMIC_ACQUIRE);

        if (is_of_parent(owner, thread))
            return false;
        if (try_lock(owner, thread))
            return true;
        ck_sys_rest(i < yields ? 0 : 100);
    }
    __atomic_store_n(&ck_threads.owner, thread, __ATOMIC_RELEASE);
    return true;
}

void ck_transaction_begin(bool glibc, struct ck_transaction *ret_transaction)
{
    const uint64_t mask = mask_of(glibc);

    *ret_transaction = (struct ck_transaction){0};
    ret_transaction->is_masked = ck_sys_rt_sigprocmask(SIG_BLOCK, &mask, &ret_transaction->mask) == 0;
    if (has_had_threads(glibc))
        ret_transaction->is_owner = lock(identify(ret_transaction));
}

void ck_transaction_unlock(struct ck_transaction *transaction)
{
    if (transaction->is_owner)
        (void)exchange(&ck_threads.owner, transaction->thread,
                       0); /* a parent's thread may have taken it from a vfork child */
    transaction->is_owner = false;
}

void ck_transaction_end(struct ck_transaction *transaction)
{
    ck_transaction_unlock(transaction);
    if (transaction->is_masked)
        (void)ck_sys_rt_sigprocmask(SIG_SETMASK, &transaction->mask, NULL); /* as it was a moment ago */
    transaction->is_masked = false;
}

/* --- what is about to be executed */

void ck_executing_begin(struct ck_transaction *transaction, const struct ck_rule_set *rules)
{
    ck_threads.is_committed = false;
    ck_threads.executing_mask = transaction->mask;
    ck_threads.executing_rules = *rules;
    __atomic_store_n(&ck_threads.executing, identify(transaction), __ATOMIC_RELEASE);
}

bool ck_executing_commit(const struct ck_transaction *transaction)
{
    __atomic_store_n(&ck_threads.is_committed, true, __ATOMIC_RELEASE);
    return __atomic_load_n(&ck_threads.executing, __ATOMIC_ACQUIRE) == transaction->thread;
}

void ck_executing_end(struct ck_transaction *transaction)
{
    (void)exchange(&ck_threads.executing, identify(transaction), 0); /* else another's has taken its place */
}

/*
 * A handler that ran before the exec and jumped away leaves all as it was. What comes after that has the signal mask of
 * before again, while a handler has its own signal blocked: the two are told apart by that.
 */
const struct ck_rule_set *ck_executing_overtake(struct ck_transaction *transaction, struct ck_rule_set *ret_rules)
{
    uint64_t executing = __atomic_load_n(&ck_threads.executing, __ATOMIC_ACQUIRE);

    if (executing == 0 || executing != identify(transaction))
        return NULL;
    *ret_rules = ck_threads.executing_rules;
    if (__atomic_load_n(&ck_threads.is_committed, __ATOMIC_ACQUIRE) &&
        !(transaction->is_masked && transaction->mask == ck_threads.executing_mask) &&
        __atomic_load_n(&ck_threads.executing, __ATOMIC_ACQUIRE) == executing)
        return ret_rules;
    (void)exchange(&ck_threads.executing, executing, 0); /* else another's has taken its place */
    return NULL;
}

/* --- the other threads */

static uint64_t word_of(uint32_t change, uint32_t count)
{
    return (uint64_t)change << 32 | count;
}

bool ck_hook_install(const struct ck_transaction *transaction, void (*around)(int, void *, void *))
{
    struct ck_kernel_sigaction action;
    uint64_t inside = __atomic_load_n(&ck_threads.inside, __ATOMIC_ACQUIRE);

    if (transaction->thread == 0)
        return true;
    /* What a fork has copied of the count is of threads that are not here. */
    if (transaction->is_owner)
        __atomic_store_n(&ck_threads.inside, word_of((uint32_t)(inside >> 32) + 1, 0), __ATOMIC_RELEASE);
    if (ck_sys_rt_sigaction(SIGSETXID, NULL, &action) < 0)
        return ck_sys_count_threads() == 1;
    if ((uintptr_t)action.handler <= (uintptr_t)SIG_IGN || action.handler == around)
        return true;
    __atomic_store_n(&ck_words.handler, action.handler, __ATOMIC_RELEASE);
    action.handler = around;
    /* Nobody else's handler may come in between, and perhaps never return: the caller waits for us. */
    action.mask = UINT64_MAX;
    return ck_sys_rt_sigaction(SIGSETXID, &action, NULL) == 0 || ck_sys_count_threads() == 1;
}

bool ck_hook_enter(struct ck_transaction *ret_transaction, uint32_t *ret_change)
{
    *ret_transaction = (struct ck_transaction){.thread = this_thread()};
    if (__atomic_load_n(&ck_threads.owner, __ATOMIC_ACQUIRE) == ret_transaction->thread)
        return false;
    *ret_change = (uint32_t)(__atomic_add_fetch(&ck_threads.inside, 1, __ATOMIC_ACQ_REL) >> 32);
    return true;
}

void ck_hook_leave(uint32_t change)
{
    uint64_t inside = __atomic_load_n(&ck_threads.inside, __ATOMIC_ACQUIRE);

    while ((uint32_t)(inside >> 32) == change &&
           !__atomic_compare_exchange_n(&ck_threads.inside, &inside, inside - 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
        continue;
}

void ck_hook_call(int signal, void *info, void *context)
{
    __atomic_load_n(&ck_words.handler, __ATOMIC_ACQUIRE)(signal, info, context);
}

void ck_hook_wait(void)
{
    /* A second in all. A thread is late by a few system calls; more than that only if something is very wrong. */
    const unsigned yields = 1000;
    const unsigned naps = 10000;

    for (unsigned i = 0; i < yields + naps; i++) {
        if ((uint32_t)__atomic_load_n(&ck_threads.inside, __ATOMIC_ACQUIRE) == 0)
            return;
        ck_sys_rest(i < yields ? 0 : 100);
    }
}
