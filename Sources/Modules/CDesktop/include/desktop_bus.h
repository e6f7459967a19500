/* D-Bus, by the sd-bus functions of libsystemd.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DESKTOP_BUS_H
#define DESKTOP_BUS_H

#include <systemd/sd-bus.h>

/* Each is called through the table below, never linked: a kernel that nobody asks for the bus does
 * not carry the library. Variadic functions are left out, since Swift cannot call them. */
#define DESKTOP_BUS_FUNCTIONS(X)                                                                   \
    X(sd_bus_new)                                                                                  \
    X(sd_bus_set_address)                                                                          \
    X(sd_bus_set_bus_client)                                                                       \
    X(sd_bus_start)                                                                                \
    X(sd_bus_open_user)                                                                            \
    X(sd_bus_open_system)                                                                          \
    X(sd_bus_flush_close_unref)                                                                    \
    X(sd_bus_call)                                                                                 \
    X(sd_bus_error_free)                                                                           \
    X(sd_bus_message_new_method_call)                                                              \
    X(sd_bus_message_append_basic)                                                                 \
    X(sd_bus_message_open_container)                                                               \
    X(sd_bus_message_close_container)                                                              \
    X(sd_bus_message_peek_type)                                                                    \
    X(sd_bus_message_read_basic)                                                                   \
    X(sd_bus_message_enter_container)                                                              \
    X(sd_bus_message_exit_container)                                                               \
    X(sd_bus_message_unref)

typedef struct desktop_bus_library {
#define DESKTOP_FIELD(name) __typeof__(&name) name;
    DESKTOP_BUS_FUNCTIONS(DESKTOP_FIELD)
#undef DESKTOP_FIELD
} desktop_bus_library;

/* The table, or NULL where the library is not installed. Asks again at the next call then, so that
 * installing it needs no restart. Any thread; the table lives as long as the process. */
const desktop_bus_library *desktop_bus_library_open(void);

#endif
