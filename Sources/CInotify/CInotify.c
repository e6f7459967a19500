#define _GNU_SOURCE
#include "CInotify.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int linux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int linux_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

pid_t linux_gettid(void) { return gettid(); }

int linux_memfd_create(const char *name) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int linux_memfd_seal(int fd) {
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

int linux_set_close_on_exec(int fd, int on) { return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }

int linux_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int linux_duplicate(int fd, int lowest) { return fcntl(fd, F_DUPFD_CLOEXEC, lowest); }

int linux_pipe(int fds[2]) { return pipe2(fds, O_CLOEXEC); }

int linux_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

int linux_clone_file(int target, int source) { return ioctl(target, FICLONE, source); }

int linux_die_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

int linux_set_process_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int linux_set_not_dumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

int linux_set_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

int linux_futex_wait(const void *word, uint32_t seen, int64_t until_nanoseconds) {
    struct timespec until = {until_nanoseconds / 1000000000, until_nanoseconds % 1000000000};
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, seen,
                          until_nanoseconds < 0 ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    return result == 0 ? 0 : errno;
}

void linux_futex_wake(const void *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count);
}

int linux_bind_thread(pid_t thread, int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    for (int other = 0; other < CPU_SETSIZE; other++)
        if (core < 0 || core == other) CPU_SET(other, &cores);
    return sched_setaffinity(thread, sizeof cores, &cores);
}

ssize_t linux_send_message(int socket, const void *head, size_t head_length, const void *body,
                           size_t body_length, const int *fds, int fd_count, int flags) {
    struct iovec parts[2] = {{(void *)head, head_length}, {(void *)body, body_length}};
    char control[CMSG_SPACE(sizeof(int) * LINUX_FDS_MAX)];
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = body_length ? 2 : 1};
    if (fd_count < 0 || fd_count > LINUX_FDS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (fd_count > 0) {
        memset(control, 0, sizeof control);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * (size_t)fd_count);
    }
    return sendmsg(socket, &message, flags | MSG_NOSIGNAL);
}

ssize_t linux_receive_message(int socket, void *buffer, size_t capacity, int *fds, int *fd_count,
                              int *truncated, int flags) {
    struct iovec part = {buffer, capacity};
    char control[CMSG_SPACE(sizeof(int) * LINUX_FDS_MAX)];
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t received = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    *fd_count = 0;
    *truncated = 0;
    if (received < 0) return received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        const int *received_fds = (const int *)CMSG_DATA(header);
        for (size_t i = 0; i < count && *fd_count < LINUX_FDS_MAX; i++)
            fds[(*fd_count)++] = received_fds[i];
    }
    *truncated = (message.msg_flags & MSG_TRUNC) != 0;
    return received;
}

int linux_wait_for_either(int first, int second, int writing, int timeout) {
    struct pollfd requests[2] = {{.fd = first, .events = writing ? POLLIN | POLLOUT : POLLIN},
                                 {.fd = second, .events = POLLIN}};
    int ready = poll(requests, 2, timeout);
    if (ready <= 0) return ready;
    if (requests[0].revents & ~POLLOUT) return 1;
    return requests[1].revents != 0 ? 2 : 3;
}

static socklen_t unix_address(struct sockaddr_un *address, const char *path, size_t length) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (length == 0 || length >= sizeof address->sun_path) return 0;
    memcpy(address->sun_path, path, length);
    size_t end = path[0] == 0 ? length : length + 1;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + end);
}

int linux_unix_bind(int fd, const char *path, size_t length) {
    struct sockaddr_un address;
    socklen_t size = unix_address(&address, path, length);
    if (size > 0) return bind(fd, (struct sockaddr *)&address, size);
    errno = ENAMETOOLONG;
    return -1;
}

int linux_unix_connect(int fd, const char *path, size_t length) {
    struct sockaddr_un address;
    socklen_t size = unix_address(&address, path, length);
    if (size > 0) return connect(fd, (struct sockaddr *)&address, size);
    errno = ENAMETOOLONG;
    return -1;
}

int linux_accept(int fd) { return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int linux_peer_credentials(int fd, pid_t *process, uid_t *user) {
    struct ucred credentials = {0};
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -1;
    *process = credentials.pid;
    *user = credentials.uid;
    return 0;
}

extern int _dispatch_get_main_queue_handle_4CF(void);
extern void _dispatch_main_queue_callback_4CF(void *message);

int linux_dispatch_main_queue_handle(void) { return _dispatch_get_main_queue_handle_4CF(); }
void linux_dispatch_main_queue_drain(void) { _dispatch_main_queue_callback_4CF(NULL); }

pid_t linux_next_ended_child(int *status) {
    siginfo_t news = {0};
    if (waitid(P_ALL, 0, &news, WEXITED | WNOHANG | WNOWAIT) != 0 || news.si_pid <= 0) return 0;
    kill(-news.si_pid, SIGKILL);
    return waitpid(news.si_pid, status, 0);
}

pid_t linux_fork(void) { return fork(); }

int linux_close_from(int lowest) { return close_range((unsigned)lowest, ~0U, 0); }

int linux_is_ignored(int signal) {
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int linux_child_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0) return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

void linux_reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void waited_signals(sigset_t *signals) {
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    sigemptyset(signals);
    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++)
        sigaddset(signals, numbers[index]);
}

int linux_wait_for_signal(int64_t timeout_nanoseconds, int *by_terminal) {
    sigset_t signals;
    siginfo_t info;
    struct timespec timeout = {timeout_nanoseconds / 1000000000, timeout_nanoseconds % 1000000000};
    waited_signals(&signals);
    int signal = timeout_nanoseconds < 0 ? sigwaitinfo(&signals, &info)
                                         : sigtimedwait(&signals, &info, &timeout);
    *by_terminal = signal > 0 && info.si_code == SI_KERNEL;
    return signal;
}

int linux_block_waited_signals(void) {
    sigset_t signals;
    waited_signals(&signals);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    return sigprocmask(SIG_BLOCK, &signals, NULL);
}

void linux_leave_waited_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGQUIT);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTTOU, SIG_DFL);
}

void linux_end_by_signal(int number) {
    struct rlimit none = {0, 0};
    sigset_t signals;
    setrlimit(RLIMIT_CORE, &none);
    signal(number, SIG_DFL);
    sigemptyset(&signals);
    sigaddset(&signals, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

int linux_replace_program(const char *path, char *const arguments[], char *const environment[]) {
    return execve(path, arguments, environment);
}

extern char *swift_demangle(const char *name, size_t length, char *buffer, size_t *capacity,
                            uint32_t flags);

char *linux_swift_demangle(const char *name, size_t length, char *buffer, size_t *capacity,
                           uint32_t flags) {
    return swift_demangle(name, length, buffer, capacity, flags);
}

int linux_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int linux_status_exited(int status) { return WIFEXITED(status); }
int linux_status_code(int status) { return WEXITSTATUS(status); }
int linux_status_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
