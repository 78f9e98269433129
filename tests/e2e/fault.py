#!/usr/bin/env python3
"""Every allocation fails once: never ACCEPTED by it, never a false "bad signature", never a crash.

usage: fault.py [--all]        environment: B, the build directory (default: build)
Without --all (make check) a sample: about 200 allocations of each document in one process
(FAULT_SAMPLE), and a few runs of the command line. With --all (make fault) each allocation.
"""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DATA = os.environ.get("FAULT_DATA") or os.path.join(B, "gen", "data")
DRIVER = os.path.join(B, "fault", "fault")
PROGRAM = os.path.join(B, "fault", "satyapan")
AT = "2026-11-21T06:30:00Z"
START = 320  # allocations: libcrypto is set up, policy and evidence are read
SAMPLE = int(os.environ.get("FAULT_SAMPLE", "200"))

# document, detached content, verdict of the whole check
DOCUMENTS = [
    ("cms/good.p7m", None, "ACCEPTED"),
    ("cms/indefinite.p7m", None, "ACCEPTED"),
    ("cms/pss.p7m", None, "ACCEPTED"),
    ("cms/ecdsa-sha384.p7m", None, "ACCEPTED"),
    ("cms/detached.p7s", "cms/content.txt", "ACCEPTED"),
    ("cms/stamp-good.p7m", None, "ACCEPTED"),
    ("cms/countersigned.p7m", None, "ACCEPTED"),
    ("cms/altered.p7m", None, "REJECTED"),
    ("cms/bad-value.p7m", None, "REJECTED"),
    ("chain/signer-revoked.p7m", None, "REJECTED"),
    ("mail/signed.eml", None, "ACCEPTED"),
    ("tst/good.tst", None, None),
    ("xml/enveloped.xml", None, "ACCEPTED"),
    ("xml/detached.xml", "xml/declaration.txt", "ACCEPTED"),
    ("xml/xades-lta.xml", None, "ACCEPTED"),
    ("xml/altered.xml", None, "REJECTED"),
    ("xml/bad-value.xml", None, "REJECTED"),
    ("pdf/detached.pdf", None, "ACCEPTED"),
    ("pdf/pades-stamped.pdf", None, "ACCEPTED"),
    ("pdf/pades-lta.pdf", None, "ACCEPTED"),
    ("pdf/pades-stream.pdf", None, "ACCEPTED"),
    ("locked/open-r6.pdf", None, "ACCEPTED"),
    ("locked/style-1.pdf", None, "ACCEPTED"),
    ("pdf/two-signatures-0.pdf", None, None),
    ("pdf/signer-revoked.pdf", None, "REJECTED"),
    ("pdf/altered-content.pdf", None, "REJECTED"),
    ("pdf/content-replaced-stream.pdf", None, "REJECTED"),
]
EXIT = {"ACCEPTED": 0, "REJECTED": 1, "REVIEW": 2}


def path(name):
    return os.path.join(DATA, name)


def crls():
    folder = path("crl")
    return [os.path.join(folder, f) for f in sorted(os.listdir(folder)) if f.endswith(".crl")]


def drive(document, content, step):
    """One document through the driver; returns (problems, its last line)."""
    words = [DRIVER, "--step", str(step), "--at", AT, "--anchor", path("cert/root.cer")]
    for crl in crls():
        words += ["--crl", crl]
    if content:
        words += ["--content", path(content)]
    p = subprocess.run(words + [path(document)], capture_output=True, text=True, errors="replace",
                       timeout=3600, check=False)
    lines = p.stdout.strip().split("\n")
    problems = [l for l in lines if l.startswith("FAIL")]
    if p.returncode not in (0, 1) or (p.returncode == 1 and not problems):
        problems.append(f"FAIL {document}: exit {p.returncode}: {p.stderr.strip()[-1500:]}")
    return problems, lines[-1] or document


def allocations(line):
    return int(line.split(": ")[1].split()[0])


