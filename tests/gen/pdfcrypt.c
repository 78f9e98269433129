/*
 * pdfcrypt - encrypts what pdf.c writes: ISO 32000-2 7.6, the standard security handler.
 *
 * Written from the standard, apart from the reader under test; qpdf is the second opinion on both.
 */
#include "pdf.h"

#include <openssl/evp.h>

enum { PAD = 32, BLOCK = 16 };

static const uint8_t padding[] = "\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08"
                                 "\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a";

static struct span hash(const char *name, struct span data)
{
    unsigned n = 0;
    uint8_t *out = gen_alloc(EVP_MAX_MD_SIZE);
    if (EVP_Digest(data.p, data.n, out, &n, EVP_get_digestbyname(name), NULL) != 1) {
        gen_die("%s failed", name);
    }
    return span_make(out, n);
}

static struct span rc4(struct span key, struct span data)
{
    uint8_t box[256], *out = gen_alloc(data.n + 1), x = 0, y = 0;
    for (int i = 0; i < 256; i++) {
        box[i] = (uint8_t)i;
    }
    for (int i = 0; i < 256; i++) {
        uint8_t t = box[i];
        y = (uint8_t)(y + t + key.p[(size_t)i % key.n]);
        box[i] = box[y];
        box[y] = t;
    }
    y = 0;
    for (size_t i = 0; i < data.n; i++) {
        uint8_t t = box[++x];
        y = (uint8_t)(y + t);
        box[x] = box[y];
        box[y] = t;
        out[i] = data.p[i] ^ box[(uint8_t)(box[x] + t)];
    }
    return span_make(out, data.n);
}

static struct span aes(struct span key, const uint8_t *iv, struct span data, bool pad, bool ecb)
{
    const EVP_CIPHER *c = ecb           ? EVP_aes_256_ecb()
                          : key.n == 32 ? EVP_aes_256_cbc()
                                        : EVP_aes_128_cbc();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t *out = gen_alloc(data.n + BLOCK);
    int n = 0, rest = 0;
    if (!ctx || EVP_EncryptInit_ex(ctx, c, NULL, key.p, iv) != 1 ||
        EVP_CIPHER_CTX_set_padding(ctx, pad) != 1 ||
        EVP_EncryptUpdate(ctx, out, &n, data.p, (int)data.n) != 1 ||
        EVP_EncryptFinal_ex(ctx, out + n, &rest) != 1) {
        gen_die("AES failed");
    }
    EVP_CIPHER_CTX_free(ctx);
    return span_make(out, (size_t)n + (size_t)rest);
}

static struct span padded(const char *password)
{
    struct span all = CAT(span_str(password), span_make(padding, PAD));
    return span_sub(all, 0, PAD);
}

/* Twenty rounds with keys made of this one; one for R 2. */
static struct span rounds(int r, struct span key, struct span data)
{
    for (int i = 0; i < (r > 2 ? 20 : 1); i++) {
        uint8_t *k = gen_alloc(key.n);
        for (size_t j = 0; j < key.n; j++) {
            k[j] = (uint8_t)(key.p[j] ^ i);
        }
        data = rc4(span_make(k, key.n), data);
    }
    return data;
}

static struct span fifty(int r, struct span digest, size_t n)
{
    for (int i = 0; i < (r > 2 ? 50 : 0); i++) {
        digest = hash("MD5", span_sub(digest, 0, n));
    }
    return digest;
}

