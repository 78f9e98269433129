#!/usr/bin/env python3
"""satyapan weblink from end to end: registers over TLS, hostile servers and addresses, evidence.

In a network of its own (netns.py) every address leads to one server that records where connections
went; names come from an own DNS server. The real policy runs: nothing is allowed for the tests.
Cases of tests/foreign/*.pages are served and checked through fetch process and sandbox.
"""
import base64
import hashlib
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time

import netns
import page_cases
from bad_addresses import ALLOWED_ANYWAY, BAD, BAD_URLS
from pki_server import Answer, Pki
from weblink_world import B, CLAIM, PAGE, PUBLIC4, PUBLIC6, ROOT, World, load

# What each hostile server of the list of attacks comes to; none may hang, crash or be believed.
WAITING = ["slow-headers", "slow-body", "nothing", "slow-endless-headers"]
ATTACKS = ["endless-body", "endless-chunks", "endless-headers", "long-header", "endless-header",
           "many-headers", "endless-1xx", "gzip-bomb", "transfer-bomb", "length-too-long",
           "length-huge", "length-negative", "two-lengths", "bad-chunk", "huge-chunk",
           "unfinished-chunk", "endless-chunk-extension", "endless-trailers", "close", "reset",
           "not-http", "http09", "truncated", "big-body"]


class Wrong(Exception):
    pass


def expect(truth, text):
    if not truth:
        raise Wrong(text)


def url_of(address):
    return f"http://[{address}]/x" if ":" in address else f"http://{address}/x"


def is_result(result, outcome, reason=None):
    expect((result["outcome"], result["reason"]) == (outcome, reason) or
           (reason is None and result["outcome"] == outcome),
           f"{result['outcome']} {result['reason']}, not {outcome} {reason}: "
           f"{[f['text'] for f in result['findings']]}")


def good(request):
    """A register as it should be: one certificate, everything else is not there."""
    if request.path.endswith("/TR-2024-1187"):
        return Answer(body=PAGE.format(number="TR-2024-1187").encode(), kind="text/html")
    return Answer(404, b"<html><body>not here</body></html>", "text/html")


def serve_good(w):
    w.server.page("/certificates/TR-2024-1187", good)


# ---- pages -------------------------------------------------------------------------------------

def mutations(case, body, w, host):
    """The control of a case, for whatever path but the page's own."""
    if case["control_page"] is not None:
        return lambda q: Answer(body=case["control_page"], kind=case["type"])
    if case["control"] == "same":
        return lambda q: Answer(body=body, kind=case["type"])
    if case["control"] == "echo":
        def echo(q):
            number = q.target_value
            return Answer(body=body.replace(case["number"].encode(), number.encode()),
                          kind=case["type"])
        return echo
    if case["control"] == "failed":
        return None
    return lambda q: Answer(int(case["control"]), b"<html><body><p>Nothing here.</body></html>",
                            "text/html")


def is_ordinary(case):
    """An HTML page like most others: what is on it is judged by test_foreign_pages."""
    return (case["expect"] == "inconclusive" and case["type"].startswith("text/html; charset=utf-8") and
            case["control"] == "404" and case["control_page"] is None and case["status"] == "200" and
            not case["header"] and len(case["page"]) < 10000)


def test_page_cases(w):
    """Page cases through the whole program, over TLS, each on a host of its own: all that are verified
    or a mismatch or come in a form of their own, and every fourth of the others."""
    requests, cases, hosts = [], [], {}
    for i, case in enumerate(page_cases.every()):
        if is_ordinary(case) and i % 4:
            continue
        if not case["profile"].startswith("tests/") or case["control"] == "failed":
            continue
        if case["today"] != "2026-11-22" or case["type"] == "-":
            continue
        host = f"c{i}.test.example"
        text = json.dumps(load(case["profile"])).replace("register.test.example", host)
        w.dns.names[host] = [PUBLIC4]
        hosts[host] = case
        cases.append(case)
        requests.append(w.request(url=case["url"].replace("register.test.example", host),
                                  claim=case.claim(), profiles=[json.loads(text)]))

    def right(request, path, mode):
        case = hosts.get(request.host)
        if not case or path == "/robots.txt":
            return Answer(404, b"", "text/plain")
        asked = re.sub(r"^https://[^/]+", "", case["url"]).partition("#")[0]
        if request.target == asked:
            answer = Answer(int(case["status"]), case["page"], case["type"],
                            [case["header"]] if case["header"] else [])
            if case["type"] == "-":
                answer.kind = "x"
            return answer
        request.target_value = re.split(r"[/=]", request.target)[-1]
        return mutations(case, case["page"], w, request.host)(request)
    w.server.right = right
    try:
        wrong = []
        for case, result in zip(cases, w.check(requests, "--jobs", "4", timeout=600)):
            if result["outcome"] != case["expect"] or \
                    (case["reason"] and case["expect"] != "verified" and
                     result["reason"] != case["reason"]):
                wrong.append(f"{case['name']}: {result['outcome']} {result['reason']}")
        expect(not wrong, f"{len(wrong)} of {len(cases)}: {wrong[:10]}")
        print(f"   {len(cases)} pages")
    finally:
        del w.server.right


