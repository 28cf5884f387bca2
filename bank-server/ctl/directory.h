/* The directory that is in force, for commands that tell where other banks are. */
#ifndef BANK_CTL_DIRECTORY_H
#define BANK_CTL_DIRECTORY_H

#include "directory/directory.h"

#include "ctl/ctl.h"

#define CTL_ADDRESSES_SIZE ((size_t)IB_BANK_ADDRESSES_MAX * (IB_ADDRESS_SIZE + 1))

/* The newest one of the database, verified again: who can write to the database cannot redirect
 * anybody. NOT_FOUND when there is none yet. The caller frees it. */
struct tw_status ctl_directory_load(const struct ctl *ctl, PGconn *connection,
                                    struct ib_directory **ret_directory,
                                    struct tw_error *ret_error);
/* "127.1.2.3:7101,127.1.2.3:7102" */
const char *ctl_addresses_text(const struct ib_bank *bank, char buffer[CTL_ADDRESSES_SIZE]);

static inline void ctl_directory_drop(struct ib_directory **directory) {
    ib_directory_free(*directory);
}
#define CTL_AUTO_DIRECTORY __attribute__((cleanup(ctl_directory_drop))) struct ib_directory *

#endif
