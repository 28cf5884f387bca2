/*
 * Cards are issued here and listed; card_change.c changes them. The PAN is printed when the card is
 * issued and is nowhere afterwards.
 */
#include <string.h>

#include "ctl/card_make.h"
#include "ctl/command.h"
#include "ctl/secret.h"
#include "wire/message.h"

#include "bankctl_sql.h"

#define DEFAULT_DAILY_LIMIT_MINOR 50000
#define DEFAULT_DAILY_COUNT       10
#define ACCOUNTS_TEXT_SIZE        128

static const struct ctl_column issued_columns[] = {
    {"pan", CTL_TEXT},
    {"expiry", CTL_TEXT},
    {"card", CTL_NUMBER},
    {"customer", CTL_INTEGER},
};

static const struct ctl_column list_columns[] = {
    {"card", CTL_NUMBER},       {"pan", CTL_TEXT},
    {"expiry", CTL_TEXT},       {"customer", CTL_INTEGER},
    {"status", CTL_TEXT},       {"tries_left", CTL_INTEGER},
    {"daily_limit", CTL_MONEY}, {"daily_count", CTL_INTEGER},
    {"used_today", CTL_MONEY},  {"uses_today", CTL_INTEGER},
    {"accounts", CTL_TEXT},
};

struct new_card {
    const char *customer;
    int64_t daily_limit_minor;
    int64_t daily_count;
    int32_t expiry;
    char accounts[ACCOUNTS_TEXT_SIZE]; /* "{1000000001,...}" */
    struct ctl_card card;
};

static void array_text(const int64_t *accounts, size_t count, char *text, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, size - used, "%c%" PRId64, i == 0 ? '{' : ',',
                                 accounts[i]);
        tw_assert(used + 2 <= size);
    }
    memcpy(text + used, "}", 2);
}

