/* A directory that is taken over replaces everything at once: routes, peers and what we hand out.
 */
#include "flow/bulletin.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"

#define READ_US INT64_C(2000000)
#define ASK_US  INT64_C(60000000)
#define WAIT_US INT64_C(10000000)

struct bank_bulletin {
    struct bank_flows *flows;
    struct bank_db *db;
    struct bank_params params;
    const char *root_file;
    struct ib_directory *directory;
    char *jws;
    char *refused; /* stored one that cannot be used: said once */
    struct tw_timer tick;
    int64_t ask_due_us;
    bool reading;
};

static struct tw_status set_peers(struct bank_bulletin *bulletin, struct tw_error *error) {
    static struct ib_peer_address_list banks[IB_BANKS_MAX];
    static const char *addresses[IB_BANKS_MAX][IB_BANK_ADDRESSES_MAX];
    size_t count = ib_directory_count(bulletin->directory);
    for (size_t i = 0; i < count; i++) {
        const struct ib_bank *bank = ib_directory_at(bulletin->directory, i);
        for (size_t a = 0; a < bank->address_count; a++) {
            addresses[i][a] = bank->addresses[a];
        }
        banks[i] = (struct ib_peer_address_list){.bank_code = bank->code,
                                                 .addresses = addresses[i],
                                                 .address_count = bank->address_count};
    }
    return ib_peers_set(bulletin->flows->peers, banks, count, error);
}

/* directory and jws are taken over. */
static void take_over(struct bank_bulletin *bulletin, struct ib_directory *directory, char *jws) {
    struct bank_flows *flows = bulletin->flows;
    struct tw_error error = {0};
    flows->directory = directory;
    flows->services->directory_jws = jws;
    flows->services->directory_serial = ib_directory_serial(directory);
    ib_directory_free(bulletin->directory);
    free(bulletin->jws);
    bulletin->directory = directory;
    bulletin->jws = jws;
    struct tw_status status = set_peers(bulletin, &error);
    if (ib_directory_bank(directory, flows->services->bank_code) == NULL) {
        tw_log(TW_LOG_ERROR, "left out of the network",
               TW_STR("reason", "the directory does not name this bank: no peer will call it"),
               TW_INT("serial", flows->services->directory_serial));
    }
    tw_log(tw_ok(status) ? TW_LOG_INFO : TW_LOG_ERROR, "directory",
           TW_INT("serial", flows->services->directory_serial),
           TW_INT("banks", (int64_t)ib_directory_count(directory)),
           TW_STR("reason", tw_ok(status) ? "" : error.detail));
}

/* --- what is stored ----------------------------------------------------------------------------
 */

static void on_row(void *context, PGresult *result) {
    struct bank_bulletin *bulletin = context;
    if (PQntuples(result) == 0) {
        return;
    }
    const char *jws = bank_row_text(result, 0, 1);
    struct ib_directory *directory = NULL;
    struct tw_error error = {0};
    struct tw_status status = ib_directory_open(jws, bulletin->root_file, &directory, &error);
    char *copy = tw_ok(status) ? strdup(jws) : NULL;
    if (copy != NULL) {
        take_over(bulletin, directory, copy);
        return;
    }
    ib_directory_free(directory);
    bool said = bulletin->refused != NULL && strcmp(bulletin->refused, jws) == 0;
    if (!said) {
        tw_log(TW_LOG_ERROR, "stored directory refused", TW_STR("reason", error.detail));
        free(bulletin->refused);
        bulletin->refused = strdup(jws);
    }
}

static void on_read(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_bulletin *bulletin = context;
    struct bank_flows *flows = bulletin->flows;
    bulletin->reading = false;
    if (tw_ok(status) && !flows->informed) {
        flows->informed = true;
        flows->on_informed(flows->on_informed_context);
    } else if (!tw_ok(status)) {
        bank_db_reset(bulletin->db, error->detail);
    }
}

static void read_stored(struct bank_bulletin *bulletin) {
    if (!bank_db_ready(bulletin->db) || bulletin->reading) {
        return;
    }
    bulletin->reading = true;
    bank_params_i64(&bulletin->params, bulletin->flows->services->directory_serial);
    bank_db_send(bulletin->db, BANK_SQL_directory_read, &bulletin->params, on_row, bulletin);
    bank_db_sync(bulletin->db, on_read, bulletin);
}

/* --- what peers offer ---------------------------------------------------------------------------
 */

