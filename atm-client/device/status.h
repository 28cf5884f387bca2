/*
 * What state the devices are in, in CEN/XFS's words: one list of devices with their service class,
 * one answer per device. A device may be ONLINE and still of no use: a printer without paper, a
 * dispenser whose cassettes are all gone; so `usable` is said apart from the state. Details are
 * words of XFS too ("paper OUT"). Texts are static or in the caller's struct. No errors: a device
 * that does not answer is OFFLINE.
 */
#ifndef ATM_DEVICE_STATUS_H
#define ATM_DEVICE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#define ATM_DETAIL_TEXT_SIZE 48

/* ATM_DEVICE_DEF(id, name, XFS service class) */
#define ATM_DEVICES(ATM_DEVICE_DEF)                                                                \
    ATM_DEVICE_DEF(CARD_READER, "card_reader", "IDC")                                              \
    ATM_DEVICE_DEF(PIN_PAD, "pin_pad", "PIN")                                                      \
    ATM_DEVICE_DEF(DISPENSER, "dispenser", "CDM")                                                  \
    ATM_DEVICE_DEF(DEPOSITOR, "depositor", "CIM")                                                  \
    ATM_DEVICE_DEF(RECEIPT_PRINTER, "receipt_printer", "PTR")                                      \
    ATM_DEVICE_DEF(JOURNAL_PRINTER, "journal_printer", "PTR")

enum atm_device {
#define ATM_DEVICE_ENUM(id, name, class) ATM_DEVICE_##id,
    ATM_DEVICES(ATM_DEVICE_ENUM)
#undef ATM_DEVICE_ENUM
        ATM_DEVICE_COUNT
};

/* fwDevice */
enum atm_device_state {
    ATM_DEVICE_ONLINE,
    ATM_DEVICE_OFFLINE,
    ATM_DEVICE_NO_DEVICE, /* not built in */
    ATM_DEVICE_HW_ERROR,
};

/* usStatus of a cash unit */
enum atm_cassette_state {
    ATM_CASSETTE_OK,
    ATM_CASSETTE_LOW,
    ATM_CASSETTE_EMPTY,
    ATM_CASSETTE_INOP,
    ATM_CASSETTE_MISSING,
};

struct atm_device_status {
    enum atm_device_state state;
    bool usable; /* it can do what it is there for */
    char detail[ATM_DETAIL_TEXT_SIZE];
};

/* Asked at any time, answers at once. device NULL: every device is there and well. */
struct atm_sensors {
    void *context;
    void (*device)(void *context, enum atm_device device, struct atm_device_status *ret_status);
    enum atm_cassette_state (*cassette)(void *context, int32_t number);
};

struct atm_device_status atm_device_status(const struct atm_sensors *sensors,
                                           enum atm_device device);
const char *atm_device_name(enum atm_device device);
const char *atm_device_class(enum atm_device device);
const char *atm_device_state_name(enum atm_device_state state);
const char *atm_cassette_state_name(enum atm_cassette_state state);

#endif
