#!/usr/bin/env python3
"""The HTTP side of the records: routes, bodies, uploads to the disk, repeated requests, streams,
slow and many clients, metrics, logs, the start.

usage: office_api.py [NAME...]       environment: B, the build directory (default: build)
"""
import concurrent.futures
import hashlib
import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from office_server import PROGRAM, OfficeServer, expect, multipart, run_cases  # noqa: E402

CASES = []


def case(function):
    CASES.append(function)
    return function


class Desk:
    """A server with an officer, a vendor and an application of the vendor's firm."""

    def __init__(self, work, settings=None, **limits):
        self.s = OfficeServer(work, settings, **limits)
        now = int(time.time())
        with self.s.db() as db:
            self.firm = db.execute("INSERT INTO firm(name, created_at) VALUES('Acme', ?)",
                                   (now,)).lastrowid
            self.other_firm = db.execute("INSERT INTO firm(name, created_at) VALUES('Bolt', ?)",
                                         (now,)).lastrowid
        db.close()
        self.officer = self.s.person("officer", "intake", "admin")
        self.vendor = self.s.person("vendor", "vendor", firm=self.firm)
        self.stranger = self.s.person("stranger", "vendor", firm=self.other_firm)
        with self.s.db() as db:
            self.application = db.execute(
                "INSERT INTO application(kind, state, vendor, product, series, level, created_at,"
                " updated_at) VALUES('fresh', 'draft', ?, 'Camera', 'IOT', 1, ?, ?)",
                (self.firm, now, now)).lastrowid
        db.close()
        self.documents = f"/api/v1/applications/{self.application}/documents"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        code = self.s.stop()
        if error[0] is None:
            expect(code == 0, f"the server ended with {code}: {self.s.stderr()[-1500:]}")

    def http_pid(self):
        pid = self.s.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            for child in f.read().split():
                with open(f"/proc/{child}/comm", encoding="ascii") as c:
                    if c.read().strip() == "satyapan-http":
                        return int(child)
        raise AssertionError("no HTTP process")

    def drafts(self):
        """Files in the folder of documents that are not whole."""
        found = []
        for folder, _, names in os.walk(os.path.join(self.s.data, "blobs")):
            found += [os.path.join(folder, n) for n in names if len(n) != 64]
        return found

    def rows(self, sql, *values):
        db = self.s.db()
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()


# ---- routes, methods, who ------------------------------------------------------------------------

@case
def routes(work):
    with Desk(work) as d:
        s = d.s
        for path in ("/api/v1/nothing", "/api/v1/", "/api/v1/applications/1/nothing",
                     "/api/v1//documents/1", "/api/v1/documents/", "/api/v1/documents/1/"):
            s.problem(404, "not-found", "GET", path, token=d.officer)
        r = s.call("PUT", d.documents, token=d.officer)
        expect(r.status == 405 and r.json["code"] == "method-not-allowed", r)
        expect(set(r.header("Allow").split(", ")) == {"GET", "HEAD", "POST"}, r.header("Allow"))
        for path in ("/api/v1/documents/abc", "/api/v1/documents/0", "/api/v1/documents/-1",
                     "/api/v1/documents/99999999999999999999", "/api/v1/documents/1%2F2",
                     "/api/v1/documents/%00", "/api/v1/documents/%FF", "/api/v1/documents/7"):
            s.problem(404, "not-found", "GET", path, token=d.officer)
        r = s.call("HEAD", d.documents, token=d.officer)
        expect(r.status == 200 and r.body == b"", r)


@case
def who(work):
    with Desk(work) as d:
        s = d.s
        r = s.call("GET", d.documents)
        expect(r.status == 401 and r.header("WWW-Authenticate").startswith("Bearer"), r)
        s.problem(401, "not-logged-in", "GET", d.documents, token="sat_" + "A" * 43)
        s.problem(401, "not-logged-in", "GET", d.documents, token="x")
        s.good("GET", d.documents, token=d.vendor)
        s.problem(404, "not-found", "GET", d.documents, token=d.stranger)
        s.problem(404, "not-found", "GET", f"/api/v1/applications/{d.application}/events",
                  token=d.stranger)
        s.problem(403, "forbidden", "GET", "/api/v1/persons", token=d.vendor)
        s.good("GET", "/api/v1/persons", token=d.officer)


