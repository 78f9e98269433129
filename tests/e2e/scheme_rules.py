#!/usr/bin/env python3
"""satyapan rules: the table of the scheme's rules and its settings, as people and programs read them;
a settings file of the body's own, right and wrong.
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
passed = failed = 0


def count(ok, text):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAIL", text)


def run(*words, data=None):
    return subprocess.run([PROGRAM, "rules", *words, "--data", data or os.path.join(B, "no-such")],
                          capture_output=True, text=True, timeout=60, check=False)


def told(done):
    return [x for x in done.stderr.splitlines() if "warning: libcrypto" not in x]


def table():
    out = json.loads(run("--format", "json").stdout)
    rules = {r["id"]: r for r in out["rules"]}
    count(len(rules) == len(out["rules"]) == 25, f"{len(rules)} rules")
    for name, row in rules.items():
        count(all(row[k] for k in ("title", "title_hi", "needs", "needs_hi", "source", "from",
                                   "applications")), f"{name}: {row}")
    count("W-43/6/2020-IPHW" in rules["R-ROLE-1"]["source"], rules["R-ROLE-1"]["source"])
    count(rules["R-CHG-2"]["applications"] == ["change"], f"{rules['R-CHG-2']}")
    settings = {s["key"]: s for s in out["settings"]}
    count(settings["ext_working_days"]["value"] == "15", f"{settings['ext_working_days']}")
    english, hindi = run().stdout, run("--lang", "hi").stdout
    count("R-EXT-2" in english and "Looks at:" in english, "the table in English")
    count("R-EXT-2" in hindi and "देखता है:" in hindi, "the table in Hindi")
    one = run("R-EXT-2").stdout
    count("R-EXT-2" in one and "R-EXT-1" not in one and "fee_paise" not in one, one)


def settings_file():
    text = run("--format", "settings").stdout
    with open(os.path.join(ROOT, "trust", "scheme.json"), encoding="utf-8") as file:
        count(json.load(file) == json.loads(text), "trust/scheme.json is what the table says")
    with tempfile.TemporaryDirectory() as folder:
        own = os.path.join(folder, "scheme.json")
        changed = json.loads(text)
        changed["fee_paise"]["value"] = 3000000
        with open(own, "w", encoding="utf-8") as file:
            json.dump(changed, file)
        again = json.loads(run("--format", "settings", data=folder).stdout)
        count(again == changed, "the body's own settings")
        changed["fee"] = {"value": 1}
        with open(own, "w", encoding="utf-8") as file:
            json.dump(changed, file)
        done = run(data=folder)
        count(done.returncode == 65 and len(told(done)) == 1 and "fee" in told(done)[0]
              and not done.stdout, f"an unknown setting: {done.returncode} {told(done)}")


def words():
    for bad in (["R-XYZ"], ["--lang", "fr"], ["--format", "xml"], ["R-EXT-1", "R-EXT-2"]):
        done = run(*bad)
        count(done.returncode == 64 and not done.stdout, f"{bad}: {done.returncode}")


for part in (table, settings_file, words):
    part()
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
