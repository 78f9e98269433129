#!/usr/bin/env python3
"""The server under load: prints one JSON object a line for bench.py.

Verification of a signed PDF of 200 KB over HTTP, sandbox on, by wrk at 1, 8 and 64 connections; the
peer is the same work in one process (satyapan verify --no-sandbox, one thread, many copies). Then
uploads of 5 MB, and lists of 50 applications out of 100,000.
environment: B, the build directory (default: build); COUNT, applications (default 100000)
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
from office_server import PROGRAM, OfficeServer  # noqa: E402

B = os.path.join(ROOT, os.environ.get("B", "build"))
COUNT = int(os.environ.get("COUNT", "100000"))
SECONDS, COPIES = 5, 400


def row(name, ours, peer, unit, peer_command, goal=None):
    print(json.dumps({"name": name, "ours": ours, "peer": peer, "unit": unit,
                      "peer_command": peer_command, "goal": goal}), flush=True)


def seconds(text):
    n, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(n) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[unit]


def wrk(work, url, connections, lines):
    """Requests a second, median and p99 in seconds. lines: Lua, before the requests."""
    script = os.path.join(work, "load.lua")
    with open(script, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))
    command = ["wrk", "-t", str(min(2, connections)), "-c", str(connections), "--timeout", "30s",
               "--latency", "-s", script]
    subprocess.run([*command, "-d", "1s", url], capture_output=True, check=True)
    p = subprocess.run([*command, "-d", f"{SECONDS}s", url], capture_output=True, text=True,
                       check=True)
    if re.search(r"Non-2xx|Socket errors", p.stdout):
        sys.exit(f"wrk: {p.stdout}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", p.stdout).group(1))
    at = {k: seconds(v) for k, v in re.findall(r"(?m)^\s+(50|99)%\s+(\S+)", p.stdout)}
    return rate, at["50"], at["99"]


def in_process(demo, pdf):
    """Seconds a document in one process with one thread."""
    trust = os.path.join(demo, "trust")
    command = [PROGRAM, "verify", "--offline", "--no-sandbox", "--jobs", "1", "--format", "json",
               "--profile", "generic", "--trust", os.path.join(trust, "anchor.pem"), "--untrusted",
               os.path.join(trust, "intermediates.pem"), "--crl", os.path.join(trust, "crl")]
    took = []
    for copies in (1, COPIES, 1, COPIES, 1, COPIES):
        began = time.monotonic()
        p = subprocess.run([*command, *[pdf] * copies], capture_output=True, check=False)
        took.append((time.monotonic() - began))
        if p.returncode not in (0, 2) or p.stdout.count(b"\n") != copies:
            sys.exit(f"verify: {p.returncode} {p.stderr[-500:]}")
    return min((many - one) / (COPIES - 1) for one, many in zip(took[::2], took[1::2]))


def verification(work):
    subprocess.run([os.path.join(B, "gen", "demo"), work, "--large", "200"], check=True)
    demo = os.path.join(work, "demo")
    pdf = os.path.join(demo, "large.pdf")
    s = OfficeServer(work, demo=demo, connections=1024, queue=1000)
    try:
        with open(pdf, "rb") as f:
            r = s.call("POST", "/api/v1/verify", body=f.read(),
                       headers={"Content-Type": "application/pdf"})
        if r.json["verdict"] != "ACCEPTED":
            sys.exit(f"the PDF is not accepted: {r.body[:500]}")
        peer = in_process(demo, pdf)
        lines = ['wrk.method = "POST"', f'wrk.body = io.open("{pdf}", "rb"):read("*a")',
                 'wrk.headers["Content-Type"] = "application/pdf"']
        for c in (1, 8, 64):
            rate, _, p99 = wrk(work, f"http://127.0.0.1:{s.port}/api/v1/verify", c, lines)
            many = f"{c} connection" + ("s" if c > 1 else "")
            same = "satyapan verify --no-sandbox --jobs 1"
            row(f"HTTP verify 200 KB PDF, {many}: 1/rate", 1 / rate, peer, "s", same)
            row(f"HTTP verify 200 KB PDF, {many}: p99", p99, peer, "s", same)
    finally:
        s.stop()


def http_pid(s):
    with open(f"/proc/{s.process.pid}/task/{s.process.pid}/children", encoding="ascii") as f:
        for child in f.read().split():
            with open(f"/proc/{child}/comm", encoding="ascii") as c:
                if c.read().strip() == "satyapan-http":
                    return int(child)
    sys.exit("no HTTP process")


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(x.split()[1]) for x in f if x.startswith("VmRSS")) / 1024


def filled(work):
    """A server on many applications: lists, a page, uploads."""
    data, kept = os.path.join(work, "many"), os.path.join(B, "bench", "records")
    if COUNT == 100000 and os.path.exists(os.path.join(kept, "office.db")):
        shutil.copytree(kept, data)  # of the part before
    else:
        subprocess.run([sys.executable, "-B", os.path.join(ROOT, "tests", "bench", "fill.py"),
                        PROGRAM, data, str(COUNT)], check=True, stdout=subprocess.DEVNULL)
    s = OfficeServer(work, {"totp_officers": False}, data=data)
    try:
        lists(work, s)
        uploads(s)
    finally:
        s.stop()


def session(s):
    """A cookie of an officer."""
    import hashlib
    import secrets
    cookie, now = secrets.token_urlsafe(32), int(time.time())
    with s.db() as db:
        person = db.execute("SELECT id FROM person WHERE login = 'bench'").fetchone()[0]
        db.execute("INSERT INTO session(hash, person, stage, form_token, address, created_at, seen_at,"
                   " confirmed_at, expires_at) VALUES(?, ?, 'full', ?, '::1', ?, ?, ?, ?)",
                   (hashlib.sha256(b"cookie\0" + cookie.encode()).digest(), person,
                    secrets.token_bytes(32), now, now, now, now + 43200))
    db.close()
    return cookie


def lists(work, s):
    token = s.person("bench", "intake", "admin")
    limit = "(the limit, 20 ms)"
    asked = (("", "newest"), ("?sort=due", "by what is due"), ("?text=camera", "that say camera"),
             ("?state=testing&sort=changed", "being tested"))
    for query, what in asked:
        _, half, p99 = wrk(work, f"http://127.0.0.1:{s.port}/api/v1/applications{query}", 1,
                           [f'wrk.headers["Authorization"] = "Bearer {token}"'])
        row(f"50 of {COUNT} applications, {what}", half, 0.020, "s", limit, "<= 1")
        row(f"50 of {COUNT} applications, {what}: p99", p99, 0.020, "s", limit)
    cookie = session(s)
    r = s.call("GET", "/office", headers={"Cookie": f"satyapan={cookie}"})
    if r.status != 200:
        sys.exit(f"the page of applications: {r}")
    _, half, p99 = wrk(work, f"http://127.0.0.1:{s.port}/office", 1,
                       [f'wrk.headers["Cookie"] = "satyapan={cookie}"'])
    row(f"page of 50 of {COUNT} applications", half, 0.020, "s", limit, "<= 1")
    row(f"page of 50 of {COUNT} applications: p99", p99, 0.020, "s", limit)


def uploads(s):
    token = s.person("sender", "intake")
    with s.db() as db:
        application = db.execute("SELECT id FROM application WHERE state = 'testing'").fetchone()[0]
    db.close()
    path = f"/api/v1/applications/{application}/documents"
    body = os.urandom(5 << 20)

    def send(n):
        r = s.upload(path, body + b"%d" % n, token, media="text/plain")
        if r.status != 201:
            sys.exit(f"upload: {r}")
    for n in range(4):
        send(n)
    pid = http_pid(s)
    before, began = resident(pid), time.monotonic()
    for n in range(40):
        send(100 + n)
    took = (time.monotonic() - began) / 40
    probe = os.path.join(s.data, "probe")
    began = time.monotonic()
    for _ in range(10):
        with open(probe, "wb") as f:
            f.write(body)
            f.flush()
            os.fsync(f.fileno())
    peer = (time.monotonic() - began) / 10
    os.remove(probe)
    row("upload of 5 MB, acknowledged", took, peer, "s", "write and fsync of 5 MB")
    row("the same 40 times: growth of memory", max(0.0, resident(pid) - before), 12.0, "MiB",
        "(the limit, 12 MiB)", "<= 1")


with tempfile.TemporaryDirectory(prefix="satyapan-bench-") as folder:
    verification(folder)
    filled(folder)
