/* Loads a state, but saves another one than it was given. */
#define FIXTURE_EXTRA ",\"state\":{\"version\":1}"
#define FIXTURE_CAPABILITY bad_state_capability
#include "fixture.h"

static uint64_t saves;

static mod_status bad_state_save(void *instance, const mod_writer *writer) {
    (void)instance;
    saves += 1 + (uint64_t)getpid();
    mod_bytes bytes = {&saves, sizeof saves};
    return writer->write(writer->context, bytes);
}

static mod_status bad_state_load(void *instance, uint32_t version, mod_bytes state) {
    (void)instance;
    (void)version;
    (void)state;
    return MOD_OK;
}

static const void *bad_state_capability(const char *id, uint32_t revision) {
    static const mod_state state = {sizeof state, 0, bad_state_save, bad_state_load};
    return strcmp(id, MOD_STATE) == 0 && revision == 1 ? &state : NULL;
}
