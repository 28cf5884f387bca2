/*
 * Order matters: the stored answer comes first, so that a repeat is answered alike for ever, even
 * after the session was closed or the terminal revoked. Everything decided is stored, declines too;
 * only 94 is not, because its key belongs to another request. A request must carry the current
 * business date (else 90: the terminal signs on again and asks anew); advices may come at any date.
 * Where stored answers were not read (book->keys_unread), the unique key refuses a repeat, and the
 * batch runs again with them.
 */
#include "engine/decide.h"

#include <stdlib.h>
#include <string.h>

static bool decides(const struct bank_op *op) {
    return (op->flags & (BANK_OP_READS | BANK_OP_UNSTORED)) == 0;
}

void bank_plan_item(const struct bank_item *item, struct bank_book *book) {
    const struct bank_op *op = item->op;
    if (decides(op)) {
        bank_want_key(book, item);
    }
    bool own_terminal =
        (op->flags & BANK_OP_NO_TERMINAL) == 0 && item->acquirer == book->services->bank_code;
    if (own_terminal) {
        bank_want_terminal(book, item->request.header.terminal_id, false);
    }
    if (op->plan != NULL) {
        op->plan(item, book);
    }
}

/* What has no terminal has no STAN; a peer's advice names its original's, which is in use: both
 * are known by txid and phase. */
static int32_t stan_of(const struct bank_item *item, const struct bank_book *book) {
    unsigned flags = item->op->flags;
    bool peers_advice =
        (flags & BANK_OP_ADVICE) != 0 && item->acquirer != book->services->bank_code;
    bool none = peers_advice || (flags & BANK_OP_NO_TERMINAL) != 0;
    return none ? 0 : (int32_t)item->request.header.stan;
}

static void start_decision(struct bank_item *item, const struct bank_book *book) {
    const struct tw_header *header = &item->request.header;
    free(item->decision.detail);
    free(item->reply);
    item->reply = NULL;
    json_decref(item->message.params);
    item->message = (struct bank_message){0};
    item->has_extra = false;
    item->fate = (struct bank_fate){0};
    item->error = (struct tw_error){0};
    item->origin = BANK_FRESH;
    item->decision = (struct bank_decision){
        .txid = header->txid,
        .phase = item->phase,
        .operation = item->op->operation,
        .acquirer = item->acquirer,
        .terminal_id = header->terminal_id,
        .business_date = (item->op->flags & BANK_OP_NO_TERMINAL) != 0 ? book->business_date
                                                                      : header->business_date,
        .stan = stan_of(item, book),
        .posted_on = book->business_date,
        .rc = TW_RC_APPROVED,
    };
    memcpy(item->decision.content_digest, item->content_digest, TW_DIGEST_BYTES);
}

static void refuse(struct bank_item *item, enum tw_rc rc) {
    item->origin = BANK_REFUSED;
    item->decision.rc = rc;
}

/* Reversals that this bank made itself have no content to compare: the terminal's own asks for what
 * has happened. */
static bool same_content(const struct bank_item *item, const struct bank_decision *stored) {
    static const uint8_t own[TW_DIGEST_BYTES];
    bool made_here = stored->phase == BANK_REVERSAL && tw_digest_equal(stored->content_digest, own);
    return made_here || tw_digest_equal(stored->content_digest, item->content_digest);
}

static void replay(struct bank_item *item, struct bank_book *book,
                   const struct bank_decision *stored) {
    if (!same_content(item, stored)) {
        refuse(item, TW_RC_DUPLICATE);
        return;
    }
    item->origin = BANK_STORED;
    item->decision = *stored;
    if (stored->detail != NULL) {
        item->decision.detail = strdup(stored->detail);
        tw_assert(item->decision.detail != NULL);
    }
    if (item->op->replayed != NULL) {
        item->op->replayed(item, book);
    }
}

/* True when the key decides: a repeat, or a key that is in use. */
static bool decided_by_key(struct bank_item *item, struct bank_book *book) {
    const struct bank_decision *stored =
        bank_book_decision(book, &item->decision.txid, item->decision.phase);
    if (stored != NULL) {
        replay(item, book, stored);
        return true;
    }
    if (item->decision.stan != 0 && bank_book_stan(book, &item->decision) != NULL) {
        refuse(item, TW_RC_DUPLICATE);
        return true;
    }
    return false;
}

/* The acquirer's own checks; a foreign acquirer did them for its terminals. */
static enum tw_rc check_terminal(const struct bank_item *item, struct bank_book *book) {
    unsigned flags = item->op->flags;
    if ((flags & BANK_OP_NO_TERMINAL) != 0 || item->acquirer != book->services->bank_code) {
        return TW_RC_APPROVED;
    }
    const struct bank_terminal *terminal =
        bank_book_terminal(book, item->request.header.terminal_id);
    if (terminal == NULL) {
        return TW_RC_NOT_PERMITTED_TERMINAL;
    }
    if ((flags & BANK_OP_ADVICE) != 0) {
        return TW_RC_APPROVED; /* what happened, happened */
    }
    bool in_service = terminal->signed_on || (flags & BANK_OP_ANY_TIME) != 0;
    return terminal->status == 'A' && in_service ? TW_RC_APPROVED : TW_RC_NOT_PERMITTED_TERMINAL;
}

static enum tw_rc check_date(const struct bank_item *item, const struct bank_book *book) {
    bool foreign = item->acquirer != book->services->bank_code; /* its terminals, its dates */
    if (foreign ||
        (item->op->flags & (BANK_OP_ADVICE | BANK_OP_NO_TERMINAL | BANK_OP_ANY_TIME)) != 0) {
        return TW_RC_APPROVED;
    }
    bool current = item->request.header.business_date == book->business_date;
    return current ? TW_RC_APPROVED : TW_RC_CUT_OVER;
}

void bank_decide_item(struct bank_item *item, struct bank_book *book) {
    start_decision(item, book);
    bool own_key = decides(item->op) && (item->op->flags & BANK_OP_INQUIRY) == 0;
    if (own_key && decided_by_key(item, book)) {
        return;
    }
    item->decision.rc = check_terminal(item, book);
    if (item->decision.rc == TW_RC_APPROVED) {
        item->decision.rc = check_date(item, book);
    }
    if (item->decision.rc == TW_RC_APPROVED) {
        item->op->decide(item, book);
    } else if ((item->op->flags & BANK_OP_INQUIRY) != 0) {
        item->origin = BANK_REFUSED;
    }
    if (own_key && book->keys_unread && item->origin != BANK_FRESH) {
        book->retry = true; /* stores nothing that could show it to be a repeat */
    }
    if (decides(item->op) && item->origin == BANK_FRESH && !book->retry) {
        bank_book_decided(book, item);
        if (item->has_extra) {
            bank_book_add_decision(book, &item->extra, NULL);
        }
    }
}
