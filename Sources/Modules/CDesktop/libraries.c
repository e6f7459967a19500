/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CDesktop.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

char *const *desktop_environment(void) { return environ; }

typedef struct entry {
    const char *name;
    size_t offset;
} entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Fills the table once. A library that was opened stays: its threads and exit handlers would
 * outlive it otherwise. */
static bool resolve(const char *library, const entry *entries, size_t count, void *table) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) return false;
    for (size_t index = 0; index < count; index++) {
        void *function = dlsym(handle, entries[index].name);
        if (!function) return false;
        *(void **)((char *)table + entries[index].offset) = function;
    }
    return true;
}

static const void *opened(
    const char *library, const entry *entries, size_t count, void *table, bool *ready) {
    pthread_mutex_lock(&lock);
    if (!*ready) *ready = resolve(library, entries, count, table);
    const void *result = *ready ? table : NULL;
    pthread_mutex_unlock(&lock);
    return result;
}

const desktop_bus_library *desktop_bus_library_open(void) {
#define DESKTOP_ENTRY(name) {#name, offsetof(desktop_bus_library, name)},
    static const entry entries[] = {DESKTOP_BUS_FUNCTIONS(DESKTOP_ENTRY)};
#undef DESKTOP_ENTRY
    static desktop_bus_library table;
    static bool ready;
    return opened(
        "libsystemd.so.0", entries, sizeof(entries) / sizeof(entries[0]), &table, &ready);
}

const desktop_sound_library *desktop_sound_library_open(void) {
#define DESKTOP_ENTRY(name) {#name, offsetof(desktop_sound_library, name)},
    static const entry entries[] = {DESKTOP_SOUND_FUNCTIONS(DESKTOP_ENTRY)};
#undef DESKTOP_ENTRY
    static desktop_sound_library table;
    static bool ready;
    return opened("libpulse.so.0", entries, sizeof(entries) / sizeof(entries[0]), &table, &ready);
}
