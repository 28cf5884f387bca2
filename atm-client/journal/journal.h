/*
 * The terminal's journal: what it must not forget, in one SQLite file.
 *
 *   terminal    who it is, business date, why it is out of service
 *   stan        counter per business date; a number is never given twice
 *   cassette    counters per cassette; loaded = remaining + dispensed + rejected + retracted
 *               + removed + suspect holds in every row, by constraint (T1 of the invariants)
 *   deposited   notes in the deposit cassette
 *   operation   one row per money operation, REQUESTED .. DONE, with its notes
 *   advice      messages to the host that wait until they are acknowledged
 *   entry       the electronic journal, append-only by trigger and by a chain of hashes, until it
 * is pruned pruned      which numbers of it were
 *
 * WAL with synchronous=FULL: a commit is one append and one fsync; rollback mode needs three and a
 * directory sync for the same promise. No PIN, no full PAN, no session token ever comes in here.
 *
 * A `relaxed` journal is for many terminals on one disk that is not theirs: commits are not synced,
 * so a kill of the process loses nothing, but a power cut of the machine may lose the latest
 * commits; little is cached, and nobody can read it while it is open.
 *
 * Changes go between atm_journal_begin and atm_journal_commit. Within, the first failure sticks,
 * later calls do nothing, and commit rolls back and reports it: after a failed commit nothing
 * happened. A lock file beside the journal (flock) keeps a second process, or a second terminal of
 * this process, out: CONFLICT. Errors: IO (disk full, unwritable, corrupt), CONFLICT, CONFIG.
 * Single-threaded. Amounts are minor units; dates days since 1970-01-01; times Unix ms.
 */
#ifndef ATM_JOURNAL_JOURNAL_H
#define ATM_JOURNAL_JOURNAL_H

#include "atm-client/device/device.h"
#include "core/clock.h"
#include "core/status.h"
#include "wire/method.h"

#define ATM_STAN_MAX       999999
#define ATM_REASON_SIZE    32
#define ATM_EVENT_SIZE     32
#define ATM_DETAIL_SIZE    512
#define ATM_HASH_TEXT_SIZE 65 /* SHA-256 in hex */
#define ATM_JOURNAL_READY  "" /* terminal.out_of_service when it is in service */

struct atm_journal;

struct atm_journal_options {
    const char *file;
    int32_t terminal_id;
    int32_t acquirer;
    const struct tw_clock *clock;
    bool read_only;  /* no lock, no change; for lists while a terminal runs */
    bool relaxed;    /* see above; fleets only */
    const char *vfs; /* SQLite VFS; NULL: the default */
};

struct tw_status atm_journal_open(const struct atm_journal_options *options,
                                  struct atm_journal **ret_journal, struct tw_error *ret_error);
void atm_journal_close(struct atm_journal *journal);

void atm_journal_begin(struct atm_journal *journal);
struct tw_status atm_journal_commit(struct atm_journal *journal, struct tw_error *ret_error);

/* --- terminal ------------------------------------------------------------------------------- */

struct atm_journal_state {
    int32_t business_date; /* 0 before the first sign-on */
    char out_of_service[ATM_REASON_SIZE];
};

struct tw_status atm_journal_state(struct atm_journal *journal, struct atm_journal_state *ret_state,
                                   struct tw_error *ret_error);
void atm_journal_set_date(struct atm_journal *journal, int32_t business_date);
/* Forgets operations that ended before the last `keep_days` business dates this terminal worked on,
 * with their advices and history. Never what has no end yet, is suspected, waits for its
 * acknowledgement, or is disputed. */
void atm_journal_prune(struct atm_journal *journal, int64_t keep_days);
void atm_journal_set_service(struct atm_journal *journal, const char *reason);
/* 1 to 999999; 0 when the day's numbers are used up (the transaction then fails). */
int64_t atm_journal_next_stan(struct atm_journal *journal, int32_t business_date);

/* --- electronic journal ---------------------------------------------------------------------- */

struct atm_journal_entry {
    int64_t sequence; /* set by the journal */
    int64_t wall_ms;  /* set by the journal */
    int32_t business_date;
    int64_t stan; /* 0: none */
    struct tw_uuid txid;
    char event[ATM_EVENT_SIZE];        /* "request", "intent", "done", "advice", "late" ... */
    char detail[ATM_DETAIL_SIZE];      /* compact JSON or "" */
    char previous[ATM_HASH_TEXT_SIZE]; /* hash of the entry before; set by the journal */
    char hash[ATM_HASH_TEXT_SIZE];     /* over all of this; "": made before there were hashes */
};

