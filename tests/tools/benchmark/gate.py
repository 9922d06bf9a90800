"""Compares what was measured with a baseline: gate.py BASELINE FOUND COUNTS BINARY...

Writes what was found into the file FOUND, prints a table, and fails if a figure is more than 5 % above its baseline, or if
the two files do not have the same figures.
"""

import json
import pathlib
import sys

ALLOWED = 1.05

baseline, found, counts = map(pathlib.Path, sys.argv[1:4])
figures = {f"instructions of {outcome}": count for outcome, count in json.loads(counts.read_text()).items()}
for binary in map(pathlib.Path, sys.argv[4:]):
    figures[f"bytes of {binary.name.removeprefix('gate-')}"] = binary.stat().st_size
found.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")

expected = json.loads(baseline.read_text())
failed = sorted(figures.keys() ^ expected.keys())
for name in failed:
    print(f"{name}: it is in only one of {baseline} and {found}")
for name in sorted(figures.keys() & expected.keys()):
    ratio = figures[name] / expected[name]
    print(f"{name:45} {figures[name]:>10,} {ratio:6.3f}")
    if ratio > ALLOWED:
        failed.append(name)
        print(f"  more than {ALLOWED} times its baseline of {expected[name]:,}")
print(f"what was found: {found}")
sys.exit(1 if failed else 0)
