/*
 * test_guard - the address guard, the URL splitter, the allow-list and the messages of a child.
 *
 * Tables of what must be refused, with the word the refusal has to name, and of what must pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/fetch_wire.h"
#include "net/guard.h"
#include "net/url.h"

struct row {
    const char *text, *word;
};

/* ---- addresses ------------------------------------------------------------------------------- */

static const struct row bad_addresses[] = {
    {"0.0.0.0", "this network"},
    {"0.1.2.3", "this network"},
    {"10.0.0.1", "private"},
    {"10.255.255.255", "private"},
    {"100.64.0.1", "carrier"},
    {"100.100.100.200", "carrier"},
    {"100.127.255.255", "carrier"},
    {"127.0.0.1", "loopback"},
    {"127.255.255.254", "loopback"},
    {"169.254.1.1", "link-local"},
    {"169.254.169.254", "metadata"},
    {"168.63.129.16", "metadata"},
    {"172.16.0.1", "private"},
    {"172.31.255.255", "private"},
    {"192.0.0.1", "IETF"},
    {"192.0.0.192", "IETF"},
    {"192.0.2.1", "documentation"},
    {"192.31.196.1", "AS112"},
    {"192.52.193.1", "AMT"},
    {"192.88.99.1", "6to4"},
    {"192.168.0.1", "private"},
    {"192.168.255.255", "private"},
    {"192.175.48.1", "AS112"},
    {"198.18.0.1", "benchmark"},
    {"198.19.255.255", "benchmark"},
    {"198.51.100.7", "documentation"},
    {"203.0.113.9", "documentation"},
    {"224.0.0.1", "multicast"},
    {"239.255.255.255", "multicast"},
    {"240.0.0.1", "reserved"},
    {"255.255.255.254", "reserved"},
    {"255.255.255.255", "broadcast"},
    {"::", "unspecified"},
    {"::1", "loopback"},
    {"::2", "compatible"},
    {"::127.0.0.1", "compatible"},
    {"::93.184.215.14", "compatible"},
    {"::ffff:127.0.0.1", "mapped"},
    {"::ffff:169.254.169.254", "mapped"},
    {"::ffff:93.184.215.14", "mapped"},
    {"::ffff:0:93.184.215.14", "translated"},
    {"64:ff9b::7f00:1", "NAT64"},
    {"64:ff9b::93.184.215.14", "NAT64"},
    {"64:ff9b:1::a00:1", "NAT64"},
    {"100::1", "discard"},
    {"2001::1", "Teredo"},
    {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"},
    {"2001:2::1", "benchmark"},
    {"2001:10::1", "IETF"},
    {"2001:20::1", "IETF"},
    {"2001:db8::1", "documentation"},
    {"3fff::1", "documentation"},
    {"3fff:fff::1", "documentation"},
    {"2002:7f00:1::1", "6to4"},
    {"2002:5db8:d70e::1", "6to4"},
    {"2620:4f:8000::1", "AS112"},
    {"2a00:1450:4001:80b:0:5efe:7f00:1", "ISATAP"},
    {"2a00:1450:4001:80b:200:5efe:7f00:1", "ISATAP"},
    {"5f00::1", "segment routing"},
    {"4000::1", "reserved"},
    {"8000::1", "reserved"},
    {"fc00::1", "unique local"},
    {"fd00:ec2::254", "unique local"},
    {"fe80::1", "link-local"},
    {"febf::1", "link-local"},
    {"fec0::1", "site-local"},
    {"ff02::1", "multicast"},
    {"ff0e::1", "multicast"},
    {"127.1", "not an internet address"},
    {"2130706433", "not an internet address"},
    {"0x7f000001", "not an internet address"},
    {"", "not an internet address"},
    {"fe80::1%lo", "not an internet address"},
};

static void test_bad_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_addresses / sizeof *bad_addresses; i++) {
        const char *what = guard_refuses_text(bad_addresses[i].text);
        if (!what || !strstr(what, bad_addresses[i].word)) {
            fail_msg("%s: %s, not %s", bad_addresses[i].text, what ? what : "let through",
                     bad_addresses[i].word);
        }
    }
}

