#!/usr/bin/env python3
"""`satyapan issue --batch` with a token on which things go wrong: pulled out, locked, a wrong PIN for one signature,
two certificates, a key that asks for the PIN every time. SoftHSM, and a module in front of it that misbehaves.

usage: issue_token.py      environment: B, the build directory (default: build)
After each: a clear sentence, the right exit code, all that was issued is whole, nothing is half issued; and the same
list again, once the token is back, finishes it.
"""
import os
import sys
import tempfile

import pades
from issue import MODULES, lines
from issue_world import World, list_hash, request
from pades import check, run

ODD = os.path.abspath(os.path.join(pades.B, "gen", "odd_module.so"))
COUNT = 5


class Token:
    def __init__(self, w, module):
        self.w, self.module, self.next = w, module, 1
        os.makedirs(w.path("tokens"))
        os.environ["SOFTHSM2_CONF"] = w.write("softhsm2.conf", f"directories.tokendir = {w.path('tokens')}\n")
        os.environ["ODD_REAL"] = module
        done = run("softhsm2-util", "--init-token", "--free", "--label", "Officers", "--so-pin", "12345678", "--pin",
                   "secret")
        check("token: made", done.returncode == 0, done.stderr)
        for index, name, more in (("01", "officer", ()), ("02", "officer-ec", ()), ("03", "officer-each", ("--always-auth",))):
            source = name if name != "officer-each" else "officer"
            pades.openssl(w.folder, "pkey", "-in", source + ".key", "-outform", "DER", "-out", source + ".key.der")
            for kind, file in (("privkey", source + ".key.der"), ("cert", source + ".der")):
                words = ["pkcs11-tool", "--module", module, "--login", "--pin", "secret", "--write-object", w.path(file),
                         "--type", kind, "--id", index, "--label", name, "--token-label", "Officers"]
                done = run(*words, *(more if kind == "privkey" else ()))
                check(f"token: {name} {kind}", done.returncode == 0, done.stderr)

    def uri(self, name, module=None):
        return f"pkcs11:token=Officers;object={name};module-path={module or self.module}"

    def batch(self, odd, name="officer", module=ODD):
        """A list of requests of its own; the run, and how many it issued."""
        items = [request(self.next + i) for i in range(COUNT)]
        self.next += COUNT
        self.items, self.path = items, self.w.batch(items)
        os.environ["ODD_MODULE"] = odd
        done = self.again(name, module)
        os.environ["ODD_MODULE"] = ""
        return done

    def again(self, name="officer", module=ODD):
        return self.w.issue("--batch", self.path, "--yes", list_hash(self.items), "--format", "json",
                            key=self.uri(name, module))


def whole(t, name):
    """Certificates, events, files and reservations fit."""
    w = t.w
    numbers = [n for n, in w.ask("SELECT number FROM certificate")]
    check(f"{name}: an event each", w.ask("SELECT count(*) FROM log_entry WHERE event = 'issue'") == [(len(numbers),)])
    check(f"{name}: files each", all(os.path.exists(w.file(n, e)) for n in numbers for e in (".pdf", ".tlog-proof")))
    check(f"{name}: no other files", sum(f.endswith(".pdf") for f in os.listdir(w.out)) == len(numbers))
    done = w.register("audit")
    check(f"{name}: the log is whole", done.returncode == 0, done.stdout)


def stopped(t):
    """CALL:N:CODE, exit, what is said, how many certificates of the list were issued before it."""
    for name, odd, code, says, issued in (
            ("pulled out before", "login:1:e0", 69, "gone", 0),
            ("pulled out, third signature", "sign:3:32", 69, "gone", 1),
            ("pulled out between two", "sign_init:5:32", 69, "gone", 2),
            ("pulled out of the reader", "sign:4:e0", 69, "gone", 1),
            ("session lost", "sign_init:6:b3", 69, "gone", 2),
            ("logged out by somebody else", "sign:3:101", 69, "gone", 1),
            ("a failing device", "sign:7:30", 69, "0x30", 3),
            ("locked", "login:1:a4", 77, "locked", 0),
            ("wrong PIN", "login:1:a0", 77, "PIN is not right", 0),
            ("no PIN set", "login:1:102", 77, "no user PIN", 0)):
        done = t.batch(odd)
        check(f"{name}: {code}", done.returncode == code, (done.returncode, done.stderr))
        check(f"{name}: says so", says in done.stdout + done.stderr, done.stdout + done.stderr)
        found = t.w.ask("SELECT count(*) FROM certificate WHERE registration IN (%s)" %
                        ",".join("?" * COUNT), *(i["registration"] for i in t.items))
        check(f"{name}: issued before it", found == [(issued,)], found)
        waiting = t.w.ask("SELECT count(*) FROM certificate_pending")
        check(f"{name}: one number waits at most", waiting[0][0] <= 1, waiting)
        whole(t, name)
        done = t.again()
        check(f"{name}: again, with the token back: all are issued", done.returncode == 0 and
              [r["result"] for r in lines(done)].count("issued") == COUNT - issued, done.stderr)
        check(f"{name}: no number waits", t.w.ask("SELECT count(*) FROM certificate_pending") == [(0,)])
    whole(t, "all again")


def each_time(t):
    """CKA_ALWAYS_AUTHENTICATE: the PIN for every signature; what it means when that one is refused."""
    done = t.batch("", name="officer-each", module=t.module)
    check("each time: issued", done.returncode == 0 and len(lines(done)) == COUNT, done.stderr)
    for name, odd, code, says in (("wrong PIN in the middle", "context:4:a0", 77, "PIN"),
                                  ("locked in the middle", "context:4:a4", 77, "locked"),
                                  ("pulled out in the middle", "context:4:32", 69, "gone")):
        done = t.batch(odd, name="officer-each")
        check(f"each time, {name}: {code}", done.returncode == code and says in done.stdout,
              (done.returncode, done.stdout, done.stderr))
        whole(t, name)
        done = t.again("officer-each")
        check(f"each time, {name}: again", done.returncode == 0, done.stderr)


def which(t):
    """Two certificates on one token: nothing is guessed."""
    t.w.batch([request(900)])
    done = t.w.one(request(900), key=f"pkcs11:token=Officers;module-path={t.module}")
    check("which certificate: 69", done.returncode == 69 and "object" in done.stderr, done.stderr)
    done = t.w.one(request(900), key=f"pkcs11:token=Officers;id=%02;module-path={t.module}")
    check("by its identifier", done.returncode == 0, done.stderr)
    check("which: nothing waits", t.w.ask("SELECT count(*) FROM certificate_pending") == [(0,)])


def main():
    module = next((m for m in MODULES if os.path.exists(m)), None)
    if not module:
        print("skipped: no SoftHSM module is installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        t = Token(World(folder), module)
        for part in (stopped, each_time, which):
            part(t)
    print(f"{pades.passed} passed, {len(pades.failures)} failed")
    return 1 if pades.failures else 0


if __name__ == "__main__":
    sys.exit(main())
