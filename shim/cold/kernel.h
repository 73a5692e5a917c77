/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The running kernel. */
#include "../../model/kernel.h"

void ck_kernel_read(struct ck_kernel *ret_kernel);
