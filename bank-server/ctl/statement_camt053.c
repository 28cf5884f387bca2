/*
 * A period's rows as what interbank/report writes. Rows point into the query's result. Bank
 * transaction codes are those of the ISO 20022 external code set where it has one; our own names of
 * operations stand beside them always. Who the other customer is the books know for transfers
 * within the bank; of transfers between banks they know the bank.
 */
#include <stdlib.h>
#include <string.h>

#include "core/iban.h"
#include "ctl/statement.h"
#include "report/camt053.h"

static const struct {
    const char *operation;
    struct ib_camt_code code; /* without our own */
} codes[] = {
    {"withdrawal", {.domain = "PMNT", .family = "CCRD", .subfamily = "CWDL"}},
    {"deposit", {.domain = "PMNT", .family = "CCRD", .subfamily = "CDPT"}},
    {"counter_withdrawal", {.domain = "PMNT", .family = "CNTR", .subfamily = "CWDL"}},
    {"counter_deposit", {.domain = "PMNT", .family = "CNTR", .subfamily = "CDPT"}},
    {"incoming_transfer", {.domain = "PMNT", .family = "RCDT", .subfamily = "DMCT"}},
};

/* Texts that an entry points to and the result does not have in this form. */
struct entry_texts {
    char iban[TW_IBAN_TEXT_SIZE];
};

static const char *value(const struct ctl_period *period, int row, enum ctl_period_column column) {
    return PQgetisnull(period->entries, row, (int)column)
               ? NULL
               : PQgetvalue(period->entries, row, (int)column);
}

/* Undone: a withdrawal's reversal, a transfer's release, a return. */
static bool is_reversal(const char *phase) {
    return strcmp(phase, "reversal") == 0 || strcmp(phase, "outcome") == 0 ||
           strcmp(phase, "return") == 0;
}

static struct ib_camt_code code_of(const char *operation, bool issued, bool abroad) {
    struct ib_camt_code code = {.proprietary = operation};
    if (strcmp(operation, "transfer") == 0) {
        code.domain = "PMNT";
        code.family = issued ? "ICDT" : "RCDT";
        code.subfamily = abroad ? "DMCT" : "BOOK";
    }
    for (size_t i = 0; i < CTL_COUNT(codes); i++) {
        if (strcmp(operation, codes[i].operation) == 0) {
            code = codes[i].code;
            code.proprietary = operation;
        }
    }
    return code;
}

static void read_entry(const struct ctl *ctl, const struct ctl_period *period, int row,
                       struct entry_texts *texts, struct ib_camt_entry *ret_entry) {
    const char *other = value(period, row, CTL_PERIOD_COUNTERPARTY);
    const char *peer = value(period, row, CTL_PERIOD_PEER);
    const bool reversal = is_reversal(value(period, row, CTL_PERIOD_PHASE));
    const int64_t amount_minor = ctl_result_number(period->entries, row, CTL_PERIOD_AMOUNT);
    *ret_entry = (struct ib_camt_entry){
        .reference = value(period, row, CTL_PERIOD_ENTRY_NO),
        .amount_minor = amount_minor,
        .reversal = reversal,
        .code = code_of(value(period, row, CTL_PERIOD_OPERATION), (amount_minor < 0) != reversal,
                        peer != NULL && other == NULL),
        .counterparty = {.agent = other == NULL ? peer : NULL},
    };
    if (other != NULL) {
        const struct tw_iban iban = {ctl->format.bank_code, strtoll(other, NULL, 10)};
        ret_entry->counterparty.account.iban = tw_iban_text(iban, texts->iban);
    }
    const bool parsed =
        tw_date_parse(value(period, row, CTL_PERIOD_BOOKED), &ret_entry->booking_date) &&
        tw_date_parse(value(period, row, CTL_PERIOD_VALUE), &ret_entry->value_date) &&
        tw_uuid_parse(value(period, row, CTL_PERIOD_TXID), &ret_entry->txid);
    tw_assert(parsed);
}

static struct tw_status write_statement(const struct ctl *ctl, const struct ctl_period *period,
                                        const char *bank_name, const struct ib_camt_entry *entries,
                                        size_t count, struct tw_error *ret_error) {
    char id[IB_CAMT_ID_SIZE];
    char message[IB_CAMT_ID_SIZE];
    char created[IB_CAMT_TIME_SIZE];
    char iban[TW_IBAN_TEXT_SIZE];
    char bank[CTL_NUMBER_TEXT_SIZE];
    const int64_t account = ctl_result_number(period->account, 0, 0);
    const struct tw_uuid uuid = tw_uuid_v7(ctl->clock, ctl->random);
    struct ib_camt_statement statement = {
        .message_id = ib_camt_uuid_text(&uuid, message),
        .statement_id = ib_camt_statement_id(PQgetvalue(period->account, 0, 0), period->from_date,
                                             period->to_date, id),
        .created_at = ib_camt_time_text(tw_wall_ms(ctl->clock), created),
        .from_date = period->from_date,
        .to_date = period->to_date,
        .currency = ctl->format.currency,
        .owner_name = PQgetisnull(period->account, 0, 5) ? NULL : PQgetvalue(period->account, 0, 5),
        .servicer_name = bank_name,
        .servicer = ctl_number_text(ctl->format.bank_code, bank),
        .opening_minor = period->opening_minor,
        .closing_minor = period->closing_minor,
        .entries = entries,
        .entry_count = count,
    };
    if (account >= TW_ACCOUNT_CUSTOMER_MIN && account <= TW_ACCOUNT_CUSTOMER_MAX) {
        statement.account.iban =
            tw_iban_text((struct tw_iban){ctl->format.bank_code, account}, iban);
    } else {
        statement.account.other = PQgetvalue(period->account, 0, 0);
    }
    return ib_camt053_write(&statement, ctl->out, ret_error);
}

struct tw_status ctl_statement_camt053(const struct ctl *ctl, const struct ctl_period *period,
                                       const char *bank_name, struct tw_error *ret_error) {
    const size_t count = (size_t)PQntuples(period->entries);
    struct ib_camt_entry *entries = calloc(count + 1, sizeof *entries);
    struct entry_texts *texts = calloc(count + 1, sizeof *texts);
    struct tw_status status;
    if (entries == NULL || texts == NULL) {
        status = tw_fail(ret_error, TW_E_NO_MEMORY, "statement of %zu entries", count);
    } else {
        for (size_t i = 0; i < count; i++) {
            read_entry(ctl, period, (int)i, &texts[i], &entries[i]);
        }
        status = write_statement(ctl, period, bank_name, entries, count, ret_error);
    }
    free(entries);
    free(texts);
    return status;
}
