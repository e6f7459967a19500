/* The filters of system calls: compiled by libseccomp, with a beginning of our own. */
#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

/* MARK: libseccomp, mapped on first use: only the zygote needs it */

static struct {
    __typeof__(seccomp_init) *init;
    __typeof__(seccomp_release) *release;
    __typeof__(seccomp_attr_set) *attr_set;
    __typeof__(seccomp_rule_add_array) *rule_add_array;
    __typeof__(seccomp_export_bpf) *export_bpf;
    __typeof__(seccomp_syscall_resolve_name) *resolve_name;
    __typeof__(seccomp_syscall_resolve_num_arch) *resolve_number;
} library;

static int open_library(void) {
    void *handle = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return ENOENT;
    *(void **)&library.init = dlsym(handle, "seccomp_init");
    *(void **)&library.release = dlsym(handle, "seccomp_release");
    *(void **)&library.attr_set = dlsym(handle, "seccomp_attr_set");
    *(void **)&library.rule_add_array = dlsym(handle, "seccomp_rule_add_array");
    *(void **)&library.export_bpf = dlsym(handle, "seccomp_export_bpf");
    *(void **)&library.resolve_name = dlsym(handle, "seccomp_syscall_resolve_name");
    *(void **)&library.resolve_number = dlsym(handle, "seccomp_syscall_resolve_num_arch");
    int whole = library.init && library.release && library.attr_set && library.rule_add_array &&
                library.export_bpf && library.resolve_name && library.resolve_number;
    return whole ? 0 : ENOSYS;
}

void sandbox_system_call_name(int32_t number, char *name, size_t room) {
    char *found = library.resolve_number
                      ? library.resolve_number(SCMP_ARCH_NATIVE, number)
                      : NULL;
    strncpy(name, found ? found : "", room - 1);
    name[room - 1] = 0;
    free(found);
}

/* MARK: What a module needs. Calls that name files, and all others, go to the handler. */

static const char *const allowed[] = {
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
    "pwritev2", "close", "close_range", "fstat", "stat", "lstat", "newfstatat", "statx", "statfs",
    "fstatfs", "lseek", "fsync", "fdatasync", "sync_file_range", "ftruncate", "fadvise64",
    "readahead", "flock", "sendfile", "copy_file_range", "umask", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getdents", "getdents64", "getcwd", "chdir", "fchdir",
    "fgetxattr", "flistxattr", "munmap", "mprotect", "madvise", "mremap", "msync", "mincore",
    "mlock", "mlock2", "munlock", "brk", "membarrier", "futex", "futex_waitv", "set_robust_list",
    "get_robust_list", "rseq", "set_tid_address", "exit", "exit_group", "rt_sigreturn",
    "rt_sigpending", "rt_sigtimedwait", "rt_sigsuspend", "sigaltstack", "gettid", "getpid",
    "getppid", "getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid",
    "getpgid", "getpgrp", "getsid", "sched_yield", "sched_getaffinity", "sched_getscheduler",
    "sched_getparam", "sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval",
    "getpriority", "getcpu", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "times", "alarm", "getitimer", "setitimer", "timer_create",
    "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete", "pause",
    "restart_syscall", "getrandom", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "timerfd_create", "timerfd_settime",
    "timerfd_gettime", "poll", "ppoll", "select", "pselect6", "pipe", "pipe2", "dup", "dup2",
    "dup3", "recvmsg", "recvfrom", "recvmmsg", "shutdown", "getsockname", "getpeername", "sysinfo",
    "uname", "getrlimit", "setrlimit", "getrusage",
};

/* What the system allows for a file that is open for reading only, as long as it is the user's own:
 * only where the worker can open nothing that it may not write. */
static const char *const allowed_if_changing[] = {"fchmod", "fsetxattr", "fremovexattr"};

/* Callers of these know how to do without. */
static const struct {
    const char *name;
    int error;
} answered[] = {
    /* The flags of clone3 lie in memory, where a filter cannot read: glibc falls back to clone. */
    {"clone3", ENOSYS},         {"openat2", ENOSYS},          {"io_uring_setup", ENOSYS},
    {"io_uring_enter", ENOSYS}, {"io_uring_register", ENOSYS}, {"splice", EINVAL},
    {"tee", EINVAL},            {"vmsplice", EINVAL},
    /* Takes space on a disk that nobody has written, and that no count shows. */
    {"fallocate", EOPNOTSUPP},
};

#define LOW 0xffffffffULL
#define ANY_NAMESPACE                                                                             \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET | CLONE_PTRACE)
#define UNCOUNTED_MEMORY (MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN)

/* Allowed with one argument, compared under a mask. The second argument of `setpriority` is the
 * only pair, and stands below. */
