/*
 * device_keys - `satyapan trust import-device-keys` (device_keys.c).
 */
#ifndef CLI_DEVICE_KEYS_H
#define CLI_DEVICE_KEYS_H

#include "base/arena.h"

/* Adds the lists in the files to those of the trust directory. Returns an exit code. */
int import_device_keys(struct arena *a, const char *dir, const char *source, char **files,
                       int count);

#endif
