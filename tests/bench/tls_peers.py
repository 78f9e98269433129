#!/usr/bin/env python3
"""The TLS scan beside sslscan, nmap and testssl.sh over the bed of servers: seconds, connections, processor
time, wrong facts.

usage: tls_peers.py [--testssl N] [--table] [NAME...]   prints rows for bench.py as JSON; --table also each server
on standard error. Connections are counted by a proxy in a run of their own; seconds are medians of three runs
without it. testssl.sh takes a minute or two for a server: it is run once, over the first N servers (default 0).
A wrong fact is a version that is said to be there or not against the truth, or is not told; or, for a version
that is there, a list of suites that is not the server's. Truth is the bed's (tls_servers.py).
"""
import json
import os
import re
import resource
import shutil
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
LIMIT = 60  # seconds; sslscan hangs on NSS and BearSSL
LONG = 300  # of testssl.sh
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
    "testssl": (["testssl", "--quiet", "--color", "0", "--warnings", "off", "--jsonfile", "JSON",
                 "127.0.0.1:PORT"], read_testssl),
}


# ---- one run


class Run:
    """A command's end: seconds, processor time of it and its children, output, complete or not."""

    def __init__(self, tool, port, service, work):
        self.json = os.path.join(work, "testssl.json")
        words = [w.replace("PORT", str(port)).replace("SERVICE", service).replace("JSON", self.json)
                 for w in TOOLS[tool][0]]
        if os.path.exists(self.json):
            os.unlink(self.json)  # testssl.sh 3.0 appends
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        try:
            self.out = subprocess.run(words, capture_output=True, check=False, stdin=subprocess.DEVNULL, text=True,
                                      errors="replace", timeout=LONG if tool == "testssl" else LIMIT).stdout
        except subprocess.TimeoutExpired:
            self.out = ""
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


def measure(server, tools, work):
    """{tool: (seconds, connections, processor seconds, wrong facts)}"""
    out = {}
    for tool in tools:
        runs = [Run(tool, server.port, server.service, work)]
        wrong = wrong_facts(tool, runs[0], server.facts)
        for _ in range(0 if tool == "testssl" or runs[0].seconds > 20 else 2):
            runs.append(Run(tool, server.port, server.service, work))
        accepted = None
        if runs[0].seconds < 20:
            proxy = tls_fake.Proxy(server.port)
            Run(tool, proxy.port, server.service, work)
            accepted = proxy.accepted
            proxy.stop()
        out[tool] = (statistics.median(r.seconds for r in runs), accepted, statistics.median(r.cpu for r in runs),
                     wrong)
    return out


# ---- rows


def row(name, ours, peer, unit, command, goal):
    return {"name": name, "ours": ours, "peer": peer, "unit": unit, "peer_command": command, "goal": goal}


def rows(results, tool, goal):
    both = [(r["satyapan"], r[tool]) for r in results.values() if tool in r]
    if not both:
        return []
    command = " ".join(w for w in TOOLS[tool][0] if w not in ("-oX", "-", "--xml=-", "--jsonfile", "JSON"))

    def median(i):
        return [statistics.median(x[k][i] for x in both) for k in (0, 1)]
    counted = [(a[1], b[1]) for a, b in both if a[1] is not None and b[1] is not None]
    out = [row(f"TLS scan, median of {len(both)} servers, {tool}", *median(0), "s", command, goal),
           row(f"the same, processor time, {tool}", *median(2), "s", command, goal),
           row(f"facts wrong over {len(both)} servers, {tool}", sum(a[3] for a, _ in both),
               sum(b[3] for _, b in both), "", command, None)]
    if counted:
        out += [row(f"connections over {len(counted)} servers, {tool}", sum(a for a, _ in counted),
                    sum(b for _, b in counted), "", command, "< 1"),
                row(f"servers that need more connections than {tool}", sum(a > b for a, b in counted), len(counted),
                    "", "(of so many)", None)]
    return out


def cell(tool, v):
    return f"{tool} {v[0]:7.2f} s {'-' if v[1] is None else v[1]:>4} {v[2]:6.2f} s cpu {v[3]:2} wrong"


def main():
    args = sys.argv[1:]
    testssl = int(args[args.index("--testssl") + 1]) if "--testssl" in args else 0
    names = [a for a in args if not a.startswith("-") and not a.isdigit()]
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed(folder)
        try:
            for i, s in enumerate(x for x in bed.servers
                                  if x.service not in ("coaps", "coap") and (not names or any(n in x.name for n in names))):
                tools = [t for t in TOOLS if (t == "satyapan" or shutil.which(TOOLS[t][0][0])) and
                         (t != "testssl" or i < testssl)]
                results[s.name] = measure(s, tools, folder)
                if "--table" in args:
                    cells = "  |  ".join(cell(t, v) for t, v in results[s.name].items())
                    print(f"{s.name:36}{cells}", file=sys.stderr, flush=True)
        finally:
            bed.stop()
    print(json.dumps(rows(results, "nmap", "< 1") + rows(results, "sslscan", None) +
                     rows(results, "testssl", "< 0.05")))
    return 0


sys.exit(main())
