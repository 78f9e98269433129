#!/usr/bin/env python3
"""Servers with odd behaviour: each fact still comes out exactly. And where each known trap has its test.

Trap (what scanners get wrong)                      Test
more than 150 suites kill wolfSSL                   test_tls_plan LONG_HELLO_KILLS; tls_bed "wolfssl"
hello lengths 256-511, length mod 256 in 10, 14     test_tls_hello (padding)
a reset or closed connection is no "no"             test_tls_plan test_loss; tls_bed "10 % resets"
the peer's FIN is waited for, then back-off         tls_bed "one at a time" (no second connection at once)
another version or a suite that was not offered     test_tls_plan ALWAYS_FIRST, NEGOTIATES
an ECDSA certificate hides groups                   tls_bed "openssl ecdsa" (groups_complete false)
no name for addresses; unrecognized_name warns      test_tls_plan NAME_FATAL; here "a warning first"
a client certificate is demanded                    tls_bed "openssl client certificate required", "stunnel"
DH-512 is read from the wire                        tls_bed "fake export and ssl 2"
SIGPIPE, deadlines, where the time went             tls_hostile (resets while writing, tarpit, slow bytes)
private CA, self-signed, IP names                   tls_bed "openssl short self-signed name", "openssl default"
DHE only for clients with groups of RFC 7919        tls_bed "wolfssl", "gnutls groups for dhe"
SRP that refuses the whole hello                    tls_bed "openssl srp first"
ChaCha20 first changes a server's order             here "chacha"
a server that says nothing instead of "no"          test_tls_plan test_drops
HTTP/2 alone refuses the complete handshake         here "h2 alone"
alerts of a wrong level, in pieces, unusual         here
a device that does not answer alike                 here CHANGING: never a pass; "disguised"; test_tls_plan test_turns
"""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")
SUITES = ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"]
passed = failed = 0


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def refuse(*records, wait=0):
    """Refuses with these alert records (body or None: level and number as usual) instead of its own."""
    def hook(server, c, hello):
        if server.flight(hello) is not None:
            return False
        for body in records:
            body = body(server) if callable(body) else body
            c.sendall(b"\x15\3\3" + tls_fake.run16(body))
        if wait:
            time.sleep(wait)
        return True
    return hook


def flight(change):
    """Sends its flight changed; a list is sent in pieces."""
    def hook(server, c, hello):
        out = server.flight(hello)
        if out is None:
            return False
        for piece in change(server, out):
            c.sendall(piece)
        server.drain(c)
        return True
    return hook


def joined(server, out):
    """All messages in one record, of version 3.1."""
    body, at = b"", 0
    while at < len(out):
        n, = struct.unpack(">H", out[at + 3:at + 5])
        body += out[at + 5:at + 5 + n]
        at += 5 + n
    return [server.record(22, 0x301, body)]


ODD = {
    "fatal alerts as warnings": refuse(lambda s: bytes([1, s.why])),
    "the same, and stays open": refuse(lambda s: bytes([1, s.why]), wait=3),
    "alerts of level 0": refuse(lambda s: bytes([0, s.why])),
    "alerts of level 3": refuse(b"\3\x28"),
    "internal_error": refuse(b"\2\x50"),
    "decode_error": refuse(b"\2\x32"),
    "close_notify": refuse(b"\1\0"),
    "close_notify, then a fatal alert": refuse(b"\1\0", b"\2\x28"),
    "an alert in two records": refuse(b"\2", b"\x28"),
    "a warning first": flight(lambda s, out: [b"\x15\3\3\0\2\1\x70", out]),
    "three octets a segment": flight(lambda s, out: [out[i:i + 3] for i in range(0, len(out), 3)]),
    "one record of version 3.1": flight(joined),
    "junk behind it": flight(lambda s, out: [out + b"\x16\3\3\0\5abc"]),
}


def scan(targets, *options):
    done = subprocess.run([PROGRAM, "tls", "scan", "--services-at-once", "--data", "/nonexistent/none", "--format", "json",
                           *options, *targets],
                          capture_output=True, text=True, check=False, timeout=200)
    return {r["target"]: r for r in map(json.loads, done.stdout.splitlines())}


