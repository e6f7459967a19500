/* Health: what a module says of itself, before it is trusted and while it serves. */
#ifndef MOD_HEALTH_H
#define MOD_HEALTH_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the module. */
#define MOD_HEALTH "mod.health"
#define MOD_HEALTH_REVISION 1

typedef struct mod_health {
    uint32_t size;
    uint32_t reserved;

    /* Tests the instance before its first start(), in a process that may die: anything that shows
     * a broken build, without an effect outside the process. A failure refuses the build. NULL if
     * there is nothing to test.
     * [lifecycle-thread & created & !active] */
    mod_status (*self_test)(void *instance);

    /* Says whether the instance can do its work now: MOD_OK, or a status with the reason given by
     * host->fail(). A failure soon after a reload brings the old build back. NULL if the module
     * has nothing to say.
     * [lifecycle-thread & active] */
    mod_status (*check)(void *instance);
} mod_health;

#ifdef __cplusplus
}
#endif
#endif
