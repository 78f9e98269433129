#!/usr/bin/env python3
"""Runs tests/cases/*.case through the program and compares verdicts, indications and exact reasons.

usage: cases.py [--show] [NAME...]      environment: B, the build directory (default: build)
Writes the reason codes it saw to $B/reasons/cases.txt. The format is in tests/cases/README.md.
"""
import concurrent.futures
import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DATA = os.path.join(B, "gen", "data")
EVIDENCE = {"anchor": "--trust", "special": "--special", "distrusted": "--distrusted",
            "cert": "--untrusted", "crl": "--crl", "ocsp": "--ocsp"}
SINGLE = {"at", "received", "grace", "profile", "kind", "applicant"}
# Lines of a case that are no options as they stand: switches of a policy, roots that issue no longer, a password.
EXTRA = {"policy", "historic", "password"}
EXIT = {"ACCEPTED": 0, "REJECTED": 1, "REVIEW": 2}
TIMEOUT = 30


class Case:
    def __init__(self, name, file, defaults):
        self.name, self.file = name, file
        self.values = {key: list(rows) for key, rows in defaults.items()}
        self.own = set()
        self.about = self.document = self.content = self.verdict = None
        self.reasons, self.signatures, self.expects = [], [], []
        self.members = []

    def set(self, key, value):
        if key.startswith("+"):
            self.values.setdefault(key[1:], []).append(value)
            return
        if key not in self.own:
            self.values[key] = []
            self.own.add(key)
        if value != "none":
            self.values[key].append(value)


def fail(file, number, text):
    sys.exit(f"{file}:{number}: {text}")


