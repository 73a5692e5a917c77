/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tell.h"

#include <sys/prctl.h>

#include "scratch.h"
#include "sys.h"

/* Too much for the stack of who tells, which may be a handler's. */
struct texts {
    char line[CK_LINE_MAX];
    char launcher[CK_FIELD_MAX + 1];
    char comm[17];
};

static void name_thread(struct ck_record *record, struct texts *texts)
{
    texts->comm[0] = '?'; /* says as much as a failure would */
    (void)ck_sys_prctl(PR_GET_NAME, (unsigned long)texts->comm, 0);
    record->comm = texts->comm;
}

static void name_launcher(struct ck_record *record, struct texts *texts)
{
    ssize_t length = ck_sys_readlink("/proc/self/exe", texts->launcher, sizeof(texts->launcher) - 1);

    if (length > 0)
        record->launcher = texts->launcher;
}

void ck_tell(const struct ck_log *log, int fd, const struct ck_record *record)
{
    bool is_wanted = log->kind != CK_LOG_NONE && (log->scope != CK_LOG_FAILURES || ck_record_is_failure(record));
    struct texts *texts = is_wanted ? ck_scratch_take(sizeof(*texts)) : NULL;
    struct ck_record named = *record;

    if (texts == NULL)
        return;
    if (named.comm == NULL)
        name_thread(&named, texts);
    if (named.is_self)
        name_launcher(&named, texts);
    struct ck_text line = ck_emit_start(log, ck_record_is_warning(record) ? CK_LEVEL_WARNING : CK_LEVEL_INFO,
                                        texts->line, sizeof(texts->line));
    ck_record_format(&named, &line);
    ck_emit(log, fd, &line);
    ck_scratch_give_back(texts, sizeof(*texts));
}
