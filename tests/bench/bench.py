#!/usr/bin/env python3
"""This program beside others, in one run: prints a table and writes $B/bench.json.

usage: bench.py [PART...]     parts: folder small large zip crl store chain records http tls
                      certificate issue stamped keys register weblink
environment: B, the build directory (default: build); SHARED, the folder with data/ (default:
../shared). Times are medians of runs that take turns (ours, peer, ours, peer, ...), after one run of
each that does not count. ratio = ours / peer: 0.1 is ten times faster, or a tenth of the memory.
"""
import glob
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
SHARED = os.environ.get("SHARED") or os.path.join(ROOT, "..", "shared")
PROGRAM = os.path.join(B, "satyapan")
MEASURE = os.path.join(B, "bench", "measure")
DATA = os.path.join(B, "gen", "data")
AT = "2026-11-21T06:30:00Z"
GOALS = {}
ROWS, SKIPPED = [], []


def run(command, good=None):
    """Seconds and peak resident KiB (of the process or its largest child)."""
    p = subprocess.run([MEASURE, *command], stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, cwd=ROOT, check=False)
    took, size, code = p.stdout.split() if p.returncode == 0 else (0, 0, 70)
    if good is not None and int(code) not in good or p.returncode:
        sys.exit(f"bench: exit {code}: {' '.join(command)}")
    return float(took), int(size)


def side_by_side(ours, peer, rounds, ours_good, peer_good=None):
    """Medians of the seconds, and the largest resident sizes."""
    times, sizes = ([], []), ([], [])
    for n in range(rounds + 1):
        for i, (command, good) in enumerate(((ours, ours_good), (peer, peer_good))):
            took, size = run(command, good)
            if n:
                times[i].append(took)
                sizes[i].append(size)
    return [statistics.median(t) for t in times], [max(s) for s in sizes]


def row(name, ours, peer, unit, peer_command, goal=None):
    ROWS.append({"name": name, "ours": round(ours, 6), "peer": round(peer, 6),
                 "ratio": round(ours / peer, 4) if peer else None, "unit": unit,
                 "peer_command": peer_command})
    GOALS[name] = goal


def skip(part, why):
    SKIPPED.append(part)
    print(f"skipped: {part}: {why}")


def have(part, *tools):
    missing = [t for t in tools if not shutil.which(t)]
    if missing:
        skip(part, f"{' '.join(missing)} not installed")
    return not missing


def verify(*words):
    return [PROGRAM, "verify", "--offline", "--format", "json", "--at", AT, *words]


def part_folder():
    folders = [os.path.join(SHARED, "data", d) for d in ("signed/pdf", "pdf-attacks")]
    files = sorted(f for d in folders for f in glob.glob(os.path.join(d, "*.pdf")))
    if not files:
        skip("folder", f"no shared PDFs below {os.path.relpath(SHARED, ROOT)} (SHARED)")
        return
    if not have("folder", "pdfsig"):
        return
    loop = 'for f in "$@"; do pdfsig "$f"; done'
    evidence = []
    for option, name in (("--trust", "signed/pki/root.pem"), ("--trust", "pdf-attacks/pki/root.crt"),
                         ("--crl", "signed/pki"), ("--crl", "pdf-attacks/pki")):
        path = os.path.join(SHARED, "data", name)
        lists = [path] if option == "--trust" else sorted(glob.glob(os.path.join(path, "*.crl")))
        for one in lists:
            evidence += [option, one]
    pdfsig = ["sh", "-c", loop, "sh", *files]
    # Both as they are called, and neither knows the roots of these files ...
    (ours, peer), _ = side_by_side(verify(*folders), pdfsig, 5, (0, 1, 2))
    row(f"folder of {len(files)} PDFs", ours, peer, "s", "for f in *.pdf; do pdfsig $f; done",
        "<= 0.1")
    # ... and ours with anchors and CRLs, so that every path and revocation is judged to its end.
    (ours, peer), _ = side_by_side(verify("--profile", "generic", *evidence, *folders), pdfsig, 5,
                                   (0, 1, 2))
    row("the same, anchors and CRLs given to us", ours, peer, "s",
        "for f in *.pdf; do pdfsig $f; done")


