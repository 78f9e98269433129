#!/usr/bin/env python3
"""Encrypted PDFs: what qpdf encrypts is opened with exactly the passwords qpdf opens it with, and what our writer
encrypts by qpdf; the password on its way through the command line, stored evidence, containers and the server, where
nothing of it is left.

usage: locked.py [NAME...]      environment: B, the build directory (default: build)
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from email.message import EmailMessage

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_issue import family, places_in_memory  # noqa: E402
from office_server import B, PROGRAM, OfficeServer, expect, multipart, run_cases  # noqa: E402

DATA = os.path.join(B, "gen", "data")
CASES = []
# What qpdf can write; 256 is R 6, --force-R5 Adobe's extension level 3, V 4 with RC4 by --force-V4.
MODES = {
    "40": ("--allow-weak-crypto", "40", ()),
    "128 RC4": ("--allow-weak-crypto", "128", ("--use-aes=n",)),
    "128 RC4 V4": ("--allow-weak-crypto", "128", ("--force-V4",)),
    "128 AES": ("--allow-weak-crypto", "128", ("--use-aes=y",)),
    "128 AES metadata": ("--allow-weak-crypto", "128", ("--use-aes=y", "--cleartext-metadata")),
    "256 R5": ("--allow-weak-crypto", "256", ("--force-R5",)),
    "256": (None, "256", ()),
    "256 metadata": (None, "256", ("--cleartext-metadata",)),
}
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
HOLE = 12000
# Large numbers keep their width when qpdf writes the file again.
RANGE = "[ 0 1000000001 1000000002 1000000003 ]"


def case(function):
    CASES.append(function)
    return function


def run(*words, **more):
    return subprocess.run(words, capture_output=True, timeout=60, check=False, **more)


def write(work, name, text):
    path = os.path.join(work, name)
    with open(path, "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())
    return path


def make_signer(work):
    write(work, "ext", "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n"
                       "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    for words in (
            ("req", "-x509", *EC, "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
             "-subj", "/CN=Root", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
            ("req", "-new", *EC, "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj",
             "/CN=Signer"),
            ("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
             "-extfile", "ext", "-out", "leaf.pem")):
        done = run("openssl", *words, cwd=work)
        expect(done.returncode == 0, done.stderr.decode())


def prepared():
    """A PDF with a signature field whose value is still to be filled in."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /SigFlags 3 >> /Metadata 7 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 6 0 R /Annots [4 0 R] >>",
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Field \\(of Asha\\)) /V 5 0 R /P 3 0 R /Rect [0 0 0 0] /F 132 >>",
        "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Name (Asha) /M (D:20261101093000Z)"
        f" /ByteRange {RANGE} /Contents <{'00' * HOLE}> >>",
        "<< /Length 20 >>\nstream\n0 0 100 100 re f    \nendstream",
        "<< /Type /Metadata /Subtype /XML /Length 4 >>\nstream\n<x/>\nendstream"]
    out, places = "%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{at:010d} 00000 n \n" for at in places)
    return (out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
            f"<< /Size {len(objects) + 1} /Root 1 0 R /ID [<{'5a' * 16}> <{'5a' * 16}>] >>\n"
            f"startxref\n{len(out)}\n%%EOF\n").encode()


