/*
 * loadgen: hundreds of terminals in one process, for measuring. Terminals start a few at a time
 * (each start costs a TLS handshake and a PIN block), wait for each other, work together for the
 * warm-up and the measured time, and end. One JSON object on standard output tells what was
 * measured.
 *
 *   STARTING --all READY--> WARMING --time--> MEASURING --time--> ENDING --all ENDED--> result
 *
 * Exit status: 0 measured, 1 something went wrong (said on standard error), 2 usage.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "terminal.h"
#include "wire/message.h"

#define ADDRESSES_MAX     8
#define TERMINALS_MAX     9999
#define STARTING_AT_ONCE  16
#define CERTIFICATE_MAX   16384
#define PATH_SIZE         1024
#define ENDING_US         INT64_C(15000000)
#define US_PER_S          INT64_C(1000000)
#define SEED_MIX          UINT64_C(0x9e3779b97f4a7c15)
#define FIRST_TERMINAL_ID 17

struct options {
    const char *addresses[ADDRESSES_MAX];
    size_t address_count;
    const char *pki, *cards, *payees, *pin_certificate, *bank_code, *issuer, *middleware;
    enum bench_mix mix;
    int64_t terminals, first_terminal, warm_up_s, measured_s, hot, amount, first_stan, seed;
};

enum stage { STARTING, WARMING, MEASURING, ENDING, STAGE_COUNT };

struct fleet {
    struct options options;
    struct bench_load load;
    struct tw_card_list cards;
    struct tw_card_list payees; /* empty: the cards' own accounts */
    struct tw_pin_encryptor *encryptor;
    struct tw_address addresses[ADDRESSES_MAX];
    struct tw_tls **tls; /* one per terminal */
    struct bench_terminal **terminals;
    size_t started;
    enum stage stage;
    struct tw_task advance;
    struct tw_timer timer;
    int64_t measured_us; /* when measuring began; then how long it took */
};

static const char usage_text[] =
    "usage: loadgen --connect HOST:PORT [--connect ...] --pki DIR --cards FILE\n"
    "               --pin-certificate FILE [options]\n"
    "  --connect HOST:PORT       a middleware; terminals are spread over all that are given\n"
    "  --pki DIR                 the network's pki folder, with the terminals' certificates\n"
    "  --cards FILE              of bankctl load: pan,expiry,iban,pin; one for each terminal\n"
    "  --payees FILE             of the same kind: whose accounts are paid (default: --cards)\n"
    "  --pin-certificate FILE    the issuer's key for PIN blocks, PEM\n"
    "  --bank CODE               bank of the terminals (default 90000001)\n"
    "  --issuer CODE             bank of the cards (default: that of the terminals)\n"
    "  --direct NAME             connect to bank servers, as middleware NAME\n"
    "  --terminals N             default 100\n"
    "  --first-terminal N        number of the first (default 17)\n"
    "  --mix WHAT                transfer (default), balance, withdraw (with its confirmation)\n"
    "  --hot PERCENT             of the transfers go to one account (default 0)\n"
    "  --amount MINOR            of one operation (default 1000)\n"
    "  --warm-up SECONDS         default 2\n"
    "  --seconds SECONDS         measured time (default 10)\n"
    "  --first-stan N            STANs are unique per terminal and business date: a second run\n"
    "                            goes on with next_stan of the first (default 1)\n"
    "  --seed N                  for the choice of payees (default 1)\n";

/* --- options -------------------------------------------------------------------------------- */

static bool take_number(const char *text, int64_t least, int64_t most, int64_t *ret_number) {
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    *ret_number = number;
    return errno == 0 && end != text && *end == '\0' && number >= least && number <= most;
}

static bool take_mix(const char *text, enum bench_mix *ret_mix) {
    static const char *const names[] = {
        [BENCH_TRANSFER] = "transfer", [BENCH_BALANCE] = "balance", [BENCH_WITHDRAW] = "withdraw"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_mix = (enum bench_mix)i;
            return true;
        }
    }
    return false;
}

static bool take_address(struct options *options, const char *address) {
    if (options->address_count == ADDRESSES_MAX) {
        return false;
    }
    options->addresses[options->address_count++] = address;
    return true;
}

