/*
 * The catalogue of methods: name, meaning, parameter and result schema. From these tables come
 * the bank server's and the agent's dispatch, the terminal's client and the OpenRPC document
 * (docs/openrpc.json, `rpc.discover`), which a test holds against it. The middleware does not use
 * it: it forwards any method of the same envelope.
 */
#ifndef TW_WIRE_METHOD_H
#define TW_WIRE_METHOD_H

#include "wire/message.h"

/* TW_METHOD_DEF(identifier, wire name, request fields stem, result fields stem, summary).
 * Those of banks, and those of the settlement agent. */
#define TW_BANK_METHODS(TW_METHOD_DEF)                                                             \
    TW_METHOD_DEF(SIGN_ON, "network.sign_on", plain_request, sign_on_result,                       \
                  "put the terminal into service; answers the business date")                      \
    TW_METHOD_DEF(SIGN_OFF, "network.sign_off", plain_request, plain_result,                       \
                  "take the terminal out of service")                                              \
    TW_METHOD_DEF(ECHO, "network.echo", plain_request, plain_result, "is anybody there")           \
    TW_METHOD_DEF(PIN_KEY, "pin.key", pin_key_request, pin_key_result,                             \
                  "the issuer's certificate for encrypting PINs")                                  \
    TW_METHOD_DEF(PIN_CHANGE, "pin.change", pin_change_request, plain_result,                      \
                  "replace the card's PIN; the old one is checked again")                          \
    TW_METHOD_DEF(SESSION_OPEN, "session.open", session_open_request, session_open_result,         \
                  "check card and PIN; answers a session token and the card's accounts")           \
    TW_METHOD_DEF(SESSION_CLOSE, "session.close", session_request, plain_result,                   \
                  "end the session; its token is void from then on")                               \
    TW_METHOD_DEF(BALANCE, "balance.inquiry", balance_request, balance_result,                     \
                  "ledger and available balance of one of the card's accounts")                    \
    TW_METHOD_DEF(STATEMENT, "statement.mini", statement_request, statement_result,                \
                  "the latest entries of one of the card's accounts")                              \
    TW_METHOD_DEF(WITHDRAW, "withdrawal.request", cash_request, posting_result,                    \
                  "debit the account for cash; posted when approved")                              \
    TW_METHOD_DEF(WITHDRAW_CONFIRM, "withdrawal.confirm", confirm_request, posting_result,         \
                  "advice: the notes were taken, or it is unknown (suspect)")                      \
    TW_METHOD_DEF(WITHDRAW_REVERSE, "withdrawal.reverse", reverse_request, posting_result,         \
                  "advice: none or only part of the cash was dispensed")                           \
    TW_METHOD_DEF(DEPOSIT, "deposit.request", cash_request, posting_result,                        \
                  "credit counted notes to the account")                                           \
    TW_METHOD_DEF(DEPOSIT_REVERSE, "deposit.reverse", reverse_request, posting_result,             \
                  "advice: the notes were given back")                                             \
    TW_METHOD_DEF(TRANSFER, "transfer.request", transfer_request, posting_result,                  \
                  "move money from one of the card's accounts to any IBAN")                        \
    TW_METHOD_DEF(TRANSFER_STATUS, "transfer.status", transfer_status_request, posting_result,     \
                  "final state of this terminal's transfer; an unknown one is rejected for ever")  \
    TW_METHOD_DEF(TERMINAL_REPLENISH, "terminal.replenish", terminal_cash_request,                 \
                  terminal_totals_result, "supervisor: notes were put in")                         \
    TW_METHOD_DEF(TERMINAL_REMOVE, "terminal.remove", terminal_cash_request,                       \
                  terminal_totals_result, "supervisor: notes were taken out")                      \
    TW_METHOD_DEF(TERMINAL_BALANCE, "terminal.balance", terminal_cash_request,                     \
                  terminal_totals_result, "supervisor: all notes counted; books short or over")    \
    TW_METHOD_DEF(TERMINAL_TOTALS, "terminal.totals", plain_request, terminal_totals_result,       \
                  "supervisor: the host's totals of the terminal's current period")                \
    TW_METHOD_DEF(TERMINAL_CUT_OVER, "terminal.cut_over", plain_request, terminal_totals_result,   \
                  "supervisor: close the period; answers its totals, the next ones start at zero") \
    TW_METHOD_DEF(TRANSFER_CREDIT, "transfer.credit", credit_request, credit_result,               \
                  "bank to bank: credit a transfer to a customer of the bank that is asked")       \
    TW_METHOD_DEF(TRANSFER_INQUIRY, "transfer.inquiry", inquiry_request, credit_result,            \
                  "bank to bank: final state of a transfer.credit; an unknown one is rejected")    \
    TW_METHOD_DEF(TRANSFER_RETURN, "transfer.return", return_request, credit_result,               \
                  "bank to bank, advice: the beneficiary's bank returns a completed transfer")     \
    TW_METHOD_DEF(DIRECTORY_GET, "directory.get", directory_request, directory_result,             \
                  "bank to bank: the network's directory, signed by its root")                     \
    TW_METHOD_DEF(WINDOW_TOTALS, "window.totals", window_request, window_totals_result,            \
                  "bank to bank: signed totals of a closed settlement window with who asks")       \
    TW_METHOD_DEF(WINDOW_BUCKETS, "window.buckets", window_buckets_request, window_buckets_result, \
                  "bank to bank: digests of parts of a window's items")                            \
    TW_METHOD_DEF(WINDOW_ITEMS, "window.items", window_items_request, window_items_result,         \
                  "bank to bank: a window's items with who asks")                                  \
    TW_METHOD_DEF(WINDOW_FIND, "window.find", window_find_request, window_items_result,            \
                  "bank to bank: items of one operation with who asks, in whatever window")

#define TW_AGENT_METHODS(TW_METHOD_DEF)                                                            \
    TW_METHOD_DEF(SETTLEMENT_SUBMIT, "settlement.submit", settlement_submit_request,               \
                  settlement_result, "bank to agent: signed positions of a reconciled window")     \
    TW_METHOD_DEF(SETTLEMENT_STATUS, "settlement.status", window_request, settlement_result,       \
                  "bank to agent: where a window stands; its signed result once it is final")      \
    TW_METHOD_DEF(SETTLEMENT_ACCOUNT, "settlement.account", settlement_account_request,            \
                  settlement_account_result, "bank to agent: the asking bank's accounts there")

#define TW_METHODS(TW_METHOD_DEF) TW_BANK_METHODS(TW_METHOD_DEF) TW_AGENT_METHODS(TW_METHOD_DEF)

enum tw_method_id {
#define TW_METHOD_ENUM(id, name, request, result, summary) TW_METHOD_##id,
    TW_METHODS(TW_METHOD_ENUM)
#undef TW_METHOD_ENUM
        TW_METHOD_COUNT,
    TW_BANK_METHOD_COUNT = TW_METHOD_SETTLEMENT_SUBMIT /* the agent's come behind */
};

struct tw_method {
    const char *name;
    const struct tw_field *request;
    const struct tw_field *result;
    const char *summary;
};

const struct tw_method *tw_method(enum tw_method_id id);
/* The fields its request begins with: tw_header_fields, or tw_bank_header_fields between banks. */
const struct tw_field *tw_method_header(const struct tw_method *method);
/* False when no method has this name. Exact, case-sensitive. */
bool tw_method_find(const char *name, enum tw_method_id *ret_id);
/* The OpenRPC 1.2 document, new reference. */
json_t *tw_method_openrpc(void);

#endif
