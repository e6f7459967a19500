/* Tries the walls of a worker: the arguments of the one task are the name of a climb and what it
 * is to reach. A climb that succeeds says so; one that fails says what the system answered. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>

#define FIXTURE_CALL climb
#ifdef CLIMBER_PERMISSIONS
#define FIXTURE_EXTRA ",\"permissions\":" CLIMBER_PERMISSIONS
#endif
#define FIXTURE_TASKS FIXTURE_TASK("climb", "process")
#include "fixture.h"

static char answer[1024];
static char **environment;

/* A climb returns what a system call does; `what` is a path or a number. */
typedef long climb_function(const char *what);

static int number_of(const char *what) { return atoi(what); }

static long read_file(const char *path) {
    int file = open(path, O_RDONLY);
    if (file < 0) return -1;
    ssize_t count = read(file, answer, sizeof answer - 1);
    close(file);
    if (count < 0) return -1;
    answer[count] = 0;
    return 0;
}

static long write_file(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0) return -1;
    long written = write(file, "x", 1);
    close(file);
    return written < 0 ? -1 : 0;
}

static long list_folder(const char *path) {
    DIR *folder = opendir(path);
    if (!folder) return -1;
    closedir(folder);
    return 0;
}

static long environment_of(const char *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/environ", process);
    return read_file(path);
}

static long memory_of(const char *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/mem", process);
    int file = open(path, O_RDONLY);
    if (file < 0) return -1;
    close(file);
    return 0;
}

static long descriptors_of(const char *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/fd", process);
    return list_folder(path);
}

static long command_line_of(const char *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/cmdline", process);
    return read_file(path);
}

static long other_root(const char *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/root/etc/passwd", process);
    return read_file(path);
}

static long own_root(const char *path) {
    char under[512];
    snprintf(under, sizeof under, "/proc/self/root%s", path);
    return read_file(under);
}

static long own_memory(const char *what) {
    (void)what;
    int file = open("/proc/self/mem", O_RDWR);
    if (file < 0) return -1;
    close(file);
    return 0;
}

static long trace(const char *process) {
    return ptrace(PTRACE_ATTACH, number_of(process), NULL, NULL);
}
static long seize(const char *process) {
    return ptrace(PTRACE_SEIZE, number_of(process), NULL, NULL);
}

static long read_memory(const char *process) {
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)&fixture_host, 1};
    return process_vm_readv(number_of(process), &here, 1, &there, 1, 0);
}

static long write_memory(const char *process) {
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {(void *)&fixture_host, 1};
    return process_vm_writev(number_of(process), &here, 1, &there, 1, 0);
}

static long make_socket(const char *family) {
    return socket(number_of(family), SOCK_STREAM, 0);
}

static long connect_tcp(const char *port) {
    int file = socket(AF_INET, SOCK_STREAM, 0);
    if (file < 0) return -1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number_of(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect(file, (struct sockaddr *)&address, sizeof address);
}

static long send_udp(const char *port) {
    int file = socket(AF_INET, SOCK_DGRAM, 0);
    if (file < 0) return -1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number_of(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return sendto(file, "x", 1, 0, (struct sockaddr *)&address, sizeof address);
}

static socklen_t unix_address(struct sockaddr_un *address, const char *path) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path, path, sizeof address->sun_path - 1);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
    if (path[0] != '@') return length;
    address->sun_path[0] = 0;
    return length - 1;
}

static long connect_unix(const char *path) {
    struct sockaddr_un address;
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    if (file < 0) return -1;
    return connect(file, (struct sockaddr *)&address, unix_address(&address, path));
}

/* The channel is a socket that is there already. */
static long connect_channel(const char *path) {
    struct sockaddr_un address;
    return connect(3, (struct sockaddr *)&address, unix_address(&address, path));
}

static long pair_to(const char *path) {
    struct sockaddr_un address;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return -1;
    return sendto(ends[0], "x", 1, 0, (struct sockaddr *)&address, unix_address(&address, path));
}

static long run_program(const char *path) {
    char *arguments[] = {(char *)path, NULL};
    return execve(path, arguments, environment);
}

static long run_at(const char *path) {
    char *arguments[] = {(char *)path, NULL};
    int file = open(path, O_PATH);
    if (file < 0) return -1;
    return syscall(SYS_execveat, file, "", arguments, environment, AT_EMPTY_PATH);
}

static long run_from_memory(const char *what) {
    (void)what;
    char *arguments[] = {"x", NULL};
    int file = memfd_create("x", 0);
    if (file < 0) return -1;
    return syscall(SYS_execveat, file, "", arguments, environment, AT_EMPTY_PATH);
}

