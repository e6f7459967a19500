/* One task under each mode that misbehaves as its argument says, or answers if that is none.
 * What may not go on for ever in the process of the kernel ends when `release` is called there.
 * MISCHIEF_MEBIBYTES: how far memory grows. MISCHIEF_RELEASE: a file that releases as well, also
 * builds that nobody can call any more. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#ifndef FIXTURE_ID
#define FIXTURE_ID "mischief"
#endif
#define FIXTURE_TASKS                                                                             \
    FIXTURE_TASK("main", "main") "," FIXTURE_TASK("thread", "thread") ","                         \
    FIXTURE_TASK("process", "process")
#define FIXTURE_CALL mischief_call
#include "fixture.h"

#ifndef MISCHIEF_MEBIBYTES
#define MISCHIEF_MEBIBYTES 320
#endif

enum { FILES = 300, THREADS = 600, THREADS_IN_KERNEL = 200, FLOOD = 40 << 20 };

static _Atomic int released;
static _Atomic int resting;

static void rest(void) { nanosleep(&(struct timespec){0, 2000000}, NULL); }

#ifdef MISCHIEF_RELEASE
static int is_released(void) { return released || access(MISCHIEF_RELEASE, F_OK) == 0; }
#else
static int is_released(void) { return released; }
#endif
static void hang(void) { while (!is_released()) rest(); }

static void spin(void) {
    while (!released) {
        for (volatile int i = 0; i < 100000; i++) {}
    }
}

/* The kernel's own processes are called so, and not as workers are. */
static int in_worker(void) {
    char name[32] = "";
    FILE *file = fopen("/proc/self/comm", "r");
    if (file) {
        if (!fgets(name, sizeof name, file)) name[0] = 0;
        fclose(file);
    }
    return strncmp(name, "kernel-", 7) == 0;
}

/* In a worker what was taken is kept until somebody notices. */
static void linger(void) { if (in_worker()) hang(); }

static void grow(void) {
    static char *volatile kept[MISCHIEF_MEBIBYTES];
    for (int i = 0; i < MISCHIEF_MEBIBYTES; i++) {
        kept[i] = malloc(1 << 20);
        if (kept[i]) memset(kept[i], 1, 1 << 20);
        rest();
    }
    linger();
    for (int i = 0; i < MISCHIEF_MEBIBYTES; i++) free(kept[i]);
}

static void flood(void) {
    static char piece[65536];
    memset(piece, 'x', sizeof piece);
    for (size_t i = 79; i < sizeof piece; i += 80) piece[i] = '\n';
    for (size_t written = 0; written < FLOOD;) {
        ssize_t count = write(1, piece, sizeof piece);
        if (count <= 0) break;
        written += (size_t)count;
    }
    linger();
}

static void open_files(void) {
    int files[FILES];
    for (int i = 0; i < FILES; i++) files[i] = dup(1);
    linger();
    hang();
    for (int i = 0; i < FILES; i++) close(files[i]);
}

static void *rest_until_released(void *unused) {
    hang();
    resting--;
    return unused;
}

static void start_threads(void) {
    int wanted = in_worker() ? THREADS : THREADS_IN_KERNEL;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < wanted; i++) {
        pthread_t thread;
        resting++;
        if (pthread_create(&thread, &attributes, rest_until_released, NULL) != 0) resting--;
    }
    pthread_attr_destroy(&attributes);
    linger();
}

static void crash(void) { *(volatile int *)8 = 1; }
static void leave(void) { _exit(3); }

/* Returns when nobody rests any more. */
static void release(void) {
    released = 1;
    while (resting > 0) rest();
}

static void mischief_call(void *instance, const mod_call *call) {
    static const struct {
        const char *name;
        void (*run)(void);
    } table[] = {
        {"crash", crash}, {"exit", leave},      {"hang", hang},             {"spin", spin},
        {"memory", grow}, {"output", flood},    {"descriptors", open_files},
        {"threads", start_threads},             {"release", release},
    };
    (void)instance;
    char what[16] = "";
    size_t length = call->arguments.length < 15 ? call->arguments.length : 15;
    if (length) memcpy(what, call->arguments.bytes, length);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(what, table[i].name) == 0) table[i].run();
    fixture_finish(call->id, FIXTURE_ANSWER);
}
