#!/usr/bin/env python3
"""What a TLS scan writes: JSON as promised, CSV, HTML, CycloneDX; and judging again without the device."""
import csv
import html.parser
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")
AT = "2026-11-22T12:00:00Z"  # of the record in tests/tls
NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))  # certificates are made while this runs
KEYS = {"target", "ip", "port", "service", "state", "protocols", "ciphers", "cipher_order", "groups", "dh_bits",
        "compression", "client_cert", "certificate", "findings", "requirements", "connections", "seconds"}
passed = failed = 0


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def tls(*words):
    p = subprocess.run([PROGRAM, "tls", *words], capture_output=True, text=True, check=False, timeout=60)
    return p.returncode, p.stdout, p.stderr


class Tags(html.parser.HTMLParser):
    """Every element that is opened is closed, in order; nothing is fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag in ("script", "img", "link") or any(k in ("src", "href", "onclick") for k, _ in attrs):
            self.faults.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append("/" + tag)

    def handle_data(self, data):
        self.text += data


def outputs(target, known):
    code, out, _ = tls("scan", "--format", "json", "--at", NOW, target)
    report = json.loads(out)
    count(KEYS <= set(report), f"JSON lacks {KEYS - set(report)}")
    for f in report["findings"]:
        count(set(f) == {"code", "level", "where", "cite", "text", "text_hi", "hint", "hint_hi"} and
              all("{" not in f[k] for k in ("text", "text_hi")), f"finding {f}")
        count(any("\u0900" <= c <= "\u097f" for c in f["text_hi"]), f"no Hindi: {f['text_hi']}")
    results = {r["result"] for r in report["requirements"]}
    count(results <= {"pass", "fail", "inconclusive", "not-tested"} and code == known, f"{results}, exit {code}")
    _, out, _ = tls("scan", "--format", "csv", target)
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    count({r["id"] for r in rows if r["kind"] == "finding"} == {f["code"] for f in report["findings"]},
          "CSV has other findings")
    for lang in ("en", "hi"):
        _, out, _ = tls("scan", "--format", "html", "--lang", lang, target)
        page = Tags()
        page.feed(out)
        key = "text" if lang == "en" else "text_hi"
        count(not page.faults and not page.open, f"HTML: {page.faults} {page.open}")
        count(all(f[key] in page.text for f in report["findings"]), f"HTML {lang} lacks findings")
        levels = [["FAIL", "REVIEW", "WARN", "INFO"].index(w) for w in re.findall(r"<th>(FAIL|REVIEW|WARN|INFO)</th>", out)]
        count(levels == sorted(levels) and len(levels) == len(report["findings"]), f"HTML {lang}: the worst is not first: {levels}")
        heads = ("Findings", "Requirements", "Address", "connections") if lang == "en" else ("निष्कर्ष", "अपेक्षाएँ", "पता", "कनेक्शन")
        count(f'<html lang="{lang}">' in out and all(w in page.text for w in heads), f"HTML {lang}: {heads}")
        count(lang == "en" or "Findings" not in page.text, "HTML hi: English headings")
    _, out, _ = tls("scan", "--format", "cbom", "127.0.0.1:1", target)
    count(json.loads(out)["components"], "CBOM after a port without TLS")
    _, out, _ = tls("scan", "--format", "cbom", target, target)
    bom = json.loads(out)
    refs = [c["bom-ref"] for c in bom["components"]]
    count(bom["bomFormat"] == "CycloneDX" and bom["specVersion"] == "1.6", "CBOM head")
    assets = [c for c in bom["components"] if c["type"] == "cryptographic-asset"]
    count({c["cryptoProperties"]["assetType"] for c in assets} ==
          {"algorithm", "protocol", "certificate", "related-crypto-material"}, "CBOM parts")
    protocols = {c["name"] for c in assets if c["cryptoProperties"]["assetType"] == "protocol"}
    count(protocols == {v for v, s in report["protocols"].items() if s == "yes"}, f"CBOM: {protocols}")
    count(len(refs) == len(set(refs)), "CBOM: a reference twice")
    used = set(re.findall(r'"((?:1|2)/127[^"]*)"', out))
    count(used == set(refs), f"CBOM: references to nothing: {used ^ set(refs)}")
    _, out, _ = tls("scan", target)
    count("\033" not in out and all(f["code"] in out for f in report["findings"]), "text")


def again(folder, targets):
    """A stored scan gives the same report; another level or policy another judgement of the same facts."""
    evidence = os.path.join(folder, "evidence")
    os.mkdir(evidence)
    first, out, _ = tls("scan", "--format", "json", "--at", NOW, "--evidence", evidence, *targets)
    reports = {r["target"]: r for r in map(json.loads, out.splitlines())}
    files = [os.path.join(evidence, f) for f in sorted(os.listdir(evidence))]
    code, out, err = tls("judge", "--format", "json", "--at", NOW, *files)
    judged = {r["target"]: r for r in map(json.loads, out.splitlines())}
    count(judged == reports and code == first, f"judged again: {code} {first} {err}")
    code, out, _ = tls("judge", "--format", "json", "--at", NOW, "--level", "3", files[0])
    third = json.loads(out)
    old = reports[third["target"]]
    # Which profiles are compared with is the level's matter.
    found = [f for f in third["findings"] if f["code"] != "tls.outside-profile"]
    count(found == old["findings"] and "tls.outside-profile" in {f["code"] for f in third["findings"]} and third["requirements"] != old["requirements"], "level 3")
    policy = os.path.join(folder, "policy.json")
    with open(policy, "w", encoding="ascii") as f:
        json.dump({"schema": "satyapan-tls-policy/1", "version": "x", "requirements": [
            {"id": "NEW-1", "text": "t", "text_hi": "t", "source": "s", "levels": [1], "needs": ["tls"],
             "fail": ["tls.tls12"]}]}, f)
    code, out, _ = tls("judge", "--format", "json", "--policy", policy, files[0])
    new = json.loads(out)
    count(code == 1 and new["policy"] == "x" and new["requirements"] ==
          [{"id": "NEW-1", "result": "fail", "because": "tls.tls12", "text": "t", "text_hi": "t", "source": "s",
            "er": None, "iso27402": None, "levels": [1]}], f"newer policy: {new['requirements']}")
    # A stored file that was cut or changed is no good evidence: never a pass.
    with open(files[0], encoding="ascii") as f:
        lines = f.read().splitlines(keepends=True)
    bad = os.path.join(folder, "bad.scan")
    for name, text in (("cut", lines[:6]), ("empty", []), ("rubbish", ["rubbish\n"]),
                       ("hello", lines[:1] + ["hello zz zz\n"]), ("swapped", [lines[0], *reversed(lines[1:])])):
        with open(bad, "w", encoding="ascii") as f:
            f.writelines(text)
        code, out, err = tls("judge", "--format", "json", bad)
        states = set(json.loads(out)["protocols"].values()) if out else set()
        count(code in (65, 70) or "inconclusive" in states, f"{name}: exit {code} {states} {err}")


def record(folder, targets):
    """Several scans in one file, judged again by every row of the policy; a broken one is refused as a whole."""
    path = os.path.join(folder, "record")
    words = ["--format", "json", "--at", NOW, "--level", "all"]
    tls("scan", *words, "--record", path, targets[0])
    first, out, _ = tls("scan", *words, "--record", path, *targets[1:])
    code, again_out, err = tls("judge", *words, path)
    judged = list(map(json.loads, again_out.splitlines()))
    count({r["target"] for r in judged} == set(targets), f"record: {code} {err}")
    kept = {r["target"]: r for r in map(json.loads, out.splitlines())}
    count(all(r == kept[r["target"]] for r in judged if r["target"] in kept), "a record is judged otherwise")
    rows = judged[0]["requirements"]
    levels = {n for r in rows for n in r["levels"]}
    count(judged[0]["level"] == "all" and levels == {1, 2, 3} and all(r["text_hi"] and r["source"] for r in rows),
          f"all levels: {levels}")
    for level in "123":
        _, one, _ = tls("judge", "--format", "json", "--at", NOW, "--level", level, path)
        mine = {r["id"]: r["result"] for r in json.loads(one.splitlines()[0])["requirements"]}
        count(mine == {r["id"]: r["result"] for r in rows if int(level) in r["levels"]}, f"level {level}")
    for form in ("text", "csv", "html", "cbom"):
        code, out, err = tls("judge", "--format", form, "--level", "all", path)
        count(code == first and all(t.split("/")[0].split(":")[1] in out for t in targets), f"{form}: {code} {err}")
    with open(path, "a", encoding="ascii") as f:
        f.write('{"schema":"satyapan-tls-scan/1","target":"x"}\n')
    code, out, err = tls("judge", "--format", "json", path)
    count(code == 65 and not out and path in err, f"broken record: {code} {out[:80]} {err}")
    for head in ("satyapan-tls-scan/2", "satyapan-tls-scan/10", "satyapan-tls-listened/2"):
        with open(path, "w", encoding="ascii") as f:
            f.write(json.dumps({"schema": head, "target": "x", "facts": {}}, separators=(",", ":")) + "\n")
        code, out, err = tls("judge", "--format", "json", path)
        count(code == 65 and not out and "newer version" in err and path in err, f"{head}: {code} {out[:80]} {err}")


RECORDED = os.path.join(tls_servers.ROOT, "tests/tls/recorded.scan")
TOLD = ("protocols", "ciphers", "cipher_order", "groups", "dh_bits", "dh_prime", "compression", "client_cert",
        "fallback_scsv", "downgrade_sentinel", "encrypt_then_mac", "key_exchange_reuse", "heartbeat", "alpn")


def editions(folder):
    """A record of this plan is worked out again; one of another plan is judged by the facts it holds.

    tests/tls/recorded.scan is a record of "fake with everything on". When this fails after a change of what is
    asked: raise PLAN_EDITION, and write the record anew (scan --record).
    """
    def judge(lines):
        path = os.path.join(folder, "edition.scan")
        with open(path, "w", encoding="ascii") as f:
            f.writelines(lines)
        _, out, err = tls("judge", "--data", os.path.join(folder, "none"), "--format", "json", "--at", AT, path)
        count(out, f"editions: {err}")
        return json.loads(out) if out else None

    with open(RECORDED, encoding="ascii") as f:
        lines = f.readlines()
    now = judge(lines)
    count(now["ended"] is None and "inconclusive" not in now["protocols"].values() and
          now["ciphers"]["TLSv1.2"][1] == "TLS_RSA_WITH_AES_128_CBC_SHA", f"recorded: {now['ended']} {now['protocols']}")
    head, end = json.loads(lines[0]), json.loads(lines[-1])
    other = [json.dumps({**head, "plan": head["plan"] + 1}, separators=(",", ":")) + "\n", *reversed(lines[1:-1]),
             lines[-1]]
    then = judge(other)
    count({k: then[k] for k in TOLD} == {k: now[k] for k in TOLD} and then["findings"] == now["findings"] and
          then["requirements"] == now["requirements"], f"another plan: {[k for k in TOLD if then[k] != now[k]]}")
    with open(RECORDED.replace(".scan", "-3.scan"), encoding="ascii") as f:
        older = judge(f.readlines())  # as the version of then wrote it
    keys = [k for k in TOLD if k not in ("dh_prime",)]
    count({k: older[k] for k in keys} == {k: now[k] for k in keys}, f"a record of plan 3: {[k for k in keys if older[k] != now[k]]}")
    del end["facts"]
    changed = [*other[:-1], json.dumps(end, separators=(",", ":")) + "\n"]
    count("inconclusive" in judge(changed)["protocols"].values(), "another plan without facts")


def datagrams(folder, der):
    """A record of DTLS too: its questions are compared with those of now, cookies aside."""
    suites = ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA"]
    server, path = tls_fake.FakeDatagram(der, {"DTLSv1.2": suites}), os.path.join(folder, "dtls.scan")
    _, out, err = tls("scan", "--data", os.path.join(folder, "none"), "--format", "json", "--at", NOW, "--record", path,
                      f"127.0.0.1:{server.port}/coaps")
    server.stop()
    scanned = json.loads(out)
    count(scanned["ciphers"].get("DTLSv1.2") == suites, f"dtls: {scanned['ciphers']} {err}")
    with open(path, encoding="ascii") as f:
        lines = f.readlines()
    head = json.loads(lines[0])
    for name, plan, middle in (("of this plan", head["plan"], lines[1:-1]),
                               ("of another plan", head["plan"] - 1, lines[2:-1])):
        with open(path, "w", encoding="ascii") as f:
            f.writelines([json.dumps({**head, "plan": plan}, separators=(",", ":")) + "\n", *middle, lines[-1]])
        _, out, err = tls("judge", "--data", os.path.join(folder, "none"), "--format", "json", "--at", NOW, path)
        judged = json.loads(out)
        wrong = [k for k in ("protocols", "ciphers", "cipher_order", "groups") if judged[k] != scanned[k]]
        count(not wrong and judged["ended"] is None, f"dtls {name}: {wrong} {judged['ended']} {err}")


def from_file(folder, targets):
    """Targets of a file, of standard input and of the command line; what is wrong in it is told by its line."""
    path = os.path.join(folder, "targets.txt")

    def scan_file(text, *words, **kw):
        with open(path, "wb") as f:
            f.write(text)
        return subprocess.run([PROGRAM, "tls", "scan", "--data", "/nonexistent/none", "--format", "json", "--targets", *(words or [path])],
                              capture_output=True, text=True, check=False, timeout=60, **kw)
    one, two = targets
    for eol in ("\n", "\r\n"):
        done = scan_file(f"\ufeff# the bench{eol}{eol}  {one}\t# a camera{eol}127.0.0.1:1/tls{eol}{two}".encode())
        count([json.loads(l)["target"] for l in done.stdout.splitlines()] == [one, "127.0.0.1:1/tls", two],
              f"--targets: {done.returncode} {done.stdout[:100]} {done.stderr}")
    done = scan_file(b"", "-", "--", one, input=f"{two}\n")
    count({json.loads(l)["target"] for l in done.stdout.splitlines()} == {one, two}, f"--targets -: {done.stderr}")
    for text, line, word in ((f"{one}\n127.0.0.1:99999\n", 2, "not understood"), (f"\n\n{one} {two}\n", 3, "not understood"),
                             ("127.0.0.1:1/nothing", 1, "no such service"), ("# x\n[::1\n", 2, "not understood"),
                             ("127.0.0.1/tls", 1, "no usual port"), ("127.0.0.1:1/tls\n\x1b[31mred", 2, "character")):
        done = scan_file(text.encode())
        count(done.returncode == 65 and not done.stdout and f"targets.txt, line {line}" in done.stderr and word in done.stderr and
              "\x1b" not in done.stderr, f"--targets {text!r}: {done.returncode} {done.stderr}")
    done = scan_file(b"# nothing\n")
    count(done.returncode == 65 and "no target" in done.stderr, f"--targets, empty: {done.returncode} {done.stderr}")
    done = scan_file(b"127.0.0.1:1/tls\nno.such.name.invalid\n")
    count(done.returncode == 66 and "line 2" in done.stderr, f"--targets, unknown name: {done.returncode} {done.stderr}")
    done = scan_file(b"", "/nonexistent/targets")
    count(done.returncode == 66, f"--targets, no file: {done.returncode}")


def older_policy(folder):
    """A policy that lacks the newer findings says so; what it leaves out on purpose it may name."""
    with open(os.path.join(tls_servers.ROOT, "src/tls/policy.json"), encoding="utf-8") as f:
        builtin = json.load(f)
    path = os.path.join(folder, "older.json")

    def told(policy):
        with open(path, "w", encoding="utf-8") as f:
            json.dump(policy, f)
        code, out, err = tls("judge", "--data", "/nonexistent/none", "--format", "json", "--at", AT, "--policy", path, RECORDED)
        count(code == 1 and out, f"older policy: {code} {err}")
        return err
    count(told(builtin) == "", "the built-in policy lacks something")
    older = json.loads(json.dumps(builtin))
    for r in older["requirements"]:
        for key in ("fail", "review"):
            r[key] = [c for c in r.get(key, []) if c not in ("tls.answers-change", "tls.sweet32")]
    err = told({**older, "version": "2025-01"})
    count("tls.answers-change" in err and "tls.sweet32" in err and
          "2025-01" in err and "tls.rc4" not in err, f"older policy: {err}")
    count(told({**older, "left_out": ["tls.answers-change", "tls.sweet32"]}) == "", "left_out")
    older["left_out"] = ["tls.nope"]
    with open(path, "w", encoding="utf-8") as f:
        json.dump(older, f)
    code, _, err = tls("judge", "--policy", path, RECORDED)
    count(code == 65 and "left_out" in err, f"left_out: {code} {err}")


def usage():
    for words in (("scan",), ("scan", "--level", "7", "x"), ("scan", "--format", "pdf", "x"), ("scan", "127.0.0.1:0"),
                  ("scan", "127.0.0.1:1/nothing"), ("scan", "127.0.0.1:99999"), ("scan", "[::1"), ("device", "x"),
                  ("nothing", "x")):
        code, out, err = tls(*words)
        count(code == 64 and not out and err, f"{words}: exit {code}")
    code, out, _ = tls("scan", "--policy", "/nonexistent", "127.0.0.1:1")
    count(code == 66, f"no policy file: {code}")
    code, out, _ = tls("--help")
    count(code == 0 and "usage:" in out, "--help")


def main():
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder, bed.servers, bed.missing, bed.running, bed.fakes = folder, [], [], [], []
        bed.keys()
        bed.raw()
        try:
            targets = [s.target for s in bed.servers]
            outputs(targets[0], 1)
            outputs(targets[1], 0)
            again(folder, targets[1:4])
            record(folder, targets[1:4])
            editions(folder)
            datagrams(folder, bed.der)
            from_file(folder, targets[1:3])
            older_policy(folder)
        finally:
            bed.stop()
    usage()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
