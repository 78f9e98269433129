#!/usr/bin/env python3
"""satyapan-fetch against hostile servers, names and addresses, with its real policy.

Runs in a network namespace (netns.py) in which every address leads to one server that records which
address each connection was made to: a request that goes where it must not is seen, wherever that is.
The only thing the tests shorten is time. What it does not do: read what was fetched.
"""
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

import netns
from bad_addresses import ALLOWED_ANYWAY, BAD, BAD_URLS
from pki_server import Answer, HOSTILE, PkiServer, bomb

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
PUBLIC4, PUBLIC6 = "93.184.215.14", "2606:4700::1111"
GOOD = "ok.test.example"

# Outcome of each hostile answer. Those of the first table make the
# reader wait, so they are tried with less time; the others must be seen through without a clock.
SHORT = {"total_ms": 6000, "connect_ms": 3000, "slow_bytes": 200, "slow_seconds": 2}
WAITING = {
    "slow-headers": "temporary", "slow-body": "temporary", "nothing": "temporary",
    "slow-endless-headers": "temporary",
}
ATTACKS = {
    "endless-body": "too-large", "endless-chunks": "too-large",
    "endless-headers": "too-large", "long-header": "too-large",
    "endless-header": "too-large", "many-headers": "too-large", "endless-1xx": "too-large",
    "gzip-bomb": "permanent", "transfer-bomb": "permanent", "length-too-long": "temporary",
    "length-too-short": "ok", "length-huge": "too-large",
    "length-negative": "permanent",
    "two-lengths": "permanent", "bad-chunk": "temporary",
    "huge-chunk": "temporary", "unfinished-chunk": "temporary",
    "endless-chunk-extension": "too-large",
    "endless-trailers": "too-large", "close": "temporary",
    "reset": "temporary", "not-http": "permanent", "http09": "permanent",
    "truncated": "temporary", "big-body": "too-large",
}


class Wrong(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Wrong(text)


class World:
    def __init__(self, folder):
        self.folder = folder
        self.dns = netns.Dns({GOOD: [PUBLIC4], "six.test.example": [PUBLIC6],
                              "both.test.example": [PUBLIC4, PUBLIC6],
                              "tls.test.example": [PUBLIC4], "wrong.test.example": [PUBLIC4],
                              "secret.test.example": [PUBLIC4], "other.test.example": [PUBLIC4]})
        self.hosts = ["both.test.example", "six.test.example", GOOD, "tls.test.example",
                      "wrong.test.example", "other.test.example", PUBLIC4, PUBLIC6, "localhost",
                      "nowhere.test.example"] + BAD
        self.server = None

    def fetch(self, lines, env=None, kind="crl", **limits):
        """The replies for these URLs, in one batch."""
        path = os.path.join(self.folder, "hosts")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(self.hosts) + "\n")
        given = {"total_ms": 60000, "concurrent": 16, "per_host": 16, "timeout_ms": 90000, **limits}
        text = "".join(f"{kind}\t{line}\n" for line in lines)
        done = subprocess.run(
            [os.path.join(B, "tests", "fetchurls"),
             os.path.join(B, "libexec", "satyapan", "satyapan-fetch"), path]
            + [f"{name}={number}" for name, number in given.items()],
            input=text.encode(), capture_output=True, timeout=120, check=False,
            env={**os.environ, **(env or {})})
        expect(done.returncode == 0, f"fetchurls: exit {done.returncode}: {done.stderr[-300:]!r}")
        replies = [json.loads(line) for line in done.stdout.splitlines()]
        expect(len(replies) == len(lines), f"{len(replies)} replies for {len(lines)} requests")
        return replies

    def one(self, line, **more):
        return self.fetch([line], **more)[0]

    def only_public(self):
        stray = [a for a in self.server.reached if a not in (PUBLIC4, PUBLIC6)]
        expect(not stray, f"connections were made to {sorted(set(stray))}")


def url_of(address):
    return f"http://[{address}]/x" if ":" in address else f"http://{address}/x"


