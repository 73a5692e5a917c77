#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "../core/page.h"

/*
 * glibc changes the uid of every other thread from the handler of its internal signal 33 (SIGSETXID, nptl/setxid).
 * The hook replaces that handler once, by one that can act before and after it in each thread.
 */

/*
 * Two words outside the sealed state change after load. The first only ever changes from NULL to one value, so two
 * threads, or a vfork child, that write it at once write the same.
 *
 * The second counts the threads that are in `around`, below the pid of the process that they are of: it is written from
 * the handler alone, which no vfork child ever runs, and what a fork has copied of it does not count for the child.
 */
extern struct ck_setxid_words {
    void (*handler)(int, void *, void *); /* the C library's */
    uint64_t inside;
} __attribute__((aligned(CK_PAGE_MAX))) ck_setxid_words;

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
