/*
 * Entries are sorted by call and time, joined, and sorted again by time. A step's calls are then
 * thinned out twice: equal ones become one with a number, and of what is left the hurt ones stay
 * before the others, up to the limit.
 */
#include "scenario/page/calls.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/page/html.h"

struct entry {
    const json_t *json;
    int64_t call, at_us;
    bool is_answer;
};

/* --- lanes ---------------------------------------------------------------------------------- */

enum { NO_LANE = SCN_PAGE_LANES_MAX };

static size_t find_lane(const struct pg_calls *calls, const char *name, size_t length) {
    for (size_t i = 0; i < calls->lane_count; i++) {
        const struct pg_lane *lane = &calls->lanes[i];
        if (lane->length == length && strncmp(lane->name, name, length) == 0) {
            return i;
        }
    }
    return NO_LANE;
}

static size_t add_lane(struct pg_calls *calls, const char *name, size_t length, const char *title) {
    size_t lane = find_lane(calls, name, length);
    if (lane == NO_LANE && length > 0 && calls->lane_count < SCN_PAGE_LANES_MAX) {
        lane = calls->lane_count++;
        calls->lanes[lane] = (struct pg_lane){.name = name, .length = length, .title = title};
    }
    return lane;
}

static void add_lanes(struct pg_calls *calls, const json_t *list) {
    size_t index;
    const json_t *one;
    json_array_foreach(list, index, one) {
        const char *name = pg_member(one, "name");
        (void)add_lane(calls, name, strlen(name), pg_member(one, "title"));
    }
}

/* Both lanes of "SOURCE>TARGET". */
static bool read_link(struct pg_calls *calls, const json_t *entry, struct pg_call *call) {
    const char *link = pg_member(entry, "link");
    const char *between = strchr(link, '>');
    if (between == NULL) {
        return false;
    }
    call->from = add_lane(calls, link, (size_t)(between - link), "");
    call->to = add_lane(calls, between + 1, strlen(between + 1), "");
    return call->from != NO_LANE && call->to != NO_LANE;
}

/* Lanes that nobody uses only make the chart wide. */
static void drop_unused_lanes(struct pg_calls *calls) {
    size_t moved[SCN_PAGE_LANES_MAX] = {0};
    bool used[SCN_PAGE_LANES_MAX] = {false};
    for (size_t i = 0; i < calls->count; i++) {
        used[calls->calls[i].from] = true;
        used[calls->calls[i].to] = true;
    }
    size_t count = 0;
    for (size_t i = 0; i < calls->lane_count; i++) {
        moved[i] = count;
        if (used[i]) {
            calls->lanes[count++] = calls->lanes[i];
        }
    }
    calls->lane_count = count;
    for (size_t i = 0; i < calls->count; i++) {
        calls->calls[i].from = moved[calls->calls[i].from];
        calls->calls[i].to = moved[calls->calls[i].to];
    }
}

/* --- joining requests and answers ----------------------------------------------------------- */

static enum pg_fate fate_of(const json_t *entry) {
    static const char *const names[] = {"delivered", "lost",    "delayed", "duplicated",
                                        "reordered", "changed", "cut",     "dropped"};
    const char *name = pg_member(entry, "fate");
    for (size_t i = 0; i < PG_FATE_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum pg_fate)i;
        }
    }
    return PG_DELIVERED;
}

static struct pg_message message_of(const struct entry *entry) {
    return (struct pg_message){.entry = entry->json,
                               .at_us = entry->at_us,
                               .passed_us = pg_number(entry->json, "passed_us", -1),
                               .fate = fate_of(entry->json)};
}

static int by_call(const void *a, const void *b) {
    const struct entry *left = a;
    const struct entry *right = b;
    if (left->call != right->call) {
        return left->call < right->call ? -1 : 1;
    }
    if (left->is_answer != right->is_answer) {
        return left->is_answer ? 1 : -1;
    }
    return left->at_us < right->at_us ? -1 : left->at_us > right->at_us;
}

static int64_t began_us(const struct pg_call *call) {
    return call->request.entry != NULL ? call->request.at_us : call->answer.at_us;
}

static int by_time(const void *a, const void *b) {
    const struct pg_call *left = a;
    const struct pg_call *right = b;
    if (left->step != right->step) {
        return left->step < right->step ? -1 : 1;
    }
    if (began_us(left) != began_us(right)) {
        return began_us(left) < began_us(right) ? -1 : 1;
    }
    return 0;
}

static struct entry *sort_entries(struct pg_calls *calls, const json_t *trace, size_t *ret_count) {
    size_t most = json_array_size(trace);
    most = most < SCN_PAGE_TRACE_MAX ? most : SCN_PAGE_TRACE_MAX;
    struct entry *entries = calloc(most + 1, sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; entries != NULL && i < most; i++) {
        const json_t *one = json_array_get(trace, i);
        const char *way = pg_member(one, "way");
        bool is_answer = strcmp(way, "answer") == 0;
        if (is_answer || strcmp(way, "request") == 0) {
            entries[count++] = (struct entry){.json = one,
                                              .call = pg_number(one, "call", 0),
                                              .at_us = pg_number(one, "at_us", 0),
                                              .is_answer = is_answer};
            calls->fates[fate_of(one)]++;
        }
    }
    calls->messages = count;
    calls->unread = json_array_size(trace) - count;
    *ret_count = count;
    if (entries != NULL) {
        qsort(entries, count, sizeof *entries, by_call);
    }
    return entries;
}

