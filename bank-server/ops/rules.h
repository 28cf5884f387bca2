/*
 * Rules that several operations share: sessions, cards, accounts, content digests, answers.
 * Each check returns the response code that follows, TW_RC_APPROVED when it passes.
 */
#ifndef BANK_OPS_RULES_H
#define BANK_OPS_RULES_H

#include "engine/op.h"

/* --- prepare ------------------------------------------------------------------------------- */

/* Unseals the session token into item->claims; item->session_valid tells. */
void bank_prepare_session(struct bank_item *item, const struct bank_services *services,
                          const char *token);
/* For withdrawal.request and deposit.request: the session, and the content with its notes. */
void bank_prepare_cash(struct bank_item *item, const struct bank_services *services);
/* Decrypts the PIN block and checks what it is bound to; item->pin_valid tells. pan NULL: not
 * known yet, checked against the card later. */
void bank_prepare_pin(struct bank_item *item, const struct bank_services *services,
                      const char *pin_block, const char *pan);

/* What was asked, in canonical bytes: header keys first, then what the operation adds. */
struct bank_content {
    size_t used;
    uint8_t bytes[1024];
};
void bank_content_begin(struct bank_content *content, const struct bank_item *item);
void bank_content_i64(struct bank_content *content, int64_t value);
void bank_content_bytes(struct bank_content *content, const void *bytes, size_t length);
void bank_content_notes(struct bank_content *content, const struct tw_notes *notes, size_t count);
/* What a peer's terminal charges; nothing for our own. */
void bank_content_fees(struct bank_content *content, const struct bank_item *item,
                       const struct bank_services *services, const struct tw_fees *fees);
void bank_content_end(struct bank_content *content, struct bank_item *item);

/* --- decide -------------------------------------------------------------------------------- */

/* The card of a valid, open, unexpired session of this terminal, or NULL (63). */
struct bank_card *bank_session_card(struct bank_item *item, struct bank_book *book);
/* iin: its first eight characters count. The plan must have wanted the IINs. */
bool bank_issues_iin(const struct bank_book *book, const char *iin);
enum tw_rc bank_check_card(const struct bank_card *card, const struct bank_book *book);
bool bank_card_has_account(const struct bank_card *card, int64_t account_id);
/* Account of this bank, linked to the card, loaded, not closed; else NULL. */
struct bank_account *bank_card_account(struct bank_book *book, const struct bank_card *card,
                                       struct tw_iban iban);

/* What a withdrawal and a deposit check alike: card, account (missing_rc when NULL), currency. */
enum tw_rc bank_check_cash(const struct bank_item *item, const struct bank_book *book,
                           const struct bank_card *card, const struct bank_account *account,
                           enum tw_rc missing_rc);

int64_t bank_ledger_balance(const struct bank_account *account);    /* customer's view */
int64_t bank_available_balance(const struct bank_account *account); /* with the overdraft */
/* May amount leave the account now: status, daily limit, funds. */
enum tw_rc bank_check_debit(const struct bank_account *account, const struct bank_book *book,
                            int64_t amount_minor);
void bank_use_daily(struct bank_account *account, const struct bank_book *book,
                    int64_t amount_minor);
/* Gives back what a reversal of that business date returns. */
void bank_unuse_daily(struct bank_account *account, int32_t business_date, int64_t amount_minor);
/* False when a balance would leave what the wire can carry exactly (2^53-1). */
bool bank_fits(const struct bank_account *account, int64_t delta_minor);
bool bank_notes_add_up(const struct tw_notes *notes, size_t count, int64_t amount_minor);

/* Puts the account's balances and entry number into the decision: part of the stored answer. */
void bank_note_balance(struct bank_item *item, const struct bank_account *account);
void bank_decline(struct bank_item *item, enum tw_rc rc);
/* Answered, never stored: the key belongs to another content. */
void bank_refuse_duplicate(struct bank_item *item);

/* --- answer -------------------------------------------------------------------------------- */

struct tw_outcome bank_outcome(enum tw_rc rc);
/* tw_posting_result from the decision, with the session renewed when it nears its end. */
struct tw_posting_result bank_posting_result(const struct bank_item *item,
                                             const struct bank_services *services);
/* Appends it; its balances are the decision's. */
bool bank_write_posting(const struct bank_item *item, const struct tw_posting_result *result,
                        struct tw_buffer *out);
bool bank_answer_posting(const struct bank_item *item, const struct bank_services *services,
                         struct tw_buffer *out);
bool bank_answer_plain(const struct bank_item *item, const struct bank_services *services,
                       struct tw_buffer *out);
/* The item's reply, or what the stored detail holds, or the bare outcome of a decline. */
bool bank_answer_reply(const struct bank_item *item, const struct bank_services *services,
                       struct tw_buffer *out);
/* Keeps the message as the answer and, for stored operations, as the decision's detail. */
void bank_reply(struct bank_item *item, const struct tw_field *fields, const void *message,
                bool store);
void bank_reply_text(struct bank_item *item, char *text /* stolen */, bool store);
/* A fresh token when the item's has less than half of its time left, else "". */
void bank_renew_session(const struct bank_item *item, const struct bank_services *services,
                        char ret_token[TW_SESSION_TEXT_SIZE]);
/* Retrieval reference number (ISO 8583 DE 37): year digit, day of year, 00, STAN. */
void bank_rrn(int32_t business_date, int32_t stan, char ret_rrn[13]);

#endif
