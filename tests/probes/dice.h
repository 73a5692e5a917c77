/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Chance, from a seed alone. */
#include <stdbool.h>
#include <stdint.h>

/* splitmix64: small, and good enough with any seed. */
struct dice {
    uint64_t state;
};

static inline uint64_t roll(struct dice *dice)
{
    uint64_t value = dice->state += 0x9e3779b97f4a7c15;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

static inline uint64_t below(struct dice *dice, uint64_t limit)
{
    return roll(dice) % limit;
}

static inline bool percent(struct dice *dice, unsigned chance)
{
    return below(dice, 100) < chance;
}

#define PICK(dice, array) (array)[below(dice, sizeof(array) / sizeof((array)[0]))]
