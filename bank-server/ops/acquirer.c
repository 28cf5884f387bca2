/*
 * What the issuer approved is booked as it was approved. Only three things can still stand against
 * it: the terminal's reversal came first, the answer is not what was asked (amount, fees, window),
 * or the issuer has reached its limit meanwhile; the last two are undone at the issuer.
 */
#include "ops/acquirer.h"

#include <string.h>

#include "core/log.h"
#include "ops/interbank.h"

/* --- before forwarding ----------------------------------------------------------------------- */

static void check_plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_peer(book, item, item->peer_answer.peer, 0);
}

/* The answer's fees are those to ask the issuer for. peer_answer.posting.amount is what the issuer
 * would come to owe, fees aside. */
static void check_decide(struct bank_item *item, struct bank_book *book) {
    const struct bank_peer *peer = bank_book_peer(book, item->peer_answer.peer);
    struct bank_decision *decision = &item->decision;
    if (peer == NULL) {
        decision->rc = TW_RC_NO_ROUTE;
        return;
    }
    decision->surcharge_minor = book->surcharge_minor;
    decision->interchange_minor = peer->interchange_minor;
    int64_t amount = item->peer_answer.posting.amount;
    int64_t owed = amount + decision->surcharge_minor + decision->interchange_minor;
    bool room = amount == 0 || bank_book_room(book, item, peer->code, owed);
    if (peer->status != 'A' || !room) {
        decision->rc = TW_RC_ISSUER_UNREACHABLE;
    }
}

#define CHECK_OP(name_, flags_)                                                                    \
    const struct bank_op name_ = {                                                                 \
        .method = TW_METHOD_COUNT,                                                                 \
        .flags = BANK_OP_READS | (flags_),                                                         \
        .plan = check_plan,                                                                        \
        .decide = check_decide,                                                                    \
        .answer = bank_answer_plain,                                                               \
    }

CHECK_OP(bank_op_acquirer_check, 0);
CHECK_OP(bank_op_acquirer_check_any_time, BANK_OP_ANY_TIME);

/* --- undoing --------------------------------------------------------------------------------- */

static void send_reversal(struct bank_item *item, struct bank_book *book, int32_t peer,
                          enum bank_operation operation, const struct bank_decision *original,
                          int64_t dispensed_minor, const char *reason) {
    struct tw_reverse_request request = {
        .header = {.terminal_id = original->terminal_id,
                   .business_date = original->business_date,
                   .stan = original->stan,
                   .txid = original->txid},
        .amount = original->amount_minor,
        .dispensed = dispensed_minor,
        .currency = book->currency,
    };
    (void)snprintf(request.reason, sizeof request.reason, "%s", reason);
    enum tw_method_id method =
        operation == BANK_DEPOSIT ? TW_METHOD_DEPOSIT_REVERSE : TW_METHOD_WITHDRAW_REVERSE;
    bank_book_send(book, item, peer, BANK_REVERSAL, tw_method(method)->name,
                   tw_fields_write(tw_method(method)->request, &request));
}

/* Declines and stores the reversal, in one. A repeat of the request finds the decline. */
static void give_up(struct bank_item *item, struct bank_book *book, const char *reason) {
    struct bank_decision *decision = &item->decision;
    decision->rc = TW_RC_ISSUER_UNREACHABLE;
    decision->amount_minor = item->request.cash.amount;
    decision->peer = item->peer_answer.peer;
    decision->window_no = 0;
    decision->surcharge_minor = decision->interchange_minor = 0;
    if (bank_book_decision(book, &decision->txid, BANK_REVERSAL) != NULL) {
        return;
    }
    item->has_extra = true;
    item->extra = *decision;
    item->extra.phase = BANK_REVERSAL;
    item->extra.rc = TW_RC_APPROVED;
    item->extra.stan = 0;
    item->extra.detail = NULL;
    memset(item->extra.content_digest, 0, sizeof item->extra.content_digest);
    send_reversal(item, book, decision->peer, decision->operation, decision, 0, reason);
}

