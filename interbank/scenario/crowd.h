/*
 * A load: a thread in which a crowd of customers does chance operations at terminals of its own,
 * while the steps of the block are played. It never judges an answer (any decline is possible): the
 * invariants do, at the end.
 */
#ifndef SCN_CROWD_H
#define SCN_CROWD_H

#include "scenario/run.h"

struct scn_crowd;

/* NULL with *ret_problem. The terminals belong to the crowd until it ends. */
struct scn_crowd *scn_crowd_begin(struct scn_run *run, const json_t *block, char **ret_problem);
/* Waits until as many operations are done as were asked for, at least; frees it. *ret_shown: what
 * was done, in words; *ret_problem: a terminal failed. Both malloc'd. */
void scn_crowd_end(struct scn_crowd *crowd, char **ret_shown, char **ret_problem);

#endif
