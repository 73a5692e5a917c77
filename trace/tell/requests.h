/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Names for what system calls are asked for by number: those that the kernel may ask a capability for. */
#include <stdint.h>

/* "SO_MARK"; NULL for one without a name here. */
const char *ck_request_socket_option(uint32_t level, uint32_t option);

/* "SIOCSIFFLAGS"; NULL as above. */
const char *ck_request_ioctl(uint32_t request);
