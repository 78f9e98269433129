#!/usr/bin/env python3
"""A laboratory's bench over the API of a real server: units are registered, scanned, scanned again.

usage: bench_story.py [-v] [--screens DIR] [STEP]      STEP: the last one; then no pages are looked at
The devices are openssl s_server and gnutls-serv on loopback, which the server may ask because its
setting scan_networks names loopback; another server without that setting must refuse them. What a
run must show comes from how the device was started.
"""
import csv
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import bench_page  # noqa: E402
import tls_servers  # noqa: E402
import tls_sign  # noqa: E402
from office_client import Client, Events  # noqa: E402
from office_server import PROGRAM, OfficeServer, expect  # noqa: E402
from tls_listen_clients import CLIENTS  # noqa: E402

STEPS = []
SCREENS = None
HERE_PORT = tls_servers.free_port()
LOOP = {"scan_networks": "127.0.0.0/8 10.0.0.0/8", "totp_officers": False, "listen_address": "127.0.0.1",
        "listen_ports": str(HERE_PORT)}


def step(text):
    def add(function):
        STEPS.append((text, function))
        return function
    return add


def same(got, want, what):
    expect(got == want, f"{what}: {got!r} instead of {want!r}")


def contains(got, wanted, what):
    expect(all(w in got for w in wanted), f"{what}: {got!r} lacks one of {wanted!r}")


class Device:
    """A TLS server that stands for a device; it can be stopped and come back as another one."""

    def __init__(self, folder, port=None):
        self.folder, self.port, self.process = folder, port or tls_servers.free_port(), None

    def start(self, *words, program="openssl"):
        self.stop()
        self.process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, cwd=self.folder)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"{program} does not listen")

    def openssl(self, name, *words):
        self.start("s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", f"{name}.pem", "-key", f"{name}.key",
                   "-quiet", *words)

    def gnutls(self, name, priority):
        self.start("--port", str(self.port), "--x509certfile", f"{name}.pem", "--x509keyfile", f"{name}.key",
                   "--priority", priority, "--echo", "--quiet", program="gnutls-serv")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


class Silence:
    """Takes connections and never answers: a scan of it takes long."""

    def __init__(self):
        self.s = socket.socket()
        self.s.bind(("127.0.0.1", 0))
        self.s.listen(64)
        self.port = self.s.getsockname()[1]
        self.kept = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while True:
                self.kept.append(self.s.accept()[0])
        except OSError:
            pass

    def stop(self):
        self.s.shutdown(2)
        self.s.close()
        self.thread.join(10)
        for c in self.kept:
            c.close()


class Bench:
    def __init__(self, work):
        self.work = work
        self.bed = tls_servers.Bed.__new__(tls_servers.Bed)
        self.bed.folder, self.bed.servers, self.bed.running = work, [], []
        self.bed.keys()
        self.s = OfficeServer(work, LOOP)
        self.admin = Client(self.s.port, self.s.person("chief", "admin"))
        self.lab = Client(self.s.port, self.s.person("assessor", "assessor"))
        self.intake = Client(self.s.port, self.s.person("intake", "intake"))
        self.firm = self.admin.post("/api/v1/firms", {"name": "Acme Cameras"})["id"]
        self.other = self.admin.post("/api/v1/firms", {"name": "Beta Locks"})["id"]
        self.vendor = Client(self.s.port, self.s.person("acme", "vendor", firm=self.firm))
        self.rival = Client(self.s.port, self.s.person("beta", "vendor", firm=self.other))
        self.application = self.intake.post("/api/v1/applications", {
            "kind": "fresh", "vendor": self.firm, "product": "Camera", "series": "C", "level": 2})["id"]
        self.device = Device(work)
        self.silence = Silence()

    def stop(self):
        self.device.stop()
        self.silence.stop()
        self.s.stop()

    def wait(self, scan, states=("done",), seconds=240):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            row = self.lab.get(f"/api/v1/scans/{scan}")
            if row["state"] in states:
                return row
            expect(row["state"] in ("waiting", "running"), f"the run ended as {row['state']}: {row['failure']} "
                   f"{row['detail']} {self.s.stderr()[-800:]}")
            time.sleep(0.1)
        raise AssertionError(f"run {scan} is {row['state']} after {seconds} s")

    def scan(self, unit, **words):
        return self.wait(self.lab.post(f"/api/v1/devices/{unit}/scans", words)["id"])

    def command(self, *words, code=0):
        r = subprocess.run([PROGRAM, *words, "--data", self.s.data], capture_output=True, text=True, timeout=120,
                           check=False)
        same(r.returncode, code, f"satyapan {' '.join(words)}: {r.stdout[-600:]} {r.stderr[-600:]}")
        return r.stdout


def result(run, requirement):
    return {r["id"]: r["result"] for r in run["matrix"]}[requirement]


def codes(run):
    return {f["code"] for f in run["findings"]}


# ---- the steps -----------------------------------------------------------------------------------

