#!/usr/bin/env python3
"""--intrusive: Heartbleed, early ChangeCipherSpec, ROBOT, renegotiation by the client. Servers that have the
fault are told from those that have not, and nothing of it is sent without --intrusive.
"""
import json
import os
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
KEYS = ("heartbleed", "early_change_cipher", "robot", "client_renegotiation", "alive_afterwards")
passed = failed = skipped = 0


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def scan(targets, *options, timeout=300):
    done = subprocess.run([PROGRAM, "tls", "scan", "--format", "json", "--data", "/nonexistent/none", *options,
                           *targets], capture_output=True, text=True, check=False, timeout=timeout)
    return {r["target"]: r for r in map(json.loads, done.stdout.splitlines())}, done.returncode, done.stderr


# ---- the server's RSA key, to look into what is sent


def read_integers(der):
    """The integers of an RSAPrivateKey."""
    def head(b, at):
        n = b[at + 1]
        at += 2
        if n & 0x80:
            n, at = int.from_bytes(b[at:at + (n & 0x7F)], "big"), at + (n & 0x7F)
        return at, n
    at, _ = head(der, 0)
    out = []
    while at < len(der):
        at, n = head(der, at)
        out.append(int.from_bytes(der[at:at + n], "big"))
        at += n
    return out


class Oracle:
    """Plays the server's flight and then answers a ClientKeyExchange. good, bad: what a correct and a wrong
    padding get once the Finished is there; early: what a wrong padding gets before it (None: nothing); flaky: the answers
    change in turn, whatever the padding (an odd number of messages makes a round)."""

    def __init__(self, key, good=20, bad=20, early=None, flaky=False):
        _, self.n, _, self.d = read_integers(key)[:4]
        self.good, self.bad, self.early, self.flaky = good, bad, early, flaky
        self.asked = 0
        self.wrong = set()  # kinds of wrong padding that were seen

    def fault(self, secret, version):
        size = (self.n.bit_length() + 7) // 8
        block = pow(int.from_bytes(secret, "big"), self.d, self.n).to_bytes(size, "big")
        zero = block.find(b"\0", 2)
        return ("type" if block[:2] != b"\0\2" else "no end" if zero < 0 else
                "place" if zero != size - 49 else "version" if block[-48:-46] != struct.pack(">H", version) else None)

    def say(self, c, what):
        if what == "close":
            raise OSError("closed")
        if what is not None:
            c.sendall(bytes([21, 3, 3, 0, 2, 2, what]))

    def __call__(self, server, c, hello):
        out = server.flight(hello)
        if out is None:
            return False
        c.sendall(out)
        fault = None
        while True:
            head = server.exactly(c, 5)
            body = server.exactly(c, struct.unpack(">H", head[3:])[0])
            if head[0] == 22 and body[0] == 16:
                self.asked += 1
                fault = self.fault(body[6:], 0x303)
                self.wrong.add(fault)
                if fault and self.early is not None:
                    self.say(c, self.early)
            elif head[0] == 22:
                good = self.asked % 2 == 0 if self.flaky else not fault
                self.say(c, self.good if good else self.bad)
            elif head[0] == 21:
                return True


def robot(der, key):
    suites = {"TLSv1.2": ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]}
    kinds = {"another alert": ("yes", {"bad": 40}), "closes": ("yes", {"bad": "close"}),
             "silent": ("yes", {"bad": None}), "before the Finished": ("yes", {"early": 47}),
             "sound": ("no", {}), "always closes": ("no", {"good": "close", "bad": "close"}),
             "by chance": ("inconclusive", {"bad": 40, "flaky": True})}
    oracles = {name: Oracle(key, **kw) for name, (_, kw) in kinds.items()}
    servers = {name: tls_fake.Fake(cert=der, versions=suites, hook=o) for name, o in oracles.items()}
    no_rsa = tls_fake.Fake(cert=der, versions={"TLSv1.2": suites["TLSv1.2"][1:]})
    targets = {f"127.0.0.1:{s.port}/tls": name for name, s in servers.items()}
    scan(list(targets))
    count(all(o.asked == 0 for o in oracles.values()), "a ClientKeyExchange without --intrusive")
    # A slow answer looks like none: on a busy machine "cannot tell" is right, the opposite never is. Asked again then.
    for _ in range(5):
        for o in oracles.values():
            o.asked, o.wrong = 0, set()
        reports, code, _ = scan([*targets, f"127.0.0.1:{no_rsa.port}/tls"], "--intrusive")
        found = {name: reports[t]["robot"] for t, name in targets.items()}
        opposite = [n for n, r in found.items() if r not in (kinds[n][0], "inconclusive")]
        count(not opposite, f"ROBOT, the opposite: {opposite}")
        if all(found[n] == kinds[n][0] for n in kinds):
            break
    for t, name in targets.items():
        want, r = kinds[name][0], reports[t]
        has = "tls.robot" in {f["code"] for f in r["findings"]}
        count(r["robot"] == want and has == (want == "yes"), f"ROBOT, {name}: {r['robot']}, not {want}")
        count(oracles[name].wrong == {None, "type", "place", "no end", "version"}, f"{name}: {oracles[name].wrong}")
        count(oracles[name].asked <= 20, f"{name}: asked {oracles[name].asked} times")
    count(oracles["sound"].asked == 10, f"a sound server is asked {oracles['sound'].asked} times, not 10")
    count(reports[f"127.0.0.1:{no_rsa.port}/tls"]["robot"] == "no", "no RSA key exchange, no oracle")
    count(code == 1, f"ROBOT: exit {code}")
    for s in [*servers.values(), no_rsa]:
        s.stop()


