#include "emit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>

#include "../core/record.h"
#include "sys.h"

static struct ck_text start_line(const struct ck_log *log, char *buffer, size_t size)
{
    struct ck_text text = ck_text_start(buffer, size);
    pid_t pid = log->pid != 0 ? log->pid : ck_sys_getpid();

    ck_text_string(&text, "capkeep[");
    ck_text_number(&text, pid > 0 ? (uint64_t)pid : 0);
    ck_text_string(&text, "]: ");
    return text;
}

/*
 * Into a pipe that cannot be opened anew. A moment after poll(2) saw room in it another process may have filled it, and
 * O_NONBLOCK would be seen by all who share it; but tee(2) can be told not to block. The line goes over whole or not at
 * all. Returns false where `fd` is no pipe, or where this cannot be done.
 */
static bool tee_line(int fd, const char *line, size_t length)
{
    int own[2];

    if (ck_sys_pipe(own) < 0)
        return false;
    ssize_t sent = ck_sys_write(own[1], line, length);
    if (sent == (ssize_t)length)
        sent = ck_sys_tee(own[0], fd, length);
    (void)ck_sys_close(own[0]); /* nobody else knows of it */
    (void)ck_sys_close(own[1]); /* as above */
    return sent >= 0 || sent == -EAGAIN || sent == -EPIPE;
}

/* Into a descriptor of the launcher's, which may be anything and may block. */
static void write_to_launchers(int fd, char *line, size_t length)
{
    struct iovec part = {.iov_base = line, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t result = ck_sys_sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (result != -ENOTSOCK && result != -EPERM && result != -ENOSYS)
        return;
    if (ck_sys_poll_out(fd) == 1 && !tee_line(fd, line, length))
        (void)ck_sys_write(fd, line, length); /* as below */
}

/*
 * One write, so that lines never mix. Only where poll(2) says that there is room and a reader: a pipe without one would
 * end the launcher by SIGPIPE. `ours` is a descriptor that does not block.
 */
static void write_line(const struct ck_log *log, int fd, bool ours, const char *line)
{
    char buffer[CK_LINE_MAX];
    struct ck_text text = start_line(log, buffer, sizeof(buffer) - 1);

    ck_text_string(&text, line);
    buffer[text.length++] = '\n';
    if (!ours)
        write_to_launchers(fd, buffer, text.length);
    else if (ck_sys_poll_out(fd) == 1)
        (void)ck_sys_write(fd, buffer, text.length); /* what cannot be written costs the message, nothing more */
}

static void send_syslog(const struct ck_log *log, enum ck_log_level level, const char *line)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    char buffer[CK_LINE_MAX];
    struct ck_text text = ck_text_start(buffer, sizeof(buffer));
    struct iovec part = {.iov_base = buffer};
    struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = &part, .msg_iovlen = 1};

    ck_text_char(&text, '<');
    ck_text_number(&text, (uint64_t)LOG_AUTHPRIV | (uint64_t)level);
    ck_text_char(&text, '>');
    struct ck_text rest = start_line(log, buffer + text.length, sizeof(buffer) - text.length);
    ck_text_string(&rest, line);
    part.iov_len = text.length + rest.length;
    int fd = ck_sys_socket(AF_UNIX, SOCK_DGRAM);
    if (fd < 0)
        return;
    (void)ck_sys_sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT); /* no syslog is no error */
    (void)ck_sys_close(fd);                                          /* as above */
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

void ck_emit(const struct ck_log *log, int fd, enum ck_log_level level, const char *line)
{
    int own = fd < 0 ? ck_emit_open(log) : -1;

    if (log->kind == CK_LOG_NONE)
        return;
    if (fd < 0)
        fd = own;
    if (fd >= 0)
        write_line(log, fd, true, line);
    else if (log->kind == CK_LOG_STDERR)
        write_line(log, 2, false, line);
    else
        send_syslog(log, level, line);
    ck_emit_close(own);
}
