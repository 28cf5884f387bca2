/* bankctl: what operators of one bank do. */
#include "ctl/command.h"

int main(int argc, char **argv) {
    static struct ctl_settings settings;
    const struct ctl_program program = {
        .name = "bankctl",
        .config = "/etc/tellerwire/bankctl.ini",
        .schema = "bank",
        .commands = bankctl_commands,
        .command_count = bankctl_command_count,
        .settings = &settings,
        .conninfos = (const char *const *)settings.conninfos,
        .settings_load = ctl_settings_load,
        .settings_free = ctl_settings_free,
        .settings_help = ctl_settings_help,
    };
    return ctl_program_main(&program, argc, argv);
}