static void store(struct bank_bulletin *bulletin, const struct ib_directory *directory,
                  const char *jws) {
    struct bank_params *params = &bulletin->params;
    size_t count = ib_directory_count(directory);
    if (!bank_db_ready(bulletin->db)) {
        return;
    }
    bank_params_i64(params, ib_directory_serial(directory));
    bank_params_text(params, jws);
    bank_params_array(params, BANK_INT4, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i32(params, ib_directory_at(directory, i)->code);
    }
    bank_params_array(params, BANK_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_text(params, ib_directory_at(directory, i)->name);
    }
    bank_db_send(bulletin->db, BANK_SQL_directory_install, params, NULL, NULL);
    bank_db_sync(bulletin->db, on_read, bulletin);
}

static void on_offer(void *context, const struct tw_answer *answer) {
    struct bank_bulletin *bulletin = context;
    const char *jws = tw_ok(answer->status)
                          ? json_string_value(json_object_get(answer->result, "directory"))
                          : NULL;
    struct ib_directory *directory = NULL;
    struct tw_error error = {0};
    if (jws == NULL) {
        return;
    }
    struct tw_status status = ib_directory_open(jws, bulletin->root_file, &directory, &error);
    if (!tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "a peer's directory refused", TW_STR("reason", error.detail));
    } else if (ib_directory_serial(directory) > bulletin->flows->services->directory_serial) {
        store(bulletin, directory, jws);
    }
    ib_directory_free(directory);
}

void bank_bulletin_ask(struct bank_bulletin *bulletin, int32_t peer) {
    struct bank_flows *flows = bulletin->flows;
    char text[TW_UUID_TEXT_SIZE];
    struct tw_uuid txid = tw_uuid_v7(tw_loop_clock(flows->loop), tw_loop_random(flows->loop));
    json_t *params = json_pack("{s:s, s:I}", "txid", tw_uuid_text(&txid, text), "serial",
                               (json_int_t)flows->services->directory_serial);
    if (params != NULL) {
        ib_peers_call(flows->peers, peer, tw_method(TW_METHOD_DIRECTORY_GET)->name, params,
                      tw_loop_now_us(flows->loop) + WAIT_US, on_offer, bulletin);
        json_decref(params);
    }
}

static void ask_everybody(struct bank_bulletin *bulletin) {
    const struct bank_flows *flows = bulletin->flows;
    size_t count = bulletin->directory != NULL ? ib_directory_count(bulletin->directory) : 0;
    for (size_t i = 0; i < count; i++) {
        int32_t code = ib_directory_at(bulletin->directory, i)->code;
        if (ib_peers_up(flows->peers, code) > 0) {
            bank_bulletin_ask(bulletin, code);
        }
    }
}

static void on_tick(void *context) {
    struct bank_bulletin *bulletin = context;
    int64_t now_us = tw_loop_now_us(bulletin->flows->loop);
    tw_loop_timer_set(bulletin->flows->loop, &bulletin->tick, now_us + READ_US);
    read_stored(bulletin);
    if (now_us >= bulletin->ask_due_us) {
        bulletin->ask_due_us = now_us + ASK_US;
        ask_everybody(bulletin);
    }
}

/* Before the first caller is let in: a schema that is not this program's is found here, and not by
 * a customer. */
static void on_ready(void *context) {
    struct bank_bulletin *bulletin = context;
    bank_db_prepare_all(bulletin->db);
    read_stored(bulletin);
}

static void on_lost(void *context) {
    struct bank_bulletin *bulletin = context;
    bulletin->reading = false;
}

struct tw_status bank_bulletin_new(struct bank_flows *flows, const char *conninfo,
                                   const char *server_name, const char *root_file,
                                   struct bank_bulletin **ret_bulletin,
                                   struct tw_error *ret_error) {
    struct bank_bulletin *bulletin = calloc(1, sizeof *bulletin);
    if (bulletin == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "bulletin");
    }
    bulletin->flows = flows;
    bulletin->root_file = root_file;
    bulletin->tick = (struct tw_timer){.run = on_tick, .context = bulletin};
    struct tw_status status = bank_flows_connect(flows, conninfo, server_name, on_ready, on_lost,
                                                 bulletin, &bulletin->db, ret_error);
    if (!tw_ok(status)) {
        bank_bulletin_free(bulletin);
        return status;
    }
    tw_loop_timer_set(flows->loop, &bulletin->tick, tw_loop_now_us(flows->loop) + READ_US);
    *ret_bulletin = bulletin;
    return status;
}

void bank_bulletin_free(struct bank_bulletin *bulletin) {
    if (bulletin == NULL) {
        return;
    }
    tw_loop_timer_clear(bulletin->flows->loop, &bulletin->tick);
    bank_db_free(bulletin->db);
    bank_params_free(&bulletin->params);
    ib_directory_free(bulletin->directory);
    free(bulletin->jws);
    free(bulletin->refused);
    free(bulletin);
}