static const struct {
    const char *name;
    unsigned place;
    uint64_t mask, value;
} allowed_with[] = {
    {"clone", 0, CLONE_THREAD | ANY_NAMESPACE, CLONE_THREAD},
    /* Nobody could count shared memory without a file: it is not data, and need not be resident.
     * Memory that grows downwards is no data either. */
    {"mmap", 3, UNCOUNTED_MEMORY, 0},
    {"mmap", 3, UNCOUNTED_MEMORY, MAP_SHARED},
    {"mmap", 3, UNCOUNTED_MEMORY, MAP_ANONYMOUS},
    {"prlimit64", 0, LOW, 0},
    {"sendto", 4, UINT64_MAX, 0},
    {"sendmsg", 2, MSG_FASTOPEN, 0}, /* connects */
    {"sendmmsg", 3, MSG_FASTOPEN, 0},
    {"personality", 0, LOW, LOW},
    {"rt_sigprocmask", 1, UINT64_MAX, 0},
    {"rt_sigprocmask", 0, LOW, SIG_UNBLOCK},
    {"rt_sigaction", 1, UINT64_MAX, 0},
    {"sched_setaffinity", 0, LOW, 0},
    {"sched_setscheduler", 0, LOW, 0},
    {"sched_setparam", 0, LOW, 0},
    /* Not F_SETOWN and F_SETSIG, which send signals to anybody. */
    {"fcntl", 1, LOW, F_DUPFD},
    {"fcntl", 1, LOW, F_DUPFD_CLOEXEC},
    {"fcntl", 1, LOW, F_GETFD},
    {"fcntl", 1, LOW, F_SETFD},
    {"fcntl", 1, LOW, F_GETFL},
    {"fcntl", 1, LOW, F_SETFL},
    {"fcntl", 1, LOW, F_GETLK},
    {"fcntl", 1, LOW, F_SETLK},
    {"fcntl", 1, LOW, F_SETLKW},
    {"fcntl", 1, LOW, F_OFD_GETLK},
    {"fcntl", 1, LOW, F_OFD_SETLK},
    {"fcntl", 1, LOW, F_OFD_SETLKW},
    {"fcntl", 1, LOW, F_GETPIPE_SZ},
    {"fcntl", 1, LOW, F_GET_SEALS},
    /* What asks, and nothing that types into a terminal. */
    {"ioctl", 1, LOW, TCGETS},
    {"ioctl", 1, LOW, TIOCGWINSZ},
    {"ioctl", 1, LOW, FIONREAD},
    {"ioctl", 1, LOW, FIONBIO},
    {"ioctl", 1, LOW, FIOCLEX},
    {"ioctl", 1, LOW, FIONCLEX},
    {"prctl", 0, LOW, PR_SET_NAME},
    {"prctl", 0, LOW, PR_GET_NAME},
    {"prctl", 0, LOW, PR_GET_DUMPABLE},
    {"prctl", 0, LOW, PR_GET_NO_NEW_PRIVS},
    {"prctl", 0, LOW, PR_GET_SECCOMP},
    {"prctl", 0, LOW, PR_CAPBSET_READ},
    {"prctl", 0, LOW, PR_SET_TIMERSLACK},
    {"prctl", 0, LOW, PR_GET_TIMERSLACK},
    {"prctl", 0, LOW, 0x53564d41 /* PR_SET_VMA: names memory */},
};

/* What a program needs besides, which a module does through the handler or not at all. */
static const char *const allowed_for_programs[] = {
    "creat", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
    "link", "linkat", "symlink", "symlinkat", "execve", "fork", "vfork", "wait4", "waitid",
    "rt_sigaction", "rt_sigprocmask", "arch_prctl", "capget",
};

static const char *const allowed_with_signals[] = {
    "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
};

/* As above. A file that is opened for reading may be cut by the way before version 3 of Landlock:
 * that is allowed to nobody. */
static const struct {
    const char *name;
    unsigned place;
    uint64_t mask, value;
} allowed_with_for_programs[] = {
    {"clone", 0, ANY_NAMESPACE, 0},
    {"open", 1, O_ACCMODE | O_TRUNC, O_RDONLY},
    {"open", 1, O_ACCMODE, O_WRONLY},
    {"open", 1, O_ACCMODE, O_RDWR},
    {"openat", 2, O_ACCMODE | O_TRUNC, O_RDONLY},
    {"openat", 2, O_ACCMODE, O_WRONLY},
    {"openat", 2, O_ACCMODE, O_RDWR},
    /* Its own group. */
    {"kill", 0, LOW, 0},
    {"ioctl", 1, LOW, TIOCGPGRP},
    {"prctl", 0, LOW, PR_SET_PDEATHSIG},
    {"prctl", 0, LOW, PR_GET_PDEATHSIG},
    {"prctl", 0, LOW, PR_GET_KEEPCAPS},
};

