// SPDX-FileCopyrightText: 2026 the capkeep contributors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starts its arguments as uid 65534 in the way of Go's os/exec: by system calls of its own, with no libc in between.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	command := exec.Command(os.Args[1], os.Args[2:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(125)
	}
}
