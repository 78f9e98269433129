/*
 * unlock - opens an encrypted document and decrypts its strings and streams (ISO 32000-2 7.6).
 *
 * The last trailer's /Encrypt counts, as for every reader. One that differs between versions gives
 * the signed bytes another meaning without touching them (each version is read with one key only):
 * it is told as a change. Never decrypted: the encryption dictionary, the file identifier, what is
 * in object streams (they were, as a whole), cross-reference streams, /Contents of a signature.
 * A string that is not what its method makes is kept as written and told; such a stream cannot be
 * read.
 */
#include "format/pdf/internal.h"

#include <openssl/crypto.h>

/* ---- the encryption dictionary
 * ---------------------------------------------------------------- */

struct dictionary {
    struct pdf_doc *d;
    const struct pdf_obj *e;
    size_t rev;
    struct pdf_crypt *c;
    const char *why;         /* malformed */
    const char *unsupported; /* named, not known here */
};

static const struct pdf_obj *get(struct dictionary *x, const char *key)
{
    return doc_get(x->d, x->e, key, x->rev);
}

static bool malformed(struct dictionary *x, const char *why)
{
    x->why = x->why ? x->why : why;
    return false;
}

static bool unsupported(struct dictionary *x, const char *what)
{
    x->unsupported = x->unsupported ? x->unsupported : what;
    return false;
}

/* An integer; absent: otherwise. False when it is something else. */
static bool number(struct dictionary *x, const struct pdf_obj *dict, const char *key,
                   int64_t otherwise, int64_t *out)
{
    const struct pdf_obj *o = doc_get(x->d, dict, key, x->rev);
    *out = o && o->type == PDF_INT ? o->i : otherwise;
    return !o || o->type == PDF_INT;
}

static bool read_version(struct dictionary *x)
{
    const struct pdf_obj *filter = get(x, "Filter");
    int64_t v, r;
    if (!filter || filter->type != PDF_NAME) {
        return malformed(x, "/Filter is missing");
    }
    if (!object_is_name(filter, "Standard")) {
        return unsupported(x, object_name_text(x->d, filter->raw));
    }
    if (!number(x, x->e, "V", 0, &v) || !number(x, x->e, "R", -1, &r) || r < 0) {
        return malformed(x, "/V or /R is not a number");
    }
    bool known = ((v == 1 || v == 2) && (r == 2 || r == 3)) || (v == 4 && r == 4) ||
                 (v == 5 && (r == 5 || r == 6));
    if (!known) {
        return unsupported(
            x, doc_text(x->d, "/Standard, /V %lld, /R %lld", (long long)v, (long long)r));
    }
    x->c->facts.v = (int)v;
    x->c->facts.r = (int)r;
    return true;
}

/* A string of n octets; a longer one when zeros are all there is behind them. */
static bool read_octets(struct dictionary *x, const char *key, size_t n, struct span *out)
{
    struct span s = object_string(x->d, get(x, key));
    size_t used = s.n;
    while (s.p && used > n && s.p[used - 1] == 0) {
        used--;
    }
    *out = span_sub(s, 0, n);
    return s.p && used <= n && s.n >= n
               ? true
               : malformed(x, doc_text(x->d, "/%s is not a string of %zu bytes", key, n));
}

static bool read_values(struct dictionary *x)
{
    struct crypt_facts *f = &x->c->facts;
    bool fresh = f->r >= 5;
    size_t n = fresh ? 48 : 32;
    int64_t p = 0;
    const struct pdf_obj *metadata = get(x, "EncryptMetadata");
    if (!read_octets(x, "O", n, &f->o) || !read_octets(x, "U", n, &f->u) ||
        (fresh && (!read_octets(x, "OE", 32, &f->oe) || !read_octets(x, "UE", 32, &f->ue)))) {
        return false;
    }
    if (!get(x, "P") || !number(x, x->e, "P", 0, &p) || p < INT32_MIN || p > UINT32_MAX) {
        return malformed(x, "/P is not a number of 32 bits");
    }
    f->p = (uint32_t)(uint64_t)p;
    if (metadata && metadata->type != PDF_BOOL) {
        return malformed(x, "/EncryptMetadata is neither true nor false");
    }
    f->metadata = f->v < 4 || !metadata || metadata->i;
    const struct pdf_obj *id = doc_get(x->d, x->d->revs[x->rev].trailer, "ID", x->rev);
    if (id && id->type == PDF_ARRAY && id->n) {
        f->id = object_string(x->d, doc_resolve(x->d, &id->items[0], x->rev));
    }
    return !x->d->failed;
}