def test_verified(w):
    serve_good(w)
    r = w.one()
    is_result(r, "verified")
    fields = {s["field"]: s for s in r["snippets"]}
    expect(set(fields) == {"number", "holder", "product", "standard", "status", "issued",
                           "expires"}, f"snippets {sorted(fields)}")
    text = PAGE.format(number="TR-2024-1187")
    for name, value in (("number", "TR-2024-1187"), ("status", "Active")):
        at = fields[name]["offset"]
        expect(text.encode()[at:].startswith(value.encode()), f"{name} is not at {at}")
        expect(fields[name]["xpath"].startswith("/html/body/dl/dd"), fields[name]["xpath"])
    expect(r["page"]["sha256"] == hashlib.sha256(text.encode()).hexdigest(), "another page")
    expect(r["control"]["matched"] is False and "TR-" in r["control"]["url"], f"{r['control']}")
    expect([h["purpose"] for h in r["hops"]] == ["robots", "page", "control"], f"{r['hops']}")
    expect(all(h["tls"] == "TLSv1.3" and h["ip"] == PUBLIC4 for h in r["hops"]), f"{r['hops']}")


def test_redirects(w):
    serve_good(w)
    w.server.fault("other.test.example/go",
                   "redirect:https://register.test.example/certificates/TR-2024-1187")
    is_result(w.one(url="https://other.test.example/go"), "verified")
    w.server.fault("register.test.example/down",
                   "redirect:http://register.test.example/certificates/TR-2024-1187")
    r = w.one(url="https://register.test.example/down")
    is_result(r, "inconclusive", "foreign.redirect-refused")
    expect(w.server.count("/certificates/TR-2024-1187") == 1, "it went from https to http")
    for i in range(8):
        w.server.fault(f"/loop{i}", f"redirect:https://register.test.example/loop{i + 1}")
    is_result(w.one(url="https://register.test.example/loop0"), "inconclusive",
              "foreign.redirect-refused")
    w.server.page("/nowhere", Answer(302, b"", "text/html"))
    is_result(w.one(url="https://register.test.example/nowhere"), "inconclusive",
              "foreign.redirect-refused")


def test_redirects_to_ipv6(w):
    """Public ones are followed, by name and by address; what they show is that of another address."""
    w.server.page("/seen", Answer(body=b"<html><body>" + b"text " * 100, kind="text/html"))
    there = f"http://[{PUBLIC6}]"
    ends = {"http://six.test.example/seen": "http://six.test.example/seen",
            there + "/seen": there + "/seen", there + ":80/seen": there + ":80/seen",
            there + "/relative": there + "/seen"}
    w.server.fault("/relative", "redirect:/seen")
    for i, location in enumerate(ends):
        w.server.fault(f"plain.test.example/six{i}", "redirect:" + location)
    asked = [w.request(url=f"http://plain.test.example/six{i}") for i in range(len(ends))]
    for r, (location, end) in zip(w.check(asked), ends.items()):
        expect(r["outcome"] == "inconclusive" and r["page"] and r["page"]["class"] == "page" and
               r["final_url"] == end, f"{location}: {r['final_url']} {r['findings']}")
        expect(r["hops"][-1]["ip"] == PUBLIC6, f"{location}: {r['hops'][-1]}")


def test_plain_http_is_not_verified(w):
    serve_good(w)
    r = w.one(url="http://register.test.example/certificates/TR-2024-1187")
    is_result(r, "inconclusive", "foreign.tls-not-verified")


