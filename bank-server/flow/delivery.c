/*
 * One connection of its own, so that looking for due messages never waits behind a batch. Taking a
 * message is an update of its row, without a lock that outlives it: a peer may get a message twice,
 * which is what the repeat mark and its stored answers are for.
 *
 * A tick looks twice a second; the first attempt does not wait for it.
 */
#include "flow/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/outcome.h"
#include "flow/step.h"
#include "ops/acquirer.h"
#include "wire/json.h"

#define TICK_US       INT64_C(500000)
#define PATIENCE_US   INT64_C(10000000) /* for one attempt */
#define IN_FLIGHT_MAX 1024
#define TAKE_MAX      256
#define PEERS_MAX     IB_BANKS_MAX

struct bank_delivery {
    struct bank_flows *flows;
    struct bank_db *db;
    struct bank_params params;
    struct tw_timer tick;
    bool taking;
    bool again; /* there may be more than was taken */
    int32_t woken[PEERS_MAX];
    size_t woken_count;
    struct bank_delivery_counters counters;
};

/* One attempt. */
struct attempt {
    struct bank_delivery *delivery;
    int32_t peer;
    struct tw_uuid txid;
    enum bank_phase phase;
    enum tw_method_id method; /* as stored */
    json_t *params;           /* as stored, without fees; owned */
    struct tw_fees fees;      /* of a transfer: stored with the inquiry, not sent */
};

static void attempt_end(struct attempt *attempt) {
    attempt->delivery->counters.in_flight--;
    json_decref(attempt->params);
    free(attempt);
}

static void log_attempt(const struct attempt *attempt, const char *what, const char *reason) {
    char txid[TW_UUID_TEXT_SIZE];
    tw_log(TW_LOG_WARN, what, TW_INT("peer", attempt->peer),
           TW_STR("method", tw_method(attempt->method)->name),
           TW_STR("txid", tw_uuid_text(&attempt->txid, txid)), TW_STR("reason", reason));
}

/* --- booking an acknowledgement -----------------------------------------------------------------
 */

static void on_booked(void *context, const struct bank_item *item) {
    struct attempt *attempt = context;
    if (bank_step_decided(item)) {
        attempt->delivery->counters.acknowledged++;
    } else {
        log_attempt(attempt, "acknowledgement not booked",
                    item->origin == BANK_UNDECIDED ? item->error.detail
                                                   : tw_rc_text(item->decision.rc));
    }
    attempt_end(attempt);
}

static struct bank_item *new_step(struct attempt *attempt, const struct bank_op *op) {
    struct bank_item *item = bank_step_new(attempt->delivery->flows, op);
    if (item != NULL) {
        item->request.header.txid = attempt->txid;
        item->peer_answer.peer = attempt->peer;
    }
    return item;
}

/* False when result is no posting result. */
static bool read_posting(const json_t *result, struct tw_posting_result *ret_answer) {
    *ret_answer = (struct tw_posting_result){0};
    return tw_ok(tw_fields_read(result, tw_posting_result_fields, ret_answer, NULL));
}

/* What the issuer has stored for ever: reversed, never seen, or not as its own book has it.
 * Whatever else it says, a system error (96) above all, the reversal comes again. */
static bool is_acknowledgement(const struct tw_posting_result *answer) {
    enum tw_rc rc = answer->outcome.rc;
    return rc == TW_RC_APPROVED || rc == TW_RC_ORIGINAL_NOT_FOUND || rc == TW_RC_DUPLICATE;
}

static bool book_reversal(struct attempt *attempt, const json_t *result) {
    struct tw_posting_result answer;
    struct bank_item *item = new_step(attempt, &bank_op_acquirer_reversed);
    bool ready = item != NULL && read_posting(result, &answer) && is_acknowledgement(&answer) &&
                 tw_ok(tw_fields_read(attempt->params, tw_reverse_request_fields,
                                      &item->request.reverse, NULL));
    if (!ready) {
        free(item);
        return false;
    }
    item->peer_answer.posting = answer;
    bank_step_run(attempt->delivery->flows, item, on_booked, attempt);
    return true;
}

static bool book_fee(struct attempt *attempt, const json_t *result) {
    struct tw_posting_result answer;
    bool final = read_posting(result, &answer) && answer.status[0] != '\0' &&
                 strcmp(answer.status, "PENDING") != 0;
    struct bank_item *item = final ? new_step(attempt, &bank_op_acquirer_fee) : NULL;
    bool ready =
        item != NULL && tw_ok(tw_fields_read(attempt->params, tw_transfer_status_request_fields,
                                             &item->request.transfer_status, NULL));
    if (!ready) {
        free(item);
        return false;
    }
    item->peer_answer.posting = answer;
    item->peer_answer.asked = attempt->fees;
    bank_step_run(attempt->delivery->flows, item, on_booked, attempt);
    return true;
}

