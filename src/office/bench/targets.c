/*
 * targets - see targets.h.
 */
#include "office/bench/targets.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "tls/service.h"

enum { WORD_MAX_ = 96, NAME_LONGEST = 253, V4_BITS = 96, ALL_BITS = 128, PORT_DIGITS = 5 };

static const uint8_t v4_head[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* ---- addresses ------------------------------------------------------------------------------- */

static bool is_v4(const struct bench_address *a)
{
    return memcmp(a->bytes, v4_head, sizeof v4_head) == 0;
}

static bool read_address(const char *text, struct bench_address *out)
{
    memcpy(out->bytes, v4_head, sizeof v4_head);
    return inet_pton(AF_INET, text, out->bytes + sizeof v4_head) == 1 ||
           inet_pton(AF_INET6, text, out->bytes) == 1;
}

static const char *address_text(struct arena *a, const struct bench_address *address)
{
    char text[INET6_ADDRSTRLEN];
    const char *s = is_v4(address)
                        ? inet_ntop(AF_INET, address->bytes + sizeof v4_head, text, sizeof text)
                        : inet_ntop(AF_INET6, address->bytes, text, sizeof text);
    return s ? arena_str(a, span_str(s)) : NULL;
}

static bool begins(const struct bench_address *a, const struct bench_address *net, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xff00U >> rest);
    return memcmp(a->bytes, net->bytes, whole) == 0 &&
           (rest == 0 || ((a->bytes[whole] ^ net->bytes[whole]) & mask) == 0);
}

/* ---- what people write ----------------------------------------------------------------------- */

static int say(struct bench_why *why, struct arena *a, const char *en, const char *hi,
               const char *word)
{
    char shown[WORD_MAX_];
    size_t n = 0;
    for (; n < sizeof shown - 1 && word[n]; n++) {
        shown[n] = word[n] > ' ' && word[n] < 0x7f ? word[n] : '?';
    }
    shown[n] = 0;
    why->en = arena_printf(a, "\"%s\" %s", shown, en);
    why->hi = arena_printf(a, "\"%s\" %s", shown, hi);
    return why->en && why->hi ? 1 : -1;
}

static bool read_port(const char *text, uint16_t *out)
{
    size_t n = strspn(text, "0123456789");
    unsigned long port = n > 0 && n <= PORT_DIGITS ? strtoul(text, NULL, 10) : 0;
    *out = (uint16_t)port;
    return text[n] == 0 && port > 0 && port < 65536;
}

/* Takes "/service" and ":port" off the word; what is left is the address. */
static const char *split(char *word, char **port, char **service)
{
    char *slash = strchr(word, '/'), *colon;
    *port = *service = NULL;
    if (slash) {
        *slash = 0;
        *service = slash + 1;
    }
    if (word[0] == '[') {
        char *close = strchr(word, ']');
        if (!close || (close[1] && close[1] != ':')) {
            return NULL;
        }
        *port = close[1] ? close + 2 : NULL;
        *close = 0;
        return word + 1;
    }
    colon = strchr(word, ':');
    if (colon && !strchr(colon + 1, ':')) {
        *colon = 0;
        *port = colon + 1;
    }
    return word;
}

static int read_word(struct arena *a, const char *given, struct bench_target *t,
                     struct bench_why *why)
{
    char *port, *service, *word = arena_str(a, span_str(given));
    const char *address = word ? split(word, &port, &service) : NULL;
    if (!word) {
        return -1;
    }
    if (!address || !read_address(address, &t->address)) {
        return say(why, a,
                   "is no address: write 192.168.1.20, 192.168.1.20:8443/https or "
                   "[fd00::7]:443; names are not looked up",
                   "पता नहीं है: 192.168.1.20, 192.168.1.20:8443/https या [fd00::7]:443 लिखें; नाम नहीं "
                   "खोजे जाते",
                   given);
    }
    if (port && !read_port(port, &t->port)) {
        return say(why, a, "has a port that is not between 1 and 65535",
                   "का पोर्ट 1 और 65535 के बीच नहीं है", given);
    }
    const struct service *s = service ? service_by_name(service) : NULL;
    if (service && (!s || (s->port == 0 && !t->port))) {
        return say(why, a,
                   s ? "needs a port before this service" : "names a service that is not known",
                   s ? "में इस सेवा से पहले पोर्ट आवश्यक है" : "में दी गई सेवा ज्ञात नहीं है", given);
    }
    t->service = s ? s->name : NULL;
    t->port = s && !t->port ? s->port : t->port;
    t->text = address_text(a, &t->address);
    return t->text ? 0 : -1;
}

