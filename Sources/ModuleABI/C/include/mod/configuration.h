/* Configuration: the module's own table of the kernel's file, and the user's. */
#ifndef MOD_CONFIGURATION_H
#define MOD_CONFIGURATION_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the module. */
#define MOD_CONFIGURATION "mod.configuration"
#define MOD_CONFIGURATION_REVISION 1

typedef struct mod_configuration {
    uint32_t size;
    uint32_t reserved;

    /* Takes a configuration into use: `own` is the table [modules.<id>], `user` the table [user],
     * each one JSON object, borrowed, already checked against the schema in the manifest, with
     * references to secrets resolved. Called once before start(), with empty objects if the file
     * says nothing, and again whenever one of the two has changed, also while calls run. On
     * failure the module keeps the configuration that it had, and says why with host->fail().
     * [lifecycle-thread & created] */
    mod_status (*configure)(void *instance, mod_text own, mod_text user);
} mod_configuration;

#ifdef __cplusplus
}
#endif
#endif
