/* The inside of a terminal; for the core folder only. Operations are files of their own over the
 * pieces declared here: work (the one operation under way), exchange (the one call it waits for),
 * advices (what the host must be told, sent beside it). */
#ifndef ATM_CORE_INTERNAL_H
#define ATM_CORE_INTERNAL_H

#include "atm-client/core/terminal.h"
#include "pin/pin_block.h"
#include "wire/json.h"

#define ATM_PIN_KEYS_MAX       8
#define ATM_ADVICES_RESERVE    8 /* kept free for supervisors and recovery */
#define ATM_ADVICE_BACKOFF_MS  5000
#define ATM_ADVICE_BACKOFF_MAX 60000
#define ATM_REPEAT_MS          1000 /* pause before the same request is sent again */
#define ATM_QUESTIONS_MAX      24   /* pending transfers; they share the advices' places */

enum atm_reply {
    ATM_REPLY_RESULT, /* exchange.answer holds it */
    ATM_REPLY_ERROR,  /* the host refused to look at it, or spoke nonsense */
    ATM_REPLY_NONE,   /* silence, or an error that leaves the outcome open */
};

typedef void (*atm_step_fn)(struct atm_terminal *terminal);
typedef void (*atm_reply_fn)(struct atm_terminal *terminal, enum atm_reply reply);

/* A call in the host's hands. It outlives its exchange (late answers) and may outlive the terminal,
 * which then has disowned it. */
struct atm_ticket {
    struct atm_terminal *terminal; /* NULL: disowned */
    struct atm_ticket *next;
    uint64_t generation; /* of the exchange or advice it was made for */
    bool is_advice;
    enum tw_method_id method;
    struct tw_uuid txid;
    int64_t stan;
};

struct atm_exchange {
    bool waiting;        /* for an answer */
    bool paused;         /* to send the same again at due_us */
    uint64_t generation; /* raised when the exchange stops caring */
    enum tw_method_id method;
    json_t *params;
    int64_t due_us;     /* deadline of this attempt, or time of the next */
    int64_t give_up_us; /* no attempt after this */
    atm_reply_fn then;
    union atm_answer answer;
    enum tw_rc error_rc;
    char error_text[ATM_TEXT_SIZE];
};

struct atm_advice_slot {
    int64_t id;
    int64_t due_us;
    int64_t backoff_ms;
    bool tried;    /* in the current flush */
    bool question; /* transfer.status; see atm_journal_waiting */
};

struct atm_advices {
    size_t count;
    struct atm_advice_slot slots[ATM_ADVICES_MAX];
    int64_t in_flight; /* id, 0: none */
    uint64_t generation;
    int64_t deadline_us;
    enum tw_method_id method; /* of the one in flight */
    struct tw_uuid txid;
    int64_t stan;
    atm_step_fn flushed; /* a flush waits */
    int64_t watch;       /* id of the advice a supervisor waits for */
    atm_reply_fn watched;
    union atm_answer answer; /* for `watched` */
};

struct atm_pin_key {
    char iin[9];
    int32_t bank_code;
    char *certificate; /* PEM; NULL: free place */
    struct tw_pin_encryptor *encryptor;
};

/* The operation under way. */
struct atm_work {
    atm_done_fn done; /* NULL: none */
    void *context;
    struct atm_outcome outcome;
    struct tw_header header;
    union {
        struct tw_cash_request cash;
        struct tw_transfer_request transfer;
    } request;
    struct atm_mix mix;
    const char *reverse_reason;
    char pin[TW_PIN_TEXT_SIZE];
    char new_pin[TW_PIN_TEXT_SIZE];
    atm_step_fn with_key; /* goes on when the issuer's PIN key is there */
    atm_step_fn card_out; /* goes on when the card has left, or is kept */
    enum atm_reply reply; /* what it goes on with */
};

