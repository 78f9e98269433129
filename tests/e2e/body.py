"""The certification body's server for tests: a data folder with people, applications and tokens.

Firms, persons, applications and API tokens are put into the records as the operations would; logins
are not what these tests are about. Ends what it starts by its process id.
"""
import hashlib
import http.client
import json
import os
import re
import secrets
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
DEMO = os.path.join(B, "gen", "demo")
INTAKE, ASSESSOR, COMMITTEE, SIGNER, ADMIN, VENDOR = 1, 2, 4, 8, 16, 32
# login: roles, firm
PEOPLE = {"anna": (INTAKE | ASSESSOR, None), "bala": (INTAKE, None), "chitra": (COMMITTEE, None),
          "vendor-one": (VENDOR, 1), "vendor-two": (VENDOR, 2)}
FIRMS = {1: "Example Cameras Private Limited", 2: "Other Locks Private Limited"}


class Body:
    """A running server; body.anna.get(...) speaks as a person."""

    def __init__(self, work, office=None, arguments=(), demo=True, offline=True, environment=None):
        self.work = work
        self.data = os.path.join(work, "data")
        self.arguments = list(arguments)
        self.environment = environment
        self.offline = offline
        self.process = None
        self.tokens = {}
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        with open(os.path.join(self.data, "office.json"), "w", encoding="utf-8") as f:
            json.dump(office or {}, f)
        self.demo = os.path.join(work, "demo") if demo else None
        if demo and not os.path.isdir(self.demo):
            # Its memory lives as long as it does, which a sanitizer would call a leak.
            subprocess.run([DEMO, work], check=True, stdout=subprocess.DEVNULL, timeout=120,
                           env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        self.start()
        self.fill()

    def start(self):
        config = os.path.join(self.work, "config.json")
        with open(config, "w", encoding="utf-8") as f:
            json.dump({"limits": {"rate_per_minute": 0}}, f)
        command = [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", self.data, "--config",
                   config, *(["--offline"] if self.offline else []),
                   *(["--demo", self.demo] if self.demo else []), *self.arguments]
        self.log = tempfile.TemporaryFile("w+", dir=self.work)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env={**os.environ, **(self.environment or {})})
        self.port = 0
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
            if found:
                self.port = int(found.group(1))
                break
        if not self.port:
            raise AssertionError(f"the server did not start: {self.stderr()}")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                if self.request("GET", "/readyz").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server is not ready after 20 s: {self.stderr()}")

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError("the server does not end") from None
        if self.process:
            self.process.stdout.close()

    def family(self):
        """Process ids of the server and of all it started."""
        found, new = [], [self.process.pid]
        while new:
            pid = new.pop()
            found.append(pid)
            try:
                with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                    new += [int(word) for word in f.read().split()]
            except OSError:
                pass
        return found

    def db(self):
        return sqlite3.connect(os.path.join(self.data, "office.db"), timeout=20)

    def fill(self):
        now = int(time.time())
        with self.db() as db:
            for firm, name in FIRMS.items():
                db.execute("INSERT INTO firm(id, name, created_at) VALUES (?, ?, ?)",
                           (firm, name, now))
            for login, (roles, firm) in PEOPLE.items():
                person = db.execute(
                    "INSERT INTO person(login, name, roles, firm, created_at)"
                    " VALUES (?, ?, ?, ?, ?)", (login, login.title(), roles, firm, now)).lastrowid
                token = "sat_" + secrets.token_urlsafe(32)
                self.tokens[login] = token
                db.execute("INSERT INTO token(hash, person, name, scopes, created_at, expires_at)"
                           " VALUES (?, ?, 'test', ?, ?, ?)",
                           (hashlib.sha256(b"token\0" + token.encode()).digest(), person,
                            "application document file verification decision event job",
                            now, now + 86400))
            for number, vendor in ((1, 1), (2, 2)):
                db.execute(
                    "INSERT INTO application(id, number, kind, state, vendor, product, series, level,"
                    " created_at, updated_at) VALUES (?, ?, 'fresh', 'registered', ?, 'Camera', 'ER',"
                    " 1, ?, ?)", (number, f"STQC/IOTSCS/ER/{number:03}", vendor, now, now))
        db.close()

    def request(self, method, path, body=None, headers=None, timeout=120):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            r.body = r.read()
            return r
        finally:
            c.close()

    def __getattr__(self, name):
        login = name.replace("_", "-")
        if login not in PEOPLE:
            raise AttributeError(name)
        return Person(self, login)

    def wait_verified(self, version, seconds=120):
        """The version once it has its verdict, or failed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            v = self.anna.ok("GET", f"/api/v1/versions/{version}")
            if v["state"] in ("verified", "failed"):
                return v
            time.sleep(0.1)
        raise AssertionError(f"version {version} is {v['state']} after {seconds} s; {self.stderr()}")

    def wait_job(self, kind, version, seconds=60):
        """The newest job of that kind once it does not wait or run any more."""
        until = time.monotonic() + seconds
        db = self.db()
        try:
            while time.monotonic() < until:
                row = db.execute("SELECT state, tries, error FROM job WHERE kind = ? AND key = ?"
                                 " ORDER BY id DESC LIMIT 1", (kind, f"version:{version}")).fetchone()
                if row and row[0] in ("done", "needs-human"):
                    return row
                time.sleep(0.1)
            raise AssertionError(f"job {kind} of version {version}: {row}; {self.stderr()}")
        finally:
            db.close()


class Person:
    def __init__(self, body, login):
        self.body = body
        self.headers = {"Authorization": "Bearer " + body.tokens[login]}

    def call(self, method, path, body=None, headers=None, **more):
        headers = {**self.headers, **(headers or {})}
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        return self.body.request(method, path, body, headers, **more)

    def ok(self, method, path, body=None, **more):
        r = self.call(method, path, body, **more)
        if r.status not in (200, 201, 202):
            raise AssertionError(f"{method} {path}: {r.status} {r.body[:400]}")
        return json.loads(r.body)

    def refused(self, status, method, path, body=None, **more):
        r = self.call(method, path, body, **more)
        if r.status != status:
            raise AssertionError(f"{method} {path}: {r.status} instead of {status}: {r.body[:400]}")
        return json.loads(r.body)

    def upload(self, application, data, name, status=201, **words):
        """Sends a document as the body; the answer."""
        query = urllib.parse.urlencode({"filename": name, **words})
        r = self.call("POST", f"/api/v1/applications/{application}/documents?{query}", data,
                      {"Content-Type": "application/octet-stream"}, timeout=300)
        if r.status != status:
            raise AssertionError(f"upload of {name}: {r.status} {r.body[:400]}")
        return json.loads(r.body)
