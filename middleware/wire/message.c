/*
 * The field tables. HEADER and OUTCOME are the first fields of every request and result; their
 * offsets are those inside the struct at the message's beginning, which is asserted for each.
 */
#include "wire/message.h"

#define MEMBER(type, member) (((struct type *)0)->member)

#define FIELD(type, member, kind_, ...)                                                            \
    {                                                                                              \
        .name = #member, .kind = TW_FIELD_##kind_, .offset = offsetof(struct type, member),        \
        __VA_ARGS__                                                                                \
    }
#define ARRAY(type, member, kind_, ...)                                                            \
    FIELD(type, member, kind_, .size = sizeof MEMBER(type, member), __VA_ARGS__)
#define LIST(type, member, count_member, element_, max_, ...)                                      \
    FIELD(type, member, LIST, .optional = true, .size = sizeof MEMBER(type, member[0]),            \
          .count_offset = offsetof(struct type, count_member), .element = (element_),              \
          .list_max = (max_), __VA_ARGS__)
#define END                                                                                        \
    { .name = NULL }

#define HEADER                                                                                     \
    FIELD(tw_header, terminal_id, TERMINAL_ID,                                                     \
          .about = "the terminal; must be the one in its certificate"),                            \
        FIELD(tw_header, business_date, DATE,                                                      \
              .about = "business date the terminal was signed on with"),                           \
        FIELD(tw_header, stan, INT, .min = 1, .max = TW_STAN_MAX,                                  \
              .about = "system trace audit number, unique per terminal and business date"),        \
        FIELD(tw_header, txid, UUID, .about = "made by the client; of an advice: its original's"), \
        FIELD(tw_header, repeat, BOOL, .optional = true,                                           \
              .about = "repeat mark: sent before and unanswered"),                                 \
        FIELD(tw_header, deadline_ms, INT, .optional = true, .max = TW_DEADLINE_MAX_MS,            \
              .about = "time the caller still has; absent: the hop's default"),                    \
        ARRAY(tw_header, traceparent, STRING, .optional = true, .about = "W3C Trace Context"),     \
        FIELD(tw_header, acquirer, BANK_CODE, .optional = true,                                    \
              .about = "the terminal's bank; set by the middleware from the certificate")

#define BANK_HEADER                                                                                \
    FIELD(tw_header, txid, UUID, .about = "of the operation"),                                     \
        FIELD(tw_header, repeat, BOOL, .optional = true,                                           \
              .about = "repeat mark: sent before and unanswered"),                                 \
        FIELD(tw_header, deadline_ms, INT, .optional = true, .max = TW_DEADLINE_MAX_MS,            \
              .about = "time the caller still has; absent: the hop's default"),                    \
        ARRAY(tw_header, traceparent, STRING, .optional = true, .about = "W3C Trace Context")

#define OUTCOME                                                                                    \
    FIELD(tw_outcome, rc, RC, .about = "response code, ISO 8583 data element 39"),                 \
        ARRAY(tw_outcome, text, STRING, .about = "the response code in words")

#define SESSION(type)                                                                              \
    ARRAY(type, session, STRING, .about = "token of session.open, the newest one received")
#define RENEWED_SESSION(type)                                                                      \
    ARRAY(type, session, STRING, .optional = true, .about = "renewed token; use it from now on")
#define CURRENCY(type, optional_)                                                                  \
    FIELD(type, currency, CURRENCY, .optional = (optional_), .about = "ISO 4217 code")
#define BALANCES(type, approval_)                                                                  \
    FIELD(type, ledger_balance, AMOUNT, .optional = true, .with_approval = (approval_),            \
          .min = -TW_AMOUNT_MAX_MINOR, .about = "booked balance, may be negative"),                \
        FIELD(type, available_balance, AMOUNT, .optional = true, .with_approval = (approval_),     \
              .min = -TW_AMOUNT_MAX_MINOR, .about = "what a withdrawal could take")
#define ENTRY_NO(type, optional_)                                                                  \
    FIELD(type, entry_no, INT, .optional = (optional_), .max = INT64_MAX,                          \
          .about = "number of the account's last entry; balances are as of it")
