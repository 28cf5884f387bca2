/*
 * Starts terminals, a few at a time (each start costs a TLS handshake and a PIN block), and has
 * them do what commands say.
 *
 *   STARTING --all READY--> IDLE --measure--> WARMING --time--> MEASURING --time--> DRAINING
 *                           | ^  ^                                                     |
 *                           | |  +----------------- all READY: result is printed ------+
 *                           | +-- all lost, all READY again: result -- STORMING <--storm-- IDLE
 *                           +--end of commands--> ENDING --all ENDED--> returns
 *
 * Before WARMING and STORMING, sessions that nobody used for too long are opened again (RENEWING).
 * IDLE terminals are kept alive by pings. Results are JSON objects on standard output, a line each.
 */
#ifndef BENCH_DRIVE_H
#define BENCH_DRIVE_H

#include "material.h"

/* Runs until the commands end; fails when a terminal does, or answers do not come. */
struct tw_status bench_drive(const struct bench_options *options,
                             const struct bench_material *material, struct tw_error *ret_error);

#endif
