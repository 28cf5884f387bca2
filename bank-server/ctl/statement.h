/*
 * The statement of one account over a period, as it was read from the books in one snapshot. Shown
 * as a table or JSON by statement.c, as camt.053 by statement_camt053.c.
 */
#ifndef BANK_CTL_STATEMENT_H
#define BANK_CTL_STATEMENT_H

#include "ctl/ctl.h"

struct ctl_period {
    int32_t from_date, to_date; /* business dates, both included */
    int64_t opening_minor, closing_minor;
    PGresult *account; /* columns of account_show.sql */
    PGresult *entries; /* columns of statement_period.sql */
};

/* Columns of statement_period.sql. */
enum ctl_period_column {
    CTL_PERIOD_ENTRY_NO,
    CTL_PERIOD_BOOKED,
    CTL_PERIOD_VALUE,
    CTL_PERIOD_OPERATION,
    CTL_PERIOD_PHASE,
    CTL_PERIOD_TERMINAL,
    CTL_PERIOD_AMOUNT,
    CTL_PERIOD_BALANCE,
    CTL_PERIOD_TXID,
    CTL_PERIOD_PEER,
    CTL_PERIOD_COUNTERPARTY,
};

#define CTL_STATEMENT_ENTRIES_MAX 1000000

/* bank_name may be NULL. */
struct tw_status ctl_statement_camt053(const struct ctl *ctl, const struct ctl_period *period,
                                       const char *bank_name, struct tw_error *ret_error);

#endif
