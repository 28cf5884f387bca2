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
    SCN_OWNED part = window > 0
                         ? scn_format(" AND account_id / 100 %% 100000000 = %" PRId64, window)
                         : scn_copy("");
    SCN_OWNED sql = scn_format("SELECT coalesce(sum(balance_minor), 0) FROM account WHERE kind = 13"
                               " AND account_id / 10000000000 = %" PRId64 "%s",
                               peer->code, part);
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

json_t *scn_positions_json(struct scn_run *run) {
    json_t *list = json_array();
    for (size_t i = 0; i < run->bank_count; i++) {
        int64_t net = 0;
        for (size_t j = 0; j < run->bank_count; j++) {
            char *problem = NULL;
            if (i == j)
                continue;
            int64_t amount = scn_position(&run->banks[i], &run->banks[j], 0, &problem);
            free(problem);
            net += amount;
            (void)json_array_append_new(
                list, json_pack("{s:s, s:s, s:I}", "bank", run->banks[i].name, "peer",
                                run->banks[j].name, "amount", (json_int_t)amount));
        }
        (void)json_array_append_new(
            list, json_pack("{s:s, s:I}", "bank", run->banks[i].name, "net", (json_int_t)net));
    }
    return list;
}