def fill(work, path):
    """Signs the file as qpdf has written it."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    hole = re.search(rb"<(0{%d})>" % (2 * HOLE), data)
    numbers = re.search(rb"\[ 0 1000000001 1000000002 1000000003 \]", data)
    expect(hole and numbers, "qpdf did not keep the place for the signature")
    a, b = hole.start(), hole.end()
    text = b"[0 %d %d %d]" % (a, b, len(data) - b)
    data[numbers.start():numbers.end()] = text.ljust(numbers.end() - numbers.start())
    done = run("openssl", "cms", "-sign", "-binary", "-noattr", "-outform", "DER", "-md", "sha256", "-signer", "leaf.pem",
               "-inkey", "leaf.key", cwd=work, input=bytes(data[:a] + data[b:]))
    expect(done.returncode == 0, done.stderr.decode())
    data[a + 1:a + 1 + 2 * len(done.stdout)] = done.stdout.hex().encode()
    with open(path, "wb") as f:
        f.write(data)


def verify(work, path, password=None, *more):
    words = [PROGRAM, "verify", "--offline", "--format", "json", *more]
    if password is not None:
        words += ["--password-file", write(work, "given", password)]
    done = run(*words, path)
    expect(done.stdout, f"no report: {done.stderr.decode()}")
    return json.loads(done.stdout.splitlines()[0]), done


def codes(findings):
    return sorted(f["code"] for f in findings)


def opens(path, password):
    """What qpdf says."""
    return run("qpdf", f"--password={password}", "--check", path).returncode != 2


@case
def what_qpdf_encrypts(w):
    """Every mode of qpdf, with and without object streams, with each password: both agree which opens it, and what
    is opened is inspected as a whole; the signature is good without any."""
    make_signer(w)
    plain = write(w, "plain.pdf", prepared())
    generic = ("--profile", "generic", "--trust", os.path.join(w, "ca.pem"))
    for name, (weak, bits, more) in MODES.items():
        for i, (user, owner, extra) in enumerate((("", "owner", ()), ("user", "owner", ()),
                                                  ("p\u00e4ss", "own\u00e9r", ("--object-streams=generate",)))):
            out = os.path.join(w, "out.pdf")
            made = run("qpdf", *([weak] if weak else []), *extra, "--encrypt", user, owner, bits, *more, "--", plain,
                       out)
            expect(made.returncode in (0, 3), (name, made.stderr.decode()))
            fill(w, out)
            for password in (None, user, owner, "wrong"):
                said, done = verify(w, out, password or None, *generic)
                free = opens(out, "")
                opened = free or (password is not None and opens(out, password))
                code = ("pdf.encrypted" if free else "pdf.password-used" if opened else
                        "pdf.password-wrong" if password else "pdf.password-needed")
                what = (name, i, password, codes(said["findings"]))
                expect(opened == (user == "" or password in (user, owner)), what)
                expect(codes(said["findings"]) == [code], what)
                sig = said["signatures"][0]
                # Without a CRL the verdict is another matter; whether it is intact is not.
                expect(sig["intact"] is True and sig["coverage"]["whole_document"], what)
                expect((sig["modification"] is not None) == opened, what)
                expect((sig["claimed_time"] == "2026-11-01T09:30:00Z") == opened, (what, sig["claimed_time"]))
                expect(done.returncode == (2 if not opened else done.returncode), what)


@case
def what_our_writer_encrypts(_w):
    """qpdf opens the samples of the cases with the same passwords, and finds them sound."""
    for path in sorted(glob.glob(os.path.join(DATA, "locked", "open-*.pdf")) +
                       glob.glob(os.path.join(DATA, "locked", "style-*.pdf"))):
        expect(opens(path, ""), path)
    for path in sorted(glob.glob(os.path.join(DATA, "locked", "user-r*.pdf"))):
        for password, wanted in (("user", True), ("owner", True), ("", False), ("User", False)):
            expect(opens(path, password) == wanted, (path, password))


def sample(name):
    return os.path.join(DATA, "locked", name + ".pdf")


OURS = ("--at", "2026-11-21T06:30:00Z", "--trust", os.path.join(DATA, "cert", "root.cer"), "--crl",
        os.path.join(DATA, "crl"))


@case
def password_files(w):
    """One line end is cut off; a file that is empty, too large, or not there is the operator's mistake."""
    for text, verdict in (("user", "ACCEPTED"), ("user\n", "ACCEPTED"), ("user\r\n", "ACCEPTED"),
                          ("user\n\n", "REVIEW"), (" user", "REVIEW"), ("user" + "x" * 1020, "REVIEW")):
        said, _ = verify(w, sample("user-r6"), text, *OURS)
        expect(said["verdict"] == verdict, (text[:8], said["verdict"]))
    for text, code in (("", 65), ("\n", 65), ("x" * 1025, 65), ("x" * (1 << 20), 65)):
        done = run(PROGRAM, "verify", "--password-file", write(w, "given", text), sample("user-r6"))
        expect(done.returncode == code and not done.stdout and b"password" in done.stderr, (len(text), done))
    done = run(PROGRAM, "verify", "--password-file", os.path.join(w, "none"), sample("user-r6"))
    expect(done.returncode == 66, done)
    piped = run("bash", "-c", 'exec "$0" verify --format json --offline --password-file <(echo user) "$@"', PROGRAM,
                *OURS, sample("user-r6"))
    expect(piped.returncode == 0, piped.stderr)


@case
def stored_and_replayed(w):
    """Evidence says that there was a password, and never which; replay asks for it."""
    secret = "Kohinoor-5521"
    folder = os.path.join(w, "evidence")
    make_signer(w)
    plain = write(w, "plain.pdf", prepared())
    out = os.path.join(w, "secret.pdf")
    made = run("qpdf", "--encrypt", secret, "owner", "256", "--", plain, out)
    expect(made.returncode == 0, made.stderr)
    fill(w, out)
    said, done = verify(w, out, secret, "--profile", "generic", "--trust", os.path.join(w, "ca.pem"),
                        "--evidence", folder)
    expect(codes(said["findings"]) == ["pdf.password-used"], said["findings"])
    left = run("grep", "-rl", secret, folder)
    expect(left.returncode == 1 and secret.encode() not in done.stdout + done.stderr, left.stdout)
    done = run(PROGRAM, "replay", folder)
    expect(done.returncode == 66 and b"--password-file" in done.stderr, done)
    for password, code in ((secret, 0), ("wrong", 1)):
        done = run(PROGRAM, "replay", "--password-file", write(w, "given", password), folder)
        expect(done.returncode == code, (password, done))
    shutil.rmtree(folder)
    verify(w, sample("open-r6"), secret, *OURS, "--evidence", folder)
    done = run(PROGRAM, "replay", folder)
    expect(done.returncode == 0, done)  # it was not needed: nobody asks for it


