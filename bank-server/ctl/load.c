/*
 * Customers in bulk, each with one account and, unless told otherwise, one card, for benchmarks and
 * demonstrations. COPYs in one transaction, as tw_operator: no balance is set here either, opening
 * deposits are posted by the engine afterwards. Numbers follow the last ones in use; an operator
 * who opens an account meanwhile makes the load fail as a whole.
 *
 * A chunk of customers is followed by their accounts and cards. Each of these has a foreign key,
 * which PostgreSQL checks row by row at the end of the COPY: so the customers are still in its
 * buffers, and what it remembers to check stays small, however many are loaded.
 *
 * Card numbers are random and must be free: the digests in use are read first and kept in a set.
 * Asking the database for each was rejected (a round trip each), and so was letting the constraint
 * decide (one collision, likely among 100,000 cards of ten million numbers, would undo everything).
 * An IIN has ten million numbers and drawing the last ones would take hours of collisions: a tenth
 * stays free.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/iban.h"
#include "ctl/card_make.h"
#include "ctl/command.h"
#include "ctl/copy.h"
#include "ctl/counter.h"
#include "ctl/digest_set.h"

#include "bankctl_sql.h"

#define LOAD_MAX  10000000
#define CARDS_MAX (CTL_PAN_COUNT / 10 * 9) /* under one IIN, those that are there included */
#define CHUNK     20000                    /* customers, in PostgreSQL's buffers about 2 MB */

static const struct ctl_column columns[] = {
    {"customers", CTL_INTEGER}, {"first_customer", CTL_INTEGER}, {"first_account", CTL_NUMBER},
    {"first_iban", CTL_IBAN},   {"cards_listed", CTL_INTEGER},
};

struct load {
    const struct ctl *ctl;
    PGconn *connection;
    bool with_cards;
    struct tw_keyring *keyring; /* with cards only, and so on to iin */
    struct ctl_digest_set pans;
    char iin[9];
    int32_t business_date;
    const char *prefix;
    int64_t count;
    int64_t overdraft_minor;
    int64_t deposit_minor;
    int64_t card_limit_minor;
    int64_t card_limit_count;
    int64_t first_customer;
    int64_t first_account;
    FILE *list; /* NULL: cards are not listed */
    int64_t listed_max;
};

typedef struct tw_status (*load_row)(struct load *load, int64_t index, struct tw_error *ret_error);

static struct tw_status put_customer(struct load *load, int64_t index, struct tw_error *ret_error) {
    return ctl_copy_row(load->connection, ret_error, "%" PRId64 "\t%s %06" PRId64 "\t%s\n",
                        load->first_customer + index, load->prefix, index + 1,
                        load->ctl->business_date);
}

static struct tw_status put_account(struct load *load, int64_t index, struct tw_error *ret_error) {
    return ctl_copy_row(
        load->connection, ret_error, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t1\t%s\tchecking\n",
        load->first_account + index, load->overdraft_minor, load->first_customer + index,
        load->ctl->business_date, load->ctl->format.currency.code);
}

static uint64_t digest_key(const uint8_t digest[TW_DIGEST_BYTES]) {
    uint64_t key;
    memcpy(&key, digest, sizeof key);
    return key;
}

static void draw_free_pan(struct load *load, char pan[TW_PAN_TEXT_SIZE]) {
    uint8_t digest[TW_DIGEST_BYTES];
    do {
        ctl_pan_random(load->ctl->random, load->iin, pan);
        tw_keyring_pan_digest(load->keyring, pan, digest);
    } while (!ctl_digest_set_add(&load->pans, digest_key(digest)));
}

static void list_card(const struct load *load, const struct ctl_card *card, int64_t account,
                      const char *pin) {
    char iban[TW_IBAN_TEXT_SIZE];
    fprintf(load->list, "%s,%04d,%s,%s\n", card->pan, card->expiry,
            tw_iban_text((struct tw_iban){load->ctl->format.bank_code, account}, iban), pin);
}

static struct tw_status put_card(struct load *load, int64_t index, struct tw_error *ret_error) {
    struct ctl_card card;
    char pin[TW_PIN_TEXT_SIZE];
    int64_t account = load->first_account + index;
    draw_free_pan(load, card.pan);
    ctl_pin_random(load->ctl->random, pin);
    ctl_card_make(load->ctl->random, load->keyring, pin, 0, load->business_date, &card);
    if (load->list != NULL && index < load->listed_max) {
        list_card(load, &card, account, pin);
    }
    tw_wipe(pin, sizeof pin);
    /* COPY reads a backslash as an escape: digests need two. */
    return ctl_copy_row(
        load->connection, ret_error,
        "%" PRId64 "\t%" PRId64 "\t\\%s\t%s\t%d\t\\%s\t%" PRId64 "\t%" PRId64 "\t{%" PRId64 "}\n",
        card.card_id, load->first_customer + index, card.pan_digest, card.pan_masked, card.expiry,
        card.pin_digest, load->card_limit_minor, load->card_limit_count, account);
}

