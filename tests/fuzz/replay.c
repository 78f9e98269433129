/*
 * replay - runs a fuzz harness once over every file named, or in every folder named, without
 * libFuzzer.
 *
 * Prints how many inputs were run; a finding shows itself as a crash or a sanitizer report. What it
 * does not do: go into folders below the ones named.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned ran;

/* Returns 0, or -1 when the file cannot be read. */
static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) {
        perror(path);
        return -1;
    }
    long size = ftell(f);
    rewind(f);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    size_t got = data && size > 0 ? fread(data, 1, (size_t)size, f) : 0;
    fclose(f);
    LLVMFuzzerTestOneInput(data, got);
    free(data);
    ran++;
    return size >= 0 && got == (size_t)size ? 0 : -1;
}

static int replay(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) {
        return replay_file(path);
    }
    int result = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char name[4096];
        int n = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof name) {
            continue;
        }
        result |= replay_file(name);
    }
    closedir(dir);
    return result;
}

int main(int argc, char **argv)
{
    int result = 0;
    for (int i = 1; i < argc; i++) {
        result |= replay(argv[i]);
    }
    printf("%u passed, %d failed, 0 skipped\n", ran, result ? 1 : 0);
    return result || ran == 0 ? 1 : 0;
}
