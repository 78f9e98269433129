#!/usr/bin/env python3
"""The Debian package (make deb): what it says of itself, the same bytes when made again, installed into a root of its
own, used, removed, purged.

usage: deb.py       environment: B, the build directory (default: build)
The maintainer scripts run without entering that root (dpkg's DPKG_ROOT), so nothing of this machine is touched.
"""
import glob
import gzip
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_server import B, ROOT, expect, run_cases  # noqa: E402

CASES = []
DATA = os.path.join(B, "gen", "data")
MOMENT = "1767225600"


def case(function):
    CASES.append(function)
    return function


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, **more)
    expect(done.returncode == more.pop("code", 0), (words[:4], done.returncode, done.stdout[-800:], done.stderr[-800:]))
    return done.stdout


def make(**environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    # Compressing takes most of the time, and is not ours.
    run("make", "-s", "deb", "B=" + os.path.relpath(B, ROOT), "DEB_COMPRESS=-Znone", cwd=ROOT, env=kept | environment)
    found = glob.glob(os.path.join(B, "satyapan_*.deb"))
    expect(len(found) == 1, found)
    return found[0]


def version():
    with open(os.path.join(ROOT, "include", "satyapan", "verify.h"), encoding="utf-8") as f:
        return re.search(r'SATYAPAN_VERSION "(.*)"', f.read()).group(1)


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def files(root):
    return sorted(os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root)
                  for name in names)


def dpkg(root, *words):
    """Installs into root; without being root, in a name space of our own."""
    more = [] if os.geteuid() == 0 else ["unshare", "-r"]
    return run(*more, "dpkg", "--root=" + root, "--force-script-chrootless", "--force-depends", "--log=/dev/null",
               *words, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


def empty_root(work):
    root = os.path.join(work, "root")
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "etc", "var/lib"):
        os.makedirs(os.path.join(root, folder), exist_ok=True)
    for name in ("status", "available"):
        with open(os.path.join(root, "var/lib/dpkg", name), "w", encoding="ascii"):
            pass
    return root


def about(package):
    fields = dict(re.findall(r"^([A-Z][A-Za-z-]+): (.*)$", run("dpkg-deb", "-f", package), re.M))
    expect(fields["Package"] == "satyapan" and fields["Version"] == version(), fields)
    needs = [re.split(r"[ (]", one)[0] for one in fields["Depends"].split(", ")]
    # What the programs link, and what they run and read.
    expect(set(needs) >= {"libc6", "libssl3", "libzip4", "libxml2", "libsqlite3-0", "libmicrohttpd12", "libcurl4",
                          "poppler-utils", "fonts-noto-core"}, needs)
    expect("@" not in re.sub("<.*>", "", run("dpkg-deb", "-f", package)), "a place was not filled")


def well_made(root):
    """Modes, man pages, copyright, sums."""
    for name in files(root):
        path = os.path.join(root, name)
        mode = stat.S_IMODE(os.lstat(path).st_mode)
        program = "/bin/" in name or "/libexec/" in name or name in ("DEBIAN/postinst", "DEBIAN/prerm", "DEBIAN/postrm")
        expect(mode == (0o755 if program else 0o644), (name, oct(mode)))
    for name in glob.glob(os.path.join(root, "usr/share/man/*/*")):
        expect(name.endswith(".gz") and gzip.open(name).read(3) in (b".Dd", b'.\\"'), name)
    expect("Apache-2.0" in open(os.path.join(root, "usr/share/doc/satyapan/copyright"), encoding="utf-8").read(), "doc")
    expect(open(os.path.join(root, "DEBIAN/conffiles"), encoding="utf-8").read() == "/etc/satyapan/serve.json\n", "etc")
    run("md5sum", "--quiet", "-c", "DEBIAN/md5sums", cwd=root)
    listed = {line.split("  ", 1)[1] for line in open(os.path.join(root, "DEBIAN/md5sums"), encoding="utf-8").read()
              .splitlines()}
    expect(listed == {name for name in files(root) if not name.startswith("DEBIAN/")}, "md5sums")
    for script in ("postinst", "prerm", "postrm"):
        run("sh", "-n", os.path.join(root, "DEBIAN", script))


