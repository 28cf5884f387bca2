/*
 * The first attempt of a transfer to another bank, while its customer waits. The transfer is HELD
 * by then, with its message stored.
 *
 *   HELD -> SENT -> COMPLETED | RELEASED    the beneficiary's bank answered: booked, then told
 *                -> UNKNOWN                 it did not: "pending"; delivery inquires until final
 *           RELEASED                        not a byte could be sent
 */
#ifndef BANK_FLOW_REMIT_H
#define BANK_FLOW_REMIT_H

#include "flow/passage.h"

/* passage->item is the request's, decided just now, with its message. */
void bank_remit_begin(struct bank_passage *passage);

#endif
