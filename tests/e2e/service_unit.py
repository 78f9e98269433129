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
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_client import Client  # noqa: E402
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


def work_of_a_day(work):
    """The server under strace: verify, log in, take documents in, read them; the calls it made."""
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

    s = Traced(work, demo=os.path.join(work, "demo"))
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
