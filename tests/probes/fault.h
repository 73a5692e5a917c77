/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Fault injection: the kernel refuses calls that libcapkeep.so makes, and those alone. A seccomp filter looks at the
 * address of the system call instruction, which libseccomp's rules cannot, so the process's own calls, the C library's
 * and those of the program that is executed next go through whatever their numbers.
 */
#include <stdbool.h>

/*
 * "CALL[:ARG[:ARG]],ERRNO[,N|N+]": the call of that name ("any" for every one), with these first arguments, fails with
 * ERRNO: always, the Nth time, or from the Nth time on. Each failure of a counted call is told on standard error. For
 * the calling thread and the threads and children that come after it. Returns false, with a message, where there is no
 * such call or no filter to be had.
 */
bool fault_install(const char *spec);

/*
 * "CALL[:ARG[:ARG]],ERRNO" for everybody's calls, from wherever they come, also in the program that is executed next:
 * for what the library does at load, at an address that nobody knows beforehand.
 */
bool fault_install_for_all(const char *spec);
