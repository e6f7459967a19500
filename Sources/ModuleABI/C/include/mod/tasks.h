/* Tasks: what a module can be asked to do, and how it answers.
 *
 * The tasks are listed in the manifest; a call names one by its index in that list. The host
 * begins a call with call(); the module ends it with finish(), exactly once, from any thread, now
 * or later: call() may return before or after. The host has checked the arguments against the
 * schema in the manifest when `argument_kind` is MOD_KIND_JSON, and filled in the defaults. */
#ifndef MOD_TASKS_H
#define MOD_TASKS_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Capability of the module. */
#define MOD_TASKS "mod.tasks"
#define MOD_TASKS_REVISION 1

/* Capability of the host; every host has it. */
#define MOD_HOST_CALLS "mod.host.calls"
#define MOD_HOST_CALLS_REVISION 1

typedef struct mod_call {
    uint32_t size;
    /* Index of the task in the manifest's list. */
    uint32_t task;
    /* Never used twice in one process, never 0. */
    uint64_t id;
    /* The mode that the call runs in, which the configuration may have changed. */
    mod_mode mode;
    mod_kind argument_kind;
    /* Borrowed until call() returns. */
    mod_bytes arguments;
    /* On CLOCK_MONOTONIC; 0 means none. The host cancels the call when it has passed. */
    uint64_t deadline_nanoseconds;
} mod_call;

typedef uint32_t mod_cancel_reason;
enum {
    /* Somebody asked for it. */
    MOD_CANCEL_REQUESTED = 1,
    /* The deadline of the call has passed. */
    MOD_CANCEL_DEADLINE = 2,
    /* The instance is being replaced or retired, and calls had their time to end. */
    MOD_CANCEL_DRAIN = 3
};

typedef struct mod_tasks {
    uint32_t size;
    uint32_t reserved;

    /* Begins a call. `call` and what it points to are borrowed.
     * [task-thread & active] */
    void (*call)(void *instance, const mod_call *call);

    /* Asks for a call to end soon. The module still ends it with finish(), with MOD_CANCELLED if
     * it stopped because of this. It may be said more than once, and the id may be of a call that
     * has just ended or has not arrived yet: ignore it then.
     * NULL if the module's calls are short enough.
     * [any-thread & active] */
    void (*cancel)(void *instance, uint64_t call, mod_cancel_reason reason);
} mod_tasks;

typedef struct mod_result {
    uint32_t size;
    mod_status status;
    /* What `value` is; the value may be empty. */
    mod_kind kind;
    uint32_t reserved;
    /* Borrowed. Ignored if the status is a failure. */
    mod_bytes value;
    /* Borrowed. The reason, if the status is a failure. */
    mod_text message;
} mod_result;

typedef struct mod_host_calls {
    uint32_t size;
    uint32_t reserved;

    /* Ends a call, exactly once. After it the id is void. `result` and what it points to are
     * borrowed. Returns MOD_MISUSE for a call that is not in flight, as it is when the caller was
     * released after a deadline that the module did not heed.
     * [any-thread & created] */
    mod_status (*finish)(void *context, uint64_t call, const mod_result *result);

    /* Says how far a call has come: `fraction` from 0 to 1, or below 0 if it cannot be known.
     * `note` is borrowed. Too frequent reports are merged; the last one counts.
     * [any-thread & created, before finish()] */
    void (*progress)(void *context, uint64_t call, double fraction, mod_text note);

    /* Delivers part of the output before the end. The parts are kept in order and are not repeated
     * in the result. `piece` is borrowed. MOD_LIMIT: the bound for one call was reached, and this
     * part was dropped.
     * [any-thread & created, before finish()] */
    mod_status (*output)(void *context, uint64_t call, mod_kind kind, mod_bytes piece);

    /* 1 if the call was asked to end or has ended, else 0. For code that polls instead of
     * implementing cancel().
     * [any-thread & created] */
    int32_t (*is_cancelled)(void *context, uint64_t call);
} mod_host_calls;

#ifdef __cplusplus
}
#endif
#endif
