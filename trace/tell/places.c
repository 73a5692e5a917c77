#include "places.h"

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

static void note(struct ck_loss_place *places, uint64_t mask, const struct ck_loss_place *place)
{
    while (mask != 0)
        places[ck_cap_take_lowest(&mask)] = *place;
}

static void forget(struct ck_loss_place *places, uint64_t mask)
{
    while (mask != 0)
        places[ck_cap_take_lowest(&mask)].is_valid = false;
}

void ck_places_note(struct ck_places *places, const struct ck_trace_event *event)
{
    for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
        struct ck_loss_place place = place_of(event, (enum ck_kernel_rule)rule);

        note(places->from_permitted, event->losses.by_rule[rule].permitted, &place);
        note(places->from_effective, event->losses.by_rule[rule].effective, &place);
    }
    struct ck_loss_place unknown = place_of(event, CK_RULE_COUNT);
    note(places->from_permitted, event->unexplained.permitted, &unknown);
    note(places->from_effective, event->unexplained.effective, &unknown);
    forget(places->from_permitted, event->after->caps.permitted);
    forget(places->from_effective, event->after->caps.effective);
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

    for (unsigned cap = 0; cap < CK_CAPS_MAX && !any; cap++)
        any = awaits_program(&places->from_permitted[cap]) || awaits_program(&places->from_effective[cap]);
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
    for (unsigned cap = 0; cap < CK_CAPS_MAX; cap++) {
        execute(&places->from_permitted[cap], program);
        execute(&places->from_effective[cap], program);
    }
}

struct ck_loss_place ck_places_find(const struct ck_places *places, unsigned cap, enum ck_held held)
{
    switch (held) {
    case CK_HELD_PERMITTED:
        return places->from_effective[cap];
    case CK_HELD_NAMESPACE:
        return places->left_here;
    case CK_HELD_NOT:
        break;
    }
    return places->from_permitted[cap];
}
