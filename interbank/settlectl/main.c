/* settlectl: what operators of the settlement agent do. */
#include "settlectl/command.h"

int main(int argc, char **argv) {
    static struct ctl_settings settings;
    const struct ctl_program program = {
        .name = "settlectl",
        .config = "/etc/tellerwire/settlectl.ini",
        .schema = "agent",
        .commands = settlectl_commands,
        .command_count = settlectl_command_count,
        .settings = &settings,
        .conninfos = (const char *const *)settings.conninfos,
        .settings_load = settlectl_settings_load,
        .settings_free = settlectl_settings_free,
        .settings_help = settlectl_settings_help,
    };
    return ctl_program_main(&program, argc, argv);
}
