/* One EVP context kept per chain; fields are gathered in a small buffer so that the digest is fed a
 * few hundred bytes at a time and not eight. */
#include "engine/chain.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES 4096

struct bank_chain {
    EVP_MD_CTX *digest;
    size_t used;
    uint8_t buffer[BUFFER_BYTES];
};

struct tw_status bank_chain_new(struct bank_chain **ret_chain, struct tw_error *ret_error) {
    struct bank_chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL || (chain->digest = EVP_MD_CTX_new()) == NULL) {
        free(chain);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "hash chain");
    }
    *ret_chain = chain;
    return tw_success();
}

void bank_chain_free(struct bank_chain *chain) {
    if (chain != NULL) {
        EVP_MD_CTX_free(chain->digest);
        free(chain);
    }
}

static void flush(struct bank_chain *chain) {
    int ok = EVP_DigestUpdate(chain->digest, chain->buffer, chain->used);
    tw_assert(ok == 1);
    chain->used = 0;
}

static void put(struct bank_chain *chain, const void *bytes, size_t length) {
    if (length > BUFFER_BYTES - chain->used) {
        flush(chain);
    }
    if (length > BUFFER_BYTES) {
        int ok = EVP_DigestUpdate(chain->digest, bytes, length);
        tw_assert(ok == 1);
        return;
    }
    memcpy(chain->buffer + chain->used, bytes, length);
    chain->used += length;
}

static void put_i64(struct bank_chain *chain, int64_t value) {
    uint64_t wire = htobe64((uint64_t)value);
    put(chain, &wire, sizeof wire);
}

static void start(struct bank_chain *chain) {
    int ok = EVP_DigestInit_ex(chain->digest, EVP_sha256(), NULL);
    tw_assert(ok == 1);
    chain->used = 0;
}

void bank_chain_genesis(struct bank_chain *chain, int64_t lane_id,
                        const struct bank_anchor *anchors, size_t count,
                        uint8_t ret_digest[TW_DIGEST_BYTES]) {
    static const char version[] = "tellerwire chain 1";
    start(chain);
    put(chain, version, sizeof version - 1);
    put_i64(chain, lane_id);
    for (size_t i = 0; i < count; i++) {
        put_i64(chain, anchors[i].lane_id);
        put_i64(chain, anchors[i].batch_no);
        put(chain, anchors[i].digest, TW_DIGEST_BYTES);
    }
    bank_chain_end(chain, ret_digest);
}

void bank_chain_begin(struct bank_chain *chain, const uint8_t previous[TW_DIGEST_BYTES],
                      int64_t batch_no, int32_t business_date) {
    start(chain);
    put(chain, previous, TW_DIGEST_BYTES);
    put_i64(chain, batch_no);
    put_i64(chain, business_date);
}

void bank_chain_decision(struct bank_chain *chain, const struct bank_decision *decision) {
    size_t detail_length = decision->detail != NULL ? strlen(decision->detail) : 0;
    put(chain, decision->txid.bytes, sizeof decision->txid.bytes);
    put_i64(chain, decision->phase);
    put_i64(chain, decision->operation);
    put_i64(chain, decision->acquirer);
    put_i64(chain, decision->terminal_id);
    put_i64(chain, decision->business_date);
    put_i64(chain, decision->stan);
    put_i64(chain, decision->amount_minor);
    put_i64(chain, decision->kept_minor);
    put_i64(chain, decision->card_id);
    put_i64(chain, decision->account_id);
    put_i64(chain, decision->to_account_id);
    put_i64(chain, decision->has_balance ? 1 : 0);
    put_i64(chain, decision->has_balance ? decision->ledger_minor : 0);
    put_i64(chain, decision->has_balance ? decision->available_minor : 0);
    put_i64(chain, decision->has_balance ? decision->entry_no : 0);
    put_i64(chain, decision->item_no);
    put(chain, tw_rc_digits(decision->rc), 2);
    put(chain, decision->content_digest, TW_DIGEST_BYTES);
    put_i64(chain, (int64_t)detail_length);
    if (detail_length > 0) {
        put(chain, decision->detail, detail_length);
    }
    /* The encoding of others stays what it was before there were peers. */
    if (decision->peer != 0 || decision->window_no != 0) {
        put_i64(chain, decision->peer);
        put_i64(chain, decision->window_no);
        put_i64(chain, decision->surcharge_minor);
        put_i64(chain, decision->interchange_minor);
    }
}

void bank_chain_entry(struct bank_chain *chain, const struct bank_entry *entry) {
    put_i64(chain, entry->account_id);
    put_i64(chain, entry->entry_no);
    put_i64(chain, entry->amount_minor);
    put_i64(chain, entry->balance_minor);
}

void bank_chain_end(struct bank_chain *chain, uint8_t ret_digest[TW_DIGEST_BYTES]) {
    flush(chain);
    int ok = EVP_DigestFinal_ex(chain->digest, ret_digest, NULL);
    tw_assert(ok == 1);
}
