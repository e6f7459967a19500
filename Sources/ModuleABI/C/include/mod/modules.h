/* Other modules: how a module has a task of another one done.
 *
 * A module asks for what its manifest requires, by the name of the interface and of the task, such
 * as "storage.put"; which module serves it the host decides, and may decide anew at any time. What
 * passes are bytes, and a request never gives a module more than it has: who serves it must need
 * no permission that the asking module lacks, else the reply is MOD_DENIED. A row of requests that
 * comes back to a module that is part of it is refused.
 *
 * A request is made with ask() and ends with one reply, also if it is refused: the reply then says
 * why, and what can be done. */
#ifndef MOD_MODULES_H
#define MOD_MODULES_H

#include "types.h"
#include "tasks.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the host. A host that works for nobody but the module, such as a probe, has it and
 * refuses every request. */
#define MOD_HOST_MODULES "mod.host.modules"
#define MOD_HOST_MODULES_REVISION 1

typedef struct mod_request {
    uint32_t size;
    mod_kind argument_kind;
    /* The call of this module that the request is part of, or 0. The request then ends no later
     * than that call: its deadline, its cancellation and its end reach the request. */
    uint64_t call;
    /* On CLOCK_MONOTONIC; 0 means none. The earliest of this, of the call's and of the task's own
     * counts. */
    uint64_t deadline_nanoseconds;
    /* The interface as the manifest requires it, a dot, and the task: "storage.put". Borrowed. */
    mod_text task;
    /* What the task takes: checked against its schema if they are MOD_KIND_JSON. Borrowed. */
    mod_bytes arguments;
    /* Given back as the first argument of output() and reply(). It stays the module's and must be
     * valid until reply() has returned. */
    void *argument;

    /* Takes a part of the task's output, before the reply and in order, and as little from inside
     * ask(). NULL if it is not wanted.
     * `piece` is borrowed. It must not block.
     * [any-thread & created, one at a time for a request] */
    void (*output)(void *argument, mod_kind kind, mod_bytes piece);

    /* Takes the end of the request, exactly once, never from inside ask() and never after destroy()
     * was called. On another thread it may come as soon as ask() returns, before the caller has
     * filed the id away: `argument` is what tells requests apart. `result` and what it points to
     * are borrowed. It must not block.
     * [any-thread & created] */
    void (*reply)(void *argument, const mod_result *result);
} mod_request;

typedef struct mod_host_modules {
    uint32_t size;
    uint32_t reserved;

    /* Makes a request and does not wait for it. `request` and what it points to are borrowed.
     * Returns the request's id, never 0 and never given twice to one instance. 0 says that there
     * will be no reply: reply() is null, the instance is not active, or it has as many requests in
     * flight as the host allows (1,024).
     * [any-thread & active, and inside start() and stop()] */
    uint64_t (*ask)(void *context, const mod_request *request);

    /* Asks for a request to end soon. Its reply still comes. An id of a request that has ended is
     * ignored.
     * [any-thread & created] */
    void (*cancel)(void *context, uint64_t request);
} mod_host_modules;

#ifdef __cplusplus
}
#endif
#endif
