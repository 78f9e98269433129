#!/usr/bin/env python3
"""The records from the command line: audit verify, records check, sweep and index, backup.

environment: B, the build directory (default: build)
Records are made by the program that records_kill.py kills. Tampering is done by another program on
the database itself, as one would who has the disk.
"""
import glob
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
WRITER = os.path.join(B, "tests", "records_writer")


class Wrong(Exception):
    pass


def expect(good, why):
    if not good:
        raise Wrong(why)


def run(status, *words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
    expect(done.returncode == status, f"{' '.join(words)}: exit {done.returncode}, not {status}:"
                                      f" {done.stdout}{done.stderr}")
    if status > 2:
        expect(done.stderr.startswith("satyapan: ") and done.stderr.count("\n") == 1,
               f"{' '.join(words)}: not one sentence: {done.stderr}")
    return done.stdout


def writer(data):
    return subprocess.Popen([WRITER, data], stdout=subprocess.PIPE, text=True)


def stop(process):
    process.kill()
    said = process.stdout.read()
    process.wait()
    process.stdout.close()
    return said


def write(data, lines=30):
    """Records with at least so many things said; what was said."""
    process = writer(data)
    said = "".join(process.stdout.readline() for _ in range(lines))
    return said + stop(process)


def database(data, sql):
    db = sqlite3.connect(os.path.join(data, "office.db"))
    db.executescript(sql)
    db.close()


def last_hash(data):
    return json.loads(run(0, "audit", "verify", "--data", data, "--format", "json"))["last"]


def whole_trail(tmp):
    data = os.path.join(tmp, "data")
    write(data)
    text = run(0, "audit", "verify", "--data", data)
    expect("is whole" in text, text)
    earlier = last_hash(data)
    write(data)
    expect(last_hash(data) != earlier, "the last hash stayed")
    text = run(0, "audit", "verify", "--data", data, "--expect", earlier)
    expect("expected hash is in it" in text, text)
    answer = json.loads(run(1, "audit", "verify", "--data", data, "--expect", "0" * 64,
                            "--format", "json"))
    expect(not answer["whole"] and answer["bad"] is None and not answer["expected_found"],
           f"{answer}")
    run(64, "audit", "verify", "--data", data, "--expect", "x")


def changed_trail(tmp):
    """A row that was changed, one that was removed, and a trail that was written anew."""
    data = os.path.join(tmp, "data")
    write(data)
    noted = last_hash(data)
    free = "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; PRAGMA foreign_keys = 0;"
    database(data, free + "UPDATE audit SET actor = 'nobody' WHERE seq = 7")
    answer = json.loads(run(1, "audit", "verify", "--data", data, "--format", "json"))
    expect(answer["bad"] == 7 and answer["rows"] == 6, f"{answer}")
    expect("row 7" in run(1, "audit", "verify", "--data", data), "the row is not named")
    expect("audit trail" in run(1, "records", "check", "--data", data), "check does not see it")
    database(data, "DELETE FROM move WHERE seq >= 7; DELETE FROM audit WHERE seq >= 7")
    run(0, "audit", "verify", "--data", data)  # the rows that are left fit
    run(1, "audit", "verify", "--data", data, "--expect", noted)  # the noted hash tells


def broken_records(tmp):
    data = os.path.join(tmp, "data")
    write(data)
    run(0, "records", "check", "--data", data)
    path = sorted(glob.glob(os.path.join(data, "blobs", "??", "*")))[0]
    os.chmod(path, 0o600)
    with open(path, "r+b") as f:
        f.write(b"x")
    text = run(1, "records", "check", "--data", data)
    expect(os.path.basename(path) in text and "have changed" in text, text)
    os.unlink(path)
    answer = json.loads(run(1, "records", "check", "--data", data, "--format", "json"))
    expect("missing" in answer["faults"][0]["why"], f"{answer}")
    database(data, "INSERT INTO migration VALUES(999, 0)")
    run(65, "records", "check", "--data", data)
    with open(os.path.join(data, "office.db"), "r+b") as f:
        f.write(b"no database")
    run(65, "audit", "verify", "--data", data)
    run(66, "audit", "verify", "--data", os.path.join(tmp, "nowhere"))


def documents_of(said):
    return [line.split() for line in said.splitlines() if line.startswith("document ")]


def backup_while_writing(tmp):
    data, copy = os.path.join(tmp, "data"), os.path.join(tmp, "copy")
    before = write(data)
    with open(os.path.join(data, "office.key"), "w", encoding="ascii") as f:
        f.write("secret")
    os.chmod(os.path.join(data, "office.key"), 0o600)
    process = writer(data)
    process.stdout.readline()
    run(0, "backup", "--data", data, copy)
    expect(process.poll() is None, "the writer ended")
    stop(process)
    run(0, "records", "check", "--data", copy)
    for _, number, sha256, _ in documents_of(before):
        path = os.path.join("blobs", sha256[:2], sha256)
        expect(os.path.samefile(os.path.join(data, path), os.path.join(copy, path)),
               f"document {number} is not linked")
    expect(stat.S_IMODE(os.stat(copy).st_mode) == 0o700, "others may enter the copy")
    for name in ("office.db", "office.key"):
        mode = stat.S_IMODE(os.stat(os.path.join(copy, name)).st_mode)
        expect(mode == 0o600, f"{name} has mode {mode:o}")
    shutil.rmtree(data)  # the disaster; and the restore
    os.rename(copy, data)
    said = write(data)
    run(0, "records", "check", "--data", data)
    run(0, "audit", "verify", "--data", data)
    numbers = [int(number) for _, number, _, _ in documents_of(said)]
    expect(numbers[0] > len(documents_of(before)), "the numbers began anew")


def backup_elsewhere(tmp):
    """On another file system the documents are copied; never over something."""
    data = os.path.join(tmp, "data")
    write(data)
    run(74, "backup", "--data", data, data)
    run(66, "backup", "--data", data, os.path.join(tmp, "no", "such", "place"))
    run(64, "backup", "--data", data)
    os.mkdir(os.path.join(tmp, "copy.part"))
    run(74, "backup", "--data", data, os.path.join(tmp, "copy"))  # another one's: not touched
    expect(os.path.isdir(os.path.join(tmp, "copy.part")), "it was removed")
    if os.stat("/dev/shm").st_dev == os.stat(tmp).st_dev:
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="satyapan-") as other:
        copy = os.path.join(other, "copy")
        run(0, "backup", "--data", data, copy)
        run(0, "records", "check", "--data", copy)
        paths = glob.glob(os.path.join(copy, "blobs", "??", "*"))
        expect(paths and all(os.stat(p).st_nlink == 1 for p in paths), "documents are linked")


