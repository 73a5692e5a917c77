/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "id_map.h"

static const struct ck_id_range every_id = {.inside = 0, .outside = 0, .count = CK_ID_NONE};

const struct ck_userns ck_userns_initial = {.uids = {&every_id, 1}, .gids = {&every_id, 1}};

uint32_t ck_id_map_to_outside(const struct ck_id_map *map, uint32_t inside)
{
    for (unsigned i = 0; i < map->count; i++) {
        const struct ck_id_range *range = &map->ranges[i];

        if (inside >= range->inside && inside - range->inside < range->count)
            return range->outside + (inside - range->inside);
    }
    return CK_ID_NONE;
}

uint32_t ck_id_map_to_inside(const struct ck_id_map *map, uint32_t outside)
{
    for (unsigned i = 0; i < map->count; i++) {
        const struct ck_id_range *range = &map->ranges[i];

        if (outside >= range->outside && outside - range->outside < range->count)
            return range->inside + (outside - range->outside);
    }
    return CK_ID_NONE;
}

uid_t ck_userns_root(const struct ck_userns *userns)
{
    return ck_id_map_to_outside(&userns->uids, 0);
}
