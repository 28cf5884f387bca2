/*
 * Primary account numbers (ISO/IEC 7812): 12 to 19 digits, Luhn check digit. Issuer identification
 * numbers of this network are 8 digits and begin with 9 (national use), so no card of a real scheme
 * can be typed in by accident. A PAN never appears in a log, trace or error: use tw_pan_mask.
 */
#ifndef TW_CORE_PAN_H
#define TW_CORE_PAN_H

#include "core/status.h"

#define TW_PAN_TEXT_SIZE 20

TW_MUST_USE bool tw_pan_valid(const char *pan); /* digits, length and Luhn */
/* 12 to 19 digits, mistyped or not, with blanks or dashes among them or not: what nobody may put
 * where others can read it, such as the command line. */
TW_MUST_USE bool tw_pan_suspected(const char *text);
/* Appends the check digit to `digits` (11 to 18 digits) in place; size is the buffer's. */
TW_MUST_USE bool tw_pan_append_check_digit(char *digits, size_t size);
/* "9276000112345674" -> "92760001****5674": 8-digit IIN and the last four (PCI DSS 3.4); of fewer
 * than 16 digits only the last four; of anything that has no PAN's length nothing. */
const char *tw_pan_mask(const char *pan, char buffer[TW_PAN_TEXT_SIZE]);

#endif
