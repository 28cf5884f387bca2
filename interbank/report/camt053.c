/*
 * Everything is checked before the first byte, then each function writes one element in the order
 * of the schema's sequences. libxml2's writer is used as a stream: a tree of a statement with many
 * entries would be many times its text. Elements that a bank of this network has nothing for are
 * left out; all that are mandatory are there.
 *
 * Banks are named by their code as FinInstnId/Othr/Id: they have no BIC, as they do not exist.
 */
#include "report/camt053.h"

#include <stdlib.h>
#include <string.h>

#include "report/xml.h"

#define ID_MAX            35
#define ACCOUNT_MAX       34
#define OWNER_NAME_MAX    140
#define REMITTANCE_MAX    140
#define DAY_MS            INT64_C(86400000)
#define ISSUER            "Tellerwire"
#define CREATED_AT_FORMAT "dddd-dd-ddTdd:dd:ddZ"

/* --- what callers put in ------------------------------------------------------------------------
 */

const char *ib_camt_uuid_text(const struct tw_uuid *uuid, char buffer[IB_CAMT_ID_SIZE]) {
    char dashed[TW_UUID_TEXT_SIZE];
    size_t used = 0;
    for (const char *at = tw_uuid_text(uuid, dashed); *at != '\0'; at++) {
        if (*at != '-') {
            buffer[used++] = *at;
        }
    }
    buffer[used] = '\0';
    return buffer;
}

const char *ib_camt_time_text(int64_t wall_ms, char buffer[IB_CAMT_TIME_SIZE]) {
    char date[TW_DATE_TEXT_SIZE];
    const int seconds = (int)(wall_ms % DAY_MS / 1000);
    (void)snprintf(buffer, IB_CAMT_TIME_SIZE, "%sT%02d:%02d:%02dZ",
                   tw_date_text((int32_t)(wall_ms / DAY_MS), date), seconds / 3600,
                   seconds / 60 % 60, seconds % 60);
    return buffer;
}

const char *ib_camt_statement_id(const char *account, int32_t from_date, int32_t to_date,
                                 char buffer[IB_CAMT_ID_SIZE]) {
    int year[2], month[2], day[2];
    tw_date_civil(from_date, &year[0], &month[0], &day[0]);
    tw_date_civil(to_date, &year[1], &month[1], &day[1]);
    (void)snprintf(buffer, IB_CAMT_ID_SIZE, "%s-%04d%02d%02d%04d%02d%02d", account, year[0],
                   month[0], day[0], year[1], month[1], day[1]);
    return buffer;
}

/* --- checks --------------------------------------------------------------------------------- */

/* Letters, digits and what else stands in references: no text of people. */
static bool is_id(const char *text, size_t most) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-/?:().,'+_";
    return text != NULL && text[0] != '\0' && strlen(text) <= most &&
           text[strspn(text, allowed)] == '\0';
}

static bool is_time(const char *text) {
    size_t i = 0;
    for (; text != NULL && CREATED_AT_FORMAT[i] != '\0' && text[i] != '\0'; i++) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (CREATED_AT_FORMAT[i] == 'd' ? !digit : text[i] != CREATED_AT_FORMAT[i]) {
            return false;
        }
    }
    return text != NULL && CREATED_AT_FORMAT[i] == '\0' && text[i] == '\0';
}

static bool in_range(int64_t amount_minor) {
    return amount_minor >= -TW_AMOUNT_MAX_MINOR && amount_minor <= TW_AMOUNT_MAX_MINOR;
}

static bool is_account(const struct ib_camt_account *account) {
    if (account->iban != NULL) {
        return account->other == NULL && is_id(account->iban, ACCOUNT_MAX);
    }
    return is_id(account->other, ACCOUNT_MAX);
}

static bool has_account(const struct ib_camt_account *account) {
    return account->iban != NULL || account->other != NULL;
}

static struct tw_status check_entry(const struct ib_camt_entry *entry, size_t place,
                                    struct tw_error *ret_error) {
    const struct ib_camt_code *code = &entry->code;
    const struct ib_camt_party *other = &entry->counterparty;
    const char *reason = NULL;
    if (!is_id(entry->reference, ID_MAX)) {
        reason = "reference";
    } else if (entry->amount_minor == 0 || !in_range(entry->amount_minor)) {
        reason = "amount";
    } else if (!is_id(code->proprietary, ID_MAX) ||
               (code->domain == NULL) != (code->family == NULL) ||
               (code->domain == NULL) != (code->subfamily == NULL) ||
               (code->domain != NULL && (!is_id(code->domain, 4) || !is_id(code->family, 4) ||
                                         !is_id(code->subfamily, 4)))) {
        reason = "bank transaction code";
    } else if (has_account(&other->account) && !is_account(&other->account)) {
        reason = "account of the counterparty";
    } else if (other->agent != NULL && !is_id(other->agent, ID_MAX)) {
        reason = "agent of the counterparty";
    }
    return reason == NULL ? tw_success()
                          : tw_fail(ret_error, TW_E_INVALID_PARAMS,
                                    "%s of entry %zu is not what camt.053 takes", reason, place);
}