@step("a unit is registered for an application; its addresses are written anew")
def register(b):
    b.device.gnutls("rsa", "NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2")
    row = b.lab.post("/api/v1/devices", {
        "application": b.application, "model": "Cam 1", "serial": "0001", "firmware": "1.0", "hardware": "rev A",
        "targets": f" 127.0.0.1:{b.device.port}/https, 127.0.0.1:{b.device.port}/https\n127.0.0.1:1/mqtts "})
    same((row["firm"], row["targets"], row["keys"]),
         ("Acme Cameras", f"127.0.0.1:{b.device.port}/https\n127.0.0.1:1/mqtts", 0), "the unit")
    b.unit = row["id"]
    b.lab.refused(409, "conflict", "POST", "/api/v1/devices",
                  {"firm": "acme cameras", "model": "cam 1", "serial": "0001"})
    b.lab.refused(400, "bad-parameter", "POST", "/api/v1/devices", {"model": "x", "serial": "x"})


@step("a scan is started, its progress comes as events, what it shows is how the device was started")
def first_scan(b):
    e = Events.__new__(Events)
    follow(e, b.lab, b.unit)
    run = b.lab.post(f"/api/v1/devices/{b.unit}/scans", {"note": "first look"})
    same((run["state"], run["level"], run["kind"]), ("waiting", 2, "scan"), "the run")
    b.first = b.wait(run["id"])
    e.wait("scan", lambda d: d["state"] == "running" and d.get("service") == f"127.0.0.1:{b.device.port}/https")
    e.wait("scan", lambda d: d["state"] == "done" and d["done"] == 2 and d["of_all"] == 2)
    e.close()
    run = b.first
    same((run["services"], run["spoke"], run["result"], run["starts"]), (2, 1, "fail", 1), "what it amounts to")
    contains(codes(run), ["tls.tls10", "tls.tls11", "tls.no-tls13"], "findings")
    same(result(run, "ASVS-9.1.3"), "fail", "old versions")
    same(result(run, "ASVS-C.2"), "not-tested", "one unit cannot be compared")
    levels = {x["level"]: x for x in run["levels"]}
    same([levels[n]["result"] for n in (0, 1, 2, 3)], ["not-tested", "fail", "fail", "fail"], "levels")
    for f in run["findings"]:
        expect(any("\u0900" <= c <= "\u097f" for c in f["text_hi"]), f"no Hindi: {f}")
    service = b.lab.get(f"/api/v1/scans/{run['id']}/services/2")
    same({v for v, s in service["protocols"].items() if s == "yes"}, {"TLSv1.0", "TLSv1.1", "TLSv1.2"}, "versions")
    b.lab.refused(404, "not-found", "GET", f"/api/v1/scans/{run['id']}/services/3")


def follow(e, client, unit):
    """Events of a unit instead of an application."""
    import http.client
    threading.Thread.__init__(e, daemon=True)
    e.list, e.lock, e.ended = [], threading.Lock(), False
    e.c = http.client.HTTPConnection("127.0.0.1", client.port, timeout=120)
    e.c.request("GET", f"/api/v1/devices/{unit}/events", None, client.headers({"Accept": "text/event-stream"}))
    e.r = e.c.getresponse()
    expect(e.r.status == 200, f"events: {e.r.status}")
    e.start()


@step("reports are saved in every form, the record with its SHA-256; judge works it out again")
def files(b):
    scan = f"/api/v1/scans/{b.first['id']}"
    record = b.lab.call("GET", scan + "/record").body
    same(hashlib.sha256(record).hexdigest(), b.first["record"], "SHA-256 of the record")
    path = os.path.join(b.work, "first.record")
    with open(path, "wb") as f:
        f.write(record)
    lines = b.lab.call("GET", scan + "/report?format=json").body.splitlines()
    same(len(lines), 2, "lines of JSON")
    p = subprocess.run([PROGRAM, "tls", "judge", "--format", "json", "--level", "all", "--data", "/nonexistent", path],
                       capture_output=True, text=True, timeout=60, check=False)
    again = [json.loads(line) for line in p.stdout.splitlines()]
    same([a["findings"] for a in again], [json.loads(line)["findings"] for line in lines], "judged outside")
    for lang in ("en", "hi"):
        a = b.lab.call("GET", f"{scan}/report?format=csv&lang={lang}")
        rows = list(csv.DictReader(io.StringIO(a.body.decode("utf-8-sig"), newline="")))
        same({r["id"] for r in rows if r["kind"] == "finding"}, codes(b.first), "findings in CSV")
        a = b.lab.call("GET", f"{scan}/report?format=html&lang={lang}")
        expect(a.headers["Content-Type"].startswith("text/html") and b"tls.tls10" in a.body, f"HTML: {a}")
        expect("attachment" in a.headers["Content-Disposition"], "HTML of a stranger's words is saved, not shown")
    bom = json.loads(b.lab.call("GET", scan + "/report?format=cbom").body)
    same((bom["bomFormat"], bom["specVersion"]), ("CycloneDX", "1.6"), "CBOM")


