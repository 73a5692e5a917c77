# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table for people, the JSON for programs, the picture for both."""
import json
import os
import platform
import subprocess
import time


def machine(processor):
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith(("model name", "Model")):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "pinned to": processor,
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "C library": " ".join(platform.libc_ver()),
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "load": os.getloadavg()[0],
    }


def thousands(number):
    return f"{number:,}"


HOW_TO_READ = """\
A ratio is the median of the ratios of each round, in brackets its 95 % interval, behind that the middle half of the
ratios; "cpu" is the median of the same ratios of the time in which a processor worked for it, which other load disturbs
less. Time is from before posix_spawn to after wait4, but for setuid(), which is timed inside. Calls are those of all
processes of a launch (strace -f); instructions are those in user space (callgrind), of a launcher until its exec."""


def print_table(facts, sections):
    print(", ".join([facts["processor"], f"{facts['processors']} processors", facts["kernel"], facts["C library"],
                     facts["date"], f"load {facts['load']:.2f}"]))
    print(HOW_TO_READ)
    for section in sections:
        print()
        print(section.title + (f", {section.rounds} rounds" if section.rounds else ""))
        for row in section.rows:
            print("  " + (format_count(row) if "number" in row.values else format_ratio(row)).rstrip())
        for name, reason in section.left_out:
            print(f"  left out: {name}: {reason}")
    print_targets(sections)


def print_targets(sections):
    """What is to be reached, once more and together."""
    for section in sections:
        rows = [row for row in section.rows if row.target is not None and "ratio" in row.values]
        if rows:
            print(f"\nto be reached: {section.title}")
        for row in rows:
            print(f"  {row.name + ' / ' + row.against:<66}{row.values['ratio']:>7.3f}  {format_target(row)}".rstrip())


def format_target(row):
    if row.target is None:
        return ""
    target = thousands(row.target) if isinstance(row.target, int) and "number" in row.values else f"{row.target:.3f}"
    return f"{'<' if row.below else '<='} {target}: {row.verdict()}"


def format_count(row):
    return f"{row.name:<56}{thousands(row.values['number']):>10}  {format_target(row):<24}  {row.notes}"


def format_ratio(row):
    values = row.values
    name = row.name + (f" / {row.against}" if row.against else "")
    ratio = ""
    if "ratio" in values:
        ratio = (f"{values['ratio']:.3f} [{values['low']:.3f} {values['high']:.3f}] "
                 f"{values['quarter']:.2f}-{values['three_quarters']:.2f}")
        ratio += f"  cpu {values['worked']:.3f}" if "worked" in values else ""
    counted = (f"{values['calls']:>6} calls" if "calls" in values else "") + (
        f"{thousands(values['instructions']):>13} instr." if "instructions" in values else "")
    return (f"{name:<66}{ratio:<46}{values['nanoseconds'] / 1000:>12,.1f} us {counted:<33}"
            f"{format_target(row):<28}  {row.notes}")


def write_json(path, facts, sections):
    rows = [{"section": section.name, "title": section.title, "name": row.name, "against": row.against or None,
             **row.values, "target": row.target, "verdict": row.verdict() or None, "notes": row.notes}
            for section in sections for row in section.rows]
    left_out = [{"title": section.title, "name": name, "reason": reason}
                for section in sections for name, reason in section.left_out]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"machine": facts, "rows": rows, "left_out": left_out}, file, indent=1)
        file.write("\n")


# --- the picture, by gnuplot

LINE_HEIGHT = 26
OURS, OTHERS, TARGET = 0x2A7F62, 0x9FB4C0, "#c0392b"


def quote(text):
    """For gnuplot, in which an underscore of a label would make an index."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("_", "\\\\_") + '"'


def draw_panel(number, title, rows, top, height):
    """One section: a bar for each ratio with its middle half, and a mark where the target is."""
    data = []
    for place, row in enumerate(rows):
        values = row.values
        target = "NaN" if row.target is None else row.target
        data.append(f"{-place} {values['ratio']:.4f} {values['quarter']:.4f} {values['three_quarters']:.4f} {target} "
                    f"{OURS if 'capkeep' in row.name else OTHERS}")
    # A label of an axis is a format.
    names = [quote(f"{row.name} / {row.against}".replace("%", "%%")) for row in rows]
    labels = ", ".join(f"{name} {-place}" for place, name in enumerate(names))
    furthest = max(max(row.values["three_quarters"], row.target or 0) for row in rows)
    return [
        f"$panel{number} << END", *data, "END",
        f"set origin 0,{top - height:.4f}",
        f"set size 1,{height:.4f}",
        f"set title {quote(title)} offset 0,-0.6",
        f"set ytics ({labels})",
        f"set yrange [{-len(rows) + 0.3}:0.7]",
        f"set xrange [0:{furthest * 1.15:.3f}]",
        f"plot $panel{number} using ($2/2):1:($2/2):(0.35):6 with boxxyerror fillcolor rgb variable notitle, "
        "'' using 2:1:3:4 with xerrorbars pointtype 0 linecolor rgb '#1b3a4b' notitle, "
        f"'' using 5:1 with points pointtype 2 pointsize 0.9 linewidth 2 linecolor rgb '{TARGET}' notitle, "
        "'' using 4:1:(sprintf('%.3f', $2)) with labels left offset 1,0 font ',9' notitle",
    ]


def write_picture(folder, facts, sections):
    """bench.svg and bench.png. Returns why there are none, or nothing."""
    panels = [(section.title, [row for row in section.rows if "ratio" in row.values]) for section in sections]
    panels = [(title, rows) for title, rows in panels if rows]
    if not panels:
        return "there is no ratio to draw"
    total = sum(len(rows) + 3 for _, rows in panels)
    drawing, top = [], 0.97
    for number, (title, rows) in enumerate(panels):
        height = (len(rows) + 3) / total * 0.96
        drawing += draw_panel(number, title, rows, top, height)
        top -= height
    size = f"size 1100,{LINE_HEIGHT * total + 60}"
    legend = "capkeep: ratios (bar: median, line: middle half, x: target)"
    title = quote(", ".join([legend, facts["processor"], facts["kernel"], facts["date"]]))
    for terminal, name in ((f"svg {size} dynamic background rgb 'white' font 'sans,11'", "bench.svg"),
                           (f"pngcairo {size} font 'sans,11'", "bench.png")):
        script = [
            f"set terminal {terminal}", f"set output '{name}'", "set style fill solid 0.8 noborder", "set lmargin 62",
            "set rmargin 4", "set grid xtics",
            "set arrow from 1, graph 0 to 1, graph 1 nohead linecolor rgb '#444444' dashtype 2",
            f"set multiplot title {title} font ',10'", *drawing, "unset multiplot",
        ]
        try:
            result = subprocess.run(["gnuplot"], input="\n".join(script) + "\n", cwd=folder, text=True,
                                    capture_output=True, check=False)
        except FileNotFoundError:
            return "gnuplot is not installed (scripts/setup --bench)"
        if result.returncode != 0:
            return result.stderr.strip()
    return ""
