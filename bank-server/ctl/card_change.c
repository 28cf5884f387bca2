/*
 * What happens to cards after they were issued. A card is found by its id, or by the digest of a
 * PAN that its holder tells, and stays locked until the change is in the log.
 */
#include <string.h>

#include "ctl/card_make.h"
#include "ctl/command.h"
#include "ctl/secret.h"

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

/* What the operator calls the card by: its id, or 0 and its PAN. */
struct card_key {
    int64_t id;
    char pan[TW_PAN_TEXT_SIZE];
};

/* May wait for somebody who types: before anything is locked. */
static struct tw_status read_key(const struct ctl_arguments *arguments, struct card_key *ret_key,
                                 struct tw_error *ret_error) {
    const char *id = ctl_word(arguments, 0);
    bool by_pan = ctl_option(arguments, "pan-file") != NULL || ctl_flag(arguments, "pan-stdin");
    *ret_key = (struct card_key){0};
    if ((id != NULL) == by_pan) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "give either the card's id, --pan-file or --pan-stdin");
    }
    return by_pan ? ctl_option_pan(arguments, ret_key->pan, ret_error)
                  : ctl_parse_card_id(id, &ret_key->id, ret_error);
}

static struct tw_status digest_of(const struct ctl *ctl, const char *pan,
                                  char ret_text[CTL_DIGEST_TEXT_SIZE], struct tw_error *ret_error) {
    struct tw_keyring *keyring = NULL;
    uint8_t digest[TW_DIGEST_BYTES];
    struct tw_status status = tw_keyring_load(ctl->settings->keyring, &keyring, ret_error);
    if (tw_ok(status)) {
        tw_keyring_pan_digest(keyring, pan, digest);
        ctl_digest_text(digest, ret_text);
    }
    tw_keyring_free(keyring);
    return status;
}

/* Finds and locks the card. */
static struct tw_status find_card(const struct ctl *ctl, PGconn *connection,
                                  const struct card_key *key, PGresult **ret_card,
                                  struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    char digest[CTL_DIGEST_TEXT_SIZE];
    bool by_id = key->id != 0;
    struct tw_status status = by_id ? tw_success() : digest_of(ctl, key->pan, digest, ret_error);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_card_find, ret_card, ret_error,
                           by_id ? ctl_number_text(key->id, number) : NULL, by_id ? NULL : digest);
    }
    if (tw_ok(status) && PQntuples(*ret_card) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "no such card");
    }
    return status;
}