typedef void (*atm_entry_fn)(void *context, const struct atm_journal_entry *entry);

/* What is looked for; zero and NULL: everything. To page backwards, `before` is the smallest
 * sequence seen, with newest_first. */
struct atm_journal_filter {
    int64_t after, before; /* sequences, these not included */
    int32_t from, until;   /* business dates, these included */
    int64_t stan;
    const struct tw_uuid *txid;
    const char *event;
    bool newest_first;
    int64_t limit;
};

void atm_journal_write(struct atm_journal *journal, const struct atm_journal_entry *entry);
struct tw_status atm_journal_select(struct atm_journal *journal,
                                    const struct atm_journal_filter *filter, atm_entry_fn each,
                                    void *context, struct tw_error *ret_error);
/* Calls `each` for entries with sequence > after, oldest first, at most `limit`. */
struct tw_status atm_journal_read(struct atm_journal *journal, int64_t after, int64_t limit,
                                  atm_entry_fn each, void *context, struct tw_error *ret_error);
int64_t atm_journal_last_sequence(struct atm_journal *journal);

/* Whether every entry is there and as it was written, each by its hash and by that of the one
 * before it; pruned ones are known. */
struct atm_chain_report {
    const char *problem; /* NULL: none; else what the entry `wrong` is: "was changed" */
    int64_t wrong;
    int64_t entries;
    int64_t unchained;             /* of these, made before there were hashes */
    int64_t last;                  /* sequence of the newest entry */
    char head[ATM_HASH_TEXT_SIZE]; /* its hash: who keeps it elsewhere can prove that all up to it
                                      is as it was */
};
struct tw_status atm_journal_verify(struct atm_journal *journal,
                                    struct atm_chain_report *ret_report,
                                    struct tw_error *ret_error);

/* --- money operations ------------------------------------------------------------------------ */

enum atm_operation_kind { ATM_OP_WITHDRAWAL, ATM_OP_DEPOSIT, ATM_OP_TRANSFER };

/*   withdrawal  REQUESTED -> DECLINED | REVERSED | INTENT -> DONE | SUSPECT | REVERSED
 *   deposit     REQUESTED -> DECLINED | REVERSED | INTENT (approved, to be stowed) -> DONE |
 *               REVERSED | SUSPECT
 *   SUSPECT -> SETTLED by a physical count
 *   transfer    REQUESTED -> DECLINED | DONE | PENDING -> DECLINED | DONE
 *               PENDING | DONE -> RETURNED by the payee's bank */
enum atm_operation_state {
    ATM_OP_REQUESTED,
    ATM_OP_INTENT,
    ATM_OP_PENDING,
    ATM_OP_DONE,
    ATM_OP_DECLINED,
    ATM_OP_REVERSED,
    ATM_OP_SUSPECT,
    ATM_OP_SETTLED,
    ATM_OP_RETURNED,
};
const char *atm_operation_kind_name(enum atm_operation_kind kind);
const char *atm_operation_state_name(enum atm_operation_state state);

struct atm_operation {
    struct tw_uuid txid;
    enum atm_operation_kind kind;
    enum atm_operation_state state;
    int32_t business_date;
    struct tw_currency currency;
    int64_t stan;
    int64_t amount_minor;
    int64_t dispensed_minor;
    int64_t surcharge_minor; /* on top of the amount; what was told until the host has said it */
    struct tw_iban account;
    char pan_masked[TW_PAN_TEXT_SIZE];
    char rc[3];
};

void atm_journal_operation_new(struct atm_journal *journal, const struct atm_operation *operation);
void atm_journal_operation_move(struct atm_journal *journal, const struct tw_uuid *txid,
                                enum atm_operation_state state, const char *rc);
void atm_journal_operation_charge(struct atm_journal *journal, const struct tw_uuid *txid,
                                  int64_t surcharge_minor);
struct tw_status atm_journal_operation(struct atm_journal *journal, const struct tw_uuid *txid,
                                       struct atm_operation *ret_operation,
                                       struct tw_error *ret_error);
/* The latest with this STAN, of one business date (0: any). */
struct tw_status atm_journal_operation_of_stan(struct atm_journal *journal, int32_t business_date,
                                               int64_t stan, struct atm_operation *ret_operation,
                                               struct tw_error *ret_error);
/* The oldest operation in this state, of any kind; NOT_FOUND when there is none. */
struct tw_status atm_journal_operation_in(struct atm_journal *journal,
                                          enum atm_operation_state state,
                                          struct atm_operation *ret_operation,
                                          struct tw_error *ret_error);
