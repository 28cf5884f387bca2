/*
 * From the movements of a step to the legs of a transfer: what banks pay goes to the agent's TECH
 * account, and from there to who is paid (Dr debtor Cr Tech; Dr Tech Cr creditor).
 */
#include <inttypes.h>
#include <string.h>

#include "agent/settle_parts.h"
#include "agent_sql.h"
#include "core/buffer.h"
#include "core/log.h"
#include "core/uuid.h"

/* The elements of two arrays, separated by commas, while they are made. */
struct legs {
    struct tw_buffer accounts, amounts;
    bool failed;
};

static void append(struct legs *legs, struct tw_buffer *array, const char *text) {
    legs->failed = legs->failed || !tw_buffer_append(array, text, strlen(text));
}

static void add_leg(struct legs *legs, const char *account, int64_t amount_minor) {
    char number[CTL_NUMBER_TEXT_SIZE];
    if (amount_minor != 0) {
        const char *before = tw_buffer_length(&legs->accounts) == 0 ? "" : ",";
        append(legs, &legs->accounts, before);
        append(legs, &legs->accounts, account);
        append(legs, &legs->amounts, before);
        append(legs, &legs->amounts, ctl_number_text(amount_minor, number));
    }
}

static void add_movement(struct legs *legs, const struct ib_movement *movement) {
    char account[32];
    snprintf(account, sizeof account, "RESERVE:%d", (int)movement->bank_code);
    add_leg(legs, account, movement->reserve_minor);
    snprintf(account, sizeof account, "PREFUND:%d", (int)movement->bank_code);
    add_leg(legs, account, movement->prefunding_minor);
}

static int64_t amount_of(const struct ib_movement *movement) {
    return movement->reserve_minor + movement->prefunding_minor;
}

/* All debits, TECH in and out, all credits. */
static void add_step(struct legs *legs, const struct ib_plan *plan, size_t step,
                     struct tw_currency currency) {
    char tech[32];
    int64_t paid_minor = 0;
    for (size_t i = 0; i < plan->movement_count; i++) {
        if (plan->movements[i].step == step && amount_of(&plan->movements[i]) < 0) {
            add_movement(legs, &plan->movements[i]);
            paid_minor -= amount_of(&plan->movements[i]);
        }
    }
    snprintf(tech, sizeof tech, "TECH:%s", currency.code);
    add_leg(legs, tech, paid_minor);
    add_leg(legs, tech, -paid_minor);
    for (size_t i = 0; i < plan->movement_count; i++) {
        if (plan->movements[i].step == step && amount_of(&plan->movements[i]) > 0) {
            add_movement(legs, &plan->movements[i]);
        }
    }
}

static bool finish(struct legs *legs) {
    return !legs->failed && tw_buffer_append(&legs->accounts, "", 1) &&
           tw_buffer_append(&legs->amounts, "", 1);
}

struct tw_status agent_post_step(const struct agent_attempt *attempt, const struct ib_plan *plan,
                                 size_t step, int64_t step_no, struct tw_currency currency,
                                 struct tw_error *ret_error) {
    struct legs legs = {0};
    char txid[TW_UUID_TEXT_SIZE];
    char numbers[2][CTL_NUMBER_TEXT_SIZE];
    struct tw_uuid uuid = tw_uuid_v7(attempt->agent->clock, attempt->agent->random);
    add_step(&legs, plan, step, currency);
    struct tw_status status =
        finish(&legs) ? CTL_QUERY(attempt->connection, agent_sql_post, NULL, ret_error,
                                  tw_uuid_text(&uuid, txid), "SETTLEMENT",
                                  ctl_number_text(attempt->window_no, numbers[0]),
                                  ctl_number_text(step_no, numbers[1]),
                                  tw_buffer_head(&legs.accounts), tw_buffer_head(&legs.amounts))
                      : tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a transfer");
    tw_buffer_free(&legs.accounts);
    tw_buffer_free(&legs.amounts);
    return status;
}

static struct tw_status change_standing(const struct agent_attempt *attempt, const char *sql,
                                        int32_t bank_code, const char *what,
                                        struct tw_error *ret_error) {
    char code[CTL_NUMBER_TEXT_SIZE];
    tw_log(TW_LOG_WARN, what, TW_INT("bank", bank_code), TW_INT("window", attempt->window_no));
    return CTL_QUERY(attempt->connection, sql, NULL, ret_error, ctl_number_text(bank_code, code));
}

struct tw_status agent_post_suspend(const struct agent_attempt *attempt, const struct ib_plan *plan,
                                    size_t step, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; tw_ok(status) && i < plan->movement_count; i++) {
        const struct ib_movement *movement = &plan->movements[i];
        if (movement->step == step && movement->prefunding_minor < 0) {
            status = change_standing(attempt, agent_sql_participant_suspend, movement->bank_code,
                                     "prefunding drawn, participant suspended", ret_error);
        }
    }
    return status;
}

struct tw_status agent_post_default(struct agent_attempt *attempt, const struct ib_plan *plan,
                                    struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; tw_ok(status) && i < plan->bank_count; i++) {
        const struct ib_plan_bank *bank = &plan->banks[i];
        if (bank->defaulted) {
            size_t member = agent_window_member(&attempt->window, bank->bank_code);
            attempt->shortfall_minor[member] = bank->shortfall_minor;
            attempt->defaults++;
            status = change_standing(attempt, agent_sql_participant_default, bank->bank_code,
                                     "participant cannot pay, taken out of settlement", ret_error);
        }
    }
    return status;
}
