/* A module around the Swift code of greeting.swift. */
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("answer", "thread") "," FIXTURE_TASK("shadow", "thread") ","                     \
    FIXTURE_TASK("by-name", "thread") "," FIXTURE_TASK("own-types", "thread") ","                 \
    FIXTURE_TASK("keepsake", "thread") ","                                                        \
    FIXTURE_TASK("async", "thread") "," FIXTURE_TASK("async-process", "process")
#define FIXTURE_CALL greeting_call
#include "fixture.h"
#include "greeting.h"

/* In greeting.swift. */
void greeting_swift_call(uint64_t call, uint32_t task);

static void greeting_call(void *instance, const mod_call *call) {
    (void)instance;
    greeting_swift_call(call->id, call->task);
}

void greeting_finish(uint64_t call, const char *text) { fixture_finish(call, text); }
const char *greeting_answer(void) { return FIXTURE_ANSWER; }
