/* Says too much, or what cannot be said: one way for each task. */
#ifndef FIXTURE_ID
#define FIXTURE_ID "chatter"
#endif
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("answer", "thread")                                                              \
    "," FIXTURE_TASK("unknown", "thread") "," FIXTURE_TASK("unknown_process", "process") ","      \
    FIXTURE_TASK("flood", "thread") "," FIXTURE_TASK("long", "thread") ","                        \
    FIXTURE_TASK("progress", "thread") "," FIXTURE_TASK("contextless", "thread") ","              \
    FIXTURE_TASK("wait", "thread") "," FIXTURE_TASK("print", "thread") ","                        \
    FIXTURE_TASK("forge", "process")
#define FIXTURE_CALL chatter
#include "fixture.h"

#include <poll.h>
#include <sys/socket.h>

/* Longer than any line may be. */
static char long_line[100001];

static void log_line(uint64_t call, const char *text) {
    fixture_host->log(fixture_host->context, MOD_LEVEL_WARNING, call, fixture_text(text));
}

/* Calls every function of the host without its context. */
static void call_without_context(uint64_t call) {
    mod_result result = {sizeof(mod_result), MOD_OK, MOD_KIND_TEXT, 0, {NULL, 0}, {NULL, 0}};
    mod_bytes nothing = {NULL, 0};
    fixture_host->log(NULL, MOD_LEVEL_INFO, call, fixture_text("lost"));
    fixture_host->fail(NULL, MOD_FAILED, fixture_text("lost"));
    fixture_calls->progress(NULL, call, 0.5, fixture_text("lost"));
    int refuses = fixture_calls->finish(NULL, call, &result) == MOD_MISUSE
                  && fixture_calls->output(NULL, call, MOD_KIND_TEXT, nothing) == MOD_MISUSE
                  && fixture_calls->is_cancelled(NULL, call);
    fixture_threads->run_on_main(NULL, NULL, NULL);
    fixture_threads->run_on_pool(NULL, NULL, NULL);
    fixture_finish(call, refuses ? "refused" : "taken");
}

/* The head of a message of a worker to the kernel. */
struct frame {
    uint16_t kind, flags;
    uint32_t first;
    uint64_t id, second;
};

enum { FRAME_REFUSED = 34, FRAME_PROGRESS = 41, FRAME_OUTPUT = 42 };

static void forge(uint16_t kind, uint64_t id, double fraction) {
    struct frame frame = {kind, 0, MOD_KIND_TEXT, id, 0};
    memcpy(&frame.second, &fraction, sizeof fraction);
    for (int number = 3; number < 64; number++) {
        int type = 0;
        socklen_t size = sizeof type;
        if (getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &size) != 0) continue;
        if (type == SOCK_SEQPACKET) send(number, &frame, sizeof frame, 0);
    }
}

static void chatter(void *instance, const mod_call *call) {
    void *context = fixture_host->context;
    (void)instance;
    switch (call->task) {
    case 1:
    case 2:
        log_line(UINT64_MAX, "of no call");
        log_line(call->id, "of this call");
        break;
    case 3:
        for (int line = 0; line < 1000; line++) log_line(call->id, "again");
        break;
    case 4:
        memset(long_line, 'x', sizeof long_line - 1);
        log_line(call->id, long_line);
        break;
    case 5:
        for (int step = 0; step < 1000; step++)
            fixture_calls->progress(context, call->id, step / 1000.0, fixture_text("step"));
        fixture_calls->progress(context, call->id, 1, fixture_text("the last"));
        break;
    case 6:
        call_without_context(call->id);
        return;
    case 7:
        while (!fixture_calls->is_cancelled(context, call->id)) poll(NULL, 0, 1);
        fixture_refuse(call->id, MOD_CANCELLED, "as asked");
        return;
    case 9:
        forge(FRAME_PROGRESS, call->id, __builtin_nan(""));
        forge(FRAME_PROGRESS, call->id + 1, 0.5);
        forge(FRAME_OUTPUT, call->id + 1, 0);
        forge(FRAME_REFUSED, call->id + 1, 0);
        break;
    case 8: {
        mod_bytes piece = {"piece", 5};
        fixture_calls->output(context, call->id, MOD_KIND_TEXT, piece);
        break;
    }
    }
    fixture_finish(call->id, FIXTURE_ANSWER);
}