#define ATM_ANY (-1)
/* The latest of a kind, in a state, of an account (0: any), newest first, at most `max`. */
struct tw_status atm_journal_operations(struct atm_journal *journal, int kind, int state,
                                        struct tw_iban account, struct atm_operation *operations,
                                        size_t max, size_t *ret_count, struct tw_error *ret_error);
int64_t atm_journal_operation_count(struct atm_journal *journal, enum atm_operation_state state);

/* INTENT: the notes per cassette that are about to leave. */
void atm_journal_plan(struct atm_journal *journal, const struct tw_uuid *txid,
                      const struct atm_mix *mix);
struct tw_status atm_journal_planned(struct atm_journal *journal, const struct tw_uuid *txid,
                                     struct atm_mix *ret_mix, struct tw_error *ret_error);
/* Where the notes went, into the cassette counters and the operation. Under suspect every stacked
 * or planned note that is not known to be inside counts as suspect. */
void atm_journal_moved(struct atm_journal *journal, const struct tw_uuid *txid,
                       const struct atm_cash_report *report, bool suspect);
void atm_journal_deposit_notes(struct atm_journal *journal, const struct tw_uuid *txid,
                               const struct tw_notes *notes, size_t count);
struct tw_status atm_journal_deposit_counted(struct atm_journal *journal,
                                             const struct tw_uuid *txid,
                                             struct tw_notes notes[TW_NOTES_MAX], size_t *ret_count,
                                             struct tw_error *ret_error);
void atm_journal_stowed(struct atm_journal *journal, const struct tw_notes *notes, size_t count);

/* --- cassettes ------------------------------------------------------------------------------- */

struct atm_cassette {
    int32_t number;
    struct tw_currency currency;
    int64_t denomination_minor;
    int64_t loaded, remaining, dispensed, rejected, retracted, removed, suspect;
};

/* Configured cassette: added if new; CONFLICT if it holds notes of another denomination. */
struct tw_status atm_journal_fit(struct atm_journal *journal, int32_t number,
                                 int64_t denomination_minor, struct tw_currency currency,
                                 struct tw_error *ret_error);
struct tw_status atm_journal_cassettes(struct atm_journal *journal,
                                       struct atm_cassette cassettes[ATM_CASSETTES_MAX],
                                       size_t *ret_count, struct tw_error *ret_error);
void atm_journal_loaded(struct atm_journal *journal, int32_t number, int64_t notes);
/* Everything inside went out: remaining, rejected and retracted become removed. */
void atm_journal_emptied(struct atm_journal *journal);
/* A physical count settles suspects and differences (see cassette.c for the rule). */
void atm_journal_counted(struct atm_journal *journal, const struct tw_notes *notes, size_t count);
/* Notes that should be inside, by denomination, deposits included, suspects not. */
struct tw_status atm_journal_inside(struct atm_journal *journal,
                                    struct tw_notes notes[TW_NOTES_MAX], size_t *ret_count,
                                    struct tw_error *ret_error);

/* --- advices --------------------------------------------------------------------------------- */

#define ATM_ADVICES_MAX 64

struct atm_advice {
    int64_t id;
    struct tw_uuid txid;
    enum tw_method_id method;
    int64_t stan;
    int64_t attempts;
    json_t *params; /* owned by whoever got the advice */
};

struct atm_waiting_advice {
    int64_t id;
    bool question; /* transfer.status: the host need not be told anything, but is to tell */
};

/* params is borrowed; it must hold neither PIN block nor session. Returns the advice's id, 0 when
 * the transaction has failed. */
int64_t atm_journal_advise(struct atm_journal *journal, const struct tw_uuid *txid,
                           enum tw_method_id method, int64_t stan, const json_t *params);
/* Those that wait, oldest first. */
struct tw_status atm_journal_waiting(struct atm_journal *journal,
                                     struct atm_waiting_advice waiting[ATM_ADVICES_MAX],
                                     size_t *ret_count, struct tw_error *ret_error);
struct tw_status atm_journal_advice(struct atm_journal *journal, int64_t id,
                                    struct atm_advice *ret_advice, struct tw_error *ret_error);
/* What the host was or is to be told of an operation: its params, a new reference; NOT_FOUND. */
struct tw_status atm_journal_told(struct atm_journal *journal, const struct tw_uuid *txid,
                                  enum tw_method_id method, json_t **ret_params,
                                  struct tw_error *ret_error);
void atm_journal_advice_sent(struct atm_journal *journal, int64_t id);
void atm_journal_advice_acknowledged(struct atm_journal *journal, int64_t id, const char *rc);

#endif
