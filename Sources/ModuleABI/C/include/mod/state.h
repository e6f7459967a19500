/* State: what an instance hands to its successor. */
#ifndef MOD_STATE_H
#define MOD_STATE_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the module. */
#define MOD_STATE "mod.state"
#define MOD_STATE_REVISION 1

/* Takes the bytes of a state, one piece after the other. */
typedef struct mod_writer {
    uint32_t size;
    uint32_t reserved;
    /* Given back as the first argument of write(). */
    void *context;
    /* Appends `bytes`, which are borrowed. On failure the module stops and returns that status:
     * MOD_LIMIT means that the state is larger than the host keeps.
     * [the thread that save() was called on, before it returns] */
    mod_status (*write)(void *context, mod_bytes bytes);
} mod_writer;

typedef struct mod_state {
    uint32_t size;
    uint32_t reserved;

    /* Writes the whole state in the schema version that the manifest names. While the instance is
     * active, calls may run at the same time: the module takes its own locks. `writer` is
     * borrowed.
     * [lifecycle-thread & created] */
    mod_status (*save)(void *instance, const mod_writer *writer);

    /* Takes over a state that an instance of this or of another build of the module wrote in
     * schema version `version`. `state` is borrowed. A version that the module does not know is
     * MOD_UNSUPPORTED, with host->fail(): the old instance then goes on.
     * [lifecycle-thread & created & !active] */
    mod_status (*load)(void *instance, uint32_t version, mod_bytes state);
} mod_state;

#ifdef __cplusplus
}
#endif
#endif
