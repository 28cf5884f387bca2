/*
 * pki-issue: many client certificates by one process, for pki.sh, which an openssl process each
 * takes a minute for a thousand. Run inside the folder of the network's root; names on standard
 * input, one a line; standard output gets the lines of the register (ca/index.txt). The
 * certificates are what pki.sh makes (section "client" of its configuration); whoever changes one
 * must change the other, and tests/process/test_pki.py compares them.
 *
 *     pki-issue KIND DAYS <names >>ca/index.txt
 *
 * Key and certificate of each name are written beside their places and renamed there. The root's
 * key is read as pki.sh's openssl reads it; nothing is ever printed of a key. Exit code: 0 all
 * issued, 1 not all (those that were are in the output), 2 usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/status.h"

#define NAME_MAX_BYTES 80
#define PATH_SIZE      160
#define SERIAL_BYTES   16
#define DAYS_MAX       3650

struct authority {
    X509 *root;
    EVP_PKEY *key;
    const char *kind;
    int days;
};

struct issued {
    EVP_PKEY *key;
    X509 *certificate;
};

static void clear(struct issued *issued) {
    X509_free(issued->certificate);
    EVP_PKEY_free(issued->key);
}

static bool read_authority(struct authority *authority) {
    FILE *root = fopen("root.crt", "re");
    FILE *key = fopen("ca/root.key", "re");
    if (root != NULL)
        authority->root = PEM_read_X509(root, NULL, NULL, NULL);
    if (key != NULL)
        authority->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
    if (root != NULL)
        (void)fclose(root);
    if (key != NULL)
        (void)fclose(key);
    return authority->root != NULL && authority->key != NULL;
}

/* 127 random bits, the first hex digit 4 to 7: positive and of one length (RFC 5280 4.1.2.2). */
static bool set_serial(X509 *certificate) {
    unsigned char bytes[SERIAL_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool set =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return set;
}

static bool set_subject(X509 *certificate, const char *kind, const char *name) {
    X509_NAME *subject = X509_get_subject_name(certificate);
    const char *const parts[][2] = {{"O", "Tellerwire"}, {"OU", kind}, {"CN", name}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (X509_NAME_add_entry_by_txt(subject, parts[i][0], MBSTRING_UTF8,
                                       (const unsigned char *)parts[i][1], -1, -1, 0) != 1)
            return false;
    return true;
}

static bool add_extensions(X509 *certificate, X509 *root, const char *kind, const char *name) {
    char names[PATH_SIZE];
    X509V3_CTX context;
    (void)snprintf(names, sizeof names, "URI:tellerwire://%s/%s", kind, name);
    const struct {
        int nid;
        const char *value;
    } wanted[] = {{NID_basic_constraints, "critical,CA:FALSE"},
                  {NID_key_usage, "critical,digitalSignature"},
                  {NID_ext_key_usage, "clientAuth"},
                  {NID_subject_key_identifier, "hash"},
                  {NID_authority_key_identifier, "keyid"},
                  {NID_subject_alt_name, names}};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, root, certificate, NULL, NULL, 0);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        X509_EXTENSION *extension =
            X509V3_EXT_conf_nid(NULL, &context, wanted[i].nid, wanted[i].value);
        bool added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
        X509_EXTENSION_free(extension);
        if (!added)
            return false;
    }
    return true;
}

static bool make(const struct authority *authority, const char *name, struct issued *ret_issued) {
    ret_issued->key = EVP_EC_gen("P-256");
    ret_issued->certificate = X509_new();
    X509 *certificate = ret_issued->certificate;
    return ret_issued->key != NULL && certificate != NULL &&
           X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           set_subject(certificate, authority->kind, name) &&
           X509_set_issuer_name(certificate, X509_get_subject_name(authority->root)) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != NULL &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), authority->days, 0, NULL) != NULL &&
           X509_set_pubkey(certificate, ret_issued->key) == 1 &&
           add_extensions(certificate, authority->root, authority->kind, name) &&
           X509_sign(certificate, authority->key, EVP_sha256()) > 0;
}

