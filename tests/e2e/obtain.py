#!/usr/bin/env python3
"""The process that obtains what reports want, asked directly: what it gives from the store at once
and renews afterwards (RFC 5861 stale-while-revalidate), and what it fetches first.

The real program with its real policy in a network namespace (netns.py), against a test CA. Time
passes by an entry of the store: the moment a source is due is moved into the past.
What it does not do: judge documents (live_pki.py) or the form of messages (unit test_obtain).
"""
import array
import contextlib
import fcntl
import glob
import os
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

import netns
from live_pki import B, CA, CRL, OCSP, PUBLIC, TIMEOUT, World, Wrong, expect
from pki_server import Answer, DAY, Pki, PkiServer

PROGRAM = os.path.join(B, "libexec", "satyapan", "satyapan-obtain")
LIST = CRL + "/root.crl"  # its issuer is in the trust list
URL = "http://" + LIST
NOWHERE = "93.184.215.99"  # not an address of this network
KIND_CRL, NO_TIME = 4, -(1 << 63)
ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8


def record(url, issued_after=NO_TIME):
    """A want of one CRL: sandbox/bundle.h."""
    texts = [url.encode() + b"\0", b"", b"CN=test\0"]
    return b"W" + bytes([KIND_CRL, 0, 0]) + struct.pack(">q5Q", issued_after, *map(len, texts),
                                                        0, 0) + b"".join(texts)


def records(data):
    """(type, texts, data) of every record of an answer."""
    expect(data[:4] == b"SPB1", f"no bundle: {data[:20]!r}")
    at, out = 4, []
    while at < len(data):
        kind = chr(data[at])
        sizes = struct.unpack_from(">5Q", data, at + 12)
        at += 52
        parts = []
        for size in sizes:
            parts.append(data[at:at + size])
            at += size
        out.append((kind, [p[:-1].decode() for p in parts[:3]], parts[3]))
    return out


def send(sock, message, fd):
    sock.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])


class Obtain:
    """satyapan-obtain with a data directory; leaving the with-block waits until it has ended, and
    with it what it renews in the background."""

    def __init__(self, w, data, *words):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [PROGRAM, "--trust", w.trust, "--data", data, *words], stdin=theirs,
                stderr=subprocess.PIPE, env={})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        try:
            self.said = self.process.communicate(timeout=TIMEOUT)[1].decode()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise

    def ask(self, url=URL, issued_after=NO_TIME):
        """The objects that came, and why others did not."""
        fd = os.memfd_create("wants", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with mine:
            os.write(fd, b"SPB1" + record(url, issued_after))
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, ALL_SEALS)
            send(mine, struct.pack("=Ii", 0x534f5731, 60000), fd)
            os.close(fd)
            with theirs:
                send(self.socket, struct.pack("=I", 0x534f4331), theirs.fileno())
            mine.settimeout(TIMEOUT)
            message, fds, _, _ = socket.recv_fds(mine, 64, 1)
        expect(len(message) == 12 and len(fds) == 1, f"answer: {message!r} {fds}")
        with os.fdopen(fds[0], "rb") as f:
            f.seek(0)
            found = records(f.read())
        return [r[2] for r in found if r[0] == "O"], [r[1][2] for r in found if r[0] == "A"]


class Held:
    """The server's answer for one address, kept back until release()."""

    def __init__(self, body):
        self.body, self.gate = body, threading.Event()

    def __call__(self, _):
        if not self.gate.wait(TIMEOUT):
            return Answer(500)
        return crl(self.body)

    def release(self):
        self.gate.set()


def crl(body, *headers):
    return Answer(body=body, kind="application/pkix-crl",
                  headers=["Cache-Control: max-age=1", *headers])


def database(data):
    return contextlib.closing(sqlite3.connect(os.path.join(data, "revocation", "store.db"),
                                              timeout=TIMEOUT))


