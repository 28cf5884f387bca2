/*
 * Recording: what is played at a face, written as a script (face/script.h) that replays to the same
 * result. Each step stands with what came of it (`expect`); faults that were armed, and hands that
 * left cash or card, stand before it as `fault` lines. Steps that only look are left out. No secret
 * comes into the file: PINs and typed card numbers are asked for again on replay ("-").
 *
 * The file is new (CONFLICT when it is there already) and only its owner may read it; each line is
 * written whole before the next step. A file that cannot be written any more ends the recording,
 * not the session; atm_record_close says so. recorder may be NULL everywhere: then nothing is
 * recorded.
 */
#ifndef ATM_FACE_RECORD_H
#define ATM_FACE_RECORD_H

#include "atm-client/face/step.h"

struct atm_player;
struct atm_recorder;

struct tw_status atm_record_open(const char *file, struct atm_recorder **ret_recorder,
                                 struct tw_error *ret_error);
/* Around every step. */
void atm_record_before(struct atm_recorder *recorder, const struct atm_player *player,
                       const struct atm_step *step);
void atm_record_after(struct atm_recorder *recorder, const struct atm_player *player,
                      const struct atm_step *step, const json_t *report);
struct tw_status atm_record_close(struct atm_recorder *recorder, struct tw_error *ret_error);

#endif
