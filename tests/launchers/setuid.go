// Becomes uid 65534 in every thread and executes its arguments.
package main

/*
#include <unistd.h>
*/
import "C"

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	// Any use of C links the program with libc, and makes package syscall change ids by libc's own functions.
	_ = C.getpid()
	if err := syscall.Setuid(65534); err != nil {
		fmt.Fprintln(os.Stderr, "setuid:", err)
		os.Exit(125)
	}
	fmt.Fprintln(os.Stderr, "exec:", syscall.Exec(os.Args[1], os.Args[1:], os.Environ()))
	os.Exit(126)
}
