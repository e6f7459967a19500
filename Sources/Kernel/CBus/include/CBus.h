/* D-Bus, by the sd-bus functions of libsystemd.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CBUS_H
#define CBUS_H

#include <systemd/sd-bus.h>

/* Each is called through the table below, never linked: a kernel that nobody asks for the bus does
 * not carry the library. Variadic functions are left out, since Swift cannot call them. */
#define BUS_FUNCTIONS(X)                                                                           \
    X(sd_bus_new)                                                                                  \
    X(sd_bus_set_address)                                                                          \
    X(sd_bus_set_bus_client)                                                                       \
    X(sd_bus_start)                                                                                \
    X(sd_bus_close_unref)                                                                          \
    X(sd_bus_is_open)                                                                              \
    X(sd_bus_is_ready)                                                                             \
    X(sd_bus_get_fd)                                                                               \
    X(sd_bus_get_events)                                                                           \
    X(sd_bus_get_timeout)                                                                          \
    X(sd_bus_process)                                                                              \
    X(sd_bus_send)                                                                                 \
    X(sd_bus_reply_method_errno)                                                                   \
    X(sd_bus_message_new_method_call)                                                              \
    X(sd_bus_message_set_auto_start)                                                               \
    X(sd_bus_message_set_allow_interactive_authorization)                                          \
    X(sd_bus_message_set_expect_reply)                                                             \
    X(sd_bus_message_append_basic)                                                                 \
    X(sd_bus_message_append_array)                                                                 \
    X(sd_bus_message_open_container)                                                               \
    X(sd_bus_message_close_container)                                                              \
    X(sd_bus_message_get_type)                                                                     \
    X(sd_bus_message_get_reply_cookie)                                                             \
    X(sd_bus_message_get_sender)                                                                   \
    X(sd_bus_message_get_path)                                                                     \
    X(sd_bus_message_get_interface)                                                                \
    X(sd_bus_message_get_member)                                                                   \
    X(sd_bus_message_get_signature)                                                                \
    X(sd_bus_message_get_error)                                                                    \
    X(sd_bus_message_peek_type)                                                                    \
    X(sd_bus_message_read_basic)                                                                   \
    X(sd_bus_message_read_array)                                                                   \
    X(sd_bus_message_enter_container)                                                              \
    X(sd_bus_message_exit_container)                                                               \
    X(sd_bus_message_rewind)                                                                       \
    X(sd_bus_message_unref)

typedef struct bus_library {
#define BUS_FIELD(name) __typeof__(&name) name;
    BUS_FUNCTIONS(BUS_FIELD)
#undef BUS_FIELD
} bus_library;

/* The table, or NULL where the library is not installed. Asks again at the next call then, so that
 * installing it needs no restart. Any thread; the table lives as long as the process. */
const bus_library *bus_library_open(void);

#endif
