/*
 * A scenario of chance operations from a profile: how many banks, customers, machines and
 * operations, how large, and how often something goes wrong. The same profile and seed give the
 * same file, byte for byte.
 */
#ifndef SCN_GENERATE_H
#define SCN_GENERATE_H

#include "scenario/schema.h"

extern const struct scn_shape scn_profile_shape;

/* Reads the profile, complaining on standard error; writes the scenario to file, NULL: standard
 * output. seed 0: the profile's own. */
TW_MUST_USE bool scn_generate(const char *profile, uint64_t seed, const char *file);

#endif
