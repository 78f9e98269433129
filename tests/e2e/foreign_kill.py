#!/usr/bin/env python3
"""kill -9 of a runner at random moments while it asks issuers by web and by mail: nothing is lost, a mail
sent twice is the same mail, what was found counts once, and every last day is the one the calendar
says.

usage: foreign_kill.py      environment: B (default: build), CASES (100), KILLS (12); `make kill`: 1000, 200
The programs with the network are scripts here that note what they were asked: what is tried is the
queue, not them.
"""
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
CASES, KILLS = int(os.environ.get("CASES", "100")), int(os.environ.get("KILLS", "12"))
passed = failed = 0

WEBLINK = """#!/bin/sh
read -r request
echo web >> "$(dirname "$0")/asked"
n=${request##*issuer.example/}; n=${n%%\\"*}
case $n in *[02468]) outcome=verified reason=null;; *) outcome=inconclusive reason='"foreign.blocked"';; esac
echo "{\\"id\\":\\"x\\",\\"outcome\\":\\"$outcome\\",\\"reason\\":$reason,\\"findings\\":[],\\"snippets\\":[],\\
\\"hops\\":[],\\"final_url\\":null,\\"control\\":null,\\"warc\\":null,\\"retry_after\\":null}"
"""
MAIL = """#!/bin/sh
read -r request
id=${request##*\\"message_id\\":\\"}; echo "${id%%\\"*}" >> "$(dirname "$0")/sent"
echo '{"sent":true,"permanent":false,"code":"request.sent","why":"","bytes_sha256":"0"}'
"""


def check(name, good, why=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name}: {why}")


def programs(work):
    folder = os.path.join(work, "libexec", "satyapan")
    os.makedirs(folder)
    for name, text in (("satyapan-weblink", WEBLINK), ("satyapan-mail", MAIL)):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(path, 0o755)
    runner = os.path.join(work, "foreign_runner")
    shutil.copy(os.path.join(B, "tests", "foreign_runner"), runner)
    return runner, folder


def kill_and_finish(runner, data, chance):
    """Killed so many times, then left alone until nothing waits."""
    killed = 0
    while True:
        with subprocess.Popen([runner, "run", data], stderr=subprocess.DEVNULL) as p:
            try:
                # The last one gets the time the queue's own waiting takes.
                p.wait(chance.uniform(0.02, 0.4) if killed < KILLS else 900)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
                killed += 1
                continue
        if killed >= KILLS or p.returncode != 0:
            return killed, p.returncode


def lines(path):
    with open(path, encoding="ascii") as f:
        return f.read().split()


def due_of(data, start):
    done = subprocess.run([os.path.join(B, "satyapan"), "calendar", "due", "--from", start, "--days",
                           "15", "--data", data], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def look(data, folder):
    db = sqlite3.connect(os.path.join(data, "office.db"))

    def one(text):
        return db.execute(text).fetchall()
    sent = lines(os.path.join(folder, "sent"))
    known = {m for (m,) in one("SELECT message_id FROM foreign_mail")}
    check("every mail", one("SELECT state, count(*) FROM foreign_mail GROUP BY 1") == [("sent", CASES)],
          one("SELECT state, count(*) FROM foreign_mail GROUP BY 1"))
    check("duplicates collapse", set(sent) == known and len(known) == CASES, (len(set(sent)), len(known)))
    check("found once", one("SELECT count(*), count(DISTINCT foreign_case) FROM foreign_evidence")
          == [(CASES, CASES)], one("SELECT count(*) FROM foreign_evidence"))
    states = dict(one("SELECT state, count(*) FROM foreign_case GROUP BY 1"))
    check("states", states == {"verified": CASES // 2, "waiting_reply": CASES - CASES // 2}, states)
    for asked, started, due in one("SELECT DISTINCT queried_on, started_on, due_on FROM foreign_case"):
        check("the last day", asked == started and due == due_of(data, started), (asked, started, due))
    check("jobs", one("SELECT count(*) FROM job WHERE kind IN ('foreign-web', 'foreign-mail') AND"
                      " state <> 'done'") == [(0,)], "some are not done")
    db.close()
    for words in (["audit", "verify"], ["records", "check"]):
        done = subprocess.run([os.path.join(B, "satyapan"), *words, "--data", data],
                              capture_output=True, text=True, check=False)
        check(" ".join(words), done.returncode == 0, done.stdout + done.stderr)
    return len(sent)


def main():
    chance = random.Random(int(os.environ.get("SEED", "7")))
    with tempfile.TemporaryDirectory(prefix="satyapan-foreign-kill-") as work:
        data = os.path.join(work, "data")
        runner, folder = programs(work)
        os.environ["SATYAPAN_TRUST"] = os.path.join(ROOT, "trust")
        subprocess.run([runner, "fill", data, str(CASES)], check=True, timeout=600)
        began = time.monotonic()
        killed, code = kill_and_finish(runner, data, chance)
        check("the runner", code == 0, f"it ended with {code}")
        sent = look(data, folder)
        print(json.dumps({"jobs": 2 * CASES, "kills": killed, "mails_handed_over": sent,
                          "different_mails": CASES, "seconds": round(time.monotonic() - began, 1)}))
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
