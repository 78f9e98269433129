#!/usr/bin/env python3
"""What documents say, as satyapan-text reads it: languages, pages, registration numbers - and the
traps: legacy fonts, scans, numbers broken over lines, Devanagari with stray blanks, bombs.

usage: intake_text.py [NAME...]      environment: B, the build directory (default: build)
PDFs come from LibreOffice, or are written here where they have to be odd.
"""
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from intake import ENGLISH, GERMAN, HINDI  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "libexec", "satyapan", "satyapan-text")
NUMBER = "STQC/IOTSCS/ER/001"
TIMEOUT = 150
CASES = []


def case(function):
    CASES.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def same(got, want, what):
    expect(got == want, f"{what}: {got!r} instead of {want!r}")


class World:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def ask(self, data, places, number=NUMBER, command="words", env=None):
        """satyapan-text over a document; the lines of its answer, or its exit status."""
        self.count += 1
        paths = [os.path.join(self.folder, f"{self.count}.{end}") for end in ("doc", "ask")]
        for path, content in zip(paths, (data, "".join(f"{p} {n}\n" for p, n in places).encode())):
            with open(path, "wb") as f:
                f.write(content)
        with open(paths[0], "rb") as document, open(paths[1], "rb") as asked:
            done = subprocess.run(
                ["bash", "-c", 'exec "$0" "$@" 3<&9 9<&-', PROGRAM, command, number],
                stdin=document, pass_fds=(), capture_output=True, timeout=TIMEOUT, check=False,
                preexec_fn=lambda: os.dup2(asked.fileno(), 9), close_fds=False, env=env)
        self.stderr = done.stderr.decode()
        expect(done.returncode == 0, f"exit {done.returncode}: {self.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def one(self, data, number=NUMBER):
        return self.ask(data, [("-", len(data))], number)[0]

    def pdf(self, text, name="page", font="Noto Sans Devanagari"):
        """LibreOffice's PDF of some paragraphs."""
        page = os.path.join(self.folder, f"{name}.html")
        with open(page, "w", encoding="utf-8") as f:
            f.write(f"<meta charset='utf-8'><body style=\"font-family:'{font}'\">"
                    + "".join(f"<p>{p}</p>" for p in text.split("\n")))
        subprocess.run(["soffice", f"-env:UserInstallation=file://{self.folder}/profile",
                        "--headless", "--convert-to", "pdf:writer_web_pdf_Export", "--outdir",
                        self.folder, page],
                       check=True, capture_output=True, timeout=TIMEOUT)
        with open(os.path.join(self.folder, f"{name}.pdf"), "rb") as f:
            return f.read()


def plain_pdf(content, font="Helvetica", pages=1, more=b"", resources=""):
    """A PDF written by hand: one content stream for all pages, one font."""
    kids = " ".join(f"{10 + i} 0 R" for i in range(pages))
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>",
               2: f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
               3: f"<< /Type /Font /Subtype /TrueType /BaseFont /{font} >>".encode(),
               4: b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more, content)}
    for i in range(pages):
        objects[10 + i] = (f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
                           f" /Resources << /Font << /F1 3 0 R >> {resources} >> >>").encode()
    out, at = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        at[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, top = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % top
    for number in range(1, top):
        out += (b"%010d 00000 n \n" % at[number]) if number in at else b"0000000000 00000 f \n"
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (top, start)
    return bytes(out)


def lines(text, width=80):
    """A content stream that shows the text, line by line."""
    words, rows, row = text.split(), [], ""
    for word in words:
        if len(row) + len(word) > width:
            rows.append(row)
            row = ""
        row += word + " "
    rows.append(row)
    escaped = [re.sub(r"([()\\])", r"\\\1", r) for r in rows]
    return ("BT /F1 10 Tf 12 TL 40 800 Td " + " ".join(f"({r}) Tj T*" for r in escaped)
            + " ET").encode("latin-1")


# ---- languages ----------------------------------------------------------------------------------

@case
def english(w):
    got = w.one(plain_pdf(lines(ENGLISH * 4), pages=3))
    same((got["language"], got["sure"], got["pages"], got["number"]), ("english", True, 3, False),
         "three pages")


@case
def hindi_of_a_real_program(w):
    """pdftotext puts stray blanks into Devanagari and loses some signs: it stays Hindi."""
    data = w.pdf(HINDI * 4)
    got = w.one(data)
    same((got["language"], got["sure"]), ("hindi", True), "Hindi")
    got = w.one(w.pdf((HINDI + "\n" + ENGLISH + "\n") * 3, "both"))
    same((got["language"], got["sure"]), ("bilingual", True), "Hindi and English")


@case
def another_language(w):
    got = w.one(w.pdf(GERMAN * 4, "german", "DejaVu Sans"))
    same((got["language"], got["code"]), ("other", "de"), "German")
    expect(got["sure"] is False or got["language"] == "other", got)


@case
def legacy_font(w):
    """Kruti Dev: Hindi to the eye, Latin gibberish as text."""
    text = ("Hkkjr ljdkj bysDVªkWfudh vkSj lwpuk izkS|ksfxdh ea=ky; dk;kZy; Kkiu la[;k fnukad ds "
            "}kjk lwfpr fd;k tkrk gS fd fuekZrk us ?kks\"k.kk dh gS ") * 6
    text = text.encode("latin-1", "replace").decode("latin-1")
    got = w.one(plain_pdf(lines(text), font="KrutiDev010"))
    same((got["language"], got["sure"]), ("legacy-font", False), "by the font's name")
    got = w.one(plain_pdf(lines(ENGLISH * 4), font="KrutiDev010"))
    expect(not (got["language"] == "hindi"), f"never Hindi by the name alone: {got}")


@case
def scan(w):
    """A page that is a picture has no text: an officer looks; the number is not known."""
    image = b"q 500 0 0 700 40 60 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x00\xff\xff\x00 EI Q"
    got = w.one(plain_pdf(image, pages=2))
    same((got["language"], got["sure"], got["number"], got["pages"]),
         ("image-only", False, None, 2), "a scan")


@case
def too_little(w):
    got = w.one(plain_pdf(lines("12 34 V 5 A")))
    same((got["language"], got["sure"]), ("too-little-text", False), "a table of numbers")


# ---- the registration number --------------------------------------------------------------------

@case
def numbers(w):
    broken = (b"BT /F1 10 Tf 40 800 Td (" + ENGLISH[:70].encode() + b") Tj 0 -14 Td (Reg. STQC/IOTSCS/)"
              b" Tj 0 -14 Td (ER/001 of this year) Tj ET")
    same(w.one(plain_pdf(broken))["number"], True, "broken over two lines")
    same(w.one(plain_pdf(lines(ENGLISH + " stqc / iotscs / er / 001 ")))["number"], True, "blanks")
    same(w.one(plain_pdf(lines(ENGLISH + " STQC/IOTSCS/ER/0011 ")))["number"], False,
         "the start of another one")
    same(w.one(plain_pdf(lines(ENGLISH)), "")["number"], None, "none was given")


# ---- traps --------------------------------------------------------------------------------------

@case
def bombs(w):
    """A content stream that grows a thousandfold, a page tree without end: each costs only itself."""
    stream = zlib.compress(b"(x) Tj " * (16 << 20), 9)
    bomb = plain_pdf(stream, more=b"/Filter /FlateDecode")
    loop = plain_pdf(lines(ENGLISH)).replace(b"/Kids [10 0 R] /Count 1", b"/Kids [2 0 R] /Count 9")
    deep = plain_pdf(b"[" * 1000000)
    out = io.BytesIO()
    docs = {"bomb.pdf": bomb, "loop.pdf": loop, "deep.pdf": deep, "good.pdf": plain_pdf(
        lines(ENGLISH * 4)), "bomb.txt": b"a " * (9 << 20)}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        for name, data in docs.items():
            z.writestr(name, data)
    got = w.ask(out.getvalue(), [(i, len(d)) for i, d in enumerate(docs.values())])
    same(len(got), 5, "an answer for each")
    same(got[3].get("language"), "english", f"the good one beside them: {got}")


@case
def encrypted(w):
    path, out = os.path.join(w.folder, "plain.pdf"), os.path.join(w.folder, "locked.pdf")
    with open(path, "wb") as f:
        f.write(plain_pdf(lines(ENGLISH * 4)))
    subprocess.run(["qpdf", "--encrypt", "secret", "owner", "256", "--", path, out], check=True,
                   timeout=60, capture_output=True)
    with open(out, "rb") as f:
        got = w.one(f.read())
    expect("failure" in got and "language" not in got, f"nobody has the password: {got}")


@case
def not_what_it_seems(w):
    """Lies about size and place; text that is none; markup in text stays text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("a.pdf", plain_pdf(lines(ENGLISH * 4)))
        z.writestr("b.txt", ENGLISH * 3 + '","language":"hindi","x":"')
    data = out.getvalue()
    size = zipfile.ZipFile(out).infolist()[0].file_size
    got = w.ask(data, [(0, size - 1), (0, size), (7, 10), ("0.1", 10), (1, 5), ("-", len(data))])
    same([g.get("language") for g in got],
         [None, "english", None, None, "english", "unknown"], "places and sizes")


@case
def member(w):
    """A file comes out whole, or not at all."""
    out = io.BytesIO()
    inner = os.urandom(300000)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.bin", inner)
    path = os.path.join(w.folder, "z.zip")
    with open(path, "wb") as f:
        f.write(out.getvalue())

    def take(size, place, room):
        fd = os.memfd_create("room")
        os.ftruncate(fd, room)
        with open(path, "rb") as f:
            done = subprocess.run([
                "bash", "-c", f'exec "$0" "$@" 3<>/proc/{os.getpid()}/fd/{fd}', PROGRAM, "member",
                str(size), place], stdin=f, capture_output=True, timeout=TIMEOUT, check=False)
        data = os.pread(fd, room, 0)
        os.close(fd)
        return done.returncode, data

    same(take(len(inner), "0", len(inner)), (0, inner), "whole")
    same(take(len(inner) - 1, "0", len(inner) - 1)[0], 1, "another size")
    same(take(len(inner), "1", len(inner))[0], 1, "no such file")
    same(take(len(inner), "0", 5)[0], 2, "room of another size")
    same(take(len(inner), "0.0", len(inner))[0], 1, "it is no container")


def main(names):
    for tool in (PROGRAM, "soffice", "qpdf", "pdftotext"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not there")
            return 77
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        for c in CASES:
            if names and c.__name__ not in names:
                continue
            begun = time.monotonic()
            try:
                c(w)
                passed += 1
                print(f"ok   {c.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)
            except Exception as e:  # noqa: BLE001 - any of them is a failed case
                failed += 1
                print(f"FAIL {c.__name__}: {type(e).__name__} {e}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
