/* Needs a library of its own beside it. */
#define FIXTURE_CALL helped_call
#include "fixture.h"

const char *helper_answer(void);

static void helped_call(void *instance, const mod_call *call) {
    (void)instance;
    fixture_finish(call->id, helper_answer());
}
