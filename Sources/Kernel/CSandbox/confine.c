/* Privileges, limits and namespaces. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return errno;
    ssize_t written = write(file, text, strlen(text));
    int failed = written < 0 ? errno : 0;
    close(file);
    return failed;
}

/* In a user namespace that was entered just now: user and group keep their numbers. */
static void map_own_numbers(unsigned user, unsigned group) {
    char map[64];
    snprintf(map, sizeof map, "%u %u 1", user, user);
    write_file("/proc/self/uid_map", map);
    /* Without this the map of groups is refused. */
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", group, group);
    write_file("/proc/self/gid_map", map);
}

static uint32_t entered;

uint32_t sandbox_entered_namespaces(void) { return entered; }

void sandbox_enter_namespaces(void) {
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWUSER) != 0) return;
    entered = SANDBOX_NAMESPACE_USER;
    map_own_numbers(user, group);
    if (unshare(CLONE_NEWNET) == 0) entered |= SANDBOX_NAMESPACE_NETWORK;
    if (unshare(CLONE_NEWIPC) == 0) entered |= SANDBOX_NAMESPACE_IPC;
}

int sandbox_hold_own_proc(void) {
    /* Landlock knows a folder of /proc by its inode, which lives as long as somebody holds it. The
     * number is out of the way of a module that counts its own. */
    int folder = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return errno;
    int held = fcntl(folder, F_DUPFD_CLOEXEC, 4);
    int failed = held < 0 ? errno : 0;
    close(folder);
    return failed;
}

static int drop_capabilities(void) {
    /* Fails without the capability to do so, and then there is nothing to drop. */
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};
    return syscall(SYS_capset, &head, none) == 0 ? 0 : errno;
}

int sandbox_bound_processes(uint64_t most) {
    unsigned user = geteuid(), group = getegid();
    struct rlimit limit = {(rlim_t)most, (rlim_t)most}, now;
    /* The count begins anew in the namespace; that of the user's other processes says nothing. */
    if (unshare(CLONE_NEWUSER) != 0) return errno;
    map_own_numbers(user, group);
    if (getrlimit(RLIMIT_NPROC, &now) == 0 && now.rlim_max < most)
        limit.rlim_cur = limit.rlim_max = now.rlim_max;
    int failed = setrlimit(RLIMIT_NPROC, &limit) == 0 ? 0 : errno;
    /* Whoever enters one has all capabilities in it. */
    int kept = drop_capabilities();
    return failed ? failed : kept;
}

static int privileges_problem = EPERM;

int sandbox_privileges_problem(void) { return privileges_problem; }

void sandbox_drop_privileges(void) {
    privileges_problem = drop_capabilities();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) privileges_problem = errno;
}

int sandbox_set_dumpable(int on) {
    return prctl(PR_SET_DUMPABLE, on ? 1 : 0, 0, 0, 0) == 0 ? 0 : errno;
}

int sandbox_limit(int which, uint64_t most) {
    static const int resources[] = {
        RLIMIT_DATA,     RLIMIT_FSIZE,      RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_CORE,
        RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING, RLIMIT_RTPRIO, RLIMIT_NICE,
    };
    int resource = resources[which];
    struct rlimit limit = {(rlim_t)most, (rlim_t)most}, now;
    /* A file that is too large is an error of the call, not the end of the process. */
    if (resource == RLIMIT_FSIZE) signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(resource, &limit) == 0) return 0;
    /* The user's own limit may be lower, and stays. */
    if (errno != EPERM || getrlimit(resource, &now) != 0) return errno;
    limit.rlim_cur = limit.rlim_max = now.rlim_max;
    return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

int sandbox_is_sanitized(void) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return 1;
#endif
#endif
    return 0;
}

int sandbox_become(const char *program, const char *const *arguments,
                   const char *const *environment, const char *folder, int input, int *failed) {
    *failed = 1;
    if (lseek(input, 0, SEEK_SET) < 0 || dup2(input, 0) < 0) return errno;
    *failed = 2;
    if (chdir(folder) != 0) return errno;
    *failed = 3;
    execve(program, (char *const *)arguments, (char *const *)environment);
    return errno;
}

void sandbox_end_group(int process) { kill(-process, SIGKILL); }
