#!/usr/bin/env python3
"""Two parsers agree: our PDF reader and qpdf find the same signatures, ByteRanges and Contents.

Every PDF of the shared sets, and copies that qpdf rewrites (linearized, object streams, encrypted).
qpdf reads the last revision only and repairs; each difference that follows from that is in
EXPLAINED, and an explanation that no longer holds fails too.
"""
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DUMP = os.path.join(B, "tests", "pdfdump")
SHARED = os.environ.get("SHARED", os.path.join(ROOT, "..", "shared"))
SETS = ("data/signed/pdf", "data/pdf-attacks")
CIPHERS = (("40",), ("128",), ("128", "--use-aes=y"), ("256",))

EXPLAINED = {
    "isa-07-sig-copied.pdf": "the update writes the signature's object again: qpdf sees the last copy "
                             "alone, we tell the copy as a second, broken signature",
    "truncated.pdf": "cut inside the signature: qpdf drops what it cannot read, we tell a broken "
                     "signature",
    "swa-02-gap-stuffed.pdf": "objects stuffed into the signature's dictionary: qpdf drops it while "
                              "repairing, we tell a broken signature",
}
# qpdf 11 writes the number "0." as it stands, which is not JSON.
REAL = re.compile(rb"(?<=[0-9])\.(?=[\s,\]}])")


def ours(path):
    """[(field, broken, [a, b, c, d], blob length, blob digest)], document findings."""
    run = subprocess.run([DUMP, path], capture_output=True, text=True, check=True, timeout=20)
    signatures, document = [], []
    for line in run.stdout.splitlines():
        f = line.split("\t")
        if f[0] == "sig":
            signatures.append((f[2], f[4] == "1", [int(n) for n in f[5].split()], int(f[6]), f[7]))
        elif f[0] == "doc":
            document.append(f[1])
    return signatures, document


def is_signature(value):
    return isinstance(value, dict) and (
        value.get("/Type") in ("/Sig", "/DocTimeStamp") or "/ByteRange" in value)


def theirs(path):
    """[(ByteRange or None, Contents or None)] of every signature dictionary qpdf sees, or None."""
    run = subprocess.run(["qpdf", "--password=", "--json", "--json-key=qpdf", path],
                         capture_output=True, timeout=60)
    if run.returncode not in (0, 3):
        return None
    found = []
    for entry in json.loads(REAL.sub(b".0", run.stdout))["qpdf"][1].values():
        value = entry.get("value")
        if is_signature(value):
            text = value.get("/Contents")
            contents = None
            if isinstance(text, str) and text.startswith("b:"):
                contents = bytes.fromhex(text[2:])
            elif isinstance(text, str) and text.startswith("u:"):
                contents = text[2:].encode("utf-8")
            found.append((value.get("/ByteRange"), contents))
    return found


def matches(mine, other):
    """The same ByteRange, and the same Contents up to the zeros behind the value."""
    _, _, ranges, length, digest = mine
    byte_range, contents = other
    return (byte_range == ranges and contents is not None and
            hashlib.sha256(contents[:length]).hexdigest() == digest and
            not contents[length:].strip(b"\0"))


def differences(path):
    mine, _ = ours(path)
    others = theirs(path)
    if others is None:
        return f"qpdf cannot read it, we find {len(mine)}"
    rest = list(others)
    told = []
    for signature in mine:
        hit = next((o for o in rest if not signature[1] and matches(signature, o)), None)
        if hit:
            rest.remove(hit)
        elif not signature[1]:
            told.append(f"only we see a sound signature at {signature[2]}")
    broken = sum(1 for s in mine if s[1])
    if broken != len(rest):
        told.append(f"we see {broken} broken, qpdf has {len(rest)} others")
    return "; ".join(told)


class Count:
    passed = failed = skipped = 0

    def check(self, name, problem):
        if problem:
            print(f"FAIL {name}: {problem}")
            self.failed += 1
        else:
            self.passed += 1


def compare_shared(count):
    for folder in SETS:
        files = sorted(glob.glob(os.path.join(SHARED, folder, "*.pdf")))
        if not files:
            print(f"skipped: no PDFs in $SHARED/{folder}")
            count.skipped += 1
        for path in files:
            name = os.path.basename(path)
            found = differences(path)
            why = EXPLAINED.get(name)
            if found and why:
                print(f"{name}: {found}. Explained: {why}")
            count.check(name, found if not why else "" if found else
                        f"is explained ({why}), but the parsers agree")
    return count


def rewritten():
    """What qpdf makes of a document: the signature breaks, the structure is sound."""
    jobs = [(), ("--linearize",), ("--object-streams=generate",),
            ("--linearize", "--object-streams=generate"), ("--compress-streams=n",)]
    for job in jobs:
        yield " ".join(job) or "plain", list(job)
    for bits, *more in CIPHERS:
        weak = [] if bits == "256" else ["--allow-weak-crypto"]
        for extra in ([], ["--object-streams=generate"]):
            yield (" ".join(["encrypted", bits, *more, *extra]),
                   [*weak, *extra, "--encrypt", "", "owner", bits, *more, "--"])


def compare_rewritten(count):
    source = os.path.join(SHARED, "data/pdf-attacks/ok-base-P2.pdf")
    if not os.path.exists(source):
        print("skipped: no document to rewrite in $SHARED/data/pdf-attacks")
        count.skipped += 1
        return
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.pdf")
        for label, options in rewritten():
            run = subprocess.run(["qpdf", *options, source, out], capture_output=True, text=True)
            if run.returncode not in (0, 3):
                count.check(label, f"qpdf: {run.stderr.strip()[-100:]}")
                continue
            mine, document = ours(out)
            allowed = ["pdf.encrypted"] if "encrypted" in label else []
            # Not only counted: the first signature's field is what our reader resolves through
            # cross-reference and object streams, and decrypts.
            fields = [s[0] for s in mine]
            problem = differences(out)
            if document != allowed:
                problem += f" document findings {document}"
            if fields != ["Signature1"]:
                problem += f" fields {fields}"
            count.check(label, problem)


def main():
    if not shutil.which("qpdf"):
        print("skipped: qpdf is not installed")
        sys.exit(77)
    if not os.path.exists(DUMP):
        print(f"FAIL {DUMP} is not built (make units)")
        sys.exit(1)
    count = Count()
    compare_shared(count)
    compare_rewritten(count)
    print(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    sys.exit(1 if count.failed else 0)


main()