struct totals {
    int64_t credit_count, debit_count;
    int64_t credit_minor, debit_minor; /* both positive */
};

static struct tw_status add_up(const struct ib_camt_statement *statement, struct totals *ret_totals,
                               struct tw_error *ret_error) {
    struct totals totals = {0};
    bool fits = true;
    for (size_t i = 0; i < statement->entry_count; i++) {
        const int64_t amount_minor = statement->entries[i].amount_minor;
        struct tw_status status = check_entry(&statement->entries[i], i, ret_error);
        if (!tw_ok(status)) {
            return status;
        }
        totals.credit_count += amount_minor > 0;
        totals.debit_count += amount_minor < 0;
        int64_t *sum_minor = amount_minor > 0 ? &totals.credit_minor : &totals.debit_minor;
        fits = tw_money_add(*sum_minor, llabs(amount_minor), sum_minor) && fits;
    }
    int64_t all_minor = 0;
    int64_t closing_minor = 0;
    fits = fits && tw_money_add(totals.credit_minor, totals.debit_minor, &all_minor) &&
           tw_money_add(statement->opening_minor, totals.credit_minor - totals.debit_minor,
                        &closing_minor);
    if (!fits || closing_minor != statement->closing_minor) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "opening balance and entries do not add up to the closing balance");
    }
    *ret_totals = totals;
    return tw_success();
}

static struct tw_status check(const struct ib_camt_statement *statement, struct totals *ret_totals,
                              struct tw_error *ret_error) {
    const char *reason = NULL;
    if (!is_id(statement->message_id, ID_MAX) || !is_id(statement->statement_id, ID_MAX)) {
        reason = "id of message or statement";
    } else if (!is_time(statement->created_at)) {
        reason = "creation time";
    } else if (statement->from_date > statement->to_date) {
        reason = "period";
    } else if (!is_account(&statement->account)) {
        reason = "account";
    } else if (statement->servicer != NULL ? !is_id(statement->servicer, ID_MAX)
                                           : !ib_xml_shows(statement->servicer_name)) {
        reason = "account servicer";
    } else if (!in_range(statement->opening_minor) || !in_range(statement->closing_minor)) {
        reason = "balance";
    }
    return reason == NULL
               ? add_up(statement, ret_totals, ret_error)
               : tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s is not what camt.053 takes", reason);
}

/* --- parts of many elements ----------------------------------------------------------------- */

static void write_date(struct ib_xml *xml, const char *element, int32_t days) {
    char text[TW_DATE_TEXT_SIZE];
    ib_xml_open(xml, element);
    ib_xml_leaf(xml, "Dt", tw_date_text(days, text));
    ib_xml_close(xml);
}

/* Amt and CdtDbtInd: an amount has no sign. Zero is a credit. */
static void write_amount(struct ib_xml *xml, struct tw_currency currency, int64_t amount_minor) {
    char text[TW_MONEY_TEXT_SIZE];
    ib_xml_open(xml, "Amt");
    ib_xml_attribute(xml, "Ccy", currency.code);
    (void)tw_money_text(llabs(amount_minor), currency, text);
    xml->failed = xmlTextWriterWriteString(xml->writer, (const xmlChar *)text) < 0 || xml->failed;
    ib_xml_close(xml);
    ib_xml_leaf(xml, "CdtDbtInd", amount_minor < 0 ? "DBIT" : "CRDT");
}

static void write_account_id(struct ib_xml *xml, const struct ib_camt_account *account) {
    ib_xml_open(xml, "Id");
    if (account->iban != NULL) {
        ib_xml_leaf(xml, "IBAN", account->iban);
    } else {
        ib_xml_open(xml, "Othr");
        ib_xml_leaf(xml, "Id", account->other);
        ib_xml_close(xml);
    }
    ib_xml_close(xml);
}

static void write_agent(struct ib_xml *xml, const char *element, const char *name,
                        const char *code) {
    ib_xml_open(xml, element);
    ib_xml_open(xml, "FinInstnId");
    ib_xml_foreign(xml, "Nm", name, OWNER_NAME_MAX);
    if (code != NULL) {
        ib_xml_open(xml, "Othr");
        ib_xml_leaf(xml, "Id", code);
        ib_xml_close(xml);
    }
    ib_xml_close(xml);
    ib_xml_close(xml);
}

/* --- statement ------------------------------------------------------------------------------ */