static bool same(const struct bench_target *x, const struct bench_target *y)
{
    return memcmp(&x->address, &y->address, sizeof x->address) == 0 && x->port == y->port &&
           (x->service == y->service ||
            (x->service && y->service && strcmp(x->service, y->service) == 0));
}

static int add_word(struct arena *a, const char *word, struct bench_targets *out,
                    struct bench_why *why)
{
    struct bench_target t = {0};
    int rc = read_word(a, word, &t, why);
    for (size_t i = 0; i < out->count && rc == 0; i++) {
        if (same(&t, &out->list[i])) {
            return 0;
        }
    }
    if (rc == 0 && out->count == BENCH_TARGETS) {
        return say(why, a, "is one address too many: 16 at most", "एक पता अधिक है: अधिकतम 16", word);
    }
    if (rc == 0) {
        out->list[out->count++] = t;
    }
    return rc;
}

int bench_targets_read(struct arena *a, const char *text, struct bench_targets *out,
                       struct bench_why *why)
{
    static const char gaps[] = " ,;\t\r\n";
    int rc = 0;
    *out = (struct bench_targets){0};
    for (const char *s = text + strspn(text, gaps); *s && rc == 0; s += strspn(s, gaps)) {
        size_t n = strcspn(s, gaps);
        if (n >= WORD_MAX_) {
            return say(why, a, "is longer than an address", "पते से अधिक लंबा है", s);
        }
        const char *word = arena_str(a, span_make((const uint8_t *)s, n));
        rc = word ? add_word(a, word, out, why) : -1;
        s += n;
    }
    return rc;
}

static void put(struct buffer *b, const struct bench_target *t, uint16_t port, const char *service)
{
    bool brackets = port && strchr(t->text, ':');
    buffer_printf(b, "%s%s%s", brackets ? "[" : "", t->text, brackets ? "]" : "");
    if (port) {
        buffer_printf(b, ":%u", port);
    }
    if (service) {
        buffer_printf(b, "/%s", service);
    }
}

static const char *taken(struct arena *a, struct buffer *b)
{
    const char *s = buffer_cstr(b) ? arena_str(a, buffer_span(b)) : NULL;
    buffer_free(b);
    return s;
}

const char *bench_targets_text(struct arena *a, const struct bench_targets *t)
{
    struct buffer b;
    buffer_init(&b, (size_t)BENCH_TARGETS * WORD_MAX_);
    for (size_t i = 0; i < t->count; i++) {
        buffer_str(&b, i ? "\n" : "");
        put(&b, &t->list[i], t->list[i].port, t->list[i].service);
    }
    return taken(a, &b);
}

static int add_service(struct arena *a, const struct bench_target *t, uint16_t port,
                       const char *service, const char *words[BENCH_SERVICES], int n)
{
    struct buffer b;
    if (n < 0 || n == BENCH_SERVICES) {
        return n;
    }
    buffer_init(&b, WORD_MAX_);
    put(&b, t, port, service);
    words[n] = taken(a, &b);
    return words[n] ? n + 1 : -1;
}

int bench_words(struct arena *a, const struct bench_targets *t, const char *words[BENCH_SERVICES])
{
    int n = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct bench_target *one = &t->list[i];
        if (one->port) {
            const char *service = one->service ? one->service : service_by_port(one->port)->name;
            n = add_service(a, one, one->port, service, words, n);
            continue;
        }
        for (const struct service *s = services(); s->name; s++) {
            n = s->by_default ? add_service(a, one, s->port, s->name, words, n) : n;
        }
    }
    return n;
}

bool bench_name(const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");
    return n > 0 && name[n] == 0 && n <= NAME_LONGEST && name[0] != '-' && name[0] != '.';
}

/* ---- where scans may go ---------------------------------------------------------------------- */

