/*
 * One small query a second tells all: the open window, the times, and since when they count. What
 * was done is in the database (when the open window was opened), nothing is remembered here; so it
 * does not matter which bank server does it, or how often it starts.
 *
 * A cut-over waits for the batches in flight, in the database and not longer than its limit there;
 * then it is tried again later, because all others wait with it.
 */
#include "flow/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/schedule.h"

#define TICK_US        INT64_C(1000000)
#define AGAIN_US       INT64_C(5000000) /* after batches in flight did not end in time */
#define STEPS_MAX      8                /* cut-overs in a row, to follow the network */
#define TIMES_SIZE     1024
#define CLOCK_SLACK_MS INT64_C(60000)

struct bank_windows {
    struct bank_flows *flows;
    struct bank_db *db;
    struct bank_params params;
    struct tw_timer tick;
    bool busy; /* a round trip is under way */
    int32_t open_window;
    int64_t since_ms;
    char times[TIMES_SIZE];
    int32_t network_window; /* the network's open window, 0: not known */
    int32_t opened;         /* by the cut-over under way; 0: it has to be tried again */
    bool by_other;
    int steps_left;
    int64_t not_before_us;
    bool clock_told;
};

static void read_state(struct bank_windows *windows);

static int64_t wall_ms(const struct bank_windows *windows) {
    return tw_wall_ms(tw_loop_clock(windows->flows->loop));
}

/* --- cutting over ---------------------------------------------------------------------------- */

static void on_opened(void *context, PGresult *result) {
    struct bank_windows *windows = context;
    windows->by_other = bank_row_null(result, 0, 0);
    windows->opened = bank_row_i32(result, 0, 0, 0);
}

static void on_cut_over(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_windows *windows = context;
    windows->busy = false;
    if (!tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "cut-over failed", TW_STR("reason", error->detail));
        windows->not_before_us = tw_loop_now_us(windows->flows->loop) + AGAIN_US;
        return;
    }
    if (windows->opened > 0) {
        tw_log(TW_LOG_INFO, "settlement window opened", TW_INT("window_no", windows->opened));
    } else if (!windows->by_other) {
        tw_log(TW_LOG_WARN, "cut-over waits", TW_STR("reason", "batches in flight do not end"));
        windows->not_before_us = tw_loop_now_us(windows->flows->loop) + AGAIN_US;
        return;
    }
    if (--windows->steps_left > 0) {
        read_state(windows);
    }
}

static void cut_over(struct bank_windows *windows) {
    windows->busy = true;
    windows->opened = 0;
    windows->by_other = false;
    bank_params_i32(&windows->params, windows->open_window);
    bank_params_i64(&windows->params, wall_ms(windows));
    bank_db_send(windows->db, BANK_SQL_cut_over, &windows->params, on_opened, windows);
    bank_db_sync(windows->db, on_cut_over, windows);
}

/* --- what is due ------------------------------------------------------------------------------ */

static bool is_due(struct bank_windows *windows) {
    if (windows->open_window == 0 ||
        tw_loop_now_us(windows->flows->loop) < windows->not_before_us) {
        return false;
    }
    int64_t now_ms = wall_ms(windows);
    bool behind = windows->times[0] != '\0' && windows->since_ms > now_ms + CLOCK_SLACK_MS;
    if (behind && !windows->clock_told) {
        tw_log(TW_LOG_WARN, "no cut-over at the bank's own times",
               TW_STR("reason", "the clock is behind the last cut-over"));
    }
    windows->clock_told = behind;
    return windows->network_window > windows->open_window ||
           bank_schedule_due(windows->times, windows->since_ms, now_ms);
}

static void on_row(void *context, PGresult *result) {
    struct bank_windows *windows = context;
    if (PQntuples(result) != 1) {
        return;
    }
    const char *times = bank_row_text(result, 0, 1);
    windows->open_window = bank_row_i32(result, 0, 0, 0);
    windows->since_ms = bank_row_i64(result, 0, 2, 0);
    (void)snprintf(windows->times, sizeof windows->times, "%s",
                   strlen(times) < sizeof windows->times ? times : "");
}

static void on_read(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_windows *windows = context;
    (void)error;
    windows->busy = false;
    if (tw_ok(status) && !windows->flows->stopping && is_due(windows)) {
        cut_over(windows);
    }
}

static void read_state(struct bank_windows *windows) {
    if (bank_db_ready(windows->db) && !windows->busy) {
        windows->busy = true;
        bank_db_send(windows->db, BANK_SQL_windows_read, NULL, on_row, windows);
        bank_db_sync(windows->db, on_read, windows);
    }
}

static void begin(struct bank_windows *windows) {
    windows->steps_left = STEPS_MAX;
    read_state(windows);
}

static void on_tick(void *context) {
    struct bank_windows *windows = context;
    struct tw_loop *loop = windows->flows->loop;
    tw_loop_timer_set(loop, &windows->tick, tw_loop_now_us(loop) + TICK_US);
    begin(windows);
}

static void on_ready(void *context) {
    begin(context);
}

static void on_lost(void *context) {
    struct bank_windows *windows = context;
    windows->busy = false;
}

int32_t bank_windows_open(const struct bank_flows *flows) {
    return flows->windows != NULL ? flows->windows->open_window : 0;
}

void bank_windows_follow(struct bank_flows *flows, int32_t open_window_no) {
    struct bank_windows *windows = flows->windows;
    if (windows != NULL && open_window_no > windows->network_window) {
        windows->network_window = open_window_no;
        begin(windows);
    }
}

struct tw_status bank_windows_new(struct bank_flows *flows, const char *conninfo,
                                  const char *server_name, struct bank_windows **ret_windows,
                                  struct tw_error *ret_error) {
    struct bank_windows *windows = calloc(1, sizeof *windows);
    if (windows == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "windows");
    }
    windows->flows = flows;
    windows->tick = (struct tw_timer){.run = on_tick, .context = windows};
    struct tw_status status = bank_flows_connect(flows, conninfo, server_name, on_ready, on_lost,
                                                 windows, &windows->db, ret_error);
    if (!tw_ok(status)) {
        bank_windows_free(windows);
        return status;
    }
    tw_loop_timer_set(flows->loop, &windows->tick, tw_loop_now_us(flows->loop) + TICK_US);
    *ret_windows = windows;
    return status;
}

void bank_windows_free(struct bank_windows *windows) {
    if (windows == NULL) {
        return;
    }
    tw_loop_timer_clear(windows->flows->loop, &windows->tick);
    bank_db_free(windows->db);
    bank_params_free(&windows->params);
    free(windows);
}
