/*
 * Our own sums are made once for the smallest buckets, whatever turns out to differ: the larger
 * ones are sums of theirs. So our book is walked twice in all, and the peer's once for the window,
 * once for each large bucket that differs, and once for each bucket that is listed.
 */
#include "flow/clearing_compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/clearing_books.h"
#include "flow/clearing_walk.h"

#define WAIT_US    INT64_C(60000000) /* a peer walks through its book, too */
#define RENEW_US   INT64_C(8000000)
#define BREAKS_MAX 1000

struct bank_comparison {
    struct bank_talk *talk;
    struct bank_walk walk;
    struct bank_books books;
    struct tw_timer renewal;
    bool taken;
    size_t divided; /* of books.large: asked about */
    size_t listed;  /* of books.parts: wholly listed */
    int64_t offset; /* into the part that is being listed */
    struct ib_match match;
    size_t looked; /* of match.breaks: looked for in other windows */
    struct ib_match_elsewhere elsewhere[TW_ITEMS_MAX];
    size_t elsewhere_count;
};

static struct bank_clearing *clearing_of(const struct bank_comparison *comparison) {
    return comparison->talk->clearing;
}

static struct ib_match_pair pair_of(const struct bank_talk *talk) {
    return (struct ib_match_pair){.own = talk->clearing->flows->services->bank_code,
                                  .peer = talk->peer,
                                  .window_no = talk->window_no};
}

static void give_up(struct bank_comparison *comparison, const char *reason) {
    char noted[BANK_REASON_SIZE];
    struct bank_talk *talk = comparison->talk;
    (void)snprintf(noted, sizeof noted, "bank %" PRId32 ": %.200s", talk->peer, reason);
    talk->refused = true;
    bank_talk_note(talk, "COMPARING", noted);
}

/* True, and the talk is over, when the database did not answer. */
static bool is_lost(struct bank_comparison *comparison, struct tw_status status,
                    const struct tw_error *error) {
    comparison->talk->in_database = false;
    if (!tw_ok(status)) {
        bank_talk_log_failure(comparison->talk, error);
        bank_talk_over(comparison->talk);
    }
    return !tw_ok(status);
}

/* Reads a peer's answer by its table into message. False: the talk is over. */
static bool read_answer(struct bank_comparison *comparison, const struct tw_answer *answer,
                        const struct tw_field *fields, void *message) {
    struct tw_error error = {0};
    if (!bank_clearing_alive(clearing_of(comparison))) {
        bank_talk_end(comparison->talk);
        return false;
    }
    if (!tw_ok(answer->status) || answer->result == NULL) {
        bank_talk_over(comparison->talk); /* silent or busy: again when the comparison is free */
        return false;
    }
    struct tw_status status = tw_fields_read(answer->result, fields, message, &error);
    if (!tw_ok(status)) {
        give_up(comparison, error.detail);
    }
    return tw_ok(status);
}

/* --- what is agreed ---------------------------------------------------------------------------
 */

/* The peer's signed totals less what we left of its items must be what we agree on. */
static bool peer_adds_up(const struct bank_comparison *comparison) {
    const struct ib_match *match = &comparison->match;
    const struct ib_totals *theirs = &comparison->talk->facts.theirs;
    struct ib_match_agreed ours = bank_talk_agreed(comparison->talk, match);
    struct ib_match_agreed agreed = {.debit_count = theirs->credit_count,
                                     .debit_minor = theirs->credit_amount,
                                     .credit_count = theirs->debit_count,
                                     .credit_minor = theirs->debit_amount};
    for (size_t i = 0; i < match->theirs_count; i++) {
        int64_t amount = match->theirs[i].amount_minor;
        agreed.debit_count -= amount > 0 ? 1 : 0;
        agreed.debit_minor -= amount > 0 ? amount : 0;
        agreed.credit_count -= amount < 0 ? 1 : 0;
        agreed.credit_minor += amount < 0 ? amount : 0;
    }
    return ours.debit_count == agreed.debit_count && ours.debit_minor == agreed.debit_minor &&
           ours.credit_count == agreed.credit_count && ours.credit_minor == agreed.credit_minor;
}