@case
def headers(work):
    with Desk(work) as d:
        for path, status in ((d.documents, 200), ("/api/v1/nothing", 404), ("/office", 200)):
            r = d.s.call("GET", path, token=d.officer)
            expect(r.status == status or path == "/office", r)
            for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Request-Id",
                         "Cache-Control", "Referrer-Policy"):
                expect(r.header(name), f"{path}: no {name}")
            expect(r.header("Cache-Control") == "no-store", r.header("Cache-Control"))
        ids = {d.s.call("GET", d.documents, token=d.officer).header("X-Request-Id")
               for _ in range(20)}
        expect(len(ids) == 20, "request ids repeat")
        english = d.s.problem(404, "not-found", "GET", "/api/v1/nothing", token=d.officer)
        hindi = d.s.call("GET", "/api/v1/nothing", token=d.officer,
                         headers={"Accept-Language": "hi"})
        expect(hindi.header("Content-Language") == "hi", "no Content-Language")
        expect(hindi.json["detail"] != english["detail"], "not in Hindi")


# ---- parameters and bodies -----------------------------------------------------------------------

PERSON = {"login": "new.one", "name": "New One", "roles": "intake"}


@case
def bodies(work):
    with Desk(work) as d:
        s, path = d.s, "/api/v1/persons"
        for body in (b"", b"[]", b"1", b"{", b'{"login": "a", "login": "b"}', b"\xff", b"{}x",
                     b'{"a": ' + b"[" * 20 + b"]" * 20 + b"}", b'{"login": "\\ud800"}'):
            r = s.call("POST", path, token=d.officer, body=body,
                       headers={"Content-Type": "application/json"})
            expect(r.status == 400, f"{body}: {r}")
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            r = s.call("POST", path, token=d.officer, body=b"{}", headers={"Content-Type": kind})
            expect(r.status == 415, f"{kind}: {r}")
        r = s.call("POST", path, token=d.officer, body=b"x" * (300 << 10),
                   headers={"Content-Type": "application/json"})
        expect(r.status == 413, r)
        p = s.problem(400, "bad-parameter", "POST", path, {"login": 1, "other": 2}, d.officer)
        fields = {e["field"] for e in p["errors"]}
        expect({"login", "other", "name"} <= fields, p)
        expect(all(e["why"] and e["why_hi"] for e in p["errors"]), p)
        s.problem(400, "bad-parameter", "GET", d.documents + "?limit=0", token=d.officer)
        s.problem(400, "bad-parameter", "GET", d.documents + "?limit=201", token=d.officer)
        s.problem(400, "bad-parameter", "GET", d.documents + "?limit=5&limit=5", token=d.officer)
        s.problem(400, "bad-parameter", "GET", d.documents + "?nothing=1", token=d.officer)
        s.problem(400, "bad-parameter", "GET", d.documents + "?%ff=1", token=d.officer)


@case
def pages_of_a_list(work):
    with Desk(work) as d:
        for i in range(5):
            r = d.s.upload(d.documents, b"%d" % i, d.officer, name=f"{i}.txt", media="text/plain",
                           title=f"document {i}")
            expect(r.status == 201, r)
        seen, path, pages = [], d.documents + "?limit=2", 0
        while path:
            r = d.s.call("GET", path, token=d.officer)
            expect(r.status == 200, r)
            seen += [i["id"] for i in r.json["items"]]
            link, pages = r.header("Link"), pages + 1
            expect((link is None) == (r.json["next"] is None), r)
            path = link[1:link.index(">")] if link else None
        expect(len(seen) == len(set(seen)) == 5 and pages == 3, (seen, pages))


# ---- uploads -------------------------------------------------------------------------------------

