/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "desktop_launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A program on a network folder may take its time; one that takes longer is reported. */
static const int start_limit_milliseconds = 10000;

/* What the new process writes to the report: first itself, then perhaps a failure. Small enough for
 * a pipe to keep whole. */
typedef struct note {
    int32_t process;
    int32_t step;
    int32_t error;
} note;

static void send_note(int descriptor, note value) {
    while (write(descriptor, &value, sizeof value) < 0 && errno == EINTR) {}
}

/* 1: a note; 0: the other end is closed; -1: failed, with errno. */
static int receive_note(int descriptor, note *value) {
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    for (;;) {
        int ready = poll(&wanted, 1, start_limit_milliseconds);
        if (ready == 0) errno = ETIMEDOUT;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return -1;
        ssize_t length = read(descriptor, value, sizeof *value);
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return -1;
        return length == (ssize_t)sizeof *value;
    }
}

/* A pipe whose ends are above the standard descriptors, which the new process overwrites. */
static bool make_pipe(int ends[2]) {
    int made[2];
    if (pipe2(made, O_CLOEXEC) < 0) return false;
    ends[0] = fcntl(made[0], F_DUPFD_CLOEXEC, 3);
    ends[1] = fcntl(made[1], F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(made[0]);
    close(made[1]);
    if (ends[0] >= 0 && ends[1] >= 0) return true;
    if (ends[0] >= 0) close(ends[0]);
    if (ends[1] >= 0) close(ends[1]);
    errno = error;
    return false;
}

/* Everything above the standard descriptors goes with the exec. */
static void close_on_exec_all(void) {
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    for (int descriptor = 3; descriptor < (int)limit.rlim_cur; descriptor++)
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/* A handler is dropped by exec, but SIG_IGN and a mask are handed on: a kernel that ignores SIGPIPE
 * must not start programs that never notice a closed pipe. */
static void reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Runs in a copy of a process that may have had many threads: only calls that are safe in a signal
 * handler, here and in all above that it uses. */
_Noreturn static void become(
    const char *program, char *const arguments[], char *const environment[], const char *folder,
    int gate, int report) {
    note failure = {.process = getpid(), .step = DESKTOP_LAUNCH_STEP_NONE};
    send_note(report, failure);
    char go;
    ssize_t length;
    while ((length = read(gate, &go, 1)) < 0 && errno == EINTR) {}
    if (length != 1) _exit(1);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0) {
        failure.step = DESKTOP_LAUNCH_STEP_PROCESS;
    } else if (chdir(folder) < 0) {
        failure.step = DESKTOP_LAUNCH_STEP_FOLDER;
    } else {
        failure.step = DESKTOP_LAUNCH_STEP_PROGRAM;
        close_on_exec_all();
        reset_signals();
        execve(program, arguments, environment);
    }
    failure.error = errno;
    send_note(report, failure);
    _exit(127);
}

/* _Fork, since fork would run the atfork handlers of every library that is mapped. Signals are
 * blocked, or a handler of this process could run in the copy. */
static bool make_orphan(
    const char *program, char *const arguments[], char *const environment[], const char *folder,
    int gate[2], int report[2]) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t between = _Fork();
    if (between == 0) {
        /* The session is made here, so that the program is not its leader: it can never gain a
         * controlling terminal by opening one. */
        setsid();
        close(gate[1]);
        close(report[0]);
        pid_t last = _Fork();
        if (last == 0) become(program, arguments, environment, folder, gate[0], report[1]);
        _exit(last < 0 ? errno & 0x7f : 0);
    }
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    if (between < 0) return false;
    int status = 0;
    while (waitpid(between, &status, 0) < 0 && errno == EINTR) {}
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
    return false;
}

desktop_launch_failure desktop_launch_prepare(
    const char *program, char *const arguments[], char *const environment[], const char *folder,
    desktop_launch *launch) {
    desktop_launch_failure failure = {.step = DESKTOP_LAUNCH_STEP_PROCESS};
    int gate[2], report[2];
    if (!make_pipe(gate)) return failure.error = errno, failure;
    if (!make_pipe(report)) {
        failure.error = errno;
        close(gate[0]);
        close(gate[1]);
        return failure;
    }
    bool made = make_orphan(program, arguments, environment, folder, gate, report);
    failure.error = made ? 0 : errno;
    close(gate[0]);
    close(report[1]);
    note first;
    if (made) {
        int received = receive_note(report[0], &first);
        if (received < 0) failure.error = errno;
        if (received == 0) failure.error = ECHILD;
    }
    if (failure.error) {
        close(gate[1]);
        close(report[0]);
        return failure;
    }
    *launch = (desktop_launch){
        .process = first.process, .gate = gate[1], .report = report[0]};
    return (desktop_launch_failure){.step = DESKTOP_LAUNCH_STEP_NONE};
}

desktop_launch_failure desktop_launch_finish(desktop_launch *launch) {
    desktop_launch_failure failure = {.step = DESKTOP_LAUNCH_STEP_NONE};
    note last;
    /* MSG_NOSIGNAL has no like for pipes, and the process that reads it holds the other end until
     * it is killed: then nobody reads, and SIGPIPE would strike this process. */
    sigset_t pipe_signal, before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    ssize_t sent;
    while ((sent = write(launch->gate, "g", 1)) < 0 && errno == EINTR) {}
    if (sent < 0 && errno == EPIPE) {
        struct timespec at_once = {0};
        sigtimedwait(&pipe_signal, NULL, &at_once);
        failure = (desktop_launch_failure){DESKTOP_LAUNCH_STEP_PROCESS, ECHILD};
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure.step == DESKTOP_LAUNCH_STEP_NONE) {
        int received = receive_note(launch->report, &last);
        if (received < 0) failure = (desktop_launch_failure){DESKTOP_LAUNCH_STEP_PROCESS, errno};
        if (received > 0) failure = (desktop_launch_failure){last.step, last.error};
    }
    close(launch->gate);
    close(launch->report);
    return failure;
}
