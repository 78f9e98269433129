#!/usr/bin/env python3
"""Hostile sizes of XML: an answer or a refusal, with a reason, in bounded memory, never a crash.

usage: xmlsizes.py [NAME...]       environment: B, the build directory (default: build)
The documents are made in a temporary folder from generated ones and thrown away; 60 s is a hang.
What it does not do: measure speed (tests/bench).
"""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
DATA = os.path.join(B, "gen", "data")
EXIT = {"ACCEPTED": 0, "REJECTED": 1, "REVIEW": 2}
HANG = 60
MEMORY = 900  # MiB, of any one process: three copies of the largest document, and its tree
MB = 1 << 20

with open(os.path.join(DATA, "xml", "enveloped.xml"), "rb") as f:
    GOOD = f.read()
with open(os.path.join(DATA, "xml", "xpath.xml"), "rb") as f:
    SIGNED = f.read()
AT = GOOD.index(b"<ds:Signature ")
HEAD, SIGNATURE = GOOD[:AT], GOOD[AT:GOOD.index(b"</Declaration>")]
TAIL = b"</Declaration>"
REFERENCE = SIGNATURE[SIGNATURE.index(b"<ds:Reference"):SIGNATURE.index(b"</ds:SignedInfo>")]
CERTIFICATE = SIGNATURE[SIGNATURE.index(b"<ds:X509Certificate>"):SIGNATURE.index(b"</ds:X509Data>")]
CHANGED = {"xml.digest-mismatch"}
LIMIT = {"engine.limit"}
DOCTYPE = {"xml.doctype"}
CASES = []


def case(name, reasons, *pieces):
    """The document is the pieces, each bytes or (bytes, how often)."""
    CASES.append((name, reasons, pieces))


def inside(name, reasons, *pieces):
    """What is put into a signed document, before its signature."""
    case(name, reasons, HEAD, *pieces, SIGNATURE, TAIL)


def signature(name, reasons, before, *pieces):
    """What is put into the signature, before a text of it."""
    at = GOOD.index(before)
    case(name, reasons, GOOD[:at], *pieces, GOOD[at:])


def names(form, count, step=50000):
    """form with the numbers below count, in pieces."""
    for start in range(0, count, step):
        yield b"".join(form % i for i in range(start, min(start + step, count)))


