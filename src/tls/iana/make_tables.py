#!/usr/bin/env python3
"""Writes src/tls/suites.def from suites.txt: what each cipher suite is made of, read from its name.

usage: src/tls/iana/make_tables.py        (run it after a change of suites.txt; the result is kept)
The order of the rows is the order in which a scan offers them: what devices have comes first, so that
one hello finds all of it; then what is rare.
"""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
EXCHANGES = ["ECDHE_PSK", "DHE_PSK", "PSK_DHE", "RSA_PSK", "ECDHE", "ECDH", "DHE", "DH", "RSA", "PSK",
             "KRB5", "SRP_SHA", "ECCPWD", "CECPQ1", "GOSTR341094", "GOSTR341001", "GOSTR341112", "NULL"]
CIPHERS = [("AES_128", "AES", 128), ("AES_256", "AES", 256), ("CHACHA20", "CHACHA20", 256),
           ("CAMELLIA_128", "CAMELLIA", 128), ("CAMELLIA_256", "CAMELLIA", 256),
           ("ARIA_128", "ARIA", 128), ("ARIA_256", "ARIA", 256), ("3DES", "TDES", 112),
           ("SEED", "SEED", 128), ("IDEA", "IDEA", 128), ("RC4_128", "RC4", 128), ("RC4_56", "RC4", 56),
           ("RC4_40", "RC4", 40), ("RC2_CBC_40", "RC2", 40), ("RC2_CBC_56", "RC2", 56),
           ("RC2_56", "RC2", 56), ("DES40", "DES", 40), ("DES_CBC_40", "DES", 40), ("DES_CBC", "DES", 56),
           ("SM4", "SM4", 128), ("AEGIS_256", "AEGIS", 256), ("AEGIS_128L", "AEGIS", 128),
           ("KUZNYECHIK", "GOST", 256), ("MAGMA", "GOST", 256), ("28147", "GOST", 256)]


def exchange(name):
    """(key exchange, authentication) of a name without TLS_."""
    left = name.split("_WITH_")[0]
    if "_WITH_" not in name:
        return "TLS13", "ANY"
    kx = next(k for k in EXCHANGES if left.startswith(k))
    rest = left[len(kx):]
    if "PSK" in kx:
        return {"PSK_DHE": "DHE_PSK"}.get(kx, kx), "PSK"
    if kx.startswith("GOST"):
        return "GOST", "GOST"
    if kx == "SRP_SHA":
        return "SRP", next((a for a in ("RSA", "DSS") if a in rest), "SRP")
    if kx in ("KRB5", "NULL"):
        return kx, {"KRB5": "KRB5", "NULL": "ANON"}[kx]
    if kx == "ECCPWD":
        return kx, "PSK"
    return kx, next((a for a in ("anon", "ECDSA", "DSS", "RSA") if a in rest), "RSA").upper()


def cipher(name):
    right = name.split("_WITH_")[-1]
    for mark, kind, bits in CIPHERS:
        if mark in right:
            return kind, bits
    return "NULL", 0


def mode(name, kind):
    for mark in ("CCM_8", "CCM", "GCM", "POLY1305", "MGM", "AEGIS"):
        if mark in name:
            return {"POLY1305": "AEAD", "MGM": "AEAD", "AEGIS": "AEAD"}.get(mark, mark)
    return "STREAM" if kind in ("RC4", "NULL", "GOST") else "CBC"


def since(code, name, kx, how):
    if kx == "TLS13" or "MGM" in name:
        return "TLS13"
    if how in ("CCM_8", "CCM", "GCM", "AEAD") or "GOSTR341112" in name:
        return "TLS12"
    if re.search(r"SHA(256|384)$", name) and "PSK" not in name:
        return "TLS12"
    return "SSL3"


def rank(code, name, row, drafted):
    """0: met in devices; 1: known to libraries; 2: the rest."""
    kx, auth, kind, bits, how, _ = row
    common = kx in ("ECDHE", "DHE", "RSA") and auth in ("ECDSA", "RSA")
    if drafted or kx in ("KRB5", "GOST", "ECCPWD", "CECPQ1", "NULL", "SRP") or kind in ("GOST", "SM4"):
        return 3
    if common and kind in ("AES", "CHACHA20", "CAMELLIA", "TDES", "RC4", "SEED", "DES", "RC2", "IDEA", "NULL"):
        return 0
    if auth == "ANON" and kind in ("AES", "RC4", "TDES", "DES"):
        return 0
    return 1 if kx in ("ECDHE", "DHE", "RSA", "PSK", "ECDHE_PSK", "DHE_PSK") else 2


def strength(row):
    kx, auth, kind, bits, how, _ = row
    order = ["ECDHE", "DHE", "RSA"]
    return (order.index(kx) if kx in order else 9, how not in ("GCM", "AEAD"), how not in ("CCM", "CCM_8"),
            kind not in ("AES", "CHACHA20"), -bits)


def main():
    rows = []
    with open(os.path.join(HERE, "suites.txt"), encoding="ascii") as file:
        for line in file:
            if line.startswith("#"):
                continue
            code, name, *star = line.split()
            short = name[4:]
            kx, auth = exchange(short)
            kind, bits = cipher(short)
            how = mode(short, kind)
            row = (kx, auth, kind, bits, how, since(int(code, 16), short, kx, how))
            rows.append((rank(code, short, row, bool(star)), strength(row), code, name, row, bool(star)))
    rows.sort()
    with open(os.path.join(HERE, "..", "suites.def"), "w", encoding="ascii") as out:
        out.write("/*\n * Cipher suites: code, name, key exchange, authentication, cipher, bits, mode, first"
                  " version, assigned.\n * Written by iana/make_tables.py from iana/suites.txt (IANA, as of"
                  " 22 November 2026); do not edit.\n * In the order in which a scan offers them.\n */\n")
        for _, _, code, name, (kx, auth, kind, bits, how, first), star in rows:
            text = f'SUITE(0x{code}, "{name}", {kx}, {auth}, {kind}, {bits}, {how}, {first}, {int(not star)})'
            if len(text) > 100:
                head, tail = text.split('", ', 1)
                text = f'{head}",\n      {tail}'
            out.write(text + "\n")
    print(len(rows), "suites;", sum(r[0] == 0 for r in rows), "common")


main()
