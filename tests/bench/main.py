# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""main.py BUILD [--quick] [--check] [SECTION…]: for scripts/bench, which has built, and says what each means."""
import os
import sys
from types import SimpleNamespace

import report
from measure import Bench, Failed
from sections import SECTIONS, Section

FULL = {"exec": 1500, "launch": 400, "threads": 300, "many_threads": 60, "trace": 9, "supervise": 5, "programs": 300}
QUICK = {"exec": 200, "launch": 40, "threads": 30, "many_threads": 9, "trace": 3, "supervise": 1, "programs": 100}


def main(build, *words):
    quick, check = "--quick" in words, "--check" in words
    wanted = [word for word in words if not word.startswith("--")] or list(SECTIONS)
    processor = max(os.sched_getaffinity(0))
    scale = SimpleNamespace(processor=processor, **(QUICK if quick else FULL))
    bench = Bench(os.path.join(build, "shim", "libcapkeep.so"), os.path.join(build, "tests", "bench"),
                  os.path.join(build, "cli", "capkeep"))
    facts = report.machine(processor)
    sections = []
    try:
        for name in wanted:
            print(f"measuring: {name}", file=sys.stderr)
            try:
                sections += SECTIONS[name](bench, scale)
            except Failed as reason:
                left = Section(bench, name, name, 0)
                left.leave_out("the section", reason)
                sections.append(left)
    finally:
        bench.close()
    report.print_table(facts, sections)
    report.write_json(os.path.join(build, "bench.json"), facts, sections)
    missing = report.write_picture(build, facts, sections)
    print()
    print(f"{build}/bench.json, " + (f"no picture: {missing}" if missing else f"{build}/bench.svg, {build}/bench.png"))
    verdicts = [row.verdict() for section in sections for row in section.rows if row.verdict()]
    missed = sum(verdict.startswith("missed") for verdict in verdicts)
    print(f"{missed} of {len(verdicts)} targets missed")
    return 1 if check and missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
