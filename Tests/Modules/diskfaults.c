/* Preloaded into a program, it makes the disk fail for the files of a database: after FAULT_AFTER
 * calls, FAULT_TIMES of the kind in FAULT_CALL (write, sync) return the errno in FAULT_ERRNO. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long calls;

static int is_of_database(int fd) {
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return strstr(path, "kernel.db") != NULL;
}

/* 1 if this call is to fail; errno says why. */
static int fails(const char *call, int fd) {
    const char *wanted = getenv("FAULT_CALL");
    const char *after = getenv("FAULT_AFTER");
    const char *times = getenv("FAULT_TIMES");
    const char *code = getenv("FAULT_ERRNO");
    if (!wanted || !after || !times || !code) return 0;
    if (strcmp(wanted, call) != 0 || !is_of_database(fd)) return 0;
    long number = atomic_fetch_add(&calls, 1) - atol(after);
    if (number < 0 || number >= atol(times)) return 0;
    errno = atoi(code);
    return 1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    if (!next) next = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    return fails("write", fd) ? -1 : next(fd, bytes, count, offset);
}

int fdatasync(int fd) {
    static int (*next)(int);
    if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return fails("sync", fd) ? -1 : next(fd);
}
