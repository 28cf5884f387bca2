/*
 * What happens to cards after they were issued. A card is found by its id or by the digest of a PAN
 * that its holder tells, and stays locked until the change is in the log.
 */
#include <string.h>

#include "ctl/card_make.h"
#include "ctl/command.h"

#include "bankctl_sql.h"

static const struct ctl_column status_columns[] = {
    {"card", CTL_NUMBER},
    {"pan", CTL_TEXT},
    {"status", CTL_TEXT},
    {"tries_left", CTL_INTEGER},
};

static const struct block_reason {
    const char *name;   /* also what the card is then called */
    const char *status; /* NULL: not a status, but no tries left */
} block_reasons[] = {
    {"lost", "L"},
    {"stolen", "S"},
    {"restricted", "R"},
    {"pin", NULL},
};

static const struct block_reason *find_reason(const char *name) {
    for (size_t i = 0; i < CTL_COUNT(block_reasons); i++) {
        if (strcmp(block_reasons[i].name, name) == 0) {
            return &block_reasons[i];
        }
    }
    return NULL;
}

static const char *status_name(const char *status) {
    for (size_t i = 0; i < CTL_COUNT(block_reasons); i++) {
        const struct block_reason *reason = &block_reasons[i];
        if (reason->status != NULL && strcmp(reason->status, status) == 0) {
            return reason->name;
        }
    }
    return "active";
}

/* Finds and locks the card the text means: its id, or a PAN. */
static struct tw_status find_card(const struct ctl *ctl, PGconn *connection, const char *text,
                                  PGresult **ret_card, struct tw_error *ret_error) {
    struct tw_keyring *keyring = NULL;
    int64_t id;
    uint8_t digest[TW_DIGEST_BYTES];
    char digest_text[CTL_DIGEST_TEXT_SIZE];
    if (!ctl_parse_card_id(text, &id)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "a card is given by its id or its PAN");
    }
    struct tw_status status = tw_keyring_load(ctl->settings->keyring, &keyring, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    tw_keyring_pan_digest(keyring, text, digest);
    tw_keyring_free(keyring);
    ctl_digest_text(digest, digest_text);
    char number[CTL_NUMBER_TEXT_SIZE];
    status = CTL_QUERY(connection, ctl_sql_card_find, ret_card, ret_error,
                       id < 0 ? NULL : ctl_number_text(id, number), digest_text);
    if (tw_ok(status) && PQntuples(*ret_card) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "no such card");
    }
    return status;
}

/* As the database writes them: one letter, one digit. */
struct card_state {
    const char *status;
    const char *tries;
};

static bool reason_fits(struct card_state now, const struct block_reason *reason, bool block) {
    if (reason->status == NULL) {
        return strcmp(now.tries, block ? "0" : "3") != 0;
    }
    return strcmp(now.status, block ? "A" : reason->status) == 0;
}

static struct card_state next_state(struct card_state now, const struct block_reason *reason,
                                    bool block) {
    if (reason->status == NULL) {
        return (struct card_state){now.status, block ? "0" : "3"};
    }
    return (struct card_state){block ? reason->status : "A", now.tries};
}

static struct tw_status change_card(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    bool block, struct tw_error *ret_error) {
    const char *why = ctl_option(arguments, "reason");
    const struct block_reason *reason = find_reason(why);
    if (reason == NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "the reason must be lost, stolen, restricted or pin");
    }
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT card = NULL;
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    if (tw_ok(status)) {
        status = find_card(ctl, connection, ctl_word(arguments, 0), &card, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    const char *id = PQgetvalue(card, 0, 0);
    const char *masked = PQgetvalue(card, 0, 1);
    struct card_state now = {PQgetvalue(card, 0, 2), PQgetvalue(card, 0, 3)};
    if (!reason_fits(now, reason, block)) {
        return tw_fail(ret_error, TW_E_CONFLICT, "card %s is %s and has %s tries left", masked,
                       status_name(now.status), now.tries);
    }
    struct card_state next = next_state(now, reason, block);
    status =
        CTL_QUERY(connection, ctl_sql_card_status, NULL, ret_error, id, next.status, next.tries);
    if (tw_ok(status)) {
        char subject[96];
        snprintf(subject, sizeof subject, "card %s %s: %s", id, masked, why);
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_record(ctl, status_columns, CTL_COUNT(status_columns),
                         (const char *const[]){id, masked, status_name(next.status), next.tries});
    }
    return status;
}

struct tw_status ctl_card_block(struct ctl *ctl, const struct ctl_arguments *arguments,
                                struct tw_error *ret_error) {
    return change_card(ctl, arguments, true, ret_error);
}

struct tw_status ctl_card_unblock(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    return change_card(ctl, arguments, false, ret_error);
}
