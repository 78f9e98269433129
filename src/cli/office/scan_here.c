/*
 * scan_here - see scan_here.h.
 */
#include "cli/office/scan_here.h"

#include <string.h>
#include <time.h>

#include "cli/progress.h"
#include "office/intake/runner.h"
#include "records/scans.h"

enum { LOOK_MS = 100, SERVER_MS = 1500, STEPS_MAX = 1000, WORD = 16 };

struct state {
    char state[WORD], result[WORD];
};

static void take(const json_t *row, const char *name, char out[WORD])
{
    const char *text = json_string_value(json_object_get(row, name));
    size_t n = text ? strnlen(text, WORD - 1) : 0;
    memcpy(out, text ? text : "", n);
    out[n] = 0;
}

static enum exit_code look(struct records *r, int64_t scan, struct state *out)
{
    json_t *row = NULL;
    if (scan_get(r, scan, &row) != 0) {
        complain("the records cannot be read: %s", records_error(r));
        return EXIT_IO;
    }
    take(row, "state", out->state);
    take(row, "result", out->result);
    json_decref(row);
    return EXIT_GOOD;
}

static bool in_state(const struct state *s, const char *word)
{
    return strcmp(s->state, word) == 0;
}

static bool is_over(const struct state *s)
{
    return !in_state(s, "waiting") && !in_state(s, "running");
}

static void pause_a_moment(void)
{
    const struct timespec moment = {.tv_nsec = LOOK_MS * 1000000L};
    (void)nanosleep(&moment, NULL);
}

enum exit_code scan_here(const char *data, const struct office *office, struct records *r,
                         int64_t scan)
{
    struct runner_options o = {.data = data, .office = office};
    struct runner_step step;
    struct progress progress;
    struct state s;
    enum exit_code code = look(r, scan, &s);
    progress_start(&progress, 1);
    for (int ms = 0; code == EXIT_GOOD && in_state(&s, "waiting") && ms < SERVER_MS;
         ms += LOOK_MS) {
        pause_a_moment();
        code = look(r, scan, &s);
    }
    for (int i = 0; code == EXIT_GOOD && in_state(&s, "waiting") && i < STEPS_MAX; i++) {
        progress_say(&progress, "asking the device ...");
        if (runner_bench_once(&o, r, &step) < 0) {
            complain("the records cannot be written: %s", records_error(r));
            code = EXIT_IO;
        }
        code = code ? code : look(r, scan, &s);
    }
    while (code == EXIT_GOOD && !is_over(&s)) {
        progress_say(&progress, "the server asks the device ...");
        pause_a_moment();
        code = look(r, scan, &s);
    }
    progress_clear(&progress);
    return code                            ? code
           : strcmp(s.result, "pass") == 0 ? EXIT_GOOD
           : strcmp(s.result, "fail") == 0 ? EXIT_BAD
                                           : EXIT_UNSURE;
}
