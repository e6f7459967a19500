#define _GNU_SOURCE
#include "CCrash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

static int report_fd = -1;
static int printed_fd = -1;
static int nowhere_fd = -1;
static int shared_fds[2] = {-1, -1};
static int has_terminal;
static struct termios terminal_mode;
/* A child that module code forked has all of this too, and is not the kernel. */
static pid_t guarded;
/* The thread that crashed first. */
static _Atomic pid_t crashing;
static _Atomic int is_hanging;

/* What is not done by then is not done: the unwinder may wait for a lock that nobody gives. */
#define SECONDS_MAX 2

static void write_all(int fd, const char *text, size_t length) {
    while (length > 0) {
        ssize_t count = write(fd, text, length);
        if (count < 0 && errno != EINTR) return;
        if (count > 0) {
            text += count;
            length -= (size_t)count;
        }
    }
}

static void say(const char *text) { write_all(report_fd, text, strlen(text)); }

static const char *name_of(int number) {
    switch (number) {
    case SIGSEGV: return "SIGSEGV (a bad address)";
    case SIGBUS: return "SIGBUS (a file under a mapping was cut short)";
    case SIGILL: return "SIGILL (a trap)";
    case SIGTRAP: return "SIGTRAP (a trap)";
    case SIGABRT: return "SIGABRT (abort)";
    case SIGFPE: return "SIGFPE (an arithmetic error)";
    case SIGSYS: return "SIGSYS (a forbidden system call)";
    default: return "a signal";
    }
}

/* MARK: The record */

static void note_stack(struct flight_crash *crash);
static void note_exit(void);
static void exiting(void);

/* Is this a function by which the record is made? */
static int is_own(uint64_t address) {
    const void *function = _Unwind_FindEnclosingFunction((void *)address);
    return function == (void *)note_stack || function == (void *)note_exit
        || function == (void *)exiting || function == (void *)crash_guard_exit
        || function == (void *)_exit || function == (void *)_Exit;
}

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *argument) {
    struct flight_crash *crash = argument;
    uint64_t address = _Unwind_GetIP(context);
    if (address == 0) return _URC_END_OF_STACK;
    /* What comes before the instruction that faulted is this handler. */
    if (crash->instruction && address == crash->instruction) crash->frame_count = 0;
    if (crash->frame_count == 0 && is_own(address)) return _URC_NO_REASON;
    if (crash->frame_count == FLIGHT_FRAMES) return _URC_END_OF_STACK;
    crash->frames[crash->frame_count++] = address;
    return _URC_NO_REASON;
}

/* A call through a bad pointer leaves no code to unwind from, but the address to return to. */
static void add_frame_of_bad_call(struct flight_crash *crash) {
    uint64_t address = 0;
    struct iovec ours = {&address, sizeof address};
    struct iovec theirs = {(void *)crash->stack_pointer, sizeof address};
    crash->frames[0] = crash->instruction;
    crash->frame_count = 1;
    if (process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0) != sizeof address) return;
    crash->frames[crash->frame_count++] = address;
}

static void note_stack(struct flight_crash *crash) {
    crash->frame_count = 0;
    _Unwind_Backtrace(add_frame, crash);
    int is_signal = crash->stack_pointer != 0;
    if (is_signal && (crash->frame_count < 2 || crash->frames[0] != crash->instruction))
        add_frame_of_bad_call(crash);
}

/* Is this line of /proc/self/maps one of code? */
static int is_code(const char *line, size_t length) {
    const char *space = memchr(line, ' ', length);
    return space && (size_t)(space - line) + 3 < length && space[3] == 'x';
}

static void note_mappings(struct flight_region *region) {
    static char line[1024], buffer[4096];
    size_t length = 0;
    int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (maps < 0) return;
    for (;;) {
        ssize_t count = read(maps, buffer, sizeof buffer);
        if (count <= 0) break;
        for (ssize_t index = 0; index < count; index++) {
            if (length < sizeof line) line[length++] = buffer[index];
            if (buffer[index] != '\n') continue;
            line[length - 1] = '\n';
            uint32_t used = region->crash.maps_length;
            if (is_code(line, length) && length <= FLIGHT_MAPS - used) {
                memcpy(region->maps + used, line, length);
                region->crash.maps_length = used + (uint32_t)length;
            }
            length = 0;
        }
    }
    close(maps);
}

static void note_thread(struct flight_crash *crash) {
    crash->thread = gettid();
    prctl(PR_GET_NAME, crash->thread_name, 0, 0, 0);
    if (flight_own) crash->crumb = flight_own->crumb;
}

/* What the process printed last, for its report and for whoever sees the terminal. */
static void pass_on_printed(struct flight_crash *crash) {
    static char buffer[FLIGHT_PRINTED];
    for (;;) {
        ssize_t count = read(printed_fd, buffer, sizeof buffer);
        if (count <= 0) break;
        write_all(report_fd, buffer, (size_t)count);
        if (crash) flight_keep_printed(crash, buffer, (uint32_t)count);
    }
}