def is_outcome(reply, outcome, *words):
    expect(reply["outcome"] == outcome, f"{reply['outcome']}, not {outcome}: {reply['why']}")
    for word in words:
        expect(word in reply["why"], f"no {word!r} in {reply['why']!r}")


# ---- addresses -----------------------------------------------------------------------------------

def test_trap_works(w):
    """The server does see a connection to any address: else the tests below would prove nothing."""
    for address in ("10.0.0.1", "169.254.169.254", "127.0.0.1", "fd00:ec2::254", "64:ff9b::7f00:1"):
        socket.create_connection((address, 80), timeout=5).close()
    deadline = time.monotonic() + 10
    while len(w.server.reached) < 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    expect(sorted(w.server.reached) == sorted(["10.0.0.1", "169.254.169.254", "127.0.0.1",
                                               "fd00:ec2::254", "64:ff9b::7f00:1"]),
           f"the trap saw {w.server.reached}")


def test_good_hosts(w):
    replies = w.fetch([f"http://{GOOD}/x", "http://six.test.example/x", "http://both.test.example/",
                       url_of(PUBLIC4), url_of(PUBLIC6), f"HTTP://{GOOD.upper()}:80/x#y"])
    for reply in replies:
        is_outcome(reply, "ok")
        expect(reply["size"] == 2000 and
               reply["sha256"] == hashlib.sha256(b"x" * 2000).hexdigest(), "other bytes")
    expect(replies[1]["hops"][0]["ip"] == PUBLIC6, "not by IPv6")
    w.only_public()


def test_bad_literals(w):
    for address, reply in zip(BAD, w.fetch([url_of(a) for a in BAD])):
        is_outcome(reply, "refused", " is ")
        expect(reply["hops"][0]["ip"] == "", f"{address}: connected")
    expect(not w.server.reached, f"reached: {w.server.reached}")


def test_bad_names(w):
    names = {f"n{i}.bad.example": [a] for i, a in enumerate(BAD)}
    w.dns.names.update(names)
    w.hosts += names
    for name, reply in zip(names, w.fetch([f"http://{n}/x" for n in names])):
        is_outcome(reply, "refused", "its address", " is ")
        expect((name, 1) in w.dns.asked, f"{name}: not looked up: the test proves nothing")
    expect(not w.server.reached, f"reached: {w.server.reached}")


def test_one_bad_of_several(w):
    names = {}
    for i, a in enumerate(BAD):
        names[f"f{i}.mix.example"] = [PUBLIC4, a]
        names[f"l{i}.mix.example"] = [a, PUBLIC4]
        names[f"s{i}.mix.example"] = [PUBLIC4, PUBLIC6, a]
    names["many.mix.example"] = [f"93.184.215.{i}" for i in range(1, 20)] + ["10.0.0.1"]
    w.dns.names.update(names)
    w.hosts += names
    for reply in w.fetch([f"http://{n}/x" for n in names]):
        is_outcome(reply, "refused", "its address")
    expect(not w.server.reached, f"reached: {w.server.reached}")


def test_bad_redirects(w):
    replies = w.fetch([f"http://{GOOD}/fault/redirect:{url_of(a)}" for a in BAD])
    for reply in replies:
        is_outcome(reply, "refused", " is ")
        expect([h["ip"] for h in reply["hops"]] == [PUBLIC4, ""], f"hops: {reply['hops']}")
    names = [f"n{i}.bad.example" for i in range(len(BAD))]
    for reply in w.fetch([f"http://{GOOD}/fault/redirect:http://{n}/y" for n in names]):
        is_outcome(reply, "refused", "its address")
    w.only_public()
    expect(len(w.server.reached) == 2 * len(BAD), f"{len(w.server.reached)} connections")


def test_bad_urls(w):
    for url, reply in zip(BAD_URLS, w.fetch(BAD_URLS)):
        if url not in ALLOWED_ANYWAY:
            is_outcome(reply, "refused")
    w.only_public()
    expect(len(w.server.reached) == 1, f"reached: {w.server.reached}")


