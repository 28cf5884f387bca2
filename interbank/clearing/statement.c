/* One table a document reads and writes it; what a table cannot say is checked behind it. */
#include "clearing/statement.h"

#include <string.h>

#include "clearing/item.h"
#include "core/money.h"

#define MEMBER(type, member) (((struct type *)0)->member)
#define FIELD(type, member, kind_, ...)                                                            \
    {                                                                                              \
        .name = #member, .kind = TW_FIELD_##kind_, .offset = offsetof(struct type, member),        \
        __VA_ARGS__                                                                                \
    }
#define TEXT(type, member)   FIELD(type, member, STRING, .size = sizeof MEMBER(type, member))
#define AMOUNT(type, member) FIELD(type, member, AMOUNT, .min = 0)
#define NET(type, member)    FIELD(type, member, AMOUNT, .min = -TW_AMOUNT_MAX_MINOR)
#define COUNT(type, member)  FIELD(type, member, INT, .max = TW_AMOUNT_MAX_MINOR)
#define LIST(type, member, count_member, element_)                                                 \
    FIELD(type, member, LIST, .optional = true, .size = sizeof(MEMBER(type, member)[0]),           \
          .count_offset = offsetof(struct type, count_member), .element = (element_),              \
          .list_max = TW_PARTICIPANTS_MAX)
#define END                                                                                        \
    { .name = NULL }

const struct tw_field ib_totals_fields[] = {
    FIELD(ib_totals, bank, BANK_CODE, .min = 0),
    FIELD(ib_totals, peer, BANK_CODE, .min = 0),
    FIELD(ib_totals, window_no, INT, .min = 1, .max = TW_WINDOW_MAX),
    FIELD(ib_totals, currency, CURRENCY, .min = 0),
    COUNT(ib_totals, debit_count),
    AMOUNT(ib_totals, debit_amount),
    COUNT(ib_totals, credit_count),
    AMOUNT(ib_totals, credit_amount),
    COUNT(ib_totals, reversal_count),
    AMOUNT(ib_totals, reversal_amount),
    AMOUNT(ib_totals, fee_amount),
    TEXT(ib_totals, digest),
    END,
};

static const struct tw_field position_fields[] = {
    FIELD(ib_position, peer, BANK_CODE, .min = 0),
    COUNT(ib_position, debit_count),
    AMOUNT(ib_position, debit_amount),
    COUNT(ib_position, credit_count),
    AMOUNT(ib_position, credit_amount),
    COUNT(ib_position, breaks),
    END,
};

const struct tw_field ib_positions_fields[] = {
    FIELD(ib_positions, bank, BANK_CODE, .min = 0),
    FIELD(ib_positions, window_no, INT, .min = 1, .max = TW_WINDOW_MAX),
    FIELD(ib_positions, currency, CURRENCY, .min = 0),
    FIELD(ib_positions, revision, INT, .min = 1, .max = INT32_MAX),
    NET(ib_positions, net),
    LIST(ib_positions, positions, position_count, position_fields),
    END,
};

static const struct tw_field pair_fields[] = {
    FIELD(ib_settled_pair, peer, BANK_CODE, .min = 0),
    NET(ib_settled_pair, net),
    FIELD(ib_settled_pair, settled, BOOL, .min = 0),
    FIELD(ib_settled_pair, part, AMOUNT, .optional = true, .min = -TW_AMOUNT_MAX_MINOR),
    END,
};

static const struct tw_field participant_fields[] = {
    FIELD(ib_participant_state, bank, BANK_CODE, .min = 0),
    TEXT(ib_participant_state, status),
    AMOUNT(ib_participant_state, cap),
    END,
};

const struct tw_field ib_finality_fields[] = {
    FIELD(ib_finality, bank, BANK_CODE, .min = 0),
    FIELD(ib_finality, window_no, INT, .min = 1, .max = TW_WINDOW_MAX),
    FIELD(ib_finality, currency, CURRENCY, .min = 0),
    TEXT(ib_finality, model),
    TEXT(ib_finality, result),
    TEXT(ib_finality, settled_at),
    NET(ib_finality, net),
    AMOUNT(ib_finality, prefunding_drawn),
    AMOUNT(ib_finality, reserve),
    AMOUNT(ib_finality, prefunding),
    LIST(ib_finality, pairs, pair_count, pair_fields),
    LIST(ib_finality, participants, participant_count, participant_fields),
    END,
};