def part_small():
    small = os.path.join(DATA, "pdf", "pades.pdf")
    if not os.path.exists(small):
        skip("small", "no generated PDF (make fixtures)")
        return
    if not have("small", "pdfsig"):
        return
    trust = ["--profile", "generic", "--trust", os.path.join(DATA, "cert", "root.cer"), "--crl",
             os.path.join(DATA, "crl")]
    (ours, peer), sizes = side_by_side(verify(*trust, small), ["pdfsig", small], 25, (0,))
    row("one small PDF, sandboxed process", ours * 1000, peer * 1000, "ms", "pdfsig FILE", "< 1")
    row("one small PDF, peak memory", sizes[0] / 1024, sizes[1] / 1024, "MiB", "pdfsig FILE")
    (on, off), _ = side_by_side(verify(*trust, small), verify("--no-sandbox", *trust, small), 25,
                                (0,), (0,))
    row("sandbox on against off", on * 1000, off * 1000, "ms", "satyapan verify --no-sandbox FILE")


def part_xml():
    files = sorted(glob.glob(os.path.join(DATA, "xml", "*.xml")))
    if not files:
        skip("xml", "no generated XML documents (make fixtures)")
        return
    if not have("xml", "xmlsec1"):
        return
    # xmlsec1 looks at no path (--insecure); we judge path and revocation to the end.
    loop = 'for f in "$@"; do xmlsec1 --verify --insecure --enabled-key-data x509 "$f"; done'
    ours = verify("--trust", os.path.join(DATA, "cert", "root.cer"), "--crl",
                  os.path.join(DATA, "crl"), *files)
    (ours, peer), _ = side_by_side(ours, ["sh", "-c", loop, "sh", *files], 5, (0, 1, 2))
    row(f"{len(files)} signed XML documents", ours, peer, "s",
        "for f in *.xml; do xmlsec1 --verify $f; done", "<= 0.2")


def part_large():
    large = os.path.join(B, "bench", "100mb.pdf")
    if not os.path.exists(large):
        skip("large", "not made (make build/bench/100mb.pdf)")
        return
    if not have("large", "openssl"):
        return
    # Its keys are as old as the file, so it is judged as of now.
    command = [PROGRAM, "verify", "--offline", "--format", "json", "--profile", "generic",
               "--trust", os.path.join(B, "bench", "trust", "root.cer"), "--crl",
               os.path.join(B, "bench", "crl"), large]
    size = os.path.getsize(large)
    (ours, peer), sizes = side_by_side(command, ["openssl", "dgst", "-sha256", large], 7, (0,))
    row("signed PDF of 100 MB", ours, peer, "s", "openssl dgst -sha256 FILE", "<= 1.5")
    beyond = max(0.0, sizes[0] / 1024 - size / 1048576)
    row("the same, memory beyond the file", beyond, 64.0, "MiB", "(the limit, 64 MiB)", "<= 1")


def part_program(part, name):
    program = os.path.join(B, "bench", name)
    if not os.path.exists(program):
        skip(part, f"{name} is not built")
        return
    p = subprocess.run([program], capture_output=True, text=True, cwd=ROOT, check=False)
    found = [json.loads(line) for line in p.stdout.splitlines() if line.startswith("{")]
    if p.returncode or not found:
        sys.exit(f"bench: {name} ended with {p.returncode}: {p.stderr.strip()}")
    for r in found:
        row(r["name"], r["ours"], r["peer"], r["unit"], r["peer_command"], r.get("goal"))


def part_zip():
    if not os.path.isdir(DATA) or not have("zip", "taskset"):
        return
    with open(os.path.join(DATA, "pdf", "pades.pdf"), "rb") as f:
        pdf = f.read()
    paths = {}
    for count in (50, 500):
        paths[count] = os.path.join(B, "bench", f"{count}-pdfs.zip")
        with zipfile.ZipFile(paths[count], "w", zipfile.ZIP_DEFLATED) as z:
            for n in range(count):
                z.writestr(f"report-{n:03}.pdf", pdf)
    evidence = ["--trust", os.path.join(DATA, "cert", "root.cer"), "--crl",
                os.path.join(DATA, "crl")]
    big, small = (verify(*evidence, paths[n]) for n in (500, 50))
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        skip("zip", "one core only")
        return
    two = ["taskset", "-c", f"{cores[0]},{cores[1]}", *big]
    one = ["taskset", "-c", f"{cores[0]}", *big]
    (fast, slow), _ = side_by_side(two, one, 25, (0,))
    row("ZIP of 500 PDFs, two cores against one", fast, slow, "s",
        "taskset -c 0 satyapan verify FILE", "<= 0.556")
    _, (many, few) = side_by_side(big, small, 3, (0,))
    row("ZIP of 500 PDFs, peak memory against 50", many / 1024, few / 1024, "MiB",
        "satyapan verify 50-pdfs.zip")


