/* One misbehaviour, chosen by a definition: HAZARD_<where> is what happens there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <time.h>
#include <stdint.h>

#ifndef HAZARD_TASKS
#define HAZARD_TASKS FIXTURE_TASK("answer", "thread")
#endif
#define FIXTURE_TASKS HAZARD_TASKS
#ifdef HAZARD_CREATE
#define FIXTURE_CREATE hazard_create
#endif
#ifdef HAZARD_START
#define FIXTURE_START hazard_start
#endif
#ifdef HAZARD_STOP
#define FIXTURE_STOP hazard_stop
#endif
#ifdef HAZARD_CALL
#define FIXTURE_CALL hazard_call
#endif
#define FIXTURE_CAPABILITY hazard_capability
#include "fixture.h"

/* What a hazard may do. */
__attribute__((unused)) static void crash(void) { *(volatile int *)8 = 1; }
__attribute__((unused)) static void hang(void) { for (;;) pause(); }
__attribute__((unused)) static void spin(void) { for (volatile int i = 0;; i++) {} }
__attribute__((unused)) static void say(const char *text) {
    fixture_host->fail(fixture_host->context, MOD_FAILED, fixture_text(text));
}
/* True in the kernel's process, false in a worker or probe: those are children of the zygote. */
__attribute__((unused)) static int in_kernel(void) {
    char name[32] = "";
    FILE *file = fopen("/proc/self/comm", "r");
    if (file) {
        if (!fgets(name, sizeof name, file)) name[0] = 0;
        fclose(file);
    }
    return strncmp(name, "kernel-", 7) != 0;
}

#ifdef HAZARD_CONSTRUCTOR
__attribute__((constructor)) static void hazard_constructor(void) { HAZARD_CONSTRUCTOR; }
#endif
#ifdef HAZARD_CREATE
static mod_status hazard_create(void) { HAZARD_CREATE; return MOD_OK; }
#endif
#ifdef HAZARD_START
static mod_status hazard_start(void *instance) {
    (void)instance;
    HAZARD_START;
    return MOD_OK;
}
#endif
#ifdef HAZARD_STOP
static void hazard_stop(void *instance) {
    (void)instance;
    HAZARD_STOP;
}
#endif
#ifdef HAZARD_CALL
static void hazard_call(void *instance, const mod_call *call) {
    (void)instance;
    HAZARD_CALL;
    fixture_finish(call->id, FIXTURE_ANSWER);
}
#endif

#ifdef HAZARD_CONFIGURE
static mod_status hazard_configure(void *instance, mod_text own, mod_text user) {
    (void)instance, (void)own, (void)user;
    HAZARD_CONFIGURE;
    return MOD_OK;
}
static const mod_configuration configuration = {sizeof(mod_configuration), 0, hazard_configure};
#endif

#if defined(HAZARD_SAVE) || defined(HAZARD_LOAD)
#ifndef HAZARD_SAVE
#define HAZARD_SAVE
#endif
#ifndef HAZARD_LOAD
#define HAZARD_LOAD
#endif
static mod_status hazard_save(void *instance, const mod_writer *writer) {
    (void)instance;
    HAZARD_SAVE;
    mod_bytes bytes = {"state", 5};
    return writer->write(writer->context, bytes);
}
static mod_status hazard_load(void *instance, uint32_t version, mod_bytes state) {
    (void)instance, (void)version, (void)state;
    HAZARD_LOAD;
    return MOD_OK;
}
static const mod_state state_table = {sizeof(mod_state), 0, hazard_save, hazard_load};
#endif

#if defined(HAZARD_TEST) || defined(HAZARD_HEALTH)
#ifndef HAZARD_TEST
#define HAZARD_TEST
#endif
#ifndef HAZARD_HEALTH
#define HAZARD_HEALTH
#endif
static mod_status hazard_test(void *instance) { (void)instance; HAZARD_TEST; return MOD_OK; }
static mod_status hazard_health(void *instance) { (void)instance; HAZARD_HEALTH; return MOD_OK; }
static const mod_health health = {sizeof(mod_health), 0, hazard_test, hazard_health};
#endif

static const void *hazard_capability(const char *id, uint32_t revision) {
    (void)revision, (void)id;
#ifdef HAZARD_CONFIGURE
    if (strcmp(id, MOD_CONFIGURATION) == 0) return &configuration;
#endif
#ifdef HAZARD_SAVE
    if (strcmp(id, MOD_STATE) == 0) return &state_table;
#endif
#ifdef HAZARD_HEALTH
    if (strcmp(id, MOD_HEALTH) == 0) return &health;
#endif
    return NULL;
}
