/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Is this an address of this machine, of a private network, or of no single machine at all? */
bool http_address_is_private(const struct sockaddr *address);

/* An address as text; IPv4 becomes the IPv6 address that stands for it, so that two are the same if
 * their bytes are. False if it is none. */
bool http_read_address(const char *text, struct in6_addr *address);

/* Empty if it is no address of the Internet. */
void http_write_address(const struct sockaddr *address, char *text, size_t room);

#endif
