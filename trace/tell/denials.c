/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "denials.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CPUS_MAX 1024
/* An answer takes 72 bytes. Between two stops few are denied, and many granted. One page more holds the positions. */
#define DENIED_PAGES 16U
#define GRANTED_PAGES 256U

struct ring {
    int fd;
    struct perf_event_mmap_page *page;
};

struct ck_denials {
    size_t page_size;
    size_t data_pages;   /* of each ring */
    unsigned cap_offset; /* of the fields in the tracepoint's record */
    unsigned ret_offset;
    unsigned userns_offset;
    unsigned userns_size; /* of a pointer of the kernel's */
    uint64_t userns;      /* the kernel's address of ours; 0 where that is not known */
    uint64_t lost_before; /* it mattered */
    unsigned count;
    struct ring rings[CPUS_MAX];
};

/* What PERF_SAMPLE_TID and PERF_SAMPLE_RAW put into a record, in this order (perf_event_open(2)). */
struct sample {
    struct perf_event_header header;
    uint32_t pid;
    uint32_t tid;
    uint32_t raw_size;
    unsigned char raw[];
};

/* A tracefs of our own, mounted nowhere: where it is mounted is the administrator's business. */
static int open_tracefs(void)
{
    int context = fsopen("tracefs", FSOPEN_CLOEXEC);
    int mount = -1;

    if (context < 0)
        return -errno;
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
    int error = errno;
    (void)close(context); /* the mount stays */
    return mount < 0 ? -error : mount;
}

static int read_file(int directory, const char *path, char *ret_text, size_t size)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t length = read(fd, ret_text, size - 1);
    int error = errno;
    (void)close(fd); /* read only: nothing is lost with it */
    if (length < 0)
        return -error;
    ret_text[length] = '\0';
    return 0;
}

/* "field:int cap;\toffset:32;…" */
static int find_field(const char *format, const char *declaration, unsigned *ret_offset)
{
    const char *field = strstr(format, declaration);
    const char *offset = field != NULL ? strstr(field, "offset:") : NULL;

    if (offset == NULL)
        return -EPROTO;
    *ret_offset = (unsigned)strtoul(offset + strlen("offset:"), NULL, 10);
    return 0;
}

static int find_pointer(const char *format, const char *declaration, struct ck_denials *denials)
{
    const char *field = strstr(format, declaration);
    const char *size = field != NULL ? strstr(field, "size:") : NULL;

    denials->userns_size = size != NULL ? (unsigned)strtoul(size + strlen("size:"), NULL, 10) : 0;
    if (denials->userns_size == 0 || denials->userns_size > sizeof(denials->userns))
        return -EPROTO;
    return find_field(format, declaration, &denials->userns_offset);
}

/* The tracepoint's number, and where in its record the capability and the answer stand. */
static int find_tracepoint(struct ck_denials *denials, uint64_t *ret_id)
{
    char id[32];
    char format[4096];
    int tracefs = open_tracefs();
    if (tracefs < 0)
        return tracefs;
    int result = read_file(tracefs, "events/capability/cap_capable/id", id, sizeof(id));
    if (result == 0)
        result = read_file(tracefs, "events/capability/cap_capable/format", format, sizeof(format));
    (void)close(tracefs); /* nothing of it is needed any more */
    if (result < 0)
        return result;
    *ret_id = strtoull(id, NULL, 10);
    result = find_field(format, "field:int cap;", &denials->cap_offset);
    if (result == 0)
        result = find_pointer(format, "field:struct user_namespace * target_ns;", denials);
    return result < 0 ? result : find_field(format, "field:int ret;", &denials->ret_offset);
}

static int open_ring(struct ck_denials *denials, uint64_t id, const char *which, int cpu)
{
    struct ring *ring = &denials->rings[denials->count];
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_TRACEPOINT,
        .size = sizeof(attributes),
        .config = id,
        .sample_period = 1,
        .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_RAW,
        .read_format = PERF_FORMAT_LOST, /* Linux 6.0 */
    };

    ring->fd = (int)syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    if (ring->fd < 0)
        return -errno;
    ring->page =
        mmap(NULL, (denials->data_pages + 1) * denials->page_size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
    if (ring->page == MAP_FAILED || ioctl(ring->fd, PERF_EVENT_IOC_SET_FILTER, which) < 0) {
        int error = errno;
        if (ring->page != MAP_FAILED)
            (void)munmap(ring->page, (denials->data_pages + 1) * denials->page_size); /* it was ours a moment ago */
        (void)close(ring->fd);
        return -error;
    }
    denials->count++;
    return 0;
}