/* A file that only its owner may read (keys), or everybody; opened anew, never over another's. */
static FILE *create(const char *path, mode_t mode) {
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    return fd >= 0 ? fdopen(fd, "w") : NULL;
}

static bool keep(const struct issued *issued, const char *folder) {
    char paths[4][PATH_SIZE];
    static const char *const names[] = {"key.pem.new", "cert.pem.new", "key.pem", "cert.pem"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)snprintf(paths[i], PATH_SIZE, "%s/%s", folder, names[i]);
    if (mkdir(folder, 0755) != 0 && errno != EEXIST)
        return false;
    FILE *key = create(paths[0], S_IRUSR | S_IWUSR);
    FILE *certificate = create(paths[1], S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    bool written = key != NULL && certificate != NULL &&
                   PEM_write_PrivateKey(key, issued->key, NULL, NULL, 0, NULL, NULL) == 1 &&
                   PEM_write_X509(certificate, issued->certificate) == 1;
    if (key != NULL && fclose(key) != 0)
        written = false;
    if (certificate != NULL && fclose(certificate) != 0)
        written = false;
    return written && rename(paths[0], paths[2]) == 0 && rename(paths[1], paths[3]) == 0;
}

/* openssl's register: state, expiry, revocation time, serial, file, subject. */
static bool enter(const struct issued *issued, const char *kind, const char *name) {
    struct tm end;
    char expiry[24]; /* with the century, which the register has not */
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(issued->certificate), NULL);
    char *serial = number != NULL ? BN_bn2hex(number) : NULL;
    bool known = serial != NULL &&
                 ASN1_TIME_to_tm(X509_get0_notAfter(issued->certificate), &end) == 1 &&
                 strftime(expiry, sizeof expiry, "%Y%m%d%H%M%SZ", &end) > 0;
    if (known)
        known = printf("V\t%s\t\t%s\tunknown\t/O=Tellerwire/OU=%s/CN=%s\n", expiry + 2, serial,
                       kind, name) > 0 &&
                fflush(stdout) == 0;
    OPENSSL_free(serial);
    BN_free(number);
    return known;
}

static bool issue(const struct authority *authority, const char *name) {
    __attribute__((cleanup(clear))) struct issued issued = {0};
    char folder[PATH_SIZE / 2 + 32];
    (void)snprintf(folder, sizeof folder, "%s-%s", authority->kind, name);
    for (char *slash = folder; (slash = strchr(slash, '/')) != NULL;)
        *slash = '-';
    /* The register first: a certificate that is in use must be in it. */
    return make(authority, name, &issued) && enter(&issued, authority->kind, name) &&
           keep(&issued, folder);
}

/* pki.sh has checked the names; what could leave the folder is refused here too. */
static bool is_name(const char *name) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-/";
    size_t length = strlen(name);
    return length > 0 && length < NAME_MAX_BYTES && strspn(name, allowed) == length &&
           name[0] != '.' && name[0] != '/' && strstr(name, "..") == NULL;
}

static bool issue_all(const struct authority *authority) {
    char line[NAME_MAX_BYTES + 2];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (!is_name(line) || !issue(authority, line)) {
            (void)fprintf(stderr, "pki-issue: no certificate for '%s'\n", line);
            return false;
        }
    }
    return ferror(stdin) == 0;
}

int main(int argc, char **argv) {
    char *rest = NULL;
    long days = argc == 3 ? strtol(argv[2], &rest, 10) : 0;
    if (argc != 3 || !is_name(argv[1]) || *rest != '\0' || days < 1 || days > DAYS_MAX) {
        (void)fputs("usage: pki-issue KIND DAYS <names, inside the folder of the root\n", stderr);
        return 2;
    }
    struct authority authority = {.kind = argv[1], .days = (int)days};
    bool issued = false;
    if (read_authority(&authority))
        issued = issue_all(&authority);
    else
        (void)fputs("pki-issue: root.crt or ca/root.key cannot be read here\n", stderr);
    X509_free(authority.root);
    EVP_PKEY_free(authority.key);
    return issued ? 0 : 1;
}
