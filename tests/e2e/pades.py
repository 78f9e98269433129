#!/usr/bin/env python3
"""PDFs signed by issue/pades.c with a key in satyapan-keyd, judged by others: qpdf, pdfsig, openssl and our own
verifier.

usage: pades.py      environment: B, the build directory (default: build)
A CA, an officer's certificate, a TSA and CRLs are made here with openssl, for the present time; time-stamps come
from `openssl ts`.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import pdfa

B = os.environ.get("B", "build")
SIGN = os.path.abspath(os.path.join(B, "gen", "sign_pdf"))
SATYAPAN = os.path.abspath(os.path.join(B, "satyapan"))
passed, failures = 0, []

CONFIG = """
[ca]
default_ca = d
[d]
database = {0}/index
crlnumber = {0}/crlnumber
default_md = sha256
[tsa]
default_tsa = t
[t]
serial = {0}/tsserial
default_policy = 1.3.6.1.4.1.99999.3
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
"""

TOKEN = """#!/bin/sh
set -e
cd {0}
f=$(mktemp -d ./q.XXXXXX)
openssl ts -query -digest "$1" -sha256 -cert -out $f/q 2>/dev/null
openssl ts -reply -config conf -queryfile $f/q -signer tsa.crt -inkey tsa.key -token_out -out $f/r 2>/dev/null
cat $f/r
rm -r $f
"""

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
LEAF = ("basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
TSA = LEAF + "extendedKeyUsage=critical,timeStamping\n"


def check(name, good, detail=""):
    global passed
    if good:
        passed += 1
    else:
        failures.append(name)
        print(f"FAIL {name}: {detail}")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, timeout=120, check=False, **more)


def openssl(folder, *words):
    done = run("openssl", *words, cwd=folder)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr.decode()}")
    return done.stdout


def write(folder, name, text, mode=0o600):
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)
    return path


def certificate(folder, name, extensions, algorithm=("rsa:2048",), ca="ca"):
    write(folder, name + ".ext", extensions)
    openssl(folder, "req", "-new", "-newkey", *algorithm, "-nodes", "-keyout", name + ".key", "-out",
            name + ".csr", "-subj", f"/C=IN/O=Test/CN={name}")
    openssl(folder, "x509", "-req", "-in", name + ".csr", "-CA", ca + ".crt", "-CAkey", ca + ".key",
            "-CAcreateserial", "-days", "365", "-extfile", name + ".ext", "-out", name + ".crt")
    openssl(folder, "x509", "-in", name + ".crt", "-outform", "DER", "-out", name + ".der")


def make_pki(folder, pin="secret"):
    write(folder, "conf", CONFIG.format(folder))
    write(folder, "index", "")
    write(folder, "crlnumber", "01\n")
    write(folder, "tsserial", "01\n")
    write(folder, "ca.ext", CA)
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt",
            "-days", "3650", "-subj", "/C=IN/O=Test/CN=Test CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    certificate(folder, "officer", LEAF, ("rsa:3072",))
    certificate(folder, "officer-ec", LEAF, ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"))
    certificate(folder, "tsa", TSA)
    openssl(folder, "ca", "-config", "conf", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.crt", "-crldays",
            "30", "-out", "ca.crl.pem")
    openssl(folder, "crl", "-in", "ca.crl.pem", "-outform", "DER", "-out", "ca.crl")
    write(folder, "pin", pin + "\n")
    for name in ("officer", "officer-ec"):
        openssl(folder, "pkcs12", "-export", "-in", name + ".crt", "-inkey", name + ".key", "-certfile", "ca.crt",
                "-passout", f"pass:{pin}", "-out", name + ".p12")
        os.chmod(os.path.join(folder, name + ".p12"), 0o600)
    write(folder, "token", TOKEN.format(folder), 0o700)


def plain_pdf(info=True, ident=True):
    """A file of two pages as a careful writer makes it."""
    objects = ["<< /Type /Catalog /Pages 2 0 R /Lang (en) >>", "<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 "
               "0 R >> >> >>",
               "<< /Length 44 >>\nstream\nBT /F1 24 Tf 72 720 Td (Certificate) Tj ET  \nendstream",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Odd#20Key [(a\\)b) <41> 1.50 -3 true null] >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>"]
    if info:
        objects.append("<< /Title (Test) >>")
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode()
    xref = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % p for p in places)
    trailer = f"/Size {len(objects) + 1} /Root 1 0 R"
    trailer += " /Info 7 0 R" if info else ""
    trailer += " /ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>]" if ident else ""
    return out + f"trailer\n<< {trailer} >>\nstartxref\n{xref}\n%%EOF\n".encode()


def sign(folder, source, target, level="B", key="officer", more=("-v",)):
    evidence = []
    if level in ("LT", "LTA"):
        evidence = ["-c", f"{folder}/ca.der", "-c", f"{folder}/tsa.der", "-r", f"{folder}/ca.crl"]
    return run(SIGN, *more, *evidence, source, target, f"file:{folder}/{key}.p12", f"{folder}/pin", level,
               f"{folder}/token")


def report(folder, path):
    done = run(SATYAPAN, "verify", "--profile", "generic", "--offline", "--trust", f"{folder}/ca.crt", "--untrusted",
               f"{folder}/tsa.der", "--crl", f"{folder}/ca.crl", "--format", "json", path)
    return json.loads(done.stdout)


def signature_of(data):
    """(signed octets, DER) of the first signature."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", data)
    a, b, c = (int(x) for x in found.groups())
    der = bytes.fromhex(data[a + 1:b - 1].decode())
    size = 4 + int.from_bytes(der[2:4], "big")
    return data[:a] + data[b:b + c], der[:size]


