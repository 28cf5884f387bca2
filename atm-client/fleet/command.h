/* The command "atm-client fleet": its options, and what runs where. */
#ifndef ATM_FLEET_COMMAND_H
#define ATM_FLEET_COMMAND_H

/* argv[0] is "fleet". Exit code: 0 good; 1 something contradicts itself or was left open; 2 usage,
 * configuration or profile; 7 a terminal is in use by another process. */
int fleet_main(int argc, char **argv);

#endif
