/* Every method and the file that decides it. */
#include "engine/op.h"

void bank_op_prepare(struct bank_item *item, const struct bank_services *services) {
    item->phase = item->op->phase;
    if (item->op->prepare != NULL) {
        item->op->prepare(item, services);
    }
}

const struct bank_op *bank_op_of_method(enum tw_method_id method) {
    static const struct bank_op *const table[TW_BANK_METHOD_COUNT] = {
        [TW_METHOD_SIGN_ON] = &bank_op_sign_on,
        [TW_METHOD_SIGN_OFF] = &bank_op_sign_off,
        [TW_METHOD_ECHO] = &bank_op_echo,
        [TW_METHOD_PIN_KEY] = &bank_op_pin_key,
        [TW_METHOD_PIN_CHANGE] = &bank_op_pin_change,
        [TW_METHOD_SESSION_OPEN] = &bank_op_session_open,
        [TW_METHOD_SESSION_CLOSE] = &bank_op_session_close,
        [TW_METHOD_BALANCE] = &bank_op_balance,
        [TW_METHOD_STATEMENT] = &bank_op_statement,
        [TW_METHOD_WITHDRAW] = &bank_op_withdraw,
        [TW_METHOD_WITHDRAW_CONFIRM] = &bank_op_withdraw_confirm,
        [TW_METHOD_WITHDRAW_REVERSE] = &bank_op_withdraw_reverse,
        [TW_METHOD_DEPOSIT] = &bank_op_deposit,
        [TW_METHOD_DEPOSIT_REVERSE] = &bank_op_deposit_reverse,
        [TW_METHOD_TRANSFER] = &bank_op_transfer,
        [TW_METHOD_TRANSFER_STATUS] = &bank_op_transfer_status,
        [TW_METHOD_TERMINAL_REPLENISH] = &bank_op_replenish,
        [TW_METHOD_TERMINAL_REMOVE] = &bank_op_remove,
        [TW_METHOD_TERMINAL_BALANCE] = &bank_op_balancing,
        [TW_METHOD_TERMINAL_TOTALS] = &bank_op_totals,
        [TW_METHOD_TERMINAL_CUT_OVER] = &bank_op_cut_over,
        [TW_METHOD_TRANSFER_CREDIT] = &bank_op_transfer_credit,
        [TW_METHOD_TRANSFER_INQUIRY] = &bank_op_transfer_inquiry,
        [TW_METHOD_TRANSFER_RETURN] = &bank_op_transfer_returned,
        [TW_METHOD_DIRECTORY_GET] = &bank_op_directory_get,
        [TW_METHOD_WINDOW_TOTALS] = &bank_op_window_totals,
        [TW_METHOD_WINDOW_BUCKETS] = &bank_op_window_buckets,
        [TW_METHOD_WINDOW_ITEMS] = &bank_op_window_items,
        [TW_METHOD_WINDOW_FIND] = &bank_op_window_find,
    };
    if ((size_t)method >= TW_BANK_METHOD_COUNT) {
        return NULL;
    }
    tw_assert(table[method] != NULL);
    return table[method];
}
