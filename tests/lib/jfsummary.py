# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the test cases of meson's logs and of ./check's own steps, prints why what failed failed,
and ends with the line "N passed, N failed, N skipped".

usage: jfsummary.py STEPS BUILD-DIRECTORY...     STEPS: lines of "passed|failed|skipped NAME"
"""

import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

GOOD = {"OK", "EXPECTEDFAIL", "SKIP"}


class Counts:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.notes = []

    def add(self, outcome, name):
        setattr(self, outcome, getattr(self, outcome) + 1)
        if outcome != "passed":
            self.notes.append(f"{outcome}: {name}")


def read_results(log_base):
    """meson's own verdict of each test."""
    with open(f"{log_base}.json", encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def read_cases(log_base):
    """{test's name: [(outcome, case's name)]} of the tests that report cases."""
    cases = {}
    try:
        tree = ElementTree.parse(f"{log_base}.junit.xml")
    except (OSError, ElementTree.ParseError):
        return cases
    for suite in tree.getroot().iter("testsuite"):
        for item in suite.iter("testcase"):
            outcome = "passed"
            if item.find("failure") is not None or item.find("error") is not None:
                outcome = "failed"
            elif item.find("skipped") is not None:
                outcome = "skipped"
            cases.setdefault(suite.get("name"), []).append((outcome, item.get("name")))
    return cases


def skip_reason(result):
    match = re.search(r"^1\.\.0 # SKIP (.*)$", result.get("stdout", ""), re.M)
    return f" ({match[1]})" if match else ""


def count_test(counts, build, result, cases):
    name = f"{os.path.basename(build)}: {result['name']}"
    verdict = result["result"]
    for outcome, title in cases:
        counts.add(outcome, f"{name}: {title}")
    failed = any(outcome == "failed" for outcome, _ in cases)
    if verdict not in GOOD:
        if not failed:  # a crash, a leak at the end, a timeout
            counts.add("failed", f"{name}: {verdict.lower()}")
        print(f"\n==== {name}: {verdict}")
        text = result.get("stdout", "") + "\n" + result.get("stderr", "")
        print("\n".join(text.splitlines()[-150:]))
    elif not cases:
        counts.add("skipped" if verdict == "SKIP" else "passed", name + skip_reason(result))


def count_build(counts, build):
    folder = os.path.join(build, "meson-logs")
    for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if not re.fullmatch(r"testlog.*\.json", file):
            continue
        base = os.path.join(folder, file[:-len(".json")])
        cases = read_cases(base)
        for result in read_results(base):
            mine = [c for suite, found in cases.items() for c in found
                    if suite == result["name"] or suite.endswith("." + result["name"])]
            count_test(counts, build, result, mine)


def main():
    counts = Counts()
    with open(sys.argv[1], encoding="utf-8") as steps:
        for line in steps:
            outcome, name = line.rstrip("\n").split(" ", 1)
            counts.add(outcome, name)
    for build in sys.argv[2:]:
        count_build(counts, build)
    if counts.notes:
        print("\n" + "\n".join(counts.notes))
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    sys.exit(1 if counts.failed or not counts.passed else 0)


if __name__ == "__main__":
    main()
