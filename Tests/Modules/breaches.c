/* Breaks the contract in one way for each task; the instance itself is sound. */
#define FIXTURE_ID "breaches"
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("twice", "thread")                                                               \
    "," FIXTURE_TASK("unknown", "thread") "," FIXTURE_TASK("late", "thread") ","                  \
    FIXTURE_TASK("kind", "thread") "," FIXTURE_TASK("json", "thread") ","                         \
    FIXTURE_TASK("text", "thread") "," FIXTURE_TASK("null", "thread") ","                         \
    FIXTURE_TASK("level", "thread") "," FIXTURE_TASK("failing", "thread") ","                     \
    FIXTURE_TASK("changes", "thread") "," FIXTURE_TASK("status", "thread") ","                    \
    FIXTURE_TASK("function", "thread") "," FIXTURE_TASK("deaf", "thread") ","                     \
    FIXTURE_TASK("shapeless", "thread") "," FIXTURE_TASK("afterwards", "thread")
#define FIXTURE_CALL breach
/* With BREACHES_ELSEWHERE what belongs to one thread is used on another: in start and in save. */
#ifdef BREACHES_ELSEWHERE
#define FIXTURE_START start_elsewhere
#define FIXTURE_CAPABILITY state_elsewhere
#endif
#include "fixture.h"

#ifdef BREACHES_ELSEWHERE
#include <pthread.h>

static void elsewhere(void *(*work)(void *), void *argument) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, argument);
    pthread_join(thread, NULL);
}

static void *fail(void *argument) {
    (void)argument;
    fixture_host->fail(fixture_host->context, MOD_FAILED, fixture_text("from elsewhere"));
    return NULL;
}

static mod_status start_elsewhere(void *instance) {
    (void)instance;
    elsewhere(fail, NULL);
    return MOD_OK;
}

static void *write_state(void *argument) {
    const mod_writer *writer = argument;
    mod_bytes bytes = {"state", 5};
    writer->write(writer->context, bytes);
    return NULL;
}

static mod_status save_elsewhere(void *instance, const mod_writer *writer) {
    (void)instance;
    elsewhere(write_state, (void *)(uintptr_t)writer);
    return MOD_OK;
}

static mod_status load_nothing(void *instance, uint32_t version, mod_bytes state) {
    (void)instance, (void)version, (void)state;
    return MOD_OK;
}

static const mod_state state_table = {sizeof(mod_state), 0, save_elsewhere, load_nothing};

static const void *state_elsewhere(const char *id, uint32_t revision) {
    (void)revision;
    return strcmp(id, MOD_STATE) == 0 ? &state_table : NULL;
}
#endif

static void forget(void *argument, const mod_result *result) {
    (void)argument;
    (void)result;
}

/* Runs when the host gets to it, which may be after the instance is gone. */
static void use_everything(void *context) {
    const mod_host_folders *folders = fixture_host->capability(context, MOD_HOST_FOLDERS, 1);
    mod_request request = {.size = sizeof request, .argument_kind = MOD_KIND_BYTES};
    request.task = fixture_text("storage.put");
    request.reply = forget;
    fixture_modules->ask(context, &request);
    fixture_modules->cancel(context, 1);
    folders->state(context);
    fixture_threads->run_on_pool(context, use_everything, context);
}

static void breach(void *instance, const mod_call *call) {
    void *context = fixture_host->context;
    (void)instance;
    switch (call->task) {
    case 0:
        fixture_finish(call->id, "once");
        break;
    case 1:
        fixture_finish(call->id + 1000000, "somebody else's");
        break;
    case 2:
        fixture_finish(call->id, "done");
        fixture_calls->progress(context, call->id, 0.5, fixture_text("after the end"));
        return;
    case 3:
        fixture_finish_bytes(call->id, 77, "x", 1);
        return;
    case 4:
        fixture_finish_bytes(call->id, MOD_KIND_JSON, "{", 1);
        return;
    case 5:
        fixture_host->log(context, MOD_LEVEL_INFO, call->id, fixture_text("\xff\xfe"));
        break;
    case 6:
        fixture_finish_bytes(call->id, MOD_KIND_BYTES, NULL, 12);
        return;
    case 7:
        fixture_host->log(context, 99, call->id, fixture_text("a level of its own"));
        break;
    case 8:
        fixture_host->fail(context, MOD_FAILED, fixture_text("outside a lifecycle function"));
        break;
    case 9:
        if (call->arguments.length) ((char *)(uintptr_t)call->arguments.bytes)[0] = '!';
        break;
    case 10: {
        mod_result result = {sizeof(mod_result), 5, MOD_KIND_TEXT, 0, {NULL, 0}, {NULL, 0}};
        fixture_calls->finish(context, call->id, &result);
        return;
    }
    case 11:
        fixture_threads->run_on_pool(context, NULL, NULL);
        break;
    case 12:
    case 13: {
        mod_request request = {.size = sizeof request, .argument_kind = MOD_KIND_BYTES};
        request.task = fixture_text("storage.put");
        if (call->task == 13) {
            request.argument_kind = 77;
            request.reply = forget;
        }
        fixture_modules->ask(context, &request);
        break;
    }
    case 14:
        fixture_threads->run_on_pool(context, use_everything, context);
        break;
    }
    fixture_finish(call->id, "end");
}