/* An answer that still comes must find the request's key taken. */
static void take_key(struct bank_item *item) {
    item->has_extra = true;
    item->extra = item->decision;
    item->extra.phase = BANK_REQUEST;
    item->extra.rc = TW_RC_ISSUER_UNREACHABLE;
    item->extra.stan = 0;
    memset(item->extra.content_digest, 0, sizeof item->extra.content_digest);
}

static void timeout_plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_account(book, bank_dispclr_account(item->request.header.terminal_id), true);
}

/* The terminal hears 91, or what the check found. */
static void timeout_decide(struct bank_item *item, struct bank_book *book) {
    enum tw_rc found = item->peer_answer.posting.outcome.rc;
    give_up(item, book, "timeout");
    if (found != TW_RC_APPROVED) {
        item->decision.rc = found;
    }
}

static void no_content(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    memset(item->content_digest, 0, sizeof item->content_digest);
}

/* The issuer approved what cannot be stored here: its STAN is another request's. */
static void undo_decide(struct bank_item *item, struct bank_book *book) {
    struct bank_decision *decision = &item->decision;
    if (bank_book_decision(book, &decision->txid, BANK_REQUEST) != NULL) {
        bank_refuse_duplicate(item);
        return;
    }
    decision->business_date = item->request.header.business_date;
    decision->amount_minor = item->request.cash.amount;
    decision->peer = item->peer_answer.peer;
    take_key(item);
    struct bank_decision asked = *decision;
    asked.stan = (int32_t)item->request.header.stan;
    send_reversal(item, book, decision->peer, decision->operation, &asked, 0, "timeout");
}

/* Nothing is stored under the key: 94 it stays. */
static void recall_decide(struct bank_item *item, struct bank_book *book) {
    (void)book;
    bank_refuse_duplicate(item);
}

void bank_acquirer_reverse_plan(const struct bank_item *item, struct bank_book *book) {
    int32_t terminal_id = item->request.header.terminal_id;
    int32_t issuer = item->request.reverse.account.bank_code;
    bank_want_account(book, bank_dispclr_account(terminal_id), true);
    bank_want_account(book, bank_atm_account(terminal_id), true);
    if (item->op->operation == BANK_DEPOSIT) { /* whoever issued the card */
        bank_want_account(book, bank_ledger_account(BANK_DEPPEND, book->stripe), true);
    }
    if (issuer != 0 && issuer != book->services->bank_code) {
        bank_want_peer(book, item, issuer, 0);
    }
}

bool bank_acquired_abroad(struct bank_item *item, struct bank_book *book) {
    if (bank_is_foreign(item, book->services)) {
        return false;
    }
    const struct bank_decision *original =
        bank_book_decision(book, &item->decision.txid, BANK_REQUEST);
    int32_t issuer = item->request.reverse.account.bank_code;
    return original != NULL ? original->peer != 0
                            : issuer != 0 && issuer != book->services->bank_code;
}

/* The request never came through here, or its answer never did: whatever the issuer has booked is
 * to be undone, and an answer that still comes must find the key taken. */
static void reverse_unbooked(struct bank_item *item, struct bank_book *book,
                             enum bank_operation operation) {
    struct bank_decision *decision = &item->decision;
    int32_t issuer = item->request.reverse.account.bank_code;
    if (bank_book_peer(book, issuer) == NULL) {
        decision->rc = TW_RC_ORIGINAL_NOT_FOUND;
        return;
    }
    decision->peer = issuer;
    take_key(item);
    send_reversal(item, book, issuer, operation, decision, 0, item->request.reverse.reason);
}

/* The part that left the machine is booked now; the rest when the issuer acknowledges. */
static void move_cash(struct bank_item *item, struct bank_book *book) {
    struct bank_decision *decision = &item->decision;
    struct bank_account *cash = bank_book_account(book, bank_atm_account(decision->terminal_id));
    if (decision->operation == BANK_DEPOSIT) {
        bank_post(book, decision,
                  bank_book_account(book, bank_ledger_account(BANK_DEPPEND, book->stripe)), cash,
                  decision->amount_minor);
    } else if (decision->kept_minor > 0) {
        bank_post(book, decision,
                  bank_book_account(book, bank_dispclr_account(decision->terminal_id)), cash,
                  decision->kept_minor);
    }
}