def test_bad_locations(w):
    for url in BAD_URLS[:-1]:
        raw = url.encode().decode("unicode_escape") if "\\x" in url else url
        if raw.startswith("http:/ok") or "\r" in raw:
            continue  # a path to libcurl and the standard; two lines
        w.server.page("/to", Answer(302, headers=["Location: "
                                                   + raw.encode().decode("latin-1")]))
        reply = w.one(f"http://{GOOD}/to")
        if url in ALLOWED_ANYWAY:
            continue
        expect(reply["outcome"] == "refused", f"{url}: {reply['outcome']}: {reply['why']}")
    w.only_public()


def test_rebinding(w):
    """The answer changes after the first look-up: the first one counts, for one hop."""
    w.hosts += ["turn.test.example", "back.test.example"]
    w.dns.names["turn.test.example"] = lambda before: [PUBLIC4] if before == 0 else ["127.0.0.1"]
    is_outcome(w.one("http://turn.test.example/x"), "ok")
    is_outcome(w.one("http://turn.test.example/x"), "refused", "127.0.0.1 is a loopback")
    w.dns.names["back.test.example"] = lambda before: [PUBLIC4] if before == 0 else ["10.0.0.1"]
    reply = w.one("http://back.test.example/fault/redirect:/x")
    is_outcome(reply, "refused", "10.0.0.1 is a private")  # the next hop asks again
    w.only_public()


def test_allow_list(w):
    reply = w.one("http://secret.test.example/x")
    is_outcome(reply, "refused", "not on the list")
    expect(not any("secret" in name for name, _ in w.dns.asked), "its name was looked up")
    for host in ("test.example", "x." + GOOD, GOOD + ".evil.example", "1.1.1.1"):
        is_outcome(w.one(f"http://{host}/"), "refused", "not on the list")
    reply = w.one(f"http://{GOOD}/fault/redirect:http://secret.test.example/x")
    is_outcome(reply, "refused", "not on the list")
    w.only_public()


def test_names_as_they_stand(w):
    reply = w.one("http://nowhere.test.example/")
    is_outcome(reply, "permanent", "not found")
    expect(not any(name.endswith("lan.example") for name, _ in w.dns.asked),
           "the search list was used")


def test_no_dns_answer(w):
    w.hosts.append("mute.test.example")
    w.dns.names["mute.test.example"] = lambda before: None
    start = time.monotonic()
    is_outcome(w.one("http://mute.test.example/", total_ms=2000), "temporary")
    expect(time.monotonic() - start < 20, "it hung")


# ---- hostile answers -----------------------------------------------------------------------------

def attack(w, table, **limits):
    urls = [f"http://{GOOD}/fault/{name}/x" for name in table]
    for (name, right), reply in zip(table.items(), w.fetch(urls, **limits)):
        expect(reply["outcome"] == right,
               f"{name}: {reply['outcome']}, not {right}: {reply['why']}")
        expect(reply["outcome"] == "ok" or (reply["why"] and reply["size"] == 0), f"{name}: no why")
        # What can be seen in the answer must not be found out by waiting.
        expect(limits or "too slowly" not in reply["why"], f"{name}: {reply['why']}")
    w.only_public()


def test_attacks(w):
    tried = set(ATTACKS) | set(WAITING)
    expect(tried == set(HOSTILE), f"not tried: {set(HOSTILE) ^ tried}")
    bomb()  # takes longer to make than to send
    attack(w, ATTACKS)


def test_waiting(w):
    attack(w, WAITING, **SHORT)


