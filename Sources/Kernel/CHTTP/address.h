/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Is this an address of this machine, of a private network, or of no single machine at all? */
bool http_address_is_private(const struct sockaddr *address);

/* The same of an address as text; what is none counts as private. */
bool http_text_is_private(const char *text);

#endif
