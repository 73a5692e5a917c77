#include "setxid_hook.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys.h"

/* __SIGRTMIN + 1 of glibc (sysdeps/nptl/pthreadP.h); the C library's own sigaction refuses to speak of it. */
#define SIGSETXID 33

/* Common symbols come last in .bss (ld's own script), so that all in front of it can be sealed by one call. */
struct ck_setxid_words ck_setxid_words __attribute__((common));

bool ck_setxid_hook_install(void (*around)(int, void *, void *))
{
    struct ck_kernel_sigaction action;

    if (ck_sys_rt_sigaction(SIGSETXID, NULL, &action) < 0)
        return ck_sys_count_threads() == 1;
    /*
     * SIG_DFL or SIG_IGN: the C library has not installed its handler, for there never was a second thread. SIG_IGN is
     * what glibc's own posix_spawn leaves to the program (spawni.c), and it has to stay.
     */
    if ((uintptr_t)action.handler <= (uintptr_t)SIG_IGN || action.handler == around)
        return true;
    __atomic_store_n(&ck_setxid_words.handler, action.handler, __ATOMIC_RELEASE);
    action.handler = around;
    /* Nobody else's handler may come in between, and perhaps never return: the caller waits for us. */
    action.mask = UINT64_MAX;
    return ck_sys_rt_sigaction(SIGSETXID, &action, NULL) == 0 || ck_sys_count_threads() == 1;
}

void ck_setxid_hook_call(int signal, void *info, void *context)
{
    __atomic_load_n(&ck_setxid_words.handler, __ATOMIC_ACQUIRE)(signal, info, context);
}

/* The word with `count` threads of this process. */
static uint64_t word_of(uint32_t pid, uint32_t count)
{
    return (uint64_t)pid << 32 | count;
}

static uint32_t count_of(uint64_t word, uint32_t pid)
{
    return (uint32_t)(word >> 32) == pid ? (uint32_t)word : 0;
}

static void add(uint32_t change)
{
    uint32_t pid = (uint32_t)ck_sys_getpid();
    uint64_t old = __atomic_load_n(&ck_setxid_words.inside, __ATOMIC_RELAXED);

    while (!__atomic_compare_exchange_n(&ck_setxid_words.inside, &old, word_of(pid, count_of(old, pid) + change), false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        continue;
}

void ck_setxid_hook_enter(void)
{
    add(1);
}

void ck_setxid_hook_leave(void)
{
    add(UINT32_MAX); /* one less */
}

void ck_setxid_hook_wait(void)
{
    /* A second in all. A thread is late by a few system calls; more than that only if something is very wrong. */
    const unsigned yields = 1000;
    const unsigned naps = 10000;

    if (__atomic_load_n(&ck_setxid_words.handler, __ATOMIC_ACQUIRE) == NULL)
        return;
    uint32_t pid = (uint32_t)ck_sys_getpid();
    for (unsigned i = 0; i < yields + naps; i++) {
        if (count_of(__atomic_load_n(&ck_setxid_words.inside, __ATOMIC_ACQUIRE), pid) == 0)
            return;
        ck_sys_rest(i < yields ? 0 : 100);
    }
}