/* /Length in bits; some writers say bytes. 0: neither. */
static size_t key_octets(int64_t length)
{
    bool bits = length >= 40 && length <= 128 && length % 8 == 0;
    return bits ? (size_t)length / 8 : length >= 5 && length <= 16 ? (size_t)length : 0;
}

/* 7.6.5: the method of one crypt filter. */
static bool read_filter(struct dictionary *x, const struct pdf_obj *filter,
                        enum crypt_method *method)
{
    const struct pdf_obj *cfm = doc_get(x->d, filter, "CFM", x->rev);
    bool fresh = x->c->facts.v == 5;
    if (!object_dict(filter) || !cfm || cfm->type != PDF_NAME) {
        return malformed(x, "a crypt filter names no method");
    }
    if (object_is_name(cfm, "V2") && !fresh) {
        *method = CRYPT_RC4;
    } else if (object_is_name(cfm, "AESV2") && !fresh) {
        *method = CRYPT_AES_128;
    } else if (object_is_name(cfm, "AESV3") && fresh) {
        *method = CRYPT_AES_256;
    } else {
        return unsupported(x, doc_text(x->d, "/CFM %s", object_name_text(x->d, cfm->raw)));
    }
    return true;
}

static bool read_filters(struct dictionary *x)
{
    struct pdf_crypt *c = x->c;
    const struct pdf_obj *filters = object_dict(get(x, "CF"));
    for (size_t i = 0; filters && i < filters->n; i++) {
        struct crypt_filter *f = &c->named[c->named_count++];
        if (c->named_count > CRYPT_FILTERS) {
            return malformed(x, "it names too many crypt filters");
        }
        f->name = filters->pairs[i].key;
        if (!read_filter(x, doc_resolve(x->d, &filters->pairs[i].value, x->rev), &f->method)) {
            return false;
        }
    }
    return true;
}

/* The method a crypt filter's name stands for; false when there is none of that name. */
static bool method_of(const struct pdf_crypt *c, const struct pdf_obj *name,
                      enum crypt_method *method)
{
    *method = CRYPT_PLAIN;
    if (!name || object_is_name(name, "Identity")) {
        return true;
    }
    for (size_t i = 0; name->type == PDF_NAME && i < c->named_count; i++) {
        if (span_eq(c->named[i].name, name->raw)) {
            *method = c->named[i].method;
            return true;
        }
    }
    return false;
}

static bool read_methods(struct dictionary *x)
{
    struct pdf_crypt *c = x->c;
    if (c->facts.v < 4) {
        c->strings = c->streams = c->files = CRYPT_RC4;
        return true;
    }
    if (!read_filters(x)) {
        return false;
    }
    const struct pdf_obj *files = get(x, "EFF");
    return method_of(c, get(x, "StmF"), &c->streams) && method_of(c, get(x, "StrF"), &c->strings) &&
                   method_of(c, files ? files : get(x, "StmF"), &c->files)
               ? true
               : malformed(x, "it names a crypt filter that is not there");
}

static bool read_dictionary(struct dictionary *x)
{
    if (!x->e || x->e->type != PDF_DICT) {
        return malformed(x, "/Encrypt is not a dictionary that can be read");
    }
    if (object_has_duplicates(x->e) || object_has_duplicates(x->d->revs[x->rev].trailer) ||
        object_has_duplicates(get(x, "CF"))) {
        return malformed(x, "a key stands in it twice");
    }
    return read_version(x) && read_values(x) && read_methods(x);
}

