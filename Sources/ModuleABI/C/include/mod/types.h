/* Values that cross the boundary, and the rules that hold for every function in these headers.
 *
 * THREADS. Every function pointer names in brackets the thread that it may be called on:
 *   [main-thread]       the thread that the process's main() runs on; never block it.
 *   [lifecycle-thread]  a thread that may block until the deadline of the step; never the main
 *                       thread. The host runs at most one lifecycle function of an instance at a
 *                       time, but consecutive ones may come on different threads.
 *   [task-thread]       the thread that the mode of the call asks for: the main thread for
 *                       MOD_MODE_MAIN, else a thread on which blocking is allowed.
 *   [any-thread]        any thread, several at once.
 *
 * STATES. After the thread stands the state that the instance must be in:
 *   created   from the return of create() to the call of destroy()
 *   active    from the return of start() to the call of stop()
 *
 * OWNERSHIP. Memory never changes hands. Whoever passes a pointer owns what it points to. A
 * borrowed pointer is valid until the function that it was passed to returns: whoever needs the
 * bytes for longer copies them. Pointers with another lifetime say so. No side ever frees what the
 * other one allocated, so the two may use different allocators.
 *
 * GROWTH. Every structure begins with its size in bytes, as the side that made it knows it, and
 * only ever grows at its end. A reader looks at a field only after it has made sure that the size
 * reaches it (MOD_HAS). Values of enumerations are never given a new meaning.
 *
 * ERRORS. A mod_status below zero is a failure. The sentence that goes with it is for a person: it
 * says what failed, where, and what can be done.
 *
 * UNWINDING. No exception, panic or longjmp may cross the boundary, in either direction.
 */
#ifndef MOD_TYPES_H
#define MOD_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A change of the major number breaks every module, a change of the minor number none: it says
 * that something was appended. */
#define MOD_ABI_MAJOR 1
#define MOD_ABI_MINOR 1

/* Text in UTF-8, without a terminating zero. bytes may be NULL if length is 0. */
typedef struct mod_text {
    const char *bytes;
    uint64_t length;
} mod_text;

/* Bytes of any kind. bytes may be NULL if length is 0. */
typedef struct mod_bytes {
    const void *bytes;
    uint64_t length;
} mod_bytes;

/* What became of a function or of a call. */
typedef int32_t mod_status;
enum {
    MOD_OK = 0,
    /* The operation itself failed; the message says how. */
    MOD_FAILED = -1,
    /* The arguments or the configuration are wrong; the message names the field. */
    MOD_INVALID = -2,
    /* What was asked for does not exist. */
    MOD_NOT_FOUND = -3,
    /* A permission or an allowed root is missing; the message names it. */
    MOD_DENIED = -4,
    /* The call was cancelled, and the module stopped because of it. */
    MOD_CANCELLED = -5,
    /* The deadline passed. */
    MOD_DEADLINE = -6,
    /* It cannot be done now, but may be tried again later. */
    MOD_BUSY = -7,
    /* This machine, this build or this revision cannot do it. */
    MOD_UNSUPPORTED = -8,
    /* A limit of the host was exceeded: size, count or rate. */
    MOD_LIMIT = -9,
    /* The function was called on the wrong thread, in the wrong state or with a stale id. */
    MOD_MISUSE = -10
};

/* Where a task runs. */
typedef uint32_t mod_mode;
enum {
    /* On the process's main thread, one call at a time; it must not block. */
    MOD_MODE_MAIN = 1,
    /* On a thread of the host's pool, where blocking is allowed. */
    MOD_MODE_THREAD = 2,
    /* In a worker process that holds this module alone and can be killed. */
    MOD_MODE_PROCESS = 3
};

/* How bytes are to be read. */
typedef uint32_t mod_kind;
enum {
    /* Text in UTF-8 for a person or a model. */
    MOD_KIND_TEXT = 1,
    /* One JSON value in UTF-8. */
    MOD_KIND_JSON = 2,
    /* Anything else. */
    MOD_KIND_BYTES = 3
};

/* How much a log line matters. */
typedef uint32_t mod_level;
enum {
    MOD_LEVEL_DEBUG = 1,
    MOD_LEVEL_INFO = 2,
    MOD_LEVEL_WARNING = 3,
    MOD_LEVEL_ERROR = 4
};

/* Does the structure that `pointer` points to, as its maker knows it, reach `field`? */
#define MOD_HAS(pointer, type, field) \
    ((pointer)->size >= offsetof(type, field) + sizeof(((type *)0)->field))

#ifdef __cplusplus
}
#endif
#endif
