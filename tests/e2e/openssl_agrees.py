#!/usr/bin/env python3
"""A second opinion: `openssl cms` and `openssl ts` on every generated file that this program calls intact
or not intact. They must agree, or the difference is explained here.

What it does not do: compare trust. Certificates are not judged (-noverify); that is what cases are for.
"""
import glob
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
DATA = os.path.join(B, "gen", "data")
AT = "2026-11-21T06:30:00Z"

# File: why the two rightly differ. An entry whose file does not differ is a failure.
ED25519 = ("OpenSSL 3.0 hands the digest name to the Ed25519 verifier, which refuses any; the value "
           "is good over the signed attributes (openssl pkeyutl -verify -rawin says so)")
EXPLAINED = {
    "signer-ed25519.p7m": ED25519,
    "ed25519-sha512.p7m": ED25519,
    "signer-ed448.p7m": ED25519.replace("Ed25519", "Ed448"),
    "countersigned-bad.p7m": "openssl cms does not look at counter-signatures",
    "bad-content-type.p7m": "openssl cms does not compare the signed content-type with eContentType "
                            "(RFC 5652 11.1 asks for it)",
    "digest-mismatch.p7m": "signatureAlgorithm names SHA-384, the RSA value holds SHA-256: openssl "
                           "cms takes the digest from digestAlgorithm alone",
    "two-times.p7m": "two signing times: openssl cms refuses the attribute (RFC 5652 11.3); we warn "
                     "and believe neither, the signed text is intact all the same",
    "attributes-as-content.p7m": "the content is the signed attributes of another message (RFC 5652 "
                                 "security considerations); openssl cms does not look for that",
    "no-attributes-type.p7m": "no signed attributes though the content is not of type data, which "
                              "RFC 5652 5.3 forbids; openssl cms takes it",
    "too-many-counters.p7m": "more counter-signatures than we look at: we do not judge",
    "too-many-signers.p7m": "more signers than we look at: we do not judge",
}


def ours(path, content):
    words = [os.path.join(B, "satyapan"), "verify", "--offline", "--format", "json", "--at", AT]
    words += ["--trust", os.path.join(DATA, "cert", "root.cer")]
    words += ["--content", content] if content else []
    done = subprocess.run(words + [path], capture_output=True, check=False, timeout=30)
    report = json.loads(done.stdout.splitlines()[0])
    return [sig["intact"] for sig in report["signatures"]]


def theirs(path, content):
    words = ["openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", path,
             "-out", "/dev/null"]
    words += ["-content", content] if content else []
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def main():
    content = os.path.join(DATA, "cms", "content.txt")
    passed, failed, explained = 0, 0, set()
    files = sorted(glob.glob(DATA + "/cms/*.p7[ms]") + glob.glob(DATA + "/chain/*.p7m"))
    for path in files:
        name = os.path.basename(path)
        with open(path, "rb") as file:
            if file.read(1) != b"\x30":
                continue  # PEM and base64: the same message as DER is in the list
        detached = content if name.endswith(".p7s") else None
        mine, other = ours(path, detached), theirs(path, detached)
        # None: we say that we cannot tell (no certificate, unknown algorithm); openssl says no.
        agree = bool(mine) and all(value is True for value in mine)
        if agree == other:
            passed += 1
        elif name in EXPLAINED:
            explained.add(name)
            print(f"# differ: {name}: {EXPLAINED[name]}")
        else:
            failed += 1
            print(f"FAIL {name}: ours {mine}, openssl {'good' if other else 'bad'}")
    for name in sorted(EXPLAINED.keys() - explained):
        failed += 1
        print(f"FAIL {name}: explained above, but there is no difference")
    print(f"# {len(explained)} differences explained")
    print(f"{passed + len(explained)} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