static bool book_return(struct attempt *attempt, const json_t *result) {
    const char *rc = json_string_value(json_object_get(result, "rc"));
    bool accepted = rc != NULL && strcmp(rc, tw_rc_digits(TW_RC_APPROVED)) == 0;
    struct bank_item *item = accepted ? new_step(attempt, &bank_op_message_acknowledged) : NULL;
    if (item == NULL) {
        return false;
    }
    bank_step_run(attempt->delivery->flows, item, on_booked, attempt);
    return true;
}

static bool book_outcome(struct attempt *attempt, const json_t *result) {
    struct tw_credit_result outcome;
    if (!bank_outcome_read(result, &outcome)) {
        return false;
    }
    bank_outcome_book(attempt->delivery->flows, attempt->peer, &attempt->txid, &outcome, on_booked,
                      attempt);
    return true;
}

/* False when the answer is no acknowledgement. */
static bool book(struct attempt *attempt, const json_t *result) {
    switch ((int)attempt->phase) {
    case BANK_REQUEST:
        return book_outcome(attempt, result);
    case BANK_REVERSAL:
        return book_reversal(attempt, result);
    case BANK_RETURN:
        return book_return(attempt, result);
    case BANK_FEE:
        return book_fee(attempt, result);
    default:
        return false;
    }
}

/* --- sending --------------------------------------------------------------------------------- */

static void on_answer(void *context, const struct tw_answer *answer) {
    struct attempt *attempt = context;
    tw_crash_point("peer.acknowledged");
    bool heard = tw_ok(answer->status) && answer->result != NULL;
    if (heard && book(attempt, answer->result)) {
        return;
    }
    attempt->delivery->counters.failed++;
    log_attempt(attempt, "message not acknowledged",
                answer->error != NULL ? answer->error->detail
                : heard               ? "the answer is not final"
                                      : "refused by the peer");
    attempt_end(attempt);
}

static void send_attempt(struct bank_delivery *delivery, struct attempt *attempt, bool repeat) {
    struct bank_flows *flows = delivery->flows;
    bool inquiry = attempt->phase == BANK_REQUEST;
    json_t *params = inquiry ? json_object() : json_copy(attempt->params);
    char txid[TW_UUID_TEXT_SIZE];
    (void)json_object_set_new(params, "txid", json_string(tw_uuid_text(&attempt->txid, txid)));
    if (repeat) {
        (void)json_object_set_new(params, "repeat", json_true());
    }
    delivery->counters.in_flight++;
    delivery->counters.sent++;
    enum tw_method_id method = inquiry ? TW_METHOD_TRANSFER_INQUIRY : attempt->method;
    ib_peers_call(flows->peers, attempt->peer, tw_method(method)->name, params,
                  tw_loop_now_us(flows->loop) + PATIENCE_US, on_answer, attempt);
    json_decref(params);
}

void bank_delivery_send(struct bank_delivery *delivery, const struct bank_message *message,
                        const struct tw_uuid *txid) {
    struct attempt *attempt = message->peer != 0 ? calloc(1, sizeof *attempt) : NULL;
    enum tw_method_id method = TW_METHOD_COUNT;
    if (attempt == NULL || !tw_method_find(message->method, &method)) {
        free(attempt); /* without memory: the tick sends it */
        return;
    }
    tw_crash_point("peer.message_stored");
    *attempt = (struct attempt){.delivery = delivery,
                                .peer = message->peer,
                                .txid = *txid,
                                .phase = message->phase,
                                .method = method,
                                .params = json_incref(message->params)};
    send_attempt(delivery, attempt, false);
}

/* --- what is due -------------------------------------------------------------------------------
 */

/* Ours to know: the inquiry has no such members. */
static void take_fees(struct attempt *attempt) {
    static const char surcharge[] = "surcharge", interchange[] = "interchange";
    if (attempt->phase == BANK_FEE) {
        attempt->fees.surcharge = json_integer_value(json_object_get(attempt->params, surcharge));
        attempt->fees.interchange =
            json_integer_value(json_object_get(attempt->params, interchange));
        (void)json_object_del(attempt->params, surcharge);
        (void)json_object_del(attempt->params, interchange);
    }
}

static void take_row(struct bank_delivery *delivery, PGresult *result, int row) {
    struct attempt *attempt = calloc(1, sizeof *attempt);
    if (attempt == NULL) {
        return;
    }
    const char *params = bank_row_text(result, row, 4);
    attempt->delivery = delivery;
    attempt->peer = bank_row_i32(result, row, 0, 0);
    attempt->txid = bank_row_uuid(result, row, 1);
    attempt->phase = (enum bank_phase)bank_row_i16(result, row, 2);
    bool known = tw_method_find(bank_row_text(result, row, 3), &attempt->method);
    struct tw_status status =
        tw_json_parse(params, strlen(params), TW_JSON_LIMITS_DEFAULT, &attempt->params, NULL);
    if (!known || !tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "stored message cannot be read", TW_INT("peer", attempt->peer));
        json_decref(attempt->params);
        free(attempt);
        return;
    }
    take_fees(attempt);
    send_attempt(delivery, attempt, true);
}

