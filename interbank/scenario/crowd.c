/* The thread waits for all its terminals at once and gives each the next operation as soon as it
 * has reported the last one. Chance is drawn before, per operation, so that the seed repeats what
 * was asked; what comes back depends on the race, as it does for real crowds. */
#include "scenario/crowd.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/terminal.h"

#define CROWD_MAX 64

struct scn_crowd {
    struct scn_run *run;
    pthread_t thread;
    struct tw_seeded random;
    size_t terminal_count;
    struct scn_terminal *terminals[CROWD_MAX];
    int64_t wanted, done, approved;
    int64_t max_amount;
    const json_t *kinds;  /* NULL: all */
    volatile bool enough; /* the steps of the block are done: stop when wanted are done */
    char *problem;
};

static const char *const all_kinds[] = {"withdraw", "withdraw", "balance", "deposit", "transfer"};

static const char *draw_kind(struct scn_crowd *crowd) {
    size_t own = json_array_size(crowd->kinds);
    if (own > 0)
        return json_string_value(
            json_array_get(crowd->kinds, (size_t)tw_seeded_below(&crowd->random, (int64_t)own)));
    return all_kinds[tw_seeded_below(&crowd->random, 5)];
}

static struct scn_card *draw_card(struct scn_crowd *crowd) {
    struct scn_run *run = crowd->run;
    return &run->cards[tw_seeded_below(&crowd->random, (int64_t)run->card_count)];
}

static json_t *draw(struct scn_crowd *crowd) {
    const char *kind = draw_kind(crowd);
    const struct scn_card *card = draw_card(crowd);
    int64_t tens = crowd->max_amount / 1000 > 0 ? crowd->max_amount / 1000 : 1;
    int64_t amount = (1 + tw_seeded_below(&crowd->random, tens)) * 1000;
    json_t *step = json_pack("{s:s, s:s, s:s}", "do", kind, "card", card->name, "pin", card->pin);
    if (strcmp(kind, "withdraw") == 0)
        scn_set(step, "amount", json_integer(amount / 1000 % 2 == 0 ? amount : amount + 1000));
    if (strcmp(kind, "deposit") == 0)
        scn_set(
            step, "notes",
            json_pack("[{s:i, s:I}]", "denomination", 1000, "count", (json_int_t)(amount / 1000)));
    if (strcmp(kind, "transfer") == 0) {
        const struct scn_account *to =
            &crowd->run
                 ->accounts[tw_seeded_below(&crowd->random, (int64_t)crowd->run->account_count)];
        scn_set(step, "to", json_string(to->iban));
        scn_set(step, "amount", json_integer(amount));
    }
    return step;
}

static void give(struct scn_crowd *crowd, struct scn_terminal *terminal) {
    TW_JSON_OWNED json_t *step = draw(crowd);
    char *problem = scn_terminal_begin(crowd->run, terminal, step, NULL);
    if (problem != NULL && crowd->problem == NULL)
        crowd->problem = problem;
    else
        free(problem);
}

static void take(struct scn_crowd *crowd, struct scn_terminal *terminal) {
    char *problem = NULL;
    TW_JSON_OWNED json_t *report =
        scn_terminal_end(crowd->run, terminal, scn_now_us() + SCN_ANSWER_US, &problem);
    crowd->done++;
    crowd->approved += strcmp(scn_text_or(report, "verdict", ""), "approved") == 0;
    if (report == NULL && crowd->problem == NULL)
        crowd->problem = problem;
    else
        free(problem);
}

static bool over(const struct scn_crowd *crowd) {
    return crowd->problem != NULL || scn_interrupted ||
           (crowd->enough && crowd->done >= crowd->wanted);
}

static void *flow(void *context) {
    struct scn_crowd *crowd = context;
    size_t busy = crowd->terminal_count;
    bool waiting[CROWD_MAX] = {false};
    for (size_t i = 0; i < crowd->terminal_count; i++) {
        give(crowd, crowd->terminals[i]);
        waiting[i] = true;
    }
    while (busy > 0 && crowd->problem == NULL) {
        struct pollfd fds[CROWD_MAX];
        for (size_t i = 0; i < crowd->terminal_count; i++)
            fds[i] = (struct pollfd){.fd = waiting[i] ? crowd->terminals[i]->life.out : -1,
                                     .events = POLLIN};
        if (poll(fds, crowd->terminal_count, 200) <= 0)
            continue;
        for (size_t i = 0; i < crowd->terminal_count; i++) {
            if (fds[i].revents == 0 || !waiting[i])
                continue;
            take(crowd, crowd->terminals[i]);
            if (over(crowd)) {
                waiting[i] = false;
                busy--;
            } else {
                give(crowd, crowd->terminals[i]);
            }
        }
    }
    return NULL;
}

struct scn_crowd *scn_crowd_begin(struct scn_run *run, const json_t *block, char **ret_problem) {
    struct scn_crowd *crowd = calloc(1, sizeof *crowd);
    tw_assert(crowd != NULL);
    crowd->run = run;
    crowd->random.state = tw_seeded_next(&run->random);
    crowd->wanted = scn_number(block, "operations", 1);
    crowd->max_amount = scn_money(block, "max_amount", 6000);
    crowd->kinds = json_object_get(block, "kinds");
    const json_t *names = json_object_get(block, "terminals");
    for (size_t i = 0; i < run->terminal_count; i++) {
        bool meant = names == NULL;
        size_t index;
        const json_t *name;
        json_array_foreach(names, index, name) meant =
            meant || strcmp(json_string_value(name), run->terminals[i].name) == 0;
        if (meant && !run->terminals[i].busy && crowd->terminal_count < CROWD_MAX)
            crowd->terminals[crowd->terminal_count++] = &run->terminals[i];
    }
    if (crowd->terminal_count == 0 || run->card_count == 0) {
        *ret_problem = scn_copy("a load needs terminals and customers");
        free(crowd);
        return NULL;
    }
    for (size_t i = 0; i < crowd->terminal_count; i++)
        crowd->terminals[i]->busy = true;
    tw_assert(pthread_create(&crowd->thread, NULL, flow, crowd) == 0);
    return crowd;
}

void scn_crowd_end(struct scn_crowd *crowd, char **ret_shown, char **ret_problem) {
    crowd->enough = true;
    tw_assert(pthread_join(crowd->thread, NULL) == 0);
    for (size_t i = 0; i < crowd->terminal_count; i++)
        crowd->terminals[i]->busy = false;
    if (*ret_shown == NULL)
        *ret_shown = scn_format("%" PRId64 " operations, %" PRId64 " approved", crowd->done,
                                crowd->approved);
    if (*ret_problem == NULL)
        *ret_problem = crowd->problem;
    else
        free(crowd->problem);
    free(crowd);
}
