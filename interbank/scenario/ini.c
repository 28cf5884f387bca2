/* Line by line; comments and what is not ours stay as they are. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/network.h"

static bool sets(const char *line, size_t length, const char *key) {
    size_t name = strlen(key);
    return length > name && strncmp(line, key, name) == 0 && strchr(" =", line[name]) != NULL;
}

static void add_values(char **out, const char *key, const char *const values[]) {
    for (size_t i = 0; values[i] != NULL; i++)
        scn_append(out, "%s = %s\n", key, values[i]);
}

void scn_ini_set(const char *file, const char *section, const char *key,
                 const char *const values[]) {
    SCN_OWNED text = scn_read_file(file, 65536, NULL);
    SCN_OWNED out = scn_copy("");
    SCN_OWNED header = scn_format("[%s]", section);
    bool inside = false;
    bool done = false;
    for (const char *at = text != NULL ? text : ""; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        if (*at == '[')
            inside = strlen(header) == length && strncmp(at, header, length) == 0;
        if (!inside || !sets(at, length, key))
            scn_append(&out, "%.*s\n", (int)length, at);
        if (inside && *at == '[' && !done) {
            add_values(&out, key, values);
            done = true;
        }
        at += length + (at[length] == '\n');
    }
    if (!done) {
        scn_append(&out, "\n%s\n", header);
        add_values(&out, key, values);
    }
    struct tw_error error = {0};
    if (!tw_ok(scn_write_file(file, out, &error)))
        (void)fprintf(stderr, "%s\n", error.detail);
}

void scn_ini_set_number(const char *file, const char *section, const char *key, int64_t value) {
    SCN_OWNED text = scn_format("%" PRId64, value);
    scn_ini_set(file, section, key, (const char *const[]){text, NULL});
}
