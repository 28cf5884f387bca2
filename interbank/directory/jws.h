/* The signature of a directory: compact JWS, ES256, one header and no other. Internal to
 * directory/. */
#ifndef IB_DIRECTORY_JWS_H
#define IB_DIRECTORY_JWS_H

#include "core/status.h"

/* The payload (malloc'd, NUL behind it) when text is signed by the key of the certificate in
 * root_file. TOO_LARGE, CRYPTO, or CONFIG when the file holds no P-256 certificate. */
struct tw_status ib_jws_open(const char *text, const char *root_file, char **ret_payload,
                             size_t *ret_length, struct tw_error *ret_error);
/* *ret_text is malloc'd. CONFIG when key_file is readable by others or holds no P-256 key. */
struct tw_status ib_jws_seal(const char *payload, size_t length, const char *key_file,
                             char **ret_text, struct tw_error *ret_error);

#endif