def odd(der):
    kw = {"versions": {"TLSv1.2": SUITES}, "groups": ["secp256r1", "x25519"], "ems": True}
    servers = {name: tls_fake.Fake(cert=der, hook=hook, **kw) for name, hook in ODD.items()}
    targets = {f"127.0.0.1:{s.port}/tls": name for name, s in servers.items()}
    reports = scan(list(targets))
    for target, name in targets.items():
        r = reports.get(target)
        count(r and r["protocols"] == tls_servers.protocols("TLSv1.2"), f"{name}: {r and r['protocols']}")
        count(r and r["ciphers"].get("TLSv1.2") == SUITES and r["ciphers_complete"] and r["cipher_order"] == "server",
              f"{name}: {r and r['ciphers']} {r and r['cipher_order']}")
        count(r and r["groups"] == ["secp256r1", "x25519"] and r["groups_complete"], f"{name}: {r and r['groups']}")
        count(r and r["connections"] <= 50, f"{name}: {r and r['connections']} connections")
    for s in servers.values():
        s.stop()


def each(pick):
    """Has other settings for each connection: what pick says of how many there were, and whether a name was sent."""
    def hook(server, c, hello):
        for key, value in pick(server.accepted, 0 in hello.ext).items():
            if key in server.kw:
                server.kw[key] = value
            else:
                setattr(server, key, value)
        return False
    return hook


def other_suite(server, c, hello):
    """Takes what was not offered once few are."""
    if len(hello.suites) > 3:
        return False
    body = b"\3\3" + os.urandom(32) + b"\0" + struct.pack(">H", tls_fake.SUITES[SUITES[3]]) + b"\0"
    c.sendall(server.records(0x303, tls_fake.message(2, body) + tls_fake.message(14, b"")))
    server.drain(c)
    return True


def after(number, *records):
    """Resets, or sends these alerts and says nothing more, once it was asked so often."""
    def hook(server, c, hello):
        if server.accepted <= number:
            return False
        for body in records:
            c.sendall(b"\x15\3\3" + tls_fake.run16(body))
        if records:
            server.drain(c)
        else:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return True
    return hook


def each_hello(pick):
    """Has other settings for each hello."""
    def hook(server, c, hello):
        server.__dict__.update(pick(hello))
        return False
    return hook


def scanner_known():
    """Is its best when it knows the random of a hello: clients make a new one each time, careless scanners do not."""
    seen = set()

    def hook(server, c, hello):
        server.versions = TLS12 if hello.random in seen else {**TLS12, **OLD}
        seen.add(hello.random)
        return False
    return hook


TLS12, FEW, OLD = {"TLSv1.2": SUITES[:3]}, {"TLSv1.2": SUITES[2:]}, {"TLSv1.0": SUITES[3:]}
UNSURE = {"tls.answers-change", "tls.inconclusive", "tls.not-confirmed"}
RC4 = {"TLSv1.2": [*SUITES[:3], "TLS_RSA_WITH_RC4_128_SHA"]}
# What it does: (hook, asked by name, findings of which one at least is told)
CHANGING = {
    "a certificate for each connection": (lambda ders: each(lambda n, name: {"cert": ders[n % len(ders)]}), False,
                                          {"tls.certificates-change"}),
    "other suites after six": (lambda ders: each(lambda n, name: {"versions": TLS12 if n <= 6 else FEW}), False,
                               {"tls.answers-change"}),
    "another version after six": (lambda ders: each(lambda n, name: {"versions": TLS12 if n <= 6 else OLD}), False,
                                  {"tls.answers-change"}),
    "other suites without a name": (lambda ders: each(lambda n, name: {"versions": TLS12 if name else FEW}), True,
                                    {"tls.answers-change-without-name"}),
    "another certificate without a name": (lambda ders: each(lambda n, name: {"cert": ders[name]}), True,
                                           {"tls.certificates-change"}),
    "another suite than was offered": (lambda ders: other_suite, False, {"tls.answers-unoffered"}),
    "resets after five": (lambda ders: after(5), False, {"tls.inconclusive"}),
    "resets when nearly done": (lambda ders: after(12), False, {"tls.inconclusive", "tls.not-confirmed"}),
    "alerts after five, and stays open": (lambda ders: after(5, b"\2\x28"), False, {"tls.answers-change"}),
    "in turns with one that has TLS 1.0": (lambda ders: each(lambda n, name: {"versions": TLS12 if n % 2 else {**TLS12, **OLD}}),
                                           False, {"tls.tls10", *UNSURE}),
    "in turns with one that has RC4": (lambda ders: each(lambda n, name: {"versions": TLS12 if n % 2 else RC4}), False,
                                       {"tls.rc4", *UNSURE}),
    "RC4 for hellos without extensions": (lambda ders: each_hello(lambda h: {"versions": TLS12 if h.ext else RC4}), False,
                                          {"tls.rc4"}),
    "TLS 1.0 for hellos without extensions": (lambda ders: each_hello(lambda h: {"versions": TLS12 if h.ext else OLD}), False,
                                              {"tls.tls10"}),
    "more for a random that comes again": (lambda ders: scanner_known(), False, {"tls.tls10"}),
    "a warning, and stays open": (lambda ders: after(0, b"\1\0"), False, {"tls.no-usable-answer"}),
}


