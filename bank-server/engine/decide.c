/*
 * Order matters: the stored answer comes first, so that a repeat is answered alike for ever, even
 * after the session was closed or the terminal revoked. Everything decided is stored, declines too;
 * only 94 is not, because its key belongs to another request. A request must carry the current
 * business date (else 90: the terminal signs on again and asks anew); advices may come at any date.
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
        (op->flags & BANK_OP_COUNTER) == 0 && item->acquirer == book->services->bank_code;
    if (own_terminal) {
        bank_want_terminal(book, item->request.header.terminal_id, false);
    }
    if (op->plan != NULL) {
        op->plan(item, book);
    }
}

static void start_decision(struct bank_item *item, const struct bank_book *book) {
    const struct tw_header *header = &item->request.header;
    free(item->decision.detail);
    json_decref(item->reply);
    item->reply = NULL;
    item->error = (struct tw_error){0};
    item->origin = BANK_FRESH;
    item->decision = (struct bank_decision){
        .txid = header->txid,
        .phase = item->phase,
        .operation = item->op->operation,
        .acquirer = item->acquirer,
        .terminal_id = header->terminal_id,
        .business_date =
            (item->op->flags & BANK_OP_COUNTER) != 0 ? book->business_date : header->business_date,
        .stan = (int32_t)header->stan,
        .rc = TW_RC_APPROVED,
    };
    memcpy(item->decision.content_digest, item->content_digest, TW_DIGEST_BYTES);
}

static void refuse(struct bank_item *item, enum tw_rc rc) {
    item->origin = BANK_REFUSED;
    item->decision.rc = rc;
}

static void replay(struct bank_item *item, const struct bank_decision *stored) {
    if (!tw_digest_equal(stored->content_digest, item->content_digest)) {
        refuse(item, TW_RC_DUPLICATE);
        return;
    }
    item->origin = BANK_STORED;
    item->decision = *stored;
    if (stored->detail != NULL) {
        item->decision.detail = strdup(stored->detail);
        tw_assert(item->decision.detail != NULL);
    }
}

/* True when the key decides: a repeat, or a key that is in use. */
static bool decided_by_key(struct bank_item *item, struct bank_book *book) {
    const struct bank_decision *stored =
        bank_book_decision(book, &item->decision.txid, item->decision.phase);
    if (stored != NULL) {
        replay(item, stored);
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
    if ((flags & BANK_OP_COUNTER) != 0 || item->acquirer != book->services->bank_code) {
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
    if ((item->op->flags & (BANK_OP_ADVICE | BANK_OP_COUNTER | BANK_OP_ANY_TIME)) != 0) {
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
    if (decides(item->op) && item->origin == BANK_FRESH && !book->retry) {
        bank_book_decided(book, item);
    }
}
