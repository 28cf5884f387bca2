/* The table: a row per phase, a bit per phase it may move to. */
#include "atm-client/core/phase.h"

#include <stdint.h>

#define TO(id) (UINT32_C(1) << ATM_PHASE_##id)

static const uint32_t moves[ATM_PHASE_COUNT] = {
    [ATM_PHASE_OUT_OF_SERVICE] = TO(RECOVERING) | TO(CONTACT) | TO(SUPERVISOR),
    [ATM_PHASE_RECOVERING] = TO(OUT_OF_SERVICE),
    [ATM_PHASE_CONTACT] = TO(IDLE) | TO(OUT_OF_SERVICE),
    [ATM_PHASE_IDLE] = TO(CARD) | TO(CONTACT) | TO(SUPERVISOR) | TO(OUT_OF_SERVICE),
    [ATM_PHASE_SUPERVISOR] = TO(IDLE) | TO(OUT_OF_SERVICE),
    [ATM_PHASE_CARD] = TO(PIN) | TO(EJECTING),
    [ATM_PHASE_PIN] = TO(SESSION) | TO(CARD) | TO(EJECTING),
    [ATM_PHASE_SESSION] =
        TO(INQUIRY) | TO(REQUESTED) | TO(ESCROW) | TO(TRANSFERRING) | TO(EJECTING),
    [ATM_PHASE_INQUIRY] = TO(SESSION),
    [ATM_PHASE_REQUESTED] = TO(INTENT) | TO(SESSION),
    [ATM_PHASE_INTENT] = TO(DISPENSING),
    [ATM_PHASE_DISPENSING] = TO(PRESENTED) | TO(DONE),
    [ATM_PHASE_PRESENTED] = TO(DONE),
    [ATM_PHASE_DONE] = TO(SESSION),
    [ATM_PHASE_ESCROW] = TO(DEPOSITING) | TO(RETURNING) | TO(SESSION),
    [ATM_PHASE_DEPOSITING] = TO(STOWING) | TO(RETURNING),
    [ATM_PHASE_STOWING] = TO(DONE) | TO(RETURNING),
    [ATM_PHASE_RETURNING] = TO(SESSION),
    [ATM_PHASE_TRANSFERRING] = TO(SESSION),
    [ATM_PHASE_EJECTING] = TO(IDLE) | TO(OUT_OF_SERVICE),
};

static const char *const texts[ATM_PHASE_COUNT] = {
#define ATM_PHASE_TEXT(id, text) text,
    ATM_PHASES(ATM_PHASE_TEXT)
#undef ATM_PHASE_TEXT
};

bool atm_phase_allowed(enum atm_phase from, enum atm_phase to) {
    return (moves[from] >> to & 1u) != 0;
}

const char *atm_phase_text(enum atm_phase phase) {
    return texts[phase];
}
