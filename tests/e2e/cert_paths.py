#!/usr/bin/env python3
"""`satyapan cert check` tells of every path it tried, and of departures from the profile apart.

environment: B, the build directory (default: build); uses $B/gen/data (make fixtures).
"""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
CERT = os.path.join(B, "gen", "data", "cert")
CRL = os.path.join(B, "gen", "data", "crl")
done, failed = [0], [0]


def check(what, right):
    done[0] += bool(right)
    failed[0] += not right
    if not right:
        print("FAIL", what)


def run(leaf, *words):
    command = [os.path.join(B, "satyapan"), "cert", "check", "--at", "2026-11-21T06:30:00Z",
               "--trust", os.path.join(CERT, "root.cer"), *words, os.path.join(CERT, leaf)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def answer(leaf, *words):
    p = run(leaf, "--format", "json", *words)
    return p.returncode, json.loads(p.stdout)


def codes(findings):
    return [f["code"] for f in findings]


def main():
    others = ["--untrusted", CERT]
    code, good = answer("signer.cer", *others)
    check("a good path is accepted", code == 0 and good["paths"][-1]["accepted"])
    check("it is the chain of the answer", good["paths"][-1]["certificates"] == good["chain"])
    check("revocation was not asked for", {r["status"] for r in good["revocation"]} ==
          {"not-checked"})
    code, with_crl = answer("signer.cer", *others, "--crl", CRL)
    check("revocation was asked for", code == 0 and {r["status"] for r in with_crl["revocation"]} ==
          {"good"})

    code, foreign = answer("signer-foreign.cer", *others)
    path = foreign["paths"][0]
    check("a path to an untrusted root is told", code == 1 and not path["accepted"] and
          not path["complete"] and "chain.untrusted-root" in codes(path["findings"]))
    check("with both certificates", len(path["certificates"]) == 2)

    code, missing = answer("signer.cer")
    path = missing["paths"][0]
    check("a path without an issuer is told", code == 2 and len(path["certificates"]) == 1 and
          "chain.issuer-missing" in codes(path["findings"]))

    code, weak = answer("signer-ca-sha1.cer", *others)
    path = weak["paths"][0]
    check("a rejected path says why, with level and source", code == 1 and path["complete"] and
          not path["accepted"] and any(f["code"] == "chain.weak-signature" and f["level"] == "FAIL"
                                       and f["cite"] for f in path["findings"]))

    code, bare = answer("signer-ca-no-basic.cer", *others)
    check("breaking a rule is no departure from the profile", code == 1 and
          codes(bare["findings"]) == ["chain.profile-deviation", "chain.constraints"] and
          codes(bare["deviations"]) == ["chain.profile-deviation"])
    p = run("signer.cer", *others, "--verbose")
    check("text with --verbose tells of paths", "path 1: accepted" in p.stdout)
    check("text says that revocation was not checked",
          "revocation: not checked (no --crl and no --ocsp was given)" in p.stdout)
    check("text without --verbose does not tell", "path 1" not in run("signer.cer", *others).stdout)
    lists = os.path.join(B, "gen", "data", "crl-odd", "no-number.crl")
    names = ["root", "ca"]
    words = [w for n in names for w in ("--crl", os.path.join(CRL, n + ".crl"))]
    code, odd = answer("signer.cer", *others, *words, "--crl", lists)
    check("a departure from the CRL profile is told apart",
          codes(odd["deviations"]) == ["revocation.profile-deviation"])
    text = run("signer.cer", *others, *words, "--crl", lists).stdout
    check("in text, too", "Departures from the profile:" in text)
    print(f"{done[0]} passed, {failed[0]} failed, 0 skipped")
    return 1 if failed[0] else 0


if __name__ == "__main__":
    sys.exit(main())
