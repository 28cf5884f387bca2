/*
 * The one status type: what went wrong, and what follows from it.
 *
 * A function that can fail returns `struct tw_status`, which the compiler forces the caller to look
 * at and which converts to neither int nor bool. Details travel in a `struct tw_error` that the
 * caller owns (normally on its stack); passing NULL is allowed and drops the detail.
 * Messages: lower case, a reason, no function names, never a PIN, PAN or key.
 * Thread-safe: no shared state.
 */
#ifndef TW_CORE_STATUS_H
#define TW_CORE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#define TW_MUST_USE __attribute__((warn_unused_result))
/* For types only clang knows it; the clang builds (clang-tidy, fuzz) check for all. */
#ifdef __clang__
#define TW_MUST_USE_TYPE TW_MUST_USE
#else
#define TW_MUST_USE_TYPE
#endif
#define TW_PRINTF(f, args) __attribute__((format(printf, f, args)))

enum tw_code {
    TW_E_NONE = 0,
#define TW_ERROR(name, class, number, rc, text) TW_E_##name,
#include "core/error.def"
#undef TW_ERROR
};

/* What a caller does about it: the class decides policy, never the single code. */
enum tw_error_class {
    TW_CLASS_NONE,
    TW_CLASS_USAGE,    /* the request is wrong; repeating it is pointless */
    TW_CLASS_CONFLICT, /* same key, different content */
    TW_CLASS_RETRY,    /* nothing decided; the same request may be repeated */
    TW_CLASS_PEER,     /* the other side broke the protocol; close the connection */
    TW_CLASS_IO,       /* disk, network or database; outcome may be unknown */
    TW_CLASS_INTERNAL, /* our defect; the client gets an id, the log the detail */
};

struct TW_MUST_USE_TYPE tw_status {
    enum tw_code code;
};

struct tw_error {
    enum tw_code code;
    char sqlstate[6]; /* of PostgreSQL, else "" */
    char detail[256]; /* reason, for people */
};

static inline struct tw_status tw_success(void) {
    return (struct tw_status){TW_E_NONE};
}

static inline bool tw_ok(struct tw_status status) {
    return status.code == TW_E_NONE;
}

/* Fills *ret_error (may be NULL) and returns the failing status, so that callers write
 * `return tw_fail(ret_error, TW_E_CONFIG, "port %d is not between 1 and 65535", port);` */
struct tw_status tw_fail(struct tw_error *ret_error, enum tw_code code, const char *format, ...)
    TW_PRINTF(3, 4);

/* Puts "context: " before an error's detail, on the way up. Returns the error's own status. */
struct tw_status tw_wrap(struct tw_error *error, const char *format, ...) TW_PRINTF(2, 3);

enum tw_error_class tw_code_class(enum tw_code code);
const char *tw_code_name(enum tw_code code); /* "INVALID_PARAMS" */
const char *tw_code_text(enum tw_code code); /* "invalid parameters" */
int tw_code_json_rpc(enum tw_code code);     /* -32602 */
const char *tw_code_rc(enum tw_code code);   /* "30" */

/* A broken promise of our own: says where and aborts. Always on. */
#define tw_assert(condition)                                                                       \
    ((condition) ? (void)0 : tw_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void tw_assert_failed(const char *condition, const char *file, int line);

#endif
