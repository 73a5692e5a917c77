#include "setxid_hook.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "sys.h"

/* __SIGRTMIN + 1 of glibc (sysdeps/nptl/pthreadP.h); the C library's own sigaction refuses to speak of it. */
#define SIGSETXID 33

/*
 * The sole word outside the sealed state that changes after load. It only ever changes from NULL to one value, so two
 * threads, or a vfork child, that write it at once write the same.
 */
static void (*glibc_handler)(int, void *, void *);

void ck_setxid_hook_install(void (*around)(int, void *, void *))
{
    struct ck_kernel_sigaction action;

    if (ck_sys_rt_sigaction(SIGSETXID, NULL, &action) < 0)
        return;
    /*
     * SIG_DFL or SIG_IGN: the C library has not installed its handler, for there never was a second thread. SIG_IGN is
     * what glibc's own posix_spawn leaves to the program (spawni.c), and it has to stay.
     */
    if ((uintptr_t)action.handler <= (uintptr_t)SIG_IGN || action.handler == around)
        return;
    __atomic_store_n(&glibc_handler, action.handler, __ATOMIC_RELEASE);
    action.handler = around;
    (void)ck_sys_rt_sigaction(SIGSETXID, &action,
                              NULL); /* without it, other threads keep nothing: the kernel's own way */
}

void ck_setxid_hook_call(int signal, void *info, void *context)
{
    __atomic_load_n(&glibc_handler, __ATOMIC_ACQUIRE)(signal, info, context);
}
