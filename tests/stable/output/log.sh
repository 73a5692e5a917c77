# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # bin, lib, work
# leaves POLICY STATEMENT: a launcher that makes this change of ids, with a rule of these lines, and then executes true.
leaves() {
  printf '%b' "[Policy]\nLog=$work/log\nLogLevel=all\n$1" >"$work/policy"
  setpriv --bounding-set -wake_alarm env LD_PRELOAD="$lib" CAPKEEP_POLICY="$work/policy" /usr/bin/python3 -Ic "import ctypes, os
libc = ctypes.CDLL(None)
$2
try: os.execv('/bin/true', ['true'])
except OSError: pass"
}
install -m 666 /dev/null "$work/log"
change='os.setresuid(65534, 65534, 65534)'
leaves '[Keep job]\nUser=nobody\nAmbientCapabilities=cap_kill\n' "$change"
leaves '[Keep job]\nUser=nobody\nProgram=/bin/true\nAmbientCapabilities=cap_kill\nDescendants=no\n' "$change"
leaves '[Keep job]\nUser=nobody\nProgram=/bin/false\nAmbientCapabilities=cap_kill\n' "$change"
leaves '[Keep job]\nUser=nobody\nAmbientCapabilities=cap_wake_alarm cap_kill\n' "$change"
leaves '[Keep job]\nUser=nobody\nAmbientCapabilities=cap_kill\nOnFailure=refuse\n' "libc.prctl(24, 5, 0, 0, 0)
$change"
leaves '[Keep job]\nUser=nobody\nAmbientCapabilities=cap_kill\n' "$change
libc.prctl(47, 4, 0, 0, 0)"
leaves '[Keep job]\nUser=daemon\nLauncher=/opt/launcher\nAmbientCapabilities=cap_kill\n' "$change"
leaves '[Keep job]\nUser=nobody\nCapabilityBoundingSet=cap_kill\nAmbientCapabilities=cap_kill\n' "libc.prctl(24, 8, 0, 0, 0)
$change"
leaves '[Keep job]\nUser=nobody-of-that-name\nAmbientCapabilities=cap_kill\n' "$change"
leaves '[Keep job]\nUser=nobody\nAmbientCapabilities=cap_kil\n' "$change" 2>&1
leaves '[Keep job]\nUser=daemon\nAmbientCapabilities=cap_kill\n' "os.setresuid(1, 1, 1)
os.execv('$(command -v su)', ['su', '--version'])" >/dev/null
cat "$work/log"
