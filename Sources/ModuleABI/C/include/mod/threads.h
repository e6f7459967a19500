/* Threads of the host that a module may run its own work on. */
#ifndef MOD_THREADS_H
#define MOD_THREADS_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the host. */
#define MOD_HOST_THREADS "mod.host.threads"
#define MOD_HOST_THREADS_REVISION 1

typedef struct mod_host_threads {
    uint32_t size;
    uint32_t reserved;

    /* Runs function(argument) once on the main thread of the process, soon. It must not block.
     * `argument` stays the module's and must be valid until function has returned.
     * [any-thread & created, and inside create()] */
    void (*run_on_main)(void *context, void (*function)(void *argument), void *argument);

    /* Runs function(argument) once on a thread of the pool, where it may block. Work that a call
     * left on the pool must have ended before the call does. `argument` stays the module's and
     * must be valid until function has returned.
     * [any-thread & created, and inside create()] */
    void (*run_on_pool)(void *context, void (*function)(void *argument), void *argument);
} mod_host_threads;

#ifdef __cplusplus
}
#endif
#endif
