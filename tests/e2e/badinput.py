#!/usr/bin/env python3
"""Bad input: each gives a clear message and the right exit code, soon, and never ACCEPTED.

usage: badinput.py [NAME...]       environment: B, the build directory (default: build)
A run that takes 10 s is a hang and fails; the times are printed, the longest at the end.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
DATA = os.path.join(B, "gen", "data")
AT = "2026-11-21T06:30:00Z"
HANG = 10
EXIT = {"ACCEPTED": 0, "REJECTED": 1, "REVIEW": 2}
# exit codes, CONTRACT.md
GOOD, BAD, REVIEW, USAGE, DATAERR, NOINPUT, IOERR, NOPERM = 0, 1, 2, 64, 65, 66, 74, 77

TRUST = ["--profile", "generic", "--offline", "--at", AT, "--trust",
         os.path.join(DATA, "cert", "root.cer"), "--crl", os.path.join(DATA, "crl")]


class Skip(Exception):
    """A case that cannot run here, and why."""


# ---- what is fed to the program -----------------------------------------------------------------

def generated(name):
    with open(os.path.join(DATA, name), "rb") as f:
        return f.read()


class Pdf:
    """The smallest PDF writer that can write what is wrong."""

    def __init__(self):
        self.out, self.at = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}

    def add(self, num, body):
        self.at[num] = len(self.out)
        self.out += b"%d 0 obj\n" % num + body + b"\nendobj\n"

    def stream(self, num, extra, data):
        self.add(num, b"<< %s /Length %d >>\nstream\n" % (extra, len(data)) + data
                 + b"\nendstream")

    def table(self, trailer=b"", root=1):
        start, size = len(self.out), max(self.at) + 1
        self.out += b"xref\n0 %d\n0000000000 65535 f \n" % size
        for num in range(1, size):
            self.out += (b"%010d 00000 n \n" % self.at[num] if num in self.at
                         else b"0000000000 65535 f \n")
        self.out += b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (size, root, trailer)
        self.out += b"startxref\n%d\n%%%%EOF\n" % start
        return bytes(self.out)


def simple(extra=b""):
    p = Pdf()
    p.add(1, b"<< /Type /Catalog /Pages 2 0 R %s >>" % extra)
    p.add(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    p.add(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>")
    return p


def bomb(megabytes):
    """Zeros that deflate to a thousandth."""
    z = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join([z.compress(block) for _ in range(megabytes)] + [z.flush()])


def packed(extra, data):
    """A PDF whose signature field lies in an object stream with these contents."""
    p = simple(b"/AcroForm << /Fields [5 0 R] /SigFlags 3 >>")
    p.stream(4, b"/Type /ObjStm /N 1 /First 4 " + extra, data)
    start, rows = len(p.out), b"\0" * 8
    for num in range(1, 7):
        rows += (struct.pack(">BIHB", 1, p.at[num], 0, 0) if num in p.at
                 else struct.pack(">BIHB", 2 if num == 5 else 1, 4 if num == 5 else start, 0, 0))
    p.stream(6, b"/Type /XRef /Size 7 /W [1 4 3] /Root 1 0 R", rows)
    p.out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(p.out)


def deflate_bomb_content():
    return packed(b"/Filter /FlateDecode", bomb(1024))


def deflate_bomb_xref():
    p = simple()
    start = len(p.out)
    p.stream(7, b"/Type /XRef /Size 8 /W [1 8 2] /Root 1 0 R /Filter /FlateDecode", bomb(1024))
    p.out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(p.out)


def nested_bomb():
    """Deflate within deflate within deflate."""
    data = zlib.compress(zlib.compress(bomb(256), 9), 9)
    return packed(b"/Filter [/FlateDecode /FlateDecode /FlateDecode]", data)


def xref_loop():
    p = simple()
    start = len(p.out)
    return p.table(b"/Prev %d" % start)


def xref_ring():
    """Two sections, each the other's /Prev."""
    p = simple()
    first = len(p.out)
    p.table(b"/Prev 999999999")
    second = len(p.out)
    p.table(b"/Prev %d" % first)
    return bytes(p.out).replace(b"/Prev 999999999", b"/Prev %09d" % second)