static void on_rows(void *context, PGresult *result) {
    struct bank_delivery *delivery = context;
    int rows = PQntuples(result);
    delivery->again = rows == TAKE_MAX;
    for (int row = 0; row < rows; row++) {
        take_row(delivery, result, row);
    }
}

static void take(struct bank_delivery *delivery);

static void on_taken(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_delivery *delivery = context;
    delivery->taking = false;
    if (!tw_ok(status)) {
        tw_log(TW_LOG_WARN, "looking for messages failed", TW_STR("reason", error->detail));
    } else if (delivery->again && delivery->counters.in_flight < IN_FLIGHT_MAX) {
        take(delivery);
    }
}

/* Those that can be reached: what is for the others keeps waiting. */
static size_t put_peers_up(struct bank_delivery *delivery) {
    const struct bank_flows *flows = delivery->flows;
    int32_t up[PEERS_MAX];
    size_t count = 0;
    size_t banks = flows->directory != NULL ? ib_directory_count(flows->directory) : 0;
    for (size_t i = 0; i < banks && count < PEERS_MAX; i++) {
        int32_t code = ib_directory_at(flows->directory, i)->code;
        if (ib_peers_up(flows->peers, code) > 0) {
            up[count++] = code;
        }
    }
    if (count > 0) {
        bank_params_array(&delivery->params, BANK_INT4, count);
        for (size_t i = 0; i < count; i++) {
            bank_params_i32(&delivery->params, up[i]);
        }
    }
    return count;
}

/* Simulated time that has passed for us is added to the database's. */
static void put_ahead(struct bank_delivery *delivery) {
    bank_params_i64(&delivery->params, tw_ahead_ms(tw_loop_clock(delivery->flows->loop)));
}

static void wake_rows(struct bank_delivery *delivery) {
    if (delivery->woken_count == 0) {
        return;
    }
    bank_params_array(&delivery->params, BANK_INT4, delivery->woken_count);
    for (size_t i = 0; i < delivery->woken_count; i++) {
        bank_params_i32(&delivery->params, delivery->woken[i]);
    }
    delivery->woken_count = 0;
    put_ahead(delivery);
    bank_db_send(delivery->db, BANK_SQL_saf_wake, &delivery->params, NULL, NULL);
}

static void take(struct bank_delivery *delivery) {
    bool possible = bank_db_ready(delivery->db) && !delivery->taking &&
                    delivery->counters.in_flight < IN_FLIGHT_MAX;
    if (!possible) {
        return;
    }
    delivery->again = false;
    wake_rows(delivery);
    bool any = put_peers_up(delivery) > 0;
    if (any) {
        bank_params_i32(&delivery->params, TAKE_MAX);
        put_ahead(delivery);
        bank_db_send(delivery->db, BANK_SQL_saf_take, &delivery->params, on_rows, delivery);
        delivery->taking = true;
        bank_db_sync(delivery->db, on_taken, delivery);
    }
}

static void on_tick(void *context) {
    struct bank_delivery *delivery = context;
    tw_loop_timer_set(delivery->flows->loop, &delivery->tick,
                      tw_loop_now_us(delivery->flows->loop) + TICK_US);
    take(delivery);
}

void bank_delivery_wake(struct bank_delivery *delivery, int32_t peer) {
    if (delivery->woken_count < PEERS_MAX) {
        delivery->woken[delivery->woken_count++] = peer;
    }
    take(delivery);
}

static void on_ready(void *context) {
    take(context);
}

static void on_lost(void *context) {
    struct bank_delivery *delivery = context;
    delivery->taking = false;
}

struct tw_status bank_delivery_new(struct bank_flows *flows, const char *conninfo,
                                   const char *server_name, struct bank_delivery **ret_delivery,
                                   struct tw_error *ret_error) {
    struct bank_delivery *delivery = calloc(1, sizeof *delivery);
    if (delivery == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "delivery");
    }
    delivery->flows = flows;
    delivery->tick = (struct tw_timer){.run = on_tick, .context = delivery};
    struct tw_status status = bank_flows_connect(flows, conninfo, server_name, on_ready, on_lost,
                                                 delivery, &delivery->db, ret_error);
    if (!tw_ok(status)) {
        bank_delivery_free(delivery);
        return status;
    }
    tw_loop_timer_set(flows->loop, &delivery->tick, tw_loop_now_us(flows->loop) + TICK_US);
    *ret_delivery = delivery;
    return status;
}

void bank_delivery_free(struct bank_delivery *delivery) {
    if (delivery == NULL) {
        return;
    }
    tw_loop_timer_clear(delivery->flows->loop, &delivery->tick);
    bank_db_free(delivery->db);
    bank_params_free(&delivery->params);
    free(delivery);
}

struct bank_delivery_counters bank_delivery_counters(const struct bank_delivery *delivery) {
    return delivery->counters;
}
