#!/usr/bin/env python3
"""Fills a data folder with many applications, as years of work would: for measuring lists.

usage: fill.py SATYAPAN DATA [COUNT]      COUNT: applications, default 100000
Applications in all states, two models, a location, a payment, two documents with three files each, and
an audit trail whose hashes fit. Always the same rows for the same count. Prints the seconds it took.
"""
import hashlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import time

STATES = (["draft"] * 5 + ["submitted"] * 6 + ["registered"] * 8 + ["testing"] * 10 +
          ["assessment"] * 6 + ["committee"] * 4 + ["recommended"] * 10 + ["certified"] * 40 +
          ["not-recommended"] * 3 + ["not-considered"] * 5 + ["withdrawn"] * 3)
COURSE = ["draft", "submitted", "registered", "testing", "assessment", "committee", "recommended",
          "certified"]
KINDS = ["fresh"] * 6 + ["recertification"] * 2 + ["major-change", "minor-change"]
WORDS = ["camera", "router", "lock", "meter", "sensor", "gateway", "speaker", "lamp", "tracker",
         "recorder", "doorbell", "thermostat", "कैमरा", "ताला", "मीटर"]
NAMES = ["Asha Rao", "Vikram Singh", "Meera Iyer", "Arjun Das", "Neha Gupta", "Ravi Kumar"]
START, YEARS = 1577817000, 6


def course(state):
    if state in COURSE:
        return COURSE[:COURSE.index(state) + 1]
    return COURSE[:{"not-recommended": 6, "not-considered": 3, "withdrawn": 2}[state]] + [state]


class Trail:
    """Rows whose hashes fit (records/audit.h)."""

    def __init__(self, db):
        self.db, self.previous, self.seq, self.rows = db, bytes(32), 0, []
        self.moves = []

    def add(self, at, action, application, visible, detail):
        self.seq += 1
        row = {"seq": self.seq, "at": at, "person": 1, "actor": "intake", "action": action,
               "subject": f"application:{application}", "application": application,
               "visible": visible, "detail": detail}
        text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(self.previous + text.encode()).digest()
        self.rows.append((self.seq, at, 1, "intake", action, row["subject"], application, visible,
                          json.dumps(detail, sort_keys=True, separators=(",", ":"),
                                     ensure_ascii=False), self.previous, digest))
        self.moves.append((application, self.seq, at, detail["to"]))
        self.previous = digest

    def flush(self):
        self.db.executemany("INSERT INTO audit VALUES(?,?,?,?,?,?,?,?,?,?,?)",
                            sorted(self.rows))
        self.db.executemany("INSERT INTO move VALUES(?,?,?,?)", self.moves)
        self.rows, self.moves = [], []


def people(db, firms):
    db.executemany("INSERT INTO firm(id, name, created_at) VALUES(?,?,?)",
                   [(i, f"{WORDS[i % 12].title()} Works {i}", START) for i in range(1, firms + 1)])
    db.executemany("INSERT INTO person(id, login, name, roles, created_at) VALUES(?,?,?,?,?)",
                   [(i, "intake" if i == 1 else f"officer{i}", f"Officer {i}", 1, START)
                    for i in range(1, 21)])


def application(r, i, firms):
    state = r.choice(STATES)
    at = START + i * (YEARS * 365 * 86400) // 100000
    day = time.strftime("%Y-%m-%d", time.gmtime(at))
    due = time.strftime("%Y-%m-%d", time.gmtime(1795000000 + r.randrange(200) * 86400))
    registered = len(course(state)) > 2
    return {"id": i, "number": f"STQC/IOTSCS/REG/{day[:4]}/{i:06d}" if registered else None,
            "kind": r.choice(KINDS), "state": state,
            "vendor": 1 + min(int(r.expovariate(0.02)), firms - 1),
            "product": f"{r.choice(WORDS)} {r.choice(WORDS)} {r.randrange(500)}",
            "series": "ER" if r.random() < 0.2 else "IOTSCS", "level": r.randrange(1, 4),
            "owner": r.randrange(1, 21) if state != "draft" else None,
            "submitted_on": day, "registered_on": day if registered else None,
            "created_at": at, "updated_at": at + r.randrange(90 * 86400),
            "due_on": due if state in COURSE[1:6] and r.random() < 0.8 else None}


def belongings(r, db, i, at):
    db.executemany("INSERT INTO model(application, name, brand, firmware) VALUES(?,?,?,?)",
                   [(i, f"M{i}-{k}", "Brand", f"{r.randrange(9)}.{r.randrange(20)}.{r.randrange(99)}")
                    for k in (1, 2)])
    db.execute("INSERT INTO location(application, name, address) VALUES(?,?,?)",
               (i, f"Plant {i}", "Noida"))
    db.execute("INSERT INTO payment(application, kind, amount_paise, gst_paise, created_at)"
               " VALUES(?,'registration',2500000,450000,?)", (i, at))
    for kind in ("F01", "F03"):
        sha = hashlib.sha256(f"{i}{kind}".encode()).hexdigest()
        document = db.execute("INSERT INTO document(application, kind, author, title, created_at)"
                              " VALUES(?,?,'vendor',?,?)", (i, kind, kind, at)).lastrowid
        db.execute("INSERT INTO blob VALUES(?,?,?)", (sha, 1000, at))
        version = db.execute(
            "INSERT INTO document_version(document, version, name, sha256, size, received_at,"
            " received_by, state, verdict) VALUES(?,1,?,?,1000,?,1,'verified','ACCEPTED')",
            (document, f"{kind.lower()}-{i}.zip", sha, at)).lastrowid
        db.executemany(
            "INSERT INTO file(document_version, path, sha256, size, verdict, signer, organisation)"
            " VALUES(?,?,?,1000,?,?,?)",
            [(version, f"part{k}/form{r.randrange(1000)}.pdf", sha,
              r.choice(["ACCEPTED"] * 8 + ["REVIEW", "REJECTED"]), r.choice(NAMES), "Works")
             for k in range(3)])


def fill(db, count):
    r = random.Random(1)
    firms = max(10, count // 200)
    trail = Trail(db)
    people(db, firms)
    for i in range(1, count + 1):
        row = application(r, i, firms)
        db.execute(f"INSERT INTO application({','.join(row)}) VALUES({','.join('?' * len(row))})",
                   tuple(row.values()))
        belongings(r, db, i, row["created_at"])
        at, before = row["created_at"], None
        for state in course(row["state"]):
            detail = {"to": state} if before is None else {"from": before, "to": state}
            trail.add(at, f"application.{state}", i, 1, detail)
            at, before = at + r.randrange(1, 40) * 86400, state
        if i % 5000 == 0:
            trail.flush()
    trail.flush()


def main():
    program, data = sys.argv[1], sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 100000
    path = os.path.join(data, "office.db")
    os.makedirs(data, 0o700, exist_ok=True)
    if os.path.exists(path):
        sys.exit(f"fill: {path} is there already")
    open(path, "wb").close()
    os.chmod(path, 0o600)
    start = time.monotonic()
    subprocess.run([program, "records", "index", "--data", data], check=True, stdout=subprocess.DEVNULL)
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    with db:
        fill(db, count)
    db.close()
    subprocess.run([program, "records", "index", "--data", data], check=True, stdout=subprocess.DEVNULL)
    print(f"{count} applications in {time.monotonic() - start:.0f} s")


main()
