/* Four tasks that only read, each with a result that is not what the manifest says, or none. */
#define BAD_TASK(name, kind)                                                                      \
    "{\"name\":\"" name "\",\"about\":\"A task of a fixture.\",\"accepts\":\"bytes\","            \
    "\"result\":\"" kind "\",\"risk\":\"read\",\"idempotent\":true}"
#define FIXTURE_TASKS                                                                             \
    BAD_TASK("not-json", "json") "," BAD_TASK("other-kind", "text") ","                           \
    BAD_TASK("crash", "text") "," BAD_TASK("hang", "text") "," BAD_TASK("twice", "text")
#define FIXTURE_CALL bad_calls
#include "fixture.h"

static void bad_calls(void *instance, const mod_call *call) {
    (void)instance;
    switch (call->task) {
    case 0: fixture_finish_bytes(call->id, MOD_KIND_JSON, "{", 1); break;
    case 1: fixture_finish_bytes(call->id, MOD_KIND_BYTES, "x", 1); break;
    case 2: abort();
    case 3: for (;;) pause();
    default:
        fixture_finish(call->id, "once");
        fixture_finish(call->id, "again");
    }
}
