/* Commands that only ask and print. */
#ifndef BANK_CTL_QUERY_H
#define BANK_CTL_QUERY_H

#include "ctl/ctl.h"

/* One query as tw_audit; its rows are printed. */
struct tw_status ctl_print_query(struct ctl *ctl, const char *sql, size_t count,
                                 const char *const *parameters, const struct ctl_column *columns,
                                 size_t column_count, struct tw_error *ret_error);

/* An option that is a bank code or window number, as a parameter: NULL when it was not given. */
struct tw_status ctl_number_parameter(const struct ctl_arguments *arguments, const char *name,
                                      int64_t min, char buffer[CTL_NUMBER_TEXT_SIZE],
                                      const char **ret_parameter, struct tw_error *ret_error);

#endif
