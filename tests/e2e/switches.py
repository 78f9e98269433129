#!/usr/bin/env python3
"""Every switch of a policy is documented, and changes what is said about a document.

The cases switch-KEY-a and switch-KEY-b (tests/cases/switches.case) set it to two values on the same
document; cases.py runs them. Here: no switch is left out, both cases ask for different answers, the
sample file trust/policy-india-dsc.json is what the program writes, and it says what the built-in
policy says. environment: B, the build directory (default: build).
"""
import json
import os
import subprocess
import sys

import cases

PROGRAM = os.path.join(cases.B, "satyapan")
SAMPLE = os.path.join(cases.ROOT, "trust", "policy-india-dsc.json")
HINDI = range(0x900, 0x980)


def run(*words):
    return subprocess.run([PROGRAM, "policy", *words], capture_output=True, text=True, timeout=30,
                          check=False)


def answer(case):
    return case.verdict, case.reasons, case.signatures


def given(case, key):
    rows = [row.partition("=") for row in case.values.get("policy", [])]
    return [value for name, _, value in rows if name == key]


def pair(key, known):
    """What is wrong with the two cases of a switch."""
    a, b = known.get(f"switch-{key}-a"), known.get(f"switch-{key}-b")
    if not a or not b:
        return "there is no case switch-%s-a or -b" % key
    if not given(a, key) or not given(b, key) or given(a, key) == given(b, key):
        return "the two cases do not set it to two values"
    if a.document != b.document:
        return "the two cases are about different documents"
    if answer(a) == answer(b):
        return "both cases expect the same answer"
    return None


def documented(row):
    if not row["source"] or len(row["text"]) < 20:
        return "no source or no explanation"
    if sum(ord(c) in HINDI for c in row["text_hi"]) < 10:
        return "no Hindi explanation"
    return None


def sample_problems(switches):
    with open(SAMPLE, encoding="utf-8") as file:
        text = file.read()
    if text != run("--format", "file").stdout:
        yield "the sample file is not what satyapan policy --format file writes"
    sample = json.loads(text)
    for row in switches:
        if row["key"] not in sample or row["key"] not in sample["about"]:
            yield f"the sample file lacks {row['key']}"
    again = json.loads(run("--profile", SAMPLE, "--format", "json").stdout)["switches"]
    if again != switches:
        yield "the sample file does not read back as india-dsc"


def main():
    switches = json.loads(run("--format", "json").stdout)["switches"]
    known = {case.name: case for case in cases.load([])}
    passed, problems = 0, []
    for row in switches:
        found = [text for text in (pair(row["key"], known), documented(row)) if text]
        problems += [f"{row['key']}: {text}" for text in found]
        passed += not found
    sample = list(sample_problems(switches))
    problems += sample
    passed += not sample
    for text in problems:
        print("FAIL", text)
    print(f"{passed} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems or len(switches) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
