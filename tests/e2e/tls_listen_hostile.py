#!/usr/bin/env python3
"""Strangers against `satyapan tls listen`: whatever they send it stays small, says what it saw, and a device
beside them is still judged rightly."""
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from tls_listen_lab import Lab, cases  # noqa: E402

PATIENCE = 60
CONNECTIONS = 10000
passed = failed = 0
counting = threading.Lock()


def count(good, line):
    global passed, failed
    with counting:
        passed += bool(good)
        failed += not good
    if not good:
        print("FAIL", line)


def connect(port, source="127.0.0.1"):
    s = socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))
    s.settimeout(PATIENCE)
    return s


def send_until_closed(port, pieces):
    """Octets sent before the other end had enough."""
    sent = 0
    with connect(port) as s:
        try:
            for piece in pieces:
                s.sendall(piece)
                sent += len(piece)
            while s.recv(4096):
                pass
        except OSError:
            pass
    return sent


def endless(piece):
    while True:
        yield piece


def hello(name=b"device.test", pad=0):
    """A ClientHello of TLS 1.2, in one record or many."""
    sni = struct.pack("!BH", 0, len(name)) + name
    sni = struct.pack("!H", len(sni)) + sni
    ext = struct.pack("!HH", 0, len(sni)) + sni + b"\x00\x0a\x00\x04\x00\x02\x00\x17"
    ext += b"\x00\x0d\x00\x04\x00\x02\x04\x01" + struct.pack("!HH", 21, pad) + bytes(pad)
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\x00\x02\xc0\x2f" + b"\x01\x00" + struct.pack("!H", len(ext)) + ext
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"".join(b"\x16\x03\x01" + struct.pack("!H", len(message[i:i + 16000])) + message[i:i + 16000]
                    for i in range(0, len(message), 16000))


