# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How capkeep is measured: times by the timer, system calls by strace, instructions by callgrind, pages by the kernel.

A way is what is compared: a command, its environment (which has nothing else in it) and perhaps the user who starts it.
"""
import contextlib
import glob
import math
import os
import re
import shutil
import statistics
import struct
import subprocess
import tempfile
from dataclasses import dataclass, field

NOBODY = 65534
# In front of a command: root, but for the kernel a user like any other (SECBIT_NOROOT), so nothing is permitted.
EMPTY = ("setpriv", "--securebits", "+noroot")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TRUE = ["/bin/true"]
SHELL = ["/bin/sh", "-c", ":"]
STATUS = ["/bin/cat", "/proc/self/status"]


class Failed(Exception):
    """Something could not be measured, and why."""


@dataclass
class Way:
    name: str
    command: list
    environment: dict = field(default_factory=dict)
    printed: bool = False

    def all_variables(self):
        return {"PATH": PATH, **self.environment}


def find(program):
    path = shutil.which(program, path=PATH)
    if path is None:
        raise Failed(f"{program} is not installed")
    return path


def as_user(user):
    """For subprocess: as root, or as somebody with that uid, its gid and nothing else."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def run(command, environment=None, user=None, timeout=300, text=None):
    """Standard output; what a command says on its way to failing becomes the reason."""
    result = subprocess.run(command, env={"PATH": PATH, **(environment or {})}, input=text, capture_output=True,
                            text=True, timeout=timeout, check=False, **as_user(user))
    if result.returncode != 0:
        said = (result.stderr.strip() or result.stdout.strip() or "nothing").splitlines()[-1]
        raise Failed(f"{' '.join(map(str, command[:3]))}…: status {result.returncode}, said: {said}")
    return result.stdout


@contextlib.contextmanager
def before_others():
    """What else the machine has to do waits meanwhile. Without the right to it, the figures are noisier, not others."""
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameter)


