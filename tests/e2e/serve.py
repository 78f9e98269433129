#!/usr/bin/env python3
"""The real server over its socket: verdicts, pages, every error status, limits, crashes, the end.

usage: serve.py [NAME...]       environment: B, the build directory (default: build)
It starts servers on free ports of the loopback interface and ends them by their process id.
"""
import gzip
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
VERDICTS = {
    "construction-file-accepted.zip": "ACCEPTED",
    "construction-file-unsigned-drawing.zip": "REJECTED",
    "declaration-accepted.pdf": "ACCEPTED",
    "declaration-altered-after-signing.pdf": "REJECTED",
    "declaration-document-signer.pdf": "REJECTED",
    "declaration-expired.pdf": "REVIEW",
    "declaration-revoked.pdf": "REJECTED",
    "declaration-wrong-root.pdf": "REJECTED",
}
HINDI = {"ACCEPTED": "स्वीकृत", "REVIEW": "जाँच आवश्यक", "REJECTED": "अस्वीकृत"}
SECURITY = ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy",
            "Cross-Origin-Opener-Policy", "Cache-Control"]
CASES = []


class Skip(Exception):
    """A case that cannot run here, and why."""


def case(function):
    CASES.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


# ---- a server and a client ----------------------------------------------------------------------

class Server:
    """One running server; limits as in its configuration file."""

    def __init__(self, work, demo=True, **limits):
        limits.setdefault("rate_per_minute", 0)
        config = os.path.join(work, f"config-{time.monotonic_ns()}.json")
        with open(config, "w", encoding="utf-8") as f:
            json.dump({"limits": limits}, f)
        command = [PROGRAM, "serve", "--offline", "--listen", "127.0.0.1:0", "--data",
                   os.path.join(work, "data"), "--config", config]
        if demo:
            command += ["--demo", os.path.join(work, "demo")]
        self.log = tempfile.TemporaryFile("w+", dir=work)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        first = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", first)
        if not found:
            self.process.wait(10)
            raise AssertionError(f"no address in {first!r}; {self.stderr()}")
        self.port = int(found.group(1))
        self.wait_ready()

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def wait_ready(self):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                if self.get("/readyz").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("the server is not ready after 20 s")

    def request(self, method, path, body=None, headers=None, timeout=60):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            r.body = r.read()
            return r
        finally:
            c.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers={k.replace("_", "-"): v
                                                  for k, v in headers.items()})

    def verify(self, data, query="", kind="application/pdf"):
        return self.request("POST", "/api/v1/verify" + query, data, {"Content-Type": kind})

    def form(self, path, parts, **headers):
        body, kind = multipart(parts)
        return self.request("POST", path, body, {"Content-Type": kind, **headers})

    def children(self, name):
        """Process ids of the supervisor's children of this name."""
        return [pid for pid in children_of(self.process.pid) if name_of(pid) == name]

    def child(self, name):
        """The only one of this name. A process names itself after it was made: wait for that."""
        until = time.monotonic() + 10
        while len(found := self.children(name)) != 1:
            expect(time.monotonic() < until, f"processes named {name}: {found}")
            time.sleep(0.02)
        return found[0]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the server does not end") from None
        self.process.stdout.close()
        return code


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
            return f.read().strip()
    except OSError:
        return ""


def multipart(parts):
    """parts: (name, filename or None, bytes)"""
    boundary, out = "----boundary7MA4YWxk", b""
    for name, filename, data in parts:
        out += f"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"".encode()
        out += f"; filename=\"{filename}\"".encode() if filename is not None else b""
        out += b"\r\n\r\n" + data + b"\r\n"
    return out + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def problem(r, status, code):
    expect(r.status == status, f"status {r.status}, not {status}: {r.body[:200]}")
    expect(r.getheader("Content-Type") == "application/problem+json", "no problem+json")
    p = json.loads(r.body)
    expect(p["status"] == status and p["code"] == code, f"{p} is not {code}")
    expect(all(p.get(k) for k in ("type", "title", "detail")), "members are missing")
    return p


def codes(report):
    return {f["code"] for s in report["signatures"] for f in s["findings"]} | {
        f["code"] for f in report["findings"]}


