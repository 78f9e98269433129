"""tls_servers - real TLS servers of known configuration on loopback, each with the facts it must show.

    bed = tls_servers.Bed(folder)       # makes keys and certificates, starts everything
    for s in bed.servers: s.name, s.port, s.target, s.facts
    bed.stop()

What a server must show comes from its own library (`openssl ciphers`, `gnutls-cli --list`) or from the
way it was configured, never from the scanner. A server whose program is not installed is in bed.missing.
"""
import os
import re
import shutil
import random
import socket
import subprocess
import time

import tls_fake

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
OLD = ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"]


def run(*words, **kw):
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, **kw).stdout


given = set()


def free_port():
    """One that no connection gets by chance before the server takes it: below the system's own range."""
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in given:
            given.add(port)
            return port


def protocols(*yes):
    return {v: "yes" if v in yes else "no"
            for v in ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]}


def openssl_suites(version, text):
    """The suites of an OpenSSL list in its order, for one version."""
    flag = {"TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2"}[version]
    out = run("openssl", "ciphers", "-s", "-stdname", flag, text)
    return [line.split()[0] for line in out.splitlines()]


def gnutls_suites(priority, version):
    """[(name)] that gnutls has for this version by this priority, in its order."""
    out = run("gnutls-cli", "--list", "--priority", priority)
    return [line.split()[0] for line in out.splitlines() if re.match(r"^TLS_\S+\s+0x", line)]


class Server:
    def __init__(self, name, port, service, facts, stop, serial=True):
        self.name, self.port, self.facts, self.stop = name, port, facts, stop
        self.service = service
        self.serial = serial
        self.target = f"127.0.0.1:{port}/{service}"