static long spawn(const char *path) {
    char *arguments[] = {(char *)path, NULL};
    pid_t child;
    int failed = posix_spawn(&child, path, NULL, NULL, arguments, environment);
    if (failed) errno = failed;
    return failed ? -1 : 0;
}

static long start_process(const char *what) {
    (void)what;
    pid_t child = fork();
    if (child == 0) _exit(0);
    return child;
}

static long start_vfork(const char *what) {
    (void)what;
    pid_t child = vfork();
    if (child == 0) _exit(0);
    return child;
}

static long start_clone(const char *what) {
    (void)what;
    long child = syscall(SYS_clone, (long)SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child;
}

static long start_clone3(const char *what) {
    (void)what;
    struct { uint64_t flags, pidfd, child, parent, signal, stack, size, tls; } arguments = {0};
    arguments.signal = SIGCHLD;
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0) _exit(0);
    return child;
}

/* A thread in a namespace of its own, with CLONE_THREAD set. */
static long start_with_namespace(const char *what) {
    (void)what;
    long child = syscall(SYS_clone, (long)(CLONE_NEWUSER | SIGCHLD), 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child;
}

static long send_signal(const char *process) { return kill(number_of(process), SIGUSR1); }
static long send_queued(const char *process) {
    union sigval value = {0};
    return sigqueue(number_of(process), SIGUSR1, value);
}
static long send_thread_signal(const char *process) {
    return syscall(SYS_tgkill, number_of(process), number_of(process), SIGUSR1);
}
static long send_old_thread_signal(const char *process) {
    return syscall(SYS_tkill, number_of(process), SIGUSR1);
}
static long send_to_all(const char *what) {
    (void)what;
    return kill(-1, 0);
}
static long open_process(const char *process) {
    return syscall(SYS_pidfd_open, number_of(process), 0);
}

/* A pipe that signals whoever is called its owner. */
static long own_pipe(const char *process) {
    int ends[2];
    if (pipe(ends) != 0) return -1;
    if (fcntl(ends[0], F_SETOWN, number_of(process)) != 0) return -1;
    if (fcntl(ends[0], F_SETSIG, SIGUSR1) != 0) return -1;
    return fcntl(ends[0], F_SETFL, O_ASYNC);
}

static long limit_other(const char *process) {
    struct rlimit limit = {8, 8};
    return prlimit(number_of(process), RLIMIT_NOFILE, &limit, NULL);
}
static long pin_other(const char *process) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(0, &cores);
    return sched_setaffinity(number_of(process), sizeof cores, &cores);
}
static long calm_other(const char *process) {
    return setpriority(PRIO_PROCESS, (id_t)number_of(process), 19);
}
static long calm_user(const char *user) {
    return setpriority(PRIO_USER, (id_t)number_of(user), 19);
}

static long raise_limit(const char *what) {
    (void)what;
    struct rlimit limit = {1 << 20, 1 << 20};
    return setrlimit(RLIMIT_NOFILE, &limit);
}

static long change_mode(const char *path) { return chmod(path, 0777); }
static long change_mode_at(const char *path) { return fchmodat(AT_FDCWD, path, 0777, 0); }
static long change_owner(const char *path) { return lchown(path, (uid_t)-1, (gid_t)-1); }
static long change_times(const char *path) { return utimes(path, NULL); }
static long set_attribute(const char *path) { return setxattr(path, "user.x", "x", 1, 0); }
static long cut(const char *path) { return truncate(path, 0); }
static long remove_file(const char *path) { return unlink(path); }
static long make_folder(const char *path) { return mkdir(path, 0700); }
static long make_device(const char *path) { return mknod(path, S_IFCHR | 0600, makedev(1, 3)); }
static long watch_folder(const char *path) {
    int watch = inotify_init();
    return watch < 0 ? -1 : inotify_add_watch(watch, path, IN_ALL_EVENTS);
}

/* "from to" */
static long with_two(const char *both, int (*function)(const char *, const char *)) {
    char from[512];
    const char *space = strchr(both, ' ');
    snprintf(from, sizeof from, "%.*s", (int)(space - both), both);
    return function(from, space + 1);
}
static long move(const char *both) { return with_two(both, rename); }
static long link_hard(const char *both) { return with_two(both, link); }
static long link_soft(const char *both) { return with_two(both, symlink); }

static long type_into_terminal(const char *path) {
    char letter = 'x';
    int file = path[0] ? open(path, O_RDWR | O_NOCTTY) : 0;
    return ioctl(file, TIOCSTI, &letter);
}

