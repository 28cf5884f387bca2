/*
 * What operations share when two banks take part. As issuer or beneficiary we decide and stamp the
 * open window; as acquirer or originator we book the mirror of what the other bank decided, with
 * its stamp. Amounts on IB accounts are whole items: amount, surcharge and interchange together.
 */
#ifndef BANK_OPS_INTERBANK_H
#define BANK_OPS_INTERBANK_H

#include "ops/rules.h"

/* The terminal belongs to another bank: we are the issuer and decide for a peer. */
bool bank_is_foreign(const struct bank_item *item, const struct bank_services *services);

/* --- as issuer ----------------------------------------------------------------------------- */

/* For a foreign terminal: the peer, its account of the open window, FeeExp. */
void bank_issuer_plan(const struct bank_item *item, struct bank_book *book);
/* Approved when the terminal's bank is a peer in good standing and asks the agreed fees (57). */
enum tw_rc bank_issuer_check(const struct bank_item *item, struct bank_book *book,
                             const struct tw_fees *fees);
/* Notes the peer, the open window and the fees in the item's decision. */
void bank_issuer_stamp(struct bank_item *item, const struct bank_book *book,
                       const struct tw_fees *fees);
/* Posts to the terminal's bank: Cr IB by payment plus interchange, Dr FeeExp by interchange; the
 * caller posts the debit of payment (amount and surcharge) itself. Negative undoes. */
void bank_issuer_post(struct bank_book *book, const struct bank_decision *decision,
                      struct bank_account *interbank, int64_t payment_minor,
                      int64_t interchange_minor);

/* --- stamps of others ------------------------------------------------------------------------ */

/* A window that can be: near our own. Another one is a defect or a lie. */
bool bank_window_plausible(const struct bank_book *book, int64_t window_no);

/* --- transfers ------------------------------------------------------------------------------- */

/* {"reason":"AC01"}, malloc'd, for a decision's detail. */
char *bank_reason_detail(const char *reason);
/* The reason in a decision's detail, or "". */
void bank_reason_of(const struct bank_decision *decision, char ret_reason[5]);
/* What a terminal hears for an ISO 20022 reason. */
enum tw_rc bank_rc_of_reason(const char *reason);

#endif