static struct tw_status read_new_card(const struct ctl *ctl, const struct ctl_arguments *arguments,
                                      struct new_card *ret_card, struct tw_error *ret_error) {
    int64_t accounts[TW_ACCOUNTS_MAX];
    size_t count = 0;
    int64_t customer;
    *ret_card = (struct new_card){.customer = ctl_option(arguments, "customer")};
    struct tw_status status =
        ctl_option_number(arguments, "customer", 1, INT64_C(999999999999), 0, &customer, ret_error);
    if (tw_ok(status)) {
        status = ctl_parse_accounts(ctl_option(arguments, "accounts"), ctl->format.bank_code,
                                    accounts, &count, ret_error);
    }
    if (tw_ok(status)) {
        array_text(accounts, count, ret_card->accounts, sizeof ret_card->accounts);
        status = ctl_option_amount(ctl, arguments, "daily-limit", DEFAULT_DAILY_LIMIT_MINOR,
                                   &ret_card->daily_limit_minor, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_option_number(arguments, "daily-count", 0, CTL_CARD_DAILY_COUNT_MAX,
                                   DEFAULT_DAILY_COUNT, &ret_card->daily_count, ret_error);
    }
    const char *expiry = ctl_option(arguments, "expiry");
    if (tw_ok(status) && expiry != NULL) {
        status = ctl_parse_expiry(expiry, &ret_card->expiry, ret_error);
    }
    return status;
}

static struct tw_status pan_taken(PGconn *connection, const struct tw_keyring *keyring,
                                  const char *pan, bool *ret_taken, struct tw_error *ret_error) {
    uint8_t digest[TW_DIGEST_BYTES];
    char text[CTL_DIGEST_TEXT_SIZE];
    CTL_AUTO_RESULT rows = NULL;
    tw_keyring_pan_digest(keyring, pan, digest);
    ctl_digest_text(digest, text);
    struct tw_status status = CTL_QUERY(connection, ctl_sql_card_pan_taken, &rows, ret_error, text);
    *ret_taken = tw_ok(status) && PQntuples(rows) > 0;
    return status;
}

/* The PAN: chosen by the operator (else empty), or random under the bank's first IIN. */
static struct tw_status choose_pan(const struct ctl *ctl, PGconn *connection,
                                   const struct tw_keyring *keyring, const char *chosen,
                                   char pan[TW_PAN_TEXT_SIZE], struct tw_error *ret_error) {
    if (chosen[0] != '\0') {
        snprintf(pan, TW_PAN_TEXT_SIZE, "%s", chosen);
        return tw_success();
    }
    CTL_AUTO_RESULT bank = NULL;
    struct tw_status status = ctl_query(connection, ctl_sql_bank_show, 0, NULL, &bank, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    char iin[9];
    snprintf(iin, sizeof iin, "%.8s", PQgetvalue(bank, 0, 5));
    if (strlen(iin) != 8) {
        return tw_fail(ret_error, TW_E_CONFLICT, "the bank has no IIN to issue cards under");
    }
    bool taken = true;
    while (tw_ok(status) && taken) {
        ctl_pan_random(ctl->random, iin, pan);
        status = pan_taken(connection, keyring, pan, &taken, ret_error);
    }
    return status;
}

static struct tw_status make_card(const struct ctl *ctl, PGconn *connection, const char *chosen_pan,
                                  const char *pin, struct new_card *card,
                                  struct tw_error *ret_error) {
    int32_t business_date = 0;
    struct tw_keyring *keyring = NULL;
    struct tw_status status = tw_keyring_load(ctl->settings->keyring, &keyring, ret_error);
    if (tw_ok(status)) {
        status = choose_pan(ctl, connection, keyring, chosen_pan, card->card.pan, ret_error);
    }
    if (tw_ok(status)) {
        bool parsed = tw_date_parse(ctl->business_date, &business_date);
        tw_assert(parsed);
        ctl_card_make(ctl->random, keyring, pin, card->expiry, business_date, &card->card);
    }
    tw_keyring_free(keyring);
    return status;
}

static struct tw_status insert_card(PGconn *connection, const struct new_card *card,
                                    struct tw_error *ret_error) {
    char id[CTL_NUMBER_TEXT_SIZE];
    char expiry[CTL_NUMBER_TEXT_SIZE];
    char limit[CTL_NUMBER_TEXT_SIZE];
    char count[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT inserted = NULL;
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_card_insert, &inserted, ret_error,
                  ctl_number_text(card->card.card_id, id), card->customer, card->card.pan_digest,
                  card->card.pan_masked, ctl_number_text(card->card.expiry, expiry),
                  card->card.pin_digest, ctl_number_text(card->daily_limit_minor, limit),
                  ctl_number_text(card->daily_count, count), card->accounts);
    if (!tw_ok(status)) {
        return status;
    }
    return PQntuples(inserted) == 1
               ? status
               : tw_fail(ret_error, TW_E_NOT_FOUND,
                         "the accounts are not all open accounts of customer %s, or the IIN is "
                         "not ours",
                         card->customer);
}

static struct tw_status issue(struct ctl *ctl, const struct ctl_arguments *arguments,
                              const char *chosen_pan, const char *pin, struct new_card *card,
                              struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    if (tw_ok(status)) {
        status = read_new_card(ctl, arguments, card, ret_error);
    }
    if (tw_ok(status)) {
        status = make_card(ctl, connection, chosen_pan, pin, card, ret_error);
    }
    if (tw_ok(status)) {
        status = insert_card(connection, card, ret_error);
    }
    if (tw_ok(status)) {
        char subject[96];
        snprintf(subject, sizeof subject, "card %" PRId64 " %s of customer %s", card->card.card_id,
                 card->card.pan_masked, card->customer);
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return status;
}

struct tw_status ctl_card_issue(struct ctl *ctl, const struct ctl_arguments *arguments,
                                struct tw_error *ret_error) {
    /* Before anything is locked: somebody may be typing them. */
    char pan[TW_PAN_TEXT_SIZE];
    char pin[TW_PIN_TEXT_SIZE];
    struct new_card card;
    struct tw_status status = ctl_option_pan(arguments, pan, ret_error);
    if (tw_ok(status)) {
        status = ctl_option_pin(arguments, pin, ret_error);
    }
    if (tw_ok(status)) {
        status = issue(ctl, arguments, pan, pin, &card, ret_error);
    }
    tw_wipe(pin, sizeof pin);
    if (tw_ok(status)) {
        char number[CTL_NUMBER_TEXT_SIZE];
        char expiry[CTL_NUMBER_TEXT_SIZE];
        snprintf(expiry, sizeof expiry, "%04d", card.card.expiry);
        ctl_print_record(ctl, issued_columns, CTL_COUNT(issued_columns),
                         (const char *const[]){card.card.pan, expiry,
                                               ctl_number_text(card.card.card_id, number),
                                               card.customer});
    }
    return status;
}

struct tw_status ctl_card_list(struct ctl *ctl, const struct ctl_arguments *arguments,
                               struct tw_error *ret_error) {
    int64_t checked;
    struct tw_status status =
        ctl_option_number(arguments, "customer", 1, INT64_C(999999999999), 0, &checked, ret_error);
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    if (tw_ok(status)) {
        status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_card_list, &rows, ret_error,
                           ctl_option(arguments, "customer"));
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, list_columns, CTL_COUNT(list_columns), rows);
    }
    return status;
}
