/*
 * The messages of terminals and acquirers, as C structs. Names are the members on the wire
 * (docs/PROTOCOL.md); amounts are minor units; a struct's field table has its name plus `_fields`.
 * ISO 8583 data elements: DE 2 pan, DE 4 amount, DE 11 stan, DE 14 expiry, DE 37 rrn,
 * DE 38 authorization_id, DE 39 rc, DE 41 terminal_id, DE 49 currency, DE 102/103 accounts.
 */
#ifndef TW_WIRE_MESSAGE_H
#define TW_WIRE_MESSAGE_H

#include "core/iban.h"
#include "core/money.h"
#include "core/pan.h"
#include "core/rc.h"
#include "core/uuid.h"
#include "wire/field.h"

#define TW_NOTES_MAX         16
#define TW_ACCOUNTS_MAX      8
#define TW_STATEMENT_MAX     20
#define TW_SESSION_TEXT_SIZE 256
#define TW_TRACEPARENT_SIZE  56
#define TW_STAN_MAX          999999
#define TW_DENOMINATION_MAX  100000000 /* with the count below and TW_NOTES_MAX, a sum of notes */
#define TW_NOTE_COUNT_MAX    1000000   /* stays below 2^53 */
#define TW_DEADLINE_MAX_MS   600000
#define TW_PIN_BLOCK_TEXT    2048  /* most bytes of a JWE */
#define TW_CERTIFICATE_TEXT  8192  /* most bytes of a PEM certificate */
#define TW_DIRECTORY_TEXT    49152 /* most bytes of the network's directory (JWS, compact) */
#define TW_REMITTANCE_SIZE   141   /* Max140Text */
#define TW_WINDOW_MAX        99999999
#define TW_STATEMENT_TEXT    40960 /* most bytes of a signed statement (JWS, compact) */
#define TW_BUCKETS_MAX       256
#define TW_BUCKET_SIZE       5   /* up to four hexadecimal digits */
#define TW_BUCKET_DIGEST     65  /* 64 hexadecimal digits */
#define TW_ITEMS_MAX         128 /* interbank items of one answer */
#define TW_PARTICIPANTS_MAX  128 /* of one settlement */

/* First members of every request. (acquirer, terminal_id, business_date, stan) and txid are the
 * keys: a repeat with the same content gets the stored answer. An advice carries its original's
 * txid and a stan of its own. The acquirer is the one in the terminal's certificate. */
struct tw_header {
    int32_t terminal_id;
    int32_t business_date;
    int64_t stan; /* 1..999999 */
    struct tw_uuid txid;
    bool repeat;                           /* the repeat mark: sent before, unanswered */
    int64_t deadline_ms;                   /* time the caller still has; 0: the hop's default */
    char traceparent[TW_TRACEPARENT_SIZE]; /* W3C Trace Context; an invalid one is ignored */
    int32_t acquirer; /* set by the middleware from the certificate; 0: absent */
};

/* First members of every result; text is tw_rc_text, or more precise. */
struct tw_outcome {
    enum tw_rc rc;
    char text[64];
};

struct tw_notes {
    int64_t denomination; /* minor units of one note */
    int64_t count;
};

struct tw_plain_request { /* network.*, transfer.status, terminal.totals, terminal.cut_over: the
                             header alone */
    struct tw_header header;
};

struct tw_plain_result { /* only the outcome */
    struct tw_outcome outcome;
};

struct tw_sign_on_result {
    struct tw_outcome outcome;
    int32_t business_date;
    int32_t bank_code;
    char bank_name[64];
    struct tw_currency currency;
    int64_t surcharge; /* what a card of another bank pays here per withdrawal or transfer */
};

/* pin.key: the certificate to encrypt PINs for, of the issuer of this IIN. */
struct tw_pin_key_request {
    struct tw_header header;
    char iin[9]; /* eight digits */
};

struct tw_pin_key_result {
    struct tw_outcome outcome;
    int32_t bank_code;
    char *certificate; /* PEM; the terminal verifies it against the network's root */
};

struct tw_session_open_request {
    struct tw_header header;
    char pan[TW_PAN_TEXT_SIZE];
    int32_t expiry;  /* YYMM */
    char *pin_block; /* JWE, compact serialization */
};

struct tw_session_account {
    struct tw_iban account;
    char product[16]; /* "checking", "savings" */
    struct tw_currency currency;
};

struct tw_session_open_result {
    struct tw_outcome outcome;
    char session[TW_SESSION_TEXT_SIZE];
    int64_t expires_in_ms;
    bool retain_card;
    size_t account_count;
    struct tw_session_account accounts[TW_ACCOUNTS_MAX];
};

