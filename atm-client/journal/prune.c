/*
 * Forgetting. Business dates are counted as this terminal lived them, one row of `stan` each; a
 * calendar of its own was rejected, because only the bank knows which days it opened. The day from
 * which on all is kept only moves forward, and nothing is looked at while it stays: so this costs
 * something once a day. The trigger on `entry` lets go of days before it and of nothing else.
 */
#include "atm-client/journal/sql.h"

/* Txids that the host has not acknowledged, or disputes: those are for people. */
#define OPEN_TXIDS                                                                                 \
    "(SELECT txid FROM advice WHERE rc IS NULL OR"                                                 \
    " (rc NOT IN ('00', '25') AND method <> 'transfer.status'))"
#define FORGETTABLE "state IN (?, ?, ?, ?, ?) AND business_date < ? AND txid NOT IN " OPEN_TXIDS

static void forget_operations(struct atm_journal *journal, int64_t kept_from) {
    const char *const statements[] = {
        "DELETE FROM operation_cash WHERE txid IN (SELECT txid FROM operation WHERE " FORGETTABLE
        ")",
        "DELETE FROM operation_deposit WHERE txid IN (SELECT txid FROM operation WHERE " FORGETTABLE
        ")",
        "DELETE FROM operation WHERE " FORGETTABLE,
    };
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        sql_change(journal, statements[i], SQL_INT(ATM_OP_DONE), SQL_INT(ATM_OP_DECLINED),
                   SQL_INT(ATM_OP_REVERSED), SQL_INT(ATM_OP_SETTLED), SQL_INT(ATM_OP_RETURNED),
                   SQL_INT(kept_from));
}

/* What still stands in `operation`, or waits for its acknowledgement, keeps its history. The newest
 * entry stays: the chain goes on from it. */
#define FORGETTABLE_ENTRIES                                                                        \
    "business_date < ? AND txid NOT IN (SELECT txid FROM operation)"                               \
    " AND txid NOT IN " OPEN_TXIDS " AND sequence < (SELECT max(sequence) FROM entry)"

/* Which numbers go, as ranges with the hash at their end; those that touch become one. */
static void note_pruned(struct atm_journal *journal, int64_t kept_from) {
    sql_change(journal,
               "INSERT INTO pruned (first, last, hash)"
               " SELECT first, last, (SELECT hash FROM entry WHERE sequence = last) FROM"
               " (SELECT min(sequence) AS first, max(sequence) AS last FROM"
               " (SELECT sequence, sequence - row_number() OVER (ORDER BY sequence) AS island"
               " FROM entry WHERE " FORGETTABLE_ENTRIES ") GROUP BY island)",
               SQL_INT(kept_from));
    sql_change_values(journal,
                      "INSERT INTO pruned (first, last, hash)"
                      " SELECT -f, l, (SELECT hash FROM pruned WHERE last = l) FROM"
                      " (SELECT min(first) AS f, max(last) AS l FROM (SELECT first, last,"
                      " sum(apart) OVER (ORDER BY first) AS island FROM (SELECT first, last,"
                      " first - 1 IS NOT lag(last) OVER (ORDER BY first) AS apart FROM pruned))"
                      " GROUP BY island)",
                      NULL, 0);
    sql_change_values(journal, "DELETE FROM pruned WHERE first > 0", NULL, 0);
    sql_change_values(journal, "UPDATE pruned SET first = -first", NULL, 0);
}

static void forget_history(struct atm_journal *journal, int64_t kept_from) {
    note_pruned(journal, kept_from);
    sql_change(journal, "DELETE FROM entry WHERE " FORGETTABLE_ENTRIES, SQL_INT(kept_from));
    sql_change_values(journal,
                      "DELETE FROM advice WHERE rc IS NOT NULL"
                      " AND txid NOT IN (SELECT txid FROM operation)"
                      " AND txid NOT IN (SELECT txid FROM entry)",
                      NULL, 0);
}

void atm_journal_prune(struct atm_journal *journal, int64_t keep_days) {
    int64_t kept_from = sql_integer(journal, 0,
                                    "SELECT coalesce(min(business_date), 0) FROM (SELECT"
                                    " business_date FROM stan ORDER BY business_date DESC LIMIT ?)",
                                    SQL_INT(keep_days));
    int64_t before =
        sql_integer_values(journal, INT64_MAX, "SELECT kept_from FROM terminal", NULL, 0);
    if (kept_from <= before)
        return;
    sql_change(journal, "UPDATE terminal SET kept_from = ?", SQL_INT(kept_from));
    forget_operations(journal, kept_from);
    forget_history(journal, kept_from);
}
