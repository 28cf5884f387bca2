/* What the parts of the player share; for the face folder only. */
#ifndef ATM_FACE_PLAY_INTERNAL_H
#define ATM_FACE_PLAY_INTERNAL_H

#include "atm-client/face/play.h"

/* Plays one verb: the verdict, and a report that the caller owns. */
typedef enum atm_verdict (*atm_verb_fn)(struct atm_player *player, const struct atm_step *step,
                                        json_t **ret_report);

/* Reports: of an outcome, of a refusal before the core was asked, of a status of the simulation. */
enum atm_verdict atm_play_report(const struct atm_player *player, enum atm_verb verb,
                                 const struct atm_waiting *waiting, json_t **ret_report);
enum atm_verdict atm_play_refuse(const struct atm_player *player, enum atm_verb verb, enum tw_rc rc,
                                 const char *text, json_t **ret_report);
enum atm_verdict atm_play_status_of(const struct atm_player *player, enum atm_verb verb,
                                    struct tw_status status, const struct tw_error *error,
                                    json_t **ret_report);
/* Runs a core operation without arguments to its end. */
enum atm_verdict atm_play_run(struct atm_player *player, enum atm_verb verb,
                              void (*start)(struct atm_terminal *terminal, atm_done_fn done,
                                            void *context),
                              json_t **ret_report);
/* True when the terminal is signed on, now or already; else *ret_report says why not. */
bool atm_play_signed_on(struct atm_player *player, enum atm_verb verb,
                        enum atm_verdict *ret_verdict, json_t **ret_report);
void atm_play_forget_card(struct atm_player *player);
enum atm_verdict atm_play_eject(struct atm_player *player, json_t **ret_report);

/* play_customer.c */
enum atm_verdict atm_play_close(struct atm_player *player, const struct atm_step *step,
                                json_t **ret_report);
enum atm_verdict atm_play_customer(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report);
enum atm_verdict atm_play_open(struct atm_player *player, const struct atm_step *step,
                               json_t **ret_report);

/* play_staff.c */
enum atm_verdict atm_play_advices(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report);
enum atm_verdict atm_play_balance_cash(struct atm_player *player, const struct atm_step *step,
                                       json_t **ret_report);
enum atm_verdict atm_play_clear_faults(struct atm_player *player, const struct atm_step *step,
                                       json_t **ret_report);
enum atm_verdict atm_play_collect_cards(struct atm_player *player, const struct atm_step *step,
                                        json_t **ret_report);
enum atm_verdict atm_play_cut_over(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report);
enum atm_verdict atm_play_echo(struct atm_player *player, const struct atm_step *step,
                               json_t **ret_report);
enum atm_verdict atm_play_fault(struct atm_player *player, const struct atm_step *step,
                                json_t **ret_report);
enum atm_verdict atm_play_journal(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report);
enum atm_verdict atm_play_receipt(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report);
enum atm_verdict atm_play_recover(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report);
enum atm_verdict atm_play_remove(struct atm_player *player, const struct atm_step *step,
                                 json_t **ret_report);
enum atm_verdict atm_play_replenish(struct atm_player *player, const struct atm_step *step,
                                    json_t **ret_report);
enum atm_verdict atm_play_sign_off(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report);
enum atm_verdict atm_play_sign_on(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report);
enum atm_verdict atm_play_status(struct atm_player *player, const struct atm_step *step,
                                 json_t **ret_report);
enum atm_verdict atm_play_take(struct atm_player *player, const struct atm_step *step,
                               json_t **ret_report);
enum atm_verdict atm_play_totals(struct atm_player *player, const struct atm_step *step,
                                 json_t **ret_report);
enum atm_verdict atm_play_world(struct atm_player *player, const struct atm_step *step,
                                json_t **ret_report);

#endif
