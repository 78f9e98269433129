#!/usr/bin/env python3
"""The commands of the certification body: made from the operations' rows, tried against records.

usage: office_cli.py [NAME...]       environment: B, the build directory (default: build)
"""
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_server import PROGRAM, OfficeServer, expect, run_cases  # noqa: E402

CASES = []
GROUPS = ("application", "document", "file", "decision", "verification", "payment", "note",
          "statistics", "firm", "lab", "officer")


def case(function):
    CASES.append(function)
    return function


def run(*words, data=None, code=0):
    command = [PROGRAM, *map(str, words)] + (["--data", data] if data else [])
    r = subprocess.run(command, capture_output=True, timeout=60, check=False)
    r.out, r.err = r.stdout.decode("utf-8", "replace"), r.stderr.decode("utf-8", "replace")
    expect(r.returncode == code, f"{' '.join(command[1:])}: {r.returncode}: {r.out[:500]} {r.err}")
    return r


def made(*words, data, code=0):
    return json.loads(run(*words, "--format", "json", data=data, code=code).out)


@case
def an_application(work):
    data = os.path.join(work, "data")
    firm = made("firm", "new", "--name", "Blue Camera Works", data=data)
    a = made("application", "new", "--vendor", firm["id"], "--product", "दरवाज़ा camera", "--series",
             "IOTSCS", "--level", 2, "--kind", "fresh", "--critical", data=data)
    expect(a["critical"] == 1 and a["product"] == "दरवाज़ा camera", a)
    run("application", "set", a["id"], "--product=Door camera", "--version", a["version"], data=data)
    run("application", "set", a["id"], "--product=Other", "--version", a["version"], data=data, code=1)
    run("application", "add-model", a["id"], "--name", "DC-1", data=data)
    shown = made("application", "show", a["id"], data=data)
    expect(shown["product"] == "Door camera" and len(shown["models"]) == 1, shown)
    rows = made("application", "list", data=data)["items"]
    expect([r["id"] for r in rows] == [a["id"]], rows)
    table = run("application", "list", data=data).out.splitlines()
    expect(len(table) == 2 and table[0].split()[0] == "id" and "Door camera" in table[1], table)
    columns = [m.start() for m in re.finditer(r"\S+", table[0])]
    expect("\x1b" not in "".join(table) and columns, table)
    rules = made("application", "check", a["id"], data=data, code=2)["rules"]
    expect({"PENDING"} <= {r["result"] for r in rules} <= {"PENDING", "PASS", "NA"}, rules)
    audit = run("audit", "verify", data=data)
    expect(audit.returncode == 0, audit)
    db = sqlite3.connect(os.path.join(data, "office.db"))
    actors = {r[0] for r in db.execute("SELECT actor FROM audit")}
    db.close()
    expect(all(x.startswith("operator:") for x in actors), actors)


@case
def a_document(work):
    data, content = os.path.join(work, "data"), os.urandom(300000)
    firm = made("firm", "new", "--name", "Blue Camera Works", data=data)
    a = made("application", "new", "--vendor", firm["id"], "--product", "Camera", "--series",
             "IOTSCS", "--level", 2, "--kind", "fresh", data=data)
    path = os.path.join(work, "a file.bin")
    with open(path, "wb") as f:
        f.write(content)
    v = made("document", "add", "--application", a["id"], path, "--kind", "other", data=data, code=1)
    expect(v["verdict"] == "REJECTED", v)  # it is no document at all
    expect(v["sha256"] == hashlib.sha256(content).hexdigest() and v["name"] == "a file.bin", v)
    rules = {r["rule"]: r["result"] for r in
             made("application", "check", a["id"], data=data, code=1)["rules"]}
    expect(rules["R-SIG-1"] == "FAIL", rules)
    out = os.path.join(work, "out")
    run("document", "content", v["id"], "--out", out, data=data)
    with open(out, "rb") as f:
        expect(f.read() == content, "other bytes")
    run("document", "content", v["id"], "--out", out, data=data, code=74)  # it is there
    expect(run("document", "content", v["id"], data=data).stdout == content, "on standard output")
    run("document", "add", "--application", a["id"], path + "x", "--kind", "other", data=data, code=66)
    run("document", "add", "--application", a["id"], "--kind", "other", data=data, code=64)
    run("document", "add", "--application", 99, path, "--kind", "other", data=data, code=66)
    with open(os.path.join(data, "office.json"), "w", encoding="utf-8") as f:
        json.dump({"upload_bytes": 100000}, f)
    run("document", "add", "--application", a["id"], path, "--kind", "other", data=data, code=1)
    with open(os.path.join(data, "office.json"), "w", encoding="utf-8") as f:
        f.write("{")
    run("document", "list", a["id"], data=data, code=65)


@case
def mistakes(work):
    data = os.path.join(work, "data")
    expect("--data" in run("application", "list", data=data, code=66).err, "no advice")
    run("firm", "new", "--name", "Blue", data=data)
    for words, code in ((("application", "show", 7), 66), (("application", "show"), 66),
                        (("application", "show", 1, 2), 64), (("application", "nothing"), 64),
                        (("firm", "new"), 64), (("firm", "new", "--name"), 64),
                        (("firm", "new", "--name", "a", "--name", "b"), 64),
                        (("firm", "new", "--other", "b"), 64), (("firm", "new", "--name", ""), 64),
                        (("firm", "list", "--limit", "0"), 64), (("firm", "list", "--limit", "201"), 64),
                        (("firm", "list", "--format", "yaml"), 64), (("application",), 64),
                        (("firm", "list", "--", "x"), 64), (("firm", "new", "--name", b"\xff"), 64)):
        r = subprocess.run([PROGRAM, *[w if isinstance(w, bytes) else str(w) for w in words],
                            "--data", data], capture_output=True, timeout=60, check=False)
        expect(r.returncode == code, f"{words}: {r.returncode}, {r.stderr}")
        expect(r.stderr.startswith(b"satyapan: ") and b"\n" in r.stderr, r)
    expect(json.loads(run("firm", "list", "--format", "json", data=data).out)["items"][1:] == [],
           "a mistake made a firm")


@case
def help_of_all(work):
    """Every verb has its help, and completion knows every verb."""
    completion = run("completion", "bash").out
    with tempfile.TemporaryDirectory(dir=work) as empty:
        server = OfficeServer(empty)
        api = server.call("GET", "/api/v1/openapi.json").json
        server.stop()
    for group in GROUPS:
        text = run(group, "--help").out
        ids = [o["operationId"] for p in api["paths"].values() for o in p.values()
               if o["operationId"].split(".")[0] in (group, "person" if group == "officer" else group)]
        expect(ids, group)
        for i in ids:
            verb = i.split(".")[1]
            if i == "application.events":
                continue
            expect(f"  {verb} " in text, f"{group} --help does not name {verb}")
            one = run(group, verb, "--help").out
            expect(one.startswith("usage: satyapan ") and verb in one.splitlines()[0], one)
            typed = "new" if verb == "create" else verb
            expect(re.search(rf"\b{re.escape(typed)}\b", completion), f"completion without {typed}")


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