static long open_ring(const char *what) {
    (void)what;
    struct io_uring_params parameters = {0};
    return syscall(SYS_io_uring_setup, 4, &parameters);
}
static long leave_namespaces(const char *what) {
    (void)what;
    return unshare(CLONE_NEWUSER);
}
static long enter_namespaces(const char *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/ns/net", process);
    int file = open(path, O_RDONLY);
    return setns(file, 0);
}
static long mount_over(const char *path) { return mount("x", path, "tmpfs", 0, NULL); }
static long load_program(const char *what) {
    (void)what;
    union bpf_attr attributes = {0};
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = attributes.value_size = 4;
    attributes.max_entries = 1;
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
}
static long measure(const char *process) {
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes};
    return syscall(SYS_perf_event_open, &attributes, number_of(process), -1, -1, 0);
}
static long use_keyring(const char *what) {
    (void)what;
    return syscall(SYS_keyctl, 0 /* get id */, -3 /* session */, 1);
}
static long catch_faults(const char *what) {
    (void)what;
    return syscall(SYS_userfaultfd, 1 /* of the user only */);
}
static long change_personality(const char *what) {
    (void)what;
    return syscall(SYS_personality, 0x0400000 /* reading is executing */);
}
static long share_memory(const char *what) {
    (void)what;
    return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}
static long make_memory_file(const char *what) {
    (void)what;
    return memfd_create("x", 0);
}
static long outlive_parent(const char *what) {
    (void)what;
    return prctl(PR_SET_PDEATHSIG, 0);
}
static long show_memory(const char *what) {
    (void)what;
    return prctl(PR_SET_DUMPABLE, 1);
}
static long open_by_handle(const char *path) {
    struct { struct file_handle handle; char bytes[128]; } room = {.handle = {.handle_bytes = 128}};
    int mount_id;
    if (name_to_handle_at(AT_FDCWD, path, &room.handle, &mount_id, 0) != 0) return -1;
    return open_by_handle_at(AT_FDCWD, &room.handle, O_RDONLY);
}

/* More than the channel and what its server needs. */
static long count_descriptors(const char *what) {
    (void)what;
    size_t length = 0;
    answer[0] = 0;
    for (int number = 0; number < 1024; number++) {
        char link[64], target[256];
        snprintf(link, sizeof link, "/proc/self/fd/%d", number);
        ssize_t count = readlink(link, target, sizeof target - 1);
        if (count < 0) continue;
        target[count] = 0;
        length += (size_t)snprintf(answer + length, sizeof answer - length, "%d=%s ", number, target);
    }
    return 0;
}

static long show_environment(const char *what) {
    (void)what;
    size_t length = 0;
    answer[0] = 0;
    for (char **entry = environment; *entry; entry++)
        length += (size_t)snprintf(answer + length, sizeof answer - length, "%s ", *entry);
    return 0;
}

static long show_session(const char *what) {
    (void)what;
    snprintf(answer, sizeof answer, "%d", getsid(0) == getpid());
    return 0;
}

/* Bombs. */

static long eat_memory(const char *megabytes) {
    for (int count = number_of(megabytes); count > 0; count--) {
        char *piece = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (piece == MAP_FAILED) return -1;
        memset(piece, 1, 1 << 20);
    }
    return 0;
}

static long eat_descriptors(const char *count) {
    for (int left = number_of(count); left > 0; left--)
        if (open("/dev/null", O_RDONLY) < 0) return -1;
    return 0;
}

static void *wait_for_ever(void *nothing) {
    (void)nothing;
    for (;;) pause();
}

static long eat_threads(const char *count) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    for (int left = number_of(count); left > 0; left--) {
        pthread_t thread;
        int failed = pthread_create(&thread, &small, wait_for_ever, NULL);
        if (failed) {
            errno = failed;
            return -1;
        }
    }
    for (;;) pause();
}

static long fill_file(const char *path) {
    static char piece[1 << 20];
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    if (file < 0) return -1;
    for (;;)
        if (write(file, piece, sizeof piece) < 0) return -1;
}

/* Many files, each small enough. */
static long fill_folder(const char *path) {
    static char piece[1 << 20];
    char name[512];
    for (int number = 0;; number++) {
        snprintf(name, sizeof name, "%s/%d", path, number);
        int file = open(name, O_WRONLY | O_CREAT, 0600);
        if (file < 0) return -1;
        for (int count = 0; count < 8; count++)
            if (write(file, piece, sizeof piece) < 0) return -1;
        close(file);
    }
}

static long take_space(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    return file < 0 ? -1 : fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 1 << 30);
}

/* What a module may do. */

static void *finish(void *value) { return value; }

static long start_thread(const char *what) {
    pthread_t thread;
    void *result;
    int failed = pthread_create(&thread, NULL, finish, (void *)what);
    if (failed) errno = failed;
    return failed ? -1 : pthread_join(thread, &result);
}

static long block_and_fork(const char *what) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    long result = start_process(what);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static volatile sig_atomic_t heard;
static void hear(int signal) { heard = signal; }

