#!/usr/bin/env python3
"""Where `tls listen` could be wrong: clients that resume, pipeline, fall back, come twice or from two addresses,
have a certificate of their own; what it prints, keeps and judges again."""
import csv
import io
import json
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from tls_listen_lab import PROGRAM, Lab, cases  # noqa: E402

warnings.simplefilter("ignore")
PATIENCE = 60
GET = b"GET / HTTP/1.0\r\n\r\n"
passed = failed = skipped = 0


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def run(*words, **kw):
    return subprocess.run(words, capture_output=True, check=False, timeout=PATIENCE, **kw)


def context(ca=None, **kw):
    c = ssl.create_default_context(cafile=ca) if ca else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not ca:
        c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    for key, value in kw.items():
        setattr(c, key, value)
    return c


def visit(port, ctx, name="device.test", source="127.0.0.1", data=GET, session=None):
    """One connection of a client; its session, or None."""
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0)) as raw:
            raw.settimeout(PATIENCE)
            with ctx.wrap_socket(raw, server_hostname=name, session=session) as s:
                s.sendall(data)
                while s.recv(4096):
                    pass
                return s.session
    except OSError:
        return None


def by_name(reports):
    return {r["name"]: r for r in reports}


# ---- clients that could mislead --------------------------------------------------------------------------


def pipelines(lab):
    """Sends its Finished and its data in one breath, looks at the certificate only then and goes with an alert:
    the data has left the device, so it is accepted."""
    for _ in range(8):
        ctx = context()
        inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ctx.wrap_bio(inside, outside, server_hostname="pipelines.test")
        with socket.create_connection(("127.0.0.1", lab.ports[0]), PATIENCE) as s:
            s.settimeout(PATIENCE)
            try:
                while True:
                    try:
                        tls.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        s.sendall(outside.read())
                        inside.write(s.recv(65536))
                tls.write(GET)
                s.sendall(outside.read())  # Finished, data
                s.shutdown(socket.SHUT_WR)
                while s.recv(4096):
                    pass
            except OSError:
                pass


def resumes(lab):
    """Keeps its session wherever it gets one: it must not get any, or a resumption would verify nothing."""
    ctx, session, reused = context(lab.ca, maximum_version=ssl.TLSVersion.TLSv1_2), None, 0
    for _ in range(6):
        try:
            with socket.create_connection(("127.0.0.1", lab.ports[0]), PATIENCE) as raw:
                with ctx.wrap_socket(raw, server_hostname="resumes.test", session=session) as s:
                    s.sendall(GET)
                    s.recv(100)
                    reused += s.session_reused
                    session = s.session if s.session and s.session.has_ticket else session
        except OSError:
            pass
    count(reused == 0 and session is None, f"resumed {reused} times, ticket {session}")


def early(lab, folder):
    """openssl s_client with a session of somebody else's that allows 0-RTT: its data must not be taken unseen."""
    key, cert = os.path.join(folder, "o.key"), os.path.join(folder, "o.pem")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=x", "-days", "2")
    server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-early_data",
                               "-max_early_data", "2000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    port = None
    while port is None:
        line = server.stdout.readline()
        if not line:
            break
        if m := re.match(rb"ACCEPT 127\.0\.0\.1:(\d+)", line):
            port = int(m.group(1))
    session, data = os.path.join(folder, "session"), os.path.join(folder, "early")
    with open(data, "wb") as f:
        f.write(GET)
    try:
        client = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-sess_out", session, "-servername",
                                   "early.test"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not (os.path.exists(session) and os.path.getsize(session)):
            time.sleep(0.02)
        client.kill()
        client.wait(PATIENCE)
    finally:
        server.kill()
        server.wait(PATIENCE)
    if not os.path.exists(session):
        count(False, "no session for 0-RTT")
        return
    for _ in range(8):  # verifies: its early data may not count as an acceptance of a bad server
        run("openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{lab.ports[0]}", "-sess_in", session, "-early_data", data,
            "-servername", "early.test", "-CAfile", lab.ca, "-verify_return_error", input=GET)