inside("100 MB of text", CHANGED | LIMIT, (b"x" * MB, 100))
inside("100 MB of comments", LIMIT, (b"<!--" + b"x" * (MB - 7) + b"-->", 100))
inside("one comment of 60 MB", {"xml.comments-not-signed"}, b"<!--", (b"x" * MB, 60), b"-->")
inside("one instruction of 40 MB", CHANGED | LIMIT, b"<?x ", (b"x" * MB, 40), b"?>")
inside("100 MB of elements", LIMIT, (b"<a/>" * (MB // 4), 100))
inside("more than 128 MB", LIMIT, (b"x" * MB, 129))
inside("1,000,000 elements", CHANGED | LIMIT, (b"<a></a>" * 1000, 1000))
inside("1,000,000 elements with Ids", CHANGED | LIMIT, *names(b'<a Id="i%d"/>', 1000000))
inside("1,000,000 elements with one Id", CHANGED | LIMIT | {"xml.id-twice"},
       (b'<a Id="i"/>' * 1000, 1000))
inside("1,000,000 CDATA sections", CHANGED | LIMIT, (b"<![CDATA[x]]>" * 1000, 1000))
inside("1,000,000 character references", CHANGED, (b"&#x1F600;" * 1000, 1000))
inside("10,000 nested elements", LIMIT, (b"<a>", 10000), (b"</a>", 10000))
inside("10,000 open elements", LIMIT, (b"<a>", 10000))
inside("100,000 attributes", LIMIT, b"<a ", *names(b'a%d="" ', 100000), b"/>")
inside("100,000 namespaces", LIMIT, b"<a ", *names(b'xmlns:a%d="urn:%%d" ', 100000), b"/>")
inside("100,000 elements with 20 namespaces", CHANGED | LIMIT,
       (b"<a %s/>" % b" ".join(b'xmlns:n%d="urn:n"' % i for i in range(20)), 100000))
inside("one attribute of 50 MB", CHANGED | LIMIT, b'<a b="', (b"x" * MB, 50), b'"/>')
inside("one name of 5 MB", {"xml.not-well-formed", "engine.limit", "xml.digest-mismatch"}, b"<",
       (b"x" * MB, 5), b"/>")
case("1,000 signatures", set(), HEAD, (SIGNED[AT:SIGNED.index(TAIL)], 1000), TAIL)
case("10,000 signatures", LIMIT, HEAD, (SIGNED[AT:SIGNED.index(TAIL)], 10000), TAIL)
case("300 signatures over each other", CHANGED | LIMIT, HEAD, (SIGNATURE, 300), TAIL)
case("200 signatures over 10 MB", LIMIT | CHANGED, HEAD, (b"<a>x</a>" * 1000, 1250),
     (SIGNATURE, 200), TAIL)
case("200 signatures inside each other", LIMIT | {"xml.signature-structure"}, HEAD,
     (SIGNATURE.replace(b"</ds:Signature>", b"<ds:Object>"), 200),
     (b"</ds:Object></ds:Signature>", 200), TAIL)
signature("10,000 references", LIMIT | {"xml.signature-invalid"}, b"</ds:SignedInfo>",
          (REFERENCE, 10000))
signature("1,000,000 transforms", {"xml.transform-refused", "engine.limit"}, b"</ds:Transforms>",
          (b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>' * 100, 5000))
signature("1,000 certificates", set(), b"</ds:X509Data>", (CERTIFICATE, 1000))
signature("a certificate of 30 MB", set(), b"</ds:X509Data>", b"<ds:X509Certificate>",
          (b"A" * MB, 30), b"</ds:X509Certificate>")
signature("a value of 30 MB", {"xml.signature-structure"}, b"</ds:SignatureValue>", (b"A" * MB, 30))
signature("1,000,000 objects", {"xml.partial-coverage", "engine.limit"}, b"</ds:Signature>",
          (b"<ds:Object>x</ds:Object>" * 100, 5000))
# Entities: never read at all.
case("billion laughs", DOCTYPE, b"<!DOCTYPE a [<!ENTITY l0 \"lol\">",
     *(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 11)), b"]>",
     GOOD.replace(b"EC-2100", b"&l10;"))
case("one long entity, often", DOCTYPE, b'<!DOCTYPE a [<!ENTITY a "', (b"x" * 1000, 100), b'">]>',
     HEAD, (b"&a;", 100000), SIGNATURE, TAIL)
case("a file as entity", DOCTYPE, b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///dev/zero">]>',
     GOOD.replace(b"EC-2100", b"&e;"))
case("a network address as DTD", DOCTYPE, b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">', GOOD)
case("100 MB of DOCTYPE", DOCTYPE, b"<!DOCTYPE a [", (b"<!-- %s -->" % (b"x" * MB), 100), b"]>",
     GOOD)


def write(path, pieces):
    with open(path, "wb") as out:
        for piece in pieces:
            data, times = piece if isinstance(piece, tuple) else (piece, 1)
            while times > 0:
                some = max(1, min(times, MB // max(1, len(data))))
                out.write(data * some)
                times -= some


def run(path):
    """Report, exit status, MiB of the largest process, seconds."""
    words = [PROGRAM, "verify", "--offline", "--format", "json", "--at", "2026-11-21T06:30:00Z",
             "--kind", "declaration", "--trust", os.path.join(DATA, "cert", "root.cer"), "--crl",
             os.path.join(DATA, "crl"), path]
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT)
        timer = threading.Timer(HANG, process.kill)
        timer.start()
        # wait4 counts the process and the children that it waited for.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        out.seek(0)
        text = out.read()
    try:
        report = json.loads(text.splitlines()[0])
    except (IndexError, ValueError):
        report = None
    return report, process.returncode, usage.ru_maxrss // 1024, time.monotonic() - start


def judge(report, status, memory, reasons):
    if report is None:
        return f"no report, exit {status}"
    if EXIT.get(report["verdict"]) != status:
        return f"exit {status} for {report['verdict']}"
    found = {f["code"] for f in report["findings"]}
    for one in report["signatures"]:
        found |= {f["code"] for f in one["findings"]}
    if reasons and not found & reasons:
        return f"{report['verdict']}: {' '.join(sorted(found))}, not {' '.join(sorted(reasons))}"
    if report["verdict"] == "ACCEPTED" and reasons & {"xml.digest-mismatch", "engine.limit",
                                                      "xml.doctype", "xml.signature-invalid"}:
        return "ACCEPTED"
    own = {code for code in found if code.startswith("engine.")} - LIMIT
    if own:
        return "a failure of our own: " + " ".join(sorted(own))
    return f"{memory} MiB" if memory > MEMORY else None


def main():
    wanted, failed, passed = sys.argv[1:], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "document.xml")
        for name, reasons, pieces in CASES:
            if wanted and not any(word in name for word in wanted):
                continue
            write(path, pieces)
            report, status, memory, took = run(path)
            wrong = judge(report, status, memory, reasons)
            verdict = report["verdict"] if report else "-"
            print(f"{'FAIL' if wrong else 'ok'} {name}: {wrong or verdict}, {memory} MiB, "
                  f"{took * 1000:.0f} ms", flush=True)
            passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
