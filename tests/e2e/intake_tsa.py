#!/usr/bin/env python3
"""Time-stamps at receipt (RFC 3161) from a service on a network of the test's own.

usage: intake_tsa.py      environment: B, the build directory (default: build)
"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import netns  # noqa: E402

ADDRESS = "93.184.215.14"
netns.enter([ADDRESS])

from body import Body, DEMO, PROGRAM  # noqa: E402
from pki_server import B, Pki, PkiServer  # noqa: E402

CASES = []


def case(function):
    CASES.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def jobs(body, version):
    db = body.db()
    row = db.execute("SELECT state, tries, error FROM job WHERE kind = 'timestamp' AND key = ?"
                     " ORDER BY id DESC LIMIT 1", (f"version:{version}",)).fetchone()
    db.close()
    return row


def wait_for(body, version, what, seconds=40):
    """The job once what(row) holds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        row = jobs(body, version)
        if row and what(row):
            return row
        time.sleep(0.1)
    raise AssertionError(f"the job is {row}; {body.stderr()}")


def try_now(body):
    db = body.db()
    with db:
        db.execute("UPDATE job SET run_at = 1 WHERE kind = 'timestamp' AND state = 'waiting'")
    db.close()


@case
def stamped(body, pki, server, work):
    """The token is over the document, as another program says, and its time is kept."""
    data = b"a document that is received\n"
    v = body.vendor_one.upload(1, data, "a.txt", kind="F01")
    wait_for(body, v["id"], lambda r: r[0] == "done")
    token = body.vendor_one.call("GET", f"/api/v1/versions/{v['id']}/token")
    expect(token.status == 200 and token.headers["Content-Type"] == "application/timestamp-reply",
           f"{token.status} {token.headers}")
    paths = {}
    for name, content in (("a.txt", data), ("a.tsr", token.body)):
        paths[name] = os.path.join(work, name)
        with open(paths[name], "wb") as f:
            f.write(content)
    for label in ("root", "ca", "subca"):
        paths[label] = os.path.join(work, f"{label}.pem")
        with open(paths[label], "wb") as f:
            f.write(pki.pem(label))
    between = os.path.join(work, "between.pem")
    with open(between, "wb") as f:
        f.write(b"".join(open(paths[x], "rb").read() for x in ("ca", "subca")))
    done = subprocess.run(["openssl", "ts", "-verify", "-data", paths["a.txt"], "-in",
                           paths["a.tsr"], "-CAfile", paths["root"], "-untrusted", between],
                          capture_output=True, text=True, check=False, timeout=30)
    expect("Verification: OK" in done.stdout, done.stdout + done.stderr)
    v = body.anna.ok("GET", f"/api/v1/versions/{v['id']}")
    expect(v["has_token"] == 1 and abs(v["token_at"] - v["received_at"]) < 120, v)
    db = body.db()
    row = db.execute("SELECT detail FROM audit WHERE action = 'document.timestamped' AND subject = ?",
                     (f"version:{v['id']}",)).fetchone()
    db.close()
    expect(row and json.loads(row[0])["sha256"] == v["sha256"], f"the trail: {row}")
    expect([r for r in server.requests if r[2] == "/tsa"][0][:2] == ("POST", "tsa.test.invalid"),
           server.requests)


@case
def never_blocks(body, pki, server, work):
    """While the service fails documents are taken in and verified; later it is asked again."""
    for fault in ("503", "empty", "wrong-type"):
        server.fault("/tsa", fault)
        v = body.vendor_one.upload(1, b"taken in all the same: " + fault.encode(), "b.txt",
                                   kind="F01")
        expect(body.wait_verified(v["id"])["verdict"] == "REJECTED", "the verdict")
        state, tries, error = wait_for(body, v["id"], lambda r: r[1] >= 1 and r[0] == "waiting")
        expect("time-stamp" in error, error)
        server.clear()
        try_now(body)
        wait_for(body, v["id"], lambda r: r[0] == "done")


@case
def of_another_document(body, pki, server, work):
    """An answer that is about another document, or for another time, is not kept."""
    real, kept = pki.tsa, []

    def answer_first(request):
        kept.append(real(request))
        return kept[0]

    pki.tsa = answer_first
    try:
        first = body.vendor_one.upload(1, b"the first of two", "c.txt", kind="F01")
        wait_for(body, first["id"], lambda r: r[0] == "done")
        second = body.vendor_one.upload(1, b"the second of two", "d.txt", kind="F01")
        row = wait_for(body, second["id"], lambda r: r[1] >= 1 and r[0] == "waiting")
        expect("not over this document" in row[2], row)
        r = body.vendor_one.call("GET", f"/api/v1/versions/{second['id']}/token")
        expect(r.status == 404, f"a token was kept: {r.status}")
    finally:
        pki.tsa = real


def main():
    for program in (DEMO, PROGRAM, os.path.join(B, "gen", "responder")):
        if not os.path.exists(program):
            netns.skip(f"{program} is not built")
    dns = netns.Dns({"tsa.test.invalid": [ADDRESS]})
    passed = failed = 0
    with Pki() as pki, PkiServer(pki, [(ADDRESS, 80)]) as server, \
            tempfile.TemporaryDirectory() as work:
        body = Body(work, {"tsa_url": "http://tsa.test.invalid/tsa"}, offline=False)
        try:
            for c in CASES:
                try:
                    c(body, pki, server, work)
                    passed += 1
                    print(f"ok   {c.__name__}", flush=True)
                except Exception as e:  # noqa: BLE001 - any of them is a failed case
                    failed += 1
                    print(f"FAIL {c.__name__}: {e}", flush=True)
        finally:
            body.stop()
            subprocess.run(["chmod", "-R", "u+w", work], check=False, timeout=60)
    dns.close()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