def test_large_answer(w):
    body = os.urandom(1 << 20) * 50
    w.server.page("/fifty", Answer(body=body))
    w.server.page("/cap", Answer(body=bytes((64 << 20) + 1)))
    reply = w.one(f"http://{GOOD}/fifty", total_ms=60000)
    is_outcome(reply, "ok")
    expect(reply["sha256"] == hashlib.sha256(body).hexdigest(), "other bytes")
    is_outcome(w.one(f"http://{GOOD}/cap", total_ms=60000), "too-large")
    is_outcome(w.one(f"http://{GOOD}/fifty", kind="cert"), "too-large")


def test_statuses(w):
    rows = {"400": "permanent", "401": "permanent", "403": "permanent", "404": "permanent",
            "410": "permanent", "429": "temporary", "500": "temporary", "503": "temporary",
            "408": "temporary", "204": "permanent", "206": "permanent", "304": "permanent"}
    # A host each: those that say Retry-After are left alone afterwards.
    for status in rows:
        w.dns.names[f"s{status}.test.example"] = [PUBLIC4]
        w.hosts.append(f"s{status}.test.example")
    urls = [f"http://s{status}.test.example/fault/{status}/x" for status in rows]
    for (status, outcome), reply in zip(rows.items(), w.fetch(urls)):
        is_outcome(reply, outcome, status)
        expect(reply["status"] == int(status), f"status {reply['status']}")
        expect(reply["retry_after"] == (120 if status in ("429", "503") else 0), "retry_after")
    w.server.page("/nothing", Answer(200, b""))
    is_outcome(w.one(f"http://{GOOD}/nothing"), "temporary", "empty")


# ---- redirects -----------------------------------------------------------------------------------

def chain(w, length, start="http://" + GOOD):
    for i in range(length):
        w.server.page(f"/r{i}", Answer(302, headers=[f"Location: {start}/r{i + 1}"]))
    w.server.page(f"/r{length}", Answer(body=b"end"))


def test_redirects(w):
    chain(w, 5)
    reply = w.one(f"http://{GOOD}/r0")
    is_outcome(reply, "ok")
    expect([h["status"] for h in reply["hops"]] == [302] * 5 + [200], f"{reply['hops']}")
    expect(reply["hops"][5]["url"] == f"http://{GOOD}/r5", "final URL")
    chain(w, 6)
    is_outcome(w.one(f"http://{GOOD}/r0"), "refused", "too often")
    expect(w.server.count("/r6") == 0, "the sixth was followed")
    chain(w, 1, "//other.test.example")
    reply = w.one(f"http://{GOOD}/r0")
    is_outcome(reply, "ok")
    expect(reply["hops"][1]["url"] == "http://other.test.example/r1", "relative to the scheme")
    w.server.page("/loop", Answer(302, headers=["Location: /loop"]))
    is_outcome(w.one(f"http://{GOOD}/loop"), "refused", "too often")
    w.server.page("/no", Answer(302))
    is_outcome(w.one(f"http://{GOOD}/no"), "permanent", "where")
    w.server.page("/created", Answer(body=b"x", headers=["Location: http://a b/", "Location: /c"]))
    is_outcome(w.one(f"http://{GOOD}/created"), "ok")  # no redirect: of no concern
    w.server.page("/two", Answer(302, headers=["Location: /a", "Location: /b"]))
    is_outcome(w.one(f"http://{GOOD}/two"), "refused", "two addresses")
    w.only_public()


def test_never_ending_redirects(w):
    w.server.page("/on", lambda q: Answer(302, bytes(1 << 20), headers=["Location: /on?" + "x"]))
    is_outcome(w.one(f"http://{GOOD}/on"), "refused", "too often")
    expect(w.server.count("/on") == 6, f"{w.server.count('/on')} requests")


def test_tls(w):
    is_outcome(w.one("https://tls.test.example/x"), "ok")
    reply = w.one("https://wrong.test.example/x")  # the certificate has another name
    is_outcome(reply, "temporary", "TLS certificate")
    w.server.page(f"{GOOD}/up", Answer(301, headers=["Location: https://tls.test.example/x"]))
    reply = w.one(f"http://{GOOD}/up")
    is_outcome(reply, "ok")
    expect([h["status"] for h in reply["hops"]] == [301, 200], "hops")
    w.server.page("tls.test.example/down", Answer(301, headers=[f"Location: http://{GOOD}/x"]))
    w.server.page("tls.test.example/same",
                  Answer(301, headers=["Location: http://tls.test.example/x"]))
    for path in ("down", "same"):
        is_outcome(w.one(f"https://tls.test.example/{path}"), "refused", "from https")
    w.only_public()


