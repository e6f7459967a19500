/* Errands: what the host does for a module that the module may not do itself, within the
 * permissions of its manifest.
 *
 * There is one way for all of them. A module gives an errand to a service of the host, by its name;
 * what the errand is about is one JSON object and perhaps a body; what comes of it are pieces of
 * news, and one end. What the order, the news and the end are for each service say mod/http.h,
 * mod/connect.h, mod/run.h and mod/bus.h. The same functions serve a module in the kernel and one
 * in a worker, which makes no sockets and starts no programs, whatever its permissions.
 *
 * A service tells no more than the module has room for: it stops, and so does whoever it listens
 * to, as soon as the credit is used up; where nobody can be stopped (mod/bus.h), what comes is lost
 * and counted. What a permission does not open is refused with MOD_DENIED; the message names the
 * permission, and where to write it. */
#ifndef MOD_ERRANDS_H
#define MOD_ERRANDS_H

#include "types.h"
#include "tasks.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the host. A host that works for nobody but the module, such as a probe, has it and
 * refuses every errand. */
#define MOD_HOST_ERRANDS "mod.host.errands"
#define MOD_HOST_ERRANDS_REVISION 1

typedef struct mod_errand {
    uint32_t size;
    uint32_t reserved;
    /* The call of this module that the errand is part of, or 0. The errand then ends no later than
     * that call: its deadline, its cancellation and its end reach the errand. */
    uint64_t call;
    /* On CLOCK_MONOTONIC; 0 means none. The earliest of this, of the call's and of the service's
     * own counts. */
    uint64_t deadline_nanoseconds;
    /* Such as MOD_SERVICE_HTTP. Borrowed. */
    mod_text service;
    /* One JSON object. Borrowed. */
    mod_bytes order;
    /* What the order says nothing about, such as the body of a request. Borrowed. */
    mod_bytes body;
    /* So many bytes of news may come before credit() gives more: 0 stands for 256 KiB, and more
     * than 4 MiB are not given. News come whole, so that the last of them may exceed it. */
    uint64_t credit;
    /* Given back as the first argument of news() and end(). It stays the module's and must be valid
     * until end() has returned. */
    void *argument;

    /* Takes a piece of news, before the end and in order, and never from inside begin(). What
     * `kind` and `number` mean is the service's. `value` is borrowed. It must not block.
     * [any-thread & created, one at a time for an errand] */
    void (*news)(void *argument, uint32_t kind, uint32_t number, mod_bytes value);

    /* Takes the end of the errand, exactly once, never from inside begin() and never after
     * destroy() was called. On another thread it may come as soon as begin() returns, before the
     * caller has filed the id away. `result` and what it points to are borrowed. It must not block.
     * [any-thread & created] */
    void (*end)(void *argument, const mod_result *result);
} mod_errand;

typedef struct mod_host_errands {
    uint32_t size;
    uint32_t reserved;

    /* Gives an errand to a service and does not wait for it. `errand` and what it points to are
     * borrowed. Returns the errand's id, never 0, and never given twice to one instance, neither
     * here nor by mod_host_modules.ask. 0 says that there will be no end: news() or end() is null,
     * the instance is not active, or it has as much in flight as the host allows.
     * [any-thread & active, and inside start() and stop()] */
    uint64_t (*begin)(void *context, const mod_errand *errand);

    /* The module has room for so many bytes more. An id of an errand that has ended is ignored.
     * [any-thread & created] */
    void (*credit)(void *context, uint64_t errand, uint64_t bytes);

    /* Asks for an errand to end at once. Its end still comes. An id of an errand that has ended is
     * ignored.
     * [any-thread & created] */
    void (*cancel)(void *context, uint64_t errand);
} mod_host_errands;

#ifdef __cplusplus
}
#endif
#endif
