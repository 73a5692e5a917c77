/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

static void add_field(struct ck_text *text, const char *key, const char *value)
{
    ck_text_char(text, ' ');
    ck_text_string(text, key);
    ck_text_char(text, '=');
    size_t room = text->size - text->length;
    struct ck_text field = ck_text_start(text->buffer + text->length, room < CK_FIELD_MAX ? room : CK_FIELD_MAX);
    ck_text_escaped(&field, value);
    text->length += field.length;
    if (field.length + 1 == CK_FIELD_MAX)
        ck_text_string(text, "...");
}

static void add_uids(struct ck_text *text, const struct ck_uids *uids)
{
    ck_text_id(text, uids->real);
    ck_text_char(text, ',');
    ck_text_id(text, uids->effective);
    ck_text_char(text, ',');
    ck_text_id(text, uids->saved);
}

static void add_caps(struct ck_text *text, const char *key, uint64_t mask)
{
    if (mask == 0)
        return;
    ck_text_char(text, ' ');
    ck_text_string(text, key);
    ck_text_char(text, '=');
    ck_text_caps(text, mask);
}

bool ck_record_is_failure(const struct ck_record *record)
{
    if (record->event == CK_EVENT_REACH)
        return !record->is_supervised;
    if (record->event == CK_EVENT_NO_MATCH)
        return false;
    return record->event != CK_EVENT_VERDICT || record->refused || ck_verdict_lost(record->verdict) != 0 ||
           record->verdict->unhardened || record->verdict->unnarrowed;
}

bool ck_record_is_warning(const struct ck_record *record)
{
    return ck_record_is_failure(record) || (record->event == CK_EVENT_VERDICT && record->verdict->other_mask != 0);
}

static const char *event_word(const struct ck_record *record)
{
    switch (record->event) {
    case CK_EVENT_VERDICT:
        break;
    case CK_EVENT_REACH:
        return "out-of-reach";
    case CK_EVENT_DROPPED:
        return "dropped";
    case CK_EVENT_NO_MATCH:
        return "no-match";
    case CK_EVENT_RIVAL:
        return "cannot-trace";
    }
    if (record->refused)
        return "refused";
    if (record->verdict->unnarrowed)
        return "not-narrowed";
    return ck_record_is_warning(record) ? "not-kept" : "kept";
}

static void add_verdict(struct ck_text *text, const struct ck_verdict *verdict)
{
    add_caps(text, "kept", verdict->kept_mask);
    add_caps(text, "waiting", verdict->waiting_mask);
    add_caps(text, "other-program", verdict->other_mask);
    add_caps(text, "not-for-descendants", verdict->lower_mask);
    for (int reason = 0; reason < CK_REASON_COUNT; reason++)
        add_caps(text, ck_reason_word((enum ck_reason)reason), verdict->lost[reason]);
    if (verdict->unhardened)
        ck_text_string(text, " hardening=failed");
    if (verdict->needs_setpcap)
        ck_text_string(text, " needs=cap_setpcap");
    if (verdict->unnarrowed)
        ck_text_string(text, " narrowing=failed");
    if (verdict->lost[CK_LOST_GONE] != 0)
        ck_text_string(text, " remedy=\"" CK_REACH_REMEDY "\"");
    else if (verdict->lost[CK_LOST_DROPPED] != 0)
        ck_text_string(text, " remedy=\"capkeep run --guard (Guard=yes)\"");
}

/* The first of several, as a list would cost the line its end. */
static void add_miss(struct ck_text *text, const struct ck_miss *miss)
{
    if (miss->rule == NULL)
        return;
    add_field(text, "nearest", miss->rule);
    if (!miss->has_user) {
        ck_text_string(text, " wants-user=");
        if (miss->user_count > 0)
            ck_text_id(text, miss->user);
        else
            ck_text_string(text, "none");
        if (miss->user_count > 1)
            ck_text_string(text, ",...");
    }
    if (!miss->has_launcher) {
        add_field(text, "wants-launcher", miss->launcher);
        if (miss->launcher_count > 1)
            ck_text_string(text, ",...");
    }
}

void ck_record_format(const struct ck_record *record, struct ck_text *text)
{
    ck_text_string(text, "event=");
    ck_text_string(text, event_word(record));
    if (record->thread != 0) {
        ck_text_string(text, " thread=");
        ck_text_number(text, (uint64_t)record->thread);
    }
    add_field(text, "comm", record->comm);
    add_field(text, "launcher", record->launcher);
    add_field(text, "call", record->call);
    ck_text_string(text, " uids=");
    add_uids(text, record->before);
    ck_text_string(text, "->");
    add_uids(text, record->after);
    if (record->program != NULL)
        add_field(text, "program", record->program);
    if (record->rule != NULL)
        add_field(text, "rule", record->rule);
    if (record->awaited != NULL)
        add_field(text, "waiting-for", record->awaited);
    if (record->verdict != NULL)
        add_verdict(text, record->verdict);
    if (record->event == CK_EVENT_NO_MATCH)
        add_miss(text, record->miss);
    if (record->event == CK_EVENT_RIVAL)
        ck_text_string(text, " reason=supervised remedy=\"a process has one tracer: trace without capkeep\"");
    if (record->event == CK_EVENT_REACH) {
        add_field(text, "reason", ck_reach_word(record->reach));
        if (record->is_supervised) {
            ck_text_string(text, " method=ptrace");
            return;
        }
        ck_text_string(text, " remedy=\"");
        ck_text_string(text, ck_reach_remedy(record->reach));
        ck_text_char(text, '"');
    }
}
