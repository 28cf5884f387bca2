/* Legs of one operation at one bank, as people write them: "Dr Cust 60.00". Confirmations and
 * acknowledgements come when they come, so they are waited for. */
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"

#define LEGS_MAX 64

static int by_text(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static char *join(char **legs, size_t count) {
    char *text = scn_copy("");
    qsort(legs, count, sizeof legs[0], by_text);
    for (size_t i = 0; i < count; i++)
        scn_append(&text, "%s%s", i > 0 ? ", " : "", legs[i]);
    return text;
}

static char *booked(struct scn_bank *bank, const char *txid, char **ret_problem) {
    SCN_OWNED sql = scn_format(
        "SELECT code, amount_minor FROM entry JOIN account USING (account_id)"
        " JOIN account_kind USING (kind) WHERE txid = '%.36s' ORDER BY phase, amount_minor DESC",
        txid);
    PGresult *rows = scn_books(bank, sql, ret_problem);
    char *legs[LEGS_MAX];
    size_t count = 0;
    for (int row = 0; rows != NULL && row < PQntuples(rows) && count < LEGS_MAX; row++) {
        int64_t minor = strtoll(PQgetvalue(rows, row, 1), NULL, 10);
        char amount[SCN_MONEY_TEXT_SIZE];
        legs[count++] = scn_format("%s %s %s", minor > 0 ? "Dr" : "Cr", PQgetvalue(rows, row, 0),
                                   scn_money_text(minor < 0 ? -minor : minor, amount));
    }
    char *text = join(legs, count);
    for (size_t i = 0; i < count; i++)
        free(legs[i]);
    PQclear(rows);
    return text;
}

static char *wished(const json_t *list) {
    char *legs[LEGS_MAX];
    size_t count = 0;
    size_t index;
    const json_t *one;
    json_array_foreach(list, index, one) if (count < LEGS_MAX) legs[count++] =
        scn_copy(json_string_value(one));
    char *text = join(legs, count);
    for (size_t i = 0; i < count; i++)
        free(legs[i]);
    return text;
}

char *scn_expect_postings(struct scn_run *run, const json_t *postings, const char *txid,
                          int64_t within_us) {
    const char *name;
    json_t *list;
    int64_t deadline_us = scn_now_us() + within_us;
    if (strlen(txid) != 36)
        return scn_copy("the step has no txid, so nothing can be booked under it");
    json_object_foreach((json_t *)(uintptr_t)postings, name, list) {
        SCN_OWNED want = wished(list);
        for (;;) {
            char *problem = NULL;
            SCN_OWNED have = booked(scn_bank_find(run, name), txid, &problem);
            if (problem == NULL && strcmp(want, have) == 0)
                break;
            if (problem != NULL || scn_now_us() > deadline_us || scn_interrupted)
                return problem != NULL ? problem
                                       : scn_format("expected at %s the legs [%s], booked are [%s]",
                                                    name, want, have);
            scn_sleep_us(50000);
        }
    }
    return NULL;
}
