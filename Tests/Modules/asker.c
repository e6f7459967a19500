/* Has others work for it. The arguments of `ask` and its like are "TASK REST": TASK is asked for
 * with REST as bytes, and what comes back is what the call returns. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#ifndef FIXTURE_ID
#define FIXTURE_ID "asker"
#endif
#ifndef ASKER_REQUIRES
#define ASKER_REQUIRES "{\"name\":\"storage\",\"range\":\">=1 <2\"}"
#endif
#ifndef ASKER_EXTRA
#define ASKER_EXTRA ""
#endif
#define FIXTURE_EXTRA ",\"requires\":[" ASKER_REQUIRES "]" ASKER_EXTRA
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("ask", "thread") "," FIXTURE_TASK("ask_main", "main") ","                        \
    FIXTURE_TASK("ask_process", "process") "," FIXTURE_TASK("alone", "thread") ","                \
    FIXTURE_TASK("cancel", "thread") "," FIXTURE_TASK("many", "thread") ","                       \
    FIXTURE_TASK("orphan", "thread") "," FIXTURE_TASK("forge", "thread") ","                      \
    FIXTURE_TASK("typed", "thread") "," FIXTURE_TASK("huge", "thread") ","                        \
    FIXTURE_TASK("block", "thread") "," FIXTURE_TASK("noreply", "thread") ","                     \
    FIXTURE_TASK("folder", "thread") "," FIXTURE_TASK("folder_process", "process") ","            \
    FIXTURE_TASK("replies", "thread") "," FIXTURE_TASK("many_process", "process") ","             \
    FIXTURE_TASK("die", "thread") "," FIXTURE_TASK("die_process", "process") ","                  \
    FIXTURE_TASK("slow_process", "process")
#define FIXTURE_CALL asker_call
#define FIXTURE_CANCEL asker_cancel
#define FIXTURE_DESTROY asker_destroy
#define FIXTURE_START asker_start
#include "fixture.h"

static _Atomic int replies;

/* One call that waits for the end of its requests. */
typedef struct job {
    uint64_t call;
    char output[64];
    size_t printed;
    _Atomic int left;
    _Atomic int good;
} job;

static void take_output(void *argument, mod_kind kind, mod_bytes piece) {
    job *mine = argument;
    (void)kind;
    if (mine->printed + piece.length >= sizeof mine->output) return;
    memcpy(mine->output + mine->printed, piece.bytes, piece.length);
    mine->printed += piece.length;
}

static void take_reply(void *argument, const mod_result *result) {
    job *mine = argument;
    replies++;
    if (result->status < 0) {
        mod_result failure = *result;
        fixture_calls->finish(fixture_host->context, mine->call, &failure);
    } else if (mine->printed > 0) {
        char text[256];
        int length = snprintf(text, sizeof text, "%.*s|%.*s", (int)mine->printed, mine->output,
                              (int)result->value.length, (const char *)result->value.bytes);
        fixture_finish_bytes(mine->call, MOD_KIND_TEXT, text, (uint64_t)length);
    } else {
        fixture_finish_bytes(mine->call, result->kind, result->value.bytes, result->value.length);
    }
    free(mine);
}

/* Counts, and ends the call with the last one. */
static void count_reply(void *argument, const mod_result *result) {
    job *mine = argument;
    if (result->status == MOD_OK) mine->good++;
    if (--mine->left > 0) return;
    char text[64];
    snprintf(text, sizeof text, "%d", mine->good);
    fixture_finish(mine->call, text);
    free(mine);
}

static void forget_reply(void *argument, const mod_result *result) {
    (void)argument, (void)result;
    replies++;
}

static mod_request request_for(const mod_call *call, job *mine) {
    const char *text = call->arguments.bytes;
    uint64_t length = 0;
    while (length < call->arguments.length && text[length] != ' ') length++;
    uint64_t rest = length < call->arguments.length ? length + 1 : length;
    mod_request request = {
        sizeof(mod_request), MOD_KIND_BYTES, call->id, 0, {text, length},
        {text + rest, call->arguments.length - rest}, mine, take_output, take_reply};
    return request;
}

static uint64_t ask(const mod_request *request) {
    return fixture_modules->ask(fixture_host->context, request);
}

static void ask_many(const mod_call *call, int count) {
    job *mine = calloc(1, sizeof *mine);
    mine->call = call->id;
    mine->left = count + 1;
    for (int index = 0; index < count; index++) {
        mod_request request = request_for(call, mine);
        request.output = NULL;
        request.reply = count_reply;
        /* One that is not taken gets no reply. */
        if (ask(&request) == 0) mine->left--;
    }
    mod_result none = {sizeof(mod_result), MOD_FAILED, MOD_KIND_TEXT, 0, {NULL, 0}, {NULL, 0}};
    count_reply(mine, &none);
}

/* Waits on this thread for the reply. */
typedef struct wait {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    char text[256];
    int done;
} wait;

