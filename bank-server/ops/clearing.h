/*
 * Postings of clearing and settlement (docs/CLEARING.md): what was agreed with a peer leaves its
 * accounts for SettleCtl of the window, SettleCtl leaves for Settle, and breaks are corrected. All
 * of them are decided once, because their txids follow from what they are about; whoever comes
 * second is answered from what was stored.
 *
 *   window_close   Dr SettleCtl:{window} Cr IB:{peer,window} by what was agreed, stripe by stripe;
 *                  or the mirror
 *   settlement     Dr Settle Cr SettleCtl:{window} by the bank's net, or the mirror
 *   break          IB:{peer,window} gives up what this book has of it, IB:{peer,next window} takes
 *                  what is right, the difference is on Breaks
 *   reserve        Dr Settle Cr Vault, or the mirror
 *
 * What does not fit the book is refused with 95 and not stored, so that it can be asked again.
 */
#ifndef BANK_OPS_CLEARING_H
#define BANK_OPS_CLEARING_H

#include "ops/rules.h"

/* UUID version 8, by SHA-256. */
struct tw_uuid bank_window_close_txid(int32_t bank, int32_t window_no, int32_t peer);
struct tw_uuid bank_settlement_txid(int32_t bank, int32_t window_no);

/* Answered 95, logged and not stored. */
void bank_clearing_refuse(struct bank_item *item, const char *reason);

#endif
