/* What happens to a system call that a filter does not let through: it arrives here as SIGSYS, is
 * written down, and comes back to its caller as an error. Only async-signal-safe functions. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <ucontext.h>

/* A signal comes where ThreadSanitizer does not know the thread yet. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_WATCHING_THREADS 1
#pragma clang attribute push(__attribute__((disable_sanitizer_instrumentation)),                   \
                             apply_to = function)
#endif
#endif

/* MARK: The record */

#define RING 64
static struct {
    _Atomic uint64_t stamp;
    struct sandbox_refusal refusal;
} ring[RING];
static _Atomic uint64_t refusals;

static long call(long number, long a, long b, long c, long d) {
    const long arguments[6] = {a, b, c, d, 0, 0};
    return sandbox_call(number, arguments);
}

/* A path is the caller's pointer, which may be anything: the system looks at it first. */
static int is_readable_path(const char *path) {
    long found = call(SYS_faccessat, AT_FDCWD, (long)path, 0, 0);
    return path != NULL && found != -EFAULT && found != -ENAMETOOLONG;
}

static size_t append(char *text, size_t length, const char *more) {
    while (*more && length < SANDBOX_PATH_MAX - 1) text[length++] = *more++;
    text[length] = 0;
    return length;
}

/* The folder that a relative path starts at. */
static size_t folder_of(char *text, int directory) {
    long length;
    if (directory == AT_FDCWD) {
        length = call(SYS_getcwd, (long)text, SANDBOX_PATH_MAX - 2, 0, 0);
        /* The system counts the zero too. */
        length -= 1;
    } else {
        char link[32] = "/proc/self/fd/", digits[12];
        size_t place = sizeof digits;
        unsigned number = (unsigned)directory;
        digits[--place] = 0;
        do digits[--place] = (char)('0' + number % 10);
        while ((number /= 10) && place);
        strcat(link, digits + place);
        length = call(SYS_readlinkat, AT_FDCWD, (long)link, (long)text, SANDBOX_PATH_MAX - 2);
    }
    if (length <= 0) return 0;
    text[length] = 0;
    return text[length - 1] == '/' ? (size_t)length : append(text, (size_t)length, "/");
}

static void record(uint32_t kind, long number, int detail, int directory, const char *path) {
    uint64_t index = atomic_fetch_add(&refusals, 1);
    struct sandbox_refusal *refusal = &ring[index % RING].refusal;
    atomic_store(&ring[index % RING].stamp, 0);
    refusal->kind = kind;
    refusal->number = (int32_t)number;
    refusal->detail = detail;
    refusal->path[0] = 0;
    if (is_readable_path(path))
        append(refusal->path, path[0] == '/' ? 0 : folder_of(refusal->path, directory), path);
    atomic_store(&ring[index % RING].stamp, index + 1);
}

uint64_t sandbox_refusals(void) { return atomic_load(&refusals); }

int sandbox_refusal_at(uint64_t index, struct sandbox_refusal *refusal) {
    if (atomic_load(&ring[index % RING].stamp) != index + 1) return 0;
    *refusal = ring[index % RING].refusal;
    return atomic_load(&ring[index % RING].stamp) == index + 1;
}

/* MARK: Calls that name files */

struct file_call {
    int number;
    /* Places of the arguments; -1: the working folder, or no second path. */
    signed char directory, path, second_directory, second_path;
};

static const struct file_call file_calls[] = {
    {SYS_openat, 0, 1, -1, -1},
    {SYS_mkdirat, 0, 1, -1, -1},
    {SYS_unlinkat, 0, 1, -1, -1},
    {SYS_symlinkat, 1, 2, -1, -1},
    {SYS_linkat, 0, 1, 2, 3},
    {SYS_mknodat, 0, 1, -1, -1},
    {SYS_renameat2, 0, 1, 2, 3},
#ifdef SYS_renameat
    {SYS_renameat, 0, 1, 2, 3},
#endif
#ifdef SYS_open
    {SYS_open, -1, 0, -1, -1},
    {SYS_creat, -1, 0, -1, -1},
    {SYS_mkdir, -1, 0, -1, -1},
    {SYS_rmdir, -1, 0, -1, -1},
    {SYS_unlink, -1, 0, -1, -1},
    {SYS_symlink, -1, 1, -1, -1},
    {SYS_link, -1, 0, -1, 1},
    {SYS_mknod, -1, 0, -1, -1},
    {SYS_rename, -1, 0, -1, 1},
#endif
};

