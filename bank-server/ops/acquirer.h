/*
 * A foreign card at our terminal: the issuer decides, we book the mirror of its decision with its
 * stamp, or undo what it may have booked. See the issuer's side in withdraw.c and deposit.c.
 *
 *   withdrawal  Dr IB:issuer x+f+i, Cr DispClr x, Cr FeeInc f+i
 *   deposit     Dr ATM Cr IB:issuer
 *   fee         Dr IB:issuer Cr FeeInc        (of a transfer that the issuer completed)
 *
 * When the answer does not come in time, or cannot be booked, one commit declines the request (91)
 * and stores the reversal for the issuer. What a reversal undoes is booked when the issuer
 * acknowledges it, because only then both stamps are known; until then the amount stays in DispClr.
 */
#ifndef BANK_OPS_ACQUIRER_H
#define BANK_OPS_ACQUIRER_H

#include "ops/rules.h"

/* Items that the flows make (bank-server/flow/acquire.c); the request is the terminal's. */
/* Reads: may this be forwarded? Terminal (in service, or any_time), business date, the issuer's
 * standing and room for peer_answer.posting.amount. Then decision.surcharge_minor and
 * interchange_minor are the fees to ask for. */
extern const struct bank_op bank_op_acquirer_check, bank_op_acquirer_check_any_time;
/* item->peer_answer is the issuer's approval. */
extern const struct bank_op bank_op_acquirer_withdraw, bank_op_acquirer_deposit,
    bank_op_acquirer_fee;
/* The issuer did not answer in time; item->peer_answer.peer says who. */
extern const struct bank_op bank_op_acquirer_withdraw_timeout, bank_op_acquirer_deposit_timeout;
/* The issuer says that the key is in use (94): what our own book has under it, else 94. */
extern const struct bank_op bank_op_acquirer_withdraw_recall, bank_op_acquirer_deposit_recall;
/* The issuer's approval cannot be stored here, for its STAN is in use: its reversal is. */
extern const struct bank_op bank_op_acquirer_withdraw_undo, bank_op_acquirer_deposit_undo;
/* Stores an inquiry for the issuer about a transfer whose outcome decides our fee. */
extern const struct bank_op bank_op_acquirer_fee_inquiry;
/* item->peer_answer acknowledges the reversal with the item's txid. request.reverse is what was
 * sent. */
extern const struct bank_op bank_op_acquirer_reversed;

/* A terminal's reversal that concerns a foreign card. */
bool bank_acquired_abroad(struct bank_item *item, struct bank_book *book);
void bank_acquirer_reverse_plan(const struct bank_item *item, struct bank_book *book);
/* Acknowledges it and stores it for the issuer. */
void bank_acquirer_reverse(struct bank_item *item, struct bank_book *book,
                           enum bank_operation operation);
/* Of an approved original: stores its full reversal under the item's decision. */
void bank_acquirer_send_reversal(struct bank_item *item, struct bank_book *book,
                                 const struct bank_decision *original, const char *reason);

#endif
