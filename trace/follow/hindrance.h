/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Why something cannot be traced, for a person. */
#include "tracer.h"

#define CK_HINDRANCE_SIZE 256

/* `error` is what ck_tracer_start or ck_tracer_attach has returned, without its sign. */
void ck_hindrance_tell(const struct ck_tracer *tracer, int error, char ret_text[CK_HINDRANCE_SIZE]);