def one_line_each(lab, mail):
    """What is sent, and the event that must follow."""
    port = lab.ports[0]
    rows = [
        ("empty records for ever", lambda: send_until_closed(port, endless(b"\x16\x03\x01\x00\x00" * 50)), "broken-hello"),
        ("a hello of 16 MB", lambda: send_until_closed(port, [b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + bytes(16380)]),
         "broken-hello"),
        ("one octet a record, for ever",
         lambda: send_until_closed(port, endless(b"\x16\x03\x01\x00\x01\x01")), "broken-hello"),
        ("a record of 64 kB", lambda: send_until_closed(port, [b"\x16\x03\x01\xff\xff" + bytes(65535)]), "broken-hello"),
        ("octets of chance", lambda: send_until_closed(port, [b"\x07" + os.urandom(4000)]), "plain"),
        ("a hello whose lists are longer than it",
         lambda: send_until_closed(port, [b"\x16\x03\x01\x00\x2e\x01\x00\x00\x2a\x03\x03" + bytes(33) + b"\xff\xff" + bytes(5)]),
         "broken-hello"),
        ("an alert", lambda: send_until_closed(port, [b"\x15\x03\x01\x00\x02\x02\x28"]), "plain"),
        ("nothing", lambda: connect(port).close(), "no-hello"),
        ("half a hello", lambda: send_and_leave(port, hello()[:40]), "no-hello"),
        ("HTTP", lambda: send_until_closed(port, [b"GET / HTTP/1.1\r\n\r\n"]), "plain"),
        ("MQTT", lambda: send_until_closed(port, [b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ab"]), "plain"),
        ("a mail line without end", lambda: send_until_closed(mail.ports[0], endless(b"A" * 500)), "broken-hello"),
    ]
    for name, act, kind in rows:
        where = mail if "mail" in name else lab
        since = len(where.events)
        act()
        count(where.wait_for(kind, PATIENCE, since), f"{name}: no event {kind}")


def send_and_leave(port, data):
    try:
        with connect(port) as s:
            s.sendall(data)
    except ConnectionError:  # refused at once; what was seen of it is what counts
        pass


def large_hello(lab):
    """Sixty thousand octets of hello are unusual and allowed."""
    with connect(lab.ports[0]) as s:
        s.sendall(hello(pad=60000))
        event = lab.wait_for("hello", PATIENCE, name="device.test")
        count(event, f"a large hello: {event}")


def names(lab):
    """One address that makes up names."""
    for i in range(80):
        send_and_leave(lab.ports[0], hello(b"n%d.test" % i))
    count(lab.wait_for("limit", PATIENCE, why="too many names from this address"), "names without end are not refused")


def held_open(lab):
    """More connections at once than an address may have; those that say nothing are closed in time. That takes as
    long as a device may take, so the others do what they do meanwhile, from addresses of their own."""
    held = []
    for _ in range(100):
        try:
            held.append(connect(lab.ports[0], "127.0.0.7"))
        except OSError:  # refused at once
            pass
    count(lab.wait_for("limit", PATIENCE, why="too many connections at once"), "connections at once are not limited")
    slow = connect(lab.ports[0], "127.0.0.3")
    stop = threading.Event()

    def drip():
        for octet in hello(pad=3000):
            if stop.wait(0.2):
                return
            try:
                slow.sendall(bytes([octet]))
            except OSError:
                return
    dripping = threading.Thread(target=drip)
    dripping.start()
    count(lab.wait_for("no-hello", PATIENCE, ip="127.0.0.7", why="no complete hello in time"), "a half-open connection stays")
    for s in held:
        try:
            while s.recv(100):
                pass
        except OSError:
            pass
        s.close()
    event = lab.wait_for("no-hello", PATIENCE, ip="127.0.0.3")
    count(event, "slow octets are waited for without end")
    stop.set()
    dripping.join()
    slow.close()


def flood(lab):
    """Thousands of connections, one after the other, from four threads."""
    def many():
        for i in range(CONNECTIONS // 4):
            try:
                s = connect(lab.ports[0], "127.0.0.4")
                s.sendall(b"\x16\x03" if i % 2 else b"")
                s.close()
            except OSError:
                pass
    threads = [threading.Thread(target=many) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    seen = sum(1 for e in lab.events if e["ip"] == "127.0.0.4")
    end = time.monotonic() + PATIENCE
    while seen < CONNECTIONS * 0.9 and time.monotonic() < end:
        time.sleep(0.1)
        seen = sum(1 for e in lab.events if e["ip"] == "127.0.0.4")
    count(seen >= CONNECTIONS * 0.9, f"of {CONNECTIONS} connections {seen} were reported")


def data_without_end(lab):
    """A device that never stops talking: its data counts, and is not kept."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with connect(lab.ports[0], "127.0.0.5") as raw:
        try:
            with context.wrap_socket(raw, server_hostname="talks.test") as s:
                while True:
                    s.sendall(b"x" * 16000)
        except OSError:
            pass
    event = lab.wait_for("case", PATIENCE, ip="127.0.0.5")
    count(event and event["end"] == "accept" and event["first_data"] == "raw", f"endless data: {event}")


def silent_after_hello(lab):
    with connect(lab.ports[0], "127.0.0.6") as s:
        s.sendall(hello(b"silent.test"))
        event = lab.wait_for("case", PATIENCE, ip="127.0.0.6")
        count(event and event["end"] == "silent", f"silence after the hello: {event}")


def good_device(lab):
    """curl from an address of its own, while others misbehave."""
    for _ in range(4):
        subprocess.run(["curl", "-s", "-m", "30", "--interface", "127.0.0.2", "--cacert", lab.ca,
                        f"https://localhost:{lab.ports[0]}/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False, timeout=PATIENCE)


def memory_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("VmHWM")).split()[1])


def main():
    with tempfile.TemporaryDirectory() as folder:
        with Lab(folder, 1) as first, Lab(folder, 1, ["--service", "smtp"]) as mail:
            device = threading.Thread(target=good_device, args=(first,))
            device.start()
            silent = threading.Thread(target=silent_after_hello, args=(first,))
            silent.start()
            held = threading.Thread(target=held_open, args=(first,))
            held.start()
            one_line_each(first, mail)
            large_hello(first)
            names(first)
            data_without_end(first)
            flood(first)
            device.join()
            silent.join()
            held.join()
            peak = memory_kib(first.process.pid)
            count(peak < 300 * 1024, f"{peak} KiB at most")
            code, reports = first.end()
            count(code == 1, f"exit code {code}: {first.errors}")  # a device spoke in the clear
            device_report = [r for r in reports if r["ip"] == "127.0.0.2"]
            count(len(device_report) == 1 and cases(device_report[0])["good"]["result"] == "accept"
                  and cases(device_report[0])["self-signed"]["result"] == "reject",
                  "the device beside them was not judged")
            plain = [r for r in reports for f in r["findings"] if f["code"] == "tls.client-plaintext"]
            count(len(plain) == 1 and plain[0]["ip"] == "127.0.0.1", f"plaintext: {len(plain)} clients")
            count(mail.end()[0] == 2, "nobody said a hello to the mail server")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
