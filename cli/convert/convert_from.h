/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Other programs' configurations as a policy. Each reads all of `text`, which it writes to, and adds rules to the
 * conversion, or what is wrong with which line. `file` gives a rule its name; NULL for standard input.
 */
#include "conversion.h"

/* A systemd unit, or what `systemctl cat` prints of one with its drop-ins. */
void ck_convert_from_systemd(struct ck_conversion *conversion, const char *file, char *text);

/* pam_cap's capability.conf: a rule for each of its lines that is for somebody. */
void ck_convert_from_pam_cap(struct ck_conversion *conversion, const char *file, char *text);

/* An OpenRC service script, as far as it says by plain assignments what it starts. */
void ck_convert_from_openrc(struct ck_conversion *conversion, const char *file, char *text);
