#!/usr/bin/env python3
"""The test CA server itself (pki_server.py), judged by the openssl command: a fixture that answers
wrongly would make other tests prove nothing. On loopback.
"""
import base64
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from pki_server import FAULTS, Pki, PkiServer

URL = {}


class Wrong(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Wrong(text)


def openssl(*words, stdin=None):
    done = subprocess.run(["openssl", *words], input=stdin, capture_output=True, timeout=60,
                          check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def get(path):
    with urllib.request.urlopen(URL["base"] + path, timeout=60) as answer:
        return answer.read(), answer.headers.get("Content-Type")


def test_certificates(_):
    der, kind = get("/subca.cer")
    expect(kind == "application/pkix-cert" and der[:1] == b"\x30", "not DER")
    code, text = openssl("verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "ca.pem",
                         "subca.pem")
    expect(code == 0, text)
    pem, kind = get("/fault/pem/subca.cer")
    expect(pem.startswith(b"-----BEGIN") and kind == "application/pkix-cert", "PEM, DER type")
    expect(openssl("x509", "-noout", stdin=pem)[0] == 0, "PEM is none")
    bare, _ = get("/fault/base64/subca.cer")
    expect(base64.b64decode(bare) == der and b"-----" not in bare, "bare base64")
    p7c, _ = get("/fault/p7c/subca.cer")
    code, text = openssl("pkcs7", "-inform", "DER", "-print_certs", "-noout", stdin=p7c)
    expect(code == 0 and "Sub-CA" in text, text)


def crl(path):
    return openssl("crl", "-inform", "DER", "-noout", "-nextupdate", "-text", "-CAfile", "all.pem",
                   stdin=get(path)[0])[1]


def test_crls(_):
    text = crl("/subca.crl")
    expect("verify OK" in text and text.count("Serial Number:") == 1, "one revoked certificate")
    expect("verify OK" in crl("/fault/stale/subca.crl"), "a stale one is signed rightly")
    big, _ = get("/fault/big/subca.crl")
    expect(len(big) > 50_000_000, f"{len(big)} bytes")
    code, text = openssl("crl", "-inform", "DER", "-noout", "-CAfile", "all.pem", stdin=big)
    expect(code == 0 and "verify OK" in text, text[:200])


def ocsp(fault, label="signer"):
    path = f"/fault/{fault}/ocsp" if fault else "/"
    return openssl("ocsp", "-url", URL["base"] + path, "-issuer", "subca.pem", "-cert",
                   f"{label}.pem", "-CAfile", "all.pem")[1]


def test_ocsp(_):
    for fault, label, words in ((None, "signer", ["verify OK", "signer.pem: good"]),
                                (None, "signer-revoked", ["verify OK", "keyCompromise"]),
                                ("revoked", "signer", ["verify OK", ": revoked"]),
                                ("unknown", "signer", ["verify OK", ": unknown"]),
                                ("try-later", "signer", ["trylater"]),
                                ("other-key", "signer", ["signature failure"]),
                                ("stale", "signer", ["status expired"]),
                                ("future", "signer", ["not yet valid"]),
                                ("wrong-nonce", "signer", ["Nonce Verify error"]),
                                ("no-nonce", "signer", ["no nonce in response", ": good"])):
        text = ocsp(fault, label)
        for word in words:
            expect(word in text, f"{fault}, {label}: no {word!r} in {text[:300]}")


def test_time_stamps(server):
    openssl("ts", "-query", "-data", "root.pem", "-sha256", "-cert", "-out", "q.tsq")
    with open("q.tsq", "rb") as f:
        request = urllib.request.Request(URL["base"] + "/tsa", data=f.read())
    with urllib.request.urlopen(request, timeout=30) as answer, open("r.tsr", "wb") as f:
        f.write(answer.read())
    code, text = openssl("ts", "-verify", "-in", "r.tsr", "-queryfile", "q.tsq", "-CAfile",
                         "root.pem", "-untrusted", "all.pem")
    expect(code == 0, text)
    expect(server.requests == [("POST", "127.0.0.1", "/tsa")], f"{server.requests}")


def status(path):
    try:
        with urllib.request.urlopen(URL["base"] + path, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as e:
        e.close()
        return e.code


def test_faults(server):
    for code in (404, 410, 429, 500, 503):
        expect(status(f"/fault/{code}/subca.crl") == code, f"not {code}")
    expect(status("/nobody.crl") == 404 and status("/subca.crl") == 200, "unknown label")
    expect(status("/fault/nonsense/subca.crl") == 599, "an unknown fault is no right answer")
    for name in FAULTS:
        if name != "big":
            expect(status(f"/fault/{name}/subca.cer" if name == "p7c"
                          else f"/fault/{name}/subca.crl") == 200, name)
    server.fault("/subca.crl", "404")
    expect(status("/subca.crl") == 404 and server.count("/subca.crl") == 2, "fault by place")
    server.clear()
    expect(status("/subca.crl") == 200, "clear")


def test_documents(pki_server):
    pki = pki_server.pki
    pki.pdf("signer", "leaf.pdf")
    with open("leaf.pdf", "rb") as f:
        expect(f.read(5) == b"%PDF-", "no PDF")
    with open("text", "w", encoding="ascii") as f:
        f.write("text\n")
    pki.cms("signer", "text", "text.p7s")
    code, text = openssl("cms", "-verify", "-inform", "DER", "-in", "text.p7s", "-content", "text",
                         "-binary", "-CAfile", "all.pem", "-purpose", "any",
                         "-out", "/dev/null")
    expect(code == 0, text)
    code, text = openssl("pkcs7", "-inform", "DER", "-in", "text.p7s", "-print_certs", "-noout")
    expect(text.count("subject=") == 1, "more than the signer's certificate")


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="satyapan-fixture-") as folder:
        os.chdir(folder)
        with Pki() as pki, PkiServer(pki, [("127.0.0.1", 0)]) as server:
            URL["base"] = "http://%s:%d" % server.addresses[0]
            for label in ("root", "ca", "subca", "signer", "signer-revoked", "tsa"):
                with open(label + ".pem", "wb") as f:
                    f.write(pki.pem(label))
            with open("all.pem", "wb") as f:
                f.write(pki.pem("root") + pki.pem("ca") + pki.pem("subca"))
            for name, test in list(globals().items()):
                if not name.startswith("test_"):
                    continue
                server.clear()
                try:
                    test(server)
                    passed += 1
                    print(f"ok {name}", flush=True)
                except (Wrong, OSError, ValueError) as e:
                    failed += 1
                    print(f"FAIL {name}: {e}", flush=True)
        os.chdir("/")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
