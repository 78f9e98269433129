/*
 * first - the account of the first start, and the actor of commands.
 */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "office/people/inside.h"
#include "records/audit.h"

static int add_admin(struct records *r, const char *stored, int64_t now)
{
    struct person p = {.firm = UTC_NONE,
                       .roles = ROLE_ADMIN | ROLE_INTAKE,
                       .must_change = true,
                       .created_at = now,
                       .login = "admin",
                       .name = "Administrator"};
    (void)snprintf(p.password, sizeof p.password, "%s", stored);
    if (person_add(r, &p) < 0) {
        return -1;
    }
    struct audit_row row = {.at = now,
                            .person = UTC_NONE,
                            .actor = "satyapan",
                            .action = "person.first",
                            .subject = "person:1",
                            .application = UTC_NONE};
    return audit_append(r, &row) < 0 ? -1 : 0;
}

int people_first(struct people *p, struct records *r, int64_t now, char *password)
{
    char stored[PERSON_PASSWORD], code[SECRET_CODE];
    int64_t count = person_count(r);
    if (count != 0) {
        return count < 0 ? -1 : 0;
    }
    if (secret_code(code) != 0 || people_hash(p, code, stored) != 0 || records_begin(r) != 0) {
        return -1;
    }
    /* Another program may have been faster. */
    count = person_count(r);
    bool good = count == 0 && add_admin(r, stored, now) == 0;
    bool kept = records_commit(r, good) == 0 && good;
    (void)snprintf(password, PEOPLE_COOKIE, "%s", kept ? code : "");
    OPENSSL_cleanse(code, sizeof code);
    return kept ? 1 : count > 0 ? 0 : -1;
}

void people_operator(struct actor *out)
{
    const struct passwd *user = getpwuid(getuid());
    *out = (struct actor){.person = UTC_NONE, .roles = ROLE_OFFICER, .firm = UTC_NONE};
    if (user) {
        (void)snprintf(out->login, sizeof out->login, "operator:%s", user->pw_name);
    } else {
        (void)snprintf(out->login, sizeof out->login, "operator:%lu", (unsigned long)getuid());
    }
    (void)snprintf(out->name, sizeof out->name, "%s", out->login);
}
