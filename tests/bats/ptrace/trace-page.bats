#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The page of `capkeep trace -f html` does what it is for, in headless Chromium; and what programs call themselves is no
# part of it but as text.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes
load ../lib/trace

# One session with the browser for the whole file; each test looks at its part of what the page has said.
setup_file() {
  local BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/first
  setup_trace
  setup_page
  page_of_all
  page_is_asked
}

setup() {
  setup_trace
  setup_page
}

setup_page() {
  cp "$probes/denied" "$work/denied"
  page=$runs/page.html
  session=$BATS_FILE_TMPDIR/session
  kept=$BATS_FILE_TMPDIR/page.html
}

# page_of COMMAND…: the page of a trace of it, in $page.
page_of() {
  timeout --foreground 600 "$bin" trace "${trace_options[@]}" -f html --suggest -o "$page" -- "$@" >"$runs/page.out" 2>&1 </dev/null || true
}

# browsed STEP…: what the page says, in $output; nothing goes wrong in it, and it asks nothing of the network.
browsed() {
  need_browser
  run -0 timeout 600 "$BATS_TEST_DIRNAME/../lib/browse" "$page" "$@"
}

need_browser() {
  command -v chromium >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "chromium is not installed"
}

# All kinds of marks: exec, loss, gain, another change, denials; two processes below a shell.
page_of_all() {
  page_of sh -c '"$0" keepcaps=1 capset=0x20000ff,0x20000ff,0x20 prctl=47,2,5 setuid=65534 path="$1" arg=denied arg=adjtimex execve
    "$2" 65534 "$1" bind; :' "$probes/call" "$work/denied" "$launchers/drop-static"
  cp "$page" "$kept"
  echo "$work" >"$kept.work"
}

count='eval=(selector => document.querySelectorAll(selector).length)'

# set ID EVENT VALUE: as a person sets a control.
set_control() {
  printf 'eval=(control => { control.value = "%s"; control.dispatchEvent(new Event("%s")); return control.value; })(document.getElementById("%s"))' \
    "$3" "$2" "$1"
}

page_is_asked() {
  local title='eval=document.querySelector("#details h2").textContent'
  local active='eval=document.activeElement === document.querySelector(".mark[aria-current=true]")'
  local marks="$count(\".mark:not(.dim)\")" lanes="$count(\".lane:not([hidden])\")"
  command -v chromium >/dev/null || return 0
  timeout 600 "$BATS_TEST_DIRNAME/../lib/browse" "$page" size=1440x900 \
    said=marks "$count('.lane')" "$count('.mark .exec')" "$count('.mark .lost')" "$count('.mark .gained')" \
    "$count('.mark .other')" "$count('.mark .denied')" "$count('#list tbody tr')" \
    'eval=[...document.querySelectorAll(".name")].map(name => getComputedStyle(name).getPropertyValue("--depth") + name.querySelector("b").textContent)' \
    'eval=document.getElementById("suggestion").textContent.includes("AmbientCapabilities=cap_net_bind_service")' \
    'eval=document.getElementById("totals").textContent' \
    'eval=document.getElementById("command").textContent.startsWith("sh -c ")' \
    said=places 'eval=(() => {
      document.getElementById("lanes").scrollLeft = 0; // the names lie over what is scrolled away
      const boxes = [...document.querySelectorAll(".mark")].map(mark => mark.getBoundingClientRect());
      const names = document.querySelector(".name").getBoundingClientRect();
      const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      return [boxes.some((a, i) => boxes.some((b, j) => i < j && meet(a, b))), boxes.some(box => box.left < names.right)];
    })()' 'eval=document.documentElement.scrollWidth <= innerWidth' \
    size=400x800 'eval=document.documentElement.scrollWidth <= innerWidth' size=1440x900 \
    said=details 'eval=document.querySelector("#details").innerText' \
    'eval=document.querySelector("#details button.link").click()' 'eval=document.querySelector("#details").innerText' \
    said=keys 'eval=document.getElementById("only").focus()' key=Tab "$active" "$count('.mark[tabindex=\"0\"]')" \
    key=Home "$active" "$title" key=ArrowRight "$title" key=ArrowRight "$title" key=ArrowLeft "$title" \
    key=End "$title" key=ArrowRight "$title" key=ArrowUp "$title" key=ArrowUp "$title" key=ArrowDown "$active" "$title" \
    said=filter "$(set_control capability change cap_net_bind_service)" "$marks" "$lanes" \
    'eval=document.getElementById("found").textContent' "$count('.segment.none')" \
    "$(set_control capability change cap_kill)" "$marks" "$(set_control capability change '')" "$marks" "$lanes" \
    said=search "$(set_control search input 'DENIED bind')" "$marks" "$lanes" "$count('#list tbody tr:not([hidden])')" \
    "$(set_control search input nothing-like-that)" "$marks" "$lanes" "$(set_control search input '')" "$marks" \
    said=schemes shot="$build/trace-lanes.png" scheme=light 'eval=getComputedStyle(document.body).backgroundColor' \
    scheme=dark 'eval=getComputedStyle(document.body).backgroundColor' shot="$build/trace-dark.png" \
    said=print media=print \
    'eval=["lanes", "details", "controls", "legend"].map(id => getComputedStyle(document.getElementById(id)).display)' \
    'eval=getComputedStyle(document.getElementById("list")).display' "$count('#list tbody tr')" pdf="$session.pdf" \
    said=complaints >"$session" 2>&1 || echo "the browser ended with $?" >>"$session"
}

