#!/usr/bin/env python3
"""satyapan calendar as an officer meets it: the last day of a window, the lists, loading a list.

The vectors are those of the scheme (tests/scheme/workingday_vectors.json); what a closure declared
later changes is tried with --as-of and with lists loaded into a data directory of the test's own.
"""
import json
import os
import stat
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
SHIPPED = os.path.join(ROOT, "trust", "calendars", "holidays_in_central_delhi.csv")
HEAD = "date,name,kind,order,declared_on,source_note\n"
passed = failed = 0


def count(ok, text):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAIL", text)


def run(*words, data=None, env=None):
    more = ["--data", data] if data else ["--data", os.path.join(B, "no-such-folder")]
    return subprocess.run([PROGRAM, "calendar", *words, *more], capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, **(env or {})})


def told(done):
    return [x for x in done.stderr.splitlines() if "warning: libcrypto" not in x]


def due(start, days, *words, data=None):
    return run("due", "--from", start, "--days", str(days), *words, data=data)


def declared():
    """Closures of the shipped list with the day they were declared on."""
    with open(SHIPPED, encoding="utf-8") as file:
        rows = [line.split(",") for line in file.read().splitlines()[1:]]
    return {r[0]: r[4] for r in rows if r[2] == "declared"}


def before(date):
    """The day before a date that is no first of a month."""
    return f"{date[:8]}{int(date[8:]) - 1:02d}"


def vectors():
    with open(os.path.join(ROOT, "tests", "scheme", "workingday_vectors.json"),
              encoding="utf-8") as file:
        rows = json.load(file)["vectors"]
    count(len(rows) == 18, f"{len(rows)} vectors")
    late = declared()
    for row in rows:
        words = []
        if row["ignore"]:
            words = ["--as-of", before(late[row["ignore"][0]])]
        done = due(row["start"], row["days"], *words)
        count(done.returncode == 0 and done.stdout == row["last_day"] + "\n",
              f"{row['start']} {words}: {done.stdout!r}, not {row['last_day']}: {row['why']}")
        warned = any("no closure list for 2028" in line for line in told(done))
        count(warned == ("must warn" in row["why"]), f"{row['start']}: warning {told(done)}")


def as_json():
    done = due("2026-04-01", 15, "--as-of", "2026-04-09", "--format", "json")
    out = json.loads(done.stdout)
    count(out["last_day"] == "2026-04-24" and out["ends_at"] == "2026-04-24T18:29:59Z",
          f"end of the last day in India: {out}")
    count([c["date"] for c in out["closures"]] == ["2026-04-03", "2026-04-14"], f"{out['closures']}")
    count(out["as_of"] == "2026-04-09" and out["year_without_list"] is None, f"{out}")
    out = json.loads(due("2027-12-20", 15, "--format", "json").stdout)
    count(out["year_without_list"] == 2028 and out["as_of"] is None, f"{out}")


def lists():
    done = run("list", "2026")
    rows = done.stdout.splitlines()
    count(done.returncode == 0 and len(rows) == 1 + 18, f"list 2026: {len(rows)} lines")
    count("2026-04-14  Tue  2026-04-09  declared" in done.stdout, "14 April 2026 with its day")
    count("2026-04-14" not in run("list", "2026", "--as-of", "2026-04-08").stdout,
          "14 April 2026 was not known on the 8th")
    out = json.loads(run("list", "2028", "--format", "json").stdout)
    count(out["has_list"] is False and out["closures"] == [], f"{out}")
    count(any("2028" in line for line in told(run("list", "2028"))), "list 2028 warns")


