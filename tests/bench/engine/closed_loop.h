/*
 * Mode engine: keeps options->depth transfers in flight at a posting engine in this process. An
 * item that is done is submitted again at once, with a new payee, txid and STAN, as bank-server's
 * intake would after reading a request: prepared (token unsealed, content digested), then handed
 * over. Nothing else of a bank server is there: no connection but the lanes', no JSON, no answer's
 * text.
 *
 *   CONNECTING --all lanes ready--> WARMING --time--> MEASURING --time--> ENDING --all done-->
 * result
 *
 * Every transfer must be decided afresh and approved, else the run fails. Single-threaded.
 */
#ifndef BENCH_ENGINE_CLOSED_LOOP_H
#define BENCH_ENGINE_CLOSED_LOOP_H

#include "bank.h"

struct tw_status bench_engine_run(const struct bench_options *options,
                                  const struct bench_bank *bank, const struct tw_keyring *keyring,
                                  struct bench_result *ret_result, struct tw_error *ret_error);

#endif
