/*
 * Directories come in as files and are stored as they were signed; what they say is read from the
 * signed text each time. Taking one over is one SQL function, the same that bank servers call when
 * they learn a directory from a peer.
 */
#include "ctl/directory.h"

#include <string.h>

#include "ctl/command.h"

#include "bankctl_sql.h"

#define LIST_SIZE ((IB_BANK_NAME_SIZE * 2 + 3) * (size_t)IB_BANKS_MAX)

static const struct ctl_column import_columns[] = {
    {"serial", CTL_INTEGER},
    {"issued", CTL_TEXT},
    {"banks", CTL_INTEGER},
};

static const struct ctl_column bank_columns[] = {
    {"bank_code", CTL_TEXT}, {"name", CTL_TEXT},      {"currency", CTL_TEXT},
    {"iins", CTL_TEXT},      {"addresses", CTL_TEXT},
};

static const struct ctl_column route_columns[] = {
    {"route", CTL_TEXT}, {"prefix", CTL_TEXT}, {"bank_code", CTL_TEXT},
    {"name", CTL_TEXT},  {"own", CTL_FLAG},    {"addresses", CTL_TEXT},
};

static struct tw_status check_root(const struct ctl *ctl, struct tw_error *ret_error) {
    return ctl->settings->root[0] != '\0'
               ? tw_success()
               : tw_fail(ret_error, TW_E_CONFIG,
                         "the configuration has no [bank] root, which directories are signed by");
}

struct tw_status ctl_directory_load(const struct ctl *ctl, PGconn *connection,
                                    struct ib_directory **ret_directory,
                                    struct tw_error *ret_error) {
    CTL_AUTO_RESULT latest = NULL;
    struct tw_status status = check_root(ctl, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_directory_latest, 0, NULL, &latest, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(latest) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "there is no directory yet: directory import");
    }
    return ib_directory_open(PQgetvalue(latest, 0, 0), ctl->settings->root, ret_directory,
                             ret_error);
}

/* Rows of texts as one, with commas. */
static const char *join(const char *rows, size_t row_size, size_t count, char *buffer,
                        size_t size) {
    size_t at = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        int wrote = snprintf(buffer + at, size - at, "%s%s", i > 0 ? "," : "", &rows[i * row_size]);
        tw_assert(wrote > 0 && (size_t)wrote < size - at);
        at += (size_t)wrote;
    }
    return buffer;
}

const char *ctl_addresses_text(const struct ib_bank *bank, char buffer[CTL_ADDRESSES_SIZE]) {
    return join(bank->addresses[0], sizeof bank->addresses[0], bank->address_count, buffer,
                CTL_ADDRESSES_SIZE);
}

/* The first line of a file, which is all that a signed directory has. */
static struct tw_status read_jws(const char *name, char jws[IB_DIRECTORY_TEXT_MAX + 2],
                                 struct tw_error *ret_error) {
    FILE *in = fopen(name, "re");
    bool read = in != NULL && fgets(jws, IB_DIRECTORY_TEXT_MAX + 2, in) != NULL;
    if (in != NULL) {
        (void)fclose(in);
    }
    if (!read) {
        return tw_fail(ret_error, TW_E_IO, "%s cannot be read", name);
    }
    jws[strcspn(jws, "\r\n")] = '\0';
    return tw_success();
}

/* Both lists as PostgreSQL writes arrays; names in quotes. */
static void list_banks(const struct ib_directory *directory, char *codes, char *names) {
    char *code = codes;
    char *name = names;
    for (size_t i = 0; i < ib_directory_count(directory); i++) {
        const struct ib_bank *bank = ib_directory_at(directory, i);
        const char separator = i > 0 ? ',' : '{';
        code += snprintf(code, 16, "%c%d", separator, (int)bank->code);
        *name++ = separator;
        *name++ = '"';
        for (const char *from = bank->name; *from != '\0'; from++) {
            if (*from == '"' || *from == '\\') {
                *name++ = '\\';
            }
            *name++ = *from;
        }
        *name++ = '"';
    }
    memcpy(code, "}", 2);
    memcpy(name, "}", 2);
}

static struct tw_status install(PGconn *connection, const struct ib_directory *directory,
                                const char *jws, struct tw_error *ret_error) {
    CTL_AUTO_RESULT installed = NULL;
    char serial[CTL_NUMBER_TEXT_SIZE];
    char codes[IB_BANKS_MAX * 9 + 2];
    char names[LIST_SIZE + 2];
    list_banks(directory, codes, names);
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_directory_install, &installed, ret_error,
                  ctl_number_text(ib_directory_serial(directory), serial), jws, codes, names);
    if (tw_ok(status) && strcmp(PQgetvalue(installed, 0, 0), "t") != 0) {
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "serial %s is not higher than that of the directory in force", serial);
    }
    return status;
}

