/* Folders of the host that a module may keep files in. */
#ifndef MOD_FOLDERS_H
#define MOD_FOLDERS_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the host. */
#define MOD_HOST_FOLDERS "mod.host.folders"
#define MOD_HOST_FOLDERS_REVISION 1

typedef struct mod_host_folders {
    uint32_t size;
    uint32_t reserved;

    /* The module's own folder for what has to last: an absolute path of a folder that exists and
     * that nobody else may read. All instances of the module share it, also those of one reload
     * and those in other processes; another kernel of the same user has another one. Nothing in it
     * may be used before start(): a probe may find it closed. Empty if this host keeps nothing.
     * The text is in storage that is valid until destroy() has returned.
     * [any-thread & created, and inside create()] */
    mod_text (*state)(void *context);
} mod_host_folders;

#ifdef __cplusplus
}
#endif
#endif