struct tw_session_request { /* session.close */
    struct tw_header header;
    char session[TW_SESSION_TEXT_SIZE];
};

struct tw_balance_request {
    struct tw_header header;
    char session[TW_SESSION_TEXT_SIZE];
    struct tw_iban account;
};

struct tw_balance_result {
    struct tw_outcome outcome;
    struct tw_currency currency;
    int64_t ledger_balance;             /* may be negative within the overdraft */
    int64_t available_balance;          /* what a withdrawal could take */
    int64_t entry_no;                   /* number of the account's last entry */
    char session[TW_SESSION_TEXT_SIZE]; /* renewed token, when the old one nears its end */
};

struct tw_statement_request {
    struct tw_header header;
    char session[TW_SESSION_TEXT_SIZE];
    struct tw_iban account;
    int64_t count; /* 1..20, default 10 */
};

struct tw_statement_entry {
    int64_t entry_no;
    int32_t business_date;
    int64_t amount; /* signed: positive is a credit to the customer */
    int64_t balance;
    char operation[24]; /* "withdrawal", "reversal", "transfer" ... */
    struct tw_uuid txid;
};

struct tw_statement_result {
    struct tw_outcome outcome;
    struct tw_currency currency;
    int64_t ledger_balance;
    int64_t available_balance;
    size_t entry_count;
    struct tw_statement_entry entries[TW_STATEMENT_MAX];
};

/* Between banks only: what the terminal's bank earns on top of the amount (ISO 8583 DE 28). */
struct tw_fees {
    int64_t surcharge;   /* from the customer */
    int64_t interchange; /* from the issuer, as the two banks agreed */
};

struct tw_cash_request { /* withdrawal.request, deposit.request */
    struct tw_header header;
    char session[TW_SESSION_TEXT_SIZE];
    struct tw_iban account;
    int64_t amount;
    struct tw_currency currency;
    size_t
        note_count; /* deposit: the counted notes, which must add up to amount; withdrawal: none */
    struct tw_notes notes[TW_NOTES_MAX];
    struct tw_fees fees;
};

struct tw_transfer_request {
    struct tw_header header;
    char session[TW_SESSION_TEXT_SIZE];
    struct tw_iban from_account;
    struct tw_iban to_account;
    int64_t amount;
    struct tw_currency currency;
    char remittance[TW_REMITTANCE_SIZE]; /* ISO 20022 unstructured remittance information */
    struct tw_fees fees;
};

struct tw_transfer_status_request {
    struct tw_header header;     /* txid of the transfer */
    struct tw_iban from_account; /* says whose card it was; absent: ours */
};

/* withdrawal.*, deposit.request, transfer.request and transfer.status answer with this. */
struct tw_posting_result {
    struct tw_outcome outcome;
    char rrn[13];             /* retrieval reference number */
    char authorization_id[7]; /* with 00 */
    char status[12];          /* transfers: "COMPLETED", "REJECTED" */
    char reason[5];           /* transfers: ISO 20022 reason with REJECTED, "AC01" */
    int64_t amount;           /* what was posted, reversed or confirmed */
    struct tw_currency currency;
    int64_t available_balance; /* with 00, of the card's account, as of entry_no */
    int64_t ledger_balance;
    int64_t entry_no;
    int32_t business_date;
    char session[TW_SESSION_TEXT_SIZE];
    int64_t surcharge; /* part of what the customer pays, on top of amount */
    /* Between banks only. */
    int64_t interchange;
    int64_t window_no; /* settlement window that the deciding bank stamped */
    /* Acknowledgement of a reversal: the original's fate at the issuer, so that an acquirer that
     * got no answer can book both. original_amount is the whole interbank item, fees included. */
    char original_rc[3]; /* "" : not a reversal, or the original is unknown */
    int64_t original_amount;
    int64_t original_window_no;
};

/* withdrawal.confirm: all notes of the approval were taken, or nobody knows (suspect). */
struct tw_confirm_request {
    struct tw_header header; /* txid of the withdrawal, stan of its own */
    int64_t amount;          /* as approved */
    struct tw_currency currency;
    bool suspect;
    size_t note_count;
    struct tw_notes notes[TW_NOTES_MAX];
};

/* withdrawal.reverse, deposit.reverse: dispensed < amount; 0 is a full reversal. */
struct tw_reverse_request {
    struct tw_header header; /* txid of the original, stan of its own */
    struct tw_iban account;  /* the original's: its bank code says whose card it was; absent: ours
                              */
    int64_t amount;          /* of the original request */
    int64_t dispensed;       /* what the customer keeps: cash out; always 0 for a deposit */
    struct tw_currency currency;
    char reason[24]; /* "timeout", "jam", "partial_dispense", "not_taken", "power_loss", "returned"
                      */
    size_t note_count;
    struct tw_notes notes[TW_NOTES_MAX];
};

