#!/usr/bin/env bats
# C1 holds for every thread, and below a launcher that is linked with another C library.

setup() {
  lib=${CAPKEEP_TEST_LIB:?}
  [[ -r $lib ]]
  unset "${!CAPKEEP_@}"
}

# sets_of_threads COUNT: the distinct permitted and ambient sets of a process with COUNT threads more, after setuid.
sets_of_threads() {
  env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_sys_time CAPKEEP_LOG=none /usr/bin/python3 -c '
import glob, os, sys, threading
end = threading.Event()
threading.stack_size(65536)
for _ in range(int(sys.argv[1])):
    threading.Thread(target=end.wait, daemon=True).start()
os.setuid(65534)
seen = {tuple(line.split()[1] for line in open(status) if line.startswith(("CapPrm", "CapEff", "CapAmb")))
        for status in glob.glob("/proc/self/task/*/status")}
print(*sorted(seen))
end.set()' "$1"
}

want="('0000000002000000', '0000000002000000', '0000000002000000')"

@test "C1 1 thread more" { [[ $(sets_of_threads 1) == "$want" ]]; }
@test "C1 8 threads more" { [[ $(sets_of_threads 8) == "$want" ]]; }
@test "C1 1000 threads more" { [[ $(sets_of_threads 1000) == "$want" ]]; }

@test "C1 a launcher linked with musl" {
  command -v musl-gcc >/dev/null || skip "musl-gcc is not installed"
  cat >"$BATS_TEST_TMPDIR/launcher.c" <<'C'
#include <unistd.h>
int main(int argc, char *argv[])
{
    if (argc < 2 || setgid(65534) != 0 || setuid(65534) != 0)
        return 1;
    execvp(argv[1], argv + 1);
    return 1;
}
C
  musl-gcc -o "$BATS_TEST_TMPDIR/launcher" "$BATS_TEST_TMPDIR/launcher.c"
  diff -u <(printf 'CapAmb:\t0000000002000000\n') <(env LD_PRELOAD="$lib" CAPKEEP_AMBIENT=cap_sys_time \
    CAPKEEP_LOG=none "$BATS_TEST_TMPDIR/launcher" grep CapAmb /proc/self/status)
}
