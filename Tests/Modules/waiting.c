/* Says that it waits, and does so until it is cancelled ("heed") or for ever ("deaf"). */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <time.h>

#define FIXTURE_ID "waiting"
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("main", "main") "," FIXTURE_TASK("thread", "thread") ","                         \
    FIXTURE_TASK("process", "process")
#define FIXTURE_CALL waiting_call
#define FIXTURE_CANCEL waiting_cancel
#include "fixture.h"

static _Atomic uint64_t cancelled;

static void waiting_cancel(void *instance, uint64_t call, mod_cancel_reason reason) {
    (void)instance, (void)reason;
    cancelled = call;
}

static void waiting_call(void *instance, const mod_call *call) {
    (void)instance;
    mod_bytes piece = {"waiting\n", 8};
    fixture_calls->output(fixture_host->context, call->id, MOD_KIND_TEXT, piece);
    int heeds = call->arguments.length == 4 && memcmp(call->arguments.bytes, "heed", 4) == 0;
    while (!heeds || cancelled != call->id) nanosleep(&(struct timespec){0, 2000000}, NULL);
    fixture_refuse(call->id, MOD_CANCELLED, "heeded");
}