static struct tw_status refuse(struct tw_error *ret_error, const char *reason) {
    return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s", reason);
}

struct tw_status ib_totals_read(const json_t *payload, struct ib_totals *ret_totals,
                                struct tw_error *ret_error) {
    struct ib_item_digest digest;
    *ret_totals = (struct ib_totals){0};
    struct tw_status status = tw_fields_read(payload, ib_totals_fields, ret_totals, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (ret_totals->bank == ret_totals->peer) {
        return refuse(ret_error, "peer: is the bank itself");
    }
    return ib_item_digest_parse(ret_totals->digest, &digest)
               ? status
               : refuse(ret_error, "digest: not 64 hexadecimal digits");
}

static struct tw_status check_positions(const struct ib_positions *positions,
                                        struct tw_error *ret_error) {
    int64_t net = 0;
    for (size_t i = 0; i < positions->position_count; i++) {
        const struct ib_position *position = &positions->positions[i];
        if (position->peer == positions->bank) {
            return refuse(ret_error, "positions: the bank's own is among them");
        }
        for (size_t j = 0; j < i; j++) {
            if (positions->positions[j].peer == position->peer) {
                return refuse(ret_error, "positions: a peer stands there twice");
            }
        }
        if (!tw_money_add(net, position->debit_amount - position->credit_amount, &net)) {
            return refuse(ret_error, "positions: their sum is too large");
        }
    }
    return net == positions->net ? tw_success()
                                 : refuse(ret_error, "net: is not what the positions add up to");
}

struct tw_status ib_positions_read(const json_t *payload, struct ib_positions *ret_positions,
                                   struct tw_error *ret_error) {
    *ret_positions = (struct ib_positions){0};
    struct tw_status status =
        tw_fields_read(payload, ib_positions_fields, ret_positions, ret_error);
    return tw_ok(status) ? check_positions(ret_positions, ret_error) : status;
}

static struct tw_status check_finality(const struct ib_finality *finality,
                                       struct tw_error *ret_error) {
    int64_t net = 0;
    bool settled = strcmp(finality->result, "SETTLED") == 0;
    if (!settled && strcmp(finality->result, "FAILED") != 0) {
        return refuse(ret_error, "result: neither SETTLED nor FAILED");
    }
    for (size_t i = 0; i < finality->pair_count; i++) {
        const struct ib_settled_pair *pair = &finality->pairs[i];
        if (pair->settled && !settled) {
            return refuse(ret_error, "pairs: one is settled in a window that failed");
        }
        if (pair->settled && pair->part != 0) {
            return refuse(ret_error, "pairs: one is settled wholly and in part");
        }
        if (!tw_money_add(net, pair->settled ? pair->net : pair->part, &net)) {
            return refuse(ret_error, "pairs: their sum is too large");
        }
        for (size_t j = 0; j < i; j++) {
            if (finality->pairs[j].peer == pair->peer) {
                return refuse(ret_error, "pairs: a peer stands there twice");
            }
        }
    }
    return net == finality->net ? tw_success()
                                : refuse(ret_error, "net: is not what the pairs add up to");
}

struct tw_status ib_finality_read(const json_t *payload, struct ib_finality *ret_finality,
                                  struct tw_error *ret_error) {
    *ret_finality = (struct ib_finality){0};
    struct tw_status status = tw_fields_read(payload, ib_finality_fields, ret_finality, ret_error);
    return tw_ok(status) ? check_finality(ret_finality, ret_error) : status;
}

const char *ib_totals_difference(const struct ib_totals *own, const struct ib_totals *peers) {
    const struct {
        const char *name;
        bool equal;
    } parts[] = {
        {"bank", own->bank == peers->peer && own->peer == peers->bank},
        {"window_no", own->window_no == peers->window_no},
        {"currency", tw_currency_equal(own->currency, peers->currency)},
        {"debit_count", own->debit_count == peers->credit_count},
        {"debit_amount", own->debit_amount == peers->credit_amount},
        {"credit_count", own->credit_count == peers->debit_count},
        {"credit_amount", own->credit_amount == peers->debit_amount},
        {"reversal_count", own->reversal_count == peers->reversal_count},
        {"reversal_amount", own->reversal_amount == peers->reversal_amount},
        {"fee_amount", own->fee_amount == peers->fee_amount},
        {"digest", strcmp(own->digest, peers->digest) == 0},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!parts[i].equal) {
            return parts[i].name;
        }
    }
    return NULL;
}