def test_wrong_certificate(w):
    serve_good(w)
    w.dns.names["register.wrong.example"] = [PUBLIC4]
    r = w.one(url="https://register.wrong.example/certificates/TR-2024-1187")
    is_result(r, "inconclusive", "foreign.domain-not-approved")
    expect("foreign.tls-not-verified" in [f["code"] for f in r["findings"]], "TLS was believed")


def test_domains(w):
    serve_good(w)
    w.dns.names["register.evil.example"] = [PUBLIC4]
    r = w.one(url="https://register.evil.example/certificates/TR-2024-1187")
    is_result(r, "inconclusive", "foreign.domain-not-approved")
    before = len(w.server.requests)
    for url in ("https://test.example.evil.example/x", "https://sgs-certificates.com/x",
                "https://certip\u00e9dia.com/x"):
        r = w.one(url=url)
        expect(r["outcome"] == "inconclusive", url)
        if "evil" not in url:
            expect(r["reason"] == "foreign.lookalike-domain", f"{url}: {r['reason']}")
    expect(len(w.server.requests) - before <= 4, "a look-alike was asked")


# ---- addresses -----------------------------------------------------------------------------------

def test_trap_works(w):
    import socket
    for address in ("10.0.0.1", "169.254.169.254", "fd00:ec2::254"):
        socket.create_connection((address, 80), timeout=5).close()
    deadline = time.monotonic() + 10
    while len(w.server.reached) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    expect(len(w.server.reached) == 3, f"the trap saw {w.server.reached}")


def refused(result, reasons=("foreign.address-refused",)):
    codes = [f["code"] for f in result["findings"]]
    expect(result["outcome"] == "inconclusive" and any(c in reasons for c in codes),
           f"{result['outcome']} {codes}")


def only_public(w):
    stray = [a for a in w.server.reached if a not in (PUBLIC4, PUBLIC6)]
    expect(not stray, f"connections were made to {sorted(set(stray))}")


def test_bad_literals(w):
    for address, r in zip(BAD, w.check([w.request(url=url_of(a)) for a in BAD])):
        refused(r)
    expect(not w.server.reached, f"reached: {w.server.reached}")


def test_bad_names(w):
    names = {f"n{i}.bad.example": [a] for i, a in enumerate(BAD)}
    names.update({f"m{i}.bad.example": [PUBLIC4, a] for i, a in enumerate(BAD)})
    names.update({f"l{i}.bad.example": [a, PUBLIC4] for i, a in enumerate(BAD)})
    w.dns.names.update(names)
    for name, r in zip(names, w.check([w.request(url=f"http://{n}/x") for n in names])):
        refused(r)
        expect((name, 1) in w.dns.asked, f"{name}: not looked up: the test proves nothing")
    expect(not w.server.reached, f"reached: {w.server.reached}")


def test_bad_redirects(w):
    serve_good(w)
    targets = [url_of(a) for a in BAD] + [f"http://n{i}.bad.example/y" for i in range(len(BAD))]
    w.dns.names.update({f"n{i}.bad.example": [a] for i, a in enumerate(BAD)})
    for i, target in enumerate(targets):
        w.server.fault(f"/r{i}", "redirect:" + target)
    requests = [w.request(url=f"http://plain.test.example/r{i}") for i in range(len(targets))]
    for r in w.check(requests):
        refused(r, ("foreign.redirect-refused",))
    only_public(w)


def test_bad_urls(w):
    urls = [u.replace("\\x0d\\x0a", "\r\n").replace("\\x09", "\t") for u in BAD_URLS
            if u not in ALLOWED_ANYWAY]
    for url, r in zip(urls, w.check([w.request(url=u) for u in urls if len(u) <= 2000])):
        expect(r["outcome"] == "inconclusive", f"{url}: {r['outcome']}")
    expect(not w.server.reached, f"reached: {w.server.reached}")


def test_rebinding(w):
    """The name changes its address between two questions; the connection goes where was checked."""
    serve_good(w)
    w.dns.names["register.test.example"] = lambda n: [PUBLIC4] if n == 0 else ["127.0.0.1"]
    r = w.one()
    w.dns.names["register.test.example"] = [PUBLIC4]
    expect(r["outcome"] == "inconclusive", r["outcome"])
    only_public(w)


def test_allowed(w):
    w.server.page("/x", Answer(body=b"<html><body>" + b"text " * 100, kind="text/html"))
    for url in (url_of(PUBLIC4), url_of(PUBLIC6), "https://six.test.example/x",
                "HTTP://OTHER.TEST.EXAMPLE:80/x#y"):
        r = w.one(url=url)
        expect(r["page"] and r["page"]["class"] == "page", f"{url}: {r['findings']}")


