"""A browser without a screen for tests: cookies, forms, one session. Not a test by itself."""
import base64
import hashlib
import hmac
import http.client
import html.parser
import json
import struct
import time
import urllib.parse

VOID = {"meta", "link", "input", "br", "img", "hr", "path", "use"}


class Page(html.parser.HTMLParser):
    """What a page says and which forms it has; elements: (tag, attributes)."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.elements, self.texts, self.form = [], [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.elements.append((tag, values))
        if tag == "form":
            self.form = {"action": values.get("action", ""), "fields": {}}
            self.forms.append(self.form)
        elif tag in ("input", "textarea", "select") and self.form and "name" in values:
            if values.get("type") != "checkbox" or "checked" in values:
                self.form["fields"][values["name"]] = values.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def find(self, **fields):
        """The first form whose fields have these values (None: only the name)."""
        for form in self.forms:
            if all(k in form["fields"] and v in (None, form["fields"][k])
                   for k, v in fields.items()):
                return form
        raise AssertionError(f"no form with {fields} among {self.forms}")


class Answer:
    def __init__(self, r, body, url):
        self.status, self.body, self.url = r.status, body, url
        self.headers = r.getheaders()
        self._page = None

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def cookies(self):
        return [v for k, v in self.headers if k.lower() == "set-cookie"]

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def page(self):
        if self._page is None:
            self._page = Page(self.text)
        return self._page

    def __repr__(self):
        return f"{self.status} {self.header('Location') or ''} {self.body[:200]!r}"


class Browser:
    """extra: headers of every request, such as a proxy adds."""

    def __init__(self, port, extra=None):
        self.port, self.cookies, self.extra = port, {}, extra or {}
        self.origin = f"http://127.0.0.1:{port}"

    def ask(self, method, path, body=None, headers=None, cookies=True):
        send = dict(self.extra)
        if cookies and self.cookies:
            send["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        send.update(headers or {})
        send = {k: v for k, v in send.items() if v is not None}
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            c.request(method, path, body, send)
            r = c.getresponse()
            a = Answer(r, r.read(), path)
        finally:
            c.close()
        for line in a.cookies():
            name, _, value = line.split(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return a

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers or None)

    def post(self, path, fields, headers=None):
        """As a browser posts a form of our own pages."""
        body = urllib.parse.urlencode(fields)
        send = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        send.update(headers or {})
        return self.ask("POST", path, body, send)

    def submit(self, page, where, **values):
        """Fills in a form of the page; where: fields that tell which one."""
        form = page.find(**where)
        return self.post(form["action"], {**form["fields"], **values})

    def follow(self, answer):
        return self.get(answer.header("Location"))

    # ---- logging in -----------------------------------------------------------------------------

    def login(self, login, password):
        page = self.get("/office/login").page
        return self.submit(page, {"login": None}, login=login, password=password)

    def token(self):
        """This session's form token, from a page."""
        return self.get("/office/account").page.find(form_token=None)["fields"]["form_token"]


def totp(secret, at=None, step=0):
    """RFC 6238; secret as base32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = int(time.time() if at is None else at) // 30 + step
    mac = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    at = mac[19] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"