/* Begins a change of the card the arguments name. */
static struct tw_status begin_change(struct ctl *ctl, const struct card_key *key,
                                     PGconn **ret_connection, PGresult **ret_card,
                                     struct tw_error *ret_error) {
    struct tw_status status = ctl_begin_change(ctl, ret_connection, ret_error);
    return tw_ok(status) ? find_card(ctl, *ret_connection, key, ret_card, ret_error) : status;
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
    struct card_key key;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT card = NULL;
    struct tw_status status = read_key(arguments, &key, ret_error);
    if (tw_ok(status)) {
        status = begin_change(ctl, &key, &connection, &card, ret_error);
    }
    tw_wipe(&key, sizeof key);
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

static struct tw_status log_set_pin(struct ctl *ctl, const struct card_key *key,
                                    char ret_id[CTL_NUMBER_TEXT_SIZE], struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT card = NULL;
    struct tw_status status = begin_change(ctl, key, &connection, &card, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    char subject[96];
    snprintf(ret_id, CTL_NUMBER_TEXT_SIZE, "%s", PQgetvalue(card, 0, 0));
    snprintf(subject, sizeof subject, "card %s %s", ret_id, PQgetvalue(card, 0, 1));
    return ctl_finish_change(ctl, connection, subject, ret_error);
}

/* The new PIN at the counter. As for money, the operators' log comes first, in a transaction of its
 * own: tw_bank may not write it, and tw_operator may not touch PINs. */
static struct tw_status set_pin(struct ctl *ctl, const struct card_key *key, const char *pin,
                                PGresult **ret_row, struct tw_error *ret_error) {
    char id[CTL_NUMBER_TEXT_SIZE];
    uint8_t digest[TW_DIGEST_BYTES];
    char text[CTL_DIGEST_TEXT_SIZE];
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_keyring *keyring = NULL;
    struct tw_status status = tw_keyring_load(ctl->settings->keyring, &keyring, ret_error);
    if (tw_ok(status)) {
        status = ctl_open(ctl, CTL_BANK, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = log_set_pin(ctl, key, id, ret_error);
    }
    if (tw_ok(status)) {
        tw_keyring_pin_digest(keyring, strtoll(id, NULL, 10), pin, digest);
        ctl_digest_text(digest, text);
        status = CTL_QUERY(connection, ctl_sql_card_set_pin, ret_row, ret_error, id, text);
        tw_wipe(digest, sizeof digest);
        tw_wipe(text, sizeof text);
    }
    tw_keyring_free(keyring);
    return status;
}

struct tw_status ctl_card_set_pin(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    struct card_key key;
    char pin[TW_PIN_TEXT_SIZE];
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = read_key(arguments, &key, ret_error);
    if (tw_ok(status)) {
        status = ctl_option_pin(arguments, pin, ret_error);
    }
    if (tw_ok(status)) {
        status = set_pin(ctl, &key, pin, &row, ret_error);
    }
    tw_wipe(&key, sizeof key);
    tw_wipe(pin, sizeof pin);
    if (tw_ok(status)) {
        ctl_print_record(ctl, status_columns, CTL_COUNT(status_columns),
                         (const char *const[]){PQgetvalue(row, 0, 0), PQgetvalue(row, 0, 1),
                                               status_name(PQgetvalue(row, 0, 2)),
                                               PQgetvalue(row, 0, 3)});
    }
    return status;
}

static const struct ctl_column limit_columns[] = {
    {"card", CTL_NUMBER},
    {"pan", CTL_TEXT},
    {"daily_limit", CTL_MONEY},
    {"daily_count", CTL_INTEGER},
};

/* The limits are read first: what is wrong with them is told before the card is looked for. */
static struct tw_status update_limits(const struct ctl *ctl, PGconn *connection,
                                      const struct ctl_arguments *arguments,
                                      const struct card_key *key, PGresult **ret_row,
                                      struct tw_error *ret_error) {
    char limit[CTL_NUMBER_TEXT_SIZE];
    char count[CTL_NUMBER_TEXT_SIZE];
    int64_t limit_minor = -1;
    int64_t number = -1;
    CTL_AUTO_RESULT card = NULL;
    struct tw_status status =
        ctl_option_amount(ctl, arguments, "daily-limit", -1, &limit_minor, ret_error);
    if (tw_ok(status)) {
        status = ctl_option_number(arguments, "daily-count", 0, CTL_CARD_DAILY_COUNT_MAX, -1,
                                   &number, ret_error);
    }
    if (tw_ok(status)) {
        status = find_card(ctl, connection, key, &card, ret_error);
    }
    if (tw_ok(status)) {
        status =
            CTL_QUERY(connection, ctl_sql_card_limits, ret_row, ret_error, PQgetvalue(card, 0, 0),
                      limit_minor < 0 ? NULL : ctl_number_text(limit_minor, limit),
                      number < 0 ? NULL : ctl_number_text(number, count));
    }
    return status;
}

struct tw_status ctl_card_limits(struct ctl *ctl, const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    struct card_key key;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT row = NULL;
    if (ctl_option(arguments, "daily-limit") == NULL &&
        ctl_option(arguments, "daily-count") == NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "give --daily-limit, --daily-count or both");
    }
    struct tw_status status = read_key(arguments, &key, ret_error);
    if (tw_ok(status)) {
        status = ctl_begin_change(ctl, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = update_limits(ctl, connection, arguments, &key, &row, ret_error);
    }
    tw_wipe(&key, sizeof key);
    if (tw_ok(status)) {
        char subject[160];
        snprintf(subject, sizeof subject, "card %s %s daily limit %s (minor units) daily count %s",
                 PQgetvalue(row, 0, 0), PQgetvalue(row, 0, 1), PQgetvalue(row, 0, 2),
                 PQgetvalue(row, 0, 3));
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_record(ctl, limit_columns, CTL_COUNT(limit_columns),
                         (const char *const[]){PQgetvalue(row, 0, 0), PQgetvalue(row, 0, 1),
                                               PQgetvalue(row, 0, 2), PQgetvalue(row, 0, 3)});
    }
    return status;
}