void bank_acquirer_reverse(struct bank_item *item, struct bank_book *book,
                           enum bank_operation operation) {
    const struct tw_reverse_request *request = &item->request.reverse;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    const struct bank_decision *original = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    if (original == NULL) {
        reverse_unbooked(item, book, operation);
        return;
    }
    bool matches =
        original->operation == operation && original->terminal_id == decision->terminal_id &&
        original->amount_minor == request->amount && request->dispensed <= request->amount;
    if (!matches) {
        bank_refuse_duplicate(item);
        return;
    }
    decision->peer = original->peer;
    if (original->rc != TW_RC_APPROVED ||
        bank_book_decision(book, &decision->txid, BANK_CONFIRMATION) != NULL) {
        decision->kept_minor = request->amount; /* nothing was posted, or the cash is out */
        return;
    }
    decision->kept_minor = request->dispensed;
    move_cash(item, book);
    send_reversal(item, book, original->peer, operation, original, request->dispensed,
                  request->reason);
}

void bank_acquirer_send_reversal(struct bank_item *item, struct bank_book *book,
                                 const struct bank_decision *original, const char *reason) {
    item->decision.peer = original->peer;
    send_reversal(item, book, original->peer, original->operation, original, 0, reason);
}

/* --- booking an approval -----------------------------------------------------------------------
 */

static void mirror_plan(const struct bank_item *item, struct bank_book *book) {
    int32_t terminal_id = item->request.header.terminal_id;
    bank_want_account(book, bank_dispclr_account(terminal_id), true);
    if (item->op->operation == BANK_DEPOSIT) {
        bank_want_account(book, bank_atm_account(terminal_id), true);
    }
    bank_want_account(book, bank_ledger_account(BANK_FEEINC, book->stripe), true);
    bank_want_peer(book, item, item->peer_answer.peer,
                   (int32_t)item->peer_answer.posting.window_no);
}

/* NULL: it is what was asked. */
static const char *find_fault(const struct bank_item *item, const struct bank_book *book) {
    const struct tw_cash_request *request = &item->request.cash;
    const struct tw_posting_result *answer = &item->peer_answer.posting;
    if (!bank_window_plausible(book, answer->window_no)) {
        return "the issuer's window is not one of ours";
    }
    if (answer->amount != request->amount) {
        return "the issuer answered with another amount";
    }
    bool fees = answer->surcharge == request->fees.surcharge &&
                answer->interchange == request->fees.interchange;
    return fees ? NULL : "the issuer answered with other fees";
}

static void stamp(struct bank_item *item) {
    const struct tw_posting_result *answer = &item->peer_answer.posting;
    struct bank_decision *decision = &item->decision;
    decision->peer = item->peer_answer.peer;
    decision->window_no = (int32_t)answer->window_no;
    decision->surcharge_minor = answer->surcharge;
    decision->interchange_minor = answer->interchange;
    decision->has_balance = true;
    decision->ledger_minor = answer->ledger_balance;
    decision->available_minor = answer->available_balance;
    decision->entry_no = answer->entry_no;
}

/* The issuer's account, and room for what it comes to owe; NULL when given up or to be run again.
 */
static struct bank_account *find_issuer(struct bank_item *item, struct bank_book *book,
                                        int64_t owed_minor) {
    const char *fault = find_fault(item, book);
    if (fault != NULL) {
        tw_log(TW_LOG_ERROR, "peer's answer refused", TW_INT("peer", item->peer_answer.peer),
               TW_STR("reason", fault), TW_STR("trace_id", item->trace.trace_id));
        give_up(item, book, "timeout");
        return NULL;
    }
    struct bank_account *issuer = bank_book_interbank(book, item, item->peer_answer.peer,
                                                      (int32_t)item->peer_answer.posting.window_no);
    if (issuer == NULL) {
        return NULL;
    }
    if (owed_minor > 0 && !bank_book_room(book, item, item->peer_answer.peer, owed_minor)) {
        if (!book->retry) {
            give_up(item, book, "timeout");
        }
        return NULL;
    }
    return issuer;
}

