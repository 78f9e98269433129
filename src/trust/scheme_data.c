/*
 * scheme_data - see scheme_data.h.
 */
#include "trust/scheme_data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 4 << 20, FILES_MAX = 200, NAME_MAX_HERE = 128 };

static int refuse(char error[SCHEME_DATA_ERROR], const char *path, const char *why)
{
    (void)snprintf(error, SCHEME_DATA_ERROR, "%s: %s", path, why);
    return 1;
}

/* A file as a copy in the arena. 0; 1 with error; ABSENT. */
enum { ABSENT = 2 };

static int read_all(struct arena *a, int fd, struct span *out)
{
    struct stat st;
    if (fstat(fd, &st) < 0) {
        return -1;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
        errno = EFBIG;
        return -1;
    }
    size_t size = (size_t)st.st_size, n = 0;
    uint8_t *bytes = arena_alloc(a, size + 1);
    if (!bytes) {
        errno = ENOMEM;
        return -1;
    }
    while (n < size) {
        ssize_t got = read(fd, bytes + n, size - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            errno = got < 0 ? errno : EIO;
            return -1;
        }
        n += (size_t)got;
    }
    *out = span_make(bytes, n);
    return 0;
}

static int read_file(struct arena *a, const char *path, struct span *out,
                     char error[SCHEME_DATA_ERROR])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? ABSENT : refuse(error, path, strerror(errno));
    }
    int rc = read_all(a, fd, out), saved = errno;
    (void)close(fd);
    return rc == 0 ? 0 : saved == ENOMEM ? -1 : refuse(error, path, strerror(saved));
}

/* ---- closures -------------------------------------------------------------------------------- */

static int add_list(struct arena *a, const char *path, struct calendar *all,
                    char error[SCHEME_DATA_ERROR])
{
    char why[CALENDAR_ERROR];
    struct span csv;
    struct calendar list;
    int rc = read_file(a, path, &csv, error);
    if (rc) {
        return rc;
    }
    if ((rc = calendar_parse(a, csv, &list, why)) != 0) {
        return rc < 0 ? rc : refuse(error, path, why);
    }
    return calendar_merge(a, all, &list, all, NULL);
}

static bool is_csv(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && n < NAME_MAX_HERE && name[0] != '.' && strcmp(name + n - 4, ".csv") == 0;
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The lists of a folder in the order of their names; none when it is not there. */
static int list_names(struct arena *a, const char *folder, const char *names[FILES_MAX],
                      size_t *count, char error[SCHEME_DATA_ERROR])
{
    DIR *dir = opendir(folder);
    struct dirent *e;
    int rc = 0;
    *count = 0;
    if (!dir) {
        return errno == ENOENT || errno == ENOTDIR ? 0 : refuse(error, folder, strerror(errno));
    }
    while (rc == 0 && (e = readdir(dir)) != NULL) {
        if (is_csv(e->d_name) && *count == FILES_MAX) {
            rc = refuse(error, folder, "too many closure lists");
        } else if (is_csv(e->d_name)) {
            names[*count] = arena_printf(a, "%s/%s", folder, e->d_name);
            rc = names[(*count)++] ? 0 : -1;
        }
    }
    (void)closedir(dir);
    qsort(names, *count, sizeof *names, by_name);
    return rc;
}

static int add_folder(struct arena *a, const char *parent, struct calendar *all,
                      char error[SCHEME_DATA_ERROR])
{
    const char *names[FILES_MAX];
    size_t count;
    char *folder = arena_printf(a, "%s/calendars", parent);
    int rc = folder ? list_names(a, folder, names, &count, error) : -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = add_list(a, names[i], all, error);
        rc = rc == ABSENT ? 0 : rc;
    }
    return rc;
}

int scheme_data_calendar(struct arena *a, const char *trust, const char *data, struct calendar *out,
                         char error[SCHEME_DATA_ERROR])
{
    *out = (struct calendar){0};
    error[0] = 0;
    int rc = add_folder(a, trust, out, error);
    return rc == 0 && data ? add_folder(a, data, out, error) : rc;
}

int scheme_data_own_closures(struct arena *a, const char *data, struct calendar *out,
                             char error[SCHEME_DATA_ERROR])
{
    char *path = arena_printf(a, "%s/calendars/%s", data, SCHEME_OWN_CLOSURES);
    *out = (struct calendar){0};
    int rc = path ? add_list(a, path, out, error) : -1;
    return rc == ABSENT ? 0 : rc;
}

/* ---- settings and required documents --------------------------------------------------------- */

/* The body's own file, else the shipped one. */
static int read_either(struct arena *a, const char *trust, const char *data, const char *name,
                       const char **path, struct span *out, char error[SCHEME_DATA_ERROR])
{
    int rc = ABSENT;
    *path = "";
    if (data) {
        *path = arena_printf(a, "%s/%s", data, name);
        rc = *path ? read_file(a, *path, out, error) : -1;
    }
    if (rc == ABSENT) {
        *path = arena_printf(a, "%s/%s", trust, name);
        rc = *path ? read_file(a, *path, out, error) : -1;
    }
    return rc == ABSENT ? refuse(error, *path, "is missing") : rc;
}

int scheme_data_load(struct arena *a, const char *trust, const char *data, struct scheme_data *out,
                     char error[SCHEME_DATA_ERROR])
{
    char why[SCHEME_ERROR];
    const char *path;
    struct span json;
    int rc = scheme_data_calendar(a, trust, data, &out->calendar, error);
    rc = rc ? rc : read_either(a, trust, data, "scheme.json", &path, &json, error);
    if (rc == 0 && (rc = scheme_settings_read(a, json, &out->settings, why)) > 0) {
        (void)refuse(error, path, why);
    }
    rc = rc ? rc : read_either(a, trust, data, "required-documents.json", &path, &json, error);
    if (rc == 0 && (rc = scheme_required_read(a, json, &out->required, why)) > 0) {
        (void)refuse(error, path, why);
    }
    return rc;
}