@step("the device is changed; the second run tells what became better")
def second_scan(b):
    b.device.openssl("rsa", "-min_protocol", "TLSv1.2")
    run = b.second = b.scan(b.unit)
    same(result(run, "ASVS-9.1.3"), "pass", "old versions are gone")
    same(run["before"], b.first["id"], "the run before")
    rows = b.lab.get(f"/api/v1/scans/{run['id']}/compare")["items"]
    found = {(r["what"], r["item"]): (r["before"], r["after"], r["tone"]) for r in rows}
    same(found[("protocols", "TLSv1.0")], ("yes", "no", "good"), "TLS 1.0")
    same(found[("protocols", "TLSv1.3")], ("no", "yes", "good"), "TLS 1.3")
    same(found[("findings", "tls.tls10")][1:], (None, "good"), "a finding that is gone")
    same(found[("requirements", "ASVS-9.1.3")], ("fail", "pass", "good"), "a requirement")
    expect(all(r["service"].startswith(f"127.0.0.1:{b.device.port}") for r in rows), "a closed port is no change")
    same(b.lab.get(f"/api/v1/scans/{run['id']}/compare?with={run['id']}")["items"], [], "the same run")
    b.lab.refused(409, "wrong-state", "GET", f"/api/v1/scans/{b.first['id']}/compare")


@step("what the vendor declared is compared with what was found")
def declared(b):
    own = f"/api/v1/devices/{b.unit}/declaration"
    place = f"{b.device.port}/https"
    text = (f"# as in the manual\n{place} protocols TLSv1.2 TLSv1.3\n{place} groups x25519\n"
            f"{place} key {'0' * 64}\n1/mqtts closed\n")
    b.lab.refused(400, "bad-parameter", "PUT", own, {"declared": "443/https speaks well"})
    b.vendor.refused(409, "wrong-state", "PUT", own, {"declared": text})  # tests have begun
    b.rival.refused(404, "not-found", "PUT", own, {"declared": text})
    b.lab.ok("PUT", own, {"declared": text})
    rows = b.lab.get(f"/api/v1/scans/{b.second['id']}/declared")["items"]
    found = {(r["what"], r["item"]): r["good"] for r in rows}
    expect(found[("protocols", "TLSv1.2")] and found[("protocols", "TLSv1.3")], f"protocols: {rows}")
    same(found[("service", "state")], True, "a closed port")
    same(found[("key", "spki_sha256")], False, "another key")
    expect(not found[("groups", "secp256r1")], "a group that was not declared")


@step("the same key in another unit, and in another firm's, is told on both; the requirement fails")
def shared_key(b):
    second = b.lab.post("/api/v1/devices", {"application": b.application, "model": "Cam 1", "serial": "0002",
                                            "targets": f"127.0.0.1:{b.device.port}/https"})["id"]
    run = b.scan(second)
    same(result(run, "ASVS-C.2"), "fail", "own keys")
    here = b.lab.get(f"/api/v1/devices/{second}")
    same([(s["code"], s["device"]) for s in here["shared_with"]], [("tls.key-shared-between-units", b.unit)], "shared")
    foreign = b.lab.post("/api/v1/devices", {"firm": "Beta Locks", "model": "Lock", "serial": "9",
                                             "targets": f"127.0.0.1:{b.device.port}/https"})["id"]
    b.scan(foreign)
    there = b.lab.get(f"/api/v1/devices/{b.unit}")
    same({s["code"] for s in there["shared_with"]},
         {"tls.key-shared-between-units", "tls.key-shared-between-firms"}, "told on the first, too")
    same(result(b.lab.get(f"/api/v1/scans/{b.second['id']}"), "ASVS-C.2"), "fail", "and in its run")
    b.foreign, b.twin = foreign, second


@step("the vendor sees a run once it is released, nobody else's, and no name of the body's people")
def released(b):
    scan = f"/api/v1/scans/{b.second['id']}"
    b.vendor.refused(404, "not-found", "GET", scan)
    same(b.vendor.items(f"/api/v1/applications/{b.application}/scans"), [], "before it is released")
    unit = b.vendor.get(f"/api/v1/devices/{b.unit}")
    expect("shared_with" not in unit and unit["shared"] is None and unit["note"] == "", f"the vendor's: {unit}")
    same([d["scan"] for d in b.vendor.items("/api/v1/devices")], [None, None], "the latest run is not told")
    b.intake.refused(403, "forbidden", "POST", scan + "/release", {})
    b.lab.post(scan + "/release")
    same([s["id"] for s in b.vendor.items(f"/api/v1/applications/{b.application}/scans")], [b.second["id"]],
         "after it was released")
    run = b.vendor.get(scan)
    same((run["person_name"], run["released_by_name"], run["note"], run["before"]), (None, None, "", None), "names")
    text = b.vendor.call("GET", scan + "/report").body + json.dumps(run).encode()
    expect(b"Beta Locks" not in text, "another firm's unit in what a vendor gets")
    b.rival.refused(404, "not-found", "GET", scan)
    b.rival.refused(404, "not-found", "GET", scan + "/report")
    b.vendor.refused(403, "forbidden", "POST", f"/api/v1/devices/{b.unit}/scans", {})


