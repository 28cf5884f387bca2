/*
 * A receipt again, made from what the journal has of the operation: its row, what its entries noted
 * (payee, reference), and the notes of the advice that told the host of them. Keeping the text of
 * every receipt was rejected: it would be one more thing that could differ from what happened.
 * Balances are not journaled, so a copy has none.
 */
#include <stdio.h>
#include <string.h>

#include "atm-client/core/receipt.h"
#include "wire/json.h"

static enum atm_verdict verdict_of(const struct atm_operation *operation) {
    switch (operation->state) {
    case ATM_OP_DONE:
        return operation->kind == ATM_OP_WITHDRAWAL &&
                       operation->dispensed_minor < operation->amount_minor
                   ? ATM_FAULT
                   : ATM_APPROVED;
    case ATM_OP_DECLINED:
    case ATM_OP_RETURNED:
        return ATM_DECLINED;
    case ATM_OP_SUSPECT:
    case ATM_OP_SETTLED:
        return ATM_SUSPECT;
    case ATM_OP_REQUESTED:
    case ATM_OP_INTENT:
    case ATM_OP_PENDING:
        return ATM_PENDING;
    case ATM_OP_REVERSED:
        break;
    }
    return ATM_FAULT;
}

static enum tw_method_id method_of(enum atm_operation_kind kind) {
    static const enum tw_method_id methods[] = {[ATM_OP_WITHDRAWAL] = TW_METHOD_WITHDRAW,
                                                [ATM_OP_DEPOSIT] = TW_METHOD_DEPOSIT,
                                                [ATM_OP_TRANSFER] = TW_METHOD_TRANSFER};
    return methods[kind];
}

static void take_text(const json_t *detail, const char *member, char *buffer, size_t size) {
    const char *text = json_string_value(json_object_get(detail, member));
    if (text != NULL)
        (void)snprintf(buffer, size, "%s", text);
}

static void take_entry(void *context, const struct atm_journal_entry *entry) {
    struct atm_outcome *outcome = context;
    struct tw_posting_result *posting = &outcome->answer.posting;
    json_error_t ignored;
    TW_JSON_OWNED json_t *detail = json_loads(entry->detail, 0, &ignored);
    const char *to = json_string_value(json_object_get(detail, "to"));
    if (to != NULL && !tw_ok(tw_iban_parse(to, &outcome->to_account, NULL)))
        outcome->to_account = (struct tw_iban){0};
    take_text(detail, "rrn", posting->rrn, sizeof posting->rrn);
    take_text(detail, "authorization_id", posting->authorization_id,
              sizeof posting->authorization_id);
}

static void take_notes(const json_t *notes, struct atm_outcome *outcome) {
    size_t index;
    json_t *one;
    json_array_foreach(notes, index, one) {
        if (outcome->note_count == TW_NOTES_MAX)
            return;
        outcome->notes[outcome->note_count++] = (struct tw_notes){
            .denomination = json_integer_value(json_object_get(one, "denomination")),
            .count = json_integer_value(json_object_get(one, "count"))};
    }
}

static struct tw_status find_notes(struct atm_journal *journal,
                                   const struct atm_operation *operation,
                                   struct atm_outcome *outcome, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *params = NULL;
    if (operation->kind == ATM_OP_DEPOSIT)
        return atm_journal_deposit_counted(journal, &operation->txid, outcome->notes,
                                           &outcome->note_count, ret_error);
    enum tw_method_id method = operation->dispensed_minor == operation->amount_minor
                                   ? TW_METHOD_WITHDRAW_CONFIRM
                                   : TW_METHOD_WITHDRAW_REVERSE;
    struct tw_status status =
        atm_journal_told(journal, &operation->txid, method, &params, ret_error);
    if (tw_ok(status) && operation->dispensed_minor > 0)
        take_notes(json_object_get(params, "notes"), outcome);
    return status.code == TW_E_NOT_FOUND ? tw_success() : status;
}

/* The receipt of a transfer says how it stands; the copy, how it stands now. */
static const char *status_of(const struct atm_operation *operation) {
    if (operation->kind != ATM_OP_TRANSFER)
        return "";
    switch (operation->state) {
    case ATM_OP_DONE:
        return "COMPLETED";
    case ATM_OP_DECLINED:
        return "REJECTED";
    case ATM_OP_RETURNED:
        return "RETURNED";
    case ATM_OP_REQUESTED:
    case ATM_OP_INTENT:
    case ATM_OP_PENDING:
    case ATM_OP_REVERSED:
    case ATM_OP_SUSPECT:
    case ATM_OP_SETTLED:
        break;
    }
    return "PENDING";
}

static struct atm_outcome outcome_of(const struct atm_operation *operation) {
    struct atm_outcome outcome = {
        .verdict = verdict_of(operation),
        .method = method_of(operation->kind),
        .answered = true,
        .business_date = operation->business_date,
        .stan = operation->stan,
        .txid = operation->txid,
        .amount_minor = operation->amount_minor,
        .dispensed_minor = operation->dispensed_minor,
        .surcharge_minor = operation->surcharge_minor,
        .currency = operation->currency,
        .account = operation->account,
    };
    bool given_back = operation->state == ATM_OP_REVERSED || operation->state == ATM_OP_DECLINED;
    if (given_back)
        outcome.surcharge_minor = 0;
    (void)snprintf(outcome.answer.posting.status, sizeof outcome.answer.posting.status, "%s",
                   status_of(operation));
    (void)snprintf(outcome.pan_masked, sizeof outcome.pan_masked, "%s", operation->pan_masked);
    if (!tw_rc_from_digits(operation->rc, &outcome.rc))
        outcome.rc = TW_RC_APPROVED;
    return outcome;
}

struct tw_status atm_receipt_copy(struct atm_journal *journal, struct atm_receipt_head head,
                                  enum atm_language language, const struct atm_operation *operation,
                                  char receipt[ATM_RECEIPT_SIZE], struct tw_error *ret_error) {
    struct atm_outcome outcome = outcome_of(operation);
    const struct atm_journal_filter filter = {.txid = &operation->txid};
    struct tw_status status = atm_journal_select(journal, &filter, take_entry, &outcome, ret_error);
    if (tw_ok(status))
        status = find_notes(journal, operation, &outcome, ret_error);
    head.copy = true;
    outcome.language = language;
    if (tw_ok(status))
        atm_receipt_write(&head, &outcome, receipt);
    return status;
}
