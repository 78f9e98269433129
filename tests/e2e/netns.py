"""netns - a network of one's own: a public address on lo, a DNS server, and nothing else reachable.

    import netns
    netns.enter(["93.184.215.14", "2606:4700::1111"])   # starts this test again inside, or skips
    netns.every_address()      # every other address leads here too: a server at 0.0.0.0 and :: traps
    dns = netns.Dns({"crl.test.invalid": ["93.184.215.14"]})    # on 127.0.0.1:53
    dns.names["x.example"] = lambda query_number: ["93.184.215.14"] if query_number == 0 else [...]
    netns.trust_only("ca.pem")                                  # /etc/ssl/certs/ca-certificates.crt

So the program under test runs with its real policy: nothing is switched off for the test. Needs
user namespaces (unshare -Urnm); enter() prints why and exits with 77 where they are not allowed.
"""
import os
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading

INSIDE = "SATYAPAN_TEST_NETNS"


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)


def skip(why):
    print(f"skipped: {why}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(77)


def bind(content, place):
    """Puts a file over another one, in this namespace only."""
    with tempfile.NamedTemporaryFile("w", delete=False) as f:
        f.write(content)
    os.chmod(f.name, 0o644)
    done = run("mount", "--bind", f.name, place)
    os.unlink(f.name)
    if done.returncode != 0:
        skip(f"{place} cannot be replaced in a namespace: {done.stderr.strip()}")


def enter(addresses):
    if os.environ.get(INSIDE) != "1":
        probe = run("unshare", "-Urnm", "ip", "link", "set", "lo", "up")
        if probe.returncode != 0:
            skip("no network namespace here (unshare -Urnm: " + probe.stderr.strip() + ")")
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-Urnm", "--kill-child", sys.executable, "-B"] + sys.argv)
    run("ip", "link", "set", "lo", "up")
    for address in addresses:
        bits, more = ("128", ["nodad"]) if ":" in address else ("32", [])
        done = run("ip", "addr", "add", f"{address}/{bits}", "dev", "lo", *more)
        if done.returncode != 0:
            skip(f"{address} cannot be added to lo: {done.stderr.strip()}")
    bind("nameserver 127.0.0.1\nsearch lan.example\n", os.path.realpath("/etc/resolv.conf"))


def every_address():
    for family, whole in (("-4", "0.0.0.0/0"), ("-6", "::/0")):
        done = run("ip", family, "route", "add", "local", whole, "dev", "lo")
        if done.returncode != 0:
            skip(f"no route for all addresses: {done.stderr.strip()}")


def trust_only(pem_file):
    with open(pem_file, encoding="ascii") as f:
        bind(f.read(), os.path.realpath("/etc/ssl/certs/ca-certificates.crt"))


def packed(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0"


def question(packet):
    """The name asked for, lower case, and the type."""
    at, parts = 12, []
    while packet[at]:
        parts.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1"))
        at += 1 + packet[at]
    kind = struct.unpack_from("!H", packet, at + 1)[0]
    return ".".join(parts).lower(), kind, packet[12:at + 5]


class Dns:
    """names: name -> addresses, or a function of how often the name was asked for in this type.
    texts: name -> TXT records, each a text, or None: no answer.
    asked: every question, in order. An unknown name does not exist (NXDOMAIN)."""

    def __init__(self, names, address=("127.0.0.1", 53)):
        self.names, self.asked, self.texts = dict(names), [], {}
        dns = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                packet, sock = self.request
                answer = dns.answer(packet)
                if answer:
                    sock.sendto(answer, self.client_address)

        self.server = socketserver.ThreadingUDPServer(address, Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, packet):
        name, kind, asked = question(packet)
        before = self.asked.count((name, kind))
        self.asked.append((name, kind))
        found = self.names.get(name)
        if kind == 16 and name in self.texts:
            return self.text_answer(packet, asked, self.texts[name])
        if found is None:
            return packet[:2] + struct.pack("!HHHHH", 0x8183, 1, 0, 0, 0) + asked
        addresses = found(before) if callable(found) else found
        if addresses is None:
            return None  # no answer at all
        family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind)
        records = b""
        count = 0
        for address in addresses:
            if family == (socket.AF_INET6 if ":" in address else socket.AF_INET):
                data = socket.inet_pton(family, address)
                records += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(data)) + data
                count += 1
        return packet[:2] + struct.pack("!HHHHH", 0x8180, 1, count, 0, 0) + asked + records

    @staticmethod
    def text_answer(packet, asked, texts):
        if texts is None:
            return None
        records = b""
        for text in texts:
            data, rest = b"", text.encode()
            while rest:
                data += bytes([len(rest[:255])]) + rest[:255]
                rest = rest[255:]
            records += b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 0, len(data)) + data
        return packet[:2] + struct.pack("!HHHHH", 0x8180, 1, len(texts), 0, 0) + asked + records
