/* The bank's prepared statements: db/sql/<name>.sql, one identifier each. Nothing else is ever sent
 * to the database by the daemon. */
#ifndef BANK_DB_STATEMENTS_H
#define BANK_DB_STATEMENTS_H

#include "db/connection.h"

enum bank_statement_id {
#define BANK_STATEMENT(stem) BANK_SQL_##stem,
#include "db/statements.def"
#undef BANK_STATEMENT
    BANK_STATEMENT_COUNT
};

extern const struct bank_statement bank_statements[BANK_STATEMENT_COUNT];

#endif
