/*
 * A statement of one account as ISO 20022 camt.053.001.08 (BankToCustomerStatement): written to a
 * stream as it is read from the structs, so its size has no limit but the disk's.
 *
 * Amounts are minor units, credit positive, from the account owner's view. Opening balance and
 * entries add up to the closing balance, or the statement is refused. Identifiers are refused when
 * they are empty or longer than the standard allows; names and remittance are texts of strangers:
 * they are cut to the standard's length, and characters that XML or a reader's screen cannot take
 * become blanks. Nothing here reads a clock.
 *
 * Errors: INVALID_PARAMS as above, IO when the stream refuses, NO_MEMORY. What was written before
 * an error is no document; the caller discards it. Ownership: everything is borrowed for the call.
 * Threading: no shared state. Source: ISO 20022 message definition report "Bank-to-Customer Cash
 * Management", camt.053.001.08; external code sets for balance types and bank transaction codes.
 */
#ifndef IB_REPORT_CAMT053_H
#define IB_REPORT_CAMT053_H

#include <stdint.h>
#include <stdio.h>

#include "core/date.h"
#include "core/money.h"
#include "core/status.h"
#include "core/uuid.h"

#define IB_CAMT053_NAMESPACE "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

/* Exactly one of the two. */
struct ib_camt_account {
    const char *iban;
    const char *other; /* up to 34 characters */
};

/* The other side of an entry; any part may be NULL (or without an account). */
struct ib_camt_party {
    const char *name;
    struct ib_camt_account account;
    const char *agent; /* its bank, by the clearing system's code */
};

/* Bank transaction code: the three of the external code set, or none of them, and our own. */
struct ib_camt_code {
    const char *domain, *family, *subfamily; /* "PMNT", "CCRD", "CWDL" */
    const char *proprietary;                 /* up to 35 characters */
};

struct ib_camt_entry {
    const char *reference; /* one entry of the account, for ever */
    int64_t amount_minor;  /* not 0 */
    bool reversal;         /* undoes an earlier entry */
    int32_t booking_date, value_date;
    struct tw_uuid txid; /* written as 32 hexadecimal digits: references have at most 35 */
    struct ib_camt_code code;
    struct ib_camt_party counterparty;
    const char *remittance; /* may be NULL */
};

struct ib_camt_statement {
    const char *message_id, *statement_id; /* up to 35 characters */
    const char *created_at;                /* "2026-11-20T09:00:00Z" */
    int64_t sequence_no;                   /* electronic sequence number; 0: none */
    int32_t from_date, to_date;            /* business dates, both included */
    struct ib_camt_account account;
    struct tw_currency currency;
    const char *owner_name;    /* may be NULL */
    const char *servicer_name; /* may be NULL */
    const char *servicer;      /* who keeps the account, by its bank code; NULL: by name alone */
    int64_t opening_minor, closing_minor;
    const struct ib_camt_entry *entries;
    size_t entry_count;
};

/* What callers put into a statement, in the form it takes. Dates without dashes: 35 characters are
 * enough for an account of up to 18. */
#define IB_CAMT_ID_SIZE   36
#define IB_CAMT_TIME_SIZE (TW_DATE_TEXT_SIZE + sizeof "T00:00:00Z")
const char *ib_camt_uuid_text(const struct tw_uuid *uuid, char buffer[IB_CAMT_ID_SIZE]);
const char *ib_camt_time_text(int64_t wall_ms, char buffer[IB_CAMT_TIME_SIZE]);
const char *ib_camt_statement_id(const char *account, int32_t from_date, int32_t to_date,
                                 char buffer[IB_CAMT_ID_SIZE]);

struct tw_status ib_camt053_write(const struct ib_camt_statement *statement, FILE *out,
                                  struct tw_error *ret_error);

#endif
