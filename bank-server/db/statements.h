/* The bank's prepared statements: db/sql/<name>.sql, one identifier each. Nothing else is ever sent
 * to the database by the daemon. */
#ifndef BANK_DB_STATEMENTS_H
#define BANK_DB_STATEMENTS_H

#include "db/connection.h"

#define BANK_STATEMENTS(X)                                                                         \
    X(begin)                                                                                       \
    X(commit)                                                                                      \
    X(rollback)                                                                                    \
    X(bank_share)                                                                                  \
    X(bank_read) X(terminals_lock) X(terminals_read) X(cards_lock) X(cards_read) X(accounts_lock)  \
        X(accounts_lock_originals) X(accounts_read) X(card_accounts_read) X(decisions_read)        \
            X(stans_read) X(statement_read) X(totals_read) X(accounts_store) X(entries_store)      \
                X(decisions_store) X(cards_store) X(terminals_store) X(batch_store) X(lane_heads)  \
                    X(lane_store) X(anchors_store)

enum bank_statement_id {
#define BANK_STATEMENT_ENUM(name) BANK_SQL_##name,
    BANK_STATEMENTS(BANK_STATEMENT_ENUM)
#undef BANK_STATEMENT_ENUM
        BANK_STATEMENT_COUNT
};

extern const struct bank_statement bank_statements[BANK_STATEMENT_COUNT];

#endif
