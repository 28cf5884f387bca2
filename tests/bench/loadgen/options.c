#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/number.h"
#include "wire/message.h"

#define TERMINALS_MAX     20000
#define FIRST_TERMINAL_ID 17

static const char usage_text[] =
    "usage: loadgen --connect HOST:PORT [--connect ...] --pki DIR [options] < COMMANDS\n"
    "  Starts terminals, says {\"ready\":N}, and then does what it is told on standard input: one "
    "JSON\n"
    "  object a line, {\"do\":\"measure\",\"mix\":\"balance\",\"measured_ms\":5000}, answered by "
    "one on\n"
    "  standard output; tests/bench/loadgen/commands.h lists their members.\n"
    "  --connect HOST:PORT       a middleware; terminals are spread over all that are given\n"
    "  --pki DIR                 the network's pki folder, with the terminals' certificates\n"
    "  --cards FILE              of bankctl load: pan,expiry,iban,pin; one for each terminal\n"
    "  --pin-certificate FILE    the issuer's key for PIN blocks, PEM\n"
    "                            without these two, terminals sign on and have no customers\n"
    "  --bank CODE               bank of the terminals (default 90000001)\n"
    "  --issuer CODE             bank of the cards (default: that of the terminals)\n"
    "  --direct NAME             connect to bank servers, as middleware NAME\n"
    "  --proxied                 connect to a proxy that has a middleware's certificate\n"
    "  --terminals N             default 100\n"
    "  --first-terminal N        number of the first (default 17)\n"
    "  --first-card N            line of the card that the first terminal's customer has (default "
    "1)\n"
    "  --first-stan N            STANs are unique per terminal and business date: a second run\n"
    "                            with the same terminals goes on where the first ended (default "
    "1)\n"
    "  --seed N                  for the choice of payees (default 1)\n";

static bool take_address(struct bench_options *options, const char *address) {
    if (options->address_count == BENCH_ADDRESSES_MAX) {
        return false;
    }
    options->addresses[options->address_count++] = address;
    return true;
}

static const struct option long_options[] = {
    {"connect", required_argument, NULL, 'c'},
    {"pki", required_argument, NULL, 'p'},
    {"cards", required_argument, NULL, 'k'},
    {"pin-certificate", required_argument, NULL, 'e'},
    {"bank", required_argument, NULL, 'b'},
    {"issuer", required_argument, NULL, 'i'},
    {"direct", required_argument, NULL, 'd'},
    {"proxied", no_argument, NULL, 'x'},
    {"terminals", required_argument, NULL, 't'},
    {"first-terminal", required_argument, NULL, 'f'},
    {"first-card", required_argument, NULL, 'g'},
    {"first-stan", required_argument, NULL, 'n'},
    {"seed", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool is_bank_code(const char *text) {
    return strlen(text) == 8 && strspn(text, "0123456789") == 8;
}

static bool take_option(struct bench_options *options, int letter, const char *value) {
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
    case 'b':
        options->bank_code = value;
        return is_bank_code(value);
    case 'i':
        options->issuer = value;
        return is_bank_code(value);
    case 'd':
        options->middleware = value;
        return true;
    case 'x':
        options->proxied = true;
        return true;
    case 't':
        return bench_take_number(value, 1, TERMINALS_MAX, &options->terminals);
    case 'f':
        return bench_take_number(value, 1, 99990000, &options->first_terminal);
    case 'g':
        return bench_take_number(value, 1, INT32_MAX, &options->first_card);
    case 'n':
        return bench_take_number(value, 1, TW_STAN_MAX, &options->first_stan);
    case 'r':
        return bench_take_number(value, 0, INT64_MAX, &options->seed);
    default:
        return false;
    }
}

int bench_options_read(int argc, char **argv, struct bench_options *ret_options) {
    *ret_options = (struct bench_options){
        .bank_code = "90000001",
        .terminals = 100,
        .first_terminal = FIRST_TERMINAL_ID,
        .first_card = 1,
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
                    (ret_options->cards == NULL) == (ret_options->pin_certificate == NULL);
    if (!complete || optind != argc) {
        (void)fputs(usage_text, stderr);
        return 2;
    }
    return -1;
}