struct atm_terminal {
    struct atm_terminal_options options;
    char *location;
    char *root_file;
    char *crl_file;
    enum atm_phase phase;
    bool signed_on;
    char reason[ATM_REASON_SIZE]; /* out of service; "" in service */
    int32_t business_date;
    struct tw_currency currency;
    int32_t bank_code;              /* the acquirer's */
    int64_t surcharge_minor;        /* for accounts of other banks; as sign-on told */
    enum atm_mix_strategy strategy; /* of the next withdrawal */
    enum atm_language language;     /* of the customer */
    struct atm_card card;
    char session[TW_SESSION_TEXT_SIZE];
    size_t account_count;
    struct tw_session_account accounts[TW_ACCOUNTS_MAX];
    struct atm_pin_key pin_keys[ATM_PIN_KEYS_MAX];
    size_t next_pin_key; /* the one that is replaced when all are used */
    struct atm_work work;
    struct atm_exchange exchange;
    struct atm_advices advices;
    struct atm_ticket *tickets;
    bool recover_waiting; /* for a device, during recovery */
    bool recover_escrow_seen;
    struct atm_operation recover_operation;
};

/* terminal.c */
void atm_move(struct atm_terminal *terminal, enum atm_phase to);
/* Why cash may not be asked for or taken in now; NULL when it may. */
const char *atm_money_obstacle(const struct atm_terminal *terminal);
/* NULL when the device can do what it is there for, else `text`. */
const char *atm_unless_usable(const struct atm_terminal *terminal, enum atm_device device,
                              const char *text);
/* Starts an operation in `from`; false when refused (the callback has been called). */
TW_MUST_USE bool atm_begin(struct atm_terminal *terminal, enum tw_method_id method,
                           enum atm_phase from, enum atm_phase to, atm_done_fn done, void *context);
TW_MUST_USE bool atm_begin_between(struct atm_terminal *terminal, enum tw_method_id method,
                                   enum atm_phase to, atm_done_fn done, void *context);
/* Ends the operation: sets the verdict, moves, prints the receipt if it has one, calls back. */
void atm_finish(struct atm_terminal *terminal, enum atm_verdict verdict, enum tw_rc rc,
                const char *text, enum atm_phase to);
/* Where a terminal without a card belongs. */
enum atm_phase atm_resting_phase(const struct atm_terminal *terminal);
/* An operation that failed before it began. */
void atm_refuse(struct atm_terminal *terminal, atm_done_fn done, void *context, const char *text);
/* The journal failed: out of service. Returns the text for the customer. */
const char *atm_broken(struct atm_terminal *terminal, const struct tw_error *error);
/* Takes the terminal out of service, inside the open transaction. */
void atm_take_out(struct atm_terminal *terminal, const char *reason);
/* New txid and trace in the header; STAN from the journal, in a transaction of its own. */
TW_MUST_USE bool atm_new_header(struct atm_terminal *terminal, struct tw_header *ret_header);
/* The same inside the open transaction. */
void atm_fill_header(struct atm_terminal *terminal, struct tw_header *ret_header);
/* A line of the electronic journal, inside the open transaction. detail is stolen. */
void atm_record(struct atm_terminal *terminal, const char *event, const struct tw_header *header,
                json_t *detail);
/* Adds the surcharge, if there is one, and the total to a line of the journal; returns it. */
json_t *atm_with_surcharge(json_t *detail, int64_t amount_minor, int64_t surcharge_minor);
/* Adds what the host calls its approval, for copies of the receipt; returns it. */
json_t *atm_with_reference(json_t *detail, const struct tw_posting_result *posting);
struct tw_status atm_find_mix(struct atm_terminal *terminal, int64_t amount_minor,
                              struct atm_mix *ret_mix, struct tw_error *ret_error);

/* exchange.c */
struct atm_patience {
    int64_t attempt_ms; /* for one answer */
    int64_t total_ms;   /* for all attempts; 0: one attempt only */
};
void atm_exchange(struct atm_terminal *terminal, enum tw_method_id method, const void *request,
                  struct atm_patience patience, atm_reply_fn then);
void atm_exchange_tick(struct atm_terminal *terminal);
/* Hands params to the host; the answer comes to atm_exchange_answered or atm_advice_answered. */
void atm_call_host(struct atm_terminal *terminal, struct atm_ticket wanted, json_t *params,
                   int64_t deadline_us);
void atm_disown_tickets(struct atm_terminal *terminal);
/* Reads a host's answer into ret_answer; error_rc and error_text as in struct atm_exchange. */
enum atm_reply atm_read_answer(enum tw_method_id method, const struct atm_host_answer *answer,
                               union atm_answer *ret_answer, enum tw_rc *ret_rc,
                               char text[ATM_TEXT_SIZE]);
/* The verdict on a plain operation from its reply: fills the outcome, keeps a renewed session. */
void atm_finish_reply(struct atm_terminal *terminal, enum atm_reply reply, enum atm_phase to);

