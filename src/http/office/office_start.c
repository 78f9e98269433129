/*
 * office_start - see office_start.h.
 */
#include "http/office/office_start.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>

#include "office/office.h"
#include "office/people/people.h"

enum { MEMORY = 1 << 20 };

struct opened {
    struct arena *arena;
    struct office office;
    struct records *records;
    struct people *people;
};

static void close_all(struct opened *o)
{
    people_close(o->people);
    records_close(o->records);
    arena_free(o->arena);
}

static int code_of(int error)
{
    return error == EACCES || error == EPERM || error == EROFS ? EX_NOPERM
           : error == 0                                        ? EX_DATAERR
                                                               : EX_IOERR;
}

static int open_all(const struct settings *s, struct opened *o)
{
    char why[RECORDS_WHY];
    int code = EX_OSERR;
    struct stat st;
    if (stat(s->data, &st) == 0 && !S_ISDIR(st.st_mode)) {
        (void)fprintf(stderr, "satyapan serve: %s is no folder\n", s->data);
        return EX_IOERR;
    }
    *o = (struct opened){.arena = arena_new(MEMORY)};
    (void)snprintf(why, sizeof why, "memory is out");
    if (o->arena) {
        code = office_read(o->arena, s->data, &o->office, why) == 0 ? -1 : EX_DATAERR;
        o->office.trust = s->trust;
    }
    errno = 0;
    if (code < 0 && records_open(s->data, (int64_t)time(NULL), &o->records, why) != 0) {
        code = code_of(errno);
    }
    errno = 0;
    if (code < 0 && people_open(s->data, &o->office, s->trust, &o->people, why) != 0) {
        code = code_of(errno);
    }
    if (code >= 0) {
        (void)fprintf(stderr, "satyapan serve: the records in %s cannot be used: %s\n", s->data,
                      why);
        close_all(o);
    }
    return code;
}

int office_start_check(const struct settings *s)
{
    struct opened o;
    int code = open_all(s, &o);
    if (code < 0) {
        close_all(&o);
    }
    return code;
}

int office_start_first(const struct settings *s)
{
    char password[PEOPLE_COOKIE];
    struct opened o;
    int code = open_all(s, &o);
    if (code >= 0) {
        return code;
    }
    int made = people_first(o.people, o.records, (int64_t)time(NULL), password);
    if (made == 1) {
        (void)printf("The first officer logs in at /office as \"admin\" with the one-time password "
                     "%s\n",
                     password);
        (void)fflush(stdout);
    } else if (made < 0) {
        (void)fprintf(stderr, "satyapan serve: the first officer cannot be made: %s\n",
                      records_error(o.records));
        code = EX_IOERR;
    }
    close_all(&o);
    return code;
}
