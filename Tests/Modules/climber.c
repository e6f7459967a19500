/* Tries the walls of a worker: the arguments of the one task are the name of a climb and what it
 * is to reach. A climb that succeeds says so; one that fails says what the system answered. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
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
#define FIXTURE_CREATE climber_create
#ifdef CLIMBER_PERMISSIONS
#define FIXTURE_EXTRA ",\"permissions\":" CLIMBER_PERMISSIONS
#endif
#define FIXTURE_TASKS FIXTURE_TASK("climb", "process")
#include "fixture.h"

static char answer[1024];
static uint64_t climber_call;
static char **environment;

/* A climb returns what a system call does; `what` is a path or a number. */
typedef long climb_function(const char *what);

static int number_of(const char *what) { return atoi(what); }

#include "climber_files.h"
#include "climber_processes.h"
#include "climber_system.h"
#include "climber_own.h"
#include "climber_connection.h"

static const struct {
    const char *name;
    climb_function *function;
} climbs[] = {
#define CLIMB(function) {#function, function}
    CLIMB(map_shared), CLIMB(map_downwards), CLIMB(fork_bomb), CLIMB(behead),
    CLIMB(list_attributes), CLIMB(list_own_attributes), CLIMB(get_attribute),
    CLIMB(change_open_mode), CLIMB(change_open_times), CLIMB(change_open_attribute),
    CLIMB(write_descriptor), CLIMB(read_file), CLIMB(write_file), CLIMB(list_folder),
    CLIMB(environment_of),
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
    CLIMB(talk), CLIMB(set_options), CLIMB(reconnect), CLIMB(send_elsewhere), CLIMB(send_fast),
    CLIMB(send_fast_many), CLIMB(bind_connection), CLIMB(listen_on_connection),
    CLIMB(accept_from_connection), CLIMB(filter_connection), CLIMB(signal_by_connection),
    CLIMB(signal_by_request), CLIMB(other_protocol), CLIMB(list_interfaces), CLIMB(allow_reuse),
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
    snprintf(line, sizeof line, "%.*s", (int)call->arguments.length,
             (const char *)call->arguments.bytes);
    what = strchr(line, ' ');
    if (what) *what++ = 0;
    else what = line + strlen(line);
    environment = environ;
    climber_call = call->id;
    snprintf(answer, sizeof answer, "climbed");
#ifdef CLIMBER_AT_ONCE
    if (strcmp(line, "constructor") == 0) {
        fixture_finish(call->id, constructor_answer);
        return;
    }
#endif
    if (strcmp(line, "answer_large") == 0) {
        static char large[3000000];
        for (size_t index = 0; index < sizeof large; index++) large[index] = (char)(index % 251);
        fixture_finish_bytes(call->id, MOD_KIND_BYTES, large, sizeof large);
        return;
    }
    for (size_t index = 0; index < sizeof climbs / sizeof *climbs; index++) {
        if (strcmp(line, climbs[index].name) != 0) continue;
        errno = 0;
        if (climbs[index].function(what) < 0) fixture_refuse(call->id, MOD_DENIED, strerror(errno));
        else fixture_finish(call->id, answer);
        return;
    }
    fixture_refuse(call->id, MOD_NOT_FOUND, "there is no such climb");
}
