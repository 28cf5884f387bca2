/*
 * Column numbers follow the SELECT lists in db/sql. Every statement takes whole lists, so a batch
 * costs the same number of statements whether it has one item or five hundred; lists that are empty
 * are not sent.
 */
#include "engine/load.h"

#include <stdlib.h>
#include <string.h>

#include "db/rows.h"
#include "db/statements.h"
#include "engine/op.h"

static void put_ids(struct bank_params *params, const int64_t *ids, size_t count) {
    bank_params_array(params, BANK_INT8, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i64(params, ids[i]);
    }
}

static void put_ids_i32(struct bank_params *params, const int64_t *ids, size_t count) {
    bank_params_array(params, BANK_INT4, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i32(params, (int32_t)ids[i]);
    }
}

static void put_uuids(struct bank_params *params, const struct tw_uuid *uuids, size_t count) {
    bank_params_array(params, BANK_UUID, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_bytes(params, uuids[i].bytes, sizeof uuids[i].bytes);
    }
}

static void put_pan_digests(struct bank_params *params, const struct bank_wants *wants) {
    bank_params_array(params, BANK_BYTEA, wants->pan_count);
    for (size_t i = 0; i < wants->pan_count; i++) {
        bank_params_bytes(params, wants->pan_digests[i], TW_DIGEST_BYTES);
    }
}

static struct tw_currency currency_at(const PGresult *result, int row, int column) {
    struct tw_currency currency = {""};
    bank_row_copy(result, row, column, currency.code, sizeof currency.code);
    return currency;
}

static void take_bank(void *context, PGresult *result) {
    struct bank_book *book = context;
    bool ours =
        PQntuples(result) == 1 && bank_row_i32(result, 0, 0, 0) == book->services->bank_code;
    if (ours) {
        book->business_date = bank_row_date(result, 0, 1, 0);
        book->currency = currency_at(result, 0, 2);
        book->epoch = bank_row_i64(result, 0, 3, 0);
        bank_row_copy(result, 0, 4, book->bank_name, sizeof book->bank_name);
        book->window_no = bank_row_i32(result, 0, 5, 0);
        book->surcharge_minor = bank_row_i64(result, 0, 6, 0);
        book->bank_loaded = true;
    }
}

static void take_iins(void *context, PGresult *result) {
    struct bank_book *book = context;
    bank_row_copy(result, 0, 0, book->iins, sizeof book->iins);
}

static void take_terminals(struct bank_book *book, PGresult *result, bool locked) {
    for (int row = 0; row < PQntuples(result); row++) {
        struct bank_terminal *terminal =
            bank_book_add_terminal(book, bank_row_i32(result, row, 0, 0));
        if (terminal->locked) {
            continue;
        }
        terminal->locked = locked;
        terminal->status = bank_row_text(result, row, 1)[0];
        terminal->signed_on = bank_row_bool(result, row, 2);
        terminal->pin_failures = bank_row_i32(result, row, 3, 0);
        terminal->period_no = bank_row_i64(result, row, 4, 0);
        terminal->period_atm_no = bank_row_i64(result, row, 5, 0);
        terminal->period_clr_no = bank_row_i64(result, row, 6, 0);
    }
}

static void take_terminals_locked(void *context, PGresult *result) {
    take_terminals(context, result, true);
}

static void take_terminals_read(void *context, PGresult *result) {
    take_terminals(context, result, false);
}

