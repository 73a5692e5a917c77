#pragma once
/* Where a thread has lost each capability, and what it has executed since: what a denial is tied to. */
#include "event.h"

struct ck_places {
    struct ck_loss_place from_permitted[CK_CAPS_MAX];
    struct ck_loss_place from_effective[CK_CAPS_MAX]; /* while it stayed permitted */
    struct ck_loss_place left_here;                   /* where it entered another user namespace */
};

/* Takes note of what a change or an exec has taken away, and forgets what it has given back. */
void ck_places_note(struct ck_places *places, const struct ck_trace_event *event);

/* Whether something was lost and nothing has been executed since. */
bool ck_places_await_program(const struct ck_places *places);

/* Something has; `program` has to stay. */
void ck_places_execute(struct ck_places *places, const char *program);

/* The place for a capability that is missing; not valid where it was never there. */
struct ck_loss_place ck_places_find(const struct ck_places *places, unsigned cap, enum ck_held held);
