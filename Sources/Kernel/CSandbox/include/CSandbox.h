/* The walls around a worker: the Linux calls that raise them, and the record of what ran into one.
 *
 * Policy is KernelSandbox's; here are the mechanisms. Each function that can fail returns 0 or a
 * positive errno. */
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stddef.h>
#include <stdint.h>

/* MARK: Once, in the zygote */

/* Bits of what the process was moved into. */
#define SANDBOX_NAMESPACE_USER 1u
#define SANDBOX_NAMESPACE_NETWORK 2u
#define SANDBOX_NAMESPACE_IPC 4u

/* Leaves the namespaces of the caller, which has one thread, for empty ones. Workers inherit them,
 * so that they cost nothing per worker. */
void sandbox_enter_namespaces(void);
/* The bits of those that the system allowed. */
uint32_t sandbox_entered_namespaces(void);

/* Gives up every capability, for ever. Workers inherit that too. */
void sandbox_drop_privileges(void);
/* Why that failed; 0 if it did not. */
int sandbox_privileges_problem(void);

/* Compiles both filters of system calls by libseccomp, which is mapped for it. */
void sandbox_compile_filters(void);
/* Why there are none; 0 if there are. */
int sandbox_filters_problem(void);

/* MARK: In a worker, before it has a second thread */

/* The version of Landlock that the running kernel offers; 0: none. */
int sandbox_landlock_version(void);

#define SANDBOX_READ 1u
#define SANDBOX_WRITE 2u
#define SANDBOX_EXECUTE 4u

/* Denies all of the file system but what is under the paths, which hold no links. `missing` has
 * room for `count` flags: 1 where there is nothing at the path that could be opened. */
int sandbox_restrict_files(const char *const *paths, const uint32_t *access, uint8_t *missing,
                           size_t count, int version);

/* Keeps the process's own folder under /proc reachable under Landlock. Before the walls. */
int sandbox_hold_own_proc(void);

/* Whether other processes of the user may look into this one, and dump it. */
int sandbox_set_dumpable(int on);

/* Soft and hard. `which` is one of: */
#define SANDBOX_LIMIT_DATA 0
#define SANDBOX_LIMIT_FILE_BYTES 1
#define SANDBOX_LIMIT_DESCRIPTORS 2
#define SANDBOX_LIMIT_LOCKED_BYTES 3
#define SANDBOX_LIMIT_CORE_BYTES 4
#define SANDBOX_LIMIT_QUEUE_BYTES 5
#define SANDBOX_LIMIT_SIGNALS 6
#define SANDBOX_LIMIT_REAL_TIME 7
#define SANDBOX_LIMIT_PRIORITY 8
int sandbox_limit(int which, uint64_t most);

/* Whether this program reserves far more memory than it uses, as the sanitizers do. */
int sandbox_is_sanitized(void);

/* Denies all system calls but those that a module needs, from here on, in every thread to come.
 * With `changes`, allows those that change modes, times and attributes of files that are open. */
int sandbox_restrict_system_calls(int changes);

/* MARK: In a process that is about to become a program, before the walls of files */

/* Moves it into a user namespace of its own, where it and all that it starts are at most so many
 * processes and threads. Not every system allows that, and it fails then. */
int sandbox_bound_processes(uint64_t most);

/* Makes this process the program, with `input` to read from and in `folder`. Returns an errno if
 * that fails, and in `failed` which of the steps: 1, 2 or 3. */
int sandbox_become(const char *program, const char *const *arguments,
                   const char *const *environment, const char *folder, int input, int *failed);

/* Ends the group of a child that was not waited for yet. */
void sandbox_end_group(int process);

/* As sandbox_restrict_system_calls, for a program and all that it starts: it may start others, and
 * what is refused fails with an error, since no handler outlives the start. With `signals` it may
 * send them: only where Landlock keeps them within (version 6). */
int sandbox_restrict_program_calls(int changes, int signals);

/* MARK: In the kernel */

/* Each folder that is being looked through holds a descriptor. */
#define SANDBOX_FOLDER_DEPTH_MAX 32
/* Folders are deeper inside each other than that. */
#define SANDBOX_TOO_DEEP (-1)

struct sandbox_folder_use {
    /* Files, folders and links. */
    uint64_t entries;
    uint64_t bytes;
};

/* How much is in a folder that belongs to somebody who may be at work in it: stops when it is too
 * much of either. What the caller has too little for counts as nothing, as a folder does that is
 * not there: that is not the other's fault. */
int sandbox_count_folder(const char *path, uint64_t entries_max, uint64_t bytes_max,
                         struct sandbox_folder_use *use);

/* MARK: What was refused */

enum {
    SANDBOX_REFUSED_READ = 1,
    SANDBOX_REFUSED_WRITE = 2,
    SANDBOX_REFUSED_EXECUTE = 3,
    SANDBOX_REFUSED_NETWORK = 4,
    SANDBOX_REFUSED_PROCESS = 5,
    SANDBOX_REFUSED_SIGNAL = 6,
    SANDBOX_REFUSED_OTHER = 7,
};

#define SANDBOX_PATH_MAX 512

struct sandbox_refusal {
    uint32_t kind;
    int32_t number;
    /* The family of a socket. */
    int32_t detail;
    char path[SANDBOX_PATH_MAX];
};

/* How many calls were refused so far. */
uint64_t sandbox_refusals(void);
/* The refusal with that index, from 0; 0 if it has been overwritten or is being written. */
int sandbox_refusal_at(uint64_t index, struct sandbox_refusal *refusal);
/* The name of a system call in `name`, which has room for `room` bytes. */
void sandbox_system_call_name(int32_t number, char *name, size_t room);

#endif