def test_silent_handshake(w):
    """A server that takes the connection and never says a word of TLS, or speaks HTTP at once."""
    start = time.monotonic()
    replies = w.fetch([f"https://{GOOD}:80/x", "http://tls.test.example:443/x"],
                      **SHORT)
    is_outcome(replies[0], "temporary")
    is_outcome(replies[1], "temporary")
    expect(time.monotonic() - start < 30, "it hung")


# ---- what is sent --------------------------------------------------------------------------------

def test_what_is_sent(w):
    home = os.path.join(w.folder, "home")
    os.makedirs(home, exist_ok=True)
    with open(os.path.join(home, ".netrc"), "w", encoding="ascii") as f:
        f.write(f"machine {GOOD} login user password secret\n")
    env = {"HOME": home, "http_proxy": "http://127.0.0.1:3128", "ALL_PROXY": "http://10.0.0.1:1",
           "HTTPS_PROXY": "http://127.0.0.1:3128", "SSL_CERT_FILE": "/dev/null"}
    w.server.page("/set", Answer(302, headers=["Location: /got", "Set-Cookie: a=b; Path=/",
                                               'Alt-Svc: h2="evil.example:443"',
                                               "Strict-Transport-Security: max-age=99999"]))
    w.server.page("/got", Answer(body=b"x"))
    for url in (f"http://{GOOD}/set", f"http://{GOOD}/set"):
        is_outcome(w.one(url, env=env), "ok")
    is_outcome(w.one("https://tls.test.example/x", env=env), "ok")
    for request in w.server.seen:
        names = set(request.headers)
        expect(names == {"host", "user-agent", "accept", "accept-encoding"}, f"sent: {names}")
        expect(request.headers["user-agent"].startswith("Satyapan/"), "user agent")
        expect(request.headers["accept-encoding"] == "identity", "accept-encoding")
    w.only_public()


def test_ocsp_post(w):
    path = os.path.join(w.folder, "request")
    body = bytes(range(256)) * 8
    with open(path, "wb") as f:
        f.write(body)
    is_outcome(w.one(f"http://{GOOD}/ocsp\tbody={path}", kind="ocsp"), "ok")
    w.server.page("/moved", Answer(307, headers=["Location: /ocsp"]))
    w.server.page("/see", Answer(303, headers=["Location: /ocsp"]))
    is_outcome(w.one(f"http://{GOOD}/moved\tbody={path}", kind="ocsp"), "ok")
    for request in w.server.seen:
        expect(request.method == "POST" and request.body == body, f"{request.method}")
        expect(request.headers["content-type"] == "application/ocsp-request", "content type")
        expect("expect" not in request.headers, "Expect was sent")
    is_outcome(w.one(f"http://{GOOD}/see\tbody={path}", kind="ocsp"), "permanent")
    expect(w.server.count("/ocsp") == 2, "the page was asked for")


# ---- caching and politeness ----------------------------------------------------------------------

