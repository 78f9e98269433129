#!/usr/bin/env python3
"""The TLS scan beside sslscan, nmap and testssl.sh over the bed of servers: seconds, connections, processor
time, wrong facts.

usage: tls_peers.py [--table] [--all] [NAME...]   prints rows for bench.py as JSON; --table also each server on
standard error. Connections are counted by a proxy in a run of their own; seconds are medians of three runs without
it. testssl.sh takes half a minute for a server: it is run once, over the servers of SLOW (--all: over all), and is
asked only for what the scan tells too: versions, suites of each, order, groups, certificate. Nobody is asked for
attacks. Who has not ended within the limit is ended; its row counts with the limit ("at least") and is told.
A wrong fact is a version that is said to be there or not against the truth, or is not told; or, for a version
that is there, a list of suites that is not the server's. Truth is the bed's (tls_servers.py).
"""
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
sys.dont_write_bytecode = True

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")
LIMIT = {"satyapan": 60, "nmap": 60, "sslscan": 12, "testssl": 120}  # seconds; sslscan hangs on NSS and BearSSL
SLOW = ["openssl default", "openssl server order", "gnutls server order", "nginx", "wolfssl"]  # for testssl.sh
VERSIONS = ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]


# ---- the tools: a command, and what its output says: {version: (True or False, {suites} or None)}


def read_satyapan(out, _):
    r = json.loads(out)
    return {v: (s == "yes", set(r["ciphers"].get(v, []))) for v, s in r["protocols"].items() if s in ("yes", "no")}


def read_nmap(out, _):
    """A version that is not listed is not there; SSL 2.0 is another script's."""
    script = ET.fromstring(out).find(".//script[@id='ssl-enum-ciphers']")
    if script is None:
        return {}
    found = {t.get("key"): {e.text for e in t.findall("./table[@key='ciphers']//elem[@key='name']")}
             for t in script.findall("table")}
    return {v: (v in found, found.get(v, set())) for v in VERSIONS[1:]}


def suite_name(code):
    return tls_fake.SUITE_NAMES.get(code, f"0x{code:04X}")


def read_sslscan(out, _):
    test = ET.fromstring(out).find("ssltest")
    said = {}
    for p in test.findall("protocol") if test is not None else []:
        name = {"ssl": "SSLv", "tls": "TLSv"}[p.get("type")] + p.get("version")
        said[name] = (p.get("enabled") == "1", set())
    for c in test.findall("cipher") if test is not None else []:
        version = c.get("sslversion")
        if version in said and len(c.get("id", "")) == 6:
            said[version][1].add(suite_name(int(c.get("id"), 16)))
    said.pop("SSLv2", None)  # it does not list them, and the bed's SSL 2.0 has other numbers
    return said


def read_testssl(_, path):
    with open(path, encoding="utf-8") as f:
        rows = json.load(f)
    names = {"SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLS1": "TLSv1.0", "TLS1_1": "TLSv1.1", "TLS1_2": "TLSv1.2",
             "TLS1_3": "TLSv1.3"}
    said = {}
    for r in rows:
        if r["id"] in names:
            said[names[r["id"]]] = (not r["finding"].startswith("not offered") and "offered" in r["finding"], set())
    for r in rows:
        m = re.match(r"cipher-(tls1(?:_[123])?|ssl3)_x([0-9a-f]{2,4})$", r["id"])
        if m:
            version = {"tls1": "TLSv1.0", "ssl3": "SSLv3"}.get(m[1]) or names["TLS" + m[1][3:]]
            if version in said:
                said[version][1].add(suite_name(int(m[2], 16)))
    return said


TOOLS = {
    "satyapan": ([PROGRAM, "tls", "scan", "--data", "/nonexistent/none", "--format", "json", "127.0.0.1:PORT/SERVICE"],
                 read_satyapan),
    "nmap": (["nmap", "-n", "-Pn", "--max-parallelism", "1", "-p", "PORT", "-oX", "-",
              "--script=+ssl-enum-ciphers,+ssl-cert", "127.0.0.1"], read_nmap),
    "sslscan": (["sslscan", "--no-colour", "--xml=-", "127.0.0.1:PORT"], read_sslscan),
    "testssl": (["testssl", "--quiet", "--color", "0", "--warnings", "off", "--jsonfile", "JSON", "-p", "-E", "-P",
                 "-f", "-S", "127.0.0.1:PORT"], read_testssl),
}


# ---- one run


