#!/usr/bin/env python3
"""Every fact about at least 20 TLS servers of known configuration comes out exactly (satyapan tls scan).

The servers are tls_servers.py. The facts stay the same behind proxies that take one connection at a time,
delay by 100 ms, reset a tenth of all connections, or send one byte a segment. Options: NAME... only
servers whose name contains it; -v prints the connections of each.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")
passed = failed = skipped = 0
verbose = "-v" in sys.argv
wanted = [w for w in sys.argv[1:] if not w.startswith("-")]


def count(good, line):
    global passed, failed
    passed += good
    failed += not good
    if not good:
        print("FAIL", line)


def scan(bed, targets, *options):
    """{target: report} of one run, and its exit code."""
    done = subprocess.run([PROGRAM, "tls", "scan", "--services-at-once", "--format", "json", "--trust", bed.path("ca.pem"),
                           *options, *targets], capture_output=True, text=True, check=False, timeout=300)
    reports = {}
    for line in done.stdout.splitlines():
        r = json.loads(line)
        reports[r["target"]] = r
    if done.stderr:
        print(done.stderr, end="")
    return reports, done.returncode


def value(report, key):
    """A fact by its name, wherever the report has it."""
    for part in (report, report["certificate"] or {}, report["handshake"]):
        if key in part:
            return part[key]
    return None


def differs(report, key, want):
    got = value(report, key)
    if key == "findings":
        missing = want - {f["code"] for f in got}
        return f"misses {missing}" if missing else None
    if key == "trust":
        got = got or {}
        wrong = {k: got.get(k) for k in want if got.get(k) != want[k]}
        return f"{wrong}, not {want}" if wrong else None
    if key == "ciphers":
        for version, suites in want.items():
            mine = got.get(version)
            if (set(mine or []) if isinstance(suites, set) else mine) != suites:
                extra = set(mine or []) - set(suites)
                return f"{version}: missing {set(suites) - set(mine or [])}, extra {extra}, got {mine}"
        return None
    if isinstance(want, set):
        return None if set(got) == want and len(got) == len(want) else f"{got}, not {want}"
    return None if got == want else f"{got!r}, not {want!r}"


def check(name, report, facts):
    if report is None:
        count(False, f"{name}: no report")
        return
    for key, want in facts.items():
        wrong = differs(report, key, want)
        count(not wrong, f"{name}: {key}: {wrong}")
    if report["state"] != facts.get("state", "tls") or report["state"] == "plaintext":
        count(report["state"] == facts.get("state"), f"{name}: {report['state']} {report['ended']}")
        return
    sure = all(state in ("yes", "no") for state in report["protocols"].values())
    count(sure and report["state"] == "tls", f"{name}: {report['state']} {report['protocols']} {report['protocol_reasons']} {report['ended']}")


def plain(servers, reports):
    for s in servers:
        check(s.name, reports.get(s.target), s.facts)
        if verbose and reports.get(s.target):
            r = reports[s.target]
            print(f"{s.name:40} {r['connections']:4} connections {r['seconds']:.3f} s {r['milliseconds']}")
    for s in servers:
        r = reports.get(s.target)
        # The bar: a connection for each suite, group and version, and 25. Who closes instead of refusing, or loses
        # datagrams, is asked again each time.
        if r and r["state"] == "tls" and s.service != "coaps" and not r["lossy"] and s.name not in ("fake that closes", "fake that resets"):
            most = (sum(len(v) for v in r["ciphers"].values()) + len(r["groups"]) +
                    list(r["protocols"].values()).count("yes") + 25)
            count(r["connections"] <= most, f"{s.name}: {r['connections']} connections, {most} are allowed")
        if hasattr(s, "fake"):
            count(s.fake.most_at_once <= 1, f"{s.name}: {s.fake.most_at_once} connections at once")


def sure(bed, target, report, want):
    """On a path that loses connections a scan may end unsure, never wrong: then it is asked again, as a person
    would, at most twice."""
    for _ in range(2):
        protocols = report["protocols"] if report else {}
        if "inconclusive" not in protocols.values():
            break
        for version, state in protocols.items():
            count(state in (want.get(version, state), "inconclusive"), f"{target}: {version} is {state}")
        print(f"# {target}: unsure, scanned again")
        report = scan(bed, [target], "--budget", "250")[0].get(target)
    return report


def proxied(bed):
    """The same facts through four kinds of bad path, and through all of them together."""
    servers = [s for s in bed.servers if s.service not in ("coaps", "coap") and s.name != "openssl everything"]
    few = [s for s in servers if s.name in ("openssl server order", "openssl tls 1.3 only", "nginx", "wolfssl",
                                            "fake that closes", "fake export and ssl 2", "mosquitto")]
    kinds = [("one at a time", servers, {"one": True}), ("100 ms", few, {"delay": 0.1}),
             ("10 % resets", servers, {"reset": 0.1}), ("one byte a segment", few, {"small": True}),
             ("all of them", few[:3], {"one": True, "delay": 0.1, "reset": 0.1, "small": True})]
    proxies, targets = [], {}
    for kind, chosen, kw in kinds:
        for s in chosen:
            p = tls_fake.Proxy(s.port, seed=len(proxies) + 1, **kw)
            proxies.append(p)
            targets[f"127.0.0.1:{p.port}/{s.service}"] = (f"{s.name}, {kind}", s)
    reports, _ = scan(bed, list(targets), "--budget", "250")
    for target, (name, s) in targets.items():
        facts = {k: v for k, v in s.facts.items() if k != "lossy"}
        report = reports.get(target)
        if "resets" in name:
            report = sure(bed, target, report, facts["protocols"])
        check(name, report, facts)
        if verbose and target in reports:
            r = reports[target]
            print(f"{name:50} {r['connections']:4} connections {r['seconds']:.3f} s {r['milliseconds']}")
    for p in proxies:
        p.stop()


def main():
    global skipped
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed(folder)
        try:
            if wanted:
                bed.servers = [s for s in bed.servers if any(w in s.name for w in wanted)]
            else:
                count(len(bed.servers) + len(bed.missing) >= 20, f"only {len(bed.servers)} servers")
            for name in bed.missing:
                print(f"skipped: {name}: its program is not installed")
                skipped += 1
            slow = [s for s in bed.servers if s.service == "coaps"]  # DTLS waits most of the time: beside the others
            fast = [s for s in bed.servers if s not in slow]
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                later = pool.submit(scan, bed, [s.target for s in slow]) if slow else None
                if fast:
                    plain(fast, scan(bed, [s.target for s in fast])[0])
                if not wanted and "-p" not in sys.argv:
                    proxied(bed)
                if slow:
                    plain(slow, later.result()[0])
        finally:
            bed.stop()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


sys.exit(main())
