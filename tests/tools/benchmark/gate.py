"""Compares what was measured with a baseline: gate.py BASELINE FOUND COUNTS BINARY...

Writes what was found into the file FOUND, prints a table, and fails if a figure is more than 5 % above its baseline, if
the two files do not have the same figures, or if the time of a receipt with a wrong token could show what there is.
"""

import json
import pathlib
import sys

ALLOWED = 1.05
# Between payments that a wrong token does not open. What differs is reading DynamoDB's answer, with an item or without.
ALLOWED_OF_GUESSES = 1.15

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
guesses = [figures[f"instructions of receipt_{it}"] for it in ("unknown", "not_approved", "wrong_token")]
print(f"a receipt with a wrong token takes up to {max(guesses) / min(guesses):.3f} times the least")
if max(guesses) > ALLOWED_OF_GUESSES * min(guesses):
    failed.append("guesses")
    print(f"  more than {ALLOWED_OF_GUESSES} times")
print(f"what was found: {found}")
sys.exit(1 if failed else 0)
