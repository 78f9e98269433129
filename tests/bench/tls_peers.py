#!/usr/bin/env python3
"""The TLS scan beside sslscan, nmap and testssl.sh over the bed of servers: seconds, connections.

usage: tls_peers.py [--testssl] [--table] [NAME...]   prints rows for bench.py as JSON; --table also each
server. Connections are counted by a proxy in a run of their own; seconds are medians of three runs without
it (one for testssl.sh, which takes minutes and is asked for with --testssl).
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
sys.dont_write_bytecode = True

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")
OPTIONS = [a for a in sys.argv[1:] if a.startswith("-")]
NAMES = [a for a in sys.argv[1:] if not a.startswith("-")]
LIMIT = 60  # seconds; sslscan hangs on NSS and BearSSL


def commands(port, service):
    """{tool: command} of those installed."""
    script = "--script=+ssl-enum-ciphers,+ssl-cert"
    all_of_them = {
        "satyapan": [PROGRAM, "tls", "scan", "--format", "json", f"127.0.0.1:{port}/{service}"],
        "nmap": ["nmap", "-n", "-Pn", "--max-parallelism", "1", "-p", str(port), script, "127.0.0.1"],
        "sslscan": ["sslscan", "--no-colour", f"127.0.0.1:{port}"],
    }
    if "--testssl" in OPTIONS:
        all_of_them["testssl"] = ["testssl", "--quiet", "--color", "0", "--warnings", "off", f"127.0.0.1:{port}"]
    return {t: c for t, c in all_of_them.items() if t == "satyapan" or shutil.which(t)}


def seconds(command):
    began = time.monotonic()
    try:
        subprocess.run(command, capture_output=True, check=False, timeout=LIMIT, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return float(LIMIT)
    return time.monotonic() - began


def measure(server):
    """{tool: (seconds, connections)}"""
    out = {}
    for tool, command in commands(server.port, server.service).items():
        times = [seconds(command)]
        for _ in range(0 if tool == "testssl" or times[0] > 20 else 2):
            times.append(seconds(command))
        proxy = tls_fake.Proxy(server.port)
        if times[0] < 20:
            seconds(commands(proxy.port, server.service)[tool])
        out[tool] = (statistics.median(times), proxy.accepted)
        proxy.stop()
    return out


def row(name, ours, peer, unit, command, goal):
    return {"name": name, "ours": ours, "peer": peer, "unit": unit, "peer_command": command, "goal": goal}


def rows(results, tool, command, goal):
    both = [(r["satyapan"], r[tool]) for r in results.values() if tool in r]
    if not both:
        return []
    out = [row(f"TLS scan, median of {len(both)} servers, {tool}", statistics.median(o[0] for o, _ in both),
               statistics.median(p[0] for _, p in both), "s", command, goal)]
    if any(p[1] for _, p in both):
        out += [row(f"the same, connections, {tool}", statistics.median(o[1] for o, _ in both),
                    statistics.median(p[1] for _, p in both), "", command, goal),
                row(f"servers that need more connections than {tool}", sum(o[1] > p[1] for o, p in both),
                    len(both), "", "(of so many)", None)]
    return out


def main():
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed(folder)
        try:
            for s in bed.servers:
                if s.service != "coaps" and (not NAMES or any(n in s.name for n in NAMES)):
                    results[s.name] = measure(s)
                    if "--table" in OPTIONS:
                        cells = "  ".join(f"{t} {v[0]:7.2f} s {v[1]:4}" for t, v in results[s.name].items())
                        print(f"{s.name:36}{cells}", file=sys.stderr, flush=True)
        finally:
            bed.stop()
    print(json.dumps(rows(results, "nmap", "nmap --max-parallelism 1 --script +ssl-enum-ciphers,+ssl-cert", "< 1") +
                     rows(results, "sslscan", "sslscan HOST:PORT", None) +
                     rows(results, "testssl", "testssl.sh HOST:PORT", None)))
    return 0


sys.exit(main())