@step("a record made elsewhere is judged here; a report without hellos stays its maker's word")
def uploads(b):
    with open(os.path.join(b.work, "first.record"), "rb") as f:
        record = f.read()
    up = f"/api/v1/devices/{b.unit}/records?filename=bench.record"

    def send(body, states=("done",), path=up):
        a = b.lab.call("POST", path, body=body, headers={"Content-Type": "application/octet-stream"})
        expect(a.status == 201, f"upload: {a}")
        return b.wait(a.json["id"], states)
    run = send(record)
    same((run["kind"], codes(run), run["record"]), ("upload", codes(b.first), b.first["record"]), "judged here")
    word = b.lab.post("/api/v1/devices", {"firm": "Word", "model": "W", "serial": "1"})["id"]
    lines = b.lab.call("GET", f"/api/v1/scans/{b.first['id']}/report").body
    lies = lines.replace(b'"fail"', b'"pass"')
    run = send(lies, path=f"/api/v1/devices/{word}/records?filename=x.json")
    same((run["result"], run["record"], run["maker"]), ("pass", None, None), "its maker's word")
    same(b.lab.get(f"/api/v1/devices/{word}")["keys"], 0, "keys of a mere word are not registered")
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/scans/{run['id']}/judge", {})
    b.lab.refused(409, "wrong-state", "GET", f"/api/v1/scans/{run['id']}/report?format=html")
    for rubbish in (b"PK\3\4", b"{}", b'{"schema":"satyapan-tls/1"}', b"\0" * 100, record[:300],
                    lines.splitlines()[0].replace(b'"findings":[', b'"findings":["x",'),
                    b'{"schema":"satyapan-tls-scan/1"}\n', b"[" * 5000):
        run = send(rubbish, ("failed", "done"))
        expect(run["state"] == "failed" and run["failure"].startswith("record-"), f"{rubbish[:40]}: {run['state']}")
    b.lab.refused(400, "bad-parameter", "POST", up, body=b"", headers={"Content-Type": "text/plain"})


@step("a signed record of another unit is refused; one whose signer is not known stays a mere word")
def signed(b):
    tls_sign.pki(b.work)
    words = [PROGRAM, "tls", "sign", "--level", "all", "--data", "/nonexistent", "--key", "file:lab.p12", "--pin-file", "pin", "--model",
             "Cam 1", "--serial", "0001"]
    for name, firm in (("own", "Acme Cameras"), ("others", "Beta Locks")):
        p = subprocess.run([*words, "--firm", firm, "--out", name + ".p7m", "first.record"], cwd=b.work, timeout=120,
                           capture_output=True, text=True, check=False)
        expect(p.returncode == 0, f"sign: {p.stderr}")
    for name, state in (("others", "failed"), ("own", "done")):
        with open(os.path.join(b.work, name + ".p7m"), "rb") as f:
            body = f.read()
        a = b.lab.call("POST", f"/api/v1/devices/{b.unit}/records?filename=r.p7m", body=body,
                       headers={"Content-Type": "application/octet-stream"})
        run = b.wait(a.json["id"], ("done", "failed"))
        same((run["state"], run["record"], run["maker"]), (state, None, None), name)
        if state == "done":
            same(codes(run), codes(b.first), "what the record says")
            same(b.lab.call("GET", f"/api/v1/scans/{run['id']}/record").body, body, "kept as it came")
        else:
            same(run["failure"], "record-other-unit", "whose")


@step("a run is judged again by another level")
def judged(b):
    run = b.lab.post(f"/api/v1/scans/{b.first['id']}/judge", {"level": 1})
    run = b.wait(run["id"])
    same((run["kind"], run["source"], run["level"], codes(run)), ("judge", b.first["id"], 1, codes(b.first)), "again")
    same(run["started_at"], b.first["started_at"], "as of the time of the scan")


@step("a service that speaks no TLS is told as such, beside one that does")
def rubbish(b):
    fake = tls_servers.tls_fake.Fake(cert=b"\x30\x00", versions={"TLSv1.2": ["TLS_RSA_WITH_AES_128_CBC_SHA"]})
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(50)

    def talk():
        try:
            while True:
                c = s.accept()[0]
                c.sendall(b"\0" * 64)
                c.close()
        except OSError:
            pass
    threading.Thread(target=talk, daemon=True).start()
    unit = b.lab.post("/api/v1/devices", {"firm": "Odd", "model": "O", "serial": "1", "targets":
                                          f"127.0.0.1:{s.getsockname()[1]}/tls 127.0.0.1:{fake.port}/tls"})["id"]
    run = b.scan(unit)
    s.shutdown(2)
    s.close()
    fake.stop()
    states = sorted(x["state"] for x in run["service_list"])
    same((run["services"], states), (2, ["plaintext", "tls"]), "states")


