# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is compared with what. Before anything is timed, each way is looked at: whether it does the same job."""
import glob
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field

from counts import count_all
from measure import EMPTY, NOBODY, SHELL, STATUS, TRUE, Failed, Way, find, ratio, run

UNPACKED = "/var/cache/capkeep-tests"
CAPABILITY = "cap_net_bind_service"
CAPABILITY_MASK = 1 << 10


@dataclass
class Row:
    """One line of the table: a way divided by another, or a number of its own."""

    name: str
    against: str = ""
    values: dict = field(default_factory=dict)
    target: float = None
    # Less is asked for than the target itself.
    below: bool = False
    notes: str = ""

    def measured(self):
        return self.values.get("ratio", self.values.get("number"))

    def verdict(self):
        if self.target is None or self.measured() is None:
            return ""
        met = self.measured() < self.target if self.below else self.measured() <= self.target
        # A ratio of which the noise does not let one tell, with 95 %, on which side of the target it is.
        unsure = self.values.get("low", self.target) < self.target < self.values.get("high", self.target)
        return ("met" if met else "missed") + (", within the noise" if unsure else "")


class Section:
    """One round of turns: the ways, and which of them are divided by which."""

    def __init__(self, bench, name, title, rounds, **how):
        self.bench, self.name, self.title, self.rounds, self.how = bench, name, title, rounds, how
        self.ways, self.notes, self.left_out = [], {}, []
        self.counted = {}
        self.rows = []

    def add(self, way, note=""):
        self.ways.append(way)
        self.notes[way.name] = note

    def leave_out(self, name, reason):
        self.left_out.append((name, str(reason)))

    def compare(self, comparisons):
        """Times them all, and makes a row of each comparison: (way, against, target, below)."""
        names = [way.name for way in self.ways]
        samples = self.bench.time(self.ways, self.rounds, **self.how)
        medians = {name: sorted(elapsed)[len(elapsed) // 2] for name, (elapsed, _) in samples.items()}
        for name, against, target, below in comparisons:
            if name not in names or against not in names:
                continue
            values = {"nanoseconds": medians[name], **self.counted.get(name, {})}
            if name != against:
                (elapsed, worked), (floor_elapsed, floor_worked) = samples[name], samples[against]
                values.update(ratio(elapsed, floor_elapsed))
                if not self.ways[0].printed and all(floor_worked):
                    values["worked"] = ratio(worked, floor_worked)["ratio"]
            self.rows.append(Row(name, against if name != against else "", values, target, below, self.notes[name]))


def count_for(section, front=(), until_exec=False):
    """Adds the system calls of each way as a whole, and its instructions; those of a launcher up to its exec."""
    for way in section.ways:
        calls = section.bench.calls(way, front=front)
        counted = section.counted.setdefault(way.name, {})
        counted["calls"] = len(calls)
        executed = sum(name == "execve" and text.endswith("= 0") for _, name, text in calls)
        # A chain of launchers is not one number, nor are two processes.
        if executed == 1 + until_exec and len({process for process, _, _ in calls}) == 1:
            counted["instructions"] = section.bench.instructions(way, front=front, until_exec=until_exec)


# --- 1: a small program with a library in it

COMPETITORS = [
    ("snoopy", "snoopy", "libsnoopy.so.0", {}, "at rest: nothing to log until the process executes something"),
    ("libeatmydata", "libeatmydata1", "libeatmydata.so", {}, "active by being there"),
    ("fakeroot", "libfakeroot", "libfakeroot-sysv.so", {}, "at rest: no FAKEROOTKEY, so no faked to ask"),
    ("uid_wrapper", "libuid-wrapper", "libuid_wrapper.so", {}, "at rest: no UID_WRAPPER"),
    ("uid_wrapper, active", "libuid-wrapper", "libuid_wrapper.so", {"UID_WRAPPER": "1"}, "UID_WRAPPER=1"),
    ("Bear's libexec", "libear", "libexec.so", {}, "at rest: no server named in the environment"),
]


def add_competitors(section):
    for name, package, file, environment, note in COMPETITORS:
        found = sorted(glob.glob(f"{UNPACKED}/{package}/**/{file}", recursive=True))
        if not found:
            section.leave_out(name, f"{package} is not unpacked in {UNPACKED} (scripts/setup --bench)")
            continue
        environment = {"LD_PRELOAD": found[0], **environment}
        maps = run([find("cat"), "/proc/self/maps"], environment, user=NOBODY)
        if os.path.realpath(found[0]) not in maps:
            section.leave_out(name, f"{found[0]} cannot be loaded: a library that it needs is not installed")
            continue
        section.add(Way(name, TRUE, environment), note)


def policy_file(bench, count, launcher=None):
    """COUNT rules with a user, an existing program and a capability each; none of them is for what is timed."""
    programs = sorted(glob.glob("/usr/bin/*"))
    lines = []
    for number in range(count):
        lines.append(f"[Keep service{number}]\nUser={2000 + number}\nProgram={programs[number % len(programs)]}\n"
                     f"AmbientCapabilities=CAP_NET_BIND_SERVICE\n" + (f"Launcher={launcher}\n" if launcher else ""))
    path = bench.write(f"rules{count}{'-launcher' if launcher else ''}.conf", "\n".join(lines))
    if bench.command:
        run([bench.command, "check", "--policy", path])
    return path


PLAIN, EMPTY_LIBRARY, LEAST = "no preload", "an empty library", "the least library"


def exec_section(bench, scale, title, program, front=()):
    section = Section(bench, "exec", title, scale.exec, processor=scale.processor, front=front, warmup=20)
    section.add(Way(PLAIN, program))
    section.add(Way(EMPTY_LIBRARY, program, {"LD_PRELOAD": bench.nothing}), "the floor for any preload")
    return section, [(PLAIN, EMPTY_LIBRARY, None, False), (EMPTY_LIBRARY, EMPTY_LIBRARY, None, False)]


def dormant_rows(bench, scale):
    section, comparisons = exec_section(bench, scale, "exec of /bin/true with nothing permitted", TRUE, EMPTY)
    section.add(Way("capkeep, dormant", TRUE, {"LD_PRELOAD": bench.library}), "an empty permitted set")
    section.add(Way(LEAST, TRUE, {"LD_PRELOAD": bench.least}), "the same names and memory, and one capget")
    comparisons.append(("capkeep, dormant", EMPTY_LIBRARY, 1.02, False))
    comparisons.append((LEAST, EMPTY_LIBRARY, None, False))
    comparisons.append(("capkeep, dormant", LEAST, 1.005, False))
    add_competitors(section)
    comparisons += [(competitor[0], EMPTY_LIBRARY, None, False) for competitor in COMPETITORS]
    count_for(section, front=EMPTY)
    section.compare(comparisons)
    return section


def armed_rows(bench, scale, title, program, targets):
    section, comparisons = exec_section(bench, scale, title, program)
    armed = {"capkeep, 1 rule": {"CAPKEEP_AMBIENT": CAPABILITY}}
    for count in (10, 100, 1000):
        armed[f"capkeep, {count} rules"] = {"CAPKEEP_POLICY": policy_file(bench, count)}
    if program is SHELL:
        for count in (10, 100, 1000):
            policy = policy_file(bench, count, "/usr/sbin/start-stop-daemon")
            armed[f"capkeep, {count} rules, Launcher="] = {"CAPKEEP_POLICY": policy}
    for (name, environment), target in zip(armed.items(), targets):
        section.add(Way(name, program, {"LD_PRELOAD": bench.library, **environment}),
                    "from the environment" if "CAPKEEP_AMBIENT" in environment else "from a file")
        comparisons.append((name, EMPTY_LIBRARY, target, False))
    count_for(section)
    section.compare(comparisons)
    return section


def exec_rows(bench, scale):
    yield dormant_rows(bench, scale)
    yield armed_rows(bench, scale, "exec of /bin/true by root, which calls nothing that is wrapped", TRUE,
                     (1.04, 1.04, 1.04, 1.04))
    # One that has to know the policy.
    yield armed_rows(bench, scale, "exec of /bin/sh -c : by root, which could execute something", SHELL,
                     (None, 1.10, 1.25, 2.0, None, None, None))


# --- 2: a launch as another user with one capability

PRIVATE_ETC = r"""
set -e
mount -t tmpfs -o mode=755 tmpfs "$1"
cp -a /etc/. "$1"
mount --bind "$1" /etc
printf '^%s nobody\nnone *\n' "$2" >/etc/security/capability.conf
sed -i '/pam_cap\.so/d' /etc/pam.d/*
sed -i "1i auth optional $3 config=/etc/security/capability.conf keepcaps defer" /etc/pam.d/runuser
shift 3
exec "$@"
"""


def private_etc(bench):
    """A front for commands: an /etc of their own, in which runuser's PAM has pam_cap with a grant for nobody."""
    module = sorted(glob.glob(f"{UNPACKED}/libpam-cap/lib/*/security/pam_cap.so"))
    if not module:
        raise Failed(f"libpam-cap is not unpacked in {UNPACKED} (scripts/setup --bench)")
    place = os.path.join(bench.work, "etc")
    os.makedirs(place, exist_ok=True)
    return [find("unshare"), "--mount", "--propagation", "private", find("sh"), "-c", PRIVATE_ETC, "sh", place,
            CAPABILITY, module[0]]


def launches(bench):
    """(name, the command for a program and its arguments, its environment, whether the capability is kept, a note)."""
    short = CAPABILITY.removeprefix("cap_")
    become = ["--reuid", "nobody", "--regid", "nogroup", "--init-groups"]
    keep = ["--inh-caps", f"+{short}", "--ambient-caps", f"+{short}"]
    capsh = ["capsh", "--user=nobody", f"--inh={CAPABILITY}", f"--addamb={CAPABILITY}"]
    preload = {"LD_PRELOAD": bench.library, "CAPKEEP_AMBIENT": CAPABILITY}

    def start(program):
        return ["start-stop-daemon", "--start", "--pidfile", "/nonexistent/pid", "--chuid", "nobody",
                "--startas", program[0], "--", *program[1:]]

    rows = [
        ("start-stop-daemon", start, {}, False, "the floor: nothing kept"),
        ("start-stop-daemon, an empty library", start, {"LD_PRELOAD": bench.nothing}, False,
         "nothing kept; preloaded into /bin/true as well, where capkeep is gone"),
        ("start-stop-daemon, capkeep", start, preload, True, "LD_PRELOAD, CAPKEEP_AMBIENT"),
        ("setpriv", lambda program: ["setpriv", *become, *keep, *program], {}, True,
         "--reuid --init-groups --inh-caps --ambient-caps"),
        ("capsh, sh", lambda program: [*capsh, "--", "-c", "exec " + " ".join(program)], {}, True,
         "--user --inh --addamb -- -c 'exec PROGRAM'"),
        ("capsh, no sh", lambda program: [*capsh, f"--shell={program[0]}", "--", *program[1:]], {}, True,
         "--user --inh --addamb --shell=PROGRAM --"),
        ("setpriv, start-stop-daemon",
         lambda program: ["setpriv", "--securebits", "+no_setuid_fixup", *keep, *start(program)], {}, True,
         "--securebits +no_setuid_fixup: root's capabilities until the exec"),
        ("runuser, pam_cap", lambda program: ["runuser", "-u", "nobody", "--", *program], {}, True, "keepcaps defer"),
        ("sudo", lambda program: ["sudo", "-n", "-u", "nobody", "--", *program], {}, False, "nothing kept: it cannot"),
    ]
    if bench.command:
        run_by = [bench.command, "run", "-a", CAPABILITY]
        rows += [
            ("capkeep run -u", lambda program: [*run_by, "-u", "nobody", "--", *program], {}, True,
             "no library involved"),
            ("capkeep run, start-stop-daemon", lambda program: [*run_by, "--", *start(program)], {}, True,
             "the library, by the command"),
        ]
    return rows


def verify_launch(bench, way, kept, front):
    """The program really is nobody's, and has the capability, or really has not."""
    state = bench.state(way, front=front)
    uids = set(state["Uid"].split())
    mask = CAPABILITY_MASK if kept else 0
    if uids != {str(NOBODY)}:
        raise Failed(f"the program's uids are {' '.join(sorted(uids))}")
    for key in ("CapPrm", "CapEff", "CapAmb"):
        if int(state[key], 16) != mask:
            raise Failed(f"the program's {key} is {state[key].strip()}, not {mask:016x}")


def launch_rows(bench, scale):
    title = "launch of /bin/true as nobody, with one capability"
    section = Section(bench, "launch", title, scale.launch, processor=scale.processor)
    front, no_pam_cap = (), None
    try:
        front = private_etc(bench)
        run([*front, find("true")])
    except Failed as reason:
        front, no_pam_cap = (), reason
    for name, command, environment, kept, note in launches(bench):
        try:
            if name.startswith("runuser") and no_pam_cap:
                raise no_pam_cap
            program = find(command(TRUE)[0])
            verify_launch(bench, Way(name, [program, *command(STATUS)[1:]], environment), kept, front)
            section.add(Way(name, [program, *command(TRUE)[1:]], environment), note)
        except Failed as reason:
            section.leave_out(name, reason)
    count_for(section, front=front, until_exec=True)
    ours, floor, direct = "start-stop-daemon, capkeep", "start-stop-daemon", "capkeep run -u"
    comparisons = [(way.name, floor, None, False) for way in section.ways]
    comparisons.append((ours, "start-stop-daemon, an empty library", 1.05, False))
    comparisons.append(("capkeep run, start-stop-daemon", ours, 1.30, False))
    for other, target in (("setpriv", 0.8), ("capsh, sh", 0.8), ("capsh, no sh", 0.8),
                          ("setpriv, start-stop-daemon", None), ("runuser, pam_cap", None)):
        comparisons.append((ours, other, target, False))
    for other, target in (("setpriv", 0.9), ("capsh, sh", None), ("capsh, no sh", None)):
        comparisons.append((direct, other, target, False))
    section.how["front"] = front
    section.compare(comparisons)
    yield section


# --- 3: setuid in a process with threads

def thread_rows(bench, scale):
    section = Section(bench, "threads", "setuid() in a process of so many threads", 0)
    armed = {"LD_PRELOAD": bench.library, "CAPKEEP_AMBIENT": CAPABILITY, "CAPKEEP_LOG": "none"}
    for count in (1, 10, 100, 1000):
        rounds = scale.threads if count < 1000 else scale.many_threads
        part = Section(bench, "threads", "", rounds, warmup=2)
        command = [bench.program("setuid_time"), str(count), str(NOBODY)]
        alone, both = f"glibc alone, {count}", f"glibc and capkeep, {count}"
        part.add(Way(alone, command, printed=True))
        part.add(Way(both, command, armed, printed=True), f"armed, CAPKEEP_LOG=none; {rounds} rounds")
        part.compare([(alone, alone, None, False), (both, alone, 1.45 if count == 1000 else None, False)])
        section.rows += part.rows
    yield section


# --- 4: tracers and the supervisor

def add_those_that_run(section, fronts, command, once):
    for name, front in fronts:
        try:
            program = find(front[0]) if front else command[0]
            words = [program, *front[1:], *command] if front else command
            run([program, *front[1:], *once] if front else once, timeout=20)
            section.add(Way(name, words))
        except (Failed, subprocess.TimeoutExpired) as reason:
            section.leave_out(name, reason)


def trace_rows(bench, scale):
    if not bench.command:
        return
    title = "a shell script of 200 execs, traced"
    section = Section(bench, "trace", title, scale.trace, warmup=1)
    script = bench.write("script", 'i=0\nwhile [ "$i" -lt 200 ]; do /bin/true; i=$((i + 1)); done\n')
    trace = [bench.command, "trace", "-o", "/dev/null"]
    add_those_that_run(section, [
        ("bare", []),
        ("capkeep trace", [*trace, "--"]),
        ("capkeep trace --seccomp-bpf", [*trace, "--seccomp-bpf", "--"]),
        ("strace -f -e trace=%creds,execve", ["strace", "-f", "-o", "/dev/null", "-e", "trace=%creds,execve"]),
        ("strace -f", ["strace", "-f", "-o", "/dev/null"]),
    ], [find("sh"), script], [find("true")])
    section.compare([
        ("bare", "bare", None, False), ("capkeep trace", "bare", None, False),
        ("capkeep trace --seccomp-bpf", "bare", 3, False),
        ("capkeep trace", "strace -f -e trace=%creds,execve", 1, True), ("capkeep trace", "strace -f", 1, True),
        ("strace -f -e trace=%creds,execve", "bare", None, False), ("strace -f", "bare", None, False)])
    yield section


def supervised_launcher(bench, programs):
    """A launcher that stays, and whose calls no library sees: Go's os/exec or, without Go, a static shell."""
    go = shutil.which("go")
    if go:
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launcher.go")
        to = bench.program("launcher")
        run([go, "build", "-o", to, source], {"PATH": os.environ["PATH"], "CGO_ENABLED": "0", "GO111MODULE": "off",
                                              "GOCACHE": bench.program("go-cache")})
        return "Go's os/exec", lambda count: [to, str(count)]
    shells = [*glob.glob(f"{UNPACKED}/busybox-static/bin/busybox"), *filter(None, [shutil.which("busybox")])]
    if not shells:
        raise Failed("neither go nor busybox is installed")
    loop = 'i=0; while [ "$i" -lt "$1" ]; do "$0" 65534 /bin/true || exit 1; i=$((i + 1)); done'
    shell = [shells[0], "sh", "-c", loop, bench.program("drop")]
    return "a static shell and a static launcher", lambda count: [*shell, str(count)]


def supervise_rows(bench, scale):
    if not bench.command:
        return
    launcher, command = supervised_launcher(bench, scale.programs)
    title = f"{scale.programs} programs started as nobody by {launcher}"
    section = Section(bench, "supervise", title, scale.supervise, warmup=1)
    keep = [bench.command, "run", "--log", "none", "-a", CAPABILITY]
    add_those_that_run(section, [
        ("bare", []),
        ("capkeep run --method=securebits", [*keep, "--method=securebits", "--"]),
        ("capkeep run --method=ptrace", [*keep, "--method=ptrace", "--"]),
    ], command(scale.programs), command(1))
    section.compare([(way.name, "bare", None, False) for way in section.ways])
    yield section


# --- 5: what can be counted

COUNT_NAMES = {
    "dormant_calls": ("system calls, dormant", "beyond an empty library, mapping the file not counted"),
    "dormant_instructions": ("instructions, dormant", "beyond an empty library"),
    "armed_instructions": ("instructions, armed with 1 rule", "beyond an empty library"),
    "rules_calls": ("system calls of a shell, 100 rules", "beyond an empty library, mapping the file not counted"),
    "links_calls": ("the same, each Program= a link", "the same"),
    "launcher_calls": ("the same, each with the same Launcher=", "the same"),
    "rules_10_instructions": ("instructions of a shell, 10 rules", "beyond an empty library"),
    "rules_1000_instructions": ("instructions of a shell, 1,000 rules", "beyond an empty library"),
    "change_one": ("system calls of setresuid, 1 capability", "beyond the call itself"),
    "change_three": ("system calls of setresuid, 3 capabilities", "beyond the call itself"),
    "change_bounding_two": ("system calls of setresuid, 1 capability, 2 bounding", "beyond the call itself"),
    "change_no_new_privs": ("system calls of setresuid, 1 capability, no_new_privs", "beyond the call itself"),
    "exec_right": ("system calls of execve, nothing to change", "beyond the call itself"),
    "dirty_own": ("private dirty pages of the library, dormant", "in all"),
    "dirty_added": ("private dirty pages of the process, dormant", "beyond an empty library"),
    "size": ("bytes of the stripped libcapkeep.so", "in all"),
    "relocations": ("relocations", "in all"),
    "by_name": ("relocations by name", "in all"),
    "segments": ("segments that ld.so maps", "in all"),
}


def count_rows(bench, _):
    title = "counts"
    section = Section(bench, "counts", title, 0)
    limits = read_limits()
    for name, number in count_all(bench).items():
        if name not in COUNT_NAMES:
            continue
        text, note = COUNT_NAMES[name]
        if isinstance(number, int):
            section.rows.append(Row(text, values={"number": number}, target=limits.get(name), notes=note))
        else:
            section.leave_out(text, number)
    yield section


def read_limits():
    """They stand in tests/bats/contract/counts.bats, which fails where one of them is passed."""
    file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bats", "contract", "counts.bats")
    with open(file, encoding="utf-8") as text:
        return {name: int(number) for name, number in re.findall(r"^ +\[(\w+)\]=(\d+)$", text.read(), re.M)}


SECTIONS = {"exec": exec_rows, "launch": launch_rows, "threads": thread_rows, "trace": trace_rows,
            "supervise": supervise_rows, "counts": count_rows}
