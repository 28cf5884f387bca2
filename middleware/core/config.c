/*
 * libinih splits lines into section, key and value; this file feeds it the lines, so that it knows
 * their numbers (the library does not tell), and judges what comes out. Reading line by line also
 * lets it refuse what the library would silently cut or skip: long lines, NUL bytes, and headings
 * of unknown sections that have no keys. The first error wins and carries "file:line: ".
 */
#include "core/config.h"

#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 1024
#define KEYS_MAX       128

struct loader {
    FILE *file;
    const char *path;
    const struct tw_config_key *keys;
    size_t count;
    char *config;
    bool seen[KEYS_MAX];
    int line;
    struct tw_status status;
    struct tw_error *error;
};

static void *field_of(const struct tw_config_key *key, void *config) {
    return (char *)config + key->offset;
}

static bool is_text(const struct tw_config_key *key) {
    return key->kind == TW_CONFIG_STRING || key->kind == TW_CONFIG_PATH;
}

/* Puts file and line before the reason that is in *error, and remembers that loading failed. */
static void refuse(struct loader *loader, const char *reason) {
    loader->status =
        tw_fail(loader->error, TW_E_CONFIG, "%s:%d: %s", loader->path, loader->line, reason);
}

static struct tw_status set_text(const struct tw_config_key *key, const char *path,
                                 const char *value, char **ret_text, struct tw_error *ret_error) {
    const char *slash = strrchr(path, '/');
    const bool relative = key->kind == TW_CONFIG_PATH && value[0] != '/' && value[0] != '\0';
    const size_t folder = relative && slash ? (size_t)(slash - path) + 1 : 0;
    const size_t length = strlen(value);
    char *text = malloc(folder + length + 1);
    if (!text) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "configuration");
    }
    memcpy(text, path, folder);
    memcpy(text + folder, value, length + 1);
    free(*ret_text);
    *ret_text = text;
    return tw_success();
}

static struct tw_status set_integer(const struct tw_config_key *key, const char *value,
                                    int64_t *ret_integer, struct tw_error *ret_error) {
    char *end;
    errno = 0;
    const long long integer = strtoll(value, &end, 10);
    const bool digit_first = value[0] == '-' || (value[0] >= '0' && value[0] <= '9');
    if (!digit_first || end == value || *end != '\0') {
        return tw_fail(ret_error, TW_E_CONFIG, "[%s] %s: not an integer", key->section, key->key);
    }
    if (errno == ERANGE || integer < key->min || integer > key->max) {
        return tw_fail(ret_error, TW_E_CONFIG, "[%s] %s: not between %" PRId64 " and %" PRId64,
                       key->section, key->key, key->min, key->max);
    }
    *ret_integer = integer;
    return tw_success();
}

static struct tw_status set_bool(const struct tw_config_key *key, const char *value, bool *ret_bool,
                                 struct tw_error *ret_error) {
    const bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0) {
        return tw_fail(ret_error, TW_E_CONFIG, "[%s] %s: not yes or no", key->section, key->key);
    }
    *ret_bool = yes;
    return tw_success();
}

static struct tw_status add_item(const struct tw_config_key *key, const char *value,
                                 struct tw_config_list *list, struct tw_error *ret_error) {
    if (list->count == TW_CONFIG_LIST_MAX) {
        return tw_fail(ret_error, TW_E_CONFIG, "[%s] %s: more than %d times", key->section,
                       key->key, TW_CONFIG_LIST_MAX);
    }
    char *item = strdup(value);
    if (!item) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "configuration");
    }
    list->items[list->count++] = item;
    return tw_success();
}

static struct tw_status set_field(const struct tw_config_key *key, const char *path,
                                  const char *value, void *config, struct tw_error *ret_error) {
    switch (key->kind) {
    case TW_CONFIG_STRING:
    case TW_CONFIG_PATH:
        return set_text(key, path, value, field_of(key, config), ret_error);
    case TW_CONFIG_INT:
        return set_integer(key, value, field_of(key, config), ret_error);
    case TW_CONFIG_BOOL:
        return set_bool(key, value, field_of(key, config), ret_error);
    case TW_CONFIG_LIST:
        return add_item(key, value, field_of(key, config), ret_error);
    }
    tw_assert(false);
    return tw_success();
}

