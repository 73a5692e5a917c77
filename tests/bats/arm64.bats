#!/usr/bin/env bats
# bats file_tags=slow
# What only arm64 has, on a machine of another kind: it is compiled without a warning, and what changes a thread's
# registers is run by qemu. The calls that the supervisor makes in a thread's name are not: qemu's user mode has no
# ptrace(2).

load lib/common

setup() {
  find_what_is_tested
  hide_suite_environment
  root=$(cd -- "$BATS_TEST_DIRNAME/../.." && pwd -P)
  find_compiler || skip_because "$BATS_TEST_DESCRIPTION" "no aarch64-linux-gnu-gcc that makes a program (scripts/setup --all)"
  compile+=(-std=gnu17 -O2 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wconversion -Werror)
}

# Sets `compile`: the compiler that scripts/setup unpacks, with its parts that are installed where packages are, or
# whichever is installed.
find_compiler() {
  local parts=/usr/lib/gcc-cross/aarch64-linux-gnu/12 target=/usr/aarch64-linux-gnu
  compile=(/var/cache/capkeep-tests/gcc-12-aarch64-linux-gnu/usr/bin/aarch64-linux-gnu-gcc-12 -B"$parts" -B"$target/bin"
    -B"$target/lib" -isystem "$target/include")
  makes_a_program && return
  compile=(aarch64-linux-gnu-gcc)
  makes_a_program
}

makes_a_program() {
  echo 'int main(void) { return 0; }' | "${compile[@]}" -static -x c -o "$BATS_TEST_TMPDIR/program" - 2>/dev/null
}

@test "arm64: trace, and the shim's core and hot parts, compile without a warning" {
  local file headers=$BATS_TEST_TMPDIR/headers failed=0 count=0
  # libseccomp's headers are the same for every architecture.
  mkdir "$headers"
  [[ -r /usr/include/seccomp.h ]] || skip_because "$BATS_TEST_DESCRIPTION" "there is no /usr/include/seccomp.h"
  ln -s /usr/include/seccomp.h /usr/include/seccomp-syscalls.h "$headers"
  for file in "$root"/trace/*.c "$root"/shim/core/*.c "$root"/shim/hot/*.c; do
    # Runs while building, with libcap's header.
    [[ $file != */names_generate.c ]] || continue
    "${compile[@]}" -I"$headers" -I"$build/shim" -c -o /dev/null "$file" || failed=$((failed + 1))
    count=$((count + 1))
  done
  ((failed == 0 && count > 30))
}

@test "arm64: registers for another call, the same call again and another result" {
  local qemu
  qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) ||
    skip_because "$BATS_TEST_DESCRIPTION" "neither qemu-aarch64-static nor qemu-aarch64 is installed"
  "${compile[@]}" -static -o "$BATS_TEST_TMPDIR/test" "$root/tests/unit/test_registers.c" "$root/trace/registers.c"
  timeout -s KILL 60 "$qemu" "$BATS_TEST_TMPDIR/test"
}
