/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "../../shim/core/names.h"
#include "../common/describe.h"
#include "../common/json.h"
#include "trace_json.h"
#include "trace_page.h"
#include "trace_report.h"
#include "../common/users.h"

/* The ids that the page has to know the names of. */
#define USERS_MAX 256U
static uid_t uids[USERS_MAX];
static unsigned uid_count;

static void note_uid(uid_t uid)
{
    for (unsigned i = 0; i < uid_count; i++) {
        if (uids[i] == uid)
            return;
    }
    if (uid_count < USERS_MAX)
        uids[uid_count++] = uid; /* of further ones the page shows the numbers */
}

/* Inside of a script element nothing but "<" can end it (HTML, "script data state"), and in JSON it stands in strings only. */
static void print_line(FILE *out, struct json_object *object)
{
    ck_json_write(ck_json_compact(object), '<', out);
    fputc('\n', out);
    ck_json_release(object);
}

static void begin(FILE *out, char *const command[])
{
    struct json_object *object = ck_json_object();
    struct json_object *words = ck_json_array();
    struct json_object *names = ck_json_array();
    char known[20];

    (void)snprintf(known, sizeof(known), "%" PRIx64, ck_describe_known_caps()); /* it fits */
    (void)fwrite(ck_trace_page, 1, sizeof(ck_trace_page), out);                 /* as above */
    for (size_t i = 0; command[i] != NULL; i++)
        ck_json_append(words, ck_json_text(command[i]));
    for (unsigned cap = 0; ck_cap_name(cap) != NULL; cap++)
        ck_json_append(names, ck_json_text(ck_cap_name(cap)));
    ck_json_set(object, "event", ck_json_text("trace"));
    ck_json_set(object, "command", words);
    ck_json_set(object, "capabilities", names);
    ck_json_set(object, "known", ck_json_text(known));
    print_line(out, object);
}

static bool print_event(FILE *out, const struct ck_trace_event *event)
{
    const struct ck_thread *threads[] = {event->before, event->after};

    if (event->kind == CK_TRACE_USED)
        return false; /* the suggestion sums that up */
    for (size_t i = 0; i < 2; i++) {
        if (threads[i] == NULL)
            continue;
        note_uid(threads[i]->uids.real);
        note_uid(threads[i]->uids.effective);
        note_uid(threads[i]->uids.saved);
    }
    print_line(out, ck_trace_json_event(event, true));
    return false;
}

static void print_end(FILE *out, const struct ck_trace_totals *totals, const char *suggestion)
{
    struct json_object *object = ck_json_object();
    struct json_object *users = ck_json_object();

    for (unsigned i = 0; i < uid_count; i++) {
        const char *name = ck_users_name(uids[i]);
        char number[16];

        (void)snprintf(number, sizeof(number), "%u", uids[i]); /* it fits */
        if (name != NULL)
            ck_json_set(users, number, ck_json_text(name));
    }
    ck_json_set(object, "event", ck_json_text("users"));
    ck_json_set(object, "users", users);
    print_line(out, object);
    print_line(out, ck_trace_json_summary(totals, suggestion));
    fputs("</script>\n</body>\n</html>\n", out);
}

const struct ck_trace_form ck_trace_html = {begin, print_event, NULL, print_end};
