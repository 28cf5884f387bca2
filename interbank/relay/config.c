/* Read member by member; on the way up an error gets the place it was found at. */
#include "relay/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/member.h"
#include "wire/json.h"

enum { FILE_BYTES_MAX = 4 << 20, PATH_BYTES_MAX = 1024, ADDRESS_BYTES_MAX = 128 };

static const struct tw_json_limits json_limits = {
    .bytes = FILE_BYTES_MAX, .depth = 6, .values = 200000};

/* --- pieces --------------------------------------------------------------------------------- */

static struct tw_status no_memory(struct tw_error *ret_error) {
    return tw_fail(ret_error, TW_E_NO_MEMORY, "configuration");
}

static struct tw_status copy_path(const char *path, const char *folder, char **ret_path,
                                  struct tw_error *ret_error) {
    int made =
        path[0] == '/' ? asprintf(ret_path, "%s", path) : asprintf(ret_path, "%s/%s", folder, path);
    if (made < 0) {
        *ret_path = NULL;
        return no_memory(ret_error);
    }
    return tw_success();
}

/* fallback may be NULL: then the member must be there. */
static struct tw_status read_path(const json_t *object, const char *name, const char *fallback,
                                  const char *folder, char **ret_path, struct tw_error *ret_error) {
    const char *path = fallback;
    struct tw_status status = rl_member_text(object, name, PATH_BYTES_MAX, &path, ret_error);
    return tw_ok(status) ? copy_path(path, folder, ret_path, ret_error) : status;
}

static struct tw_status read_credentials(const json_t *link, const char *name, const char *folder,
                                         struct rl_credentials *credentials,
                                         struct tw_error *ret_error) {
    static const char *const names[] = {"certificate", "key", NULL};
    json_t *object = json_object_get(link, name);
    struct tw_status status = rl_member_only(object, names, ret_error);
    if (tw_ok(status)) {
        status =
            read_path(object, "certificate", NULL, folder, &credentials->certificate, ret_error);
    }
    if (tw_ok(status)) {
        status = read_path(object, "key", NULL, folder, &credentials->key, ret_error);
    }
    return tw_ok(status) || ret_error == NULL ? status : tw_wrap(ret_error, "%s", name);
}

static struct tw_status read_addresses(const json_t *link, const char *name,
                                       char *addresses[RL_ADDRESSES_MAX], size_t *ret_count,
                                       struct tw_error *ret_error) {
    const json_t *list = json_object_get(link, name);
    size_t count = json_array_size(list);
    bool good = count > 0 && count <= RL_ADDRESSES_MAX;
    for (size_t i = 0; i < count && good; i++) {
        const json_t *item = json_array_get(list, i);
        const char *text = json_string_value(item);
        size_t length = json_string_length(item);
        good = text != NULL && length > 0 && length <= ADDRESS_BYTES_MAX && strlen(text) == length;
        addresses[i] = good ? strdup(text) : NULL;
        if (good && addresses[i] == NULL) {
            return no_memory(ret_error);
        }
        *ret_count += good;
    }
    if (!good) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: not a list of 1 to %d addresses host:port",
                       name, RL_ADDRESSES_MAX);
    }
    return tw_success();
}

static struct tw_status read_kind(const json_t *link, enum tw_identity_kind *ret_kind,
                                  struct tw_error *ret_error) {
    static const char *const words[] = {"any", "bank", "middleware", "agent", NULL};
    static const enum tw_identity_kind kinds[] = {TW_ID_NONE, TW_ID_BANK, TW_ID_MIDDLEWARE,
                                                  TW_ID_AGENT};
    int index = 0;
    struct tw_status status = rl_member_word(link, "expect", words, &index, ret_error);
    *ret_kind = kinds[index];
    return status;
}

/* --- links ---------------------------------------------------------------------------------- */

struct source {
    json_t *document;
    const char *folder;
};

static struct tw_status read_files(const struct source *source, const json_t *object,
                                   struct rl_link_config *link, struct tw_error *ret_error) {
    const char *root = json_string_value(json_object_get(source->document, "root"));
    const char *crl = json_string_value(json_object_get(source->document, "crl"));
    struct tw_status status =
        read_credentials(object, "server", source->folder, &link->server, ret_error);
    if (tw_ok(status)) {
        status = read_credentials(object, "client", source->folder, &link->client, ret_error);
    }
    if (tw_ok(status)) {
        status = read_path(object, "root", root, source->folder, &link->root, ret_error);
    }
    if (tw_ok(status)) {
        status = read_path(object, "crl", crl, source->folder, &link->crl, ret_error);
    }
    return status;
}

