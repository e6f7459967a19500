/* What a library in Go or Rust brings along, without their compilers: a thread of its own from the
 * moment that it is opened, on which its calls run, and thread-local values with destructors on its
 * threads and on those that come in. Such a library cannot be unloaded either. */
#define FIXTURE_CALL runtime_call
#include "fixture.h"
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static pthread_key_t key;
static uint64_t waiting; /* the id of a call; 0: none */
static _Thread_local char answer[24];

static void *runtime_thread(void *argument) {
    (void)argument;
    pthread_setspecific(key, malloc(16));
    snprintf(answer, sizeof answer, "%s", FIXTURE_ANSWER);
    pthread_mutex_lock(&lock);
    for (;;) {
        while (waiting == 0) pthread_cond_wait(&wanted, &lock);
        fixture_finish(waiting, answer);
        waiting = 0;
    }
    return NULL;
}

__attribute__((constructor)) static void runtime_begin(void) {
    pthread_t thread;
    pthread_key_create(&key, free);
    pthread_create(&thread, NULL, runtime_thread, NULL);
    pthread_detach(thread);
}

static void runtime_call(void *instance, const mod_call *call) {
    (void)instance;
    if (!pthread_getspecific(key)) pthread_setspecific(key, malloc(16));
    pthread_mutex_lock(&lock);
    waiting = call->id;
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&lock);
}
