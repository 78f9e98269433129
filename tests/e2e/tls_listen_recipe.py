#!/usr/bin/env python3
"""The laboratory recipe of satyapan-tls(1), done as it is written there: a device in a network namespace of
its own, dnsmasq and nftables on the laboratory's side.

The commands are taken from the manual page; only the name of the interface is another one.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from tls_listen_lab import Lab, cases  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSIDE = "SATYAPAN_TEST_RECIPE"
passed = failed = 0


def skip(why):
    print(f"skipped: {why}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(77)


def count(good, line):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAIL", line)


def run(*words, must=True):
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    if must and done.returncode != 0:
        skip(f"{' '.join(words)}: {done.stderr.strip()}")
    return done


def commands():
    """What the page says to type as root, a list of words each."""
    with open(os.path.join(ROOT, "src", "man", "satyapan-tls.1"), encoding="utf-8") as f:
        text = f.read()
    lines = [line[4:].replace("\\e", "\\").replace("\\ ", " ") for line in text.split("\n") if line.startswith(".Dl ")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [shlex.split(line[2:].replace("eth1", "lab0")) for line in joined.split("\n") if line.startswith("# ")]


def enter():
    for program in ("dnsmasq", "nft", "ip", "unshare", "nsenter", "curl", "mosquitto_pub"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    if os.environ.get(INSIDE) != "1":
        probe = subprocess.run(["unshare", "-Urnm", "nft", "add", "table", "ip", "probe"], capture_output=True,
                               text=True, check=False, timeout=30)
        if probe.returncode != 0:
            skip("no network namespace with nftables here: " + probe.stderr.strip())
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-Urnm", "--kill-child", sys.executable, "-B"] + sys.argv)


class Device:
    """A namespace with one wire to the laboratory, and its DNS server."""

    def __init__(self, folder):
        resolv = os.path.join(folder, "resolv.conf")
        with open(resolv, "w", encoding="ascii") as f:
            f.write("nameserver 192.168.7.1\n")
        self.process = subprocess.Popen(
            ["unshare", "-nm", "sh", "-c", f"mount --bind {resolv} $(readlink -f /etc/resolv.conf) && echo up && exec sleep 600"],
            stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "up\n":
            skip("resolv.conf cannot be replaced in a namespace")
        self.pid = str(self.process.pid)
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "lab0", "type", "veth", "peer", "name", "dev0")
        run("ip", "link", "set", "dev0", "netns", self.pid)
        run("ip", "addr", "add", "192.168.7.1/24", "dev", "lab0")
        run("ip", "link", "set", "lab0", "up")
        for words in (["ip", "addr", "add", "192.168.7.50/24", "dev", "dev0"], ["ip", "link", "set", "dev0", "up"],
                      ["ip", "route", "add", "default", "via", "192.168.7.1"]):
            self.run(*words, must=True)

    def run(self, *words, must=False):
        return run("nsenter", "-t", self.pid, "-n", "-m", *words, must=must)

    def stop(self):
        self.process.kill()
        self.process.wait(30)


def resolves(device):
    """dnsmasq answers: any name is the laboratory."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if "192.168.7.1" in device.run("getent", "ahostsv4", "any.name.example").stdout:
            return True
        time.sleep(0.1)
    return False


def visits(device, lab):
    rows = [("443", "api.vendor.example", ["curl", "-s", "-m", "20", "--cacert", lab.ca, "https://api.vendor.example/"]),
            ("8883", "mqtt.vendor.example", ["mosquitto_pub", "-h", "mqtt.vendor.example", "-p", "8883", "--cafile", lab.ca,
                                             "-t", "a", "-m", "b"]),
            # By address: the certificate is for the address that was wanted, not for the laboratory's.
            ("8443", None, ["curl", "-s", "-m", "20", "--cacert", lab.ca, "https://203.0.113.9:8443/"])]
    for _, _, words in rows:
        for _ in range(3):
            device.run(*words)
    code, reports = lab.end()
    found = {(str(r["port"]), r["name"]): r for r in reports}
    for port, name, words in rows:
        r = found.get((port, name))
        count(r is not None, f"{' '.join(words)}: no client on port {port} with the name {name}: {list(found)}")
        if r:
            got = cases(r)
            count(r["ip"] == "192.168.7.50", f"{name}: came from {r['ip']}")
            count(got["good"]["result"] == "accept", f"{name}: the good server was not accepted: {got['good']}")
            count(got["self-signed"]["result"] == "reject", f"{name}: {got['self-signed']}")
    count(code == 2, f"exit code {code}: not every case was seen")


def main():
    enter()
    todo = commands()
    count([w[0] for w in todo] == ["dnsmasq", "nft", "nft", "nft"], f"the page says {todo}")
    with tempfile.TemporaryDirectory() as folder:
        device = Device(folder)
        dnsmasq = subprocess.Popen(todo[0] + ["--conf-file=/dev/null", "--user=root", "--group=root",
                                              f"--pid-file={folder}/dnsmasq.pid",
                                              f"--dhcp-leasefile={folder}/leases"], stderr=subprocess.PIPE, text=True)
        try:
            for words in todo[1:]:
                run(*words)
            if not resolves(device):
                dnsmasq.kill()
                skip("dnsmasq does not answer here: " + dnsmasq.stderr.read().strip()[-200:])
            with Lab(folder, 1, hosts=("",), fixed=8443) as lab:
                visits(device, lab)
        finally:
            dnsmasq.kill()
            dnsmasq.wait(30)
            device.stop()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
