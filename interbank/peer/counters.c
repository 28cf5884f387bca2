/* Counters live in the pools; those of pools that are gone are kept with their peer. */
#include <stdio.h>
#include <string.h>

#include "peer/peers_parts.h"

void ib_line_count(struct ib_peer_counters *sum, const struct ib_line *line) {
    if (line == NULL || line->pool == NULL) {
        return;
    }
    struct tw_pool_counters pool = tw_pool_counters(line->pool);
    sum->calls += pool.calls;
    sum->sent += pool.sent;
    sum->answers += pool.answers;
    sum->late += pool.late_answers;
    sum->expired += pool.expired;
    sum->lost += pool.links_lost;
    sum->open += pool.open;
}

static struct ib_peer_counters count_peer(const struct ib_peer *peer) {
    struct ib_peer_counters sum = peer->before;
    ib_line_count(&sum, peer->line);
    for (const struct ib_line *line = peer->retired; line != NULL; line = line->next) {
        ib_line_count(&sum, line);
    }
    return sum;
}

struct ib_peer_counters ib_peers_counters(const struct ib_peers *peers, int32_t bank_code) {
    const struct ib_peer *peer = ib_peers_find(peers, bank_code);
    return peer != NULL ? count_peer(peer) : (struct ib_peer_counters){0};
}

struct metric {
    void (*write)(struct tw_metrics *metrics, const char *name, const char *help, const char *label,
                  uint64_t value);
    const char *name;
    const char *help;
    size_t offset; /* in struct ib_peer_counters */
};

#define AT(field) offsetof(struct ib_peer_counters, field)

static const struct metric metrics_of_peers[] = {
    {tw_metric_counter, "tellerwire_peer_calls_total", "requests for the peer bank", AT(calls)},
    {tw_metric_counter, "tellerwire_peer_calls_sent_total",
     "requests sent to the peer bank, repeats included", AT(sent)},
    {tw_metric_counter, "tellerwire_peer_answers_total", "answers of the peer bank in time",
     AT(answers)},
    {tw_metric_counter, "tellerwire_peer_late_answers_total",
     "answers after the deadline or to no call", AT(late)},
    {tw_metric_counter, "tellerwire_peer_deadlines_passed_total",
     "calls that ended without an answer", AT(expired)},
    {tw_metric_counter, "tellerwire_peer_links_lost_total", "connections to the peer bank lost",
     AT(lost)},
    {tw_metric_gauge, "tellerwire_peer_calls_open", "calls queued, in flight or listened for now",
     AT(open)},
};

/* Prometheus wants all values of one name together: metrics outside, banks inside. */
void ib_peers_collect(const struct ib_peers *peers, struct tw_metrics *metrics) {
    char label[32];
    for (size_t i = 0; i < sizeof metrics_of_peers / sizeof metrics_of_peers[0]; i++) {
        const struct metric *metric = &metrics_of_peers[i];
        for (const struct ib_peer *peer = peers->first; peer != NULL; peer = peer->next) {
            struct ib_peer_counters counters = count_peer(peer);
            uint64_t value;
            memcpy(&value, (const char *)&counters + metric->offset, sizeof value);
            snprintf(label, sizeof label, "peer=\"%08d\"", peer->code);
            metric->write(metrics, metric->name, metric->help, label, value);
        }
    }
    for (const struct ib_peer *peer = peers->first; peer != NULL; peer = peer->next) {
        snprintf(label, sizeof label, "peer=\"%08d\"", peer->code);
        tw_metric_gauge(metrics, "tellerwire_peer_servers_up",
                        "addresses of the peer bank that answer", label,
                        ib_peers_up(peers, peer->code));
    }
}
