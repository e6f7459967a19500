#define _GNU_SOURCE
#include "CFilesystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

const int cfs_open_path = O_PATH;

int cfs_open_beneath(int folder, const char *path, int flags, uint64_t resolve) {
    struct open_how how = {.flags = (uint64_t)flags, .resolve = resolve};
    long result = syscall(SYS_openat2, folder, path, &how, sizeof how);
    return result < 0 ? -errno : (int)result;
}

int cfs_clone(int target, int source) {
    return ioctl(target, FICLONE, source) < 0 ? -errno : 0;
}

int64_t cfs_copy_range(int source, int target, size_t length) {
    ssize_t result = copy_file_range(source, NULL, target, NULL, length, 0);
    return result < 0 ? -errno : result;
}

int cfs_rename_new(int folder, const char *from, const char *to) {
    return renameat2(folder, from, folder, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

int64_t cfs_find(const void *bytes, size_t length, const void *needle, size_t needle_length) {
    const void *found = memmem(bytes, length, needle, needle_length);
    return found ? (const char *)found - (const char *)bytes : -1;
}