def falls_back(lab):
    """Comes back with TLS 1.1 after a failure, as old browsers did."""
    modern = context(lab.ca)
    old = context(None, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    for _ in range(12):
        if visit(lab.ports[0], modern, "fallback.test") is None:
            visit(lab.ports[0], old, "fallback.test")


def races(lab):
    """Happy eyeballs: two connections at once, the slower one is dropped before it says anything."""
    ctx = context(lab.ca)
    for _ in range(6):
        spare = socket.create_connection(("127.0.0.1", lab.ports[0]), PATIENCE)
        visit(lab.ports[0], ctx, "races.test")
        spare.close()


def two_programs(lab):
    """One trusts the laboratory, the other one nobody; the second's refusals prove nothing."""
    sound, strict = context(lab.ca), context(lab.ca)
    strict.load_verify_locations(cafile=lab.ca)
    strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no CA at all
    strict.set_ciphers("ECDHE+AESGCM")
    for i in range(10):
        visit(lab.ports[0], strict if i % 2 else sound, "two.test")


def own_certificate(lab, folder):
    key, cert = os.path.join(folder, "device.key"), os.path.join(folder, "device.pem")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
        "-subj", "/O=Acme/CN=camera 17", "-days", "30")
    ctx = context()
    ctx.load_cert_chain(cert, key)
    for _ in range(62):
        visit(lab.ports[0], ctx, "mtls.test")
    der = run("openssl", "x509", "-in", cert, "-outform", "DER").stdout
    spki = run("openssl", "pkey", "-pubout", "-outform", "DER", "-in", key).stdout
    return der, spki


def misleading(folder):
    with Lab(folder, 1, ["--repeat", "1", "--level", "2"]) as lab:
        pipelines(lab)
        resumes(lab)
        early(lab, folder)
        falls_back(lab)
        races(lab)
        two_programs(lab)
        der, spki = own_certificate(lab, folder)
        visit(lab.ports[0], context(lab.ca), "192.0.2.55")  # python puts no SNI for an address
        _, reports = lab.end()
        found = by_name(reports)
        got = cases(found["pipelines.test"])
        count(got["self-signed"]["result"] == "accept" and got["unknown-ca"]["result"] == "accept",
              f"pipelined: {got['self-signed']}")
        got = cases(found["resumes.test"])
        count(got["good"]["result"] == "accept" and got["self-signed"]["result"] == "reject", f"resumes: {got['self-signed']}")
        got, hello = cases(found["early.test"]), found["early.test"]["hellos"][0]
        count(hello["early_data"] and hello["resumes"], f"0-RTT is not seen: {hello}")
        count(got["good"]["result"] == "accept", f"0-RTT: the good server: {got['good']}")
        for case in ("self-signed", "unknown-ca", "fake-ca"):
            count(got[case]["result"] == "reject", f"0-RTT: {case}: {got[case]}")
        r = found["fallback.test"]
        got = cases(r)
        count(got["fallback"]["result"] == "accept" and got["tls11"]["result"] == "accept",
              f"fallback: {got['fallback']} {got['tls11']}")
        count({"tls.client-falls-back", "tls.client-old-version"} <= {f["code"] for f in r["findings"]}, "fallback: findings")
        r = found["races.test"]
        got = cases(r)
        count(r["connections"] == 6 and got["self-signed"]["result"] == "reject", f"races: {r['connections']}")
        got = cases(found["two.test"])
        count(all(c["result"] not in ("reject", "reject-after-handshake") or c["expect"] != "reject" or c["accepted"]
                  or c["rejected"] for c in got.values()), "two programs")
        mixed = [c for c in got.values() if c["result"] == "inconclusive" and c["why"] == "another program of the device came"]
        count(mixed, f"two programs: {[(c['id'], c['result'], c['why']) for c in got.values() if c['rejected']]}")
        count({r["id"]: r["result"] for r in found["two.test"]["requirements"]}["ASVS-C.8"] == "inconclusive", "two programs: C.8")
        own = found["mtls.test"]["certificate"]
        count(own and own["spki"] == spki.hex() and len(der) and "camera 17" in own["subject"], f"own certificate: {own}")
        count(None in found or any(r["name"] is None for r in reports), "a client without SNI is its own client")
        listing = os.path.join(folder, "reports.jsonl")
        with open(listing, "w", encoding="utf-8") as f:
            f.write(json.dumps(found["mtls.test"]) + "\n")
        data = os.path.join(folder, "register")
        done = run(PROGRAM, "tls", "device", "add", "--firm", "Acme", "--model", "C1", "--serial", "17", "--data", data, listing)
        count(done.returncode == 0 and b"1 key " in done.stdout, f"device add: {done.stdout} {done.stderr}")