static void take_cards(struct bank_book *book, PGresult *result, bool locked) {
    for (int row = 0; row < PQntuples(result); row++) {
        struct bank_card *card = bank_book_add_card(book, bank_row_i64(result, row, 0, 0));
        if (card->locked) {
            continue;
        }
        card->locked = locked;
        bank_row_bytes(result, row, 1, card->pan_digest, TW_DIGEST_BYTES);
        bank_row_bytes(result, row, 2, card->pin_digest, TW_DIGEST_BYTES);
        card->expiry = bank_row_i32(result, row, 3, 0);
        card->tries_left = bank_row_i16(result, row, 4);
        card->status = bank_row_text(result, row, 5)[0];
        card->has_session = !bank_row_null(result, row, 6);
        if (card->has_session) {
            card->session = bank_row_uuid(result, row, 6);
        }
        card->daily_limit_minor = bank_row_i64(result, row, 7, 0);
        card->daily_limit_count = bank_row_i32(result, row, 8, 0);
        card->usage_date = bank_row_date(result, row, 9, BANK_NO_DATE);
        card->used_minor = bank_row_i64(result, row, 10, 0);
        card->used_count = bank_row_i32(result, row, 11, 0);
        card->account_count = bank_row_i64_array(result, row, 12, card->accounts, TW_ACCOUNTS_MAX);
    }
}

static void take_cards_locked(void *context, PGresult *result) {
    take_cards(context, result, true);
}

static void take_cards_read(void *context, PGresult *result) {
    take_cards(context, result, false);
}

static void take_accounts(struct bank_book *book, PGresult *result, bool locked) {
    for (int row = 0; row < PQntuples(result); row++) {
        struct bank_account *account = bank_book_add_account(book, bank_row_i64(result, row, 0, 0));
        if (account->locked) {
            continue;
        }
        account->locked = locked;
        account->kind = bank_row_i16(result, row, 1);
        account->status = bank_row_text(result, row, 2)[0];
        account->currency = currency_at(result, row, 3);
        bank_row_copy(result, row, 4, account->product, sizeof account->product);
        account->balance_minor = bank_row_i64(result, row, 5, 0);
        account->entry_no = bank_row_i64(result, row, 6, 0);
        account->overdraft_minor = bank_row_i64(result, row, 7, 0);
        account->daily_limit_minor = bank_row_i64(result, row, 8, BANK_NO_LIMIT);
        account->daily_used_minor = bank_row_i64(result, row, 9, 0);
        account->daily_date = bank_row_date(result, row, 10, BANK_NO_DATE);
    }
}

static void take_accounts_locked(void *context, PGresult *result) {
    take_accounts(context, result, true);
}

static void take_accounts_read(void *context, PGresult *result) {
    take_accounts(context, result, false);
}

static void take_decisions(void *context, PGresult *result) {
    struct bank_book *book = context;
    for (int row = 0; row < PQntuples(result); row++) {
        struct bank_decision decision = {
            .txid = bank_row_uuid(result, row, 0),
            .phase = (enum bank_phase)bank_row_i16(result, row, 1),
            .operation = (enum bank_operation)bank_row_i16(result, row, 2),
            .acquirer = bank_row_i32(result, row, 3, 0),
            .terminal_id = bank_row_i32(result, row, 4, 0),
            .business_date = bank_row_date(result, row, 5, 0),
            .stan = bank_row_i32(result, row, 6, 0),
            .amount_minor = bank_row_i64(result, row, 7, 0),
            .kept_minor = bank_row_i64(result, row, 8, 0),
            .card_id = bank_row_i64(result, row, 9, 0),
            .account_id = bank_row_i64(result, row, 10, 0),
            .to_account_id = bank_row_i64(result, row, 11, 0),
            .has_balance = !bank_row_null(result, row, 14),
            .ledger_minor = bank_row_i64(result, row, 12, 0),
            .available_minor = bank_row_i64(result, row, 13, 0),
            .entry_no = bank_row_i64(result, row, 14, 0),
            .peer = bank_row_i32(result, row, 18, 0),
            .window_no = bank_row_i32(result, row, 19, 0),
            .surcharge_minor = bank_row_i64(result, row, 20, 0),
            .interchange_minor = bank_row_i64(result, row, 21, 0),
            .posted_on = bank_row_date(result, row, 22, 0),
        };
        bool known = tw_rc_from_digits(bank_row_text(result, row, 15), &decision.rc);
        tw_assert(known);
        bank_row_bytes(result, row, 16, decision.content_digest, TW_DIGEST_BYTES);
        const char *detail = bank_row_null(result, row, 17) ? NULL : bank_row_text(result, row, 17);
        bank_book_add_decision(book, &decision, detail);
        book->loaded_count = book->decision_count;
    }
}