static const struct option long_options[] = {
    {"connect", required_argument, NULL, 'c'},
    {"pki", required_argument, NULL, 'p'},
    {"cards", required_argument, NULL, 'k'},
    {"payees", required_argument, NULL, 'y'},
    {"pin-certificate", required_argument, NULL, 'e'},
    {"bank", required_argument, NULL, 'b'},
    {"issuer", required_argument, NULL, 'i'},
    {"direct", required_argument, NULL, 'd'},
    {"terminals", required_argument, NULL, 't'},
    {"first-terminal", required_argument, NULL, 'f'},
    {"mix", required_argument, NULL, 'm'},
    {"hot", required_argument, NULL, 'o'},
    {"amount", required_argument, NULL, 'a'},
    {"warm-up", required_argument, NULL, 'w'},
    {"seconds", required_argument, NULL, 's'},
    {"first-stan", required_argument, NULL, 'n'},
    {"seed", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool is_bank_code(const char *text) {
    return strlen(text) == 8 && strspn(text, "0123456789") == 8;
}

static bool take_option(struct options *options, int letter, const char *value) {
    switch (letter) {
    case 'c':
        return take_address(options, value);
    case 'p':
        options->pki = value;
        return true;
    case 'k':
        options->cards = value;
        return true;
    case 'e':
        options->pin_certificate = value;
        return true;
    case 'y':
        options->payees = value;
        return true;
    case 'b':
        options->bank_code = value;
        return is_bank_code(value);
    case 'i':
        options->issuer = value;
        return is_bank_code(value);
    case 'd':
        options->middleware = value;
        return true;
    case 't':
        return take_number(value, 1, TERMINALS_MAX, &options->terminals);
    case 'f':
        return take_number(value, 1, 99990000, &options->first_terminal);
    case 'm':
        return take_mix(value, &options->mix);
    case 'o':
        return take_number(value, 0, 100, &options->hot);
    case 'a':
        return take_number(value, 1, 100000000, &options->amount);
    case 'w':
        return take_number(value, 0, 3600, &options->warm_up_s);
    case 's':
        return take_number(value, 1, 3600, &options->measured_s);
    case 'n':
        return take_number(value, 1, TW_STAN_MAX, &options->first_stan);
    case 'r':
        return take_number(value, 0, INT64_MAX, &options->seed);
    default:
        return false;
    }
}

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct options *ret_options) {
    *ret_options = (struct options){
        .bank_code = "90000001",
        .terminals = 100,
        .first_terminal = FIRST_TERMINAL_ID,
        .warm_up_s = 2,
        .measured_s = 10,
        .amount = 1000,
        .first_stan = 1,
        .seed = 1,
    };
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (letter == 'h') {
            (void)fputs(usage_text, stdout);
            return 0;
        }
        if (!take_option(ret_options, letter, optarg)) {
            (void)fprintf(stderr, "loadgen: %s\n%s",
                          letter == '?' ? "what is that?" : "an option's value is not allowed",
                          usage_text);
            return 2;
        }
    }
    bool complete = ret_options->address_count > 0 && ret_options->pki != NULL &&
                    ret_options->cards != NULL && ret_options->pin_certificate != NULL;
    if (!complete || optind != argc) {
        (void)fputs(usage_text, stderr);
        return 2;
    }
    return -1;
}

/* --- what is needed before the first connection --------------------------------------------- */

static struct tw_status load_encryptor(struct fleet *fleet, struct tw_error *ret_error) {
    const struct options *options = &fleet->options;
    char pem[CERTIFICATE_MAX];
    char root[PATH_SIZE];
    char crl[PATH_SIZE];
    FILE *file = fopen(options->pin_certificate, "re");
    if (file == NULL) {
        return tw_fail(ret_error, TW_E_IO, "%s: %s", options->pin_certificate, strerror(errno));
    }
    size_t length = fread(pem, 1, sizeof pem - 1, file);
    (void)fclose(file);
    pem[length] = '\0';
    (void)snprintf(root, sizeof root, "%s/root.crt", options->pki);
    (void)snprintf(crl, sizeof crl, "%s/crl.pem", options->pki);
    const struct tw_trust trust = {.root_file = root, .crl_file = crl, .clock = tw_clock_system()};
    const char *issuer = options->issuer != NULL ? options->issuer : options->bank_code;
    return tw_pin_encryptor_new(pem, &trust, (int32_t)strtol(issuer, NULL, 10),
                                fleet->cards.cards[0].pan, &fleet->encryptor, ret_error);
}

static struct tw_status load_addresses(struct fleet *fleet, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; i < fleet->options.address_count && tw_ok(status); i++) {
        status = tw_address_parse(fleet->options.addresses[i], &fleet->addresses[i], ret_error);
    }
    return status;
}

static int32_t terminal_id(const struct fleet *fleet, size_t index) {
    return (int32_t)(fleet->options.first_terminal + (int64_t)index);
}