def long_chain():
    """30,000 incremental updates."""
    p = simple()
    p.table()
    out, prev = bytearray(p.out), bytes(p.out).rindex(b"xref\n0")
    for _ in range(30000):
        at = len(out)
        out += b"xref\n0 0\ntrailer\n<< /Size 4 /Root 1 0 R /Prev %d >>\n" % prev
        out += b"startxref\n%d\n%%%%EOF\n" % at
        prev = at
    return bytes(out)


def page_loop():
    p = Pdf()
    p.add(1, b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [2 0 R] >> >>")
    p.add(2, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R /Count 9 /FT /Sig >>")
    return p.table()


def deep_arrays():
    p = simple(b"/Deep " + b"[" * 500000 + b"]" * 500000)
    return p.table()


def many_signatures_pdf():
    """10,000 signature fields, each with a value of its own."""
    p, n = Pdf(), 10000
    refs = b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(n))
    p.add(1, b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /SigFlags 3 /Fields [%s] >> >>" % refs)
    p.add(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    p.add(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>")
    for i in range(n):
        p.add(4 + 2 * i, b"<< /FT /Sig /T (S%d) /V %d 0 R >>" % (i, 5 + 2 * i))
        p.add(5 + 2 * i, b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached "
                         b"/ByteRange [0 10 20 30] /Contents <30820102> >>")
    return p.table()


def tlv(tag, body):
    n = len(body)
    length = bytes([n]) if n < 128 else (
        bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + length + body


def split(data):
    """The values inside one constructed value: a list of (tag, whole)."""
    out = []
    while data:
        n, head = data[1], 2
        if n & 0x80:
            head += n & 0x7f
            n = int.from_bytes(data[2:head], "big")
        out.append((data[0], data[:head + n]))
        data = data[head + n:]
    return out


def body(whole):
    return whole[2 + (whole[1] & 0x7f if whole[1] & 0x80 else 0):]


def many_signers_cms():
    """A good CMS file whose SignerInfo stands there 10,000 times, in at most 5 MB."""
    content_info = split(body(generated("cms/no-attributes.p7m")))
    signed = split(body(body(content_info[1][1])))
    tag, infos = signed[-1]
    if tag != 0x31:
        raise Skip("cms/no-attributes.p7m is not as expected")
    signed[-1] = (tag, tlv(0x31, body(infos) * 10000))
    return tlv(0x30, content_info[0][1] + tlv(0xa0, tlv(0x30, b"".join(w for _, w in signed))))


def deep_der():
    data = b"\x04\x00"
    for _ in range(100000):
        data = tlv(0x30, data) if len(data) < 120 else b"\x30\x80" + data + b"\x00\x00"
    return b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80" + data


def many_constructed():
    """A constructed OCTET STRING of half a million pieces, as streaming signers write it."""
    return (b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00"
            b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80"
            + b"\x04\x01x" * 500000 + bytes(6) + b"\x31\x00" + bytes(6))


# ---- running and judging ------------------------------------------------------------------------

class Run:
    def __init__(self, words, stdin=b"", binary=None, stdout=None, prefix=()):
        start = time.monotonic()
        command = [*prefix, binary or PROGRAM, *words]
        try:
            p = subprocess.run(command, input=stdin, capture_output=stdout is None, stdout=stdout,
                               stderr=None if stdout is None else subprocess.PIPE, timeout=HANG,
                               check=False)
            self.code, self.out, self.err = p.returncode, p.stdout or b"", p.stderr or b""
        except subprocess.TimeoutExpired:
            self.code, self.out, self.err = None, b"", b""
        self.took = time.monotonic() - start

    def report(self):
        try:
            return json.loads(self.out.splitlines()[0])
        except (IndexError, ValueError):
            return None


def findings(report):
    out = list(report["findings"])
    for s in report["signatures"]:
        out += s["findings"]
    return out


def told(run, codes, engine):
    """What is wrong with a run that should end with one of the codes, or None."""
    if run.code is None:
        return f"no answer within {HANG} s"
    if run.code < 0 or run.code not in codes:
        return f"exit {run.code}, not {codes}: {run.err[-200:].decode(errors='replace')}"
    text = run.err.decode(errors="replace").strip()
    if run.code >= 64:
        if len(text.split("\n")) > 3 or not text.startswith("satyapan: "):
            return f"exit {run.code} and not one clear sentence: {text[-200:]!r}"
        return None
    report = run.report()
    if report is None:
        return f"exit {run.code} without a report: {text[-200:]!r}"
    if EXIT[report["verdict"]] != run.code:
        return f"exit {run.code} for {report['verdict']}"
    named = [f for f in findings(report) if f["level"] in ("FAIL", "REVIEW")]
    if report["verdict"] != "ACCEPTED" and not named:
        return f"{report['verdict']} without a reason"
    own = {f["code"] for f in named if f["code"].startswith("engine.")}
    if own - set(engine):
        return "a failure of our own: " + " ".join(sorted(own))
    return None


def reasons(run):
    """The reasons of a report, or the sentence of an error, for the log."""
    report = run.report()
    if report is None:
        return ", " + run.err.decode(errors="replace").strip().split("\n")[-1][:100]
    codes = {f["code"] for f in findings(report) if f["level"] in ("FAIL", "REVIEW")}
    return "".join(", " + c for c in sorted(codes)[:4])


CASES = []


def case(name, *codes, engine=()):
    """Registers a function that returns a Run (or bytes: a file to verify)."""
    def register(f):
        CASES.append((name, codes, engine, f))
        return f
    return register


def verify(path, *more, **how):
    return Run(["verify", "--format", "json", *TRUST, *more, path], **how)


def document(name, data, *codes, engine=()):
    """A case that is one file."""
    @case(name, *codes, engine=engine)
    def _(folder):
        path = os.path.join(folder, "document")
        with open(path, "wb") as f:
            f.write(data() if callable(data) else data)
        return verify(path)


document("empty file", b"", BAD)
document("one byte", b"%", BAD)
document("text", b"no signature here\n", BAD)
document("zeros", bytes(4 << 20), BAD)
document("0xff", b"\xff" * (4 << 20), BAD)
document("pdf header only", b"%PDF-1.7\n", BAD)
document("pdf cut in half", lambda: (lambda d: d[:len(d) // 2])(generated("pdf/pades.pdf")), BAD)
document("pdf cut by one", lambda: generated("pdf/pades.pdf")[:-1], BAD, GOOD)
document("cms cut in half", lambda: (lambda d: d[:len(d) // 2])(generated("cms/good.p7m")), BAD)
document("cms cut by one", lambda: generated("cms/good.p7m")[:-1], BAD)
document("mail cut in half", lambda: (lambda d: d[:len(d) // 2])(generated("mail/signed.eml")), BAD)
document("deflate bomb, object stream", deflate_bomb_content, BAD, REVIEW, engine=["engine.limit"])
document("deflate bomb, xref stream", deflate_bomb_xref, BAD, REVIEW, engine=["engine.limit"])
document("deflate bomb, nested", nested_bomb, BAD, REVIEW, engine=["engine.limit"])
document("xref loop", xref_loop, BAD)
document("xref ring", xref_ring, BAD)
document("30,000 revisions", long_chain, BAD, REVIEW, engine=["engine.limit"])
document("page tree loop", page_loop, BAD)
document("half a million open arrays", deep_arrays, BAD, REVIEW, engine=["engine.limit"])
document("10,000 signatures, pdf", many_signatures_pdf, BAD, REVIEW, engine=["engine.limit"])
document("10,000 signatures, cms", many_signers_cms, BAD, REVIEW, engine=["engine.limit"])
document("deep DER", deep_der, BAD)
document("constructed string of 500,000 parts", many_constructed, BAD)
document("startxref far away", lambda: simple().table().replace(b"startxref\n", b"startxref\n9"
                                                                 + b"9" * 30), BAD)


@case("4 GB sparse file", IOERR, BAD, REVIEW, engine=["engine.limit"])
def sparse(folder):
    path = os.path.join(folder, "sparse.pdf")
    with open(path, "wb") as f:
        f.write(b"%PDF-1.7\n")
        f.truncate(4 << 30)
    return verify(path)


@case("800 MB sparse file", BAD, REVIEW, engine=["engine.limit"])
def sparse_small(folder):
    path = os.path.join(folder, "sparse.pdf")
    with open(path, "wb") as f:
        f.write(b"%PDF-1.7\n")
        f.truncate(800 << 20)
    return verify(path)


@case("missing file", NOINPUT)
def missing(folder):
    return verify(os.path.join(folder, "no-such-file"))


@case("empty directory", NOINPUT)
def empty_directory(folder):
    os.mkdir(os.path.join(folder, "d"))
    return verify(os.path.join(folder, "d"))


@case("directory as content", NOINPUT, IOERR)
def directory_content(folder):
    return verify(os.path.join(DATA, "cms", "detached.p7s"), "--content", folder)


@case("wrong content", BAD)
def wrong_content(_):
    return verify(os.path.join(DATA, "cms", "detached.p7s"), "--content",
                  os.path.join(DATA, "cms", "content-other.txt"))


@case("empty content", BAD)
def empty_content(folder):
    path = os.path.join(folder, "empty")
    open(path, "wb").close()
    return verify(os.path.join(DATA, "cms", "detached.p7s"), "--content", path)


@case("content missing", NOINPUT)
def content_missing(folder):
    return verify(os.path.join(DATA, "cms", "detached.p7s"), "--content",
                  os.path.join(folder, "nothing"))


@case("content not given", REVIEW)
def content_not_given(_):
    return verify(os.path.join(DATA, "cms", "detached.p7s"))


@case("standard input empty", BAD)
def stdin_empty(_):
    return verify("-")


@case("standard input closed", IOERR, NOINPUT)
def stdin_closed(_):
    return Run(["-c", 'exec "$0" verify --offline --format json - <&-', PROGRAM], binary="/bin/sh")


@case("standard input, good", GOOD)
def stdin_good(_):
    return verify("-", stdin=generated("cms/good.p7m"))


def feed(path, data):
    with open(path, "wb") as f:
        f.write(data)


@case("FIFO with a writer", GOOD)
def fifo(folder):
    path = os.path.join(folder, "fifo")
    os.mkfifo(path)
    writer = threading.Thread(target=feed, args=(path, generated("cms/good.p7m")), daemon=True)
    writer.start()
    return verify(path)


@case("directory with a FIFO", GOOD)
def fifo_in_directory(folder):
    os.mkfifo(os.path.join(folder, "fifo"))
    shutil.copy(os.path.join(DATA, "cms", "good.p7m"), folder)
    return verify(folder)


@case("directory with a loop of links", GOOD)
def link_loop(folder):
    os.symlink(folder, os.path.join(folder, "again"))
    os.symlink("itself", os.path.join(folder, "itself"))
    shutil.copy(os.path.join(DATA, "cms", "good.p7m"), folder)
    return verify(folder)


@case("/dev/zero", NOINPUT, IOERR)
def dev_zero(_):
    return verify("/dev/zero")


@case("/dev/null", NOINPUT, IOERR, BAD)
def dev_null(_):
    return verify("/dev/null")


@case("/proc/self/mem", NOINPUT, IOERR, BAD, NOPERM)
def proc_mem(_):
    return verify("/proc/self/mem")


@case("full device as output", IOERR)
def full_device(_):
    with open("/dev/full", "wb") as full:
        return verify(os.path.join(DATA, "cms", "good.p7m"), stdout=full)


@case("no permission", NOPERM)
def no_permission(folder):
    path = os.path.join(folder, "secret.pdf")
    with open(path, "wb") as f:
        f.write(b"%PDF-1.7\n")
    os.chmod(path, 0)
    if os.geteuid() != 0:
        return verify(path)
    # root may read everything: run a copy of the program as nobody
    if not shutil.which("setpriv"):
        raise Skip("running as root, and setpriv is not installed")
    os.chmod(folder, 0o755)
    copy = os.path.join(folder, "satyapan")
    shutil.copy(PROGRAM, copy)
    anchor = os.path.join(folder, "root.cer")
    shutil.copy(os.path.join(DATA, "cert", "root.cer"), anchor)
    return Run(["verify", "--format", "json", "--profile", "generic", "--offline", "--trust",
                anchor, path], binary=copy,
               prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])


@case("as an ordinary user, sandboxed", GOOD)
def ordinary_user(folder):
    if os.geteuid() != 0:
        raise Skip("not running as root: every other case shows it")
    if not shutil.which("setpriv"):
        raise Skip("setpriv is not installed")
    os.chmod(folder, 0o755)
    for source in (PROGRAM, *(os.path.join(DATA, f) for f in ("cert/root.cer", "cms/good.p7m"))):
        shutil.copy(source, folder)
    shutil.copytree(os.path.join(DATA, "crl"), os.path.join(folder, "crl"))
    return Run(["verify", "--format", "json", "--profile", "generic", "--offline", "--at", AT,
                "--trust", os.path.join(folder, "root.cer"), "--crl", os.path.join(folder, "crl"),
                os.path.join(folder, "good.p7m")], binary=os.path.join(folder, "satyapan"),
               prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])


@case("name with escapes and a line break", BAD)
def odd_name(folder):
    path = os.path.join(folder, "a\x1b[31m\nb\xff\".pdf")
    open(path, "wb").close()
    run = verify(path)
    if len(run.out.splitlines()) != 1 or b"\x1b" in run.out:
        run.code, run.err = -1, b"the report is not one clean line: " + run.out[:200]
    return run


@case("very long name", NOINPUT, IOERR)
def long_name(folder):
    return verify(os.path.join(folder, "n" * 5000))


@case("several files, one missing", NOINPUT)
def one_missing(folder):
    return verify(os.path.join(folder, "missing"), os.path.join(DATA, "cms", "good.p7m"))


@case("trust anchor missing", NOINPUT)
def no_trust(folder):
    return Run(["verify", "--profile", "generic", "--trust", os.path.join(folder, "x"),
                os.path.join(DATA, "cms", "good.p7m")])


def usage(name, *words):
    @case(name, USAGE)
    def _(_folder):
        return Run(["verify", *words])


FILE = os.path.join(DATA, "cms", "good.p7m")
usage("no arguments")
usage("unknown option", "--no-such-option", FILE)
usage("option without value", "--at")
usage("bad time", *TRUST, "--at", "yesterday", FILE)
usage("bad grace", *TRUST, "--grace", "-1x", FILE)
usage("bad format", *TRUST, "--format", "docx", FILE)
usage("bad language", *TRUST, "--lang", "xx", FILE)
usage("bad kind", *TRUST, "--kind", "poem", FILE)
usage("bad jobs", *TRUST, "--jobs", "0", FILE)
usage("generic without trust", "--profile", "generic", FILE)


@case("unknown command", USAGE)
def unknown_command(_):
    return Run(["no-such-command"])


@case("unknown profile", USAGE, NOINPUT, DATAERR)
def unknown_profile(_):
    return Run(["verify", "--profile", "no-such-profile", FILE])


@case("profile that is no policy", DATAERR)
def bad_profile(folder):
    path = os.path.join(folder, "policy.json")
    with open(path, "w", encoding="utf-8") as f:
        f.write('{"no": "policy"')
    return Run(["verify", "--profile", path, FILE])


def main():
    wanted = sys.argv[1:]
    if not os.path.exists(PROGRAM) or not os.path.isdir(DATA):
        print(f"skipped: {PROGRAM} or the generated documents are not built")
        print("0 passed, 0 failed, 1 skipped")
        sys.exit(77)
    passed = failed = skipped = 0
    times = []
    for name, codes, engine, function in CASES:
        if wanted and not any(w in name for w in wanted):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                run = function(folder)
            except Skip as why:
                print(f"skipped: {name}: {why}")
                skipped += 1
                continue
        wrong = told(run, codes, engine)
        print(f"{'FAIL' if wrong else 'ok':5}{run.took * 1000:8.0f} ms  {name}"
              + (f": {wrong}" if wrong else f": exit {run.code}{reasons(run)}"))
        times.append((run.took, name))
        passed, failed = passed + (not wrong), failed + bool(wrong)
    if times:
        print("longest: %.2f s, %s" % max(times))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


main()
