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


BATCH = 40  # files a process: these tools take longer to start than to read a file


def stamp_of(kind, settings, path):
    """The file that says that nothing was found in this one, as it is now."""
    h = settings.copy()
    for source in [path] + (sorted(included(path)) if kind == "tidy" else []):
        h.update(read(source).encode())
    return os.path.join(CACHE, kind, path.replace("/", "_") + "." + h.hexdigest()[:24])


def each(tally, kind, settings, paths, work):
    """A check for every file. work(paths) gives the lines it found, each with the path of its file in
    front (a header's too); a batch is remembered when nothing was found in it."""
    stamps = {path: stamp_of(kind, settings, path) for path in paths}
    wanted = [path for path in paths if not os.path.exists(stamps[path])]
    batches = [wanted[i:i + BATCH] for i in range(0, len(wanted), BATCH)]
    found = {path: [] for path in paths}
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for batch, said in zip(batches, pool.map(work, batches)):
            for line in dict.fromkeys(said):  # a header's, once for those that include it
                path = line.split(":", 1)[0]
                found.setdefault(os.path.relpath(path, ROOT) if path[0] == "/" else path, []).append(line)
            for path in batch if not said else []:
                os.makedirs(os.path.dirname(stamps[path]), exist_ok=True)
                with open(stamps[path], "w", encoding="utf-8"):
                    pass
    for said in found.values():
        tally.check(said)


def lines(text, keep):
    return [line for line in text.split("\n") if re.search(keep, line)]


def run_format():
    tally = Tally("format")
    if have(tally, "clang-format"):
        def work(paths):
            code, text = output(["clang-format", "--dry-run", "-Werror", *paths])
            return (lines(text, r"error:") or [f"{path}: {text.strip()}" for path in paths]) if code else []
        each(tally, "format", settings_hash(".clang-format"), files("*.c", "*.h"), work)
    return tally.end()


def run_tidy():
    tally = Tally("clang-tidy")
    if have(tally, "clang-tidy"):
        def work(paths):
            code, text = output(["clang-tidy", "--quiet", *paths, "--", "-std=c11", *INCLUDES])
            found = lines(text, r"(?:warning|error):")
            return found or ([f"{path}: clang-tidy ended with {code}" for path in paths] if code else [])
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
