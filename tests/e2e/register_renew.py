#!/usr/bin/env python3
"""`satyapan register renew-timestamps`: from B-B and B-T to B-LTA, and again before the authority's certificate ends,
with an authority on a network of the test's own.

usage: register_renew.py      environment: B, the build directory (default: build)
"""
import hashlib
import http.server
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading

from issue_tsa import ADDRESS, Service  # it enters a network of its own
import pades
import xades
from issue_world import SATYAPAN, World, request
from pades import TSA, certificate, check, openssl, run

URL = f"http://{ADDRESS}/tsa"


def renew(w, *words):
    return subprocess.run([SATYAPAN, "register", "renew-timestamps", "--data", w.data, *words], capture_output=True,
                          text=True, timeout=300, check=False)


def pdf(w, number):
    with open(w.file(number, ".pdf"), "rb") as f:
        return f.read()


def number_of(n):
    return f"STQC/IOTSCS/ER/{n:03d}"


def in_register(w, name, number, proof=None, path=None):
    done = run(SATYAPAN, "register", "check", path or w.file(number, ".pdf"), "--proof",
               proof or w.file(number, ".tlog-proof"), "--key", w.vkey())
    check(f"{name}: in the register", done.returncode == 0, done.stdout + done.stderr)


def first(w, evidence):
    before = {n: pdf(w, number_of(n)) for n in (1, 2)}
    old = w.write("old.pdf", before[2])
    old_proof = w.write("old.tlog-proof", open(w.file(number_of(2), ".tlog-proof"), encoding="utf-8").read())
    done = renew(w, "--dry-run")
    check("dry run: tells what is due", done.returncode == 0 and done.stdout.count(" due\n") == 2 and
          "2 due, 0 not due, 1 left" in done.stdout, done.stdout + done.stderr)
    Service.mode = "down"
    done = renew(w, "--tsa", URL, *evidence)
    check("no answer: 69, nothing done", done.returncode == 69 and w.ask(
        "SELECT count(*) FROM log_entry WHERE event = 'renew'") == [(0,)], done.stderr)
    Service.mode = "good"
    done = renew(w, "--tsa", URL, *evidence, "--out", w.out, "--limit", "1")
    check("a limit", done.returncode == 0 and "1 renewed" in done.stdout, done.stdout + done.stderr)
    done = renew(w, "--tsa", URL, *evidence, "--out", w.out)
    check("the rest", done.returncode == 0 and "1 renewed, 1 not due, 1 left" in done.stdout, done.stdout)
    for n in (1, 2):
        after = pdf(w, number_of(n))
        check(f"{n}: begins with what it was", after.startswith(before[n]) and len(after) > len(before[n]))
        in_register(w, f"{n}", number_of(n))
    pades.judge(w.folder, "from B-T", w.file(number_of(2), ".pdf"), "LTA")
    for n in (1, 2):
        path = w.file(number_of(n), ".xml")
        checked = run("xmllint", "--noout", "--nonet", "--schema", "certs/certificate.xsd", path)
        check(f"{n}: the twin fits its schema", checked.returncode == 0, checked.stderr)
        seen = xades.report(w.folder, path)
        one = seen["signatures"][0]
        check(f"{n}: the XML twin has an archive time-stamp", one.get("level") == ("B-LTA" if n == 2 else one.get("level"))
              and "ARCHIVE" in json.dumps(one["timestamps"]).upper() and seen["verdict"] == "ACCEPTED", one)
        check(f"{n}: xmlsec1", b"OK" in xades.xmlsec(w.folder, path).stderr)
        octets = open(path, "rb").read()
        names = json.loads(w.ask("SELECT octets FROM log_entry WHERE event = 'renew' AND certificate = ?", number_of(n))[0][0])
        check(f"{n}: the event names the twin", names["xml_sha256"] == hashlib.sha256(octets).hexdigest(), names)
    in_register(w, "the file before", number_of(2), old_proof, old)
    done = run(SATYAPAN, "register", "check", w.file(number_of(2), ".pdf"), "--proof", old_proof, "--key", w.vkey())
    check("the new file is not the old one", done.returncode == 1, done.stdout)
    entry = json.loads(w.ask("SELECT octets FROM log_entry WHERE event = 'renew' AND certificate = ?",
                             number_of(2))[0][0])
    check("the event names the data that stay", entry["data_sha256"] == hashlib.sha256(
        open(w.file(number_of(2), ".json"), "rb").read()).hexdigest(), entry)
    done = renew(w, "--tsa", URL, *evidence)
    check("again: nothing is due", done.returncode == 0 and "0 renewed, 2 not due" in done.stdout, done.stdout)
    done = w.one(request(2), "--format", "json")
    check("issue again: unchanged", done.returncode == 0 and json.loads(done.stdout)["result"] == "unchanged", done)
    check("the log is whole", w.register("audit").returncode == 0, w.register("audit").stdout)


