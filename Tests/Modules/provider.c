/* Provides an interface that other fixtures require: PROVIDED (name) in PROVIDED_VERSION. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#ifndef FIXTURE_ID
#define FIXTURE_ID "provider"
#endif
#ifndef PROVIDED
#define PROVIDED "storage"
#endif
#ifndef PROVIDED_VERSION
#define PROVIDED_VERSION "1.0.0"
#endif
#ifndef PROVIDER_EXTRA
#define PROVIDER_EXTRA ""
#endif
#define FIXTURE_EXTRA                                                                             \
    ",\"provides\":[{\"name\":\"" PROVIDED "\",\"version\":\"" PROVIDED_VERSION "\"}]"            \
    PROVIDER_EXTRA
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("echo", "thread") "," FIXTURE_TASK("echo_main", "main") ","                      \
    FIXTURE_TASK("echo_process", "process") "," FIXTURE_TASK("refuse", "thread") ","              \
    FIXTURE_TASK("hang", "thread") "," FIXTURE_TASK("print", "thread") ","                        \
    FIXTURE_TASK("later", "thread") ",{\"name\":\"typed\",\"arguments\":{\"type\":\"object\","    \
    "\"properties\":{\"number\":{\"type\":\"integer\"}},\"required\":[\"number\"]},"              \
    "\"risk\":\"danger\",\"result\":\"json\"}," FIXTURE_TASK("answer", "thread")
#define FIXTURE_CALL provider_call
#include "fixture.h"

static void *finish_later(void *argument) {
    usleep(200 * 1000);
    fixture_finish((uint64_t)(uintptr_t)argument, "later");
    return NULL;
}

static void provider_call(void *instance, const mod_call *call) {
    (void)instance;
    pthread_t thread;
    switch (call->task) {
    case 3:
        fixture_refuse(call->id, MOD_BUSY, "the store is full of dust");
        return;
    case 4:
        /* Until it is cancelled. */
        while (!fixture_calls->is_cancelled(fixture_host->context, call->id)) usleep(1000);
        fixture_refuse(call->id, MOD_CANCELLED, "it was asked to stop");
        return;
    case 5:
        for (char letter = 'a'; letter <= 'e'; letter++) {
            mod_bytes piece = {&letter, 1};
            fixture_calls->output(fixture_host->context, call->id, MOD_KIND_TEXT, piece);
        }
        fixture_finish(call->id, "end");
        return;
    case 6:
        if (pthread_create(&thread, NULL, finish_later, (void *)(uintptr_t)call->id) != 0) {
            /* Where it is confined it may start only so many. */
            fixture_refuse(call->id, MOD_BUSY, "no more threads");
            return;
        }
        pthread_detach(thread);
        return;
    case 7:
        fixture_finish_bytes(call->id, MOD_KIND_JSON, call->arguments.bytes,
                             call->arguments.length);
        return;
    case 8:
        fixture_finish(call->id, FIXTURE_ANSWER);
        return;
    default:
        fixture_finish_bytes(call->id, MOD_KIND_TEXT, call->arguments.bytes,
                             call->arguments.length);
    }
}