static struct tw_status copy_rows(struct load *load, const char *sql, load_row put, int64_t from,
                                  int64_t to, struct tw_error *ret_error) {
    struct tw_status status = ctl_copy_begin(load->connection, sql, ret_error);
    for (int64_t i = from; tw_ok(status) && i < to; i++) {
        status = put(load, i, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_copy_end(load->connection, ret_error);
    }
    return tw_ok(status) ? ctl_copy_await(load->connection, ret_error) : status;
}

static struct tw_status read_taken_pans(struct load *load, struct tw_error *ret_error) {
    CTL_AUTO_RESULT taken = PQexecParams(load->connection, ctl_sql_load_digests, 1, NULL,
                                         (const char *const[]){load->iin}, NULL, NULL, 1);
    if (PQresultStatus(taken) != PGRES_TUPLES_OK) {
        return ctl_database_error(load->connection, taken, ret_error);
    }
    int rows = PQntuples(taken);
    int64_t left = rows < CARDS_MAX ? CARDS_MAX - rows : 0;
    if (load->count > left) {
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "card numbers under %s: %d in use, %" PRId64
                       " left for a load; see --without-cards",
                       load->iin, rows, left);
    }
    for (int row = 0; row < rows; row++) {
        tw_assert(PQgetlength(taken, row, 0) == (int)sizeof(uint64_t));
        uint64_t key;
        memcpy(&key, PQgetvalue(taken, row, 0), sizeof key);
        (void)ctl_digest_set_add(&load->pans, key);
    }
    return tw_success();
}

