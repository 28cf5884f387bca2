/*
 * The network between processes, for tests: for each link a listener that is the target to whoever
 * calls, and towards the target a client that is the source. TLS ends here on both sides, so single
 * messages can be seen, lost, delayed, doubled, reordered and changed.
 *
 *   source --- near ---> [ pair ] --- far ---> target       one pair for each accepted connection
 *
 * Nothing is called and nothing is answered by the relay itself: lines pass byte for byte from one
 * connection to its own other one, echoes and ids too. So a target that stops is silent, one that
 * dies ends the caller's connection, and nothing is ever sent again. A pool of connections in
 * between was rejected for that reason. What differs from a wire: a connection to the relay is
 * taken even if the target does not listen, and ends then; a half-closed one ends when the answers
 * that are due have passed.
 *
 * A caller must show the identity that the link's client certificate has: the relay lends it to
 * nobody else. Threading: on the loop.
 */
#ifndef RL_RELAY_H
#define RL_RELAY_H

#include "net/loop.h"
#include "relay/config.h"
#include "relay/rule.h"

struct rl_relay;

enum rl_cut {
    RL_OPEN,
    RL_CLOSED, /* connections end, new ones are closed at once */
    RL_SILENT, /* connections stay, and nothing passes */
};

/* Listens on all links. The config outlives the relay. */
struct tw_status rl_relay_new(struct tw_loop *loop, const struct rl_config *config,
                              struct rl_relay **ret_relay, struct tw_error *ret_error);
/* What waits is traced as cut. Not from a callback of the loop: stop it first. */
void rl_relay_free(struct rl_relay *relay);

/* All links whose name matches the pattern; the number of them. RL_OPEN heals: connections that
 * were silent are closed, because what they lost cannot be made up for. */
size_t rl_relay_cut(struct rl_relay *relay, const char *pattern, enum rl_cut cut);
size_t rl_relay_matches(const struct rl_relay *relay, const char *pattern);

struct rl_rules *rl_relay_rules(struct rl_relay *relay);
/* It acts no more; what it holds goes on. */
void rl_relay_end_rule(struct rl_relay *relay, struct rl_rule *rule);

int64_t rl_relay_now_us(const struct rl_relay *relay); /* as in the trace */
/* [{"name","open","cut"}]; new reference or NULL. */
json_t *rl_relay_links(const struct rl_relay *relay);
/* Certificates and revocation lists are read again; new connections use them. */
struct tw_status rl_relay_reload(struct rl_relay *relay, struct tw_error *ret_error);

#endif
