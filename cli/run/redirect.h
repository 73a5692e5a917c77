/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Where systemd is pid 1, what starts a service by its init script hands that over to systemd: the daemon is started by pid
 * 1, with an environment in which there is nothing of capkeep, and the command that was asked ends well.
 */

/* Says so on standard error, with what helps, where the command at `path` would do that. `argv` is its command line. */
void ck_redirect_warn(const char *path, char *const argv[]);
