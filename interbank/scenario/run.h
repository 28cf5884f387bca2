/*
 * One scenario being played: the network that was built for it, and what has happened so far.
 *
 * The run owns everything here. Banks are made and started by threads of their own, one per bank;
 * everything else happens in the main thread, except that a load (crowd.h) has one.
 */
#ifndef SCN_RUN_H
#define SCN_RUN_H

#include <libpq-fe.h>

#include "core/seeded.h"
#include "scenario/child.h"
#include "scenario/clock.h"
#include "scenario/scenario.h"

#define SCN_ANSWER_US   INT64_C(90000000) /* longest wait for anything that a scenario waits for */
#define SCN_WITHIN_US   INT64_C(10000000)
#define SCN_PIN_SIZE    13
#define SCN_IBAN_SIZE   23
#define SCN_PAN_SIZE    20
#define SCN_MOMENT_SIZE 20 /* "2026-11-26T10:00:00" */

struct scn_run;

struct scn_bank {
    struct scn_run *run;
    const json_t *spec;
    size_t index;
    const char *name;
    char *title;
    int64_t code;
    char iin[9];
    int64_t servers, middlewares, terminals;
    char *folder;
    char *address; /* loopback */
    char *pg;      /* folder of its PostgreSQL */
    PGconn *books; /* reads, as tw_audit; NULL: not connected */
    bool built;
    bool copied;   /* from stock */
    bool tampered; /* a scenario changed its books past every rule */
    char *problem; /* why building failed; NULL: it did not */
};

struct scn_account {
    const char *name;
    struct scn_bank *bank;
    char iban[SCN_IBAN_SIZE];
};

struct scn_card {
    const char *name;
    struct scn_bank *bank; /* NULL: a stranger's */
    char pan[SCN_PAN_SIZE];
    char expiry[5];
    char pin[SCN_PIN_SIZE];
    char id[24];
};

struct scn_terminal {
    const json_t *spec;
    const char *name;
    struct scn_bank *bank;
    char id[9];
    char *ini, *journal;
    struct scn_child life; /* atm-client; pid 0: the power is off */
    char *dies_at;         /* crash point of this life; NULL: none */
    int64_t said;          /* messages by hand, for their STANs */
    bool busy;             /* a load is using it */
};

struct scn_report; /* report.h: what is told while playing and kept for the reports */
struct scn_relay;  /* relay.h */
struct scn_stock;  /* stock.h */

struct scn_run {
    const struct scn_scenario *scenario;
    struct scn_report *report;
    const char *bin; /* built programs */
    const char *top; /* checkout: interbank/network, middleware/pki */
    char *folder;
    char built_at[SCN_MOMENT_SIZE]; /* UTC, as logs write it */
    uint64_t seed;
    struct tw_seeded random;
    struct scn_clock clock;
    struct scn_relay *relay;
    struct scn_stock *stock; /* NULL: banks are made from nothing */
    size_t bank_count;
    struct scn_bank *banks;
    struct scn_bank *agent; /* the settlement agent, which is built like one; NULL: none */
    size_t account_count;
    struct scn_account *accounts;
    size_t card_count;
    struct scn_card *cards;
    size_t terminal_count;
    struct scn_terminal *terminals;
    json_t *variables; /* what steps left under their "as" */
    char *listed;      /* txids of listed breaks, for SQL */
    int64_t deadline_us;
};

struct scn_bank *scn_bank_find(struct scn_run *run, const char *name);
struct scn_terminal *scn_terminal_find(struct scn_run *run, const char *name);
struct scn_card *scn_card_find(struct scn_run *run, const char *name);
/* "anna" or "birch/anna". */
struct scn_account *scn_account_find(struct scn_run *run, const char *name);
/* IBAN of an account, of "nobody@birch" (never opened), or the text itself when it is an IBAN. */
char *scn_iban_of(struct scn_run *run, const char *name);

/* Resolves "$name.member" in any text of a step; new reference. What is unknown stays as it is. */
json_t *scn_resolve(struct scn_run *run, const json_t *value);

/* Runs the bank's operator: --json and arguments, ended by NULL. New reference, or NULL with
 * *ret_problem (malloc'd). input may be NULL. */
json_t *scn_bankctl(struct scn_bank *bank, char **ret_problem, const char *input,
                    const char *const arguments[]);
#define SCN_BANKCTL(bank, ret_problem, input, ...)                                                 \
    scn_bankctl(bank, ret_problem, input, (const char *const[]){__VA_ARGS__, NULL})
/* The same with the settlement agent's operator. */
json_t *scn_settlectl(struct scn_run *run, char **ret_problem, const char *const arguments[]);
#define SCN_SETTLECTL(run, ret_problem, ...)                                                       \
    scn_settlectl(run, ret_problem, (const char *const[]){__VA_ARGS__, NULL})
/* Runs network.sh COMMAND FOLDER arguments; malloc'd reason, or NULL when it went well. */
char *scn_network_sh(struct scn_run *run, const char *command, const char *folder,
                     const char *const environment[], const char *const arguments[]);

/* One statement, at the bank's database, as tw_audit; reconnects once. NULL with *ret_problem. */
PGresult *scn_books(struct scn_bank *bank, const char *sql, char **ret_problem);
/* The same in a connection of its own as another role ("postgres": superuser). */
PGresult *scn_books_as(struct scn_bank *bank, const char *role, const char *sql,
                       char **ret_problem);
int64_t scn_books_number(struct scn_bank *bank, const char *sql, char **ret_problem);

#endif
