"""bad_addresses - what no process of ours connects to: addresses, and URLs that try to trick a reader."""

# Every family the guard knows; each is tried as a literal, as a name, beside a good address and as
# the target of a redirect.
BAD = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.1.2.3
127.255.255.254 168.63.129.16 169.254.1.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255
192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
240.0.0.1 255.255.255.255
:: ::1 ::2 ::127.0.0.1 ::93.184.215.14 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:93.184.215.14
::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::5db8:d70e 64:ff9b:1::a00:1 100::1 2001::1
2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 3fff::1
2002:7f00:1::1 2002:5db8:d70e::1 2620:4f:8000::1 2a00:1450:4001:80b:0:5efe:7f00:1 5f00::1 4000::1
fc00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1
""".split()

# No parser may be talked into another reading of these. \x09 and the like: see fetchurls.
BAD_URLS = [
    "ftp://ok.test.example/x", "file:///etc/passwd", "gopher://127.0.0.1:25/x", "ldap://127.0.0.1/",
    "dict://127.0.0.1:11211/", "scp://ok.test.example/x", "http:/ok.test.example/", "http:///x",
    "http://ok.test.example:8080/", "http://ok.test.example:22/", "http://ok.test.example:0/",
    "http://user@ok.test.example/", "http://user:pw@ok.test.example/",
    "http://ok.test.example@127.0.0.1/", "http://ok.test.example:80@127.0.0.1/",
    "http://127.0.0.1\\@ok.test.example/", "http://ok.test.example\\.127.0.0.1/",
    "http://ok.test.example#@127.0.0.1:22/x@", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.01/",
    "http://ok.test.example./", "http://ok.test.example%00.evil/", "http://%31%32%37.0.0.1/",
    "http://[fe80::1%25lo]/", "http://[::1]:22/", "http://[::ffff:7f00:1]/", "http://[::1/",
    "http://ⓛocalhost/", "http://①②⑦.⓪.⓪.①/", "http://ok.test.example /x",
    "http://ok.test.example/a\\x0d\\x0aX: y", "http://ok.test.example\\x09/", "http://localhost/",
    "http://-/", "http://" + "a" * 300 + ".example/", "http://ok.test.example/" + "a" * 2100,
]
ALLOWED_ANYWAY = {"http://ok.test.example#@127.0.0.1:22/x@"}  # a fragment; never sent