def load():
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        path = os.path.join(folder, "2028.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEAD + "2028-01-03,\"A day, made up\",gazetted,OM 1,2027-07-01,test\n"
                              "2027-12-22,Another,declared,OM 2,2027-12-15,test\n"
                              "2026-12-25,Christmas Day,gazetted,F.No.12/2/2023-JCA,2025-07-03,same\n")
        done = run("load", path, data=data)
        count(done.returncode == 0 and "3 rows: 2 new, 0 changed, 1 known" in done.stdout,
              f"load: {done.stdout} {told(done)}")
        own = os.path.join(data, "calendars", "closures.csv")
        count(os.path.exists(own) and stat.S_IMODE(os.stat(own).st_mode) == 0o600, "mode 0600")
        count(os.listdir(os.path.join(data, "calendars")) == ["closures.csv"], "nothing else left")
        done = due("2027-12-20", 15, data=data)
        count(done.stdout == "2028-01-12\n" and not told(done),
              f"with the list for 2028: {done.stdout} {told(done)}")
        done = due("2027-12-20", 15, "--as-of", "2027-12-14", data=data)
        count(done.stdout == "2028-01-11\n", f"before the declaration: {done.stdout}")
        # the same again: nothing new, nothing lost
        with open(own, "rb") as file:
            first = file.read()
        done = run("load", path, "--format", "json", data=data)
        out = json.loads(done.stdout)
        with open(own, "rb") as file:
            count(out["new"] == [] and file.read() == first, f"loaded twice: {out}")
        # a correction of a row overrides it; the others stay
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEAD + "2026-12-25,Christmas,gazetted,OM 9,2025-07-03,corrected\n"
                              "2026-12-25,Christmas,withdrawn,OM 10,2026-12-20,made up\n")
        done = run("load", path, data=data)
        count("2 rows: 1 new, 1 changed, 0 known" in done.stdout, f"correction: {done.stdout}")
        rows = run("list", "2026", data=data).stdout
        count("2026-12-25" not in rows, "withdrawn")
        rows = run("list", "2026", "--as-of", "2026-12-19", data=data).stdout
        count("2026-12-25" in rows and "Christmas Day" not in rows, "before it was withdrawn")
        count("2028-01-03" in run("list", "2028", data=data).stdout, "the first load stayed")
        wrong_lists(folder, data, own)


def wrong_lists(folder, data, own):
    path = os.path.join(folder, "wrong.csv")
    with open(own, "rb") as file:
        first = file.read()
    for text, word in [("", "head line"), (HEAD, "no rows"), ("a,b\n", "head line"),
                       (HEAD + "2026-02-30,X,gazetted,,,\n", "line 2"),
                       (HEAD + "2026-01-01,X,gazetted,,,\n2026-01-02,Y,closed,,,\n", "line 3")]:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = run("load", path, data=data)
        lines = told(done)
        count(done.returncode == 65 and len(lines) == 1 and word in lines[0] and not done.stdout,
              f"{text!r}: {done.returncode} {lines}")
    with open(own, "rb") as file:
        count(file.read() == first, "a wrong list changes nothing")
    # a list that somebody damaged is said, not passed over
    with open(own, "wb") as file:
        file.write(first + b"2026-13-01,X,gazetted,,,\n")
    done = due("2026-01-01", 3, data=data)
    count(done.returncode == 65 and "closures.csv" in told(done)[0], f"damaged: {told(done)}")


def words():
    for bad in (["due"], ["due", "--from", "2026-01-01"], ["due", "--days", "3"],
                ["due", "--from", "1.1.2026", "--days", "3"], ["list"], ["list", "26"],
                ["due", "--from", "2026-01-01", "--days", "-3"], ["load"], ["dance"],
                ["due", "--from", "2026-01-01", "--days", "99999"], ["list", "2026", "2027"]):
        done = run(*bad)
        count(done.returncode == 64 and not done.stdout and told(done), f"{bad}: {done.returncode}")
    count(run("load", "/no/such/file").returncode == 66, "a file that is not there")
    done = subprocess.run([PROGRAM, "calendar", "--help"], capture_output=True, text=True,
                          timeout=60, check=False)
    count(done.returncode == 0 and "Example:" in done.stdout, "--help")


for part in (vectors, as_json, lists, load, words):
    part()
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
