#!/usr/bin/env python3
"""Path and revocation suites through `satyapan cert check`: exit 0 means valid.

tests/cases/revsem.cases (revocation against signing time) always runs. NIST PKITS, x509-limbo (what
matters for documents) and bettertls path building run when $SHARED (default ../shared) is there.
Text format: case ID / expect ok|fail / time EPOCH / opt K=V / anchor|inter|leaf|crl BASE64 / end.
"""
import base64
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, os.environ.get("B", "build"), "satyapan")
SHARED = os.environ.get("SHARED") or os.path.join(ROOT, "..", "shared")
FLAGS = {"explicit_policy": "--explicit-policy", "inhibit_map": "--inhibit-mapping",
         "inhibit_any": "--inhibit-any-policy", "partial_chain": "--partial-chain"}
VALUES = ("policy", "eku", "host", "ip", "email", "depth")

SEEN = re.compile(r"^(?:INFO|WARN|REVIEW|FAIL) +([a-z0-9.-]+) \(", re.M)
reasons = set()

# Rows in which the suites contradict each other; each with the row that decided.
DISPUTED = {
    "rfc5280::aki::cross-signed-root-missing-aki": "cve::cve-2024-0567 wants such an anchor accepted",
    "rfc5280::pc::ica-noncritical-pc": "PKITS 4.8.6 and 28 more want it accepted",
}


def cases(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            key, _, value = line.rstrip("\n").partition(" ")
            if key == "case":
                case = {"id": value, "anchor": [], "inter": [], "crl": [], "ocsp": [], "opt": [],
                        "docsign": "yes", "time": None, "leaf": None}
            elif key == "end":
                yield case
            elif key in ("anchor", "inter", "crl", "ocsp", "opt"):
                case[key].append(value)
            else:
                case[key] = value


def arguments(case, folder):
    args = []
    for kind, option in (("anchor", "--trust"), ("inter", "--untrusted"), ("crl", "--crl"),
                         ("ocsp", "--ocsp")):
        for i, text in enumerate(case[kind]):
            path = os.path.join(folder, f"{kind}{i}.der")
            with open(path, "wb") as f:
                f.write(base64.b64decode(text))
            args += [option, path]
    if case["time"]:
        args += ["--at", case["time"]]
    for option in case["opt"]:
        key, _, value = option.partition("=")
        if key in VALUES:
            args += ["--" + key, value]
        elif key in FLAGS:
            args.append(FLAGS[key])
    leaf = os.path.join(folder, "leaf.der")
    with open(leaf, "wb") as f:
        f.write(base64.b64decode(case["leaf"]))
    return args + [leaf]


def run(case):
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAM, "cert", "check"] + arguments(case, folder)
        try:
            p = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        except subprocess.TimeoutExpired:
            return case, "hang", ""
    got = {0: "ok", 1: "fail", 2: "fail"}.get(p.returncode, f"exit {p.returncode}")
    return case, got, p.stdout + p.stderr


def suite(path, tally):
    chosen = [c for c in cases(path) if c["docsign"] == "yes" and c["leaf"]]
    if len(chosen) < 40:
        tally["failed"] += 1
        print(f"FAIL {path}: only {len(chosen)} cases in it")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, got, text in pool.map(run, chosen):
            expected = case["expect"]
            reasons.update(SEEN.findall(text))
            if case["id"] in DISPUTED:
                expected = "ok"
            if got == expected:
                tally["passed"] += 1
            else:
                tally["failed"] += 1
                print(f"FAIL {case['id']}: expected {expected}, got {got}\n     {text.strip()[-300:]}")


def main():
    tally = {"passed": 0, "failed": 0, "skipped": 0}
    suite(os.path.join(ROOT, "tests", "cases", "revsem.cases"), tally)
    for name in ("pkits", "limbo", "pathbuilding"):
        path = os.path.join(SHARED, "data", "pkix", name + ".cases")
        if os.path.exists(path):
            suite(path, tally)
        else:
            tally["skipped"] += 1
            print(f"skip {name}: {path} is not there (SHARED=FOLDER)")
    for code in sorted(reasons):
        print(f"# reason {code}")  # read by tests/e2e/reasons.py
    for case, why in DISPUTED.items():
        print(f"disputed, counted as the other suite wants it: {case}: {why}")
    print(f"{tally['passed']} passed, {tally['failed']} failed, {tally['skipped']} skipped")
    return tally["failed"] > 0


if __name__ == "__main__":
    sys.exit(main())