class Bed:
    def __init__(self, folder):
        self.folder = folder
        self.servers, self.missing, self.running, self.fakes = [], [], [], []
        self.keys()
        self.openssl()
        self.gnutls()
        self.others()
        self.coap()
        self.small()
        self.raw()
        self.wait()

    def path(self, name):
        return os.path.join(self.folder, name)

    def stop(self):
        for p in self.running:
            p.terminate()
        for p in self.running:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
        for s in self.fakes:
            s.stop()

    @staticmethod
    def until(address):
        """Until this one is listened at, or a minute is over."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(address, 1).close()
                return
            except OSError:
                time.sleep(0.05)

    def wait(self):
        """Until every server listens."""
        for s in self.servers:
            if s.service not in ("coaps", "coap"):
                self.until(("127.0.0.1", s.port))
        time.sleep(0.3)

    # ---- keys

    def certificate(self, name, kind, ca=None, san="IP:127.0.0.1,DNS:device.test", days="365", extra=()):
        new = {"rsa": ["rsa:2048"], "rsa1024": ["rsa:1024"],
               "ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}[kind]
        words = ["openssl", "req", "-x509" if not ca else "-new", "-newkey", *new, "-nodes", "-keyout",
                 self.path(name + ".key"), "-out", self.path(name + (".csr" if ca else ".pem")), "-subj",
                 f"/O=Bed/CN={name}"]
        ext = f"subjectAltName={san}\nbasicConstraints=CA:FALSE\n" if san else "basicConstraints=CA:FALSE\n"
        if ca:
            run(*words)
            with open(self.path("ext"), "w", encoding="ascii") as f:
                f.write(ext)
            run("openssl", "x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path(ca + ".pem"),
                "-CAkey", self.path(ca + ".key"), "-days", days, "-out", self.path(name + ".pem"),
                "-extfile", self.path("ext"), "-set_serial", str(int.from_bytes(os.urandom(9), "big") >> 1))
        else:
            run(*words, "-days", days, *extra)
        run("openssl", "x509", "-in", self.path(name + ".pem"), "-outform", "DER", "-out",
            self.path(name + ".der"))

    def keys(self):
        self.certificate("ca", "rsa", extra=["-addext", "keyUsage=critical,keyCertSign"])
        self.certificate("rsa", "rsa", ca="ca")
        self.certificate("ec", "ec", ca="ca")
        self.certificate("self", "rsa", extra=["-addext", "subjectAltName=DNS:camera.example",
                                               "-addext", "basicConstraints=critical,CA:FALSE"])
        self.certificate("short", "rsa1024", ca="ca")
        self.certificate("client", "rsa", ca="ca")
        with open(self.path("chain.pem"), "w", encoding="ascii") as out:
            for name in ("rsa", "ca"):
                with open(self.path(name + ".pem"), encoding="ascii") as f:
                    out.write(f.read())
        with open(self.path("rsa.der"), "rb") as f:
            self.der = f.read()

    # ---- starting

    def spawn(self, name, service, facts, words, port=None, **kw):
        port = port or free_port()
        program = words[0]
        if not shutil.which(program) and not os.path.exists(program):
            self.missing.append(name)
            return
        words = [str(w).replace("PORT", str(port)) for w in words]
        log = open(self.path(re.sub(r"\W", "-", name) + ".log"), "wb")
        self.running.append(subprocess.Popen(words, stdout=log, stderr=log, stdin=kw.pop("stdin", subprocess.DEVNULL),
                                             cwd=self.folder))
        log.close()
        self.servers.append(Server(name, port, service, facts, None, **kw))

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(text)
        return self.path(name)

    def fake(self, name, facts, service="tls", **kw):
        server = tls_fake.Fake(cert=self.der, **kw)
        self.fakes.append(server)
        s = Server(name, server.port, service, facts, None, serial=False)
        s.fake = server
        self.servers.append(s)
        return server

    # ---- OpenSSL

    def openssl(self):
        groups = ["x25519", "secp256r1", "x448", "secp521r1", "secp384r1"]
        dh = ["ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"]
        tls13 = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]
        base = ["openssl", "s_server", "-quiet", "-accept", "127.0.0.1:PORT", "-cert", self.path("rsa.pem"),
                "-key", self.path("rsa.key")]
        usual = [s for s in openssl_suites("TLSv1.2", "DEFAULT:!PSK:!SRP") if "ECDSA" not in s]
        self.spawn("openssl default", "https",
                   {"protocols": protocols("TLSv1.2", "TLSv1.3"), "cipher_order": "client",
                    "ciphers": {"TLSv1.2": set(usual), "TLSv1.3": set(tls13)}, "groups": set(groups + dh),
                    "groups_complete": True, "dh_bits": 2048, "compression": "no", "client_cert": "none",
                    "fallback_scsv": "yes", "downgrade_sentinel": "yes", "secure_renegotiation": "yes",
                    "extended_master_secret": "yes", "trust": {"lab": "trusted", "system": "anchor-unknown",
                                                               "cca": "anchor-unknown"},
                    "chain": "incomplete", "address_matches": True, "result": "pass", "lossy": False},
                   base + ["-www"])
        one = "ECDHE-RSA-AES128-GCM-SHA256"
        self.spawn("openssl one suite", "tls",
                   {"protocols": protocols("TLSv1.2"), "cipher_order": None, "ciphers":
                    {"TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]}, "groups": ["secp384r1"],
                    "dh_bits": None, "fallback_scsv": "not-tested", "client_cert": "none", "result": "pass"},
                   base + ["-tls1_2", "-cipher", one, "-groups", "P-384"])
        text = ("AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-SHA256:AES256-GCM-SHA384:"
                "ECDHE-RSA-CHACHA20-POLY1305:CAMELLIA128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
        order = openssl_suites("TLSv1.2", text)
        self.spawn("openssl server order", "tls",
                   {"protocols": protocols("TLSv1.2"), "cipher_order": "server", "ciphers": {"TLSv1.2": order},
                    "groups": ["secp521r1", "x25519"], "groups_complete": True, "dh_bits": 2048},
                   base + ["-tls1_2", "-serverpref", "-cipher", text, "-groups", "P-521:X25519"])
        everything = "ALL:COMPLEMENTOFALL:!PSK:!SRP:!aDSS:@SECLEVEL=0"
        suites = {v: set(openssl_suites(v, everything)) for v in ("TLSv1.0", "TLSv1.1", "TLSv1.2")}
        self.spawn("openssl everything", "tls",
                   {"protocols": protocols("TLSv1.0", "TLSv1.1", "TLSv1.2"), "cipher_order": "client",
                    "ciphers": suites, "result": "fail",
                    "findings": {"tls.anonymous", "tls.null-cipher", "tls.tls10", "tls.tls11"}},
                   base + ["-dcert", self.path("ec.pem"), "-dkey", self.path("ec.key"), "-no_tls1_3",
                           "-cipher", everything])
        self.spawn("openssl ecdsa", "tls",
                   {"protocols": protocols("TLSv1.2"), "cipher_order": "server",
                    "ciphers": {"TLSv1.2": ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                                            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]},
                    "groups_complete": False, "dh_bits": None, "key": "EC", "key_bits": 256},
                   ["openssl", "s_server", "-quiet", "-accept", "127.0.0.1:PORT", "-cert", self.path("ec.pem"),
                    "-key", self.path("ec.key"), "-tls1_2", "-serverpref", "-cipher",
                    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"])
        self.spawn("openssl client certificate required", "tls",
                   {"protocols": protocols("TLSv1.2", "TLSv1.3"), "client_cert": "required",
                    "ciphers": {"TLSv1.2": set(usual), "TLSv1.3": set(tls13)}},
                   base + ["-Verify", "2", "-verify_return_error", "-CAfile", self.path("ca.pem")])
        self.spawn("openssl client certificate asked", "tls",
                   {"protocols": protocols("TLSv1.2", "TLSv1.3"), "client_cert": "requested"},
                   base + ["-verify", "2", "-CAfile", self.path("ca.pem")])
        self.spawn("openssl tls 1.3 only", "tls",
                   {"protocols": protocols("TLSv1.3"), "ciphers": {"TLSv1.3": ["TLS_AES_128_GCM_SHA256",
                                                                                "TLS_AES_256_GCM_SHA384"]},
                    "groups": ["x448", "x25519"], "groups_complete": True, "dh_bits": None,
                    "client_cert": "none", "trust": {"lab": "trusted"}, "result": "pass",
                    "cipher_order": "server"},
                   base + ["-tls1_3", "-serverpref", "-groups", "X448:X25519", "-ciphersuites",
                           "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"])
        self.write("dh1024.pem", "-----BEGIN DH PARAMETERS-----\nMIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkC"
                   "TgiKZ8x0Agu+pjsTmyJR\nSgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL\n"
                   "/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC\n-----END DH PARAMETERS-----\n")
        self.spawn("openssl dh 1024", "tls",
                   {"protocols": protocols("TLSv1.2"), "dh_bits": 1024, "dh_prime": "RFC 2409 MODP 1024",
                    "ciphers": {"TLSv1.2": ["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"]}, "groups": [],
                    "findings": {"tls.dh-broken"}, "result": "fail"},
                   base + ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-dhparam",
                           self.path("dh1024.pem")])
        run("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out",
            self.path("ffdhe.pem"))
        # The prime of a group is no choice of groups: the server takes it whatever is offered.
        self.spawn("openssl dh of a group", "tls",
                   {"protocols": protocols("TLSv1.2"), "dh_bits": 2048, "dh_prime": "ffdhe2048", "groups": []},
                   base + ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256", "-dhparam", self.path("ffdhe.pem")])
        self.write("srp", "")
        run("openssl", "srp", "-srpvfile", self.path("srp"), "-add", "-passout", "pass:secret", "someone")
        self.spawn("openssl srp first", "tls",
                   {"protocols": protocols("TLSv1.2"), "srp": "yes", "ciphers":
                    {"TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"]}},
                   base + ["-tls1_2", "-serverpref", "-srpvfile", self.path("srp"), "-cipher",
                           "SRP-RSA-AES-128-CBC-SHA:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA"])
        self.spawn("openssl short self-signed name", "tls",
                   {"protocols": protocols("TLSv1.2"), "trust": {"lab": "anchor-unknown"}, "chain": "self-signed",
                    "address_matches": False, "names": ["camera.example"]},
                   ["openssl", "s_server", "-quiet", "-accept", "127.0.0.1:PORT", "-cert", self.path("self.pem"),
                    "-key", self.path("self.key"), "-tls1_2"])

    # ---- GnuTLS

    def gnutls(self):
        if not shutil.which("gnutls-serv"):
            self.missing += ["gnutls legacy", "gnutls server order", "gnutls groups for dhe", "gnutls dtls"]
            return
        base = ["gnutls-serv", "-q", "-p", "PORT", "--x509certfile", self.path("rsa.pem"), "--x509keyfile",
                self.path("rsa.key")]
        text = "NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:+ARCFOUR-128:+3DES-CBC:+DHE-RSA"
        rsa = [self.gnutls_name(s) for s in gnutls_suites(text, None)]
        rsa = [s for s in rsa if "ECDSA" not in s]
        tls13 = {s for s in rsa if "_WITH_" not in s}
        old = {s for s in rsa if re.search(r"(CBC_SHA|RC4_128_SHA)$", s)}
        self.spawn("gnutls legacy", "tls",
                   {"protocols": protocols("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"), "cipher_order": "client",
                    "ciphers": {"TLSv1.0": old, "TLSv1.1": old, "TLSv1.2": set(rsa) - tls13, "TLSv1.3": tls13},
                    "dh_bits": 2048, "findings": {"tls.rc4", "tls.sweet32", "tls.tls10", "tls.beast"},
                    "encrypt_then_mac": "yes", "result": "fail"},
                   base + ["--priority", text])
        text = ("NONE:+VERS-TLS1.2:+AES-128-CBC:+AES-256-GCM:+SHA1:+AEAD:+RSA:+ECDHE-RSA:+SIGN-ALL:"
                "+GROUP-SECP384R1:+GROUP-X25519:+COMP-NULL:%SERVER_PRECEDENCE")
        self.spawn("gnutls server order", "tls",
                   {"protocols": protocols("TLSv1.2"), "cipher_order": "server",
                    "ciphers": {"TLSv1.2": [self.gnutls_name(s) for s in gnutls_suites(text, None)]},
                    "groups": ["secp384r1", "x25519"], "dh_bits": None, "client_cert": "requested"},
                   base + ["--priority", text, "--x509cafile", self.path("ca.pem")])
        text = ("NONE:+VERS-TLS1.2:+AES-128-GCM:+AEAD:+DHE-RSA:+ECDHE-RSA:+SIGN-ALL:+COMP-NULL:+GROUP-FFDHE3072:"
                "+GROUP-FFDHE4096:+GROUP-SECP256R1")
        self.spawn("gnutls groups for dhe", "tls",
                   {"protocols": protocols("TLSv1.2"), "groups": {"ffdhe3072", "ffdhe4096", "secp256r1"}},
                   base + ["--priority", text])
        self.spawn("gnutls dtls", "coaps",
                   {"protocols": {"DTLSv1.0": "no", "DTLSv1.2": "yes"}, "client_cert": "requested",
                    "trust": {"lab": "trusted"}},
                   base + ["-u", "--priority", "NORMAL:-VERS-DTLS1.0"])

    @staticmethod
    def gnutls_name(name):
        """GnuTLS writes its names without WITH: TLS_ECDHE_RSA_AES_128_GCM_SHA256, ..._CBC_SHA1."""
        name = re.sub(r"SHA1$", "SHA", name).replace("ARCFOUR", "RC4").replace("DH_ANON", "DH_anon")
        m = re.match(r"TLS_((?:ECDHE_|DHE_)?(?:RSA|ECDSA|DSS|PSK|anon)(?:_PSK)?)_(.*)", name)
        cipher = re.sub(r"CCM_SHA256$", "CCM", m[2]) if m else ""
        cipher = cipher.replace("CHACHA20_POLY1305", "CHACHA20_POLY1305_SHA256") if cipher.endswith("1305") else cipher
        return f"TLS_{m[1]}_WITH_{cipher}" if m else name

    # ---- other programs

    def others(self):
        port = free_port()
        suites = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256"
        conf = self.write("nginx.conf", f"""daemon off; master_process off; pid {self.path('nginx.pid')};