static struct tw_status load_tls(struct fleet *fleet, size_t index, struct tw_error *ret_error) {
    const struct options *options = &fleet->options;
    char holder[64];
    char certificate[PATH_SIZE];
    char key[PATH_SIZE];
    char root[PATH_SIZE];
    char crl[PATH_SIZE];
    if (options->middleware != NULL) {
        (void)snprintf(holder, sizeof holder, "middleware-%s", options->middleware);
    } else {
        (void)snprintf(holder, sizeof holder, "terminal-%s-%08d", options->bank_code,
                       terminal_id(fleet, index));
    }
    (void)snprintf(certificate, sizeof certificate, "%s/%s/cert.pem", options->pki, holder);
    (void)snprintf(key, sizeof key, "%s/%s/key.pem", options->pki, holder);
    (void)snprintf(root, sizeof root, "%s/root.crt", options->pki);
    (void)snprintf(crl, sizeof crl, "%s/crl.pem", options->pki);
    struct tw_tls_files files = {.certificate = certificate, .key = key, .root = root, .crl = crl};
    return tw_tls_new(&files, TW_TLS_CLIENT, tw_clock_system(), &fleet->tls[index], ret_error);
}

static struct tw_status prepare(struct fleet *fleet, struct tw_error *ret_error) {
    size_t count = (size_t)fleet->options.terminals;
    fleet->tls = calloc(count, sizeof(struct tw_tls *));
    fleet->terminals = calloc(count, sizeof(struct bench_terminal *));
    if (fleet->tls == NULL || fleet->terminals == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "terminals");
    }
    struct tw_status status = tw_card_list_load(fleet->options.cards, &fleet->cards, ret_error);
    if (tw_ok(status) && fleet->options.payees != NULL) {
        status = tw_card_list_load(fleet->options.payees, &fleet->payees, ret_error);
    }
    if (tw_ok(status) && fleet->cards.count <= count) {
        status = tw_fail(ret_error, TW_E_CONFIG, "%zu cards are not enough for %zu terminals",
                         fleet->cards.count, count);
    }
    if (tw_ok(status)) {
        status = load_encryptor(fleet, ret_error);
    }
    if (tw_ok(status)) {
        status = load_addresses(fleet, ret_error);
    }
    for (size_t i = 0; i < count && tw_ok(status); i++) {
        status = load_tls(fleet, i, ret_error);
    }
    return status;
}

/* --- running -------------------------------------------------------------------------------- */

static void stop_with(struct fleet *fleet, const struct tw_error *reason) {
    if (fleet->load.reason.code == TW_E_NONE) {
        fleet->load.reason = *reason;
    }
    tw_loop_stop(fleet->load.loop);
}

static void start_some(struct fleet *fleet) {
    size_t count = (size_t)fleet->options.terminals;
    while (fleet->started < count && fleet->started < fleet->load.ready + STARTING_AT_ONCE) {
        size_t index = fleet->started;
        struct tw_error error = {0};
        struct tw_status status =
            bench_terminal_new(&fleet->load, index, terminal_id(fleet, index), fleet->tls[index],
                               &fleet->addresses[index % fleet->options.address_count],
                               &fleet->terminals[index], &error);
        if (!tw_ok(status)) {
            stop_with(fleet, &error);
            return;
        }
        fleet->started++;
    }
}

static void set_timer(struct fleet *fleet, int64_t after_us) {
    struct tw_loop *loop = fleet->load.loop;
    tw_loop_timer_set(loop, &fleet->timer, tw_loop_now_us(loop) + after_us);
}

static void begin(struct fleet *fleet) {
    fleet->stage = WARMING;
    fleet->load.working = true;
    for (size_t i = 0; i < fleet->started; i++) {
        bench_terminal_begin(fleet->terminals[i]);
    }
    set_timer(fleet, fleet->options.warm_up_s * US_PER_S);
}

/* Something changed for a terminal; runs once per turn. */
static void advance(void *context) {
    struct fleet *fleet = context;
    size_t count = (size_t)fleet->options.terminals;
    if (fleet->load.ended == fleet->started || fleet->load.reason.code != TW_E_NONE) {
        tw_loop_stop(fleet->load.loop);
    } else if (fleet->stage == STARTING && fleet->load.ready == count) {
        begin(fleet);
    } else if (fleet->stage == STARTING) {
        start_some(fleet);
    }
}

static void on_change(void *context) {
    struct fleet *fleet = context;
    tw_loop_defer(fleet->load.loop, &fleet->advance);
}

