/* What the C fixtures share: a whole module in a few lines, one misbehaviour each.
 *
 * A fixture defines any of these before it includes this file:
 *   FIXTURE_ID, FIXTURE_VERSION, FIXTURE_TASKS (JSON list), FIXTURE_EXTRA (more manifest members),
 *   FIXTURE_CALL, FIXTURE_CANCEL, FIXTURE_CREATE, FIXTURE_START, FIXTURE_STOP, FIXTURE_DESTROY,
 *   FIXTURE_CAPABILITY (names of functions), FIXTURE_MAGIC, FIXTURE_MAJOR, FIXTURE_REQUIRED,
 *   FIXTURE_ENTRY_SIZE, FIXTURE_PADDING (bytes), FIXTURE_BROKEN (makes no instance). */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "module_abi.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FIXTURE_ID
#define FIXTURE_ID "fixture"
#endif
#ifndef FIXTURE_VERSION
#define FIXTURE_VERSION "1.0.0"
#endif
/* What `answer` says: tests build one source twice with different answers. */
#ifndef FIXTURE_ANSWER
#define FIXTURE_ANSWER "one"
#endif
#ifndef FIXTURE_EXTRA
#define FIXTURE_EXTRA ""
#endif
#define FIXTURE_TASK(name, mode)                                                                  \
    "{\"name\":\"" name "\",\"about\":\"A task of a fixture.\",\"arguments\":null,"               \
    "\"accepts\":\"bytes\",\"result\":\"text\",\"mode\":\"" mode                                  \
    "\",\"risk\":\"read\",\"timeoutSeconds\":30,\"idempotent\":true}"
#ifndef FIXTURE_TASKS
#define FIXTURE_TASKS FIXTURE_TASK("answer", "thread")
#endif

#ifdef FIXTURE_PADDING
/* Makes the file larger than where a test cuts it. */
__attribute__((used)) static const char fixture_padding[FIXTURE_PADDING] = {1};
#endif

static const mod_host *fixture_host;
static const mod_host_calls *fixture_calls;
static const mod_host_threads *fixture_threads;
static const mod_host_modules *fixture_modules;

static inline mod_text fixture_text(const char *text) {
    mod_text value = {text, strlen(text)};
    return value;
}

static inline mod_status fixture_finish_bytes(uint64_t call, mod_kind kind, const void *bytes,
                                              uint64_t length) {
    mod_result result = {sizeof(mod_result), MOD_OK, kind, 0, {bytes, length}, {NULL, 0}};
    return fixture_calls->finish(fixture_host->context, call, &result);
}

static inline mod_status fixture_finish(uint64_t call, const char *text) {
    return fixture_finish_bytes(call, MOD_KIND_TEXT, text, strlen(text));
}

static inline mod_status fixture_refuse(uint64_t call, mod_status status, const char *why) {
    mod_result result = {sizeof(mod_result), status, MOD_KIND_TEXT, 0, {NULL, 0}, {NULL, 0}};
    result.message = fixture_text(why);
    return fixture_calls->finish(fixture_host->context, call, &result);
}

/* So many bytes more in the part of the file that is mapped. */
#ifdef FIXTURE_BALLAST
__attribute__((used)) static const char fixture_ballast[FIXTURE_BALLAST] = {1};
#endif

#ifndef FIXTURE_CALL
static void fixture_call(void *instance, const mod_call *call) {
    (void)instance;
    fixture_finish(call->id, FIXTURE_ANSWER);
}
#define FIXTURE_CALL fixture_call
#else
static void FIXTURE_CALL(void *instance, const mod_call *call);
#endif

#ifdef FIXTURE_CANCEL
static void FIXTURE_CANCEL(void *instance, uint64_t call, mod_cancel_reason reason);
#else
#define FIXTURE_CANCEL NULL
#endif
#ifdef FIXTURE_START
static mod_status FIXTURE_START(void *instance);
#else
#define FIXTURE_START NULL
#endif
#ifdef FIXTURE_STOP
static void FIXTURE_STOP(void *instance);
#else
#define FIXTURE_STOP NULL
#endif
#ifdef FIXTURE_DESTROY
static void FIXTURE_DESTROY(void *instance);
#else
static void fixture_destroy(void *instance) { (void)instance; }
#define FIXTURE_DESTROY fixture_destroy
#endif
#ifdef FIXTURE_CAPABILITY
static const void *FIXTURE_CAPABILITY(const char *id, uint32_t revision);
#endif
#ifdef FIXTURE_CREATE
static mod_status FIXTURE_CREATE(void);
#endif

static const mod_tasks fixture_tasks = {sizeof(mod_tasks), 0, FIXTURE_CALL, FIXTURE_CANCEL};

__attribute__((unused)) static const void *fixture_capability(void *instance, const char *id,
                                                              uint32_t revision) {
    (void)instance;
#ifdef FIXTURE_CAPABILITY
    const void *own = FIXTURE_CAPABILITY(id, revision);
    if (own) return own;
#else
    (void)revision;
#endif
#ifndef FIXTURE_NO_TASKS
    if (strcmp(id, MOD_TASKS) == 0) return &fixture_tasks;
#endif
    return NULL;
}

static mod_module fixture_module = {sizeof(mod_module), 0,            NULL,
                                    fixture_capability, FIXTURE_START, FIXTURE_STOP,
                                    FIXTURE_DESTROY};

__attribute__((unused)) static const mod_module *fixture_create(const mod_host *host) {
    fixture_host = host;
    fixture_calls = (const mod_host_calls *)host->capability(host->context, MOD_HOST_CALLS, 1);
    fixture_threads =
        (const mod_host_threads *)host->capability(host->context, MOD_HOST_THREADS, 1);
    fixture_modules =
        (const mod_host_modules *)host->capability(host->context, MOD_HOST_MODULES, 1);
#ifdef FIXTURE_CREATE
    if (FIXTURE_CREATE() < 0) return NULL;
#endif
#ifdef FIXTURE_BROKEN
    host->fail(host->context, MOD_FAILED, fixture_text("it is broken"));
    return NULL;
#endif
    return &fixture_module;
}

static mod_text fixture_manifest(void) {
    return fixture_text("{\"id\":\"" FIXTURE_ID "\",\"version\":\"" FIXTURE_VERSION
                        "\",\"about\":\"A fixture.\",\"abi\":{\"major\":1,\"minor\":0},"
                        "\"toolchain\":\"C\",\"tasks\":[" FIXTURE_TASKS "]" FIXTURE_EXTRA "}");
}

#ifndef FIXTURE_MAGIC
#define FIXTURE_MAGIC MOD_MAGIC
#endif
#ifndef FIXTURE_MAJOR
#define FIXTURE_MAJOR MOD_ABI_MAJOR
#endif
#ifndef FIXTURE_REQUIRED
#define FIXTURE_REQUIRED 0
#endif
#ifndef FIXTURE_ENTRY_SIZE
#define FIXTURE_ENTRY_SIZE sizeof(mod_entry)
#endif

/* A fixture that defines FIXTURE_TABLES_ONLY has an entry of its own. */
#ifndef FIXTURE_TABLES_ONLY
const mod_entry *module_entry(void) {
    static const mod_entry entry = {FIXTURE_MAGIC,    FIXTURE_ENTRY_SIZE, FIXTURE_MAJOR,
                                    MOD_ABI_MINOR,    FIXTURE_REQUIRED,   0,
                                    0,                fixture_manifest,   fixture_create,
                                    NULL};
    return &entry;
}

#endif

#endif
