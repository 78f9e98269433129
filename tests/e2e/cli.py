#!/usr/bin/env python3
"""The command line as a user meets it: help, wrong words, exit status, output, files, the trust list.

What it does not do: judge verdicts in depth (tests/cases) or the server (serve.py); of the server it
asks only that a demonstration says it is one.
"""
import errno
import html.parser
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DATA = os.path.join(B, "gen", "data")
PROGRAM = os.path.join(B, "satyapan")
AT = ["--offline", "--at", "2026-11-21T06:30:00Z"]
TRUST = ["--trust", DATA + "/cert/root.cer", "--crl", DATA + "/crl"]
GOOD = DATA + "/pdf/pades.pdf"
BAD = DATA + "/pdf/altered-content.pdf"
UNSURE = DATA + "/pdf/signer-esign.pdf"
COMMANDS = ["verify", "replay", "cert", "trust", "reasons", "rules", "calendar", "revocation", "serve",
            "completion"]
PINNED = "trust/intermediates/SafeScrypt_CA_2022.pem"
PINNED_NAME = "SafeScrypt CA 2022"


class Wrong(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Wrong(text)


def run(*words, stdin=None, env=None, timeout=60):
    return subprocess.run([PROGRAM, *words], input=stdin, capture_output=True, timeout=timeout,
                          check=False, env={**os.environ, **(env or {})})


def status(want, *words, **more):
    done = run(*words, **more)
    expect(done.returncode == want, f"{' '.join(words)}: exit {done.returncode}, not {want}: "
                                    f"{done.stderr[-200:].decode()}")
    return done


def verify(want, *words, **more):
    return status(want, "verify", *AT, *TRUST, *words, **more)


def reports(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


class Skip(Exception):
    """The machine lacks what a test needs."""


def told(stderr):
    """Its lines, but for the warning of an old libcrypto where security updates are not installed."""
    return [line for line in stderr.splitlines() if "warning: libcrypto" not in line]


def one_sentence(done, *words):
    lines = told(done.stderr.decode())
    expect(len(lines) == 1 and lines[0].startswith("satyapan: "), f"not one sentence: {lines}")
    for word in words:
        expect(word in lines[0], f"{word} is not in: {lines[0]}")
    expect(not done.stdout, "an error must leave standard output empty")


def on_terminal(*words, env=None, only_stderr=False):
    """Runs with standard error, and unless only_stderr standard output, on a terminal."""
    try:
        master, slave = pty.openpty()
    except OSError as error:
        raise Skip(f"no terminal can be made here ({error})") from error
    out = subprocess.DEVNULL if only_stderr else slave
    environ = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    child = subprocess.Popen([PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=slave,
                             env={**environ, "TERM": "xterm", **(env or {})})
    os.close(slave)
    seen = b""
    while select.select([master], [], [], 120)[0]:
        try:
            data = os.read(master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # EIO: the last writer has closed the terminal
                raise
            break
        if not data:
            break
        seen += data
    child.wait(timeout=10)
    os.close(master)
    return child.returncode, seen.decode(errors="replace")


# ---- help and wrong words ------------------------------------------------------------------------

def help_of_every_command(_):
    script = status(0, "completion", "bash").stdout.decode()
    lines = dict(re.findall(r"^ +(\w+)\) words='([^']*)' ;;$", script, re.M))
    for command in COMMANDS:
        done = status(0, command, "--help")
        text = (done.stdout or done.stderr).decode()
        expect("usage: satyapan " + command in text, f"{command} --help has no usage line")
        expect(command in lines, f"completion does not know {command}")
        if command != "verify":  # replay tells which option of verify it needs
            text = re.sub(r"satyapan\s+verify\s+--\w+", "", text)
        for option in sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))):
            expect(option in lines[command].split() or option == "--help",
                   f"{command} --help names {option}, completion does not")
        for option in lines[command].split():
            if option.startswith("--") and option != "--help":
                expect(option in text, f"completion offers {option}, {command} --help does not")
    text = status(0, "--help").stdout.decode()
    for command in COMMANDS:
        expect(re.search(rf"^  {command} ", text, re.M), f"--help does not name {command}")
    expect(status(0, "--version").stdout.startswith(b"satyapan "), "--version")


def completion_scripts_parse(_):
    for shell in ("bash", "zsh"):
        script = status(0, "completion", shell).stdout
        if shutil.which(shell):
            done = subprocess.run([shell, "-n"], input=script, capture_output=True, check=False)
            expect(done.returncode == 0, f"{shell}: {done.stderr.decode()}")
    script = status(0, "completion", "bash").stdout.decode()
    asked = script + "\nCOMP_WORDS=(satyapan verify --fo); COMP_CWORD=2; _satyapan; echo ${COMPREPLY[0]}"
    done = subprocess.run(["bash", "-c", asked], capture_output=True, check=False)
    expect(done.stdout.strip() == b"--format", f"bash completes --fo to {done.stdout}")


def wrong_words(_):
    one_sentence(status(64, "veryfy"), '"veryfy"')
    one_sentence(status(64, "verify", "--no-such-option", GOOD), "--no-such-option")
    one_sentence(status(64, "verify"), "--help")
    one_sentence(status(64, "verify", "--at"), "--at")
    for option, value in (("--format", "pdf"), ("--lang", "fr"), ("--kind", "letter"), ("--jobs", "0"),
                          ("--jobs", "two"), ("--at", "yesterday"), ("--grace", "-1"),
                          ("--profile", "none")):
        one_sentence(status(64, "verify", option, value, GOOD), value)
    one_sentence(status(64, "verify", "--profile", "generic", GOOD), "--trust")
    one_sentence(status(64, "replay"), "--help")
    one_sentence(status(66, "verify", *AT, *TRUST, DATA + "/not-there.pdf"), "not-there.pdf")
    expect(run().returncode == 64, "without a command")
    for group in ("cert", "trust", "revocation", "calendar", "register", "tls", "application", "foreign",
                  "completion", "officer", "document"):
        for words in ([group], [group, "frobnicate"]):
            done = status(64, *words)
            lines = told(done.stderr.decode())
            expect(len(lines) == 1 and lines[0].endswith(f"; see satyapan {group} --help"), f"{words}: {lines}")
    for words in ("verify", "replay", "cert", "cert check", "cert show", "cert lint", "trust", "trust list",
                  "revocation status", "revocation refresh", "policy", "reasons", "rules", "completion",
                  "calendar", "calendar due", "calendar list", "serve", "backup", "audit verify",
                  "application list", "application show", "document add", "officer list", "foreign due",
                  "issuer list", "issue", "register", "register list", "register check", "register amend",
                  "register confirm", "register renew-timestamps", "tls", "tls scan", "tls listen",
                  "tls device list", "tls judge"):
        for option in ("--no-such-option", "--format=poem", "--format"):
            done = run(*words.split(), option)
            expect(done.returncode in (64, 66), f"{words} {option}: exit {done.returncode}")
            lines = told(done.stderr.decode())
            expect(len(lines) == 1 and lines[0].startswith("satyapan") and "_" not in lines[0],
                   f"{words} {option}: not one sentence: {lines}")


def received_after_at(_):
    one_sentence(verify(64, "--received", "2026-11-22T00:00:00Z", GOOD), "--received")
    verify(0, "--received", "2026-11-10", DATA + "/pdf/pades.pdf")


# ---- verify --------------------------------------------------------------------------------------

def worst_status(_):
    verify(0, GOOD, GOOD)
    verify(1, GOOD, BAD, UNSURE)
    verify(1, UNSURE, BAD, GOOD)
    verify(2, GOOD, UNSURE)
    done = verify(66, GOOD, BAD, DATA + "/not-there.pdf")
    expect(done.stdout.count(b"pades.pdf") >= 1, "the files that are there are verified all the same")


def standard_input(_):
    with open(GOOD, "rb") as file:
        data = file.read()
    report = reports(verify(0, "--format", "json", "-", stdin=data))[0]
    expect(report["document"]["name"] == "standard input", report["document"]["name"])
    expect(report["document"]["size"] == len(data), "the size of standard input")
    verify(1, "-", stdin=b"")


def folder_in_order(work):
    folder = os.path.join(work, "folder")
    os.makedirs(folder + "/sub")
    names = []
    for i, source in enumerate([GOOD, BAD, UNSURE] * 8):
        names.append(f"{folder}/{'sub/' if i % 2 else ''}{i:02}.pdf")
        shutil.copy(source, names[-1])
    done = verify(1, "--format", "json", "--jobs", "4", *names)
    expect([r["document"]["name"] for r in reports(done)] == names, "not in the order given")
    expect([r["verdict"] for r in reports(done)] == ["ACCEPTED", "REJECTED", "REVIEW"] * 8, "verdicts")
    done = verify(1, "--format", "json", "--jobs", "4", folder)
    seen = [r["document"]["name"] for r in reports(done)]
    expect(sorted(seen) == sorted(names), f"a folder: {len(seen)} of {len(names)} files")
    expect(seen == [r["document"]["name"] for r in reports(verify(1, "--format", "json", "--jobs", "1",
                                                                  folder))], "order depends on --jobs")
    os.makedirs(work + "/nothing")
    one_sentence(verify(66, work + "/nothing"), "no files")


def detached_content(_):
    verify(0, "--content", DATA + "/cms/content.txt", DATA + "/cms/detached.p7s")
    verify(2, DATA + "/cms/detached.p7s")
    verify(1, "--content", DATA + "/cms/content-other.txt", DATA + "/cms/detached.p7s")


def pairs_in_a_folder(work):
    """A signature beside its document is one document; who is left over is said."""
    folder, more = os.path.join(work, "pairs"), os.path.join(work, "pairs2")
    files = {"a.txt": "cms/content.txt", "a.txt.p7s": "cms/detached.p7s", "b.txt": "cms/content.txt",
             "b.p7s": "cms/detached.p7s", "c.txt": "cms/content-other.txt", "c.txt.sig": "cms/detached.p7s",
             "lost.p7s": "cms/detached.p7s", "sub/own.pdf": "pdf/pades.pdf",
             "sub/own.pdf.p7s": "cms/detached.p7s", "sub/whole.p7m": "cms/good.p7m",
             "two.doc": "cms/content.txt", "two.txt": "cms/content.txt", "two.p7s": "cms/detached.p7s"}
    for name, source in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        shutil.copy(os.path.join(DATA, source), os.path.join(folder, name))
    os.makedirs(more)
    for name in ("a.txt", "a.txt.p7s"):
        shutil.copy(os.path.join(folder, name), more)
    done = verify(1, "--format", "json", folder, GOOD, more, GOOD)
    seen = {r["document"]["name"].removeprefix(folder + "/"): r["verdict"] for r in reports(done)}
    expect(seen == {"a.txt + a.txt.p7s": "ACCEPTED", "b.txt + b.p7s": "ACCEPTED",
                    "c.txt + c.txt.sig": "REJECTED", "lost.p7s": "REVIEW", "sub/own.pdf": "ACCEPTED",
                    "sub/own.pdf + own.pdf.p7s": "REJECTED", "sub/whole.p7m": "ACCEPTED",
                    "two.doc": "REJECTED", "two.txt": "REJECTED", "two.p7s": "REVIEW",
                    GOOD: "ACCEPTED", f"{more}/a.txt + a.txt.p7s": "ACCEPTED"}, seen)
    said = "\n".join(told(done.stderr.decode()))
    expect("lost.p7s: the document it signs is not beside it" in said, said)
    expect("two.p7s: several files beside it have its name" in said, said)
    expect(len(told(done.stderr.decode())) == 2, said)
    # With --content, or named one by one, nothing is guessed.
    done = verify(1, "--format", "json", "--content", DATA + "/cms/content.txt", more)
    expect([r["document"]["name"] for r in reports(done)] == [more + "/a.txt", more + "/a.txt.p7s"], "guessed")
    done = verify(1, "--format", "json", more + "/a.txt", more + "/a.txt.p7s")
    expect([r["verdict"] for r in reports(done)] == ["REJECTED", "REVIEW"], "guessed by names given")


def hindi(_):
    done = verify(1, "--lang", "hi", BAD)
    expect(len(re.findall("[\u0900-\u097f]", done.stdout.decode())) > 200, "hardly any Devanagari")
    english = verify(1, BAD).stdout.decode()
    expect("दस्तावेज़" not in english, "Hindi in the English report")


class Page(html.parser.HTMLParser):
    VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr"}

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes, self.style = [], set(), [], ""

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes += [(tag, *attr) for attr in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        expect(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}")
        self.open.pop()

    def handle_data(self, data):
        self.style += data if self.open[-1:] == ["style"] else ""


def html_report(_):
    for lang in ("en", "hi"):
        text = verify(1, "--format", "html", "--lang", lang, BAD).stdout.decode()
        page = Page()
        page.feed(text)
        expect(text.lower().startswith("<!doctype html>"), "no doctype")
        expect(not page.open, f"left open: {page.open}")
        expect({"html", "head", "title", "body"} <= page.seen, f"elements: {page.seen}")
        expect(len(page.style) > 200, "the style is not inside")
        expect(("html", "lang", lang) in page.attributes, "the language is not said")
        outside = [a for a in page.attributes if a[1] in ("src", "href") and not a[2].startswith("#")]
        expect(not outside and "script" not in page.seen, f"needs other files: {outside}")
    done = status(64, "verify", *AT, *TRUST, "--format", "html", GOOD, GOOD)
    one_sentence(done, "one file")


def colours(_):
    words = ["verify", *AT, *TRUST, GOOD]
    expect(b"\033" not in verify(0, GOOD).stdout, "colours although not a terminal")
    code, seen = on_terminal(*words)
    expect(code == 0 and "\033[" in seen, "no colours on a terminal")
    code, seen = on_terminal(*words, env={"NO_COLOR": "1"})
    expect(code == 0 and "\033" not in seen, "NO_COLOR is ignored")
    _, seen = on_terminal("verify", *AT, *TRUST, "--format", "json", GOOD)
    expect("\033" not in seen, "colours in JSON")


def progress(_):
    """More than a second of work: on a terminal a bar, on a pipe nothing."""
    count = 250
    while count <= 16000:
        words = ["verify", *AT, *TRUST, "--format", "json", "--jobs", "2", *[GOOD] * count]
        start = time.monotonic()
        code, seen = on_terminal(*words, only_stderr=True)
        expect(code == 0, f"exit {code}")
        if time.monotonic() - start > 3:
            break
        count *= 2
    bars = re.findall(r"\[#* *\] (\d+)/(\d+) ", seen)
    expect(bars and all(total == str(count) for _, total in bars), f"no progress bar: {seen[:80]!r}")
    expect(seen.endswith("\033[K"), "the bar is left on the terminal")
    done = run(*words)
    expect(done.returncode == 0 and not told(done.stderr.decode()), f"on a pipe: {done.stderr[:80]}")
    _, seen = on_terminal("verify", *AT, *TRUST, "--format", "json", GOOD, only_stderr=True)
    expect(not told(seen), f"for one file: {seen!r}")


# ---- policy files --------------------------------------------------------------------------------

def policy_file(work):
    path = os.path.join(work, "policy.json")

    def write(policy):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(policy, file)

    write({"base": "india-dsc", "name": "office", "levels": {"policy.esign": "WARN"}})
    verify(2, UNSURE)
    report = reports(verify(0, "--profile", path, "--format", "json", UNSURE))[0]
    levels = {f["code"]: f["level"] for f in report["signatures"][0]["findings"]}
    expect(levels.get("policy.esign") == "WARN", f"level: {levels}")
    for wrong, word in (({"base": "india-dsc", "no_such_key": 1}, "no_such_key"),
                        ({"base": "india-dsc", "levels": {"no.such": "WARN"}}, "no.such"),
                        ({"base": "india-dsc", "levels": {"policy.esign": "MAYBE"}}, "policy.esign"),
                        ({"base": "india-dsc", "levels": {"engine.crash": "INFO"}}, "engine."),
                        ({"name": "without a base"}, "base")):
        write(wrong)
        one_sentence(verify(65, "--profile", path, UNSURE), word)
    with open(path, "w", encoding="utf-8") as file:
        file.write("{")
    one_sentence(verify(65, "--profile", path, UNSURE), "policy.json")


# ---- evidence and replay -------------------------------------------------------------------------

def evidence(work):
    folder = os.path.join(work, "evidence")
    verify(1, "--evidence", folder, GOOD, BAD, DATA + "/pdf/pades-lta.pdf")
    verify(0, "--evidence", folder, "--content", DATA + "/cms/content.txt", DATA + "/cms/detached.p7s")
    done = status(0, "replay", folder)
    expect(done.stdout.count(b"identical") == 4 and b"DIFFERENT" not in done.stdout, done.stdout)
    expect(os.stat(folder).st_mode & 0o77 == 0, "others can read the evidence")
    blobs = os.path.join(folder, "blobs")
    name = max(os.listdir(blobs), key=lambda n: os.path.getsize(os.path.join(blobs, n)))
    with open(os.path.join(blobs, name), "r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 1]))
    done = status(65, "replay", folder)
    expect(name.encode() in done.stderr, "the changed blob is not named")
    one_sentence(status(66, "replay", work + "/nothing-there"), "nothing-there")


# ---- trust ---------------------------------------------------------------------------------------

def copied_trust(work, name, without=None):
    folder = os.path.join(work, name)
    shutil.copytree(os.path.join(ROOT, "trust"), folder)
    if without:
        path = os.path.join(folder, "manifest.json")
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        rows = manifest["certificates"]
        manifest["certificates"] = [row for row in rows if row["name"] != without]
        expect(len(manifest["certificates"]) == len(rows) - 1, f"{without} is not in the list")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(manifest, file)
    return folder


def trust_list(_):
    rows = [json.loads(x) for x in status(0, "trust", "list", "--format", "json").stdout.splitlines()]
    with open(ROOT + "/trust/manifest.json", encoding="utf-8") as file:
        pinned = {row["sha256"] for row in json.load(file)["certificates"]}
    expect({row["sha256"] for row in rows} == pinned, "not the certificates of the manifest")
    text = status(0, "trust", "list").stdout.decode()
    expect(len(text.splitlines()) == len(rows) + 1, "lines of the table")
    done = status(0, "trust", "verify")
    expect(f"{len(rows)} certificates as pinned" in done.stdout.decode(), done.stdout)
    done = run("trust", "status")
    expect(done.returncode in (0, 2) and b"pinned ones missing" in done.stdout, "trust status")
    expect(run("trust", "frobnicate").returncode == 64, "trust frobnicate")


def trust_tampered(work):
    folder = copied_trust(work, "tampered")
    path = folder + "/roots/CCA_India_2014.pem"
    with open(path, encoding="ascii") as file:
        text = file.read()
    with open(ROOT + "/trust/roots/CCA_India_2011.pem", encoding="ascii") as file:
        other = file.read()
    expect(text != other, "the two roots are one")
    with open(path, "w", encoding="ascii") as file:
        file.write(other)
    one_sentence(status(65, "verify", *AT, "--trust-dir", folder, GOOD), "CCA_India_2014")
    done = status(1, "trust", "verify", "--trust-dir", folder)
    expect(b"CCA_India_2014" in done.stdout + done.stderr, "the file is not named")


def forms_of(work, path):
    """One certificate as DER, PEM with CRLF, bare base64 and p7c."""
    with open(path, encoding="ascii") as file:
        pem = file.read()
    lines = [line for line in pem.splitlines() if line and not line.startswith("-----")]
    paths = {form: f"{work}/form.{form}" for form in ("cer", "pem", "b64", "p7c")}
    with open(paths["pem"], "w", encoding="ascii", newline="") as file:
        file.write(pem.replace("\n", "\r\n"))
    with open(paths["b64"], "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    for words in (["x509", "-in", path, "-outform", "DER", "-out", paths["cer"]],
                  ["crl2pkcs7", "-nocrl", "-certfile", path, "-outform", "DER", "-out", paths["p7c"]]):
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return paths


def names_in(folder):
    done = status(0, "trust", "list", "--trust-dir", folder, "--format", "json")
    return [json.loads(line)["name"] for line in done.stdout.splitlines()]


def import_pinned(work):
    for form, path in forms_of(work, os.path.join(ROOT, PINNED)).items():
        folder = copied_trust(work, "import-" + form, without=PINNED_NAME)
        expect(PINNED_NAME not in names_in(folder), "it is there before the import")
        status(0, "trust", "import", "--trust-dir", folder, path)
        expect(names_in(folder).count(PINNED_NAME) == 1, f"{form}: not in the list")
        status(0, "trust", "verify", "--trust-dir", folder)
        done = status(0, "trust", "import", "--trust-dir", folder, path)
        expect(b"already" in done.stdout, "a second import")
        expect(names_in(folder).count(PINNED_NAME) == 1, f"{form}: twice in the list")


def import_others(work):
    folder = copied_trust(work, "import-root")
    root, ca = DATA + "/cert/root.cer", DATA + "/cert/ca.cer"
    before = names_in(folder)
    one_sentence(status(1, "trust", "import", "--trust-dir", folder, root), "--confirmed-by")
    one_sentence(status(1, "trust", "import", "--trust-dir", folder, "--allow-unpinned", root),
                 "--confirmed-by")
    one_sentence(status(1, "trust", "import", "--trust-dir", folder, ca), "--allow-unpinned")
    one_sentence(status(1, "trust", "import", "--trust-dir", folder, "--allow-unpinned", ca),
                 "does not chain")
    who = ["--confirmed-by", "A. Officer"]
    one_sentence(status(1, "trust", "import", "--trust-dir", folder, *who, root), "--confirmed-on")
    one_sentence(status(64, "trust", "import", "--trust-dir", folder, *who, "--confirmed-on", "today",
                        root), "date")
    expect(names_in(folder) == before, "a refused import changed the list")
    status(2, "verify", *AT, "--trust-dir", folder, "--crl", DATA + "/crl", GOOD)
    status(0, "trust", "import", "--trust-dir", folder, *who, "--confirmed-on", "2026-11-21", root)
    status(0, "verify", *AT, "--trust-dir", folder, "--crl", DATA + "/crl", GOOD)
    status(0, "trust", "import", "--trust-dir", folder, "--allow-unpinned", ca)
    rows = [json.loads(line) for line in
            status(0, "trust", "list", "--trust-dir", folder, "--format", "json").stdout.splitlines()]
    local = [row for row in rows if row["local"]]
    expect([row["confirmed_by"] for row in local] == ["A. Officer", None], f"who confirmed: {local}")
    one_sentence(status(65, "trust", "import", "--trust-dir", folder, DATA + "/odd/text.txt"), "text.txt")


# ---- cert, reasons, the demonstration ------------------------------------------------------------

def cert_commands(_):
    signer = DATA + "/cert/signer.cer"
    path = ["--trust", DATA + "/cert/root.cer", "--untrusted", DATA + "/cert/subca.cer", "--untrusted",
            DATA + "/cert/ca.cer", "--at", "2026-11-21"]
    status(0, "cert", "check", *path, signer)
    foreign = DATA + "/cert/signer-foreign.cer"
    status(2, "cert", "check", *path, foreign)
    status(1, "cert", "check", *path, "--untrusted", DATA + "/cert/root-foreign.cer", foreign)
    status(1, "cert", "check", *path, "--crl", DATA + "/crl", DATA + "/cert/signer-revoked.cer")
    shown = status(0, "cert", "show", signer).stdout.decode()
    expect("ASHA VERMA" in shown and "2.16.356.100.2.3" in shown, "cert show")
    json.loads(status(0, "cert", "show", "--format", "json", signer).stdout)
    expect(run("cert", "lint", signer).returncode in (0, 1, 2), "cert lint")
    json.loads(run("cert", "lint", "--format", "json", signer).stdout)
    expect(run("cert", "show", DATA + "/odd/text.txt").returncode in (1, 65), "cert show of a text")
    expect(run("cert", "frobnicate").returncode == 64, "cert frobnicate")


def reasons(_):
    rows = [json.loads(x) for x in status(0, "reasons", "--format", "json").stdout.splitlines()]
    expect(len({row["code"] for row in rows}) == len(rows) > 100, f"{len(rows)} reasons")
    for row in rows:
        expect(re.search("[\u0900-\u097f]", row["text_hi"]), f"{row['code']} has no Hindi text")
        expect(row["level"] == "INFO" or row["hint"], f"{row['code']} does not say what to do")
    done = status(0, "reasons", "format.empty").stdout.decode()
    expect("format.empty" in done and "format.unknown" not in done, "one reason")
    expect(run("reasons", "no.such").returncode not in (0, 1, 2), "an unknown reason")


def demonstration(work):
    """A server that trusts an invented PKI says so in every answer."""
    subprocess.run([os.path.join(B, "gen", "demo"), work], check=True, capture_output=True,
                   env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})  # it never frees
    server = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--offline", "--data",
                               work + "/data",
                               "--demo", work + "/demo"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    try:
        line = server.stdout.readline().decode()
        address = re.search(r"http://[\d.:]+/", line)
        expect(address, f"the server does not say where it is: {line}")
        with open(work + "/demo/samples/declaration-accepted.pdf", "rb") as file:
            request = urllib.request.Request(address[0] + "api/v1/verify", file.read(),
                                             {"Content-Type": "application/pdf"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            report = json.load(answer)
        codes = {finding["code"] for finding in report["findings"]}
        expect(report["verdict"] == "ACCEPTED" and "engine.demo-trust" in codes, f"{codes}")
        print("# reason engine.demo-trust")
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()


TESTS = [help_of_every_command, completion_scripts_parse, wrong_words, received_after_at, worst_status,
         standard_input, folder_in_order, detached_content, pairs_in_a_folder, hindi, html_report, colours,
         progress,
         policy_file, evidence, trust_list, trust_tampered, import_pinned, import_others,
         cert_commands, reasons, demonstration]


def main():
    names, failed, skipped, count = sys.argv[1:], 0, 0, 0
    for test in TESTS:
        if names and test.__name__ not in names:
            continue
        count += 1
        with tempfile.TemporaryDirectory() as work:
            try:
                test(work)
            except Skip as reason:
                skipped += 1
                print(f"skipped: {test.__name__}: {reason}")
            except (Wrong, OSError, ValueError, LookupError, subprocess.SubprocessError) as error:
                failed += 1
                print(f"FAIL {test.__name__}: {type(error).__name__}: {error}")
    print(f"{count - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
