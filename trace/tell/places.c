/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "places.h"

#include <stdlib.h>
#include <string.h>

/* An exec is done by who was there before. */
static struct ck_loss_place place_of(const struct ck_trace_event *event, enum ck_kernel_rule rule)
{
    struct ck_loss_place place = {
        .pid = event->pid,
        .rule = rule,
        .uid = event->after->uids.effective,
        .by_itself = event->by_itself,
        .is_valid = true,
    };

    memcpy(place.comm, event->former_comm, strnlen(event->former_comm, sizeof(place.comm) - 1));
    memcpy(place.call, event->call, strnlen(event->call, sizeof(place.call) - 1));
    return place;
}

/* What is there again, or was lost elsewhere since, is not missing for these places any more. */
static void forget(struct ck_places *places, uint64_t permitted_mask, uint64_t effective_mask)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < places->count; i++) {
        struct ck_places_row *row = &places->rows[i];

        row->permitted_mask &= ~permitted_mask;
        row->effective_mask &= ~effective_mask;
        if ((row->permitted_mask | row->effective_mask) != 0)
            places->rows[kept++] = *row;
    }
    places->count = kept;
}

static void note(struct ck_places *places, const struct ck_capset *lost, const struct ck_loss_place *place)
{
    struct ck_places_row *rows;

    if ((lost->permitted | lost->effective) == 0)
        return;
    forget(places, lost->permitted, lost->effective);
    rows = realloc(places->rows, (places->count + 1) * sizeof(*rows));
    if (rows == NULL)
        return;
    rows[places->count++] = (struct ck_places_row){*place, lost->permitted, lost->effective};
    places->rows = rows;
}

void ck_places_note(struct ck_places *places, const struct ck_trace_event *event)
{
    for (int rule = 0; rule <= CK_RULE_COUNT; rule++) {
        struct ck_loss_place place = place_of(event, (enum ck_kernel_rule)rule);

        note(places, rule < CK_RULE_COUNT ? &event->losses.by_rule[rule] : &event->unexplained, &place);
    }
    /* What a file grants without its effective bit is not effective for that reason, wherever it was lost before. */
    if (event->kind == CK_TRACE_EXEC) {
        const struct ck_capset *now = &event->after->caps;
        const struct ck_capset granted = {.effective =
                                              now->permitted & ~event->before->caps.permitted & ~now->effective};
        const struct ck_loss_place place = place_of(event, CK_RULE_EXEC_NOT_EFFECTIVE);

        note(places, &granted, &place);
    }
    forget(places, event->after->caps.permitted, event->after->caps.effective);
    if (event->leaves_here)
        places->left_here = place_of(event, CK_RULE_USERNS);
}

static bool awaits_program(const struct ck_loss_place *place)
{
    return place->is_valid && place->program == NULL;
}

bool ck_places_await_program(const struct ck_places *places)
{
    bool any = awaits_program(&places->left_here);

    for (unsigned i = 0; i < places->count && !any; i++)
        any = awaits_program(&places->rows[i].place);
    return any;
}

static void execute(struct ck_loss_place *place, const char *program)
{
    if (awaits_program(place))
        place->program = program;
}

void ck_places_execute(struct ck_places *places, const char *program)
{
    execute(&places->left_here, program);
    for (unsigned i = 0; i < places->count; i++)
        execute(&places->rows[i].place, program);
}

struct ck_loss_place ck_places_find(const struct ck_places *places, unsigned cap, enum ck_held held)
{
    static const struct ck_loss_place none;

    if (held == CK_HELD_NAMESPACE)
        return places->left_here;
    for (unsigned i = 0; i < places->count; i++) {
        const struct ck_places_row *row = &places->rows[i];
        uint64_t mask = held == CK_HELD_PERMITTED ? row->effective_mask : row->permitted_mask;

        if ((mask & ck_cap_bit(cap)) != 0)
            return row->place;
    }
    return none;
}

void ck_places_copy(struct ck_places *to, const struct ck_places *from)
{
    size_t size = from->count * sizeof(from->rows[0]);

    *to = *from;
    to->rows = size != 0 ? malloc(size) : NULL;
    if (to->rows != NULL)
        memcpy(to->rows, from->rows, size);
    else
        to->count = 0;
}

void ck_places_free(struct ck_places *places)
{
    free(places->rows);
    places->rows = NULL;
    places->count = 0;
}
