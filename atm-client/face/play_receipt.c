/* A receipt that its owner lost, or that a clerk asks for: made again from the journal. */
#include <stdio.h>

#include "atm-client/core/receipt.h"
#include "atm-client/face/play_internal.h"
#include "atm-client/face/report.h"

enum atm_verdict atm_play_receipt(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report) {
    struct atm_journal *journal = player->machine->journal;
    const struct atm_config *config = player->machine->config;
    struct atm_operation operation;
    struct tw_error error = {0};
    struct atm_waiting waiting = {.outcome = {.verdict = ATM_APPROVED}};
    bool by_txid = (step->has & ATM_HAS_TXID) != 0;
    if (by_txid == ((step->has & ATM_HAS_STAN) != 0))
        return atm_play_refuse(player, step->verb, TW_RC_INVALID_TRANSACTION,
                               "receipt: of a stan, or of a txid", ret_report);
    struct tw_status status =
        by_txid
            ? atm_journal_operation(journal, &step->txid, &operation, &error)
            : atm_journal_operation_of_stan(journal, step->from, step->stan, &operation, &error);
    const struct atm_receipt_head head = {.terminal_id = (int32_t)config->id,
                                          .location = config->location};
    if (tw_ok(status))
        status = atm_receipt_copy(journal, head, config->spoken, &operation,
                                  waiting.outcome.receipt, &error);
    if (!tw_ok(status))
        return atm_play_status_of(player, step->verb, status, &error, ret_report);
    (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text, "copy");
    enum atm_verdict verdict = atm_play_report(player, step->verb, &waiting, ret_report);
    (void)json_object_del(*ret_report, "receipt_printed"); /* it is shown; nothing was printed */
    return verdict;
}