const int sandbox_reissued[] = {
    SYS_rt_sigaction, SYS_openat, SYS_mkdirat, SYS_unlinkat, SYS_symlinkat,
    SYS_linkat,       SYS_mknodat, SYS_renameat2,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_open
    SYS_open,         SYS_creat,  SYS_mkdir,   SYS_rmdir,    SYS_unlink,
    SYS_symlink,      SYS_link,   SYS_mknod,   SYS_rename,
#endif
};
const size_t sandbox_reissued_count = sizeof sandbox_reissued / sizeof *sandbox_reissued;

static uint32_t kind_of_open(long number, const long *arguments) {
    long flags = number == SYS_openat ? arguments[2] : arguments[1];
#ifdef SYS_creat
    if (number == SYS_creat) return SANDBOX_REFUSED_WRITE;
#endif
    int reads = (flags & O_ACCMODE) == O_RDONLY && !(flags & (O_CREAT | O_TRUNC));
    return reads ? SANDBOX_REFUSED_READ : SANDBOX_REFUSED_WRITE;
}

static int is_open(long number) {
#ifdef SYS_open
    if (number == SYS_open || number == SYS_creat) return 1;
#endif
    return number == SYS_openat;
}

/* libdispatch reads /proc/<thread>/stat, and ends the process if it cannot. The walls let through
 * what lies under the process's own folder, where the same file is. */
static long open_of_thread(const char *path, long flags) {
    static const char start[] = "/proc/", own[] = "/proc/self/task/";
    char under[64];
    size_t length = 0;
    if (strncmp(path, start, sizeof start - 1) != 0) return -EACCES;
    path += sizeof start - 1;
    if (*path < '0' || *path > '9' || strlen(path) > 32) return -EACCES;
    for (const char *from = own; *from;) under[length++] = *from++;
    while (*path) under[length++] = *path++;
    under[length] = 0;
    long file = call(SYS_openat, AT_FDCWD, (long)under, flags, 0);
    return file < 0 ? -EACCES : file;
}

static int directory_of(const long *arguments, int place) {
    return place < 0 ? AT_FDCWD : (int)arguments[place];
}

static long answer_file_call(const struct file_call *known, const long *arguments) {
    long result = sandbox_call(known->number, arguments);
    const char *path = (const char *)arguments[(int)known->path];
    int opens = is_open(known->number);
    if (opens && result == -EACCES)
        result = open_of_thread(path, arguments[known->number == SYS_openat ? 2 : 1]);
    if (result != -EACCES && (result != -EXDEV || known->second_path < 0)) return result;
    uint32_t kind = opens ? kind_of_open(known->number, arguments) : SANDBOX_REFUSED_WRITE;
    record(kind, known->number, 0, directory_of(arguments, known->directory), path);
    if (known->second_path >= 0)
        record(kind, known->number, 0, directory_of(arguments, known->second_directory),
               (const char *)arguments[(int)known->second_path]);
    return result;
}

/* Landlock before its third version knows nothing of truncate(2), and none of modes, times and
 * attributes by a path: all that is done on an open file, and opening it is checked. */
static long answer_on_open_file(long number, int directory, const char *path, long flags,
                                const long *arguments) {
    const long opening[6] = {directory, (long)path, flags | O_CLOEXEC | O_NONBLOCK, 0, 0, 0};
    const struct file_call as_open = {SYS_openat, 0, 1, -1, -1};
    long file = answer_file_call(&as_open, opening);
    if (file < 0) return file;
    long on_file[6] = {file, arguments[0], arguments[1], arguments[2], 0, 0};
    long result = sandbox_call(number, on_file);
    call(SYS_close, file, 0, 0, 0);
    return result;
}