static void write_header(struct ib_xml *xml, const struct ib_camt_statement *statement) {
    ib_xml_open(xml, "GrpHdr");
    ib_xml_leaf(xml, "MsgId", statement->message_id);
    ib_xml_leaf(xml, "CreDtTm", statement->created_at);
    ib_xml_close(xml);
}

/* A business date begins and ends when the bank says so; the times are the schema's wish. */
static void write_period(struct ib_xml *xml, const struct ib_camt_statement *statement) {
    char date[TW_DATE_TEXT_SIZE];
    char text[sizeof CREATED_AT_FORMAT];
    ib_xml_open(xml, "FrToDt");
    (void)snprintf(text, sizeof text, "%sT00:00:00", tw_date_text(statement->from_date, date));
    ib_xml_leaf(xml, "FrDtTm", text);
    (void)snprintf(text, sizeof text, "%sT23:59:59", tw_date_text(statement->to_date, date));
    ib_xml_leaf(xml, "ToDtTm", text);
    ib_xml_close(xml);
}

static void write_account(struct ib_xml *xml, const struct ib_camt_statement *statement) {
    ib_xml_open(xml, "Acct");
    write_account_id(xml, &statement->account);
    ib_xml_leaf(xml, "Ccy", statement->currency.code);
    if (ib_xml_shows(statement->owner_name)) {
        ib_xml_open(xml, "Ownr");
        ib_xml_foreign(xml, "Nm", statement->owner_name, OWNER_NAME_MAX);
        ib_xml_close(xml);
    }
    write_agent(xml, "Svcr", statement->servicer_name, statement->servicer);
    ib_xml_close(xml);
}

/* OPBD opening booked, CLBD closing booked. */
static void write_balance(struct ib_xml *xml, const struct ib_camt_statement *statement,
                          const char *type, int64_t balance_minor, int32_t date) {
    ib_xml_open(xml, "Bal");
    ib_xml_open(xml, "Tp");
    ib_xml_open(xml, "CdOrPrtry");
    ib_xml_leaf(xml, "Cd", type);
    ib_xml_close(xml);
    ib_xml_close(xml);
    write_amount(xml, statement->currency, balance_minor);
    write_date(xml, "Dt", date);
    ib_xml_close(xml);
}

static void write_count_and_sum(struct ib_xml *xml, int64_t count, int64_t sum_minor,
                                struct tw_currency currency) {
    char text[TW_MONEY_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "%lld", (long long)count);
    ib_xml_leaf(xml, "NbOfNtries", text);
    ib_xml_leaf(xml, "Sum", tw_money_text(sum_minor, currency, text));
}

static void write_totals(struct ib_xml *xml, const struct ib_camt_statement *statement,
                         const struct totals *totals) {
    ib_xml_open(xml, "TxsSummry");
    ib_xml_open(xml, "TtlNtries");
    write_count_and_sum(xml, totals->credit_count + totals->debit_count,
                        totals->credit_minor + totals->debit_minor, statement->currency);
    ib_xml_open(xml, "TtlNetNtry");
    char text[TW_MONEY_TEXT_SIZE];
    const int64_t net_minor = totals->credit_minor - totals->debit_minor;
    ib_xml_leaf(xml, "Amt", tw_money_text(llabs(net_minor), statement->currency, text));
    ib_xml_leaf(xml, "CdtDbtInd", net_minor < 0 ? "DBIT" : "CRDT");
    ib_xml_close(xml);
    ib_xml_close(xml);
    ib_xml_open(xml, "TtlCdtNtries");
    write_count_and_sum(xml, totals->credit_count, totals->credit_minor, statement->currency);
    ib_xml_close(xml);
    ib_xml_open(xml, "TtlDbtNtries");
    write_count_and_sum(xml, totals->debit_count, totals->debit_minor, statement->currency);
    ib_xml_close(xml);
    ib_xml_close(xml);
}

/* --- entries -------------------------------------------------------------------------------- */

static void write_code(struct ib_xml *xml, const struct ib_camt_code *code) {
    ib_xml_open(xml, "BkTxCd");
    if (code->domain != NULL) {
        ib_xml_open(xml, "Domn");
        ib_xml_leaf(xml, "Cd", code->domain);
        ib_xml_open(xml, "Fmly");
        ib_xml_leaf(xml, "Cd", code->family);
        ib_xml_leaf(xml, "SubFmlyCd", code->subfamily);
        ib_xml_close(xml);
        ib_xml_close(xml);
    }
    ib_xml_open(xml, "Prtry");
    ib_xml_leaf(xml, "Cd", code->proprietary);
    ib_xml_leaf(xml, "Issr", ISSUER);
    ib_xml_close(xml);
    ib_xml_close(xml);
}

/* Who paid a credit, or whom a debit was paid to. The other one is the account itself. A reversal
 * keeps the roles of what it undoes. */