def test_robots_to_inside(w):
    w.server.fault("other.test.example/robots.txt", "redirect:http://169.254.169.254/latest/")
    r = w.one(url="http://other.test.example/x")
    expect(r["outcome"] == "inconclusive", r["outcome"])
    only_public(w)


# ---- attacks on resources -------------------------------------------------------------------------

def test_attacks(w):
    names = ATTACKS + WAITING
    for name in names:
        w.server.fault(f"/certificates/{name}", name)
    for i, name in enumerate(names):
        w.dns.names[f"a{i}.example"] = [PUBLIC4]  # a domain each, so that none waits for another
    requests = [w.request(url=f"http://a{i}.example/certificates/{n}")
                for i, n in enumerate(names)]
    start = time.monotonic()
    for name, r in zip(names, w.check(requests, "--jobs", "16", timeout=400)):
        expect(r["outcome"] == "inconclusive", f"{name}: {r['outcome']}")
        codes = [f["code"] for f in r["findings"]]
        expect("foreign.engine" not in codes, f"{name}: {r['findings']}")
        if name in ("endless-body", "endless-chunks", "big-body", "gzip-bomb"):
            expect("foreign.too-large" in codes, f"{name}: {codes}")
    print(f"   {len(names)} attacks in {time.monotonic() - start:.0f} s")


# ---- manners ---------------------------------------------------------------------------------------

def test_robots(w):
    serve_good(w)
    w.server.page("robots.test.example/robots.txt",
                  Answer(body=b"User-agent: *\nDisallow: /private\n\nUser-agent: satyapan\n"
                              b"Disallow: /certificates\nAllow: /certificates/open\n", kind="text/plain"))
    profile = json.loads(json.dumps(w.profile).replace("register.test", "robots.test"))
    r = w.one(url="https://robots.test.example/certificates/TR-2024-1187", profiles=[profile])
    is_result(r, "inconclusive", "foreign.robots")
    expect(w.server.count("/certificates/TR-2024-1187") == 0, "it was asked all the same")
    w.server.page("busy.test.example/robots.txt", Answer(503, b"later", "text/plain"))
    r = w.one(url="https://busy.test.example/certificates/TR-2024-1187")
    is_result(r, "inconclusive", "foreign.unreachable")
    expect(w.server.count("busy.test.example/certificates/TR-2024-1187") == 0, "it was asked")


def test_pauses(w):
    """As long as robots.txt asks for at one domain, and as the profile says at another."""
    times = {"register.test.example": [], "register.evil.example": []}

    def page(request):
        times[request.host].append(time.monotonic())
        return good(request)
    w.dns.names["register.evil.example"] = [PUBLIC4]
    w.server.page("register.test.example/robots.txt",
                  Answer(body=b"User-agent: *\nCrawl-delay: 0.4\n", kind="text/plain"))
    w.server.page("/certificates/TR-2024-1187", page)
    other = json.loads(json.dumps(w.profile).replace("test.example", "evil.example")) | {"pause_ms": 400}
    url = "https://register.evil.example/certificates/TR-2024-1187"
    asked = [w.request() for _ in range(3)] + [w.request(url=url, profiles=[other]) for _ in range(3)]
    for r in w.check(asked, "--jobs", "4"):
        is_result(r, "verified")
    for host, at in times.items():
        gaps = [b - a for a, b in zip(at, at[1:])]
        expect(len(at) == 3 and min(gaps) > 0.3, f"{host}: pauses {gaps}")


def test_agent(w):
    serve_good(w)
    w.one("--agent", "Satyapan/1 (CB of the tests; +https://cb.example/bot)")
    agents = {q.headers.get("user-agent") for q in w.server.seen}
    expect(agents == {"Satyapan/1 (CB of the tests; +https://cb.example/bot)"}, f"{agents}")
    expect(all("cookie" not in q.headers for q in w.server.seen), "a cookie was sent")


def test_two_at_once(w):
    lock, now, most, two = threading.Lock(), [0], [0], threading.Event()

    def page(request):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] >= 2:
                two.set()
        two.wait(20)
        time.sleep(0.1)  # time for one too many
        with lock:
            now[0] -= 1
        return good(request)
    w.server.page("/certificates/TR-2024-1187", page)
    for r in w.check([w.request() for _ in range(8)], "--jobs", "8"):
        is_result(r, "verified")
    expect(most[0] == 2, f"{most[0]} at once at one domain")


