// SPDX-FileCopyrightText: 2026 the capkeep contributors
// SPDX-License-Identifier: LGPL-2.1-or-later
package main

/*
#include <unistd.h>
*/
import "C"

func init() {
	// Any use of C links the program with libc, and makes package syscall change ids by libc's own functions.
	_ = C.getpid()
}