/* MARK: Signals */

#define BIT(signal) (1ULL << ((signal) - 1))

/* Nobody may block SIGSYS: what is refused then would end the process without a word. */
static long answer_mask(const long *arguments, ucontext_t *context) {
    uint64_t mask, change;
    memcpy(&mask, &context->uc_sigmask, sizeof mask);
    uint64_t before = mask;
    if (arguments[3] != sizeof mask) return -EINVAL;
    if (arguments[1]) {
        memcpy(&change, (const void *)arguments[1], sizeof change);
        switch ((int)arguments[0]) {
        case SIG_BLOCK: mask |= change; break;
        case SIG_UNBLOCK: mask &= ~change; break;
        case SIG_SETMASK: mask = change; break;
        default: return -EINVAL;
        }
        mask &= ~(BIT(SIGSYS) | BIT(SIGKILL) | BIT(SIGSTOP));
        memcpy(&context->uc_sigmask, &mask, sizeof mask);
    }
    if (arguments[2]) memcpy((void *)arguments[2], &before, sizeof before);
    return 0;
}

struct system_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

static long answer_action(const long *arguments) {
    /* Whoever asks for every signal is not told that this one is taken. */
    if ((int)arguments[0] == SIGSYS) return 0;
    struct system_action action;
    memcpy(&action, (const void *)arguments[1], sizeof action);
    action.mask &= ~BIT(SIGSYS);
    const long changed[6] = {arguments[0], (long)&action, arguments[2], arguments[3], 0, 0};
    return sandbox_call(SYS_rt_sigaction, changed);
}

/* MARK: Everything else */

/* The system takes 0 for the calling thread, which is all that the filter lets through. */
static long answer_own_thread(long number, const long *arguments, int place) {
    if (arguments[place] != call(SYS_gettid, 0, 0, 0, 0) || (place == 1 && arguments[0] != 0)) {
        record(SANDBOX_REFUSED_OTHER, number, 0, AT_FDCWD, NULL);
        return -EPERM;
    }
    long own[6];
    memcpy(own, arguments, sizeof own);
    own[place] = 0;
    return sandbox_call(number, own);
}

static long refuse(uint32_t kind, long number, int detail, int error) {
    record(kind, number, detail, AT_FDCWD, NULL);
    return -error;
}

/* Numbers from here on are of calls that came after the systems that this was written for: their
 * callers know how to do without. */
#define NUMBER_NEW 450

static long answer_other(long number, const long *arguments) {
    switch (number) {
    case SYS_execve:
        record(SANDBOX_REFUSED_EXECUTE, number, 0, AT_FDCWD, (const char *)arguments[0]);
        return -EACCES;
    case SYS_execveat:
        record(SANDBOX_REFUSED_EXECUTE, number, 0, (int)arguments[0], (const char *)arguments[1]);
        return -EACCES;
    case SYS_clone:
#ifdef SYS_fork
    case SYS_fork:
    case SYS_vfork:
#endif
        return refuse(SANDBOX_REFUSED_PROCESS, number, 0, EPERM);
    case SYS_socket:
    case SYS_socketpair:
        return refuse(SANDBOX_REFUSED_NETWORK, number, (int)arguments[0], EACCES);
    case SYS_connect:
    case SYS_bind:
    case SYS_listen:
    case SYS_accept:
    case SYS_accept4:
    case SYS_sendto:
        return refuse(SANDBOX_REFUSED_NETWORK, number, 0, EACCES);
    case SYS_kill:
    case SYS_tkill:
    case SYS_tgkill:
    case SYS_rt_sigqueueinfo:
    case SYS_rt_tgsigqueueinfo:
    case SYS_pidfd_send_signal:
        return refuse(SANDBOX_REFUSED_SIGNAL, number, 0, EPERM);
    default:
        return refuse(SANDBOX_REFUSED_OTHER, number, 0,
                      number >= NUMBER_NEW ? ENOSYS : EPERM);
    }
}