def units(folder):
    """Two units with one key: the second one is told so."""
    key, cert = os.path.join(folder, "device.key"), os.path.join(folder, "device.pem")
    data, short = os.path.join(folder, "units"), os.path.join(folder, "short.json")
    row = {"text": "t", "text_hi": "t", "cite": "c"}
    with open(short, "w", encoding="utf-8") as f:
        json.dump({"schema": "satyapan-tls-cases/1", "cases": [
            {**row, "id": "good", "control": True, "expect": "accept"}, {**row, "id": "asks", "ask": True, "expect": "any"}]}, f)
    results = []
    for serial in ("1", "2"):
        with Lab(folder, 1, ["--repeat", "1", "--cases", short, "--data", data, "--firm", "Acme", "--model", "C1", "--serial", serial]) as lab:
            ctx = context()
            ctx.load_cert_chain(cert, key)
            for _ in range(3):
                visit(lab.ports[0], ctx, "mtls.test")
            _, reports = lab.end()
            results.append({f["code"] for f in reports[0]["findings"]})
    shared = "tls.key-shared-between-units"
    count(shared not in results[0] and shared in results[1], f"shared key: {results}")


def interrupted(folder):
    """Killed when it writes a key or the CA: the next one makes what is missing."""
    if not shutil.which("strace"):
        return  # said by sandboxed()
    own = os.path.join(os.path.realpath(folder), "interrupted")
    words = ["tls", "listen", "--ca-only", "--quiet", "--lab", own, "--ca-out", os.path.join(folder, "own.pem"), "--data",
             os.path.join(folder, "nothing")]
    for name in ("ca.key", "server.key", "server-ec.key", "ca.pem"):
        at = os.path.join(own, name)
        first = run("strace", "-f", "-qq", "-P", at, "-P", at + ".new", "-e", "trace=write", "-e",
                    "inject=write:signal=SIGKILL:when=1", "-o", os.path.join(folder, "killed"), PROGRAM, *words)
        again = run(PROGRAM, *words)
        count(first.returncode != 0 and again.returncode == 0, f"killed at {name}: {first.returncode}, then "
              f"{again.returncode} {again.stderr.decode()}")
        shutil.rmtree(own)


def sandboxed(folder):
    """What is said of the device's certificate is found out by a child that gave up everything: with a register two
    of them, one for the key and one for the report. strace says which processes did."""
    if not shutil.which("strace"):
        print("strace is not installed: skipped")
        globals()["skipped"] = skipped + 1
        return
    key, cert = os.path.join(folder, "device.key"), os.path.join(folder, "device.pem")
    trace, data = os.path.join(folder, "trace"), os.path.join(folder, "boxed")
    with Lab(folder, 1, ["--repeat", "1", "--data", data, "--firm", "Acme", "--model", "C2", "--serial", "3"],
             before=["strace", "-f", "-qq", "-e", "signal=none", "-e", "trace=prctl", "-o", trace]) as lab:
        ctx = context()
        ctx.load_cert_chain(cert, key)
        for _ in range(36):
            visit(lab.ports[0], ctx, "boxed.test")
        _, reports = lab.end()
    with open(trace, encoding="utf-8") as f:
        boxed = {line.split()[0] for line in f if "PR_SET_SECCOMP" in line and line.rstrip().endswith("= 0")}
    own = reports[0]["certificate"]
    count(own and len(boxed) == 2, f"sandboxed: {len(boxed)} processes gave up their rights; the certificate: {own}")


def told(folder):
    """Who sits before it is told what to do, what a device was not shown, and why nothing counts."""
    with Lab(folder, 1, ["--repeat", "1"], quiet=False) as lab:
        for _ in range(4):
            visit(lab.ports[0], context(lab.ca), "early.test")
        for _ in range(4):
            visit(lab.ports[0], context(lab.ca, verify_flags=ssl.VERIFY_CRL_CHECK_LEAF), "never.test")
        lab.end()
    said = {line.split(":")[0]: line for line in lab.errors.split("\n")}
    count("let it connect again and again" in lab.errors and "Ctrl-C judges" in lab.errors, f"what to do: {lab.errors}")
    first = said.get(f"127.0.0.1 port {lab.ports[0]} early.test", "")
    count("not shown: " in first and " more; it has to connect more often" in first, f"what is left: {lab.errors}")
    count(f"port {lab.ports[0]} never.test: it never sent data to the good server" in lab.errors
          and "early.test: it never sent" not in lab.errors, f"why nothing counts: {lab.errors}")


def two_addresses(folder):
    for options, want in (([], 2), (["--one-device"], 1)):
        with Lab(folder, 1, options) as lab:
            ctx = context(lab.ca)
            for source in ("127.0.0.1", "127.0.0.9"):
                visit(lab.ports[0], ctx, source=source)
            _, reports = lab.end()
            count(len(reports) == want, f"{options}: {len(reports)} clients")


# ---- what it prints and keeps ----------------------------------------------------------------------------


