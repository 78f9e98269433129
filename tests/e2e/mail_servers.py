"""mail_servers - two real exim4 and a real dovecot on high ports, without privileges, in netns.py's network.

    s = mail_servers.Servers(folder, keys)    # keys: {"rsa": path, "ed": path} of issuer.example
    s.smtp, s.imap                            # settings for satyapan-mail
    s.issuer_mail()                           # raw mails in the issuer's mailbox, oldest first
    s.send(raw, sender, to, port)             # hands a mail to a server as a client does
    s.stop()

The body's server (mx.cb.test) takes requests over STARTTLS, passes them to the issuer's, and passes what
comes for cb.test and bounce.cb.test to dovecot by LMTP. The issuer's (mx.issuer.example) keeps mail for
certificates@, refuses nobody@, and signs with DKIM what leaves it, by rsa and ed25519, but not for plain@.
In a namespace everybody is root, which neither program will deliver mail as: both run in one more, as
the user exim was built for.
"""
import glob
import os
import smtplib
import subprocess
import time

import tls_servers

EXIM = "/usr/sbin/exim4"
DOVECOT = "/usr/sbin/dovecot"

COMMON = """
primary_hostname = {name}
exim_path = {exim}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = {tls}
tls_certificate = {certs}/{name}.pem
tls_privatekey = {certs}/{name}.key
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = 60M
acl_smtp_rcpt = rcpt
acl_smtp_data = data
keep_environment =
smtp_accept_max = 50
never_users =
prdr_enable = false
bounce_return_size_limit = 20K
"""

BODY = COMMON + """
domainlist ours = cb.test : bounce.cb.test
begin acl
rcpt:
  deny   local_parts = later
         domains = issuer.example
         !verify = recipient
  deny   message = come with encryption
         !encrypted = *
         domains = !+ours
  defer  message = greylisted, come again
         local_parts = later
  deny   message = 5.7.1 policy
         local_parts = refused
  accept
data:
  warn   add_header = :at_start:${{authresults {{mx.cb.test}}}}
  accept
begin routers
ours:
  driver = redirect
  domains = +ours
  local_parts = ! box
  data = box@cb.test
  caseful_local_part
box:
  driver = manualroute
  domains = cb.test
  transport = lmtp
  route_list = cb.test 127.0.0.1 byname
  self = send
issuer:
  driver = manualroute
  route_list = issuer.example 127.0.0.1 byname
  transport = out
  self = send
begin transports
lmtp:
  driver = smtp
  protocol = lmtp
  port = {lmtp}
  hosts_try_prdr =
  return_path_add
  envelope_to_add
out:
  driver = smtp
  port = {issuer_port}
  tls_verify_certificates = {certs}/ca.pem
  tls_try_verify_hosts =
  tls_verify_hosts =
begin retry
cb.test * F,2m,1s
bounce.cb.test * F,2m,1s
* * F,2s,1s
begin rewrite
begin authenticators
"""

ISSUER = COMMON + """
begin acl
rcpt:
  deny   message = no such user
         local_parts = nobody
  accept
data:
  accept
begin routers
here:
  driver = accept
  domains = issuer.example
  transport = maildir
out:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  transport = out
  self = send
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {folder}/mailbox
  user = Debian-exim
  return_path_add
out:
  driver = smtp
  port = {body_port}
  tls_verify_hosts =
  tls_try_verify_hosts =
  dkim_domain = ${{if and{{{{eq{{$sender_address_domain}}{{issuer.example}}}}\
    {{!eq{{$sender_address_local_part}}{{plain}}}}}}{{issuer.example}}{{}}}}
  dkim_selector = rsa : ed
  dkim_private_key = ${{if eq{{$dkim_selector}}{{rsa}}{{{rsa}}}{{{ed}}}}}
  dkim_canon = relaxed
begin retry
cb.test * F,2m,1s
bounce.cb.test * F,2m,1s
* * F,2s,1s
begin rewrite
begin authenticators
"""

