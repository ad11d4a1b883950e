"""Growth curves as SVG, drawn here: a plotting library would be a hundred times this file.

Usage: plots.py BENCH_JSON DIRECTORY
"""

import html
import json
import math
import pathlib
import statistics
import sys

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 76, 20, 36, 48
# Readable on white and on black alike.
STYLE = """<style>
text { font: 12px sans-serif; fill: #777 } .title { font-size: 14px }
.grid { stroke: #888; stroke-opacity: 0.3 } .band { fill: #2a7fd4; fill-opacity: 0.2 }
.line { fill: none; stroke: #2a7fd4; stroke-width: 2 } .point { fill: #2a7fd4 }
</style>"""


class Axis:
    """Values to pixels: by logarithm where they span more than a factor of twenty."""

    def __init__(self, values, start, end, from_zero):
        self.low, self.high = min(values), max(values)
        self.log = self.low > 0 and self.high / self.low > 20
        if not self.log and from_zero:
            self.low = min(0, self.low)
        if self.low == self.high:
            self.high = self.low + 1
        self.start, self.end = start, end

    def at(self, value):
        scale = math.log if self.log else float
        low, high = scale(self.low), scale(self.high)
        return self.start + (scale(value) - low) / (high - low) * (self.end - self.start)

    def ticks(self):
        if self.log:
            powers = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            return [10.0**power for power in powers] or [self.low, self.high]
        step = 10 ** math.floor(math.log10((self.high - self.low) / 2))
        step *= 2 if (self.high - self.low) / step > 10 else 1
        first = math.ceil(self.low / step)
        return [number * step for number in range(first, math.floor(self.high / step) + 1)]


def short(value):
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def draw(name, along, unit, points):
    """One curve: `points` are (x, values); the line is the median, the band all values."""
    points = sorted(points)
    x = Axis([at for at, _ in points], LEFT, WIDTH - RIGHT, from_zero=False)
    y = Axis([v for _, values in points for v in values], HEIGHT - BOTTOM, TOP, from_zero=True)
    middle = [(x.at(at), y.at(statistics.median(values))) for at, values in points]
    band = [(x.at(at), y.at(min(v))) for at, v in points]
    band += [(x.at(at), y.at(max(v))) for at, v in reversed(points)]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">', STYLE]
    for tick in y.ticks():
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y.at(tick):.1f}" '
                   f'y2="{y.at(tick):.1f}"/><text x="{LEFT - 8}" y="{y.at(tick) + 4:.1f}" '
                   f'text-anchor="end">{short(tick)}</text>')
    for tick in x.ticks():
        out.append(f'<line class="grid" y1="{TOP}" y2="{HEIGHT - BOTTOM}" x1="{x.at(tick):.1f}" '
                   f'x2="{x.at(tick):.1f}"/><text x="{x.at(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" '
                   f'text-anchor="middle">{short(tick)}</text>')
    out.append(f'<polygon class="band" points="{coordinates(band)}"/>')
    out.append(f'<polyline class="line" points="{coordinates(middle)}"/>')
    out += [f'<circle class="point" r="3" cx="{a:.1f}" cy="{b:.1f}"/>' for a, b in middle]
    out.append(f'<text class="title" x="{LEFT}" y="22">{html.escape(f"{name}, {unit}")}</text>')
    out.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 10}" text-anchor="middle">'
               f"{html.escape(along)}</text></svg>\n")
    return "\n".join(out)


def coordinates(points):
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in points)


def draw_all(figures, directory):
    """Writes an SVG for each growth curve; their names."""
    curves = {}
    for one in figures:
        if "along" in one and one["values"]:
            curves.setdefault((one["figure"], one["along"], one["unit"]), []).append(
                (one["x"], one["values"]))
    names = []
    for (name, along, unit), points in curves.items():
        if len(points) > 1:
            names.append(f"{name}.{along}")
            directory.mkdir(parents=True, exist_ok=True)
            (directory / f"{names[-1]}.svg").write_text(draw(name, along, unit, points))
    return names


if __name__ == "__main__":
    draw_all(json.loads(pathlib.Path(sys.argv[1]).read_text())["figures"], pathlib.Path(sys.argv[2]))
