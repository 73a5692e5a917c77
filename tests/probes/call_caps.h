/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The steps of call_caps.c that are no wrapped function by its name. */
#include "call.h"

void call_raw_capset(const char *operand);
void call_raw_prctl(const char *operand);
void call_libcap(struct call *call, const char *operand);
void call_libcap_reset_ambient(struct call *call, const char *operand);
void call_libcapng(struct call *call, const char *operand);
