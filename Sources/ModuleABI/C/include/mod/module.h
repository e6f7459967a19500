/* One instance of a module, as it offers itself to the host.
 *
 * The life of an instance, in this order; every step but create and destroy may be left out by a
 * host that does not need it (a probe stops before start):
 *
 *   create  ->  configure (mod/configuration.h)  ->  load (mod/state.h)  ->  self_test
 *           ->  start  ->  calls, configure, save, check  ->  stop  ->  save  ->  destroy
 *
 * A reload stops the old instance, saves its state, loads it into the new instance and starts
 * that one. If any of this fails the old instance is started again, as if nothing had happened:
 * start() after stop() must work. */
#ifndef MOD_MODULE_H
#define MOD_MODULE_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mod_module {
    uint32_t size;
    uint32_t reserved;

    /* Given back to the module as the first argument of every function of every module table.
     * Opaque to the host. */
    void *instance;

    /* Looks up a capability of the module, such as MOD_TASKS. Returns a table that begins with its
     * size, of exactly `revision` or of a later one that contains it, or NULL if the module does
     * not have it. `id` is zero-terminated and borrowed. The table is owned by the module and
     * valid until destroy() is called. Must have no side effect.
     * [any-thread & created] */
    const void *(*capability)(void *instance, const char *id, uint32_t revision);

    /* Begins work: from now on calls arrive, and the module may use threads and timers of its own.
     * Before it, the module must hold nothing that a second instance could miss: no port, no lock
     * file, no device. NULL if there is nothing to do.
     * [lifecycle-thread & created & !active] */
    mod_status (*start)(void *instance);

    /* Ends work: no call is in flight any more and none will come until start(). The module gives
     * back what start() took and ends its threads before it returns. NULL if there is nothing to
     * do. A call that did not heed its cancellation is not in flight for the host, but may still
     * be at work when stop() and save() run; destroy() waits until it has finished and returned.
     * [lifecycle-thread & active] */
    void (*stop)(void *instance);

    /* Frees the instance. The library itself stays mapped.
     * [lifecycle-thread & created & !active] */
    void (*destroy)(void *instance);
} mod_module;

#ifdef __cplusplus
}
#endif
#endif
