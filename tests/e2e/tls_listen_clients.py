"""tls_listen_clients - real TLS clients and what each does with every case of `tls listen`, as data.

A client is a command for one connection (or a script for many) and a table: what is not in it is what a
sound client does, "reject" of a bad server and "accept" of a good one. Every surprising row says why.
"""
import shutil
import ssl
import subprocess
import sys

NAME = "localhost"
# Rows that mean nothing for a client that names its server, offers no staple and speaks no mail.
USUAL = {
    "good": "accept", "good-tls12": "accept", "good-tls13": "accept", "good-intermediate": "accept",
    "asks-certificate": "accept", "other-key": "accept",  # no client pins keys unless it is told to
    "good-address": "not-tested", "address-as-name": "not-tested", "revoked": "not-tested",
    "starttls-missing": "not-tested",
    "null-cipher": "not-offered", "anonymous": "not-offered", "export": "not-offered", "rc4": "not-offered",
    "3des": "not-offered",
}
CERTIFICATES = ["self-signed", "unknown-ca", "fake-ca", "bad-signature", "wrong-name", "null-in-name",
                "wildcard-misuse", "address-for-name", "expired", "not-yet-valid", "leaf-as-ca",
                "no-basic-constraints", "untrusted-intermediate", "path-too-long", "name-constraints", "md5"]
NAMES = ["wrong-name", "null-in-name", "wildcard-misuse", "address-for-name"]
# The common name is still taken where there is no alternative name: X509_check_host of OpenSSL (without
# X509_CHECK_FLAG_NEVER_CHECK_SUBJECT), gnutls_x509_crt_check_hostname, checkServerIdentity of node.
CN = {"name-in-cn-only": "accept"}
# Debian's OpenSSL has security level 2: SHA-1 and RSA-1024 fail. TLS 1.0 and 1.1 fail there only when the key
# exchange is signed (MD5 and SHA-1); with RSA key exchange curl and s_client, which ask for no least version
# themselves, complete them: `openssl s_server -tls1 -cipher AES128-SHA:@SECLEVEL=0` shows the same.
OLD_BY_RSA = {"tls10": "accept", "tls11": "accept"}


def every(rows, result):
    return {row: result for row in rows}


# A client that verifies nothing: every certificate is taken; versions and suites are the library's matter.
BLIND = {**CN, **every(CERTIFICATES, "accept"),
         **every(["wrong-usage", "critical-extension", "sha1", "rsa-1024"], "accept")}

# GnuTLS takes 1024 bits in RSA and Diffie-Hellman at its level LOW, and wget switches off nothing but
# SSL 3.0; it asks for a staple.
WGET_OFFERS = {"tls10": "accept", "tls11": "accept", "dh-1024": "accept"}

NODE = """
const tls = require('tls'), fs = require('fs');
const [port, ca, count, most] = process.argv.slice(1);
function go(i) {
  if (i >= count) return;
  const s = tls.connect({host: '127.0.0.1', port: +port, servername: 'localhost', ca: fs.readFileSync(ca),
                         maxVersion: most, timeout: 20000},
                        () => s.write('GET / HTTP/1.0\\r\\n\\r\\n'));
  s.on('error', () => {}); s.on('timeout', () => s.destroy()); s.on('data', () => {});
  s.on('close', () => setImmediate(go, i + 1));
}
go(0);
"""
PYTHON = """
import ssl, sys, urllib.request
for i in range(int(sys.argv[3])):
    context = ssl.create_default_context(cafile=sys.argv[2])
    try:
        urllib.request.urlopen(f"https://localhost:{sys.argv[1]}/", context=context, timeout=20).read()
    except OSError:
        pass
"""


def python_has_old():
    """Does this Python, unless it is told otherwise, offer suites from before TLS 1.2?"""
    return any(c["protocol"] not in ("TLSv1.2", "TLSv1.3") for c in ssl.create_default_context().get_ciphers())


def node_has_own():
    """Does this node bring its own OpenSSL? That is at security level 1, Debian's at level 2."""
    if not shutil.which("node"):
        return True
    done = subprocess.run(["node", "-p", "process.config.variables.node_shared_openssl"], capture_output=True, text=True,
                          timeout=60, check=False)
    return done.stdout.strip() != "true"


NODE_TAKES = every(["rsa-1024", "dh-1024"], "accept") if node_has_own() else {}
GET = b"GET / HTTP/1.0\r\n\r\n"


class Client:
    """words: {port} and {ca} are filled in; many: the program itself connects {count} times."""

    def __init__(self, name, words, table, many=False, stdin=b"", mail=False):
        self.name, self.words, self.many, self.stdin, self.mail = name, words, many, stdin, mail
        self.table = {**USUAL, **table}
        self.program = words[0]

    def there(self):
        return shutil.which(self.program) is not None

    def command(self, port, ca, count):
        return [w.format(port=port, ca=ca, count=count) if "{" in w and "\n" not in w else w for w in self.words]


