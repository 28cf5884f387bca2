/* The rules for one outcome follow from the verdicts (core/terminal.h); those for notes are T1's.
 */
#include "atm-client/fleet/judge.h"

#include <inttypes.h>
#include <stdio.h>

static const char *judge_withdrawal(int64_t asked_minor, const struct atm_outcome *outcome) {
    int64_t dispensed_minor = outcome->dispensed_minor;
    switch (outcome->verdict) {
    case ATM_APPROVED:
        return dispensed_minor == asked_minor ? NULL : "approved, and another amount came out";
    case ATM_DECLINED:
    case ATM_REFUSED:
    case ATM_UNANSWERED:
        return dispensed_minor == 0 ? NULL : "not approved, and cash came out";
    case ATM_FAULT:
        return dispensed_minor < asked_minor ? NULL : "a fault, and all cash came out";
    case ATM_PENDING:
        return "a withdrawal cannot be pending";
    case ATM_SUSPECT:
        break;
    }
    return NULL;
}

const char *fleet_judge_outcome(enum fleet_kind kind, int64_t asked_minor,
                                const struct atm_outcome *outcome) {
    bool transfer = kind == FLEET_KIND_TRANSFER_OWN || kind == FLEET_KIND_TRANSFER_OTHER;
    bool money = transfer || kind == FLEET_KIND_WITHDRAW || kind == FLEET_KIND_DEPOSIT;
    if (outcome->verdict == ATM_APPROVED && outcome->rc != TW_RC_APPROVED)
        return "approved with a code that is not 00";
    if (outcome->verdict == ATM_APPROVED && outcome->stan == 0)
        return "approved, and nothing was asked";
    if (money && outcome->verdict == ATM_APPROVED && outcome->answered &&
        outcome->answer.posting.amount != asked_minor)
        return "approved for another amount than was asked for";
    if (kind == FLEET_KIND_WITHDRAW)
        return judge_withdrawal(asked_minor, outcome);
    if (!transfer && outcome->verdict == ATM_PENDING)
        return "only transfers can be pending";
    if (transfer && (outcome->verdict == ATM_FAULT || outcome->verdict == ATM_SUSPECT))
        return "a transfer has no device that could fail";
    return NULL;
}

static void judge_notes(const struct atm_cassette *book, const struct atm_world_cassette *real,
                        char *text, size_t size) {
    if (book->loaded != book->remaining + book->dispensed + book->rejected + book->retracted +
                            book->removed + book->suspect)
        (void)snprintf(text, size, "cassette %d: its counters do not add up", (int)book->number);
    else if (book->suspect == 0 &&
             (book->remaining != real->notes || book->rejected != real->reject_bin ||
              book->retracted != real->retract_bin))
        (void)snprintf(text, size,
                       "cassette %d: %" PRId64 " notes, %" PRId64 " rejected, %" PRId64
                       " retracted by the journal; there are %" PRId64 ", %" PRId64 ", %" PRId64,
                       (int)book->number, book->remaining, book->rejected, book->retracted,
                       real->notes, real->reject_bin, real->retract_bin);
    else if (real->taken < book->dispensed || real->taken > book->dispensed + book->suspect)
        (void)snprintf(text, size,
                       "cassette %d: %" PRId64 " notes dispensed, customers took %" PRId64,
                       (int)book->number, book->dispensed, real->taken);
}

struct tw_status fleet_judge_terminal(struct atm_journal *journal, const struct atm_world *world,
                                      struct fleet_findings *ret_findings,
                                      struct tw_error *ret_error) {
    static const struct atm_world_cassette nothing = {0};
    struct atm_cassette books[ATM_CASSETTES_MAX];
    size_t count = 0;
    *ret_findings = (struct fleet_findings){
        .suspects = atm_journal_operation_count(journal, ATM_OP_SUSPECT),
        .half_done = atm_journal_operation_count(journal, ATM_OP_REQUESTED) +
                     atm_journal_operation_count(journal, ATM_OP_INTENT),
    };
    struct tw_status status = atm_journal_cassettes(journal, books, &count, ret_error);
    for (size_t i = 0; tw_ok(status) && i < count; i++) {
        const struct atm_world_cassette *real = &nothing;
        for (size_t j = 0; j < world->cassette_count; j++)
            if (world->cassettes[j].number == books[i].number)
                real = &world->cassettes[j];
        judge_notes(&books[i], real, ret_findings->notes, sizeof ret_findings->notes);
    }
    return status;
}
