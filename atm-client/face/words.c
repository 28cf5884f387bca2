/* One exit code per kind of verdict. */
#include "atm-client/face/words.h"

enum atm_exit atm_exit_of(enum atm_verdict verdict) {
    switch (verdict) {
    case ATM_APPROVED:
        return ATM_EXIT_APPROVED;
    case ATM_DECLINED:
        return ATM_EXIT_DECLINED;
    case ATM_REFUSED:
        return ATM_EXIT_REFUSED;
    case ATM_UNANSWERED:
    case ATM_PENDING:
        return ATM_EXIT_UNANSWERED;
    case ATM_FAULT:
    case ATM_SUSPECT:
        return ATM_EXIT_FAULT;
    }
    return ATM_EXIT_FAULT;
}
