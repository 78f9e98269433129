"""A client of the certification body's API as a real one is written: logs in with a one-time
password, changes it, enrols in the second factor, makes an API token, uploads from a file, follows
server-sent events. Not a test by itself.

A log-in is what a browser sends; everything after it goes over /api/v1/. Nothing here looks at the
records or knows how the server is made.
"""
import base64
import hashlib
import hmac
import html
import http.client
import json
import os
import re
import struct
import threading
import time
import urllib.parse

BLOCK = 1 << 20


def totp(secret, when=None):
    """RFC 6238: the six digits an app shows at that time; secret in base32."""
    key = base64.b32decode(secret)
    step = struct.pack(">Q", int(time.time() if when is None else when) // 30)
    digest = hmac.new(key, step, hashlib.sha1).digest()
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at:at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1000000:06}"


class Answer:
    def __init__(self, r, body):
        self.status, self.headers, self.body = r.status, r.headers, body

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    @property
    def code(self):
        """Of a problem (RFC 9457)."""
        return self.json.get("code") if self.body[:1] == b"{" else None

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Refused(AssertionError):
    """An answer that was not hoped for."""


class Client:
    """Speaks as one person: with a token, or with a session until there is one."""

    def __init__(self, port, token=None):
        self.port, self.token = port, token
        self.cookie = self.form_token = None

    # ---- requests ------------------------------------------------------------------------------

    def headers(self, more=None):
        out = {"Accept": "application/json"}
        if self.token:
            out["Authorization"] = f"Bearer {self.token}"
        elif self.cookie:
            out["Cookie"] = self.cookie
            out["Origin"] = f"http://127.0.0.1:{self.port}"
        if self.form_token and not self.token:
            out["X-Form-Token"] = self.form_token
        return {**out, **(more or {})}

    def call(self, method, path, value=None, body=None, headers=None, timeout=120):
        """value: sent as JSON; body: sent as it is, a file in blocks."""
        headers = self.headers(headers)
        if value is not None:
            body = json.dumps(value).encode()
            headers.setdefault("Content-Type", "application/json")
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout, blocksize=BLOCK)
        try:
            c.request(method, path, body, headers)
            r = c.getresponse()
            answer = Answer(r, r.read())
        finally:
            c.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            if cookie.startswith("satyapan="):
                self.cookie = cookie.split(";")[0]
        return answer

    def ok(self, method, path, value=None, **more):
        """The answer's JSON."""
        a = self.call(method, path, value, **more)
        if a.status not in (200, 201, 202, 204):
            raise Refused(f"{method} {path}: {a}")
        return a.json

    def get(self, path):
        return self.ok("GET", path)

    def post(self, path, value=None, **more):
        return self.ok("POST", path, {} if value is None else value, **more)

    def refused(self, status, code, method, path, value=None, **more):
        """The problem; a different answer is an error."""
        a = self.call(method, path, value, **more)
        if a.status != status or a.code != code:
            raise Refused(f"{method} {path}: not {status} {code} but {a}")
        return a.json

    def items(self, path):
        """All items of a list, page by page."""
        out, after = [], ""
        while True:
            page = self.get(path + after)
            out += page["items"]
            if not page["next"]:
                return out
            glue = "&" if "?" in path else "?"
            after = f"{glue}after={urllib.parse.quote(page['next'])}"

    def upload(self, application, data, name, media="application/pdf", headers=None, timeout=300,
               **words):
        """data: bytes, or the path of a file, which is sent as it is read. The answer."""
        query = urllib.parse.urlencode({"filename": name, **words})
        path = f"/api/v1/applications/{application}/documents?{query}"
        more = {"Content-Type": media, **(headers or {})}
        if isinstance(data, bytes):
            return self.call("POST", path, body=data, headers=more, timeout=timeout)
        more["Content-Length"] = str(os.path.getsize(data))
        with open(data, "rb") as f:
            return self.call("POST", path, body=f, headers=more, timeout=timeout)

    # ---- becoming somebody -----------------------------------------------------------------------

    def form(self, path, **fields):
        """A form of a page; the answer, redirects are not followed."""
        return self.call("POST", path, body=urllib.parse.urlencode(fields).encode(),
                         headers={"Content-Type": "application/x-www-form-urlencoded",
                                  "Origin": f"http://127.0.0.1:{self.port}"})

    def read_form_token(self, page="/office/account"):
        page = self.call("GET", page).body.decode()
        found = re.search(r'name="form_token"\s+value="([^"]*)"', page)
        if not found:
            raise Refused("no form token on the page")
        self.form_token = html.unescape(found.group(1))

    def log_in(self, login, password, secret=None, when=None):
        """The session is opened; with secret the second factor is shown, too."""
        a = self.form("/office/login", login=login, password=password)
        if a.status == 303 and secret:
            a = self.second(totp(secret, when))
        if a.status == 303:
            self.read_form_token()
        return a

    def second(self, code):
        """The second factor, after the password."""
        self.read_form_token("/office/second")
        return self.form("/office/second", code=code, form_token=self.form_token)

    def enrol(self):
        """The second factor; returns its secret and the recovery codes."""
        secret = self.post("/api/v1/account/totp")["secret"]
        codes = self.post("/api/v1/account/totp/confirm", {"code": totp(secret)})["recovery"]
        return secret, codes

    def first_steps(self, login, once, password, second_factor=True):
        """From the one-time password to an account that may work; the secret of the second."""
        a = self.log_in(login, once)
        if a.status != 303:
            raise Refused(f"the one-time password of {login}: {a}")
        self.post("/api/v1/account/password", {"old": once, "new": password})
        secret = self.enrol()[0] if second_factor else None
        self.read_form_token()
        return secret

    def make_token(self, scopes, name="script", days=2):
        """From now on it speaks with this token."""
        self.token = self.post("/api/v1/tokens", {"name": name, "scopes": scopes,
                                                  "days": days})["token"]
        return self.token


class Events(threading.Thread):
    """Follows an application; events as (kind, data, time), until close()."""

    def __init__(self, client, application):
        super().__init__(daemon=True)
        self.list, self.lock, self.ended = [], threading.Lock(), False
        self.c = http.client.HTTPConnection("127.0.0.1", client.port, timeout=120)
        self.c.request("GET", f"/api/v1/applications/{application}/events", None,
                       client.headers({"Accept": "text/event-stream"}))
        self.r = self.c.getresponse()
        if self.r.status != 200:
            raise Refused(f"events: {self.r.status} {self.r.read()!r}")
        self.start()

    def run(self):
        kind = None
        try:
            for line in self.r:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    kind = text[7:]
                elif text.startswith("data: "):
                    with self.lock:
                        self.list.append((kind, json.loads(text[6:]), time.monotonic()))
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self.ended = True

    def of(self, kind):
        with self.lock:
            return [e for e in self.list if e[0] == kind]

    def wait(self, kind, wanted, seconds=60):
        """Those of that kind that are wanted, once there is one."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [data for _, data, _ in self.of(kind) if wanted(data)]
            if found:
                return found
            time.sleep(0.05)
        raise Refused(f"no such event \"{kind}\" in {seconds} s; there were {len(self.list)}")

    def close(self):
        """The line is cut."""
        try:
            self.c.sock and self.c.sock.shutdown(2)
        except OSError:
            pass
        self.c.close()
        self.join(10)