struct rules {
    scmp_filter_ctx filter;
    /* Of the first rule that could not be added. */
    int failed;
};

static void add(struct rules *rules, uint32_t action, const char *name, unsigned count,
                const struct scmp_arg_cmp *arguments) {
    int number = library.resolve_name(name);
    /* Not of this machine. */
    if (rules->failed || number == __NR_SCMP_ERROR || number < 0) return;
    rules->failed = -library.rule_add_array(rules->filter, action, number, count, arguments);
}

static struct scmp_arg_cmp masked(unsigned place, uint64_t mask, uint64_t value) {
    return (struct scmp_arg_cmp){place, SCMP_CMP_MASKED_EQ, mask, value};
}

#define FOR_EACH(list) for (size_t index = 0; index < sizeof list / sizeof *list; index++)

static int add_rules(scmp_filter_ctx filter, int changes) {
    struct rules rules = {filter, 0};
    FOR_EACH(allowed) add(&rules, SCMP_ACT_ALLOW, allowed[index], 0, NULL);
    FOR_EACH(answered)
    add(&rules, SCMP_ACT_ERRNO((uint32_t)answered[index].error), answered[index].name, 0, NULL);
    FOR_EACH(allowed_with) {
        struct scmp_arg_cmp compare = masked(allowed_with[index].place, allowed_with[index].mask,
                                             allowed_with[index].value);
        add(&rules, SCMP_ACT_ALLOW, allowed_with[index].name, 1, &compare);
    }
    for (size_t index = 0; index < sandbox_socket_options_count; index++) {
        const struct sandbox_socket_option *known = &sandbox_socket_options[index];
        struct scmp_arg_cmp is[2] = {masked(1, LOW, known->level), masked(2, LOW, known->option)};
        add(&rules, SCMP_ACT_ALLOW, "getsockopt", 2, is);
        if (known->can_be_set) add(&rules, SCMP_ACT_ALLOW, "setsockopt", 2, is);
    }
    struct scmp_arg_cmp own_thread[2] = {masked(0, LOW, 0), masked(1, LOW, 0)};
    add(&rules, SCMP_ACT_ALLOW, "setpriority", 2, own_thread);
    if (!changes) return rules.failed;
    FOR_EACH(allowed_if_changing)
    add(&rules, SCMP_ACT_ALLOW, allowed_if_changing[index], 0, NULL);
    struct scmp_arg_cmp on_open_file = masked(1, UINT64_MAX, 0);
    add(&rules, SCMP_ACT_ALLOW, "utimensat", 1, &on_open_file);
    return rules.failed;
}

static int add_program_rules(scmp_filter_ctx filter, int changes, int signals) {
    struct rules rules = {filter, add_rules(filter, changes)};
    FOR_EACH(allowed_for_programs)
    add(&rules, SCMP_ACT_ALLOW, allowed_for_programs[index], 0, NULL);
    if (signals)
        FOR_EACH(allowed_with_signals)
        add(&rules, SCMP_ACT_ALLOW, allowed_with_signals[index], 0, NULL);
    FOR_EACH(allowed_with_for_programs) {
        if (signals && strcmp(allowed_with_for_programs[index].name, "kill") == 0) continue;
        struct scmp_arg_cmp compare =
            masked(allowed_with_for_programs[index].place, allowed_with_for_programs[index].mask,
                   allowed_with_for_programs[index].value);
        add(&rules, SCMP_ACT_ALLOW, allowed_with_for_programs[index].name, 1, &compare);
    }
    /* Connected to each other, and to nobody else: one for datagrams could still choose. */
    static const uint64_t kinds[] = {1 /* SOCK_STREAM */, 5 /* SOCK_SEQPACKET */};
    FOR_EACH(kinds) {
        struct scmp_arg_cmp local[2] = {masked(0, LOW, 1 /* AF_UNIX */),
                                        masked(1, 0xf, kinds[index])};
        add(&rules, SCMP_ACT_ALLOW, "socketpair", 2, local);
    }
    return rules.failed;
}

/* MARK: Compiling */

#define PROGRAM_MAX 2048
static struct program {
    struct sock_filter steps[PROGRAM_MAX];
    size_t count;
} programs[2];

/* Reads what libseccomp writes into a pipe, which holds more than any program. */
static int take(scmp_filter_ctx filter, struct program *program) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
    int failed = -library.export_bpf(filter, ends[1]);
    if (!failed) {
        ssize_t count = read(ends[0], program->steps, sizeof program->steps);
        if (count <= 0 || count == sizeof program->steps) failed = E2BIG;
        else program->count = (size_t)count / sizeof(struct sock_filter);
    }
    close(ends[0]);
    close(ends[1]);
    return failed;
}