/* Neighbours of the ranges above, and ordinary hosts. */
static const char *const good_addresses[] = {
    "1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "93.184.215.14",
    "100.63.255.255",  "100.128.0.0",     "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0",     "168.63.129.15",   "172.15.255.255",
    "172.32.0.0",      "192.0.1.0",       "192.0.3.0",       "192.167.255.255",
    "192.169.0.0",     "198.17.255.255",  "198.20.0.0",      "198.51.99.255",
    "198.51.101.0",    "203.0.112.255",   "203.0.114.0",     "223.255.255.255",
    "164.100.1.1",     "2001:200::1",     "2001:db7::1",     "2001:db9::1",
    "2003::1",         "2400:cb00::1",    "2606:4700::1111", "2a00:1450:4001:80b::200e",
    "3ffe::1",         "2620:4f:8001::1",
};

static void test_good_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good_addresses / sizeof *good_addresses; i++) {
        const char *what = guard_refuses_text(good_addresses[i]);
        if (what) {
            fail_msg("%s: refused as %s", good_addresses[i], what);
        }
    }
}

static void test_other_addresses(void **state)
{
    (void)state;
    struct sockaddr_in6 zoned = {.sin6_family = AF_INET6, .sin6_scope_id = 1};
    assert_int_equal(inet_pton(AF_INET6, "2606:4700::1111", &zoned.sin6_addr), 1);
    const struct sockaddr *address = (const struct sockaddr *)&zoned;
    assert_string_equal(guard_refuses(address, sizeof zoned), "an address with a zone");
    zoned.sin6_scope_id = 0;
    assert_null(guard_refuses(address, sizeof zoned));
    assert_non_null(guard_refuses(address, sizeof zoned - 1));
    zoned.sin6_family = AF_UNIX;
    assert_non_null(guard_refuses(address, sizeof zoned));
}

/* ---- URLs ------------------------------------------------------------------------------------ */

static const struct row bad_urls[] = {
    {"", "neither http"},
    {"ldap://nrdc.cca.gov.in:389/x", "neither http"},
    {"ftp://a.example/x", "neither http"},
    {"file:///etc/passwd", "neither http"},
    {"gopher://127.0.0.1:25/x", "neither http"},
    {"dict://a.example/", "neither http"},
    {"//a.example/x", "neither http"},
    {"http:/a.example/x", "neither http"},
    {"http:a.example", "neither http"},
    {"http://", "no host"},
    {"http:///x", "no host"},
    {"http://?x", "no host"},
    {"http://:80/", "no host"},
    {"http://user@a.example/", "user name"},
    {"http://user:secret@a.example/", "user name"},
    {"http://a.example@127.0.0.1/", "user name"},
    {"http://a.example:80@127.0.0.1/", "user name"},
    {"http://a.example:8080/", "port"},
    {"http://a.example:0/", "port"},
    {"http://a.example:65616/", "port"},
    {"http://a.example:080/", "port"},
    {"http://a.example:+80/", "port"},
    {"http://a.example:22/", "port"},
    {"http://a.example:80:80/", "port"},
    {"http://a.example./", "dot at the end"},
    {"http://a..example/", "empty part"},
    {"http://.a.example/", "empty part"},
    {"http://a.example\\@127.0.0.1/", "backslash"},
    {"http:\\\\127.0.0.1/", "backslash"},
    {"http://127.0.0.1\\.a.example/", "backslash"},
    {"http://a.example/\r\nHost: b", "control"},
    {"http://a.example/a b", "space"},
    {"http://a.exa\tmple/", "control"},
    {" http://a.example/", "space"},
    {"http://a.example/\x7f", "control"},
    {"http://bücher.example/", "ASCII"},
    {"http://a.example/\xe2\x80\xae", "ASCII"},
    {"http://①②⑦.⓪.⓪.①/", "ASCII"},
    {"http://%31%32%37.0.0.1/", "character"},
    {"http://a%00.example/", "character"},
    {"http://a_b.example/", "character"},
    {"http://-a.example/", "none"},
    {"http://2130706433/", "number"},
    {"http://0x7f000001/", "number"},
    {"http://0x7f.0.0.1/", "number"},
    {"http://0177.0.0.1/", "number"},
    {"http://127.1/", "number"},
    {"http://127.0.1/", "number"},
    {"http://127.0.0.01/", "number"},
    {"http://127.0.0.256/", "number"},
    {"http://a.example.1/", "number"},
    {"http://a.example.0x1/", "number"},
    {"http://[fe80::1%25lo]/", "zone"},
    {"http://[fe80::1%lo]/", "zone"},
    {"http://[::1/", "none"},
    {"http://[::1]x/", "none"},
    {"http://[]/", "none"},
    {"http://[127.0.0.1]/", "none"},
    {"http://[v1.x]/", "none"},
    {"http://[::1]:22/", "port"},
};