/* advice.c */
struct tw_status atm_advices_load(struct atm_terminal *terminal, struct tw_error *ret_error);
/* Inside the open transaction: journals it; atm_advice_added after the commit. */
int64_t atm_advise(struct atm_terminal *terminal, enum tw_method_id method, const void *request,
                   const struct tw_header *header);
void atm_advice_added(struct atm_terminal *terminal, int64_t id);
/* The same for a question, asked for the first time after pause_ms. */
void atm_question_added(struct atm_terminal *terminal, int64_t id, int64_t pause_ms);
/* Tries all once, then goes on; at once when none waits. Stops at the first silence. Questions are
 * left out unless wanted: nobody waits for what the host may not know itself. */
void atm_advice_flush(struct atm_terminal *terminal, bool questions, atm_step_fn then);
size_t atm_advices_of(const struct atm_terminal *terminal, bool questions); /* how many wait */
void atm_advice_watch(struct atm_terminal *terminal, int64_t id, atm_reply_fn then);
void atm_advice_tick(struct atm_terminal *terminal);
int64_t atm_advice_due_us(const struct atm_terminal *terminal);
void atm_advice_answered(struct atm_terminal *terminal, const struct atm_host_answer *answer);

/* settle.c: the end of a withdrawal, in normal life and at power-up. */
struct atm_settlement {
    struct tw_uuid txid;
    int64_t amount_minor;
    struct tw_currency currency;
    const struct atm_cash_report *report;
    const char *reason; /* of a reversal, if it comes to one */
    const char *traceparent;
};
enum atm_settled { ATM_SETTLED_CONFIRMED, ATM_SETTLED_REVERSED, ATM_SETTLED_SUSPECT };
struct tw_status atm_settle(struct atm_terminal *terminal, const struct atm_settlement *settlement,
                            enum atm_settled *ret_settled, struct tw_error *ret_error);
/* Journals a full reversal of a withdrawal or deposit. */
struct tw_status atm_reverse(struct atm_terminal *terminal, enum tw_method_id method,
                             const struct atm_settlement *settlement, struct tw_error *ret_error);

/* The account of an operation in the journal, which says whose card it was; zero when unknown. */
struct tw_iban atm_account_of(struct atm_terminal *terminal, const struct tw_uuid *txid);

/* transfer.c: one whose end is not known. */
/* Journals it as pending, and the question for its state, which is asked until it is answered. rc
 * is 00 when the host itself does not know yet, 91 when it was silent. */
struct tw_status atm_transfer_leave(struct atm_terminal *terminal, const struct tw_uuid *txid,
                                    enum tw_rc rc, struct tw_error *ret_error);
/* DONE, DECLINED or RETURNED by the status in an answer; PENDING when it does not tell the end: a
 * refusal has no status. */
enum atm_operation_state atm_transfer_fate(const struct tw_posting_result *result);
/* Ends the operation under way by what the host said of the transfer's fate. */
void atm_transfer_finish(struct atm_terminal *terminal, enum atm_operation_state fate);
/* Inside the open transaction: journals the end, if the answer tells it and it was not known. */
void atm_transfer_end(struct atm_terminal *terminal, const struct tw_header *header,
                      const struct tw_posting_result *result);

/* recover.c */
void atm_recover_run(struct atm_terminal *terminal);

/* card.c */
void atm_forget_card(struct atm_terminal *terminal);
/* Keeps the card and journals why: "host", "not_taken". */
void atm_retain_card(struct atm_terminal *terminal, const char *reason);
/* EJECTING; goes on when the card is gone, or kept (outcome.card_retained), with work.reply. */
void atm_return_card(struct atm_terminal *terminal, enum atm_reply reply, atm_step_fn then);

/* session.c */
void atm_keep_session(struct atm_terminal *terminal, const char *token);
bool atm_pin_fits(const char *pin); /* 4 to 12 digits (ISO 9564) */
/* Encrypts work.pin (and new_pin) for the issuer; NULL when it cannot. Caller frees. */
char *atm_pin_block(struct atm_terminal *terminal);
/* Goes on with `then` when the key is cached, or fetches it first; failure finishes in `back`. */
void atm_with_pin_key(struct atm_terminal *terminal, atm_step_fn then);
void atm_drop_pin_keys(struct atm_terminal *terminal);

#endif
