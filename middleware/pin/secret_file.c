/* Like ssh with its keys: a secret that others can read is refused at start, when somebody looks,
 * rather than tolerated until it has leaked. */
#include "pin/secret_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct tw_status tw_secret_file_check(const char *file, struct tw_error *ret_error) {
    struct stat found;

    if (stat(file, &found) != 0) {
        char reason[64];
        return tw_fail(ret_error, TW_E_CONFIG, "%s: %s", file,
                       strerror_r(errno, reason, sizeof reason));
    }
    if (!S_ISREG(found.st_mode)) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: not a regular file", file);
    }
    if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: mode %04o lets others at a secret; chmod 0600",
                       file, (unsigned)(found.st_mode & 07777));
    }
    return tw_success();
}