static int compile(scmp_filter_ctx filter, int failed, struct program *program) {
    if (!failed) failed = take(filter, program);
    library.release(filter);
    return failed;
}

static scmp_filter_ctx begin_filter(uint32_t otherwise) {
    scmp_filter_ctx filter = library.init(otherwise);
    if (!filter) return NULL;
    library.attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2 /* a tree instead of a list */);
    /* Calls in the 32-bit manner have other numbers. */
    if (library.attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0)
        return filter;
    library.release(filter);
    return NULL;
}

static int compile_for_modules(int changes, struct program *program) {
    scmp_filter_ctx filter = begin_filter(SCMP_ACT_TRAP);
    return filter ? compile(filter, add_rules(filter, changes), program) : ENOMEM;
}

/* Why there are no filters. */
static int not_compiled = ENOSYS;

int sandbox_filters_problem(void) { return not_compiled; }

void sandbox_compile_filters(void) {
    int failed = open_library();
    for (int changes = 0; changes < 2 && !failed; changes++)
        failed = compile_for_modules(changes, &programs[changes]);
    not_compiled = failed;
}

/* MARK: The beginning, which knows this process */

struct writer {
    struct sock_filter *steps;
    size_t count;
};

static void put(struct writer *writer, uint16_t code, uint32_t value, uint8_t yes, uint8_t no) {
    struct sock_filter step = {code, yes, no, value};
    writer->steps[writer->count++] = step;
}

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define EQUALS (BPF_JMP | BPF_JEQ | BPF_K)
#define RETURN (BPF_RET | BPF_K)
#define FIELD(name) ((uint32_t)offsetof(struct seccomp_data, name))

/* Allows the call with that number if a field of 64 bits has the value; else goes on. */
static void allow_if(struct writer *writer, const int *numbers, size_t count, uint32_t field,
                     uint64_t value, int whole) {
    size_t check = whole ? 5 : 3;
    for (size_t index = 0; index < count; index++) {
        uint8_t left = (uint8_t)(count - index - 1);
        /* The last one that differs jumps over the check. */
        put(writer, EQUALS, (uint32_t)numbers[index], left, left ? 0 : (uint8_t)(check + 1));
    }
    put(writer, LOAD, field, 0, 0);
    put(writer, EQUALS, (uint32_t)value, 0, (uint8_t)(check - 2));
    if (whole) {
        put(writer, LOAD, field + 4, 0, 0);
        put(writer, EQUALS, (uint32_t)(value >> 32), 0, 1);
    }
    put(writer, RETURN, SECCOMP_RET_ALLOW, 0, 0);
    /* The next checks compare the number again. */
    put(writer, LOAD, FIELD(nr), 0, 0);
}

static void put_beginning(struct writer *writer) {
    static const int to_itself[] = {SYS_tgkill, SYS_kill, SYS_rt_tgsigqueueinfo};
    put(writer, LOAD, FIELD(arch), 0, 0);
    size_t foreign = writer->count;
    put(writer, EQUALS, NATIVE, 0, 0);
    put(writer, LOAD, FIELD(nr), 0, 0);
    allow_if(writer, sandbox_reissued, sandbox_reissued_count, FIELD(instruction_pointer),
             (uint64_t)(uintptr_t)sandbox_call_site, 1);
    allow_if(writer, to_itself, sizeof to_itself / sizeof *to_itself, FIELD(args[0]),
             (uint64_t)getpid(), 0);
    writer->steps[foreign].jf = (uint8_t)(writer->count - foreign - 1);
}

int sandbox_restrict_system_calls(int changes) {
    static struct sock_filter steps[PROGRAM_MAX + 128];
    struct program *program = &programs[changes ? 1 : 0];
    int failed = not_compiled ? not_compiled : sandbox_catch_traps();
    if (failed) return failed;
    struct writer writer = {steps, 0};
    put_beginning(&writer);
    memcpy(steps + writer.count, program->steps, program->count * sizeof *steps);
    struct sock_fprog whole = {(unsigned short)(writer.count + program->count), steps};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole) == 0 ? 0 : errno;
}

int sandbox_restrict_program_calls(int changes, int signals) {
    static struct program program;
    if (not_compiled) return not_compiled;
    scmp_filter_ctx filter = begin_filter(SCMP_ACT_ERRNO(EPERM));
    if (!filter) return ENOMEM;
    int failed = compile(filter, add_program_rules(filter, changes, signals), &program);
    if (failed) return failed;
    struct sock_fprog whole = {(unsigned short)program.count, program.steps};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole) == 0 ? 0 : errno;
}