def test_validators(w):
    tag, date = '"v1"', "Fri, 20 Nov 2026 10:00:00 GMT"

    def page(request):
        lines = [f"ETag: {tag}", f"Last-Modified: {date}", "Cache-Control: max-age=600", "Age: 100"]
        same = request.headers.get("if-none-match") == tag or \
            request.headers.get("if-modified-since") == date
        return Answer(304 if same else 200, b"" if same else b"list", headers=lines)
    w.server.page("/list", page)
    reply = w.one(f"http://{GOOD}/list")
    is_outcome(reply, "ok")
    expect((reply["etag"], reply["last_modified"]) == (tag, date), "validators")
    expect(reply["expires"] == reply["fetched_at"] + 500, "expires")
    for known in (f"etag={tag}", f"last-modified={date}", f"etag={tag}\tlast-modified={date}"):
        reply = w.one(f"http://{GOOD}/list\t{known}")
        is_outcome(reply, "not-modified")
        expect(reply["expires"] == reply["fetched_at"] + 500 and reply["etag"] == tag, "renewed")
    is_outcome(w.one(f'http://{GOOD}/list\tetag="old"'), "ok")
    w.server.page("/bare", Answer(304))
    reply = w.one(f"http://{GOOD}/bare\tetag={tag}\tlast-modified={date}")
    is_outcome(reply, "not-modified")
    expect((reply["etag"], reply["last_modified"], reply["expires"]) == (tag, date, None), "kept")
    # Header lines cannot be smuggled in by what a server once called a tag.
    is_outcome(w.one(f"http://{GOOD}/list\tetag=a\\x0d\\x0aX-Evil: b"), "ok")
    expect(all("x-evil" not in request.headers for request in w.server.seen), "a line was added")


def test_retry_after(w):
    w.hosts.append("busy.test.example")
    w.dns.names["busy.test.example"] = [PUBLIC4]
    w.server.fault("busy.test.example/x", "503")
    replies = w.fetch(["http://busy.test.example/x", "http://busy.test.example/y"], concurrent=1)
    is_outcome(replies[0], "temporary", "503")
    is_outcome(replies[1], "temporary", "left alone")
    expect(0 < replies[1]["retry_after"] <= 120, f"retry_after {replies[1]['retry_after']}")
    expect(w.server.count("/y") == 0, "it was asked all the same")


def most_at_once(w, hosts, count, want, **limits):
    """The most requests the server had at once; it holds each until there are as many as wanted."""
    lock, now, most, full = threading.Lock(), [0], [0], threading.Event()

    def page(request):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] >= want:
                full.set()
        full.wait(20)
        time.sleep(0.2)  # time for one too many
        with lock:
            now[0] -= 1
        return Answer(body=b"x")
    w.server.page("/busy", page)
    urls = [f"http://{hosts[i % len(hosts)]}/busy" for i in range(count)]
    for reply in w.fetch(urls, slow_seconds=60, **limits):
        is_outcome(reply, "ok")
    return most[0]


def test_politeness(w):
    most = most_at_once(w, [GOOD], 8, 2, concurrent=8, per_host=2)
    expect(most == 2, f"{most} at once at one host")
    most = most_at_once(w, [GOOD, "other.test.example", PUBLIC4], 9, 3, concurrent=3, per_host=2)
    expect(most == 3, f"{most} at once in all")


def test_order(w):
    for i in range(20):
        w.server.page(f"/o{i}", lambda q, i=i: (time.sleep(0.1 * (i % 3)), Answer(
            body=b"n%d" % i))[1])
    for i, reply in enumerate(w.fetch([f"http://{GOOD}/o{i}" for i in range(20)])):
        expect(reply["sha256"] == hashlib.sha256(b"n%d" % i).hexdigest(), f"reply {i}")


# ---- time and death ------------------------------------------------------------------------------

def test_batch_time(w):
    start = time.monotonic()
    replies = w.fetch([f"http://{GOOD}/fault/nothing/x", f"http://{GOOD}/x"], timeout_ms=4000,
                      total_ms=60000, slow_seconds=60)
    is_outcome(replies[0], "temporary", "time given")
    is_outcome(replies[1], "ok")
    expect(time.monotonic() - start < 30, "it hung")


def processes_of(pid):
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(x) for x in done.stdout.split()]


def wait_for(find, what):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(0.02)
    raise Wrong(f"no {what}")


