/* Answers with more than a pipe or a packet holds: lines that count, three million bytes. */
#define FIXTURE_ID "large"
#define FIXTURE_TASKS FIXTURE_TASK("thread", "thread") "," FIXTURE_TASK("process", "process")
#define FIXTURE_CALL large_call
#include "fixture.h"

#define LINE 30
#define LINES 100000

static void large_call(void *instance, const mod_call *call) {
    (void)instance;
    char *text = malloc(LINE * LINES + 1);
    for (int i = 0; i < LINES; i++) sprintf(text + i * LINE, "%029d\n", i);
    fixture_finish_bytes(call->id, MOD_KIND_TEXT, text, LINE * LINES);
    free(text);
}
