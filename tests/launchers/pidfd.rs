// SPDX-FileCopyrightText: 2026 the capkeep contributors
// SPDX-License-Identifier: LGPL-2.1-or-later
// pidfd PROGRAM ARGUMENT: leaves root as an interpreter would, and starts the program by Command with a descriptor for its
// process: pidfd_spawnp(3), where the standard library and the C library both know it.
#![feature(linux_pidfd)]
use std::env::args_os;
use std::os::linux::process::CommandExt;
use std::process::{exit, Command};

extern "C" {
    fn setgroups(count: usize, groups: *const u32) -> i32;
    fn setgid(gid: u32) -> i32;
    fn setuid(uid: u32) -> i32;
}

fn main() {
    let arguments: Vec<_> = args_os().skip(1).collect();

    if unsafe { setgroups(0, std::ptr::null()) < 0 || setgid(65534) < 0 || setuid(65534) < 0 } {
        exit(125);
    }
    let mut child = Command::new(&arguments[0]).args(&arguments[1..]).create_pidfd(true).spawn().unwrap();
    exit(child.wait().unwrap().code().unwrap_or(1));
}