@case
def uploads(work):
    with Desk(work) as d:
        data = os.urandom(3 << 20)
        r = d.s.upload(d.documents, data, d.vendor, name="चित्र 1.bin",
                       media="application/octet-stream")
        expect(r.status == 201, r)
        digest = hashlib.sha256(data).hexdigest()
        expect(r.json["sha256"] == digest and r.json["size"] == len(data), r)
        expect(r.json["name"] == "चित्र 1.bin", r)
        back = d.s.call("GET", f"/api/v1/versions/{r.json['id']}/content", token=d.vendor)
        expect(back.status == 200 and back.body == data, "other bytes came back")
        expect(back.header("Content-Disposition").startswith("attachment; filename*=UTF-8''%E0"),
               back.header("Content-Disposition"))
        expect("sandbox" in back.header("Content-Security-Policy"), "a document may run")
        body, kind = multipart([("kind", None, b"other"), ("title", None, "एक".encode()), ("file", "a/b\\c.txt", b"text")])
        r = d.s.call("POST", d.documents, token=d.vendor, body=body, headers={"Content-Type": kind})
        expect(r.status == 201 and r.json["name"] == "c.txt", r)
        rows = d.rows("SELECT title FROM document WHERE id = ?", r.json["document"])
        expect(rows == [("एक",)], rows)
        expect(d.drafts() == [], d.drafts())
        # Nothing is kept of what is refused.
        rows = d.rows("SELECT count(*) FROM document_version")
        for parts in ([("title", None, b"x")], [("file", "a", b"1"), ("file", "b", b"2")],
                      [("file", "a", b"1"), ("title", None, b"x"), ("title", None, b"y")],
                      [("file", "a", b"1"), ("nothing", None, b"x")],
                      [("file", "", b"")]):
            body, kind = multipart(parts)
            r = d.s.call("POST", d.documents, token=d.vendor, body=body,
                         headers={"Content-Type": kind})
            expect(r.status == 400, f"{parts}: {r}")
        body, kind = multipart([("kind", None, b"other"), ("file", "a", b"1")])
        r = d.s.call("POST", d.documents, token=d.vendor, body=body[:-10],
                     headers={"Content-Type": kind})
        expect(r.status == 400, r)
        r = d.s.call("POST", d.documents, token=d.vendor, body=b"{}",
                     headers={"Content-Type": "application/json"})
        expect(r.status == 415, r)
        expect(d.rows("SELECT count(*) FROM document_version") == rows, "something was kept")
        expect(d.drafts() == [], d.drafts())


def raw(d, head, timeout=20):
    c = socket.create_connection(("127.0.0.1", d.s.port), timeout)
    c.sendall(head.encode())
    return c


def status_of(c):
    """The status line, as far as it comes; b"" when the line was cut."""
    data = b""
    try:
        while b"\r\n" not in data:
            more = c.recv(4096)
            if not more:
                break
            data += more
    except (ConnectionError, TimeoutError):
        pass
    return data.split(b"\r\n")[0]


@case
def nobody_fills_the_disk(work):
    """A document is not taken in before it is known who sends it, and only where it may go."""
    with Desk(work) as d:
        for token, path, status in ((None, d.documents, b"401"), (d.vendor, "/api/v1/persons", b"4"),
                                    ("sat_" + "B" * 43, d.documents, b"401")):
            auth = f"Authorization: Bearer {token}\r\n" if token else ""
            c = raw(d, f"POST {path} HTTP/1.1\r\nHost: x\r\n{auth}Content-Type: application/pdf\r\n"
                       f"Content-Length: {100 << 20}\r\nExpect: 100-continue\r\n\r\n")
            line = status_of(c)
            expect(line.split(b" ")[1].startswith(status), f"{path}: {line}")
            c.close()
        expect(d.drafts() == [], d.drafts())
        c = raw(d, f"POST {d.documents} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {d.vendor}\r\n"
                   f"Content-Type: application/pdf\r\nContent-Length: 10\r\n"
                   "Expect: 100-continue\r\n\r\n")
        expect(status_of(c).split(b" ")[1] == b"100", "who may is not let in")
        c.close()


@case
def too_large(work):
    with Desk(work, {"upload_bytes": 1 << 20}) as d:
        # With Content-Length: before a byte of the body was sent.
        c = raw(d, f"POST {d.documents} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {d.vendor}\r\n"
                   f"Content-Type: application/pdf\r\nContent-Length: {64 << 20}\r\n\r\n")
        line = status_of(c)
        expect(line.split(b" ")[1] == b"413", line)
        c.close()
        # Without it: as soon as it is too much nothing is written any more, and the answer comes.
        def chunks():
            for _ in range(24):
                yield b"x" * (64 << 10)
        c = http.client.HTTPConnection("127.0.0.1", d.s.port, timeout=30)
        c.request("POST", d.documents, chunks(), {"Authorization": f"Bearer {d.vendor}",
                                                  "Content-Type": "application/pdf"},
                  encode_chunked=True)
        r = c.getresponse()
        body = r.read()
        expect(r.status == 413 and json.loads(body)["code"] == "too-large", body)
        c.close()
        expect(d.drafts() == [], d.drafts())
        r = d.s.upload(d.documents, b"x" * (1 << 20), d.vendor)
        expect(r.status == 201, r)
        r = d.s.upload(d.documents, b"x" * ((1 << 20) + 1), d.vendor)
        expect(r.status == 413, r)


