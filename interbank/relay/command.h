/*
 * The relay's commands: JSON lines from one descriptor, each answered by one JSON line on another.
 *
 *   {"do":"cut","link":PATTERN,"how":"close|silent"}   {"do":"heal","link":PATTERN}
 *   {"do":"rule","link":PATTERN,"method":PATTERN,"which":"request|answer",
 *    "what":"lose|delay|duplicate|reorder|change","times":N,"chance_permille":N,"ms":N,
 *    "copies":N,"set":{...}}                           -> "rule": its number
 *   {"do":"end","rule":N}   {"do":"end"}: all          {"do":"hits","rule":N}  -> "hits"
 *   {"do":"wait","rule":N,"hits":N,"ms":N}             -> "hits", when reached; else "ok":false
 *   {"do":"links"}          -> "links"                 {"do":"now"}   {"do":"reload"}
 *
 * Answers: {"ok":true,"at_us":N,...} with the time of the trace, or {"error":"reason"}: then
 * nothing was done. While a wait is open, later commands wait too. A pattern that no link matches
 * is an error. Owns neither descriptor; on_end is called once, when there are no more commands.
 */
#ifndef RL_COMMAND_H
#define RL_COMMAND_H

#include "relay/relay.h"

struct rl_desk;

struct tw_status rl_desk_new(struct tw_loop *loop, struct rl_relay *relay, int in, int out,
                             void (*on_end)(void *context), void *context,
                             struct rl_desk **ret_desk, struct tw_error *ret_error);
void rl_desk_free(struct rl_desk *desk);

#endif