# ---- the device as a client ----------------------------------------------------------------------

# A program that verifies nothing, as devices are found in the field.
BLIND = """
import ssl, sys, socket
context = ssl._create_unverified_context()
for i in range(int(sys.argv[2])):
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as s:
            with context.wrap_socket(s, server_hostname="localhost") as t:
                t.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                t.recv(1000)
    except OSError:
        pass
"""


def cases(run):
    return {c["id"]: c["result"] for c in run["clients"][0]["cases"]}


def connect(b, run, events, command, times=1):
    """The device connects until every case was seen, and is quiet then. times: connections of one command."""
    until = time.monotonic() + 400
    while time.monotonic() < until:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=120)
        told = [d for _, d, _ in events.of("scan") if d["scan"] == run and d.get("of_all")]
        if told and told[-1]["done"] == told[-1]["of_all"]:
            for _ in range(0, 4, times):  # the good server is shown once more
                subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=120)
            quiet = time.monotonic() + 10
            while time.monotonic() < quiet:
                if b.lab.get(f"/api/v1/scans/{run}")["state"] not in ("waiting", "running"):
                    return b.wait(run)
                time.sleep(0.1)
    raise AssertionError(f"run {run} did not end: {b.lab.get(f'/api/v1/scans/{run}')['progress']}")


def until_progress(b, run, least):
    """What is told to who asks, and not only to who follows the events."""
    until = time.monotonic() + 60
    while (b.lab.get(f"/api/v1/scans/{run}")["progress"]["done"] or 0) < least:
        expect(time.monotonic() < until, f"no progress is told of run {run}")
        time.sleep(0.1)