@case
def in_containers(w):
    """The same password for every encrypted PDF of a ZIP, large or small, of a ZIP in it, and of a mail."""
    inner = os.path.join(w, "inner.zip")
    with zipfile.ZipFile(inner, "w") as z:
        z.write(sample("user-r4"), "b.pdf")
    for copies in (1, 40):  # few files are read by one child, many by several
        path = os.path.join(w, "outer.zip")
        with zipfile.ZipFile(path, "w") as z:
            z.write(inner, "inner.zip")
            z.write(sample("open-r6"), "open.pdf")
            for i in range(copies):
                z.write(sample("user-r6"), f"a{i}.pdf")
        for password, verdict in ((None, "REVIEW"), ("user", "ACCEPTED"), ("wrong", "REVIEW")):
            said, _ = verify(w, path, password, *OURS)
            seen = {m["verdict"] for m in said["members"]}
            expect(said["verdict"] == verdict and verdict in seen, (copies, password, said["verdict"], seen))
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Declaration", "a@vendor.example", "intake@body.example"
    mail.set_content("See the file.")
    with open(sample("user-r6"), "rb") as f:
        mail.add_attachment(f.read(), maintype="application", subtype="pdf", filename="a.pdf")
    path = write(w, "letter.eml", mail.as_bytes())
    for password, verdict in ((None, "REVIEW"), ("owner", "ACCEPTED"), ("wrong", "REVIEW")):
        said, _ = verify(w, path, password, *OURS)
        rows = [m for m in said["members"] if m["name"] == "a.pdf"]
        expect([m["verdict"] for m in rows] == [verdict], (password, said["members"]))


def nowhere(s, w, words):
    """Neither in the memory of the server's processes nor in what it wrote."""
    looked = 0
    for pid in family(s.process.pid):
        found = places_in_memory(pid, words)
        expect(not found, (pid, found))
        looked += found is not None
    print(f"memory of {looked} processes searched")
    left = run("grep", "-rl", "Kohinoor", s.data)
    expect(left.returncode == 1, left.stdout)


@case
def through_the_server(w):
    """Form field and header; never the address; the page in both languages; nothing of it left afterwards."""
    secret = "Kohinoor 55\u00e421"
    make_signer(w)
    out = os.path.join(w, "secret.pdf")
    made = run("qpdf", "--encrypt", secret, "owner", "256", "--", write(w, "plain.pdf", prepared()), out)
    expect(made.returncode == 0, made.stderr)
    fill(w, out)
    with open(out, "rb") as f:
        data = f.read()
    coded = "Kohinoor%2055%C3%A421"
    file = ("file", "a.pdf", data)

    def seen(r):
        expect(r.status == 200, r)
        return codes(r.json["findings"])

    def refused(r):
        expect(r.status == 400 and secret.encode() not in r.body, r)
        return r.json["code"]

    def form(*parts, path="/api/v1/verify"):
        body, kind = multipart(parts)
        return s.call("POST", path, body=body, headers={"Content-Type": kind})

    def raw(query="", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return s.call("POST", "/api/v1/verify" + query, body=data,
                      headers={"Content-Type": "application/pdf"} | headers)
    s = OfficeServer(w)
    try:
        expect(seen(raw()) == ["pdf.password-needed"], "none")
        expect(seen(raw(Document_Password=coded)) == ["pdf.password-used"], "header")
        expect(seen(raw(Document_Password="x")) == ["pdf.password-wrong"], "wrong")
        expect(seen(form(file, ("password", None, secret.encode()))) == ["pdf.password-used"], "form")
        expect(seen(form(("password", None, b"no"), file)) == ["pdf.password-wrong"], "form, wrong")
        expect(refused(raw("?password=" + coded)) == "bad-password-field", "address")
        for bad in ("%4", "%zz", "x" * 1025):
            expect(refused(raw(Document_Password=bad)) == "bad-password-field", bad[:9])
        expect(refused(form(file, ("password", None, b"x" * 1025))) == "bad-password-field", "long")
        twice = ("password", None, b"a")
        expect(refused(form(file, twice, twice)) == "unknown-field", "twice")
        for lang, text in (("en", "Password of the document"), ("hi", "दस्तावेज़ का पासवर्ड")):
            home = s.call("GET", "/?lang=" + lang).body.decode()
            expect(text in home and 'type="password"' in home, lang)
            for given, code in ((secret, "pdf.password-used"), ("", "pdf.password-needed"),
                                ("no", "pdf.password-wrong")):
                r = form(file, ("password", None, given.encode()), ("lang", None, lang.encode()),
                         path="/verify?lang=" + lang)
                expect(r.status == 200 and code in r.body.decode() and secret not in r.body.decode(), (lang, given))
        jobs = [threading.Thread(target=form, args=(file, ("password", None, secret.encode()))) for _ in range(6)]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        expect("Kohinoor" not in s.stderr(), "in the log")
        nowhere(s, w, [secret, coded])
    finally:
        s.stop()


def main():
    if not shutil.which("qpdf"):
        print("skipped: qpdf is not installed")
        return 77
    return run_cases(CASES, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