void ck_denials_close(struct ck_denials *denials)
{
    for (unsigned i = 0; denials != NULL && i < denials->count; i++) {
        (void)munmap(denials->rings[i].page, (denials->data_pages + 1) * denials->page_size); /* it is ours */
        (void)close(denials->rings[i].fd);
    }
    free(denials);
}

/* Copies a record out of the ring, whose end goes on at its beginning. */
static void copy_record(const struct ck_denials *denials, const struct ring *ring, uint64_t at, void *ret_record,
                        size_t size)
{
    const unsigned char *data = (const unsigned char *)ring->page + denials->page_size;
    size_t length = denials->data_pages * denials->page_size;
    size_t start = (size_t)(at % length);
    size_t first = size < length - start ? size : length - start;

    memcpy(ret_record, data + start, first);
    memcpy((unsigned char *)ret_record + first, data, size - first);
}

static bool drain_ring(const struct ck_denials *denials, struct ring *ring, ck_denial_function *each, void *context)
{
    uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
    uint64_t tail = ring->page->data_tail;
    bool complete = true;

    if (tail == head)
        return true;
    while (tail < head) {
        union {
            struct sample sample;
            unsigned char bytes[512];
        } record;
        struct perf_event_header header;
        struct ck_check check = {.userns = 0};
        int answer;

        copy_record(denials, ring, tail, &header, sizeof(header));
        if (header.size < sizeof(header))
            break;
        tail += header.size;
        complete = complete && header.type != PERF_RECORD_LOST;
        if (header.type != PERF_RECORD_SAMPLE || header.size > sizeof(record) ||
            header.size < sizeof(struct sample) + denials->cap_offset + sizeof(check.cap) ||
            header.size < sizeof(struct sample) + denials->userns_offset + denials->userns_size ||
            header.size < sizeof(struct sample) + denials->ret_offset + sizeof(answer))
            continue;
        copy_record(denials, ring, tail - header.size, &record, header.size);
        memcpy(&check.cap, record.sample.raw + denials->cap_offset, sizeof(check.cap));
        memcpy(&check.userns, record.sample.raw + denials->userns_offset, denials->userns_size);
        memcpy(&answer, record.sample.raw + denials->ret_offset, sizeof(answer));
        check.pid = (pid_t)record.sample.pid;
        check.tid = (pid_t)record.sample.tid;
        check.granted = answer == 0;
        check.foreign = denials->userns != 0 && check.userns != denials->userns;
        each(context, &check);
    }
    __atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
    return complete;
}

bool ck_denials_drain(struct ck_denials *denials, ck_denial_function *each, void *context)
{
    bool complete = true;

    for (unsigned i = 0; i < denials->count; i++)
        complete = drain_ring(denials, &denials->rings[i], each, context) && complete;
    return complete;
}

uint64_t ck_denials_lost(const struct ck_denials *denials)
{
    uint64_t lost = 0;

    for (unsigned i = 0; i < denials->count; i++) {
        struct {
            uint64_t value;
            uint64_t lost;
        } counters;
        if (read(denials->rings[i].fd, &counters, sizeof(counters)) == (ssize_t)sizeof(counters))
            lost += counters.lost;
    }
    return lost - denials->lost_before;
}

static void note_own_userns(void *context, const struct ck_check *check)
{
    struct ck_denials *denials = context;

    if (check->tid == gettid() && check->cap == CAP_SETPCAP)
        denials->userns = check->userns;
}

/* By a call that changes nothing: the kernel asks for CAP_SETPCAP over the caller's own before it looks at the capability. */
static void find_own_userns(struct ck_denials *denials)
{
    (void)prctl(PR_CAPBSET_DROP, 255, 0, 0, 0);                /* EINVAL */
    (void)ck_denials_drain(denials, note_own_userns, denials); /* what was lost is no loss yet */
}

int ck_denials_open(bool granted, struct ck_denials **ret_denials)
{
    struct ck_denials *denials = calloc(1, sizeof(*denials));
    uint64_t id;
    int result;

    if (denials == NULL)
        return -ENOMEM;
    denials->page_size = (size_t)sysconf(_SC_PAGESIZE);
    denials->data_pages = granted ? GRANTED_PAGES : DENIED_PAGES;
    result = find_tracepoint(denials, &id);
    /* What is bound to no process is read for one processor at a time. */
    for (int cpu = 0; result == 0 && cpu < CPUS_MAX && cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
        result = open_ring(denials, id, granted ? "ret <= 0" : "ret < 0", cpu);
        if (result == -ENODEV) /* a processor that is switched off */
            result = 0;
    }
    if (result < 0) {
        ck_denials_close(denials);
        return result;
    }
    if (granted)
        find_own_userns(denials);
    denials->lost_before = ck_denials_lost(denials);
    *ret_denials = denials;
    return 0;
}