def listener(b):
    out = []
    for p in os.listdir("/proc"):
        try:
            with open(f"/proc/{p}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if p.isdigit() and words[0] == b"satyapan-tls" and f"127.0.0.1:{HERE_PORT}".encode() in words:
            out.append(int(p))
    return out


def until_listener(b, there, seconds=60):
    until = time.monotonic() + seconds
    while bool(listener(b)) != there and time.monotonic() < until:
        time.sleep(0.05)
    same(bool(listener(b)), there, "somebody waits for the device")


def sent_away(source):
    """A connection of a device that is not meant, once somebody listens: taken by the kernel, then reset. Whether
    connect() or recv() is told of the reset depends on who is scheduled first."""
    until = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", HERE_PORT), 60, (source, 0)) as s:
                s.settimeout(60)
                same(s.recv(1), b"", "closed at once")
            return
        except ConnectionResetError:
            return
        except ConnectionRefusedError:  # not yet bound
            expect(time.monotonic() < until, "nobody takes connections")
            time.sleep(0.05)


@step("a device connects to the server and is seen case by case: a real curl with the laboratory's CA")
def listens(b):
    ca = b.lab.call("GET", "/api/v1/bench/ca")
    b.ca = os.path.join(b.work, "lab-ca.pem")
    with open(b.ca, "wb") as f:
        f.write(ca.body)
    p = subprocess.run(["openssl", "x509", "-noout", "-ext", "basicConstraints", "-in", b.ca], capture_output=True,
                       text=True, check=False)
    contains(p.stdout, ["CA:TRUE"], "the CA's certificate")
    same(b.lab.call("GET", "/api/v1/bench/ca").body, ca.body, "it stays the same")
    b.vendor.refused(403, "forbidden", "GET", "/api/v1/bench/ca")
    b.client = b.lab.post("/api/v1/devices", {"application": b.application, "model": "Cam 1", "serial": "c1", "name":
                                              "localhost", "targets": "127.0.0.1"})["id"]
    other = b.lab.post("/api/v1/devices", {"firm": "N", "model": "N", "serial": "1", "targets": "10.0.0.9"})["id"]
    nothing = b.lab.post("/api/v1/devices", {"firm": "N", "model": "N", "serial": "2"})["id"]
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/devices/{nothing}/scans", {"kind": "listen"})
    b.vendor.refused(403, "forbidden", "POST", f"/api/v1/devices/{b.client}/scans", {"kind": "listen"})
    b.lab.refused(400, "bad-parameter", "POST", f"/api/v1/devices/{b.client}/scans", {"kind": "other"})
    e = Events.__new__(Events)
    follow(e, b.lab, b.client)
    run = b.lab.post(f"/api/v1/devices/{b.client}/scans", {"kind": "listen"})
    same((run["kind"], run["targets"]), ("listen", f"127.0.0.1:{HERE_PORT}"), "the run")
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/devices/{other}/scans", {"kind": "listen"})
    curl = next(c for c in CLIENTS if c.name == "curl")
    sent_away("127.0.0.9")
    run = b.listened = connect(b, run["id"], e, curl.command(HERE_PORT, b.ca, 1))
    e.wait("scan", lambda d: d.get("service") == "self-signed" and d["result"] in ("alert", "closed"))
    e.wait("scan", lambda d: d["state"] == "done")
    e.close()
    client = run["clients"][0]
    expect(client["controlled"] and client["complete"], f"the client: {client}")
    for case, got in cases(run).items():
        same(got, curl.table.get(case, "reject"), case)
    same({c["id"]: c["sound"] for c in client["cases"]}["name-in-cn-only"], "no", "what is wrong")
    for c in client["cases"]:
        expect(any("\u0900" <= x <= "\u097f" for x in c["text_hi"]) or c["text_hi"] == c["text"], f"no Hindi: {c}")
    same((result(run, "ASVS-C.8"), result(run, "ASVS-C.15")), ("pass", "fail"), "requirements")
    contains(codes(run), ["tls.client-loose-name-check"], "findings")
    same((run["service_list"], run["before"]), ([], None), "no services, and nothing to compare with")


@step("its reports are saved, its record is judged anywhere: handed in for a unit, and judged again")
def listened_files(b):
    scan = f"/api/v1/scans/{b.listened['id']}"
    record = b.lab.call("GET", scan + "/record").body
    line = json.loads(b.lab.call("GET", scan + "/report?format=json").body)
    same(line["schema"], "satyapan-tls-listen/1", "JSON")
    for lang in ("en", "hi"):
        rows = list(csv.DictReader(io.StringIO(b.lab.call("GET", f"{scan}/report?format=csv&lang={lang}").body.decode(
            "utf-8-sig"), newline="")))
        same({r["id"]: r["result"] for r in rows if r["kind"] == "case"}, cases(b.listened), "cases in CSV")
        a = b.lab.call("GET", f"{scan}/report?format=html&lang={lang}")
        expect(b"name-in-cn-only" in a.body and "attachment" in a.headers["Content-Disposition"], f"HTML: {a}")
    b.lab.refused(409, "wrong-state", "GET", scan + "/report?format=cbom")
    b.lab.refused(404, "not-found", "GET", scan + "/services/1")
    unit = b.lab.post("/api/v1/devices", {"firm": "Elsewhere", "model": "E", "serial": "1"})["id"]

    def send(body, states=("done",)):
        a = b.lab.call("POST", f"/api/v1/devices/{unit}/records?filename=x.listened", body=body,
                       headers={"Content-Type": "application/octet-stream"})
        return b.wait(a.json["id"], states)
    run = send(record)
    same((run["kind"], cases(run), codes(run)), ("upload", cases(b.listened), codes(b.listened)), "handed in")
    same(run["record"], b.listened["record"], "and can be judged again")
    again = b.wait(b.lab.post(f"/api/v1/scans/{run['id']}/judge", {"level": 3})["id"])
    same((again["kind"], again["level"], cases(again), again["before"]), ("judge", 3, cases(run), run["id"]), "again")
    two = send(record + record)
    same(len(two["clients"]), 2, "two records in one file")
    lies = json.dumps(line).replace('"sound": "no"', '"sound": "yes"').encode()
    word = send(lies)
    same((word["record"], word["maker"], len(word["clients"])), (None, None, 1), "a report alone is its maker's word")
    services = b.lab.call("GET", f"/api/v1/scans/{b.first['id']}/report").body
    for rubbish in (record[:200], record.replace(b'"case":"good"', b'"case":7'), lies.replace(b'"result": "accept"',
                    b'"result": "<b>"'), lies + b"\n" + services, b'{"schema":"satyapan-tls-listened/1"}\n'):
        run = send(rubbish, ("failed", "done"))
        expect(run["state"] == "failed" and run["failure"].startswith("record-"), f"{rubbish[:60]}: {run['state']}")


@step("a program that verifies nothing fails C.8; judged before every case was seen; the comparison says what became worse")
def blind(b):
    run = b.lab.post(f"/api/v1/devices/{b.client}/scans", {"kind": "listen", "level": 1})["id"]
    sent_away("127.0.0.9")
    subprocess.run(["python3", "-c", BLIND, str(HERE_PORT), "24"], check=True, timeout=240)
    until_progress(b, run, 15)
    b.vendor.refused(403, "forbidden", "POST", f"/api/v1/scans/{run}/finish", {})
    b.lab.post(f"/api/v1/scans/{run}/finish")
    run = b.blind = b.wait(run)
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/scans/{run['id']}/finish", {})
    same((run["clients"][0]["complete"], run["failure"]), (False, None), "judged by what was seen")
    expect("no-connection" in cases(run).values(), f"what was not shown is told: {cases(run)}")
    got = cases(run)
    same({got[c] for c in ("self-signed", "unknown-ca", "wrong-name", "expired", "bad-signature")}, {"accept"}, "accepts")
    same((result(run, "ASVS-C.8"), run["result"], run["before"]), ("fail", "fail", b.listened["id"]), "C.8")
    rows = b.lab.get(f"/api/v1/scans/{run['id']}/compare")["items"]
    found = {(r["what"], r["item"]): (r["before"], r["after"], r["tone"]) for r in rows}
    same(found[("cases", "self-signed")], ("reject", "accept", "bad"), "a case")
    b.lab.refused(400, "bad-parameter", "GET", f"/api/v1/scans/{run['id']}/compare?with={b.first['id']}")
    same(b.scan(b.client)["before"], None, "a scan of its services is not compared with it")
    nobody = b.lab.post(f"/api/v1/devices/{b.client}/scans", {"kind": "listen"})["id"]
    sent_away("127.0.0.9")
    b.lab.post(f"/api/v1/scans/{nobody}/finish")
    same(b.wait(nobody, ("failed",))["failure"], "listen-nobody", "nobody came")


@step("its pages in a browser")
def pages(b):
    b.listen_port = HERE_PORT
    bench_page.look(b, ["--screens", SCREENS] if SCREENS else [])


# ---- what ends before its time ----------------------------------------------------------------

@step("one run of a unit at a time; a run is ended while it works")
def cancel(b):
    slow = b.lab.post("/api/v1/devices", {"firm": "Slow", "model": "S", "serial": "1",
                                          "targets": f"127.0.0.1:{b.silence.port}/tls"})["id"]
    run = b.lab.post(f"/api/v1/devices/{slow}/scans")["id"]
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/devices/{slow}/scans", {})
    b.wait(run, ("running",))
    until_scanners(b, True)
    b.intake.refused(403, "forbidden", "POST", f"/api/v1/scans/{run}/cancel", {})
    same(b.lab.post(f"/api/v1/scans/{run}/cancel")["state"], "cancelled", "ended")
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/scans/{run}/cancel", {})
    until_scanners(b, False)
    same(b.lab.get(f"/api/v1/scans/{run}")["state"], "cancelled", "it stays so")
    b.slow = slow


def scanners(b):
    """Processes satyapan-tls that ask the device that never answers."""
    out, word = [], f"127.0.0.1:{b.silence.port}/tls".encode()
    for p in os.listdir("/proc"):
        try:
            with open(f"/proc/{p}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if p.isdigit() and words[0] == b"satyapan-tls" and word in words:
            out.append(int(p))
    return out


def until_scanners(b, there, seconds=60):
    until = time.monotonic() + seconds
    while bool(scanners(b)) != there and time.monotonic() < until:
        time.sleep(0.05)
    same(bool(scanners(b)), there, "a scanner is at work")


@step("kill -9 of the server during a run: the scanner ends with it, the next server begins again and says so")
def killed(b):
    run = b.lab.post(f"/api/v1/devices/{b.slow}/scans")["id"]
    b.wait(run, ("running",))
    until_scanners(b, True)
    b.s.process.send_signal(signal.SIGKILL)
    b.s.process.wait(60)
    until_scanners(b, False)
    b.s.start()
    for c in (b.admin, b.lab, b.intake, b.vendor, b.rival):
        c.port = b.s.port
    until = time.monotonic() + 60
    while time.monotonic() < until and b.lab.get(f"/api/v1/scans/{run}")["starts"] < 2:
        time.sleep(0.1)
    row = b.lab.get(f"/api/v1/scans/{run}")
    same((row["state"], row["starts"]), ("running", 2), "begun again")
    b.lab.post(f"/api/v1/scans/{run}/cancel")


@step("another device is sent away; a run is ended, and kill -9 of the server ends the listener and begins it anew")
def strangers(b):
    unit = b.lab.post("/api/v1/devices", {"firm": "N", "model": "N", "serial": "3", "targets": "10.0.0.9"})["id"]
    run = b.lab.post(f"/api/v1/devices/{unit}/scans", {"kind": "listen"})["id"]
    sent_away("127.0.0.1")
    row = b.lab.get(f"/api/v1/scans/{run}")
    same((row["state"], row["progress"]["done"] or 0), ("running", 0), "it was no connection of the unit")
    b.s.process.send_signal(signal.SIGKILL)
    b.s.process.wait(60)
    until_listener(b, False)
    b.s.start()
    for c in (b.admin, b.lab, b.intake, b.vendor, b.rival):
        c.port = b.s.port
    until_listener(b, True)
    same(b.lab.get(f"/api/v1/scans/{run}")["starts"], 2, "begun again")
    b.lab.post(f"/api/v1/scans/{run}/cancel")
    until_listener(b, False)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        until = time.monotonic() + 60
        while True:  # a process that ends loses its name before its sockets
            try:
                taken.bind(("127.0.0.1", HERE_PORT))
                break
            except OSError:
                expect(time.monotonic() < until, "the port stays taken")
                time.sleep(0.05)
        taken.listen(1)
        run = b.lab.post(f"/api/v1/devices/{unit}/scans", {"kind": "listen"})["id"]
        same(b.wait(run, ("failed",))["failure"], "listen-address", "the port is somebody else's")


@step("addresses outside the bench, of this server, of many, names, options and line breaks are refused")
def refused(b):
    make = {"firm": "X", "model": "X"}
    for n, targets in enumerate((
            "8.8.8.8", "172.16.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "[ff02::1]:443", "[::]:443",
            "169.254.169.254", "localhost", "camera.lab:443", "--format", "-x", "127.0.0.1:443/--help",
            "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:443/nothing", "127.0.0.1:443/tls\n--record", "127.1", "0x7f.1",
            "2130706433", "127.0.0.1:443;id", "$(id)", "[::ffff:8.8.8.8]:443", "[::1", "127.0.0.1:+443",
            " ".join(f"10.0.0.{i}" for i in range(17)), "1" * 90, "[::1]:443", "127.0.0.1:443/https/x")):
        a = b.lab.refused(400, "bad-parameter", "POST", "/api/v1/devices", {**make, "serial": str(n),
                                                                            "targets": targets})
        same(a["errors"][0]["field"], "targets", targets)
    b.lab.refused(400, "bad-parameter", "POST", "/api/v1/devices", {**make, "serial": "n", "name": "--name"})
    b.lab.refused(400, "bad-parameter", "POST", "/api/v1/devices", {**make, "serial": "n", "name": "a b"})
    unit = b.lab.post("/api/v1/devices", {**make, "serial": "none"})["id"]
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/devices/{unit}/scans", {})


@step("without the setting the server is no way into itself: loopback is refused, at the start and later")
def default_setting(b):
    b.s.stop()
    with open(os.path.join(b.s.data, "office.json"), "w", encoding="utf-8") as f:
        json.dump({"disk_reserve_bytes": 0}, f)
    b.s.start()
    for c in (b.admin, b.lab, b.intake):
        c.port = b.s.port
    for targets in ("127.0.0.1", "127.0.0.1:8080/http", "[::1]:8080", "[::ffff:127.0.0.1]:80"):
        b.lab.refused(400, "bad-parameter", "POST", "/api/v1/devices",
                      {"firm": "X", "model": "X", "serial": "l", "targets": targets})
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/devices/{b.unit}/scans", {})
    b.lab.refused(409, "wrong-state", "POST", f"/api/v1/devices/{b.unit}/scans", {"kind": "listen"})
    same(b.lab.get(f"/api/v1/devices/{b.unit}")["listens"], False, "devices are not waited for")
    b.lab.post("/api/v1/devices", {"firm": "X", "model": "X", "serial": "p", "targets": "192.168.77.9 [fd00::7]:443"})


@step("the command line does the same; the trail is whole")
def commands(b):
    with open(os.path.join(b.s.data, "office.json"), "w", encoding="utf-8") as f:
        json.dump({"disk_reserve_bytes": 0} | LOOP, f)
    b.s.stop()
    unit = json.loads(b.command("device", "create", "--firm", "Cli", "--model", "M", "--serial", "7", "--targets",
                                f"127.0.0.1:{b.device.port}/https", "--format", "json"))["id"]
    run = json.loads(b.command("scan", "start", str(unit), "--level", "1", "--format", "json", code=1))
    same((run["state"], run["result"]), ("done", "fail"), "a run at the terminal")
    contains(b.command("scan", "list", str(unit)), ["done", "fail"], "scan list")
    contains(b.command("device", "list", "--text", "cli"), ["Cli"], "device list")
    out = os.path.join(b.work, "report.csv")
    b.command("scan", "report", str(run["id"]), "--format_", "csv", code=64)
    b.command("scan", "record", str(run["id"]), "--out", out)
    state = json.loads(b.command("audit", "verify", "--format", "json"))
    expect(state["whole"] and not state["bad"], f"the trail: {state}")
    b.command("records", "check")
    b.command("tls", "device", "list")
    b.s.start()


def main():
    global SCREENS
    words = sys.argv[1:]
    if "--screens" in words:
        SCREENS = words.pop(words.index("--screens") + 1)
        words.remove("--screens")
    verbose, last = "-v" in words, [w for w in words if w != "-v"]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as work:
        b = Bench(work)
        try:
            for text, function in STEPS:
                if last and function is pages:
                    continue
                began = time.monotonic()
                try:
                    function(b)
                    passed += 1
                    if verbose:
                        print(f"ok   {text} ({time.monotonic() - began:.1f} s)", flush=True)
                except Exception as e:  # pylint: disable=broad-exception-caught
                    failed += 1
                    print(f"FAIL {text}: {type(e).__name__} {e}", flush=True)
                    if verbose:
                        traceback.print_exc()
                        print(b.s.stderr()[-3000:])
                    break
                if text in last:
                    break
        finally:
            b.stop()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
