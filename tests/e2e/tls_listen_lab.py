"""tls_listen_lab - a running `satyapan tls listen`, for the tests of devices as clients.

    with Lab(folder, ports=2) as lab: lab.ports, lab.ca ... ; lab.end() -> reports by port
"""
import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")


def make_ca(folder):
    """The lab's folder and its CA file."""
    lab, ca = os.path.join(folder, "lab"), os.path.join(folder, "lab-ca.pem")
    if os.path.exists(ca):
        return lab, ca
    subprocess.run([PROGRAM, "tls", "listen", "--lab", lab, "--ca-out", ca, "--ca-only", "--quiet"], check=True,
                   timeout=120)
    return lab, ca


class Lab:
    def __init__(self, folder, ports=1, options=(), hosts=("127.0.0.1",), fixed=0, before=(), quiet=True):
        self.lab, self.ca = make_ca(folder)
        words = [PROGRAM, "tls", "listen", "--lab", self.lab, "--format", "json", "--devices", "0",
                 "--timeout", "900", *(["--quiet"] if quiet else [])]
        for i in range(ports):
            words += ["--listen", f"{hosts[i % len(hosts)]}:{fixed}"]
        self.before = before  # a program that runs it and looks on
        self.process = subprocess.Popen([*before, *words, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.events, self.reports, self.ports = [], [], []
        self.errors = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.said = threading.Thread(target=self.read_errors, daemon=True)
        self.said.start()
        for i in range(ports):
            end = time.monotonic() + 120
            while not (ready := [e for e in self.events if e["event"] == "listening"])[i:]:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.said.join(5)
                    raise RuntimeError("tls listen does not listen: " + self.errors)
                time.sleep(0.02)
            self.ports.append(ready[i]["port"])

    def read(self):
        for line in self.process.stdout:
            o = json.loads(line)
            if "event" in o:
                self.events.append(o)
            else:
                self.reports.append(o)

    def read_errors(self):
        self.errors = self.process.stderr.read()

    def wait_for(self, kind, timeout=60, since=0, **values):
        """The first event of that kind with these values, of the since-th and later; None when there is none
        in time."""
        end = time.monotonic() + timeout
        while True:
            over = time.monotonic() > end or not self.reader.is_alive()
            for event in self.events[since:]:
                if event["event"] == kind and all(event.get(k) == v for k, v in values.items()):
                    return event
            if over:
                return None
            time.sleep(0.02)

    def own_pid(self):
        """Of satyapan-tls, which may be the child of the program that looks on."""
        pid = self.process.pid
        if self.before:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
                return int(f.read().split()[0])
        return pid

    def end(self):
        """Stops it as Ctrl-C does. Exit code and the reports."""
        if self.process.poll() is None:
            os.kill(self.own_pid(), signal.SIGINT)
        code = self.process.wait(120)
        self.reader.join(60)
        self.said.join(60)
        return code, self.reports

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)


def cases(report):
    return {c["id"]: c for c in report["cases"]}