/* ---- the key --------------------------------------------------------------------------------- */

/* Sizes the key may have, the likely one first: 7.6.2 has /Length for V 2 only, and V 4 is always
 * 128 bits, but some writers of V 4 with RC4 mean what they say there or in the crypt filter. */
static size_t key_sizes(struct dictionary *x, size_t sizes[3])
{
    const struct crypt_facts *f = &x->c->facts;
    int64_t length = 0, inner = 0;
    if (f->v == 5 || f->v == 1) {
        sizes[0] = f->v == 5 ? 32 : 5;
        return 1;
    }
    bool sound = number(x, x->e, "Length", f->v == 2 ? 40 : 128, &length);
    if (f->v == 2) {
        sizes[0] = sound ? key_octets(length) : 0;
        return sizes[0] ? 1 : (size_t)malformed(x, "/Length is no length of a key");
    }
    const struct pdf_obj *filters = object_dict(get(x, "CF"));
    for (size_t i = 0; filters && i < filters->n && inner == 0; i++) {
        const struct pdf_obj *one = doc_resolve(x->d, &filters->pairs[i].value, x->rev);
        (void)number(x, one, "Length", 0, &inner);
    }
    size_t n = 1, more[2] = {key_octets(length), key_octets(inner)};
    sizes[0] = 16;
    for (size_t i = 0; i < 2 && x->c->streams != CRYPT_AES_128; i++) {
        if (more[i] && more[i] != 16) {
            sizes[n++] = more[i];
        }
    }
    return n;
}

/* UTF-8 as PDFDocEncoding where it is Latin (Annex D.2); its length, 0: it is not, or the same. */
static size_t latin(struct span text, uint8_t out[CRYPT_PASSWORD_OLD])
{
    size_t n = 0;
    bool changed = false;
    for (size_t i = 0; i < text.n && n < CRYPT_PASSWORD_OLD; i++) {
        uint8_t c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : 0;
        if (c >= 0x80) {
            bool two = (c == 0xc2 && next >= 0xa1) || c == 0xc3;
            if (!two || (next & 0xc0) != 0x80) {
                return 0;
            }
            c = (uint8_t)((c & 3) << 6 | (next & 0x3f));
            changed = true;
            i++;
        }
        out[n++] = c;
    }
    return changed ? n : 0;
}

/* As crypt_password, with each size the key may have. */
static int open_with(struct dictionary *x, const size_t *sizes, size_t count, struct span password)
{
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        x->c->facts.key_size = sizes[i];
        rc = crypt_password(&x->c->facts, password, x->c->key);
    }
    return rc;
}