class Run:
    """A command's end: seconds, processor time of it and its children, output, whether it ended by itself."""

    def __init__(self, tool, port, service, work):
        self.json = os.path.join(work, "testssl.json")
        words = [w.replace("PORT", str(port)).replace("SERVICE", service).replace("JSON", self.json)
                 for w in TOOLS[tool][0]]
        if os.path.exists(self.json):
            os.unlink(self.json)  # testssl.sh 3.0 appends
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        p = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                             text=True, errors="replace", start_new_session=True)
        self.ended = True
        try:
            self.out = p.communicate(timeout=LIMIT[tool])[0]
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)  # testssl.sh has children that hold its output open
            p.communicate()
            self.out, self.ended = "", False
        self.seconds = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def wrong_facts(tool, run, facts):
    """How many of the server's facts the output lacks or has wrong."""
    try:
        said = TOOLS[tool][1](run.out, run.json)
    except (ValueError, KeyError, AttributeError, OSError, ET.ParseError):
        said = {}
    wrong = 0
    for version, state in facts["protocols"].items():
        if version == "SSLv2" and tool in ("nmap", "sslscan") and state == "no":
            continue  # asked of another script
        if version not in said or said[version][0] != (state == "yes"):
            wrong += 1
        elif version in facts.get("ciphers", {}) and version != "SSLv2" and state == "yes":
            wrong += said[version][1] != set(facts["ciphers"][version])
    return wrong


class Measured:
    """One tool on one server. connections: None when it did not end, with or without the proxy."""

    def __init__(self, tool, server, work):
        runs = [Run(tool, server.port, server.service, work)]
        self.ended = runs[0].ended
        self.wrong = wrong_facts(tool, runs[0], server.facts)
        for _ in range(0 if tool == "testssl" or not self.ended else 2):
            runs.append(Run(tool, server.port, server.service, work))
        self.seconds = statistics.median(r.seconds for r in runs)
        self.cpu = statistics.median(r.cpu for r in runs)
        self.connections = None
        if self.ended:
            proxy = tls_fake.Proxy(server.port)
            counted = Run(tool, proxy.port, server.service, work)
            self.connections = proxy.accepted if counted.ended else None
            proxy.stop()

    def __str__(self):
        seconds = f"{self.seconds:7.2f}" if self.ended else f">{self.seconds:6.0f}"
        connections = "-" if self.connections is None else self.connections
        return f"{seconds} s {connections:>4} {self.cpu:6.2f} s cpu {self.wrong:2} wrong"


# ---- rows


def row(name, ours, peer, unit, command, goal):
    return {"name": name, "ours": ours, "peer": peer, "unit": unit, "peer_command": command, "goal": goal}


def rows(results, tool, goal):
    both = [(r["satyapan"], r[tool]) for r in results.values() if tool in r]
    if not both:
        return []
    command = " ".join(w for w in TOOLS[tool][0] if w not in ("-oX", "-", "--xml=-", "--jsonfile", "JSON"))

    def median(what):
        return [statistics.median(getattr(x[k], what) for x in both) for k in (0, 1)]
    late = sum(not b.ended for _, b in both)
    at_least = f" (at least: on {late} it did not end in {LIMIT[tool]} s)" if late else ""
    counted = [(a.connections, b.connections) for a, b in both if None not in (a.connections, b.connections)]
    right = [(a, b) for a, b in both if None not in (a.connections, b.connections) and b.wrong == 0]
    out = [row(f"TLS scan, median of {len(both)} servers, {tool}{at_least}", *median("seconds"), "s", command, goal),
           row(f"the same, processor time, {tool}", *median("cpu"), "s", command, goal),
           row(f"facts wrong over {len(both)} servers, {tool}", sum(a.wrong for a, _ in both),
               sum(b.wrong for _, b in both), "", command, None)]
    if late:
        out.append(row(f"servers of {len(both)} on which {tool} did not end in {LIMIT[tool]} s",
                       sum(not a.ended for a, _ in both), late, "", command, None))
    if counted:
        out += [row(f"connections over {len(counted)} servers, {tool}", sum(a for a, _ in counted),
                    sum(b for _, b in counted), "", command, "< 1"),
                row(f"servers that need more connections than {tool}, which is right on them",
                    sum(a.connections > b.connections for a, b in right), len(right), "", "(of so many)", None)]
    return out


def main():
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed(folder)
        try:
            for s in bed.servers:
                if s.service in ("coaps", "coap") or (names and not any(n in s.name for n in names)):
                    continue
                tools = [t for t in TOOLS if (t == "satyapan" or shutil.which(TOOLS[t][0][0])) and
                         (t != "testssl" or s.name in SLOW or "--all" in sys.argv)]
                results[s.name] = {t: Measured(t, s, folder) for t in tools}
                if "--table" in sys.argv:
                    cells = "  |  ".join(f"{t} {m}" for t, m in results[s.name].items())
                    print(f"{s.name:36}{cells}", file=sys.stderr, flush=True)
        finally:
            bed.stop()
    print(json.dumps(rows(results, "nmap", "< 1") + rows(results, "sslscan", None) +
                     rows(results, "testssl", "< 0.05")))
    return 0


sys.exit(main())
