#define _GNU_SOURCE
#include "CSandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_over(const struct sandbox_folder_use *use, uint64_t entries_max,
                   uint64_t bytes_max) {
    return use->entries > entries_max || use->bytes > bytes_max;
}

/* By name within an open folder, and through no link: what is looked through stays the module's,
 * whatever it renames meanwhile. Takes the descriptor. */
static int count(int folder, int depth, uint64_t entries_max, uint64_t bytes_max,
                 struct sandbox_folder_use *use) {
    DIR *stream = fdopendir(folder);
    if (!stream) {
        int problem = errno;
        close(folder);
        return problem;
    }
    int problem = 0;
    struct dirent *entry;
    while (!problem && (errno = 0, entry = readdir(stream))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        use->entries++;
        struct stat status;
        int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
        if (is_over(use, entries_max, bytes_max)) break;
        if (fstatat(dirfd(stream), entry->d_name, &status, flags) != 0) {
            if (errno != ENOENT) problem = errno;
            continue;
        }
        if (status.st_size > 0) use->bytes += (uint64_t)status.st_size;
        if (!S_ISDIR(status.st_mode)) continue;
        if (depth == SANDBOX_FOLDER_DEPTH_MAX) {
            problem = SANDBOX_TOO_DEEP;
            break;
        }
        int next = openat(dirfd(stream), entry->d_name,
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next >= 0) {
            problem = count(next, depth + 1, entries_max, bytes_max, use);
        } else if (errno != ENOENT && errno != ENOTDIR) {
            problem = errno;
        }
        if (is_over(use, entries_max, bytes_max)) break;
    }
    if (!problem && !entry) problem = errno;
    closedir(stream);
    return problem;
}

int sandbox_count_folder(const char *path, uint64_t entries_max, uint64_t bytes_max,
                         struct sandbox_folder_use *use) {
    memset(use, 0, sizeof *use);
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int problem = errno;
    if (folder >= 0) problem = count(folder, 1, entries_max, bytes_max, use);
    switch (problem) {
    case ENOENT: case EMFILE: case ENFILE: case ENOMEM: return 0;
    default: return problem;
    }
}
