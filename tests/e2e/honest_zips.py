#!/usr/bin/env python3
"""A folder with signed files, packed by every program for ZIP files there is: accepted from each.

usage: honest_zips.py [NAME...]      environment: B, the build directory (default: build)
What is refused on purpose although an honest program wrote it stands in REFUSED, with its reasons.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DATA = os.path.join(B, "gen", "data")
EVIDENCE = ["--at", "2026-11-21T06:30:00Z", "--offline", "--trust",
            os.path.join(DATA, "cert", "root.cer"), "--crl", os.path.join(DATA, "crl")]
FILES = {"declaration.pdf": "pdf/pades.pdf", "reports/घोषणा.pdf": "pdf/pades.pdf",
         "reports/deep/er/letter.txt": "cms/content.txt",
         "reports/deep/er/letter.txt.p7s": "cms/detached.p7s"}
# Name, program, its words in the folder that is packed; OUT is the ZIP file, - its output.
WRITERS = [
    ("zip", "zip", "zip -qr OUT ."),
    ("zip, stored", "zip", "zip -qr0 OUT ."),
    ("zip, best", "zip", "zip -qr9 OUT ."),
    ("zip without extra fields", "zip", "zip -qrX OUT ."),
    ("zip without folders", "zip", "zip -qrD OUT ."),
    ("zip with zip64", "zip", "zip -qr -fz OUT ."),
    ("zip to a pipe", "zip", "zip -qr - . | cat > OUT"),
    ("zip, grown", "zip", "zip -q OUT declaration.pdf && zip -qr OUT reports"),
    ("7z", "7z", "7z a -bso0 -bsp0 -tzip OUT ."),
    ("7z, stored", "7z", "7z a -bso0 -bsp0 -tzip -mx0 OUT ."),
    ("7z, best", "7z", "7z a -bso0 -bsp0 -tzip -mx9 OUT ."),
    ("7z, names in UTF-8", "7z", "7z a -bso0 -bsp0 -tzip -mcu=on OUT ."),
    ("7z, grown", "7z", "7z a -bso0 -bsp0 -tzip OUT declaration.pdf && "
                        "7z a -bso0 -bsp0 -tzip OUT reports"),
    ("bsdtar", "bsdtar", "bsdtar -c --format zip -f OUT *"),
    ("bsdtar, by the name", "bsdtar", "bsdtar -a -cf OUT *"),
    ("bsdtar, stored", "bsdtar", "bsdtar -c --format zip --options compression=store -f OUT *"),
    ("jar", "jar", "jar cfM OUT ."),
    ("jar, stored", "jar", "jar cf0M OUT ."),
    ("shutil", "python3", "python3 -c 'import shutil; shutil.make_archive(\"OUT\"[:-4], \"zip\")'"),
    ("zipfile", "python3", "python3 -m zipfile -c OUT *"),
    ("zipfile to a pipe", "python3", "python3 -m zipfile -c /dev/stdout * | cat > OUT"),
    ("git", "git", "git init -q && git add . && git -c user.name=a -c user.email=a@example.org "
                   "commit -qm all && git archive --format zip -o OUT HEAD"),
]
# Some readers show "./a" as no file, others as "a"; zeros behind the end are nobody's.
REFUSED = [
    ("bsdtar of .", "bsdtar", "bsdtar -a -cf OUT .", {"container.unsafe-name"}),
    ("bsdtar to a pipe", "bsdtar", "bsdtar -c --format zip -f - * | cat > OUT",
     {"container.hidden-bytes"}),
]
# What may be said of an honest file: names that are UTF-8 and do not say so.
ALLOWED = {"container.name-encoding"}


def pack(folder, number, words):
    source, out = os.path.join(folder, f"in{number}"), os.path.join(folder, f"{number}.zip")
    for name, sample in FILES.items():
        path = os.path.join(source, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(os.path.join(DATA, sample), path)
    os.makedirs(os.path.join(source, "empty"))
    subprocess.run(["sh", "-c", words.replace("OUT", out)], cwd=source, check=True, timeout=120,
                   stdout=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C.UTF-8"))
    return out


def verify(path):
    done = subprocess.run([os.path.join(B, "satyapan"), "verify", *EVIDENCE, "--format", "json",
                           path], capture_output=True, timeout=120, check=False)
    return json.loads(done.stdout)


def wrong_with(report, reasons):
    """What is wrong, or None. reasons: those of the refusal, None when it must be accepted."""
    found = {finding["code"] for finding in report["findings"]}
    if reasons is not None:
        good = report["verdict"] == "REJECTED" and found - ALLOWED == reasons
        return None if good else f"{report['verdict']}, {sorted(found)}, and not {sorted(reasons)}"
    if report["verdict"] != "ACCEPTED" or found - ALLOWED:
        return f"{report['verdict']}, {[f['text'] for f in report['findings']]}"
    names = {m["name"] for m in report["members"] if not m["name"].endswith("/")}
    return None if names == set(FILES) else f"files {sorted(names)}"


def main():
    if not os.path.isdir(DATA):
        print(f"skipped: {DATA} is not there (make fixtures)")
        return 77
    passed = failed = skipped = 0
    rows = [(*row, None) for row in WRITERS] + REFUSED
    with tempfile.TemporaryDirectory(prefix="satyapan-zips-") as folder:
        for number, (name, program, words, reasons) in enumerate(rows):
            if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
                continue
            if not shutil.which(program):
                print(f"skipped: {name}: {program} is not installed")
                skipped += 1
                continue
            try:
                wrong = wrong_with(verify(pack(folder, number, words)), reasons)
            except (OSError, subprocess.SubprocessError, ValueError, KeyError) as why:
                wrong = f"{type(why).__name__}: {why}"
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong:
                print(f"FAIL {name}: {wrong}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