static void take_stans(void *context, PGresult *result) {
    for (int row = 0; row < PQntuples(result); row++) {
        struct bank_stan_use use = {
            .terminal_id = bank_row_i32(result, row, 0, 0),
            .business_date = bank_row_date(result, row, 1, 0),
            .stan = bank_row_i32(result, row, 2, 0),
            .acquirer = bank_row_i32(result, row, 3, 0),
            .txid = bank_row_uuid(result, row, 4),
            .phase = (enum bank_phase)bank_row_i16(result, row, 5),
        };
        bank_book_add_stan(context, &use);
    }
}

static void take_lines(void *context, PGresult *result) {
    struct bank_book *book = context;
    for (int row = 0; row < PQntuples(result); row++) {
        tw_assert(book->line_count < book->items_max * TW_STATEMENT_MAX);
        struct bank_statement_line *line = &book->lines[book->line_count++];
        *line = (struct bank_statement_line){
            .account_id = bank_row_i64(result, row, 0, 0),
            .entry = {
                .entry_no = bank_row_i64(result, row, 1, 0),
                .business_date = bank_row_date(result, row, 2, 0),
                .amount = -bank_row_i64(result, row, 3, 0), /* customer's view: credit positive */
                .balance = -bank_row_i64(result, row, 4, 0),
                .txid = bank_row_uuid(result, row, 6),
            }};
        bank_row_copy(result, row, 5, line->entry.operation, sizeof line->entry.operation);
    }
}

static void take_totals(void *context, PGresult *result) {
    struct bank_book *book = context;
    for (int row = 0; row < PQntuples(result); row++) {
        tw_assert(book->totals_count < book->items_max);
        book->totals[book->totals_count++] = (struct bank_totals){
            .terminal_id = bank_row_i32(result, row, 0, 0),
            .withdrawal_count = bank_row_i64(result, row, 1, 0),
            .withdrawal_amount = bank_row_i64(result, row, 2, 0),
            .reversal_count = bank_row_i64(result, row, 3, 0),
            .reversal_amount = bank_row_i64(result, row, 4, 0),
            .deposit_count = bank_row_i64(result, row, 5, 0),
            .deposit_amount = bank_row_i64(result, row, 6, 0),
        };
    }
}

static void take_peers_of(struct bank_book *book, PGresult *result, bool exposures) {
    for (int row = 0; row < PQntuples(result); row++) {
        struct bank_peer peer = {
            .code = bank_row_i32(result, row, 0, 0),
            .status = bank_row_text(result, row, 1)[0],
            .limit_minor = bank_row_i64(result, row, 2, 0),
            .interchange_minor = bank_row_i64(result, row, 3, 0),
        };
        struct bank_exposure exposure = {
            .peer = peer.code,
            .stripe = bank_row_i16(result, row, 4),
            .owed_minor = bank_row_i64(result, row, 5, 0),
            .share_minor = bank_row_i64(result, row, 6, 0),
        };
        bank_book_add_peer(book, &peer, exposures ? &exposure : NULL);
    }
}

static void take_peers(void *context, PGresult *result) {
    take_peers_of(context, result, true);
}

static void take_peer_terms(void *context, PGresult *result) {
    take_peers_of(context, result, false);
}

static void take_positions(void *context, PGresult *result) {
    for (int row = 0; row < PQntuples(result); row++) {
        struct bank_position position = {
            .peer = bank_row_i32(result, row, 0, 0),
            .window_no = bank_row_i32(result, row, 1, 0),
            .stripe = bank_row_i16(result, row, 2),
            .debit_count = bank_row_i64(result, row, 3, 0),
            .debit_minor = bank_row_i64(result, row, 4, 0),
            .credit_count = bank_row_i64(result, row, 5, 0),
            .credit_minor = bank_row_i64(result, row, 6, 0),
            .reversal_count = bank_row_i64(result, row, 7, 0),
            .reversal_minor = bank_row_i64(result, row, 8, 0),
            .fee_minor = bank_row_i64(result, row, 9, 0),
            .agreed_minor = bank_row_i64(result, row, 11, 0),
        };
        bank_row_bytes(result, row, 10, position.digest.bytes, sizeof position.digest.bytes);
        bank_book_add_position(context, &position);
    }
}

