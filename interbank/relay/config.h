/*
 * The relay's configuration, one JSON document; no member may be unknown:
 *
 *   {"seed": 7,                         of the dice; default 1
 *    "trace": "trace.jsonl",            default: none
 *    "root": "root.crt", "crl": "crl.pem",
 *    "links": [{"name": "alder>birch",  unique
 *               "listen": ["127.0.0.1:7601"], "to": ["127.0.0.1:7101"],
 *               "server": {"certificate": FILE, "key": FILE},   of the target
 *               "client": {"certificate": FILE, "key": FILE},   of the source
 *               "expect": "bank",       kind of the target's certificate; default: any
 *               "root": FILE, "crl": FILE}]}                    default: those above
 *
 * As many `listen` as `to`: each address leads to the one of the same place. One `listen`: each
 * connection leads to the next of `to`. Files are relative to the folder of the configuration.
 * The config owns everything in it. Errors: CONFIG with the place and the reason, IO, NO_MEMORY.
 */
#ifndef RL_CONFIG_H
#define RL_CONFIG_H

#include "net/identity.h"

#define RL_LINKS_MAX     4096
#define RL_ADDRESSES_MAX 16
#define RL_NAME_MAX      64

struct rl_credentials {
    char *certificate, *key; /* PEM files */
};

struct rl_link_config {
    char *name;
    char *listen[RL_ADDRESSES_MAX];
    size_t listen_count;
    char *to[RL_ADDRESSES_MAX];
    size_t to_count;
    struct rl_credentials server, client;
    char *root, *crl;
    enum tw_identity_kind expect; /* TW_ID_NONE: any */
};

struct rl_config {
    int64_t seed;
    char *trace; /* NULL: none */
    struct rl_link_config *links;
    size_t link_count;
};

struct tw_status rl_config_load(const char *path, struct rl_config *ret_config,
                                struct tw_error *ret_error);
/* From text; folder is what relative files are relative to. */
struct tw_status rl_config_read(const char *text, size_t length, const char *folder,
                                struct rl_config *ret_config, struct tw_error *ret_error);
/* Not needed after a failure. */
void rl_config_free(struct rl_config *config);

#endif
