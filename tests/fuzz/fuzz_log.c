/*
 * Log lines: whatever a value holds, the line is one JSON object with the value as text, or a note
 * that it was left out, and with no member that was not meant.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/log.h"

/* Writes one line into memory by way of standard error; answers its length. */
static size_t log_line(const char *text, char *line, size_t size) {
    static int memory = -1;
    static int terminal = -1;
    if (memory < 0) {
        memory = memfd_create("fuzz_log", 0);
        terminal = dup(STDERR_FILENO);
        tw_assert(memory >= 0 && terminal >= 0);
    }
    tw_assert(ftruncate(memory, 0) == 0 && lseek(memory, 0, SEEK_SET) == 0);
    tw_assert(dup2(memory, STDERR_FILENO) >= 0);
    tw_log(TW_LOG_WARN, "fuzzed", TW_STR("value", text));
    tw_assert(dup2(terminal, STDERR_FILENO) >= 0);
    const ssize_t length = pread(memory, line, size, 0);
    tw_assert(length > 0);
    return (size_t)length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char line[8192];
    char *text = strndup((const char *)data, size);
    tw_assert(text);
    const size_t length = log_line(text, line, sizeof line);
    tw_assert(memchr(line, '\n', length) == line + length - 1);
    json_t *json = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    tw_assert(json_is_string(json_object_get(json, "value")) ||
              json_is_true(json_object_get(json, "truncated")));
    tw_assert(strcmp(json_string_value(json_object_get(json, "message")), "fuzzed") == 0);
    tw_assert(strcmp(json_string_value(json_object_get(json, "level")), "warn") == 0);
    tw_assert(json_object_size(json) == 5);
    json_decref(json);
    free(text);
    return 0;
}