static bool read_network(const char *word, size_t n, struct bench_network *out)
{
    char text[WORD_MAX_];
    if (n >= sizeof text) {
        return false;
    }
    memcpy(text, word, n);
    text[n] = 0;
    char *slash = strchr(text, '/');
    if (slash) {
        *slash = 0;
    }
    bool v4 = strchr(text, ':') == NULL;
    unsigned most = v4 ? ALL_BITS - V4_BITS : ALL_BITS, bits = most;
    if (slash) {
        size_t digits = strspn(slash + 1, "0123456789");
        bits = digits > 0 && digits <= 3 && !slash[1 + digits]
                   ? (unsigned)strtoul(slash + 1, NULL, 10)
                   : ALL_BITS + 1;
    }
    out->bits = bits + (v4 ? V4_BITS : 0);
    return bits <= most && read_address(text, &out->address);
}

static void add_own(struct bench_reach *r, const struct sockaddr *s)
{
    struct bench_address a;
    if (!s || r->own_count == BENCH_OWN) {
        return;
    }
    if (s->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)s;
        memcpy(a.bytes, v4_head, sizeof v4_head);
        memcpy(a.bytes + sizeof v4_head, &v4->sin_addr, sizeof v4->sin_addr);
    } else if (s->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)s;
        memcpy(a.bytes, &v6->sin6_addr, sizeof a.bytes);
    } else {
        return;
    }
    r->own[r->own_count++] = a;
}

int bench_reach_read(const char *networks, struct bench_reach *out)
{
    static const char gaps[] = " ,;\t\r\n";
    struct ifaddrs *all = NULL;
    *out = (struct bench_reach){0};
    for (const char *s = networks + strspn(networks, gaps); *s; s += strspn(s, gaps)) {
        size_t n = strcspn(s, gaps);
        if (out->network_count == BENCH_NETWORKS ||
            !read_network(s, n, &out->networks[out->network_count++])) {
            return 1;
        }
        s += n;
    }
    if (getifaddrs(&all) != 0) {
        return -1;
    }
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        add_own(out, i->ifa_addr);
    }
    freeifaddrs(all);
    return 0;
}

/* One of those texts is a network that holds it. */
static bool in_any(const struct bench_address *a, const char *const *list)
{
    struct bench_network n;
    for (; *list; list++) {
        if (read_network(*list, strlen(*list), &n) && begins(a, &n.address, n.bits)) {
            return true;
        }
    }
    return false;
}

static const char *const nobody[] = {"0.0.0.0/8",          "::/128",   "224.0.0.0/4",
                                     "255.255.255.255/32", "ff00::/8", NULL};
static const char *const loopback[] = {"127.0.0.0/8", "::1/128", NULL};
static const char *const metadata[] = {"169.254.169.254/32", "fd00:ec2::254/128", NULL};

static bool is_own(const struct bench_reach *r, const struct bench_address *a)
{
    for (size_t i = 0; i < r->own_count; i++) {
        if (memcmp(&r->own[i], a, sizeof *a) == 0) {
            return true;
        }
    }
    return false;
}

const struct bench_why *bench_refuses(const struct bench_reach *r, const struct bench_address *a)
{
    static const struct bench_why
        never = {"is no address of a single device", "किसी एक उपकरण का पता नहीं है"},
        own = {"is an address of this server itself; only the setting "
               "scan_networks can allow it",
               "इसी सर्वर का पता है; केवल सेटिंग scan_networks इसकी अनुमति दे सकती "
               "है"},
        far = {"is outside the networks of the bench; the operator names "
               "them in the setting scan_networks",
               "परीक्षण-पीठ के नेटवर्कों से बाहर है; संचालक उन्हें सेटिंग scan_networks में "
               "देता है"};
    bool inside = false, exactly = false, loop = false;
    if (in_any(a, nobody)) {
        return &never;
    }
    for (size_t i = 0; i < r->network_count; i++) {
        const struct bench_network *n = &r->networks[i];
        bool holds = begins(a, &n->address, n->bits);
        inside |= holds;
        exactly |= holds && n->bits == ALL_BITS;
        loop |= holds && in_any(&n->address, loopback) && n->bits >= V4_BITS + 8;
    }
    if (in_any(a, loopback)) {
        return loop ? NULL : &own;
    }
    if (in_any(a, metadata)) {
        return exactly ? NULL : &far;
    }
    return is_own(r, a) && !exactly ? &own : inside ? NULL : &far;
}

const struct bench_target *bench_refused(const struct bench_reach *r, const struct bench_targets *t,
                                         const struct bench_why **why)
{
    for (size_t i = 0; i < t->count; i++) {
        *why = bench_refuses(r, &t->list[i].address);
        if (*why) {
            return &t->list[i];
        }
    }
    return NULL;
}
