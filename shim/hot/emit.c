/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "emit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>

#include "scratch.h"
#include "sys.h"

/* --- no signal */

static uint64_t signal_bit(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

/* As it was before a write. */
struct quiet {
    uint64_t mask;
    uint64_t pending_mask;
};

/*
 * A write raises SIGXFSZ in a file at RLIMIT_FSIZE, SIGPIPE in a pipe without a reader, and SIGTTOU, from the background,
 * in a terminal under `stty tostop`, which lets it through where the signal is blocked. Returns false where that cannot be.
 */
static bool begin_quiet(struct quiet *ret_before)
{
    const uint64_t mask = signal_bit(SIGXFSZ) | signal_bit(SIGPIPE) | signal_bit(SIGTTOU);

    if (ck_sys_rt_sigprocmask(SIG_BLOCK, &mask, &ret_before->mask) < 0)
        return false;
    ret_before->pending_mask = 0;
    /* What was not blocked cannot be pending. */
    if ((ret_before->mask & mask) == 0 || ck_sys_rt_sigpending(&ret_before->pending_mask) == 0)
        return true;
    (void)ck_sys_rt_sigprocmask(SIG_SETMASK, &ret_before->mask, NULL); /* a moment ago it could be set */
    return false;
}

/* Takes away the signal that the write has raised, but for one that was pending before: it is one with that. */
static void end_quiet(const struct quiet *before, ssize_t result)
{
    uint64_t raised_mask = 0;

    if (result == -EPIPE)
        raised_mask = signal_bit(SIGPIPE);
    else if (result == -EFBIG)
        raised_mask = signal_bit(SIGXFSZ);
    raised_mask &= ~before->pending_mask;
    if (raised_mask != 0)
        (void)ck_sys_rt_sigtimedwait_now(&raised_mask);            /* not every kind of file raises it */
    (void)ck_sys_rt_sigprocmask(SIG_SETMASK, &before->mask, NULL); /* a moment ago it could be set */
}

/* --- descriptors */

/*
 * Into a pipe that cannot be opened anew. A moment after poll(2) saw room in it another process may have filled it, and
 * O_NONBLOCK would be seen by all who share it; but tee(2) can be told not to block. The line goes over whole or not at
 * all. Returns what the kernel returns, -EINVAL where `fd` is no pipe.
 */
static ssize_t tee_line(int fd, const char *line, size_t length)
{
    int own[2];
    int result = ck_sys_pipe(own);

    if (result < 0)
        return result;
    ssize_t sent = ck_sys_write(own[1], line, length);
    if (sent == (ssize_t)length)
        sent = ck_sys_tee(own[0], fd, length);
    (void)ck_sys_close(own[0]); /* nobody else knows of it */
    (void)ck_sys_close(own[1]); /* as above */
    return sent;
}

/* `is_ours`: it does not block. Else it is the launcher's, and may be anything but a socket. */
static ssize_t write_once(int fd, bool is_ours, const char *line, size_t length)
{
    if (ck_sys_poll_out(fd) != 1)
        return 0;
    if (!is_ours) {
        ssize_t sent = tee_line(fd, line, length);
        if (sent >= 0 || sent == -EAGAIN || sent == -EPIPE)
            return sent;
    }
    return ck_sys_write(fd, line, length);
}

/* One write, so that lines never mix. Returns false where it could raise a signal; else it is written, or lost. */
static bool write_line(int fd, bool is_ours, const char *line, size_t length)
{
    struct quiet before;

    if (!begin_quiet(&before))
        return false;
    end_quiet(&before, write_once(fd, is_ours, line, length));
    return true;
}

static void send_syslog(const char *line, size_t length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    struct iovec part = {.iov_base = (char *)line, .iov_len = length};
    struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = &part, .msg_iovlen = 1};
    int fd = ck_sys_socket(AF_UNIX, SOCK_DGRAM);

    if (fd < 0)
        return;
    (void)ck_sys_sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT); /* no syslog is no error */
    (void)ck_sys_close(fd);                                          /* as above */
}

bool ck_emit_has_stderr(void)
{
    /* Where the kernel does not answer it may be one. */
    return ck_sys_get_socket_type(2) == -ENOTSOCK;
}

/*
 * A pipe or a terminal, opened once more: the launcher's own descriptor, which others may share, stays as it is,
 * and ours does not block. Not a file: its offset would be another. Sockets cannot be opened.
 */
static int reopen_stderr(void)
{
    struct ck_file_stat stat;

    if (ck_sys_statx(2, "", AT_EMPTY_PATH, &stat) < 0 || !(S_ISFIFO(stat.mode) || S_ISCHR(stat.mode)))
        return -1;
    return ck_sys_openat(AT_FDCWD, "/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY);
}

int ck_emit_open(const struct ck_log *log)
{
    int fd = -1;

    if (log->kind == CK_LOG_FILE)
        fd = ck_sys_creat_append(log->path);
    else if (log->kind == CK_LOG_STDERR)
        fd = reopen_stderr();
    return fd < 0 ? -1 : fd;
}

void ck_emit_close(int fd)
{
    if (fd >= 0)
        (void)ck_sys_close(fd); /* a line is written at once, or not at all */
}

/* --- lines */

struct ck_text ck_emit_start(const struct ck_log *log, enum ck_log_level level, char *buffer, size_t size)
{
    struct ck_text text = ck_text_start(buffer, size - 1); /* one for the line end */
    pid_t pid = log->pid != 0 ? log->pid : ck_sys_getpid();

    ck_text_char(&text, '<');
    ck_text_number(&text, (uint64_t)LOG_AUTHPRIV | (uint64_t)level);
    ck_text_string(&text, ">capkeep[");
    ck_text_number(&text, pid > 0 ? (uint64_t)pid : 0);
    ck_text_string(&text, "]: ");
    return text;
}

void ck_emit(const struct ck_log *log, int fd, struct ck_text *line)
{
    int own = fd < 0 ? ck_emit_open(log) : -1;
    bool is_ours = fd >= 0 || own >= 0;
    size_t priority = strcspn(line->buffer, ">") + 1; /* for syslog alone */

    if (own >= 0)
        fd = own;
    else if (fd < 0 && log->kind == CK_LOG_STDERR && ck_emit_has_stderr())
        fd = 2;
    line->buffer[line->length] = '\n';
    if (fd < 0 || !write_line(fd, is_ours, line->buffer + priority, line->length + 1 - priority))
        send_syslog(line->buffer, line->length);
    ck_emit_close(own);
}

void ck_emit_line(const struct ck_log *log, enum ck_log_level level, const char *line)
{
    char *buffer = ck_scratch_take(CK_LINE_MAX);

    if (buffer == NULL)
        return;
    struct ck_text text = ck_emit_start(log, level, buffer, CK_LINE_MAX);
    ck_text_string(&text, line);
    ck_emit(log, -1, &text);
    ck_scratch_give_back(buffer, CK_LINE_MAX);
}
