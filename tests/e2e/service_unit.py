#!/usr/bin/env python3
"""The unit for systemd: it is right, it takes much away, and the server can live with what is left.

usage: service_unit.py        environment: B, the build directory (default: build)
No systemd needs to run: systemd-analyze reads the unit, and strace says which system calls the
server, its verifier and their children make; each must be one that SystemCallFilter= allows.
"""
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_client import Client  # noqa: E402
from tls_servers import free_port  # noqa: E402
from office_server import B, PROGRAM, ROOT, OfficeServer, expect  # noqa: E402

DEMO = os.path.join(B, "gen", "demo")
UNIT = os.path.join(ROOT, "src", "http", "satyapan.service")
MOST_EXPOSED = 20  # tenths; 9 to 10 is what a service has without any of it
# strace shows calls that a caller makes only to learn that they are missing.
ASKED_ONLY = {"rseq", "set_robust_list"}


def output(*words):
    r = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    return r.returncode, r.stdout + r.stderr


def installed(work):
    """The unit as make install writes it, for a prefix that has the program."""
    os.makedirs(os.path.join(work, "bin"))
    shutil.copy(PROGRAM, os.path.join(work, "bin"))
    path = os.path.join(work, "satyapan.service")
    with open(UNIT, encoding="utf-8") as f, open(path, "w", encoding="utf-8") as out:
        out.write(f.read().replace("@PREFIX@", work))
    return path


def unit_is_right(work):
    path = installed(work)
    code, text = output("systemd-analyze", "verify", "--man=no", path)
    expect(code == 0 and not text.strip(), f"systemd-analyze verify: {code} {text}")
    code, text = output("systemd-analyze", "security", "--offline=yes",
                        f"--threshold={MOST_EXPOSED}", path)
    expect(code == 0, f"systemd-analyze security: {text[-1500:]}")
    print("# " + text.strip().splitlines()[-1].strip())


def group(name, seen=None):
    """The system calls of a group, and of the groups in it."""
    seen = set() if seen is None else seen
    if name in seen:
        return set()
    seen.add(name)
    code, text = output("systemd-analyze", "syscall-filter", name)
    expect(code == 0, f"systemd-analyze syscall-filter {name}: {text}")
    found = set()
    for line in text.splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            found |= group(word, seen) if word[0] == "@" else {word}
    return found


def allowed():
    """As systemd.exec(5) reads the lines: the first is a list of what is allowed."""
    calls = set()
    with open(UNIT, encoding="utf-8") as f:
        for line in f:
            if line.startswith("SystemCallFilter="):
                words = line.strip().split("=", 1)[1]
                away = words.startswith("~")
                for word in words.lstrip("~").split():
                    some = group(word) if word[0] == "@" else {word}
                    calls = calls - some if away else calls | some
    return calls | group("@default")


def a_device(work):
    """A TLS server that stands for one: its process and port."""
    port = free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    "d.key", "-out", "d.pem", "-subj", "/CN=device", "-days", "2"], cwd=work, check=True, capture_output=True,
                   timeout=60)
    p = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", "d.pem", "-key", "d.key",
                          "-quiet"], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         stdin=subprocess.DEVNULL)
    return p, port


def bench(s, work, here):
    """A device is scanned, and waited for as a client, by the server of the unit."""
    lab = Client(s.port, s.person("lab", "assessor"))
    device, port = a_device(work)
    try:
        unit = lab.post("/api/v1/devices", {"firm": "X", "model": "M", "serial": "1",
                                            "targets": f"127.0.0.1:{port}/https"})["id"]

        def ended(run, states=("done",)):
            until = time.monotonic() + 120
            while True:
                row = lab.get(f"/api/v1/scans/{run}")
                if row["state"] in states:
                    return row
                expect(row["state"] in ("waiting", "running") and time.monotonic() < until, f"a run: {row}")
                time.sleep(0.1)
        wait_port(port)
        run = ended(lab.post(f"/api/v1/devices/{unit}/scans", {})["id"])
        expect(run["spoke"] == 1, f"a scan: {run}")
        run = lab.post(f"/api/v1/devices/{unit}/scans", {"kind": "listen"})["id"]
        wait_port(here, "127.0.0.9")
        context = ssl._create_unverified_context()
        for _ in range(3):
            try:
                with socket.create_connection(("127.0.0.1", here), 60) as raw, context.wrap_socket(raw) as t:
                    t.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    t.recv(100)
            except OSError:
                pass  # the case was a bad one
        ended(run, ("running",))
        lab.post(f"/api/v1/scans/{run}/finish")
        run = ended(run)
        expect(run["clients"] and run["clients"][0]["connections"] >= 1, f"a client: {run}")
    finally:
        device.kill()
        device.wait(20)


