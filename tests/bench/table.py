#!/usr/bin/env python3
"""table.py FIGURES [EARLIER] - a table of the figures of a bench run, with their bars, next to an earlier run."""
import json
import operator
import sys


def read(path):
    with open(path) as lines:
        return {figure["figure"]: figure for figure in map(json.loads, lines)}


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def verdict(figure):
    bar = figure.get("bar")
    if not bar:
        return ""
    sign, limit = bar.split()
    holds = {">=": operator.ge, "<=": operator.le}[sign](figure["value"], float(limit))
    return "reached" if holds else "SHORT"


now = read(sys.argv[1])
earlier = read(sys.argv[2]) if len(sys.argv) > 2 else {}
rows = [("figure", "value", "unit", "bar", "") + (("earlier", "change") if earlier else ())]
for name, figure in now.items():
    row = (name, number(figure["value"]), figure["unit"], figure.get("bar", ""), verdict(figure))
    if earlier:
        before = earlier.get(name, {}).get("value")
        change = f"{(figure['value'] / before - 1) * 100:+.0f} %" if before else ""
        row += (number(before), change)
    rows.append(row)
widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
print()
for row in rows:
    print("  ".join(c.rjust(w) if i in (1, 5, 6) else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip())