#define FEES(type)                                                                                 \
    {.name = "surcharge",                                                                          \
     .kind = TW_FIELD_AMOUNT,                                                                      \
     .optional = true,                                                                             \
     .offset = offsetof(struct type, fees.surcharge),                                              \
     .about = "between banks: what the terminal's bank takes from the customer"},                  \
    {                                                                                              \
        .name = "interchange", .kind = TW_FIELD_AMOUNT, .optional = true,                          \
        .offset = offsetof(struct type, fees.interchange),                                         \
        .about = "between banks: what the issuer pays the terminal's bank"                         \
    }
#define WINDOW(type, member, about_)                                                               \
    FIELD(type, member, INT, .optional = true, .max = TW_WINDOW_MAX, .about = (about_))
#define NOTES(type)                                                                                \
    LIST(type, notes, note_count, tw_notes_fields, TW_NOTES_MAX, .about = "notes by denomination")
#define TOTAL(member_, about_)                                                                     \
    FIELD(tw_terminal_totals_result, member_, AMOUNT, .optional = true, .with_approval = true,     \
          .min = -TW_AMOUNT_MAX_MINOR, .about = (about_))

#define REQUEST_STARTS_WITH_HEADER(type)                                                           \
    _Static_assert(offsetof(struct type, header) == 0, "header comes first")
#define RESULT_STARTS_WITH_OUTCOME(type)                                                           \
    _Static_assert(offsetof(struct type, outcome) == 0, "outcome comes first")

const struct tw_field tw_header_fields[] = {HEADER, END};
const struct tw_field tw_bank_header_fields[] = {BANK_HEADER, END};