static void log_breaks(const struct bank_comparison *comparison) {
    const struct ib_match *match = &comparison->match;
    for (size_t i = 0; i < match->break_count; i++) {
        char id[TW_UUID_TEXT_SIZE];
        char txid[TW_UUID_TEXT_SIZE];
        const struct ib_match_break *found = &match->breaks[i];
        tw_log(TW_LOG_WARN, "reconciliation difference", TW_INT("window_no", match->pair.window_no),
               TW_INT("peer", match->pair.peer), TW_STR("break_id", tw_uuid_text(&found->id, id)),
               TW_STR("class", ib_break_class_name(found->class)),
               TW_STR("txid", tw_uuid_text(&found->txid, txid)),
               TW_INT("ours_minor", found->ours_minor),
               TW_INT("theirs_minor", found->theirs_minor));
    }
}

static void agree(struct bank_comparison *comparison) {
    if (!peer_adds_up(comparison)) {
        give_up(comparison, "its items do not add up to the totals it signed");
        return;
    }
    log_breaks(comparison);
    bank_talk_agree(comparison->talk, &comparison->match);
}

/* --- other windows ----------------------------------------------------------------------------
 */

static void find_next(struct bank_comparison *comparison);

static void take_elsewhere(struct bank_comparison *comparison, int64_t window_no,
                           int64_t amount_minor) {
    if (window_no != comparison->talk->window_no && comparison->elsewhere_count < TW_ITEMS_MAX) {
        comparison->elsewhere[comparison->elsewhere_count++] = (struct ib_match_elsewhere){
            .window_no = (int32_t)window_no, .amount_minor = amount_minor};
    }
}

static void classify(struct bank_comparison *comparison) {
    struct ib_match_break *missing = &comparison->match.breaks[comparison->looked++];
    ib_match_found(&comparison->match, missing, comparison->elsewhere, comparison->elsewhere_count);
    find_next(comparison);
}

static void on_peer_found(void *context, const struct tw_answer *answer) {
    struct bank_comparison *comparison = context;
    struct tw_window_items_result *found = calloc(1, sizeof *found);
    if (found == NULL) {
        bank_talk_end(comparison->talk);
        return;
    }
    if (read_answer(comparison, answer, tw_window_items_result_fields, found)) {
        for (size_t i = 0; i < found->item_count; i++) {
            take_elsewhere(comparison, found->items[i].window_no, -found->items[i].amount);
        }
        classify(comparison);
    }
    free(found);
}

static void on_own_found(void *context, PGresult *result) {
    struct bank_comparison *comparison = context;
    for (int row = 0; row < PQntuples(result); row++) {
        take_elsewhere(comparison, bank_row_i32(result, row, 0, 0),
                       bank_row_i64(result, row, 2, 0));
    }
}

static void on_own_looked(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_comparison *comparison = context;
    if (!is_lost(comparison, status, error)) {
        classify(comparison);
    }
}

static void find(struct bank_comparison *comparison, const struct ib_match_break *missing) {
    struct bank_clearing *clearing = clearing_of(comparison);
    char txid[TW_UUID_TEXT_SIZE];
    comparison->elsewhere_count = 0;
    if (missing->class == IB_BREAK_MISSING_THERE) {
        bank_clearing_ask(clearing, comparison->talk->peer, TW_METHOD_WINDOW_FIND,
                          json_pack("{s:s}", "item", tw_uuid_text(&missing->txid, txid)), WAIT_US,
                          on_peer_found, comparison);
    } else if (bank_clearing_alive(clearing)) {
        comparison->talk->in_database = true;
        bank_params_bytes(&clearing->params, missing->txid.bytes, sizeof missing->txid.bytes);
        bank_params_i32(&clearing->params, comparison->talk->peer);
        bank_db_send(clearing->db, BANK_SQL_pair_find, &clearing->params, on_own_found, comparison);
        bank_db_sync(clearing->db, on_own_looked, comparison);
    } else {
        bank_talk_end(comparison->talk);
    }
}

static void find_next(struct bank_comparison *comparison) {
    struct ib_match *match = &comparison->match;
    while (comparison->looked < match->break_count &&
           !ib_match_is_missing(&match->breaks[comparison->looked])) {
        comparison->looked++;
    }
    if (comparison->looked < match->break_count) {
        find(comparison, &match->breaks[comparison->looked]);
    } else {
        agree(comparison);
    }
}

/* --- items ------------------------------------------------------------------------------------ */

