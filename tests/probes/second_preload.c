/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library that a user preloads for reasons of his own. That it is loaded shows in /proc/PID/maps; it does nothing. */
int second_preload_is_loaded;
