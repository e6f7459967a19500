/* Work for loops that end kernels in its middle: each beginning is written down in a file, so that
 * whoever counts the lines knows what ran how often. The argument is the file, a tab and a line.
 * LABOUR_LEAK: so many bytes are lost with each call, to see that somebody notices. */
#define _GNU_SOURCE
#define LABOUR_TASK(name, mode, idempotent)                                                       \
    "{\"name\":\"" name "\",\"about\":\"Work.\",\"arguments\":null,\"accepts\":\"bytes\","         \
    "\"result\":\"text\",\"mode\":\"" mode                                                        \
    "\",\"risk\":\"read\",\"timeoutSeconds\":30,\"idempotent\":" idempotent "}"
#ifndef FIXTURE_ID
#define FIXTURE_ID "labour"
#endif
#define FIXTURE_TASKS                                                                             \
    LABOUR_TASK("once", "thread", "false")                                                        \
    "," LABOUR_TASK("again", "thread", "true") "," LABOUR_TASK("apart", "process", "true") ","    \
    LABOUR_TASK("main", "main", "true") "," LABOUR_TASK("stumble", "thread", "true") ","          \
    LABOUR_TASK("echo", "thread", "true") "," LABOUR_TASK("echo_apart", "process", "true") ","    \
    LABOUR_TASK("echo_main", "main", "true") "," LABOUR_TASK("crash", "thread", "false") ","      \
    LABOUR_TASK("crash_apart", "process", "false") "," LABOUR_TASK("hang", "thread", "false") "," \
    LABOUR_TASK("hang_apart", "process", "false")
#define FIXTURE_CALL labour
#include "fixture.h"

#include <fcntl.h>
#include <time.h>

enum { ONCE, AGAIN, APART, MAIN, STUMBLE, ECHO, ECHO_APART, ECHO_MAIN, CRASH, CRASH_APART, HANG,
       HANG_APART };

#ifndef LABOUR_LEAK
#define LABOUR_LEAK 0
#endif

/* A line is one write, so that lines of several threads do not mix. */
static int note(const mod_bytes *arguments) {
    const char *text = arguments->bytes;
    const char *tab = memchr(text, '\t', arguments->length);
    char path[512];
    char line[512];
    if (!tab || (size_t)(tab - text) >= sizeof path) return -1;
    memcpy(path, text, (size_t)(tab - text));
    path[tab - text] = 0;
    int length = snprintf(line, sizeof line, "%.*s\n",
                          (int)(arguments->length - (size_t)(tab + 1 - text)), tab + 1);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    ssize_t written = write(file, line, (size_t)length);
    close(file);
    return written == length ? 0 : -1;
}

/* Every eighth time, more or less. */
static int stumbles(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_nsec / 1000) % 8 == 0;
}

static void work(const mod_call *call) {
    if (note(&call->arguments) < 0) {
        fixture_refuse(call->id, MOD_FAILED, "the line could not be written");
        return;
    }
    if (call->task != MAIN) nanosleep(&(struct timespec){0, 1000000}, NULL);
    if (call->task == STUMBLE && stumbles()) {
        fixture_refuse(call->id, MOD_FAILED, "stumbled");
        return;
    }
    fixture_finish(call->id, "done");
}

static void labour(void *instance, const mod_call *call) {
    (void)instance;
    if (LABOUR_LEAK > 0) {
        /* What nobody could read would not be asked for at all. */
        static void *volatile lost;
        lost = malloc(LABOUR_LEAK + 1);
        (void)lost;
    }
    switch (call->task) {
    case ECHO:
    case ECHO_APART:
    case ECHO_MAIN:
        fixture_finish_bytes(call->id, MOD_KIND_TEXT, call->arguments.bytes,
                             call->arguments.length);
        return;
    case CRASH:
    case CRASH_APART: __builtin_trap();
    case HANG:
    case HANG_APART:
        for (;;) pause();
    default: work(call);
    }
}