error_log {self.path('nginx-error.log')}; events {{}}
http {{ access_log off; client_body_temp_path {self.path('nb')}; proxy_temp_path {self.path('np')};
 fastcgi_temp_path {self.path('nf')}; uwsgi_temp_path {self.path('nu')}; scgi_temp_path {self.path('ns')};
 server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {self.path('chain.pem')};
 ssl_certificate_key {self.path('rsa.key')}; ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers {suites};
 ssl_prefer_server_ciphers on; add_header Strict-Transport-Security max-age=63072000 always;
 location / {{ return 200 ok; }} }} }}
""")
        facts = {"protocols": protocols("TLSv1.2", "TLSv1.3"), "cipher_order": "server", "hsts": True,
                 "ciphers": {"TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                                         "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]},
                 "http_status": 200, "chain": "complete", "trust": {"lab": "trusted"}, "result": "pass",
                 "resumption": "yes", "dh_bits": None}
        self.spawn("nginx", "https", facts, ["/usr/sbin/nginx", "-c", conf], port=port)
        port = free_port()
        conf = self.write("lighttpd.conf", f"""server.document-root = "{self.folder}"
server.bind = "127.0.0.1"
server.port = {port}
server.modules += ("mod_openssl")
ssl.engine = "enable"
ssl.pemfile = "{self.path('rsa.pem')}"
ssl.privkey = "{self.path('rsa.key')}"
ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "TLSv1.2", "CipherString" => "{suites}")
""")
        self.spawn("lighttpd", "https",
                   {"protocols": protocols("TLSv1.2", "TLSv1.3"), "hsts": False, "http_status": 403,
                    "ciphers": {"TLSv1.2": {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                                            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}},
                   ["/usr/sbin/lighttpd", "-D", "-f", conf], port=port)
        port, back = free_port(), self.fake("backend", {}, raw=lambda s, c: c.sendall(b"hello\n"))
        self.servers.pop()
        conf = self.write("stunnel.conf", f"""foreground = yes