static void on_timer(void *context) {
    struct fleet *fleet = context;
    int64_t now_us = tw_loop_now_us(fleet->load.loop);
    switch (fleet->stage) {
    case WARMING:
        fleet->stage = MEASURING;
        fleet->load.measuring = true;
        fleet->measured_us = now_us;
        set_timer(fleet, fleet->options.measured_s * US_PER_S);
        return;
    case MEASURING:
        fleet->stage = ENDING;
        fleet->load.measuring = false;
        fleet->load.working = false;
        fleet->measured_us = now_us - fleet->measured_us;
        set_timer(fleet, ENDING_US);
        return;
    case STARTING:
    case ENDING:
    case STAGE_COUNT:
    default:
        stop_with(fleet, &(struct tw_error){.code = TW_E_DEADLINE,
                                            .detail = "answers are missing at the end"});
    }
}

static struct tw_status run(struct fleet *fleet, struct tw_error *ret_error) {
    const struct options *options = &fleet->options;
    struct tw_loop *loop = NULL;
    struct tw_status status = tw_loop_new(tw_clock_system(), tw_random_system(), &loop, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    fleet->load = (struct bench_load){
        .loop = loop,
        .cards = &fleet->cards,
        .payees = fleet->payees.count > 0 ? &fleet->payees : &fleet->cards,
        .encryptor = fleet->encryptor,
        .mix = options->mix,
        .direct = options->middleware != NULL,
        .hot = (unsigned)options->hot,
        .amount = options->amount,
        .first_stan = options->first_stan,
        .bank_code = options->bank_code,
        .random = ((uint64_t)options->seed + 1) * SEED_MIX,
        .on_change = on_change,
        .context = fleet,
    };
    fleet->advance = (struct tw_task){.run = advance, .context = fleet};
    fleet->timer = (struct tw_timer){.run = on_timer, .context = fleet};
    start_some(fleet);
    status = tw_loop_run(loop, ret_error);
    if (tw_ok(status) && fleet->load.reason.code != TW_E_NONE) {
        status = tw_fail(ret_error, fleet->load.reason.code, "%s", fleet->load.reason.detail);
    }
    return status;
}

static void release(struct fleet *fleet) {
    for (size_t i = 0; fleet->terminals != NULL && i < fleet->started; i++) {
        bench_terminal_free(fleet->terminals[i]);
    }
    if (fleet->load.loop != NULL) {
        tw_loop_undefer(fleet->load.loop, &fleet->advance);
        tw_loop_timer_clear(fleet->load.loop, &fleet->timer);
    }
    tw_loop_free(fleet->load.loop);
    for (size_t i = 0; fleet->tls != NULL && i < (size_t)fleet->options.terminals; i++) {
        tw_tls_free(fleet->tls[i]);
    }
    free(fleet->terminals);
    free(fleet->tls);
    tw_pin_encryptor_free(fleet->encryptor);
    tw_card_list_free(&fleet->cards);
    tw_card_list_free(&fleet->payees);
}

/* --- the result ----------------------------------------------------------------------------- */

static void print_by_rc(const struct bench_results *results) {
    const char *separator = "";
    (void)printf("\"by_rc\":{");
    for (int rc = 0; rc < TW_RC_COUNT; rc++) {
        if (results->by_rc[rc] > 0) {
            (void)printf("%s\"%s\":%" PRIu64, separator, tw_rc_digits((enum tw_rc)rc),
                         results->by_rc[rc]);
            separator = ",";
        }
    }
    (void)printf("}");
}

static void print_result(const struct fleet *fleet) {
    const struct bench_results *results = &fleet->load.results;
    const struct tw_latency *latency = &results->latency;
    double seconds = (double)fleet->measured_us / (double)US_PER_S;
    (void)printf("{\"tps\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"count\":%" PRIu64 ",",
                 (double)latency->count / seconds, (double)tw_latency_at(latency, 500) / 1000.0,
                 (double)tw_latency_at(latency, 990) / 1000.0, latency->count);
    print_by_rc(results);
    (void)printf(",\"errors\":%" PRIu64 ",\"pending\":%" PRIu64
                 ",\"seconds\":%.3f,\"seed\":%" PRId64 ",\"next_stan\":%" PRId64 "}\n",
                 results->rpc_errors, results->pending, seconds, fleet->options.seed,
                 fleet->load.last_stan + 1);
}

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv) {
    static struct fleet fleet;
    struct tw_error error = {0};
    int usage = read_options(argc, argv, &fleet.options);
    if (usage >= 0) {
        return usage;
    }
    raise_descriptor_limit();
    struct tw_status status = prepare(&fleet, &error);
    if (tw_ok(status)) {
        status = run(&fleet, &error);
    }
    if (tw_ok(status)) {
        print_result(&fleet);
    } else {
        (void)fprintf(stderr, "loadgen: %s\n", error.detail);
    }
    release(&fleet);
    return tw_ok(status) ? 0 : 1;
}
