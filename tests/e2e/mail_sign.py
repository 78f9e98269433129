"""mail_sign - DKIM signatures (RFC 6376, 8463) made with openssl, right ones and wrong ones.

    key = mail_sign.Key(folder, "rsa:2048")      # or "ed25519", "rsa:768"
    dns.texts["s1._domainkey.issuer.example"] = [key.record()]
    raw = key.sign(raw, "issuer.example", "s1")  # relaxed/relaxed
"""
import base64
import hashlib
import os
import re
import subprocess


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True,
                          timeout=60).stdout


class Key:
    count = 0

    def __init__(self, folder, kind):
        Key.count += 1
        self.kind, self.path = kind, os.path.join(folder, f"dkim{Key.count}.pem")
        if kind.startswith("rsa:"):
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + kind[4:],
                    "-out", self.path)
        else:
            openssl("genpkey", "-algorithm", "ED25519", "-out", self.path)

    def record(self, more=""):
        der = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        public = der[-32:] if self.kind == "ed25519" else der
        word = "ed25519" if self.kind == "ed25519" else "rsa"
        return f"v=DKIM1; k={word}; {more}p={base64.b64encode(public).decode()}"

    def raw_signature(self, data, digest="sha256"):
        if self.kind == "ed25519":
            path = self.path + ".data"
            with open(path, "wb") as f:
                f.write(hashlib.sha256(data).digest())
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", path)
        return openssl("dgst", "-" + digest, "-sign", self.path, data=data)

    def sign(self, raw, domain, selector, h=None, tags="", body_length=None, digest="sha256",
             signed=None):
        """h: names of the signed lines; tags: more tags ("x=1; "); body_length: an l= tag."""
        raw = crlf(raw)
        head, body = raw.split(b"\r\n\r\n", 1)
        lines = unfold(head)
        canonical = relaxed_body(body)
        if body_length is not None:
            canonical = canonical[:body_length]
            tags += f"l={body_length}; "
        h = h or ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
                  "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
        word = "ed25519-sha256" if self.kind == "ed25519" else "rsa-" + digest
        bh = base64.b64encode(hashlib.new(digest, canonical).digest()).decode()
        value = (f" v=1; a={word}; c=relaxed/relaxed; d={domain}; s={selector}; {tags}"
                 f"h={':'.join(h)}; bh={bh}; b=")
        data, used = b"", {}
        for name in h:
            there = [line for line in lines if line[0].lower() == name.lower().encode()]
            at = used.get(name.lower(), 0)
            used[name.lower()] = at + 1
            if at < len(there):
                data += relaxed(*there[-1 - at]) + b"\r\n"
        data += relaxed(b"DKIM-Signature", value.encode())
        b = base64.b64encode(self.raw_signature(signed or data, digest)).decode()
        return b"DKIM-Signature:" + value.encode() + b.encode() + b"\r\n" + raw


def crlf(raw):
    raw = raw.encode() if isinstance(raw, str) else raw
    return re.sub(rb"\r?\n", b"\r\n", raw)


def unfold(head):
    lines = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            name, value = lines[-1]
            lines[-1] = (name, value + b"\r\n" + line)
        else:
            name, value = line.split(b":", 1)
            lines.append((name, value))
    return lines


def relaxed(name, value):
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b""))
    return name.lower() + b":" + value.strip()


def relaxed_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)
