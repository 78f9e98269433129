#!/usr/bin/env python3
"""`satyapan register export`: signed dumps, the status list, documents for an issuer of the DigiLocker kind.

usage: register_export.py      environment: B, the build directory (default: build)
"""
import base64
import csv
import hashlib
import json
import os
import sys
import tempfile
import xml.etree.ElementTree as ET
import zlib

import pades
from issue_world import World, request
from pades import check, run

SPKI = bytes.fromhex("302a300506032b6570032100")


def exported(w, *words):
    return w.register("export", "--out", w.path("export"), *words)


def read(w, *name):
    with open(w.path("export", *name), "rb") as f:
        return f.read()


def signed_by(w, note, vkey):
    """The lines of a signed note's text, when openssl says that the key signed it."""
    text, _, line = note.decode().partition("\n\n")
    name, key_id, key = vkey.split("+", 2)
    raw = base64.b64decode(line.rsplit(" ", 1)[1])
    for file, content in (("k", SPKI + base64.b64decode(key)[1:]), ("s", raw[4:]), ("m", (text + "\n").encode())):
        w.write(file, content)
    p = run("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", w.path("k"), "-keyform", "DER", "-rawin", "-in",
            w.path("m"), "-sigfile", w.path("s"))
    good = p.returncode == 0 and raw[:4].hex() == key_id and line.startswith(f"— {name} ")
    return text.split("\n") if good else None


def dumps(w):
    vkey = w.vkey()
    for name in ("certificates.json", "certificates.csv", "status-list.json"):
        lines = signed_by(w, read(w, name + ".sig"), vkey)
        check(f"{name}: signed", lines and lines[0] == "satyapan-register-dump/1" and lines[1] == name, lines)
        check(f"{name}: of this file", lines and lines[4] == hashlib.sha256(read(w, name)).hexdigest(), lines)
        check(f"{name}: of all entries", lines and int(lines[3]) == w.ask("SELECT count(*) FROM log_entry")[0][0])
    items = json.loads(read(w, "certificates.json"))["items"]
    rows = list(csv.DictReader(read(w, "certificates.csv").decode().splitlines()))
    check("both say the same", [(i["number"], i["status"]) for i in items] ==
          [(r["number"], r["status"]) for r in rows], rows)
    check("the states", [i["status"] for i in items] == ["VALID", "SUSPENDED", "WITHDRAWN"], items)
    lst = json.loads(read(w, "status-list.json"))["lst"]
    octets = zlib.decompress(base64.urlsafe_b64decode(lst + "=" * (-len(lst) % 4)))
    check("the status list", [octets[0] >> 2 * i & 3 for i in range(3)] == [0, 2, 1], octets)
    check("the head and the key", read(w, "checkpoint").startswith(b"iotscs.example.in\n") and
          read(w, "register.vkey").decode().strip() == vkey)


def documents(w):
    index = list(csv.DictReader(read(w, "issuer", "index.csv").decode().splitlines()))
    uri = "in.gov.example-IOTSC-STQC_IOTSCS_ER_001"
    check("the index has all", [r["status"] for r in index] == ["VALID", "SUSPENDED", "WITHDRAWN"] and
          index[0]["uri"] == uri, index)
    check("a document for the valid one only", sorted(os.listdir(w.path("export", "issuer"))) ==
          sorted([uri + ".xml", "index.csv"]), os.listdir(w.path("export", "issuer")))
    doc = ET.fromstring(read(w, "issuer", uri + ".xml"))
    check("its address", (doc.findtext("URI"), doc.findtext("DocType"), doc.findtext("DocId")) ==
          (uri, "IOTSC", "STQC_IOTSCS_ER_001"), ET.tostring(doc)[:300])
    number = "STQC/IOTSCS/ER/001"
    for element, ending in (("DocContent", ".pdf"), ("DataContent", ".xml")):
        check(f"{element} is the file {ending}", base64.b64decode(doc.findtext(element)) ==
              open(w.file(number, ending), "rb").read())


def main():
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        check("nothing yet: no key", exported(w).returncode == 69)
        check("issued", all(w.one(request(n)).returncode == 0 for n in (1, 2, 3)))
        check("events", w.register("suspend", "STQC/IOTSCS/ER/002", "--reason", "x").returncode == 0 and
              w.register("withdraw", "STQC/IOTSCS/ER/003", "--reason", "x").returncode == 0)
        done = exported(w, "--issuer", "in.gov.example")
        check("export", done.returncode == 0 and "1 documents" in done.stdout, done.stdout + done.stderr)
        dumps(w)
        documents(w)
        before = os.stat(w.path("export", "issuer", "in.gov.example-IOTSC-STQC_IOTSCS_ER_001.xml")).st_ino
        done = exported(w, "--issuer", "in.gov.example")
        after = os.stat(w.path("export", "issuer", "in.gov.example-IOTSC-STQC_IOTSCS_ER_001.xml")).st_ino
        check("again: what is the same stays", done.returncode == 0 and before == after)
        check("no scraps", not [f for f in os.listdir(w.path("export")) if f.endswith(".tmp")])
        check("suspended", w.register("suspend", "STQC/IOTSCS/ER/001", "--reason", "x").returncode == 0)
        done = exported(w, "--issuer", "in.gov.example")
        check("one that is not valid any more is taken away", done.returncode == 0 and
              os.listdir(w.path("export", "issuer")) == ["index.csv"], os.listdir(w.path("export", "issuer")))
        for words in (("--issuer", "../../x"), ("--issuer", "a", "--type", "B/C"), ("--issuer", ".x"),
                      ("--on", "2026-01-01")):
            check(f"{words}: 64", exported(w, *words).returncode == 64)
        check("no folder: 64", w.register("export").returncode == 64)
        w.write("file", "x")
        check("no folder can be made: 74", w.register("export", "--out", w.path("file", "x")).returncode == 74)
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
