/* Links are opened one after the other; the first that cannot be opened ends the attempt. */
#include "relay/relay.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <unistd.h>

#include "relay/relay_parts.h"

/* --- links ---------------------------------------------------------------------------------- */

static void on_accept(void *context, int fd, const struct tw_address *peer) {
    (void)peer;
    struct rl_door *door = context;
    if (door->link->cut == RL_CLOSED) {
        (void)close(fd);
    } else {
        rl_pair_accept(door, fd);
    }
}

static struct tw_status open_tls(struct rl_link *link, enum tw_tls_side side,
                                 const struct rl_credentials *credentials, struct tw_tls **ret_tls,
                                 struct tw_error *ret_error) {
    const struct tw_tls_files files = {.certificate = credentials->certificate,
                                       .key = credentials->key,
                                       .root = link->config->root,
                                       .crl = link->config->crl};
    return tw_tls_new(&files, side, tw_loop_clock(link->relay->loop), ret_tls, ret_error);
}

static struct tw_status read_source(struct rl_link *link, struct tw_error *ret_error) {
    SSL *session = tw_tls_session(link->client);
    if (session == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "client");
    }
    struct tw_status status =
        tw_identity_of(SSL_get_certificate(session), &link->source, ret_error);
    SSL_free(session);
    return status;
}

static struct tw_status open_doors(struct rl_link *link, struct tw_error *ret_error) {
    const struct rl_link_config *config = link->config;
    struct tw_status status = tw_success();
    for (size_t i = 0; i < config->to_count && tw_ok(status); i++) {
        status = tw_address_parse(config->to[i], &link->targets[i], ret_error);
    }
    for (size_t i = 0; i < config->listen_count && tw_ok(status); i++) {
        struct rl_door *door = &link->doors[i];
        *door = (struct rl_door){.link = link, .index = i};
        status = tw_listener_new(link->relay->loop, config->listen[i], on_accept, door,
                                 &door->listener, ret_error);
        if (tw_ok(status)) {
            tw_listener_start(door->listener);
        }
    }
    return status;
}

static struct tw_status open_link(struct rl_link *link, struct tw_error *ret_error) {
    const struct rl_link_config *config = link->config;
    struct tw_status status =
        open_tls(link, TW_TLS_SERVER, &config->server, &link->server, ret_error);
    if (tw_ok(status)) {
        status = open_tls(link, TW_TLS_CLIENT, &config->client, &link->client, ret_error);
    }
    if (tw_ok(status)) {
        status = read_source(link, ret_error);
    }
    if (tw_ok(status)) {
        status = open_doors(link, ret_error);
    }
    return tw_ok(status) || ret_error == NULL ? status
                                              : tw_wrap(ret_error, "link %s", config->name);
}

static void close_link(struct rl_link *link) {
    for (size_t i = 0; i < RL_ADDRESSES_MAX; i++) {
        tw_listener_free(link->doors[i].listener);
    }
    while (link->pairs != NULL) {
        rl_pair_free(link->pairs);
    }
    tw_tls_free(link->server);
    tw_tls_free(link->client);
}

/* --- the whole ------------------------------------------------------------------------------ */

static struct tw_status open_all(struct rl_relay *relay, const struct rl_config *config,
                                 struct tw_error *ret_error) {
    struct tw_status status =
        rl_trace_open(config->trace, relay->start_us, &relay->trace, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    relay->links = calloc(config->link_count, sizeof *relay->links);
    if (relay->links == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "links");
    }
    for (size_t i = 0; i < config->link_count && tw_ok(status); i++) {
        struct rl_link *link = &relay->links[relay->link_count++];
        link->relay = relay;
        link->config = &config->links[i];
        status = open_link(link, ret_error);
    }
    return status;
}

struct tw_status rl_relay_new(struct tw_loop *loop, const struct rl_config *config,
                              struct rl_relay **ret_relay, struct tw_error *ret_error) {
    struct rl_relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "relay");
    }
    relay->loop = loop;
    relay->start_us = tw_loop_now_us(loop);
    rl_rules_init(&relay->rules, config->seed);
    struct tw_status status = open_all(relay, config, ret_error);
    if (!tw_ok(status)) {
        rl_relay_free(relay);
        return status;
    }
    *ret_relay = relay;
    return status;
}

void rl_relay_free(struct rl_relay *relay) {
    if (relay == NULL) {
        return;
    }
    for (size_t i = 0; i < relay->link_count; i++) {
        close_link(&relay->links[i]);
    }
    free(relay->links);
    rl_rules_free(&relay->rules);
    rl_trace_close(relay->trace);
    free(relay);
}

/* --- operations ----------------------------------------------------------------------------- */

static void set_cut(struct rl_link *link, enum rl_cut cut) {
    bool was_silent = link->cut == RL_SILENT;
    link->cut = cut;
    if (cut == RL_SILENT || (cut == RL_OPEN && !was_silent)) {
        return;
    }
    for (struct rl_pair *pair = link->pairs; pair != NULL; pair = pair->next) {
        rl_pair_close(pair);
    }
}

size_t rl_relay_matches(const struct rl_relay *relay, const char *pattern) {
    size_t count = 0;
    for (size_t i = 0; i < relay->link_count; i++) {
        count += fnmatch(pattern, relay->links[i].config->name, 0) == 0;
    }
    return count;
}

size_t rl_relay_cut(struct rl_relay *relay, const char *pattern, enum rl_cut cut) {
    for (size_t i = 0; i < relay->link_count; i++) {
        if (fnmatch(pattern, relay->links[i].config->name, 0) == 0) {
            set_cut(&relay->links[i], cut);
        }
    }
    return rl_relay_matches(relay, pattern);
}

struct rl_rules *rl_relay_rules(struct rl_relay *relay) {
    return &relay->rules;
}

void rl_relay_end_rule(struct rl_relay *relay, struct rl_rule *rule) {
    rule->ended = true;
    if (rule->holds) {
        rl_traffic_release(relay, rule);
    }
}

int64_t rl_relay_now_us(const struct rl_relay *relay) {
    return tw_loop_now_us(relay->loop) - relay->start_us;
}

json_t *rl_relay_links(const struct rl_relay *relay) {
    json_t *list = json_array();
    for (size_t i = 0; i < relay->link_count; i++) {
        const struct rl_link *link = &relay->links[i];
        (void)json_array_append_new(list, json_pack("{s:s,s:I,s:b}", "name", link->config->name,
                                                    "open", (json_int_t)link->pair_count, "cut",
                                                    link->cut != RL_OPEN));
    }
    return list;
}

struct tw_status rl_relay_reload(struct rl_relay *relay, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; i < relay->link_count && tw_ok(status); i++) {
        status = tw_tls_reload(relay->links[i].server, ret_error);
        if (tw_ok(status)) {
            status = tw_tls_reload(relay->links[i].client, ret_error);
        }
    }
    return status;
}
