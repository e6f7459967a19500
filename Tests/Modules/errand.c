/* Gives errands to the host, and tells what came of them. The argument is the order. */
#ifndef ERRAND_PERMISSIONS
#define ERRAND_PERMISSIONS "\"network\":[]"
#endif
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("fetch", "thread") "," FIXTURE_TASK("stingy", "thread") ","                      \
    FIXTURE_TASK("alone", "thread") "," FIXTURE_TASK("leave", "thread") ","                       \
    FIXTURE_TASK("ended", "thread") "," FIXTURE_TASK("flood", "thread") ","                       \
    FIXTURE_TASK("unknown", "thread") "," FIXTURE_TASK("post", "thread") ","                      \
    FIXTURE_TASK("process", "process") "," FIXTURE_TASK("run", "thread") ","                      \
    FIXTURE_TASK("run_process", "process") "," FIXTURE_TASK("breach", "thread") ","               \
    FIXTURE_TASK("bus", "thread") "," FIXTURE_TASK("bus_process", "process") ","                  \
    FIXTURE_TASK("listen", "thread") "," FIXTURE_TASK("listen_process", "process")
#define FIXTURE_EXTRA ",\"permissions\":{" ERRAND_PERMISSIONS "}"
#define FIXTURE_CALL errand_call
#define FIXTURE_CREATE errand_create
#define FIXTURE_CANCEL errand_cancel
#include "fixture.h"
#include <sched.h>
#include <stdatomic.h>

static const mod_host_errands *errands;
static atomic_int ends;

static mod_status errand_create(void) {
    errands = (const mod_host_errands *)fixture_host->capability(
        fixture_host->context, MOD_HOST_ERRANDS, MOD_HOST_ERRANDS_REVISION);
    return errands ? MOD_OK : MOD_UNSUPPORTED;
}

struct trip {
    uint64_t call;
    atomic_uint_fast64_t id;
    /* Who still uses it: the call that began it, and the errand. */
    atomic_int owners;
    int renews;
    /* A program's output and not a server's answer. */
    int runs;
    /* Signals of a bus: it is ended with the first. */
    int listens;
    /* The call has ended: the errand is nobody's. */
    int left;
    uint32_t status;
    uint64_t bytes;
    char text[4096];
    size_t length;
};

static void let_go(struct trip *trip) {
    if (--trip->owners == 0) free(trip);
}

static void take_news(void *argument, uint32_t kind, uint32_t number, mod_bytes value) {
    struct trip *trip = argument;
    if (kind == MOD_HTTP_HEAD && !trip->listens) trip->status = number;
    if (trip->listens) {
        trip->status++;
        if (kind == MOD_BUS_SIGNAL) {
            while (!trip->id) sched_yield();
            errands->cancel(fixture_host->context, trip->id);
        }
    }
    if (trip->listens ? kind == MOD_BUS_SIGNAL : kind == MOD_HTTP_PIECE || trip->runs) {
        size_t room = sizeof trip->text - trip->length;
        size_t count = value.length < room ? (size_t)value.length : room;
        memcpy(trip->text + trip->length, value.bytes, count);
        trip->length += count;
        trip->bytes += value.length;
    }
    if (!trip->renews) return;
    /* The one who began it files its id away at this moment. */
    while (!trip->id) sched_yield();
    errands->credit(fixture_host->context, trip->id, value.length);
}

static void take_end(void *argument, const mod_result *result) {
    struct trip *trip = argument;
    char text[8192];
    ends++;
    if (trip->left) {
        let_go(trip);
        return;
    }
    int count = snprintf(text, sizeof text, "%u %llu %.*s|%.*s%.*s", trip->status,
                         (unsigned long long)trip->bytes, (int)trip->length, trip->text,
                         (int)result->value.length, (const char *)result->value.bytes,
                         (int)result->message.length, result->message.bytes);
    if (result->status == MOD_OK)
        fixture_finish_bytes(trip->call, MOD_KIND_TEXT, text, (uint64_t)count);
    else
        fixture_refuse(trip->call, result->status, text);
    let_go(trip);
}

static void errand_call(void *instance, const mod_call *call) {
    (void)instance;
    char text[64];
    if (call->task == 4) {
        snprintf(text, sizeof text, "%d", ends);
        fixture_finish(call->id, text);
        return;
    }
    mod_errand errand = {sizeof(mod_errand), 0, call->id, 0, {NULL, 0}, {NULL, 0},
                         {NULL, 0},          0, NULL,     take_news,  take_end};
    int runs = call->task == 9 || call->task == 10, calls = call->task == 12 || call->task == 13;
    int listens = call->task == 14 || call->task == 15;
    errand.service = fixture_text(call->task == 6 ? "teleport"
                                  : runs          ? MOD_SERVICE_RUN
                                  : calls         ? MOD_SERVICE_BUS
                                  : listens       ? MOD_SERVICE_BUS_SIGNALS
                                                  : MOD_SERVICE_HTTP);
    errand.order = call->arguments;
    if (call->task == 11) {
        /* What a host that watches tells of. */
        errand.end = NULL;
        uint64_t none = errands->begin(fixture_host->context, &errand);
        none |= errands->begin(fixture_host->context, NULL);
        fixture_finish(call->id, none == 0 ? "refused" : "taken");
        return;
    }
    int count = call->task == 5 ? 500 : 1, taken = 0;
    for (int index = 0; index < count; index++) {
        struct trip *trip = calloc(1, sizeof *trip);
        trip->owners = 2;
        trip->call = call->id;
        trip->renews = call->task != 1;
        trip->runs = runs;
        trip->listens = listens;
        trip->left = call->task == 3 || call->task == 5;
        errand.argument = trip;
        if (call->task == 1) errand.credit = 50000;
        if (call->task == 2) errand.call = 0;
        if (call->task == 7) {
            errand.body.bytes = "the body";
            errand.body.length = 8;
        }
        uint64_t id = errands->begin(fixture_host->context, &errand);
        taken += id != 0;
        trip->id = id;
        if (!id) let_go(trip);
        let_go(trip);
    }
    if (call->task == 5 || call->task == 3) {
        snprintf(text, sizeof text, "%d", taken);
        fixture_finish(call->id, text);
    } else if (!taken) {
        fixture_refuse(call->id, MOD_LIMIT, "the errand was not taken");
    }
}

static void errand_cancel(void *instance, uint64_t call, mod_cancel_reason reason) {
    (void)instance, (void)call, (void)reason;
}
