/* PostgreSQL counts the days of a binary DATE from 2000-01-01, the project from 1970-01-01. */
#ifndef BANK_DB_DATE_H
#define BANK_DB_DATE_H

#define BANK_POSTGRES_EPOCH_DAYS 10957

#endif
