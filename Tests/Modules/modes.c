/* One task under each mode, told apart by its argument: says where it runs, waits, prints, dies. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

#define FIXTURE_ID "modes"
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("main", "main") "," FIXTURE_TASK("thread", "thread") ","                         \
    FIXTURE_TASK("process", "process")
#define FIXTURE_CALL modes_call
#define FIXTURE_CANCEL modes_cancel
#include "fixture.h"

static _Atomic uint64_t cancelled[1024];
static _Atomic uint32_t reasons[1024];
static _Atomic int released;

static void rest(void) {
    struct timespec time = {0, 2000000};
    nanosleep(&time, NULL);
}

static void modes_cancel(void *instance, uint64_t call, mod_cancel_reason reason) {
    (void)instance;
    reasons[call % 1024] = reason;
    cancelled[call % 1024] = call;
}

/* Says where the call runs: "<pid> <thread> <mode>". */
static void where(const mod_call *call) {
    char text[64];
    snprintf(text, sizeof text, "%d %ld %u", getpid(), (long)syscall(SYS_gettid), call->mode);
    fixture_finish(call->id, text);
}

/* Waits until it is cancelled. */
static void heed(const mod_call *call) {
    while (cancelled[call->id % 1024] != call->id) rest();
    char text[64];
    snprintf(text, sizeof text, "heeded %u", reasons[call->id % 1024]);
    fixture_refuse(call->id, MOD_CANCELLED, text);
}

/* As heed, but by asking the host. */
static void poll_host(const mod_call *call) {
    while (!fixture_calls->is_cancelled(fixture_host->context, call->id)) rest();
    fixture_refuse(call->id, MOD_CANCELLED, "polled");
}

/* Waits until `release` is called on another thread of the process, whatever anybody says. */
static void deaf(const mod_call *call) {
    fixture_calls->progress(fixture_host->context, call->id, 0.5, fixture_text("deaf"));
    while (!released) rest();
    fixture_finish(call->id, "at last");
}

static void flood(const mod_call *call) {
    for (int i = 0; i < 20000; i++) dprintf(1, "line %d of a flood\n", i);
    dprintf(2, "an error at the end\n");
    fixture_finish(call->id, "printed");
}

static void echo(const mod_call *call) {
    fixture_finish_bytes(call->id, MOD_KIND_BYTES, call->arguments.bytes, call->arguments.length);
}

static void *finish_later(void *argument) {
    rest();
    fixture_finish((uint64_t)(uintptr_t)argument, "later");
    return NULL;
}

static void later(const mod_call *call) {
    pthread_t thread;
    pthread_create(&thread, NULL, finish_later, (void *)(uintptr_t)call->id);
    pthread_detach(thread);
}

static void pieces(const mod_call *call) {
    for (int i = 0; i < 3; i++) {
        char text[16];
        mod_bytes piece = {text, (uint64_t)snprintf(text, sizeof text, "piece %d", i)};
        fixture_calls->progress(fixture_host->context, call->id, i / 3.0, fixture_text("going"));
        fixture_calls->output(fixture_host->context, call->id, MOD_KIND_TEXT, piece);
    }
    fixture_finish(call->id, "done");
}

static void modes_call(void *instance, const mod_call *call) {
    (void)instance;
    char what[16] = "";
    size_t length = call->arguments.length < 15 ? call->arguments.length : 15;
    if (length) memcpy(what, call->arguments.bytes, length);
    if (length == 0) return where(call);
    if (strcmp(what, "heed") == 0) return heed(call);
    if (strcmp(what, "poll") == 0) return poll_host(call);
    if (strcmp(what, "deaf") == 0) return deaf(call);
    if (strcmp(what, "flood") == 0) return flood(call);
    if (strcmp(what, "later") == 0) return later(call);
    if (strcmp(what, "pieces") == 0) return pieces(call);
    if (strcmp(what, "segv") == 0) { raise(SIGSEGV); return; }
    if (strcmp(what, "abort") == 0) abort();
    if (strcmp(what, "exit") == 0) _exit(3);
    if (strcmp(what, "never") == 0) return;
    if (strcmp(what, "twice") == 0) { fixture_finish(call->id, "once"); }
    if (strcmp(what, "unkind") == 0) {
        fixture_finish_bytes(call->id, 77, "x", 1);
        return;
    }
    if (strcmp(what, "release") == 0) released = 1;
    if (strcmp(what, "unrelease") == 0) released = 0;
    echo(call);
}