def test_retry_after(w):
    w.server.fault("/certificates/TR-2024-1187", "429")
    r = w.one()
    is_result(r, "inconclusive", "foreign.blocked")
    expect(r["retry_after"] == 120, f"retry_after {r['retry_after']}")


# ---- evidence ---------------------------------------------------------------------------------------

def warc_records(data):
    """Own reader, byte for byte: header lines, block."""
    records = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        expect(lines[0] == "WARC/1.1", lines[0])
        fields = dict(line.split(": ", 1) for line in lines[1:])
        n = int(fields["Content-Length"])
        block, data = rest[:n], rest[n:]
        expect(data.startswith(b"\r\n\r\n"), "a record does not end")
        data = data[4:]
        expect(fields["WARC-Block-Digest"] == "sha256:" + hashlib.sha256(block).hexdigest(), "digest")
        records.append((fields, block))
    return records


def test_warc(w):
    body = PAGE.format(number="TR-2024-1187").encode()
    wire = b"".join(b"%x;ext=1\r\n" % len(p) + p + b"\r\n" for p in (body[:100], body[100:])) + b"0\r\n\r\n"

    class Chunked(Answer):
        def head(self, length=None):
            return (b"HTTP/1.1 200 Fine  here\r\nX-Odd:   yes\r\ncontent-TYPE: text/html\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n")
    w.server.page("/certificates/TR-2024-1187", Chunked(body=wire))
    r = w.one()
    is_result(r, "verified")
    with open(r["warc"]["path"], "rb") as f:
        data = f.read()
    expect(hashlib.sha256(data).hexdigest() == r["warc"]["sha256"], "another hash")
    expect(len(data) == r["warc"]["size"], "another size")
    records = warc_records(data)
    kinds = [f["WARC-Type"] for f, _ in records]
    expect(kinds == ["warcinfo"] + ["request", "response"] * 3 + ["metadata"], f"{kinds}")
    answer = [b for f, b in records if f["WARC-Type"] == "response" and
              f["WARC-Target-URI"].endswith("/TR-2024-1187")][0]
    expect(answer == Chunked(body=wire).head() + wire, "not the bytes of the wire")
    meta = json.loads(records[-1][1])
    chain = meta["hops"][1]["tls"]["chain"]
    with open(os.path.join(w.folder, "web.pem"), encoding="ascii") as f:
        leaf = ssl.PEM_cert_to_DER_cert(f.read())
    expect(base64.b64decode(chain[0]) == leaf, "another certificate")
    expect(meta["outcome"] == "verified" and meta["page"]["matches"][0]["found"] == "record", "meta")
    warcio_reads(r["warc"]["path"], body)


def warcio_reads(path, body):
    """npm warcio reads the file back: the records, and the page without its chunks."""
    folder = os.path.join(ROOT, "build", "npm")
    reader = os.path.join(ROOT, "tests", "e2e", "warc_read.mjs")
    if not os.path.isdir(os.path.join(folder, "node_modules", "warcio")):
        print("   skipped: npm package warcio is not installed (no network here)")
        return
    done = subprocess.run(["node", reader, folder, path], capture_output=True, timeout=120,
                          check=False)
    expect(done.returncode == 0, f"warcio: {done.stderr[-300:]!r}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    expect(len(rows) == 8, f"{len(rows)} records")
    pages = [x for x in rows if x["type"] == "response" and x["url"].endswith("/TR-2024-1187")]
    expect(pages and pages[0]["status"] == 200 and
           pages[0]["sha256"] == hashlib.sha256(body).hexdigest(), f"{pages}")


def test_timestamp(w):
    serve_good(w)
    w.dns.names["tsa.test.example"] = [PUBLIC4]
    with Pki() as pki:
        pki.cert("tsa")  # its keys are made now
        w.server.pki = pki
        r = w.one(tsa="http://tsa.test.example/tsa")
        w.server.pki = None
    is_result(r, "verified")
    token = r["warc"]["timestamp"]
    expect(token and os.path.getsize(token) > 200, f"no token: {r['findings']}")
    shown = subprocess.run(["openssl", "ts", "-reply", "-token_in", "-in", token, "-text"],
                           capture_output=True, text=True, timeout=60, check=False)
    digest = "".join(re.findall(r"^\s+[0-9a-f]{4} - ((?:[0-9a-f]{2}[ -]?){16})", shown.stdout, re.M))
    expect(re.sub("[ -]", "", digest).startswith(r["warc"]["sha256"]), shown.stdout[:300])
    r = w.one(tsa="http://register.test.example/no-tsa")
    is_result(r, "verified")
    expect("foreign.not-timestamped" in [f["code"] for f in r["findings"]], "not said")


# ---- failures of our own ----------------------------------------------------------------------------

def test_bad_requests(w):
    lines = ["{", "[]", "null", '{"id":5}', '{"id":5,"url":7}', '{"url":"https://x.example"}',
             json.dumps({**w.request(), "profiles": [{"schema": "other"}]}),
             json.dumps({**w.request(), "claim": {**CLAIM, "issued": "5 March"}}),
             "\x00\x01", "x" * 100000]
    done = subprocess.run([os.path.join(B, "satyapan"), "weblink"], timeout=120, check=False,
                          input="\n".join(lines).encode(), capture_output=True)
    rows = [json.loads(x) for x in done.stdout.splitlines()]
    expect(done.returncode == 0 and len(rows) == len(lines), f"{done.returncode}, {len(rows)} rows")
    expect(all(r["outcome"] == "inconclusive" and r["reason"] == "foreign.engine" for r in rows), "")


def processes_of(pid):
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(x) for x in done.stdout.split()]


