"""tools - clang-format, cppcheck, clang-tidy, mandoc, and both compilers with -Werror.

Everything that takes time is remembered under $B/lint: a file is looked at again only when it, a
header, or the settings changed.
"""
import concurrent.futures
import hashlib
import os
import re
import shutil
import subprocess

from common import ROOT, Tally, files, read

CACHE = os.path.join(ROOT, "build", "lint")  # the same for all variants
JOBS = os.cpu_count() or 1
INCLUDES = ["-Iinclude", "-Isrc", "-Itests", "-isystem/usr/include/libxml2", "-D_GNU_SOURCE"]
# What draws certificates and reads mails has its headers in folders that differ with the machine.
if shutil.which("pkg-config"):
    INCLUDES += [flag.replace("-I", "-isystem", 1) for flag in subprocess.run(
        ["pkg-config", "--cflags-only-I", "pangocairo", "pangoft2", "cairo-pdf"],
        capture_output=True, text=True).stdout.split()]
    INCLUDES += [flag.replace("-I", "-isystem", 1) for flag in subprocess.run(
        ["pkg-config", "--cflags-only-I", "gmime-3.0", "opendkim"],
        capture_output=True, text=True).stdout.split()]


def output(command):
    p = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    return p.returncode, p.stdout + p.stderr


def have(tally, tool):
    if shutil.which(tool):
        return True
    tally.skip(f"{tool} is not installed")
    return False


INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def settings_hash(*paths):
    h = hashlib.sha256()
    for path in paths:
        h.update(path.encode())
        h.update(read(path).encode())
    return h


def included(path, seen=None):
    """Every file of ours that this one includes, and they in turn."""
    seen = set() if seen is None else seen
    for name in INCLUDE.findall(read(path)):
        for base in ("include", "src", "tests", os.path.dirname(path)):
            found = os.path.normpath(os.path.join(base, name))
            if found not in seen and os.path.isfile(os.path.join(ROOT, found)):
                seen.add(found)
                included(found, seen)
    return seen


def cached(kind, settings, path, work):
    """The findings for one file, from the cache when nothing changed; only clean runs are kept."""
    h = settings.copy()
    for source in [path] + (sorted(included(path)) if kind == "tidy" else []):
        h.update(read(source).encode())
    stamp = os.path.join(CACHE, kind, path.replace("/", "_") + "." + h.hexdigest()[:24])
    if os.path.exists(stamp):
        return []
    found = work(path)
    if not found:
        os.makedirs(os.path.dirname(stamp), exist_ok=True)
        with open(stamp, "w", encoding="utf-8"):
            pass
    return found


def each(tally, kind, settings, paths, work):
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for found in pool.map(lambda p: cached(kind, settings, p, work), paths):
            tally.check(found)


def lines(text, keep):
    return [line for line in text.split("\n") if re.search(keep, line)]


def run_format():
    tally = Tally("format")
    if have(tally, "clang-format"):
        def work(path):
            code, text = output(["clang-format", "--dry-run", "-Werror", path])
            return (lines(text, r"error:") or [f"{path}: {text.strip()}"]) if code else []
        each(tally, "format", settings_hash(".clang-format"), files("*.c", "*.h"), work)
    return tally.end()


def run_tidy():
    tally = Tally("clang-tidy")
    if have(tally, "clang-tidy"):
        def work(path):
            code, text = output(["clang-tidy", "--quiet", path, "--", "-std=c11", *INCLUDES])
            found = lines(text, r"(?:warning|error):")
            return found or ([f"{path}: clang-tidy ended with {code}"] if code else [])
        each(tally, "tidy", settings_hash(".clang-tidy"), files("src/*.c"), work)
    return tally.end()


def run_cppcheck():
    tally = Tally("cppcheck")
    if have(tally, "cppcheck"):
        folder = os.path.join(CACHE, "cppcheck")
        os.makedirs(folder, exist_ok=True)
        code, text = output(
            ["cppcheck", "--quiet", "--std=c11", "--language=c", "--platform=unix64",
             "--enable=warning,performance,portability", "--inline-suppr", "--error-exitcode=1",
             "--suppressions-list=tests/lint/cppcheck.txt", f"--cppcheck-build-dir={folder}",
             f"-j{JOBS}", "-D__x86_64__", "--template={file}:{line}: {id}: {message}", *INCLUDES, "src"])
        found = [l for l in text.split("\n") if re.match(r"\S+:\d+: ", l)]
        tally.check(found or ([text.strip()] if code else []))
    return tally.end()


def run_man():
    tally = Tally("man")
    pages = files("src/man/*.1", "src/man/*.5", "src/man/*.8")
    if pages and have(tally, "mandoc"):
        for path in pages:
            code, text = output(["mandoc", "-T", "lint", "-W", "warning", path])
            tally.check(text.strip().split("\n") if code else [])
    return tally.end()


def run_compilers():
    """The whole tree with both compilers, every warning an error; objects are kept. With CI set the build
    that comes before is that of gcc with every warning an error."""
    tally = Tally("compilers")
    for compiler in ("clang",) if os.environ.get("CI") else ("gcc", "clang"):
        # Some of gcc's warnings need its optimizer; clang's do not.
        how = ["OPT=-O1"] if compiler == "gcc" else ["OPT=-O0 -g0", "HARDEN=-fPIE"]
        if have(tally, compiler):
            code, text = output(["make", "-s", "-k", f"-j{JOBS}", f"B=build/lint/{compiler}",
                                 f"CC={compiler}", "CI=1", *how, "objects"])
            tally.check(lines(text, r"(?:error|warning):") or [text[-500:]] if code else [])
    return tally.end()
