/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl for Swift: opened on first use, without variadic functions, and with the one check that
 * must sit between the look-up of a name and the connection: which addresses may be reached. */
#ifndef CHTTP_H
#define CHTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opens libcurl. Returns NULL, or why it cannot be used; owned by this library. Thread-safe. */
const char *http_open(void);

typedef struct http_multi http_multi;
typedef struct http_transfer http_transfer;

/* What became of a piece of the body. */
typedef enum http_taking {
    HTTP_TAKEN,
    /* Nothing more is wanted: the transfer ends. */
    HTTP_NO_MORE,
    /* The same piece comes again after http_transfer_resume(). */
    HTTP_LATER
} http_taking;

/* What a transfer tells, always on the thread that called http_multi_step(). Bytes are borrowed. */
typedef struct http_events {
    /* One line of the head, with its end; an empty one ends the head of one response. */
    void (*header)(void *context, const char *bytes, size_t length);
    /* A piece of the body, decompressed. */
    http_taking (*body)(void *context, const char *bytes, size_t length);
    /* Of an order that only connects, before its end: the receiver closes the descriptor, which
     * blocks. -1: this process may open no more. */
    void (*connected)(void *context, int descriptor);
    /* The end, exactly once. `code` is curl's; 0 is success. `message` is never NULL. */
    void (*ended)(void *context, int code, const char *message);
} http_events;

typedef struct http_order {
    const char *url;
    const char *method;
    /* Zero-terminated lines "Name: value", and a NULL behind the last. */
    const char *const *headers;
    /* Must be valid until the end. */
    const void *body;
    size_t body_length;
    bool has_body;
    /* Addresses of this machine and of private networks may be reached. */
    bool allows_private;
    /* Those of them that may be reached although the others may not, as text, and a NULL behind
     * the last. Must be valid until http_transfer_begin() returns. */
    const char *const *named_addresses;
    /* Never a connection that was used before. */
    bool is_fresh;
    /* Nothing is asked: only host and port of the URL count. */
    bool connects_only;
    uint32_t connect_milliseconds;
    /* NULL: what the environment names; empty: none. */
    const char *proxy;
    /* NULL: the system's. */
    const char *certificates;
} http_order;

/* NULL if memory is short. */
http_multi *http_multi_create(void);
/* Every transfer must have ended or been dropped. */
void http_multi_destroy(http_multi *multi);
/* Waits until something happens, but no longer than this, and has it dealt with. */
void http_multi_step(http_multi *multi, int milliseconds);
/* Ends a wait. May be called on any thread. */
void http_multi_wake(http_multi *multi);

/* Begins a transfer; `context` is given back with every event. NULL, and `*problem` says why; it
 * is owned by this library. */
http_transfer *http_transfer_begin(http_multi *multi, const http_order *order, http_events events,
                                   void *context, const char **problem);
/* Frees a transfer that has ended, or one that has not: then no event comes any more. Not to be
 * called from within an event. */
void http_transfer_drop(http_multi *multi, http_transfer *transfer);

/* Was the connection used before? Known at the end. */
bool http_transfer_was_reused(http_transfer *transfer);
/* Was the connection refused because of its address? */
bool http_transfer_was_private(http_transfer *transfer);
/* Which address was refused last because of what it is; NULL if none was. */
const char *http_transfer_refused_address(http_transfer *transfer);
/* The listener takes pieces again. On the thread that calls http_multi_step(). */
void http_transfer_resume(http_transfer *transfer);
/* Is `text` an address of this machine, of a private network, or of no single machine? What is no
 * address counts as one. Needs no libcurl. Thread-safe. */
bool http_text_is_private(const char *text);
/* Is the request on its way, so that it is the answer that is waited for? */
bool http_transfer_is_connected(http_transfer *transfer);

#ifdef __cplusplus
}
#endif
#endif