static struct tw_status read_name(const json_t *object, struct rl_link_config *link,
                                  struct tw_error *ret_error) {
    const char *name = NULL;
    struct tw_status status = rl_member_text(object, "name", RL_NAME_MAX, &name, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    link->name = strdup(name);
    return link->name != NULL ? status : no_memory(ret_error);
}

static struct tw_status read_link(const struct source *source, json_t *object,
                                  struct rl_link_config *link, struct tw_error *ret_error) {
    static const char *const names[] = {"name",   "listen", "to",  "server", "client",
                                        "expect", "root",   "crl", NULL};
    struct tw_status status = rl_member_only(object, names, ret_error);
    if (tw_ok(status)) {
        status = read_name(object, link, ret_error);
    }
    if (tw_ok(status)) {
        status = read_addresses(object, "listen", link->listen, &link->listen_count, ret_error);
    }
    if (tw_ok(status)) {
        status = read_addresses(object, "to", link->to, &link->to_count, ret_error);
    }
    if (tw_ok(status) && link->listen_count != 1 && link->listen_count != link->to_count) {
        status = tw_fail(ret_error, TW_E_CONFIG, "listen: neither one address nor as many as to");
    }
    if (tw_ok(status)) {
        status = read_kind(object, &link->expect, ret_error);
    }
    return tw_ok(status) ? read_files(source, object, link, ret_error) : status;
}

static struct tw_status check_name(const struct rl_config *config, size_t index,
                                   struct tw_error *ret_error) {
    for (size_t i = 0; i < index; i++) {
        if (strcmp(config->links[i].name, config->links[index].name) == 0) {
            return tw_fail(ret_error, TW_E_CONFIG, "name: that of links[%zu] too", i);
        }
    }
    return tw_success();
}

static struct tw_status read_links(const struct source *source, struct rl_config *config,
                                   struct tw_error *ret_error) {
    const json_t *list = json_object_get(source->document, "links");
    size_t count = json_array_size(list);
    if (count == 0 || count > RL_LINKS_MAX) {
        return tw_fail(ret_error, TW_E_CONFIG, "links: not a list of 1 to %d links", RL_LINKS_MAX);
    }
    config->links = calloc(count, sizeof *config->links);
    if (config->links == NULL) {
        return no_memory(ret_error);
    }
    struct tw_status status = tw_success();
    for (size_t i = 0; i < count && tw_ok(status); i++) {
        config->link_count++;
        status = read_link(source, json_array_get(list, i), &config->links[i], ret_error);
        if (tw_ok(status)) {
            status = check_name(config, i, ret_error);
        }
        if (!tw_ok(status) && ret_error != NULL) {
            status = tw_wrap(ret_error, "links[%zu]", i);
        }
    }
    return status;
}

/* --- whole ---------------------------------------------------------------------------------- */

static struct tw_status read_document(const struct source *source, struct rl_config *config,
                                      struct tw_error *ret_error) {
    static const char *const names[] = {"seed", "trace", "root", "crl", "links", NULL};
    static const char *const files[] = {"root", "crl", "trace"};
    config->seed = 1;
    struct tw_status status = rl_member_only(source->document, names, ret_error);
    if (tw_ok(status)) {
        status = rl_member_number(source->document, "seed", 0, INT64_MAX, &config->seed, ret_error);
    }
    const char *path = "";
    for (size_t i = 0; i < sizeof files / sizeof files[0] && tw_ok(status); i++) {
        path = "";
        status = rl_member_text(source->document, files[i], PATH_BYTES_MAX, &path, ret_error);
    }
    if (tw_ok(status) && path[0] != '\0') {
        status = copy_path(path, source->folder, &config->trace, ret_error);
    }
    return tw_ok(status) ? read_links(source, config, ret_error) : status;
}

struct tw_status rl_config_read(const char *text, size_t length, const char *folder,
                                struct rl_config *ret_config, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *document = NULL;
    struct tw_status status = tw_json_parse(text, length, json_limits, &document, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    *ret_config = (struct rl_config){0};
    const struct source source = {document, folder};
    status = read_document(&source, ret_config, ret_error);
    if (!tw_ok(status)) {
        rl_config_free(ret_config);
    }
    return status;
}

static struct tw_status read_file(const char *path, char **ret_text, size_t *ret_length,
                                  struct tw_error *ret_error) {
    FILE *in = fopen(path, "re");
    char *text = in != NULL ? malloc(FILE_BYTES_MAX + 1) : NULL;
    size_t length = text != NULL ? fread(text, 1, FILE_BYTES_MAX + 1, in) : 0;
    bool failed = text == NULL || ferror(in) != 0;
    int reason = errno;
    if (in != NULL) {
        (void)fclose(in);
    }
    if (failed) {
        free(text);
        return tw_fail(ret_error, TW_E_IO, "%s", strerror(reason));
    }
    *ret_text = text;
    *ret_length = length;
    return tw_success();
}

struct tw_status rl_config_load(const char *path, struct rl_config *ret_config,
                                struct tw_error *ret_error) {
    char *text = NULL;
    size_t length = 0;
    struct tw_status status = read_file(path, &text, &length, ret_error);
    if (tw_ok(status)) {
        const char *slash = strrchr(path, '/');
        char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
        status = folder != NULL ? rl_config_read(text, length, folder, ret_config, ret_error)
                                : no_memory(ret_error);
        free(folder);
        free(text);
    }
    return tw_ok(status) || ret_error == NULL ? status : tw_wrap(ret_error, "%s", path);
}

void rl_config_free(struct rl_config *config) {
    for (size_t i = 0; i < config->link_count; i++) {
        struct rl_link_config *link = &config->links[i];
        for (size_t k = 0; k < RL_ADDRESSES_MAX; k++) {
            free(link->listen[k]);
            free(link->to[k]);
        }
        free(link->server.certificate);
        free(link->server.key);
        free(link->client.certificate);
        free(link->client.key);
        free(link->root);
        free(link->crl);
        free(link->name);
    }
    free(config->links);
    free(config->trace);
    *config = (struct rl_config){0};
}
