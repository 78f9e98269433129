#!/usr/bin/env python3
"""Hostile and silly servers: each is bounded in time and connections, reported, and never crashes the scan.

Also what is no TLS at all, what begins with a plain dialogue, a fleet of a thousand targets, ten thousand closed ones,
and a scan that is ended early.
"""
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import tls_fake  # noqa: E402
import tls_servers  # noqa: E402

PROGRAM = os.path.join(tls_servers.B, "satyapan")
passed = failed = 0


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def scan(targets, *options, timeout=200):
    done = subprocess.run([PROGRAM, "tls", "scan", "--format", "json", *options, *targets],
                          capture_output=True, text=True, check=False, timeout=timeout)
    return {r["target"]: r for r in map(json.loads, done.stdout.splitlines())}, done.returncode, done.stderr


def head(c):
    c.settimeout(5)
    c.recv(5)


def hello(body=b"", suite=0xC02F):
    b = b"\3\3" + os.urandom(32) + b"\0" + struct.pack(">H", suite) + b"\0" + body
    return b"\x16\3\3" + tls_fake.run16(tls_fake.message(2, b))


def endless(server, c):
    head(c)
    c.sendall(hello())
    record = b"\x16\3\3" + tls_fake.run16(tls_fake.message(0, b""))
    while True:
        c.sendall(record * 100)


def endless_records(server, c):
    head(c)
    while True:
        c.sendall(b"\x15\3\3\0\2\1\x70" * 1000)


def huge_certificate(server, c):
    head(c)
    c.sendall(hello() + b"\x16\3\3\x40\0\x0b\xff\xff\xff")
    piece = os.urandom(16384)
    for _ in range(1024):
        c.sendall(piece[:16384 - 4] if _ == 0 else b"\x16\3\3\x40\0" + piece)


def garbage(server, c):
    head(c)
    c.sendall(os.urandom(5000))


def half_garbage(server, c):
    head(c)
    c.sendall(hello() + b"\x16\3\3\x10\0" + os.urandom(4096))


def tarpit(server, c):
    time.sleep(60)


def slow(server, c):
    head(c)
    for b in hello() + b"\x16\3\3\0\4\x0e\0\0\0":
        c.sendall(bytes([b]))
        time.sleep(0.4)


def wrong_lengths(server, c):
    head(c)
    n = server.accepted % 5
    c.sendall([b"\x16\3\3\xff\xff", b"\x16\3\3\0\4\2\xff\xff\xff" + bytes(100), hello(b"\0\x50\0\1"),
               b"\x15\3\3\0\1\2", b"\x16\3\3\0\0" * 50][n])


def http(server, c):
    head(c)
    c.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: lighttpd\r\n\r\n")


def telnet(server, c):
    c.sendall(b"\xff\xfd\x18login: ")
    time.sleep(0.5)


HOSTILE = {"endless handshake": endless, "endless records": endless_records,
           "16 MB certificate": huge_certificate, "garbage": garbage, "a hello, then garbage": half_garbage,
           "tarpit": tarpit, "slow bytes": slow, "wrong lengths": wrong_lengths}


