/* One buffer for one file at a time. A folder that cannot be read has no examples, which the
 * callers refuse. */
#include "support/message.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX ".json"

/* False when name does not end in .json or the file cannot be read whole. */
static bool example_read(const char *folder, const char *name, struct example *ret_example) {
    const size_t length = strlen(name);
    const size_t stem = length > strlen(SUFFIX) ? length - strlen(SUFFIX) : 0;
    if (stem == 0 || stem >= sizeof ret_example->name || strcmp(name + stem, SUFFIX) != 0) {
        return false;
    }
    memcpy(ret_example->name, name, stem);
    ret_example->name[stem] = '\0';
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rbe");
    if (!file) {
        return false;
    }
    ret_example->length = fread(ret_example->bytes, 1, sizeof ret_example->bytes, file);
    const bool whole = feof(file) && !ferror(file);
    (void)fclose(file);
    return whole;
}

size_t examples_each(const char *folder, void (*visit)(const struct example *example)) {
    static struct example example;
    DIR *directory = opendir(folder);
    if (!directory) {
        return 0;
    }
    size_t count = 0;
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (example_read(folder, entry->d_name, &example)) {
            visit(&example);
            count++;
        }
    }
    (void)closedir(directory);
    return count;
}
