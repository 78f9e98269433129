#!/usr/bin/env python3
"""A CRL of a million entries end to end: fetched, its signature checked, indexed, on the disk.

Runs in a network namespace (tests/e2e/netns.py) with the real fetch process; prints one JSON object
a line for bench.py, or exits with 77. The peer is what a script would do with curl and openssl.
"""
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import netns  # noqa: E402
from pki_server import Answer, Pki, PkiServer, to_pem  # noqa: E402

B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
PUBLIC, HOST, ENTRIES, ROUNDS = "93.184.215.14", "crl.test.invalid", 1_000_000, 7


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def trust_list(pki, folder):
    rows = []
    for label, role in (("root", "anchor"), ("ca", "intermediate")):
        der = pki.cert(label)
        write(os.path.join(folder, label + ".cer"), der)
        rows.append({"name": label, "file": label + ".cer", "role": role, "purpose": "signing",
                     "sha256": hashlib.sha256(der).hexdigest(), "status": "live",
                     "source": "made for a measurement"})
    write(os.path.join(folder, "manifest.json"),
          json.dumps({"schema": "satyapan-trust/1", "certificates": rows}).encode())
    write(os.path.join(folder, "endpoints.csv"),
          f"ca,kind,url\nExample,CRL,http://{HOST}/ca.crl\n".encode())


def seconds(*command):
    begin = time.monotonic()
    p = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       check=False)
    took = time.monotonic() - begin
    if p.returncode:
        sys.exit(f"crl_store: exit {p.returncode}: {' '.join(command)}: {p.stdout}{p.stderr}")
    return took, p.stdout


def held(data):
    p = subprocess.run([PROGRAM, "revocation", "status", "--data", data, "--format", "json"],
                       capture_output=True, text=True, check=False)
    if ENTRIES not in [json.loads(line)["entries"] for line in p.stdout.splitlines()]:
        sys.exit("crl_store: the list is not held: " + p.stdout)


def row(name, ours, peer, peer_command, goal=None):
    print(json.dumps({"name": "CRL, 1,000,000 entries: " + name, "ours": ours, "peer": peer,
                      "unit": "s", "peer_command": peer_command, "goal": goal}))


def measure(folder, pki):
    trust = os.path.join(folder, "trust")
    os.makedirs(trust)
    trust_list(pki, trust)
    file = write(os.path.join(folder, "ca.crl"), pki.big_crl("ca", ENTRIES))
    pem = write(os.path.join(folder, "ca.pem"), to_pem(pki.cert("ca"), "CERTIFICATE"))
    copy, url, shared = os.path.join(folder, "copy"), f"http://{HOST}/ca.crl", ("--trust-dir", trust)
    times = {"all": [], "import": [], "curl": [], "openssl": []}
    for n in range(ROUNDS + 1):
        data = [os.path.join(folder, f"{what}{n}") for what in ("refresh", "import")]
        for one in data:  # with its database, as a store is from its second run on
            seconds(PROGRAM, "revocation", "refresh", "--offline", "--data", one, *shared)
        took = {"all": seconds(PROGRAM, "revocation", "refresh", "--url", url, "--data", data[0],
                               *shared)[0],
                "import": seconds(PROGRAM, "revocation", "import", "--data", data[1], *shared,
                                  file)[0]}
        for one in data:
            held(one)
        took["curl"] = seconds("curl", "-sf", "-o", copy, "--resolve", f"{HOST}:80:{PUBLIC}", url)[0]
        took["openssl"] = seconds("openssl", "crl", "-inform", "DER", "-in", copy, "-CAfile", pem,
                                  "-noout")[0]
        for what, t in took.items():
            times[what] += [t] if n else []
    return {what: (min(t), statistics.median(t)) for what, t in times.items()}


def main():
    netns.enter([PUBLIC])
    with tempfile.TemporaryDirectory(prefix="crl-store-", dir=B) as folder, Pki() as pki, \
            PkiServer(pki, [(PUBLIC, 80)]) as server:
        dns = netns.Dns({HOST: [PUBLIC]})
        server.page("/ca.crl", Answer(200, pki.big_crl("ca", ENTRIES), "application/pkix-crl"))
        got = measure(folder, pki)
        dns.close()
    for i, which in enumerate(("best", "median")):
        peer = got["curl"][i] + got["openssl"][i]
        row(f"end to end, {which}", got["all"][i], peer, "curl; openssl crl -CAfile",
            "< 0.5 s")
    row("from a file, best", got["import"][0], got["openssl"][0], "openssl crl -CAfile")


main()