static bool section_known(const struct loader *loader, const char *name, size_t length) {
    for (size_t i = 0; i < loader->count; i++) {
        const char *section = loader->keys[i].section;
        if (strlen(section) == length && memcmp(section, name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* libinih's handler: one key and value. Returns 0 to stop. */
static int on_key(void *user, const char *section, const char *name, const char *value) {
    struct loader *loader = user;
    for (size_t i = 0; i < loader->count; i++) {
        const struct tw_config_key *key = &loader->keys[i];
        if (strcmp(key->section, section) != 0 || strcmp(key->key, name) != 0) {
            continue;
        }
        struct tw_error error = {0};
        if (loader->seen[i] && key->kind != TW_CONFIG_LIST) {
            (void)snprintf(error.detail, sizeof error.detail, "[%s] %s: given twice", section,
                           name);
            refuse(loader, error.detail);
        } else if (value[0] == '\0') {
            (void)snprintf(error.detail, sizeof error.detail, "[%s] %s: empty", section, name);
            refuse(loader, error.detail);
        } else if (!tw_ok(set_field(key, loader->path, value, loader->config, &error))) {
            refuse(loader, error.detail);
        }
        loader->seen[i] = true;
        return tw_ok(loader->status);
    }
    char reason[160];
    (void)snprintf(reason, sizeof reason, "[%.50s] %.50s: unknown key", section, name);
    refuse(loader, reason);
    return 0;
}

/* A heading must name a section of the schema; libinih itself accepts any. */
static bool heading_allowed(struct loader *loader, const char *line) {
    const char *start = line + strspn(line, " \t");
    if (*start != '[') {
        return true;
    }
    start++;
    const size_t length = strcspn(start, "]\r\n");
    if (start[length] == ']' && section_known(loader, start, length)) {
        return true;
    }
    refuse(loader, "unknown section");
    return false;
}

/* libinih's reader, in the manner of fgets: NULL ends the input, at its end or at an error. */
static char *next_line(char *buffer, int size, void *stream) {
    struct loader *loader = stream;
    if (!tw_ok(loader->status)) {
        return NULL;
    }
    size_t length = 0;
    int byte = 0;
    while (byte != '\n' && length + 1 < (size_t)size && (byte = fgetc(loader->file)) != EOF) {
        if (byte == '\0') {
            loader->line++;
            refuse(loader, "NUL byte");
            return NULL;
        }
        buffer[length++] = (char)byte;
    }
    buffer[length] = '\0';
    if (length == 0) {
        return NULL;
    }
    loader->line++;
    if (byte != '\n' && byte != EOF) {
        refuse(loader, "line is too long");
        return NULL;
    }
    return heading_allowed(loader, buffer) ? buffer : NULL;
}

static struct tw_status set_defaults(struct loader *loader) {
    for (size_t i = 0; i < loader->count; i++) {
        const struct tw_config_key *key = &loader->keys[i];
        if (loader->seen[i]) {
            continue;
        }
        if (!key->fallback) {
            return tw_fail(loader->error, TW_E_CONFIG, "%s: [%s] %s is missing", loader->path,
                           key->section, key->key);
        }
        if (key->kind == TW_CONFIG_LIST && key->fallback[0] == '\0') {
            continue;
        }
        const struct tw_status set =
            set_field(key, loader->path, key->fallback, loader->config, loader->error);
        if (!tw_ok(set)) {
            return set;
        }
    }
    return tw_success();
}

static struct tw_status read_file(struct loader *loader) {
    ini_max_line = LINE_BYTES_MAX;
    ini_allow_multiline = false;
    ini_stop_on_first_error = true;
    const int first_bad_line = ini_parse_stream(next_line, loader, on_key, loader);
    if (!tw_ok(loader->status)) {
        return loader->status;
    }
    if (ferror(loader->file)) {
        return tw_fail(loader->error, TW_E_CONFIG, "%s: cannot be read", loader->path);
    }
    if (first_bad_line != 0) {
        return tw_fail(loader->error, TW_E_CONFIG, "%s:%d: neither [section] nor key = value",
                       loader->path, first_bad_line);
    }
    return set_defaults(loader);
}

static void clear_fields(const struct tw_config_key *keys, size_t count, void *config) {
    for (size_t i = 0; i < count; i++) {
        if (is_text(&keys[i])) {
            char *none = NULL;
            memcpy(field_of(&keys[i], config), &none, sizeof none);
        } else if (keys[i].kind == TW_CONFIG_LIST) {
            memset(field_of(&keys[i], config), 0, sizeof(struct tw_config_list));
        }
    }
}

struct tw_status tw_config_load(const char *path, const struct tw_config_key *keys, size_t count,
                                void *ret_config, struct tw_error *ret_error) {
    tw_assert(count <= KEYS_MAX);
    clear_fields(keys, count, ret_config);
    FILE *file = fopen(path, "re");
    if (!file) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: %s", path, strerror(errno));
    }
    struct loader loader = {
        .file = file,
        .path = path,
        .keys = keys,
        .count = count,
        .config = ret_config,
        .error = ret_error,
    };
    const struct tw_status status = read_file(&loader);
    (void)fclose(file);
    if (!tw_ok(status)) {
        tw_config_free(keys, count, ret_config);
    }
    return status;
}

void tw_config_free(const struct tw_config_key *keys, size_t count, void *config) {
    for (size_t i = 0; i < count; i++) {
        if (is_text(&keys[i])) {
            char **text = field_of(&keys[i], config);
            free(*text);
        } else if (keys[i].kind == TW_CONFIG_LIST) {
            struct tw_config_list *list = field_of(&keys[i], config);
            for (size_t item = 0; item < list->count; item++) {
                free(list->items[item]);
            }
        }
    }
    clear_fields(keys, count, config);
}

void tw_config_help(FILE *out, const struct tw_config_key *keys, size_t count) {
    static const char *const kinds[] = {"text", "path", "integer", "yes or no", "list"};
    const char *section = "";
    for (size_t i = 0; i < count; i++) {
        const struct tw_config_key *key = &keys[i];
        if (strcmp(section, key->section) != 0) {
            (void)fprintf(out, "%s[%s]\n", i > 0 ? "\n" : "", key->section);
            section = key->section;
        }
        (void)fprintf(out, "; %s\n; %s", key->help, kinds[key->kind]);
        if (key->kind == TW_CONFIG_INT) {
            (void)fprintf(out, ", %" PRId64 " to %" PRId64, key->min, key->max);
        }
        if (!key->fallback) {
            (void)fprintf(out, ", required\n%s =\n", key->key);
        } else {
            (void)fprintf(out, "\n;%s = %s\n", key->key, key->fallback);
        }
    }
}
