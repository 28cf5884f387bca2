/*
 * From what a scenario declares to running banks: folders, keys, PostgreSQL, customers, cards,
 * directories, daemons, terminals; and back to nothing. Where a bank can be worked on alone it is,
 * in a thread of its own.
 */
#ifndef SCN_NETWORK_H
#define SCN_NETWORK_H

#include "scenario/run.h"

/* Reads the declarations into the run: banks, accounts, cards, terminals by name, nothing built. */
void scn_network_plan(struct scn_run *run);
/* Builds and starts everything. Malloc'd reason, or NULL. */
char *scn_network_build(struct scn_run *run);
/* All that was stopped or killed runs again, and banks reach each other. Malloc'd reason or NULL.
 */
char *scn_network_heal(struct scn_run *run);
/* Stops everything; with keep the folders stay. */
void scn_network_end(struct scn_run *run, bool keep);
void scn_network_free(struct scn_run *run);
/* A value of the bank's network.env, malloc'd. */
char *scn_network_environment(const struct scn_bank *bank, const char *name);

/* settings.c: sets keys of a section of an INI file, in place of those of that name. */
void scn_ini_set(const char *file, const char *section, const char *key,
                 const char *const values[]);
void scn_ini_set_number(const char *file, const char *section, const char *key, int64_t value);

/* customers.c: customers, accounts and cards of one bank. */
char *scn_customers_make(struct scn_bank *bank);
/* Cards file for the terminals, and strangers' numbers. */
char *scn_cards_write(struct scn_run *run);

/* settlement.c: banks become participants with reserves and prefunding; their bank servers are told
 * where the settlement agent is. Malloc'd reason or NULL. */
char *scn_settlement_prepare(struct scn_run *run);

/* ready.c: until each bank server has a link to every other bank; NULL or malloc'd reason. */
char *scn_await_peers(struct scn_run *run, int64_t seconds);
/* Links between banks that are up, for scn_links_await: which waits, not for ever, until they are
 * again. Time that passes fast looks like silence to a busy machine. */
json_t *scn_links_up(struct scn_run *run);
void scn_links_await(struct scn_run *run, const json_t *links);
/* A bank server that was started: until it and its bank's middlewares have found each other, and it
 * and its peers. mortal: it may die before, as it was told to, and then that is all right. */
char *scn_await_server(struct scn_run *run, struct scn_bank *bank, const char *process,
                       bool mortal);

#endif
