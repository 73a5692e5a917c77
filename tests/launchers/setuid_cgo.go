package main

/*
#include <unistd.h>
*/
import "C"

func init() {
	// Any use of C links the program with libc, and makes package syscall change ids by libc's own functions.
	_ = C.getpid()
}