def source(data):
    """next_try, failures, error, and the bytes held from the address; None when it is no source."""
    with database(data) as db:
        row = db.execute("SELECT next_try, failures, error, c.sha256 FROM source"
                         " LEFT JOIN crl c ON c.id = source.crl WHERE url = ?", (URL,)).fetchone()
    if not row:
        return None
    with open(os.path.join(data, "revocation", "crl", row[3] + ".der"), "rb") as f:
        return row[0], row[1], row[2], f.read()


def make_due(data):
    """As if a day had passed for HTTP: the source is due."""
    with database(data) as db:
        done = db.execute("UPDATE source SET next_try = ?, expires = ? WHERE url = ?",
                          (int(time.time()) - 60, int(time.time()) - 60, URL))
        db.commit()
    expect(done.rowcount == 1, "no source that could be due")


def until(truth, what):
    end = time.monotonic() + TIMEOUT
    while not truth():
        expect(time.monotonic() < end, f"not {what} within {TIMEOUT} s")
        time.sleep(0.02)


class Setting:
    """A store that holds a list which was fetched; first and second: an old list and a newer."""

    def __init__(self, w, name, days=6, due=True, headers=()):
        self.w, self.data = w, os.path.join(w.folder, name)
        self.first = w.pki.crl("root", -2 * DAY if days > 0 else -40 * DAY, days * DAY)
        self.second = w.pki.crl("root", -DAY, 6 * DAY)
        expect(self.first != self.second, "the lists are the same")
        w.server.page(LIST, crl(self.first, *headers))
        with Obtain(w, self.data) as o:
            got, why = o.ask()
        expect(got == [self.first], f"the first list did not come: {why} {o.said}")
        expect(source(self.data)[3] == self.first, "the first list was not kept")
        if due:
            make_due(self.data)
        w.server.requests.clear()

    def asked(self):
        return self.w.server.count(LIST)


# ---- the tests -----------------------------------------------------------------------------------

def test_fresh(w):
    """What is fresh is given, and nobody is asked."""
    s = Setting(w, "fresh", due=False)
    w.server.page(LIST, crl(s.second))
    with Obtain(w, s.data, "--refresh") as o:
        got, _ = o.ask()
    expect(got == [s.first] and s.asked() == 0, f"{len(got)} lists, asked {s.asked()} times")


def test_given_at_once_and_renewed(w):
    """The server answers only after the old list was given; the store has the new one then."""
    s = Setting(w, "renewed")
    held = Held(s.second)
    w.server.page(LIST, held)
    with Obtain(w, s.data, "--refresh") as o:
        got, why = o.ask()
        expect(got == [s.first], f"not the list held: {why}")
        expect(not held.gate.is_set() and source(s.data)[3] == s.first, "it was not first")
        held.release()
        until(lambda: source(s.data)[3] == s.second, "renewed")
    next_try, failures, error, _ = source(s.data)
    expect(next_try > time.time() and failures == 0 and error is None, "the source is due again")
    expect(s.asked() == 1, f"asked {s.asked()} times")
    with Obtain(w, s.data, "--refresh") as o:
        expect(o.ask()[0] == [s.second], "the renewed list is not given")
    expect(s.asked() == 1, "what is fresh again was asked for")
    expect(len(glob.glob(s.data + "/revocation/crl/*.der")) == 2, "the old list is no evidence")


def test_renewed_when_it_ends(w):
    """A program that ends right after its answer does not take the renewal with it."""
    s = Setting(w, "ends")
    w.server.page(LIST, crl(s.second))
    with Obtain(w, s.data, "--refresh") as o:
        expect(o.ask()[0] == [s.first], "not the list held")
    expect(source(s.data)[3] == s.second, f"not renewed: {o.said}")


def test_not_modified(w):
    """A server without news makes the list fresh again."""
    s = Setting(w, "same", headers=['ETag: "one"'])
    w.server.page(LIST, lambda r: Answer(304) if r.headers.get("if-none-match") == '"one"'
                  else Answer(500))
    with Obtain(w, s.data, "--refresh") as o:
        expect(o.ask()[0] == [s.first], "not the list held")
        until(lambda: source(s.data)[0] > time.time(), "fresh again")
    expect(source(s.data)[1:] == (0, None, s.first) and s.asked() == 1, "a 304 is a failure")


