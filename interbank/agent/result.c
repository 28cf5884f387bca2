/*
 * What was settled is read back from what was booked, not from the plan: pairs by positions and who
 * is left, amounts by the entries of the window's transfers. That the two agree for every member is
 * checked before anything is signed. The signed texts are stored in the same transaction, so nobody
 * is ever told what could still be undone, and everybody always the same.
 */
#include <string.h>

#include "agent/settle_parts.h"
#include "agent/snapshot.h"
#include "agent_sql.h"
#include "core/crash.h"
#include "core/log.h"

struct result {
    struct agent_attempt *attempt;
    struct agent_window window; /* afterwards */
    char number[CTL_NUMBER_TEXT_SIZE];
    char state[12];
    char settled_at[32];
};

/* Of one member, from the entries. */
struct moved {
    int64_t debit_minor, credit_minor, prefunding_drawn_minor;
};

static struct tw_status read_state(struct result *result, struct tw_error *ret_error) {
    char now[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        CTL_QUERY(result->attempt->connection, agent_sql_result_state, &row, ret_error,
                  result->number, ctl_number_text(tw_wall_ms(result->attempt->agent->clock), now));
    if (tw_ok(status)) {
        snprintf(result->state, sizeof result->state, "%s", PQgetvalue(row, 0, 0));
        snprintf(result->settled_at, sizeof result->settled_at, "%s", PQgetvalue(row, 0, 1));
    }
    return status;
}

static struct tw_status read_moved(const struct result *result, int32_t bank_code,
                                   struct moved *ret_moved, struct tw_error *ret_error) {
    char code[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        CTL_QUERY(result->attempt->connection, agent_sql_result_moved, &row, ret_error,
                  result->number, ctl_number_text(bank_code, code));
    if (tw_ok(status)) {
        ret_moved->debit_minor = ctl_result_number(row, 0, 0);
        ret_moved->credit_minor = ctl_result_number(row, 0, 1);
        ret_moved->prefunding_drawn_minor = ctl_result_number(row, 0, 2);
    }
    return status;
}

static struct tw_status read_pairs(const struct result *result, struct ib_finality *finality,
                                   struct tw_error *ret_error) {
    char code[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status =
        CTL_QUERY(result->attempt->connection, agent_sql_result_pairs, &rows, ret_error,
                  result->number, ctl_number_text(finality->bank, code));
    for (int row = 0; tw_ok(status) && row < PQntuples(rows); row++) {
        bool settled = strcmp(PQgetvalue(rows, row, 3), "t") == 0;
        finality->pairs[finality->pair_count++] = (struct ib_settled_pair){
            .peer = (int32_t)ctl_result_number(rows, row, 0),
            .net = ctl_result_number(rows, row, 1),
            .part = settled ? 0 : ctl_result_number(rows, row, 2),
            .settled = settled,
        };
    }
    return status;
}

static void list_participants(const struct result *result, struct ib_finality *finality) {
    for (size_t i = 0; i < result->window.member_count; i++) {
        const struct agent_member *member = &result->window.members[i];
        if (tw_currency_equal(member->currency, finality->currency)) {
            struct ib_participant_state *state =
                &finality->participants[finality->participant_count++];
            state->bank = member->bank_code;
            state->cap = member->cap_minor;
            snprintf(state->status, sizeof state->status, "%s", member->status);
        }
    }
}

/* The payload; it must read as what banks will hold it against. */
static struct tw_status compose(const struct result *result, const struct agent_member *member,
                                const struct moved *moved, struct ib_finality *finality,
                                json_t **ret_payload, struct tw_error *ret_error) {
    static struct ib_finality read_back;
    *finality = (struct ib_finality){
        .bank = member->bank_code,
        .window_no = result->window.window_no,
        .currency = member->currency,
        .net = moved->credit_minor - moved->debit_minor,
        .prefunding_drawn = moved->prefunding_drawn_minor,
        .reserve = member->reserve_minor,
        .prefunding = member->prefunding_minor,
    };
    snprintf(finality->model, sizeof finality->model, "%s", result->window.model);
    snprintf(finality->result, sizeof finality->result, "%s", result->state);
    snprintf(finality->settled_at, sizeof finality->settled_at, "%s", result->settled_at);
    list_participants(result, finality);
    struct tw_status status = read_pairs(result, finality, ret_error);
    *ret_payload = tw_ok(status) ? tw_fields_write(ib_finality_fields, finality) : NULL;
    if (tw_ok(status)) {
        status = ib_finality_read(*ret_payload, &read_back, ret_error);
        if (!tw_ok(status)) {
            json_decref(*ret_payload);
            *ret_payload = NULL;
            status = tw_wrap(ret_error, "window %d, bank %d: what was booked is not what was owed",
                             (int)result->window.window_no, (int)member->bank_code);
        }
    }
    return status;
}

static struct tw_status insert_settlement(const struct result *result, size_t index,
                                          const struct moved *moved, const char *text,
                                          struct tw_error *ret_error) {
    char texts[9][CTL_NUMBER_TEXT_SIZE];
    const struct agent_member *member = &result->window.members[index];
    return CTL_QUERY(result->attempt->connection, agent_sql_settlement_insert, NULL, ret_error,
                     result->number, ctl_number_text(member->bank_code, texts[0]),
                     ctl_number_text(moved->debit_minor, texts[1]),
                     ctl_number_text(moved->credit_minor, texts[2]),
                     ctl_number_text(moved->prefunding_drawn_minor, texts[3]),
                     ctl_number_text(result->attempt->shortfall_minor[index], texts[4]),
                     member->status, ctl_number_text(member->cap_minor, texts[5]),
                     ctl_number_text(member->reserve_minor, texts[6]),
                     ctl_number_text(member->prefunding_minor, texts[7]), text,
                     ib_signer_certificate(result->attempt->agent->signer));
}

static struct tw_status write_member(struct result *result, size_t index,
                                     struct tw_error *ret_error) {
    static struct ib_finality finality;
    const struct agent_member *member = &result->window.members[index];
    struct moved moved = {0};
    json_t *payload = NULL;
    char *text = NULL;
    struct tw_status status = read_moved(result, member->bank_code, &moved, ret_error);
    if (tw_ok(status)) {
        status = compose(result, member, &moved, &finality, &payload, ret_error);
    }
    if (tw_ok(status)) {
        status = ib_signer_seal(result->attempt->agent->signer, IB_TYPE_FINALITY, payload, &text,
                                ret_error);
    }
    if (tw_ok(status)) {
        status = insert_settlement(result, index, &moved, text, ret_error);
    }
    free(text);
    return status;
}

static struct tw_status write_members(struct result *result, struct tw_error *ret_error) {
    struct agent_attempt *attempt = result->attempt;
    struct tw_status status =
        agent_snapshot_read(attempt->connection, attempt->window_no,
                            tw_wall_ms(attempt->agent->clock), &result->window, ret_error);
    for (size_t i = 0; tw_ok(status) && i < result->window.member_count; i++) {
        status = write_member(result, i, ret_error);
    }
    return status;
}

struct tw_status agent_result_write(struct agent_attempt *attempt, struct tw_error *ret_error) {
    struct result result = {.attempt = attempt};
    ctl_number_text(attempt->window_no, result.number);
    struct tw_status status = CTL_QUERY(attempt->connection, agent_sql_result_pairs_insert, NULL,
                                        ret_error, result.number);
    if (tw_ok(status)) {
        status = CTL_QUERY(attempt->connection, agent_sql_result_totals_insert, NULL, ret_error,
                           result.number);
    }
    if (tw_ok(status)) {
        status = read_state(&result, ret_error);
    }
    if (tw_ok(status)) {
        status = write_members(&result, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(attempt->connection, agent_sql_window_final, NULL, ret_error,
                           result.number, result.state, result.settled_at);
    }
    agent_window_clear(&result.window);
    if (tw_ok(status)) {
        attempt->progress = AGENT_FINISHED;
        tw_crash_point("agent.final_signed");
        tw_log(TW_LOG_INFO, "window is final", TW_INT("window", attempt->window_no),
               TW_STR("result", result.state), TW_STR("model", attempt->window.model));
    }
    return status;
}