static void test_bad_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_urls / sizeof *bad_urls; i++) {
        struct url url;
        const char *what = url_split(span_str(bad_urls[i].text), &url);
        if (!what || !strstr(what, bad_urls[i].word)) {
            fail_msg("%s: %s, not %s", bad_urls[i].text, what ? what : "let through",
                     bad_urls[i].word);
        }
    }
    char text[3000];
    struct url url;
    int n = snprintf(text, sizeof text, "http://a.example/%02900d", 0);
    assert_string_equal(url_split(span_make(text, (size_t)n), &url), "is too long");
    n = snprintf(text, sizeof text, "http://a%064d.example/", 0);
    assert_non_null(url_split(span_make(text, (size_t)n), &url));
    assert_non_null(url_split(span_make("http://a.example/\0x", 19), &url));
}

static const struct {
    const char *text, *host;
    uint16_t port;
    bool https, literal;
} good_urls[] = {
    {"http://ocsp.e-mudhra.com", "ocsp.e-mudhra.com", 80, false, false},
    {"HTTP://OCSP.E-Mudhra.COM/x?y=1#z", "ocsp.e-mudhra.com", 80, false, false},
    {"https://www.safescryptnew.com/a.cer", "www.safescryptnew.com", 443, true, false},
    {"https://a.example:80/", "a.example", 80, true, false},
    {"http://a.example:443/", "a.example", 443, false, false},
    {"http://a.example:/", "a.example", 80, false, false},
    {"http://a.example?q=@b:22", "a.example", 80, false, false},
    {"http://xn--bcher-kva.example/", "xn--bcher-kva.example", 80, false, false},
    {"http://93.184.215.14/x", "93.184.215.14", 80, false, true},
    {"http://127.0.0.1/", "127.0.0.1", 80, false, true}, /* the guard's business */
    {"http://[2606:4700:0::1111]:80/", "2606:4700::1111", 80, false, true},
    {"http://1a.example/", "1a.example", 80, false, false},
    {"http://0xg/", "0xg", 80, false, false},
};

static void test_good_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good_urls / sizeof *good_urls; i++) {
        struct url url;
        const char *what = url_split(span_str(good_urls[i].text), &url);
        if (what) {
            fail_msg("%s: %s", good_urls[i].text, what);
        }
        assert_string_equal(url.host, good_urls[i].host);
        assert_int_equal(url.port, good_urls[i].port);
        assert_int_equal(url.https, good_urls[i].https);
        assert_int_equal(url.literal, good_urls[i].literal);
    }
}

/* ---- allow-list ------------------------------------------------------------------------------ */

