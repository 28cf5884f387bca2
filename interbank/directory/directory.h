/*
 * The directory: which banks the network has, the cards each issues and where its bank servers are
 * reached. It is one JWS (RFC 7515, compact, ES256) by the key of the network's root certificate,
 * so it may be learned from anybody; only a higher serial replaces one that is known. Payload:
 *
 *   {"serial": 3, "issued": "2026-11-20T09:00:00Z",
 *    "banks": [{"bank_code": "90000001", "name": "Alder Bank", "currency": "EUR",
 *               "iins": ["92760001"], "addresses": ["127.1.2.3:7101"]}]}
 *
 * Strict: other members, a bank or an IIN named twice, and more than the limits below are refused.
 * IINs are 6 to 8 digits, the first a 9 (ISO/IEC 7812, national use); one may be the beginning of
 * another, the longest wins. Addresses are host:port, not resolved here.
 * A directory is immutable and may be shared among threads; what it returns lives as long as it.
 * Errors: TOO_LARGE, PARSE, INVALID_PARAMS (schema), CRYPTO (signature), CONFIG (key file).
 */
#ifndef IB_DIRECTORY_DIRECTORY_H
#define IB_DIRECTORY_DIRECTORY_H

#include <stdint.h>

#include "core/money.h"
#include "core/status.h"

#define IB_DIRECTORY_TEXT_MAX 57344 /* characters of the JWS: fits a line of 64 KiB */
#define IB_BANKS_MAX          256
#define IB_BANK_IINS_MAX      16
#define IB_BANK_ADDRESSES_MAX 8
#define IB_BANK_NAME_SIZE     65
#define IB_IIN_SIZE           9
#define IB_ADDRESS_SIZE       80
#define IB_ISSUED_SIZE        21

struct ib_bank {
    int32_t code;
    char name[IB_BANK_NAME_SIZE];
    struct tw_currency currency;
    size_t iin_count, address_count;
    char iins[IB_BANK_IINS_MAX][IB_IIN_SIZE];
    char addresses[IB_BANK_ADDRESSES_MAX][IB_ADDRESS_SIZE];
};

struct ib_directory;

/* Checks the signature with the certificate in root_file, then reads the payload. */
struct tw_status ib_directory_open(const char *jws, const char *root_file,
                                   struct ib_directory **ret_directory, struct tw_error *ret_error);
/* Only the payload, for who makes one: nothing says where it comes from. */
struct tw_status ib_directory_read(const char *payload, size_t length,
                                   struct ib_directory **ret_directory, struct tw_error *ret_error);
/* Signs a payload that ib_directory_read accepts; *ret_jws is malloc'd. */
struct tw_status ib_directory_sign(const char *payload, size_t length, const char *key_file,
                                   char **ret_jws, struct tw_error *ret_error);
void ib_directory_free(struct ib_directory *directory);

int64_t ib_directory_serial(const struct ib_directory *directory);
const char *ib_directory_issued(const struct ib_directory *directory); /* UTC, RFC 3339 */
size_t ib_directory_count(const struct ib_directory *directory);
/* In the order of their codes. */
const struct ib_bank *ib_directory_at(const struct ib_directory *directory, size_t index);
/* NULL when there is none. digits: a PAN or any beginning of one. */
const struct ib_bank *ib_directory_bank(const struct ib_directory *directory, int32_t code);
const struct ib_bank *ib_directory_issuer(const struct ib_directory *directory, const char *digits);

#endif