static void print_imported(const struct ctl *ctl, const struct ib_directory *directory) {
    char serial[CTL_NUMBER_TEXT_SIZE];
    char count[CTL_NUMBER_TEXT_SIZE];
    ctl_print_record(
        ctl, import_columns, CTL_COUNT(import_columns),
        (const char *const[]){ctl_number_text(ib_directory_serial(directory), serial),
                              ib_directory_issued(directory),
                              ctl_number_text((int64_t)ib_directory_count(directory), count)});
}

struct tw_status ctl_directory_import(struct ctl *ctl, const struct ctl_arguments *arguments,
                                      struct tw_error *ret_error) {
    char jws[IB_DIRECTORY_TEXT_MAX + 2];
    CTL_AUTO_DIRECTORY directory = NULL;
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = check_root(ctl, ret_error);
    if (tw_ok(status)) {
        status = read_jws(ctl_word(arguments, 0), jws, ret_error);
    }
    if (tw_ok(status)) {
        status = ib_directory_open(jws, ctl->settings->root, &directory, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_begin_change(ctl, &connection, ret_error);
    }
    if (tw_ok(status) && ib_directory_bank(directory, (int32_t)ctl->settings->bank_code) == NULL) {
        return tw_fail(ret_error, TW_E_CONFLICT, "the directory does not name this bank");
    }
    if (tw_ok(status)) {
        status = install(connection, directory, jws, ret_error);
    }
    if (tw_ok(status)) {
        char subject[64];
        snprintf(subject, sizeof subject, "directory %" PRId64, ib_directory_serial(directory));
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    if (tw_ok(status)) {
        print_imported(ctl, directory);
    }
    return status;
}

static void print_directory(const struct ctl *ctl, const struct ib_directory *directory) {
    struct ctl_table table;
    ctl_table_init(&table, bank_columns, CTL_COUNT(bank_columns));
    for (size_t i = 0; i < ib_directory_count(directory); i++) {
        const struct ib_bank *bank = ib_directory_at(directory, i);
        char code[CTL_NUMBER_TEXT_SIZE];
        char iins[IB_BANK_IINS_MAX * IB_IIN_SIZE + 1];
        char addresses[CTL_ADDRESSES_SIZE];
        ctl_table_add(&table, &ctl->format,
                      (const char *const[]){ctl_number_text(bank->code, code), bank->name,
                                            bank->currency.code,
                                            join(bank->iins[0], sizeof bank->iins[0],
                                                 bank->iin_count, iins, sizeof iins),
                                            ctl_addresses_text(bank, addresses)});
    }
    if (ctl->json) {
        ctl_print_json(ctl,
                       json_pack("{s:I,s:s,s:o}", "serial",
                                 (json_int_t)ib_directory_serial(directory), "issued",
                                 ib_directory_issued(directory), "banks", ctl_table_json(&table)));
    } else if (ctl->csv) {
        ctl_table_print_csv(&table, ctl->out);
    } else {
        fprintf(ctl->out, "serial %" PRId64 ", issued %s\n\n", ib_directory_serial(directory),
                ib_directory_issued(directory));
        ctl_table_print(&table, ctl->out);
    }
    ctl_table_clear(&table);
}

static void add_route(const struct ctl *ctl, struct ctl_table *table, const char *kind,
                      const char *prefix, const struct ib_bank *bank) {
    char code[CTL_NUMBER_TEXT_SIZE];
    char addresses[CTL_ADDRESSES_SIZE];
    ctl_number_text(bank->code, code);
    ctl_table_add(table, &ctl->format,
                  (const char *const[]){kind, prefix != NULL ? prefix : code, code, bank->name,
                                        bank->code == ctl->settings->bank_code ? "t" : "f",
                                        ctl_addresses_text(bank, addresses)});
}

static void print_routes(const struct ctl *ctl, const struct ib_directory *directory) {
    struct ctl_table table;
    ctl_table_init(&table, route_columns, CTL_COUNT(route_columns));
    for (size_t i = 0; i < ib_directory_count(directory); i++) {
        const struct ib_bank *bank = ib_directory_at(directory, i);
        for (size_t j = 0; j < bank->iin_count; j++) {
            add_route(ctl, &table, "card", bank->iins[j], bank);
        }
        add_route(ctl, &table, "iban", NULL, bank);
    }
    ctl_print_table(ctl, &table);
    ctl_table_clear(&table);
}

static struct tw_status print_with(struct ctl *ctl,
                                   void (*print)(const struct ctl *, const struct ib_directory *),
                                   struct tw_error *ret_error) {
    CTL_AUTO_DIRECTORY directory = NULL;
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_directory_load(ctl, connection, &directory, ret_error);
    }
    if (tw_ok(status)) {
        print(ctl, directory);
    }
    return status;
}

struct tw_status ctl_directory_show(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    (void)arguments;
    return print_with(ctl, print_directory, ret_error);
}

struct tw_status ctl_routes(struct ctl *ctl, const struct ctl_arguments *arguments,
                            struct tw_error *ret_error) {
    (void)arguments;
    return print_with(ctl, print_routes, ret_error);
}