MAILBOX = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = Debian-exim
default_internal_group = Debian-exim
default_login_user = Debian-exim
first_valid_uid = 1
disable_plaintext_auth = yes
ssl = required
ssl_cert = <{certs}/imap.cb.test.pem
ssl_key = <{certs}/imap.cb.test.key
auth_username_format = %Ln
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%n
mail_max_userip_connections = 100
recipient_delimiter = +
passdb {{
  driver = static
  args = password=secret-word
}}
userdb {{
  driver = static
  args = uid=Debian-exim gid=Debian-exim home={folder}/home/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service stats {{
  chroot =
}}
"""


def missing():
    return [p for p in (EXIM, DOVECOT) if not os.access(p, os.X_OK)]


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


def as_mail_user(*words):
    return ["unshare", "--user", "--map-user=Debian-exim", "--map-group=Debian-exim", *words]


def certify(folder, *names):
    """A CA and a certificate for each name, which also holds for 127.0.0.1."""
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA",
        "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem")
    for name in names:
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout",
            f"{folder}/{name}.key", "-out", f"{folder}/{name}.csr")
        with open(f"{folder}/{name}.ext", "w", encoding="ascii") as f:
            f.write(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
        run("openssl", "x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/ca.pem", "-CAkey",
            f"{folder}/ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{folder}/{name}.ext",
            "-out", f"{folder}/{name}.pem")
        os.chmod(f"{folder}/{name}.key", 0o644)


class Servers:
    def __init__(self, folder, keys):
        self.folder, self.processes = folder, []
        certs = os.path.join(folder, "certs")
        os.makedirs(certs)
        certify(certs, "mx.cb.test", "mx.issuer.example", "imap.cb.test")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
            "/CN=Another CA", "-keyout", f"{certs}/other.key", "-out", f"{certs}/other.pem")
        self.ports = {n: tls_servers.free_port() for n in ("body", "issuer", "imap", "imaps", "lmtp")}
        self.certs, self.ca, self.other_ca = certs, f"{certs}/ca.pem", f"{certs}/other.pem"
        self.password_file = os.path.join(folder, "password")
        with open(self.password_file, "w", encoding="ascii") as f:
            f.write("secret-word\n")
        self.smtp = {"url": f"smtp://127.0.0.1:{self.ports['body']}", "ca": self.ca}
        self.imap = {"url": f"imap://127.0.0.1:{self.ports['imap']}/INBOX", "ca": self.ca, "user": "box",
                     "password_file": self.password_file}
        values = {"certs": certs, "exim": EXIM, "lmtp": self.ports["lmtp"], "rsa": keys["rsa"],
                  "ed": keys["ed"], "issuer_port": self.ports["issuer"], "body_port": self.ports["body"]}
        self.exim("body", "mx.cb.test", BODY, "*", values)
        self.exim("issuer", "mx.issuer.example", ISSUER, "*", values)
        self.dovecot()
        for name in self.ports:
            self.wait(name)

    def exim(self, kind, name, text, tls, values):
        folder = os.path.join(self.folder, kind)
        os.makedirs(folder + "/spool")
        config = os.path.join(folder, "exim.conf")
        with open(config, "w", encoding="ascii") as f:
            f.write(text.format(folder=folder, name=name, port=self.ports[kind], tls=tls, **values))
        self.start(kind, EXIM, "-C", config, "-bdf", "-q2s", "-odi")

    def dovecot(self):
        folder = os.path.join(self.folder, "dovecot")
        for part in ("run", "state", "mail", "home"):
            os.makedirs(os.path.join(folder, part))
        config = os.path.join(folder, "dovecot.conf")
        with open(config, "w", encoding="ascii") as f:
            f.write(MAILBOX.format(folder=folder, certs=self.certs, **self.ports))
        self.start("dovecot", DOVECOT, "-F", "-c", config)

    def start(self, name, *words):
        with open(os.path.join(self.folder, name + ".out"), "wb") as out:
            self.processes.append(subprocess.Popen(as_mail_user(*words), stdout=out, stderr=out,
                                                   stdin=subprocess.DEVNULL))

    def logs(self):
        text = ""
        for path in sorted(glob.glob(self.folder + "/*.out") + glob.glob(self.folder + "/*/*log")):
            with open(path, encoding="utf-8", errors="replace") as f:
                text += f"--- {path}\n" + f.read()[-3000:]
        return text

    def wait(self, name):
        for _ in range(300):
            with tls_servers.socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.ports[name])) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{name} does not start\n{self.logs()}")

    def issuer_mail(self, count):
        """Waits until so many mails are in the issuer's mailbox."""
        for _ in range(600):
            found = sorted(glob.glob(f"{self.folder}/issuer/mailbox/new/*"), key=os.path.getmtime)
            if len(found) >= count:
                return [open(p, "rb").read() for p in found]
            time.sleep(0.1)
        raise RuntimeError(f"no mail {count} at the issuer's\n{self.logs()}")

    def inbox(self, count):
        """Waits until so many mails lie in the body's mailbox; the first that came comes first."""
        for _ in range(1200):
            found = glob.glob(f"{self.folder}/dovecot/mail/box/new/*") + \
                glob.glob(f"{self.folder}/dovecot/mail/box/cur/*")
            if len(found) >= count:
                return sorted(found, key=os.path.basename)
            time.sleep(0.1)
        raise RuntimeError(f"{len(found)} mails instead of {count}\n{self.logs()}")

    def send(self, raw, sender, to, server="issuer"):
        with smtplib.SMTP("127.0.0.1", self.ports[server], timeout=120) as s:
            s.sendmail(sender, [to], raw)

    def stop(self):
        for p in self.processes:
            p.terminate()
        for p in self.processes:
            try:
                p.wait(timeout=20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
