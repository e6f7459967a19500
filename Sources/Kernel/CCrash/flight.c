#define _GNU_SOURCE
#include "flight.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct flight_region *recording;
static pthread_key_t thread_end;
_Thread_local struct flight_slot *flight_own;

/* Where threads write that have no slot. Nobody reads it. */
static _Thread_local struct flight_slot nowhere;

/* The unwinder alone needs a few KiB of it. */
#define SIGNAL_STACK (64u << 10)
#define GUARD 4096u
static _Thread_local char *signal_stack;

static void add_signal_stack(void) {
    stack_t now;
    if (sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE)) return;
    char *memory = mmap(NULL, GUARD + SIGNAL_STACK, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return;
    mprotect(memory, GUARD, PROT_NONE);
    stack_t stack = {.ss_sp = memory + GUARD, .ss_size = SIGNAL_STACK};
    if (sigaltstack(&stack, NULL) == 0) {
        signal_stack = memory;
    } else {
        munmap(memory, GUARD + SIGNAL_STACK);
    }
}

static void thread_ended(void *slot) {
    struct flight_slot *own = slot;
    if (signal_stack) {
        stack_t none = {.ss_flags = SS_DISABLE};
        sigaltstack(&none, NULL);
        munmap(signal_stack, GUARD + SIGNAL_STACK);
        signal_stack = NULL;
    }
    flight_own = NULL;
    if (own == &nowhere) return;
    own->crumb.kind = 0;
    atomic_store_explicit(&own->thread, 0, memory_order_release);
}

void flight_begin(struct flight_region *region) {
    if (recording || pthread_key_create(&thread_end, thread_ended) != 0) return;
    recording = region;
}

struct flight_region *flight_current(void) { return recording; }

void flight_set_phase(uint32_t phase) {
    if (!recording) return;
    uint32_t now = atomic_load(&recording->phase);
    while (now < phase && !atomic_compare_exchange_weak(&recording->phase, &now, phase)) {
    }
}

struct flight_slot *flight_claim(void) {
    if (!recording) return &nowhere;
    add_signal_stack();
    int32_t thread = gettid();
    /* Threads begin their search apart from each other. */
    uint32_t first = (uint32_t)thread % FLIGHT_SLOTS;
    struct flight_slot *own = &nowhere;
    for (uint32_t step = 0; step < FLIGHT_SLOTS && own == &nowhere; step++) {
        struct flight_slot *slot = &recording->slots[(first + step) % FLIGHT_SLOTS];
        int32_t nobody = 0;
        if (atomic_compare_exchange_strong(&slot->thread, &nobody, thread)) own = slot;
    }
    flight_own = own;
    pthread_setspecific(thread_end, own);
    return own;
}

static void copy_text(char *target, size_t capacity, const char *text) {
    size_t length = strnlen(text, capacity - 1);
    memcpy(target, text, length);
    target[length] = 0;
}

uint32_t flight_register(const char *module, const char *version, const char *hash,
                         uint64_t generation, const char *tasks) {
    if (!recording) return 0;
    uint32_t serial = atomic_fetch_add(&recording->last_build, 1) + 1;
    struct flight_build *build = &recording->builds[serial % FLIGHT_BUILDS];
    uint32_t length = (uint32_t)strnlen(tasks, FLIGHT_NAMES);
    uint32_t used = atomic_load(&recording->names_length);
    int fits;
    do {
        fits = used <= FLIGHT_NAMES && length <= FLIGHT_NAMES - used;
    } while (fits && !atomic_compare_exchange_weak(&recording->names_length, &used, used + length));
    build->serial = 0;
    build->generation = generation;
    copy_text(build->module, sizeof build->module, module);
    copy_text(build->version, sizeof build->version, version);
    copy_text(build->hash, sizeof build->hash, hash);
    build->tasks_offset = used;
    build->tasks_length = fits ? length : 0;
    if (fits) memcpy(recording->names + used, tasks, length);
    atomic_thread_fence(memory_order_release);
    build->serial = serial;
    return serial;
}

void flight_call_began(uint64_t call, uint32_t build, uint32_t task, uint32_t mode) {
    if (!recording) return;
    volatile struct flight_call *place = &recording->calls[call % FLIGHT_CALLS];
    place->is_running = 0;
    atomic_signal_fence(memory_order_seq_cst);
    place->call = call;
    place->build = build;
    place->task = task;
    place->mode = mode;
    place->began = flight_now();
    atomic_signal_fence(memory_order_seq_cst);
    place->is_running = 1;
}

void flight_call_ended(uint64_t call) {
    if (!recording) return;
    struct flight_call *place = &recording->calls[call % FLIGHT_CALLS];
    if (place->call == call) place->is_running = 0;
}

void flight_keep_printed(struct flight_crash *crash, const char *text, uint32_t length) {
    uint32_t skipped = length > FLIGHT_PRINTED ? length - FLIGHT_PRINTED : 0;
    text += skipped;
    length -= skipped;
    uint32_t room = FLIGHT_PRINTED - length;
    uint32_t kept = crash->printed_length < room ? crash->printed_length : room;
    memmove(crash->printed, crash->printed + crash->printed_length - kept, kept);
    memcpy(crash->printed + kept, text, length);
    crash->printed_length = kept + length;
}

uint64_t flight_region_bytes(void) { return sizeof(struct flight_region); }

const struct flight_slot *flight_slot_at(const struct flight_region *region, uint32_t index) {
    return &region->slots[index];
}

int32_t flight_slot_thread(const struct flight_slot *slot) {
    return atomic_load_explicit(&slot->thread, memory_order_acquire);
}

const struct flight_call *flight_call_at(const struct flight_region *region, uint32_t index) {
    return &region->calls[index];
}

const struct flight_build *flight_build_of(const struct flight_region *region, uint32_t serial) {
    const struct flight_build *build = &region->builds[serial % FLIGHT_BUILDS];
    return serial != 0 && build->serial == serial ? build : NULL;
}

const char *flight_build_module(const struct flight_build *build) { return build->module; }
const char *flight_build_version(const struct flight_build *build) { return build->version; }
const char *flight_build_hash(const struct flight_build *build) { return build->hash; }
const char *flight_names(const struct flight_region *region) { return region->names; }

const struct flight_crash *flight_crash_of(const struct flight_region *region) {
    return &region->crash;
}

const char *flight_crash_printed(const struct flight_crash *crash) { return crash->printed; }
const char *flight_crash_thread_name(const struct flight_crash *crash) {
    return crash->thread_name;
}
uint64_t flight_crash_frame(const struct flight_crash *crash, uint32_t index) {
    return crash->frames[index];
}
const char *flight_maps(const struct flight_region *region) { return region->maps; }
uint32_t flight_phase_of(const struct flight_region *region) {
    return atomic_load(&((struct flight_region *)region)->phase);
}
uint32_t flight_last_build(const struct flight_region *region) {
    return atomic_load(&((struct flight_region *)region)->last_build);
}
