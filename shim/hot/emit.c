#include "emit.h"

#include <poll.h>
#include <string.h>
#include <sys/un.h>
#include <syslog.h>

#include "../core/record.h"
#include "sys.h"

static struct ck_text start_line(char *buffer, size_t size)
{
    struct ck_text text = ck_text_start(buffer, size);

    ck_text_string(&text, "capkeep[");
    ck_text_number(&text, (uint64_t)ck_sys_getpid());
    ck_text_string(&text, "]: ");
    return text;
}

/*
 * One write, so that lines never mix. Only where poll(2) says that a pipe has room and a reader: a full one would
 * block the launcher, one without a reader would kill it by SIGPIPE.
 */
static void write_line(int fd, const char *line)
{
    char buffer[CK_LINE_MAX];

    if (ck_sys_poll_out(fd) != 1)
        return;
    struct ck_text text = start_line(buffer, sizeof(buffer) - 1);
    ck_text_string(&text, line);
    buffer[text.length++] = '\n';
    (void)ck_sys_write(fd, buffer, text.length); /* a log that cannot be written costs the message, nothing more */
}

static void send_syslog(enum ck_log_level level, const char *line)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    char buffer[CK_LINE_MAX];
    struct ck_text text = ck_text_start(buffer, sizeof(buffer));
    struct iovec part = {.iov_base = buffer};
    struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = &part, .msg_iovlen = 1};

    ck_text_char(&text, '<');
    ck_text_number(&text, (uint64_t)LOG_AUTHPRIV | (uint64_t)level);
    ck_text_char(&text, '>');
    struct ck_text rest = start_line(buffer + text.length, sizeof(buffer) - text.length);
    ck_text_string(&rest, line);
    part.iov_len = text.length + rest.length;
    int fd = ck_sys_socket(AF_UNIX, SOCK_DGRAM);
    if (fd < 0)
        return;
    (void)ck_sys_sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT); /* no syslog is no error */
    (void)ck_sys_close(fd);                                          /* as above */
}

int ck_emit_open(const struct ck_log *log)
{
    int fd = log->kind == CK_LOG_FILE ? ck_sys_creat_append(log->path) : -1;

    return fd < 0 ? -1 : fd;
}

void ck_emit_close(int fd)
{
    if (fd >= 0)
        (void)ck_sys_close(fd); /* a line is written at once, or not at all */
}

void ck_emit(const struct ck_log *log, int fd, enum ck_log_level level, const char *line)
{
    int own = -1;

    switch (log->kind) {
    case CK_LOG_NONE:
        return;
    case CK_LOG_STDERR:
        write_line(2, line);
        return;
    case CK_LOG_FILE:
        if (fd < 0)
            fd = own = ck_emit_open(log);
        if (fd >= 0) {
            write_line(fd, line);
            ck_emit_close(own);
            return;
        }
        break;
    case CK_LOG_SYSLOG:
        break;
    }
    send_syslog(level, line);
}
