/* The texts are embedded from db/sql by the build (bank_statements.h). */
#include "db/statements.h"

#include "bank_statements.h"

const struct bank_statement bank_statements[BANK_STATEMENT_COUNT] = {
#define BANK_STATEMENT(stem) [BANK_SQL_##stem] = {.name = #stem, .sql = bank_sql_##stem},
#include "db/statements.def"
#undef BANK_STATEMENT
};
