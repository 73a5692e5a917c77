#pragma once
#include <stdbool.h>

/*
 * glibc changes the uid of every other thread from the handler of its internal signal 33 (SIGSETXID, nptl/setxid).
 * The hook replaces that handler once, by one that can act before and after it in each thread.
 */

/*
 * Where the C library has installed its handler (the process has had a second thread) and `around` is not yet in
 * place, puts it there. Does nothing in a process that never had threads, and nothing a second time. Returns false
 * where the kernel refuses it and there may be other threads.
 */
bool ck_setxid_hook_install(void (*around)(int, void *, void *));

/* Calls the C library's own handler; only from within `around`, between the next two. */
void ck_setxid_hook_call(int signal, void *info, void *context);

/*
 * At the beginning and at the end of `around`. The C library lets its caller go on as soon as its own handler has made
 * the system call in each thread; what `around` does after that, the caller has to wait for.
 */
void ck_setxid_hook_enter(void);
void ck_setxid_hook_leave(void);

/* In the thread that has called the C library, after it: until each thread has left `around`. */
void ck_setxid_hook_wait(void);
