/*
 * profile_inside - the parts a profile is read of: texts, lists of them, domains, addresses
 * (profile_item.c), for its members (profile.c).
 */
#ifndef FOREIGN_PROFILE_INSIDE_H
#define FOREIGN_PROFILE_INSIDE_H

#include "foreign/profile.h"

struct profile_reader {
    struct arena *a;
    const json_t *value;
    struct profile *out;
    char *why;
};

/* All return 0, 1 with why, or -1: memory. place: the member, for people. */
int profile_refuse(struct profile_reader *r, const char *place, const char *what) WARN_UNUSED;
int profile_text(struct profile_reader *r, const json_t *v, const char *place,
                 const char **out) WARN_UNUSED;

/* Looks at one text of a list; may put another in its place. */
typedef int (*profile_check)(struct profile_reader *r, const char *place, const char **item);
int profile_texts(struct profile_reader *r, const char *place, const json_t *v, profile_check check,
                  struct profile_list *out) WARN_UNUSED;

int profile_check_folded(struct profile_reader *r, const char *place, const char **item);
int profile_check_domain(struct profile_reader *r, const char *place, const char **item);
int profile_check_host(struct profile_reader *r, const char *place, const char **item);
/* An https address inside the domains, with at most one place to fill. */
int profile_check_template(struct profile_reader *r, const char *place, const char **item);

int profile_mail_domains(struct profile_reader *r, const char *place, const json_t *v) WARN_UNUSED;

#endif
