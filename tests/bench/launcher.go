// SPDX-FileCopyrightText: 2026 the capkeep contributors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Starts /bin/true as uid 65534 as often as it is told, in the way of Go's os/exec: by system calls of its own.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

func main() {
	count, err := strconv.Atoi(os.Args[1])
	for i := 0; err == nil && i < count; i++ {
		command := exec.Command("/bin/true")
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		err = command.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
