#include "CCrash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int report_fd = -1;
static int printed_fd = -1;
static int nowhere_fd = -1;
static int shared_fds[2] = {-1, -1};
static int has_terminal;
static struct termios terminal_mode;

static void say(const char *text) {
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t count = write(report_fd, text, length);
        if (count < 0 && errno != EINTR) return;
        if (count > 0) {
            text += count;
            length -= (size_t)count;
        }
    }
}

static const char *name_of(int number) {
    switch (number) {
    case SIGSEGV: return "SIGSEGV (a bad address)";
    case SIGBUS: return "SIGBUS (a file under a mapping was cut short)";
    case SIGILL: return "SIGILL (a trap)";
    case SIGTRAP: return "SIGTRAP (a trap)";
    case SIGABRT: return "SIGABRT (abort)";
    case SIGFPE: return "SIGFPE (an arithmetic error)";
    default: return "a signal";
    }
}

static void crashed(int number) {
    char buffer[4096];
    /* The other threads still run: what they draw now would cover the report. */
    for (int index = 0; nowhere_fd >= 0 && index < 2; index++)
        dup2(nowhere_fd, shared_fds[index]);
    if (has_terminal) {
        tcsetattr(0, TCSANOW, &terminal_mode);
        /* Leave bracketed paste, show the cursor, begin a new line. */
        say("\033[?2004l\033[?25h\r\n");
    }
    for (;;) {
        ssize_t count = read(printed_fd, buffer, sizeof buffer);
        if (count <= 0) break;
        if (write(report_fd, buffer, (size_t)count) < 0) break;
    }
    say("kernel: the kernel crashed with ");
    say(name_of(number));
    say("; if a module's task was running in it, its code may be the cause: ");
    say("a task that can crash belongs in mode process\n");
    signal(number, SIG_DFL);
    raise(number);
}

void crash_guard_install(int output, int errors, int printed) {
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
    struct sigaction action;
    report_fd = fcntl(errors, F_DUPFD_CLOEXEC, 3);
    if (report_fd < 0) return;
    nowhere_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    shared_fds[0] = output;
    shared_fds[1] = errors;
    printed_fd = printed;
    has_terminal = tcgetattr(0, &terminal_mode) == 0;
    memset(&action, 0, sizeof action);
    action.sa_handler = crashed;
    action.sa_flags = SA_NODEFER | (int)SA_RESETHAND;
    for (size_t index = 0; index < sizeof fatal / sizeof *fatal; index++)
        sigaction(fatal[index], &action, NULL);
}