static bool on_item(void *context, const struct bank_walk_item *item) {
    struct bank_comparison *comparison = context;
    return bank_books_gather(&comparison->books, item);
}

static void on_gathered(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_comparison *comparison = context;
    struct bank_books *books = &comparison->books;
    const struct ib_match_pair pair = pair_of(comparison->talk);
    struct tw_error refusal = {0};
    if (is_lost(comparison, status, error)) {
        return;
    }
    if (books->overflown) {
        give_up(comparison, "the books differ in too many items");
        return;
    }
    status = ib_match_make(&pair, books->ours, books->our_count, books->theirs, books->their_count,
                           &comparison->match, &refusal);
    if (!tw_ok(status)) {
        give_up(comparison, refusal.detail);
    } else if (comparison->match.break_count > BREAKS_MAX) {
        give_up(comparison, "the books differ in too many items");
    } else {
        find_next(comparison);
    }
}

static bool go_on(void *context) {
    return bank_clearing_alive(clearing_of(context));
}

static void walk(struct bank_comparison *comparison,
                 bool (*on_walked_item)(void *context, const struct bank_walk_item *item),
                 bank_sync_fn on_end) {
    struct bank_clearing *clearing = clearing_of(comparison);
    if (!bank_clearing_alive(clearing)) {
        bank_talk_end(comparison->talk);
        return;
    }
    comparison->talk->in_database = true;
    comparison->walk = (struct bank_walk){.db = clearing->db,
                                          .params = &clearing->params,
                                          .peer = comparison->talk->peer,
                                          .window_no = comparison->talk->window_no,
                                          .on_item = on_walked_item,
                                          .go_on = go_on,
                                          .on_end = on_end,
                                          .context = comparison};
    bank_walk_start(&comparison->walk);
}

static void list_next(struct bank_comparison *comparison);

static void on_listed(void *context, const struct tw_answer *answer) {
    struct bank_comparison *comparison = context;
    struct bank_books *books = &comparison->books;
    struct tw_window_items_result *page = calloc(1, sizeof *page);
    struct tw_error error = {0};
    if (page == NULL) {
        bank_talk_end(comparison->talk);
        return;
    }
    if (read_answer(comparison, answer, tw_window_items_result_fields, page)) {
        struct tw_status status = bank_books_list(books, books->parts[comparison->listed], page,
                                                  comparison->talk->window_no, &error);
        comparison->offset = page->more ? comparison->offset + (int64_t)page->item_count : 0;
        comparison->listed += page->more ? 0 : 1;
        if (tw_ok(status)) {
            list_next(comparison);
        } else {
            give_up(comparison, error.detail);
        }
    }
    free(page);
}

static void list_next(struct bank_comparison *comparison) {
    const struct bank_books *books = &comparison->books;
    if (comparison->listed == books->part_count) {
        walk(comparison, on_item, on_gathered);
        return;
    }
    bank_clearing_ask(
        clearing_of(comparison), comparison->talk->peer, TW_METHOD_WINDOW_ITEMS,
        json_pack("{s:i, s:s*, s:I}", "window_no", comparison->talk->window_no, "prefix",
                  books->parts[comparison->listed][0] != '\0' ? books->parts[comparison->listed]
                                                              : NULL,
                  "offset", (json_int_t)comparison->offset),
        WAIT_US, on_listed, comparison);
}

/* --- buckets ----------------------------------------------------------------------------------
 */

static void divide_next(struct bank_comparison *comparison);

static void on_divided(void *context, const struct tw_answer *answer) {
    struct bank_comparison *comparison = context;
    struct tw_window_buckets_result *buckets = calloc(1, sizeof *buckets);
    struct tw_error error = {0};
    if (buckets == NULL) {
        bank_talk_end(comparison->talk);
        return;
    }
    if (read_answer(comparison, answer, tw_window_buckets_result_fields, buckets)) {
        bool first = comparison->divided == 0;
        const char *prefix = first ? "" : comparison->books.large[comparison->divided - 1];
        struct tw_status status = bank_books_divide(&comparison->books, prefix, buckets, &error);
        comparison->divided++;
        if (tw_ok(status)) {
            divide_next(comparison);
        } else {
            give_up(comparison, error.detail);
        }
    }
    free(buckets);
}

