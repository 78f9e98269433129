"""pki_server - a test CA on the network: certificates, CRLs, OCSP, time-stamps, and faults on purpose.

    from pki_server import Pki, PkiServer
    with Pki() as pki, PkiServer(pki, [("93.184.215.14", 80)]) as server:
        pki.pdf("signer", "leaf.pdf")                  # signed; only the signer's certificate in it
        server.fault("crl.test.invalid/subca.crl", "404")    # "HOST/PATH", or "/PATH" for any host
        ...                                            # run the program under test
        server.requests                                # [("GET", "crl.test.invalid", "/subca.crl")]
        server.clear()                                 # no faults, no requests

The certificates are those of tests/gen/hierarchy.c (hierarchy_base): root, ca, subca, signer,
signer-second, signer-revoked, signer-expired, signer-document, tsa, ocsp; valid today, new keys each
time. They name http://crl.test.invalid/ISSUER.crl, http://ca.test.invalid/ISSUER.cer and
http://ocsp.test.invalid/ : let these names resolve to the server (tests/e2e/netns.py does). The
server itself looks at paths only:
    /LABEL.cer      the certificate, DER                 /LABEL.crl   its CRL, current
    / or /ocsp      OCSP, by POST or GET (RFC 6960 A.1)  /tsa         RFC 3161, by POST
    /fault/NAME/... the same with a fault, without server.fault()
Faults (FAULTS below says what each does): status codes 400 401 403 404 410 429 500 503; answers
that are right HTTP and wrong data: stale future other-key wrong-type empty truncated-der big; OCSP:
revoked unknown try-later no-nonce wrong-nonce; encodings that are right: pem base64 p7c; attacks on
the reader: see HOSTILE. Redirects: redirect:URL.
With tls=(cert, key) an address speaks TLS. Everything runs in threads of the caller and one child
process (build/gen/responder, which has the keys); leaving the with-blocks ends all of it.

As a program: tests/e2e/pki_server.py DIR [ADDRESS:PORT]  writes DIR/root.cer, ca.cer, subca.cer,
leaf.pdf and serves until its standard input ends.
"""
import base64
import functools
import gzip
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DAY = 86400
BIG_ENTRIES = 1_950_000  # a CRL of 52 MB