def run_cli(document, content, fail_at):
    words = [PROGRAM, "verify", "--profile", "generic", "--offline", "--grace", "0", "--at", AT,
             "--trust", path("cert/root.cer"), "--crl", path("crl"), "--kind", "other",
             "--format", "json"]
    if content:
        words += ["--content", path(content)]
    env = dict(os.environ)
    env.pop("SATYAPAN_FAIL_AT", None)
    if fail_at:
        env["SATYAPAN_FAIL_AT"] = str(fail_at)
    return subprocess.run(words + [path(document)], capture_output=True, text=True,
                          errors="replace", timeout=60, env=env, check=False)


def cli_problem(truth, p):
    """What is wrong with a run in which an allocation may have failed, or None."""
    if p.returncode == 70 or (p.returncode == 2 and not p.stdout.strip()):
        return None if p.stderr.strip() else f"exit {p.returncode} without a word"
    try:
        report = json.loads(p.stdout.splitlines()[0])
    except (IndexError, ValueError):
        return f"exit {p.returncode}, no report: {p.stderr[-300:]}"
    if p.returncode != EXIT[report["verdict"]]:
        return f"exit {p.returncode} for {report['verdict']}"
    # Either the failure was told, or it did not matter: the whole answer is there.
    own = [f for f in report["findings"] if f["code"].startswith("engine.")]
    if not own and report != truth:
        return "another report, and no engine.* reason"
    if own and report["verdict"] != "REVIEW":
        return f"{report['verdict']} with {own[0]['code']}"
    if "engine.child-ended" in [f["code"] for f in own]:
        return "the child ended without an answer: " + own[0]["text"]
    return None


def check_cli(document, content, every):
    whole = run_cli(document, content, 0)
    try:
        truth = json.loads(whole.stdout.splitlines()[0])
    except (IndexError, ValueError):
        return [f"FAIL {document}: no report: {whole.stderr[-300:]}"], 0
    problems, tried, n, silent = [], 0, 1, 0
    # Past the last allocation nothing fails any more: the whole answer, again and again.
    while silent < 6 and tried < 4000:
        p = run_cli(document, content, n)
        why = cli_problem(truth, p)
        if why:
            problems.append(f"FAIL {document}: command line, allocation {n}: {why}")
        same = p.stdout == whole.stdout
        silent = silent + 1 if same else 0
        tried += 1
        n += every
    return problems, tried


def check_start(document, last):
    """The first allocations, each: most are made before any document is read."""
    whole = run_cli(document, None, 0)
    truth = json.loads(whole.stdout.splitlines()[0])
    problems, ended = [], 0
    for n in range(1, last + 1):
        p = run_cli(document, None, n)
        why = cli_problem(truth, p)
        ended += p.returncode == 70
        if why:
            problems.append(f"FAIL {document}: start, allocation {n}: {why}")
    if not ended:
        problems.append(f"FAIL {document}: none of the first {last} allocations was needed")
    return problems


def main():
    everything = "--all" in sys.argv
    if not os.path.exists(DRIVER):
        print(f"skipped: {DRIVER} is not built (make fault-sample)")
        print("0 passed, 0 failed, 1 skipped")
        sys.exit(77)
    passed = failed = 0
    for document, content, verdict in DOCUMENTS:
        step = 1
        if not everything:
            _, line = drive(document, content, 1 << 30)
            step = max(1, allocations(line) // SAMPLE) if " allocations," in line else 1
        problems, line = drive(document, content, step)
        if verdict and f" {verdict}:" not in line:
            problems.append(f"FAIL {document}: the whole check does not say {verdict}: {line}")
        print("\n".join(problems[:20] + [os.path.relpath(line, DATA)]))
        passed, failed = passed + (not problems), failed + bool(problems)
    if os.path.exists(PROGRAM):
        problems = check_start(DOCUMENTS[0][0], START)
        print("\n".join(problems[:20] + [f"the first {START} allocations of the command line"]))
        passed, failed = passed + (not problems), failed + bool(problems)
        for document, content, _ in DOCUMENTS[::1 if everything else 5]:
            problems, tried = check_cli(document, content, 97 if everything else 797)
            print("\n".join(problems[:20] + [f"{document}: {tried} runs of the command line"]))
            passed, failed = passed + (not problems), failed + bool(problems)
    print(f"{'all allocations' if everything else 'a sample of the allocations (make fault: all)'}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
