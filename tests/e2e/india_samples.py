#!/usr/bin/env python3
"""Real, non-personal signatures of Indian CAs: each must get the verdict a person worked out for it.

environment: B (build directory), SHARED (default: ../shared beside the checkout; absent: skipped)
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
SHARED = os.environ.get("SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
DATA = os.path.join(SHARED, "data", "india-samples")
PROGRAM = os.path.join(B, "satyapan")
AT = "2026-11-21T00:00:00Z"
ISSUER = "e-Mudhra Sub CA for Class 3 Document Signer 2022"
KEY_ID = "1E7C246047D8268E2F11BBBF68D155A594CC7F28"
results = []


def check(ok, text):
    results.append(bool(ok))
    if not ok:
        print("FAIL", text)


def verify(name, *options):
    run = subprocess.run([PROGRAM, "verify", "--offline", "--format", "json", "--at", AT, *options,
                          os.path.join(DATA, name)], capture_output=True, text=True)
    return json.loads(run.stdout), run.returncode


def codes(signature):
    return {f["code"]: f for f in signature["findings"]}


def emudhra(name, digest, claimed, expired):
    report, status = verify(name)
    s = report["signatures"][0]
    found = codes(s)
    check(s["indication"] == "INDETERMINATE" and s["intact"] is None, f"{name}: cannot be decided")
    check("cms.signature-invalid" not in found, f"{name}: the signed attributes are good")
    check(digest in found["cms.content-missing"]["text"], f"{name}: names the digest it needs")
    missing = found["chain.issuer-missing"]["text"]
    check(ISSUER in missing and KEY_ID in missing, f"{name}: names the missing issuer and key id")
    check(s["claimed_time"] == claimed and s["best_time_basis"] == "now", f"{name}: time is claimed only")
    check("policy.document-signer" in found, f"{name}: a seal, not a signatory")
    check(("chain.expired" in found) == expired, f"{name}: expired is {expired}")
    check(status == 1, f"{name}: exit status {status}")
    with tempfile.NamedTemporaryFile() as other:
        other.write(b"another document")
        other.flush()
        report, _ = verify(name, "--content", other.name)
        s = report["signatures"][0]
        check(s["indication"] == "TOTAL-FAILED" and s["subindication"] == "HASH_FAILURE" and
              "cms.digest-mismatch" in codes(s), f"{name}: other content is a digest mismatch")


def certificate(name, at, *options):
    run = subprocess.run([PROGRAM, "cert", "check", "--format", "json", "--at", at, *options,
                          os.path.join(DATA, name)], capture_output=True, text=True)
    return run.returncode, run.stdout


def negd():
    name = "leaf-NeGD-DS1-SafeScrypt2022.pem"
    status, out = certificate(name, "2025-01-01T00:00:00Z")
    check(status == 0 and "CCA India 2022" in out, f"{name}: chains to CCA India 2022 in 2025")
    status, out = certificate(name, AT)
    check(status != 0 and "chain.expired" in out, f"{name}: expired today")
    status, out = certificate(name, "2025-01-01T00:00:00Z", "--policy", "2.16.356.100.2.3",
                              "--explicit-policy")
    check(status == 1 and "chain.policy" in out,
          f"{name}: RFC 5280 explicit policy refuses it, which is why documents never use it")


def old_leaves():
    for name in ("leaf-UIDAI-DS4-eMudhra2014-expired.pem", "leaf-UIDAI-DS01-Capricorn2014-expired.pem",
                 "leaf-UIDAI-DS05-nCode2014-expired.pem"):
        status, out = certificate(name, AT)
        check(status in (1, 2) and "chain.issuer-missing" in out and "chain.expired" in out,
              f"{name}: expired, issuer not held")
        run = subprocess.run([PROGRAM, "cert", "show", "--format", "json", os.path.join(DATA, name)],
                             capture_output=True, text=True)
        check(run.returncode == 0 and json.loads(run.stdout), f"{name}: can be shown")


def xml():
    for name in ("uidai-public-aua-authrequest-sig.xml", "uidai-authresponse-sig.xml"):
        report, status = verify(name)
        check(report["verdict"] != "ACCEPTED" and status in (1, 2), f"{name}: never accepted")


def main():
    if not os.path.isdir(DATA):
        print("skipped: the samples are not there (SHARED)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    emudhra("emudhra-ds-test13-2026.p7s",
            "92a70799e19d8734fecfb8e59aa930e9f386f7645059a1f2f04eb8483c9b5f1d",
            "2026-06-26T07:24:39Z", False)
    emudhra("emudhra-ds-test11-2024.p7s",
            "70ccde7b39253be49f9c95cc90ba080656be4040ff81acaa70e316639afbf09f",
            "2024-03-27T05:16:09Z", True)
    negd()
    old_leaves()
    xml()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed, 0 skipped")
    return 0 if all(results) else 1


sys.exit(main())
