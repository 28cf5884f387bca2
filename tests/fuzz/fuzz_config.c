/*
 * Configuration files: any bytes are refused with the file's name, or fill every key within its
 * range; either way nothing leaks. The file lives in memory (memfd_create).
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/config.h"

struct settings {
    char *name;
    char *certificate;
    int64_t lanes;
    bool fast;
    struct tw_config_list listen;
};

static const struct tw_config_key keys[] = {
    {"server", "name", TW_CONFIG_STRING, offsetof(struct settings, name), "x", 0, 0, "name"},
    {"server", "listen", TW_CONFIG_LIST, offsetof(struct settings, listen), "", 0, 0, "addresses"},
    {"tls", "certificate", TW_CONFIG_PATH, offsetof(struct settings, certificate), "c", 0, 0,
     "PEM"},
    {"limits", "lanes", TW_CONFIG_INT, offsetof(struct settings, lanes), "2", 1, 16, "lanes"},
    {"limits", "fast", TW_CONFIG_BOOL, offsetof(struct settings, fast), "no", 0, 0, "or safe"},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

static void load(const char *path) {
    struct settings settings = {0};
    struct tw_error error = {0};
    const struct tw_status status = tw_config_load(path, keys, KEY_COUNT, &settings, &error);
    if (!tw_ok(status)) {
        tw_assert(strncmp(error.detail, path, strlen(path)) == 0);
        tw_assert(!settings.name && !settings.certificate && settings.listen.count == 0);
        return;
    }
    tw_assert(settings.name && settings.certificate && settings.certificate[0] == '/');
    tw_assert(settings.lanes >= 1 && settings.lanes <= 16);
    tw_assert(settings.listen.count <= TW_CONFIG_LIST_MAX);
    tw_config_free(keys, KEY_COUNT, &settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const int file = memfd_create("fuzz_config", 0);
    char path[64];
    tw_assert(file >= 0);
    tw_assert(write(file, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    load(path);
    (void)close(file);
    return 0;
}