def part_crl():
    part_program("crl", "crl_bench")


def part_chain():
    part_program("chain", "chain_bench")


def part_store():
    if not have("store", "curl", "openssl", "unshare"):
        return
    script = os.path.join(ROOT, "tests", "bench", "crl_store.py")
    p = subprocess.run([sys.executable, "-B", script], capture_output=True, text=True, cwd=ROOT,
                       check=False)
    if p.returncode == 77:
        skip("store", p.stdout.splitlines()[0].removeprefix("skipped: "))
        return
    if p.returncode:
        sys.exit(f"bench: crl_store.py: {p.stderr.strip() or p.stdout.strip()}")
    for r in map(json.loads, p.stdout.splitlines()):
        row(r["name"], r["ours"], r["peer"], r["unit"], r["peer_command"], r["goal"])


def part_records():
    """Lists of 100,000 applications: the slowest of every filter, order and depth."""
    data = os.path.join(B, "bench", "records")
    if not os.path.exists(os.path.join(data, "office.db")):
        subprocess.run([os.path.join(ROOT, "tests", "bench", "fill.py"), PROGRAM, data], check=True)
    done = subprocess.run([os.path.join(B, "bench", "records_list"), data], capture_output=True,
                          text=True, check=False)
    slowest = [line.split() for line in done.stdout.splitlines() if line.startswith("slowest")]
    if done.returncode or not slowest:
        sys.exit(f"bench: records_list: {done.stderr}")
    row("slowest page of 50 of 100,000 applications", float(slowest[0][2]) / 1000, 0.02, "s",
        "the goal: 20 ms", "< 1")


def part_foreign():
    """The clocks of 10,000 open cases of foreign certificates, looked at once more."""
    with tempfile.TemporaryDirectory(prefix="satyapan-bench-") as work:
        done = subprocess.run([os.path.join(B, "tests", "foreign_runner"), "clock",
                               os.path.join(work, "data"), "10000"], capture_output=True, text=True,
                              check=False, env={**os.environ, "SATYAPAN_TRUST": os.path.join(ROOT, "trust")})
    quiet = [line.split() for line in done.stdout.splitlines() if line.startswith("quiet")]
    if done.returncode or not quiet:
        sys.exit(f"bench: foreign_runner: {done.stderr}")
    row("10,000 open cases re-evaluated", float(quiet[0][1]), 2, "s", "the goal: 2 s", "< 1")


def part_http():
    if not have("http", "wrk"):
        return
    script = os.path.join(ROOT, "tests", "bench", "http_load.py")
    p = subprocess.run([sys.executable, "-B", script], capture_output=True, text=True, cwd=ROOT,
                       check=False)
    if p.returncode:
        sys.exit(f"bench: http_load.py: {p.stderr.strip() or p.stdout.strip()}")
    for r in map(json.loads, p.stdout.splitlines()):
        row(r["name"], r["ours"], r["peer"], r["unit"], r["peer_command"], r["goal"])


def part_tls():
    if not have("tls", "nmap", "gnutls-serv", "openssl"):
        return
    script = os.path.join(ROOT, "tests", "bench", "tls_peers.py")
    p = subprocess.run([sys.executable, "-B", script], capture_output=True, text=True, cwd=ROOT, check=False)
    if p.returncode:
        sys.exit(f"bench: tls_peers.py: {p.stderr.strip() or p.stdout.strip()}")
    for r in json.loads(p.stdout):
        row(r["name"], r["ours"], r["peer"], r["unit"], r["peer_command"], r["goal"])