class World:
    """The demonstration, and the servers that several cases share."""

    def __init__(self, work):
        self.work, self.servers = work, {}
        # The generator leaves its memory to the system.
        subprocess.run([os.path.join(B, "gen", "demo"), work], check=True,
                       env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        os.mkdir(os.path.join(work, "data"))

    def sample(self, name):
        with open(os.path.join(self.work, "demo", "samples", name), "rb") as f:
            return f.read()

    @property
    def main(self):
        return self.server("main")

    @property
    def small(self):
        return self.server("small", upload_bytes=100000, memory_bytes=1 << 20, workers=1, queue=1,
                           upload_seconds=2, files=2)

    def server(self, name, **limits):
        if name not in self.servers:
            self.servers[name] = Server(self.work, **limits)
        return self.servers[name]

    def stop(self):
        for server in self.servers.values():
            server.stop()


# ---- verdicts -----------------------------------------------------------------------------------

def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files:
            z.writestr(name, data)
    return out.getvalue()


@case
def zip_in_parts(w):
    """A construction file: a verdict for each file and one for all, from the API and on the page."""
    good = w.sample("declaration-accepted.pdf")
    files = [(f"signed/{n:02}.pdf", good) for n in range(30)] + [("photo.png", b"not signed")]
    r = w.main.verify(packed(files[:30]), kind="application/zip")
    report = json.loads(r.body)
    expect(report["verdict"] == "ACCEPTED" and "pending" not in report, report["findings"])
    expect([m["verdict"] for m in report["members"]] == ["ACCEPTED"] * 30, "not all accepted")
    r = w.main.verify(packed(files), kind="application/zip")
    report = json.loads(r.body)
    expect(report["verdict"] == "REJECTED", report["verdict"])
    expect([m["verdict"] for m in report["members"]] == ["ACCEPTED"] * 30 + ["REJECTED"],
           "another verdict for a file")
    for lang, words in (("en", ["not signed", "31 files: 30 accepted"]), ("hi", ["हस्ताक्षर नहीं"])):
        page = w.main.form(f"/verify?lang={lang}", [("file", "tcf.zip", packed(files))]).body.decode()
        missing = [word for word in words + ["photo.png", 'class="tree"'] if word not in page]
        expect(not missing, f"{lang}: {missing} not on the page")


@case
def samples_through_api(w):
    for name, verdict in VERDICTS.items():
        r = w.main.verify(w.sample(name), f"?name={name}")
        expect(r.status == 200, f"{name}: {r.status} {r.body}")
        report = json.loads(r.body)
        expect(r.body.count(b"\n") == 1, "not one line")
        expect(report["schema"] == "satyapan-report/1", "schema")
        expect(report["verdict"] == verdict, f"{name}: {report['verdict']}, not {verdict}")
        expect(report["document"]["name"] == name, "name")
        expect("engine.demo-trust" in codes(report), f"{name}: demo trust is not told")


@case
def samples_through_page(w):
    for lang in ("en", "hi"):
        for name, verdict in VERDICTS.items():
            r = w.main.form("/verify", [("file", name, w.sample(name)),
                                        ("lang", None, lang.encode())])
            text = r.body.decode()
            expect(r.status == 200 and f'<html lang="{lang}"' in text, f"{name}: {r.status}")
            expect(r.getheader("Content-Language") == lang, "Content-Language")
            word = verdict if lang == "en" else HINDI[verdict]
            expect(word in text, f"{name}: {word} is not on the page")
            others = set(VERDICTS.values()) - {verdict}
            if name.endswith(".zip"):  # its files have verdicts of their own
                text = re.search(r'<section class="report".*?<article', text, re.S).group()
                expect(word in text, f"{name}: {word} is not in the banner")
            expect(lang == "hi" or not any(o in text for o in others), f"{name}: other verdict")


@case
def same_as_command_line(w):
    demo = os.path.join(w.work, "demo")
    path = os.path.join(demo, "samples", "declaration-altered-after-signing.pdf")
    at = "?at=" + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    report = json.loads(w.main.verify(w.sample(os.path.basename(path)), at).body)
    cli = subprocess.run(
        [PROGRAM, "verify", "--offline", "--format", "json", "--profile", "india-dsc", "--trust",
         os.path.join(demo, "trust", "anchor.pem"), "--untrusted",
         os.path.join(demo, "trust", "intermediates.pem"), "--crl",
         os.path.join(demo, "trust", "crl"), *at[1:].replace("at=", "--at=").split(), path],
        capture_output=True, text=True, check=False)
    own = json.loads(cli.stdout)
    for key in ("verdict", "signature_count"):
        expect(own[key] == report[key], f"{key}: {own[key]} and {report[key]}")
    expect(own["document"]["sha256"] == report["document"]["sha256"], "sha256")
    expect(codes(own) == codes(report) - {"engine.demo-trust"}, f"{codes(own)} {codes(report)}")


@case
def detached_content(w):
    p7s, text = w.sample("declaration.txt.p7s"), w.sample("declaration.txt")
    for content, verdict in ((text, "ACCEPTED"), (text + b".", "REJECTED"), (b"", "REJECTED")):
        r = w.main.form("/api/v1/verify", [("file", "d.p7s", p7s), ("content", "d.txt", content)])
        report = json.loads(r.body)
        expect(report["verdict"] == verdict, f"{len(content)} bytes: {report['verdict']}")
        expect(report["document"]["name"] == "d.p7s", "name")
    r = w.main.form("/verify", [("file", "d.p7s", p7s), ("content", "d.txt", text)])
    expect(b"ACCEPTED" in r.body, "page")
    r = w.main.form("/verify", [("file", "a.pdf", w.sample("declaration-accepted.pdf")),
                                ("content", "", b"")])
    expect(b"ACCEPTED" in r.body, "an empty content field is no content")


@case
def several_on_page(w):
    parts = [("file", n, w.sample(n)) for n in VERDICTS]
    text = w.main.form("/verify", parts).body.decode()
    for name in VERDICTS:
        expect(name in text, f"{name} is not on the page")
    expect(all(v in text for v in VERDICTS.values()), "a verdict is missing")


@case
def hostile_names(w):
    name = '<script>alert(1)</script>"\'&\u202egnp.exe'
    pdf = w.sample("declaration-accepted.pdf")
    r = w.main.form("/verify", [("file", name.replace('"', '\\"'), pdf)])
    expect(r.status == 200 and b"<script>alert" not in r.body, "not escaped")
    expect("\u202e" not in r.body.decode(), "a bidirectional override is shown")
    r = w.main.form("/api/v1/verify", [("file", "../../../etc/passwd", pdf)])
    expect(json.loads(r.body)["document"]["name"] == "passwd", "a path is kept")


@case
def parameters(w):
    pdf = w.sample("declaration-accepted.pdf")
    verify = w.main.verify
    report = json.loads(verify(pdf, "?kind=other&applicant=Nobody%20Ltd&at=2031-01-01").body)
    expect(report["verdict"] != "ACCEPTED", "at=2031 is not used")
    expect(report["validated_at"] == "2031-01-01T00:00:00Z", "validated_at")
    problem(verify(pdf, "?profile=generic"), 400, "bad-profile")
    problem(verify(pdf, "?profile=/etc/passwd"), 400, "bad-profile")
    problem(verify(pdf, "?kind=letter"), 400, "bad-kind")
    problem(verify(pdf, "?at=yesterday"), 400, "bad-time")
    problem(verify(pdf, "?at=2026-01-01&received=2026-01-02"), 400, "received-too-late")
    problem(verify(pdf, "?lang=fr"), 400, "bad-lang")
    problem(verify(pdf, "?receivd=2026-01-01"), 400, "bad-parameter")
    problem(verify(pdf, "?at=0&at=1"), 400, "bad-parameter")
    problem(verify(pdf, "?name=a%00b"), 400, "bad-parameter")
    problem(verify(pdf, "?name=" + "a" * 600), 400, "bad-parameter")
    hindi = problem(verify(pdf, "?kind=letter&lang=hi"), 400, "bad-kind")
    expect("मान" in hindi["detail"], "not in Hindi")


# ---- errors -------------------------------------------------------------------------------------

@case
def not_found_and_methods(w):
    s = w.main
    problem(s.get("/api/v1/nothing"), 404, "not-found")
    page = s.get("/nothing", Accept_Language="hi")
    expect(page.status == 404 and b'<html lang="hi"' in page.body, "page 404")
    for path in ("/samples/none.pdf", "/samples/../trust/anchor.pem", "/assets/none.css",
                 "/assets/", "/assets/" + "a" * 200):
        expect(s.get(path).status == 404, path)
    r = s.request("POST", "/", b"x")
    expect(r.status == 405 and r.getheader("Allow") == "GET, HEAD", "POST /")
    r = s.get("/api/v1/verify")
    problem(r, 405, "method-not-allowed")
    expect(r.getheader("Allow") == "POST", "Allow")
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        expect(s.request(method, "/verify", b"x").status == 405, method)
    r = s.get("/verify")
    expect(r.status == 303 and r.getheader("Location").startswith("/"), "a reloaded result")


@case
def bad_bodies(w):
    s, pdf = w.main, w.sample("declaration-accepted.pdf")
    problem(s.verify(pdf, kind="application/x-www-form-urlencoded"), 415, "unsupported-media-type")
    problem(s.verify(pdf, kind="multipart/signed"), 415, "unsupported-media-type")
    r = s.request("POST", "/api/v1/verify", pdf, {"Content-Encoding": "gzip"})
    problem(r, 415, "unsupported-encoding")
    expect(s.request("POST", "/verify", pdf, {"Content-Type": "application/pdf"}).status == 415,
           "a raw body for the page")
    problem(s.verify(b""), 400, "no-document")
    problem(s.form("/api/v1/verify", []), 400, "no-document")
    two = [("file", "a", pdf), ("file", "b", pdf)]
    problem(s.form("/api/v1/verify", two), 400, "one-document")
    problem(s.form("/api/v1/verify", [("files", "a", pdf)]), 400, "unknown-field")
    problem(s.form("/api/v1/verify", [("file", "a", pdf), ("content", "b", b""),
                                      ("content", "c", b"")]), 400, "unknown-field")
    body, kind = multipart([("file", "a.pdf", pdf)])
    problem(s.request("POST", "/api/v1/verify", body[:-6], {"Content-Type": kind}), 400, "bad-form")
    problem(s.request("POST", "/api/v1/verify", body, {"Content-Type": "multipart/form-data"}),
            400, "bad-form")
    expect(s.form("/verify", [("kind", None, b"other")]).status == 400, "a form without a file")
    expect(s.form("/verify", [("file", "", b"")]).status == 400, "nothing was chosen")


def raw(server, data, seconds=10):
    """Sends bytes as they are; returns what comes back until the end."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as c:
        c.sendall(data)
        out = b""
        while True:
            piece = c.recv(65536)
            if not piece:
                return out
            out += piece


@case
def length_required(w):
    r = raw(w.main, b"POST /api/v1/verify HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    expect(r.startswith(b"HTTP/1.1 411 ") and b"length-required" in r, r[:200])


@case
def chunked(w):
    pdf = w.sample("declaration-accepted.pdf")
    pieces = (pdf[i:i + 1000] for i in range(0, len(pdf), 1000))
    r = w.main.request("POST", "/api/v1/verify", pieces, {"Content-Type": "application/pdf"})
    expect(json.loads(r.body)["verdict"] == "ACCEPTED", "chunks")


@case
def too_large(w):
    s, big = w.small, bytes(100001)
    problem(s.verify(big), 413, "too-large")
    problem(s.form("/api/v1/verify", [("file", "a", big)]), 413, "too-large")
    expect(s.form("/verify", [("file", "a", big)]).status == 413, "page")
    pieces = (big[i:i + 5000] for i in range(0, len(big), 5000))
    r = s.request("POST", "/api/v1/verify", pieces, {"Content-Type": "application/pdf"})
    problem(r, 413, "too-large")
    expect(json.loads(s.verify(bytes(100000)).body)["verdict"] == "REJECTED", "just small enough")
    three = [("file", str(i), b"x") for i in range(3)]
    expect(s.form("/verify", three).status == 400, "more files than allowed")
    head = (b"POST /api/v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/pdf\r\n"
            b"Content-Length: 99999999999\r\n\r\n")
    expect(raw(s, head).startswith(b"HTTP/1.1 413 "), "a huge length")
    head = (b"POST /api/v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/pdf\r\n"
            b"Expect: 100-continue\r\nContent-Length: 100001\r\nConnection: close\r\n\r\n")
    expect(raw(s, head).startswith(b"HTTP/1.1 413 "), "refused before the body is sent")


@case
def slow_clients_are_cut_off(w):
    s = w.small
    for head in (b"POST /api/v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/pdf\r\n"
                 b"Content-Length: 1000\r\n\r\n", b"GET / HTTP/1.1\r\nX-Slow: "):
        with socket.create_connection(("127.0.0.1", s.port), timeout=10) as c:
            c.sendall(head)
            began = time.monotonic()
            try:
                while time.monotonic() - began < 12:
                    c.sendall(b"a")
                    c.settimeout(0.3)
                    try:
                        if c.recv(100) == b"":
                            break
                    except TimeoutError:
                        pass
            except OSError:
                pass
            took = time.monotonic() - began
            expect(1.5 < took < 8, f"cut off after {took:.1f} s")
    expect(s.get("/healthz").status == 200, "the server lives")


@case
def rate_limit(w):
    s = w.server("rate", rate_per_minute=60, rate_burst=3)
    pdf = w.sample("declaration-accepted.pdf")
    seen = [s.verify(pdf) for _ in range(5)]
    expect([r.status for r in seen[:3]] == [200] * 3, "the burst")
    p = problem(seen[4], 429, "too-many-requests")
    expect(1 <= int(seen[4].getheader("Retry-After")) <= 3 and p["retry_after"], "Retry-After")
    page = s.form("/verify", [("file", "a.pdf", pdf)])
    expect(page.status == 429 and b"<html" in page.body, "page")
    expect(s.get("/").status == 200, "reading pages is not limited")
    time.sleep(2)
    expect(s.verify(pdf).status == 200, "after a while")


# ---- load and failures --------------------------------------------------------------------------

def in_parallel(jobs):
    """Runs the functions, one thread each; returns their results in order."""
    out = [None] * len(jobs)

    def run(i):
        try:
            out[i] = jobs[i]()
        except Exception as e:  # pylint: disable=broad-except
            out[i] = e
    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(jobs))]
    for t in threads:
        t.start()
    return threads, out


@case
def many_at_once(w):
    names = list(VERDICTS)

    def client(i):
        def run():
            wrong = []
            for k in range(6):
                name = names[(i + k) % len(names)]
                r = w.main.verify(w.sample(name))
                if r.status != 200 or json.loads(r.body)["verdict"] != VERDICTS[name]:
                    wrong.append((name, r.status, r.body[:300]))
            return wrong
        return run
    threads, out = in_parallel([client(i) for i in range(16)])
    for t in threads:
        t.join()
    expect(all(wrong == [] for wrong in out), [wrong for wrong in out if wrong][:2])


@case
def full_queue(w):
    """With the zygote stopped, one document is being verified, one waits, the third is refused."""
    s, pdf = w.small, w.sample("declaration-accepted.pdf")
    zygote = s.child("satyapan-zygote")
    os.kill(zygote, signal.SIGSTOP)
    try:
        threads, out = in_parallel([lambda: s.verify(pdf)] * 2)
        until = time.monotonic() + 10
        while s.get("/readyz").status != 503 and time.monotonic() < until:
            time.sleep(0.02)
        r = s.verify(pdf)
        problem(r, 503, "busy")
        expect(int(r.getheader("Retry-After")) > 0, "Retry-After")
        page = s.form("/verify", [("file", "a.pdf", pdf)])
        expect(page.status == 503 and b"<html" in page.body, "page")
        text = s.get("/metrics").body.decode()
        expect("satyapan_queue_length 1\n" in text and "satyapan_children 1\n" in text, "metrics")
    finally:
        os.kill(zygote, signal.SIGCONT)
    for t in threads:
        t.join()
    expect([r.status for r in out] == [200, 200], out)
    expect(all(json.loads(r.body)["verdict"] == "ACCEPTED" for r in out), "verdicts")


@case
def killed_child(w):
    """A child that is killed while it works: REVIEW with engine.*, never another verdict."""
    s = w.main
    zygote = s.child("satyapan-zygote")
    parts = [("file", "d.p7s", w.sample("declaration.txt.p7s")), ("content", "d", bytes(60 << 20))]
    for _ in range(10):
        threads, out = in_parallel([lambda: s.form("/api/v1/verify", parts)])
        killed = False
        while threads[0].is_alive() and not killed:
            for pid in children_of(zygote):
                os.kill(pid, signal.SIGKILL)
                killed = True
        threads[0].join()
        report = json.loads(out[0].body)
        if killed and report["verdict"] == "REVIEW":
            expect(any(c.startswith("engine.c") for c in codes(report)), codes(report))
            expect("satyapan_engine_failures_total 0\n" not in s.get("/metrics").body.decode(),
                   "not counted")
            expect(json.loads(s.verify(w.sample("declaration-accepted.pdf")).body)["verdict"]
                   == "ACCEPTED", "the next document")
            return
        expect(report["verdict"] == "REJECTED", f"{report['verdict']} for wrong content")
    raise Skip("no child was caught while it worked, ten times")


@case
def killed_zygote(w):
    s, pdf = w.small, w.sample("declaration-accepted.pdf")
    zygote = s.child("satyapan-zygote")
    os.kill(zygote, signal.SIGSTOP)
    threads, out = in_parallel([lambda: s.verify(pdf)])
    time.sleep(0.3)
    os.kill(zygote, signal.SIGKILL)
    threads[0].join()
    report = json.loads(out[0].body)
    expect(out[0].status == 503 or (report["verdict"] == "REVIEW" and any(
        c.startswith("engine.") for c in codes(report))), f"{out[0].status} {report}")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        r = s.verify(pdf)
        expect(r.status in (200, 503), r.status)
        if r.status == 200:
            expect(json.loads(r.body)["verdict"] == "ACCEPTED", r.body[:300])
            break
    expect(r.status == 200, "no verifier after 10 s")
    expect(s.children("satyapan-zygote") != [zygote], "the same zygote")


@case
def killed_http_process(w):
    s = w.small
    (process,) = s.children("satyapan-http")
    os.kill(process, signal.SIGKILL)
    s.wait_ready()
    expect(json.loads(s.verify(w.sample("declaration-accepted.pdf")).body)["verdict"]
           == "ACCEPTED", "after the restart")


@case
def clients_that_leave(w):
    """Connections that are closed in every phase leave nothing behind."""
    s, pdf = w.main, w.sample("declaration-accepted.pdf")
    head = (f"POST /api/v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/pdf\r\n"
            f"Content-Length: {len(pdf)}\r\n\r\n").encode()
    for cut in (0, 5, len(head), len(head) + 100, len(head) + len(pdf)):
        for _ in range(10):
            with socket.create_connection(("127.0.0.1", s.port)) as c:
                c.sendall((head + pdf)[:cut])
    until = time.monotonic() + 10
    while "satyapan_upload_bytes_held 0\n" not in s.get("/metrics").body.decode():
        expect(time.monotonic() < until, "memory of lost uploads is still held")
        time.sleep(0.05)
    expect(s.verify(pdf).status == 200, "the next request")


# ---- what else is served ------------------------------------------------------------------------

@case
def headers_everywhere(w):
    s, pdf = w.main, w.sample("declaration-accepted.pdf")
    for r in (s.get("/"), s.get("/nothing"), s.get("/healthz"), s.get("/api/v1/verify"),
              s.verify(pdf), s.form("/verify", [("file", "a.pdf", pdf)]),
              s.get("/assets/style.css"), s.get("/verify")):
        for name in SECURITY:
            expect(r.getheader(name), f"{r.status}: no {name}")
        expect(r.getheader("Access-Control-Allow-Origin") is None, "CORS")
        expect(r.getheader("Set-Cookie") is None, "a cookie")
        expect("'unsafe" not in r.getheader("Content-Security-Policy"), "CSP")
    expect(s.verify(pdf).getheader("Cache-Control") == "no-store", "a result may be cached")


@case
def home_and_assets(w):
    s = w.main
    for query, accept, lang in (("", None, "en"), ("", "hi-IN,hi;q=0.9", "hi"),
                                ("?lang=en", "hi", "en"), ("?lang=hi", None, "hi"),
                                ("?lang=xx", None, "en")):
        r = s.request("GET", "/" + query, headers={"Accept-Language": accept} if accept else {})
        text = r.body.decode()
        expect(r.status == 200 and f'<html lang="{lang}"' in text, f"{query} {accept}")
        expect(len(r.body) < 60000, "page over 60 KB")
        for ref in re.findall(r'(?:src|href)="(/(?:assets|samples)/[^"]+)"', text):
            a = s.get(ref)
            expect(a.status == 200 and a.body, ref)
            if ref.startswith("/assets/"):
                again = s.get(ref, If_None_Match=a.getheader("ETag"))
                expect(again.status == 304 and not again.body, f"{ref} {again.status}")
    head = s.request("HEAD", "/")
    expect(head.status == 200 and not head.body and int(head.getheader("Content-Length")) > 100,
           "HEAD")
    for name in VERDICTS:
        expect(s.get("/samples/" + name).body == w.sample(name), name)


@case
def for_programs(w):
    s = w.main
    expect(s.get("/healthz").body == b"ok\n" and s.get("/readyz").body == b"ready\n", "health")
    api = json.loads(s.get("/api/v1/openapi.json").body)
    expect(api["openapi"].startswith("3.1"), "openapi")
    for path, methods in api["paths"].items():
        for method in methods:
            r = s.request(method.upper(), path, b"" if method == "post" else None)
            if r.status == 404 and "404" in methods[method]["responses"]:
                # Nothing is there yet, but the address is: another method names this one.
                r = s.request("PATCH", path, b"")
                expect(r.status == 405 and method.upper() in r.getheader("Allow"), f"{path}: {r.status}")
                continue
            expect(r.status not in (404, 405), f"{method} {path}: {r.status}")
    report = json.loads(s.verify(w.sample("declaration-accepted.pdf")).body)
    schema = api["components"]["schemas"]
    always = set(schema["Report"]["required"])
    expect(set(report) == always, f"report keys and description: {set(report) ^ always}")
    # Only containers have members; nothing else may be left out.
    expect(set(schema["Report"]["properties"]) - always == {"members"}, "keys that may be absent")
    for encoding, packed in (("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False),
                             ("br", False)):
        r = s.get("/", Accept_Encoding=encoding)
        expect((r.getheader("Content-Encoding") == "gzip") == packed, f"{encoding}: gzip or not")
        page = gzip.decompress(r.body) if packed else r.body
        expect(page.startswith(b"<!DOCTYPE html>"), encoding)
        expect("Accept-Encoding" in r.getheader("Vary"), "Vary")
    expect(set(report["signatures"][0]) == set(schema["Signature"]["properties"]),
           set(report["signatures"][0]) ^ set(schema["Signature"]["properties"]))
    for line in s.get("/metrics").body.decode().splitlines():
        expect(re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.]+',
                            line), line)


@case
def etsi_report(w):
    """As a parameter and by the header Accept; a word that is neither is refused."""
    s, pdf = w.main, w.sample("declaration-accepted.pdf")
    start = b'<?xml version="1.0" encoding="UTF-8"?>\n<ValidationReport '
    for query, accept, xml in (("?format=etsi-xml", None, True), ("", "application/xml", True),
                               ("", "text/xml;q=0.5, application/json;q=0.4", True),
                               ("?format=json", "application/xml", False), ("", "*/*", False),
                               ("", "application/xml, */*", False), ("", None, False)):
        headers = {"Accept": accept} if accept else {}
        r = s.request("POST", "/api/v1/verify" + query, pdf,
                      {"Content-Type": "application/octet-stream", **headers})
        expect(r.status == 200, r.status)
        expect(r.getheader("Content-Type") == ("application/xml" if xml else "application/json"),
               f"{query} {accept}: {r.getheader('Content-Type')}")
        expect(r.body.startswith(start) == xml, f"{query} {accept}: {r.body[:80]}")
    problem(s.verify(pdf, "?format=html"), 400, "bad-format")


@case
def without_demo(w):
    """An installed instance: no samples, no invented trust, no banner."""
    s = Server(w.work, demo=False)
    try:
        home = s.get("/").body.decode()
        expect("/samples/" not in home, "samples are offered")
        expect(s.get("/samples/declaration-accepted.pdf").status == 404, "a sample")
        report = json.loads(s.verify(w.sample("declaration-accepted.pdf")).body)
        expect(report["verdict"] != "ACCEPTED", "the invented PKI is trusted")
        expect("engine.demo-trust" not in codes(report), "demo trust")
    finally:
        expect(s.stop() == 0, "exit code")


# ---- start and end ------------------------------------------------------------------------------

def run_serve(*options, seconds=20):
    return subprocess.run([PROGRAM, "serve", *options], capture_output=True, text=True,
                          timeout=seconds, check=False)


@case
def start_mistakes(w):
    data = os.path.join(w.work, "data")
    r = run_serve("--listen", f"127.0.0.1:{w.main.port}", "--data", data)
    told = [line for line in r.stderr.splitlines() if "warning: libcrypto" not in line]
    expect(r.returncode == 69 and len(told) == 1 and "in use" in told[0], f"{r.returncode} {told}")
    for options, code in ((("--listen", "nonsense"), 64), (("--listen", "example.org:80"), 64),
                          (("--unknown",), 64), (("word",), 64),
                          (("--config", "/nonexistent"), 65),
                          (("--demo", "/nonexistent", "--data", data), 65),
                          (("--trust", "/nonexistent", "--data", data), 65),
                          (("--data", "/nonexistent/deep/data"), 74)):
        r = run_serve(*options)
        expect(r.returncode == code and r.stderr, f"{options}: {r.returncode} {r.stderr}")
    r = run_serve("--help")
    expect(r.returncode == 0 and "--listen" in r.stdout, "--help")
    config = os.path.join(w.work, "wrong.json")
    with open(config, "w", encoding="utf-8") as f:
        f.write('{"limits": {"uploads": 1}}')
    r = run_serve("--config", config)
    expect(r.returncode == 65 and "uploads" in r.stderr, r.stderr)


@case
def log_tells_nothing_private(w):
    s = w.main
    name = "secret-name-4711.pdf"
    s.form("/api/v1/verify", [("file", name, w.sample("declaration-accepted.pdf"))])
    s.get("/nothing-4711?x=4711")
    log = s.stderr()
    expect("4711" not in log and "127.0.0.1" not in log, "a name or an address is in the log")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    expect(any(i["method"] == "POST" and i["route"] == "/api/v1/verify" and i["status"] == 200
               and i["whole"] for i in lines), "no line")


@case
def ends_cleanly(w):
    for which in (signal.SIGTERM, signal.SIGINT):
        s = Server(w.work, workers=1, queue=4)
        parts = children_of(s.process.pid)
        expect(len(parts) == 2, f"{len(parts)} processes")
        zygote = s.child("satyapan-zygote")
        os.kill(zygote, signal.SIGSTOP)  # a document is being verified at the end
        pdf = w.sample("declaration-accepted.pdf")
        threads, out = in_parallel([lambda s=s: s.verify(pdf)] * 2)
        time.sleep(0.3)
        began = time.monotonic()
        s.process.send_signal(which)
        for t in threads:
            t.join()
        expect(all(r.status == 503 for r in out), f"{out}")
        os.kill(zygote, signal.SIGCONT)
        expect(s.stop() == 0, "exit code")
        expect(time.monotonic() - began < 12, "it takes too long")
        expect(not any(name_of(pid).startswith("satyapan") for pid in parts), "a process is left")


@case
def dies_with_its_supervisor(w):
    s = Server(w.work)
    parts = children_of(s.process.pid)
    s.process.kill()
    s.process.wait()
    until = time.monotonic() + 10
    while any(name_of(pid).startswith("satyapan") for pid in parts):
        expect(time.monotonic() < until, "a process is left")
        time.sleep(0.05)


def main():
    wanted = sys.argv[1:]
    if not os.path.exists(os.path.join(B, "gen", "demo")):
        print(f"skipped: {B}/gen/demo is not built (make demo)")
        sys.exit(77)
    work = tempfile.mkdtemp(prefix="satyapan-serve-")
    w = World(work)
    passed = failed = skipped = 0
    for function in CASES:
        name = function.__name__
        if wanted and not any(word in name for word in wanted):
            continue
        began = time.monotonic()
        try:
            function(w)
            passed += 1
            print(f"ok   {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Skip as why:
            skipped += 1
            print(f"skip {name}: {why}", flush=True)
        except Exception as why:  # pylint: disable=broad-except
            failed += 1
            print(f"FAIL {name}: {type(why).__name__}: {why}", flush=True)
    try:
        w.stop()
    except AssertionError as why:
        failed += 1
        print(f"FAIL end: {why}")
    for name, server in w.servers.items():
        if failed or "runtime error" in server.stderr() or "Sanitizer" in server.stderr():
            print(f"---- log of {name}\n{server.stderr()[-6000:]}")
        if re.search(r"runtime error|Sanitizer", server.stderr()):
            failed += 1
    shutil.rmtree(work)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


main()
