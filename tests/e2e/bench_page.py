"""bench_page - the bench's pages in Chromium, when bench_story.py has units and runs of every kind (bench_page.mjs
looks). Not a test by itself.
"""
import hashlib
import json
import os
import secrets
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import tls_servers  # noqa: E402
from office_server import B, ROOT, expect  # noqa: E402


def session(b, login):
    """The cookie of a session that is open."""
    cookie, now = secrets.token_urlsafe(32), int(time.time())
    db = b.s.db()
    with db:
        person = db.execute("SELECT id FROM person WHERE login = ?", (login,)).fetchone()[0]
        db.execute("INSERT INTO session(hash, person, stage, form_token, address, created_at, seen_at, confirmed_at,"
                   " expires_at) VALUES(?, ?, 'full', ?, '::1', ?, ?, ?, ?)",
                   (hashlib.sha256(b"cookie\0" + cookie.encode()).digest(), person, secrets.token_bytes(32), now, now,
                    now, now + 43200))
    db.close()
    return cookie


EVIL = '<script>alert(1)</script>=cmd|\' /C calc\'!A0\033[31m\u202e"\'&;'


def hostile(b):
    """A device whose certificate tries everything, and one that sends 16 MB of it."""
    name = EVIL.encode("ascii", "replace").decode().replace("/", "\\/").replace("+", "\\+")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "evil.key", "-out", "evil.pem",
                    "-days", "9", "-utf8", "-subj", f"/CN=@SUM(1)\\+1/O={name}/OU=-2\\+3/L=<img src=x onerror=alert(1)>"],
                   cwd=b.work, check=True, capture_output=True, timeout=60)
    port = tls_servers.free_port()
    d = type(b.device)(b.work, port)
    d.openssl("evil")
    unit = b.lab.post("/api/v1/devices", {"firm": "=HYPERLINK(1)", "model": "<b>Evil</b>", "serial": "'\"><svg onload=1>",
                                          "targets": f"127.0.0.1:{port}/https", "note": "@x\u200b"})["id"]
    run = b.scan(unit)
    d.stop()
    return unit, run["id"]


def make(b):
    """What the story has not made yet, and where everything is."""
    with open(os.path.join(b.work, "first.record"), "rb") as f:
        record = f.read()
    report = b.lab.call("GET", f"/api/v1/scans/{b.first['id']}/report").body
    runs = {"first": b.first["id"], "second": b.second["id"], "client": b.listened["id"], "blind": b.blind["id"]}
    for name, body in (("upload", record), ("word", report), ("broken", b"PK")):
        a = b.lab.call("POST", f"/api/v1/devices/{b.twin}/records?filename=x", body=body,
                       headers={"Content-Type": "application/octet-stream"})
        runs[name] = b.wait(a.json["id"], ("done", "failed"))["id"]
    slow = b.lab.post("/api/v1/devices", {"firm": "Slow", "model": "S", "serial": "pages",
                                          "targets": " ".join(f"127.0.0.1:{b.silence.port}/{s}" for s in
                                                              ("tls", "https", "mqtts", "sips", "rtsps", "ftps"))})["id"]
    evil, runs["evil"] = hostile(b)
    return {"base": f"http://127.0.0.1:{b.s.port}", "unit": b.unit, "twin": b.twin, "foreign": b.foreign, "slow": slow,
            "evil": evil, "application": b.application, "runs": runs, "client": b.client,
            "listen": b.listen_port,
            "cookies": {who: session(b, who) for who in ("assessor", "acme", "beta", "intake")}}


def csv_is_text(b, run):
    """No cell that a spreadsheet would calculate."""
    import csv
    import io
    a = b.lab.call("GET", f"/api/v1/scans/{run}/report?format=csv")
    for row in csv.reader(io.StringIO(a.body.decode("utf-8-sig"), newline="")):
        for cell in row:
            expect(not cell or cell[0] not in "=+-@\t\r", f"a cell that calculates: {cell!r}")
            expect("\033" not in cell and "\u202e" not in cell, f"a cell that deceives: {cell!r}")


def look(b, words):
    """An AssertionError when something is wrong; what it counts goes to stdout."""
    world = make(b)
    csv_is_text(b, world["runs"]["evil"])
    node = subprocess.run(["node", os.path.join(ROOT, "tests/e2e/bench_page.mjs"), *words],
                          env=os.environ | {"BENCH": json.dumps(world), "B": B}, timeout=800, check=False)
    expect(node.returncode in (0, 77), f"bench_page.mjs ends with {node.returncode}")