static struct tw_status prepare_cards(struct load *load, struct tw_error *ret_error) {
    CTL_AUTO_RESULT bank = NULL;
    struct tw_status status =
        tw_keyring_load(load->ctl->settings->keyring, &load->keyring, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(load->connection, ctl_sql_bank_show, 0, NULL, &bank, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    snprintf(load->iin, sizeof load->iin, "%.8s", PQgetvalue(bank, 0, 5));
    return strlen(load->iin) == 8
               ? read_taken_pans(load, ret_error)
               : tw_fail(ret_error, TW_E_CONFLICT, "the bank has no IIN to issue cards under");
}

static struct tw_status read_start(struct load *load, struct tw_error *ret_error) {
    CTL_AUTO_RESULT start = NULL;
    struct tw_status status =
        ctl_query(load->connection, ctl_sql_load_start, 0, NULL, &start, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    load->first_customer = ctl_result_number(start, 0, 0) + 1;
    load->first_account = ctl_result_number(start, 0, 1) + 1;
    bool dated = tw_date_parse(load->ctl->business_date, &load->business_date);
    tw_assert(dated);
    return load->with_cards ? prepare_cards(load, ret_error) : tw_success();
}

/* What says how the cards shall be, with --without-cards. */
static struct tw_status check_without_cards(const struct ctl_arguments *arguments,
                                            struct tw_error *ret_error) {
    static const char *const options[] = {"card-limit", "card-count", "cards-file", "cards"};
    for (size_t i = 0; i < CTL_COUNT(options); i++) {
        if (ctl_option(arguments, options[i]) != NULL) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "--%s and --without-cards exclude each other", options[i]);
        }
    }
    return tw_success();
}

static struct tw_status read_options(struct load *load, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    const char *prefix = ctl_option(arguments, "prefix");
    load->prefix = prefix != NULL ? prefix : "Customer";
    if (strlen(load->prefix) > 64 || strpbrk(load->prefix, "\\\t\r\n") != NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "the prefix must be a short plain text");
    }
    load->with_cards = !ctl_flag(arguments, "without-cards");
    struct tw_status status =
        ctl_option_number(arguments, "customers", 1, LOAD_MAX, 0, &load->count, ret_error);
    if (tw_ok(status) && !load->with_cards) {
        status = check_without_cards(arguments, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_option_amount(load->ctl, arguments, "overdraft", 0, &load->overdraft_minor,
                                   ret_error);
    }
    if (tw_ok(status)) {
        status =
            ctl_option_amount(load->ctl, arguments, "deposit", 0, &load->deposit_minor, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_option_amount(load->ctl, arguments, "card-limit", 50000,
                                   &load->card_limit_minor, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_option_number(arguments, "card-count", 0, INT32_MAX, 10,
                                   &load->card_limit_count, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_option_number(arguments, "cards", 0, LOAD_MAX, load->count, &load->listed_max,
                                   ret_error);
    }
    return status;
}

/* The list holds PINs: for its owner's eyes only, and never written over another file. */
static struct tw_status open_list(struct load *load, const char *file, struct tw_error *ret_error) {
    if (file == NULL) {
        return tw_success();
    }
    int descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    load->list = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    return load->list != NULL ? tw_success()
                              : tw_fail(ret_error, TW_E_IO, "%s: %s", file, strerror(errno));
}

static struct tw_status close_list(struct load *load, struct tw_error *ret_error) {
    FILE *list = load->list;
    load->list = NULL;
    if (list == NULL || fclose(list) == 0) {
        return tw_success();
    }
    return tw_fail(ret_error, TW_E_IO, "the cards file could not be written: %s", strerror(errno));
}

static struct tw_status copy_chunk(struct load *load, int64_t from, int64_t to,
                                   struct tw_error *ret_error) {
    struct tw_status status =
        copy_rows(load, ctl_sql_load_customers, put_customer, from, to, ret_error);
    if (tw_ok(status)) {
        status = copy_rows(load, ctl_sql_load_accounts, put_account, from, to, ret_error);
    }
    if (tw_ok(status) && load->with_cards) {
        status = copy_rows(load, ctl_sql_load_cards, put_card, from, to, ret_error);
    }
    return status;
}

static struct tw_status copy_tables(struct load *load, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (int64_t from = 0; tw_ok(status) && from < load->count; from += CHUNK) {
        int64_t to = load->count - from > CHUNK ? from + CHUNK : load->count;
        status = copy_chunk(load, from, to, ret_error);
    }
    return tw_ok(status) ? close_list(load, ret_error) : status;
}

/* Plans made for empty tables would be bad ones. Only the owner may say so. */
static struct tw_status refresh_statistics(const struct ctl *ctl, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_connect_as(ctl, CTL_OWNER, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_script(connection, "VACUUM (ANALYZE) customer, account, card, decision, entry",
                            ret_error);
    }
    return status;
}

/* Opening deposits, posted by the engine once the accounts are there. */
static struct tw_status deposit_all(const struct load *load, struct tw_error *ret_error) {
    struct ctl_counter *counter = NULL;
    struct tw_status status = ctl_counter_open(load->ctl, &counter, ret_error);
    if (tw_ok(status)) {
        status = ctl_counter_deposit_all(counter, load->first_account, load->count,
                                         load->deposit_minor, ret_error);
    }
    ctl_counter_close(counter);
    return status;
}

static void print_result(const struct ctl *ctl, const struct load *load, bool listed) {
    char count[CTL_NUMBER_TEXT_SIZE];
    char customer[CTL_NUMBER_TEXT_SIZE];
    char account[CTL_NUMBER_TEXT_SIZE];
    char cards[CTL_NUMBER_TEXT_SIZE];
    int64_t most = load->listed_max < load->count ? load->listed_max : load->count;
    ctl_number_text(load->count, count);
    ctl_number_text(load->first_customer, customer);
    ctl_number_text(load->first_account, account);
    ctl_number_text(listed ? most : 0, cards);
    ctl_print_record(ctl, columns, CTL_COUNT(columns),
                     (const char *const[]){count, customer, account, account, cards});
}

static struct tw_status run_load(struct ctl *ctl, struct load *load,
                                 const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    struct tw_status status = read_options(load, arguments, ret_error);
    if (tw_ok(status)) {
        status = read_start(load, ret_error);
    }
    if (tw_ok(status)) {
        status = open_list(load, ctl_option(arguments, "cards-file"), ret_error);
    }
    bool listed = load->list != NULL;
    if (tw_ok(status)) {
        status = copy_tables(load, ret_error);
    }
    if (tw_ok(status)) {
        char subject[64];
        snprintf(subject, sizeof subject, "%" PRId64 " customers", load->count);
        status = ctl_finish_change(ctl, load->connection, subject, ret_error);
    }
    if (tw_ok(status)) {
        status = refresh_statistics(ctl, ret_error);
    }
    if (tw_ok(status) && load->deposit_minor > 0) {
        status = deposit_all(load, ret_error);
        if (tw_ok(status)) {
            status = refresh_statistics(ctl, ret_error);
        }
    }
    if (tw_ok(status)) {
        print_result(ctl, load, listed);
    }
    return status;
}

struct tw_status ctl_load(struct ctl *ctl, const struct ctl_arguments *arguments,
                          struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    struct load load = {.ctl = ctl, .connection = connection};
    status = run_load(ctl, &load, arguments, ret_error);
    tw_keyring_free(load.keyring);
    ctl_digest_set_free(&load.pans);
    if (load.list != NULL) {
        (void)fclose(load.list);
    }
    return status;
}
