#!/usr/bin/env python3
"""Real clients against `satyapan tls listen`: each must be seen to accept and reject what its documentation
says (tls_listen_clients.py), and the requirements follow.

usage: tests/e2e/tls_listen.py [-v] [NAME...]
"""
import os
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from tls_listen_clients import CLIENTS  # noqa: E402
from tls_listen_lab import Lab, cases  # noqa: E402

# Cases, controls in between and at the end, with one connection each; a few more for luck with a full machine.
COUNT = 62
passed = failed = skipped = 0
verbose = "-v" in sys.argv
wanted = [w for w in sys.argv[1:] if not w.startswith("-")]


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def connect(client, port, ca):
    command = client.command(port, ca, COUNT)
    for _ in range(1 if client.many else COUNT):
        subprocess.run(command, input=client.stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                       timeout=600 if client.many else 60)


def check(client, report):
    if report is None:
        count(False, f"{client.name}: no report")
        return
    got = cases(report)
    for case, row in got.items():
        want = client.table.get(case, "reject")
        count(row["result"] == want, f"{client.name}: {case}: {row['result']} ({row['why']}), not {want}")
    count(report["complete"] and report["controlled"], f"{client.name}: complete {report['complete']}")
    count(not any(row["silent"] for row in got.values()), f"{client.name}: fell silent")
    results = {r["id"]: r for r in report["requirements"]}
    wrong = [c for c in got.values() if c["expect"] == "reject" and c["result"] == "accept"]
    for c in wrong:
        for requirement in c["requirements"]:
            if requirement in results:
                count(results[requirement]["result"] == "fail",
                      f"{client.name}: {requirement} is {results[requirement]['result']} in spite of {c['id']}")
    bad = {c["id"] for c in wrong}
    c8 = {c["id"] for c in got.values() if "ASVS-C.8" in c["requirements"]}
    count(results["ASVS-C.8"]["result"] == ("fail" if bad & c8 else "pass"),
          f"{client.name}: C.8 is {results['ASVS-C.8']}")
    if verbose:
        print(f"{client.name:40} {report['connections']} connections, {report['result']}, accepts {sorted(bad)}")


def run(clients, options, folder):
    """All clients at once, each on a port of its own."""
    if not clients:
        return
    with Lab(folder, len(clients), options) as lab:
        threads = [threading.Thread(target=connect, args=(c, p, lab.ca)) for c, p in zip(clients, lab.ports)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        code, reports = lab.end()
        count(code == 1, f"exit code {code}: {lab.errors}")
        # A client may also be seen without a name; the one of the table names its server.
        by_port = {r["port"]: r for r in reports if r["name"] == "localhost"}
        for c, p in zip(clients, lab.ports):
            check(c, by_port.get(p))


def main():
    global skipped
    chosen = [c for c in CLIENTS if not wanted or any(w in c.name for w in wanted)]
    for c in chosen:
        if not c.there():
            print(f"# {c.name}: {c.program} is not installed")
            skipped += 1
    there = [c for c in chosen if c.there()]
    options = ["--repeat", "1", "--level", "3", "--wait", "30"]
    with tempfile.TemporaryDirectory() as folder:
        run([c for c in there if not c.mail], options, folder)
        run([c for c in there if c.mail], options + ["--service", "smtp"], folder)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


main()