def hostile():
    servers = {name: tls_fake.Fake(raw=raw) for name, raw in HOSTILE.items()}
    targets = {f"127.0.0.1:{s.port}/tls": name for name, s in servers.items()}
    began = time.monotonic()
    reports, code, err = scan(targets, "--timeout", "1000", "--budget", "30", "--services-at-once")
    took = time.monotonic() - began
    count(code in (0, 1, 2), f"hostile: exit {code} {err}")
    for target, name in targets.items():
        r = reports.get(target)
        count(r is not None, f"{name}: no report")
        if not r:
            continue
        count(r["state"] in ("no-answer", "plaintext", "tls"), f"{name}: {r['state']}")
        sure = [v for v, s in r["protocols"].items() if s == "yes"]
        if name != "a hello, then garbage":
            count(r["state"] != "tls" or sure == [], f"{name}: takes {sure} for there")
        count(r["connections"] < 120, f"{name}: {r['connections']} connections")
        told = r["ended"] or r["protocol_reasons"] or r["findings"]
        count(told, f"{name}: says nothing")
    print(f"hostile: {len(HOSTILE)} servers in {took:.0f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    count(peak < 300 * 1024, f"hostile: {peak} kB of memory")
    for s in servers.values():
        s.stop()


def not_tls():
    web, shell = tls_fake.Fake(raw=http), tls_fake.Fake(raw=telnet)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        closed = s.getsockname()[1]
    targets = [f"127.0.0.1:{web.port}/https", f"127.0.0.1:{web.port}/http", f"127.0.0.1:{shell.port}/telnet",
               f"127.0.0.1:{closed}/tls"]
    reports, code, _ = scan(targets)
    states = [reports[t]["state"] for t in targets]
    count(states == ["plaintext", "plaintext", "plaintext", "closed"], f"not TLS: {states}")
    codes = {f["code"] for t in targets for f in reports[t]["findings"]}
    count("tls.plaintext-service" in codes, f"not TLS: {codes}")
    count(code == 1, f"not TLS: exit {code}")
    count(reports[targets[0]]["connections"] <= 2, "not TLS: asks on and on")
    only, code, _ = scan(targets[3:])
    count(code == 2 and only[targets[3]]["result"] in ("not-tested", "pass"), f"closed: exit {code}")
    fails = [r for r in only[targets[3]]["requirements"] if r["result"] != "not-tested"]
    count(not fails, f"closed port: {fails}")
    web.stop()
    shell.stop()


def starttls(der):
    back = tls_fake.Fake(cert=der, versions={"TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                                                          "TLS_RSA_WITH_AES_128_CBC_SHA"]})
    for kind in ("ftp", "smtp", "ldap"):
        door, shut = tls_fake.StartTls(kind, back.port), tls_fake.StartTls(kind, back.port, offer=False)
        good, bad = f"127.0.0.1:{door.port}/{kind}", f"127.0.0.1:{shut.port}/{kind}"
        reports, _, _ = scan([good, bad])
        r = reports[good]
        count(r["protocols"].get("TLSv1.2") == "yes" and r["cipher_order"] == "server" and
              len(r["ciphers"]["TLSv1.2"]) == 2, f"STARTTLS {kind}: {r['protocols']} {r['ciphers']}")
        count(reports[bad]["state"] == "no-starttls", f"no STARTTLS {kind}: {reports[bad]['state']}")
        door.stop()
        shut.stop()
    back.stop()


def datagrams(der):
    suites = ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA"]
    plain = tls_fake.FakeDatagram(der, {"DTLSv1.2": suites}, groups=["secp384r1", "secp256r1"])
    losing = tls_fake.FakeDatagram(der, {"DTLSv1.2": suites}, groups=["secp384r1", "secp256r1"], lose=9)
    targets = [f"127.0.0.1:{plain.port}/dtls", f"127.0.0.1:{losing.port}/dtls"]
    reports, _, _ = scan(targets, "--services-at-once")
    for t in targets:
        r = reports[t]
        count(r["protocols"] == {"DTLSv1.0": "no", "DTLSv1.2": "yes"}, f"DTLS: {r['protocols']}")
        count(r["ciphers"].get("DTLSv1.2") == suites, f"DTLS: {r['ciphers']}")
        count(r["groups"] == ["secp384r1", "secp256r1"] and r["certificate"], f"DTLS: {r['groups']}")
    plain.stop()
    losing.stop()


class Quick:
    """A thousand listening ports, one epoll; answers by the version asked for."""

    def __init__(self, der, number):
        import select
        self.alive = True
        self.answer = hello() + b"\x16\3\3" + tls_fake.run16(
            tls_fake.message(11, tls_fake.run24(tls_fake.run24(der))) +
            tls_fake.message(12, b"\3\0\x17\x20" + bytes(32) + b"\4\1" + tls_fake.run16(bytes(64))) +
            tls_fake.message(14, b""))
        self.epoll = select.epoll()
        self.listeners, self.clients = {}, {}
        for i in range(number):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((f"127.1.{i // 250}.{i % 250 + 1}", 0))
            s.listen(16)
            s.setblocking(False)
            self.listeners[s.fileno()] = s
            self.epoll.register(s, select.EPOLLIN)
        self.targets = ["{}:{}/tls".format(*s.getsockname()) for s in self.listeners.values()]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while self.alive:
            for fd, _ in self.epoll.poll(0.2):
                if fd in self.listeners:
                    try:
                        c, _ = self.listeners[fd].accept()
                    except OSError:
                        continue
                    self.clients[c.fileno()] = c
                    self.epoll.register(c, 1)
                else:
                    self.one(fd)

    def one(self, fd):
        c = self.clients[fd]
        try:
            data = c.recv(2048)
            if data[:1] == b"\x16" and data[9:11] == b"\3\3" and b"\xc0\x2f" in data[44:300] and \
                    b"\x00\x17" in data[200:] and b"\0\x2b\0\3\2\3\4" not in data:
                c.sendall(self.answer)
                return
            if data[:1] == b"\x16":
                c.sendall(b"\x15\3\3\0\2\2\x28")
        except OSError:
            pass
        self.epoll.unregister(fd)
        c.close()
        del self.clients[fd]


def fleet(der):
    number = 1000
    quick = Quick(der, number)
    began = time.monotonic()
    reports, code, err = scan(quick.targets, "--concurrency", "200")
    took = time.monotonic() - began
    quick.alive = False
    wrong = [t for t in quick.targets if reports.get(t, {}).get("protocols", {}).get("TLSv1.2") != "yes"]
    count(not wrong and len(reports) == number, f"fleet: {len(wrong)} wrong of {len(reports)}, {err}")
    count(code in (1, 2, 0), f"fleet: exit {code}")
    most = max(r["connections"] for r in reports.values())
    print(f"fleet: {number} targets in {took:.1f} s, at most {most} connections each")


def many(folder):
    """Ten thousand devices, nothing there: they are all asked, in little memory."""
    services = os.path.join(folder, "services")
    with open(services, "w", encoding="ascii") as f:
        f.write("1 tls\n")  # no port that a connection could be given as its own: it would reach itself
    targets = [f"127.4.{i // 250}.{i % 250 + 1}" for i in range(10000)]
    done = subprocess.run([PROGRAM, "tls", "scan", "--services", services, "--concurrency", "200", *targets],
                          capture_output=True, text=True, check=False, timeout=200)
    count(done.returncode == 2 and not done.stdout and not done.stderr, f"many: {done.returncode} {done.stderr}")


def ended_early():
    """Ctrl-C: reports that are done are whole, the rest is told. A reader that goes away: nobody is asked any more."""
    waits = tls_fake.Fake(raw=tarpit)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{s.getsockname()[1]}/tls"
        for form, end in (("json", "}\n"), ("html", "</html>\n")):
            line = [PROGRAM, "tls", "scan", "--format", form, closed, f"127.0.0.1:{waits.port}/tls"]
            with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
                out = p.stdout.readline()
                while form == "html" and closed not in out:
                    out += p.stdout.readline()
                p.send_signal(signal.SIGINT)
                rest, err = p.communicate(timeout=100)
            count(p.returncode == 130 and (out + rest).endswith(end), f"Ctrl-C, {form}: {p.returncode} {rest[-50:]}")
            count("1 of 2 services" in err, f"Ctrl-C, {form}: {err}")
        line = [PROGRAM, "tls", "scan", "--concurrency", "1", "--format", "json", *[closed] * 400, f"127.0.0.1:{waits.port}/tls"]
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
            p.stdout.readline()
            p.stdout.close()
            err = p.stderr.read()
            count(p.wait(100) == 70 and "could not be written" in err, f"reader gone: {p.returncode} {err}")
    count(waits.accepted <= 2, f"reader gone: {waits.accepted} connections")
    waits.stop()


def one_by_one(der):
    """However its services are written, a device gets one connection at a time: one service after the other."""
    order = []

    def hook(server, c, hello):
        order.append(server.port)
        return False
    kw = {"versions": {"TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]}, "cert": der, "hook": hook}
    one, two = tls_fake.Fake(**kw), tls_fake.Fake(**kw)
    reports, code, err = scan([f"127.0.0.1:{one.port}/tls", "127.0.0.2:1/tls", f"127.1:{two.port}/tls"])
    changes = sum(a != b for a, b in zip(order, order[1:]))
    count(changes == 1 and len(order) > 10 and len(reports) == 3, f"one by one: {changes} changes, exit {code} {err}")
    one.stop()
    two.stop()


def flood():
    """Session tickets without end after a complete handshake: the others are still asked."""
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder, bed.servers, bed.missing, bed.running, bed.fakes = folder, [], [], [], []
        bed.keys()
        try:
            bed.spawn("flood", "https", {}, [os.path.join(tls_servers.B, "tests/tls/flood_server"), "PORT", bed.path("rsa.pem"),
                                             bed.path("rsa.key")])
            bed.wait()
            target = bed.servers[0].target
            reports, code, err = scan([target], "--budget", "30")
            r = reports.get(target)
            count(r and r["handshake"]["complete"] == "yes", f"flood: exit {code} {err}")
        finally:
            bed.stop()


def main():
    with tempfile.TemporaryDirectory() as folder:
        bed = tls_servers.Bed.__new__(tls_servers.Bed)
        bed.folder = folder
        bed.keys()
        der = bed.der
        many(folder)
    ended_early()
    one_by_one(der)
    flood()
    hostile()
    not_tls()
    starttls(der)
    datagrams(der)
    fleet(der)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
