/*
 * wire - see wire.h.
 */
#include "sandbox/wire.h"

#include <errno.h>
#include <unistd.h>

static const uint8_t magic[4] = {'S', 'P', 'R', '1'};

bool wire_header(size_t n, uint8_t out[WIRE_HEADER])
{
    if (n > UINT32_MAX) {
        return false;
    }
    memcpy(out, magic, sizeof magic);
    for (unsigned i = 0; i < 4; i++) {
        out[4 + i] = (uint8_t)(n >> (24 - 8 * i));
    }
    return true;
}

struct span wire_body(struct span frame)
{
    if (frame.n < WIRE_HEADER || memcmp(frame.p, magic, sizeof magic) != 0) {
        return SPAN_NONE;
    }
    size_t n = 0;
    for (unsigned i = 0; i < 4; i++) {
        n = n << 8 | frame.p[4 + i];
    }
    return n == frame.n - WIRE_HEADER ? span_sub(frame, WIRE_HEADER, n) : SPAN_NONE;
}

int wire_write(int fd, struct span data)
{
    while (data.n) {
        ssize_t n = write(fd, data.p, data.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return -1;
        }
        data = span_sub(data, (size_t)n, data.n);
    }
    return 0;
}
