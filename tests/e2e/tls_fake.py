"""tls_fake - TLS servers of known configuration that no library offers any more, and odd ones.

    server = tls_fake.Fake(versions={"TLSv1.0": ["TLS_RSA_EXPORT_WITH_RC4_40_MD5"]}, cert=der)
    server.port ... server.stop()

Only the server's first flight is played, with signatures of zeros: that is all a hello engine reads.
A fake answers SSL 2.0 and SSL 3.0 to TLS 1.3 (HelloRetryRequest), and DTLS 1.2 with a cookie.
Keyword arguments:
  versions      {name: [suite names in the server's order]}; ssl2: [codes]
  groups        names in its order; dh: (bits or prime as an integer); suite names decide what is sent
  order         "server" or "client"; negotiate: a too high version gets its highest, else an alert
  compress, mtls, heartbeat, renegotiation, ems, etm, sentinel, scsv, staple, alpn   what it supports
  refuse        "alert", "close", "reset", "silent", or an alert number
  hook          called with (server, connection, ClientHello) first; True: it did the whole answer
  reuse         the same key exchange value in each connection
  serial        one connection at a time; others are closed
"""
import os
import re
import socket
import struct
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VERSIONS = {"SSLv2": 2, "SSLv3": 0x300, "TLSv1.0": 0x301, "TLSv1.1": 0x302, "TLSv1.2": 0x303,
            "TLSv1.3": 0x304, "DTLSv1.0": 0xFEFF, "DTLSv1.2": 0xFEFD}
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def table(name, macro):
    with open(os.path.join(ROOT, "src/tls", name), encoding="utf-8") as file:
        rows = re.findall(macro + r'\(0x([0-9A-F]+), "([^"]+)"', file.read())
    return {n: int(c, 16) for c, n in rows}


SUITES = table("suites.def", "SUITE")
GROUPS = table("groups.def", "GROUP")
SUITE_NAMES = {c: n for n, c in SUITES.items()}


def run16(b):
    return struct.pack(">H", len(b)) + b


def run24(b):
    return struct.pack(">I", len(b))[1:] + b


def message(kind, body):
    return bytes([kind]) + run24(body)


class Hello:
    """A parsed ClientHello of a stream, or with dtls of a datagram's handshake body."""

    def __init__(self, body, dtls=False):
        self.version, = struct.unpack(">H", body[:2])
        self.random = body[2:34]
        at = 34
        at += 1 + body[at]
        self.cookie = b""
        if dtls:
            n = body[at]
            self.cookie = body[at + 1:at + 1 + n]
            at += 1 + n
        n, = struct.unpack(">H", body[at:at + 2])
        raw = body[at + 2:at + 2 + n]
        self.suites = [SUITE_NAMES.get(c, f"0x{c:04X}")
                       for c in struct.unpack(f">{n // 2}H", raw)]
        self.scsv = "0x5600" in self.suites
        self.suites = [s for s in self.suites if not s.startswith("0x")]
        at += 2 + n
        n = body[at]
        self.compression = list(body[at + 1:at + 1 + n])
        at += 1 + n
        self.ext = {}
        if at + 2 <= len(body):
            end = at + 2 + struct.unpack(">H", body[at:at + 2])[0]
            at += 2
            while at + 4 <= end:
                kind, n = struct.unpack(">HH", body[at:at + 4])
                self.ext[kind] = body[at + 4:at + 4 + n]
                at += 4 + n
        if 43 in self.ext and b"\x03\x04" in self.ext[43]:
            self.version = 0x304
        raw = self.ext.get(10, b"\0\0")[2:]
        codes = struct.unpack(f">{len(raw) // 2}H", raw)
        self.groups = [name for name, code in GROUPS.items() if code in codes]
        self.length = len(body) + 4