# said NAME: that part of the session, in `lines`; compared with standard input.
said() {
  need_browser
  diff -u --label expected - --label "$1" <(sed -n "/^\[$1\]\$/,/^\[[a-z]*\]\$/p" "$session" | grep -v '^\[[a-z]*\]$')
}

@test "trace -f html: what is refused is a mark, with the rule" {
  page_of "$probes/call" prctl=47,2,10
  browsed "$count('.mark .denied')" 'eval=document.querySelector("#details").innerText' \
    'eval=document.getElementById("totals").textContent'
  [[ $output == 1$'\n'* && $output == *ambient-not-inheritable* && $output == *'1 call refused'* ]]
}

@test "trace -f html: everything is in the one file" {
  run ! grep -qiE '(src|href|action)=|url\(|@import|https?:' "$kept"
  grep -q "content=\"default-src 'none'; style-src 'sha256-" "$kept"
  grep -qx '</html>' "$kept"
}

@test "trace -f html: nothing goes wrong in the page, and it asks nothing of the network" {
  said complaints </dev/null
}

@test "trace -f html: a lane for each process, a mark for each change, exec and denial" {
  said marks <<'PAGE'
3
5
3
1
1
2
18
["0sh", "1denied", "1denied"]
true
"3 processes5 execs5 changes2 calls denied"
true
PAGE
}

@test "trace -f html: no mark lies on another or on the names, and a narrow window is no wider than it is" {
  said places <<'PAGE'
[false, false]
true
true
PAGE
}

@test "trace -f html: by the keyboard: Tab, the arrow keys, Home and End" {
  said keys <<PAGE
null
true
1
true
"exec $(command -v sh)"
"exec $probes/call"
"prctl"
"exec $probes/call"
"bind: EACCES"
"bind: EACCES"
"clock_adjtime: EPERM"
"exec $(command -v sh)"
true
"exec $probes/call"
PAGE
}

@test "trace -f html: details: what, who, before and after, the rule, and where it was lost" {
  need_browser
  local before after
  before=$(sed -n '/^\[details\]$/{n;p}' "$session")
  after=$(sed -n '/^\[details\]$/{n;n;n;p}' "$session")
  [[ $before == *'Needs cap_sys_time'*'lost at execve in call (pid '*', rule exec-not-ambient'* ]]
  # There, the program that was executed, the rule in words, and the sets before and after.
  [[ $after == *"exec $(cat "$kept.work")/denied"*'Lost '*'exec-not-ambient: permitted, but not ambient'*'nobody'* ]]
  [[ $after == *'cap_sys_time → none'* ]]
  # "All" is what the kernel knows, as in the other verbs.
  local shown
  shown=$("$bin" status $$ | awk 'NR == 2' | grep -oE 'all [0-9]+( but [a-z_,]+)?' | head -n 1)
  [[ $shown && $after == *"${shown//,/, }"* ]]
}

@test "trace -f html: the filter by capability" {
  said filter <<'PAGE'
"cap_net_bind_service"
3
3
"3 events"
8
"cap_kill"
5
""
12
3
PAGE
}

