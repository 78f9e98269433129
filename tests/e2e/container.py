#!/usr/bin/env python3
"""ZIP files from the command line: made by another program, in parts as in one piece, replayed.

usage: container.py [NAME...]      environment: B, the build directory (default: build)
What the forged ones must give is in tests/cases/zip.case and asic.case.
"""
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(B, "satyapan")
DATA = os.path.join(B, "gen", "data")
EVIDENCE = ["--at", "2026-11-21T06:30:00Z", "--offline", "--trust",
            os.path.join(DATA, "cert", "root.cer"), "--crl", os.path.join(DATA, "crl")]
# A file costs its row in the process that collects them; its report alone is 5 KiB of JSON.
ROW_MAX = 2 * 1024
CASES = []


def case(function):
    CASES.append(function)
    return function


def expect(good, what):
    if not good:
        raise AssertionError(what)


def sample(name):
    with open(os.path.join(DATA, name), "rb") as f:
        return f.read()


def verify(path, *words):
    done = subprocess.run([PROGRAM, "verify", *EVIDENCE, "--format", "json", *words, path],
                          capture_output=True, timeout=120, check=False)
    return done.stdout, done.returncode


def peak_of(command):
    """Most bytes that were resident in the process itself, which lists and collects; its children,
    one after the other, need the same for any number of files."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        piece = process.stdout.read(1)  # all files are verified when the first octet comes
        while piece:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
                lines = [line.split() for line in f if line.startswith("VmHWM:")]
            peak = max([peak] + [int(line[1]) * 1024 for line in lines])
            piece = process.stdout.read(65536)
    expect(process.returncode == 0 and peak, f"exit {process.returncode}, peak {peak}")
    return peak


def write(folder, name, files, method=zipfile.ZIP_DEFLATED):
    path = os.path.join(folder, name)
    with zipfile.ZipFile(path, "w", method) as z:
        for file, data in files:
            z.writestr(file, data)
    return path


class Pipe(io.RawIOBase):
    """What cannot seek makes zipfile write the sizes behind the content."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


@case
def made_by_zipfile(folder):
    pdf, text = sample("pdf/pades.pdf"), sample("cms/content.txt")
    files = [("a.pdf", pdf), ("घोषणा/b.txt", text), ("घोषणा/b.txt.p7s", sample("cms/detached.p7s"))]
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        out, code = verify(write(folder, name + ".zip", files, method))
        report = json.loads(out)
        expect(code == 0 and report["verdict"] == "ACCEPTED", f"{name}: {report['verdict']}")
        states = [m["state"] for m in report["members"]]
        expect(states == ["signed", "covered", "signature"], f"{name}: {states}")
        expect(report["members"][1]["covered_by"] == "घोषणा/b.txt.p7s", "covered by another file")


@case
def streamed_by_zipfile(folder):
    path = os.path.join(folder, "streamed.zip")
    with zipfile.ZipFile(Pipe(path), "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.pdf", sample("pdf/pades.pdf"))
    out, _ = verify(path)
    expect(json.loads(out)["verdict"] == "ACCEPTED", json.loads(out)["findings"])


@case
def other_methods_are_reviewed(folder):
    path = write(folder, "bzip2.zip", [("a.pdf", sample("pdf/pades.pdf"))], zipfile.ZIP_BZIP2)
    report = json.loads(verify(path)[0])
    expect(report["verdict"] == "REVIEW", report["verdict"])
    expect([f["code"] for f in report["findings"]] == ["container.method"], report["findings"])


@case
def parts_equal_the_whole(_):
    for name in ("large", "large-mixed", "list-p7m", "nested"):
        path = os.path.join(DATA, "zip", name + ".zip")
        whole, code = verify(path, "--no-sandbox")
        for jobs in ("1", "2", "5"):
            parts, again = verify(path, "--jobs", jobs)
            expect(parts == whole and again == code, f"{name}: --jobs {jobs} gives another report")


@case
def replayed(folder):
    for name in ("large-mixed", "list-pair"):
        store = os.path.join(folder, name)
        _, code = verify(os.path.join(DATA, "zip", name + ".zip"), "--evidence", store)
        expect(code == (1 if name == "large-mixed" else 0), f"{name}: exit {code}")
        done = subprocess.run([PROGRAM, "replay", store], capture_output=True, text=True,
                              timeout=120, check=False)
        expect(done.returncode == 0 and "identical" in done.stdout, done.stdout + done.stderr)


@case
def every_form_of_output(_):
    path = os.path.join(DATA, "zip", "large-mixed.zip")
    for lang, words in (("en", ("not signed", "letters/17.p7m")), ("hi", ("हस्ताक्षर नहीं",))):
        for form in ("text", "html"):
            done = subprocess.run([PROGRAM, "verify", *EVIDENCE, "--format", form, "--lang", lang,
                                   path], capture_output=True, text=True, timeout=120, check=False)
            expect(done.returncode == 1, f"{form}: exit {done.returncode}")
            missing = [w for w in words if w not in done.stdout]
            expect(not missing, f"{form} {lang}: {missing} not said")
            expect(form == "text" or done.stdout.count("<li>") >= 40, "not a row a file")


@case
def memory_does_not_grow_with_members(folder):
    pdf, peak = sample("pdf/pades.pdf"), {}
    if "Sanitizer" in os.environ.get("VARIANT", "") or B.endswith(("asan", "ubsan")):
        return
    for count in (100, 1000):
        path = write(folder, f"{count}.zip", [(f"{n:03}.pdf", pdf) for n in range(count)])
        peak[count] = peak_of([PROGRAM, "verify", *EVIDENCE, "--format", "json", path])
    grown = (peak[1000] - peak[100]) / 900
    expect(grown < ROW_MAX, f"{grown:.0f} bytes more for each file")


def main():
    if not os.path.isdir(DATA):
        print(f"skipped: {DATA} is not there (make fixtures)")
        return 77
    passed = failed = 0
    for function in CASES:
        if sys.argv[1:] and not any(word in function.__name__ for word in sys.argv[1:]):
            continue
        with tempfile.TemporaryDirectory(prefix="satyapan-container-") as folder:
            try:
                function(folder)
                passed += 1
            except Exception as why:  # pylint: disable=broad-except
                failed += 1
                print(f"FAIL {function.__name__}: {type(why).__name__}: {why}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
