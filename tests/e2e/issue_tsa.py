#!/usr/bin/env python3
"""`satyapan issue --tsa`: time-stamps from a service on a network of the test's own.

usage: issue_tsa.py      environment: B, the build directory (default: build)
"""
import http.server
import os
import shutil
import sys
import tempfile
import threading

import netns

ADDRESS = "93.184.215.14"
netns.enter([ADDRESS])

import pades  # noqa: E402
from issue_world import World, request  # noqa: E402
from office_issue_world import Body, pki  # noqa: E402
from pades import check, run  # noqa: E402


class Service(http.server.BaseHTTPRequestHandler):
    """RFC 3161 over HTTP by `openssl ts`; mode: what is wrong with it."""
    folder, mode, asked = None, "good", 0

    def do_POST(self):  # noqa: N802 (the name is the library's)
        Service.asked += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Service.mode == "other":
            done = run("openssl", "ts", "-query", "-digest", "00" * 32, "-sha256", "-cert", cwd=self.folder)
            body = done.stdout
        with tempfile.NamedTemporaryFile(dir=self.folder) as query:
            query.write(body)
            query.flush()
            done = run("openssl", "ts", "-reply", "-config", "conf", "-queryfile", query.name, "-signer", "tsa.crt",
                       "-inkey", "tsa.key", cwd=self.folder)
        answer = {"good": done.stdout, "other": done.stdout, "page": b"<html>sorry</html>"}.get(Service.mode, b"")
        self.send_response(503 if Service.mode == "down" else 200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def officers(url):
    """The same signed by an officer at the server: it asks the service, the evidence is in a folder."""
    with tempfile.TemporaryDirectory() as work:
        Service.folder, evidence = pki(), os.path.join(work, "evidence")
        os.mkdir(evidence)
        pades.openssl(pki(), "x509", "-in", "ca.crt", "-outform", "DER", "-out", "ca.der")
        for source, name in (("ca.der", "ca.cer"), ("tsa.der", "tsa.cer"), ("ca.crl", "ca.crl")):
            shutil.copy(os.path.join(pki(), source), os.path.join(evidence, name))
        with Body(work, issue_tsa_url=url, issue_level="LTA", issue_evidence=evidence) as b:
            row = b.prepare(b.recommended())
            Service.mode = "down"
            done = b.sign([row])
            check("officer, no answer: stopped", (done["state"], done["failure"], done["issued"]) ==
                  ("stopped", "unavailable", 0), done)
            check("officer, no answer: why", row["registration"] in done["detail"] and "again" in done["detail"], done)
            Service.mode = "good"
            done = b.sign([row])
            check("officer: issued", done["state"] == "done", done)
            path = os.path.join(work, "c.pdf")
            with open(path, "wb") as f:
                f.write(b.s.call("GET", f"/certificate/{done['requests'][0]['number']}?file=pdf").body)
            pades.judge(b.pki, "officer, LTA", path, "LTA")


def main():
    with tempfile.TemporaryDirectory() as folder:
        w = World(folder)
        Service.folder = folder
        server = http.server.ThreadingHTTPServer((ADDRESS, 80), Service)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://{ADDRESS}/tsa"
        for mode in ("down", "other", "page"):
            Service.mode = mode
            done = w.one(request(1), "--tsa", url)
            check(f"{mode}: stopped", done.returncode == 69 and "again" in done.stderr, (done.returncode, done.stderr))
            check(f"{mode}: nothing is issued", w.ask("SELECT count(*) FROM log_entry") == [(0,)] and
                  not os.listdir(w.out), os.listdir(w.out))
        Service.mode = "good"
        evidence = ("--cert", w.path("ca.der"), "--cert", w.path("tsa.der"), "--crl", w.path("ca.crl"))
        for n, level, more in ((1, "T", ()), (2, "LT", evidence), (3, "LTA", evidence)):
            before = Service.asked
            done = w.one(request(n), "--tsa", url, "--level", level, *more, "--format", "json")
            check(f"{level}: issued", done.returncode == 0, done.stderr)
            if done.returncode == 0:
                number = f"STQC/IOTSCS/ER/{n:03d}"
                pades.judge(folder, level, w.file(number, ".pdf"), level)
                seen = pades.report(folder, w.file(number, ".xml"))
                check(f"{level}: the XML has a time-stamp", (seen["verdict"], seen["signatures"][0]["level"]) ==
                      ("ACCEPTED", "B-T"), [f["code"] for s in seen["signatures"] for f in s["findings"]])
            check(f"{level}: asked", Service.asked - before == (3 if level == "LTA" else 2), Service.asked - before)
        officers(url)
        server.shutdown()
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
