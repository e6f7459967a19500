/* Climbs of the fixture `climber`: other processes, and new ones. */

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