static char *hex(struct span data)
{
    char *text = gen_alloc(2 * data.n + 1);
    for (size_t i = 0; i < data.n; i++) {
        text[2 * i] = "0123456789abcdef"[data.p[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[data.p[i] & 15];
    }
    return text;
}

/* Algorithms 2 to 5. */
static const char *old_values(struct pdf_crypt *c, struct span id)
{
    const struct pdf_lock_spec *s = c->spec;
    size_t n = s->v == 1 ? 5 : 16;
    const uint8_t p[4] = {0xfc, 0xff, 0xff, 0xff};
    struct span owner = fifty(s->r, hash("MD5", padded(s->owner)), BLOCK);
    struct span o = rounds(s->r, span_sub(owner, 0, n), padded(s->user));
    struct span clear =
        s->clear_metadata && s->r >= 4 ? SPAN_LIT("\xff\xff\xff\xff") : SPAN_LIT("");
    struct span key = hash("MD5", CAT(padded(s->user), o, span_make(p, 4), id, clear));
    c->key = span_sub(fifty(s->r, key, n), 0, n);
    struct span u =
        rounds(s->r, c->key,
               s->r > 2 ? hash("MD5", CAT(span_make(padding, PAD), id)) : span_make(padding, PAD));
    uint8_t *whole = gen_alloc(PAD);
    memcpy(whole, u.p, u.n);
    return gen_printf("/O <%s> /U <%s>", hex(o), hex(span_make(whole, PAD)));
}

/* Algorithm 2.B; for R 5 one SHA-256. */
static struct span new_hash(int r, struct span password, struct span salt, struct span more)
{
    struct span k = hash("SHA256", CAT(password, salt, more));
    for (unsigned round = 1; r > 5; round++) {
        struct span one = CAT(password, k, more), all = SPAN_LIT("");
        for (int i = 0; i < 64; i++) {
            all = CAT(all, one);
        }
        struct span e = aes(span_sub(k, 0, BLOCK), k.p + BLOCK, all, false, false);
        unsigned sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += e.p[i];
        }
        k = hash(sum % 3 == 0 ? "SHA256" : sum % 3 == 1 ? "SHA384" : "SHA512", e);
        if (round >= 64 && e.p[e.n - 1] + 32U <= round) {
            break;
        }
    }
    return span_sub(k, 0, 32);
}

/* Algorithms 8 to 10. */
static const char *new_values(struct pdf_crypt *c)
{
    const struct pdf_lock_spec *s = c->spec;
    static const uint8_t zero[BLOCK];
    struct span user = span_str(s->user), owner = span_str(s->owner);
    c->key = SPAN_LIT("the key of this test's documents");
    struct span u =
        CAT(new_hash(s->r, user, SPAN_LIT("validate"), SPAN_LIT("")), SPAN_LIT("validateuser-key"));
    struct span ue =
        aes(new_hash(s->r, user, SPAN_LIT("user-key"), SPAN_LIT("")), zero, c->key, false, false);
    struct span o =
        CAT(new_hash(s->r, owner, SPAN_LIT("Validate"), u), SPAN_LIT("Validateownerkey"));
    struct span oe =
        aes(new_hash(s->r, owner, SPAN_LIT("ownerkey"), u), zero, c->key, false, false);
    struct span perms = aes(c->key, zero,
                            s->clear_metadata ? SPAN_LIT("\xfc\xff\xff\xff\xff\xff\xff\xff"
                                                         "Fadb1234")
                                              : SPAN_LIT("\xfc\xff\xff\xff\xff\xff\xff\xff"
                                                         "Tadb1234"),
                            false, true);
    return gen_printf("/O <%s> /U <%s> /OE <%s> /UE <%s> /Perms <%s>", hex(o), hex(u), hex(oe),
                      hex(ue), hex(perms));
}

static const char *filters(const struct pdf_lock_spec *s)
{
    if (s->v < 4) {
        return "";
    }
    const char *method = s->v == 5 ? "AESV3" : s->aes ? "AESV2" : "V2";
    return gen_printf(" /CF << /StdCF << /CFM /%s /AuthEvent /DocOpen /Length %d >> >> "
                      "/StmF /StdCF /StrF /%s%s",
                      method, s->v == 5 ? 32 : 16, s->plain_strings ? "Identity" : "StdCF",
                      s->clear_metadata ? " /EncryptMetadata false" : "");
}

void pdf_lock(struct pdf *p, const struct pdf_lock_spec *spec)
{
    struct pdf_crypt *c = &p->crypt;
    struct span id = SPAN_LIT("\x5a\x5a\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
    *c = (struct pdf_crypt){.spec = spec};
    const char *values = spec->v == 5 ? new_values(c) : old_values(c, id);
    struct span text = span_str(
        gen_printf("<< /Filter /Standard /V %d /R %d /Length %d /P -4%s %s >>", spec->v, spec->r,
                   spec->v == 1   ? 40
                   : spec->v == 5 ? 256
                                  : 128,
                   filters(spec), values));
    if (spec->from) {
        size_t at = span_find(text, span_str(spec->from), 0);
        if (at == SIZE_MAX) {
            gen_die("nothing to change: %s", spec->from);
        }
        text = CAT(span_sub(text, 0, at), span_str(spec->to),
                   span_sub(text, at + strlen(spec->from), text.n));
    }
    unsigned num = pdf_number(p);
    pdf_plain_object(p, num, (const char *)CAT(text, SPAN_LIT("\0")).p);
    p->encrypt = gen_printf(" /Encrypt %u 0 R", num);
}

/* ---- objects --------------------------------------------------------------------------------- */

static struct span encrypted(struct pdf *p, unsigned num, struct span data)
{
    struct pdf_crypt *c = &p->crypt;
    bool is_aes = c->spec->v == 5 || c->spec->aes;
    const uint8_t which[5] = {(uint8_t)num, (uint8_t)(num >> 8), (uint8_t)(num >> 16), 0, 0};
    struct span key = c->key;
    if (c->spec->v < 5) {
        key =
            hash("MD5", CAT(c->key, span_make(which, 5), is_aes ? SPAN_LIT("sAlT") : SPAN_LIT("")));
        key = span_sub(key, 0, c->key.n + 5 < BLOCK ? c->key.n + 5 : BLOCK);
    }
    if (!is_aes) {
        return rc4(key, data);
    }
    c->used++;
    struct span iv = span_sub(hash("SHA256", span_make(&c->used, sizeof c->used)), 0, BLOCK);
    return CAT(iv, aes(key, iv.p, data, true, false));
}

struct span pdf_crypt_stream(struct pdf *p, unsigned num, struct span data)
{
    return p->crypt.spec && !p->crypt.off ? encrypted(p, num, data) : data;
}

static uint8_t digit(char c)
{
    return (uint8_t)hex_digit(c);
}

/* The bytes of the string that begins at *s, which moves behind it. */
static struct span take_string(const char **s)
{
    struct buffer b;
    buffer_init(&b, 65536);
    bool literal = **s == '(';
    int depth = 0;
    for ((*s)++; **s && (literal ? **s != ')' || depth : **s != '>'); (*s)++) {
        if (!literal) {
            buffer_char(&b, (char)(digit(**s) << 4 | digit((*s)[1])));
            (*s)++;
            continue;
        }
        depth += **s == '(' ? 1 : **s == ')' ? -1 : 0;
        *s += **s == '\\';
        buffer_char(&b, **s);
    }
    (*s)++;
    return CAT(gen_take(&b), SPAN_LIT(""));
}

const char *pdf_crypt_text(struct pdf *p, unsigned num, const char *text)
{
    if (!p->crypt.spec || p->crypt.off || p->crypt.spec->plain_strings) {
        return text;
    }
    struct buffer b;
    buffer_init(&b, 1 << 20);
    while (*text) {
        if (text[0] == '<' && text[1] == '<') {
            buffer_str(&b, "<<");
            text += 2;
        } else if (*text == '(' || *text == '<') {
            buffer_printf(&b, "<%s>", hex(encrypted(p, num, take_string(&text))));
        } else {
            buffer_char(&b, *text++);
        }
    }
    return (const char *)CAT(gen_take(&b), SPAN_LIT("\0")).p;
}