def test_death(w):
    """A child that dies is one failed fetch; the process that dies fails the batch, at once."""
    path = os.path.join(w.folder, "hosts")
    for victim in ("child", "process"):
        client = subprocess.Popen(
            [os.path.join(B, "tests", "fetchurls"),
             os.path.join(B, "libexec", "satyapan", "satyapan-fetch"), path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        client.stdin.write(f"crl\thttp://{GOOD}/fault/nothing/x\n".encode())
        client.stdin.close()
        process = wait_for(lambda c=client: processes_of(c.pid), "process")[0]
        child = wait_for(lambda p=process: processes_of(p), "child")[0]
        wait_for(lambda: w.server.reached, "connection")
        os.kill(child if victim == "child" else process, 9)
        out, err = client.stdout.read(), client.stderr.read()
        expect(client.wait(timeout=30) == 0, "fetchurls failed")
        is_outcome(json.loads(out), "temporary", "unexpectedly" if victim == "child" else "reached")
        expect((b"failed" in err) == (victim == "process"), f"stderr {err!r}")
        client.stdout.close()
        client.stderr.close()
        expect(not os.path.exists(f"/proc/{child}") or wait_for(
            lambda c=child: not os.path.exists(f"/proc/{c}"), "end"), "a child was left over")


def test_child_rights(w):
    """What the kernel says of a child while it waits for a server."""
    path = os.path.join(w.folder, "hosts")
    client = subprocess.Popen(
        [os.path.join(B, "tests", "fetchurls"),
         os.path.join(B, "libexec", "satyapan", "satyapan-fetch"), path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    client.stdin.write(f"crl\thttp://{GOOD}/fault/nothing/x\n".encode())
    client.stdin.close()
    process = wait_for(lambda: processes_of(client.pid), "process")[0]
    child = wait_for(lambda: processes_of(process), "child")[0]
    wait_for(lambda: w.server.reached, "connection")
    for pid in (process, child):
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            status = dict(line.split(":\t", 1) for line in f if ":\t" in line)
        expect(status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2", pid)
        for name in ("CapEff", "CapPrm", "CapInh"):
            expect(int(status[name], 16) == 0, f"{name} {status[name]}")
    os.kill(process, 9)
    client.stdout.read()
    client.stdout.close()
    client.wait(timeout=30)


# ---- the run -------------------------------------------------------------------------------------

def make_tls(folder):
    """A CA this namespace trusts, and a certificate for tls.test.example."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True,
                       timeout=60)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=Test web CA", "-days", "30")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "web.key", "-out", "web.csr",
            "-subj", "/CN=tls.test.example")
    with open(os.path.join(folder, "web.ext"), "w", encoding="ascii") as f:
        f.write("subjectAltName=DNS:tls.test.example\n")
    openssl("x509", "-req", "-in", "web.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", "web.pem", "-days", "20", "-extfile", "web.ext")
    return os.path.join(folder, "ca.pem"), (os.path.join(folder, "web.pem"),
                                            os.path.join(folder, "web.key"))


def run_all(world):
    passed = failed = 0
    tests = [(n, f) for n, f in globals().items() if n.startswith("test_")]
    wanted = sys.argv[1:]
    for name, test in tests:
        if wanted and name not in wanted:
            continue
        world.server.clear()
        world.dns.asked.clear()
        try:
            test(world)
            passed += 1
            print(f"ok {name}", flush=True)
        except (Wrong, OSError, subprocess.SubprocessError, KeyError) as e:
            failed += 1
            print(f"FAIL {name}: {e}", flush=True)
    return passed, failed


def main():
    netns.enter([PUBLIC4, PUBLIC6])
    netns.every_address()
    with tempfile.TemporaryDirectory(prefix="satyapan-fetch-") as folder:
        ca, web = make_tls(folder)
        netns.trust_only(ca)
        world = World(folder)
        places = [("0.0.0.0", 80), ("::", 80), ("0.0.0.0", 443), ("::", 443)]
        tls = {p: web for p in places if p[1] == 443}
        with PkiServer(None, places, tls) as world.server:
            passed, failed = run_all(world)
        world.dns.close()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
