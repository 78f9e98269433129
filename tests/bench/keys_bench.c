/*
 * keys_bench - signatures a second through the key process: `keys_bench KEY PINFILE [COUNT]`.
 * Prints signatures a second of wall-clock time, and the milliseconds until the key is open.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "keys/keys.h"

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    char why[KEYS_WHY];
    struct signer *s;
    uint8_t text[120] = {1}, out[KEYS_SIGNATURE_MAX];
    size_t size;
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : 600;
    int pin = argc > 2 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
    const struct signer_options o = {.uri = argc > 1 ? argv[1] : "", .pin = pin};
    double start = now_ms();
    if (signer_open(&o, &s, why) != KEYS_OK) {
        (void)fprintf(stderr, "keys_bench: %s\n", why);
        return 1;
    }
    double open_ms = now_ms() - start;
    start = now_ms();
    for (long i = 0; i < count; i++) {
        text[1] = (uint8_t)i;
        if (signer_sign(s, span_make(text, sizeof text), out, &size, why) != KEYS_OK) {
            (void)fprintf(stderr, "keys_bench: %s\n", why);
            return 1;
        }
    }
    (void)printf("%.1f %.2f\n", (double)count / (now_ms() - start) * 1e3, open_ms);
    signer_close(s);
    return 0;
}
