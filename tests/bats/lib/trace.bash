# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# For the files that run `capkeep trace`. Load it after lib/common and probes.
#   traced NAME COMMAND…   runs it as `capture` does, under `capkeep trace -f json`; the events are in $runs/NAME.json
#   events NAME …          lib/events on them

# Options of `capkeep trace` for the next runs, and words in front of it.
trace_options=()
trace_front=()

setup_trace() {
  probes_setup
  cp "$probes/dump" "$work/dump"
  launchers=$build/tests/launchers
  target=65534,65534,65534
}

traced() {
  local name=$1
  shift
  capture "$name" timeout --foreground 600 "${trace_front[@]}" "$bin" trace -f json -o "$runs/$name.json" "${trace_options[@]}" -- "$@"
}

events() {
  local name=$1
  shift
  "$BATS_TEST_DIRNAME/../lib/events" "$runs/$name.json" "$@"
}

# reports NAME: what the programs of a run have said of themselves, one line each: P E I A B real,effective,saved nnp.
reports() {
  awk -F '\t' '
    $1 == "Uid:" { uid = $2 "," $3 "," $4 }
    $1 == "CapInh:" { i = $2 } $1 == "CapPrm:" { p = $2 } $1 == "CapEff:" { e = $2 } $1 == "CapBnd:" { b = $2 }
    $1 == "CapAmb:" { a = $2 } $1 == "NoNewPrivs:" { print p, e, i, a, b, uid, $2 }' "$runs/$1"
}

# told NAME [CONDITION]: the same as the trace tells it, after each change and exec.
told() {
  events "$1" "event in ('exec', 'credential-change', 'capability-change') and (${2:-True})" 'state("after")'
}

# told_as_reported NAME [CONDITION]: a program that reports after each of its changes has gone through the very states
# that the trace tells, in this order.
told_as_reported() {
  diff -u <(reports "$1" | uniq) <(told "$1" "${2-}" | uniq)
  [[ $(reports "$1") ]]
}

# program_as_reported NAME: the last exec has left what its program reports last.
program_as_reported() {
  diff -u <(reports "$1" | tail -n 1) <(events "$1" 'event == "exec"' 'state("after")' | tail -n 1)
}

# no_disagreement NAME: the model says the same as the kernel of every event, and knows the reason for every loss.
no_disagreement() {
  diff -u --label 'what the model does not know' /dev/null --label "$1" \
    <(events "$1" 'model is not None or any(loss["rule"] is None for loss in lost or [])' \
      event comm call 'state("before")' 'state("after")')
}

# whole: what root has here.
whole() {
  awk '$1 == "CapPrm:" { print $2 }' /proc/self/status
}

# hostile_program: a directory, a program and a name of its own that would end a string, a script, a line, a sequence of UTF-8.
hostile_program() {
  local directory=$work/$'</script><script>document.title="owned"<'
  mkdir -p "$directory/</script><img src=x onerror=document.title=1>"
  hostile="$directory/</script><img src=x onerror=document.title=1>/"$'a"b\\c\x01\x1b[31m\n\xff\xfe\xe2\x80\xa8\xed\xa0\x80.pl'
  printf '#!/usr/bin/perl\nmy $name = "\\x1b[31m<\\xff\\n\\\\n\\x7f"; syscall(157, 15, $name, 0, 0, 0);\n$> = 65534; mkdir "/no"\n' >"$hostile"
  chmod 755 "$hostile"
}