/* The window first, then each large bucket of it that differs. */
static void divide_next(struct bank_comparison *comparison) {
    const struct bank_books *books = &comparison->books;
    if (comparison->divided > books->large_count) {
        list_next(comparison);
        return;
    }
    bank_clearing_ask(
        clearing_of(comparison), comparison->talk->peer, TW_METHOD_WINDOW_BUCKETS,
        json_pack("{s:i, s:s*}", "window_no", comparison->talk->window_no, "prefix",
                  comparison->divided == 0 ? NULL : books->large[comparison->divided - 1]),
        WAIT_US, on_divided, comparison);
}

/* --- our own sums -----------------------------------------------------------------------------
 */

static bool on_summed_item(void *context, const struct bank_walk_item *item) {
    struct bank_comparison *comparison = context;
    const struct ib_match_pair pair = pair_of(comparison->talk);
    bank_books_sum(&comparison->books, pair.own, pair.peer, item);
    return true;
}

static void on_summed(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_comparison *comparison = context;
    if (!is_lost(comparison, status, error)) {
        divide_next(comparison);
    }
}

/* --- taking it --------------------------------------------------------------------------------
 */

static void on_taken(void *context, PGresult *result) {
    struct bank_comparison *comparison = context;
    comparison->taken = PQntuples(result) == 1 && bank_row_bool(result, 0, 0);
}

static void on_taking_done(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_comparison *comparison = context;
    if (is_lost(comparison, status, error)) {
        return;
    }
    if (!comparison->taken) {
        bank_talk_over(comparison->talk); /* another bank server does it */
        return;
    }
    tw_crash_point("clearing.comparing");
    tw_log(TW_LOG_INFO, "comparing items", TW_INT("window_no", comparison->talk->window_no),
           TW_INT("peer", comparison->talk->peer));
    walk(comparison, on_summed_item, on_summed);
}

static void send_taking(struct bank_comparison *comparison, bool again) {
    struct bank_clearing *clearing = clearing_of(comparison);
    bank_params_i32(&clearing->params, comparison->talk->window_no);
    bank_params_i32(&clearing->params, comparison->talk->peer);
    bank_params_bool(&clearing->params, again);
    bank_db_send(clearing->db, BANK_SQL_pair_compare, &clearing->params, again ? NULL : on_taken,
                 comparison);
}

static void on_renewed(void *context, struct tw_status status, const struct tw_error *error) {
    (void)context;
    (void)status; /* the next time, or somebody else compares as well */
    (void)error;
}

static void on_renewal(void *context) {
    struct bank_comparison *comparison = context;
    struct bank_clearing *clearing = clearing_of(comparison);
    struct tw_loop *loop = clearing->flows->loop;
    tw_loop_timer_set(loop, &comparison->renewal, tw_loop_now_us(loop) + RENEW_US);
    if (bank_clearing_alive(clearing)) {
        send_taking(comparison, true);
        bank_db_sync(clearing->db, on_renewed, clearing);
    }
}

void bank_comparison_begin(struct bank_talk *talk) {
    struct bank_clearing *clearing = talk->clearing;
    struct tw_loop *loop = clearing->flows->loop;
    bool possible = bank_clearing_alive(clearing) && clearing->comparing < BANK_COMPARISONS_MAX;
    struct bank_comparison *comparison = possible ? calloc(1, sizeof *comparison) : NULL;
    if (comparison == NULL || !bank_books_init(&comparison->books)) {
        free(comparison);
        bank_talk_end(talk);
        return;
    }
    comparison->talk = talk;
    comparison->renewal = (struct tw_timer){.run = on_renewal, .context = comparison};
    talk->comparison = comparison;
    talk->in_database = true;
    clearing->comparing++;
    tw_loop_timer_set(loop, &comparison->renewal, tw_loop_now_us(loop) + RENEW_US);
    send_taking(comparison, false);
    bank_db_sync(clearing->db, on_taking_done, comparison);
}

void bank_comparison_free(struct bank_comparison *comparison) {
    if (comparison != NULL) {
        struct bank_clearing *clearing = clearing_of(comparison);
        tw_loop_timer_clear(clearing->flows->loop, &comparison->renewal);
        clearing->comparing--;
        bank_books_clear(&comparison->books);
        ib_match_clear(&comparison->match);
        free(comparison);
    }
}