struct tw_pin_change_request {
    struct tw_header header;
    char session[TW_SESSION_TEXT_SIZE];
    char *pin_block; /* JWE with pin and new_pin */
};

/* terminal.replenish, terminal.remove, terminal.balance: notes counted by the supervisor. */
struct tw_terminal_cash_request {
    struct tw_header header;
    int64_t amount; /* must be the sum of notes */
    struct tw_currency currency;
    size_t note_count;
    struct tw_notes notes[TW_NOTES_MAX];
};

struct tw_terminal_totals_result {
    struct tw_outcome outcome;
    int32_t business_date;
    struct tw_currency currency;
    int64_t cash_balance;      /* ledger account ATM:{terminal} */
    int64_t dispense_clearing; /* approved and unresolved */
    int64_t difference; /* terminal.balance: counted minus cash_balance before; posted to Short or
                           Over */
    int64_t withdrawal_count, withdrawal_amount;
    int64_t reversal_count, reversal_amount;
    int64_t deposit_count, deposit_amount;
};

/* --- between banks: the header has no terminal in it ------------------------------------------ */

/* transfer.credit: a customer credit transfer (ISO 20022 pacs.008); to be decided at once. */
struct tw_credit_request {
    struct tw_header header;     /* txid of the transfer */
    struct tw_iban from_account; /* at the bank of the certificate */
    struct tw_iban to_account;   /* at the bank that is asked */
    int64_t amount;
    struct tw_currency currency;
    char remittance[TW_REMITTANCE_SIZE];
};

/* transfer.inquiry (pacs.028): what became of it? An unknown one is rejected for ever. */
struct tw_inquiry_request {
    struct tw_header header;
};

/* transfer.return (pacs.004): an advice of the beneficiary's bank; the money is on its way back. */
struct tw_return_request {
    struct tw_header header; /* txid of the transfer */
    int64_t amount;
    struct tw_currency currency;
    int64_t window_no; /* as the returning bank stamped it */
    char reason[5];    /* ISO 20022 return reason: "CUST", "AC04" */
};

/* Answers the three above. */
struct tw_credit_result {
    struct tw_outcome outcome;
    char status[12]; /* "ACCEPTED", "REJECTED", "RETURNED" */
    char reason[5];  /* with REJECTED: ISO 20022 */
    int64_t amount;
    int64_t window_no; /* with ACCEPTED: as the beneficiary's bank stamped it */
};

/* directory.get: who is in the network, as signed by its root. */
struct tw_directory_request {
    struct tw_header header;
    int64_t serial; /* of the one the caller has; 0: none */
};

struct tw_directory_result {
    struct tw_outcome outcome;
    int64_t serial;
    char *directory; /* JWS, compact; absent when the caller's is as new */
};

/* --- clearing: between banks; txid names the question, nothing is stored under it ----------------
 */

/* window.totals: what the asked bank's book says of one closed window with the bank that asks. */
struct tw_window_request { /* settlement.status too */
    struct tw_header header;
    int64_t window_no;
};

struct tw_window_totals_result {
    struct tw_outcome outcome;
    char status[24];   /* of the window there: "OPEN", "CLOSED", "RECONCILING" ... */
    int64_t in_doubt;  /* messages with the bank that asks which are not acknowledged yet */
    char *statement;   /* signed totals (clearing/statement.h); absent while the window is open */
    char *certificate; /* PEM, of the bank that signed */
};

/* window.buckets: digests of the parts of a window's items; see clearing/item.h. */
struct tw_window_buckets_request {
    struct tw_header header;
    int64_t window_no;
    char prefix[TW_BUCKET_SIZE]; /* "" or two digits: the bucket that is divided */
};

struct tw_window_bucket {
    int64_t count;
    char bucket[TW_BUCKET_SIZE]; /* two or four hexadecimal digits */
    char digest[TW_BUCKET_DIGEST];
};

struct tw_window_buckets_result {
    struct tw_outcome outcome;
    size_t bucket_count; /* empty ones are left out */
    struct tw_window_bucket buckets[TW_BUCKETS_MAX];
};

/* window.items: the items of one bucket, in the order of txid, then amount. */
struct tw_window_items_request {
    struct tw_header header;
    int64_t window_no;
    char prefix[TW_BUCKET_SIZE]; /* "": of the whole window */
    int64_t offset;              /* how many the caller has */
};

struct tw_window_item {
    struct tw_uuid txid;
    int64_t window_no;
    int64_t amount; /* positive: owed to the bank that answers */
    char kind[12];  /* "payment", "reversal", "return", "fee", "correction" */
};