static void write_text(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

static int load_text(struct fetch_hosts *hosts, const char *text, char *why, size_t size)
{
    char path[] = "/tmp/satyapan-hosts-XXXXXX";
    write_text(path, text);
    int r = fetch_hosts_load(hosts, path, why, size);
    (void)unlink(path);
    return r;
}

static void test_hosts(void **state)
{
    (void)state;
    struct fetch_hosts hosts;
    char why[512] = "";
    assert_int_equal(fetch_hosts_init(&hosts), 0);
    assert_int_equal(load_text(&hosts,
                               "ca,kind,url\r\n"
                               "A,OCSP,http://OCSP.a.example\r\n"
                               "\"A, B\",CRL,https://crl.a.example/x,y.crl\n"
                               "A,CRL,ldap://ldap.a.example:389/...\n"
                               "A,CRL,http://115.246.99.133/... http://119.82.125.114/...\n"
                               "A,CRL,http://user@evil.example/\n"
                               "A,OCSP,http://ocsp.A.example/again\n"
                               "short\n",
                               why, sizeof why),
                     0);
    assert_int_equal(hosts.count, 2);
    assert_true(fetch_hosts_contain(&hosts, "ocsp.a.example"));
    assert_true(fetch_hosts_contain(&hosts, "CRL.A.example"));
    assert_false(fetch_hosts_contain(&hosts, "a.example"));
    assert_false(fetch_hosts_contain(&hosts, "x.ocsp.a.example"));
    assert_false(fetch_hosts_contain(&hosts, "ocsp.a.example.evil"));
    assert_int_equal(
        load_text(&hosts, "# ours\n\n  c.example # note\n[2606:4700::0]\n", why, sizeof why), 0);
    assert_true(fetch_hosts_contain(&hosts, "c.example"));
    assert_true(fetch_hosts_contain(&hosts, "2606:4700::"));
    assert_int_equal(hosts.count, 4);
    assert_int_equal(load_text(&hosts, "d.example\nhttp://e.example/\n", why, sizeof why), -1);
    assert_non_null(strstr(why, ":2: not the name"));
    assert_int_equal(load_text(&hosts, "*.example\n", why, sizeof why), -1);
    assert_int_equal(fetch_hosts_load(&hosts, "/nonexistent/hosts", why, sizeof why), -1);
    fetch_hosts_free(&hosts);
}

static void test_shipped_hosts(void **state)
{
    (void)state;
    struct fetch_hosts hosts;
    char why[512] = "";
    assert_int_equal(fetch_hosts_init(&hosts), 0);
    if (fetch_hosts_load(&hosts, "trust/endpoints.csv", why, sizeof why) != 0) {
        fail_msg("%s", why);
    }
    assert_true(fetch_hosts_contain(&hosts, "ocsp.e-mudhra.com"));
    assert_true(fetch_hosts_contain(&hosts, "esign.cdac.in"));
    assert_false(fetch_hosts_contain(&hosts, "nrdc.cca.gov.in")); /* ldap only */
    for (size_t i = 0; i < hosts.count; i++) {
        assert_non_null(strchr(hosts.names[i], '.'));
    }
    fetch_hosts_free(&hosts);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void test_reply_checked(void **state)
{
    (void)state;
    static struct fetch_wire_reply r;
    r = (struct fetch_wire_reply){.magic = FETCH_WIRE_REPLY, .outcome = FETCH_TEMPORARY};
    assert_true(fetch_wire_reply_ok(&r, sizeof r, false));
    assert_false(fetch_wire_reply_ok(&r, sizeof r - 1, false));
    assert_false(fetch_wire_reply_ok(&r, sizeof r, true)); /* bytes only with an OK */
    r.outcome = FETCH_OK;
    assert_true(fetch_wire_reply_ok(&r, sizeof r, true));
    assert_false(fetch_wire_reply_ok(&r, sizeof r, false));
    r.outcome = FETCH_TOO_LARGE + 1;
    assert_false(fetch_wire_reply_ok(&r, sizeof r, false));
    r.outcome = FETCH_PERMANENT;
    r.hop_count = FETCH_REDIRECTS_MAX + 2;
    assert_false(fetch_wire_reply_ok(&r, sizeof r, false));
    r.hop_count = FETCH_REDIRECTS_MAX + 1;
    memset(r.why, 'a', sizeof r.why);
    r.why[3] = '\n';
    r.why[4] = '\x1b';
    memset(r.hops[5].url, 0xff, sizeof r.hops[5].url);
    assert_true(fetch_wire_reply_ok(&r, sizeof r, false));
    assert_int_equal(strlen(r.why), sizeof r.why - 1);
    assert_memory_equal(r.why, "aaa??aaa", 8);
    assert_int_equal(strlen(r.hops[5].url), sizeof r.hops[5].url - 1);
    assert_int_equal(r.hops[5].url[0], '?');
    r.magic++;
    assert_false(fetch_wire_reply_ok(&r, sizeof r, false));
}

static void test_policy_checked(void **state)
{
    (void)state;
    struct fetch_policy p = fetch_policy_default;
    assert_true(fetch_policy_ok(&p));
    p.redirects = FETCH_REDIRECTS_MAX + 1;
    assert_false(fetch_policy_ok(&p));
    p = fetch_policy_default;
    p.limits[FETCH_OCSP].total_ms = 0;
    assert_false(fetch_policy_ok(&p));
    p = fetch_policy_default;
    p.per_host = 0;
    assert_false(fetch_policy_ok(&p));
    assert_true(fetch_policy_default.limits[FETCH_CRL].bytes >= (uint64_t)32 << 20);
}

/* Of a message with more than one descriptor none is kept, and none stays open. */
static void test_two_descriptors(void **state)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    int pair[2], fd;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    *c = (struct cmsghdr){CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(c), pair, 2 * sizeof(int));
    int before = dup(pair[0]);
    (void)close(before);
    assert_int_equal(sendmsg(pair[0], &m, 0), 1);
    (void)!fetch_wire_receive(pair[1], &byte, 1, &fd);
    assert_int_equal(fd, -1);
    int after = dup(pair[0]);
    assert_int_equal(after, before);
    (void)close(after);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_addresses),   cmocka_unit_test(test_good_addresses),
        cmocka_unit_test(test_other_addresses), cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_good_urls),       cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_shipped_hosts),   cmocka_unit_test(test_reply_checked),
        cmocka_unit_test(test_policy_checked),  cmocka_unit_test(test_two_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
