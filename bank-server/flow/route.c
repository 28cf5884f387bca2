/*
 * A card's number leads by its longest IIN prefix, an account by the bank code in its IBAN, a
 * session by the code its token begins with. Advices are never routed: this bank takes them and
 * passes on what its books say.
 */
#include "flow/route.h"

#include "ops/session_token.h"

static int32_t by_number(const struct bank_flows *flows, const char *digits) {
    const struct ib_bank *bank =
        flows->directory != NULL ? ib_directory_issuer(flows->directory, digits) : NULL;
    return bank != NULL ? bank->code : 0;
}

int32_t bank_route(const struct bank_flows *flows, const struct bank_item *item) {
    const union bank_request *request = &item->request;
    int32_t code = 0;
    if (item->op == &bank_op_session_open) {
        code = by_number(flows, request->session_open.pan);
    } else if (item->op == &bank_op_pin_key) {
        code = by_number(flows, request->pin_key.iin);
    } else if (item->op == &bank_op_balance) {
        code = request->balance.account.bank_code;
    } else if (item->op == &bank_op_statement) {
        code = request->statement.account.bank_code;
    } else if (item->op == &bank_op_withdraw || item->op == &bank_op_deposit) {
        code = request->cash.account.bank_code;
    } else if (item->op == &bank_op_transfer) {
        code = request->transfer.from_account.bank_code;
    } else if (item->op == &bank_op_transfer_status) {
        code = request->transfer_status.from_account.bank_code;
    } else if (item->op == &bank_op_session_close) {
        code = bank_token_issuer(request->session.session);
    } else if (item->op == &bank_op_pin_change) {
        code = bank_token_issuer(request->pin_change.session);
    }
    return code != 0 ? code : flows->services->bank_code;
}
