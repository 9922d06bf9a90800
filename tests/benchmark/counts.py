"""Reads what gungraun has counted, and prints it as one JSON object: instructions by the outcome of the request."""

import json
import pathlib
import sys


def counts(folder):
    found = {}
    for summary in sorted(pathlib.Path(folder).rglob("summary.json")):
        found.update(json.loads(summary.read_text()))
    return found


print(json.dumps(counts(sys.argv[1]), indent=2))