@test "trace -f html: the search" {
  said search <<'PAGE'
"DENIED bind"
1
2
1
"nothing-like-that"
0
0
""
12
PAGE
}

@test "trace -f html: light and dark, as the system has it" {
  said schemes <<'PAGE'
"rgb(255, 255, 255)"
"rgb(20, 23, 27)"
PAGE
}

@test "trace -f html: printed, it is a table of all events" {
  said print <<'PAGE'
["none", "none", "none", "none"]
"block"
18
PAGE
  [[ $(head -c 5 "$session.pdf") == '%PDF-' ]]
}

# The launcher loses cap_net_bind_service behind thirty execs; the program tries to bind, twice.
page_of_script() {
  page_of sh -c 'i=0; while [ $i -lt 30 ]; do /bin/true; i=$((i+1)); done
    exec "$0" 65534 "$1" bind bind' "$launchers/drop-static" "$work/denied"
}

@test "trace -f html: the answer stands on top, each denial once, and is copied" {
  page_of_script
  browsed size=1440x900 'eval=[...document.querySelectorAll("#missing li")].map(li => li.textContent.replace(/[0-9]+\)/, "N)"))' \
    'eval=document.getElementById("answer").getBoundingClientRect().bottom < document.getElementById("controls").getBoundingClientRect().top' \
    'eval=document.getElementById("copy").click()' \
    'eval=getSelection().toString().includes("AmbientCapabilities=cap_net_bind_service")' \
    'eval=document.querySelector("#missing button").click()' \
    'eval=document.querySelector(".mark[aria-current=true]").getAttribute("aria-label").includes("bind")'
  diff -u - <(printf '%s\n' "${lines[@]}") <<'PAGE'
["cap_net_bind_service for bind 0.0.0.0:81 in denied ×2: lost at setuid in drop-static (pid N), rule uid-change"]
true
null
true
null
true
PAGE
}

@test "trace -f html: what is copied is the policy; files come last, and each line leads to its mark" {
  # Copying takes a person: a key that is pressed.
  local label='eval=document.querySelector(".mark[aria-current=true]").getAttribute("aria-label").match(/bind|openat/)[0]'
  page_of "$launchers/drop-static" 65534 "$work/denied" read bind
  browsed 'eval=void document.addEventListener("copy", () => { window.copied = String(getSelection()); })' \
    'eval=document.getElementById("copy").focus()' key=Enter 'eval=document.getElementById("copy").textContent' \
    'eval=String(window.copied).includes("AmbientCapabilities=cap_net_bind_service")' \
    'eval=[...document.querySelectorAll("#missing button")].map(button => button.textContent)' "$label" \
    'eval=[...document.querySelectorAll("#missing button")][1].click()' "$label" \
    'eval=[...document.querySelectorAll("#missing button")][0].click()' "$label"
  diff -u - <(printf '%s\n' "${lines[@]}") <<'PAGE'
null
null
"Copied"
true
["cap_net_bind_service", "cap_dac_read_search"]
"bind"
null
"openat"
null
"bind"
PAGE
}

@test "trace -f html: a child in which an exec alone loses something is not folded" {
  page_of /usr/bin/python3 -c 'import ctypes, subprocess
ctypes.CDLL(None).prctl(28, 1, 0, 0, 0) # SECBIT_NOROOT
subprocess.run(["/bin/true"])'
  browsed "$count('.lane')" "$count('.lane:not([hidden])')" 'eval=document.getElementById("folding").hidden'
  diff -u <(printf '%s\n' 2 2 true) <(printf '%s\n' "${lines[@]}")
}

in_view='eval=(() => {
  const box = document.querySelector(".mark[aria-current=true]").getBoundingClientRect();
  const frame = document.getElementById("lanes").getBoundingClientRect(), name = document.querySelector(".name").getBoundingClientRect();
  return box.left >= name.right && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom; })()'

@test "trace -f html: the selected mark is in view when it opens, and quiet children are folded" {
  page_of_script
  browsed "$in_view" 'eval=document.getElementById("lanes").scrollLeft > 0' "$count('.lane')" "$count('.lane:not([hidden])')" \
    'eval=document.getElementById("folding").textContent' 'eval=document.getElementById("unfold").click()' "$count('.lane:not([hidden])')"
  diff -u <(printf '%s\n' true true 31 1 '"30 more without a change or denial"' null 31) <(printf '%s\n' "${lines[@]}")
}

