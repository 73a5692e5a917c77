/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../common/json.h"
#include "../common/suggestion.h"
#include "learn_json.h"
#include "learn_watch.h"

static void set_process(struct json_object *object, const struct ck_learn_watched *watched)
{
    ck_json_set(object, "version", ck_json_number(1));
    ck_json_set(object, "pid", ck_json_number(watched->pid));
    ck_json_set(object, "user", ck_json_text(ck_suggestion_user(watched->uid)));
    ck_json_set(object, "command", watched->command[0] != NULL ? ck_learn_json_words(watched->command) : NULL);
    ck_json_set(object, "program", ck_json_text(watched->program));
    ck_json_set(object, "kernel", ck_learn_json_kernel());
    ck_json_set(object, "seconds", ck_json_seconds(watched->seconds, 3));
    ck_json_set(object, "ended", ck_json_bool(watched->has_ended));
}

void ck_learn_watch_json(FILE *out, const struct ck_learn_watched *watched)
{
    const struct ck_learn_report *report = watched->report;
    const struct ck_learn_seen *seen = &report->seen;
    struct json_object *object = ck_json_object();

    set_process(object, watched);
    ck_json_set(object, "set", NULL);
    ck_json_set(object, "verdict", ck_json_text("not-proven"));
    ck_json_set(object, "members", ck_learn_json_members(report, seen->granted_mask, true, NULL));
    ck_json_set(object, "denied", ck_learn_json_members(report, seen->denied_mask, false, NULL));
    ck_json_set(object, "in_passing", ck_json_caps(report->passing_mask));
    ck_json_set(object, "held", ck_json_caps(watched->held_mask));
    ck_json_set(object, "never_granted", seen->is_exact ? ck_json_caps(ck_learn_watch_unused(watched)) : NULL);
    ck_json_set(object, "exact", ck_json_bool(seen->is_exact));
    ck_json_set(object, "lost", ck_json_bool(seen->has_lost));
    ck_json_set(object, "full", ck_json_bool(report->is_full));
    ck_json_print(object, out);
}
