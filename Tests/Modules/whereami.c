/* Says under which mode, in which process and on which thread it runs. */
#define _GNU_SOURCE
#include <sys/syscall.h>

#define FIXTURE_ID "whereami"
#define FIXTURE_TASKS FIXTURE_TASK("here", "thread")
#define FIXTURE_CALL whereami_call
#include "fixture.h"

static void whereami_call(void *instance, const mod_call *call) {
    (void)instance;
    static const char *const modes[] = {"?", "main", "thread", "process"};
    char text[64];
    snprintf(text, sizeof text, "%s %d %ld", modes[call->mode & 3], getpid(),
             (long)syscall(SYS_gettid));
    fixture_finish(call->id, text);
}
