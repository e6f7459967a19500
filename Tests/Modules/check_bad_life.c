/* Starts only once, and its self-test fails. */
#define FIXTURE_START bad_life_start
#define FIXTURE_CAPABILITY bad_life_capability
#include "fixture.h"

static int starts;

static mod_status bad_life_start(void *instance) {
    (void)instance;
    if (starts++ == 0) return MOD_OK;
    return fixture_host->fail(fixture_host->context, MOD_FAILED,
                              fixture_text("the port is taken"));
}

static mod_status bad_life_self_test(void *instance) {
    (void)instance;
    return fixture_host->fail(fixture_host->context, MOD_FAILED, fixture_text("2 + 2 is 5"));
}

static const void *bad_life_capability(const char *id, uint32_t revision) {
    static const mod_health health = {sizeof health, 0, bad_life_self_test, NULL};
    return strcmp(id, MOD_HEALTH) == 0 && revision == 1 ? &health : NULL;
}
