/*
 * complain - what went wrong, one sentence on stderr, as every command tells it.
 */
#ifndef CLI_COMPLAIN_H
#define CLI_COMPLAIN_H

/* Who speaks from now on; a literal. "satyapan" until it is called. */
void complain_as(const char *name);

/* "satyapan: ..." and a newline. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The last one without the name in front, perhaps cut short; "" when there was none. */
const char *complaint(void);

#endif