/* The entries of one call, from first on. Answers to nobody (call 0) stand alone. */
static size_t join(const struct entry *entries, size_t first, size_t count, struct pg_call *call) {
    size_t at = first;
    do {
        struct pg_message message = message_of(&entries[at]);
        if (!entries[at].is_answer) {
            call->request = message;
        } else if (message.fate == PG_DROPPED) {
            call->dropped++;
        } else {
            call->answer = message;
        }
        at++;
    } while (at < count && entries[at].call == entries[first].call && entries[first].call != 0);
    if (call->request.entry == NULL && call->answer.entry == NULL) { /* dropped ones alone */
        call->answer = message_of(&entries[first]);
    }
    const json_t *known = call->request.entry != NULL ? call->request.entry : call->answer.entry;
    call->method = pg_member(known, "method");
    call->txid = pg_member(known, "txid");
    return at;
}

static bool is_hurt(const struct pg_call *call) {
    return call->request.fate != PG_DELIVERED || call->answer.fate != PG_DELIVERED ||
           call->answer.entry == NULL || json_object_get(call->answer.entry, "error") != NULL;
}

static bool join_all(struct pg_calls *calls, const json_t *trace) {
    size_t count = 0;
    struct entry *entries = sort_entries(calls, trace, &count);
    calls->calls = calloc(count + 1, sizeof *calls->calls);
    bool possible = entries != NULL && calls->calls != NULL;
    for (size_t i = 0; possible && i < count;) {
        struct pg_call call = {0};
        size_t end = join(entries, i, count, &call);
        if (read_link(calls, entries[i].json, &call)) {
            call.hurt = is_hurt(&call);
            call.last_us = began_us(&call);
            calls->calls[calls->count++] = call;
        } else {
            calls->unread += end - i;
        }
        i = end;
    }
    free(entries);
    return possible;
}

/* --- steps ---------------------------------------------------------------------------------- */

static size_t step_at(const json_t *steps, int64_t at_ms) {
    size_t low = 0; /* steps below it began already */
    size_t high = json_array_size(steps);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pg_number(json_array_get(steps, middle), "at_ms", 0) <= at_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t pg_calls_end(const struct pg_calls *calls, size_t first) {
    size_t end = first;
    while (end < calls->count && calls->calls[end].step == calls->calls[first].step) {
        end++;
    }
    return end;
}

/* --- thinning out --------------------------------------------------------------------------- */

static bool same_end(const struct pg_message *a, const struct pg_message *b) {
    return (a->entry == NULL) == (b->entry == NULL) && a->fate == b->fate &&
           strcmp(pg_member(a->entry, "rc"), pg_member(b->entry, "rc")) == 0 &&
           pg_number(a->entry, "error", 0) == pg_number(b->entry, "error", 0);
}

static bool are_equal(const struct pg_call *a, const struct pg_call *b) {
    return a->from == b->from && a->to == b->to && strcmp(a->method, b->method) == 0 &&
           strcmp(a->txid, b->txid) == 0 && same_end(&a->request, &b->request) &&
           same_end(&a->answer, &b->answer);
}

/* Looks back over a few calls that are shown: more would not look like repeats to a reader. */
static void merge_repeats(struct pg_call *calls, size_t count) {
    enum { BACK_MAX = 64 };
    for (size_t i = 1; i < count; i++) {
        size_t looked = 0;
        for (size_t k = i; k-- > 0 && looked < BACK_MAX;) {
            if (calls[k].hidden) {
                continue;
            }
            looked++;
            if (are_equal(&calls[k], &calls[i])) {
                calls[k].repeats++;
                calls[k].last_us = began_us(&calls[i]);
                calls[i].hidden = true;
                break;
            }
        }
    }
}

static void keep_most_telling(struct pg_call *calls, size_t count) {
    size_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        shown += !calls[i].hidden && calls[i].hurt;
    }
    size_t room = shown < SCN_PAGE_CALLS_MAX ? SCN_PAGE_CALLS_MAX - shown : 0;
    size_t hurt = 0;
    for (size_t i = 0; i < count; i++) {
        if (calls[i].hidden) {
            continue;
        }
        if (calls[i].hurt) {
            calls[i].hidden = ++hurt > SCN_PAGE_CALLS_MAX;
        } else {
            calls[i].hidden = room == 0;
            room -= room > 0;
        }
    }
}

bool pg_calls_read(const json_t *report, struct pg_calls *ret_calls) {
    const json_t *steps = json_object_get(report, "steps");
    const char *agent = pg_member(report, "agent");
    *ret_calls = (struct pg_calls){.start_ms = pg_number(report, "relay_start_ms", 0)};
    add_lanes(ret_calls, json_object_get(report, "terminals"));
    add_lanes(ret_calls, json_object_get(report, "banks"));
    (void)add_lane(ret_calls, agent, strlen(agent), "settlement agent");
    if (!join_all(ret_calls, json_object_get(report, "trace"))) {
        pg_calls_free(ret_calls);
        return false;
    }
    drop_unused_lanes(ret_calls);
    for (size_t i = 0; i < ret_calls->count; i++) {
        struct pg_call *call = &ret_calls->calls[i];
        call->step = step_at(steps, ret_calls->start_ms + began_us(call) / 1000);
    }
    if (ret_calls->count > 0) {
        qsort(ret_calls->calls, ret_calls->count, sizeof *ret_calls->calls, by_time);
    }
    for (size_t first = 0; first < ret_calls->count;) {
        size_t end = pg_calls_end(ret_calls, first);
        merge_repeats(ret_calls->calls + first, end - first);
        keep_most_telling(ret_calls->calls + first, end - first);
        first = end;
    }
    return true;
}

void pg_calls_free(struct pg_calls *calls) {
    free(calls->calls);
    calls->calls = NULL;
    calls->count = 0;
}