/* Peers as often as they are wanted: the database does not mind. */
static void put_peers(struct bank_params *params, const struct bank_wants *wants,
                      bool only_every_stripe) {
    size_t count = 0;
    for (size_t i = 0; i < wants->peer_count; i++) {
        count += !only_every_stripe || wants->peers[i].every_stripe ? 1 : 0;
    }
    bank_params_array(params, BANK_INT4, count);
    for (size_t i = 0; i < wants->peer_count; i++) {
        if (!only_every_stripe || wants->peers[i].every_stripe) {
            bank_params_i32(params, wants->peers[i].peer);
        }
    }
}

static void put_windows(struct bank_params *params, const struct bank_book *book) {
    const struct bank_wants *wants = &book->wants;
    put_peers(params, wants, false);
    bank_params_array(params, BANK_INT4, wants->peer_count);
    for (size_t i = 0; i < wants->peer_count; i++) {
        bank_params_i32(params, wants->peers[i].window_no);
    }
    bank_params_i32(params, book->stripe);
}

/* Before the single accounts of interbank_lock: all of them are locked in order of their number,
 * and an item wants no other window of the peer that is older. */
static void send_whole_window(struct bank_book *book, struct bank_db *db,
                              struct bank_params *params) {
    const struct bank_wants *wants = &book->wants;
    bank_params_i64(params, wants->whole_window.peer);
    bank_params_i32(params, wants->whole_window.window_no);
    bank_db_send(db, BANK_SQL_window_lock, params, take_accounts_locked, book);
    bank_params_i64(params, wants->whole_window.peer);
    bank_params_i32(params, wants->whole_window.window_no);
    bank_db_send(db, BANK_SQL_window_positions_read, params, take_positions, book);
}

static void send_peers(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    if (book->wants.whole_window.peer != 0) {
        send_whole_window(book, db, params);
    }
    if (book->wants.open_windows) {
        put_windows(params, book);
        bank_db_send(db, BANK_SQL_interbank_open, params, NULL, NULL);
    }
    put_windows(params, book);
    bank_db_send(db, BANK_SQL_interbank_lock, params, take_accounts_locked, book);
    put_windows(params, book);
    bank_db_send(db, BANK_SQL_positions_read, params, take_positions, book);
    put_peers(params, &book->wants, false);
    bank_params_i16(params, book->stripe);
    put_peers(params, &book->wants, true);
    bank_db_send(db, BANK_SQL_peers_lock, params, take_peers, book);
}

static void send_reads(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    const struct bank_wants *wants = &book->wants;
    if (wants->iins) {
        bank_db_send(db, BANK_SQL_iins_read, NULL, take_iins, book);
    }
    if (wants->terminals.count > 0) {
        put_ids_i32(params, wants->terminals.ids, wants->terminals.count);
        bank_db_send(db, BANK_SQL_terminals_read, params, take_terminals_read, book);
    }
    if (wants->cards.count > 0) {
        put_ids(params, wants->cards.ids, wants->cards.count);
        bank_db_send(db, BANK_SQL_cards_read, params, take_cards_read, book);
    }
    if (wants->accounts.count > 0) {
        put_ids(params, wants->accounts.ids, wants->accounts.count);
        bank_db_send(db, BANK_SQL_accounts_read, params, take_accounts_read, book);
    }
    if (wants->peer_terms.count > 0) {
        put_ids_i32(params, wants->peer_terms.ids, wants->peer_terms.count);
        bank_db_send(db, BANK_SQL_peers_read, params, take_peer_terms, book);
    }
    if (wants->statements.count > 0) {
        put_ids(params, wants->statements.ids, wants->statements.count);
        bank_db_send(db, BANK_SQL_statement_read, params, take_lines, book);
    }
    if (wants->totals.count > 0) {
        put_ids_i32(params, wants->totals.ids, wants->totals.count);
        bank_db_send(db, BANK_SQL_totals_read, params, take_totals, book);
    }
}

