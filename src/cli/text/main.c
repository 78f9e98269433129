/*
 * main - satyapan-text: see text.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/text/text.h"
#include "satyapan/verify.h"

enum { EXIT_UNREADABLE = 1, EXIT_OURS = 2 };

bool place_parse(const char *text, struct place *out)
{
    *out = (struct place){.count = 0};
    if (strcmp(text, "-") == 0) {
        return true;
    }
    while (out->count < TEXT_PLACE_MAX) {
        char *end;
        unsigned long long n = strtoull(text, &end, 10);
        if (end == text || *text == '-' || *text == '+') {
            return false;
        }
        out->indexes[out->count++] = (size_t)n;
        if (*end == 0) {
            return true;
        }
        if (*end != '.') {
            return false;
        }
        text = end + 1;
    }
    return false;
}

static bool map_input(struct span *out)
{
    struct stat st;
    if (fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0) {
        return false;
    }
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
    *out = span_make(p, (size_t)st.st_size);
    return p != MAP_FAILED;
}

static int take_member(struct span document, const char *size, const char *text)
{
    struct place place;
    struct room room;
    struct stat st;
    char *end;
    unsigned long long n = strtoull(size, &end, 10);
    if (*end || !place_parse(text, &place) || place.count == 0 || fstat(3, &st) != 0 ||
        (unsigned long long)st.st_size != n || room_make(&room, 3, (size_t)n) != 0) {
        return EXIT_OURS;
    }
    int rc = member_take(document, &place, &room);
    room_free(&room);
    return rc < 0 ? EXIT_OURS : rc;
}

int main(int argc, char **argv)
{
    struct span document;
    (void)syscall(436, 4u, ~0u, 0); /* close_range: what a caller with threads left open */
    if (sp_init() != 0 || argc < 2 || !map_input(&document)) {
        return EXIT_OURS;
    }
    if (strcmp(argv[1], "member") == 0 && argc == 4) {
        return take_member(document, argv[2], argv[3]);
    }
    if (strcmp(argv[1], "words") == 0 && argc <= 3) {
        return words_run(document, argc == 3 ? argv[2] : "");
    }
    (void)fputs("satyapan-text: started by the programs of the certification body only\n", stderr);
    return EXIT_OURS;
}