@case
def no_space(work):
    with Desk(work, {"disk_reserve_bytes": 1 << 43}, ready=False) as d:
        r = d.s.upload(d.documents, b"x" * 100, d.vendor)
        expect(r.status == 507 and r.json["code"] == "no-space", r)
        expect(d.s.call("GET", "/readyz").status == 503, "ready without room on the disk")
        d.s.good("GET", d.documents, token=d.vendor)


@case
def disk_budget(work):
    """All uploads on their way together hold at most uploads_bytes."""
    with Desk(work, {"uploads_bytes": 1 << 20, "upload_bytes": 1 << 20}) as d:
        head = (f"POST {d.documents} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {d.vendor}\r\n"
                f"Content-Type: application/pdf\r\nContent-Length: {700 << 10}\r\n\r\n")
        c = raw(d, head)
        c.sendall(b"x" * (600 << 10))
        until = time.monotonic() + 10
        while not d.drafts() or os.path.getsize(d.drafts()[0]) < 400 << 10:
            expect(time.monotonic() < until, "the draft does not grow")
            time.sleep(0.02)
        r = d.s.upload(d.documents, b"y" * (600 << 10), d.vendor)
        expect(r.status == 503, r)
        c.close()
        until = time.monotonic() + 10
        while d.s.upload(d.documents, b"y" * (600 << 10), d.vendor).status != 201:
            expect(time.monotonic() < until, "the budget is not given back")
            time.sleep(0.05)
        expect(d.drafts() == [], d.drafts())


def rss(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) << 10
    raise AssertionError("no VmRSS")


@case
def flat_memory(work):
    """200 uploads of 5 MB: the HTTP process is no larger than before by more than 12 MB, and never
    holds as much as four of them."""
    with Desk(work) as d:
        data = os.urandom(5 << 20)
        for i in range(4):
            expect(d.s.upload(d.documents, data + b"%d" % i, d.vendor, media="text/plain").status
                   == 201, "refused")
        pid, peak, over = d.http_pid(), [0], threading.Event()
        before = rss(pid)

        def watch():
            while not over.is_set():
                peak[0] = max(peak[0], rss(pid))
                time.sleep(0.005)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                done = list(pool.map(lambda i: d.s.upload(d.documents, data + b"n%d" % i, d.vendor,
                                                          media="text/plain").status, range(200)))
        finally:
            over.set()
            watcher.join()
        expect(done == [201] * 200, done)
        after = rss(pid)
        expect(after - before < 12 << 20, f"{before >> 20} MB before, {after >> 20} MB after")
        expect(peak[0] - before < 20 << 20, f"{before >> 20} MB before, peak {peak[0] >> 20} MB")


# ---- the same request again ----------------------------------------------------------------------

@case
def repeated(work):
    with Desk(work) as d:
        s, path, key = d.s, "/api/v1/account/language", {"Idempotency-Key": "k-1"}
        data = b"some document"
        up = {"Content-Type": "text/plain", "Idempotency-Key": "doc-1"}
        first = s.call("POST", d.documents + "?kind=other&filename=a.txt", token=d.vendor, body=data, headers=up)
        again = s.call("POST", d.documents + "?kind=other&filename=a.txt", token=d.vendor, body=data, headers=up)
        expect(first.status == again.status == 201 and first.body == again.body, (first, again))
        expect(not first.header("Idempotency-Replayed") and again.header("Idempotency-Replayed"),
               "nothing says that it is a replay")
        count = d.rows("SELECT count(*) FROM document_version")
        expect(count == [(1,)], count)
        r = s.call("POST", d.documents + "?kind=other&filename=a.txt", token=d.vendor, body=b"another",
                   headers=up)
        expect(r.status == 422 and r.json["code"] == "idempotency-key-reused", r)
        # Two at the same time: one runs.
        up["Idempotency-Key"] = "doc-2"
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            many = list(pool.map(lambda _: s.call("POST", d.documents + "?kind=other&filename=b.txt",
                                                  token=d.vendor, body=b"b", headers=up),
                                 range(8)))
        expect({r.status for r in many} == {201} and len({r.body for r in many}) == 1, many)
        count = d.rows("SELECT count(*) FROM document_version")
        expect(count == [(2,)], count)
        r = s.call("POST", d.documents + "?kind=other&filename=b.txt", token=d.vendor, body=b"b",
                   headers={"Content-Type": "text/plain", "Idempotency-Key": "a b"})
        expect(r.status == 400, r)
        expect(path and key, "")


