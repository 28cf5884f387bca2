/* Txids as hashes: whoever comes to the same act comes to the same txid, and the unique key of
 * table decision does the rest. */
#include "ops/clearing.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"

static struct tw_uuid txid_of(const char *act, int32_t bank, int32_t window_no, int32_t peer) {
    char text[96];
    uint8_t digest[TW_DIGEST_BYTES];
    struct tw_uuid txid;
    int length = snprintf(text, sizeof text, "tellerwire %s 1 %" PRId32 " %" PRId32 " %" PRId32,
                          act, bank, window_no, peer);
    tw_assert(length > 0 && (size_t)length < sizeof text);
    int made = EVP_Digest(text, (size_t)length, digest, NULL, EVP_sha256(), NULL);
    tw_assert(made == 1);
    memcpy(txid.bytes, digest, sizeof txid.bytes);
    txid.bytes[6] = (uint8_t)((txid.bytes[6] & 0x0F) | 0x80); /* RFC 9562: version 8 */
    txid.bytes[8] = (uint8_t)((txid.bytes[8] & 0x3F) | 0x80);
    return txid;
}

struct tw_uuid bank_window_close_txid(int32_t bank, int32_t window_no, int32_t peer) {
    return txid_of("window close", bank, window_no, peer);
}

struct tw_uuid bank_settlement_txid(int32_t bank, int32_t window_no) {
    return txid_of("settlement", bank, window_no, 0);
}

void bank_clearing_refuse(struct bank_item *item, const char *reason) {
    char txid[TW_UUID_TEXT_SIZE];
    tw_log(TW_LOG_ERROR, "posting of clearing refused",
           TW_STR("txid", tw_uuid_text(&item->decision.txid, txid)),
           TW_INT("peer", item->decision.peer), TW_INT("window_no", item->decision.window_no),
           TW_STR("reason", reason));
    item->origin = BANK_REFUSED;
    bank_decline(item, TW_RC_RECONCILE_ERROR);
}
