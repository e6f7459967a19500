/* What the host offers to every module.
 *
 * The table belongs to one instance: the host knows from `context` who calls. */
#ifndef MOD_HOST_H
#define MOD_HOST_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mod_host {
    uint32_t size;
    uint16_t abi_major;
    uint16_t abi_minor;

    /* Given back to the host as the first argument of every function of every host table.
     * Opaque; valid until destroy() has returned, like the table itself and every capability. */
    void *context;

    /* Looks up a capability of the host, such as MOD_HOST_CALLS. Returns a table that begins with
     * its size, of exactly `revision` or of a later one that contains it, or NULL if this host
     * does not have it: the module must then do without it or refuse to start.
     * `id` is zero-terminated and borrowed. The table is owned by the host and valid until
     * destroy() has returned.
     * [any-thread & created, and inside create()] */
    const void *(*capability)(void *context, const char *id, uint32_t revision);

    /* Records why the lifecycle function that is running is about to fail. The last sentence
     * before the return counts. Returns `status`, so that a failure is one line. `message` is
     * borrowed.
     * [lifecycle-thread, inside a lifecycle function of this instance] */
    mod_status (*fail)(void *context, mod_status status, mod_text message);

    /* Writes one line to the log under the module's name. `call` is the id of the call that the
     * line belongs to, or 0. `message` is borrowed. Too many lines are dropped and counted.
     * [any-thread & created, and inside create() and destroy()] */
    void (*log)(void *context, mod_level level, uint64_t call, mod_text message);
} mod_host;

#ifdef __cplusplus
}
#endif
#endif
