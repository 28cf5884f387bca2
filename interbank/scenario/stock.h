/*
 * Banks in stock: making one takes seconds (keys, initdb, migrations), copying one takes a moment.
 * A stock is a folder with slots; a scenario that plays holds a slot, because loopback addresses
 * are in certificates and two copies of one bank would meet. What is in stock fits what most
 * scenarios declare; other banks are made from nothing. A stock that another build made is thrown
 * away.
 */
#ifndef SCN_STOCK_H
#define SCN_STOCK_H

#include "scenario/run.h"

struct scn_stock; /* a slot that is held */

/* NULL: none can be had; then everything is made from nothing. */
struct scn_stock *scn_stock_open(struct scn_run *run, const char *folder);
void scn_stock_close(struct scn_stock *stock);
/* Whether all banks of the run can come from stock. */
bool scn_stock_fits(const struct scn_run *run);
/* Makes what is missing in stock for the first `count` banks, and the settlement agent; malloc'd
 * reason or NULL. */
char *scn_stock_fill(struct scn_stock *stock, size_t count, bool agent);
/* Copies the bank into bank->folder. Malloc'd reason or NULL. */
char *scn_stock_take(struct scn_stock *stock, struct scn_bank *bank);
/* Ends all processes of a copied bank at once and removes it. */
void scn_stock_drop(struct scn_bank *bank);

/* What the terminals' middleware certificates and the like are relative to: see network.c. */
#define SCN_STOCK_BANKS     4
#define SCN_STOCK_SERVERS   2
#define SCN_STOCK_MWS       2
#define SCN_STOCK_TERMINALS 6

#endif