# ---- streams -------------------------------------------------------------------------------------

class Stream:
    def __init__(self, d, token, last=None):
        extra = f"Last-Event-ID: {last}\r\n" if last else ""
        self.c = raw(d, f"GET /api/v1/applications/{d.application}/events HTTP/1.1\r\nHost: x\r\n"
                        f"Authorization: Bearer {token}\r\n{extra}\r\n")
        self.data = b""

    def until(self, what, seconds=20):
        until = time.monotonic() + seconds
        while what not in self.data:
            self.c.settimeout(max(0.1, until - time.monotonic()))
            try:
                more = self.c.recv(65536)
            except TimeoutError:
                more = b""
            expect(more, f"{what} does not come: {self.data[-500:]}")
            self.data += more
        return self.data


@case
def streams(work):
    with Desk(work, {"streams_per_person": 2}) as d:
        a = Stream(d, d.vendor)
        expect(b"text/event-stream" in a.until(b"retry: 2000"), a.data)
        r = d.s.upload(d.documents, b"%PDF-1.4 no signature", d.vendor)
        expect(r.status == 201, r)
        a.until(b"event: version")
        a.until(b'"verdict":')
        seen = [int(x.split(b"\n")[0]) for x in a.data.split(b"id: ")[1:]]
        expect(seen == sorted(set(seen)), seen)
        # From an event on: what came after it comes again.
        b = Stream(d, d.vendor, last=seen[0])
        for n in seen[1:]:
            b.until(b"id: %d\n" % n)
        expect(b"id: %d\n" % seen[0] not in b.data, b.data)
        d.s.problem(429, "too-many-requests", "GET",
                    f"/api/v1/applications/{d.application}/events", token=d.vendor)
        b.c.close()
        # Somebody else's are not counted, and a stream that was left is given back in time.
        c = Stream(d, d.officer)
        c.until(b"retry")
        expect(d.s.upload(d.documents, b"another", d.vendor).status == 201, "refused")
        c.until(b"event:")
        until = time.monotonic() + 40
        while True:
            e = Stream(d, d.vendor)
            if b" 200 " in status_of(e.c):
                break
            expect(time.monotonic() < until, "the place of a stream that was left stays taken")
            time.sleep(0.5)


@case
def a_page_loaded_again_and_again(work):
    """Who left makes place before the next comment (15 s) would tell that he has: a page that is
    loaded a few times in a row gets its events."""
    with Desk(work, {"streams_per_person": 2}) as d:
        for n in range(3):
            until = time.monotonic() + 10
            while True:
                some = [Stream(d, d.officer) for _ in range(2)]
                good = all(b" 200 " in status_of(s.c) for s in some)
                for s in some:
                    s.c.close()
                if good:
                    break
                expect(time.monotonic() < until, f"refused, the {n + 1}. time")
                time.sleep(0.2)


@case
def streams_end_with_the_server(work):
    with Desk(work, {"streams_per_person": 50}) as d:
        open_ = [Stream(d, d.officer) for _ in range(20)]
        for s in open_:
            s.until(b"retry")


# ---- slow and many clients -----------------------------------------------------------------------

