"""A server with records for tests: persons, API tokens, requests. Not a test by itself."""
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
SCOPES = ("application model location note firm lab payment document file decision verification "
          "search statistics audit person officer job reminder rule settings problem certificate device "
          "scan foreign issuer")
ROLES = {"intake": 1, "assessor": 2, "committee": 4, "signer": 8, "admin": 16, "vendor": 32}


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


class Answer:
    def __init__(self, r, body):
        self.status, self.body, self.headers = r.status, body, r.headers

    def header(self, name):
        return self.headers.get(name)

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class OfficeServer:
    """One running server; settings as in DATA/office.json, limits as in its configuration file."""

    def __init__(self, work, settings=None, data=None, demo=None, ready=True, proxy=False,
                 **limits):
        self.work, self.data = work, data or os.path.join(work, "data")
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        self.settings = {"disk_reserve_bytes": 0} | (settings or {})
        with open(os.path.join(self.data, "office.json"), "w", encoding="utf-8") as f:
            json.dump(self.settings, f)
        limits.setdefault("rate_per_minute", 0)
        self.config = os.path.join(work, f"config-{time.monotonic_ns()}.json")
        with open(self.config, "w", encoding="utf-8") as f:
            json.dump({"limits": limits, "behind_proxy": proxy}, f)
        self.command = [PROGRAM, "serve", "--offline", "--listen", "127.0.0.1:0", "--data",
                        self.data, "--config", self.config]
        self.command += ["--demo", demo] if demo else []
        self.when = "/readyz" if ready else "/healthz"
        self.start()

    def start(self):
        self.log = tempfile.TemporaryFile("w+", dir=self.work)
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True)
        first = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", first)
        if not found:
            self.process.wait(10)
            raise AssertionError(f"no address in {first!r}; {self.stderr()}")
        self.port = int(found.group(1))
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def wait_ready(self, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if self.call("GET", self.when).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server is not ready after {seconds} s: {self.stderr()[-2000:]}")

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the server does not end") from None
        self.process.stdout.close()
        return code

    # ---- people -----------------------------------------------------------------------------

    def db(self):
        return sqlite3.connect(os.path.join(self.data, "office.db"), timeout=60)

    def person(self, login, *roles, firm=None):
        """Adds a person and returns an API token that allows everything his roles do."""
        bits = sum(ROLES[r] for r in roles)
        token = "sat_" + secrets.token_urlsafe(32)
        now = int(time.time())
        with self.db() as db:
            cursor = db.execute("INSERT INTO person(login, name, firm, roles, created_at)"
                                " VALUES(?, ?, ?, ?, ?)", (login, login.title(), firm, bits, now))
            db.execute("INSERT INTO token(hash, person, name, scopes, created_at, expires_at)"
                       " VALUES(?, ?, 'test', ?, ?, ?)",
                       (hashlib.sha256(b"token" + b"\0" + token.encode()).digest(),
                        cursor.lastrowid, SCOPES, now, now + 86400))
        db.close()
        return token

    # ---- requests ---------------------------------------------------------------------------

    def call(self, method, path, value=None, token=None, body=None, headers=None, timeout=60):
        """value: sent as JSON; body: sent as it is."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if value is not None:
            body = json.dumps(value).encode()
            headers.setdefault("Content-Type", "application/json")
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, body, headers)
            r = c.getresponse()
            return Answer(r, r.read())
        finally:
            c.close()

    def good(self, method, path, value=None, token=None, **more):
        r = self.call(method, path, value, token, **more)
        expect(r.status in (200, 201, 204), f"{method} {path}: {r}")
        return r.json if r.body else None

    def problem(self, status, code, method, path, value=None, token=None, **more):
        r = self.call(method, path, value, token, **more)
        expect(r.status == status, f"{method} {path}: not {status} but {r}")
        expect(r.header("Content-Type") == "application/problem+json", f"{method} {path}: {r}")
        p = r.json
        expect(p["code"] == code and p["status"] == status, f"{method} {path}: not {code} but {p}")
        expect(all(p.get(k) for k in ("type", "title", "detail")), f"members are missing: {p}")
        return p

    def upload(self, path, data, token, name="document.pdf", media="application/pdf", timeout=60,
               **query):
        query = {"kind": "other", "filename": name} | query
        return self.call("POST", path + "?" + urllib.parse.urlencode(query), token=token, body=data,
                         timeout=timeout, headers={"Content-Type": media})


def multipart(parts):
    """parts: (name, file name or None, bytes)"""
    boundary, out = "----boundary7MA4YWxk", b""
    for name, filename, data in parts:
        out += f"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"".encode()
        out += f"; filename=\"{filename}\"".encode() if filename is not None else b""
        out += b"\r\n\r\n" + data + b"\r\n"
    return out + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def run_cases(cases, names):
    """Each case is a function of a work folder; prints TAP-like lines and the summary."""
    wanted = [c for c in cases if not names or any(n in c.__name__ for n in names)]
    passed = failed = 0
    for c in wanted:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="satyapan-office-") as work:
            try:
                c(work)
                passed += 1
                print(f"ok   {c.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
            except (AssertionError, OSError, KeyError, ValueError, TypeError) as e:
                failed += 1
                print(f"FAIL {c.__name__}: {type(e).__name__}: {e}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0
