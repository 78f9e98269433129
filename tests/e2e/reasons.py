#!/usr/bin/env python3
"""Every reason the program can give is given somewhere in the tests.

Reads the codes of include/satyapan/reasons/*.def and src/foreign/mail/sentences.def, and what was seen:
$B/reasons/*.txt (one code a line, written by cases.py and other tests) and lines "# reason CODE" in
$B/test-logs/*.log (written by unit tests and end-to-end tests). Fails for codes nobody produced, and for codes seen that no row has.
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
ROW = re.compile(r'^\s*REASON\(\s*\w+\s*,\s*"([^"]+)"', re.M)
# What is said about mails to and from issuers; seen by the tests named with it, which need a network of
# their own: where they cannot run, nobody saw them.
MAIL_ROW = re.compile(r'^\s*SENTENCE\(\s*\w+\s*,\s*"([^"]+)"', re.M)
MAIL_LOGS = ("e2e-mail_replies.py.log", "e2e-mail_trip.py.log")
SEEN = re.compile(r"^# reason (\S+)", re.M)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def main():
    rows = set()
    for path in glob.glob(os.path.join(ROOT, "include/satyapan/reasons/*.def")):
        rows |= set(ROW.findall(read(path)))
    logs = [os.path.join(B, "test-logs", name) for name in MAIL_LOGS]
    mail = set(MAIL_ROW.findall(read(os.path.join(ROOT, "src/foreign/mail/sentences.def"))))
    if all(os.path.exists(log) and "skipped: " not in read(log) for log in logs):
        rows |= mail
    seen = set()
    for path in glob.glob(os.path.join(B, "reasons", "*.txt")):
        seen |= set(read(path).split())
    for path in glob.glob(os.path.join(B, "test-logs", "*.log")):
        seen |= set(SEEN.findall(read(path)))
    seen -= mail - rows
    never, unknown = sorted(rows - seen), sorted(seen - rows)
    for code in never:
        print(f"FAIL no test produces the reason {code}")
    for code in unknown:
        print(f"FAIL a test saw the reason {code}, which no row has")
    print(f"{len(rows & seen)} passed, {len(never) + len(unknown)} failed, 0 skipped")
    return 1 if never or unknown or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
