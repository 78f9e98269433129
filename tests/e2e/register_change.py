#!/usr/bin/env python3
"""`satyapan register`: amend, correct, supersede, changes by two officers; killed (-9) while it amends.

usage: register_change.py      environment: B, the build directory (default: build); KILLS (8), SEED
"""
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile

import pades
from issue_world import SATYAPAN, World, request
from pades import check, run

KILLS = int(os.environ.get("KILLS", "8"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
NUMBER = "STQC/IOTSCS/ER/001"


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def row_of(data, firmware, **changes):
    return dict(data["models"][0], firmware=firmware, firmware_sha256=sha(firmware), **changes)


def change_of(n, **more):
    return dict({"decision": f"CB/2026/{n}", "en": f"Change {n}.", "hi": f"बदलाव {n}।"}, **more)


class Changes(World):
    def words(self, *words, **more):
        if words and words[0] in ("amend", "correct", "confirm"):
            made = [SATYAPAN, "register", *words, "--data", self.data]
            if "--prepare" not in words and more.get("key", "officer"):
                made += ["--out", self.out, "--key", f"file:{self.folder}/officer.p12", "--pin-file", self.path("pin")]
            return made
        return super().words(*words, **more)

    def change(self, verb, number, change, *words, **more):
        path = self.write(f"change-{verb}.json", json.dumps(change))
        return self.issue(verb, number, "--changes", path, "--reason", "test", *words, **more)

    def files(self, number):
        return {e: open(self.file(number, e), "rb").read() for e in (".pdf", ".json", ".xml", ".tlog-proof")}

    def status(self, number, *words):
        done = self.register("status", number, *words)
        return done.stdout.split(":")[-1].split()[0] if done.stdout else done.stderr


def whole(w, name):
    done = w.register("audit")
    check(f"{name}: the log is whole", done.returncode == 0, done.stdout + done.stderr)


def in_register(w, name, pdf, proof):
    done = run(SATYAPAN, "register", "check", pdf, "--proof", proof, "--key", w.vkey())
    check(f"{name}: in the register", done.returncode == 0, done.stdout + done.stderr)


def amended(w):
    before = w.files(NUMBER)
    data = json.loads(before[".json"])
    old = w.path("old")
    os.makedirs(old, exist_ok=True)
    for ending, content in before.items():
        with open(os.path.join(old, "c" + ending), "wb") as f:
            f.write(content)
    change = change_of(1, models=[row_of(data, "9.0")])
    done = w.change("amend", NUMBER, change, "--format", "json")
    check("amend: done", done.returncode == 0 and json.loads(done.stdout)["result"] == "amend", done.stderr)
    after = w.files(NUMBER)
    new = json.loads(after[".json"])
    check("amend: all files are new", all(after[e] != before[e] for e in after))
    check("amend: the row is added", [m["firmware"] for m in new["models"]] == [data["models"][0]["firmware"], "9.0"])
    check("amend: number and dates stay", all(new[k] == data[k] for k in ("number", "kind", "issued_on", "valid_from",
                                                                           "valid_to", "registration", "url")))
    check("amend: it says which it is", new["amendment"]["number"] == 1 and new["amendment"]["kind"] == "amendment" and
          new["amendment"]["decision"] == "CB/2026/1", new["amendment"])
    pades.judge(w.folder, "amend", w.file(NUMBER, ".pdf"), "B")
    text = run("pdftotext", "-layout", w.file(NUMBER, ".pdf"), "-").stdout.decode()
    check("amend: printed", "Amendment no. 1" in text and "CB/2026/1" in text and "9.0" in text, text[:1500])
    check("amend: on each page", text.count("Amendment 1 ·") == text.count("\f"), text[-1500:])
    hindi = text.replace(" ", "")
    check("amend: printed in Hindi", "संशोधनसंख्या" in hindi and "बदलाव1।" in hindi, text[:1500])
    in_register(w, "amend", w.file(NUMBER, ".pdf"), w.file(NUMBER, ".tlog-proof"))
    in_register(w, "amend: the PDF before it", os.path.join(old, "c.pdf"), os.path.join(old, "c.tlog-proof"))
    done = run(SATYAPAN, "register", "check", os.path.join(old, "c.pdf"), "--proof", w.file(NUMBER, ".tlog-proof"),
               "--key", w.vkey())
    check("amend: the old PDF is not the new one", done.returncode == 1 and b"other-file" in done.stdout, done.stdout)
    check("amend: the old files are kept", w.ask("SELECT count(*) FROM blob WHERE sha256 = ?", hashlib.sha256(
        before[".pdf"]).hexdigest()) == [(1,)])
    whole(w, "amend")
    # Again: nothing is done twice, by whichever door.
    count = w.ask("SELECT count(*) FROM log_entry")
    done = w.change("amend", NUMBER, change)
    check("amend again: unchanged", done.returncode == 0 and "unchanged" in done.stdout, done.stderr)
    done = w.one(request(1), "--format", "json")
    check("issue again: unchanged", done.returncode == 0 and json.loads(done.stdout)["result"] == "unchanged",
          done.stderr)
    check("again: the files of the amended one", w.files(NUMBER) == after)
    check("again: no event", w.ask("SELECT count(*) FROM log_entry") == count)
    proof = w.register("proof", NUMBER).stdout
    check("amend: register proof is of the PDF", "index 1\n" in proof, proof[:200])


def dated(w):
    """On the days before the amendment the firmware was not covered."""
    model = json.loads(w.files(NUMBER)[".json"])["models"][0]
    first = model["firmware"]
    entries = w.ask("SELECT entry, effective_on FROM log_entry WHERE certificate = ? ORDER BY entry", NUMBER)
    for firmware, covered in ((first, True), ("9.0", True), ("1.0", False)):
        got = w.status(NUMBER, "--model", model["model"], "--firmware", firmware)
        check(f"firmware {firmware} today", (got == "VALID") == covered, got)
    check("the amendment's day is its event's", len(entries) == 2 and entries[0][1] <= entries[1][1], entries)
    got = w.status(NUMBER, "--on", "2020-01-01", "--model", model["model"], "--firmware", "9.0")
    check("before the issue: unknown", got == "UNKNOWN", got)


def refused(w):
    data = json.loads(w.files(NUMBER)[".json"])
    count = w.ask("SELECT count(*) FROM log_entry")
    for name, verb, change, says in (
            ("another model", "amend", change_of(2, models=[row_of(data, "9.1", model="Other")]), "R-VAL-3"),
            ("another hardware", "amend", change_of(2, models=[row_of(data, "9.1", hardware="V9")]), "R-VAL-3"),
            ("another hash of a firmware", "amend", change_of(2, models=[dict(row_of(data, "9.0"), firmware_sha256="0" *
                                                                             64)]), "correct"),
            ("nothing new", "amend", change_of(2, models=[data["models"][0]]), "nothing would change"),
            ("no decision", "amend", {"en": "x", "hi": "x", "models": []}, "R-CHG-2"),
            ("set in an amendment", "amend", change_of(2, set={}), "set: is not known"),
            ("a report of tomorrow", "amend", change_of(2, reports=[{"number": "X", "date": "2999-01-01"}]), "reports"),
            ("no list", "amend", change_of(2, models={}), "must be a list"),
            ("a row that is none", "amend", change_of(2, models=[7]), "models[0]"),
            ("a longer validity", "correct", change_of(2, set={"valid_to": "2999-01-01"}), "set.valid_to"),
            ("another number", "correct", change_of(2, set={"number": "X/1"}), "set.number"),
            ("a model by correction", "correct", change_of(2, set={"models": data["models"] + [row_of(data, "9.2")]}),
             "R-VAL-4"),
            ("a location by correction", "correct", change_of(2, set={"locations": data["locations"] * 2}), "R-CHG-1"),
            ("a wrong address", "correct", change_of(2, set={"holder": {"name": "X"}}), "holder.")):
        done = w.change(verb, NUMBER, change)
        check(f"{name}: refused", done.returncode == 1 and says in done.stderr, (done.returncode, done.stderr))
    done = w.change("amend", "STQC/IOTSCS/ER/999", change_of(2))
    check("no such certificate", done.returncode == 66, (done.returncode, done.stderr))
    done = w.change("amend", "../../etc/passwd", change_of(2))
    check("a path for a number", done.returncode == 66 and not os.path.exists(w.path("etc")), done.stderr)
    check("refused: no event", w.ask("SELECT count(*) FROM log_entry") == count)


def corrected(w):
    data = json.loads(w.files(NUMBER)[".json"])
    holder = dict(data["holder"], address="Plot 18, Electronics City Phase I, Bengaluru 560100, Karnataka")
    done = w.change("correct", NUMBER, change_of(3, set={"holder": holder}), "--format", "json")
    check("correct: done", done.returncode == 0 and json.loads(done.stdout)["result"] == "correct", done.stderr)
    new = json.loads(w.files(NUMBER)[".json"])
    check("correct: put right", new["holder"] == holder and new["models"] == data["models"], new["holder"])
    check("correct: the second version", (new["amendment"]["number"], new["amendment"]["kind"]) == (2, "correction"))
    text = run("pdftotext", "-layout", w.file(NUMBER, ".pdf"), "-").stdout.decode()
    check("correct: printed", "Correction no. 2" in text, text[:1500])
    whole(w, "correct")


def two_officers(w):
    data = json.loads(w.files(NUMBER)[".json"])
    done = w.change("amend", NUMBER, change_of(4, models=[row_of(data, "9.4")]), "--prepare")
    check("prepare: waits", done.returncode == 0 and "change 1" in done.stdout, done.stdout + done.stderr)
    done = w.change("amend", NUMBER, change_of(4, models=[row_of(data, "9.4")]), "--prepare")
    check("prepare twice: refused", done.returncode == 1 and "waiting already" in done.stderr, done.stderr)
    done = w.register("changes")
    check("changes: listed", NUMBER in done.stdout and "amend" in done.stdout, done.stdout)
    done = w.issue("confirm", "1")
    check("confirm by the same: refused", done.returncode == 1 and "another officer" in done.stderr, done.stderr)
    w.set("UPDATE certificate_change SET actor = 'operator:somebody-else'")
    done = w.issue("confirm", "1", key=None)
    check("confirm: an amendment needs the key", done.returncode == 64, done.stderr)
    done = w.issue("confirm", "1", "--format", "json")
    check("confirm: done", done.returncode == 0 and json.loads(done.stdout)["result"] == "amend", done.stderr)
    check("confirm: covered", w.status(NUMBER, "--firmware", "9.4") == "VALID")
    check("confirm: nothing waits", w.register("changes").stdout == "")
    done = w.issue("confirm", "1")
    check("confirm again: refused", done.returncode == 1 and "does not wait" in done.stderr, done.stderr)
    done = w.register("suspend", NUMBER, "--reason", "non-conformity", "--prepare")
    check("prepare a suspension", done.returncode == 0 and w.status(NUMBER) == "VALID", done.stderr)
    w.set("UPDATE certificate_change SET actor = 'operator:somebody-else'")
    done = w.issue("confirm", "2", key=None)
    check("confirm a suspension", done.returncode == 0 and w.status(NUMBER) == "SUSPENDED", done.stderr)
    done = w.register("reinstate", NUMBER, "--reason", "corrected", "--prepare")
    check("changes after it was prepared", w.register("reinstate", NUMBER, "--reason", "corrected").returncode == 0 and
          w.register("suspend", NUMBER, "--reason", "misuse").returncode == 0)
    w.set("UPDATE certificate_change SET actor = 'operator:somebody-else'")
    done = w.issue("confirm", "3", key=None)
    check("confirm after other events: refused", done.returncode == 1 and "another event" in done.stderr and
          w.status(NUMBER) == "SUSPENDED", (done.stdout, done.stderr))
    done = w.register("drop", "3")
    check("drop", done.returncode == 0 and w.status(NUMBER) == "SUSPENDED" and w.register("changes").stdout == "")
    w.write("data/office.json", json.dumps({"public_url": "https://iotscs.example.in", "four_eyes_operator": True}))
    done = w.register("reinstate", NUMBER, "--reason", "corrected")
    check("two officers wanted: refused", done.returncode == 1 and "prepare" in done.stderr, done.stderr)
    done = w.change("amend", NUMBER, change_of(5, models=[row_of(data, "9.5")]))
    check("two officers wanted: amend refused", done.returncode == 1 and "prepare" in done.stderr, done.stderr)
    w.write("data/office.json", json.dumps({"public_url": "https://iotscs.example.in"}))
    trail = [a for a, in w.ask("SELECT action FROM audit WHERE action LIKE 'register.%' ORDER BY seq")]
    check("the trail has all", trail == ["register.amend", "register.correct", "register.prepare", "register.amend",
                                         "register.prepare", "register.suspend", "register.prepare",
                                         "register.reinstate", "register.suspend", "register.drop"],
          trail)
    for name, other in (("Bharat Drishti Electronic Private Limited", False), ("Another Firm", True)):
        whole_name = change_of(3, set={"holder": dict(data["holder"], name=name)})
        done = w.change("correct", NUMBER, whole_name, "--prepare")
        check(f"correct to {name}: before and after", f'"{data["holder"]["name"]}" -> "{name}"' in done.stderr and
              ("ANOTHER NAME" in done.stderr) == other, done.stderr)
        drop = w.register("drop", w.register("changes").stdout.split()[0])
        check("correct: dropped", drop.returncode == 0, drop.stderr)
    proof = w.register("proof", NUMBER).stdout
    with open(w.path("p"), "w", encoding="utf-8") as f:
        f.write(proof)
    in_register(w, "suspended: the PDF's proof", w.file(NUMBER, ".pdf"), w.path("p"))


def superseded(w):
    second, third = "STQC/IOTSCS/ER/002", "STQC/IOTSCS/ER/003"
    check("two more", all(w.one(request(n)).returncode == 0 for n in (2, 3)))
    for pdf, proof in ((second, third), (third, second), (NUMBER, third)):
        done = run(SATYAPAN, "register", "check", w.file(pdf, ".pdf"), "--proof", w.file(proof, ".tlog-proof"), "--key",
                   w.vkey())
        check(f"the proof of {proof} beside the PDF of {pdf}", done.returncode == 1 and b"other-file" in done.stdout,
              done.stdout)
    rows = json.loads(w.register("list", "--format", "json").stdout)
    check("list as JSON", [r["number"] for r in rows] == [NUMBER, second, third], rows)
    done = w.register("supersede", second, "--reason", "major-change")
    check("supersede needs --by", done.returncode == 64, done.stderr)
    done = w.register("supersede", second, "--reason", "major-change", "--by", second)
    check("supersede by itself", done.returncode == 1, done.stderr)
    done = w.register("supersede", second, "--reason", "major-change", "--by", "STQC/X/1")
    check("supersede by none", done.returncode == 66, done.stderr)
    done = w.register("supersede", second, "--reason", "major-change", "--by", third)
    check("supersede: done", done.returncode == 0 and w.status(second) == "SUPERSEDED", done.stderr)
    done = w.change("amend", second, change_of(6, conditions=[{"en": "x", "hi": "x"}]))
    check("a superseded one cannot be amended", done.returncode == 1 and "superseded" in done.stderr, done.stderr)
    for on in ("2999-01-01", "2020-01-01"):
        done = w.register("withdraw", third, "--reason", "misuse", "--on", on)
        check(f"an event on {on}: refused", done.returncode == 1 and on in done.stderr, done.stderr)
    whole(w, "supersede")


def killed(w, rng):
    """Killed at any moment: the amendment is done wholly or not at all, and run again it is done once."""
    number = "STQC/IOTSCS/ER/003"
    for n in range(KILLS):
        data = json.loads(w.files(number)[".json"])
        change = change_of(100 + n, models=[row_of(data, f"kill-{n}")])
        path = w.write("change-kill.json", json.dumps(change))
        words = w.words("amend", number, "--changes", path, "--reason", "test")
        for delay in (rng.uniform(0, 0.6), rng.uniform(0.1, 0.4)):
            p = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
            try:
                p.wait(delay)
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, signal.SIGKILL)
                p.wait()
            row = w.ask("SELECT pdf, xml, entry FROM certificate WHERE number = ?", number)[0]
            last = w.ask("SELECT octets FROM log_entry WHERE entry = ?", row[2])[0][0]
            entry = json.loads(last)
            check(f"kill {n}: row and event agree", (entry["pdf_sha256"], entry["xml_sha256"]) == row[:2], entry)
            for name in row[:2]:
                with open(os.path.join(w.data, "blobs", name[:2], name), "rb") as f:
                    check(f"kill {n}: the file is there", hashlib.sha256(f.read()).hexdigest() == name)
        done = w.issue("amend", number, "--changes", path, "--reason", "test")
        check(f"kill {n}: done", done.returncode == 0, done.stderr)
        data = json.loads(w.files(number)[".json"])
        check(f"kill {n}: once", [m["firmware"] for m in data["models"]].count(f"kill-{n}") == 1 and
              data["amendment"]["number"] == n + 1, data["amendment"])
        in_register(w, f"kill {n}", w.file(number, ".pdf"), w.file(number, ".tlog-proof"))
    whole(w, "kills")


def main():
    with tempfile.TemporaryDirectory() as folder:
        w = Changes(folder)
        check("issued", w.one(request(1)).returncode == 0)
        for part in (amended, dated, refused, corrected, two_officers, superseded):
            part(w)
        print(f"register_change: SEED={SEED}")
        killed(w, random.Random(SEED))
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
