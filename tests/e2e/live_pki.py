#!/usr/bin/env python3
"""What a report wants is fetched, and the document verified again: from the command line and by the
server, against a test CA on a network of its own, with faults on purpose.

Every fault must lead to a finding that says so, none to a hang or to another verdict than REVIEW;
what is good in an odd wrapping must be used; a revocation that is fetched must reject. Each stored
verification is replayed. Runs in a network namespace (netns.py) with the program's real policy.
What it does not do: attack the fetch process itself (fetch.py) or the store (revocation tests).
"""
import glob
import hashlib
import http.client
import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

import netns
from pki_server import Answer, HOSTILE, Pki, PkiServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
PUBLIC = "93.184.215.14"
CRL, CA, OCSP = "crl.test.invalid", "ca.test.invalid", "ocsp.test.invalid"
LEAF_CRL = CRL + "/subca.crl"
ROUND = 3  # seconds given to a round where a server is slow on purpose
TIMEOUT = 120  # nothing may take that long


class Wrong(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Wrong(text)


def codes(report):
    found = {f["code"] for f in report["findings"]}
    for sig in report["signatures"]:
        found |= {f["code"] for f in sig["findings"]}
    return found


def texts(report, code):
    return [f["text"] for sig in report["signatures"] for f in sig["findings"] if f["code"] == code]


def sources(report):
    return [row["source"] for sig in report["signatures"] for row in sig["revocation"]]


class World:
    def __init__(self, folder, pki, server, dns):
        self.folder, self.pki, self.server, self.dns = folder, pki, server, dns
        self.trust = os.path.join(folder, "trust")
        self.write_trust()
        self.files = {label: self.sign(label) for label in ("signer", "signer-revoked")}
        self.files["whole"] = self.sign("signer", ["signer", "subca", "ca"])
        self.seen = set()
        self.count = 0

    def sign(self, label, embed=None):
        path = os.path.join(self.folder, f"{label}-{len(embed or [])}.pdf")
        self.pki.pdf(label, path, embed)
        return path

    def write_trust(self):
        der = self.pki.cert("root")
        os.makedirs(os.path.join(self.trust, "roots"))
        with open(os.path.join(self.trust, "roots", "root.pem"), "wb") as f:
            f.write(self.pki.pem("root"))
        row = {"name": "Test root", "file": "roots/root.pem", "role": "anchor",
               "sha256": hashlib.sha256(der).hexdigest(), "purpose": "signing", "status": "live",
               "source": "test", "confirmed_by": None, "confirmed_on": None}
        with open(os.path.join(self.trust, "manifest.json"), "w", encoding="utf-8") as f:
            json.dump({"schema": "satyapan-trust/1", "certificates": [row]}, f)
        with open(os.path.join(self.trust, "licensed-ca-pins.csv"), "w", encoding="utf-8") as f:
            f.write("name,sha256,role\n")
        with open(os.path.join(self.trust, "endpoints.csv"), "w", encoding="utf-8") as f:
            f.write(f"ca,kind,url\nTest,CRL,http://{CRL}/x\nTest,caIssuers,http://{CA}/x\n"
                    f"Test,OCSP,http://{OCSP}/\n")

    def verify(self, *words, replay=True, env=None):
        """The report of the last file; its stored evidence must replay."""
        self.count += 1
        if "--fetch-time" not in words:  # what is right must not fail on a busy machine
            words = ("--fetch-time", "60", *words)
        evidence = os.path.join(self.folder, f"evidence-{self.count}")
        done = subprocess.run([PROGRAM, "verify", "--format", "json", "--trust-dir", self.trust,
                               *(["--evidence", evidence] if replay else []), *words],
                              capture_output=True, timeout=TIMEOUT, check=False,
                              env={**os.environ, **(env or {})})
        self.stderr = done.stderr.decode()
        lines = done.stdout.splitlines()
        expect(lines, f"no report, exit {done.returncode}: {self.stderr[-300:]}")
        reports = [json.loads(line) for line in lines]
        for report in reports:
            self.seen |= codes(report)
        if replay:
            again = subprocess.run([PROGRAM, "replay", evidence], capture_output=True,
                                   timeout=TIMEOUT, check=False)
            expect(again.returncode == 0, f"replay: {again.stdout.decode()} {again.stderr.decode()}")
            shutil.rmtree(evidence)
        return reports[-1] if len(reports) == 1 else reports

    def is_verdict(self, report, verdict, *wanted):
        expect(report["verdict"] == verdict,
               f"{report['verdict']}, not {verdict}: {sorted(codes(report))} {self.stderr[-300:]}")
        for code in wanted:
            expect(code in codes(report), f"no {code} in {sorted(codes(report))}")

    def only_crl(self):
        """No OCSP answers: what the list says decides."""
        self.server.fault(OCSP + "/", "404")


# ---- the way it should be ------------------------------------------------------------------------

def test_offline(w):
    report = w.verify("--offline", w.files["signer"])
    w.is_verdict(report, "REVIEW", "chain.issuer-missing")
    want = report["wants"][0]
    expect(want["kind"] == "certificate" and want["urls"] == [f"http://{CA}/subca.cer"],
           f"wants {want}")
    expect(not w.server.reached, f"connections were made: {w.server.reached}")
    expect(not w.dns.asked, f"names were asked for: {w.dns.asked}")


def test_rounds(w):
    """Two missing issuers, then the revocation of all three: three rounds."""
    report = w.verify(w.files["signer"])
    w.is_verdict(report, "ACCEPTED")
    expect(not report["wants"], f"still wants {report['wants']}")
    expect([c["source"] for c in report["signatures"][0]["chain"]][1:3] ==
           [f"fetched: http://{CA}/subca.cer", f"fetched: http://{CA}/ca.cer"],
           f"chain: {report['signatures'][0]['chain']}")
    expect(all("fetched: http://" in s for s in sources(report)), f"sources: {sources(report)}")
    for place in (f"{CA}/subca.cer", f"{CA}/ca.cer", LEAF_CRL, f"{CRL}/ca.crl", f"{CRL}/root.crl"):
        expect(w.server.count(place) == 1, f"{place} was asked for {w.server.count(place)} times")
    expect(w.server.count(OCSP + "/") == 3, f"OCSP: {w.server.count(OCSP + '/')} questions")


def test_whole_chain(w):
    report = w.verify(w.files["whole"])
    w.is_verdict(report, "ACCEPTED")
    expect(not [r for r in w.server.requests if r[1] == CA], "an issuer at hand was asked for")


def test_ocsp_only(w):
    for label in ("subca", "ca", "root"):
        w.server.fault(f"{CRL}/{label}.crl", "404")
    report = w.verify(w.files["whole"])
    w.is_verdict(report, "ACCEPTED")
    expect(all(s.startswith("ocsp: fetched:") for s in sources(report)), f"{sources(report)}")
    expect("revocation.fetch-failed" not in codes(report), "a failure that does not matter is told")


def test_crl_only(w):
    w.only_crl()
    report = w.verify(w.files["whole"])
    w.is_verdict(report, "ACCEPTED")
    expect(all(s.startswith("crl: fetched:") for s in sources(report)), f"{sources(report)}")


def test_many(w):
    """Of many documents each thing is asked for once."""
    reports = w.verify("--jobs", "4", *[w.files["whole"]] * 12, replay=False)
    expect([r["verdict"] for r in reports] == ["ACCEPTED"] * 12, "not all accepted")
    expect(w.server.count(LEAF_CRL) == 1, f"the CRL was fetched {w.server.count(LEAF_CRL)} times")


def test_time_stamp(w):
    """What the certificate of a time-stamping authority lacks is wanted, too."""
    at = ["--offline", "--at", "2026-11-21T06:30:00Z"]
    gen = os.path.join(B, "gen", "data")
    report = w.verify(*at, "--trust", gen + "/cert/root.cer", gen + "/cms/stamp-good.p7m")
    expect(any("Time Stamp" in want["for"] for want in report["wants"]),
           f"wants of {[want['for'] for want in report['wants']]}")


def test_terminal(w):
    """On a terminal it says what it waits for, and takes that away again; elsewhere it is silent."""
    words = [PROGRAM, "verify", "--trust-dir", w.trust, "--fetch-time", "60", w.files["whole"]]
    try:
        master, slave = pty.openpty()
    except OSError as error:
        print(f"# not tried: no terminal can be made here ({error})")
        return
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    seen = b""
    while select.select([master], [], [], TIMEOUT)[0]:
        try:
            more = os.read(master, 65536)
        except OSError:  # the last writer has closed it
            break
        seen += more
        if not more:
            break
    child.wait(timeout=TIMEOUT)
    os.close(master)
    expect(b": fetching OCSP answer for " in seen and seen.rstrip().endswith(b"\x1b[K"), f"{seen}")
    done = subprocess.run(words, capture_output=True, timeout=TIMEOUT, check=False)
    expect(b"fetching" not in done.stdout + done.stderr, "it is said without a terminal")


def test_archive(w):
    """What the files in a ZIP lack is fetched for the archive, few and many of them."""
    for count in (1, 40):
        path = os.path.join(w.folder, f"files-{count}.zip")
        with zipfile.ZipFile(path, "w") as archive:
            for i in range(count):
                archive.write(w.files["signer"], f"declaration-{i}.pdf")
        w.server.clear()
        report = w.verify(path, replay=count == 1)
        w.is_verdict(report, "ACCEPTED")
        expect(w.server.count(LEAF_CRL) == 1, f"the CRL came {w.server.count(LEAF_CRL)} times")


def test_nothing_wanted(w):
    """Without wants nothing is started and nothing is asked."""
    crls = os.path.join(w.folder, "crls")
    os.makedirs(crls, exist_ok=True)
    for label in ("root", "ca", "subca"):
        with open(os.path.join(crls, label + ".crl"), "wb") as f:
            f.write(w.pki.crl(label))
    w.is_verdict(w.verify("--crl", crls, w.files["whole"]), "ACCEPTED")
    expect(not w.server.reached and not w.dns.asked, "something was asked for")


# ---- right, in an odd wrapping -------------------------------------------------------------------

def test_wrappings(w):
    w.only_crl()
    for fault in ("pem", "base64"):
        w.server.fault(LEAF_CRL, fault)
        w.is_verdict(w.verify(w.files["whole"]), "ACCEPTED")
    w.server.fault(LEAF_CRL, None)
    for fault in ("pem", "base64", "p7c"):
        w.server.fault(f"{CA}/subca.cer", fault)
        w.is_verdict(w.verify(w.files["signer"]), "ACCEPTED")


def test_redirect(w):
    w.only_crl()
    w.server.fault(LEAF_CRL, f"redirect:http://{CA}/subca.crl")
    w.is_verdict(w.verify(w.files["whole"]), "ACCEPTED")


def test_big(w):
    """A CRL of 52 MB."""
    w.only_crl()
    w.server.fault(LEAF_CRL, "big")
    report = w.verify("--fetch-time", "60", w.files["whole"])
    w.is_verdict(report, "ACCEPTED")


# ---- revoked -------------------------------------------------------------------------------------

def test_revoked(w):
    w.only_crl()
    report = w.verify(w.files["signer-revoked"])
    w.is_verdict(report, "REJECTED", "revocation.revoked-no-proof")
    expect("fetched: http://" + LEAF_CRL in sources(report)[0], f"{sources(report)}")


def test_revoked_by_ocsp(w):
    """The list does not know yet; the responder does: a revocation wins."""
    w.server.fault(OCSP + "/", "revoked")
    w.is_verdict(w.verify(w.files["whole"]), "REJECTED")


def test_revoked_needs_the_network(w):
    """What was not fetched cannot accept: offline it is open, never good."""
    w.is_verdict(w.verify("--offline", w.files["signer-revoked"]), "REVIEW")


# ---- faults on purpose ---------------------------------------------------------------------------

# Of the list: fault -> part of the sentence, or None where the finding is another one.
LIST_FAULTS = {"404": "404", "410": "410", "403": "403", "500": "500", "503": "503", "429": "429",
               "wrong-type": "cannot be used", "empty": "empty", "truncated-der": "cannot be used",
               "stale": None, "future": None,
               "redirect:http://10.0.0.1/x.crl": "10.0.0.1",
               "redirect:http://127.0.0.1/x.crl": "127.0.0.1",
               "redirect:http://169.254.169.254/latest": "169.254.169.254",
               "redirect:http://elsewhere.test.invalid/x.crl": "elsewhere.test.invalid",
               "redirect:ftp://crl.test.invalid/x": ""}
OCSP_FAULTS = {"404": "404", "500": "500", "wrong-type": "cannot be used",
               "empty": "", "truncated-der": "cannot be used", "unknown": None,
               "try-later": "refused to answer", "stale": None, "other-key": None}
ISSUER_FAULTS = {"404": "404", "wrong-type": "cannot be used", "empty": "",
                 "truncated-der": "cannot be used", "other-key": None,
                 "redirect:http://192.168.1.1/ca.cer": "192.168.1.1"}


def explained(w, report, code, place, part):
    if part is None:
        return
    found = [t for t in texts(report, code) if place in t and part in t]
    expect(found, f"no {code} about {place} with {part!r}: {texts(report, code)}")


def test_faults_of_a_list(w):
    w.only_crl()
    for fault, part in LIST_FAULTS.items():
        w.server.fault(LEAF_CRL, fault)
        report = w.verify(w.files["whole"])
        try:
            w.is_verdict(report, "REVIEW")
            explained(w, report, "revocation.fetch-failed", LEAF_CRL, part)
        except Wrong as error:
            raise Wrong(f"{fault}: {error}") from error
    private = [a for a in w.server.reached if a != PUBLIC]
    expect(not private, f"private addresses were reached: {private}")


def test_lists_that_lie(w):
    """A list that was changed, and the list of another issuer: nothing is believed."""
    w.only_crl()
    forged = bytearray(w.pki.crl("subca"))
    forged[-1] ^= 1
    for body, code in ((bytes(forged), "revocation.untrusted"),
                       (w.pki.crl("ca"), "revocation.missing")):
        w.server.page(LEAF_CRL, Answer(body=body, kind="application/pkix-crl"))
        w.is_verdict(w.verify(w.files["whole"]), "REVIEW", code)


def test_faults_of_a_responder(w):
    w.server.fault(LEAF_CRL, "404")
    for fault, part in OCSP_FAULTS.items():
        w.server.fault(OCSP + "/", fault)
        report = w.verify(w.files["whole"])
        try:
            w.is_verdict(report, "REVIEW")
            explained(w, report, "revocation.fetch-failed", OCSP, part)
        except Wrong as error:
            raise Wrong(f"{fault}: {error}") from error


def test_faults_of_an_issuer(w):
    for fault, part in ISSUER_FAULTS.items():
        w.server.fault(f"{CA}/subca.cer", fault)
        report = w.verify(w.files["signer"])
        try:
            w.is_verdict(report, "REVIEW", "chain.issuer-missing")
            explained(w, report, "chain.fetch-failed", f"{CA}/subca.cer", part)
        except Wrong as error:
            raise Wrong(f"{fault}: {error}") from error


def test_hostile_servers(w):
    """Slow, endless, cut off, nonsense: an answer in time, and never a verdict."""
    w.only_crl()
    for fault in sorted(HOSTILE):
        w.server.fault(LEAF_CRL, fault)
        report = w.verify("--fetch-time", str(ROUND), w.files["whole"])
        try:
            w.is_verdict(report, "REVIEW")
            explained(w, report, "revocation.fetch-failed", LEAF_CRL, "")
        except Wrong as error:
            raise Wrong(f"{fault}: {error}") from error


def test_name_not_found(w):
    w.dns.names.pop(CRL)
    try:
        w.only_crl()
        report = w.verify(w.files["whole"])
        w.is_verdict(report, "REVIEW", "revocation.fetch-failed")
        explained(w, report, "revocation.fetch-failed", LEAF_CRL, "name")
    finally:
        w.dns.names[CRL] = [PUBLIC]


def test_private_address(w):
    w.dns.names[CRL] = ["10.1.2.3"]
    try:
        w.only_crl()
        report = w.verify(w.files["whole"])
        w.is_verdict(report, "REVIEW", "revocation.fetch-failed")
        expect(not [a for a in w.server.reached if a != PUBLIC], f"{w.server.reached}")
    finally:
        w.dns.names[CRL] = [PUBLIC]


def test_host_not_on_the_list(w):
    with open(os.path.join(w.trust, "endpoints.csv"), encoding="utf-8") as f:
        before = f.read()
    data = os.path.join(w.folder, "hosts-only")
    os.makedirs(data)
    try:
        with open(os.path.join(w.trust, "endpoints.csv"), "w", encoding="utf-8") as f:
            f.write("ca,kind,url\n")
        report = w.verify(w.files["whole"])
        w.is_verdict(report, "REVIEW")
        explained(w, report, "revocation.fetch-failed", LEAF_CRL, "not on the list")
        expect(not w.server.reached and not w.dns.asked, "an unlisted host was asked")
        with open(os.path.join(data, "fetch-hosts.txt"), "w", encoding="utf-8") as f:
            f.write(f"# ours\n{CRL}\n")
        w.is_verdict(w.verify("--data", data, w.files["whole"]), "ACCEPTED")
        expect({r[1] for r in w.server.requests} == {CRL}, f"asked: {w.server.requests}")
    finally:
        with open(os.path.join(w.trust, "endpoints.csv"), "w", encoding="utf-8") as f:
            f.write(before)


# ---- what is kept --------------------------------------------------------------------------------

def test_kept(w):
    """With a data directory a second verification needs no network, a third none at all."""
    data = os.path.join(w.folder, "data")
    w.is_verdict(w.verify("--data", data, w.files["signer"]), "ACCEPTED")
    expect(glob.glob(data + "/revocation/crl/*.der"), "no list was kept")
    w.is_verdict(w.verify("--offline", "--data", data, w.files["signer"]), "ACCEPTED")
    first = len(w.server.requests)
    w.is_verdict(w.verify("--data", data, w.files["signer"]), "ACCEPTED")
    expect(len(w.server.requests) == first, f"asked again: {w.server.requests[first:]}")
    report = w.verify("--offline", "--data", data, w.files["signer"])
    w.is_verdict(report, "ACCEPTED")
    expect(not report["wants"], f"wants {report['wants']}")
    w.is_verdict(w.verify("--offline", w.files["signer"], env={"SATYAPAN_DATA": data}), "ACCEPTED")


def test_kept_of_whole_chain(w):
    """The CAs that a document brings vouch for what is kept, once the store has checked that they
    chain to the trust list: a second verification asks nobody, and the refresh knows them."""
    data = os.path.join(w.folder, "data-whole")
    w.is_verdict(w.verify("--data", data, w.files["whole"]), "ACCEPTED")
    expect(len(glob.glob(data + "/revocation/crl/*.der")) == 3, "not every list was kept")
    expect(not [r for r in w.server.requests if r[1] == CA], "an issuer at hand was asked for")
    first = len(w.server.requests)
    w.is_verdict(w.verify("--data", data, w.files["whole"]), "ACCEPTED")
    expect(len(w.server.requests) == first, f"asked again: {w.server.requests[first:]}")
    w.is_verdict(w.verify("--offline", "--data", data, w.files["whole"]), "ACCEPTED")
    done = subprocess.run([PROGRAM, "revocation", "refresh", "--data", data, "--trust-dir", w.trust],
                          capture_output=True, timeout=TIMEOUT, check=False)
    good = re.findall(rf"^same +http://{CRL}/(\w+)\.crl$", done.stdout.decode(), re.M)
    expect(sorted(good) == ["ca", "root", "subca"], f"refresh: {done.stdout.decode()}")


def test_report_has_no_issuers(w):
    """What is handed to whoever keeps the answers is not in the report for people."""
    report = w.verify("--offline", w.files["whole"])
    expect(report["wants"] and all("issuers" not in want for want in report["wants"]),
           f"{report['wants']}")


def test_conditional(w):
    """What is out of date is asked for with its validator; a 304 is no failure, news are taken."""
    data = os.path.join(w.folder, "data-304")
    w.only_crl()
    old = Answer(body=w.pki.crl("subca", -40 * 86400, -33 * 86400), kind="application/pkix-crl",
                 headers=['ETag: "one"'])
    w.server.page(LEAF_CRL, lambda request: Answer(304) if request.headers.get("if-none-match") ==
                  '"one"' else old)
    w.is_verdict(w.verify("--data", data, w.files["signer"]), "REVIEW", "revocation.stale")
    report = w.verify("--data", data, w.files["signer"])
    w.is_verdict(report, "REVIEW", "revocation.stale")
    explained(w, report, "revocation.fetch-failed", LEAF_CRL, "nothing newer")
    w.server.page(LEAF_CRL, None)
    w.is_verdict(w.verify("--data", data, w.files["signer"]), "ACCEPTED")


def test_back_off(w):
    """A source that failed is left alone for a while, and the report says so."""
    data = os.path.join(w.folder, "data-back-off")
    w.only_crl()
    w.is_verdict(w.verify("--data", data, w.files["signer"]), "ACCEPTED")
    late = ["--at", str(int(time.time()) + 8 * 86400)]
    w.server.fault(LEAF_CRL, "503")
    w.is_verdict(w.verify("--data", data, *late, w.files["signer"]), "REVIEW")
    asked = w.server.count(LEAF_CRL)
    report = w.verify("--data", data, *late, w.files["signer"])
    w.is_verdict(report, "REVIEW")
    explained(w, report, "revocation.fetch-failed", LEAF_CRL, "failed lately")
    expect(w.server.count(LEAF_CRL) == asked, "asked again at once")


def test_not_kept_without_directory(w):
    before = set(os.listdir(w.folder))
    w.is_verdict(w.verify(w.files["whole"], replay=False), "ACCEPTED")
    expect(set(os.listdir(w.folder)) == before, "files were left")


def test_strangers_make_no_sources(w):
    """A page that says sorry under a new address is neither kept nor asked again by the refresh."""
    data = os.path.join(w.folder, "data-bad")
    w.only_crl()
    w.server.fault(LEAF_CRL, "wrong-type")
    w.is_verdict(w.verify("--data", data, w.files["whole"]), "REVIEW")
    done = subprocess.run([PROGRAM, "revocation", "status", "--data", data, "--format", "json"],
                          capture_output=True, timeout=TIMEOUT, check=False)
    expect(LEAF_CRL.encode() not in done.stdout, f"a source: {done.stdout}")


# ---- the server ----------------------------------------------------------------------------------

class Serve:
    """satyapan serve, online, with a data directory of its own."""

    def __init__(self, w, *words, **limits):
        self.w = w
        w.count += 1
        self.data = os.path.join(w.folder, f"serve-{w.count}")
        config = self.data + ".json"
        with open(config, "w", encoding="utf-8") as f:
            json.dump({"limits": {"rate_per_minute": 0, "fetch_seconds": 100, **limits}}, f)
        self.log = tempfile.TemporaryFile("w+", dir=w.folder)
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--data", self.data, "--config", config,
             "--trust", w.trust, *words], stdout=subprocess.PIPE, stderr=self.log, text=True)

    def __enter__(self):
        first = self.process.stdout.readline()
        found = re.search(r":(\d+)/", first)
        expect(found, f"no address in {first!r}")
        self.port = int(found.group(1))
        self.until(lambda: self.get("/readyz")[0] == 200, "ready")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()
            self.log.close()

    def until(self, truth, what):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if truth():
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.log.seek(0)
        raise Wrong(f"not {what} within 30 s: {self.log.read()[-500:]}")

    def ask(self, method, path, body=None, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def get(self, path):
        return self.ask("GET", path)

    def verify(self, file, query=""):
        with open(file, "rb") as f:
            status, body = self.ask("POST", "/api/v1/verify" + query, f.read(),
                                    {"Content-Type": "application/pdf"})
        expect(status == 200, f"status {status}: {body[:300]}")
        report = json.loads(body)
        self.w.seen |= codes(report)
        self.w.stderr = ""
        return report

    def page(self, file, lang):
        with open(file, "rb") as f:
            body = (b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n"
                    b"\r\n" + f.read() + b"\r\n--x--\r\n")
        status, text = self.ask("POST", "/verify?lang=" + lang, body,
                                {"Content-Type": "multipart/form-data; boundary=x"})
        expect(status == 200, f"status {status}")
        return text.decode()

    def metric(self, name):
        found = re.search(rf"^satyapan_{name} (\d+)$", self.get("/metrics")[1].decode(), re.M)
        expect(found, f"no metric {name}")
        return int(found.group(1))

    def child(self, name):
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            for word in f.read().split():
                with open(f"/proc/{word}/cmdline", "rb") as cmd:
                    if name.encode() in cmd.read().split(b"\0")[0]:
                        return int(word)
        return None


def test_serve(w):
    with Serve(w) as s:
        s.until(lambda: s.metric("obtain_starts_total") == 1, "fetching")
        report = s.verify(w.files["signer"])
        w.is_verdict(report, "ACCEPTED")
        # What came may be in the store already, which the server watches.
        expect(all("fetched: " in x or "store: " in x for x in sources(report)), f"{report}")
        expect(s.metric("fetch_rounds_total") == 3 and s.metric("not_fetched_total") == 0,
               "the rounds are not counted")
        fetched = w.server.count(LEAF_CRL)
        w.is_verdict(s.verify(w.files["signer"]), "ACCEPTED")
        expect(w.server.count(LEAF_CRL) == fetched, "the CRL was fetched again")
        w.is_verdict(s.verify(w.files["signer-revoked"]), "REJECTED")
    # Where it came from, in words; without a store, which could have it first.
    for lang, words in (("en", "; fetched from http://"), ("hi", "/ से प्राप्त")):
        done = subprocess.run([PROGRAM, "verify", "--trust-dir", w.trust, "--fetch-time", "60",
                               "--format", "html", "--lang", lang, w.files["whole"]],
                              capture_output=True, timeout=TIMEOUT, check=False)
        expect(words in done.stdout.decode(), f"the page does not say {words}")


def test_serve_keeps_no_signer(w):
    """A vendor was promised that nothing is kept; an OCSP answer would name his certificate."""
    with Serve(w) as s:
        s.until(lambda: s.metric("obtain_starts_total") == 1, "fetching")
        w.is_verdict(s.verify(w.files["signer"]), "ACCEPTED")
        expect(w.server.count(OCSP + "/") > 0, "no OCSP answer was fetched")
        store = sqlite3.connect(os.path.join(s.data, "revocation", "store.db"))
        expect(store.execute("SELECT count(*) FROM cert").fetchone()[0] > 0, "nothing is kept")
        expect(store.execute("SELECT count(*) FROM ocsp").fetchone()[0] == 0, "an answer is kept")
        store.close()


def test_serve_offline(w):
    with Serve(w) as s:
        report = s.verify(w.files["signer"], "?offline=1")
        w.is_verdict(report, "REVIEW", "chain.issuer-missing")
        expect(report["wants"] and s.metric("fetch_rounds_total") == 0, "something was fetched")
        status, _ = s.ask("POST", "/api/v1/verify?offline=perhaps", b"x",
                          {"Content-Type": "application/pdf"})
        expect(status == 400, f"offline=perhaps: {status}")
    w.server.clear()
    with Serve(w, "--offline") as s:
        w.is_verdict(s.verify(w.files["signer"]), "REVIEW", "chain.issuer-missing")
        expect(not w.server.reached and s.child("satyapan-obtain") is None, "not offline")


def test_serve_faults(w):
    w.only_crl()
    with Serve(w) as s:
        s.until(lambda: s.metric("obtain_starts_total") == 1, "fetching")
        w.server.fault(LEAF_CRL, "404")
        report = s.verify(w.files["whole"])
        w.is_verdict(report, "REVIEW")
        explained(w, report, "revocation.fetch-failed", LEAF_CRL, "404")
        expect(s.metric("not_fetched_total") > 0, "failures are not counted")


def test_serve_slow(w):
    """While one document waits for a server that says nothing, others are answered."""
    w.only_crl()
    w.server.fault(LEAF_CRL, "nothing")
    with Serve(w, workers=2, fetch_seconds=15) as s:
        s.until(lambda: s.metric("obtain_starts_total") == 1, "fetching")
        done = []

        def slow():
            done.append(("slow", s.verify(w.files["whole"])))

        thread = threading.Thread(target=slow)
        thread.start()
        s.until(lambda: s.metric("fetching") == 1, "waiting")
        other = s.verify(w.files["signer"], "?offline=1")
        w.is_verdict(other, "REVIEW", "chain.issuer-missing")
        busy = s.verify(w.files["whole"])
        explained(w, busy, "revocation.fetch-failed", LEAF_CRL, "too much is being fetched")
        expect(not done, "the slow one came first")
        thread.join(timeout=TIMEOUT)
        expect(done, "the slow one never came")
        w.is_verdict(done[0][1], "REVIEW", "revocation.fetch-failed")


def test_serve_restarts(w):
    with Serve(w) as s:
        s.until(lambda: s.metric("obtain_starts_total") == 1, "fetching")
        os.kill(s.child("satyapan-obtain"), signal.SIGKILL)
        s.until(lambda: s.metric("obtain_starts_total") == 2, "fetching again")
        w.is_verdict(s.verify(w.files["signer"]), "ACCEPTED")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]


def main():
    netns.enter([PUBLIC])
    wanted = sys.argv[1:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="satyapan-live-") as folder, Pki() as pki, \
            PkiServer(pki, [(PUBLIC, 80), ("127.0.0.1", 80)]) as server:
        dns = netns.Dns({name: [PUBLIC] for name in (CRL, CA, OCSP)})
        w = World(folder, pki, server, dns)
        for test in TESTS:
            if wanted and test.__name__ not in wanted:
                continue
            server.clear()
            dns.asked.clear()
            try:
                test(w)
                passed += 1
            except (Wrong, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAIL {test.__name__}: {error}")
        dns.close()
    for code in sorted(w.seen):
        print("# reason", code)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