@case
def slow_clients(work):
    """Slow heads, slow bodies and slow readers are served after others and cut in the end."""
    with Desk(work, upload_seconds=4, connections=200) as d:
        big = os.urandom(8 << 20)
        version = d.s.upload(d.documents, big, d.vendor, media="text/plain").json["id"]
        auth = f"Authorization: Bearer {d.vendor}\r\n"
        slow = []
        for _ in range(15):
            slow.append(raw(d, "GET /api/v1/documents/1 HTTP/1.1\r\nHost: x\r\nX-Slow: "))
            slow.append(raw(d, f"POST {d.documents} HTTP/1.1\r\nHost: x\r\n{auth}"
                               "Content-Type: text/plain\r\nContent-Length: 100000\r\n\r\nx"))
            reader = raw(d, f"GET /api/v1/versions/{version}/content HTTP/1.1\r\nHost: x\r\n{auth}\r\n")
            slow.append(reader)
        stop = threading.Event()

        def drip():
            while not stop.wait(0.5):
                for i, c in enumerate(slow):
                    try:
                        if i % 3 < 2:
                            c.send(b"x")
                    except OSError:
                        pass
        dripper = threading.Thread(target=drip)
        dripper.start()
        try:
            for _ in range(20):
                r = d.s.call("GET", d.documents, token=d.vendor, timeout=10)
                expect(r.status == 200, r)
            expect(d.s.upload(d.documents, b"fast", d.vendor).status == 201, "a fast upload waits")
            until = time.monotonic() + 30
            while d.drafts():
                expect(time.monotonic() < until, f"slow uploads are not cut: {d.drafts()}")
                time.sleep(0.1)
        finally:
            stop.set()
            dripper.join()
        cut = 0
        for i, c in enumerate(slow):
            if i % 3 < 2:
                c.settimeout(10)
                try:
                    while c.recv(65536):
                        pass
                    cut += 1
                except ConnectionError:
                    cut += 1
                except TimeoutError:
                    pass
            c.close()
        expect(cut == 30, f"{cut} of 30 slow clients were cut")


@case
def a_thousand_connections(work):
    """All are served, or refused with an answer; nobody hangs; afterwards all is as before."""
    with Desk(work, connections=2048) as d:
        conns, lines = [], {}
        for i in range(1000):
            c = socket.create_connection(("127.0.0.1", d.s.port), 30)
            conns.append(c)
        for c in conns:
            c.sendall(f"GET {d.documents} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {d.vendor}\r\n"
                      "Connection: close\r\n\r\n".encode())
        for c in conns:
            c.settimeout(30)
            line = status_of(c)
            status = line.split(b" ")[1].decode() if line else "cut"
            lines[status] = lines.get(status, 0) + 1
            c.close()
        expect(set(lines) <= {"200", "503"} and lines.get("200", 0) > 0, lines)
        print(f"#    {lines}")
        expect(d.s.call("GET", d.documents, token=d.vendor).status == 200, "afterwards")


@case
def one_address_is_not_all(work):
    """Beyond its share of the connections an address gets a clear answer, not silence."""
    with Desk(work, connections=80) as d:
        conns = [socket.create_connection(("127.0.0.1", d.s.port), 10) for _ in range(60)]
        for c in conns:
            c.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        statuses = {}
        for c in conns:
            c.settimeout(10)
            line = status_of(c)
            key = line.split(b" ")[1].decode() if line else "cut"
            statuses[key] = statuses.get(key, 0) + 1
        expect(set(statuses) == {"200", "503"} and statuses["200"] >= 20, statuses)
        for c in conns:
            c.close()
        until = time.monotonic() + 10
        while d.s.call("GET", "/healthz").status != 200:
            expect(time.monotonic() < until, "the share is not given back")
            time.sleep(0.05)


# ---- the operator --------------------------------------------------------------------------------

@case
def metrics_and_logs(work):
    with Desk(work) as d:
        secret_name = "geheim-name.pdf"
        r = d.s.upload(d.documents, b"content of the document", d.vendor, name=secret_name)
        expect(r.status == 201, r)
        d.s.problem(403, "forbidden", "GET", "/api/v1/persons", token=d.vendor)
        text = d.s.call("GET", "/metrics").body.decode()
        for line in ('satyapan_operations_total{operation="document.add",status="2xx"} 1',
                     'satyapan_operations_total{operation="person.list",status="4xx"} 1',
                     'satyapan_operation_seconds_count{operation="document.add"} 1',
                     "satyapan_uploads_total 1", "satyapan_upload_bytes_total 23"):
            expect(line in text, f"{line} is not in the metrics")
        for name in ("satyapan_jobs{state=\"waiting\"}", "satyapan_jobs{state=\"needs-human\"}",
                     "satyapan_blob_bytes ", "satyapan_sessions ", "satyapan_streams "):
            expect(name in text, f"{name} is not in the metrics")
        rows = []
        for line in d.s.stderr().splitlines():
            if line.startswith("{"):
                rows.append(json.loads(line))
        mine = [r for r in rows if r.get("operation") == "document.add"]
        expect(len(mine) == 1, rows[-5:])
        expect(mine[0]["status"] == 201 and mine[0]["method"] == "POST" and mine[0]["person"] > 0
               and mine[0]["id"] == r.header("X-Request-Id"), mine)
        whole = d.s.stderr()
        for secret in (secret_name, d.vendor, d.officer, "content of"):
            expect(secret not in whole, f"{secret} is in the log")


