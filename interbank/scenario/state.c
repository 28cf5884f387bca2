/* Queries, one per kind of fact. */
#include "scenario/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int64_t scn_balance_of(struct scn_account *account, char **ret_problem) {
    SCN_OWNED sql = scn_format("SELECT -balance_minor FROM account WHERE account_id = %s",
                               account->iban + strlen(account->iban) - 10);
    return scn_books_number(account->bank, sql, ret_problem);
}

int64_t scn_position(struct scn_bank *bank, const struct scn_bank *peer, int64_t window,
                     char **ret_problem) {
    SCN_OWNED sql =
        window > 0 ? scn_format("SELECT coalesce(sum(debit_minor - credit_minor), 0)::bigint FROM"
                                " position WHERE peer_code = %" PRId64 " AND window_no = %" PRId64,
                                peer->code, window)
                   : scn_format("SELECT coalesce(sum(balance_minor), 0)::bigint FROM account WHERE"
                                " kind = 13 AND account_id / 10000000000 = %" PRId64,
                                peer->code);
    return scn_books_number(bank, sql, ret_problem);
}

int64_t scn_messages_waiting(struct scn_run *run) {
    int64_t waiting = 0;
    for (size_t i = 0; i < run->bank_count; i++) {
        char *problem = NULL;
        waiting += scn_books_number(&run->banks[i], "SELECT count(*) FROM saf", &problem);
        if (problem != NULL)
            waiting++; /* whoever cannot be asked may have one */
        free(problem);
    }
    return waiting;
}

void scn_messages_hurry(struct scn_run *run) {
    for (size_t i = 0; i < run->bank_count; i++) {
        char *problem = NULL;
        PQclear(scn_books_as(&run->banks[i], "tw_operator",
                             "UPDATE saf SET next_try_at = now() WHERE next_try_at > now()",
                             &problem));
        free(problem);
    }
}

/* As `bankctl --json positions` has them, with the bank's own name. */
json_t *scn_positions_json(struct scn_run *run) {
    json_t *list = json_array();
    for (size_t i = 0; i < run->bank_count; i++) {
        char *problem = NULL;
        TW_JSON_OWNED json_t *rows = SCN_BANKCTL(&run->banks[i], &problem, NULL, "positions");
        size_t index;
        json_t *row;
        json_array_foreach(rows, index, row) {
            scn_set(row, "bank", json_string(run->banks[i].name));
            (void)json_array_append(list, row);
        }
        free(problem);
    }
    return list;
}
