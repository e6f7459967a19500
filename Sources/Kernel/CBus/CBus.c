/* SPDX-License-Identifier: Apache-2.0 */
#include "CBus.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static const struct {
    const char *name;
    size_t offset;
} entries[] = {
#define BUS_ENTRY(name) {#name, offsetof(bus_library, name)},
    BUS_FUNCTIONS(BUS_ENTRY)
#undef BUS_ENTRY
};

static bus_library table;

static bool resolve(void) {
    void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) return false;
    for (size_t index = 0; index < sizeof entries / sizeof entries[0]; index++) {
        void *function = dlsym(library, entries[index].name);
        if (!function) return false;
        *(void **)((char *)&table + entries[index].offset) = function;
    }
    return true;
}

const bus_library *bus_library_open(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool is_open;
    pthread_mutex_lock(&lock);
    if (!is_open) is_open = resolve();
    const bus_library *result = is_open ? &table : NULL;
    pthread_mutex_unlock(&lock);
    return result;
}