def judge(folder, name, path, level):
    data = open(path, "rb").read()
    done = run("qpdf", "--check", path)
    check(f"{name}: qpdf --check", done.returncode == 0, done.stdout + done.stderr)
    seen = report(folder, path)
    first = seen["signatures"][0]
    check(f"{name}: our verdict", seen["verdict"] == "ACCEPTED" and first["indication"] == "TOTAL-PASSED",
          [f["code"] for s in seen["signatures"] for f in s["findings"]])
    check(f"{name}: level", first["level"] == "B-" + level, first["level"])
    check(f"{name}: kind", first["kind"] == "PAdES", first["kind"])
    change = first["modification"] or {"level": "none", "allowed": True}
    check(f"{name}: changes after it", change["allowed"] and change["level"] in ("none", "lta"), change)
    if b"pdfaid" in data:
        check(f"{name}: PDF/A-3b, what can be seen in its objects", pdfa.check_file(path) == [], pdfa.check_file(path))
    signed, der = signature_of(data)
    content, blob = write(folder, "content", signed), write(folder, "blob", der)
    done = run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", blob, "-content", content, "-CAfile",
               f"{folder}/ca.crt", "-cades", "-purpose", "any", "-out", "/dev/null")
    check(f"{name}: openssl cms -verify -cades", done.returncode == 0, done.stderr)
    if shutil.which("pdfsig"):
        out = run("pdfsig", "-nocert", path).stdout.decode()
        check(f"{name}: pdfsig", "Signature is Valid" in out and "not Valid" not in out, out)
        if level in ("B", "T"):
            check(f"{name}: pdfsig, whole document", "Total document signed" in out, out)


def levels(folder, source):
    for key in ("officer", "officer-ec"):
        for level in ("B", "T", "LT", "LTA"):
            name, path = f"{key} {level}", os.path.join(folder, f"{key}-{level}.pdf")
            done = sign(folder, source, path, level, key)
            check(f"{name}: signed", done.returncode == 0, done.stderr)
            if done.returncode == 0:
                judge(folder, name, path, level)
                check(f"{name}: begins with what was there", open(path, "rb").read().startswith(
                    open(source, "rb").read()))


def forms(folder):
    """Files that lack what may be absent; a second signature; one that may not be."""
    for name, data in (("no information", plain_pdf(info=False)), ("no identifier", plain_pdf(ident=False)),
                       ("no last line end", plain_pdf().rstrip(b"\n"))):
        source, path = write(folder, "odd.pdf", data), os.path.join(folder, "odd-signed.pdf")
        done = sign(folder, source, path, "B", more=())
        check(f"{name}: signed", done.returncode == 0, done.stderr)
        judge(folder, name, path, "B")
    path, twice = os.path.join(folder, "one.pdf"), os.path.join(folder, "two.pdf")
    sign(folder, write(folder, "in.pdf", plain_pdf()), path, "B", more=("-x", "-v"))
    done = sign(folder, path, twice, "B", "officer-ec", more=("-x",))
    check("a second signature: signed", done.returncode == 0, done.stderr)
    seen = report(folder, twice)
    check("a second signature: both pass",
          [s["indication"] for s in seen["signatures"]] == ["TOTAL-PASSED", "TOTAL-PASSED"], seen["verdict"])
    done = sign(folder, path, twice, "B")
    check("certified after a signature: refused", done.returncode == 1 and b"already" in done.stderr, done.stderr)
    text = run("pdfsig", "-nocert", path).stdout.decode()
    check("the name in Hindi", "अधिकारी" in text or "officer" in text, text)


def refused(folder):
    good = plain_pdf()
    for name, data, says in (("no PDF", b"hello", b"startxref"), ("cut off", good[:-200], b""),
                             ("bytes behind", good + b"more bytes that are no comment\n", b""),
                             ("no page", good.replace(b"/Pages 2 0 R", b"/Pages 9 0 R"), b"no page")):
        out = os.path.join(folder, "refused.pdf")
        done = sign(folder, write(folder, "bad.pdf", data), out)
        check(f"{name}: refused", done.returncode == 1 and says in done.stderr and not os.path.exists(out),
              (done.returncode, done.stderr))
    out = os.path.join(folder, "refused.pdf")
    source = write(folder, "in.pdf", good)
    done = run(SIGN, source, out, f"file:{folder}/officer.p12", f"{folder}/pin", "T", "false")
    check("no time-stamp: refused", done.returncode == 1 and not os.path.exists(out), done.stderr)


def changed(folder, source):
    """Every octet outside the room counts: some of them changed, none accepted."""
    path = os.path.join(folder, "whole.pdf")
    sign(folder, source, path)
    data = open(path, "rb").read()
    start = data.index(b"/Contents <") + 10
    end = data.index(b">", start)
    bad = 0
    for at in list(range(0, start, 97)) + list(range(end + 1, len(data), 61)):
        copy = bytearray(data)
        copy[at] ^= 1
        seen = report(folder, write(folder, "changed.pdf", bytes(copy)))
        bad += seen["verdict"] == "ACCEPTED"
    check("changed octets are noticed", bad == 0, f"{bad} accepted")


def main():
    if not os.path.exists(SIGN):
        print(f"{SIGN} is not built")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        make_pki(folder)
        source = write(folder, "plain.pdf", plain_pdf())
        openssl(folder, "x509", "-in", "ca.crt", "-outform", "DER", "-out", "ca.der")
        levels(folder, source)
        forms(folder)
        refused(folder)
        changed(folder, source)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