static bool reversed_already(struct bank_item *item, struct bank_book *book) {
    if (bank_book_decision(book, &item->decision.txid, BANK_REVERSAL) == NULL) {
        return false;
    }
    bank_refuse_duplicate(item);
    return true;
}

static void decide_withdraw(struct bank_item *item, struct bank_book *book) {
    const struct tw_cash_request *request = &item->request.cash;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    if (reversed_already(item, book)) {
        return;
    }
    int64_t fees = request->fees.surcharge + request->fees.interchange;
    struct bank_account *issuer = find_issuer(item, book, request->amount + fees);
    if (issuer == NULL) {
        return;
    }
    stamp(item);
    bank_post_leg(book, decision, issuer, request->amount + fees);
    bank_post_leg(book, decision,
                  bank_book_account(book, bank_dispclr_account(decision->terminal_id)),
                  -request->amount);
    if (fees > 0) {
        bank_post_leg(book, decision,
                      bank_book_account(book, bank_ledger_account(BANK_FEEINC, book->stripe)),
                      -fees);
    }
}

static void decide_deposit(struct bank_item *item, struct bank_book *book) {
    const struct tw_cash_request *request = &item->request.cash;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    if (reversed_already(item, book)) {
        return;
    }
    struct bank_account *issuer = find_issuer(item, book, 0);
    if (issuer == NULL) {
        return;
    }
    stamp(item);
    bank_post(book, decision, bank_book_account(book, bank_atm_account(decision->terminal_id)),
              issuer, request->amount);
}

/* --- fees of transfers -------------------------------------------------------------------------
 */

/* NULL: it is what was asked. */
static const char *find_fee_fault(const struct bank_item *item, const struct bank_book *book) {
    const struct tw_posting_result *answer = &item->peer_answer.posting;
    const struct tw_fees *asked = &item->peer_answer.asked;
    if (answer->surcharge != asked->surcharge || answer->interchange != asked->interchange) {
        return "the issuer answered with other fees";
    }
    bool posted = asked->surcharge + asked->interchange > 0;
    return posted && !bank_window_plausible(book, answer->window_no)
               ? "the issuer's window is not one of ours"
               : NULL;
}

/* A transfer that the issuer rejected earns nothing; the decision says so for ever. An answer that
 * cannot be true is not booked: the inquiry stays stored and is repeated. */
static void decide_fee(struct bank_item *item, struct bank_book *book) {
    const struct tw_posting_result *answer = &item->peer_answer.posting;
    struct bank_decision *decision = &item->decision;
    int64_t fees = answer->surcharge + answer->interchange;
    bool earned = answer->outcome.rc == TW_RC_APPROVED;
    const char *fault = earned ? find_fee_fault(item, book) : NULL;
    if (fault != NULL) {
        tw_log(TW_LOG_ERROR, "peer's answer refused", TW_INT("peer", item->peer_answer.peer),
               TW_STR("reason", fault), TW_STR("trace_id", item->trace.trace_id));
        item->origin = BANK_REFUSED;
        bank_decline(item, TW_RC_RECONCILE_ERROR);
        return;
    }
    decision->amount_minor = answer->amount;
    decision->rc = answer->outcome.rc;
    decision->peer = item->peer_answer.peer;
    bank_book_answered(book, decision->peer, &decision->txid, BANK_FEE);
    if (!earned || fees == 0) {
        return;
    }
    struct bank_account *issuer =
        bank_book_interbank(book, item, decision->peer, (int32_t)answer->window_no);
    if (issuer == NULL) {
        return;
    }
    decision->window_no = (int32_t)answer->window_no;
    decision->surcharge_minor = answer->surcharge;
    decision->interchange_minor = answer->interchange;
    bank_post(book, decision, issuer,
              bank_book_account(book, bank_ledger_account(BANK_FEEINC, book->stripe)), fees);
}

/* The request was repeated and the inquiry stored anew: what is settled needs none. */
static void forget_inquiry(struct bank_item *item, struct bank_book *book) {
    bank_book_answered(book, item->peer_answer.peer, &item->decision.txid, BANK_FEE);
}

