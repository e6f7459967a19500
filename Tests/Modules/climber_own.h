/* What the fixture `climber` does to itself: bombs, and what a module may do. */

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
        length +=
            (size_t)snprintf(answer + length, sizeof answer - length, "%d=%s ", number, target);
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
        char *piece = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                           0);
        if (piece == MAP_FAILED) return -1;
        memset(piece, 1, 1 << 20);
    }
    return 0;
}

/* Memory that is nobody's data, and that need not be resident. */
static long map_megabyte(int flags) {
    char *piece = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) return -1;
    memset(piece, 1, 1 << 20);
    return 0;
}
static long map_shared(const char *what) {
    (void)what;
    return map_megabyte(MAP_SHARED);
}
static long map_downwards(const char *what) {
    (void)what;
    return map_megabyte(MAP_PRIVATE | MAP_GROWSDOWN);
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

static atomic_int born;

static void *fork_for_ever(void *nothing) {
    for (int count = 0; count < 1000; count++) {
        pid_t child = count % 2 ? fork() : (pid_t)syscall(SYS_clone, (long)SIGCHLD, 0, 0, 0, 0);
        if (child == 0) return fork_for_ever(nothing);
        if (child > 0) atomic_fetch_add(&born, 1);
    }
    return nothing;
}

/* Every process would start 1,000 more, from several threads at once. */
static long fork_bomb(const char *what) {
    (void)what;
    pthread_t threads[4];
    for (int index = 0; index < 4; index++)
        if (pthread_create(&threads[index], NULL, fork_for_ever, NULL) != 0) return -1;
    for (int index = 0; index < 4; index++) pthread_join(threads[index], NULL);
    errno = EPERM;
    return atomic_load(&born) > 0 ? 0 : -1;
}

static void end_this_thread(int signal) {
    (void)signal;
    syscall(SYS_exit, 0);
}

/* Leaves the process without its first thread, and with one that goes on. */
static long behead(const char *what) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0) return -1;
    signal(SIGUSR2, end_this_thread);
    syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2);
    return (long)wait_for_ever((void *)what);
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