def prints(folder):
    evidence = os.path.join(folder, "evidence")
    os.mkdir(evidence)
    with Lab(folder, 1, ["--repeat", "1", "--level", "1", "--evidence", evidence]) as lab:
        for _ in range(62):
            visit(lab.ports[0], context(), "blind.test")
        code, reports = lab.end()
    count(code == 1 and len(reports) == 1, f"exit code {code}: {lab.errors}")
    kept = [os.path.join(evidence, n) for n in os.listdir(evidence)]
    again = run(PROGRAM, "tls", "judge", "--format", "json", "--level", "1", *kept)
    count(again.returncode == 1, f"judge ends with {again.returncode}: {again.stderr}")
    one, two = reports[0], json.loads(again.stdout)
    two["complete"] = one["complete"]  # whether it went on long enough was known at the time
    count(one == two, f"judged again: {[k for k in one if one[k] != two.get(k)]}")
    zero = run(PROGRAM, "tls", "judge", "--level", "0", *kept)
    count(zero.returncode == 0, f"level 0 judges nothing: {zero.returncode}")
    rows = list(csv.reader(io.StringIO(run(PROGRAM, "tls", "judge", "--format", "csv", *kept).stdout.decode())))
    count(rows[0] == ["ip", "port", "name", "kind", "id", "result", "text"] and len({len(r) for r in rows}) == 1
          and ["blind.test", "case", "self-signed", "accept"] in [r[2:6] for r in rows], f"csv: {rows[:3]}")
    page = run(PROGRAM, "tls", "judge", "--format", "html", "--lang", "hi", *kept).stdout.decode()
    count(page.count("<table") == page.count("</table>") and "स्व-हस्ताक्षरित" in page and "<script" not in page, "html")
    text = run(PROGRAM, "tls", "judge", *kept).stdout.decode()
    count("self-signed" in text and "\033" not in text and "ASVS-C.8" in text, "text")
    with open(kept[0], "rb") as f:
        content = f.read()
    bad = os.path.join(folder, "bad.listened")
    with open(bad, "wb") as f:
        f.write(content.replace(b'"hello":"0', b'"hello":"z', 1))
    done = run(PROGRAM, "tls", "judge", bad)
    count(done.returncode == 65 and done.stderr, f"a damaged record: {done.returncode} {done.stderr}")


def options(folder):
    mode = stat.S_IMODE(os.stat(os.path.join(folder, "lab", "ca.key")).st_mode)
    count(mode == 0o600, f"the key of the CA has mode {mode:o}")
    for words, want in ((["--listen", "127.0.0.1:99999"], 64), (["--cases", "/nonexistent"], 66), (["extra"], 64),
                        (["--service", "ftp"], 64), (["--name", "a b"], 64), (["--list-cases"], 0), (["--help"], 0),
                        (["--listen", "203.0.113.77:8443", "--lab", os.path.join(folder, "lab")], 69)):
        done = run(PROGRAM, "tls", "listen", "--data", os.path.join(folder, "d"), *words)
        count(done.returncode == want, f"{words}: exit code {done.returncode}, {done.stderr.decode()}")
    done = run(PROGRAM, "tls", "listen", "--lab", os.path.join(folder, "lab"), "--listen", "127.0.0.1:0", "--timeout", "1",
               "--quiet")
    count(done.returncode == 2 and b"no device connected" in done.stderr, f"nobody: {done.returncode} {done.stderr}")
    own = os.path.join(folder, "cases.json")
    row = {"id": "good", "text": "t", "text_hi": "t", "cite": "c", "control": True, "expect": "accept"}
    with open(own, "w", encoding="utf-8") as f:
        json.dump({"schema": "satyapan-tls-cases/1", "cases": [row, {
            "id": "mine", "text": "t", "text_hi": "t", "cite": "c", "expect": "reject", "certificate": ["expired", "other-name"],
            "finding": "tls.client-no-time-check"}]}, f)
    with Lab(folder, 1, ["--cases", own, "--devices", "1"]) as lab:
        for _ in range(12):
            if lab.process.poll() is None:
                visit(lab.ports[0], context(lab.ca))
        lab.process.wait(PATIENCE)  # it ends by itself: every case is settled
        lab.reader.join(PATIENCE)
        report = lab.reports[0]
    got = cases(report)
    count(set(got) == {"good", "mine"} and got["mine"]["result"] == "reject" and report["complete"], f"own cases: {got}")
    c8 = [r for r in report["requirements"] if r["id"] == "ASVS-C.8"][0]
    count(c8["result"] == "inconclusive", f"a requirement of which most cases were not shown: {c8}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        misleading(folder)
        units(folder)
        sandboxed(folder)
        interrupted(folder)
        told(folder)
        two_addresses(folder)
        prints(folder)
        options(folder)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


main()
