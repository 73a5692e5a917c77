// SPDX-FileCopyrightText: 2026 the capkeep contributors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Becomes uid 65534 in every thread and executes its arguments: by system calls of its own in each thread or, built with
// setuid_cgo.go, by the C library's setuid.
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if err := syscall.Setuid(65534); err != nil {
		fmt.Fprintln(os.Stderr, "setuid:", err)
		os.Exit(125)
	}
	fmt.Fprintln(os.Stderr, "exec:", syscall.Exec(os.Args[1], os.Args[1:], os.Environ()))
	os.Exit(126)
}
