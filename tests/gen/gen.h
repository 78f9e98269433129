/*
 * gen - what the test-data writers share: DER output, files, failure.
 *
 * A writer of its own, independent of the readers under test: what it writes wrong, it writes
 * wrong on purpose. All memory comes from one arena that lives as long as the program; any failure
 * of its own ends the program with status 70. What it does not do: read anything, keep keys (they
 * are random for each run, never stored).
 */
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include "base/buffer.h"

#define MINUTE ((int64_t)60)
#define HOUR   ((int64_t)3600)
#define DAY    ((int64_t)86400)

/* Ends the program with one line on stderr. */
_Noreturn void gen_die(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Zeroed memory for the life of the program; a copy; a formatted string. Never NULL. */
void *gen_alloc(size_t n);
struct span gen_dup(struct span s);
char *gen_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The bytes of a buffer, copied; the buffer is freed. */
struct span gen_take(struct buffer *b);

/* Writes dir/name, making the folders it needs. */
void gen_write(const char *dir, const char *name, struct span data);
/* One PEM block as text. */
struct span gen_pem(const char *label, struct span der);
struct span gen_base64(struct span data, size_t line);

/* DER: each gives one complete value. Absent parts are left out. */
struct span gen_tlv(uint8_t tag, const struct span *parts, size_t count);
struct span gen_cat(const struct span *parts, size_t count);
#define GEN_PARTS(...)                                                                             \
    (const struct span[]){__VA_ARGS__},                                                            \
        sizeof((const struct span[]){__VA_ARGS__}) / sizeof(struct span)
#define CAT(...)      gen_cat(GEN_PARTS(__VA_ARGS__))
#define TLV(tag, ...) gen_tlv((tag), GEN_PARTS(__VA_ARGS__))
#define SEQ(...)      TLV(0x30, __VA_ARGS__)
#define SET(...)      TLV(0x31, __VA_ARGS__)
/* SET OF in DER order. */
struct span gen_set_of(struct span *items, size_t count);
struct span gen_oid(const char *dotted);
struct span gen_int(int64_t v);
/* INTEGER from big-endian octets, made positive. */
struct span gen_uint(struct span octets);
struct span gen_str(uint8_t tag, const char *s);
struct span gen_octets(struct span s);
struct span gen_bits(struct span s);
/* Named bits: bit 0 of flags is bit 0 of the BIT STRING. */
struct span gen_flags(unsigned flags);
struct span gen_bool(bool v);
struct span gen_null(void);
/* UTCTime before 2050, else GeneralizedTime (RFC 5280 4.1.2.5); always GeneralizedTime. */
struct span gen_time(int64_t t);
struct span gen_gentime(int64_t t);
/* The same content under another tag (IMPLICIT). */
struct span gen_retag(uint8_t tag, struct span tlv);
/* The contents octets of a value. */
struct span gen_body(struct span tlv);

/* Seconds for an RFC 3339 text or a bare date. */
int64_t gen_when(const char *text);

/* The next word of a space-separated list, or NULL; *list moves behind it. */
char *gen_word(const char **list);

#endif
