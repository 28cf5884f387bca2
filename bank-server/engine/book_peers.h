/* What book.c and book_peers.c share; operations use engine/book.h. */
#ifndef BANK_ENGINE_BOOK_PEERS_H
#define BANK_ENGINE_BOOK_PEERS_H

#include "engine/book.h"

bool bank_book_peers_new(struct bank_book *book); /* false: out of memory */
void bank_book_peers_clear(struct bank_book *book);
void bank_book_peers_free(struct bank_book *book);

/* An entry of amount was made on an account of kind IB: the peer owes that much more. */
void bank_book_exposed(struct bank_book *book, const struct bank_account *account,
                       int64_t amount_minor);

#endif
