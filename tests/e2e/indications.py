#!/usr/bin/env python3
"""The table of situations and sub-indications (tests/cases/indications.table) is true and complete.

Every row names a case that expects that sub-indication (a row that repeats the word itself: any
case); every sub-indication in include/satyapan/reasons/*.def has a row.
"""
import glob
import os
import re
import sys

import cases

TABLE = os.path.join(cases.ROOT, "tests", "cases", "indications.table")
SUB = re.compile(r'REASON\(\s*\w+\s*,\s*"[^"]+"\s*,\s*\w+\s*,\s*\w+\s*,\s*"([A-Z_]+)"')
NO_WORD = {"GENERIC"}


def rows():
    with open(TABLE, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                yield [part.strip() for part in line.split("|")]


def expected(case):
    return {signature[1] for signature in case.signatures}


def main():
    known = {case.name: case for case in cases.load([])}
    every = {sub: name for name, case in known.items() for sub in expected(case)}
    passed, problems, told = 0, [], set()
    for sub, clause, name, situation in rows():
        told.add(sub)
        if name == sub:
            right = sub in every
        else:
            right = name in known and sub in expected(known[name])
        passed += right
        if not right:
            problems.append(f"{sub}, {situation}: no case {name} expects it ({clause})")
    defined = set()
    for path in glob.glob(os.path.join(cases.ROOT, "include/satyapan/reasons/*.def")):
        with open(path, encoding="utf-8") as file:
            defined |= set(SUB.findall(file.read()))
    problems += [f"{sub} has no row" for sub in sorted(defined - told - NO_WORD)]
    for text in problems:
        print("FAIL", text)
    print(f"{passed} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems or len(defined) < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
