/* The texts are embedded from db/sql by the build (bank_statements.h). */
#include "db/statements.h"

#include "bank_statements.h"

const struct bank_statement bank_statements[BANK_STATEMENT_COUNT] = {
#define BANK_STATEMENT_ROW(stem) [BANK_SQL_##stem] = {.name = #stem, .sql = bank_sql_##stem},
    BANK_STATEMENTS(BANK_STATEMENT_ROW)
#undef BANK_STATEMENT_ROW
};
