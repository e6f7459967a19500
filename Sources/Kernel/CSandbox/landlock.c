#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Debian 12's header stops at version 2; the running kernel may know more. */
#define ACCESS_TRUNCATE (1ULL << 14)
#define ACCESS_IOCTL_DEVICE (1ULL << 15)
#define NETWORK_BIND_TCP (1ULL << 0)
#define NETWORK_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scoped;
};

static const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t writing =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER |
    ACCESS_TRUNCATE;
static const uint64_t of_files =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE |
    LANDLOCK_ACCESS_FS_EXECUTE;

/* Everything that a version can deny of the file system. */
static uint64_t handled_by(int version) {
    uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (version >= 2) all |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) all |= ACCESS_TRUNCATE;
    if (version >= 5) all |= ACCESS_IOCTL_DEVICE;
    return all;
}

int sandbox_landlock_version(void) {
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

/* What the paths lead to was found out before: a link that has been put there since opens nothing.
 * In /proc a process finds itself by a link; those that lead out of it are not followed either. */
static int open_place(const char *path) {
    static const char proc[] = "/proc/";
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    if (strncmp(path, proc, sizeof proc - 1) == 0) how.resolve = RESOLVE_NO_MAGICLINKS;
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static int add_rule(int ruleset, int folder, uint32_t access, uint64_t handled) {
    uint64_t wanted = access & SANDBOX_READ ? reading : 0;
    if (access & SANDBOX_WRITE) wanted |= writing;
    if (access & SANDBOX_EXECUTE) wanted |= LANDLOCK_ACCESS_FS_EXECUTE;
    struct stat status;
    if (fstat(folder, &status) == 0 && !S_ISDIR(status.st_mode)) wanted &= of_files;
    struct landlock_path_beneath_attr rule = {.allowed_access = wanted & handled,
                                              .parent_fd = folder};
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0
               ? errno
               : 0;
}

int sandbox_restrict_files(const char *const *paths, const uint32_t *access, uint8_t *missing,
                           size_t count, int version) {
    struct ruleset wanted = {handled_by(version), 0, 0};
    size_t size = sizeof wanted.files;
    if (version >= 4) {
        wanted.network = NETWORK_BIND_TCP | NETWORK_CONNECT_TCP;
        size += sizeof wanted.network;
    }
    if (version >= 6) {
        wanted.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
        size += sizeof wanted.scoped;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    if (ruleset < 0) return errno;
    int failed = 0;
    for (size_t index = 0; index < count && !failed; index++) {
        int place = open_place(paths[index]);
        /* What is not there, or cannot be reached anyway, needs no way to it. */
        missing[index] = place < 0;
        if (place < 0) continue;
        failed = add_rule(ruleset, place, access[index], wanted.files);
        close(place);
    }
    if (!failed && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) failed = errno;
    close(ruleset);
    return failed;
}
