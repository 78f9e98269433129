"""What the tests of `satyapan issue` share: a PKI, requests, the program, questions to the records."""
import hashlib
import json
import os
import sqlite3
import subprocess

from pades import B, make_pki, openssl, write

SATYAPAN = os.path.abspath(os.path.join(B, "satyapan"))
LEFT_OUT = ("number", "url", "issued_on", "valid_from", "valid_to")


def request(n=1, **changes):
    """A request as an officer writes it: the sample without what is given at issue."""
    with open("certs/sample.json", encoding="utf-8") as f:
        data = json.load(f)
    for key in LEFT_OUT:
        del data[key]
    data["registration"] = f"STQC/IOTSCS/REG/2026/{n:04d}"
    data["lab"]["reports"][0]["date"] = data["committee"]["date"] = "2024-06-03"
    data.update(changes)
    return data


def list_hash(items):
    """What confirms a list: its requests as canonical JSON, a line each."""
    text = "".join(json.dumps(i, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for i in items)
    return hashlib.sha256(text.encode()).hexdigest()


class World:
    def __init__(self, folder, public_url="https://iotscs.example.in"):
        self.folder, self.data, self.out = folder, os.path.join(folder, "data"), os.path.join(folder, "out")
        make_pki(folder)
        openssl(folder, "x509", "-in", "ca.crt", "-outform", "DER", "-out", "ca.der")
        os.makedirs(self.data, 0o700, exist_ok=True)
        if public_url:
            self.write("data/office.json", json.dumps({"public_url": public_url, "issue_elsewhere": True}))

    def write(self, name, text):
        return write(self.folder, name, text)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def words(self, *words, key="officer", pin="pin", out=None):
        all_words = [SATYAPAN, "issue", "--data", self.data, *words]
        if "--release" not in words:
            all_words += ["--out", out or self.out]
        if key:
            all_words += ["--key", key if ":" in key else f"file:{self.folder}/{key}.p12"]
            all_words += ["--pin-file", self.path(pin)]
        return all_words

    def issue(self, *words, **more):
        return subprocess.run(self.words(*words, **more), capture_output=True, text=True, timeout=300, check=False,
                              stdin=subprocess.DEVNULL)

    def one(self, data, *words, **more):
        path = self.write("request.json", json.dumps(data))
        return self.issue("--request", path, *words, **more)

    def batch(self, items, name="batch.jsonl"):
        return self.write(name, "".join(json.dumps(i) + "\n" for i in items))

    def register(self, *words):
        return subprocess.run([SATYAPAN, "register", *words, "--data", self.data], capture_output=True, text=True,
                              timeout=120, check=False)

    def set(self, sql, *values):
        with sqlite3.connect(os.path.join(self.data, "office.db"), timeout=30) as db:
            db.execute(sql, values)

    def script(self, sql):
        with sqlite3.connect(os.path.join(self.data, "office.db"), timeout=30) as db:
            db.executescript(sql)

    def ask(self, sql, *values):
        with sqlite3.connect(os.path.join(self.data, "office.db"), timeout=30) as db:
            return db.execute(sql, values).fetchall()

    def vkey(self):
        return self.register("checkpoint", "--key").stdout.strip()

    def file(self, number, extension, out=None):
        return os.path.join(out or self.out, number.replace("/", "-") + extension)