def test_death_of_a_worker(w):
    serve_good(w)
    w.server.fault("slow.test.example/x", "nothing")
    p = subprocess.Popen([os.path.join(B, "satyapan"), "weblink", "--jobs", "2", "--delay", "0",
                          "--at", "2026-11-22T06:00:00Z"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    p.stdin.write(json.dumps({**w.request(url="https://slow.test.example/x"), "id": "lost"}) + "\n")
    p.stdin.flush()
    deadline = time.monotonic() + 20
    while w.server.count("slow.test.example/x") == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    expect(w.server.count("slow.test.example/x") == 1, "the page was not asked for")
    killed = []
    for pid in processes_of(p.pid):
        with open(f"/proc/{pid}/comm", encoding="ascii") as f:
            if "weblin" in f.read():  # cut by the kernel
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
    # What is asked next is for those that take their place: they were seen to end first.
    deadline = time.monotonic() + 60
    while any(os.path.exists(f"/proc/{pid}") for pid in killed) and time.monotonic() < deadline:
        time.sleep(0.02)
    for i in range(3):
        p.stdin.write(json.dumps({**w.request(), "id": f"n{i}"}) + "\n")
    p.stdin.close()
    rows = {r["id"]: r for r in map(json.loads, p.stdout)}
    expect(p.wait(timeout=60) == 0 and set(rows) == {"lost", "n0", "n1", "n2"}, f"{set(rows)}")
    is_result(rows["lost"], "inconclusive", "foreign.engine")
    for i in range(3):
        is_result(rows[f"n{i}"], "verified")


def test_incomplete_claim(w):
    for key in ("number", "holder", "issuer"):
        r = w.one(claim={k: v for k, v in CLAIM.items() if k != key})
        is_result(r, "inconclusive", "foreign.claim-incomplete")
    expect(not w.server.requests, "it was asked all the same")


def test_no_evidence_no_verdict(w):
    serve_good(w)
    r = w.one(evidence_dir=os.path.join(w.folder, "missing"))
    is_result(r, "inconclusive", "foreign.engine")


def install_warcio():
    """Before the network goes: the package is taken from the registry once."""
    folder = os.path.join(ROOT, "build", "npm")
    if os.environ.get(netns.INSIDE) or os.path.isdir(os.path.join(folder, "node_modules", "warcio")):
        return
    subprocess.run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--silent",
                    "warcio"], capture_output=True, timeout=120, check=False)


def run_all(world):
    passed = failed = 0
    for name, test in [(n, f) for n, f in globals().items() if n.startswith("test_")]:
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        world.server.clear()
        world.dns.asked.clear()
        start = time.monotonic()
        try:
            test(world)
            passed += 1
            print(f"ok {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except (Wrong, AssertionError, OSError, subprocess.SubprocessError, KeyError) as e:
            failed += 1
            print(f"FAIL {name}: {type(e).__name__} {e}", flush=True)
    return passed, failed


def main():
    install_warcio()
    netns.enter([PUBLIC4, PUBLIC6])
    netns.every_address()
    with World() as world:
        passed, failed = run_all(world)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