def test_without_the_switch(w):
    """The command line does not go on after its answer."""
    s = Setting(w, "switch")
    w.server.page(LIST, crl(s.second))
    with Obtain(w, s.data) as o:
        expect(o.ask()[0] == [s.first], "not the list held")
    expect(s.asked() == 0 and source(s.data)[3] == s.first, "it was renewed")


def test_server_is_down(w):
    """The list is given all the same, and the server left alone for a while."""
    s = Setting(w, "down")
    w.dns.names[CRL] = [NOWHERE]
    w.dns.asked.clear()
    try:
        with Obtain(w, s.data, "--refresh") as o:
            expect(o.ask()[0] == [s.first], "not given while the server is down")
            until(lambda: source(s.data)[1] == 1, "a failure")
        next_try, failures, error, der = source(s.data)
        expect(next_try > time.time() and error and der == s.first, f"{next_try} {error}")
        asked = len(w.dns.asked)
        expect(asked, "the server was not tried")
        with Obtain(w, s.data, "--refresh") as o:
            expect(o.ask()[0] == [s.first], "not given during the back-off")
        expect(len(w.dns.asked) == asked and source(s.data)[1] == failures, "asked again at once")
    finally:
        w.dns.names[CRL] = [PUBLIC]


def test_bad_news_replace_nothing(w):
    """A renewal that brings a page that says sorry, or a forged list, leaves the good one."""
    forged = bytearray(w.pki.crl("root", -DAY, 6 * DAY))
    forged[-1] ^= 1
    for name, page in (("sorry", Answer(body=b"<html>sorry", kind="application/pkix-crl")),
                       ("forged", crl(bytes(forged)))):
        s = Setting(w, name)
        w.server.page(LIST, page)
        with Obtain(w, s.data, "--refresh") as o:
            expect(o.ask()[0] == [s.first], f"{name}: not the list held")
            until(lambda s=s: source(s.data)[1] == 1, f"{name}: a failure")
        expect(source(s.data)[3] == s.first, f"{name}: it replaced the good list")


def test_past_next_update(w):
    """What is out of date is never given: the new list is fetched first, or none comes."""
    s = Setting(w, "over", days=-33)
    w.server.page(LIST, crl(s.second))
    with Obtain(w, s.data, "--refresh") as o:
        got, why = o.ask()
    expect(got == [s.second], f"{len(got)} lists: {why}")
    expect(source(s.data)[3] == s.second and s.asked() == 1, "it was not kept")
    s = Setting(w, "over-down", days=-33)
    w.server.fault(LIST, "503")
    w.server.page(LIST, None)
    with Obtain(w, s.data, "--refresh") as o:
        got, why = o.ask()
    expect(not got and "503" in why[0], f"{len(got)} lists: {why}")


def test_wanted_newer(w):
    """Whoever has the list held wants a newer one: it is fetched, whatever HTTP says."""
    s = Setting(w, "newer", due=False)
    w.server.page(LIST, crl(s.second))
    with Obtain(w, s.data, "--refresh") as o:
        got, why = o.ask(issued_after=int(time.time()) - 36 * 3600)
    expect(got == [s.second], f"{len(got)} lists: {why}")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]


def main():
    netns.enter([PUBLIC])
    wanted = sys.argv[1:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="satyapan-obtain-") as folder, Pki() as pki, \
            PkiServer(pki, [(PUBLIC, 80)]) as server:
        dns = netns.Dns({name: [PUBLIC] for name in (CRL, CA, OCSP)})
        w = World(folder, pki, server, dns)
        for test in TESTS:
            if wanted and test.__name__ not in wanted:
                continue
            server.clear()
            dns.asked.clear()
            try:
                test(w)
                passed += 1
                print(f"ok {test.__name__}")
            except (Wrong, OSError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAIL {test.__name__}: {error}")
        dns.close()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
