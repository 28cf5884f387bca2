/* The agent's migrations are built in. */
#include "desk/migrate.h"

#include "settlectl/command.h"

#include "settlectl_migrations.h"

struct tw_status settlectl_migrate(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   struct tw_error *ret_error) {
    struct ctl_migration migrations[CTL_COUNT(settlectl_migration_files)];
    (void)arguments;
    for (size_t i = 0; i < CTL_COUNT(migrations); i++) {
        migrations[i] = (struct ctl_migration){settlectl_migration_files[i].name,
                                               settlectl_migration_files[i].text};
    }
    return ctl_migrate_all(ctl, SETTLECTL_OWNER, migrations, CTL_COUNT(migrations), ret_error);
}
