#!/usr/bin/env python3
"""kill -9 of the server at random moments under load: what was acknowledged is there.

usage: office_kill.py [KILLS]        environment: B, the build directory (default: build);
                                     KILLS, the number of kills (default: 40; make kill: 200)
Threads send signed documents, decide, confirm and write notes, each request with an idempotency
key and repeated with the same key until it is answered. Meanwhile the HTTP process, the verifier
(zygote) or the supervisor with both is killed at a random moment, some while they start. The
supervisor starts the others again by itself; the supervisor itself is started again by this test,
as an init system would, at once, while what it left may still be there.

At the end and every 20 kills the trail and the records are checked by the commands; at the end
every acknowledged document is there with its bytes and has its verdict, every acknowledged decision is in
force or listed, nothing is there twice, and no job is left.
"""
import hashlib
import http.client
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_client import Client  # noqa: E402
from office_server import B, PROGRAM, OfficeServer, expect  # noqa: E402

DEMO = os.path.join(B, "gen", "demo")
KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else int(os.environ.get("KILLS", "40"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
UPLOADERS, READY_SECONDS, STUCK_SECONDS, CHECK_EVERY = 3, 30, 60, 20
# Who is killed: HTTP process, verifier, supervisor (and what it started is left to itself).
VICTIMS = (("http", 70), ("zygote", 20), ("supervisor", 10))


class Server(OfficeServer):
    """A server whose processes are found, killed and counted."""

    def __init__(self, work, **more):
        self.logs, self.killed, self.waited = [], {name: 0 for name, _ in VICTIMS}, []
        super().__init__(work, **more)

    def start(self):
        super().start()
        self.logs.append(self.log)

    def all_logs(self):
        out = ""
        for log in self.logs:
            log.seek(0)
            out += log.read()
        return out

    def children(self):
        """The supervisor's: {name: pid}."""
        found, pid = {}, self.process.pid
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                for child in f.read().split():
                    with open(f"/proc/{child}/comm", encoding="ascii") as c:
                        name = c.read().strip()
                    found["http" if name == "satyapan-http" else "zygote"] = int(child)
        except OSError:
            pass
        return found

    def kill(self, victim):
        """Returns whether there was somebody."""
        pid = self.process.pid if victim == "supervisor" else self.children().get(victim)
        if not pid:
            return False
        os.kill(pid, signal.SIGKILL)
        self.killed[victim] += 1
        if victim == "supervisor":
            self.process.wait(10)
            self.process.stdout.close()
            self.start()
        return True

    def ready(self):
        begun = time.monotonic()
        self.wait_ready(READY_SECONDS)
        self.waited.append(time.monotonic() - begun)


class Load:
    """What the clients do, and what they were told."""

    def __init__(self, server, samples):
        self.s, self.samples = server, samples
        self.lock, self.over = threading.Lock(), threading.Event()
        self.uploads, self.decisions, self.notes, self.files = [], [], [], []
        self.repeated = self.refused = 0
        self.trouble = []
        self.threads = []

    def client(self, token):
        return Client(self.s.port, token)

    def until_answered(self, token, method, path, value=None, data=None, media=None):
        """The answer to a request that is repeated with the same key until there is one."""
        key = str(uuid.uuid4())
        headers = {"Idempotency-Key": key}
        if media:
            headers["Content-Type"] = media
        while True:
            try:
                a = self.client(token).call(method, path, value, data, headers, timeout=20)
                if a.status not in (429, 500, 503, 507):
                    return a
                self.refused += 1
            except (OSError, http.client.HTTPException):
                self.repeated += 1
            time.sleep(0.03)

    def thread(self, function, *arguments):
        def run():
            try:
                chance = random.Random(f"{SEED} {function.__name__} {arguments}")
                while not self.over.is_set():
                    function(chance, *arguments)
            except Exception as e:  # noqa: BLE001 - told at the end
                self.trouble.append(f"{function.__name__}: {type(e).__name__}: {e}")
        t = threading.Thread(target=run, daemon=True)
        self.threads.append(t)
        t.start()

    def finish(self):
        self.over.set()
        for t in self.threads:
            t.join(60)
        expect(not self.trouble, f"clients: {self.trouble}")
        expect(not any(t.is_alive() for t in self.threads), "a client has no answer after 60 s")

    # ---- what they do ------------------------------------------------------------------------

    def document(self, chance, title):
        """A signed document, alone or in a ZIP with a text of its own; its verdict."""
        name, data, verdict = chance.choice(self.samples)
        if chance.random() < 0.7:
            return name, data, verdict, "application/pdf"
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as z:
            z.writestr(name, data)
            z.writestr("about.txt", title)
        return title + ".zip", out.getvalue(), "REJECTED", "application/zip"

    def send(self, chance, number):
        title = f"document {number}-{uuid.UUID(int=chance.getrandbits(128))}"
        name, data, verdict, media = self.document(chance, title)
        path = (f"/api/v1/applications/{self.s.case}/documents?kind=other&filename={name[-40:]}"
                f"&title={title}").replace(" ", "%20")
        a = self.until_answered(self.s.vendor, "POST", path, data=data, media=media)
        expect(a.status == 201, f"upload: {a}")
        with self.lock:
            self.uploads.append((title, a.json["id"], hashlib.sha256(data).hexdigest(), verdict))
        time.sleep(chance.uniform(0, 0.6))

    def decide(self, chance):
        """A file without a decision of ours; a waiver is confirmed by the other officer."""
        try:
            page = self.client(self.s.intake).call(
                "GET", f"/api/v1/applications/{self.s.case}/files?undecided=true&limit=200")
            rows = page.json["items"] if page.status == 200 else []
        except (OSError, http.client.HTTPException):
            rows = []
        done = {d[0] for d in self.decisions}
        rows = [r for r in rows if r["id"] not in done and r["verdict"]]
        if not rows:
            time.sleep(0.05)
            return
        row = chance.choice(rows)
        word = chance.choice(["refuse", "waive"])
        reason = f"decided at random, {uuid.UUID(int=chance.getrandbits(128))}"
        a = self.until_answered(self.s.intake, "POST", f"/api/v1/files/{row['id']}/decisions",
                                {"decision": word, "reason": reason})
        if a.status == 404:  # a row that showed progress only: the verdict's row has another id
            return
        expect(a.status == 201, f"decision: {a}")
        state, number = a.json["state"], a.json["id"]
        if state == "proposed" and chance.random() < 0.8:
            path = f"/api/v1/decisions/{number}/confirm"
            a = self.until_answered(self.s.second, "POST", path, {})
            expect(a.status == 200, f"confirmation: {a}")
            state = a.json["state"]
        with self.lock:
            self.decisions.append((row["id"], number, word, state, reason))
        time.sleep(chance.uniform(0, 0.1))

    def note(self, chance):
        text = f"note {uuid.UUID(int=chance.getrandbits(128))}"
        a = self.until_answered(self.s.intake, "POST", f"/api/v1/applications/{self.s.case}/notes",
                                {"text": text})
        expect(a.status == 201, f"note: {a}")
        with self.lock:
            self.notes.append(text)
        time.sleep(chance.uniform(0, 0.1))


# ---- before, meanwhile, after ------------------------------------------------------------------

def begin(work):
    subprocess.run([DEMO, work, "--construction", "1"], check=True, timeout=120)
    samples = []
    wrong = ("Declaration of the manufacturer 02", "Declaration of the manufacturer 05",
             "Declaration of the manufacturer 08", "Test report 04", "User manual 05")
    with zipfile.ZipFile(os.path.join(work, "demo", "construction-file-60.zip")) as z:
        for n in z.namelist():
            base = os.path.basename(n)
            samples.append((base, z.read(n), "REJECTED" if base[:-4] in wrong else "ACCEPTED"))
    s = Server(work, demo=os.path.join(work, "demo"))
    s.intake, s.second = s.person("intake", "intake", "admin"), s.person("second", "intake")
    c = Client(s.port, s.intake)
    firm = c.post("/api/v1/firms", {"name": "Example Cameras Private Limited"})["id"]
    s.vendor = s.person("vendor", "vendor", firm=firm)
    s.case = Client(s.port, s.vendor).post(
        "/api/v1/applications", {"product": "Camera", "series": "IOTSCS", "level": 1,
                                 "kind": "fresh"})["id"]
    return s, samples


def records_are_whole(s):
    for words in (("audit", "verify"), ("records", "check")):
        r = subprocess.run([PROGRAM, *words, "--data", s.data, "--format", "json"], timeout=120,
                           capture_output=True, text=True, check=False)
        expect(r.returncode == 0, f"satyapan {' '.join(words)}: {r.returncode} {r.stdout[-800:]}"
                                  f" {r.stderr[-800:]}")


def kill_at_random(s, chance, tell):
    names, weights = zip(*VICTIMS)
    done = 0
    while done < KILLS:
        if chance.random() < 0.9:
            s.ready()
            time.sleep(chance.uniform(0, 0.5))
        else:
            time.sleep(chance.uniform(0, 0.6))
        if not s.kill(chance.choices(names, weights)[0]):
            continue
        done += 1
        tell(done)
        if done % CHECK_EVERY == 0:
            records_are_whole(s)
    s.ready()


def jobs_left(s):
    with sqlite3.connect(f"file:{s.data}/office.db?mode=ro", uri=True, timeout=20) as db:
        rows = db.execute("SELECT kind, key, state, tries, run_at - unixepoch(), error FROM job"
                          " WHERE state <> 'done' AND kind NOT IN ('recheck', 'upkeep',"
                          " 'deadlines', 'settings', 'foreign-clock') ORDER BY id").fetchall()
    db.close()
    return rows


def drain(s):
    """Until there is no job: each few seconds some are done. Returns the seconds."""
    begun = moved = time.monotonic()
    left = None
    while True:
        rows = jobs_left(s)
        if not rows:
            return time.monotonic() - begun
        if left is None or len(rows) < left:
            left, moved = len(rows), time.monotonic()
        expect(time.monotonic() - moved < STUCK_SECONDS,
               f"no job was done in {STUCK_SECONDS} s, {len(rows)} are left: {rows[:12]}")
        time.sleep(0.2)


def uploads_are_there(s, load):
    c = Client(s.port, s.intake)
    rows = c.items(f"/api/v1/applications/{s.case}/documents?limit=200")
    count = {}
    for row in rows:
        count[row["title"]] = count.get(row["title"], 0) + 1
    for title, version, digest, verdict in load.uploads:
        expect(count.get(title) == 1, f"{title}: there {count.get(title, 0)} times")
        v = c.get(f"/api/v1/versions/{version}")
        expect((v["sha256"], v["state"], v["verdict"]) == (digest, "verified", verdict),
               f"{title}: {v['sha256']} {v['state']} {v['verdict']}, sent {digest} {verdict}")
        a = c.call("GET", f"/api/v1/versions/{version}/content")
        expect(a.status == 200 and hashlib.sha256(a.body).hexdigest() == digest,
               f"{title}: other bytes")
    expect(len(rows) == len(load.uploads), f"{len(rows)} documents, {len(load.uploads)} were sent")


def decisions_are_there(s, load):
    c = Client(s.port, s.intake)
    for file, number, word, state, reason in load.decisions:
        rows = c.get(f"/api/v1/files/{file}/decisions")["items"]
        mine = [r for r in rows if r["reason"] == reason]
        expect(len(mine) == 1, f"decision {number} about file {file}: {len(mine)} times")
        expect((mine[0]["id"], mine[0]["decision"], mine[0]["state"]) == (number, word, state),
               f"decision {number}: {mine[0]}, told {word} {state}")
        shown = c.get(f"/api/v1/files/{file}")["decision"]
        expect(shown == (word if state == "final" else None), f"file {file}: in force is {shown}")


def notes_are_there(s, load):
    rows = Client(s.port, s.intake).items(f"/api/v1/applications/{s.case}/notes?limit=200")
    texts = [r["text"] for r in rows]
    expect(sorted(texts) == sorted(load.notes), f"{len(texts)} notes, {len(load.notes)} were told")


def left_over(s):
    """What broken uploads left is swept; nothing else."""
    subprocess.run([PROGRAM, "records", "sweep", "--data", s.data], check=True, timeout=60,
                   stdout=subprocess.DEVNULL)
    records_are_whole(s)


def run():
    if not os.path.exists(DEMO) or not os.path.exists(PROGRAM):
        print(f"skipped: {DEMO} is not built (make demo)")
        return 77
    begun, passed, failed = time.monotonic(), 0, 0
    show = sys.stdout.isatty()

    def tell(done):
        if show:
            print(f"     {done}/{KILLS} kills\r", end="", flush=True)

    print(f"# {KILLS} kills (KILLS=200 or make kill: all), SEED={SEED}", flush=True)
    with tempfile.TemporaryDirectory(prefix="satyapan-kill-") as work:
        s, samples = begin(work)
        load = Load(s, samples)
        try:
            for i in range(UPLOADERS):
                load.thread(load.send, i)
            load.thread(load.decide)
            load.thread(load.note)
            steps = (("the server comes back each time",
                      lambda: kill_at_random(s, random.Random(SEED), tell)),
                     ("every request is answered at last", load.finish),
                     ("no job is left", lambda: print(f"# drained in {drain(s):.1f} s")),
                     ("acknowledged documents are there once, whole, with their verdict",
                      lambda: uploads_are_there(s, load)),
                     ("acknowledged decisions are there once and in force",
                      lambda: decisions_are_there(s, load)),
                     ("acknowledged notes are there once", lambda: notes_are_there(s, load)),
                     ("records and trail are whole", lambda: left_over(s)),
                     ("the server ends as it should",
                      lambda: expect(s.stop() == 0, f"it does not: {s.stderr()[-800:]}")))
            for text, function in steps:
                try:
                    function()
                    passed += 1
                    print(f"ok {passed + failed} - {text}", flush=True)
                except Exception as e:  # noqa: BLE001 - told, and the others are tried
                    failed += 1
                    print(f"not ok {passed + failed} - {text}\nFAIL {type(e).__name__}: {e}",
                          flush=True)
        finally:
            load.over.set()
            if s.process.poll() is None:
                s.stop()
        waited = sorted(s.waited)
        print(f"# killed {s.killed}; ready again after {waited[len(waited) // 2]:.2f} s (median), "
              f"{waited[-1]:.2f} s (longest); {len(load.uploads)} documents, "
              f"{len(load.decisions)} decisions, {len(load.notes)} notes; "
              f"{load.repeated} requests cut, {load.refused} refused for now, and repeated; "
              f"{time.monotonic() - begun:.0f} s")
        for line in s.all_logs().splitlines():
            if "tried again later" in line or "a human is needed" in line:
                print("#", line)
        if failed:
            lines = [x for x in s.all_logs().splitlines() if not x.startswith("{")]
            print("\n".join(lines[-40:]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run())
