/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remote.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../proc/memory.h"

/* What capset wants in memory. */
struct capset_request {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

static struct ck_remote *remote_of(const struct ck_caller *caller)
{
    return (struct ck_remote *)caller;
}

static const struct ck_thread *look(struct ck_remote *remote)
{
    pid_t tid = remote->injection.tracee->tid;

    if (!remote->is_fresh && ck_proc_read(tid, &remote->proc) < 0)
        return NULL;
    remote->is_fresh = true;
    return &remote->proc.thread;
}

static int64_t call(struct ck_remote *remote, const char *name, const uint64_t args[6])
{
    remote->is_fresh = false;
    return ck_inject_call(&remote->injection, name, args);
}

/*
 * A page of its own. What lies below a thread's stack pointer may be somebody else's: goroutines have small stacks, one
 * beside the other.
 */
static int map_page(struct ck_remote *remote)
{
    bool is_32bit = remote->injection.tracee->is_32bit;
    const uint64_t args[6] = {
        0,
        (uint64_t)sysconf(_SC_PAGESIZE),
        PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS,
        is_32bit ? UINT32_MAX : UINT64_MAX,
        0,
    };

    if (remote->page != 0)
        return 0;
    int64_t result = call(remote, is_32bit ? "mmap2" : "mmap", args);
    /* Addresses of 32 bits may look negative; an error is in the last page of all. */
    if (is_32bit ? (uint32_t)result >= (uint32_t)-4096 : result < 0)
        return is_32bit ? (int32_t)result : (int)result;
    remote->page = is_32bit ? (uint32_t)result : (uint64_t)result;
    return 0;
}

static void unmap_page(struct ck_remote *remote)
{
    const uint64_t args[6] = {remote->page, (uint64_t)sysconf(_SC_PAGESIZE)};

    if (remote->page != 0)
        (void)call(remote, "munmap", args); /* it is the page that was mapped */
    remote->page = 0;
}

static int remote_capget(const struct ck_caller *caller, struct ck_capset *ret_caps)
{
    const struct ck_thread *thread = look(remote_of(caller));

    if (thread == NULL)
        return -ESRCH;
    ret_caps->permitted = thread->caps.permitted;
    ret_caps->effective = thread->caps.effective;
    ret_caps->inheritable = thread->caps.inheritable;
    return 0;
}

/* Writes the request into the page, and makes it. */
static int request_capset(struct ck_remote *remote, const struct capset_request *request)
{
    int result = map_page(remote);

    if (result == 0)
        result = ck_memory_write(remote->injection.tracee->tid, remote->page, request, sizeof(*request));
    if (result < 0)
        return result;
    const uint64_t args[6] = {remote->page, remote->page + offsetof(struct capset_request, data)};
    return (int)call(remote, "capset", args);
}

/* As ck_sys_capset_is_allowed: by a version that the kernel replaces. Without a page it cannot be made either. */
static int ask_capset(struct ck_remote *remote)
{
    const struct capset_request request = {.header = {.version = 0}};
    uint32_t version = 0;

    if (request_capset(remote, &request) != -EINVAL)
        return -EPERM;
    int result = ck_memory_read(remote->injection.tracee->tid, remote->page, &version, sizeof(version));
    return result < 0 ? result : version != 0 ? 0 : -EPERM;
}

static int remote_capset(const struct ck_caller *caller, const struct ck_capset *caps)
{
    struct ck_remote *remote = remote_of(caller);

    if (caps == NULL)
        return ask_capset(remote);
    const struct capset_request request = {
        .header = {.version = _LINUX_CAPABILITY_VERSION_3},
        .data =
            {
                {(uint32_t)caps->effective, (uint32_t)caps->permitted, (uint32_t)caps->inheritable},
                {(uint32_t)(caps->effective >> 32), (uint32_t)(caps->permitted >> 32),
                 (uint32_t)(caps->inheritable >> 32)},
            },
    };
    return request_capset(remote, &request);
}

static int is_in(uint64_t mask, unsigned long cap)
{
    if (cap >= CK_CAPS_MAX)
        return -EINVAL;
    return (mask & ck_cap_bit((unsigned)cap)) != 0;
}

/* What /proc tells need not be asked by a call. */
static int remote_prctl(const struct ck_caller *caller, int option, unsigned long arg2, unsigned long arg3)
{
    struct ck_remote *remote = remote_of(caller);
    const uint64_t args[6] = {(uint64_t)option, arg2, arg3};
    bool is_ambient = option == PR_CAP_AMBIENT && arg2 == PR_CAP_AMBIENT_IS_SET;

    /* What changes something is not to fail because /proc cannot be read. */
    if (option != PR_CAPBSET_READ && option != PR_GET_NO_NEW_PRIVS && !is_ambient)
        return (int)call(remote, "prctl", args);
    const struct ck_thread *thread = look(remote);
    if (thread == NULL)
        return -ESRCH;
    if (option == PR_CAPBSET_READ)
        return is_in(thread->caps.bounding, arg2);
    return is_ambient ? is_in(thread->caps.ambient, arg3) : thread->no_new_privs;
}

static int remote_getresuid(const struct ck_caller *caller, struct ck_uids *ret_uids)
{
    const struct ck_thread *thread = look(remote_of(caller));

    if (thread == NULL)
        return -ESRCH;
    *ret_uids = thread->uids;
    return 0;
}

static int remote_getresgid(const struct ck_caller *caller, struct ck_gids *ret_gids)
{
    const struct ck_thread *thread = look(remote_of(caller));

    if (thread == NULL)
        return -ESRCH;
    *ret_gids = thread->gids;
    return 0;
}

static bool remote_is_in_group(const struct ck_caller *caller, gid_t gid)
{
    const struct ck_thread *thread = look(remote_of(caller));

    for (unsigned i = 0; thread != NULL && i < thread->group_count; i++) {
        if (thread->groups[i] == gid)
            return true;
    }
    return false;
}

uint64_t ck_remote_take_page(struct ck_remote *remote)
{
    uint64_t page = remote->page;

    remote->page = 0;
    return page;
}

int ck_remote_begin(struct ck_tracee *tracee, bool at_entry, struct ck_remote *ret_remote)
{
    *ret_remote = (struct ck_remote){
        .caller = {remote_capget, remote_capset, remote_prctl, remote_getresuid, remote_getresgid, remote_is_in_group},
    };
    return ck_inject_begin(tracee, at_entry, &ret_remote->injection);
}

void ck_remote_end_at_entry(struct ck_remote *remote)
{
    unmap_page(remote);
    ck_inject_end_at_entry(&remote->injection);
}

void ck_remote_end_instead(struct ck_remote *remote, int64_t result)
{
    unmap_page(remote);
    ck_inject_end_instead(&remote->injection, result);
}

void ck_remote_end_again(struct ck_remote *remote)
{
    unmap_page(remote);
    ck_inject_end_again(&remote->injection);
}

void ck_remote_end(struct ck_remote *remote)
{
    unmap_page(remote);
    ck_inject_end(&remote->injection);
}