struct tw_window_items_result {
    struct tw_outcome outcome;
    bool more;
    size_t item_count;
    struct tw_window_item items[TW_ITEMS_MAX];
};

/* window.find: in which windows the asked bank's book has items of this txid with who asks. */
struct tw_window_find_request {
    struct tw_header header;
    struct tw_uuid item;
};

/* --- the settlement agent, asked by banks --------------------------------------------------------
 */

/* settlement.submit: a bank's signed positions of a window that it has reconciled with every peer.
 */
struct tw_settlement_submit_request {
    struct tw_header header;
    int64_t window_no;
    char *statement; /* JWS, see clearing/statement.h */
    char *certificate;
};

struct tw_participant {
    int32_t bank_code;
};

/* Answers settlement.submit and settlement.status. rc 95: positions of two banks differ. */
struct tw_settlement_result {
    struct tw_outcome outcome;
    char status[24];        /* of the window at the agent: "OPEN", "CLOSED", "PENDING_SETTLEMENT",
                               "SETTLED", "FAILED" */
    int64_t window_no;      /* the one asked about */
    int64_t open_window_no; /* the network's open window: a bank that is behind cuts over */
    bool submitted;         /* the agent holds positions of the bank that asks */
    char reason[128];       /* why it is not settled yet, in words */
    size_t missing_count;   /* banks whose positions are missing */
    struct tw_participant missing[TW_PARTICIPANTS_MAX];
    size_t disputed_count; /* peers whose positions contradict those of the bank that asks */
    struct tw_participant disputed[TW_PARTICIPANTS_MAX];
    char *finality;    /* JWS: the signed result for the bank that asks, once it is final */
    char *certificate; /* PEM, the agent's */
};

/* settlement.account: the asking bank's accounts at the agent. */
struct tw_settlement_account_request {
    struct tw_header header;
};

struct tw_settlement_account_result {
    struct tw_outcome outcome;
    struct tw_currency currency;
    int64_t reserve;
    int64_t prefunding;
    int64_t cap;     /* net debit cap: most that it may owe, all peers together */
    char status[12]; /* "ACTIVE", "SUSPENDED", "DEFAULTED" */
};

extern const struct tw_field tw_header_fields[];
extern const struct tw_field tw_bank_header_fields[]; /* of messages between banks */
#define TW_MESSAGE_DECLARE(name) extern const struct tw_field tw_##name##_fields[]
TW_MESSAGE_DECLARE(plain_request);
TW_MESSAGE_DECLARE(plain_result);
TW_MESSAGE_DECLARE(sign_on_result);
TW_MESSAGE_DECLARE(pin_key_request);
TW_MESSAGE_DECLARE(pin_key_result);
TW_MESSAGE_DECLARE(session_open_request);
TW_MESSAGE_DECLARE(session_open_result);
TW_MESSAGE_DECLARE(session_request);
TW_MESSAGE_DECLARE(balance_request);
TW_MESSAGE_DECLARE(balance_result);
TW_MESSAGE_DECLARE(statement_request);
TW_MESSAGE_DECLARE(statement_result);
TW_MESSAGE_DECLARE(cash_request);
TW_MESSAGE_DECLARE(transfer_request);
TW_MESSAGE_DECLARE(transfer_status_request);
TW_MESSAGE_DECLARE(posting_result);
TW_MESSAGE_DECLARE(confirm_request);
TW_MESSAGE_DECLARE(reverse_request);
TW_MESSAGE_DECLARE(pin_change_request);
TW_MESSAGE_DECLARE(terminal_cash_request);
TW_MESSAGE_DECLARE(terminal_totals_result);
TW_MESSAGE_DECLARE(credit_request);
TW_MESSAGE_DECLARE(inquiry_request);
TW_MESSAGE_DECLARE(return_request);
TW_MESSAGE_DECLARE(credit_result);
TW_MESSAGE_DECLARE(directory_request);
TW_MESSAGE_DECLARE(directory_result);
TW_MESSAGE_DECLARE(window_request);
TW_MESSAGE_DECLARE(window_totals_result);
TW_MESSAGE_DECLARE(window_buckets_request);
TW_MESSAGE_DECLARE(window_buckets_result);
TW_MESSAGE_DECLARE(window_items_request);
TW_MESSAGE_DECLARE(window_items_result);
TW_MESSAGE_DECLARE(window_find_request);
TW_MESSAGE_DECLARE(settlement_submit_request);
TW_MESSAGE_DECLARE(settlement_result);
TW_MESSAGE_DECLARE(settlement_account_request);
TW_MESSAGE_DECLARE(settlement_account_result);

#endif
