/* Counts its calls and hands the count on. COUNTER_FLAG names a file whose presence makes load
 * fail outside of probes; COUNTER_SICK names one whose presence makes it unhealthy. */
#include <stdatomic.h>

#define FIXTURE_ID "counter"
#ifndef FIXTURE_TASKS
#define FIXTURE_TASKS FIXTURE_TASK("count", "thread") "," FIXTURE_TASK("answer", "thread")
#endif
#ifndef COUNTER_VERSION
#define COUNTER_VERSION "1"
#endif
#ifdef COUNTER_REQUIRES
#define COUNTER_RELATIONS ",\"requires\":[" COUNTER_REQUIRES "]"
#elif defined COUNTER_PROVIDES
#define COUNTER_RELATIONS                                                                         \
    ",\"provides\":[{\"name\":\"storage\",\"version\":\"" COUNTER_PROVIDES "\"}]"
#else
#define COUNTER_RELATIONS ""
#endif
#define FIXTURE_EXTRA ",\"state\":{\"version\":" COUNTER_VERSION "}" COUNTER_RELATIONS
#define FIXTURE_CALL counter_call
#define FIXTURE_CAPABILITY counter_capability
#include "fixture.h"

static _Atomic uint64_t count;

static void counter_call(void *instance, const mod_call *call) {
    (void)instance;
    char text[64];
    if (call->task == 1) {
        fixture_finish(call->id, FIXTURE_ANSWER);
        return;
    }
    snprintf(text, sizeof text, "%llu " FIXTURE_ANSWER, (unsigned long long)++count);
    fixture_finish(call->id, text);
}

static mod_status save(void *instance, const mod_writer *writer) {
    (void)instance;
    uint64_t now = count;
    mod_bytes bytes = {&now, sizeof now};
    return writer->write(writer->context, bytes);
}

static int in_kernel(void) {
    char name[32] = "";
    FILE *file = fopen("/proc/self/comm", "r");
    if (file) {
        if (!fgets(name, sizeof name, file)) name[0] = 0;
        fclose(file);
    }
    return strncmp(name, "kernel-", 7) != 0;
}

static mod_status load(void *instance, uint32_t version, mod_bytes state) {
    (void)instance, (void)version;
#ifdef COUNTER_FLAG
    if (in_kernel() && access(COUNTER_FLAG, F_OK) == 0)
        return fixture_host->fail(fixture_host->context, MOD_FAILED,
                                  fixture_text("the flag says no"));
#else
    (void)in_kernel;
#endif
    if (state.length != sizeof count)
        return fixture_host->fail(fixture_host->context, MOD_INVALID,
                                  fixture_text("the state has another length"));
    uint64_t before;
    memcpy(&before, state.bytes, sizeof before);
    count = before;
    return MOD_OK;
}

static mod_status check(void *instance) {
    (void)instance;
#ifdef COUNTER_SICK
    if (access(COUNTER_SICK, F_OK) == 0)
        return fixture_host->fail(fixture_host->context, MOD_FAILED, fixture_text("it feels sick"));
#endif
    return MOD_OK;
}

static const void *counter_capability(const char *id, uint32_t revision) {
    static const mod_state state = {sizeof(mod_state), 0, save, load};
    static const mod_health health = {sizeof(mod_health), 0, NULL, check};
    (void)revision;
    if (strcmp(id, MOD_STATE) == 0) return &state;
    if (strcmp(id, MOD_HEALTH) == 0) return &health;
    return NULL;
}
