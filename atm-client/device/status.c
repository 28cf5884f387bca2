/* Names, and the answer for devices that nobody watches. */
#include "atm-client/device/status.h"

#include <stddef.h>

static const struct {
    const char *name, *class;
} devices[ATM_DEVICE_COUNT] = {
#define ATM_DEVICE_ROW(id, name, class) {name, class},
    ATM_DEVICES(ATM_DEVICE_ROW)
#undef ATM_DEVICE_ROW
};

static const char *const states[] = {"ONLINE", "OFFLINE", "NODEVICE", "HWERROR"};
static const char *const cassette_states[] = {"OK", "LOW", "EMPTY", "INOP", "MISSING"};

struct atm_device_status atm_device_status(const struct atm_sensors *sensors,
                                           enum atm_device device) {
    struct atm_device_status status = {.state = ATM_DEVICE_ONLINE, .usable = true};
    if (sensors->device != NULL)
        sensors->device(sensors->context, device, &status);
    return status;
}

const char *atm_device_name(enum atm_device device) {
    return devices[device].name;
}

const char *atm_device_class(enum atm_device device) {
    return devices[device].class;
}

const char *atm_device_state_name(enum atm_device_state state) {
    return states[state];
}

const char *atm_cassette_state_name(enum atm_cassette_state state) {
    return cassette_states[state];
}