class Bench:
    """A work directory that every user can read, with what is measured in it, under names that all rows share."""

    def __init__(self, library, programs, command=None):
        self.work = tempfile.mkdtemp(prefix="capkeep-bench.")
        os.chmod(self.work, 0o755)
        # callgrind and strace write here, also those that nobody starts.
        self.scratch = os.path.join(self.work, "scratch")
        os.mkdir(self.scratch)
        os.chmod(self.scratch, 0o1777)
        self.library = self.place(library, "shim")
        for name in ("timer", "change", "setuid_time", "drop", "least.so", "nothing.so"):
            self.place(os.path.join(programs, name))
        self.nothing = os.path.join(self.work, "nothing.so")
        self.least = os.path.join(self.work, "least.so")
        # It looks for the library where the build directory has it.
        self.command = command and self.place(command, "cli")

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)

    def place(self, file, folder=""):
        os.makedirs(os.path.join(self.work, folder), exist_ok=True)
        to = os.path.join(self.work, folder, os.path.basename(file))
        shutil.copy(file, to)
        os.chmod(to, 0o755)
        return to

    def program(self, name):
        return os.path.join(self.work, name)

    def write(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o644)
        return path

    # --- times

    def time(self, ways, rounds, warmup=5, processor=None, user=None, front=()):
        """By name the nanoseconds of each way, round by round, and those in which a processor worked for it."""
        lines = [f"rounds {rounds}", f"warmup {warmup}"]
        if processor is not None:
            lines.append(f"processor {processor}")
        for way in ways:
            lines.append(f"way {way.name}")
            lines += [f"env {name}={value}" for name, value in way.all_variables().items()]
            lines += [f"arg {word}" for word in way.command]
            if way.printed:
                lines.append("printed yes")
        with before_others():
            output = run([*front, self.program("timer")], user=user, timeout=1800, text="\n".join(lines) + "\n")
        samples = {}
        for line in output.splitlines():
            name, *kinds = line.split("\t")
            samples[name] = [[int(number) for number in numbers.split()] for numbers in kinds]
        return samples

    # --- system calls

    def calls(self, way, user=None, front=()):
        """The system calls of all processes of a way, as (process, name, rest of the line), in their order."""
        log = os.path.join(self.scratch, "calls")
        run(["rm", "-f", log])
        variables = [word for item in way.all_variables().items() for word in ("-E", "=".join(item))]
        options = ["-f", "-qq", "-s", "256", "-e", "signal=none", "-o", log]
        run([*front, find("strace"), *options, *variables, *way.command], user=user)
        calls = []
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file:
                match = re.match(r"(\d+) +(\w+)(\(.*)", line)
                if match:
                    calls.append(match.groups())
        return calls

    # --- instructions

    def instructions(self, way, front=(), until_exec=False):
        """What a program executes in user space; of a launcher, what it executes until it becomes the program."""
        out = os.path.join(self.scratch, "instructions")
        run(["sh", "-c", 'rm -f -- "$1"*', "rm", out])
        options = ["--dump-before=execve"] if until_exec else []
        # The tool itself, which is a static program: valgrind's front is a dynamic one, and would load the preload too. By
        # env, so that it is not loaded into `front` either.
        variables = {**way.all_variables(), "VALGRIND_LAUNCHER": find("valgrind")}
        run([*front, *as_variables(variables), callgrind(), "--tool=callgrind", "-q", "--vgdb=no",
             f"--callgrind-out-file={out}", *options, *way.command])
        totals = [line for file in glob.glob(out + "*") for line in open(file, encoding="utf-8")
                  if line.startswith("totals:")]
        if not totals:
            raise Failed("callgrind wrote no total")
        return sum(int(line.split()[1]) for line in totals)

    def instructions_beyond(self, floor, way, front=(), until_exec=False):
        more = self.instructions(way, front, until_exec) - self.instructions(floor, front, until_exec)
        # So few that it cannot have been loaded.
        if abs(more) < 100:
            raise Failed(f"{way.name}: {more} instructions more than {floor.name}")
        return more

    # --- what comes of it

    def state(self, way, user=None, front=()):
        """/proc/PID/status of the program that a way starts in the end, which is `cat /proc/self/status`."""
        output = run([*front, *as_variables(way.all_variables()), *way.command], user=user)
        return dict(line.split(":", 1) for line in output.splitlines() if ":" in line)

    # --- memory

    def dirty_pages(self, way_environment, library, front=()):
        """Private dirty pages: of the whole process, and of the library from its first page to its last.

        They are told by the process's page map: the kernel joins neighbouring mappings, and what it says of those is of
        both. What is present and of no file is the process's own.
        """
        command = [*front, find("env"), *("=".join(item) for item in way_environment.items()), find("cat")]
        with subprocess.Popen(command, env={"PATH": PATH}, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            # It has started when it answers, and lives until its input ends.
            process.stdin.write(b"\n")
            process.stdin.flush()
            process.stdout.readline()
            with open(f"/proc/{process.pid}/maps", encoding="utf-8") as file:
                maps = file.read()
            begin = re.search(rf"^([0-9a-f]+)-[0-9a-f]+ .* {re.escape(library)}$", maps, re.M)
            if not begin:
                process.stdin.close()
                raise Failed(f"{library} was not loaded")
            first = int(begin.group(1), 16)
            areas = [[int(number, 16) for number in area.groups()]
                     for area in re.finditer(r"^([0-9a-f]+)-([0-9a-f]+) ", maps, re.M)]
            with open(f"/proc/{process.pid}/pagemap", "rb", buffering=0) as pagemap:
                whole = sum(own_pages(pagemap, *area) for area in areas if area[1] <= 1 << 63)
                own = own_pages(pagemap, first, first + mapped_size(library))
            process.stdin.close()
        return whole, own


def mapped_size(library):
    headers = run([find("readelf"), "-lW", library], {"LC_ALL": "C"})
    segments = re.findall(r"^ +LOAD +0x\w+ 0x(\w+) 0x\w+ 0x\w+ 0x(\w+)", headers, re.M)
    return max(int(address, 16) + int(size, 16) for address, size in segments)


def own_pages(pagemap, begin, end):
    """proc_pid_pagemap(5): bit 63 is a page that is present, bit 61 one of a file, or shared."""
    page = os.sysconf("SC_PAGE_SIZE")
    pagemap.seek(begin // page * 8)
    entries = pagemap.read((end - begin + page - 1) // page * 8)
    return sum(entry >> 63 == 1 and entry >> 61 & 1 == 0 for entry, in struct.iter_unpack("=Q", entries))


def as_variables(variables):
    """A command with this environment and no other; for one that has to start without the preload itself."""
    return [find("env"), "-i", *("=".join(item) for item in variables.items())]


def callgrind():
    for place in ("/usr/libexec/valgrind", *glob.glob("/usr/lib/*/valgrind"), "/usr/lib/valgrind"):
        tools = sorted(glob.glob(os.path.join(place, "callgrind-*-linux")))
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
        for tool in tools:
            if f"-{machine}-" in tool:
                return tool
    raise Failed("valgrind (callgrind) is not installed")


def without_mapping(calls, library):
    """Leaves out what ld.so does to map the library: from its openat to its close."""
    rest, mapping = [], None
    for process, name, text in calls:
        if mapping is None and name == "openat" and f'"{library}"' in text:
            mapping = text.rsplit("= ", 1)[1].strip()
        elif mapping is not None and mapping != "":
            if name == "close" and text.startswith(f"({mapping})"):
                mapping = ""
        else:
            rest.append((process, name, text))
    if mapping != "":
        raise Failed(f"{library} was not loaded")
    return rest


def count_own_calls(bench, library, environment, command=TRUE, front=()):
    way = Way("own", command, {"LD_PRELOAD": library, **environment})
    return len(without_mapping(bench.calls(way, front=front), library))


def around_change(calls):
    """How many calls there are between change's two getppid, and from there to the exec; the real ones do not count."""
    names = [name for _, name, _ in calls]
    first, second = [index for index, name in enumerate(names) if name == "getppid"]
    at_exec = names.index("execve", second) if "execve" in names[second:] else None
    change = second - first - 2
    return change, None if at_exec is None else at_exec - second - 1


# --- numbers

def ratio(samples, floor):
    """Of each round's two times: the median, its 95 % interval (order statistics), and the middle half."""
    pairs = sorted(a / b for a, b in zip(samples, floor))
    count = len(pairs)
    reach = 0.98 * math.sqrt(count)
    low = pairs[max(0, math.floor(count / 2 - reach))]
    high = pairs[min(count - 1, math.ceil(count / 2 + reach))]
    quarter = count // 4
    return {"ratio": statistics.median(pairs), "low": low, "high": high,
            "quarter": pairs[quarter], "three_quarters": pairs[count - 1 - quarter], "rounds": count}


def file_facts(library, nm="nm", readelf="readelf", strip="strip"):
    """The size of a stripped copy, the relocations, those that ld.so looks a name up for, the segments, what is exported."""
    with tempfile.TemporaryDirectory() as work:
        copy = os.path.join(work, "stripped")
        run([strip, "-o", copy, library])
        size = os.stat(copy).st_size
    relocations = run([readelf, "-rW", library], {"LC_ALL": "C"})
    kinds = re.findall(r"^[0-9a-f]+ +[0-9a-f]+ +R_[A-Z0-9_]*?_([A-Z]\w*)", relocations, re.M)
    symbols = run([nm, "-D", "--defined-only", library])
    exported = sorted(line.split()[-1].split("@")[0] for line in symbols.splitlines())
    by_name = sum(kind not in ("RELATIVE", "RELATIV", "IRELATIVE") for kind in kinds)
    segments = len(re.findall(r"^ +LOAD ", run([readelf, "-lW", library], {"LC_ALL": "C"}), re.M))
    return {"size": size, "relocations": len(kinds), "by_name": by_name, "exported": exported,
            "segments": segments}
