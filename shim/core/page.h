/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The largest page size of the machine: what is sealed, and what is not, takes whole pages of it. */
#if defined(__x86_64__) || defined(__i386__)
#define CK_PAGE_MAX 4096
#else
#define CK_PAGE_MAX (64 * 1024)
#endif