static long signal_itself(const char *what) {
    (void)what;
    signal(SIGUSR2, hear);
    raise(SIGUSR2);
    kill(getpid(), SIGUSR2);
    return heard == SIGUSR2 ? 0 : -1;
}

static long take_the_trap(const char *what) {
    signal(SIGSYS, SIG_DFL);
    return start_process(what);
}

static long read_status(const char *what) {
    (void)what;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/stat", syscall(SYS_gettid));
    return read_file(path);
}

static long pin_itself(const char *what) {
    (void)what;
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return -1;
    return sched_setaffinity((pid_t)syscall(SYS_gettid), sizeof cores, &cores);
}

static const struct {
    const char *name;
    climb_function *function;
} climbs[] = {
#define CLIMB(function) {#function, function}
    CLIMB(read_file), CLIMB(write_file), CLIMB(list_folder), CLIMB(environment_of),
    CLIMB(memory_of), CLIMB(descriptors_of), CLIMB(command_line_of), CLIMB(other_root),
    CLIMB(own_root), CLIMB(own_memory), CLIMB(trace), CLIMB(seize), CLIMB(read_memory),
    CLIMB(write_memory), CLIMB(make_socket), CLIMB(connect_tcp), CLIMB(send_udp),
    CLIMB(connect_unix), CLIMB(connect_channel), CLIMB(pair_to), CLIMB(run_program),
    CLIMB(run_at), CLIMB(run_from_memory), CLIMB(spawn), CLIMB(start_process), CLIMB(start_vfork),
    CLIMB(start_clone), CLIMB(start_clone3), CLIMB(start_with_namespace), CLIMB(send_signal),
    CLIMB(send_queued), CLIMB(send_thread_signal), CLIMB(send_old_thread_signal),
    CLIMB(send_to_all), CLIMB(open_process), CLIMB(own_pipe), CLIMB(limit_other),
    CLIMB(pin_other), CLIMB(calm_other), CLIMB(calm_user), CLIMB(raise_limit),
    CLIMB(change_mode), CLIMB(change_mode_at), CLIMB(change_owner), CLIMB(change_times),
    CLIMB(set_attribute), CLIMB(cut), CLIMB(remove_file), CLIMB(make_folder), CLIMB(make_device),
    CLIMB(watch_folder), CLIMB(move), CLIMB(link_hard), CLIMB(link_soft),
    CLIMB(type_into_terminal), CLIMB(open_ring), CLIMB(leave_namespaces),
    CLIMB(enter_namespaces), CLIMB(mount_over), CLIMB(load_program), CLIMB(measure),
    CLIMB(use_keyring), CLIMB(catch_faults), CLIMB(change_personality), CLIMB(share_memory),
    CLIMB(make_memory_file), CLIMB(outlive_parent), CLIMB(show_memory), CLIMB(open_by_handle),
    CLIMB(count_descriptors), CLIMB(show_environment), CLIMB(show_session), CLIMB(eat_memory),
    CLIMB(eat_descriptors), CLIMB(eat_threads), CLIMB(fill_file), CLIMB(fill_folder),
    CLIMB(take_space), CLIMB(start_thread), CLIMB(block_and_fork), CLIMB(signal_itself),
    CLIMB(take_the_trap), CLIMB(read_status), CLIMB(pin_itself),
};

extern char **environ;

/* The climb that a constructor makes is chosen when the fixture is built. */
#ifdef CLIMBER_AT_ONCE
static char constructor_answer[256];
__attribute__((constructor)) static void climb_at_once(void) {
    long result = CLIMBER_AT_ONCE;
    snprintf(constructor_answer, sizeof constructor_answer, "%s",
             result < 0 ? strerror(errno) : "climbed");
}
#endif

static void climb(void *instance, const mod_call *call) {
    (void)instance;
    char line[1024], *what;
    snprintf(line, sizeof line, "%.*s", (int)call->arguments.length, (const char *)call->arguments.bytes);
    what = strchr(line, ' ');
    if (what) *what++ = 0;
    else what = line + strlen(line);
    environment = environ;
    snprintf(answer, sizeof answer, "climbed");
#ifdef CLIMBER_AT_ONCE
    if (strcmp(line, "constructor") == 0) {
        fixture_finish(call->id, constructor_answer);
        return;
    }
#endif
    for (size_t index = 0; index < sizeof climbs / sizeof *climbs; index++) {
        if (strcmp(line, climbs[index].name) != 0) continue;
        errno = 0;
        if (climbs[index].function(what) < 0) fixture_refuse(call->id, MOD_DENIED, strerror(errno));
        else fixture_finish(call->id, answer);
        return;
    }
    fixture_refuse(call->id, MOD_NOT_FOUND, "there is no such climb");
}
