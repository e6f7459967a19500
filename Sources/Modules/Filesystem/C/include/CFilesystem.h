/* The Linux calls that Swift cannot reach: variadic ones, those that glibc hides behind
 * _GNU_SOURCE, and those for extended attributes, whose header Swift's Glibc leaves out. No logic.
 * Every function returns what the call returns, or minus the errno. */
#ifndef CFILESYSTEM_H
#define CFILESYSTEM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/xattr.h>

/* How cfs_open_beneath() resolves; the numbers are RESOLVE_… of <linux/openat2.h>. */
enum {
    CFS_RESOLVE_NO_MAGIC_LINKS = 0x02,
    CFS_RESOLVE_NO_LINKS = 0x04,
    CFS_RESOLVE_BENEATH = 0x08
};

/* O_PATH, which is a macro behind _GNU_SOURCE. */
extern const int cfs_open_path;

/* openat2(2). */
int cfs_open_beneath(int folder, const char *path, int flags, uint64_t resolve);

/* Makes `target` share the blocks of `source` (FICLONE). */
int cfs_clone(int target, int source);

/* copy_file_range(2) at the current offsets. */
int64_t cfs_copy_range(int source, int target, size_t length);

/* renameat2(2) with RENAME_NOREPLACE. */
int cfs_rename_new(int folder, const char *from, const char *to);

/* memmem(3): offset of the first occurrence, or -1. */
int64_t cfs_find(const void *bytes, size_t length, const void *needle, size_t needle_length);

#endif
