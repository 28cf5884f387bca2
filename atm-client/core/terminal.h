/*
 * One terminal: its state machine over host link, devices and journal.
 *
 * Everything it touches is injected; it reads no clock and no random source of its own and keeps no
 * global state, so one process can hold thousands. It never waits: an operation ends by its
 * callback, maybe before the function returns, exactly once (a callback may start the next
 * operation, but not free the terminal). Between calls the owner calls
 * atm_terminal_tick when atm_terminal_due_us says so: deadlines and repeated advices live there.
 *
 * Ownership: host, devices, journal, clock and random belong to the owner and outlive the terminal,
 * except that host calls may end after it (they are disowned). Single-threaded. Amounts are minor
 * units. Errors of operations are outcomes; a journal that cannot be written takes the terminal out
 * of service, and nothing is done that has not been written first.
 */
#ifndef ATM_CORE_TERMINAL_H
#define ATM_CORE_TERMINAL_H

#include "atm-client/core/host.h"
#include "atm-client/core/phase.h"
#include "atm-client/device/device.h"
#include "atm-client/journal/journal.h"
#include "atm-client/text/message.h"
#include "core/clock.h"
#include "wire/method.h"

#define ATM_RECEIPT_SIZE 4096
#define ATM_TEXT_SIZE    256

struct atm_terminal;

struct atm_limits {
    int64_t answer_ms;   /* the terminal waits this long for an answer */
    int64_t advice_ms;   /* and this long for an acknowledgement */
    int64_t deposit_ms;  /* a deposit is repeated this long before the notes go back */
    int64_t transfer_ms; /* after this the customer hears "pending" */
    int64_t taken_ms;    /* presented cash, and a card, are taken back after this */
};
extern const struct atm_limits atm_limits_default;

struct atm_terminal_options {
    int32_t terminal_id;
    int32_t acquirer;
    const char *location;  /* for receipts; copied */
    const char *root_file; /* the network root and its revocation list, for issuers' PIN keys; */
    const char *crl_file;  /* both copied, and read again for every PIN */
    enum atm_mix_strategy strategy;
    enum atm_language language; /* until a customer chooses another */
    struct atm_limits limits;
    int64_t keep_days; /* business dates that stay in the journal, see atm_journal_prune */
    const struct tw_clock *clock;
    const struct tw_random *random;
    struct atm_host host;
    struct atm_devices devices;
    struct atm_journal *journal;
    /* Told of every move, for a screen; may be NULL. */
    void (*on_phase)(void *context, enum atm_phase from, enum atm_phase to);
    void *context;
};

enum atm_verdict {
    ATM_APPROVED,
    ATM_DECLINED,   /* by the host, or with its rc; 00: a transfer that came back */
    ATM_REFUSED,    /* here, before anything was asked of the host */
    ATM_UNANSWERED, /* no answer: reversed, or without effect */
    ATM_PENDING,    /* transfer whose end is not known yet: held by the bank, or no answer */
    ATM_FAULT,      /* a device failed; what was not handed out is reversed */
    ATM_SUSPECT,    /* nobody knows whether the cash went out */
};
const char *atm_verdict_name(enum atm_verdict verdict);

/* Any result; which member is valid follows from the method. All begin with the outcome. */
union atm_answer {
    struct tw_outcome outcome;
    struct tw_sign_on_result sign_on;
    struct tw_pin_key_result pin_key;
    struct tw_session_open_result session;
    struct tw_balance_result balance;
    struct tw_statement_result statement;
    struct tw_posting_result posting;
    struct tw_terminal_totals_result totals;
};

struct atm_outcome {
    enum atm_verdict verdict;
    enum tw_rc rc;
    char text[ATM_TEXT_SIZE]; /* English, for programs and staff; never secret; see core/words.h */
    enum atm_language language; /* the customer's */
    enum tw_method_id method;
    int32_t business_date;
    bool answered; /* answer is valid */
    bool card_retained;
    bool receipt_printed;
    union atm_answer answer; /* the host's result */
    int64_t stan;            /* 0: nothing was sent */
    struct tw_uuid txid;
    int64_t amount_minor;    /* asked for */
    int64_t dispensed_minor; /* withdrawal: handed out */
    int64_t surcharge_minor; /* what the customer pays this terminal's bank on top */
    struct tw_iban account;
    struct tw_iban to_account;
    char pan_masked[TW_PAN_TEXT_SIZE];
    struct tw_currency currency;
    size_t note_count; /* notes handed out, counted or loaded */
    struct tw_notes notes[TW_NOTES_MAX];
    const char *retained_because;   /* "host", "not_taken", "jammed"; NULL: it is not retained */
    int64_t recovered;              /* power-up: operations that were found unfinished */
    char receipt[ATM_RECEIPT_SIZE]; /* "" when the operation has none */
};

typedef void (*atm_done_fn)(void *context, const struct atm_outcome *outcome);

/* --- life ----------------------------------------------------------------------------------- */

struct tw_status atm_terminal_new(const struct atm_terminal_options *options,
                                  struct atm_terminal **ret_terminal, struct tw_error *ret_error);