def later(w, evidence):
    """The authority's certificate ends soon: another time-stamp, but only by a newer certificate."""
    number = number_of(2)
    before = pdf(w, number)
    done = renew(w, "--tsa", URL, *evidence, "--within", "400", "--number", number)
    check("the same certificate: nothing would be gained", done.returncode == 69 and "no later" in done.stderr,
          done.stdout + done.stderr)
    certificate(w.folder, "tsa2", TSA)
    openssl(w.folder, "x509", "-req", "-in", "tsa2.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days",
            "1500", "-extfile", "tsa2.ext", "-out", "tsa.crt")
    os.replace(w.path("tsa2.key"), w.path("tsa.key"))
    done = renew(w, "--tsa", URL, *evidence, "--within", "400", "--number", number, "--out", w.out)
    check("a newer one: renewed", done.returncode == 0 and "1 renewed" in done.stdout, done.stdout + done.stderr)
    after = pdf(w, number)
    check("a second archive time-stamp", after.startswith(before) and after.count(b"/SubFilter /ETSI.RFC3161") == 2)
    pades.judge(w.folder, "renewed", w.file(number, ".pdf"), "LTA")
    twin = w.file(number, ".xml")
    seen = xades.report(w.folder, twin)
    check("the XML twin: again, with evidence of its own", seen["verdict"] == "ACCEPTED" and
          seen["signatures"][0]["level"] == "B-LTA" and open(twin, encoding="utf-8").read().count("ArchiveTimeStamp>") == 2 and
          "TimeStampValidationData" in open(twin, encoding="utf-8").read(), seen["signatures"])
    check("the XML twin: the schema", run("xmllint", "--noout", "--nonet", "--schema", "certs/certificate.xsd",
                                          twin).returncode == 0)
    with open(twin, "rb") as f:
        wrong = w.write("wrong.xml", f.read().replace(b"Bharat", b"Bharti", 1).decode())
    check("the XML twin changed: not accepted", xades.report(w.folder, wrong)["verdict"] == "REJECTED")
    done = renew(w, "--dry-run", "--within", "400", "--number", number)
    check("not due any more", "0 due, 1 not due" in done.stdout, done.stdout)
    done = renew(w, "--dry-run", "--number", "STQC/IOTSCS/ER/999")
    check("no such certificate: 66", done.returncode == 66, done.returncode)
    damaged = w.ask("SELECT pdf FROM certificate WHERE number = ?", number)[0][0]
    path = os.path.join(w.data, "blobs", damaged[:2], damaged)
    os.chmod(path, 0o600)
    with open(path, "r+b") as f:
        f.write(b"X")
    done = renew(w, "--tsa", URL, *evidence, "--within", "1600")
    check("a damaged file holds up nobody else", done.returncode == 1 and "backup" in done.stderr and
          "1 renewed" in done.stdout, done.stdout + done.stderr)
    with open(path, "r+b") as f:
        f.write(b"%")


def killed(w, evidence, rng):
    """Killed at any moment: each file is renewed once, and the register knows the very file."""
    for n in range(5):
        certificate(w.folder, "tsa2", TSA)
        openssl(w.folder, "x509", "-req", "-in", "tsa2.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", str(2000 + n * 100), "-extfile", "tsa2.ext", "-out", "tsa.crt")
        os.replace(w.path("tsa2.key"), w.path("tsa.key"))
        words = ["--tsa", URL, *evidence, "--within", str(1950 + n * 100)]
        p = subprocess.Popen([SATYAPAN, "register", "renew-timestamps", "--data", w.data, *words],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True)
        try:
            p.wait(rng.uniform(0, 0.3))
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
        done = renew(w, *words, "--out", w.out)
        check(f"kill {n}: done", done.returncode == 0, done.stdout + done.stderr)
        events = w.ask("SELECT count(*), count(DISTINCT certificate) FROM log_entry WHERE event = 'renew' AND entry >= ?",
                       w.ask("SELECT max(entry) FROM log_entry")[0][0] - 1)
        check(f"kill {n}: once each", events == [(2, 2)], events)
        for certificate_number in (1, 2):
            row = w.ask("SELECT pdf FROM certificate WHERE number = ?", number_of(certificate_number))[0][0]
            with open(os.path.join(w.data, "blobs", row[:2], row), "rb") as f:
                check(f"kill {n}: the file is there", hashlib.sha256(f.read()).hexdigest() == row)
    check("kills: the log is whole", w.register("audit").returncode == 0, w.register("audit").stdout)


def main():
    seed = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        Service.folder = folder
        server = http.server.ThreadingHTTPServer((ADDRESS, 80), Service)
        server.handle_error = lambda *_: None  # a client that was killed
        threading.Thread(target=server.serve_forever, daemon=True).start()
        evidence = ("--cert", w.path("ca.der"), "--cert", w.path("tsa.der"), "--crl", w.path("ca.crl"))
        check("issued", w.one(request(1)).returncode == 0 and w.one(request(2), "--tsa", URL).returncode == 0 and
              w.one(request(3)).returncode == 0)
        check("withdrawn", w.register("withdraw", number_of(3), "--reason", "test").returncode == 0)
        first(w, evidence)
        later(w, evidence)
        print(f"register_renew: SEED={seed}")
        killed(w, evidence, random.Random(seed))
        server.shutdown()
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
