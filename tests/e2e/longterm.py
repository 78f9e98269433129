#!/usr/bin/env python3
"""Documents judged long after they were signed: their stored evidence gives the same report again, and
openssl says the same about the tokens inside.

usage: longterm.py      environment: B, the build directory (default: build)
Every case of longterm.case, longterm_pdf.case and record.case is verified with --evidence and replayed.
The time-stamp tokens of some documents go to `openssl ts -verify`, with their own messages.
"""
import concurrent.futures
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases  # noqa: E402

FILES = ("longterm.case", "longterm_pdf.case", "record.case")
ROOT = os.path.join(cases.DATA, "cert", "lt-root.cer")
failures = []


def run(*words):
    return subprocess.run(words, capture_output=True, timeout=60, check=False)


def replayed(case):
    """None, or what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        kept = os.path.join(folder, "evidence")
        words = cases.command(case, folder)
        first = run(*words[:-1], "--evidence", kept, words[-1])
        if first.returncode not in (0, 1, 2):
            return f"{case.name}: verify ended with {first.returncode}: {first.stderr[-200:]!r}"
        again = run(words[0], "replay", kept)
        if again.returncode != 0:
            return f"{case.name}: replay ended with {again.returncode}: {again.stderr[-200:]!r}"
    return None


# ---- a second opinion on tokens ---------------------------------------------------------------------

def value(data, at):
    """(tag, start of contents, end) of the DER value at an offset."""
    length, start = data[at + 1], at + 2
    if length & 0x80:
        octets = length & 0x7f
        length, start = int.from_bytes(data[start:start + octets], "big"), start + octets
    return data[at], start, start + length


def children(data, start, end):
    while start < end:
        tag, inner, after = value(data, start)
        yield tag, start, inner, after
        start = after


def attributes(data):
    """(OID, first value, signature octets) of each unsigned attribute of the only signer."""
    _, start, end = value(data, 0)
    content = [c for c in children(data, start, end)][1]
    signed = next(children(data, content[2], content[3]))
    infos = [c for c in children(data, signed[2], signed[3])][-1]
    info = next(children(data, infos[2], infos[3]))
    fields = [c for c in children(data, info[2], info[3])]
    signature = [data[f[2]:f[3]] for f in fields if f[0] == 0x04][-1]
    for field in fields:
        for attr in children(data, field[2], field[3]) if field[0] == 0xa1 else ():
            oid, values = list(children(data, attr[2], attr[3]))
            first = next(children(data, values[2], values[3]))
            yield data[oid[2]:oid[3]].hex(), data[first[1]:first[3]], signature


def openssl_agrees(name, when, good):
    """The signature time-stamp of a document: openssl verifies it over the signature value."""
    path = os.path.join(cases.DATA, "lt", name + ".p7m")
    with open(path, "rb") as file:
        found = list(attributes(file.read()))
    token, signature = next((v, s) for oid, v, s in found if oid == "2a864886f70d010910020e")
    with tempfile.TemporaryDirectory() as folder:
        for file, data in (("token", token), ("data", signature if good else b"something else")):
            with open(os.path.join(folder, file), "wb") as out:
                out.write(data)
        pem = []
        for der in ("lt-root", "lt-ca"):
            done = run("openssl", "x509", "-inform", "DER", "-in",
                       os.path.join(cases.DATA, "cert", der + ".cer"))
            pem.append(done.stdout)
        with open(os.path.join(folder, "trust.pem"), "wb") as out:
            out.write(b"".join(pem))
        done = run("openssl", "ts", "-verify", "-token_in", "-in", os.path.join(folder, "token"),
                   "-data", os.path.join(folder, "data"), "-attime", str(when),
                   "-CAfile", os.path.join(folder, "trust.pem"))
    agreed = (b"Verification: OK" in done.stdout) == good
    return None if agreed else f"openssl ts about {name}: {done.stdout + done.stderr!r}"


def main():
    mine = [case for case in cases.load([]) if os.path.basename(case.file) in FILES]
    checks = [lambda case=case: replayed(case) for case in mine]
    for name, when in (("lt-expired", 1717236000), ("old-lta", 1433152800), ("sha1-lta", 1275386400)):
        checks.append(lambda name=name, when=when: openssl_agrees(name, when, True))
        checks.append(lambda name=name, when=when: openssl_agrees(name, when, False))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda check: check(), checks))
    for wrong in filter(None, results):
        failures.append(wrong)
        print("FAIL " + wrong)
    passed = len(results) - len(failures)
    print(f"{passed} passed, {len(failures)} failed, 0 skipped")
    return 1 if failures or len(mine) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
