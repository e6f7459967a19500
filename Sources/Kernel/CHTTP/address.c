/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"
#include "CHTTP.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct block {
    uint32_t address;
    unsigned bits;
} block;

/* The blocks that IANA lists as not globally reachable. */
static const block private_blocks[] = {
    {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
    {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15},
    {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4},
};

static bool is_private_4(uint32_t address) {
    for (size_t i = 0; i < sizeof private_blocks / sizeof private_blocks[0]; i++) {
        uint32_t mask = ~UINT32_C(0) << (32 - private_blocks[i].bits);
        if ((address & mask) == private_blocks[i].address) return true;
    }
    return false;
}

static uint32_t word(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool is_private_6(const uint8_t *bytes) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    static const uint8_t translated[12] = {0, 0x64, 0xFF, 0x9B};
    static const uint8_t compatible[12] = {0};
    /* An IPv4 address in another dress counts as what it is. */
    if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, translated, 12) == 0)
        return is_private_4(word(bytes + 12));
    if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_private_4(word(bytes + 2));
    /* ::, ::1, and the old form of embedded addresses. */
    if (memcmp(bytes, compatible, 12) == 0) return true;
    /* fc00::/7, fe80::/10 and fec0::/10, ff00::/8, 2001:db8::/32 */
    if ((bytes[0] & 0xFE) == 0xFC || bytes[0] == 0xFF) return true;
    if (bytes[0] == 0xFE && (bytes[1] & 0x80) == 0x80) return true;
    return word(bytes) == 0x20010DB8;
}

bool http_address_is_private(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        return is_private_4(ntohl(four.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address, sizeof six);
        return is_private_6(six.sin6_addr.s6_addr);
    }
    return true;
}

bool http_text_is_private(const char *text) {
    struct sockaddr_in four = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return http_address_is_private((const struct sockaddr *)&four);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
        return http_address_is_private((const struct sockaddr *)&six);
    return true;
}

bool http_read_address(const char *text, struct in6_addr *address) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    struct in_addr four;
    if (inet_pton(AF_INET, text, &four) == 1) {
        memcpy(address->s6_addr, mapped, sizeof mapped);
        memcpy(address->s6_addr + sizeof mapped, &four, sizeof four);
        return true;
    }
    return inet_pton(AF_INET6, text, address) == 1;
}

void http_write_address(const struct sockaddr *address, char *text, size_t room) {
    const void *bytes = NULL;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    if (address->sa_family == AF_INET) {
        memcpy(&four, address, sizeof four);
        bytes = &four.sin_addr;
    } else if (address->sa_family == AF_INET6) {
        memcpy(&six, address, sizeof six);
        bytes = &six.sin6_addr;
    }
    text[0] = 0;
    if (bytes) inet_ntop(address->sa_family, bytes, text, (socklen_t)room);
}
