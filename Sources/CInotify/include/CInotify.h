/* The Linux calls that Swift's Glibc overlay lacks, beside libinotifytools. No logic.
 *
 * Each function says why it stands here: variadic functions, function-like macros and what only
 * _GNU_SOURCE declares are not imported into Swift. */
#ifndef CINOTIFY_H
#define CINOTIFY_H

#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
#include <malloc.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/types.h>

/* pidfd_open(2) has no wrapper in glibc 2.36's default headers; syscall() is variadic. */
int linux_pidfd_open(pid_t pid);
/* pidfd_send_signal(2): as above. */
int linux_pidfd_send_signal(int pidfd, int signal);
/* gettid(2) wants _GNU_SOURCE. */
pid_t linux_gettid(void);
/* memfd_create(2) wants _GNU_SOURCE. Sets MFD_CLOEXEC and MFD_ALLOW_SEALING. */
int linux_memfd_create(const char *name);
/* Seals a memfd against every later change of size and content: fcntl() is variadic. */
int linux_memfd_seal(int fd);
/* fcntl(2) is variadic. */
int linux_set_close_on_exec(int fd, int on);
int linux_set_nonblocking(int fd, int on);
/* F_DUPFD_CLOEXEC at or above `lowest`. */
int linux_duplicate(int fd, int lowest);
/* pipe2(2) with O_CLOEXEC wants _GNU_SOURCE. */
int linux_pipe(int fds[2]);
/* open(2) is variadic. */
int linux_open(const char *path, int flags, mode_t mode);
/* ioctl(FICLONE) is variadic: shares the blocks of `source` with `target` where the file system
 * can. */
int linux_clone_file(int target, int source);
/* Puts the pages of a library that are read-only since the loader has written addresses on them
 * into a file, and maps them from there: dlinfo(3) wants _GNU_SOURCE. `place` is a multiple of the
 * size of a page. Returns how many bytes of the file they take, or -1: then they are as they were,
 * unless `mmap` has taken them away, which it does only if the system has no memory for maps. */
ssize_t linux_settle_relocated(void *library, int file, off_t place);
/* prctl(2) is variadic. Each returns what prctl returned. */
int linux_die_with_parent(int signal);
int linux_set_process_name(const char *name);
int linux_set_not_dumpable(void);
/* pthread_setname_np(3) wants _GNU_SOURCE; names the calling thread. */
int linux_set_thread_name(const char *name);
/* futex(2) has no wrapper. Waits while the word is `seen`, until the time on the monotonic clock
 * (below zero: for ever); 0, or why it waits no longer. */
int linux_futex_wait(const void *word, uint32_t seen, int64_t until_nanoseconds);
/* Wakes so many that wait for the word. */
void linux_futex_wake(const void *word, int count);
/* sched_setaffinity(2): cpu_set_t is filled by function-like macros. Binds a thread (0: the calling
 * one) to one core; a negative core lets it run on all. Returns what the call returned. */
int linux_bind_thread(pid_t thread, int core);

/* One message on a SOCK_SEQPACKET socket with up to LINUX_FDS_MAX descriptors: the CMSG_ macros
 * are function-like. */
#define LINUX_FDS_MAX 8
ssize_t linux_send_message(int socket, const void *head, size_t head_length, const void *body,
                           size_t body_length, const int *fds, int fd_count, int flags);
/* Received descriptors are close-on-exec. *truncated is 1 if the message did not fit. */
ssize_t linux_receive_message(int socket, void *buffer, size_t capacity, int *fds, int *fd_count,
                              int *truncated, int flags);

/* 1 if the first descriptor can be read or its peer is gone, 2 if only the second can, 3 if only
 * the first can be written to and `writing` asks for that, 0 once `timeout` milliseconds have
 * passed (below zero: never). */
int linux_wait_for_either(int first, int second, int writing, int timeout);

/* bind(2) and connect(2) to a Unix address of `length` bytes: sun_path is an array, which Swift
 * imports as a tuple. A name that begins with a zero byte is abstract. ENAMETOOLONG if it does not
 * fit. */
int linux_unix_bind(int fd, const char *path, size_t length);
int linux_unix_connect(int fd, const char *path, size_t length);
/* accept4(2) wants _GNU_SOURCE: close-on-exec and non-blocking. */
int linux_accept(int fd);
/* SO_PEERCRED: struct ucred wants _GNU_SOURCE. */
int linux_peer_credentials(int fd, pid_t *process, uid_t *user);

/* libdispatch's main queue, so that an event loop of our own can drain it: private symbols of
 * libdispatch that CoreFoundation uses for the same purpose; declared here, not in its headers. */
int linux_dispatch_main_queue_handle(void);
void linux_dispatch_main_queue_drain(void);

/* fork(2) is hidden from Swift, because it must not be used where more than one thread has ever
 * run: the zygote is the one program where none has. */
pid_t linux_fork(void);
/* The next child that has ended, with how; 0 or less if there is none. What it left in its group is
 * ended before it is waited for: until then the number is its own. */
pid_t linux_next_ended_child(int *status);
/* close_range(2) wants _GNU_SOURCE. */
int linux_close_from(int lowest);
/* signalfd(2) for SIGCHLD, which is blocked in the calling thread; non-blocking. */
int linux_child_signals(void);
/* Unblocks every signal and gives each its default action back, for a new process. */
void linux_reset_signals(void);

/* posix_spawn(3)'s actions that want _GNU_SOURCE. */
int linux_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path);
int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest);

/* Was this program told to ignore the signal, as nohup(1) does? SIG_IGN is a cast. */
int linux_is_ignored(int signal);

/* sigtimedwait(2) with what a loop wants to know of the signal: waits for one of SIGCHLD, SIGTERM,
 * SIGINT, SIGHUP and SIGQUIT, which must be blocked; -1 after the time-out, which is for ever if it
 * is negative. *by_terminal is 1 if a terminal sent it, to the whole foreground group. */
int linux_wait_for_signal(int64_t timeout_nanoseconds, int *by_terminal);
/* Blocks the signals of the above, and ignores SIGPIPE, and SIGTTOU so that a process in the
 * background may put the terminal right. */
int linux_block_waited_signals(void);
/* For a child that becomes another program: undoes the above, but for those signals that the kernel
 * waits for itself, of which none may be lost before it does. */
void linux_leave_waited_signals(void);
/* Ends this process by that signal, as if it had never been blocked or ignored; without a core. */
void linux_end_by_signal(int signal);
/* execve(2), which Swift's overlay hides, with lists that end with NULL. */
int linux_replace_program(const char *path, char *const arguments[], char *const environment[]);

/* The Swift runtime's own demangler, which no header declares. NULL if the name is not Swift's;
 * to be freed. */
char *linux_swift_demangle(const char *name, size_t length, char *buffer, size_t *capacity,
                           uint32_t flags);

/* waitpid's macros are function-like. */
int linux_status_exited(int status);
int linux_status_code(int status);
int linux_status_signal(int status);

#include "CWidth.h"

#endif