@case
def readiness(work):
    with Desk(work) as d:
        expect(d.s.call("GET", "/readyz").status == 200, "not ready")
        # Somebody holds the database: writing is not possible, so it is not ready.
        db = sqlite3.connect(os.path.join(d.s.data, "office.db"), timeout=10, isolation_level=None)
        db.execute("BEGIN EXCLUSIVE")
        until = time.monotonic() + 30
        while (r := d.s.call("GET", "/readyz")).status != 503:
            expect(time.monotonic() < until, "ready although nothing can be written")
            time.sleep(0.1)
        expect(r.json["code"] == "not-ready", r)
        db.execute("ROLLBACK")
        db.close()
        d.s.wait_ready()


def refuse_start(data, *more):
    return subprocess.run([PROGRAM, "serve", "--offline", "--listen", "127.0.0.1:0", "--data", data,
                           *more], capture_output=True, text=True, timeout=30, check=False)


@case
def start(work):
    data = os.path.join(work, "data")
    with Desk(work) as d:
        expect(d.s.call("GET", "/healthz").status == 200, "")
    with open(os.path.join(data, "office.json"), "w", encoding="utf-8") as f:
        f.write('{"no_such_setting": 1}')
    r = refuse_start(data)
    expect(r.returncode == 65 and "no_such_setting" in r.stderr, r)
    os.remove(os.path.join(data, "office.json"))
    db = sqlite3.connect(os.path.join(data, "office.db"))
    db.execute("INSERT INTO migration(version, applied_at) VALUES(99, 0)")
    db.commit()
    db.close()
    r = refuse_start(data)
    expect(r.returncode == 65 and "newer version" in r.stderr, r)
    file = os.path.join(work, "file")
    with open(file, "w", encoding="utf-8") as f:
        f.write("x")
    r = refuse_start(file)
    expect(r.returncode in (74, 77) and r.stderr.count("\n") == 1, r)


@case
def killed(work):
    """The HTTP process is killed in the middle of uploads: the supervisor starts it again, and every
    acknowledged document is there."""
    with Desk(work) as d:
        acknowledged, over = [], threading.Event()

        def load(n):
            i = 0
            while not over.is_set():
                data = b"%d/%d " % (n, i) + os.urandom(100000)
                i += 1
                try:
                    r = d.s.upload(d.documents, data, d.vendor, media="text/plain", timeout=10)
                    if r.status == 201:
                        acknowledged.append((r.json["id"], hashlib.sha256(data).hexdigest()))
                except (OSError, http.client.HTTPException):
                    time.sleep(0.05)
        loaders = [threading.Thread(target=load, args=(n,)) for n in range(3)]
        for t in loaders:
            t.start()
        for _ in range(3):
            count = len(acknowledged)
            until = time.monotonic() + 30
            while len(acknowledged) < count + 5:
                expect(time.monotonic() < until, "no progress")
                time.sleep(0.05)
            os.kill(d.http_pid(), 9)
            time.sleep(0.2)
        over.set()
        for t in loaders:
            t.join()
        d.s.wait_ready()
        for version, digest in acknowledged:
            r = d.s.call("GET", f"/api/v1/versions/{version}/content", token=d.officer)
            expect(r.status == 200 and hashlib.sha256(r.body).hexdigest() == digest,
                   f"version {version} is lost")
        check = subprocess.run([PROGRAM, "audit", "verify", "--data", d.s.data], check=False,
                               capture_output=True, text=True, timeout=60)
        expect(check.returncode == 0, check)


if __name__ == "__main__":
    sys.exit(run_cases(CASES, sys.argv[1:]))