static void wake(void *argument, const mod_result *result) {
    wait *waiting = argument;
    pthread_mutex_lock(&waiting->lock);
    const char *bytes = result->status < 0 ? result->message.bytes : result->value.bytes;
    uint64_t length = result->status < 0 ? result->message.length : result->value.length;
    snprintf(waiting->text, sizeof waiting->text, "%.*s", (int)length, bytes ? bytes : "");
    waiting->done = 1;
    pthread_cond_signal(&waiting->ended);
    pthread_mutex_unlock(&waiting->lock);
}

static void block(const mod_call *call) {
    wait waiting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, "", 0};
    mod_request request = request_for(call, NULL);
    request.argument = &waiting;
    request.output = NULL;
    request.reply = wake;
    /* Held while asking: a reply within ask() would never get it. */
    pthread_mutex_lock(&waiting.lock);
    if (ask(&request) == 0) waiting.done = 1;
    while (!waiting.done) pthread_cond_wait(&waiting.ended, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    fixture_finish(call->id, waiting.text);
}

static void tell_folder(uint64_t call) {
    const mod_host_folders *folders = fixture_host->capability(fixture_host->context,
                                                               MOD_HOST_FOLDERS, 1);
    mod_text folder = folders->state(fixture_host->context);
    fixture_finish_bytes(call, MOD_KIND_TEXT, folder.bytes, folder.length);
}

/* A job on the main loop that keeps it for a while. */
static void keep_busy(void *argument) {
    wait *waiting = argument;
    usleep(200 * 1000);
    pthread_mutex_lock(&waiting->lock);
    waiting->done = 1;
    pthread_cond_signal(&waiting->ended);
    pthread_mutex_unlock(&waiting->lock);
}

static void wait_for_main(void) {
    wait waiting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, "", 0};
    fixture_threads->run_on_main(fixture_host->context, keep_busy, &waiting);
    pthread_mutex_lock(&waiting.lock);
    while (!waiting.done) pthread_cond_wait(&waiting.ended, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
}

static void asker_call(void *instance, const mod_call *call) {
    (void)instance;
    static char large[65 << 20];
    char text[64];
    job *mine;
    mod_request request;
    uint64_t id;
    switch (call->task) {
    case 5:
        ask_many(call, 200);
        return;
    case 15:
        ask_many(call, 2000);
        return;
    case 6:
        /* Ends while its request is in flight. */
        request = request_for(call, NULL);
        request.reply = forget_reply;
        request.output = NULL;
        ask(&request);
        fixture_finish(call->id, "gone");
        return;
    case 10:
        block(call);
        return;
    case 11:
        request = request_for(call, NULL);
        request.reply = NULL;
        snprintf(text, sizeof text, "%llu", (unsigned long long)ask(&request));
        fixture_finish(call->id, text);
        return;
    case 12:
    case 13:
        tell_folder(call->id);
        return;
    case 14:
        snprintf(text, sizeof text, "%d", replies);
        fixture_finish(call->id, text);
        return;
    case 18:
        wait_for_main();
        break;
    default:
        break;
    }
    mine = calloc(1, sizeof *mine);
    mine->call = call->id;
    request = request_for(call, mine);
    if (call->task == 3) request.call = 0;
    if (call->task == 7) request.call = call->id + 1000000;
    if (call->task == 8) request.argument_kind = MOD_KIND_JSON;
    if (call->task == 9) {
        request.arguments.bytes = large;
        request.arguments.length = sizeof large;
    }
    id = ask(&request);
    if (id == 0) {
        free(mine);
        fixture_refuse(call->id, MOD_LIMIT, "the request was not taken");
        return;
    }
    if (call->task == 16 || call->task == 17) {
        /* The request is on its way. */
        usleep(50 * 1000);
        abort();
    }
    if (call->task == 4) fixture_modules->cancel(fixture_host->context, id);
}

static void asker_cancel(void *instance, uint64_t call, mod_cancel_reason reason) {
    (void)instance, (void)call, (void)reason;
}

static mod_status asker_start(void *instance) {
    (void)instance;
#ifdef ASKER_STARTS_WITH
    /* At work of its own accord, and still so when it is stopped. */
    mod_request request = {sizeof(mod_request), MOD_KIND_BYTES, 0, 0, {NULL, 0}, {NULL, 0},
                           NULL, NULL, forget_reply};
    request.task = fixture_text(ASKER_STARTS_WITH);
    ask(&request);
#endif
    return MOD_OK;
}

static void asker_destroy(void *instance) {
    (void)instance;
#ifdef ASKER_LEAVES
    /* Everything that is forbidden here. */
    mod_request request = {sizeof(mod_request), MOD_KIND_BYTES, 0, 0, {NULL, 0}, {NULL, 0},
                           NULL, NULL, forget_reply};
    request.task = fixture_text("storage.echo");
    uint64_t id = ask(&request);
    fixture_modules->cancel(fixture_host->context, 1);
    FILE *file = fopen(ASKER_LEAVES, "w");
    if (file) {
        fprintf(file, "%llu %d", (unsigned long long)id, replies);
        fclose(file);
    }
#endif
}