# ---- Heartbleed, ChangeCipherSpec


def after_flight(kind):
    """Plays its flight and then is provoked; kind: "weak", "sound", or "stops": deaf to everybody after it."""
    def hook(server, c, client):
        if getattr(server, "deaf", False):
            time.sleep(1)
            return True
        out = server.flight(client)
        if out is None:
            return False
        c.sendall(out)
        seen = 0
        while True:
            head = server.exactly(c, 5)
            server.exactly(c, struct.unpack(">H", head[3:])[0])
            seen += 1
            if head[0] == 21:
                return True
            if kind == "stops":
                server.deaf = True
            if kind == "sound":
                c.sendall(b"\x15\3\3\0\2\2\x0a")
            elif head[0] == 24:
                c.sendall(b"\x18\3\3\0\x20" + b"\2\0\x10" + bytes(29))
            elif head[0] == 20 and seen > 1:
                c.sendall(b"\x15\3\3\0\2\2\x14")
    return hook


def heart(der):
    kw = {"versions": {"TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"]}, "heartbeat": True}
    weak, sound, stops = (tls_fake.Fake(cert=der, hook=after_flight(k), **kw) for k in ("weak", "sound", "stops"))
    targets = [f"127.0.0.1:{s.port}/tls" for s in (weak, sound, stops)]
    reports, _, _ = scan(targets)
    for t in targets:
        count({reports[t][k] for k in KEYS} == {"not-tested"}, f"asked without --intrusive: {t}")
    reports, code, _ = scan(targets, "--intrusive", "--timeout", "500")
    for t, want in zip(targets, ("yes", "no")):
        got = reports[t]["heartbleed"], reports[t]["early_change_cipher"], reports[t]["alive_afterwards"]
        count(got == (want, want, "yes"), f"provoked: {got}, not {want}")
    codes = [{f["code"] for f in reports[t]["findings"]} for t in targets]
    count({"tls.heartbleed", "tls.early-change-cipher"} <= codes[0] and code == 1, f"provoked: {codes[0]}")
    r = reports[targets[2]]
    count(r["alive_afterwards"] == "no" and "tls.stopped-answering" in codes[2], f"stopped: {r['alive_afterwards']}")
    count(r["protocols"]["TLSv1.2"] == "yes" and r["state"] == "tls", "the facts of before stay")
    for s in (weak, sound, stops):
        s.stop()


# ---- real servers


def real(bed):
    """What libraries do today is sound; renegotiation as each is set up."""
    base = ["openssl", "s_server", "-quiet", "-accept", "127.0.0.1:PORT", "-cert", bed.path("rsa.pem"), "-key",
            bed.path("rsa.key")]
    bed.spawn("openssl", "tls", {"client_renegotiation": "no"}, base + ["-www", "-cipher", "ALL:@SECLEVEL=0"])
    bed.spawn("openssl that renegotiates", "tls", {"client_renegotiation": "yes"},
              base + ["-www", "-tls1_2", "-client_renegotiation", "-cipher", "AES128-SHA:ECDHE-RSA-AES128-SHA"])
    bed.spawn("openssl tls 1.3", "tls", {"client_renegotiation": "no"}, base + ["-tls1_3"])
    bed.gnutls()
    bed.others()
    bed.small()
    bed.servers = [s for s in bed.servers if s.service not in ("coaps", "coap") and "fake" not in s.__dict__]
    bed.wait()
    # nginx closes; wolfSSL and mbed TLS have it switched off; BearSSL and GnuTLS allow it unless told otherwise.
    known = {"nginx": "no", "wolfssl": "no", "mbedtls": "no", "bearssl": "yes", "gnutls legacy": "yes"}
    reports, _, err = scan([s.target for s in bed.servers], "--intrusive", "--budget", "250")
    for s in bed.servers:
        r = reports.get(s.target)
        count(r and r["state"] == "tls", f"{s.name}: {r and r['state']} {err}")
        if not r:
            continue
        count(r["robot"] == "no" and r["heartbleed"] in ("no", "not-tested") and
              r["early_change_cipher"] in ("no", "inconclusive", "not-tested"), f"{s.name}: {[r[k] for k in KEYS]}")
        count(r["alive_afterwards"] == "yes", f"{s.name}: alive {r['alive_afterwards']}")
        want = s.facts.get("client_renegotiation") or known.get(s.name)
        count(want is None or r["client_renegotiation"] == want, f"{s.name}: {r['client_renegotiation']}, not {want}")
        if "-v" in sys.argv:
            print(s.name, [r[k] for k in KEYS], r["connections"], r["seconds"])


def main():
    global skipped
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder, bed.servers, bed.missing, bed.running, bed.fakes = folder, [], [], [], []
        bed.keys()
        tls_servers.run("openssl", "rsa", "-in", bed.path("rsa.key"), "-traditional", "-outform", "DER", "-out",
                        bed.path("traditional.der"))
        with open(bed.path("traditional.der"), "rb") as f:
            key = f.read()
        robot(bed.der, key)
        heart(bed.der)
        try:
            real(bed)
            for name in bed.missing:
                print(f"skipped: {name}: its program is not installed")
                skipped += 1
        finally:
            bed.stop()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


sys.exit(main())