static void write_counterparty(struct ib_xml *xml, const struct ib_camt_entry *entry) {
    const struct ib_camt_party *other = &entry->counterparty;
    const bool debtor = (entry->amount_minor > 0) != entry->reversal;
    const bool named = ib_xml_shows(other->name);
    if (named || has_account(&other->account)) {
        ib_xml_open(xml, "RltdPties");
        if (named) {
            ib_xml_open(xml, debtor ? "Dbtr" : "Cdtr");
            ib_xml_open(xml, "Pty");
            ib_xml_foreign(xml, "Nm", other->name, OWNER_NAME_MAX);
            ib_xml_close(xml);
            ib_xml_close(xml);
        }
        if (has_account(&other->account)) {
            ib_xml_open(xml, debtor ? "DbtrAcct" : "CdtrAcct");
            write_account_id(xml, &other->account);
            ib_xml_close(xml);
        }
        ib_xml_close(xml);
    }
    if (other->agent != NULL) {
        ib_xml_open(xml, "RltdAgts");
        write_agent(xml, debtor ? "DbtrAgt" : "CdtrAgt", NULL, other->agent);
        ib_xml_close(xml);
    }
}

static void write_details(struct ib_xml *xml, const struct ib_camt_entry *entry,
                          struct tw_currency currency) {
    char txid[IB_CAMT_ID_SIZE];
    (void)ib_camt_uuid_text(&entry->txid, txid);
    ib_xml_open(xml, "NtryDtls");
    ib_xml_open(xml, "TxDtls");
    ib_xml_open(xml, "Refs");
    ib_xml_leaf(xml, "AcctSvcrRef", txid);
    ib_xml_leaf(xml, "TxId", txid);
    ib_xml_close(xml);
    write_amount(xml, currency, entry->amount_minor);
    write_counterparty(xml, entry);
    if (ib_xml_shows(entry->remittance)) {
        ib_xml_open(xml, "RmtInf");
        ib_xml_foreign(xml, "Ustrd", entry->remittance, REMITTANCE_MAX);
        ib_xml_close(xml);
    }
    ib_xml_close(xml);
    ib_xml_close(xml);
}

static void write_entry(struct ib_xml *xml, const struct ib_camt_entry *entry,
                        struct tw_currency currency) {
    char txid[IB_CAMT_ID_SIZE];
    ib_xml_open(xml, "Ntry");
    ib_xml_leaf(xml, "NtryRef", entry->reference);
    write_amount(xml, currency, entry->amount_minor);
    ib_xml_leaf(xml, "RvslInd", entry->reversal ? "true" : "false");
    ib_xml_open(xml, "Sts");
    ib_xml_leaf(xml, "Cd", "BOOK");
    ib_xml_close(xml);
    write_date(xml, "BookgDt", entry->booking_date);
    write_date(xml, "ValDt", entry->value_date);
    ib_xml_leaf(xml, "AcctSvcrRef", ib_camt_uuid_text(&entry->txid, txid));
    write_code(xml, &entry->code);
    write_details(xml, entry, currency);
    ib_xml_close(xml);
}

/* --- document ------------------------------------------------------------------------------- */

static void write_statement(struct ib_xml *xml, const struct ib_camt_statement *statement,
                            const struct totals *totals) {
    ib_xml_open(xml, "Stmt");
    ib_xml_leaf(xml, "Id", statement->statement_id);
    if (statement->sequence_no > 0) {
        char text[TW_MONEY_TEXT_SIZE];
        (void)snprintf(text, sizeof text, "%lld", (long long)statement->sequence_no);
        ib_xml_leaf(xml, "ElctrncSeqNb", text);
    }
    ib_xml_leaf(xml, "CreDtTm", statement->created_at);
    write_period(xml, statement);
    write_account(xml, statement);
    write_balance(xml, statement, "OPBD", statement->opening_minor, statement->from_date);
    write_balance(xml, statement, "CLBD", statement->closing_minor, statement->to_date);
    write_totals(xml, statement, totals);
    for (size_t i = 0; i < statement->entry_count; i++) {
        write_entry(xml, &statement->entries[i], statement->currency);
    }
    ib_xml_close(xml);
}

struct tw_status ib_camt053_write(const struct ib_camt_statement *statement, FILE *out,
                                  struct tw_error *ret_error) {
    struct totals totals = {0};
    struct ib_xml xml;
    struct tw_status status = check(statement, &totals, ret_error);
    if (tw_ok(status)) {
        status = ib_xml_begin(&xml, out, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    ib_xml_open(&xml, "Document");
    ib_xml_attribute(&xml, "xmlns", IB_CAMT053_NAMESPACE);
    ib_xml_open(&xml, "BkToCstmrStmt");
    write_header(&xml, statement);
    write_statement(&xml, statement, &totals);
    ib_xml_close(&xml);
    ib_xml_close(&xml);
    return ib_xml_end(&xml, ret_error);
}
