/*
 * One pair of one window on its way to be agreed: a talk, from the question for the peer's totals
 * to what is noted. Internal to flow/clearing*.c.
 *
 *   ASKING -> READING -> noted                      still waits
 *                     -> AGREEING -> noted          the same totals
 *                     -> comparison -> AGREEING     clearing_compare.h
 *
 * A talk ends by bank_talk_end, and with it the memory; a talk that the database is lost under is
 * begun again by a later poll.
 */
#ifndef BANK_FLOW_CLEARING_PAIR_H
#define BANK_FLOW_CLEARING_PAIR_H

#include "clearing/match.h"
#include "flow/clearing_parts.h"

struct bank_comparison;

struct bank_talk {
    struct bank_clearing *clearing;
    struct bank_talk *next;
    int32_t window_no, peer;
    char state[BANK_STATE_SIZE]; /* of the pair, before */
    struct bank_pair_facts facts;
    struct bank_pair_positions positions;
    char *statement, *certificate; /* the peer's, whose signature was checked */
    struct bank_comparison *comparison;
    bool in_database; /* a round trip is under way */
    bool news, refused;
    char outcome[12]; /* of pair_agree */
    char reason[BANK_REASON_SIZE];
};

void bank_talk_begin(struct bank_clearing *clearing, const struct bank_pair_view *pair);
void bank_talk_end(struct bank_talk *talk);
/* Ends it and begins another one: as the last thing that a callback does with it. */
void bank_talk_over(struct bank_talk *talk);
void bank_talk_log_failure(const struct bank_talk *talk, const struct tw_error *error);
bool bank_talk_under_way(const struct bank_clearing *clearing, int32_t window_no, int32_t peer);
/* The connection was lost: talks that wait for it end. */
void bank_talks_lost(struct bank_clearing *clearing);

/* Notes what the pair waits for, and ends the talk. */
void bank_talk_note(struct bank_talk *talk, const char *state, const char *reason);
/* What is agreed when the items that match leaves of ours are left out; match may be NULL. */
struct ib_match_agreed bank_talk_agreed(const struct bank_talk *talk, const struct ib_match *match);
/* Agrees what the positions say less the breaks (match; NULL: none), and ends the talk. */
void bank_talk_agree(struct bank_talk *talk, const struct ib_match *match);

#endif