def wait_port(port, source="127.0.0.1"):
    """Somebody takes connections there, or sends this address away."""
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 60, (source, 0)).close()
            return
        except ConnectionResetError:
            return
        except ConnectionRefusedError:
            expect(time.monotonic() < until, f"nobody at port {port}")
            time.sleep(0.05)


def work_of_a_day(work):
    """The server under strace: verify, log in, take documents in, read them, test a device; the calls it made."""
    subprocess.run([DEMO, work], check=True, timeout=120)
    trace = os.path.join(work, "trace")

    class Traced(OfficeServer):
        def start(self):
            self.command = ["strace", "-f", "-qq", "-e", "signal=none", "-s", "0", "-o", trace,
                            *self.command]
            super().start()

        def stop(self):
            """strace ends when what it looks at has ended."""
            pid = self.process.pid
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                for child in f.read().split():
                    os.kill(int(child), signal.SIGTERM)
            self.process.wait(60)
            self.process.stdout.close()

    here = free_port()
    s = Traced(work, {"scan_networks": "127.0.0.0/8", "listen_address": "127.0.0.1", "listen_ports": str(here)},
               demo=os.path.join(work, "demo"))
    samples = os.path.join(work, "demo", "samples")
    try:
        intake = Client(s.port, s.person("intake", "intake", "admin"))
        firm = intake.post("/api/v1/firms", {"name": "Example Cameras Private Limited"})["id"]
        case = intake.post("/api/v1/applications", {
            "vendor": firm, "product": "Camera", "series": "IOTSCS", "level": 1,
            "kind": "fresh"})["id"]
        for name in ("declaration-accepted.pdf", "construction-file-accepted.zip"):
            with open(os.path.join(samples, name), "rb") as f:
                data = f.read()
            r = s.call("POST", "/api/v1/verify", body=data,
                       headers={"Content-Type": "application/octet-stream"})
            expect(r.status == 200 and r.json["verdict"] == "ACCEPTED", f"{name}: {r}")
            a = intake.upload(case, data, name, kind="other")
            until = time.monotonic() + 60
            v = {"state": None}
            while v["state"] != "verified" and time.monotonic() < until:
                v = intake.get(f"/api/v1/versions/{a.json['id']}")
                time.sleep(0.1)
            expect(v["verdict"] == "ACCEPTED", f"{name}: {v}")
        expect(Client(s.port).log_in("nobody", "wrong").status == 403, "a wrong password")
        intake.get("/api/v1/audit/check")
        bench(s, work, here)
        time.sleep(2)  # the text is read
    finally:
        s.stop()
    calls = {}
    with open(trace, encoding="utf-8", errors="replace") as f:
        for line in f:
            found = re.match(r"\d+ +([a-z_0-9]+)\(", line)
            if found:
                calls.setdefault(found.group(1), line.strip()[:160])
    return calls


def server_can_live(work):
    may, calls = allowed(), work_of_a_day(work)
    expect({"seccomp", "memfd_create", "prctl"} & set(calls), f"strace saw little: {set(calls)}")
    missing = {name: line for name, line in calls.items() if name not in may | ASKED_ONLY}
    expect(not missing, f"not allowed by SystemCallFilter=: {missing}")
    print(f"# {len(calls)} system calls are made, {len(may)} are allowed")


def run():
    for tool in ("systemd-analyze", "strace"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            return 77
    if not os.path.exists(DEMO):
        print(f"skipped: {DEMO} is not built (make demo)")
        return 77
    failed = 0
    for number, case in enumerate((unit_is_right, server_can_live), 1):
        with tempfile.TemporaryDirectory(prefix="satyapan-unit-") as work:
            try:
                case(work)
                print(f"ok {number} - {case.__name__}")
            except (AssertionError, OSError, subprocess.SubprocessError) as e:
                failed += 1
                print(f"not ok {number} - {case.__name__}\nFAIL {case.__name__}: {e}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run())
