/* Says what it was configured with: its own table, and the user's. */
#define FIXTURE_ID "configured"
#ifndef CONFIGURED_EXTRA
#define CONFIGURED_EXTRA ""
#endif
#define FIXTURE_EXTRA                                                                             \
    ",\"configuration\":{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\"}},"    \
    "\"additionalProperties\":false}" CONFIGURED_EXTRA
#define FIXTURE_CALL configured_call
#define FIXTURE_CAPABILITY configured_capability
#ifdef CONFIGURED_START
#define FIXTURE_START configured_start
#include <fcntl.h>
#include <unistd.h>
#endif
#include "fixture.h"

#ifdef CONFIGURED_START
static mod_status configured_start(void *instance) {
    (void)instance;
    CONFIGURED_START;
    return MOD_OK;
}
#endif

static char own_table[512] = "never";

static void configured_call(void *instance, const mod_call *call) {
    (void)instance;
    fixture_finish(call->id, own_table);
}

static mod_status configure(void *instance, mod_text own, mod_text user) {
    (void)instance;
    snprintf(own_table, sizeof own_table, "own %.*s user %.*s", (int)own.length, own.bytes,
             (int)user.length, user.bytes);
    return MOD_OK;
}

static const mod_configuration configuration = {sizeof(mod_configuration), 0, configure};

static const void *configured_capability(const char *id, uint32_t revision) {
    (void)revision;
    return strcmp(id, MOD_CONFIGURATION) == 0 ? &configuration : NULL;
}