void atm_terminal_free(struct atm_terminal *terminal);
enum atm_phase atm_terminal_phase(const struct atm_terminal *terminal);
const char *atm_terminal_reason(const struct atm_terminal *terminal); /* "" or why no service */
bool atm_terminal_signed_on(const struct atm_terminal *terminal);
struct tw_currency atm_terminal_currency(const struct atm_terminal *terminal);
/* What a withdrawal from, or a transfer of, this account costs here on top: 0 for accounts of the
 * terminal's own bank. Tell the customer before; valid when signed on. */
int64_t atm_terminal_surcharge(const struct atm_terminal *terminal, const struct tw_iban *account);
/* False when no receipt can come out now: customers are to know before they choose. */
bool atm_terminal_prints(const struct atm_terminal *terminal);
int32_t atm_terminal_business_date(const struct atm_terminal *terminal);
size_t atm_terminal_advices(const struct atm_terminal *terminal); /* unacknowledged */
/* Transfers whose end is asked for; nothing here waits for them. */
size_t atm_terminal_questions(const struct atm_terminal *terminal);
int64_t atm_terminal_due_us(const struct atm_terminal *terminal); /* INT64_MAX: nothing to do */
void atm_terminal_tick(struct atm_terminal *terminal);

/* Reads the journal, asks the sensors, settles what was left open. First call of every life. */
void atm_power_up(struct atm_terminal *terminal, atm_done_fn done, void *context);

/* --- network -------------------------------------------------------------------------------- */

void atm_sign_on(struct atm_terminal *terminal, atm_done_fn done, void *context);
void atm_sign_off(struct atm_terminal *terminal, atm_done_fn done, void *context);
void atm_echo(struct atm_terminal *terminal, atm_done_fn done, void *context);

/* --- customer ------------------------------------------------------------------------------- */

struct atm_card {
    char pan[TW_PAN_TEXT_SIZE];
    int32_t expiry; /* YYMM */
};

/* False with a reason when the terminal cannot take the card now, or it is no card. */
TW_MUST_USE bool atm_insert_card(struct atm_terminal *terminal, const struct atm_card *card,
                                 struct tw_error *ret_error);
/* 55 leaves the card inside (CARD) for another try; retained or ejected cards end at IDLE. */
void atm_enter_pin(struct atm_terminal *terminal, const char *pin, atm_done_fn done, void *context);
/* The language of receipts and words, until the card leaves; then the terminal's own holds again.
 */
void atm_choose_language(struct atm_terminal *terminal, enum atm_language language);
enum atm_language atm_terminal_language(const struct atm_terminal *terminal);
/* Closes the session, if one is open, and gives the card back. */
void atm_eject(struct atm_terminal *terminal, atm_done_fn done, void *context);
/* The card's accounts, the default first; valid in SESSION. */
size_t atm_session_accounts(const struct atm_terminal *terminal,
                            const struct tw_session_account **ret_accounts);

void atm_balance(struct atm_terminal *terminal, const struct tw_iban *account, atm_done_fn done,
                 void *context);
void atm_statement(struct atm_terminal *terminal, const struct tw_iban *account, int64_t count,
                   atm_done_fn done, void *context);
/* Which notes the customer wants for the next withdrawal; then, and when the card leaves, the
 * terminal's own strategy holds again. */
void atm_choose_notes(struct atm_terminal *terminal, enum atm_mix_strategy strategy);
/* Whether the notes inside make the amount, by what is chosen: asked before the PIN. */
struct tw_status atm_mix_check(struct atm_terminal *terminal, int64_t amount_minor,
                               struct atm_mix *ret_mix, struct tw_error *ret_error);
void atm_withdraw(struct atm_terminal *terminal, const struct tw_iban *account,
                  int64_t amount_minor, atm_done_fn done, void *context);
/* Counts what is in the acceptor's slot and asks the host to credit it. */
void atm_deposit(struct atm_terminal *terminal, const struct tw_iban *account, atm_done_fn done,
                 void *context);
void atm_transfer(struct atm_terminal *terminal, const struct tw_iban *from,
                  const struct tw_iban *to, int64_t amount_minor, const char *remittance,
                  atm_done_fn done, void *context);
void atm_transfer_status(struct atm_terminal *terminal, const struct tw_uuid *txid,
                         atm_done_fn done, void *context);
void atm_pin_change(struct atm_terminal *terminal, const char *pin, const char *new_pin,
                    atm_done_fn done, void *context);

/* --- supervisor ----------------------------------------------------------------------------- */

struct atm_load {
    int32_t number; /* of the cassette */
    int64_t notes;
};

void atm_totals(struct atm_terminal *terminal, atm_done_fn done, void *context);
/* The notes are in the cassettes; the journal and the host are told. */
void atm_replenish(struct atm_terminal *terminal, const struct atm_load *loads, size_t count,
                   atm_done_fn done, void *context);
/* Everything was taken out and counted; refused when the count is not what the journal says. */
void atm_remove(struct atm_terminal *terminal, const struct tw_notes *notes, size_t count,
                atm_done_fn done, void *context);
/* Everything inside was counted; ends "suspect". Refused while advices wait. */
void atm_balance_cash(struct atm_terminal *terminal, const struct tw_notes *notes, size_t count,
                      atm_done_fn done, void *context);
void atm_cut_over(struct atm_terminal *terminal, atm_done_fn done, void *context);
/* Tries every waiting advice once, now. */
void atm_send_advices(struct atm_terminal *terminal, atm_done_fn done, void *context);

#endif