class Pki:
    """The test PKI: keys in a child process, files in a folder that goes with it."""

    def __init__(self, at=None):
        self.folder = tempfile.TemporaryDirectory(prefix="satyapan-pki-")
        self.dir = self.folder.name
        self.lock = threading.Lock()
        self.count = 0
        # Its memory lives as long as it does, which a sanitizer would call a leak.
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        self.child = subprocess.Popen([os.path.join(B, "gen", "responder")] + ([at] if at else []),
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      env=env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.wait(timeout=20)
        self.child.stdout.close()
        self.folder.cleanup()

    def path(self, name=None):
        if name is None:
            self.count += 1
            name = f"tmp-{self.count}"
        return os.path.join(self.dir, name)

    def do(self, *words):
        with self.lock:
            self.child.stdin.write(" ".join(map(str, words)) + "\n")
            self.child.stdin.flush()
            answer = self.child.stdout.readline()
        if answer != "ok\n":
            raise RuntimeError(f"responder: {' '.join(map(str, words))}: {answer!r}")

    def made(self, *words, data=None):
        """Runs a command whose last word is a new file, and returns its bytes."""
        with self.lock:
            out, given = self.path(), self.path()
        if data is not None:
            with open(given, "wb") as f:
                f.write(data)
            words = [given if w == "DATA" else w for w in words]
        self.do(*words, out)
        with open(out, "rb") as f:
            return f.read()

    def cert(self, label):
        return self.made("cert", label)

    def crl(self, issuer, start=-DAY, end=6 * DAY):
        return self.made("crl", issuer, start, end)

    def big_crl(self, issuer, entries=BIG_ENTRIES):
        path = self.path(f"big-{issuer}-{entries}")
        if not os.path.exists(path):
            self.do("bigcrl", issuer, entries, path)
        with open(path, "rb") as f:
            return f.read()

    def p7c(self, *labels):
        return self.made("p7c", ",".join(labels))

    def ocsp(self, request, mode="good", start=-3600, end=12 * 3600):
        return self.made("ocsp", "DATA", mode, start, end, data=request)

    def tsa(self, request):
        return self.made("tsa", "DATA", data=request)

    def pdf(self, label, path, embed=None):
        """A signed declaration; embed: labels of the certificates in it (default: the signer's)."""
        self.do("pdf", label, ",".join(embed or [label]), path)

    def cms(self, label, content, path, embed=None):
        self.do("cms", label, ",".join(embed or [label]), content, path)

    def pem(self, label):
        return to_pem(self.cert(label), "CERTIFICATE")


def to_pem(der, kind):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {kind}-----\n{text}-----END {kind}-----\n".encode()


# ---- what is served ------------------------------------------------------------------------------

class Answer:
    def __init__(self, status=200, body=b"", kind="application/octet-stream", headers=()):
        self.status, self.body, self.kind, self.headers = status, body, kind, list(headers)

    def head(self, length=None):
        lines = [f"HTTP/1.1 {self.status} X", f"Content-Type: {self.kind}",
                 f"Content-Length: {len(self.body) if length is None else length}",
                 "Connection: close"] + self.headers
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.headers, self.body = method, headers, body
        self.target = target
        self.path = urllib.parse.urlsplit(target).path or "/"
        self.host = headers.get("host", "").rsplit(":", 1)[0].lower()


def ocsp_request(request):
    if request.method == "POST":
        return request.body
    text = urllib.parse.unquote(request.path.lstrip("/").removeprefix("ocsp/"))
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def answer_of(pki, request, path, mode):
    """What a right server says; mode: a fault that is only a wrong answer, or None."""
    name, _, ending = path.lstrip("/").rpartition(".")
    label = name.rpartition("/")[2]
    if ending == "cer":
        if mode == "p7c":
            return Answer(body=pki.p7c(label), kind="application/x-pkcs7-certificates")
        return Answer(body=pki.cert("root-foreign" if mode == "other-key" else label),
                      kind="application/pkix-cert")
    if ending == "crl":
        times = {"stale": (-40 * DAY, -33 * DAY), "future": (2 * DAY, 9 * DAY)}
        body = pki.big_crl(label) if mode == "big" else \
            pki.crl(label, *times.get(mode, (-DAY, 6 * DAY)))
        return Answer(body=body, kind="application/pkix-crl")
    if path == "/tsa":
        return Answer(body=pki.tsa(request.body), kind="application/timestamp-reply")
    modes = ("revoked", "unknown", "try-later", "other-key", "no-nonce", "wrong-nonce")
    times = {"stale": (-40 * DAY, -39 * DAY), "future": (2 * DAY, 3 * DAY)}
    return Answer(body=pki.ocsp(ocsp_request(request), mode if mode in modes else "good",
                                *times.get(mode, (-3600, 12 * 3600))),
                  kind="application/ocsp-response")


def pem_kind(answer):
    return "X509 CRL" if "crl" in answer.kind else "CERTIFICATE"


def as_pem(answer):
    answer.body = to_pem(answer.body, pem_kind(answer))  # under its DER type, as some CAs do


def as_base64(answer):
    answer.body = base64.encodebytes(answer.body).replace(b"\n", b"\r\n")


def as_page(answer):
    answer.body, answer.kind = b"<!doctype html><title>Login</title><p>Please log in.", "text/html"


def cut(answer):
    answer.body = answer.body[:len(answer.body) // 2]


def emptied(answer):
    answer.body = b""


# The answer is HTTP as it should be; what is in it is not as asked.
FAULTS = {
    "pem": as_pem,               # PEM under a DER type
    "base64": as_base64,         # the DER in base64 without armour
    "p7c": None,                 # the certificate in a PKCS#7
    "wrong-type": as_page,       # a login page with status 200
    "empty": emptied,            # no body
    "truncated-der": cut,        # half of it, with a Content-Length that fits
    "big": None,                 # a CRL of 52 MB
    "stale": None, "future": None, "other-key": None,
    "revoked": None, "unknown": None, "try-later": None, "no-nonce": None, "wrong-nonce": None,
}


# ---- hostile answers: each writes to the socket what it likes --------------------------------------

def drip(sock, data, pause=0.2, size=1):
    for i in range(0, len(data), size):
        sock.sendall(data[i:i + size])
        time.sleep(pause)


def endless(sock, piece, pause=0.0):
    while True:
        sock.sendall(piece)
        if pause:
            time.sleep(pause)


def send_slow_headers(sock, answer):
    drip(sock, answer.head() + answer.body)


def send_slow_body(sock, answer):
    sock.sendall(answer.head())
    drip(sock, answer.body)


def send_endless_body(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    endless(sock, bytes(65536))


def send_endless_chunks(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    endless(sock, b"10000\r\n" + bytes(65536) + b"\r\n")


def send_endless_headers(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    endless(sock, b"X-More: " + b"a" * 100 + b"\r\n")


def send_slow_endless_headers(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    endless(sock, b"X-More: a\r\n", 0.1)


def send_long_header(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 20000 + b"\r\n\r\n")


def send_endless_header(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    endless(sock, b"a" * 65536)


def send_many_headers(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"Content-Length: 1\r\n\r\nx")


def send_endless_1xx(sock, answer):
    endless(sock, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


@functools.cache
def bomb():
    return gzip.compress(bytes(300 << 20), 9)


def send_gzip_bomb(sock, answer):
    body = bomb()
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
                 % len(body) + body)


def send_transfer_bomb(sock, answer):
    body = bomb()
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n%x\r\n" % len(body)
                 + body + b"\r\n0\r\n\r\n")


def send_length_too_long(sock, answer):
    sock.sendall(answer.head(len(answer.body) + 1000) + answer.body)


def send_length_too_short(sock, answer):
    sock.sendall(answer.head(len(answer.body) - 10) + answer.body)


def send_length_huge(sock, answer):
    sock.sendall(answer.head(1 << 40) + answer.body)
    time.sleep(60)


def send_length_negative(sock, answer):
    sock.sendall(answer.head(-1) + answer.body)


def send_two_lengths(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello!!")


def send_bad_chunk(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n")


def send_huge_chunk(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff0\r\nhello")


def send_unfinished_chunk(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")


def send_endless_chunk_extension(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=")
    endless(sock, b"a" * 65536)


def send_endless_trailers(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")
    endless(sock, b"X-More: " + b"a" * 100 + b"\r\n")


def send_nothing(sock, answer):
    time.sleep(60)


def send_close(sock, answer):
    pass


def send_reset(sock, answer):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def send_not_http(sock, answer):
    sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 40)


def send_http09(sock, answer):
    sock.sendall(answer.body)


def send_truncated(sock, answer):
    sock.sendall(answer.head() + answer.body[:len(answer.body) // 2])


def send_big_body(sock, answer):
    sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(1100):
        sock.sendall(bytes(65536))


HOSTILE = {name[5:].replace("_", "-"): function for name, function in list(globals().items())
           if name.startswith("send_")}


# ---- the server -----------------------------------------------------------------------------------

class Handler(socketserver.BaseRequestHandler):
    def read(self):
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.request.recv(65536)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {n.strip().lower(): v.strip() for n, _, v in (x.partition(":") for x in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            more = self.request.recv(65536)
            if not more:
                return None
            body += more
        method, target, *_ = first.split(" ")
        return Request(method, target, headers, body)

    def handle(self):
        self.request.settimeout(60)
        self.server.owner.reached.append(self.request.getsockname()[0])
        try:
            if self.server.tls:
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            request = self.read()
            if request:
                self.server.owner.serve(self.request, request)
        except (OSError, ValueError):
            pass  # the other end went: what this server is for


class Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address, owner, tls):
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.owner, self.tls = owner, tls
        super().__init__(address, Handler)

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()


class PkiServer:
    """Serves one Pki (None: only set pages) at several addresses; tls: {address: (cert, key)}."""

    def __init__(self, pki, addresses, tls=None):
        self.pki, self.faults, self.pages, self.requests = pki, {}, {}, []
        self.seen = []  # whole Request objects, in order
        self.reached = []  # the address each connection was made to, as it was accepted
        self.lock = threading.Lock()
        self.listeners = []
        for address in addresses:
            context = None
            if tls and address in tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*tls[address])
            self.listeners.append(Listener(address, self, context))
        for listener in self.listeners:
            threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.listeners:
            listener.shutdown()
            listener.server_close()

    @property
    def addresses(self):
        return [listener.server_address[:2] for listener in self.listeners]

    def fault(self, place, name):
        """place: "HOST/PATH" or "/PATH"; name: a fault, or None for a right answer again."""
        self.faults[place] = name

    def page(self, place, answer):
        """Serves this Answer there; a function is called with the Request."""
        self.pages[place] = answer

    def clear(self):
        with self.lock:
            self.faults, self.pages = {}, {}
            self.requests, self.seen, self.reached = [], [], []

    def count(self, place):
        with self.lock:
            return sum(1 for _, host, path in self.requests if place in (host + path, path))

    def find(self, table, request):
        return table.get(request.host + request.path, table.get(request.path))

    def serve(self, sock, request):
        with self.lock:
            self.requests.append((request.method, request.host, request.path))
            self.seen.append(request)
        page = self.find(self.pages, request)
        if page is not None:
            answer = page(request) if callable(page) else page
            sock.sendall(answer.head() + answer.body)
            return
        path, fault = request.path, self.find(self.faults, request)
        if path.startswith("/fault/"):
            rest = urllib.parse.unquote(path[7:])
            fault, _, path = (rest, "", "") if rest.startswith("redirect:") else \
                rest.partition("/")
            path = "/" + path
        self.answer(sock, request, path, fault)

    def answer(self, sock, request, path, fault):
        if fault and fault.startswith("redirect:"):
            sock.sendall(Answer(302, headers=["Location: " + fault[9:]]).head())
        elif fault and fault.isdigit():
            more = ["Retry-After: 120"] if fault in ("429", "503") else []
            sock.sendall(Answer(int(fault), b"no", "text/plain", more).head() + b"no")
        elif fault in HOSTILE:
            HOSTILE[fault](sock, self.right(request, path, None))
        elif fault is None or fault in FAULTS:
            answer = self.right(request, path, fault)
            if FAULTS.get(fault):
                FAULTS[fault](answer)
            sock.sendall(answer.head() + answer.body)
        else:
            sock.sendall(Answer(599, b"no such fault").head() + b"no such fault")

    def right(self, request, path, mode):
        if self.pki is None:
            return Answer(body=b"x" * 2000)
        try:
            return answer_of(self.pki, request, path, mode)
        except (RuntimeError, OSError) as e:
            return Answer(404, str(e).encode(), "text/plain")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    host, _, port = (sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1:0").rpartition(":")
    with Pki() as pki, PkiServer(pki, [(host, int(port))]) as server:
        os.makedirs(sys.argv[1], exist_ok=True)
        for label in ("root", "ca", "subca", "tsa"):
            with open(os.path.join(sys.argv[1], label + ".cer"), "wb") as f:
                f.write(pki.cert(label))
        pki.pdf("signer", os.path.join(sys.argv[1], "leaf.pdf"))
        print("http://%s:%d/" % server.addresses[0], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