def parse_file(file):
    cases, defaults, current = [], {}, None
    for number, line in enumerate(open(file, encoding="utf-8"), 1):
        line = line.split(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        key, _, value = line.partition(" ")
        value = value.strip()
        if key == "defaults":
            defaults, current = {}, None
        elif key == "case":
            current = Case(value, file, defaults)
            cases.append(current)
        elif current is None:
            if key not in EVIDENCE and key not in SINGLE | EXTRA:
                fail(file, number, f"not a default: {key}")
            defaults.setdefault(key, []).append(value)
        elif key in ("about", "document", "content", "verdict"):
            setattr(current, key, value)
        elif key == "reasons:":
            current.reasons = value.split()
        elif key == "sig":
            head, _, codes = value.partition(":")
            current.signatures.append((*head.split(), codes.split()))
        elif key == "member":
            head, _, codes = value.partition(": ")
            name, state, verdict = head.rstrip(":").rsplit(" ", 2)
            current.members.append((name, state, verdict, sorted(codes.split())))
        elif key == "expect":
            path, _, want = value.partition(" = ")
            current.expects.append((path, want))
        elif key.lstrip("+") in EVIDENCE or key in SINGLE | EXTRA:
            current.set(key, value)
        else:
            fail(file, number, f"unknown key: {key}")
    return cases


def file_hash(match):
    with open(os.path.join(DATA, match.group(1)), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def policy_file(case, folder):
    """The switches of the case as a policy file; "@sha256:FILE" stands for the file's hash."""
    base = case.values.pop("profile", ["india-dsc"])[0]
    policy = {"base": base}
    for row in case.values["policy"]:
        key, _, value = row.partition("=")
        policy[key.strip()] = json.loads(re.sub("@sha256:([a-z0-9/.-]+)", file_hash, value))
    path = os.path.join(folder, "policy.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(policy, out)
    return ["--profile", path]


def trust_folder(case, folder):
    """A trust list whose roots are historic."""
    rows = []
    for i, path in enumerate(case.values["historic"]):
        with open(os.path.join(DATA, path), "rb") as file:
            der = file.read()
        with open(os.path.join(folder, f"{i}.cer"), "wb") as out:
            out.write(der)
        rows.append({"name": path, "file": f"{i}.cer", "sha256": hashlib.sha256(der).hexdigest(),
                     "role": "anchor", "purpose": "signing", "status": "historic", "source": "test",
                     "confirmed_by": None, "confirmed_on": None})
    with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as out:
        json.dump({"schema": "satyapan-trust/1", "certificates": rows}, out)
    return ["--trust-dir", folder]


def command(case, folder):
    words = [os.path.join(B, "satyapan"), "verify", "--offline", "--format", "json"]
    if case.values.get("policy"):
        words += policy_file(case, folder)
    if case.values.get("historic"):
        words += trust_folder(case, folder)
    if case.values.get("password"):
        path = os.path.join(folder, "password")
        with open(path, "w", encoding="utf-8") as out:
            out.write(case.values["password"][0] + "\n")
        words += ["--password-file", path]
    for key, rows in case.values.items():
        for row in rows if key not in EXTRA else []:
            if key in EVIDENCE:
                words += [EVIDENCE[key], os.path.join(DATA, row)]
            else:
                words += ["--" + key, row]
    if case.content:
        words += ["--content", os.path.join(DATA, case.content)]
    return words + [os.path.join(DATA, case.document)]


def run(case):
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command(case, folder), capture_output=True, timeout=TIMEOUT,
                                  check=False)
    except subprocess.TimeoutExpired:
        return None, f"no answer within {TIMEOUT} s"
    try:
        return json.loads(done.stdout.splitlines()[0]), done.returncode
    except (IndexError, ValueError):
        return None, f"no report, exit {done.returncode}: {done.stderr[-300:].decode()}"


def codes(findings):
    return sorted({finding["code"] for finding in findings})


def differ(what, want, got):
    missing, more = sorted(set(want) - set(got)), sorted(set(got) - set(want))
    text = f"{what}:"
    if missing:
        text += " missing " + " ".join(missing)
    if more:
        text += " unexpected " + " ".join(more)
    return text


def member_codes(member):
    found = list(member["findings"])
    inner = member.get("report")
    if inner:
        found += inner["findings"]
        for sig in inner["signatures"]:
            found += sig["findings"]
    return codes(found)


def member_rows(report, before=""):
    """The files of a container as rows of a case; "outer!inner" names a file inside a file."""
    for member in report.get("members", []):
        name = before + (member["name"] or "(empty)")
        if member["state"] != "part" or member["findings"]:
            yield name, member["state"], member["verdict"], member_codes(member)
        yield from member_rows(member.get("report") or {}, name + "!")


def value_at(report, path):
    for part in path.split("."):
        report = report[int(part)] if isinstance(report, list) else report[part]
    return report


def judge(case, report, status):
    wrong = []
    if report["verdict"] != case.verdict:
        wrong.append(f"verdict {report['verdict']}, not {case.verdict}")
    if status != EXIT.get(report["verdict"]):
        wrong.append(f"exit {status} for {report['verdict']}")
    if codes(report["findings"]) != sorted(case.reasons):
        wrong.append(differ("document", case.reasons, codes(report["findings"])))
    got = report["signatures"]
    if len(got) != len(case.signatures):
        wrong.append(f"{len(got)} signatures, not {len(case.signatures)}")
    for i, (want, sig) in enumerate(zip(case.signatures, got)):
        indication = (sig["indication"], sig["subindication"] or "-")
        if indication != tuple(want[:2]):
            wrong.append(f"sig[{i}] {' '.join(indication)}, not {' '.join(want[:2])}")
        if codes(sig["findings"]) != sorted(want[2]):
            wrong.append(differ(f"sig[{i}]", want[2], codes(sig["findings"])))
    rows = list(member_rows(report))
    if [row[0] for row in rows] != [row[0] for row in case.members]:
        wrong.append(f"files {[row[0] for row in rows]}")
    for want, row in zip(case.members, rows):
        if want[1:3] != row[1:3]:
            wrong.append(f"{row[0]}: {row[1]} {row[2]}, not {want[1]} {want[2]}")
        if want[3] != row[3]:
            wrong.append(differ(row[0], want[3], row[3]))
    for path, want in case.expects:
        try:
            seen = value_at(report, path)
        except (KeyError, IndexError, TypeError):
            seen = "(not there)"
        if want not in (seen, json.dumps(seen)):
            wrong.append(f"{path} = {json.dumps(seen)}, not {want}")
    return wrong


def show(case, report):
    lines = [f"case {case.name}", f"  about {case.about}", f"  document {case.document}",
             f"  verdict {report['verdict']}"]
    if report["findings"]:
        lines.append("  reasons: " + " ".join(codes(report["findings"])))
    for sig in report["signatures"]:
        lines.append(f"  sig {sig['indication']} {sig['subindication'] or '-'}: " +
                     " ".join(codes(sig["findings"])))
    for name, state, verdict, found in member_rows(report):
        lines.append(f"  member {name} {state} {verdict}: {' '.join(found)}".rstrip(" :"))
    return "\n".join(lines)


def seen_codes(report):
    found = set(codes(report["findings"]))
    for sig in report["signatures"]:
        found.update(codes(sig["findings"]))
    for row in member_rows(report):
        found.update(row[3])
    return found


def load(names):
    cases = []
    for file in sorted(glob.glob(os.path.join(ROOT, "tests", "cases", "*.case"))):
        cases += parse_file(file)
    twice = {case.name for case in cases if sum(c.name == case.name for c in cases) > 1}
    if twice:
        sys.exit("case names used twice: " + " ".join(sorted(twice)))
    return [case for case in cases if not names or case.name in names]


def main():
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    cases = load(names)
    seen, failed = set(), 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, (report, status) in zip(cases, pool.map(run, cases)):
            if "--show" in sys.argv and report:
                print(show(case, report))
                continue
            wrong = judge(case, report, status) if report else [status]
            if report:
                seen |= seen_codes(report)
            if wrong:
                failed += 1
                print(f"FAIL {os.path.basename(case.file)}: {case.name}: {case.about}")
                for text in wrong:
                    print(f"     {text}")
    os.makedirs(os.path.join(B, "reasons"), exist_ok=True)
    if not names:
        with open(os.path.join(B, "reasons", "cases.txt"), "w", encoding="utf-8") as out:
            out.write("".join(code + "\n" for code in sorted(seen)))
    print(f"{len(cases) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
