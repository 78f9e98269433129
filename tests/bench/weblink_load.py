#!/usr/bin/env python3
"""Time of checks of weblinks against nginx with TLS at a public address, in a network of its own.

usage: weblink_load.py [COUNT]     prints {"checks", "seconds", "processor"}; exit 77: no namespaces or no nginx
The domain's pause is 0 (its profile says so); two requests at a time, as everywhere.
"""
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

import netns  # noqa: E402
from weblink_world import B, CLAIM, PAGE, PUBLIC4, load, make_tls  # noqa: E402

CONF = """daemon off; master_process off; user root; pid {d}/nginx.pid; error_log {d}/error.log;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f;
  uwsgi_temp_path {d}/u; scgi_temp_path {d}/s; default_type text/html; charset utf-8;
  server {{ listen {a}:443 ssl; ssl_certificate {c}; ssl_certificate_key {k}; root {d}/www; }} }}
"""


def wait_for(process, folder):
    deadline = time.monotonic() + 20
    while not os.path.exists(os.path.join(folder, "nginx.pid")):
        if process.poll() is not None or time.monotonic() > deadline:
            with open(os.path.join(folder, "error.log"), encoding="utf-8") as f:
                sys.exit("nginx does not start: " + f.read()[-300:])
        time.sleep(0.05)


def main():
    count = int(sys.argv[1]) if sys.argv[1:] else 1000
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(nginx):
        netns.skip("nginx is not installed")
    netns.enter([PUBLIC4])
    with tempfile.TemporaryDirectory() as folder:
        ca, (cert, key) = make_tls(folder)
        netns.trust_only(ca)
        dns = netns.Dns({"register.test.example": [PUBLIC4]})
        pages = os.path.join(folder, "www", "certificates")
        evidence = os.path.join(folder, "evidence")
        os.makedirs(pages)
        os.mkdir(evidence)
        os.chmod(folder, 0o755)
        with open(os.path.join(pages, CLAIM["number"]), "w", encoding="utf-8") as f:
            f.write(PAGE.format(number=CLAIM["number"]))
        conf = os.path.join(folder, "nginx.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(CONF.format(d=folder, a=PUBLIC4, c=cert, k=key))
        server = subprocess.Popen([nginx, "-c", conf, "-p", folder],
                                  stderr=subprocess.DEVNULL)
        try:
            wait_for(server, folder)
            url = "https://register.test.example/certificates/" + CLAIM["number"]
            request = {"url": url, "claim": CLAIM, "profiles": [load("tests/foreign/register.json")],
                       "evidence_dir": evidence, "tsa": None}
            lines = "".join(json.dumps({"id": i, **request}) + "\n" for i in range(count))
            start = time.monotonic()
            done = subprocess.run([os.path.join(B, "satyapan"), "weblink", "--jobs", "4", "--at",
                                   "2026-11-22T06:00:00Z"], input=lines, capture_output=True,
                                  text=True, check=False)
            took = time.monotonic() - start
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
        finally:
            server.terminate()
            server.wait(timeout=20)
            dns.close()
        good = sum(json.loads(line)["outcome"] == "verified" for line in done.stdout.splitlines())
        if done.returncode or good != count:
            sys.exit(f"exit {done.returncode}, {good} of {count} verified: {done.stderr[-300:]}"
                     f"{done.stdout[-600:]}")
    print(json.dumps({"checks": count, "seconds": round(took, 3),
                      "processor": round(used.ru_utime + used.ru_stime, 3)}))


main()
