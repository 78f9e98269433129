#!/usr/bin/env python3
"""Documents are verified again when revocation data is new, against a test CA on a network.

What is judged at its arrival by what the CAs say then is settled by newer lists after the grace
period; a signer that turns out to be revoked changes the machine's verdict, not the officer's word.
Time passes by entries of the records: receipt and verification are moved into the past.

usage: intake_recheck.py      environment: B, the build directory (default: build)
"""
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import netns  # noqa: E402
from live_pki import B, CA, CRL, OCSP, PROGRAM, PUBLIC, World  # noqa: E402
from pki_server import DAY, Pki, PkiServer  # noqa: E402

CASES = []


def case(function):
    CASES.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def send(body, world, label):
    with open(world.files[label], "rb") as f:
        data = f.read()
    v = body.vendor_one.upload(1, data, f"{label}.pdf", kind="F01")
    return body.wait_verified(v["id"])


def file_of(body, version):
    return body.anna.ok("GET", f"/api/v1/versions/{version}/files")["items"][0]


def pass_days(body, version, days):
    db = body.db()
    with db:
        db.execute("UPDATE document_version SET received_at = received_at - ? WHERE id = ?",
                   (days * DAY, version))
        db.execute("UPDATE verification SET at = at - ? WHERE document_version = ?",
                   (days * DAY, version))
    db.close()
    store = os.path.join(body.data, "revocation", "store.db")
    if os.path.exists(store):  # whoever failed is asked again
        db = sqlite3.connect(store, timeout=20)
        with db:
            db.execute("UPDATE source SET next_try = 0")
        db.close()


def recheck(body, version, wanted):
    """Runs the hourly work now; the verifications of the version, newest first."""
    count = len(body.anna.ok("GET", f"/api/v1/versions/{version}/verifications")["items"])
    db = body.db()
    with db:
        done = db.execute("SELECT count(*) FROM job WHERE kind = 'recheck' AND state = 'done'"
                          ).fetchone()[0]
        db.execute("UPDATE job SET run_at = 1 WHERE kind = 'recheck' AND state = 'waiting'")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        now = db.execute("SELECT count(*) FROM job WHERE kind = 'recheck' AND state = 'done'"
                         ).fetchone()[0]
        rows = body.anna.ok("GET", f"/api/v1/versions/{version}/verifications")["items"]
        waits = db.execute("SELECT count(*) FROM job WHERE kind = 'verify' AND state IN"
                           " ('waiting', 'running')").fetchone()[0]
        if now > done and not waits and (len(rows) > count) == wanted:
            db.close()
            return rows
        time.sleep(0.1)
    raise AssertionError(f"recheck: {now - done} done, {len(rows)} verifications; {body.stderr()}")


@case
def revoked(body, world):
    """Nothing is known at arrival, an officer accepts; later the list says revoked. (The first case:
    the store keeps what is fetched.)"""
    for place in (f"{CRL}/subca.crl", f"{OCSP}/"):
        world.server.fault(place, "404")
    v = send(body, world, "signer-revoked")
    expect(v["verdict"] == "REVIEW", v["verdict"])
    file = file_of(body, v["id"])
    d = body.anna.ok("POST", f"/api/v1/files/{file['id']}/decisions",
                     {"decision": "accept", "reason": "the CA told us on the telephone"})
    if d["state"] == "proposed":
        body.bala.ok("POST", f"/api/v1/decisions/{d['id']}/confirm", {})
    world.server.clear()
    body.stop()  # the process that fetches remembers who failed
    pass_days(body, v["id"], 3)
    body.start()
    rows = recheck(body, v["id"], True)
    expect((rows[0]["reason"], rows[0]["verdict"], rows[0]["changed"]) ==
           ("revocation-data", "REJECTED", 1), rows[0])
    file = body.anna.ok("GET", f"/api/v1/files/{file['id']}")
    expect((file["verdict"], file["decision"], file["verdict_changed"]) == ("REJECTED", "accept", 1),
           file)
    db = body.db()
    notices = db.execute("SELECT count(*) FROM reminder WHERE kind = 'verdict-changed'").fetchone()
    trail = db.execute("SELECT count(*) FROM audit WHERE action = 'document.verdict-changed'"
                       ).fetchone()
    db.close()
    expect((notices[0], trail[0]) == (1, 1), f"notices {notices}, audit {trail}")


@case
def settled(body, world):
    """ACCEPTED at arrival; after the grace period newer lists settle it."""
    v = send(body, world, "whole")
    expect(v["verdict"] == "ACCEPTED", f"{v['verdict']} {file_of(body, v['id'])}")
    recheck(body, v["id"], False)  # nothing is to be done yet
    pass_days(body, v["id"], 3)
    rows = recheck(body, v["id"], True)
    expect([(r["reason"], r["verdict"], r["changed"]) for r in rows] ==
           [("revocation-data", "ACCEPTED", 0), ("arrival", "ACCEPTED", 0)], rows)
    report = body.anna.ok("GET", f"/api/v1/verifications/{rows[0]['id']}/report")
    expect(report["signatures"][0]["best_time_basis"] == "receipt",
           f"the receipt is the proof: {report['signatures'][0]['best_time_basis']}")


@case
def unsigned_is_left(body, world):
    """What no revocation data made so is not verified again by itself; an officer may ask."""
    v = body.vendor_one.upload(1, b"no signature at all", "a.txt", kind="F01")
    body.wait_verified(v["id"])
    pass_days(body, v["id"], 3)
    recheck(body, v["id"], False)
    body.anna.ok("POST", f"/api/v1/versions/{v['id']}/verifications", {})
    until = time.monotonic() + 30
    rows = []
    while time.monotonic() < until and len(rows) < 2:
        rows = body.anna.ok("GET", f"/api/v1/versions/{v['id']}/verifications")["items"]
        time.sleep(0.1)
    expect([r["reason"] for r in rows] == ["asked", "arrival"], rows)


def main():
    netns.enter([PUBLIC])
    from body import Body
    for program in (PROGRAM, os.path.join(B, "gen", "responder")):
        if not os.path.exists(program):
            netns.skip(f"{program} is not built")
    dns = netns.Dns({name: [PUBLIC] for name in (CRL, CA, OCSP)})
    passed = failed = 0
    with Pki() as pki, PkiServer(pki, [(PUBLIC, 80)]) as server, \
            tempfile.TemporaryDirectory() as work:
        world = World(work, pki, server, dns)
        body = Body(work, demo=False, offline=False, arguments=["--trust", world.trust])
        try:
            for c in CASES:
                try:
                    server.clear()
                    c(body, world)
                    passed += 1
                    print(f"ok   {c.__name__}", flush=True)
                except Exception as e:  # noqa: BLE001 - any of them is a failed case
                    failed += 1
                    print(f"FAIL {c.__name__}: {type(e).__name__} {e}", flush=True)
        finally:
            body.stop()
            subprocess.run(["chmod", "-R", "u+w", work], check=False, timeout=60)
    dns.close()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
