/* The C module of the benchmarks. Each copy of the built file gets its own id and its own answer by
 * having these texts overwritten, so that a new build costs no compiler. */
#define FIXTURE_ID "bench-0000"
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("answer", "thread")                                                              \
    "," FIXTURE_TASK("echo", "thread") "," FIXTURE_TASK("work", "process")
#define FIXTURE_CALL bench_call
#include "fixture.h"

/* Not const, so that no compiler copies it elsewhere. */
static char answer[] = "build-0000000000";

enum { ANSWER, ECHO, WORK };

/* An empty argument of `work` is answered by the number of the process. */
static void bench_call(void *instance, const mod_call *call) {
    (void)instance;
    if (call->task == ANSWER) {
        fixture_finish_bytes(call->id, MOD_KIND_TEXT, answer, sizeof answer - 1);
    } else if (call->task == WORK && call->arguments.length == 0) {
        char number[24];
        snprintf(number, sizeof number, "%d", (int)getpid());
        fixture_finish(call->id, number);
    } else {
        fixture_finish_bytes(call->id, MOD_KIND_BYTES, call->arguments.bytes,
                             call->arguments.length);
    }
}