def changing(bed):
    """Whatever a device does that does not answer alike: it does not pass, and the report says why."""
    ders = [bed.der]
    for name in ("two", "three"):
        path = bed.path(name + ".der")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                        bed.path(name + ".key"), "-out", path, "-outform", "DER", "-subj", "/CN=localhost", "-days", "3650"],
                       check=True, capture_output=True)
        with open(path, "rb") as f:
            ders.append(f.read())
    kw = {"versions": TLS12, "groups": ["secp256r1"], "ems": True}
    servers = {name: tls_fake.Fake(cert=ders[1], hook=row[0](ders[1:]), **kw) for name, row in CHANGING.items()}
    steady = tls_fake.Fake(cert=ders[1], **kw)
    # By name, but at this address: "localhost" may be ::1 first, where nobody listens.
    named = ["--name", "localhost"]
    reports = {}
    for by_name in (False, True):
        targets = {f"127.0.0.1:{s.port}/tls": name for name, s in servers.items() if CHANGING[name][1] == by_name}
        found = scan([*targets, f"127.0.0.1:{steady.port}/tls"], *(named if by_name else []))
        reports.update({targets.get(target, f"steady, {by_name}"): r for target, r in found.items()})
    for name in CHANGING:
        r = reports[name]
        codes = {f["code"] for f in r["findings"]}
        count(r["result"] in ("inconclusive", "fail") and codes & CHANGING[name][2], f"{name}: {r['result']} {codes}")
        count(r["connections"] <= 60, f"{name}: {r['connections']} connections")
    for name in ("steady, False", "steady, True"):
        r = reports[name]
        odd_ones = [f["code"] for f in r["findings"] if f["level"] == "REVIEW"]
        count(r["result"] == "pass" and not odd_ones, f"{name}: {r['result']} {odd_ones}")
    for s in (*servers.values(), steady):
        s.stop()


def only_openssl(back):
    """Refuses what is older than TLS 1.2, but not OpenSSL, whose list of point formats is longer than ours."""
    def raw(server, c):
        head = c.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
        n, = struct.unpack(">H", head[3:5])
        data = c.recv(n + 5, socket.MSG_PEEK | socket.MSG_WAITALL)
        hello = tls_fake.Hello(data[9:]) if head[0] == 22 else None
        if not hello or (hello.version < 0x303 and hello.ext.get(11) != b"\3\0\1\2"):
            c.sendall(b"\x15\3\1\0\2\2\x46")
            server.drain(c)
            return
        proxy = tls_fake.Proxy.__new__(tls_fake.Proxy)
        proxy.to, proxy.single, proxy.delay, proxy.small = back, False, 0, False
        proxy.one(c)
    return raw


def disguised(bed):
    """A device that knows our hellos and keeps its old versions for others."""
    bed.spawn("old and new", "tls", {}, ["openssl", "s_server", "-quiet", "-accept", "127.0.0.1:PORT", "-cert", bed.path("rsa.pem"),
                                         "-key", bed.path("rsa.key"), "-cipher", "ALL:@SECLEVEL=0", "-no_ssl3", "-serverpref"])
    back = bed.servers.pop()
    bed.until(("127.0.0.1", back.port))
    server = tls_fake.Fake(raw=only_openssl(back.port))
    target = f"127.0.0.1:{server.port}/tls"
    r = scan([target])[target]
    found = [f for f in r["findings"] if f["code"] == "tls.handshake-differs"]
    count(found and "TLSv1.1" in found[0]["text"] and r["result"] != "pass" and r["protocols"]["TLSv1.1"] == "no",
          f"OpenSSL only: {r['result']} {r['protocols']} {found}")
    server.stop()


