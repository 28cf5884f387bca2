/* The bank's migrations are built in. */
#include "desk/migrate.h"

#include "ctl/command.h"

#include "bankctl_migrations.h"

struct tw_status ctl_migrate(struct ctl *ctl, const struct ctl_arguments *arguments,
                             struct tw_error *ret_error) {
    struct ctl_migration migrations[CTL_COUNT(bank_migration_files)];
    (void)arguments;
    for (size_t i = 0; i < CTL_COUNT(migrations); i++) {
        migrations[i] =
            (struct ctl_migration){bank_migration_files[i].name, bank_migration_files[i].text};
    }
    return ctl_migrate_all(ctl, CTL_OWNER, migrations, CTL_COUNT(migrations), ret_error);
}
