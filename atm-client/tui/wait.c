/*
 * While an operation is under way the loop belongs to the machine; what is seen of it is drawn
 * from the callbacks: the phase of the terminal, and the cash at the shutter with its countdown.
 * The customer's hand is the OK key.
 */
#include <stdio.h>

#include "atm-client/tui/internal.h"
#include "pin/pin_block.h"

#define SECOND_US 1000000

static struct tui *shown(void *context) {
    return *(struct tui **)context;
}

static int seconds_to_take(const struct tui *tui) {
    int64_t left_us = tui->taken_until_us - tw_loop_now_us(tui->machine->loop);
    return left_us > 0 ? (int)((left_us + SECOND_US - 1) / SECOND_US) : 0;
}

static void draw(struct tui *tui) {
    char text[TUI_TEXT_SIZE];
    char seconds[16];
    tui_title(tui);
    if (tui->presenting != NULL) {
        bool cash = tui->presented == TUI_CASH;
        tui_heading(tui_say(tui, cash ? ATM_MESSAGE_TAKE_CASH : ATM_MESSAGE_TAKE_CARD),
                    cash ? NULL : tui_say(tui, ATM_MESSAGE_THANK_YOU));
        tui_centre(9, TUI_NOTICE, "+----------------------------+");
        tui_centre(10, TUI_NOTICE,
                   cash ? "||||||||||||||||||||||||||||||" : "|  ####                      |");
        tui_centre(11, TUI_NOTICE, "+----------------------------+");
        (void)snprintf(seconds, sizeof seconds, "%d", seconds_to_take(tui));
        tui_centre(14, TUI_PLAIN, tui_say_with(tui, ATM_MESSAGE_SECONDS_LEFT, seconds, text));
        tui_hints(tui_say(tui, ATM_MESSAGE_HINT_TAKE));
    } else {
        tui_heading(tui->doing, tui_say(tui, ATM_MESSAGE_PLEASE_WAIT));
    }
    tui_finish_drawing(tui);
}

void tui_on_phase(void *context, enum atm_phase from, enum atm_phase to) {
    struct tui *tui = shown(context);
    if (tui == NULL) {
        return;
    }
    tui_trace_phase(&tui->trace, atm_phase_text(from), atm_phase_text(to));
    if (to == ATM_PHASE_DISPENSING && tui->doing != NULL) {
        tui->doing = tui_say(tui, ATM_MESSAGE_COUNTING_CASH);
        draw(tui);
    }
}

static void end_presenting(struct tui *tui, bool takes) {
    struct atm_sim *sim = tui->presenting;
    tui->presenting = NULL;
    tw_loop_timer_clear(tui->machine->loop, &tui->second);
    draw(tui);
    if (tui->presented == TUI_CASH) {
        atm_sim_customer(sim, takes);
    } else {
        atm_sim_customer_card(sim, takes);
    }
}

static void on_second(void *context) {
    struct tui *tui = context;
    if (seconds_to_take(tui) == 0) {
        end_presenting(tui, false);
        return;
    }
    tw_loop_timer_set(tui->machine->loop, &tui->second,
                      tw_loop_now_us(tui->machine->loop) + SECOND_US);
    draw(tui);
}

static void present(struct tui *tui, struct atm_sim *sim, enum tui_thing thing,
                    int64_t timeout_ms) {
    tui->presenting = sim;
    tui->presented = thing;
    tui->second = (struct tw_timer){.run = on_second, .context = tui};
    tui->taken_until_us = tw_loop_now_us(tui->machine->loop) + timeout_ms * 1000;
    tui_begin(tui, timeout_ms);
    on_second(tui);
}

void tui_on_presented(void *context, struct atm_sim *sim, int64_t timeout_ms) {
    struct tui *tui = shown(context);
    if (tui != NULL) {
        present(tui, sim, TUI_CASH, timeout_ms);
    } else {
        atm_sim_customer(sim, true);
    }
}

/* Who leaves takes the card along. */
void tui_on_ejected(void *context, struct atm_sim *sim, int64_t timeout_ms) {
    struct tui *tui = shown(context);
    if (tui != NULL && !tui->leaving) {
        present(tui, sim, TUI_CARD, timeout_ms);
    } else {
        atm_sim_customer_card(sim, true);
    }
}

void tui_wait_key(struct tui *tui) {
    int key = tui_read_key(tui);
    if (key == TUI_KEY_OK && tui->presenting != NULL) {
        end_presenting(tui, true);
    } else {
        draw(tui);
    }
}

/* Keys come to tui_wait_key from here on. */
static void begin_doing(struct tui *tui) {
    tui->doing = tui_say(tui, ATM_MESSAGE_ONE_MOMENT);
    (void)event_add(tui->input, NULL);
}

static void end_doing(struct tui *tui) {
    (void)event_del(tui->input);
    tui->doing = NULL;
}

void tui_wait(struct tui *tui, struct atm_waiting *waiting) {
    begin_doing(tui);
    atm_machine_wait(tui->machine, waiting);
    end_doing(tui);
}

enum atm_verdict tui_play(struct tui *tui, struct atm_step *step, json_t **ret_report) {
    struct tw_error error = {0};
    tw_assert(tw_ok(atm_step_check(step, &error)));
    atm_choose_language(tui->machine->terminal, tui->language);
    begin_doing(tui);
    draw(tui);
    enum atm_verdict verdict = atm_play(tui->player, step, ret_report);
    end_doing(tui);
    tw_wipe(step, sizeof *step);
    return verdict;
}