static const struct tw_field tw_notes_fields[] = {
    FIELD(tw_notes, denomination, INT, .min = 1, .max = TW_DENOMINATION_MAX,
          .about = "value of one note in minor units"),
    FIELD(tw_notes, count, INT, .max = TW_NOTE_COUNT_MAX, .about = "number of notes"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_plain_request);
const struct tw_field tw_plain_request_fields[] = {HEADER, END};

RESULT_STARTS_WITH_OUTCOME(tw_plain_result);
const struct tw_field tw_plain_result_fields[] = {OUTCOME, END};

RESULT_STARTS_WITH_OUTCOME(tw_sign_on_result);
const struct tw_field tw_sign_on_result_fields[] = {
    OUTCOME,
    FIELD(tw_sign_on_result, business_date, DATE, .optional = true,
          .about = "use this date in all further requests"),
    FIELD(tw_sign_on_result, bank_code, BANK_CODE, .optional = true, .about = "the acquirer"),
    ARRAY(tw_sign_on_result, bank_name, STRING, .optional = true, .about = "for receipts"),
    CURRENCY(tw_sign_on_result, true),
    FIELD(tw_sign_on_result, surcharge, AMOUNT, .optional = true,
          .about = "what a card of another bank pays here per withdrawal or transfer"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_pin_key_request);
const struct tw_field tw_pin_key_request_fields[] = {
    HEADER,
    ARRAY(tw_pin_key_request, iin, DIGITS, .about = "issuer identification number of the card"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_pin_key_result);
const struct tw_field tw_pin_key_result_fields[] = {
    OUTCOME,
    FIELD(tw_pin_key_result, bank_code, BANK_CODE, .optional = true, .about = "the issuer"),
    FIELD(tw_pin_key_result, certificate, TEXT, .optional = true, .size = TW_CERTIFICATE_TEXT,
          .about = "PEM; verify it against the network's root before encrypting for it"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_session_open_request);
const struct tw_field tw_session_open_request_fields[] = {
    HEADER,
    FIELD(tw_session_open_request, pan, PAN, .about = "card number"),
    FIELD(tw_session_open_request, expiry, EXPIRY, .about = "YYMM, as on the card"),
    FIELD(tw_session_open_request, pin_block, TEXT, .size = TW_PIN_BLOCK_TEXT,
          .about = "JWE, compact serialization, for the issuer's PIN key"),
    END,
};

static const struct tw_field tw_session_account_fields[] = {
    FIELD(tw_session_account, account, IBAN, .about = "IBAN"),
    ARRAY(tw_session_account, product, STRING, .about = "checking or savings"),
    CURRENCY(tw_session_account, false),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_session_open_result);
const struct tw_field tw_session_open_result_fields[] = {
    OUTCOME,
    ARRAY(tw_session_open_result, session, STRING, .optional = true, .about = "with 00: the token"),
    FIELD(tw_session_open_result, expires_in_ms, INT, .optional = true, .max = INT64_MAX,
          .about = "life of the token when nothing is done"),
    FIELD(tw_session_open_result, retain_card, BOOL, .optional = true,
          .about = "the terminal keeps the card"),
    LIST(tw_session_open_result, accounts, account_count, tw_session_account_fields,
         TW_ACCOUNTS_MAX, .about = "accounts the card may use, the default first"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_session_request);
const struct tw_field tw_session_request_fields[] = {HEADER, SESSION(tw_session_request), END};

REQUEST_STARTS_WITH_HEADER(tw_balance_request);
const struct tw_field tw_balance_request_fields[] = {
    HEADER,
    SESSION(tw_balance_request),
    FIELD(tw_balance_request, account, IBAN, .about = "one of the card's accounts"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_balance_result);
const struct tw_field tw_balance_result_fields[] = {
    OUTCOME,
    CURRENCY(tw_balance_result, true),
    BALANCES(tw_balance_result, true),
    ENTRY_NO(tw_balance_result, true),
    RENEWED_SESSION(tw_balance_result),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_statement_request);
const struct tw_field tw_statement_request_fields[] = {
    HEADER,
    SESSION(tw_statement_request),
    FIELD(tw_statement_request, account, IBAN, .about = "one of the card's accounts"),
    FIELD(tw_statement_request, count, INT, .optional = true, .min = 1, .max = TW_STATEMENT_MAX,
          .about = "entries wanted, 10 when absent"),
    END,
};

static const struct tw_field tw_statement_entry_fields[] = {
    ENTRY_NO(tw_statement_entry, false),
    FIELD(tw_statement_entry, business_date, DATE, .about = "when it was booked"),
    FIELD(tw_statement_entry, amount, AMOUNT, .min = -TW_AMOUNT_MAX_MINOR,
          .about = "signed: positive is a credit to the customer"),
    FIELD(tw_statement_entry, balance, AMOUNT, .min = -TW_AMOUNT_MAX_MINOR,
          .about = "booked balance after the entry"),
    ARRAY(tw_statement_entry, operation, STRING, .about = "withdrawal, reversal, transfer ..."),
    FIELD(tw_statement_entry, txid, UUID, .about = "of the operation"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_statement_result);
const struct tw_field tw_statement_result_fields[] = {
    OUTCOME,
    CURRENCY(tw_statement_result, true),
    BALANCES(tw_statement_result, true),
    LIST(tw_statement_result, entries, entry_count, tw_statement_entry_fields, TW_STATEMENT_MAX,
         .about = "latest first"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_cash_request);
const struct tw_field tw_cash_request_fields[] = {
    HEADER,
    SESSION(tw_cash_request),
    FIELD(tw_cash_request, account, IBAN, .about = "one of the card's accounts"),
    FIELD(tw_cash_request, amount, AMOUNT, .min = 1, .about = "minor units"),
    CURRENCY(tw_cash_request, false),
    FEES(tw_cash_request),
    NOTES(tw_cash_request),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_transfer_request);
const struct tw_field tw_transfer_request_fields[] = {
    HEADER,
    SESSION(tw_transfer_request),
    FIELD(tw_transfer_request, from_account, IBAN, .about = "one of the card's accounts"),
    FIELD(tw_transfer_request, to_account, IBAN, .about = "the payee's account"),
    FIELD(tw_transfer_request, amount, AMOUNT, .min = 1, .about = "minor units"),
    CURRENCY(tw_transfer_request, false),
    ARRAY(tw_transfer_request, remittance, STRING, .optional = true,
          .about = "unstructured remittance information"),
    FEES(tw_transfer_request),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_transfer_status_request);
const struct tw_field tw_transfer_status_request_fields[] = {
    HEADER,
    FIELD(tw_transfer_status_request, from_account, IBAN, .optional = true,
          .about = "the card's account; absent: one of the terminal's own bank"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_posting_result);
const struct tw_field tw_posting_result_fields[] = {
    OUTCOME,
    ARRAY(tw_posting_result, rrn, STRING, .optional = true, .about = "retrieval reference number"),
    ARRAY(tw_posting_result, authorization_id, STRING, .optional = true, .about = "with 00"),
    ARRAY(tw_posting_result, status, STRING, .optional = true,
          .about = "of a transfer: COMPLETED, PENDING, REJECTED or RETURNED"),
    ARRAY(tw_posting_result, reason, STRING, .optional = true,
          .about = "of a rejected transfer: ISO 20022 reason code"),
    FIELD(tw_posting_result, amount, AMOUNT, .optional = true,
          .about = "what was posted, reversed or confirmed"),
    CURRENCY(tw_posting_result, true),
    BALANCES(tw_posting_result, false),
    ENTRY_NO(tw_posting_result, true),
    FIELD(tw_posting_result, business_date, DATE, .optional = true, .about = "when it was booked"),
    RENEWED_SESSION(tw_posting_result),
    FIELD(tw_posting_result, surcharge, AMOUNT, .optional = true,
          .about = "what the customer pays the terminal's bank, on top of amount"),
    FIELD(tw_posting_result, interchange, AMOUNT, .optional = true,
          .about = "between banks: what the issuer pays the terminal's bank"),
    WINDOW(tw_posting_result, window_no, "between banks: settlement window of the item"),
    ARRAY(tw_posting_result, original_rc, STRING, .optional = true,
          .about = "between banks, of a reversal: how the original was answered"),
    FIELD(tw_posting_result, original_amount, AMOUNT, .optional = true,
          .about = "between banks, of a reversal: what the original posted, fees included"),
    WINDOW(tw_posting_result, original_window_no,
           "between banks, of a reversal: settlement window of the original"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_confirm_request);
const struct tw_field tw_confirm_request_fields[] = {
    HEADER,
    FIELD(tw_confirm_request, amount, AMOUNT, .min = 1, .about = "as approved"),
    CURRENCY(tw_confirm_request, false),
    FIELD(tw_confirm_request, suspect, BOOL, .optional = true,
          .about = "nobody knows whether the notes were taken"),
    NOTES(tw_confirm_request),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_reverse_request);
const struct tw_field tw_reverse_request_fields[] = {
    HEADER,
    FIELD(tw_reverse_request, account, IBAN, .optional = true,
          .about = "the original's account; absent: one of the terminal's own bank"),
    FIELD(tw_reverse_request, amount, AMOUNT, .min = 1, .about = "of the original request"),
    FIELD(tw_reverse_request, dispensed, AMOUNT, .about = "what the customer keeps; 0: all back"),
    CURRENCY(tw_reverse_request, false),
    ARRAY(tw_reverse_request, reason, STRING,
          .about = "timeout, jam, partial_dispense, not_taken, power_loss or returned"),
    NOTES(tw_reverse_request),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_pin_change_request);
const struct tw_field tw_pin_change_request_fields[] = {
    HEADER,
    SESSION(tw_pin_change_request),
    FIELD(tw_pin_change_request, pin_block, TEXT, .size = TW_PIN_BLOCK_TEXT,
          .about = "JWE with the old and the new PIN"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_terminal_cash_request);
const struct tw_field tw_terminal_cash_request_fields[] = {
    HEADER,
    FIELD(tw_terminal_cash_request, amount, AMOUNT, .about = "sum of the notes"),
    CURRENCY(tw_terminal_cash_request, false),
    NOTES(tw_terminal_cash_request),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_terminal_totals_result);
const struct tw_field tw_terminal_totals_result_fields[] = {
    OUTCOME,
    FIELD(tw_terminal_totals_result, business_date, DATE, .optional = true, .about = "the bank's"),
    CURRENCY(tw_terminal_totals_result, true),
    TOTAL(cash_balance, "cash in the terminal, by the ledger"),
    TOTAL(dispense_clearing, "approved and unresolved"),
    TOTAL(difference, "terminal.balance: counted less cash_balance before; booked short or over"),
    TOTAL(withdrawal_count, "withdrawals of the period"),
    TOTAL(withdrawal_amount, "their sum"),
    TOTAL(reversal_count, "reversals of the period"),
    TOTAL(reversal_amount, "their sum"),
    TOTAL(deposit_count, "deposits of the period"),
    TOTAL(deposit_amount, "their sum"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_credit_request);
const struct tw_field tw_credit_request_fields[] = {
    BANK_HEADER,
    FIELD(tw_credit_request, from_account, IBAN, .about = "the payer's, at the asking bank"),
    FIELD(tw_credit_request, to_account, IBAN, .about = "the payee's, at the bank that is asked"),
    FIELD(tw_credit_request, amount, AMOUNT, .min = 1, .about = "minor units"),
    CURRENCY(tw_credit_request, false),
    ARRAY(tw_credit_request, remittance, STRING, .optional = true,
          .about = "unstructured remittance information"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_inquiry_request);
const struct tw_field tw_inquiry_request_fields[] = {BANK_HEADER, END};

REQUEST_STARTS_WITH_HEADER(tw_return_request);
const struct tw_field tw_return_request_fields[] = {
    BANK_HEADER,
    FIELD(tw_return_request, amount, AMOUNT, .min = 1, .about = "of the transfer"),
    CURRENCY(tw_return_request, false),
    FIELD(tw_return_request, window_no, INT, .min = 1, .max = TW_WINDOW_MAX,
          .about = "settlement window of the return"),
    ARRAY(tw_return_request, reason, STRING, .about = "ISO 20022 return reason code"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_credit_result);
const struct tw_field tw_credit_result_fields[] = {
    OUTCOME,
    ARRAY(tw_credit_result, status, STRING, .about = "ACCEPTED, REJECTED or RETURNED"),
    ARRAY(tw_credit_result, reason, STRING, .optional = true,
          .about = "with REJECTED: ISO 20022 reason code"),
    FIELD(tw_credit_result, amount, AMOUNT, .optional = true, .about = "minor units"),
    WINDOW(tw_credit_result, window_no, "with ACCEPTED: settlement window of the item"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_directory_request);
const struct tw_field tw_directory_request_fields[] = {
    BANK_HEADER,
    FIELD(tw_directory_request, serial, INT, .optional = true, .max = INT64_MAX,
          .about = "of the directory the caller has"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_directory_result);
const struct tw_field tw_directory_result_fields[] = {
    OUTCOME,
    FIELD(tw_directory_result, serial, INT, .optional = true, .max = INT64_MAX,
          .about = "of the directory this bank has"),
    FIELD(tw_directory_result, directory, TEXT, .optional = true, .size = TW_DIRECTORY_TEXT,
          .about = "when newer: JWS, compact, signed by the network's root"),
    END,
};

/* --- clearing and settlement --------------------------------------------------------------------
 */

#define WINDOW_NO(type, about_)                                                                    \
    FIELD(type, window_no, INT, .min = 1, .max = TW_WINDOW_MAX, .about = (about_))
#define SIGNED(type, member_, optional_, about_)                                                   \
    FIELD(type, member_, TEXT, .optional = (optional_), .size = TW_STATEMENT_TEXT,                 \
          .about = (about_))
#define CERTIFICATE(type, optional_)                                                               \
    FIELD(type, certificate, TEXT, .optional = (optional_), .size = TW_CERTIFICATE_TEXT,           \
          .about = "PEM, of who signed")

REQUEST_STARTS_WITH_HEADER(tw_window_request);
const struct tw_field tw_window_request_fields[] = {
    BANK_HEADER, WINDOW_NO(tw_window_request, "settlement window"), END};

RESULT_STARTS_WITH_OUTCOME(tw_window_totals_result);
const struct tw_field tw_window_totals_result_fields[] = {
    OUTCOME,
    ARRAY(tw_window_totals_result, status, STRING, .optional = true, .about = "of the window"),
    FIELD(tw_window_totals_result, in_doubt, INT, .optional = true, .max = INT64_MAX,
          .about = "messages with who asks that are not acknowledged yet"),
    SIGNED(tw_window_totals_result, statement, true,
           "JWS: signed totals; absent while the window is open"),
    CERTIFICATE(tw_window_totals_result, true),
    END,
};

#define PREFIX(type)                                                                               \
    ARRAY(type, prefix, STRING, .optional = true,                                                  \
          .about = "bucket: hexadecimal digits of the txid's end; absent: the whole window")

REQUEST_STARTS_WITH_HEADER(tw_window_buckets_request);
const struct tw_field tw_window_buckets_request_fields[] = {
    BANK_HEADER, WINDOW_NO(tw_window_buckets_request, "settlement window"),
    PREFIX(tw_window_buckets_request), END};

static const struct tw_field tw_window_bucket_fields[] = {
    ARRAY(tw_window_bucket, bucket, STRING, .about = "two or four hexadecimal digits"),
    FIELD(tw_window_bucket, count, INT, .max = INT64_MAX, .about = "items"),
    ARRAY(tw_window_bucket, digest, STRING, .about = "sum of the items' digests, hexadecimal"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_window_buckets_result);
const struct tw_field tw_window_buckets_result_fields[] = {
    OUTCOME,
    LIST(tw_window_buckets_result, buckets, bucket_count, tw_window_bucket_fields, TW_BUCKETS_MAX,
         .about = "those that are not empty"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_window_items_request);
const struct tw_field tw_window_items_request_fields[] = {
    BANK_HEADER, WINDOW_NO(tw_window_items_request, "settlement window"),
    PREFIX(tw_window_items_request),
    FIELD(tw_window_items_request, offset, INT, .optional = true, .max = INT64_MAX,
          .about = "how many the caller has"),
    END};

static const struct tw_field tw_window_item_fields[] = {
    FIELD(tw_window_item, txid, UUID, .about = "operation the item belongs to"),
    WINDOW_NO(tw_window_item, "as the deciding bank stamped it"),
    FIELD(tw_window_item, amount, AMOUNT, .min = -TW_AMOUNT_MAX_MINOR,
          .about = "positive: owed to the bank that answers"),
    ARRAY(tw_window_item, kind, STRING, .about = "payment, reversal, return, fee or correction"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_window_items_result);
const struct tw_field tw_window_items_result_fields[] = {
    OUTCOME,
    FIELD(tw_window_items_result, more, BOOL, .optional = true, .about = "there are more"),
    LIST(tw_window_items_result, items, item_count, tw_window_item_fields, TW_ITEMS_MAX,
         .about = "in the order of txid, then amount"),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_window_find_request);
const struct tw_field tw_window_find_request_fields[] = {
    BANK_HEADER, FIELD(tw_window_find_request, item, UUID, .about = "txid of the items wanted"),
    END};

REQUEST_STARTS_WITH_HEADER(tw_settlement_submit_request);
const struct tw_field tw_settlement_submit_request_fields[] = {
    BANK_HEADER, WINDOW_NO(tw_settlement_submit_request, "settlement window"),
    SIGNED(tw_settlement_submit_request, statement, false, "JWS: the bank's signed positions"),
    CERTIFICATE(tw_settlement_submit_request, false), END};

static const struct tw_field tw_participant_fields[] = {
    FIELD(tw_participant, bank_code, BANK_CODE, .about = "a participant"),
    END,
};

RESULT_STARTS_WITH_OUTCOME(tw_settlement_result);
const struct tw_field tw_settlement_result_fields[] = {
    OUTCOME,
    ARRAY(tw_settlement_result, status, STRING, .optional = true,
          .about = "of the window at the agent: OPEN, CLOSED, PENDING_SETTLEMENT, SETTLED, FAILED"),
    WINDOW(tw_settlement_result, window_no, "the window asked about"),
    WINDOW(tw_settlement_result, open_window_no,
           "the network's open window: a bank that is behind cuts over"),
    FIELD(tw_settlement_result, submitted, BOOL, .optional = true,
          .about = "the agent holds positions of the bank that asks"),
    ARRAY(tw_settlement_result, reason, STRING, .optional = true,
          .about = "why it is not settled yet"),
    LIST(tw_settlement_result, missing, missing_count, tw_participant_fields, TW_PARTICIPANTS_MAX,
         .about = "banks whose positions are missing"),
    LIST(tw_settlement_result, disputed, disputed_count, tw_participant_fields, TW_PARTICIPANTS_MAX,
         .about = "peers whose positions contradict those of who asks"),
    SIGNED(tw_settlement_result, finality, true, "JWS: the signed result for the bank that asks"),
    CERTIFICATE(tw_settlement_result, true),
    END,
};

REQUEST_STARTS_WITH_HEADER(tw_settlement_account_request);
const struct tw_field tw_settlement_account_request_fields[] = {BANK_HEADER, END};

RESULT_STARTS_WITH_OUTCOME(tw_settlement_account_result);
const struct tw_field tw_settlement_account_result_fields[] = {
    OUTCOME,
    CURRENCY(tw_settlement_account_result, true),
    FIELD(tw_settlement_account_result, reserve, AMOUNT, .optional = true, .with_approval = true,
          .about = "balance of the settlement account"),
    FIELD(tw_settlement_account_result, prefunding, AMOUNT, .optional = true, .with_approval = true,
          .about = "set aside for what the reserve cannot pay"),
    FIELD(tw_settlement_account_result, cap, AMOUNT, .optional = true, .with_approval = true,
          .about = "net debit cap"),
    ARRAY(tw_settlement_account_result, status, STRING, .optional = true,
          .about = "ACTIVE, SUSPENDED or DEFAULTED"),
    END,
};