static enum crypt_state find_key(struct dictionary *x, struct span password)
{
    size_t sizes[3], count = key_sizes(x, sizes);
    uint8_t other[CRYPT_PASSWORD_OLD];
    if (count == 0) {
        return CRYPT_MALFORMED;
    }
    int rc = open_with(x, sizes, count, SPAN_LIT(""));
    enum crypt_state opened = CRYPT_OPEN;
    if (rc == 0 && password.n) {
        opened = CRYPT_OPEN_GIVEN;
        rc = open_with(x, sizes, count, password);
        size_t n = rc == 0 && x->c->facts.r < 5 ? latin(password, other) : 0;
        rc = n ? open_with(x, sizes, count, span_make(other, n)) : rc;
        OPENSSL_cleanse(other, sizeof other);
    }
    if (rc < 0) {
        (void)unsupported(x, "MD5, AES");
        return CRYPT_UNKNOWN;
    }
    return rc > 0 ? opened : password.n ? CRYPT_WRONG : CRYPT_NEEDED;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* For people. */
static const char *method_name(struct pdf_doc *d, const struct pdf_crypt *c)
{
    enum crypt_method m = c->streams != CRYPT_PLAIN ? c->streams : c->strings;
    m = m != CRYPT_PLAIN ? m : c->files;
    if (m == CRYPT_PLAIN) {
        return "/Identity";
    }
    return m == CRYPT_RC4 ? doc_text(d, "RC4, %zu bit", c->facts.key_size * 8)
                          : doc_text(d, "AES, %d bit", m == CRYPT_AES_128 ? 128 : 256);
}

static bool said_by(const struct pdf_doc *d, size_t rev)
{
    return object_key(d->revs[rev].trailer, "Encrypt") != NULL;
}

void unlock(struct pdf_doc *d, struct span password)
{
    size_t last = d->rev_count - 1;
    for (size_t k = 0; k < d->rev_count; k++) {
        d->encrypted = d->encrypted || said_by(d, k);
        /* Read before there is a key: they are never encrypted, in no version. */
        (void)doc_get(d, d->revs[k].trailer, "Encrypt", k);
        (void)doc_get(d, d->revs[k].trailer, "ID", k);
    }
    if (!d->encrypted) {
        return;
    }
    struct pdf_crypt *c = doc_alloc(d, 1, sizeof *c);
    if (!c) {
        return;
    }
    struct dictionary x = {
        .d = d, .e = doc_get(d, d->revs[last].trailer, "Encrypt", last), .rev = last, .c = c};
    enum crypt_state state = read_dictionary(&x) ? find_key(&x, password)
                             : x.unsupported     ? CRYPT_UNKNOWN
                                                 : CRYPT_MALFORMED;
    bool open = state == CRYPT_OPEN || state == CRYPT_OPEN_GIVEN;
    c->state = state;
    c->about = x.unsupported ? x.unsupported : x.why ? x.why : method_name(d, c);
    d->crypt = c;
    d->strings_locked = !open;
    /* Without the key, only what is not encrypted by its own word can be read. */
    d->streams_locked =
        !open && !((state == CRYPT_NEEDED || state == CRYPT_WRONG) && c->streams == CRYPT_PLAIN);
}

void unlock_end(struct pdf_doc *d)
{
    if (d->crypt) {
        OPENSSL_cleanse(d->crypt->key, sizeof d->crypt->key);
    }
}

static bool is_open(const struct pdf_doc *d)
{
    return d->crypt && !d->strings_locked;
}

/* ---- what is told ---------------------------------------------------------------------------- */

static bool same_id(struct pdf_doc *d, size_t a, size_t b)
{
    const struct pdf_obj *x = doc_get(d, d->revs[a].trailer, "ID", a);
    const struct pdf_obj *y = doc_get(d, d->revs[b].trailer, "ID", b);
    const struct pdf_obj *u = x && x->type == PDF_ARRAY && x->n ? &x->items[0] : NULL;
    const struct pdf_obj *v = y && y->type == PDF_ARRAY && y->n ? &y->items[0] : NULL;
    return object_same(d, u, v);
}

/* This version says the same about encryption as the one before it; the file identifier is part of
 * the key up to R 4. */
static bool same_encryption(struct pdf_doc *d, size_t rev)
{
    const struct pdf_obj *a = object_key(d->revs[rev - 1].trailer, "Encrypt");
    const struct pdf_obj *b = object_key(d->revs[rev].trailer, "Encrypt");
    return object_same(d, a, b) &&
           object_same(d, doc_resolve(d, a, rev - 1), doc_resolve(d, b, rev)) &&
           (d->crypt->facts.r >= 5 || same_id(d, rev - 1, rev));
}

static void tell_changed(struct pdf_doc *d, size_t rev)
{
    const char *number = doc_text(d, "%zu", rev + 1);
    bool told = false;
    for (size_t i = 0; i < d->sig_count; i++) {
        struct extracted *o = d->sigs[i].out;
        if (!o->broken && d->sigs[i].signed_rev < rev) {
            finding_add(d->arena, &o->findings, SP_PDF_ENCRYPTION_CHANGED,
                        doc_text(d, "sig[%zu]", i), number, NULL);
            o->has_modification = true;
            o->modification_allowed = false;
            o->modification = SP_MOD_OTHER;
            told = true;
        }
    }
    if (!told) {
        finding_add(d->arena, d->findings, SP_PDF_ENCRYPTION_CHANGED, "document", number, NULL);
    }
}

void unlock_tell(struct pdf_doc *d)
{
    static const enum sp_reason reasons[] = {
        [CRYPT_OPEN] = SP_PDF_ENCRYPTED,
        [CRYPT_OPEN_GIVEN] = SP_PDF_PASSWORD_USED,
        [CRYPT_NEEDED] = SP_PDF_PASSWORD_NEEDED,
        [CRYPT_WRONG] = SP_PDF_PASSWORD_WRONG,
        [CRYPT_UNKNOWN] = SP_PDF_ENCRYPTION_UNKNOWN,
        [CRYPT_MALFORMED] = SP_PDF_ENCRYPTION_MALFORMED,
    };
    struct pdf_crypt *c = d->crypt;
    /* A signature dictionary shows without the key: its names and numbers are never encrypted, nor
     * may it lie in an object stream. Where there is none, no password would help. */
    bool no_use = d->sig_count == 0 && d->strings_locked && c && c->state != CRYPT_MALFORMED;
    if (!c || no_use) {
        return;
    }
    finding_add(d->arena, d->findings, reasons[c->state], "document", c->about ? c->about : "-",
                NULL);
    bool mixed = c->facts.v >= 4 && (c->streams == CRYPT_PLAIN) != (c->strings == CRYPT_PLAIN);
    if (is_open(d) && (mixed || c->odd || c->plain)) {
        finding_add(d->arena, d->findings, SP_PDF_PARTLY_ENCRYPTED, "document", NULL);
    }
}

void unlock_compare(struct pdf_doc *d)
{
    for (size_t k = 1; d->encrypted && k < d->rev_count && !d->failed; k++) {
        if (!same_encryption(d, k)) {
            tell_changed(d, k);
        }
    }
}

/* ---- strings --------------------------------------------------------------------------------- */

struct strings {
    struct pdf_doc *d;
    uint8_t key[CRYPT_KEY_MAX];
    size_t key_size;
};

static void one_string(struct strings *s, struct pdf_obj *o)
{
    struct span data = object_string(s->d, o);
    uint8_t *out = data.p ? doc_alloc(s->d, data.n + 1, 1) : NULL;
    size_t n;
    if (!out) {
        return;
    }
    if (crypt_decrypt(s->d->crypt->strings, span_make(s->key, s->key_size), data, out, &n)) {
        o->raw = span_make(out, n);
        o->n = PDF_DECODED;
    } else {
        s->d->crypt->odd++;
    }
}

/* 7.6.2: the value of a signature is not encrypted; it is filled in when all else is written. */
static bool is_signature(const struct pdf_obj *dict)
{
    const struct pdf_obj *type = object_key(dict, "Type");
    return object_key(dict, "ByteRange") &&
           (!type || object_is_name(type, "Sig") || object_is_name(type, "DocTimeStamp"));
}

/* Recursion is bounded by PDF_MAX_DEPTH of the parser. */
static void all_strings(struct strings *s, struct pdf_obj *o)
{
    if (o->type == PDF_STRING) {
        one_string(s, o);
        return;
    }
    for (size_t i = 0; o->type == PDF_ARRAY && i < o->n; i++) {
        all_strings(s, &o->items[i]);
    }
    bool signature = o->type == PDF_DICT && is_signature(o);
    for (size_t i = 0; o->type == PDF_DICT && i < o->n; i++) {
        struct pdf_obj *v = &o->pairs[i].value;
        bool kept = signature && span_eq(o->pairs[i].key, SPAN_LIT("Contents")) &&
                    v->type == PDF_STRING && v->raw.p[0] == '<';
        if (!kept) {
            all_strings(s, v);
        }
    }
}

bool unlock_strings(struct pdf_doc *d, const struct pdf_entry *e, struct pdf_obj *o)
{
    struct pdf_obj *top = o->type == PDF_STREAM ? &o->stream->dict : o;
    bool xref = o->type == PDF_STREAM && object_is_name(object_key(top, "Type"), "XRef");
    if (!is_open(d) || d->crypt->strings == CRYPT_PLAIN || xref) {
        return true;
    }
    struct strings s = {.d = d};
    s.key_size = crypt_object_key(span_make(d->crypt->key, d->crypt->facts.key_size),
                                  d->crypt->strings, e->num, e->gen, s.key);
    if (s.key_size == 0) {
        d->failed = true;
        return false;
    }
    all_strings(&s, top);
    OPENSSL_cleanse(s.key, sizeof s.key);
    return !d->failed;
}

/* ---- streams --------------------------------------------------------------------------------- */

/* The crypt filter a stream names for itself: the first of its filters (7.4.10, 7.6.5). False when
 * it names one that is not there. */
static bool own_filter(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, bool *has,
                       enum crypt_method *method)
{
    const struct pdf_obj *filter = doc_get(d, o, "Filter", rev);
    const struct pdf_obj *parms = doc_get(d, o, "DecodeParms", rev);
    if (filter && filter->type == PDF_ARRAY) {
        filter = filter->n ? doc_resolve(d, &filter->items[0], rev) : NULL;
        bool list = parms && parms->type == PDF_ARRAY && parms->n;
        parms = list ? doc_resolve(d, &parms->items[0], rev) : parms;
    }
    *has = object_is_name(filter, "Crypt");
    return !*has || method_of(d->crypt, doc_get(d, parms, "Name", rev), method);
}

static bool stream_method(struct pdf_doc *d, const struct pdf_obj *o, size_t rev,
                          enum crypt_method *method)
{
    const struct pdf_crypt *c = d->crypt;
    const struct pdf_obj *type = doc_get(d, o, "Type", rev);
    bool has;
    *method = CRYPT_PLAIN;
    if (object_is_name(type, "XRef")) {
        return true;
    }
    if (!own_filter(d, o, rev, &has, method)) {
        return doc_bad(d, "it names a crypt filter that is not there");
    }
    if (!has) {
        bool file = object_is_name(type, "EmbeddedFile");
        bool clear = object_is_name(type, "Metadata") && !c->facts.metadata;
        *method = clear ? CRYPT_PLAIN : file ? c->files : c->streams;
    } else if (*method == CRYPT_PLAIN && c->streams != CRYPT_PLAIN &&
               !object_is_name(type, "Metadata")) {
        d->crypt->plain++;
    }
    return true;
}

bool unlock_stream(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, struct span *data)
{
    enum crypt_method method;
    if (!d->crypt) {
        return true;
    }
    if (d->streams_locked) {
        return doc_bad(d, "its stream is encrypted");
    }
    if (!stream_method(d, o, rev, &method)) {
        return false;
    }
    if (method == CRYPT_PLAIN) {
        return true;
    }
    if (!is_open(d)) {
        return doc_bad(d, "its stream is encrypted");
    }
    if (data->n > PDF_MAX_DECRYPTED - d->decrypted) {
        return doc_limit(d, "size of encrypted data");
    }
    uint8_t key[CRYPT_KEY_MAX];
    size_t key_size = crypt_object_key(span_make(d->crypt->key, d->crypt->facts.key_size), method,
                                       o->stream->num, o->stream->gen, key);
    uint8_t *out = doc_alloc(d, data->n + 1, 1);
    size_t n = 0;
    d->failed = d->failed || key_size == 0;
    bool ok = !d->failed && crypt_decrypt(method, span_make(key, key_size), *data, out, &n);
    OPENSSL_cleanse(key, sizeof key);
    d->decrypted += data->n;
    *data = span_make(out, n);
    return ok ? true : doc_bad(d, "its stream is not encrypted as the document says");
}
