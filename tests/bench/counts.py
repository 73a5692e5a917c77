# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What does not vary of a preloaded library; tests/bats/contract/counts.bats has the names, what they mean, and the limits.

counts.py LIBRARY PROGRAMS prints one "name number" a line; PROGRAMS is the directory of what tests/bench/meson.build
builds. What cannot be counted here gets its reason instead of a number.
"""
import os
import sys

from measure import EMPTY, NOBODY, SHELL, STATUS, TRUE, Bench, Failed, Way, around_change, count_own_calls, file_facts

RULE = {"CAPKEEP_AMBIENT": "cap_net_bind_service"}
# What is told in the log is not part of the change.
QUIET = {**RULE, "CAPKEEP_LOG": "none"}
THREE = {**QUIET, "CAPKEEP_AMBIENT": "cap_net_bind_service cap_kill cap_sys_time"}


def load_calls(bench):
    floor = count_own_calls(bench, bench.nothing, {}, front=EMPTY)
    yield count_own_calls(bench, bench.library, {}, front=EMPTY) - floor


def load_instructions(bench):
    def way(library, environment):
        return Way("a load", TRUE, {"LD_PRELOAD": library, **environment})

    floor = way(bench.nothing, {})
    yield bench.instructions_beyond(floor, way(bench.library, {}), front=EMPTY)
    yield bench.instructions_beyond(floor, way(bench.library, RULE))


def rules(bench):
    """A shell, which could execute something, with rules for others from a file."""
    def way(library, count, program="/usr/bin/env", launcher=""):
        rules = [f"[Keep service{number}]\nUser={2000 + number}\n{launcher}Program={program.format(number)}\n"
                 f"AmbientCapabilities=CAP_NET_BIND_SERVICE\n" for number in range(count)]
        environment = {"CAPKEEP_POLICY": bench.write("count.conf", "\n".join(rules))}
        return Way("a shell", SHELL, {"LD_PRELOAD": library, **environment})

    def calls(*how):
        own, floor = (count_own_calls(bench, library, way(library, 100, *how).environment, SHELL) for library in
                      (bench.library, bench.nothing))
        return own - floor

    program, link = bench.program("program{}"), bench.program("link{}")
    for number in range(100):
        bench.write(f"program{number}", "")
        os.symlink(program.format(number), link.format(number))
    yield calls(program)
    yield calls(link)
    yield calls(program, "Launcher=/usr/sbin/start-stop-daemon\n")
    for count in 10, 1000:
        yield bench.instructions_beyond(way(bench.nothing, count), way(bench.library, count))


def change_calls(bench):
    def count(environment, **expected):
        command = [bench.program("change"), str(NOBODY), *STATUS]
        way = Way("a change", command, {"LD_PRELOAD": bench.library, **environment})
        state = bench.state(way)
        wrong = [key for key, value in expected.items() if state[key].strip() != value]
        if wrong:
            raise Failed(f"{wrong[0]} is {state[wrong[0]].strip()} after the change, not {expected[wrong[0]]}")
        # Each page of the environment that is read is one more, and the kernel lays its parts where it likes.
        return [min(numbers) for numbers in zip(*(around_change(bench.calls(way)) for _ in range(5)))]

    one, three, bounding = 1 << 10, 1 << 10 | 1 << 5 | 1 << 25, bounding_without_two()
    change, execute = count(QUIET, CapAmb=f"{one:016x}", CapPrm=f"{one:016x}")
    yield change
    yield count(THREE, CapAmb=f"{three:016x}")[0]
    numbers = " ".join(str(number) for number in range(64) if bounding >> number & 1)
    yield count({**QUIET, "CAPKEEP_BOUNDING": numbers}, CapAmb=f"{one:016x}", CapBnd=f"{bounding:016x}")[0]
    yield count({**QUIET, "CAPKEEP_NO_NEW_PRIVS": "yes"}, CapAmb=f"{one:016x}", NoNewPrivs="1")[0]
    yield execute


def bounding_without_two():
    """The bounding set as it is without the last two in it: two steps to make. None of the last is kept here."""
    with open("/proc/self/status", encoding="utf-8") as status:
        mask = next(int(line.split()[1], 16) for line in status if line.startswith("CapBnd:"))
    for _ in range(2):
        mask &= ~(1 << mask.bit_length() - 1)
    return mask


def pages(bench):
    def least(library):
        # Where the kernel lays the stack and the heap makes a page more or less.
        return [min(numbers) for numbers in
                zip(*(bench.dirty_pages({"LD_PRELOAD": library}, library, front=EMPTY) for _ in range(9)))]

    whole, own = least(bench.library)
    yield own
    yield whole - least(bench.nothing)[0]


def file(bench):
    facts = file_facts(bench.library)
    yield facts["size"]
    yield facts["relocations"]
    yield facts["by_name"]
    yield facts["segments"]
    yield " ".join(facts["exported"])


COUNTS = {
    load_calls: ["dormant_calls"],
    load_instructions: ["dormant_instructions", "armed_instructions"],
    rules: ["rules_calls", "links_calls", "launcher_calls", "rules_10_instructions", "rules_1000_instructions"],
    change_calls: ["change_one", "change_three", "change_bounding_two", "change_no_new_privs", "exec_right"],
    pages: ["dirty_own", "dirty_added"],
    file: ["size", "relocations", "by_name", "segments", "exported"],
}


def count_all(bench):
    """Each name with its number, or with the reason why there is none."""
    result = {}
    for measure, names in COUNTS.items():
        try:
            for name, number in zip(names, measure(bench)):
                result[name] = number
        except Failed as reason:
            result.update({name: f"cannot be counted: {reason}" for name in names if name not in result})
    return result


def main(library, programs):
    bench = Bench(library, programs)
    try:
        for name, number in count_all(bench).items():
            print(name, number)
    finally:
        bench.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