@test "trace -f html: losses and denials only, and a rule's text of the usual size" {
  page_of_script
  browsed 'eval=document.getElementById("show-table").click()' 'eval=document.getElementById("only").click()' \
    'eval=[...document.querySelectorAll("#list tbody tr:not([hidden]) td:nth-child(3)")].map(cell => cell.textContent)' \
    "$count('.lane:not([hidden])')" 'eval=document.getElementById("only").click()' \
    "$count('#list tbody tr[hidden]')" \
    'eval=getComputedStyle(document.querySelector("#details small")).fontSize === getComputedStyle(document.querySelector("#details")).fontSize' \
    'eval=[...document.querySelectorAll(".name b")].some(name => name.scrollWidth > name.clientWidth)'
  diff -u - <(printf '%s\n' "${lines[@]}") <<'PAGE'
null
null
["setuid", "bind: EACCES", "bind: EACCES"]
1
null
0
true
false
PAGE
}

@test "trace -f html: what programs call themselves is text in the page" {
  hostile_program
  page_of "$hostile" '</script><img src=x onerror=alert(1)>'
  # No "<" of theirs is in the source: there are the ends of our two scripts.
  [[ $(grep -c '</script>' "$page") == 2 ]]
  run ! grep -q '<img' "$page"
  browsed 'eval=document.images.length' 'eval=document.scripts.length' 'eval=document.title.startsWith("capkeep trace: ")' \
    'eval=document.querySelector("#list").textContent.includes("onerror=document.title=1>/a\"b")' \
    'eval=document.querySelector("#command").textContent.includes("<img src=x onerror=alert(1)>")'
  diff -u <(printf '%s\n' 0 2 true true true) <(printf '%s\n' "${lines[@]}")
}

@test "trace -f html: a trace that was cut off is a page as well" {
  # In the middle of a line, with nothing closed.
  head -c -1500 "$kept" >"$page"
  [[ $(tail -c 1 "$page") != '}' ]]
  browsed 'eval=document.getElementById("totals").textContent.endsWith("the trace was cut off")' "$count('.lane')"
  diff -u <(printf '%s\n' true 3) <(printf '%s\n' "${lines[@]}")
}

# What takes how long is told in what this browser takes for a plain table of as many rows, each at its best; and as a machine
# may stop at any time, once is enough.
is_fast() {
  browsed 'eval=(() => { window.best = work => Math.min(...Array.from({length: 5}, () => {
      const start = performance.now(); work(); document.body.offsetHeight; return performance.now() - start; }));
      window.unit = best(() => { const table = document.createElement("table");
      for (let row = 0; row < 2000; row++) table.insertRow().insertCell().textContent = `row ${row}`;
      document.body.append(table); document.body.offsetHeight; table.remove(); });
      return unit; })()' \
    'eval=(() => { const search = document.getElementById("search");
      const find = text => { search.value = text; search.dispatchEvent(new Event("input")); };
      return best(() => { find("true"); document.body.offsetHeight; find(""); }) / unit; })()' \
    'eval=performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd / unit'
  jq -se '.[1] < 25 and .[2] < 60' <<<"$output"
}

@test "trace -f html: two thousand events" {
  trace_options=(--seccomp-bpf)
  page_of sh -c 'i=0; while [ $i -lt 700 ]; do /bin/true; i=$((i+1)); done'
  browsed 'eval=document.body.dataset.ready > 2000' "$count('.mark')" \
    'eval=document.querySelector(".mark").focus()' key=End 'eval=(() => {
      const box = document.activeElement.getBoundingClientRect(), frame = document.getElementById("lanes").getBoundingClientRect();
      return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom; })()'
  diff -u <(printf '%s\n' true 701 null true) <(printf '%s\n' "${lines[@]}")
  is_fast || is_fast || is_fast || is_fast || is_fast
}

@test "trace -f html: a terminal is no place for it" {
  run -125 script -qec "$bin trace -f html -- true" /dev/null
  [[ $output == *'html is not for a terminal: -o FILE, and a browser'* ]]
}
