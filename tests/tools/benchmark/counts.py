"""Prints what gungraun has counted in a folder as one JSON object: instructions, by the outcome of the request."""

import json
import pathlib
import sys


def instructions(summary):
    """The sum over the parts of a run: callgrind makes one for each thread."""
    parts = (part for profile in summary["profiles"] for part in profile["data"]["parts"])
    return sum(part["metrics"]["Ir"]["values"]["new"] for part in parts)


summaries = [json.loads(file.read_text()) for file in pathlib.Path(sys.argv[1]).rglob("summary.json")]
assert summaries, "gungraun has written no summary"
print(json.dumps({summary["id"]: instructions(summary) for summary in summaries}, indent=2, sort_keys=True))