GOOD = ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature", "extendedKeyUsage=serverAuth", "subjectAltName=IP:127.0.0.1"]
EC, RSA = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-newkey", "rsa:2048"]
# What a certificate is: (key, extensions or None, options of openssl x509, what is found beside tls.anchor-unknown)
CERTIFICATES = {
    "good": (EC, GOOD, [], set()),
    "good RSA": (RSA, GOOD, [], set()),
    "version 1": (EC, None, [], {"tls.certificate-profile", "tls.no-alternative-name", "tls.name-mismatch"}),
    "of a CA": (EC, ["basicConstraints=CA:TRUE", *GOOD[1:]], [], {"tls.certificate-profile"}),
    "for clients": (EC, [*GOOD[:2], "extendedKeyUsage=clientAuth", GOOD[3]], [], {"tls.certificate-profile"}),
    "to sign lists": (EC, [GOOD[0], "keyUsage=cRLSign", *GOOD[2:]], [], {"tls.certificate-profile"}),
    "unknown and critical": (EC, [*GOOD, "1.2.3.4=critical,ASN1:UTF8:x"], [], {"tls.certificate-profile"}),
    "malformed": (EC, [*GOOD[:3], "2.5.29.17=DER:30:82"], [], {"tls.certificate-profile", "tls.name-mismatch"}),
    "of another address": (EC, [*GOOD[:3], "subjectAltName=IP:127.0.0.9"], [], {"tls.name-mismatch"}),
    "address as a name": (EC, [*GOOD[:3], "subjectAltName=DNS:127.0.0.1"], [], {"tls.name-mismatch"}),
    "without names": (EC, GOOD[:3], [], {"tls.no-alternative-name", "tls.name-mismatch"}),
    "SHA-1": (EC, GOOD, ["-sha1"], {"tls.certificate-weak-signature"}),
    "MD5": (RSA, GOOD, ["-md5"], {"tls.certificate-weak-signature"}),
    "RSA-1024": (["-newkey", "rsa:1024"], GOOD, [], {"tls.key-short"}),
    "P-192": (["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime192v1"], GOOD, [], {"tls.key-short"}),
    "exponent 3": ([*RSA, "-pkeyopt", "rsa_keygen_pubexp:3"], GOOD, [], {"tls.small-exponent"}),
    "for 25 years": (EC, GOOD, ["-days", "9131"], {"tls.long-life"}),
    "serial number 1": (EC, GOOD, ["-set_serial", "1"], {"tls.short-serial"}),
}


def make_certificate(bed, name, row):
    key, extensions, options, _ = row
    path = bed.path(name.replace(" ", "-"))
    subprocess.run(["openssl", "req", "-new", *key, "-nodes", "-keyout", path + ".key", "-out", path + ".csr", "-subj", f"/CN={name}"],
                   check=True, capture_output=True)
    if extensions:
        with open(path + ".ext", "w", encoding="ascii") as f:
            f.write("\n".join(extensions) + "\n")
    usual = {"-days": "365", "-set_serial": "0x" + os.urandom(15).hex(), "-outform": "DER", "-out": path + ".der"}
    usual.update({"-extfile": path + ".ext"} if extensions else {})
    words = [w for pair in usual.items() if pair[0] not in options for w in pair]
    subprocess.run(["openssl", "x509", "-req", "-in", path + ".csr", "-signkey", path + ".key", *words, *options],
                   check=True, capture_output=True)
    with open(path + ".der", "rb") as f:
        return f.read()


def certificates(bed):
    """Each fault of a real certificate is found, and nothing else."""
    servers = {name: tls_fake.Fake(cert=make_certificate(bed, name, row), versions=TLS12, groups=["secp256r1"], ems=True)
               for name, row in CERTIFICATES.items()}
    targets = {f"127.0.0.1:{s.port}/tls": name for name, s in servers.items()}
    about = {"tls.certificate-profile", "tls.no-alternative-name", "tls.name-mismatch", "tls.certificate-weak-signature", "tls.key-short",
             "tls.small-exponent", "tls.long-life", "tls.short-serial", "tls.certificate-expired", "tls.certificate-not-yet-valid",
             "tls.certificate-unreadable", "tls.roca", "tls.close-primes", "tls.known-private-key", "tls.chain-broken"}
    ago, later = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + years * 31557600)) for years in (-30, 30))
    for words, more in (((), set()), (("--at", ago), {"tls.certificate-not-yet-valid"}), (("--at", later), {"tls.certificate-expired"})):
        some = list(targets) if not words else list(targets)[:1]
        for target, r in scan(some, *words).items():
            codes = {f["code"] for f in r["findings"]}
            want = CERTIFICATES[targets[target]][3] | more
            mixed = [f["text_hi"] for f in r["findings"]
                     if f["code"] == "tls.certificate-profile" and f["text"].split(": ")[1].rstrip(".") in f["text_hi"]]
            count(not mixed, f"certificate {targets[target]}: {mixed}")
            count(codes & about == want and "tls.anchor-unknown" in codes, f"certificate {targets[target]}: {codes & about}, not {want}")
    for s in servers.values():
        s.stop()