class Fake:
    def __init__(self, versions=None, cert=b"", **kw):
        self.versions = versions or {}
        self.cert = cert
        self.kw = {"ssl2": [], "groups": ["secp256r1"], "dh": 2048, "order": "server",
                   "negotiate": True, "refuse": "alert", "renegotiation": True, "sentinel": True}
        self.kw.update(kw)
        self.accepted = self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        self.alive = True
        threading.Thread(target=self.serve, daemon=True).start()

    def stop(self):
        self.alive = False
        self.socket.close()

    # ---- connections

    def serve(self):
        while self.alive:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def one(self, c):
        with self.lock:
            self.accepted += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            c.settimeout(10)
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not (self.kw.get("serial") and self.at_once > 1):
                self.answer(c)
        except (OSError, IndexError, struct.error):
            pass
        finally:
            with self.lock:
                self.at_once -= 1
            c.close()

    def exactly(self, c, n):
        got = b""
        while len(got) < n:
            more = c.recv(n - len(got))
            if not more:
                raise OSError("closed")
            got += more
        return got

    def answer(self, c):
        if self.kw.get("raw"):
            self.kw["raw"](self, c)
            return
        head = self.exactly(c, 2)
        if head[0] & 0x80:
            self.exactly(c, struct.unpack(">H", head)[0] & 0x7FFF)
            self.answer_ssl2(c)
            return
        head += self.exactly(c, 3)
        body = self.exactly(c, struct.unpack(">H", head[3:])[0])
        hello = Hello(body[4:])
        if self.kw.get("hook") and self.kw["hook"](self, c, hello):
            return
        out = self.flight(hello)
        if out is None:
            self.refuse(c, hello, self.why)
        else:
            c.sendall(out)
            self.drain(c)

    def drain(self, c):
        c.settimeout(3)
        while c.recv(4096):
            pass

    def record(self, kind, version, body):
        return bytes([kind]) + struct.pack(">HH", version, len(body)) + body

    def refuse(self, c, hello, alert):
        how = self.kw["refuse"]
        if how == "silent":
            time.sleep(6)
        elif how == "reset":
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how != "close":
            number = how if isinstance(how, int) else alert
            c.sendall(self.record(21, min(hello.version, 0x303), bytes([2, number])))
            self.drain(c)

    def answer_ssl2(self, c):
        specs = b"".join(struct.pack(">I", code)[1:] for code in self.kw["ssl2"])
        if not specs:
            return
        body = (b"\x04\0\1" + struct.pack(">HHHH", 2, len(self.cert), len(specs), 16) + self.cert +
                specs + os.urandom(16))
        c.sendall(struct.pack(">H", 0x8000 | len(body)) + body)
        self.drain(c)

    # ---- what is answered

    def choose(self, hello):
        """(version, suite) or None with self.why."""
        mine = {VERSIONS[v]: s for v, s in self.versions.items()}
        version = hello.version
        old = [v for v in mine if v < 0x304]
        if version not in mine:
            lower = [v for v in old if v < version]
            if not (self.kw["negotiate"] and version != 0x304 and lower):
                self.why = 70
                return None
            version = max(lower)
        if hello.scsv and self.kw.get("scsv") and version < max(mine):
            self.why = 86
            return None
        group = self.group(hello)
        usable = [s for s in mine[version]
                  if group or version == 0x300 or not ("ECDHE" in s or version == 0x304)]
        outer, inner = (usable, hello.suites) if self.kw["order"] == "server" else (hello.suites, usable)
        for suite in outer:
            if suite in inner:
                return version, suite
        self.why = 40
        return None

    def group(self, hello):
        if 10 not in hello.ext:
            return "secp256r1" if hello.version < 0x304 and "secp256r1" in self.kw["groups"] else None
        return next((g for g in self.kw["groups"] if g in hello.groups), None)

    def extensions(self, hello, version):
        out = b""
        for kind, name in ((0xFF01, "renegotiation"), (23, "ems"), (22, "etm"), (15, "heartbeat"),
                           (5, "staple")):
            if self.kw.get(name) and (kind in hello.ext or (kind == 0xFF01 and version < 0x304)):
                body = {0xFF01: b"\0", 15: b"\1"}.get(kind, b"")
                out += struct.pack(">H", kind) + run16(body)
        alpn = self.kw.get("alpn")
        if alpn and 16 in hello.ext and alpn.encode() in hello.ext[16]:
            name = bytes([len(alpn)]) + alpn.encode()
            out += struct.pack(">H", 16) + run16(run16(name))
        return run16(out) if out else b""

    def random(self, version):
        r = bytearray(os.urandom(32))
        top = max(VERSIONS[v] for v in self.versions)
        if self.kw["sentinel"] and top == 0x304:
            r[24:] = b"DOWNGRD" + (b"\1" if version == 0x303 else b"\0")
        return bytes(r)

    def flight(self, hello):
        chosen = self.choose(hello)
        if not chosen:
            return None
        version, suite = chosen
        if version == 0x304:
            return self.retry(hello, suite)
        compression = 1 if self.kw.get("compress") and 1 in hello.compression else 0
        body = struct.pack(">H", version) + self.random(version) + b"\0"
        body += struct.pack(">H", SUITES[suite]) + bytes([compression])
        body += self.extensions(hello, version) if version > 0x300 and hello.ext else b""
        out = message(2, body)
        if "anon" not in suite and "PSK" not in suite:
            out += message(11, run24(run24(self.cert)))
        if self.kw.get("staple") and 5 in hello.ext:
            out += message(22, b"\1" + run24(b"0\3\n\1\0"))
        out += self.key_exchange(hello, version, suite)
        if self.kw.get("mtls"):
            schemes = run16(b"\4\1\4\3") if version == 0x303 else b""
            out += message(13, b"\1\1" + schemes + run16(run16(b"0\0")))
        out += message(14, b"")
        return self.records(version, out)

    def records(self, version, out):
        size = self.kw.get("fragment", 16000)
        return b"".join(self.record(22, version, out[i:i + size]) for i in range(0, len(out), size))

    def retry(self, hello, suite):
        ext = struct.pack(">HHH", 43, 2, 0x304)
        ext += struct.pack(">HHH", 51, 2, GROUPS[self.group(hello)])
        body = b"\3\3" + RETRY + b"\x20" + bytes(32) + struct.pack(">H", SUITES[suite]) + b"\0"
        return self.record(22, 0x303, message(2, body + run16(ext)))

    def key_exchange(self, hello, version, suite):
        signed = "anon" not in suite
        sign = (b"\4\1" if version == 0x303 else b"") + run16(bytes(64)) if signed else b""
        key = bytes(range(1, 33)) if self.kw.get("reuse") else os.urandom(32)
        if "ECDHE" in suite or "ECDH_anon" in suite:
            code = GROUPS[self.group(hello) or "secp256r1"]
            return message(12, b"\3" + struct.pack(">H", code) + bytes([len(key)]) + key + sign)
        if "DHE_" in suite or "DH_anon" in suite:
            dh = self.kw["dh"]
            p = dh if dh > 16384 else (1 << (dh - 1)) | (int.from_bytes(b"\x5a" * (dh // 8 - 2), "big") << 3) | 7
            p = p.to_bytes((p.bit_length() + 7) // 8, "big")
            return message(12, run16(p) + run16(b"\2") + run16(key.ljust(len(p), b"\1")[:len(p)]) + sign)
        if "RSA_EXPORT" in suite and not suite.startswith("TLS_DH"):
            return message(12, run16(b"\xc1" * 64) + run16(b"\1\0\1") + sign)
        return b""


class FakeDatagram:
    """DTLS 1.2 with a cookie, its flight in fragments, each record sent twice and out of order."""

    def __init__(self, cert, versions, **kw):
        self.inner = Fake.__new__(Fake)
        self.inner.kw = {"groups": ["secp256r1"], "dh": 2048, "order": "server", "negotiate": False,
                         "refuse": "alert", "renegotiation": True, "sentinel": False}
        self.inner.kw.update(kw)
        self.inner.cert = cert
        self.inner.versions = versions
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.accepted = 0
        self.lose = kw.get("lose", 0)
        threading.Thread(target=self.serve, daemon=True).start()

    def stop(self):
        self.socket.close()

    def serve(self):
        seen = 0
        while True:
            try:
                data, peer = self.socket.recvfrom(8192)
            except OSError:
                return
            seen += 1
            if data[0] != 22 or (self.lose and seen % self.lose == 0):
                continue
            try:
                self.answer(data, peer)
            except (IndexError, struct.error, KeyError):
                continue

    def send(self, peer, kind, version, seq, body):
        self.socket.sendto(bytes([kind]) + struct.pack(">HHIH", version, 0, 0, seq) + run16(body), peer)

    def part(self, kind, seq, body, off, n):
        return (bytes([kind]) + struct.pack(">I", len(body))[1:] + struct.pack(">H", seq) +
                struct.pack(">I", off)[1:] + struct.pack(">I", n)[1:] + body[off:off + n])

    def answer(self, data, peer):
        hello = Hello(data[25:], dtls=True)
        if hello.cookie != b"satyapan":
            self.accepted += 1
            body = struct.pack(">H", 0xFEFF) + b"\x08satyapan"
            self.send(peer, 22, 0xFEFF, 0, self.part(3, 0, body, 0, len(body)))
            return
        flight = self.flight(hello)
        if flight is None:
            self.send(peer, 21, hello.version, 1, bytes([2, self.why]))
            return
        seq = 1
        for i, (kind, body) in enumerate(flight):
            for off in range(0, len(body) or 1, 300):
                piece = self.part(kind, i + 1, body, off, min(300, len(body) - off))
                for _ in range(2):
                    self.send(peer, 22, hello.version, seq, piece)
                    seq += 1

    def flight(self, hello):
        mine = {VERSIONS[v]: s for v, s in self.inner.versions.items()}
        self.why = 70
        if hello.version not in mine:
            return None
        group = self.inner.group(hello)
        self.why = 40
        suite = next((s for s in mine[hello.version]
                      if s in hello.suites and (group or "ECDHE" not in s)), None)
        if not suite:
            return None
        body = struct.pack(">H", hello.version) + os.urandom(32) + b"\0"
        body += struct.pack(">H", SUITES[suite]) + b"\0" + self.inner.extensions(hello, 0x303)
        out = [(2, body), (11, run24(run24(self.inner.cert)))]
        exchange = self.inner.key_exchange(hello, 0x303, suite)
        if exchange:
            out.append((12, exchange[4:]))
        return out + [(14, b"")]


# ---- between the scanner and a server -------------------------------------------------------------


class Proxy:
    """Passes connections on. one: only one at a time, others are closed; delay: seconds each way at
    the beginning and for each piece; reset: that share of all connections; small: one byte a segment."""

    def __init__(self, port, one=False, delay=0.0, reset=0.0, small=False, seed=1):
        import random
        self.to, self.single, self.delay, self.reset, self.small = port, one, delay, reset, small
        self.random = random.Random(seed)
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.busy = threading.Lock()
        self.accepted = self.refused = self.killed = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def stop(self):
        self.socket.close()

    def serve(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            self.accepted += 1
            if self.reset and self.random.random() < self.reset:
                self.killed += 1
                threading.Thread(target=self.kill, args=(c,), daemon=True).start()
            elif self.single and not self.busy.acquire(blocking=False):
                self.refused += 1
                c.close()
            else:
                threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def kill(self, c):
        try:
            c.recv(1)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        c.close()

    def one(self, c):
        try:
            with socket.create_connection(("127.0.0.1", self.to)) as s:
                for x in (c, s):
                    x.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                back = threading.Thread(target=self.pump, args=(s, c, self.small), daemon=True)
                back.start()
                self.pump(c, s, False)
                back.join(10)
        except OSError:
            pass
        finally:
            c.close()
            if self.single:
                self.busy.release()

    def pump(self, a, b, small):
        try:
            while True:
                data = a.recv(65536)
                if not data:
                    break
                if self.delay:
                    time.sleep(self.delay)
                if small:
                    for i in range(len(data)):
                        b.sendall(data[i:i + 1])
                else:
                    b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:  # a reset goes on as a reset
            try:
                b.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                b.shutdown(socket.SHUT_RD)
                b.close()
            except OSError:
                pass


class StartTls:
    """FTP, SMTP or LDAP up to the point where TLS begins, then the bytes of a TLS server."""

    def __init__(self, kind, port, offer=True):
        self.kind, self.to, self.offer = kind, port, offer
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def stop(self):
        self.socket.close()

    def serve(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def line(self, c):
        got = b""
        while not got.endswith(b"\n"):
            more = c.recv(1)
            if not more:
                raise OSError("closed")
            got += more
        return got.decode()

    def talk(self, c):
        if self.kind == "ftp":
            c.sendall(b"220-Welcome\r\n220 IP camera FTP\r\n")
            line = self.line(c)
            c.sendall(b"234 go\r\n" if self.offer else b"500 what?\r\n")
            return self.offer and line == "AUTH TLS\r\n"
        if self.kind == "smtp":
            c.sendall(b"220 nvr ESMTP\r\n")
            self.line(c)
            c.sendall(b"250-nvr\r\n250-SIZE 1000\r\n250 " + (b"STARTTLS" if self.offer else b"HELP") + b"\r\n")
            if not self.offer or self.line(c) != "STARTTLS\r\n":
                return False
            c.sendall(b"220 go\r\n")
            return True
        want = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
        got = b""
        while len(got) < len(want):
            got += c.recv(len(want) - len(got))
        code = b"\0" if self.offer else b"\2"
        c.sendall(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01" + code + b"\x04\0\x04\0")
        return self.offer and got == want

    def one(self, c):
        try:
            if self.talk(c):
                proxy = Proxy.__new__(Proxy)
                proxy.to, proxy.single, proxy.delay, proxy.small = self.to, False, 0, False
                proxy.one(c)
            c.close()
        except OSError:
            c.close()
