#!/usr/bin/env python3
"""kill -9 of a program that writes records, at 200 random moments: what it said to be kept is kept.

usage: records_kill.py [ROUNDS]      environment: B, the build directory (default: build)
After each round the next one opens what the kill left. At the end: every document, job and application
that was said is there, the numbers have no gap, the audit trail is whole (checked by the program and,
from the sentence in its description, here), every document has its bytes, and the drafts of broken
writings are swept.
"""
import glob
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
WRITER = os.path.join(B, "tests", "records_writer")
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
passed = failed = 0


def check(name, good, why=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name}: {why}")


def one_round(data, said, chance):
    """Starts the writer, kills it at a random moment; adds the whole lines it said."""
    with subprocess.Popen([WRITER, data], stdout=subprocess.PIPE) as p:
        # From before its database is open to some hundred writings later.
        text = b""
        if chance.random() < 0.7:
            text = p.stdout.readline()
        time.sleep(chance.uniform(0, 0.2))
        p.kill()
        text = (text + p.stdout.read()).decode()
        code = p.wait()
    check("writer", code == -9, f"it ended by itself: {code}")
    said += [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def trail_is_whole(db):
    """As src/records/audit.h says it."""
    previous, count = bytes(32), 0
    columns = "seq, at, person, actor, action, subject, application, visible"
    for row in db.execute(f"SELECT {columns}, detail, previous, hash FROM audit ORDER BY seq"):
        value = dict(zip(columns.split(", "), row)) | {"detail": json.loads(row[8])}
        digest = hashlib.sha256(previous + canonical(value).encode()).digest()
        count += 1
        if (row[0], row[9], row[10]) != (count, previous, digest):
            return False
        previous = digest
    return count > 0


def documents(db, data, said):
    rows = {s: n for s, n in db.execute("SELECT subject, json_extract(detail, '$.sha256')"
                                        " FROM audit WHERE action = 'test.write'")}
    for word, number, sha256, job in (line for line in said if line[0] == "document"):
        check(f"{word} {number}", rows.get(f"number:{number}") == sha256, "no row in the trail")
        path = os.path.join(data, "blobs", sha256[:2], sha256)
        with open(path, "rb") as f:
            check(path, hashlib.sha256(f.read()).hexdigest() == sha256, "other bytes")
        there = db.execute("SELECT count(*) FROM job WHERE id = ? AND key = ?",
                           (job, sha256)).fetchone()[0]
        check(f"job {job}", there == 1, "is not there")


def everything(db, data, said):
    documents(db, data, said)
    for line in said:
        if line[0] == "done":
            state = db.execute("SELECT state FROM job WHERE id = ?", (line[1],)).fetchone()
            check(f"job {line[1]}", state == ("done",), f"is {state}")
        elif line[0] == "application":
            row = db.execute("SELECT count(*) FROM application a JOIN audit t ON t.application ="
                             " a.id WHERE a.id = ?", (line[1],)).fetchone()
            check(f"application {line[1]}", row == (1,), f"has {row[0]} rows in the trail")
    last, blobs = db.execute("SELECT (SELECT last FROM number_series WHERE series = 'N'),"
                             " (SELECT count(*) FROM blob)").fetchone()
    check("numbers", last == blobs, f"{last} numbers, {blobs} documents")
    jobs = db.execute("SELECT count(*) FROM job").fetchone()[0]
    check("jobs", jobs == blobs, f"{jobs} jobs, {blobs} documents")
    check("trail", trail_is_whole(db), "a hash does not fit")
    bare = db.execute("SELECT count(*) FROM application WHERE id NOT IN"
                      " (SELECT application FROM audit WHERE application IS NOT NULL)").fetchone()
    check("applications", bare == (0,), f"{bare[0]} without a row in the trail")


def run(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)


def main():
    chance = random.Random()
    seed = chance.randrange(1 << 30)
    chance.seed(seed)
    data = tempfile.mkdtemp(prefix="satyapan-kill-")
    said, broken = [], 0
    for _ in range(ROUNDS):
        one_round(data, said, chance)
        broken = len(glob.glob(os.path.join(data, "blobs", "new", "*.tmp")))
    db = sqlite3.connect(os.path.join(data, "office.db"))
    everything(db, data, said)
    db.close()
    done = run("audit", "verify", "--data", data, "--format", "json")
    check("audit verify", done.returncode == 0 and json.loads(done.stdout)["whole"], done.stdout)
    done = run("records", "check", "--data", data)
    check("records check", done.returncode == 0, done.stdout)
    for path in glob.glob(os.path.join(data, "blobs", "new", "*.tmp")):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    done = run("records", "sweep", "--data", data)
    left = glob.glob(os.path.join(data, "blobs", "new", "*.tmp"))
    check("sweep", done.returncode == 0 and not left, f"{len(left)} drafts are left")
    check("enough", len(said) >= ROUNDS / 3, f"only {len(said)} lines were said")
    print(f"{ROUNDS} kills (seed {seed}): {len(said)} lines said, {broken} broken drafts swept")
    if failed:
        print(f"the data is kept in {data}")
    else:
        shutil.rmtree(data)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
