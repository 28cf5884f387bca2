/*
 * PINs and card numbers given by operators: the first line of a file, or a line of standard input
 * (without echo on a terminal). Never an argument: every user of the machine can read those in the
 * list of processes. The caller wipes what it got. With both from standard input, the card number
 * stands on the line before the PIN.
 */
#ifndef BANK_CTL_SECRET_H
#define BANK_CTL_SECRET_H

#include "core/pan.h"
#include "desk/arguments.h"
#include "pin/pin_block.h"

/* file NULL: standard input. IO, or INVALID_PARAMS when the line is not a PIN. */
struct tw_status ctl_pin_read(const char *file, char ret_pin[TW_PIN_TEXT_SIZE],
                              struct tw_error *ret_error);
/* Likewise a card number with its check digit. */
struct tw_status ctl_pan_read(const char *file, char ret_pan[TW_PAN_TEXT_SIZE],
                              struct tw_error *ret_error);

/* By --pin-file or --pin-stdin, one of which must be given. */
struct tw_status ctl_option_pin(const struct ctl_arguments *arguments,
                                char ret_pin[TW_PIN_TEXT_SIZE], struct tw_error *ret_error);
/* By --pan-file or --pan-stdin; empty when neither is given. */
struct tw_status ctl_option_pan(const struct ctl_arguments *arguments,
                                char ret_pan[TW_PAN_TEXT_SIZE], struct tw_error *ret_error);

#endif