static long answer(long number, const long *arguments, ucontext_t *context) {
    for (size_t index = 0; index < sizeof file_calls / sizeof *file_calls; index++)
        if (file_calls[index].number == number)
            return answer_file_call(&file_calls[index], arguments);
    switch (number) {
    case SYS_rt_sigprocmask: return answer_mask(arguments, context);
    case SYS_rt_sigaction: return answer_action(arguments);
    case SYS_sched_setaffinity:
    case SYS_sched_setscheduler:
    case SYS_sched_setparam: return answer_own_thread(number, arguments, 0);
    case SYS_setpriority: return answer_own_thread(number, arguments, 1);
    case SYS_truncate:
        return answer_on_open_file(SYS_ftruncate, AT_FDCWD, (const char *)arguments[0], O_WRONLY,
                                   arguments + 1);
    case SYS_fchmodat:
        return answer_on_open_file(SYS_fchmod, (int)arguments[0], (const char *)arguments[1],
                                   O_RDONLY, arguments + 2);
#ifdef SYS_chmod
    case SYS_chmod:
        return answer_on_open_file(SYS_fchmod, AT_FDCWD, (const char *)arguments[0], O_RDONLY,
                                   arguments + 1);
#endif
    case SYS_utimensat: {
        if (!arguments[1]) return answer_other(number, arguments);
        const long times[3] = {0, arguments[2], 0};
        return answer_on_open_file(number, (int)arguments[0], (const char *)arguments[1],
                                   O_RDONLY, times);
    }
    case SYS_getxattr:
        return answer_on_open_file(SYS_fgetxattr, AT_FDCWD, (const char *)arguments[0], O_RDONLY,
                                   arguments + 1);
    case SYS_lgetxattr:
        return answer_on_open_file(SYS_fgetxattr, AT_FDCWD, (const char *)arguments[0],
                                   O_RDONLY | O_NOFOLLOW, arguments + 1);
    case SYS_listxattr:
        return answer_on_open_file(SYS_flistxattr, AT_FDCWD, (const char *)arguments[0], O_RDONLY,
                                   arguments + 1);
    case SYS_llistxattr:
        return answer_on_open_file(SYS_flistxattr, AT_FDCWD, (const char *)arguments[0],
                                   O_RDONLY | O_NOFOLLOW, arguments + 1);
    default: return answer_other(number, arguments);
    }
}

static void trapped(int signal, siginfo_t *information, void *pointer) {
    (void)signal;
    ucontext_t *context = pointer;
    /* Sent by hand: nothing was called. */
    if (information->si_code != 1 /* SYS_SECCOMP */) return;
#if defined(__x86_64__)
    greg_t *registers = context->uc_mcontext.gregs;
    const long arguments[6] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                               registers[REG_R10], registers[REG_R8],  registers[REG_R9]};
    registers[REG_RAX] = answer(information->si_syscall, arguments, context);
#else
    unsigned long long *registers = context->uc_mcontext.regs;
    const long arguments[6] = {(long)registers[0], (long)registers[1], (long)registers[2],
                               (long)registers[3], (long)registers[4], (long)registers[5]};
    registers[0] = (unsigned long long)answer(information->si_syscall, arguments, context);
#endif
}

int sandbox_catch_traps(void) {
    /* Not deferred: a call that is made here may be refused in turn. */
    struct sigaction action = {.sa_sigaction = trapped,
                               .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
    if (sigaction(SIGSYS, &action, NULL) != 0) return errno;
#ifdef IS_WATCHING_THREADS
    /* Past ThreadSanitizer's own handler, which stands before this one. */
    struct system_action direct;
    if (syscall(SYS_rt_sigaction, SIGSYS, NULL, &direct, sizeof direct.mask) != 0) return errno;
    direct.handler = (void *)trapped;
    if (syscall(SYS_rt_sigaction, SIGSYS, &direct, NULL, sizeof direct.mask) != 0) return errno;
#endif
    return 0;
}

#ifdef IS_WATCHING_THREADS
#pragma clang attribute pop
#endif