pid =
[x]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{back.port}
cert = {self.path('rsa.pem')}
key = {self.path('rsa.key')}
CAfile = {self.path('ca.pem')}
verifyChain = yes
sslVersionMin = TLSv1.2
""")
        self.spawn("stunnel", "tls", {"protocols": protocols("TLSv1.2", "TLSv1.3"), "client_cert": "required"},
                   ["/usr/bin/stunnel4", conf], port=port)
        port = free_port()
        conf = self.write("mosquitto.conf", f"""user root
listener {port} 127.0.0.1
allow_anonymous true
cafile {self.path('ca.pem')}
certfile {self.path('rsa.pem')}
keyfile {self.path('rsa.key')}
""")
        self.spawn("mosquitto", "mqtts",
                   {"protocols": protocols("TLSv1.2", "TLSv1.3"), "application": "yes", "client_cert": "none"},
                   ["/usr/sbin/mosquitto", "-c", conf], port=port)

    def coap(self):
        port = free_port()
        self.spawn("libcoap", "coaps", {"protocols": {"DTLSv1.0": "no", "DTLSv1.2": "yes"}, "application": "yes"},
                   ["/usr/bin/coap-server-openssl", "-A", "127.0.0.1", "-p", port - 1, "-c", self.path("rsa.pem"),
                    "-j", self.path("rsa.key"), "-n"], port=port)
        if "libcoap" not in self.missing:
            self.servers.append(Server("libcoap without DTLS", port - 1, "coap",
                                       {"application": "yes", "state": "plaintext"}, None))

    def small(self):
        wolf = ("ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-SHA384")
        # Its DHE is there only for clients that offer groups of RFC 7919.
        self.spawn("wolfssl", "https",
                   {"protocols": protocols("TLSv1.2"), "ciphers":
                    {"TLSv1.2": {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
                                 "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"}}, "http_status": 200},
                   [os.path.join(B, "tests/tls/wolf_server"), "PORT", self.path("rsa.pem"),
                    self.path("rsa.key"), wolf])
        mbed = ["TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256", "TLS-RSA-WITH-CAMELLIA-256-CBC-SHA",
                "TLS-ECDHE-RSA-WITH-CAMELLIA-128-GCM-SHA256", "TLS-RSA-WITH-AES-128-CBC-SHA",
                "TLS-DHE-RSA-WITH-AES-128-CBC-SHA256"]
        names = [m.replace("-", "_") for m in mbed]
        self.spawn("mbedtls", "https",
                   {"protocols": protocols("TLSv1.0", "TLSv1.1", "TLSv1.2"), "cipher_order": "server",
                    "ciphers": {"TLSv1.2": names, "TLSv1.1": [names[1], names[3]],
                                "TLSv1.0": [names[1], names[3]]}, "dh_bits": 2048, "http_status": 200},
                   [os.path.join(B, "tests/tls/mbed_server"), "PORT", self.path("rsa.pem"),
                    self.path("rsa.key"), ",".join(mbed)])
        run("openssl", "rsa", "-in", self.path("rsa.key"), "-outform", "DER", "-out", self.path("rsa-key.der"))
        self.spawn("bearssl", "https",
                   {"protocols": protocols("TLSv1.0", "TLSv1.1", "TLSv1.2"), "dh_bits": None, "http_status": 200},
                   [os.path.join(B, "tests/tls/bear_server"), "PORT", self.path("rsa.der"),
                    self.path("rsa-key.der")])
        if shutil.which("selfserv"):
            os.makedirs(self.path("nss"), exist_ok=True)
            run("openssl", "pkcs12", "-export", "-in", self.path("rsa.pem"), "-inkey", self.path("rsa.key"),
                "-name", "rsa", "-passout", "pass:", "-out", self.path("rsa.p12"))
            run("certutil", "-N", "-d", "sql:" + self.path("nss"), "--empty-password")
            run("pk12util", "-i", self.path("rsa.p12"), "-d", "sql:" + self.path("nss"), "-W", "")
            self.spawn("nss with ssl 3", "tls",
                       {"protocols": protocols("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"), "result": "fail",
                        "findings": {"tls.ssl3"}},
                       ["selfserv", "-d", "sql:" + self.path("nss"), "-p", "PORT", "-n", "rsa", "-V",
                        "ssl3:tls1.2", "-w", "x"])
        else:
            self.missing.append("nss with ssl 3")

    # ---- fakes: what no library does any more, every fact of the report

    def raw(self):
        self.fake("fake export and ssl 2",
                  {"protocols": protocols("SSLv2", "SSLv3", "TLSv1.0"), "dh_bits": 512, "cipher_order": "server",
                   "ciphers": {"SSLv2": ["SSL_CK_RC4_128_WITH_MD5", "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"],
                               "SSLv3": ["TLS_RSA_WITH_RC4_128_MD5", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"],
                               "TLSv1.0": ["TLS_RSA_EXPORT_WITH_RC4_40_MD5",
                                           "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
                                           "TLS_RSA_WITH_DES_CBC_SHA"]},
                   "secure_renegotiation": "no", "compression": "yes", "downgrade_sentinel": "no",
                   "findings": {"tls.ssl2", "tls.ssl3", "tls.export", "tls.dh-broken", "tls.compression",
                                "tls.insecure-renegotiation", "tls.weak-cipher", "tls.rc4"},
                   "result": "fail"},
                  versions={"SSLv3": ["TLS_RSA_WITH_RC4_128_MD5", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"],
                            "TLSv1.0": ["TLS_RSA_EXPORT_WITH_RC4_40_MD5",
                                        "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", "TLS_RSA_WITH_DES_CBC_SHA"]},
                  ssl2=[0x010080, 0x0700C0], dh=512, compress=True, renegotiation=False)
        self.fake("fake post-quantum",
                  {"protocols": protocols("TLSv1.2", "TLSv1.3"), "cipher_order": "server",
                   "ciphers": {"TLSv1.3": ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
                               "TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]},
                   "groups": {"X25519MLKEM768", "SecP384r1MLKEM1024", "x25519", "secp256r1"},
                   "groups_complete": True, "downgrade_sentinel": "yes", "fallback_scsv": "yes",
                   "extended_master_secret": "yes", "findings": {"tls.post-quantum"}},
                  versions={"TLSv1.3": ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
                            "TLSv1.2": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]},
                  groups=["X25519MLKEM768", "SecP384r1MLKEM1024", "x25519", "secp256r1"], ems=True, scsv=True)
        tls12 = ["TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA",
                 "TLS_RSA_WITH_SEED_CBC_SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"]
        base = {"protocols": protocols("TLSv1.2"), "ciphers": {"TLSv1.2": tls12}, "cipher_order": "server",
                "groups": ["secp256r1", "secp192r1"], "groups_complete": True, "dh_bits": 1536, "lossy": False}
        kw = {"versions": {"TLSv1.2": tls12}, "groups": ["secp256r1", "secp192r1"], "dh": 1536}
        self.fake("fake that closes", base, refuse="close", negotiate=False, **kw)
        self.fake("fake that resets", base, refuse="reset", negotiate=False, **kw)
        self.fake("fake with odd alerts", base, refuse=80, **kw)
        self.fake("fake that takes one connection", base, serial=True, **kw)
        self.fake("fake in small records", base, fragment=7, **kw)
        self.fake("fake that reuses keys", {**base, "key_exchange_reuse": "yes",
                                            "findings": {"tls.key-exchange-reuse", "tls.dh-short",
                                                         "tls.weak-group"}}, reuse=True, **kw)
        self.fake("fake with everything on", {**base, "encrypt_then_mac": "yes", "heartbeat": "yes",
                                              "ocsp_staple": "yes", "alpn": "http/1.1",
                                              "client_cert": "requested"},
                  service="https", etm=True, heartbeat=True, staple=True, alpn="http/1.1", mtls=True, **kw)
        self.fake("fake in the client's order", {**base, "cipher_order": "client",
                                                 "ciphers": {"TLSv1.2": set(tls12)}}, order="client", **kw)