def part_certificate():
    """Pages of certificates, unsigned: layout, drawing, PDF/A, QR code."""
    program, sample = os.path.join(B, "gen", "certificate"), os.path.join(ROOT, "certs", "sample.json")
    times = []
    for _ in range(4):
        done = subprocess.run([program, "--bench", sample, "50"], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            sys.exit(f"bench: certificate: {done.stderr}")
        pages, seconds, *_ = done.stdout.split()
        times.append(float(seconds) / int(pages))
    row("a page of a certificate, processor time", statistics.median(times[1:]), 1 / 90, "s",
        "the goal: 90 pages a second", "< 1")


def processor(command):
    """Processor seconds of a command and its children, and of these the kernel's; None: it failed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    kernel = after.ru_stime - before.ru_stime
    return None if done.returncode else (after.ru_utime - before.ru_utime + kernel, kernel)


def part_issue():
    """Certificates issued with a file key (RSA-3072) at B-B, against their pages alone. What is made stays until the
    end: an ext4 without a journal looks past every inode that was given back in the last minutes."""
    sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
    import issue_world  # pylint: disable=import-outside-toplevel
    count, ours, peer = 200, [], []
    os.chdir(ROOT)
    pages = [os.path.join(B, "gen", "certificate"), "--bench", "certs/sample.json", str(count)]
    with tempfile.TemporaryDirectory() as folder:
        for n in range(5):
            place = os.path.join(folder, str(n))
            os.mkdir(place)
            world = issue_world.World(place)
            items = [issue_world.request(n) for n in range(count)]
            path = world.batch(items)
            sha256 = issue_world.list_hash(items)
            peer.append(processor(pages))
            ours.append(processor(world.words("--batch", path, "--yes", sha256)))
    if None in ours + peer:
        sys.exit("bench: issue: it failed")
    def rate(list_of, part):
        return count / statistics.median(part(*both) for both in list_of)
    row("certificates a second of one core, B-B", rate(ours, lambda whole, _: whole), rate(peer, lambda whole, _: whole),
        "1/s", "their pages alone, unsigned", ">= 0.6")
    row("the same without the kernel (files, fsync)", rate(ours, lambda whole, kernel: whole - kernel),
        rate(peer, lambda whole, kernel: whole - kernel), "1/s", "their pages alone, unsigned")


def part_stamped():
    """The same with time-stamps from an authority on the loopback: B-T."""
    done = subprocess.run([os.path.join(ROOT, "tests", "bench", "issue_stamped.py")], capture_output=True, text=True,
                          timeout=600, check=False)
    if done.returncode == 77:
        skip("stamped", done.stdout.splitlines()[0])
        return
    if done.returncode != 0:
        sys.exit(f"bench: stamped: {done.stderr}")
    seconds, wall, count = (float(x) for x in done.stdout.split())
    row("certificates a second of one core, B-T", count / seconds, count / wall, "1/s",
        "wall-clock, waiting for openssl ts", "")


def part_keys():
    """Signatures through the key process, RSA-3072: SoftHSM beside a PKCS#12 file; of processor time, all of it."""
    module = next((m for m in glob.glob("/usr/lib/softhsm/libsofthsm2.so") +
                   glob.glob("/usr/lib/*/softhsm/libsofthsm2.so")), None)
    if not module or not have("keys", "softhsm2-util", "pkcs11-tool"):
        return
    program = os.path.join(B, "bench", "keys_bench")
    with tempfile.TemporaryDirectory() as d:
        conf = os.path.join(d, "conf")
        os.mkdir(os.path.join(d, "tokens"))
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"directories.tokendir = {d}/tokens\n")
        with open(os.path.join(d, "pin"), "w", encoding="utf-8") as f:
            f.write("1234\n")
        env = dict(os.environ, SOFTHSM2_CONF=conf)
        for words in (
                ["softhsm2-util", "--init-token", "--free", "--label", "bench", "--so-pin", "12345678", "--pin", "1234"],
                ["openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-keyout", "key", "-out", "crt", "-days",
                 "9", "-subj", "/CN=bench", "-addext", "keyUsage=critical,digitalSignature,nonRepudiation", "-addext",
                 "basicConstraints=critical,CA:FALSE"],
                ["openssl", "pkcs12", "-export", "-in", "crt", "-inkey", "key", "-passout", "pass:1234", "-out", "p12"],
                ["openssl", "pkey", "-in", "key", "-outform", "DER", "-out", "key.der"],
                ["openssl", "x509", "-in", "crt", "-outform", "DER", "-out", "crt.der"],
                *(["pkcs11-tool", "--module", module, "--login", "--pin", "1234", "--write-object", file, "--type", kind,
                   "--id", "01", "--label", "bench"] for kind, file in (("privkey", "key.der"), ("cert", "crt.der")))):
            subprocess.run(words, cwd=d, env=env, capture_output=True, timeout=120, check=True)
        os.chmod(os.path.join(d, "p12"), 0o600)
        rates = []
        for uri in (f"pkcs11:token=bench;object=bench;module-path={module}", f"file:{d}/p12"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([program, uri, os.path.join(d, "pin"), "600"], env=env, capture_output=True, timeout=600,
                           check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            rates.append(600 / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    row("signatures a second, RSA-3072, SoftHSM", rates[0], rates[1], "1/s", "a PKCS#12 file", ">= 300/s")


def part_register():
    """A register of many events (REGISTER_EVENTS, 1,000,000); kept in $B/bench/register for the next time."""
    events = os.environ.get("REGISTER_EVENTS", "1000000")
    folder = os.path.join(B, "bench", "register-" + events)
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run([os.path.join(B, "bench", "register_bench"), folder, events], capture_output=True,
                          text=True, timeout=7200, check=False)
    if done.returncode != 0:
        sys.exit(f"bench: register: {done.stderr}")
    goals = {"proof": 1, "search": 20, "fill": None, "append": None, "status-list": None}
    for line in done.stdout.splitlines():
        print(f"register of {events} events: {line}")
        name, value = line.split()[:2]
        goal = goals.get(name.split("-")[0])
        if goal:
            row(f"register of {events}: {name}", float(value) / 1000, goal / 1000, "s", f"the goal, {goal} ms", "<= 1")
        elif name == "append":
            row(f"register of {events}: events a second, a head each", float(value), float(line.split(", ")[1].split()[0]),
                "1/s", "processor time alone", "")
def part_weblink():
    """Checks of weblinks against a TLS server on loopback, two requests at a time to its domain."""
    script = os.path.join(ROOT, "tests", "bench", "weblink_load.py")
    p = subprocess.run([sys.executable, "-B", script], capture_output=True, text=True, cwd=ROOT,
                       check=False)
    if p.returncode == 77:
        skip("weblink", p.stdout.strip().splitlines()[0])
        return
    if p.returncode:
        sys.exit(f"bench: weblink_load.py: {p.stderr.strip() or p.stdout.strip()}")
    r = json.loads(p.stdout.splitlines()[-1])
    row("1,000 checks of weblinks (page and control)", r["seconds"], 60.0, "s", "the goal: a minute", "< 1")


PARTS = {"folder": part_folder, "small": part_small, "xml": part_xml, "large": part_large,
         "zip": part_zip, "crl": part_crl,
         "store": part_store, "chain": part_chain, "records": part_records, "foreign": part_foreign,
         "http": part_http,
         "tls": part_tls, "certificate": part_certificate, "issue": part_issue,
         "stamped": part_stamped, "keys": part_keys, "register": part_register, "weblink": part_weblink}


def table():
    print(f"{'':46}{'ours':>12}{'peer':>12}{'ratio':>9}  {'goal':7} peer")
    for r in ROWS:
        ratio = f"{r['ratio']:.3f}" if r["ratio"] is not None else "-"
        print(f"{r['name'][:45]:46}{r['ours']:>8.3f} {r['unit'][:3]:3}{r['peer']:>8.3f} "
              f"{r['unit'][:3]:3}{ratio:>9}  {GOALS[r['name']] or '':7} {r['peer_command']}")


def main():
    for name in sys.argv[1:] or PARTS:
        if name not in PARTS:
            sys.exit(f"bench: no such part: {name} (parts: {' '.join(PARTS)})")
        PARTS[name]()
    table()
    with open(os.path.join(B, "bench.json"), "w", encoding="utf-8") as out:
        json.dump(ROWS, out, indent=1)
        out.write("\n")
    print(f"ratio = ours / peer; written to {os.path.relpath(os.path.join(B, 'bench.json'), ROOT)}"
          f"; {len(SKIPPED)} parts skipped")


main()