@case
def made_twice(work):
    """The same bytes, whatever the hour, the mask and the language are."""
    package = make(SOURCE_DATE_EPOCH=MOMENT, TZ="Asia/Kolkata", LC_ALL="C.UTF-8")
    first = shutil.copy(package, os.path.join(work, "first.deb"))
    about(first)
    run("dpkg-deb", "-R", first, os.path.join(work, "raw"))
    well_made(os.path.join(work, "raw"))
    before = os.umask(0o077)
    try:
        package = make(SOURCE_DATE_EPOCH=MOMENT, TZ="UTC", LC_ALL="C")
    finally:
        os.umask(before)
    expect(digest(first) == digest(package), "made again, it is another one")
    install(work, first)


def install(work, package):
    root = empty_root(work)
    dpkg(root, "-i", package)
    expect("satyapan" in open(os.path.join(root, "etc/passwd"), encoding="utf-8").read(), "no user")
    data = os.path.join(root, "var/lib/satyapan")
    expect(stat.S_IMODE(os.stat(data).st_mode) == 0o700, "the data are open to others")
    expect(os.path.lexists(os.path.join(root, "etc/systemd/system/multi-user.target.wants/satyapan.service")), "unit")
    program = os.path.join(root, "usr/bin/satyapan")
    expect(version() in run(program, "--version"), "--version")
    # With the trust list and the programs of the package, not those of the sources.
    clean = {"PATH": "/usr/bin:/bin", "HOME": work}
    expect("identical" not in run(program, "trust", "verify", cwd=work, env=clean), "trust verify")
    said = run(program, "verify", "--offline", "--at", "2026-11-21T06:30:00Z", "--trust",
               os.path.join(DATA, "cert/root.cer"), "--crl", os.path.join(DATA, "crl"), "--format", "json",
               os.path.join(DATA, "pdf/pades.pdf"), cwd=work, env=clean)
    expect('"verdict":"ACCEPTED"' in said, said[:300])
    run(program, "audit", "verify", "--help", cwd=work, env=clean)  # a program below libexec
    expect("@PREFIX@" not in open(os.path.join(root, "lib/systemd/system/satyapan.service"), encoding="utf-8").read(),
           "the unit's program")
    units(root)
    kept = os.path.join(data, "office.db")
    with open(kept, "w", encoding="ascii") as f:
        f.write("the body's own")
    dpkg(root, "-r", "satyapan")
    expect(os.path.exists(os.path.join(root, "etc/satyapan/serve.json")), "removed: the configuration stays")
    expect(not os.path.exists(program), "removed, and still there")
    dpkg(root, "--purge", "satyapan")
    left = [name for name in files(root) if not name.startswith("var/lib/dpkg/")]
    own = {"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/.pwd.lock", "etc/passwd-", "etc/group-",
           "etc/shadow-", "etc/gshadow-", "var/lib/satyapan/office.db"}
    expect(set(left) <= own and "var/lib/satyapan/office.db" in left, left)
    expect(open(kept, encoding="ascii").read() == "the body's own", "the data changed")


def units(root):
    """The unit with the package's addition, as systemd reads it."""
    if not shutil.which("systemd-analyze"):
        return
    said = run("systemd-analyze", "cat-config", "--root=" + root, "systemd/system/satyapan.service")
    expect("User=satyapan" in said and "--config /etc/satyapan/serve.json" in said, said[-600:])


def main():
    for tool in ("dpkg", "dpkg-deb", "dpkg-shlibdeps", "systemd-sysusers", "systemd-tmpfiles"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            return 77
    return run_cases(CASES, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
