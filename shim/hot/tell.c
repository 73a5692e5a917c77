#include "tell.h"

#include <sys/prctl.h>

#include "sys.h"

void ck_tell(const struct ck_log *log, int fd, const struct ck_record *record)
{
    char line[CK_LINE_MAX - CK_PREFIX_MAX];
    char comm[17] = "?";
    char launcher[CK_FIELD_MAX + 1];
    struct ck_text text = ck_text_start(line, sizeof(line));

    if (log->kind == CK_LOG_NONE)
        return;
    struct ck_record named = *record;
    if (named.comm == NULL) {
        (void)ck_sys_prctl(PR_GET_NAME, (unsigned long)comm, 0); /* "?" says as much as a failure would */
        named.comm = comm;
    }
    ssize_t length = record->is_self ? ck_sys_readlink("/proc/self/exe", launcher, sizeof(launcher) - 1) : 0;
    if (length > 0) {
        launcher[length] = '\0';
        named.launcher = launcher;
    }
    ck_record_format(&named, &text);
    ck_emit(log, fd, ck_record_is_warning(record) ? CK_LEVEL_WARNING : CK_LEVEL_INFO, line);
}