static void send_keys(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    const struct bank_wants *wants = &book->wants;
    book->keys_unread =
        wants->txid_count > 0 && !wants->stored_matter && wants->original_count == 0;
    if (wants->txid_count > 0 && !book->keys_unread) {
        put_uuids(params, wants->txids, wants->txid_count);
        bank_params_bool(params, wants->original_count > 0);
        bank_db_send(db, BANK_SQL_decisions_read, params, take_decisions, book);
    }
    if (wants->stan_count == 0) {
        return;
    }
    bank_params_array(params, BANK_INT4, wants->stan_count);
    for (size_t i = 0; i < wants->stan_count; i++) {
        bank_params_i32(params, wants->stans[i].terminal_id);
    }
    bank_params_array(params, BANK_DATE, wants->stan_count);
    for (size_t i = 0; i < wants->stan_count; i++) {
        bank_params_date(params, wants->stans[i].business_date);
    }
    bank_params_array(params, BANK_INT4, wants->stan_count);
    for (size_t i = 0; i < wants->stan_count; i++) {
        bank_params_i32(params, wants->stans[i].stan);
    }
    bank_params_array(params, BANK_INT4, wants->stan_count);
    for (size_t i = 0; i < wants->stan_count; i++) {
        bank_params_i32(params, wants->stans[i].acquirer);
    }
    bank_db_send(db, BANK_SQL_stans_read, params, take_stans, book);
}

static void send_locks(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    const struct bank_wants *wants = &book->wants;
    if (wants->terminals_locked.count > 0) {
        put_ids_i32(params, wants->terminals_locked.ids, wants->terminals_locked.count);
        bank_db_send(db, BANK_SQL_terminals_lock, params, take_terminals_locked, book);
    }
    if (wants->cards_locked.count + wants->pan_count + wants->original_count > 0) {
        put_ids(params, wants->cards_locked.ids, wants->cards_locked.count);
        put_pan_digests(params, wants);
        put_uuids(params, wants->originals, wants->original_count);
        bank_db_send(db, BANK_SQL_cards_lock, params, take_cards_locked, book);
    }
    if (wants->settlectl_window != 0) {
        bank_params_i32(params, wants->settlectl_window);
        bank_db_send(db, BANK_SQL_settlectl_open, params, NULL, NULL);
    }
    if (wants->original_count > 0) {
        put_ids(params, wants->accounts_locked.ids, wants->accounts_locked.count);
        put_uuids(params, wants->originals, wants->original_count);
        bank_db_send(db, BANK_SQL_accounts_lock_originals, params, take_accounts_locked, book);
    } else if (wants->accounts_locked.count > 0) {
        put_ids(params, wants->accounts_locked.ids, wants->accounts_locked.count);
        bank_db_send(db, BANK_SQL_accounts_lock, params, take_accounts_locked, book);
    }
    if (wants->peer_count > 0) {
        send_peers(book, db, params);
    }
}

void bank_load_locked(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    bank_db_send(db, BANK_SQL_bank_share, NULL, take_bank, book);
    send_locks(book, db, params);
    send_keys(book, db, params);
    if (book->wants.pan_count > 0) {
        put_pan_digests(params, &book->wants);
        bank_db_send(db, BANK_SQL_card_accounts_read, params, take_accounts_read, book);
    }
    send_reads(book, db, params);
}

void bank_load_unlocked(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    bank_db_send(db, BANK_SQL_bank_read, NULL, take_bank, book);
    if (book->wants.peer_count > 0) {
        put_peers(params, &book->wants, false);
        bank_db_send(db, BANK_SQL_peers_read, params, take_peers, book);
    }
    send_reads(book, db, params);
}