/* What is stored knows the fees too; they are not sent (flow/delivery.c). */
static void decide_fee_inquiry(struct bank_item *item, struct bank_book *book) {
    const struct tw_transfer_request *request = &item->request.transfer;
    struct tw_transfer_status_request inquiry = {.header = request->header,
                                                 .from_account = request->from_account};
    inquiry.header.acquirer = 0;
    inquiry.header.repeat = false;
    inquiry.header.deadline_ms = 0;
    inquiry.header.traceparent[0] = '\0';
    json_t *stored = tw_fields_write(tw_transfer_status_request_fields, &inquiry);
    (void)json_object_set_new(stored, "surcharge", json_integer(request->fees.surcharge));
    (void)json_object_set_new(stored, "interchange", json_integer(request->fees.interchange));
    bank_book_send(book, item, item->peer_answer.peer, BANK_FEE,
                   tw_method(TW_METHOD_TRANSFER_STATUS)->name, stored);
}

/* ADVICE: what the issuer has decided is booked whatever became of the terminal meanwhile. */
#define MIRROR_OP(name_, method_, operation_, plan_, decide_)                                      \
    const struct bank_op name_ = {                                                                 \
        .method = (method_),                                                                       \
        .operation = (operation_),                                                                 \
        .phase = BANK_REQUEST,                                                                     \
        .flags = BANK_OP_ADVICE,                                                                   \
        .prepare = bank_prepare_cash,                                                              \
        .plan = (plan_),                                                                           \
        .decide = (decide_),                                                                       \
        .answer = bank_answer_posting,                                                             \
    }

MIRROR_OP(bank_op_acquirer_withdraw, TW_METHOD_WITHDRAW, BANK_WITHDRAWAL, mirror_plan,
          decide_withdraw);
MIRROR_OP(bank_op_acquirer_deposit, TW_METHOD_DEPOSIT, BANK_DEPOSIT, mirror_plan, decide_deposit);
MIRROR_OP(bank_op_acquirer_withdraw_timeout, TW_METHOD_WITHDRAW, BANK_WITHDRAWAL, timeout_plan,
          timeout_decide);
MIRROR_OP(bank_op_acquirer_deposit_timeout, TW_METHOD_DEPOSIT, BANK_DEPOSIT, timeout_plan,
          timeout_decide);
MIRROR_OP(bank_op_acquirer_withdraw_recall, TW_METHOD_WITHDRAW, BANK_WITHDRAWAL, NULL,
          recall_decide);
MIRROR_OP(bank_op_acquirer_deposit_recall, TW_METHOD_DEPOSIT, BANK_DEPOSIT, NULL, recall_decide);

#define UNDO_OP(name_, operation_)                                                                 \
    const struct bank_op name_ = {                                                                 \
        .method = TW_METHOD_COUNT,                                                                 \
        .operation = (operation_),                                                                 \
        .phase = BANK_REVERSAL,                                                                    \
        .flags = BANK_OP_ADVICE | BANK_OP_NO_TERMINAL,                                             \
        .prepare = no_content,                                                                     \
        .plan = timeout_plan,                                                                      \
        .decide = undo_decide,                                                                     \
        .answer = bank_answer_plain,                                                               \
    }

UNDO_OP(bank_op_acquirer_withdraw_undo, BANK_WITHDRAWAL);
UNDO_OP(bank_op_acquirer_deposit_undo, BANK_DEPOSIT);

const struct bank_op bank_op_acquirer_fee = {
    .method = TW_METHOD_COUNT,
    .operation = BANK_TRANSFER,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_ADVICE,
    .prepare = no_content,
    .plan = mirror_plan,
    .decide = decide_fee,
    .answer = bank_answer_plain,
    .replayed = forget_inquiry,
};

const struct bank_op bank_op_acquirer_fee_inquiry = {
    .method = TW_METHOD_COUNT,
    .operation = BANK_TRANSFER,
    .flags = BANK_OP_UNSTORED | BANK_OP_ADVICE,
    .decide = decide_fee_inquiry,
    .answer = bank_answer_plain,
};
