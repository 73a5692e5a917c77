/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Where a thread has lost each capability, and what it has executed since: what a denial is tied to. */
#include "event.h"

/* A place, with what was lost there and is missing still. */
struct ck_places_row {
    struct ck_loss_place place;
    uint64_t permitted_mask;
    uint64_t effective_mask; /* while it stayed permitted */
};

struct ck_places {
    struct ck_places_row *rows;
    unsigned count;
    struct ck_loss_place left_here; /* where it entered another user namespace */
};

/* Takes note of what a change or an exec has taken away, and forgets what it has given back. */
void ck_places_note(struct ck_places *places, const struct ck_trace_event *event);

/* Whether something was lost and nothing has been executed since. */
bool ck_places_await_program(const struct ck_places *places);

/* Something has; `program` has to stay. */
void ck_places_execute(struct ck_places *places, const char *program);

/* The place for a capability that is missing; not valid where it was never there. */
struct ck_loss_place ck_places_find(const struct ck_places *places, unsigned cap, enum ck_held held);

/* Without memory nothing is known of where anything was lost. */
void ck_places_copy(struct ck_places *to, const struct ck_places *from);
void ck_places_free(struct ck_places *places);