def sweep_and_index(tmp):
    data = os.path.join(tmp, "data")
    write(data)
    draft = os.path.join(data, "blobs", "new", "1.1.tmp")
    orphan = os.path.join(data, "blobs", "ab", "ab" + "0" * 62)
    os.makedirs(os.path.dirname(orphan), exist_ok=True)
    for path in (draft, orphan):
        with open(path, "wb") as f:
            f.write(b"left")
        os.utime(path, (time.time() - 100000, time.time() - 100000))
    run(0, "records", "sweep", "--data", data)
    expect(not os.path.exists(draft) and not os.path.exists(orphan), "something is left")
    run(0, "records", "check", "--data", data)
    database(data, "DELETE FROM search")
    run(0, "records", "index", "--data", data)
    db = sqlite3.connect(os.path.join(data, "office.db"))
    rows = db.execute("SELECT (SELECT count(*) FROM application),"
                      " (SELECT count(*) FROM search WHERE search MATCH 'camera')").fetchone()
    db.close()
    expect(rows[0] == rows[1] > 0, f"{rows}")


TESTS = [whole_trail, changed_trail, broken_records, backup_while_writing, backup_elsewhere,
         sweep_and_index]


def main():
    failed = 0
    for test in TESTS:
        with tempfile.TemporaryDirectory(prefix="satyapan-records-") as tmp:
            try:
                test(tmp)
            except (Wrong, OSError, ValueError, IndexError, sqlite3.Error) as e:
                failed += 1
                print(f"FAIL {test.__name__}: {type(e).__name__}: {e}")
    print(f"{len(TESTS) - failed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
