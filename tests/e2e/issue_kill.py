#!/usr/bin/env python3
"""`satyapan issue --batch` killed (-9) at random moments and run again, until all is issued.

usage: issue_kill.py      environment: B, the build directory (default: build); CERTIFICATES (60), KILLS (12), SEED
After every kill: no number used twice or lost, no certificate without its event and the other way round, no event
without its files, no file for which there is no event. The full size is CERTIFICATES=1000 KILLS=200.
"""
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import pades
from issue_world import World, list_hash, request
from pades import check

CERTIFICATES, KILLS = int(os.environ.get("CERTIFICATES", "60")), int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)


def hash_of(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


class Batch:
    def __init__(self, world):
        self.w = world
        items = [request(n) for n in range(1, CERTIFICATES + 1)]
        self.path = world.batch(items)
        self.hash = list_hash(items)
        self.known = set()  # blobs that were looked at

    def start(self):
        return subprocess.Popen(self.w.words("--batch", self.path, "--yes", self.hash), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def delivered(self):
        return sum(f.endswith(".tlog-proof") for f in os.listdir(self.w.out)) if os.path.isdir(self.w.out) else 0

    def killed(self, more, seconds):
        """Killed when so many more were delivered and so many seconds went by; False: it had ended, well."""
        p, until = self.start(), self.delivered() + more
        while p.poll() is None and self.delivered() < until:
            time.sleep(0.002)
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.communicate()
            return True
        said = p.stderr.read()
        check("ends well", p.returncode == 0, said[-400:])
        return False

    # ---- what must hold at any moment

    def invariants(self, when):
        w = self.w
        rows = w.ask("SELECT number, series, running, registration, pdf, xml, entry FROM certificate")
        events = dict(w.ask("SELECT certificate, count(*) FROM log_entry WHERE event = 'issue' GROUP BY certificate"))
        pending = w.ask("SELECT running, registration FROM certificate_pending")
        numbers = sorted([r[2] for r in rows] + [p[0] for p in pending])
        check(f"{when}: numbers without gap, none twice", numbers == list(range(1, len(numbers) + 1)), numbers)
        check(f"{when}: one event for each", events == {r[0]: 1 for r in rows}, len(events))
        check(f"{when}: one number for each registration",
              len({r[3] for r in rows} | {p[1] for p in pending}) == len(numbers), pending)
        trail = w.ask("SELECT count(*) FROM audit WHERE action = 'certificate.issue'")[0][0]
        check(f"{when}: one row in the trail for each", trail == len(rows), (trail, len(rows)))
        for sha256 in {h for r in rows for h in r[4:6]} - self.known:
            blob = os.path.join(w.data, "blobs", sha256[:2], sha256)
            good = os.path.exists(blob) and hash_of(blob) == sha256
            check(f"{when}: a file of an event", good, blob)
            if good:
                self.known.add(sha256)
        issued = {r[0].replace("/", "-") for r in rows}
        found = {f.rsplit(".", 1)[0] for f in os.listdir(w.out) if not f.endswith(".tmp")} \
            if os.path.isdir(w.out) else set()
        check(f"{when}: no file without its event", found <= issued, found - issued)
        return len(rows)

    # ---- when all is done

    def complete(self):
        w = self.w
        check("all are issued", self.invariants("at the end") == CERTIFICATES)
        check("nothing is reserved", w.ask("SELECT * FROM certificate_pending") == [])
        names = [f for f in os.listdir(w.out) if not f.endswith(".tmp")]
        check("four files for each", len(names) == 4 * CERTIFICATES, len(names))
        bad = []
        for number, octets in w.ask("SELECT certificate, octets FROM log_entry"):
            entry = json.loads(octets)
            for extension, member in ((".pdf", "pdf_sha256"), (".xml", "xml_sha256"), (".json", "data_sha256")):
                if hash_of(w.file(number, extension)) != entry[member]:
                    bad.append(number + extension)
        check("the files are those of the events", not bad, bad)
        done = w.register("audit", "--format", "json")
        check("the log is whole", done.returncode == 0 and json.loads(done.stdout)["certificates"] == CERTIFICATES,
              done.stdout + done.stderr)


def main():
    rng = random.Random(SEED)
    print(f"seed {SEED}, {CERTIFICATES} certificates, {KILLS} kills")
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        b = Batch(w)
        began = time.monotonic()
        w.one(request(1))  # how long one takes, with the start of the program
        alone = time.monotonic() - began
        kills = runs = early = 0
        count = b.invariants("before")
        while kills < KILLS and runs < 3 * KILLS:
            # On average as many certificates are made in a run as are needed for so many kills.
            share = (CERTIFICATES - count) // (KILLS - kills)
            before, more = count, rng.randint(0, 2 * share)
            more = min(more, CERTIFICATES - count)
            kills += b.killed(more, rng.uniform(0, alone if more == 0 else alone / 4))
            runs += 1
            count = b.invariants(f"kill {kills}")
            early += count == before
        check("enough kills", kills == KILLS, f"{kills} of {KILLS}")
        check("it is finished", not b.killed(CERTIFICATES + 1, 900))
        b.complete()
        print(f"{kills} kills, {early} of them in a run without a new certificate, {time.monotonic() - began:.0f} s")
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
