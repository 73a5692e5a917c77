"""The table for people, the JSON for programs, the picture for both."""
import json
import os
import platform
import subprocess
import textwrap
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


def print_table(facts, sections):
    print(f"{facts['processor']}, {facts['processors']} processors, {facts['kernel']}, {facts['C library']}, {facts['date']}, "
          f"load {facts['load']:.2f}")
    print(textwrap.fill("A ratio is the median of the ratios of each round, in brackets its 95 % interval, behind that the "
                        "middle half of the ratios; \"cpu\" is the median of the same ratios of the time in which a processor "
                        "worked for it, which other load disturbs less. Time is from before posix_spawn to after wait4, but "
                        "for setuid(), which is timed inside. Calls are those of all processes of a launch (strace -f); instructions are those in "
                        "user space (callgrind), of a launcher until its exec.", 118))
    for section in sections:
        print()
        print(section.title + (f", {section.rounds} rounds" if section.rounds else ""))
        for row in section.rows:
            print("  " + (format_count(row) if "number" in row.values else format_ratio(row)).rstrip())
        for name, reason in section.left_out:
            print(f"  left out: {name}: {reason}")


def format_target(row):
    if row.target is None:
        return ""
    target = thousands(row.target) if isinstance(row.target, int) and "number" in row.values else f"{row.target:.2f}"
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
    return (f"{name:<58}{ratio:<46}{values['nanoseconds'] / 1000:>12,.1f} us {counted:<33}"
            f"{format_target(row):<28}  {row.notes}")


def write_json(path, facts, sections):
    rows = [{"section": section.name, "title": row.section, "name": row.name, "against": row.against or None, **row.values,
             "target": row.target, "verdict": row.verdict() or None, "notes": row.notes}
            for section in sections for row in section.rows]
    left_out = [{"title": section.title, "name": name, "reason": reason}
                for section in sections for name, reason in section.left_out]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"machine": facts, "rows": rows, "left_out": left_out}, file, indent=1)
        file.write("\n")


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("_", "\\\\_") + '"'


def write_picture(folder, facts, sections):
    """A bar for each ratio with its middle half; a mark where the target is. Returns what is missing, or nothing."""
    panels = [(section, [row for row in section.rows if "ratio" in row.values]) for section in sections]
    panels = [(section, rows) for section, rows in panels if rows]
    if not panels:
        return "there is no ratio to draw"
    lines, total = [], sum(len(rows) + 3 for _, rows in panels)
    top = 1.0
    for number, (section, rows) in enumerate(panels):
        height = (len(rows) + 3) / total * 0.96
        lines.append(f"$panel{number} << END")
        for place, row in enumerate(rows):
            values = row.values
            target = f"{row.target}" if row.target is not None else "NaN"
            lines.append(f"{-place} {values['ratio']:.4f} {values['quarter']:.4f} {values['three_quarters']:.4f} {target} "
                         f"{0x2a7f62 if 'capkeep' in row.name else 0x9fb4c0}")
        lines.append("END")
        labels = ", ".join(f"{quote(row.name + ' / ' + row.against)} {-place}" for place, row in enumerate(rows))
        furthest = max(max(row.values["three_quarters"], row.target or 0) for row in rows)
        lines += [
            f"set origin 0,{top - height - 0.03:.4f}", f"set size 1,{height:.4f}", f"set title {quote(section.title)} offset 0,-0.6",
            f"set ytics ({labels})", f"set yrange [{-len(rows) + 0.3}:0.7]", f"set xrange [0:{furthest * 1.15:.3f}]",
            f"plot $panel{number} using ($2/2):1:($2/2):(0.35):6 with boxxyerror fillcolor rgb variable notitle, "
            f"'' using 2:1:3:4 with xerrorbars pointtype 0 linecolor rgb '#1b3a4b' notitle, "
            f"'' using 5:1 with points pointtype 2 pointsize 0.9 linewidth 2 linecolor rgb '#c0392b' notitle, "
            f"'' using 4:1:(sprintf('%.3f', $2)) with labels left offset 1,0 font ',9' notitle",
        ]
        top -= height
    pixels = 26 * total + 60
    for terminal, name in ((f"svg size 1100,{pixels} dynamic background rgb 'white' font 'sans,11'", "bench.svg"),
                           (f"pngcairo size 1100,{pixels} font 'sans,11'", "bench.png")):
        script = [f"set terminal {terminal}", f"set output {quote(os.path.join(folder, name))}".replace("\\\\_", "_"),
                  "set style fill solid 0.8 noborder", "set lmargin 62", "set rmargin 4", "set grid xtics",
                  "set arrow from 1, graph 0 to 1, graph 1 nohead linecolor rgb '#444444' dashtype 2",
                  f"set multiplot title {quote('capkeep: ratios (bar: median, line: middle half, x: target). ' + facts['processor'] + ', ' + facts['kernel'] + ', ' + facts['date'])} font ',10'",
                  *lines, "unset multiplot"]
        try:
            result = subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, capture_output=True, check=False)
        except FileNotFoundError:
            return "gnuplot is not installed (scripts/setup --bench)"
        if result.returncode != 0:
            return result.stderr.strip()
    return ""