static void note(struct flight_region *region, siginfo_t *info, const ucontext_t *context) {
    struct flight_crash *crash = &region->crash;
    memset(crash, 0, sizeof *crash);
    crash->signal = info->si_signo;
    crash->code = info->si_code;
    if (info->si_code <= 0) {
        crash->sender = info->si_pid;
    } else {
        crash->address = (uint64_t)info->si_addr;
    }
#if defined(__x86_64__)
    crash->instruction = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
    crash->stack_pointer = (uint64_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
    crash->instruction = context->uc_mcontext.pc;
    crash->stack_pointer = context->uc_mcontext.sp;
#endif
    note_thread(crash);
    crash->cause = atomic_load(&is_hanging) ? FLIGHT_HANG : FLIGHT_SIGNAL;
    note_mappings(region);
    note_stack(crash);
}

/* MARK: The words */

static void say_where(const struct flight_region *region) {
    const struct flight_crumb *crumb = &region->crash.crumb;
    const struct flight_build *build = flight_build_of(region, crumb->build);
    if (!crumb->kind || !build) return say(", in no module's code as far as is known\n");
    say(" in code of ");
    say(build->module);
    say(" (build ");
    write_all(report_fd, build->hash, strnlen(build->hash, 8));
    say("); a task that can crash belongs in mode process\n");
}

static void say_last_words(const struct flight_region *region, int number) {
    if (has_terminal) {
        tcsetattr(0, TCSANOW, &terminal_mode);
        /* Leave bracketed paste, show the cursor, begin a new line. */
        say("\033[?2004l\033[?25h\r\n");
    }
    if (atomic_load(&is_hanging)) {
        say("kernel: the main loop was held for too long, and the kernel ended itself");
    } else {
        say("kernel: the kernel crashed with ");
        say(name_of(number));
    }
    if (region) {
        say_where(region);
    } else {
        say("\n");
    }
}

static void end_as(int number) {
    signal(number, SIG_DFL);
    raise(number);
}

static void crashed(int number, siginfo_t *info, void *context) {
    pid_t nobody = 0;
    if (getpid() != guarded) return end_as(number);
    if (!atomic_compare_exchange_strong(&crashing, &nobody, gettid())) {
        /* The handler itself crashed, or another thread did: that one reports. */
        if (nobody == gettid()) return end_as(number);
        for (;;) pause();
    }
    signal(SIGALRM, SIG_DFL);
    alarm(SECONDS_MAX);
    /* The other threads still run: what they draw now would cover the report. */
    for (int index = 0; nowhere_fd >= 0 && index < 2; index++)
        dup2(nowhere_fd, shared_fds[index]);
    struct flight_region *region = flight_current();
    if (region) note(region, info, context);
    pass_on_printed(region ? &region->crash : NULL);
    say_last_words(region, number);
    end_as(number);
}

/* MARK: Ends without a signal */

static void note_exit(void) {
    struct flight_region *region = flight_current();
    pid_t nobody = 0;
    if (!region || getpid() != guarded || flight_phase_of(region) == FLIGHT_LEAVING) return;
    if (!atomic_compare_exchange_strong(&crashing, &nobody, gettid())) return;
    alarm(SECONDS_MAX);
    struct flight_crash *crash = &region->crash;
    memset(crash, 0, sizeof *crash);
    note_thread(crash);
    crash->cause = FLIGHT_EXIT;
    note_mappings(region);
    note_stack(crash);
    pass_on_printed(crash);
}

/* exit() came this far. */
static void exiting(void) { note_exit(); }

_Noreturn void crash_guard_exit(int status) {
    note_exit();
    for (;;) syscall(SYS_exit_group, status);
}

/* Takes the place of the C library's: code that ends the process without a word is found out. */
_Noreturn void _exit(int status) { crash_guard_exit(status); }
_Noreturn void _Exit(int status) { crash_guard_exit(status); }

_Noreturn void crash_guard_end_hanging(void) {
    struct flight_region *region = flight_current();
    atomic_store(&is_hanging, 1);
    if (region) {
        region->crash.thread = getpid();
        region->crash.cause = FLIGHT_HANG;
    }
    /* The handler reads the main thread's stack and crumb, on the main thread. */
    syscall(SYS_tgkill, getpid(), getpid(), SIGABRT);
    sleep(SECONDS_MAX + 1);
    /* The main thread takes no signals, or could not finish: its crumb still tells. */
    for (;;) kill(getpid(), SIGKILL);
}

void crash_guard_install(int output, int errors, int printed) {
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS};
    struct sigaction action;
    report_fd = fcntl(errors, F_DUPFD_CLOEXEC, 3);
    if (report_fd < 0) return;
    nowhere_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    shared_fds[0] = output;
    shared_fds[1] = errors;
    printed_fd = printed;
    guarded = getpid();
    has_terminal = tcgetattr(0, &terminal_mode) == 0;
    /* The main thread gets its stack for handlers now; others when they first enter a module. */
    flight_claim();
    atexit(exiting);
    memset(&action, 0, sizeof action);
    action.sa_sigaction = crashed;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (size_t index = 0; index < sizeof fatal / sizeof *fatal; index++)
        sigaction(fatal[index], &action, NULL);
}