S_CLIENT = ["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:{port}", "-servername", NAME, "-CAfile", "{ca}"]
CLIENTS = [
    # curl(1): the certificate is verified during the handshake, the name by curl itself after it.
    Client("curl", ["curl", "-s", "-m", "20", "--cacert", "{ca}", "https://localhost:{port}/"],
           {**CN, **OLD_BY_RSA, **every(NAMES, "reject-after-handshake")}),
    # -k: "makes curl skip the verification step".
    Client("curl -k", ["curl", "-sk", "-m", "20", "https://localhost:{port}/"], {**BLIND, **OLD_BY_RSA}),
    # wget verifies when the handshake is done, and says nothing when it goes. gnutls_certificate_verify_peers2
    # is not told that the certificate is a server's, so the usage is not looked at. GnuTLS itself refuses to
    # read a server's certificate with an unknown critical extension, whatever wget was told.
    Client("wget", ["wget", "-q", "-t", "1", "-T", "20", "--ca-certificate={ca}", "-O", "/dev/null",
                    "https://localhost:{port}/"],
           {**CN, **every(CERTIFICATES + ["sha1", "revoked"], "reject-after-handshake"), "wrong-usage": "accept",
            "rsa-1024": "accept", **WGET_OFFERS}),
    Client("wget --no-check-certificate",
           ["wget", "-q", "-t", "1", "-T", "20", "--no-check-certificate", "-O", "/dev/null",
            "https://localhost:{port}/"],
           {**BLIND, "critical-extension": "reject", "revoked": "accept", **WGET_OFFERS}),
    # mosquitto's own comparison of names ends at the first zero octet, so the null-prefix name passes.
    Client("mosquitto_pub", ["mosquitto_pub", "-h", NAME, "-p", "{port}", "--cafile", "{ca}", "-t", "a", "-m", "b"],
           {**CN, "null-in-name": "accept"}),
    # --insecure: "the certificate hostname is not verified"; everything else is.
    Client("mosquitto_pub --insecure",
           ["mosquitto_pub", "-h", NAME, "-p", "{port}", "--cafile", "{ca}", "--insecure", "-t", "a", "-m", "b"],
           {**CN, **every(NAMES, "accept")}),
    # urllib: names are verified by OpenSSL in the handshake. The context of Python as its authors ship it has TLS
    # 1.2 and newer only; Debian builds it with OpenSSL's own suites (--with-ssl-default-suites).
    Client("python urllib", [sys.executable, "-c", PYTHON, "{port}", "{ca}", "{count}"],
           {**CN, **(OLD_BY_RSA if python_has_old() else every(["sslv3", "tls10", "tls11"], "not-offered"))}, many=True),
    # node's own OpenSSL is at security level 1: RSA-1024 and DH-1024 pass, SHA-1 does not; Debian's node has
    # Debian's. With TLS 1.3 it looks at the certificate before its Finished leaves, with TLS 1.2 only after it.
    Client("node", ["node", "-e", NODE, "{port}", "{ca}", "{count}", "TLSv1.3"],
           {**CN, **NODE_TAKES}, many=True),
    Client("node, TLS 1.2", ["node", "-e", NODE, "{port}", "{ca}", "{count}", "TLSv1.2"],
           {**CN, **every(CERTIFICATES + ["wrong-usage", "critical-extension", "sha1", "rsa-1024"],
                          "reject-after-handshake"),
            **NODE_TAKES, "good-tls13": "not-offered", "downgrade": "not-tested"},
           many=True),
    # openssl-s_client(1): "the handshake continues after verification errors"; no name is compared.
    Client("openssl s_client", S_CLIENT, {**BLIND, **OLD_BY_RSA}, stdin=GET),
    # -verify_return_error turns errors into ends; the name still needs -verify_hostname.
    Client("openssl s_client -verify_return_error", S_CLIENT + ["-verify_return_error"],
           {**CN, **OLD_BY_RSA, **every(NAMES, "accept")}, stdin=GET),
    Client("openssl s_client -verify_hostname",
           S_CLIENT + ["-verify_return_error", "-verify_hostname", NAME], {**CN, **OLD_BY_RSA}, stdin=GET),
    # Everything that OpenSSL still has: what our own flights are must be good enough for it.
    Client("openssl s_client, level 0",
           S_CLIENT + ["-cipher", "ALL:eNULL:aNULL:@SECLEVEL=0", "-min_protocol", "TLSv1", "-no_tls1_3"],
           {**BLIND, "tls10": "accept", "tls11": "accept", "null-cipher": "accept", "anonymous": "accept",
            "dh-1024": "accept", "good-tls13": "not-offered", "downgrade": "not-tested"}, stdin=GET),
    # GnuTLS with all it has: RC4 and Triple DES too.
    Client("gnutls-cli, all",
           ["gnutls-cli", "--insecure", "--no-ocsp", "--sni-hostname", NAME, "--priority",
            "NORMAL:+VERS-ALL:+ARCFOUR-128:+3DES-CBC:+ANON-DH:+ANON-ECDH:+NULL:+RSA:+SIGN-ALL:+DHE-RSA:%COMPAT:"
            "%PROFILE_LOW:-VERS-TLS1.3", "-p", "{port}", "127.0.0.1"],
           {**BLIND, "critical-extension": "reject", "revoked": "accept", "tls10": "accept", "tls11": "accept",
            "null-cipher": "accept", "anonymous": "accept", "rc4": "accept", "3des": "accept", "dh-1024": "accept",
            "good-tls13": "not-offered", "downgrade": "not-tested"}, stdin=GET),
    # Mail: --ssl-reqd insists on STARTTLS, --ssl takes what it gets.
    Client("curl smtp --ssl-reqd",
           ["curl", "-s", "-m", "20", "--ssl-reqd", "--cacert", "{ca}", "--mail-from", "a@device.test", "--mail-rcpt",
            "b@lab.test", "-T", "{ca}", "smtp://localhost:{port}"],
           {**CN, **OLD_BY_RSA, **every(NAMES, "reject-after-handshake"), "starttls-missing": "reject"}, mail=True),
    Client("curl smtp --ssl",
           ["curl", "-s", "-m", "20", "--ssl", "--cacert", "{ca}", "--mail-from", "a@device.test", "--mail-rcpt",
            "b@lab.test", "-T", "{ca}", "smtp://localhost:{port}"],
           {**CN, **OLD_BY_RSA, **every(NAMES, "reject-after-handshake"), "starttls-missing": "accept"}, mail=True),
]
