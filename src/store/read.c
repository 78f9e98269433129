/*
 * read - the parent's half of read.h: starts the child and checks the form of its answer.
 */
#include "store/read_inside.h"

#include <stdio.h>
#include <sys/mman.h>

#include "sandbox/sandbox.h"

enum { ROOM_EXTRA = 1 << 20 };

static bool place_ok(const struct read_area *area, const struct read_question *q,
                     const struct read_place *p)
{
    uint64_t whole = p->in_input ? q->input.n : area->capacity;
    return p->at <= whole && p->size <= whole - p->at;
}

static bool text_ok(const char *text, size_t size)
{
    return memchr(text, 0, size) != NULL;
}

/* The child read a stranger's bytes: its answer must have the form it is to have. */
static bool object_ok(const struct read_area *area, const struct read_question *q,
                      const struct read_object *o)
{
    bool ok = o->kind <= STORE_UNKNOWN && o->outcome <= STORE_UNUSABLE &&
              text_ok(o->why, sizeof o->why) && text_ok(o->issuer, sizeof o->issuer) &&
              text_ok(o->above, sizeof o->above) && place_ok(area, q, &o->der) &&
              place_ok(area, q, &o->index) && o->number_size <= READ_NUMBER &&
              o->key_count <= READ_KEYS_MAX;
    for (uint32_t i = 0; ok && i < o->key_count; i++) {
        ok = text_ok(o->keys[i], READ_KEY);
    }
    ok = ok && o->url_count <= READ_URLS_MAX;
    for (uint32_t i = 0; ok && i < o->url_count; i++) {
        ok = text_ok(o->urls[i], READ_URL);
    }
    return ok && (o->outcome != STORE_STORED || (o->kind != STORE_UNKNOWN && o->der.size > 0));
}

static bool area_ok(const struct read_area *area, size_t capacity, const struct read_question *q)
{
    bool ok = area->capacity == capacity && area->count <= READ_OBJECTS_MAX && area->count > 0;
    for (uint32_t i = 0; ok && i < area->count; i++) {
        ok = object_ok(area, q, &area->objects[i]);
    }
    return ok;
}

int read_objects(const struct read_question *question, struct read_answer *out, char *why)
{
    /* An index is shorter than half its list, and text is longer than what it stands for. */
    size_t capacity = question->input.n + question->input.n / 2 + ROOM_EXTRA;
    size_t size = sizeof(struct read_area) + capacity;
    struct read_area *area = MAP_FAILED;
    struct buffer nothing;
    *out = (struct read_answer){.input = question->input};
    if (question->input.n <= STORE_OBJECT_MAX) {
        area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
    }
    if (area == MAP_FAILED) {
        (void)snprintf(why, STORE_WHY, "no memory for %zu bytes", question->input.n);
        return -1;
    }
    area->capacity = capacity;
    struct read_task task = {question, area};
    buffer_init(&nothing, 1);
    int code = sandbox_task_while(read_child, &task, question->meanwhile, question->with, &nothing,
                                  why, STORE_WHY);
    buffer_free(&nothing);
    bool ok = code == 0 && area_ok(area, capacity, question);
    if (!ok) {
        if (code >= 0) {
            (void)snprintf(why, STORE_WHY, "%s",
                           code ? "memory ran out, or there is too much in it"
                                : "the child's answer is malformed");
        }
        (void)munmap(area, size);
        return -1;
    }
    out->memory = area;
    out->memory_size = size;
    out->objects = area->objects;
    out->count = area->count;
    return 0;
}

void read_free(struct read_answer *answer)
{
    if (answer->memory) {
        (void)munmap(answer->memory, answer->memory_size);
        answer->memory = NULL;
    }
}

struct span read_bytes(const struct read_answer *answer, const struct read_place *place)
{
    const struct read_area *area = answer->memory;
    if (place->size == 0) {
        return SPAN_NONE;
    }
    return place->in_input ? span_sub(answer->input, place->at, place->size)
                           : span_make(area->bytes + place->at, place->size);
}

uint8_t *read_room(const struct read_answer *answer, const struct read_place *place)
{
    struct read_area *area = answer->memory;
    return place->in_input || place->size == 0 ? NULL : area->bytes + place->at;
}

void read_key(struct span issuer_key_hash, struct span serial, char *out)
{
    enum { HASH_MAX = 64, SERIAL_MAX = 32 };
    while (serial.n > 1 && serial.p[0] == 0) {
        serial = span_sub(serial, 1, serial.n);
    }
    if (issuer_key_hash.n == 0 || issuer_key_hash.n > HASH_MAX || serial.n > SERIAL_MAX) {
        out[0] = 0;
        return;
    }
    size_t n = 2 * issuer_key_hash.n;
    (void)hash_hex(issuer_key_hash, false, out);
    out[n] = ':';
    (void)hash_hex(serial, false, out + n + 1);
}
