/* The flight recorder: memory that outlives the process which writes to it, in which every thread
 * notes what module code it is in. Whoever shares the memory reads it after any death, also one by
 * SIGKILL.
 *
 * It is in C because the crash handler, in which only async-signal-safe functions may run, reads
 * and writes it too, and because a note costs a few nanoseconds only with a variable per thread. */
#ifndef FLIGHT_H
#define FLIGHT_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

/* Threads that can be inside module code at once; more leave no crumbs. */
#define FLIGHT_SLOTS 512
/* Calls that are remembered: of those still running, a call that began this many calls ago is
 * forgotten. A power of two. */
#define FLIGHT_CALLS 256
/* Builds that are known by name; of more, the oldest are forgotten. */
#define FLIGHT_BUILDS 4096
/* Bytes for the names of all tasks; those that do not fit are shown by number. */
#define FLIGHT_NAMES 1048576
#define FLIGHT_FRAMES 64
/* Bytes of what the process printed last, and of the list of its executable mappings. */
#define FLIGHT_PRINTED 4096
#define FLIGHT_MAPS 262144

/* What a thread is doing in module code. `kind` 0: nothing. */
struct flight_crumb {
    uint32_t kind;
    /* The build's serial number, from 1; 0: unknown. */
    uint32_t build;
    uint32_t task;
    uint32_t reserved;
    uint64_t call;
    /* CLOCK_MONOTONIC_COARSE, in nanoseconds. */
    uint64_t since;
};

struct flight_slot {
    _Atomic int32_t thread;
    int32_t reserved[7];
    struct flight_crumb crumb;
};

struct flight_call {
    uint64_t call;
    uint32_t build;
    uint32_t task;
    uint64_t began;
    uint32_t mode;
    uint32_t is_running;
};

struct flight_build {
    uint32_t serial;
    uint32_t tasks_offset;
    uint32_t tasks_length;
    uint32_t reserved;
    uint64_t generation;
    char module[64];
    char version[32];
    char hash[72];
};

enum flight_cause {
    FLIGHT_NOTHING = 0,
    FLIGHT_SIGNAL = 1,
    /* Code that is not the kernel's own called exit() or _exit(). */
    FLIGHT_EXIT = 2,
    /* The kernel ended itself because its main loop was held. */
    FLIGHT_HANG = 3,
};

/* What the crash handler saw. */
struct flight_crash {
    uint32_t cause;
    int32_t signal;
    /* si_code, and for a signal that a process sent, its number. */
    int32_t code;
    int32_t sender;
    int32_t thread;
    char thread_name[16];
    uint64_t address;
    uint64_t instruction;
    uint64_t stack_pointer;
    struct flight_crumb crumb;
    uint32_t frame_count;
    uint32_t printed_length;
    uint32_t maps_length;
    uint64_t frames[FLIGHT_FRAMES];
    char printed[FLIGHT_PRINTED];
};

/* How far a kernel has come. */
enum flight_phase {
    FLIGHT_STARTING = 0,
    FLIGHT_SERVING = 1,
    /* It is asked to end: a crash from now on is no reason to start another. */
    FLIGHT_STOPPING = 2,
    /* Its exit status is its own. */
    FLIGHT_LEAVING = 3,
};

struct flight_region {
    _Atomic uint32_t phase;
    _Atomic uint32_t last_build;
    _Atomic uint32_t names_length;
    uint32_t reserved;
    struct flight_crash crash;
    struct flight_slot slots[FLIGHT_SLOTS];
    struct flight_call calls[FLIGHT_CALLS];
    struct flight_build builds[FLIGHT_BUILDS];
    char names[FLIGHT_NAMES];
    char maps[FLIGHT_MAPS];
};

/* MARK: Writing */

/* From now on this process writes to `region`, which stays mapped. Call it before threads that
 * enter modules exist. */
void flight_begin(struct flight_region *region);
/* NULL in a process that does not record. */
struct flight_region *flight_current(void);

/* Phases only rise: who is asked to end while it begins to serve is stopping. */
void flight_set_phase(uint32_t phase);

/* `tasks` are the names in the order of the manifest, with a line feed between them. Returns the
 * serial number; 0 if nothing is recorded. */
uint32_t flight_register(const char *module, const char *version, const char *hash,
                         uint64_t generation, const char *tasks);

/* The calling thread's slot: claimed at the first use and given back when the thread ends. The
 * thread gets a stack for signal handlers with it, so that an overflow of its own can be told.
 * Never NULL: a process that does not record, or has no slot left, writes to nowhere. */
struct flight_slot *flight_claim(void);

extern _Thread_local struct flight_slot *flight_own;

static inline uint64_t flight_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A reader that comes between two of these stores must not take one crumb's fields for another's:
 * the kind is taken away first and given last. The reader is another process after the death of
 * this one, or this thread's own signal handler: the order of the stores is all it takes. */
static inline void flight_write(struct flight_slot *slot, const struct flight_crumb *crumb) {
    volatile struct flight_crumb *place = &slot->crumb;
    place->kind = 0;
    atomic_signal_fence(memory_order_seq_cst);
    place->build = crumb->build;
    place->task = crumb->task;
    place->call = crumb->call;
    place->since = crumb->since;
    atomic_signal_fence(memory_order_seq_cst);
    place->kind = crumb->kind;
}

/* Returns what to give to `flight_leave`. */
static inline struct flight_crumb flight_enter(uint32_t kind, uint32_t build, uint32_t task,
                                               uint64_t call) {
    struct flight_slot *slot = flight_own ? flight_own : flight_claim();
    struct flight_crumb before = slot->crumb;
    struct flight_crumb crumb = {kind, build, task, 0, call, flight_now()};
    flight_write(slot, &crumb);
    return before;
}

static inline void flight_leave(const struct flight_crumb *before) {
    flight_write(flight_own ? flight_own : flight_claim(), before);
}

void flight_call_began(uint64_t call, uint32_t build, uint32_t task, uint32_t mode);
void flight_call_ended(uint64_t call);

/* Adds to what the process printed last, of which the end is kept. */
void flight_keep_printed(struct flight_crash *crash, const char *text, uint32_t length);

/* MARK: Reading. Swift has no good form for arrays of this size. */

uint64_t flight_region_bytes(void);
const struct flight_slot *flight_slot_at(const struct flight_region *region, uint32_t index);
int32_t flight_slot_thread(const struct flight_slot *slot);
const struct flight_call *flight_call_at(const struct flight_region *region, uint32_t index);
/* NULL if the serial number is unknown, or forgotten. */
const struct flight_build *flight_build_of(const struct flight_region *region, uint32_t serial);
const char *flight_build_module(const struct flight_build *build);
const char *flight_build_version(const struct flight_build *build);
const char *flight_build_hash(const struct flight_build *build);
const char *flight_names(const struct flight_region *region);
const struct flight_crash *flight_crash_of(const struct flight_region *region);
const char *flight_crash_printed(const struct flight_crash *crash);
const char *flight_crash_thread_name(const struct flight_crash *crash);
uint64_t flight_crash_frame(const struct flight_crash *crash, uint32_t index);
const char *flight_maps(const struct flight_region *region);
/* The serial number given last; 0 before the first. */
uint32_t flight_last_build(const struct flight_region *region);
uint32_t flight_phase_of(const struct flight_region *region);

#endif