def rtsp(server, c):
    c.recv(2000)
    c.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: \x1b[31mcamera\r\n\r\n")


def services(bed):
    """A server that takes HTTP/2 alone still shows its certificate; IPv6; what RTSP says; DIR of --evidence."""
    alpn = ["openssl", "s_server", "-www", "-cert", bed.path("rsa.pem"), "-key", bed.path("rsa.key"), "-tls1_3",
            "-accept"]
    bed.spawn("h2 alone", "https", {}, [*alpn, "127.0.0.1:PORT", "-alpn", "h2"])
    bed.spawn("h2 and http/1.1", "https", {}, [*alpn, "127.0.0.1:PORT", "-alpn", "h2,http/1.1"])
    alone, both = (s.target for s in bed.servers[-2:])
    port, six = tls_servers.free_port(), None
    if socket.has_dualstack_ipv6():
        bed.spawn("ipv6", "https", {}, [*alpn, "[::1]:PORT"], port=port)
        bed.servers.pop()  # waited for here: the others are IPv4
        six = f"[::1]:{port}/https"
        bed.until(("::1", port))
    bed.wait()
    camera = tls_fake.Fake(raw=rtsp)
    plain = f"127.0.0.1:{camera.port}/rtsp"
    r = scan([alone, both, plain, *([six] if six else [])])
    camera.stop()
    for t in (alone, both, *([six] if six else [])):
        count(r[t]["certificate"] and r[t]["handshake"]["complete"] == "yes", f"{t}: {r[t]['handshake']}")
    count(r[both]["handshake"]["application"] == "yes", f"HTTP/1.1 is asked for: {r[both]['handshake']}")
    count(r[plain]["state"] == "plaintext" and r[plain]["banner"] == "RTSP/1.0 200 OK", f"rtsp: {r[plain]}")
    folder = bed.path("evidence")
    for n in (1, 2):  # made when it is not there; a second scan of a device does not lose its record
        scan([both], "--evidence", folder)
        count(len(os.listdir(folder)) == n, f"--evidence: {os.listdir(folder)}")
    done = subprocess.run([PROGRAM, "tls", "scan", "--evidence", bed.path("rsa.pem") + "/no", both], capture_output=True,
                          text=True, check=False, timeout=200)
    count(done.returncode == 74 and not done.stdout, f"no folder: {done.returncode} {done.stdout}{done.stderr}")


def chacha(bed):
    """A server that decides, but gives ChaCha20 to clients that have it first."""
    names = {"ECDHE-RSA-AES256-GCM-SHA384": SUITES[0], "ECDHE-RSA-CHACHA20-POLY1305": SUITES[1],
             "ECDHE-RSA-AES128-GCM-SHA256": SUITES[2], "AES128-SHA": SUITES[3]}
    short = list(names)
    orders = {"last": [short[0], short[2], short[3], short[1]], "in the middle": [short[0], short[1], short[3]],
              "first": [short[1], short[0], short[2]], "of two": [short[2], short[1], short[3]]}
    for name, order in orders.items():
        bed.spawn("chacha " + name, "tls", {"ciphers": [names[s] for s in order]},
                  ["openssl", "s_server", "-www", "-accept", "127.0.0.1:PORT", "-cert", bed.path("rsa.pem"), "-key",
                   bed.path("rsa.key"), "-tls1_2", "-serverpref", "-prioritize_chacha", "-cipher", ":".join(order)])
    bed.wait()
    reports = scan([s.target for s in bed.servers])
    for s in bed.servers:
        r = reports.get(s.target)
        count(r and r["ciphers"].get("TLSv1.2") == s.facts["ciphers"] and r["cipher_order"] == "server",
              f"{s.name}: {r and r['ciphers']} {r and r['cipher_order']}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder, bed.servers, bed.missing, bed.running, bed.fakes = folder, [], [], [], []
        bed.keys()
        odd(bed.der)
        changing(bed)
        try:
            disguised(bed)
            certificates(bed)
            chacha(bed)
            services(bed)
        finally:
            bed.stop()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
