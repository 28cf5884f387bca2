/*
 * The bank under load: who pays, at which terminal, to whom, and the chance that decides it. Cards
 * have a session and terminals are signed on from here on, by two UPDATEs as role tw_bank: what the
 * engine's own session.open would leave in these rows, without a PIN block for each of up to
 * thousands of cards. Tokens are sealed with the bank's key; the engine unseals and checks them
 * like any other.
 *
 * Owned by main; read-only after bench_bank_open, so any thread may look at it. Amounts: minor
 * units.
 */
#ifndef BENCH_ENGINE_BANK_H
#define BENCH_ENGINE_BANK_H

#include <libpq-fe.h>

#include "core/clock.h"
#include "core/money.h"
#include "core/seeded.h"
#include "options.h"
#include "pin/keyring.h"

struct bench_payer {
    int64_t card_id, account_id;
    size_t terminal; /* index */
};

struct bench_bank {
    PGconn *connection; /* idle while something is measured */
    int32_t code, business_date;
    struct tw_currency currency;
    struct tw_uuid session; /* of all cards */
    int64_t expires_ms;     /* of the session, Unix time */
    struct bench_payer *payers;
    size_t payer_count; /* as many as options->depth */
    int32_t *terminals;
    size_t terminal_count;
    int64_t *payees; /* all customers' accounts */
    size_t payee_count;
};

struct tw_status bench_bank_open(const struct bench_options *options, struct bench_bank *ret_bank,
                                 struct tw_error *ret_error);
/* Ends the cards' sessions, so that who measures next finds cards without one. */
struct tw_status bench_bank_leave(struct bench_bank *bank, struct tw_error *ret_error);
void bench_bank_close(struct bench_bank *bank);

/* A connection with the settings of the engine's own. */
struct tw_status bench_connect(const char *conninfo, const char *name, PGconn **ret_connection,
                               struct tw_error *ret_error);
/* What the connection last complained about. */
struct tw_status bench_database_error(const PGconn *connection, struct tw_error *ret_error);

/* Uniform among these accounts but the payer's own. */
int64_t bench_choose_payee(const int64_t *payees, size_t count, struct tw_seeded *chance,
                           int64_t payer_account);
/* Version 7, as terminals make them, with random bits from chance: drawing real ones would cost a
 * part of what is measured. */
struct tw_uuid bench_new_txid(struct tw_seeded *chance);

/* CPU time of this process so far, all threads, in microseconds. */
int64_t bench_cpu_us(void);

#endif
