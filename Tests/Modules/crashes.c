/* Ways to take the process along, told apart by the argument; under each mode. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <time.h>

#ifndef FIXTURE_ID
#define FIXTURE_ID "crashes"
#endif
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("main", "main") "," FIXTURE_TASK("thread", "thread") ","                         \
    FIXTURE_TASK("process", "process")
#define FIXTURE_CALL crashes_call
#include "fixture.h"

typedef void crash_function(void);

__attribute__((noinline)) static void segv(void) { *(volatile int *)8 = 1; }
__attribute__((noinline)) static void trap(void) { __builtin_trap(); }
__attribute__((noinline)) static void divide(void) {
    volatile int zero = 0, one = 1;
    one = one / zero;
}

/* A call through a pointer that points nowhere leaves no frame of its own. */
__attribute__((noinline)) static void bad_call(void) {
    crash_function *volatile nowhere = NULL;
    nowhere();
}

static volatile int is_endless = 1;

__attribute__((noinline)) static int overflow(int depth) {
    volatile char frame[512];
    frame[0] = (char)depth;
    if (!is_endless) return depth;
    return overflow(depth + 1) + frame[0];
}

__attribute__((noinline)) static void twice(void) {
    char *volatile memory = malloc(64);
    free(memory);
    free(memory);
}

static void *on_own_thread(void *function) {
    ((crash_function *)function)();
    return NULL;
}

static void elsewhere(crash_function *function) {
    pthread_t thread;
    pthread_create(&thread, NULL, on_own_thread, (void *)function);
    pthread_join(thread, NULL);
}

static void in_job(void *argument) { ((crash_function *)argument)(); }

__attribute__((noinline)) static void rest_for_ever(void) {
    struct timespec time = {3600, 0};
    for (;;) nanosleep(&time, NULL);
}

static void crashes_call(void *instance, const mod_call *call) {
    (void)instance;
    char what[16] = "";
    size_t length = call->arguments.length < 15 ? call->arguments.length : 15;
    if (length) memcpy(what, call->arguments.bytes, length);
    if (strcmp(what, "segv") == 0) segv();
    if (strcmp(what, "trap") == 0) trap();
    if (strcmp(what, "divide") == 0) divide();
    if (strcmp(what, "bad call") == 0) bad_call();
    if (strcmp(what, "overflow") == 0) overflow(0);
    if (strcmp(what, "double free") == 0) twice();
    if (strcmp(what, "abort") == 0) abort();
    if (strcmp(what, "exit") == 0) exit(0);
    if (strcmp(what, "_exit") == 0) _exit(0);
    if (strcmp(what, "own thread") == 0) elsewhere(segv);
    if (strcmp(what, "own abort") == 0) elsewhere(abort);
    if (strcmp(what, "job") == 0) {
        fixture_threads->run_on_pool(fixture_host->context, in_job, (void *)segv);
        rest_for_ever();
    }
    if (strcmp(what, "main job") == 0) {
        fixture_threads->run_on_main(fixture_host->context, in_job, (void *)abort);
        rest_for_ever();
    }
    if (strcmp(what, "wait") == 0) {
        mod_bytes piece = {"waiting\n", 8};
        fixture_calls->output(fixture_host->context, call->id, MOD_KIND_TEXT, piece);
        rest_for_ever();
    }
    fixture_finish(call->id, "alive");
}
