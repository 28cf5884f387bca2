/* Two banks' books of each other are one list with opposite signs. Lists are fetched in an order
 * that does not depend on who booked first, and compared row by row. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/invariant.h"
#include "scenario/report.h"

static PGresult *ordered(struct scn_bank *bank, const char *list, char **ret_problem) {
    SCN_OWNED sql =
        scn_format("SELECT text FROM (%s) AS list (text) ORDER BY text COLLATE \"C\"", list);
    return scn_books(bank, sql, ret_problem);
}

static PGresult *items(struct scn_bank *bank, const struct scn_bank *peer, int sign,
                       char **ret_problem) {
    SCN_OWNED sql = scn_format(
        "SELECT txid || ' in window ' || account_id / 100 %% 100000000 || ' of '"
        " || %d * amount_minor FROM interbank_item WHERE account_id / 10000000000 = %" PRId64
        " AND txid NOT IN (%s)",
        sign, peer->code, sign > 0 ? bank->run->listed : peer->run->listed);
    return ordered(bank, sql, ret_problem);
}

/* The first row that only one of two ordered lists has; malloc'd, or NULL. */
static char *first_difference(const PGresult *ours, const PGresult *theirs, const char *here,
                              const char *there) {
    int i = 0;
    int j = 0;
    while (i < PQntuples(ours) || j < PQntuples(theirs)) {
        int order = i == PQntuples(ours) ? 1
                    : j == PQntuples(theirs)
                        ? -1
                        : strcmp(PQgetvalue(ours, i, 0), PQgetvalue(theirs, j, 0));
        if (order < 0)
            return scn_format("only in the book of %s: %s minor units", here,
                              PQgetvalue(ours, i, 0));
        if (order > 0)
            return scn_format("only in the book of %s: %s minor units (as seen by %s)", there,
                              PQgetvalue(theirs, j, 0), here);
        i++;
        j++;
    }
    return NULL;
}

typedef PGresult *(*list_fn)(struct scn_bank *bank, const struct scn_bank *peer, int side,
                             char **ret_problem);

static void compare(struct scn_run *run, const char *id, const char *title, struct scn_bank *one,
                    struct scn_bank *other, list_fn list) {
    char *problem = NULL;
    SCN_OWNED scope = scn_format("%s/%s", one->name, other->name);
    PGresult *ours = list(one, other, 1, &problem);
    PGresult *theirs = problem == NULL ? list(other, one, -1, &problem) : NULL;
    if (problem == NULL)
        problem = first_difference(ours, theirs, one->name, other->name);
    scn_report_invariant(run->report, id, scope, title, problem);
    free(problem);
    PQclear(ours);
    PQclear(theirs);
}

/* Transfers: what the payee's bank (side -1, phase 5) decided, the payer's (side 1, phase 4)
 * booked. */
static PGresult *outcomes(struct scn_bank *bank, const struct scn_bank *peer, int side,
                          char **ret_problem) {
    SCN_OWNED sql =
        scn_format("SELECT txid || ' was credited' FROM decision WHERE phase = %d AND"
                   " rc = '00' AND peer = %" PRId64 "%s",
                   side > 0 ? 4 : 5, peer->code,
                   side > 0 ? " AND operation = 5 AND EXISTS (SELECT FROM decision AS held"
                              " WHERE held.txid = decision.txid AND held.phase = 0 AND"
                              " held.account_id IS NOT NULL AND held.to_account_id IS NULL)"
                            : "");
    return ordered(bank, sql, ret_problem);
}

static PGresult *returns(struct scn_bank *bank, const struct scn_bank *peer, int side,
                         char **ret_problem) {
    (void)side;
    SCN_OWNED sql = scn_format("SELECT txid || ' was returned' FROM decision WHERE phase = 6 AND"
                               " peer = %" PRId64 "",
                               peer->code);
    return ordered(bank, sql, ret_problem);
}

static int64_t sum(struct scn_run *run, const char *sql, char **ret_problem) {
    int64_t total = 0;
    for (size_t i = 0; i < run->bank_count && *ret_problem == NULL; i++)
        total += scn_books_number(&run->banks[i], sql, ret_problem);
    return total;
}

static void adds_up(struct scn_run *run, const char *id, const char *title, const char *sql) {
    char *problem = NULL;
    char text[SCN_MONEY_TEXT_SIZE];
    int64_t total = sum(run, sql, &problem);
    if (problem == NULL && total != 0)
        problem = scn_format("adds up to %s", scn_money_text(total, text));
    scn_report_invariant(run->report, id, "", title, problem);
    free(problem);
}

/* Items that either bank lists as breaks, as a list for SQL. */
static void list_breaks(struct scn_run *run) {
    free(run->listed);
    run->listed = scn_copy("'00000000-0000-0000-0000-000000000000'");
    for (size_t i = 0; i < run->bank_count; i++) {
        char *problem = NULL;
        PGresult *rows = scn_books(
            &run->banks[i], "SELECT txid FROM recon_break UNION SELECT break_id FROM recon_break",
            &problem);
        for (int row = 0; rows != NULL && row < PQntuples(rows); row++)
            scn_append(&run->listed, ", '%s'", PQgetvalue(rows, row, 0));
        PQclear(rows);
        free(problem);
    }
}

void scn_invariants_network(struct scn_run *run) {
    list_breaks(run);
    for (size_t i = 0; i < run->bank_count; i++) {
        for (size_t j = 0; j < run->bank_count; j++) {
            struct scn_bank *one = &run->banks[i];
            struct scn_bank *other = &run->banks[j];
            if (i < j)
                compare(run, "X1", "each interbank item stands in both books, with opposite signs",
                        one, other, items);
            if (i < j)
                compare(run, "X6", "each return stands in both books", one, other, returns);
            if (i != j)
                compare(run, "X6", "each transfer ended the same way at both banks", one, other,
                        outcomes);
        }
    }
    SCN_OWNED between = scn_format("SELECT coalesce(sum(amount_minor), 0)::bigint FROM"
                                   " interbank_item WHERE txid NOT IN (%s)",
                                   run->listed);
    SCN_OWNED wealth =
        scn_format("SELECT (SELECT coalesce(sum(balance_minor), 0) FROM account WHERE kind <> 13)"
                   " + (SELECT coalesce(sum(amount_minor), 0) FROM entry JOIN account USING"
                   " (account_id) WHERE kind = 13 AND txid IN (%s))",
                   run->listed);
    adds_up(run, "X2", "what banks owe each other adds up to zero", between);
    adds_up(run, "X5", "no money comes or goes in all banks together", wealth);
}
