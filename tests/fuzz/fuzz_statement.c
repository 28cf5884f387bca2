/*
 * What is signed in clearing, as a bank or the agent would read it after the signature was found
 * right: each of the three documents. What is read says the same when it is written again; and the
 * same bytes as a signed text are refused without a right certificate.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clearing/statement.h"
#include "wire/json.h"

static void judge_totals(const json_t *payload) {
    struct ib_totals totals;
    if (tw_ok(ib_totals_read(payload, &totals, NULL))) {
        TW_JSON_OWNED json_t *written = tw_fields_write(ib_totals_fields, &totals);
        tw_assert(json_equal(written, payload) == 1);
        tw_assert(totals.bank != totals.peer);
    }
}

static void judge_positions(const json_t *payload) {
    static struct ib_positions positions;
    if (tw_ok(ib_positions_read(payload, &positions, NULL))) {
        int64_t net = 0;
        for (size_t i = 0; i < positions.position_count; i++) {
            tw_assert(positions.positions[i].peer != positions.bank);
            net += positions.positions[i].debit_amount - positions.positions[i].credit_amount;
        }
        tw_assert(net == positions.net);
    }
}

static void judge_finality(const json_t *payload) {
    static struct ib_finality finality;
    if (tw_ok(ib_finality_read(payload, &finality, NULL))) {
        int64_t net = 0;
        for (size_t i = 0; i < finality.pair_count; i++) {
            net += finality.pairs[i].settled ? finality.pairs[i].net : 0;
        }
        tw_assert(net == finality.net);
        tw_assert(strcmp(finality.result, "SETTLED") == 0 ||
                  strcmp(finality.result, "FAILED") == 0);
    }
}

static void forge(const uint8_t *data, size_t size) {
    static const char *const types[] = {IB_TYPE_TOTALS, IB_TYPE_POSITIONS, IB_TYPE_FINALITY};
    const struct tw_trust nobody = {
        .root_file = "/dev/null", .crl_file = "/dev/null", .clock = tw_clock_system()};
    struct tw_identity signer;
    json_t *payload = NULL;
    char *text = malloc(size + 1);
    tw_assert(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct tw_status status =
            ib_signed_open(&nobody, types[i], text, text, &signer, &payload, NULL);
        tw_assert(!tw_ok(status) && payload == NULL);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TW_JSON_OWNED json_t *payload = NULL;
    if (tw_ok(tw_json_parse((const char *)data, size, TW_JSON_LIMITS_DEFAULT, &payload, NULL))) {
        judge_totals(payload);
        judge_positions(payload);
        judge_finality(payload);
    }
    forge(data, size);
    return 0;
}
