/*
 * A wrong book: an item that no other book has, put there by somebody who may do anything to the
 * database. Everything else of the book is made to fit (entries add up and follow each other,
 * positions, balances and exposures are what the items say), so that a comparison has only the
 * other bank's book to go by, and the audit only the hash chain.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/uuid.h"
#include "scenario/play.h"

#define STRIPE "7" /* an account that a lane of these small banks hardly uses */

/* Formatted with peer, window, account, txid, amount and phase. */
static const char put_item[] =
    "BEGIN;"
    "CREATE TEMPORARY TABLE wrong ON COMMIT DROP AS SELECT %" PRId64 "::integer AS peer,"
    " %" PRId64 "::integer AS window_no, %" PRId64 "::bigint AS account, '%s'::uuid AS txid,"
    " %" PRId64 "::bigint AS amount, %d::smallint AS phase;"
    "INSERT INTO account (account_id, opened_on, kind, currency, product)"
    " SELECT account, business_date, 13, currency, '" STRIPE "' FROM bank CROSS JOIN wrong"
    " ON CONFLICT DO NOTHING;"
    "INSERT INTO position (peer_code, window_no, stripe)"
    " SELECT peer, window_no, " STRIPE " FROM wrong ON CONFLICT DO NOTHING;"
    "INSERT INTO decision (txid, phase, operation, acquirer, terminal_id, business_date,"
    " amount_minor, lane_id, batch_no, item_no, rc, content_digest, peer, window_no)"
    " SELECT txid, phase, 3, bank_code, 0, business_date, abs(amount), 0, 0, 0, '00',"
    " decode(repeat('00', 32), 'hex'), peer, wrong.window_no FROM bank CROSS JOIN wrong"
    " ON CONFLICT DO NOTHING;"
    "INSERT INTO entry (account_id, entry_no, amount_minor, balance_minor, txid, phase)"
    " SELECT account_id, entry_no + 1, sign * amount, balance_minor + sign * amount, txid, phase"
    " FROM (SELECT account.*, CASE kind WHEN 13 THEN 1 ELSE -1 END AS sign FROM account CROSS JOIN"
    " wrong WHERE account_id = account OR account_id ="
    " (SELECT min(account_id) FROM account WHERE kind = 12)) AS moved CROSS JOIN wrong;"
    "UPDATE account SET entry_no = entry_no + 1, balance_minor = balance_minor"
    " + CASE kind WHEN 13 THEN 1 ELSE -1 END * (SELECT amount FROM wrong) WHERE account_id ="
    " (SELECT account FROM wrong) OR account_id ="
    " (SELECT min(account_id) FROM account WHERE kind = 12);"
    "UPDATE exposure SET owed_minor = owed_minor + amount FROM wrong"
    " WHERE peer_code = peer AND stripe = " STRIPE ";"
    "UPDATE position p SET debit_count = i.debit_count, debit_minor = i.debit_minor,"
    " credit_count = i.credit_count, credit_minor = i.credit_minor,"
    " reversal_count = i.reversal_count, reversal_minor = i.reversal_minor,"
    " fee_minor = i.fee_minor, digest = i.digest FROM position_of_items i, wrong"
    " WHERE i.account_id = account AND p.peer_code = peer AND p.window_no = wrong.window_no"
    " AND p.stripe = " STRIPE ";"
    "COMMIT;";

static int64_t window_of(struct scn_bank *bank, const json_t *step, char **ret_problem) {
    int64_t open = scn_books_number(bank, "SELECT window_no FROM bank", ret_problem);
    return scn_number(step, "window", open);
}

void scn_step_seed_break(struct scn_run *run, const json_t *step, struct scn_played *played) {
    struct scn_bank *bank = scn_bank_find(run, scn_text(step, "bank"));
    const struct scn_bank *peer = scn_bank_find(run, scn_text(step, "peer"));
    struct tw_uuid made = tw_uuid_v7(tw_clock_system(), tw_random_system());
    char text[TW_UUID_TEXT_SIZE];
    const char *txid = scn_text_or(step, "txid", tw_uuid_text(&made, text));
    int64_t window = window_of(bank, step, &played->problem);
    int64_t account = peer->code * INT64_C(10000000000) + window * 100 + 7;
    bool reversal = scn_flag(step, "reversal");
    struct tw_uuid read;
    if (played->problem != NULL)
        return;
    if (!tw_uuid_parse(txid, &read)) {
        played->problem = scn_format("txid: \"%.40s\" is no UUID", txid);
        return;
    }
    SCN_OWNED sql = scn_format(put_item, peer->code, window, account, txid,
                               scn_money(step, "amount", 0), reversal ? 2 : 0);
    PQclear(scn_books_as(bank, "postgres", sql, &played->problem));
    bank->tampered = true;
    played->report = json_pack("{s:s, s:I}", "txid", txid, "window", (json_int_t)window);
    played->shown = scn_format("window %" PRId64 ", %.8s", window, txid);
}
